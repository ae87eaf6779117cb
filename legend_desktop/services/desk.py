"""Everything that trades, watches and measures one account, started and stopped in order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import MatchingMethod, TradingState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.day_limits import DayLimits
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.journal_watch import JournalWatch
from legend_desktop.services.late_fills import LateFills
from legend_desktop.services.limit_keeper import LimitKeeper
from legend_desktop.services.live_trading import LiveTradingService
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.position_sync import PositionSyncService
from legend_desktop.services.protection import ProtectionMonitor
from legend_desktop.services.quote_ring import QuoteRing
from legend_desktop.services.risk_state import JOURNAL, RECONCILE, RiskState
from legend_desktop.services.round_trips import RoundTripService
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trading_core import TradingCore, build_core
from legend_desktop.services.value_at_risk import ValueAtRiskService

HISTORY = timedelta(days=30)


@dataclass(slots=True)
class Desk:
    """The services of one account. ``start`` connects, again where that failed; ``stop`` ends it for good."""

    core: TradingCore
    trading: LiveTradingService
    sync: PositionSyncService
    analytics: ExecutionAnalyticsService
    round_trips: RoundTripService
    value_at_risk: ValueAtRiskService
    day_limits: DayLimits
    protection: ProtectionMonitor
    journal: JournalWatch
    limits: LimitKeeper
    late_fills: LateFills
    ring: QuoteRing
    bus: EventBus
    clock: Clock
    supervisor: TaskSupervisor
    _loaded: bool = False

    async def start(self, *, connected: bool = False) -> None:
        """Load the journal, bring back a lock, connect unless that is done, compare. Raises what ``connect`` raises."""
        context = self.core.context
        self.journal.take(context.ledger.store.health)
        context.risk.lock(RECONCILE, TradingState.ACTIVE, "Starting. Entries wait for the first comparison.")
        if not self._loaded:
            await self._load()
            self._loaded = True
        await self.core.connection.start(connected=connected)

    async def _load(self) -> None:
        context = self.core.context
        await self.limits.load()
        await self.late_fills.load()
        await self.day_limits.load()
        if context.account_key:
            await context.ledger.load(self._history_start(), (context.broker.broker, context.account_key))
        await self.analytics.load(self._history_start())
        await self.round_trips.start()
        self.value_at_risk.start()
        await self.trading.kill_switch.restore_lock()

    async def stop(self) -> None:
        """Log out. Stop the supervisor before and the store after; both are the owner's."""
        self.analytics.close()
        self.round_trips.close()
        self.value_at_risk.close()
        self.journal.end()
        await self.core.connection.stop()

    def _history_start(self) -> datetime:
        return self.clock.now() - HISTORY


def build_desk(
    broker: BrokerAdapter,
    store: OrderStore,
    *,
    bus: EventBus,
    clock: Clock,
    supervisor: TaskSupervisor,
    limits: GateLimits | None = None,
    matching: MatchingMethod = MatchingMethod.FIFO,
) -> Desk:
    """Put the services of ``broker`` together over ``store``. Nothing is opened or sent yet."""
    core = build_core(broker, store, bus=bus, clock=clock, supervisor=supervisor, limits=limits)
    context = core.context
    sync = PositionSyncService(broker, core)
    ring = QuoteRing(clock)
    context.quotes.subscribe(ring.add)
    analytics = ExecutionAnalyticsService(
        store,
        context.book,
        bus,
        clock,
        quotes=context.quotes.latest,
        instruments=context.instruments.get,
        supervisor=supervisor,
        mode=broker.mode,
        ring=ring,
    )

    context.ledger.on_journal = partial(_on_journal, context.risk)
    return Desk(
        core=core,
        trading=LiveTradingService(broker, core),
        sync=sync,
        analytics=analytics,
        round_trips=RoundTripService(context, core.keeper, matching),
        value_at_risk=ValueAtRiskService(context, sync, core.history),
        day_limits=DayLimits(context),
        protection=ProtectionMonitor(context, sync),
        journal=JournalWatch(context),
        limits=LimitKeeper(context),
        late_fills=LateFills(context),
        ring=ring,
        bus=bus,
        clock=clock,
        supervisor=supervisor,
    )


def _on_journal(risk: RiskState, error: StoreError | None) -> None:
    """Entries wait while the journal cannot be written."""
    if error is None:
        risk.unlock(JOURNAL)
    else:
        risk.lock(JOURNAL, TradingState.ACTIVE, error.sentence)
