"""Every view-model of the window, wired to the desk and to each other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.enums import BrokerType
from legend_desktop.domain.errors import LegendError
from legend_desktop.infra.settings import Settings
from legend_desktop.services.own_costs import OwnCosts
from legend_desktop.services.trading_core import TradingCore
from legend_desktop.viewmodels.account import AccountViewModel
from legend_desktop.viewmodels.action_router import ActionRouter, Rehearsal
from legend_desktop.viewmodels.activity import ActivityViewModel
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.closing import ClosingViewModel
from legend_desktop.viewmodels.command_line import CommandLine
from legend_desktop.viewmodels.command_runner import CommandRunner, LookActions
from legend_desktop.viewmodels.costs import costs_from
from legend_desktop.viewmodels.desk_facts import DeskFacts
from legend_desktop.viewmodels.execution_quality import ExecutionQualityViewModel
from legend_desktop.viewmodels.executions import ExecutionsViewModel
from legend_desktop.viewmodels.fill_costs import FillCosts
from legend_desktop.viewmodels.notifications import EventNotes, NotificationsViewModel
from legend_desktop.viewmodels.order_actions import OrderActions
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_timeline import OrderTimelineViewModel
from legend_desktop.viewmodels.orders import OrdersViewModel
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.quick_draft import EntryDraft
from legend_desktop.viewmodels.risk import RiskViewModel
from legend_desktop.viewmodels.shell import ShellViewModel
from legend_desktop.viewmodels.start import StartViewModel
from legend_desktop.viewmodels.status import StatusViewModel
from legend_desktop.viewmodels.symbol_focus import SymbolFocus
from legend_desktop.viewmodels.watch_list import WatchListViewModel

if TYPE_CHECKING:  # imported once the window is painted
    from legend_desktop.app.journal_model import JournalModels
    from legend_desktop.viewmodels.connections import ConnectionsViewModel

AccountOf = Callable[[], tuple[str, str]]
TICK_MS = 1000
HISTORY_LINES = 50


@dataclass(slots=True)
class WindowParts:
    """The view-models of one window and what drives them; ``dispose`` ends their listening."""

    root: QObject
    focus: SymbolFocus
    rehearsal: Rehearsal
    router: ActionRouter
    arming: Arming
    shell: ShellViewModel
    status: StatusViewModel
    notes: EventNotes
    notifications: NotificationsViewModel
    activity: ActivityViewModel
    account: AccountViewModel
    positions: PositionsViewModel
    orders: OrdersViewModel
    executions: ExecutionsViewModel
    watch_list: WatchListViewModel
    risk: RiskViewModel
    quality: ExecutionQualityViewModel
    entry: OrderEntryViewModel
    chart: ChartViewModel
    start: StartViewModel
    runner: CommandRunner
    command: CommandLine
    order_actions: OrderActions
    closing: ClosingViewModel
    ticker: QTimer
    make_connections: "Callable[[], ConnectionsViewModel] | None" = None
    _connections: "ConnectionsViewModel | None" = None
    timeline: OrderTimelineViewModel | None = None
    journal: "Callable[[], JournalModels] | None" = None
    ends: list[Callable[[], None]] = field(default_factory=list)

    @property
    def connections(self) -> "ConnectionsViewModel | None":
        """The connections screen's model, made when it is first asked for: after the window was painted."""
        if self._connections is None and self.make_connections is not None:
            self._connections = self.make_connections()
        return self._connections

    def dispose(self) -> None:
        """Stop listening and ticking."""
        for end in self.ends:
            end()
        for part in (self.shell, self.status, self.notes, self.notifications, self.entry, self.chart, self.start):
            part.dispose()
        for panel in (self.account, self.positions, self.orders, self.executions, self.watch_list, self.activity):
            panel.close()
        self.risk.close()
        self.quality.stop()
        self.root.deleteLater()


def build_window_parts(setup: TradingSetup, settings: Settings) -> WindowParts:
    """Make the view-models of ``setup`` and connect what a person asks for with who does it."""
    desk, bus, clock, context = setup.desk, setup.bus, setup.clock, setup.desk.core.context
    root = QObject()
    focus = SymbolFocus(settings.get("window.symbol") or "AAPL")
    rehearsal = Rehearsal(root)
    router = ActionRouter(rehearsal, root)
    arming = Arming(clock, context.mode, _account_of(desk.core), root)
    watch_list = WatchListViewModel(
        context.quotes, bus, clock, settings.get("trading.watch_list"), instrument_of=context.instruments.get
    )
    positions = PositionsViewModel(context.book, context.quotes, bus, clock)
    cost_of = costs_from(desk.analytics)
    entry = _entry_model(setup, settings, focus)
    chart = _chart_model(setup, focus, entry, arming, rehearsal)
    look = LookActions(set_bars=chart.set_bars, watch=watch_list.add, help=lambda _words: router.trigger("help.open"))
    runner = _runner(setup, _facts(setup, watch_list), focus, router=router, arming=arming, look=look)
    command = _command_line(runner, settings, root)
    risk = RiskViewModel(positions, context.risk, context.book, context.quotes, bus, clock=clock)
    parts = WindowParts(
        root,
        focus,
        rehearsal,
        router,
        arming,
        shell=_shell_model(setup, arming, rehearsal),
        status=StatusViewModel(bus, clock, context.quotes, simulated=context.simulated),
        notes=EventNotes(bus, clock, cost_of=FillCosts(desk.analytics)),
        notifications=NotificationsViewModel(bus, clock),
        activity=ActivityViewModel(bus),
        account=AccountViewModel(context.book, context.quotes, bus, clock),
        positions=positions,
        orders=OrdersViewModel(context.book, bus, clock, cost_of, instrument_of=context.instruments.get),
        executions=ExecutionsViewModel(context.book, bus, clock, cost_of),
        watch_list=watch_list,
        risk=risk,
        quality=ExecutionQualityViewModel(desk.analytics, bus, setup.supervisor, clock, mode=context.mode),
        entry=entry,
        chart=chart,
        start=_start_model(setup, settings),
        runner=runner,
        command=command,
        order_actions=OrderActions(
            runner=runner, router=router, arming=arming, draft=EntryDraft(entry), prefill=command.open_with, parent=root
        ),
        closing=ClosingViewModel(runner, risk.unprotected, root),
        ticker=QTimer(root),
    )
    _connect(parts, setup, settings)
    return parts


def _runner(
    setup: TradingSetup,
    facts: DeskFacts,
    focus: SymbolFocus,
    *,
    router: ActionRouter,
    arming: Arming,
    look: LookActions,
) -> CommandRunner:
    return CommandRunner(
        trading=setup.desk.trading,
        facts=facts,
        tasks=setup.supervisor,
        focus=focus,
        router=router,
        arming=arming,
        tell=setup.bus.publish,
        look=look,
        parent=router.parent(),
    )


def _entry_model(setup: TradingSetup, settings: Settings, focus: SymbolFocus) -> OrderEntryViewModel:
    return OrderEntryViewModel(
        setup.desk.trading,
        setup.bus,
        setup.supervisor,
        setup.clock,
        focus,
        risk=f"{settings.get('trading.risk_percent'):f}",
        presets=tuple(f"{row:f}" for row in settings.get("trading.risk_presets")),
        metrics_of=setup.desk.analytics.order_metrics,
        own_costs=OwnCosts(setup.desk.analytics),
    )


def _chart_model(
    setup: TradingSetup, focus: SymbolFocus, entry: OrderEntryViewModel, arming: Arming, rehearsal: Rehearsal
) -> ChartViewModel:
    context = setup.desk.core.context
    return ChartViewModel(
        context.broker.get_bars,
        context.quotes,
        context.book,
        setup.bus,
        setup.clock,
        supervisor=setup.supervisor,
        focus=focus,
        entry=entry,
        trading=setup.desk.trading,
        arming=arming,
        rehearsal=rehearsal,
        instrument_of=context.instruments.get,
    )


def _start_model(setup: TradingSetup, settings: Settings) -> StartViewModel:
    context = setup.desk.core.context
    known = BrokerFactory.supported_brokers()
    return StartViewModel(
        setup.desk.trading,
        context.quotes,
        instrument_of=context.instruments.get,
        accepted=settings.get("legal.accepted"),
        save_accepted=partial(settings.set, "legal.accepted"),
        missing_brokers=[row.name for row in known if not row.available],
        brokers=[
            (row.broker.value, row.name) for row in known if row.available and row.broker is not BrokerType.SIMULATOR
        ],
        dotenv_found=Path(".env").is_file(),
    )


def _shell_model(setup: TradingSetup, arming: Arming, rehearsal: Rehearsal) -> ShellViewModel:
    context = setup.desk.core.context
    shell = ShellViewModel(
        setup.bus,
        setup.clock,
        mode=context.mode,
        broker=context.broker.broker,
        account=_account_of(setup.desk.core),
        arming=arming,
        rehearsal=rehearsal,
        entries=(context.risk.state, context.risk.entries_open, context.risk.reason),
    )
    shell.acknowledged.connect(setup.desk.late_fills.acknowledge)
    return shell


def _facts(setup: TradingSetup, watch_list: WatchListViewModel) -> DeskFacts:
    """What keys and the command line may ask of the desk, each from memory."""
    core = setup.desk.core
    context = core.context
    return DeskFacts(
        clock=setup.clock,
        mode=context.mode,
        broker=context.broker.broker,
        broker_name=context.broker_name,
        account_id=lambda: context.broker.account_id,
        account=lambda: context.account,
        quote=context.quotes.latest,
        positions=lambda: tuple(context.positions.values()),
        orders=context.book,
        instrument=context.instruments.get,
        watched=lambda: watch_list.symbols,
        want=partial(_want, core),
        locked=lambda: context.risk.has("person"),
        line_lost=lambda: context.risk.has("line"),
    )


def _command_line(runner: CommandRunner, settings: Settings, root: QObject) -> CommandLine:
    history = [line for line in settings.get("command.history") if line]

    def keep(lines: list[str]) -> None:
        settings.set("command.history", tuple(lines[-HISTORY_LINES:]))

    return CommandLine(runner, lambda: list(history), keep, root)


def _account_of(core: TradingCore) -> AccountOf:
    return lambda: (core.context.broker_name, core.context.broker.account_id)


def _want(core: TradingCore, symbol: str) -> None:
    """Fetch a quote that somebody asked for; an unknown symbol is the asker's to say."""
    core.context.supervisor.start(_know(core, symbol), f"look up {symbol}")


async def _know(core: TradingCore, symbol: str) -> None:
    try:
        await core.know_symbol(symbol)
    except LegendError:
        return


def _connect(parts: WindowParts, setup: TradingSetup, settings: Settings) -> None:
    core = setup.desk.core
    parts.watch_list.symbol_chosen.connect(parts.focus.set_symbol)

    def follow(symbols: tuple[str, ...]) -> None:
        settings.set("trading.watch_list", tuple(symbols))
        for symbol in symbols:
            _want(core, symbol)

    parts.watch_list.symbols_changed.connect(follow)
    parts.focus.changed.connect(lambda symbol: settings.set("window.symbol", symbol))
    parts.positions.action_requested.connect(partial(_position_action, parts))
    parts.risk.repair_requested.connect(lambda symbol: _position_action(parts, "order.repair_stop", symbol))
    ticker = parts.ticker
    ticker.setInterval(TICK_MS)
    for tick in (
        parts.arming.tick,
        parts.shell.tick,
        parts.status.tick,
        parts.notifications.tick,
        parts.positions.tick,
        parts.account.tick,
        parts.orders.tick,
        parts.executions.tick,
        parts.watch_list.tick,
        parts.risk.tick,
        parts.chart.tick,
        parts.start.tick,
        setup.desk.core.context.risk.announce,
    ):
        ticker.timeout.connect(tick)
    ticker.start()


def _position_action(parts: WindowParts, action_id: str, symbol: str) -> None:
    """What the menu of a position asks for: the symbol comes into focus, then the action runs on it."""
    parts.focus.set_symbol(symbol)
    words = {
        "position.close_part": f"close {symbol} ",
        "position.move_stop": f"stop {symbol} ",
        "position.set_target": f"target {symbol} ",
    }
    if action_id in words:
        parts.command.open_with(words[action_id])
    elif action_id == "position.chart":
        parts.router.trigger("panel.chart")
    elif parts.router.has(action_id):
        parts.router.trigger(action_id)
