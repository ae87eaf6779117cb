"""What every world of the fault tests shares: a desk in the hands of a test, whichever broker is behind it.

A world says how its market and its line come to rest (``rest``), how one step of time passes (``tick``) and how a
quote is put up (``quote``); what a test asks of a desk is the same for all.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce
from legend_desktop.domain.events import (
    AccountChanged,
    Alarm,
    ConnectionChanged,
    ExecutionReceived,
    Notice,
    OrderChanged,
    PositionsChanged,
    ReconcileFinished,
    TradingStateChanged,
)
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.services.desk import Desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.live_trading import LiveTradingService
from legend_desktop.services.previews import QuickEntryRequest, QuickEntryResult
from legend_desktop.services.trading_context import TradingContext

T = TypeVar("T")
BUY, SELL = OrderSide.BUY, OrderSide.SELL
ANNOUNCED = (
    AccountChanged,
    Notice,
    Alarm,
    OrderChanged,
    ExecutionReceived,
    PositionsChanged,
    ReconcileFinished,
    TradingStateChanged,
    ConnectionChanged,
)


class Reports:
    """Errors that no listener and no task may raise; a world that ends with any fails its test."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def __call__(self, error: BaseException, where: str) -> None:
        self.rows.append(f"{where}: {error!r}")


class DeskWorld(ABC):
    """One desk and everything that it said."""

    STEP: ClassVar[float] = 0.05
    """Seconds of virtual time that pass at once."""
    desk: Desk
    said: list[Any]
    alarms: dict[str, Alarm]
    market: tuple[float, float]

    @abstractmethod
    async def rest(self) -> None:
        """Let everything that is ready have its turn, without time passing."""

    @abstractmethod
    async def tick(self, seconds: float | None = None) -> None:
        """One step of time (``STEP`` seconds), with all that it brings about."""

    @abstractmethod
    async def quote(self, bid: float, ask: float, *, symbol: str = "AAPL", size: int = 10_000) -> None:
        """Put up a quote and let everybody see it."""

    def listen(self, bus: EventBus) -> None:
        """Keep what is announced, and the yellow strip as a person would see it now."""
        bus.subscribe(Alarm, self._on_alarm)
        for kind in ANNOUNCED:
            bus.subscribe(kind, self.said.append)

    def _on_alarm(self, alarm: Alarm) -> None:
        self.alarms[alarm.key] = alarm
        if not alarm.active:
            del self.alarms[alarm.key]

    # ---- what there is

    @property
    def context(self) -> TradingContext:
        return self.desk.core.context

    @property
    def trading(self) -> LiveTradingService:
        return self.desk.trading

    @property
    def orders(self) -> list[Order]:
        """Every order of the book, oldest first."""
        return self.context.book.all()

    def of_kind(self, kind: type[T]) -> list[T]:
        """What was announced as ``kind`` so far."""
        return [row for row in self.said if isinstance(row, kind)]

    def notices(self) -> list[str]:
        """Every sentence told so far."""
        return [row.sentence for row in self.of_kind(Notice)]

    def now(self, order: Order) -> Order:
        """The order as the book has it now."""
        found = self.context.book.get(order.client_order_id)
        assert found is not None
        return found

    def state(self, order: Order) -> tuple[OrderState, int]:
        """State and shares filled."""
        row = self.now(order)
        return row.state, int(row.filled_quantity)

    def leg(self, order: Order, label: str) -> Order:
        """The exit of a bracket called ``label``."""
        return next(row for row in self.context.book.legs_of(order.client_order_id) if row.intent.label == label)

    def held(self, symbol: str = "AAPL") -> int:
        """Shares that the desk believes to hold."""
        row = self.context.positions.get(symbol)
        return 0 if row is None else int(row.quantity)

    # ---- time

    async def run(self, seconds: float, step: float | None = None) -> None:
        """Let ``seconds`` pass, the market moving with them; a long time in larger steps."""
        step = step or self.STEP
        for _ in range(max(1, round(seconds / step))):
            await self.tick(step)

    async def do(self, call: Coroutine[Any, Any, T] | asyncio.Task[T], *, within: float = 120.0) -> T:
        """Await ``call`` while time passes; fails after ``within`` virtual seconds."""
        task = asyncio.ensure_future(call)
        await self.start_of_call()
        try:
            for _ in range(round(within / self.STEP)):
                if task.done():
                    break
                await self.tick()
            assert task.done(), f"the call did not end within {within} virtual seconds"
            return await task
        finally:
            task.cancel()
            with contextlib.suppress(BaseException):
                await task

    async def start_of_call(self) -> None:
        """Let a call that needs no time end before any passes."""
        await self.rest()

    # ---- trading

    async def fresh(self) -> None:
        """The last quote of AAPL anew, so that it is fresh."""
        await self.quote(*self.market)

    def terms(
        self,
        quantity: float = 100,
        side: OrderSide = BUY,
        kind: OrderType = OrderType.MARKET,
        *,
        symbol: str = "AAPL",
        limit: float | None = None,
        stop: float | None = None,
        life: TimeInForce = TimeInForce.DAY,
    ) -> OrderTerms:
        return OrderTerms(
            symbol,
            side,
            kind,
            d(quantity),
            limit_price=None if limit is None else d(limit),
            stop_price=None if stop is None else d(stop),
            time_in_force=life,
        )

    async def place(self, *arguments: Any, confirmed: frozenset[str] = frozenset(), **more: Any) -> Order:
        """Place an order on a fresh quote and let its events arrive."""
        await self.fresh()
        order = await self.do(self.trading.place_order(self.terms(*arguments, **more), confirmed=confirmed))
        await self.rest()
        return self.now(order)

    async def enter(
        self, quantity: int = 100, *, stop: float | None = 174, target: float | None = 180, **more: Any
    ) -> Order:
        """A bracket of ``quantity`` AAPL bought at the market."""
        return self.now((await self.quick(quantity, stop=stop, target=target, **more)).order)

    async def quick(
        self, quantity: float, *, stop: float | None = 174, target: float | None = 180, **more: Any
    ) -> QuickEntryResult:
        """The whole answer to ``enter``."""
        await self.fresh()
        confirmed = more.pop("confirmed", frozenset())
        request = QuickEntryRequest("AAPL", BUY, stop_loss_price=stop, target_price=target, quantity=quantity, **more)
        result = await self.do(self.trading.quick_entry(request, confirmed))
        await self.rest()
        return result


def d(value: float | str | Decimal) -> Decimal:
    return Decimal(str(value))
