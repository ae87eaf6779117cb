"""The trading half of the program, from settings: clock, bus, journal, broker and desk. Knows no Qt."""

from dataclasses import dataclass
from pathlib import Path

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, MatchingMethod, TradingMode, TradingState
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.settings import Settings
from legend_desktop.services.account_session import AccountSession
from legend_desktop.services.connections import built_in_simulator
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.profile_store import journal_part, profile_store
from legend_desktop.services.risk_state import RECONCILE
from legend_desktop.services.task_supervisor import Reporter, TaskSupervisor
from legend_desktop.store.journal import OrderJournal

SIMULATOR_STATE = "simulator.json"


@dataclass(slots=True)
class TradingSetup:
    """One account's session over the journal of its mode. ``open`` and ``close`` once each."""

    session: AccountSession
    store: OrderJournal

    @property
    def clock(self) -> Clock:
        """The clock of everything here."""
        return self.session.clock

    @property
    def bus(self) -> EventBus:
        """The account's events."""
        return self.session.bus

    @property
    def supervisor(self) -> TaskSupervisor:
        """The account's tasks."""
        return self.session.supervisor

    @property
    def broker(self) -> BrokerAdapter:
        """The account's broker."""
        return self.session.broker

    @property
    def desk(self) -> Desk:
        """The account's services."""
        return self.session.desk

    async def open(self) -> None:
        """Open the journal unless it is, then the session. Raises ``StoreError`` or what the connection raises."""
        if not self.store.is_open:
            await self.store.open()
            for sentence in self.store.report.sentences:
                self.bus.publish(Notice(self.clock.now(), NoticeLevel.WARNING, "Journal", sentence))
        await self.session.open()


def set_up_trading(
    settings: Settings,
    paths: ProfilePaths,
    report: Reporter,
    *,
    replay: Path | None = None,
    broker: BrokerAdapter | None = None,
) -> TradingSetup:
    """The simulator's account, by itself; nothing is opened yet. Must run inside the event loop.

    ``replay`` lets the simulator play a file of quotes. ``broker`` takes the simulator's place.
    """
    clock = SystemClock()
    mode = TradingMode.PAPER if broker is None else broker.mode
    store = profile_store(settings, paths, mode, clock)
    supervisor = TaskSupervisor(report)
    if broker is None:
        broker = simulator_broker(settings, paths, clock, supervisor, replay=replay)
    profile = built_in_simulator(clock.now())
    return TradingSetup(make_session(profile, broker, store, supervisor, settings=settings, report=report), store)


def simulator_broker(
    settings: Settings, paths: ProfilePaths, clock: Clock, supervisor: TaskSupervisor, *, replay: Path | None = None
) -> BrokerAdapter:
    """The built-in broker, with its account in the profile."""
    return BrokerFactory.create(
        BrokerType.SIMULATOR,
        paper_trading=True,
        clock=clock,
        start_task=supervisor.start,
        seed=settings.get("simulator.seed"),
        state_path=paths.database(TradingMode.PAPER).parent / SIMULATOR_STATE,
        replay_path=replay,
    )


def make_session(
    profile: ConnectionProfile,
    broker: BrokerAdapter,
    journal: OrderJournal,
    supervisor: TaskSupervisor,
    *,
    settings: Settings,
    report: Reporter,
) -> AccountSession:
    """A session of ``broker`` over its own part of ``journal``; nothing is opened yet."""
    bus, clock = EventBus(report), SystemClock()
    part = journal_part(profile.broker, profile.account_id)
    store: OrderStore = journal.for_account(part) if part else journal
    matching = MatchingMethod(settings.get("trading.matching"))
    desk = build_desk(broker, store, bus=bus, clock=clock, supervisor=supervisor, matching=matching)
    # the window is painted before anything is known: until the first comparison it must not say that entries are open
    desk.core.context.risk.lock(RECONCILE, TradingState.ACTIVE, "Starting. Entries wait for the first comparison.")
    return AccountSession(profile, broker, desk, bus, supervisor)
