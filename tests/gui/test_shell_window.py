from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QTabBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import BrokerType, ConnectionState, TradingMode, TradingState
from legend_desktop.domain.events import Alarm, ConnectionChanged, Notice, NoticeLevel, TradingStateChanged
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.notifications import NotificationsViewModel
from legend_desktop.viewmodels.shell import AccountChoice, ShellViewModel
from legend_desktop.viewmodels.status import StatusViewModel
from legend_desktop.views.docks import PanelSpec
from legend_desktop.views.layouts import LayoutStore
from legend_desktop.views.main_window import MainWindow, WindowModels
from legend_desktop.views.theme import Scheme, Theme
from legend_desktop.views.widgets.access import access_gaps, describe
from legend_desktop.views.widgets.panel import Panel
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.builders import raise_report

PANELS = (
    ("order_entry", "Order entry"),
    ("account", "Account"),
    ("chart", "Chart"),
    ("execution_quality", "Execution quality"),
    ("positions", "Positions"),
    ("orders", "Orders"),
    ("executions", "Executions"),
    ("activity", "Activity"),
    ("watch_list", "Watch list"),
    ("risk", "Risk"),
)


class SamplePanel(Panel):
    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme)
        self.field = QPushButton(name)
        describe(self.field, name)
        QVBoxLayout(self).addWidget(self.field)
        self.set_summary(f"{name} summary")


class World:
    def __init__(
        self,
        qtbot: QtBot,
        *,
        mode: TradingMode = TradingMode.PAPER,
        size: tuple[int, int] = (1440, 900),
        store: dict[str, str] | None = None,
        panels: Sequence[tuple[str, str]] = PANELS,
    ) -> None:
        self.theme = make_theme(Scheme.DARK)
        self.clock = FakeClock()
        self.bus = EventBus(raise_report)
        self.broker = BrokerType.ALPACA if mode is TradingMode.LIVE else BrokerType.SIMULATOR
        self.router = ActionRouter()
        name = ("Alpaca", "PA334417") if mode is TradingMode.LIVE else ("Simulator", "SIM-0001")
        self.arming = Arming(self.clock, mode, lambda: name)
        self.shell = ShellViewModel(
            self.bus,
            self.clock,
            mode=mode,
            broker=self.broker,
            account=lambda: name,
            arming=self.arming,
            rehearsal=self.router.rehearsal,
        )
        self.status = StatusViewModel(self.bus, self.clock, QuoteBoard(self.clock, raise_report))
        self.notifications = NotificationsViewModel(self.bus, self.clock)
        self.kept = store if store is not None else {}
        self.made: list[str] = []
        self.router.register("keys.arm", self.arming.toggle)
        self.window = MainWindow(
            self.theme,
            WindowModels(self.shell, self.status, self.notifications),
            self.router,
            [PanelSpec(panel_id, title, lambda panel=panel_id: self.make(panel)) for panel_id, title in panels],  # type: ignore[misc]
            store=LayoutStore(self.kept.get, self.kept.__setitem__),
            key_of=lambda action: {"keys.arm": "Ctrl+Shift+A"}.get(action, ""),
            native_menu=False,
        )
        qtbot.addWidget(self.window, before_close_func=lambda window: window.allow_close())
        self.window.resize(*size)
        self.window.show()
        self.settle()

    def make(self, name: str) -> QWidget:
        self.made.append(name)
        return SamplePanel(self.theme, name)

    def settle(self) -> None:
        for _ in range(8):
            QApplication.processEvents()

    def visible(self) -> set[str]:
        return {dock.id for dock in self.window.board.in_order()}

    def tabs(self) -> list[list[str]]:
        bars = self.window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        shown = [bar for bar in bars if bar.isVisible() and bar.count()]
        return sorted([bar.tabText(place) for place in range(bar.count())] for bar in shown)


def test_the_desk_stands_as_planned_and_hidden_tabs_wait(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.window.windowTitle() == "PAPER - Simulator - Legend"
    assert world.visible() == {"order_entry", "account", "chart", "positions", "orders", "watch_list", "risk"}
    assert world.tabs() == [["Chart", "Execution quality"], ["Orders", "Executions", "Activity"]]
    assert "activity" not in world.made[:7]
    docks = world.window.board.docks
    assert docks["order_entry"].width() == 292
    assert docks["watch_list"].width() == 300
    assert docks["order_entry"].x() < docks["chart"].x() < docks["watch_list"].x()
    qtbot.waitUntil(lambda: len(world.made) == len(PANELS), timeout=3000)
    assert len(set(world.made)) == len(PANELS)
    picture(world.window, "shell_desk")


def test_tabbed_docks_have_no_second_header_and_their_summary_stands_at_the_tabs(qtbot: QtBot) -> None:
    world = World(qtbot)
    docks = world.window.board.docks
    assert docks["positions"].titleBarWidget() is docks["positions"].header
    assert docks["orders"].titleBarWidget() is not docks["orders"].header
    assert docks["orders"].titleBarWidget().height() == 0
    corners = {corner.summary.text() for corner in world.window.board._corners.values() if corner.isVisible()}
    assert corners == {"chart summary", "orders summary"}
    world.window.board.focus("activity")
    world.settle()
    corners = {corner.summary.text() for corner in world.window.board._corners.values() if corner.isVisible()}
    assert corners == {"chart summary", "activity summary"}


def test_below_1400_the_right_column_folds_into_the_tabs_and_comes_back(qtbot: QtBot) -> None:
    world = World(qtbot, size=(1280, 800))
    assert ["Chart", "Execution quality", "Risk", "Watch list"] in world.tabs()
    assert world.window.board.docks["order_entry"].width() == 276
    world.window.resize(1920, 1080)
    world.settle()
    assert world.visible() >= {"watch_list", "risk"}
    assert world.window.board.docks["watch_list"].width() == 420
    world.window.layouts.by_hand = True
    world.window.resize(1280, 800)
    world.settle()
    assert "risk" in world.visible(), "an arrangement by hand is left alone"


def test_a_saved_arrangement_comes_back_and_reset_forgets_it(qtbot: QtBot) -> None:
    store: dict[str, str] = {}
    world = World(qtbot, store=store)
    world.window.board.docks["risk"].close()
    world.window.layouts.by_hand = True
    world.window.layouts.save()
    other = World(qtbot, store=store)
    assert "risk" not in other.visible()
    other.window.layouts.reset()
    other.settle()
    assert "risk" in other.visible()
    store["layout.Desk"] = "not json"
    assert "risk" in World(qtbot, store=store).visible()
    store["layout.Desk"] = '{"version": 99, "state": ""}'
    assert "risk" in World(qtbot, store=store).visible()


def test_layouts_by_name_and_number(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.window.layouts.names() == ("Desk", "Costs", "Trouble")
    world.router.trigger("layout.load_2")
    world.settle()
    assert world.visible() == {"execution_quality"}
    world.window.allow_close()
    assert world.kept["layout.last"] == "Costs"
    world.window.layouts.load("Desk")
    world.settle()
    assert "positions" in world.visible()


def test_a_panel_can_fill_the_window_and_go_back(qtbot: QtBot) -> None:
    world = World(qtbot)
    before = world.visible()
    world.window.board.focus("positions")
    world.router.trigger("panel.maximise")
    world.settle()
    assert world.visible() == {"positions"}
    world.router.trigger("panel.maximise")
    world.settle()
    assert world.visible() == before


def test_keys_walk_through_the_panels(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.window.activateWindow()
    qtbot.waitUntil(world.window.isActiveWindow)
    seen = []
    for _ in range(7):
        world.router.trigger("panel.next")
        current = world.window.board.current()
        assert current is not None
        seen.append(current.id)
    assert set(seen) == world.visible()
    assert seen[:2] == ["order_entry", "account"]
    world.router.trigger("panel.orders")
    current = world.window.board.current()
    assert current is not None
    assert current.id == "orders"
    world.router.trigger("panel.close")
    assert not world.window.board.docks["orders"].isVisible()


def test_floating_gives_the_header_back(qtbot: QtBot) -> None:
    world = World(qtbot)
    dock = world.window.board.docks["activity"]
    dock.toggle_floating()
    world.settle()
    assert dock.titleBarWidget() is dock.header
    assert world.window.layouts.by_hand
    dock.toggle_floating()
    world.settle()


def test_the_window_asks_before_it_closes(qtbot: QtBot) -> None:
    world = World(qtbot)
    asked: list[int] = []
    world.window.close_wanted.connect(lambda: asked.append(1))
    assert not world.window.close()
    assert (asked, world.window.isVisible()) == ([1], True)
    world.window.allow_close()
    assert world.window.close()
    assert asked == [1]


def test_real_money_is_unmistakable(qtbot: QtBot) -> None:
    world = World(qtbot, mode=TradingMode.LIVE)
    margins = world.window.contentsMargins()
    assert (margins.left(), margins.top(), margins.right(), margins.bottom()) == (3, 0, 3, 3)
    assert (world.window.banner.mode_word.text(), world.window.banner.mode_note.text()) == ("LIVE", "real money")
    image = world.window.grab().toImage()
    assert image.pixelColor(1, 450).name() == world.theme.hex("live.frame")
    assert image.pixelColor(5, 3).name() == world.theme.hex("live.fill")
    assert image.pixelColor(700, 898).name() == world.theme.hex("live.frame")
    picture(world.window, "shell_live")


def test_words_give_way_before_controls_do(qtbot: QtBot) -> None:
    world = World(qtbot, size=(1440, 900))
    banner = world.window.banner
    world.bus.publish(ConnectionChanged(world.broker, ConnectionState.CONNECTED, world.clock.now(), latency_ms=3.0))
    command = QLineEdit()
    describe(command, "Command line")
    banner.set_command_widget(command)
    assert (banner.mode_note.isVisible(), banner.light.text()) == (True, "Simulator 3 ms")
    assert command.width() == 392
    world.window.resize(1280, 800)
    world.settle()
    assert (banner.mode_note.isVisible(), banner.light.text()) == (False, "Simulator 3 ms")
    world.window.resize(1024, 680)
    world.settle()
    assert banner.light.text() == "Simulator"
    for widget in (banner.mode_word, banner.entries, banner.keys, banner.stop, command):
        assert widget.isVisible()
        assert banner.rect().contains(widget.geometry())
    assert not command.geometry().intersects(banner.light.geometry())
    assert not command.geometry().intersects(banner.switcher.geometry())


def test_lights_follow_and_ask(qtbot: QtBot) -> None:
    world = World(qtbot)
    banner = world.window.banner
    assert banner.keys.text() == "Keys locked"
    QTest.mouseClick(banner.keys, Qt.MouseButton.LeftButton)
    assert banner.keys.text() == "Keys ARMED 20:00"
    assert banner.keys.inks()[0] == world.theme.color("armed.fill")
    assert banner.keys.toolTip() == "Lock the order keys (Ctrl+Shift+A)"
    world.bus.publish(TradingStateChanged(TradingState.REDUCING, False, "The day limit is reached.", world.clock.now()))
    assert (banner.entries.text(), banner.entries.toolTip()) == ("Entries locked", "The day limit is reached.")
    lost = world.clock.now() - timedelta(seconds=31)
    world.bus.publish(ConnectionChanged(world.broker, ConnectionState.LOST, lost, "The socket closed."))
    assert banner.light.text() == "Simulator lost, 31 s"
    assert "The socket closed." in banner.light.toolTip()


def test_the_countdown_does_not_move_its_neighbours(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.arming.toggle()
    world.settle()
    before = world.window.banner.keys.geometry()
    world.clock._ns += 439 * 10**9
    world.shell.tick()
    world.settle()
    assert world.window.banner.keys.text() == "Keys ARMED 12:41"
    assert world.window.banner.keys.geometry() == before


def test_an_alarm_pushes_the_docks_down_and_its_button_asks(qtbot: QtBot) -> None:
    world = World(qtbot)
    top = world.window.board.docks["chart"].y()
    asked: list[str] = []
    world.shell.action_wanted.connect(asked.append)
    at = world.clock.now()
    world.bus.publish(Alarm("u", at, "1 order is unknown.", "It may be live.", "panel.orders", "Show the order"))
    world.settle()
    (strip,) = world.window.strips.strips()
    assert strip.height() == 40
    assert world.window.board.docks["chart"].y() == top + 40
    assert "It may be live." in strip.accessibleName()
    QTest.mouseClick(strip._button, Qt.MouseButton.LeftButton)
    assert asked == ["panel.orders"]
    world.bus.publish(Alarm("u", at, active=False))
    world.settle()
    assert world.window.strips.strips() == []
    assert world.window.board.docks["chart"].y() == top


def test_an_alarm_that_only_a_person_ends_has_a_button_for_it(qtbot: QtBot) -> None:
    world = World(qtbot)
    seen: list[str] = []
    world.shell.acknowledged.connect(seen.append)
    at = world.clock.now()
    world.bus.publish(Alarm("u", at, "1 order is unknown.", "It may be live.", "panel.orders", "Show the order"))
    world.bus.publish(
        Alarm("late:1", at, "40 AAPL filled.", "Check.", "panel.positions", "Show the position", acknowledge=True)
    )
    world.settle()
    plain, late = world.window.strips.strips()
    assert (plain.seen_button.isVisible(), late.seen_button.isVisible()) == (False, True)
    picture(world.window, "alarm-seen")
    assert access_gaps(world.window.strips) == []
    QTest.mouseClick(late.seen_button, Qt.MouseButton.LeftButton)
    assert seen == ["late:1"]


def test_toasts_stand_at_the_corner_clear_of_order_entry(qtbot: QtBot) -> None:
    world = World(qtbot)
    for number, level in enumerate((NoticeLevel.GOOD, NoticeLevel.WARNING, NoticeLevel.ERROR, NoticeLevel.NEEDS_YOU)):
        world.bus.publish(Notice(world.clock.now(), level, f"Source {number}", "What happened, in a sentence."))
    world.settle()
    cards = world.window.notifier.cards()
    assert len(cards) == 3
    floor = world.window.height() - world.window.status_bar.height()
    entry = world.window.board.docks["order_entry"].geometry()
    for card in cards:
        assert card.width() == 320
        assert card.geometry().bottom() < floor
        assert card.geometry().right() < world.window.width()
        assert not card.geometry().intersects(entry)
    assert not cards[0].geometry().intersects(cards[1].geometry())
    QTest.mouseClick(cards[0]._close, Qt.MouseButton.LeftButton)
    assert len(world.window.notifier.cards()) == 2
    world.notifications.dispose()


def test_rehearsal_says_so_around_the_window(qtbot: QtBot) -> None:
    world = World(qtbot, size=(1024, 680))
    world.router.rehearsal.toggle()
    world.settle()
    assert world.window._rehearsal.isVisible()
    assert world.window.banner.mode_note.text() == "REHEARSAL, nothing is sent"
    assert world.window.banner.mode_note.isVisible()
    world.router.rehearsal.end()
    assert not world.window._rehearsal.isVisible()


def test_the_switcher_offers_accounts_and_menus(qtbot: QtBot) -> None:
    world = World(qtbot)
    asked: list[str] = []
    world.shell.account_wanted.connect(asked.append)
    world.shell.set_accounts(
        (AccountChoice("p", "Simulator", TradingMode.PAPER, True), AccountChoice("l", "Alpaca", TradingMode.LIVE))
    )
    QTest.keyClick(world.window, Qt.Key.Key_Alt)
    menu = world.window.banner.findChild(QMenu)
    assert menu is not None
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert texts == ["Simulator", "Alpaca", "Orders", "Stop and keys", "Accounts", "Panels", "View", "Help"]
    menu.actions()[1].trigger()
    assert asked == ["l"]
    menu.close()


def test_size_theme_and_density_are_actions(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.router.trigger("view.zoom_in")
    assert world.theme.look.zoom == 110
    assert world.window.banner.height() == 40
    world.router.trigger("view.zoom_reset")
    world.router.trigger("view.theme")
    assert not world.theme.is_dark
    world.router.trigger("view.density")
    assert world.theme.density.row == 28
    world.router.trigger("view.hide_money")
    assert world.theme.look.hide_money
    world.theme.set_look(replace(world.theme.look, scheme=Scheme.DARK))
    world.settle()
    assert not world.window.grab().isNull()


def test_the_status_bar_speaks_in_parts(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.status.tick()
    words = world.window.status_bar.text()
    assert words.startswith("Key to wire: no order yet | Not compared yet | No quotes yet | Journal on disk | 10:00:00")
    assert world.window.status_bar.height() == 22


def test_an_action_nobody_does_shows_its_panel(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.window.board.docks["risk"].close()
    world.shell.want("panel.risk")
    assert world.window.board.docks["risk"].isVisible()
    world.shell.want("panel.nowhere")


@pytest.mark.parametrize("mode", list(TradingMode))
def test_every_control_of_the_window_has_a_name_and_a_tip(qtbot: QtBot, mode: TradingMode) -> None:
    world = World(qtbot, mode=mode)
    world.bus.publish(Alarm("a", world.clock.now(), "Fact.", "Consequence.", "panel.risk", "Show risk"))
    world.bus.publish(Notice(world.clock.now(), NoticeLevel.WARNING, "Connection", "Slow."))
    qtbot.waitUntil(lambda: len(world.made) == len(PANELS), timeout=3000)
    world.settle()
    assert access_gaps(world.window) == []
    world.notifications.dispose()


def test_another_width_leaves_what_was_in_sight_in_sight_and_what_was_closed_closed(qtbot: QtBot) -> None:
    world = World(qtbot, size=(1440, 900))
    board = world.window.board
    board.focus("execution_quality")
    board.focus("activity")
    board.docks["account"].hide()
    world.settle()
    world.window.resize(1280, 800)
    world.settle()
    assert {"execution_quality", "activity"} <= world.visible()
    assert "account" not in world.visible()
    world.window.resize(1440, 900)
    world.settle()
    assert {"execution_quality", "activity", "watch_list", "risk"} <= world.visible()
    assert "account" not in world.visible()


def test_a_panel_that_comes_forward_does_not_lie_over_the_notices(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(Notice(world.clock.now(), NoticeLevel.WARNING, "Keys", "Keys are locked."))
    world.settle()
    [card] = world.window.notifier.cards()
    for panel_id in ("orders", "risk", "activity"):
        world.window.board.focus(panel_id)
        world.settle()
        children = [row for row in world.window.children() if isinstance(row, QWidget) and row.isVisible()]
        assert children.index(card) > children.index(world.window.board.docks[panel_id])


def test_a_floating_panel_paints_after_a_change_of_layout_and_its_summary_fits_after_a_zoom(qtbot: QtBot) -> None:
    world = World(qtbot)
    board = world.window.board
    board.docks["positions"].setFloating(True)
    world.settle()
    state = world.window.saveState()
    board.rearrange(lambda: world.window.restoreState(state))
    world.settle()
    assert board.docks["positions"].isFloating()
    assert board.docks["positions"].updatesEnabled()
    corner = next(row for row in board._corners.values() if row.isVisible())
    for zoom in (150, 100):
        world.theme.set_look(replace(world.theme.look, zoom=zoom))
        world.settle()
        assert corner.summary.width() >= corner.summary.sizeHint().width()


def test_a_panel_that_takes_long_to_load_is_made_once_it_is_there(qtbot: QtBot) -> None:
    world = World(qtbot)
    asked: list[bool] = []
    loaded: list[bool] = []

    def ready() -> bool:
        asked.append(True)
        return bool(loaded)

    made = QPushButton("made")
    describe(made, "made")
    spec = PanelSpec("late", "Late", lambda: made, ready=ready)
    dock = world.window.board.add(spec)
    world.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    dock.show()
    qtbot.waitUntil(lambda: len(asked) > 2)
    assert dock.isVisible()
    assert dock.panel is None
    loaded.append(True)
    qtbot.waitUntil(made.isVisible)
    world.window.board.stop_making()


def test_a_panel_that_is_asked_for_by_name_is_made_at_once(qtbot: QtBot) -> None:
    world = World(qtbot)
    spec = PanelSpec("late", "Late", lambda: QPushButton("made"), ready=lambda: False)
    dock = world.window.board.add(spec)
    world.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    assert world.window.board.focus("late")
    assert dock.panel is not None
