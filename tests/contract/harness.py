"""What the acceptance table needs to know of an adapter: how to open it, and hands on its market and its line.

A behaviour that a broker lacks is skipped by what the adapter declares, never by its name.
"""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.brokers.base import BrokerAdapter, OrderReport, OrderStreamEvent
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TimeInForce
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms

PATIENCE_SECONDS = 12.0
"""Longer than any adapter waits in silence for the answer to an order."""


class Verb(StrEnum):
    """A request that changes something at the broker."""

    PLACE = "place"
    BRACKET = "bracket"
    CLOSE = "close"
    REPLACE = "replace"
    CANCEL = "cancel"


class Trouble(StrEnum):
    """What comes between a request that has left and its answer."""

    HANG = "no answer comes"
    RESET_BEFORE = "reset before it is carried out"
    RESET_AFTER = "reset after it is carried out"
    GATEWAY = "504 though it is carried out"
    FAULT = "500 though it is carried out"
    TRUNCATED = "half of the answer"

    @property
    def carried_out(self) -> bool:
        """Whether the broker does what was asked."""
        return self is not Trouble.RESET_BEFORE


class Harness(ABC):
    """One connected adapter with hands on its market. Prices are those of AAPL, quoted 175.50 by 175.52 at first."""

    broker: BrokerAdapter
    since: datetime

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._events: list[OrderStreamEvent] = []

    # ---- the market

    @abstractmethod
    async def quote(self, bid: str, ask: str, size: int = 10_000) -> None:
        """Show a new quote and let the broker act on it."""

    @abstractmethod
    async def trade(self, price: str, size: int = 10_000) -> None:
        """Let a trade happen and the broker act on it."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until the broker has nothing left to do at this instant, and its stream has brought what it told."""

    async def move(self, bid: str, ask: str, last: str) -> None:
        """A new quote with a trade inside it."""
        await self.quote(bid, ask)
        await self.trade(last, 100)

    # ---- the broker

    @abstractmethod
    async def arrived(self) -> int:
        """How many requests to change something have come to the broker so far, refused ones included."""

    @abstractmethod
    def another_session(self) -> BrokerAdapter:
        """One more adapter with the same login, not connected."""

    @abstractmethod
    def wrong_login(self) -> BrokerAdapter:
        """An adapter whose login the broker does not know, not connected; skips where there is no login."""

    @abstractmethod
    def pinned_elsewhere(self) -> BrokerAdapter:
        """An adapter with this login, made for another account; skips where there is but one account."""

    @abstractmethod
    def swap_account(self) -> None:
        """The login suddenly shows another account; skips where there is but one."""

    @abstractmethod
    def end_login(self) -> None:
        """The broker accepts the login no longer."""

    @abstractmethod
    def refuse_next(self, words: str) -> None:
        """The next order is refused for want of buying power, with these words."""

    @abstractmethod
    def reject_next(self, words: str, verb: Verb = Verb.PLACE) -> None:
        """The next order of this kind is accepted and then rejected by the venue, with these words."""

    @abstractmethod
    def order_elsewhere(self) -> None:
        """Somebody places a limit buy of 7 AAPL at 170 on the broker's own page."""

    @abstractmethod
    def cancel_elsewhere(self, broker_order_id: str) -> None:
        """Somebody cancels the order on the broker's own page."""

    # ---- the line

    @abstractmethod
    def spoil_next(self, verb: Verb, trouble: Trouble) -> None:
        """The next request of this kind meets ``trouble``."""

    @abstractmethod
    async def held(self) -> None:
        """Wait until the broker keeps back the answer of a request that hangs."""

    @abstractmethod
    async def time_passes(self, seconds: float) -> None:
        """Let the adapter's time-outs run."""

    @abstractmethod
    async def unplug(self) -> None:
        """From now on the broker cannot be reached: no byte of a request can leave."""

    @abstractmethod
    def fail_reads(self) -> None:
        """Every read of the account fails at the broker's side."""

    @abstractmethod
    def slow_down(self, seconds: int) -> None:
        """The next reads of the account are answered with a wish to wait so long."""

    @abstractmethod
    async def cut_streams(self) -> None:
        """Break both streams."""

    @abstractmethod
    def mute_orders(self) -> None:
        """The order stream stays up and says nothing more."""

    # ---- events

    async def events(self) -> list[OrderStreamEvent]:
        """Every order event of the stream so far."""
        await self.settle()
        return self._events

    async def told(self, broker_order_id: str) -> list[OrderStreamEvent]:
        """What the stream told of one order."""
        return [row for row in await self.events() if row.report.broker_order_id == broker_order_id]

    async def listen(self, stream: AsyncIterator[OrderStreamEvent]) -> None:
        """Keep every order event until the session ends or the stream is cut."""
        with suppress(BrokerDown):
            async for event in stream:
                self._events.append(event)

    # ---- orders

    def intent(
        self,
        side: OrderSide,
        order_type: OrderType,
        quantity: int | str,
        *,
        symbol: str = "AAPL",
        limit: str | None = None,
        stop: str | None = None,
        trail: str | None = None,
        percent: str | None = None,
        time_in_force: TimeInForce = TimeInForce.DAY,
        extended_hours: bool = False,
        role: OrderRole = OrderRole.ENTRY,
        reduce_only: bool = False,
    ) -> OrderIntent:
        """An intent on this account with an id of its own."""

        def number(text: str | None) -> Decimal | None:
            return None if text is None else Decimal(text)

        terms = OrderTerms(
            symbol,
            side,
            order_type,
            Decimal(quantity),
            limit_price=number(limit),
            stop_price=number(stop),
            trail_amount=number(trail),
            trail_percent=number(percent),
            time_in_force=time_in_force,
            extended_hours=extended_hours,
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

    def exit(self, order_type: OrderType, quantity: int, **prices: str) -> OrderIntent:
        """A lasting order that sells what is held."""
        role = OrderRole.TARGET if order_type is OrderType.LIMIT else OrderRole.STOP
        return self.intent(
            OrderSide.SELL,
            order_type,
            quantity,
            time_in_force=TimeInForce.GTC,
            role=role,
            reduce_only=True,
            **prices,  # type: ignore[arg-type]
        )

    def bracket(self, quantity: int, *, limit: str | None = None, target: str = "180", stop: str = "174") -> Bracket:
        """A long entry with its two exits."""
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        entry = self.intent(OrderSide.BUY, kind, quantity, limit=limit)
        group = f"G-{entry.client_order_id}"
        profit, loss = (
            replace(leg, parent_id=entry.client_order_id, oco_group=group)
            for leg in (
                self.exit(OrderType.LIMIT, quantity, limit=target),
                self.exit(OrderType.STOP, quantity, stop=stop),
            )
        )
        return Bracket(entry, profit, loss)

    async def place(self, intent: OrderIntent) -> OrderReport:
        """Place and let it meet the market."""
        report = await self.broker.place_order(intent)
        await self.settle()
        return report

    async def hold(self, quantity: int = 100) -> None:
        """Own shares of AAPL."""
        await self.place(self.intent(OrderSide.BUY, OrderType.MARKET, quantity))
        assert await self.position() == quantity

    async def resting(self, quantity: int = 100, limit: str = "170") -> OrderReport:
        """A limit buy that waits."""
        return await self.place(self.intent(OrderSide.BUY, OrderType.LIMIT, quantity, limit=limit))

    async def order(self, broker_order_id: str) -> OrderReport:
        """The order as the broker tells it now."""
        report = await self.broker.get_order(broker_order_id)
        assert report is not None
        return report

    async def open_ids(self) -> set[str]:
        """The broker's ids of the open orders."""
        return {row.broker_order_id for row in await self.broker.get_orders(open_only=True)}

    async def position(self) -> Decimal:
        """Signed shares of AAPL."""
        row = await self.broker.get_position("AAPL")
        return Decimal(0) if row is None else row.quantity

    async def outcome_of_waiting(self, sending: "asyncio.Future[object]") -> BaseException | None:
        """What a request that hangs comes to once its patience is over; the exception, if it is one."""
        await self.held()
        await self.time_passes(PATIENCE_SECONDS)
        async with asyncio.timeout(30.0):
            await asyncio.wait({sending})
        return sending.exception()
