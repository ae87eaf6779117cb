"""A whole desk on the simulator, with its clock, its market and its disk in the hands of a test.

Nothing moves by itself: ``run`` lets virtual time pass, ``do`` awaits a call while time passes, ``quote`` moves the
market. ``alarms`` is the yellow strip as a person would see it now.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import FeeSchedule, SimulatorConfig
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.domain.enums import MatchingMethod
from legend_desktop.domain.events import (
    Alarm,
)
from legend_desktop.domain.orders import Order
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.store.journal import OrderJournal
from tests.fakes.clock import FakeClock, settle
from tests.fakes.memory_store import MemoryStore
from tests.faults.desk_world import BUY, SELL, DeskWorld, Reports, d

__all__ = ["BUY", "SELL", "World", "a_world", "d"]

NO_FEES = FeeSchedule(sec_rate=Decimal(0), taf_per_share=Decimal(0))


@dataclass
class World(DeskWorld):
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

    # ---- time and market

    async def tick(self, seconds: float | None = None) -> None:
        """One step of market and time."""
        with contextlib.suppress(Exception):
            await self.broker.advance()
        if isinstance(self.store, OrderJournal) or self.broker.config.state_path is not None:
            await asyncio.sleep(0.001)  # the threads that write need real time
        await self.clock.advance(seconds or self.STEP)

    async def run_fast(self, seconds: float, step: float = 1.0) -> None:
        """Let a long time pass in large steps."""
        await self.run(seconds, step)

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

    async def rest(self) -> None:
        await self.breathe()

    async def start_of_call(self) -> None:
        await settle()

    async def breathe(self) -> None:
        """Let the market and everything that is ready have its turn, without time passing."""
        for _ in range(3):
            await self.broker.advance()
            if isinstance(self.store, OrderJournal) or self.broker.config.state_path is not None:
                for _ in range(5):
                    await asyncio.sleep(0.001)
            await settle()

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

    world.listen(bus)
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
