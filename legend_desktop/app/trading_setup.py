"""The trading half of the program, from settings: clock, bus, journal, broker and desk. Knows no Qt."""

from dataclasses import dataclass
from pathlib import Path

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, MatchingMethod, TradingMode, TradingState
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.settings import Settings
from legend_desktop.services.desk import Desk, build_desk
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.risk_state import RECONCILE
from legend_desktop.services.task_supervisor import Reporter, TaskSupervisor
from legend_desktop.store.journal import OrderJournal, prepare_store
from legend_desktop.store.options import StoreOptions

SIMULATOR_STATE = "simulator.json"


@dataclass(slots=True)
class TradingSetup:
    """One account's trading parts. ``open`` and ``close`` once each."""

    clock: Clock
    bus: EventBus
    supervisor: TaskSupervisor
    store: OrderJournal
    broker: BrokerAdapter
    desk: Desk
    fallback_reason: str = ""

    async def open(self) -> None:
        """Open the journal, then start the desk. Raises ``StoreError`` or what the connection raises."""
        await self.store.open()
        for sentence in self.store.report.sentences:
            self.bus.publish(Notice(self.clock.now(), NoticeLevel.WARNING, "Journal", sentence))
        if self.fallback_reason:
            self.bus.publish(Notice(self.clock.now(), NoticeLevel.INFO, "Connection", self.fallback_reason))
        await self.desk.start()


def set_up_trading(
    settings: Settings,
    paths: ProfilePaths,
    report: Reporter,
    *,
    replay: Path | None = None,
    broker: BrokerAdapter | None = None,
) -> TradingSetup:
    """Put the parts together; nothing is opened yet. Must run inside the event loop.

    ``replay`` lets the simulator play a file of quotes. ``broker`` replaces the one that the settings name.
    """
    clock = SystemClock()
    bus = EventBus(report)
    supervisor = TaskSupervisor(report)
    reason = ""
    if broker is None:
        broker, reason = _default_broker(settings, paths, clock, supervisor, replay)
    options = StoreOptions(spool_folder=paths.spool_dir, backup_folder=paths.backup_dir)
    place = settings.get("store.database_url") or paths.database(broker.mode)
    store = prepare_store(place, broker.mode, clock, options=options)
    matching = MatchingMethod(settings.get("trading.matching"))
    desk = build_desk(broker, store, bus=bus, clock=clock, supervisor=supervisor, matching=matching)
    # the window is painted before anything is known: until the first comparison it must not say that entries are open
    desk.core.context.risk.lock(RECONCILE, TradingState.ACTIVE, "Starting. Entries wait for the first comparison.")
    return TradingSetup(clock, bus, supervisor, store, broker, desk, reason)


def _default_broker(
    settings: Settings, paths: ProfilePaths, clock: Clock, supervisor: TaskSupervisor, replay: Path | None
) -> tuple[BrokerAdapter, str]:
    """The simulator, with a sentence where the settings name a broker that this version cannot open."""
    wanted = BrokerType(settings.get("broker.default"))
    usable = {row.broker for row in BrokerFactory.supported_brokers() if row.available}
    reason = ""
    if wanted not in usable:
        name = wanted.value.replace("_", " ").title()
        reason = f"{name} is not part of this version, so you trade on the built-in simulator."
    broker = BrokerFactory.create(
        BrokerType.SIMULATOR,
        paper_trading=True,
        clock=clock,
        start_task=supervisor.start,
        seed=settings.get("simulator.seed"),
        state_path=paths.database(TradingMode.PAPER).parent / SIMULATOR_STATE,
        replay_path=replay,
    )
    return broker, reason
