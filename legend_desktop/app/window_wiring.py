"""The parts that lie over the window and the actions that no view-model owns: command line, Stop menu, help, tables."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from legend_desktop.app.panel_requests import connect_requests
from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.domain.enums import BrokerType
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.infra.resources import resources_dir
from legend_desktop.viewmodels.actions import ACTIONS
from legend_desktop.viewmodels.coalescer import Coalescer
from legend_desktop.viewmodels.connection_actions import register_connection_actions
from legend_desktop.viewmodels.key_map import KeyMap
from legend_desktop.views.closing_card import ClosingCard
from legend_desktop.views.command_line import CommandField
from legend_desktop.views.command_preview import CommandPreviewCard
from legend_desktop.views.dialogs.keys_help import KeysHelp
from legend_desktop.views.hotkeys import Hotkeys
from legend_desktop.views.kill_menu import KillMenu
from legend_desktop.views.last_four import LastFourCard
from legend_desktop.views.main_window import MainWindow
from legend_desktop.views.table_actions import TableActions
from legend_desktop.views.theme import Theme

if TYPE_CHECKING:
    from legend_desktop.viewmodels.connections import ConnectionsViewModel
    from legend_desktop.views.dialogs.about import AboutDialog
    from legend_desktop.views.dialogs.help_window import HelpWindow

PREVIEW_APART_MS = 250


@dataclass(slots=True)
class Overlays:
    """What lies over the panels of one window."""

    field: CommandField
    card: CommandPreviewCard
    kill_menu: KillMenu
    last_four: LastFourCard
    closing: ClosingCard
    keys_help: KeysHelp
    live: Coalescer
    tables: TableActions


def wire_window(
    window: MainWindow, setup: TradingSetup, parts: WindowParts, *, theme: Theme, keys: KeyMap, hotkeys: Hotkeys
) -> Overlays:
    """Make the overlays and register every action that is still nobody's."""
    field = CommandField(theme, parts.command, key=keys.text_of("command.open"))
    window.banner.set_command_widget(field)
    live = Coalescer(parts.command.refresh_live, setup.clock, parts.root, apart_ms=PREVIEW_APART_MS)
    risk = setup.desk.core.context.risk
    overlays = Overlays(
        field=field,
        card=CommandPreviewCard(theme, field, parts.command, parts.router, window),
        kill_menu=KillMenu(
            theme,
            parts.router,
            setup.clock,
            anchor=window.banner.stop,
            window=window,
            locked=lambda: risk.has("person"),
            key_of=keys.text_of,
        ),
        last_four=LastFourCard(theme, window),
        closing=ClosingCard(theme, parts.closing, setup.clock, under=window.top, window=window),
        keys_help=KeysHelp(theme, keys, window),
        live=live,
        tables=TableActions(window, partial(_tell, setup, NoticeLevel.INFO, "Tables")),
    )
    _register(window, parts, overlays)
    _register_connections(window, parts)
    connect_requests(window, setup, parts)
    _connect(window, setup, parts, overlays, hotkeys)
    return overlays


def _register(window: MainWindow, parts: WindowParts, overlays: Overlays) -> None:
    router = parts.router
    router.register("command.open", overlays.field.open)
    router.register("kill.open", overlays.kill_menu.toggle)
    router.register("help.keys", lambda: _show(overlays.keys_help))
    _register_help(window, parts)
    overlays.tables.register(router)
    _register_chart(window, parts)
    router.register("order.cancel_selected", lambda: _panel_call(window, "orders", "cancel_selected"))
    router.register("order.change_selected", lambda: _panel_call(window, "orders", "change_selected"))


def _register_help(window: MainWindow, parts: WindowParts) -> None:
    """The help window and About, made when first asked for."""
    made: dict[str, HelpWindow | AboutDialog] = {}

    def about() -> "AboutDialog":
        from legend_desktop.views.dialogs.about import AboutDialog

        dialog = AboutDialog(window.theme, resources_dir(), window)
        dialog.action_wanted.connect(parts.router.trigger)
        return dialog

    def pages() -> "HelpWindow":
        from legend_desktop.views.dialogs.help_window import HelpWindow

        dialog = HelpWindow(window.theme, resources_dir(), window)
        dialog.action_wanted.connect(parts.router.trigger)
        return dialog

    def open_page(name: str) -> None:
        help_window = made.get("help") or made.setdefault("help", pages())
        help_window.show_page(name)
        _show(help_window)

    def open_about() -> None:
        _show(made.get("about") or made.setdefault("about", about()))

    parts.router.register("help.open", partial(open_page, "first-steps"))
    parts.router.register("help.order_types", partial(open_page, "order-types"))
    parts.router.register("help.about", open_about)


def _register_connections(window: MainWindow, parts: WindowParts) -> None:
    """The actions of the connections screen and what the start page asks of it; each refuses where there is none."""
    focus = partial(window.board.focus, "connections")
    register_connection_actions(parts.router, _model_of(parts), focus)
    parts.start.import_wanted.connect(partial(parts.router.trigger, "connection.import_env"))

    def connect(broker: str) -> None:
        if parts.connections is not None:
            focus()
            parts.connections.add(BrokerType(broker))

    parts.start.connect_wanted.connect(connect)


def _model_of(parts: WindowParts) -> "Callable[[], ConnectionsViewModel] | None":
    def model() -> "ConnectionsViewModel":
        assert parts.connections is not None
        return parts.connections

    return None if parts.make_connections is None else model


def _register_chart(window: MainWindow, parts: WindowParts) -> None:
    router = parts.router
    for action_id, name in (
        ("chart.zoom_in", "zoom_in"),
        ("chart.zoom_out", "zoom_out"),
        ("chart.follow", "follow"),
        ("chart.show_orders", "toggle_orders"),
        ("chart.draw_bracket", "draw_bracket"),
    ):
        if action_id in ACTIONS:
            router.register(action_id, partial(_panel_call, window, "chart", name))
    router.register_press("chart.bars_1_to_6", lambda press: parts.chart.set_bar_index(press.index))
    window.symbol_wanted.connect(parts.focus.set_symbol)
    parts.start.command_wanted.connect(parts.command.open_with)
    if "start" in window.board.docks:
        parts.start.closed.connect(window.board.docks["start"].hide)


def _connect(window: MainWindow, setup: TradingSetup, parts: WindowParts, overlays: Overlays, hotkeys: Hotkeys) -> None:
    quotes = setup.desk.core.context.quotes
    parts.ends += [
        quotes.subscribe(lambda quote: parts.arming.note_quote(quote.timestamp) if parts.arming.stalled else None),
        quotes.subscribe(lambda _: overlays.live.mark() if overlays.field.hasFocus() else None),
    ]
    window.board.refreshed.connect(overlays.closing.come_forward)
    hotkeys.hold_progress.connect(overlays.kill_menu.show_progress)
    hotkeys.hold_progress.connect(lambda _action, fraction: window.banner.stop.set_progress(fraction))
    parts.arming.live_question.connect(
        lambda sentence: overlays.last_four.ask(
            "Arm order keys", sentence, window.banner.keys, parts.arming.confirm_live
        )
    )
    overlays.kill_menu.unlock_wanted.connect(
        lambda: overlays.last_four.ask(
            "Unlock trading", parts.runner.unlock_sentence, window.banner.stop, partial(_unlock, setup, parts)
        )
    )
    done = partial(_tell, setup, NoticeLevel.INFO, "Keys")
    for signal in (parts.order_actions.done, parts.arming.announced):
        signal.connect(done)
    refused = partial(_tell, setup, NoticeLevel.WARNING, "Keys")  # a key that does nothing says why where one looks
    for signal in (hotkeys.said, parts.router.refused, parts.order_actions.said):
        signal.connect(refused)


def _unlock(setup: TradingSetup, parts: WindowParts, typed: str) -> bool:
    """True where the typed characters end the account's number; the lock is then lifted."""
    ending = setup.desk.core.context.broker.account_id[-4:]
    if typed.strip().upper() != ending.upper():
        return False
    return parts.runner.unlock(typed)


def _tell(setup: TradingSetup, level: NoticeLevel, source: str, sentence: str) -> None:
    setup.desk.core.context.tell(level, source, sentence, group=source.lower())


def _panel_call(window: MainWindow, panel_id: str, name: str) -> object:
    return getattr(window.panel(panel_id), name)()


def _show(widget: QWidget) -> None:
    widget.show()
    widget.raise_()
    widget.activateWindow()
