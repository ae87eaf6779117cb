"""A whole desk on the real Alpaca adapter, with a fake Alpaca, its market and the clock of both in a test's hands.

Everything travels over real sockets on this machine. Virtual time moves only while no request is under way, so that
what takes milliseconds here takes none there: ``run`` lets time pass, ``do`` awaits a call while it passes, ``calm``
waits until nothing is on its way any more.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from legend_desktop.brokers.alpaca.adapter import AlpacaAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.http import TimeLimits
from legend_desktop.domain.enums import BrokerType, OrderType
from legend_desktop.domain.events import (
    Alarm,
)
from legend_desktop.domain.orders import Order
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.store.journal import OrderJournal
from tests.fakes.alpaca.faults import FaultPlan, FaultRule
from tests.fakes.alpaca.records import FakeOrder
from tests.fakes.alpaca.server import FakeAlpaca
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.faults.desk_world import DeskWorld, Reports, d

SHORT = TimeLimits(connect=0.5, write=0.5, read=0.2, total=0.3, pool=0.3)
ORDERS = "/v2/orders"
LOOK_UP = "/v2/orders:by_client_order_id"
_QUIET_ROUNDS = 4


class Texts(logging.Handler):
    """Every line that the program logs, whatever its level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.rows: list[str] = []
        self._log = logging.getLogger("legend_desktop")
        self._level = self._log.level

    def begin(self) -> None:
        """Keep what is logged from now on."""
        self._log.addHandler(self)
        self._log.setLevel(logging.DEBUG)

    def end(self) -> None:
        """Leave the log as it was."""
        self._log.removeHandler(self)
        self._log.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        self.rows.append(f"{record.name}: {record.getMessage()} {record.exc_info or ''}")


@dataclass
class AlpacaWorld(DeskWorld):
    """One desk, one fake Alpaca, and everything around them."""

    STEP = 0.1
    fake: FakeAlpaca
    broker: AlpacaAdapter
    store: MemoryStore | OrderJournal
    clock: FakeClock
    desk: Desk
    bus: EventBus
    supervisor: TaskSupervisor
    reports: Reports
    texts: Texts
    counter: FaultRule
    said: list[Any] = field(default_factory=list)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    market: tuple[float, float] = (175.50, 175.52)

    # ---- what there is

    @property
    def faults(self) -> FaultPlan:
        return self.fake.faults

    def held_there(self, symbol: str = "AAPL") -> int:
        """Shares that Alpaca holds."""
        return int(self.fake.state.position(symbol).qty)

    def there(self, order: Order) -> FakeOrder:
        """The order as Alpaca has it."""
        now = self.now(order)
        return self.fake.state.order(now.order_id)

    @property
    def posts(self) -> int:
        """Orders that left this program, whatever became of the request."""
        return self.counter.used

    # ---- faults

    def fault(self, kind: str, method: str = "*", path: str = "*", **options: Any) -> FaultRule:
        """Spoil the next request that matches; ``times=None`` all of them."""
        return self.faults.add(kind, method, path, **options)

    def heal(self) -> None:
        """No more faults."""
        self.faults.clear()
        self.faults.rules.append(self.counter)

    # ---- time and market

    def under_way(self) -> bool:
        """True while a request waits for its answer."""
        session = self.broker._session
        lines = () if session is None else (session.http, session.data_http)
        return any(gate.locked() or gate._value < most for line in lines for gate, most in _gates(line))

    async def calm(self) -> None:
        """Let everything that is on its way arrive; no virtual time passes."""
        loop: Any = asyncio.get_running_loop()
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            await asyncio.sleep(0)
            if loop._ready:
                quiet = 0
            elif self.under_way():
                quiet = 0
                await asyncio.sleep(0.001)
            else:
                quiet += 1

    async def tick(self, seconds: float | None = None) -> None:
        """One step of time, with all that it brings about."""
        await self.calm()
        if isinstance(self.store, OrderJournal):
            await asyncio.sleep(0.001)  # the threads that write need real time
        await self.clock.advance(seconds or self.STEP)
        await self.calm()

    async def rest(self) -> None:
        await self.calm()

    async def quote(self, bid: float, ask: float, *, symbol: str = "AAPL", size: int = 10_000) -> None:
        """Put up a quote and let everybody see it."""
        if symbol == "AAPL":
            self.market = (bid, ask)
        self.fake.market.set_quote(symbol, d(bid), d(ask), size, size)
        await self.calm()

    async def fresh(self, symbol: str = "AAPL") -> None:
        """The last quote anew, so that it is fresh."""
        await self.quote(*self.market, symbol=symbol)

    async def trade(self, price: float, shares: int = 10_000, symbol: str = "AAPL") -> None:
        """Let a trade happen, with the quote around it."""
        await self.quote(round(price - 0.01, 2), round(price + 0.01, 2), symbol=symbol)
        self.fake.market.trade(symbol, d(price), shares)
        await self.calm()

    # ---- trading

    async def resting(self, limit: float = 175, quantity: int = 100) -> Order:
        """A limit buy that waits at the venue."""
        return await self.place(quantity, kind=OrderType.LIMIT, limit=limit)

    # ---- ends

    async def stop(self) -> None:
        """End the desk as the program does: tasks, session, journal; the fake lives on."""
        self.faults.clear()
        await self.supervisor.stop()
        await self.desk.stop()
        await self.calm()
        self.texts.end()


def _gates(line: Any) -> list[tuple[asyncio.Semaphore, int]]:
    from legend_desktop.brokers.http import _AT_ONCE

    return [(gate, _AT_ONCE[lane]) for lane, gate in line._gates.items()]


def credentials(fake: FakeAlpaca, **more: str) -> dict[str, str]:
    """The login of ``fake``."""
    return {"api_key": fake.key, "api_secret": fake.secret, "base_url": fake.url, **more}


async def built(
    fake: FakeAlpaca,
    clock: FakeClock,
    store: MemoryStore | OrderJournal | None = None,
    *,
    limits: GateLimits | None = None,
    times: TimeLimits = SHORT,
    **more: str,
) -> AlpacaWorld:
    """A world that has logged in and not started. ``more`` goes into the credentials."""
    reports = Reports()
    bus, supervisor = EventBus(reports), TaskSupervisor(reports)
    broker = BrokerFactory.create(
        BrokerType.ALPACA,
        credentials(fake, **more),
        paper_trading=not fake.live,
        clock=clock,
        start_task=supervisor.start,
        limits=times,
    )
    assert isinstance(broker, AlpacaAdapter)
    await broker.connect()
    counter = fake.faults.add("headers", "POST", ORDERS, times=None)  # it changes nothing and counts
    store = store if store is not None else MemoryStore()
    desk = build_desk(broker, store, bus=bus, clock=clock, supervisor=supervisor, limits=limits)
    world = AlpacaWorld(fake, broker, store, clock, desk, bus, supervisor, reports, Texts(), counter)
    world.texts.begin()

    world.listen(bus)
    return world


async def begin(world: AlpacaWorld) -> AlpacaWorld:
    """Connect, compare, and take in a first quote."""
    await world.do(world.desk.start())
    await world.do(world.desk.core.know_symbol("AAPL"))
    await world.fresh()
    return world


@asynccontextmanager
async def an_alpaca(clock: FakeClock, *, live: bool = False) -> AsyncIterator[FakeAlpaca]:
    """A fake Alpaca that serves, with AAPL at 175.50 by 175.52 and on the clock of the desk."""
    fake = FakeAlpaca(now=clock.now, live=live)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()


@asynccontextmanager
async def a_desk(
    fake: FakeAlpaca, clock: FakeClock, store: MemoryStore | OrderJournal | None = None, **more: Any
) -> AsyncIterator[AlpacaWorld]:
    """A program that runs over ``fake``; fails where a task or listener raised unexpectedly."""
    world = await built(fake, clock, store, **more)
    try:
        yield await begin(world)
    finally:
        await world.stop()
    assert not world.reports.rows, world.reports.rows


@asynccontextmanager
async def an_alpaca_world(**more: Any) -> AsyncIterator[AlpacaWorld]:
    """A fake and a started desk."""
    clock = FakeClock()
    async with an_alpaca(clock) as fake, a_desk(fake, clock, **more) as world:
        yield world


@asynccontextmanager
async def next_start(world: AlpacaWorld, **more: Any) -> AsyncIterator[AlpacaWorld]:
    """The program started anew over the same account and journal, the one before having ended without a word."""
    await world.supervisor.stop()
    world.desk.analytics.close()
    await world.broker.disconnect()
    await world.calm()
    world.texts.end()
    assert not world.reports.rows, world.reports.rows
    async with a_desk(world.fake, world.clock, world.store, **more) as fresh:
        yield fresh
