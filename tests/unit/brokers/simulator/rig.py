"""A simulator whose prices stand still until a test moves them, on a clock that a test holds."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from legend_desktop.brokers.base import OrderReport, OrderStreamEvent, OrderStreamKind
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import FeeSchedule, SimulatorConfig
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.domain.enums import (
    BrokerType,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    TimeInForce,
    TradingMode,
)
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from tests.fakes.clock import START, FakeClock, settle

BUY, SELL = OrderSide.BUY, OrderSide.SELL
NO_FEES = FeeSchedule(sec_rate=Decimal(0), taf_per_share=Decimal(0))


def d(value: float | str) -> Decimal:
    return Decimal(str(value))


class Rig:
    """The broker under test with its clock and everything its order stream said."""

    def __init__(self, broker: SimulatorAdapter, clock: FakeClock) -> None:
        self.broker = broker
        self.clock = clock
        self.events: list[OrderStreamEvent] = []
        self._ids = itertools.count(1)

    def intent(
        self,
        quantity: int = 100,
        side: OrderSide = BUY,
        kind: OrderType = OrderType.MARKET,
        *,
        symbol: str = "AAPL",
        limit: float | None = None,
        stop: float | None = None,
        amount: float | None = None,
        percent: float | None = None,
        tif: TimeInForce = TimeInForce.DAY,
        role: OrderRole = OrderRole.ENTRY,
        reduce_only: bool = False,
        extended: bool = False,
        client_id: str | None = None,
    ) -> OrderIntent:
        terms = OrderTerms(
            symbol=symbol,
            side=side,
            order_type=kind,
            quantity=d(quantity),
            limit_price=None if limit is None else d(limit),
            stop_price=None if stop is None else d(stop),
            trail_amount=None if amount is None else d(amount),
            trail_percent=None if percent is None else d(percent),
            time_in_force=tif,
            extended_hours=extended,
        )
        return OrderIntent(
            client_order_id=client_id or f"LPTT{self.clock.monotonic_ns():013d}{next(self._ids):05d}",
            broker=BrokerType.SIMULATOR,
            mode=TradingMode.PAPER,
            account_id="SIM-0001",
            terms=terms,
            created_at=self.clock.now(),
            role=role,
            reduce_only=reduce_only,
        )

    def bracket(
        self, quantity: int = 100, *, limit: float | None = None, target: float = 180, stop: float = 174
    ) -> Bracket:
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        return Bracket(
            self.intent(quantity, BUY, kind, limit=limit),
            self.intent(quantity, SELL, OrderType.LIMIT, limit=target, tif=TimeInForce.GTC, role=OrderRole.TARGET),
            self.intent(quantity, SELL, OrderType.STOP, stop=stop, tif=TimeInForce.GTC, role=OrderRole.STOP),
        )

    async def place(self, *arguments: Any, **terms: Any) -> OrderReport:
        """Place and let it meet the market."""
        report = await self.broker.place_order(self.intent(*arguments, **terms))
        await self.pump()
        return report

    async def pump(self) -> None:
        await self.broker.advance()
        await settle()

    async def quote(
        self, bid: float, ask: float, *, bid_size: int = 1000, ask_size: int = 1000, symbol: str = "AAPL"
    ) -> None:
        self.broker.backstage.post_quote(symbol, d(bid), d(ask), bid_size=bid_size, ask_size=ask_size)
        await self.pump()

    async def trade(self, price: float, size: int = 100, *, symbol: str = "AAPL") -> None:
        self.broker.backstage.post_trade(symbol, d(price), size)
        await self.pump()

    async def order(self, broker_order_id: str) -> OrderReport:
        report = await self.broker.get_order(broker_order_id)
        assert report is not None
        return report

    async def state(self, broker_order_id: str) -> tuple[OrderState | None, int]:
        report = await self.order(broker_order_id)
        return report.state, int(report.filled_quantity)

    async def fills(self, broker_order_id: str | None = None) -> list[Execution]:
        rows = await self.broker.get_executions(START)
        return [row for row in rows if broker_order_id in {None, row.broker_order_id}]

    async def position(self, symbol: str = "AAPL") -> int:
        row = await self.broker.get_position(symbol)
        return 0 if row is None else int(row.quantity)

    def kinds(self, broker_order_id: str) -> list[OrderStreamKind]:
        return [event.kind for event in self.events if event.report.broker_order_id == broker_order_id]

    async def listen(self) -> None:
        stream = self.broker.stream_order_events()
        async for event in stream:
            self.events.append(event)


@asynccontextmanager
async def rig(
    *, faults: FaultPlan | None = None, clock: FakeClock | None = None, **settings: Any
) -> AsyncIterator[Rig]:
    """A connected rig with AAPL at 175.50 by 175.52, a thousand shares on both sides."""
    clock = clock or FakeClock()
    values: dict[str, Any] = {"quote_rate": 0, "self_driven": False, "fees": NO_FEES, **settings}
    broker = SimulatorAdapter(clock, SimulatorConfig(**values), faults=faults)
    async with broker:
        made = Rig(broker, clock)
        listener = asyncio.create_task(made.listen())
        await settle()
        if values.get("replay_path") is None:
            await made.quote(175.50, 175.52)
        yield made
        await settle()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
