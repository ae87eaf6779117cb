"""One session with the simulated broker: its clockwork, the way there and back, and what is kept on disk."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from legend_desktop.brokers.base import OrderReport, SentListener
from legend_desktop.brokers.errors import BrokerDown, OutcomeUnknown
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.faults import FaultPlan
from legend_desktop.brokers.simulator.feed import TickSource
from legend_desktop.brokers.simulator.journal import Journal
from legend_desktop.brokers.simulator.publisher import Publisher
from legend_desktop.brokers.simulator.replay import ReplayError, ReplaySource
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.state import StateFile
from legend_desktop.brokers.simulator.synthetic import SyntheticSource
from legend_desktop.brokers.simulator.units import to_micros
from legend_desktop.brokers.simulator.wire import Request
from legend_desktop.brokers.tasks import TaskStarter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import StoreError

log = logging.getLogger(__name__)
_ASLEEP = 5_000_000
"""A pause of the process this long (microseconds) is skipped by the market instead of being caught up with."""


class Session:
    """The engine with its clockwork, its streams and its file."""

    def __init__(self, clock: Clock, config: SimulatorConfig, faults: FaultPlan, start_task: TaskStarter) -> None:
        self.config = config
        self.faults = faults
        self.clock = clock
        self.publisher = Publisher(faults)
        self._start_task = start_task
        self._engine: Engine | None = None
        self._journal: Journal | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._connected = False
        self._ran_until = 0
        self.market_error: ReplayError | None = None

    async def connect(self) -> None:
        """Open the account and the market. Raises ``StoreError`` for a damaged state file, ``ReplayError`` for a bad
        replay file, and what the fault plan says.
        """
        if self._connected:
            return
        request = Request(self.faults, "connect", self.clock, 0.0)
        request.depart()
        await request.arrive()
        now = self._now()
        engine = self._engine
        if engine is None:
            engine = Engine(self.config, self._make_source(now), now)
        else:
            engine.source.skip(now)
            engine.set_time(now)
        if self.config.state_path is not None:
            journal = Journal(StateFile(self.config.state_path))
            await journal.open(engine, fresh=self._engine is None)
            self._journal = journal
        self._engine = engine
        self._ran_until = now
        self._connected = True
        self._settle()
        if self.config.self_driven:
            self._tasks = [
                self._start_task(self._tick(), "simulator clock"),
                self._start_task(self._drive(), "simulator market"),
            ]

    def _make_source(self, now: int) -> TickSource:
        config = self.config
        if config.replay_path is not None:
            return ReplaySource(config.replay_path, config.replay_speed, now)
        return SyntheticSource(
            config.seed, config.quote_rate, config.symbols, now, jumps=config.jumps, halts=config.halts
        )

    async def disconnect(self) -> None:
        """End the session and keep the account; streams end, orders stay."""
        if not self._connected:
            return
        self._connected = False
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._settle()
        journal, self._journal = self._journal, None
        engine = self._engine
        try:
            if journal is not None and engine is not None:
                await journal.close(engine)
        finally:
            self.publisher.close()
            if engine is not None:
                engine.source.close()

    # --- time

    async def advance(self) -> int:
        """Let the market pass up to the clock's time; returns the ticks played.

        At full speed one call plays one burst of a replay file; 0 means that it has ended. Raises ``ReplayError``.
        """
        done = self._pump()
        if self.market_error is not None:
            raise self.market_error
        await self._commit()
        return done

    async def step(self) -> int:
        """Play the next tick, whenever it is due, ahead of the clock if need be; 0 when there is none."""
        engine = self.running()
        due = engine.source.next_due()
        if due is None:
            return await self.advance()
        engine.set_time(due)
        done = engine.run(max(due, engine.desk.now), 1)
        self._settle()
        await self._commit()
        return done

    async def _tick(self) -> None:
        while True:
            await self.clock.sleep(self.config.tick_interval)
            self._wake.set()

    async def _drive(self) -> None:
        engine = self.running()
        while True:
            await self._wake.wait()
            self._wake.clear()
            now = self._now()
            if now - self._ran_until > _ASLEEP:
                engine.source.skip(now)
            self._pump()
            try:
                await self._commit()
            except OutcomeUnknown as error:
                log.error("%s", error)
            journal = self._journal
            if journal is not None and journal.overgrown:
                await journal.rewrite(engine)
            due = engine.source.next_due()
            if due is not None and due <= self._now():
                # a replay at full speed: go on after the others had their turn
                self._wake.set()
                await self.clock.sleep(0)

    def _pump(self) -> int:
        engine = self.running()
        now = self._now()
        done = 0
        try:
            done = engine.run(now)
        except ReplayError as error:
            self.market_error = error
            log.error("The replay has stopped. %s", error)
            self.publisher.cut_quotes(error.message.rstrip("."))
        self._ran_until = now
        self._settle()
        self.publisher.release(idle=True)
        return done

    def _now(self) -> int:
        return to_micros(self.clock.now())

    def running(self) -> Engine:
        """The engine; raises ``BrokerDown`` where the session is not open."""
        if self._engine is None or not self._connected:
            raise BrokerDown("The simulator is not connected.", advice="Connect first.")
        return self._engine

    # --- telling and keeping

    def _settle(self) -> None:
        """Hand what has happened to the disk, and from there to the streams."""
        engine = self._engine
        if engine is None:
            return
        desk = engine.desk
        events, desk.outbox = desk.outbox, []
        if self._journal is None:
            desk.dirty.clear()
            desk.fresh.clear()
            self.publisher.publish(events)
        elif events or desk.dirty or desk.fresh:
            self._journal.put(engine, partial(self.publisher.publish, events))

    async def _commit(self) -> None:
        """Return when all that happened is on disk. Raises ``OutcomeUnknown`` where it cannot be kept."""
        if self._journal is not None:
            try:
                await self._journal.flush()
            except StoreError as error:
                raise OutcomeUnknown(error.message) from error

    async def command(
        self,
        route: str,
        act: Callable[[Engine, Request], list[SimOrder]],
        *,
        client_ids: Sequence[str] = (),
        on_sent: SentListener | None = None,
    ) -> list[OrderReport]:
        """Send one request that changes something: the whole way there, the change on disk, the way back.

        ``act`` returns the orders it touched; the answer shows them as they were then. ``on_sent`` is told of each of
        ``client_ids``. Raises ``OrderRefused``, ``OutcomeUnknown`` and ``BrokerDown``.
        """
        self.running()
        request = Request(self.faults, route, self.clock, self.config.latency)
        request.depart()
        if on_sent is not None:
            for client_id in client_ids:
                on_sent(client_id, self.clock.monotonic_ns())
        await request.arrive()
        engine = self.running()
        engine.set_time(self._now())
        try:
            orders = act(engine, request)
            request.after(engine, orders)
            reports = [order.report() for order in orders]
        finally:
            self._settle()
            self._wake.set()
        if self.config.self_driven:
            # the market gets its turn even where nothing else here would wait
            await self.clock.sleep(0)
        await self._commit()
        return await request.answer(reports)

    async def read(self, route: str) -> Engine:
        """The way there and back of a read; what it sees is on disk."""
        self.running()
        request = Request(self.faults, route, self.clock, self.config.latency)
        request.depart()
        await request.arrive()
        await request.answer(None)
        try:
            await self._commit()
        except OutcomeUnknown as error:
            raise BrokerDown(error.message) from error
        return self.running()
