"""What the acceptance table needs to know of an adapter: how to open it and how to move its market.

Each adapter adds one ``Harness`` to ``HARNESSES``; the table in ``test_acceptance.py`` then runs over it. A behaviour
that a broker lacks is skipped by its declared capabilities, never by its name.
"""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.base import BrokerAdapter, OrderReport, OrderStreamEvent
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TimeInForce
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from tests.fakes.clock import FakeClock, settle


class Harness(ABC):
    """One connected adapter with hands on its market. Prices are those of AAPL, quoted 175.50 by 175.52 at first."""

    broker: BrokerAdapter
    since: datetime

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    @abstractmethod
    async def quote(self, bid: str, ask: str, size: int = 10_000) -> None:
        """Show a new quote and let the broker act on it."""

    @abstractmethod
    async def trade(self, price: str, size: int = 10_000) -> None:
        """Let a trade happen and the broker act on it."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until the broker has nothing left to do at this instant."""

    @abstractmethod
    async def events(self) -> list[OrderStreamEvent]:
        """Every order event of the stream so far."""

    def intent(
        self,
        side: OrderSide,
        order_type: OrderType,
        quantity: int,
        *,
        limit: str | None = None,
        stop: str | None = None,
        trail: str | None = None,
        time_in_force: TimeInForce = TimeInForce.DAY,
        role: OrderRole = OrderRole.ENTRY,
        reduce_only: bool = False,
    ) -> OrderIntent:
        """An intent for AAPL on this account."""

        def number(text: str | None) -> Decimal | None:
            return None if text is None else Decimal(text)

        terms = OrderTerms(
            "AAPL",
            side,
            order_type,
            Decimal(quantity),
            limit_price=number(limit),
            stop_price=number(stop),
            trail_amount=number(trail),
            time_in_force=time_in_force,
        )
        return OrderIntent(
            client_order_id=new_client_order_id(self.broker.mode, f"T{next(self._numbers) % 10}", self.since),
            broker=self.broker.broker,
            mode=self.broker.mode,
            account_id=self.broker.account_id,
            terms=terms,
            created_at=self.since,
            role=role,
            reduce_only=reduce_only,
        )

    def bracket(self, quantity: int, *, limit: str | None = None, target: str = "180", stop: str = "174") -> Bracket:
        """A long entry with its two exits."""
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        exits = {"time_in_force": TimeInForce.GTC, "reduce_only": True}
        entry = self.intent(OrderSide.BUY, kind, quantity, limit=limit)
        profit = self.intent(OrderSide.SELL, OrderType.LIMIT, quantity, limit=target, role=OrderRole.TARGET, **exits)  # type: ignore[arg-type]
        loss = self.intent(OrderSide.SELL, OrderType.STOP, quantity, stop=stop, role=OrderRole.STOP, **exits)  # type: ignore[arg-type]
        group = f"G-{entry.client_order_id}"
        return Bracket(
            entry,
            replace(profit, parent_id=entry.client_order_id, oco_group=group),
            replace(loss, parent_id=entry.client_order_id, oco_group=group),
        )

    async def place(self, intent: OrderIntent) -> OrderReport:
        """Place and let it meet the market."""
        report = await self.broker.place_order(intent)
        await self.settle()
        return report

    async def order(self, broker_order_id: str) -> OrderReport:
        """The order as the broker tells it now."""
        report = await self.broker.get_order(broker_order_id)
        assert report is not None
        return report

    async def position(self) -> Decimal:
        """Signed shares of AAPL."""
        row = await self.broker.get_position("AAPL")
        return Decimal(0) if row is None else row.quantity


class SimulatorHarness(Harness):
    """The simulator with a market that stands still."""

    def __init__(self, broker: SimulatorAdapter, clock: FakeClock) -> None:
        super().__init__()
        self.broker: SimulatorAdapter = broker
        self.since = clock.now()
        self._events: list[OrderStreamEvent] = []

    async def quote(self, bid: str, ask: str, size: int = 10_000) -> None:
        """Show a quote."""
        self.broker.backstage.post_quote("AAPL", Decimal(bid), Decimal(ask), bid_size=size, ask_size=size)
        await self.settle()

    async def trade(self, price: str, size: int = 10_000) -> None:
        """Let a trade happen."""
        self.broker.backstage.post_trade("AAPL", Decimal(price), size)
        await self.settle()

    async def settle(self) -> None:
        """Run the market up to now."""
        await self.broker.advance()
        await settle()

    async def events(self) -> list[OrderStreamEvent]:
        """What the listener heard."""
        await settle()
        return self._events

    async def listen(self) -> None:
        """Hear every order event until the session ends."""
        async for event in self.broker.stream_order_events():
            self._events.append(event)


@asynccontextmanager
async def open_simulator() -> AsyncIterator[Harness]:
    """A simulator from the factory."""
    clock = FakeClock()
    broker = BrokerFactory.create("simulator", clock=clock, self_driven=False, quote_rate=0)
    assert isinstance(broker, SimulatorAdapter)
    async with broker:
        harness = SimulatorHarness(broker, clock)
        listener = asyncio.create_task(harness.listen())
        await harness.quote("175.50", "175.52")
        yield harness
    await listener


HARNESSES: dict[str, Callable[[], AbstractAsyncContextManager[Harness]]] = {"simulator": open_simulator}
