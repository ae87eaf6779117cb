"""A whole desk on the simulator, with its clock, its market and its disk in the hands of a test.

Nothing moves by itself: ``run`` lets virtual time pass, ``do`` awaits a call while time passes, ``quote`` moves the
market. ``alarms`` is the yellow strip as a person would see it now.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import FeeSchedule, SimulatorConfig
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.domain.enums import MatchingMethod, OrderSide, OrderState, OrderType
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
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.live_trading import LiveTradingService
from legend_desktop.services.previews import QuickEntryRequest, QuickEntryResult
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.store.journal import OrderJournal
from tests.fakes.clock import FakeClock, settle
from tests.fakes.memory_store import MemoryStore

T = TypeVar("T")
BUY, SELL = OrderSide.BUY, OrderSide.SELL
NO_FEES = FeeSchedule(sec_rate=Decimal(0), taf_per_share=Decimal(0))
STEP = 0.05


class Reports:
    """Errors that no listener and no task may raise; a world that ends with any fails its test."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def __call__(self, error: BaseException, where: str) -> None:
        self.rows.append(f"{where}: {error!r}")


@dataclass
class World:
    """One desk and everything around it."""

    broker: SimulatorAdapter
    store: MemoryStore | OrderJournal
    clock: FakeClock
    faults: FaultPlan
    desk: Desk
    bus: EventBus
    supervisor: TaskSupervisor
    reports: Reports
    said: list[Any] = field(default_factory=list)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    market: tuple[float, float] = (175.50, 175.52)

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

    # ---- time and market

    async def tick(self, seconds: float = STEP) -> None:
        """One step of market and time."""
        with contextlib.suppress(Exception):
            await self.broker.advance()
        if isinstance(self.store, OrderJournal) or self.broker.config.state_path is not None:
            await asyncio.sleep(0.001)  # the threads that write need real time
        await self.clock.advance(seconds)

    async def run(self, seconds: float) -> None:
        """Let ``seconds`` pass, the market moving with them."""
        for _ in range(round(seconds / STEP)):
            await self.tick()

    async def run_fast(self, seconds: float, step: float = 1.0) -> None:
        """Let a long time pass in large steps."""
        for _ in range(round(seconds / step)):
            await self.tick(step)

    async def do(self, call: Coroutine[Any, Any, T], *, within: float = 120.0) -> T:
        """Await ``call`` while time passes; fails after ``within`` virtual seconds."""
        task = asyncio.ensure_future(call)
        await settle()
        try:
            for _ in range(round(within / STEP)):
                if task.done():
                    break
                await self.tick()
            assert task.done(), f"the call did not end within {within} virtual seconds"
            return await task
        finally:
            task.cancel()
            with contextlib.suppress(BaseException):
                await task

    async def quote(self, bid: float, ask: float, *, symbol: str = "AAPL", size: int = 10_000) -> None:
        """Put up a quote and let everybody see it."""
        if symbol == "AAPL":
            self.market = (bid, ask)
        self.post(bid, ask, symbol=symbol, size=size)
        await self.breathe()

    def post(self, bid: float, ask: float, *, symbol: str = "AAPL", size: int = 10_000) -> None:
        """Put up a quote; the desk has it at once, as from a stream that never lags."""
        self.broker._session.running().set_time(self.broker._session._now())
        self.broker.backstage.post_quote(symbol, d(round(bid, 4)), d(round(ask, 4)), bid_size=size, ask_size=size)

    async def trade(self, price: float, shares: int = 10_000, *, symbol: str = "AAPL") -> None:
        """Let a trade happen."""
        self.broker.backstage.post_trade(symbol, d(price), shares)
        await self.breathe()

    async def breathe(self) -> None:
        """Let the market and everything that is ready have its turn, without time passing."""
        for _ in range(3):
            await self.broker.advance()
            if isinstance(self.store, OrderJournal) or self.broker.config.state_path is not None:
                for _ in range(5):
                    await asyncio.sleep(0.001)
            await settle()

    async def fresh(self) -> None:
        """The last quote of AAPL anew, so that it is fresh."""
        await self.quote(*self.market)

    # ---- trading

    def terms(
        self,
        quantity: float = 100,
        side: OrderSide = BUY,
        kind: OrderType = OrderType.MARKET,
        *,
        symbol: str = "AAPL",
        limit: float | None = None,
        stop: float | None = None,
    ) -> OrderTerms:
        return OrderTerms(
            symbol,
            side,
            kind,
            d(quantity),
            limit_price=None if limit is None else d(limit),
            stop_price=None if stop is None else d(stop),
        )

    async def place(self, *arguments: Any, confirmed: frozenset[str] = frozenset(), **more: Any) -> Order:
        """Place an order on a fresh quote and let it meet the market."""
        await self.fresh()
        order = await self.do(self.trading.place_order(self.terms(*arguments, **more), confirmed=confirmed))
        await self.breathe()
        return self.now(order)

    async def enter(
        self, quantity: int = 100, *, stop: float | None = 174, target: float | None = 180, **more: Any
    ) -> Order:
        """A bracket of ``quantity`` AAPL bought at the market."""
        return (await self.quick(quantity, stop=stop, target=target, **more)).order

    async def quick(
        self, quantity: float, *, stop: float | None = 174, target: float | None = 180, **more: Any
    ) -> QuickEntryResult:
        await self.fresh()
        confirmed = more.pop("confirmed", frozenset())
        request = QuickEntryRequest("AAPL", BUY, stop_loss_price=stop, target_price=target, quantity=quantity, **more)
        result = await self.do(self.trading.quick_entry(request, confirmed))
        await self.breathe()
        return result

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

    async def held_there(self, symbol: str = "AAPL") -> int:
        """Shares that the broker holds."""
        row = self.broker._session.running().book.holdings.get(symbol)
        return 0 if row is None else row.quantity

    def fills_of(self, order: Order) -> int:
        return int(sum((row.quantity for row in self.now(order).fills), Decimal(0)))

    # ---- ends

    async def stop(self) -> None:
        """End the desk as the program does: tasks, session, then the journal."""
        await self.supervisor.stop()
        with contextlib.suppress(Exception):
            self.faults.clear()
        await self.desk.stop()
        await settle()


def d(value: float | str | Decimal) -> Decimal:
    return Decimal(str(value))


class LastingSimulator(SimulatorAdapter):
    """A simulator whose account outlives the program though it is in memory: the object is handed to the next one."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, keeps_account=True)


def build(
    store: MemoryStore | OrderJournal,
    *,
    clock: FakeClock,
    broker: SimulatorAdapter | None = None,
    faults: FaultPlan | None = None,
    limits: GateLimits | None = None,
    matching: MatchingMethod = MatchingMethod.FIFO,
    **settings: Any,
) -> World:
    """A world that has not started."""
    faults = faults or FaultPlan()
    if broker is None:
        values: dict[str, Any] = {"quote_rate": 0, "self_driven": False, "fees": NO_FEES, **settings}
        broker = LastingSimulator(clock, SimulatorConfig(**values), faults=faults)
    reports = Reports()
    bus, supervisor = EventBus(reports), TaskSupervisor(reports)
    desk = build_desk(broker, store, bus=bus, clock=clock, supervisor=supervisor, limits=limits, matching=matching)
    world = World(broker, store, clock, broker.faults, desk, bus, supervisor, reports)

    def on_alarm(alarm: Alarm) -> None:
        world.alarms[alarm.key] = alarm
        if not alarm.active:
            del world.alarms[alarm.key]

    bus.subscribe(Alarm, on_alarm)
    for kind in (
        AccountChanged,
        Notice,
        Alarm,
        OrderChanged,
        ExecutionReceived,
        PositionsChanged,
        ReconcileFinished,
        TradingStateChanged,
        ConnectionChanged,
    ):
        bus.subscribe(kind, world.said.append)
    return world


async def begin(world: World, *, quoted: bool = True) -> World:
    """Connect, compare, and put up a first quote."""
    await world.broker.connect()
    if quoted:
        world.post(*world.market)
    await world.do(world.desk.start())
    await world.do(world.desk.core.know_symbol("AAPL"))
    await world.breathe()
    return world


@asynccontextmanager
async def a_world(
    store: MemoryStore | OrderJournal | None = None,
    *,
    clock: FakeClock | None = None,
    started: bool = True,
    state_path: Path | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """A started world with AAPL at 175.50 by 175.52; fails where a task or listener raised unexpectedly."""
    clock = clock or FakeClock()
    world = build(store or MemoryStore(), clock=clock, state_path=state_path, **settings)
    try:
        if started:
            await begin(world)
        yield world
    finally:
        await world.stop()
    assert not world.reports.rows, world.reports.rows


async def restarted(world: World) -> World:
    """The same account, journal and market with a new program: memory is gone, disk and broker stay."""
    await world.supervisor.stop()
    world.desk.analytics.close()
    assert not world.reports.rows, world.reports.rows
    fresh = build(world.store, clock=world.clock, broker=world.broker)
    fresh.market = world.market
    fresh.post(*fresh.market)
    return fresh


@asynccontextmanager
async def next_start(world: World) -> AsyncIterator[World]:
    """The program started anew over the same account, journal and market, and ended again."""
    fresh = await restarted(world)
    try:
        yield await begin(fresh)
    finally:
        await fresh.stop()
    assert not fresh.reports.rows, fresh.reports.rows
