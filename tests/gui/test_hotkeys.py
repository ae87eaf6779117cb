"""Real key events at a real window: what arrives as an action, and what never does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QTableView, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import TradingMode
from legend_desktop.infra.clock import SystemClock
from legend_desktop.viewmodels.action_router import ActionRouter, Press, RehearsalCard
from legend_desktop.viewmodels.actions import ACTIONS
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.key_map import load_key_map
from legend_desktop.viewmodels.previews import ActionPreview
from legend_desktop.views.hotkeys import Hotkeys

SHIPPED = (Path(__file__).parents[2] / "resources" / "hotkeys" / "default.toml").read_text(encoding="utf-8")
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class HandClock:
    """A clock that a test moves by hand, without an event loop."""

    def __init__(self) -> None:
        from tests.fakes.clock import FakeClock

        self._inner = FakeClock()
        self.now = self._inner.now
        self.sleep = self._inner.sleep
        self.monotonic_ns = self._inner.monotonic_ns
        self.move(10_000)

    def move(self, milliseconds: int) -> None:
        self._inner._ns += milliseconds * 1_000_000

    @property
    def milliseconds(self) -> int:
        return self._inner._ns // 1_000_000


class Desk:
    """A window with an entry panel, an orders table and a symbol field, and a router that writes down."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        layout = QVBoxLayout(self.window)
        self.entry, self.orders = QWidget(), QWidget()
        self.entry.setObjectName("order_entry")
        self.orders.setObjectName("orders")
        self.field = QLineEdit(self.entry)
        self.button = QPushButton("Send", self.entry)
        inner = QVBoxLayout(self.entry)
        inner.addWidget(self.field)
        inner.addWidget(self.button)
        self.table = QTableView(self.orders)
        QVBoxLayout(self.orders).addWidget(self.table)
        layout.addWidget(self.entry)
        layout.addWidget(self.orders)
        self.plain = QPushButton("Elsewhere")
        layout.addWidget(self.plain)
        self.clock = HandClock()
        self.router = ActionRouter()
        self.arming = Arming(self.clock, TradingMode.PAPER, lambda: ("Simulator", "SIM-0001"))
        self.ran: list[Press] = []
        for action_id in ACTIONS:
            preview = ActionPreview("Buy 116 AAPL at market" if action_id == "order.quick_buy" else action_id)
            self.router.register_press(action_id, self.ran.append, describe=lambda row=preview: row)  # type: ignore[misc]
        self.queued_ms = 0
        self.keys = Hotkeys(
            self.router, self.arming, load_key_map(SHIPPED), self.clock, stamp_of=lambda _event: self.stamp()
        )
        self.said: list[str] = []
        self.progress: list[float] = []
        self.keys.said.connect(self.said.append)
        self.keys.hold_progress.connect(lambda _name, fraction: self.progress.append(fraction))
        self.keys.watch(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitActive(self.window)
        self.plain.setFocus()
        QApplication.processEvents()
        self.clock.move(1_000)

    def stamp(self) -> int:
        """What the window system would stamp on an event that was queued for ``queued_ms``; its clock is another."""
        return self.clock.milliseconds + 5_000_000 - self.queued_ms

    @property
    def handle(self) -> QWindow:
        handle = self.window.windowHandle()
        assert handle is not None
        return handle

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.handle, key, modifiers)

    def names(self) -> list[str]:
        return [press.action_id for press in self.ran]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.keys.dispose()


def repeat(desk: Desk, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", True)
    QApplication.sendEvent(desk.window, event)


def test_an_armed_key_reaches_its_action_with_its_stamp(desk: Desk) -> None:
    desk.arming.toggle()
    desk.press(Qt.Key.Key_F2)
    [press] = desk.ran
    assert press.action_id == "order.quick_buy"
    assert press.pressed_ns is not None
    assert 0 <= desk.clock.monotonic_ns() - press.pressed_ns < 100_000_000


def test_case_70_a_bouncing_key_acts_once(desk: Desk) -> None:
    desk.arming.toggle()
    desk.press(Qt.Key.Key_F2)
    desk.clock.move(50)
    desk.press(Qt.Key.Key_F2)
    assert desk.names() == ["order.quick_buy"]
    desk.clock.move(500)
    desk.press(Qt.Key.Key_F2)
    assert desk.names() == ["order.quick_buy"] * 2


def test_case_71_a_key_held_for_three_seconds_acts_once(desk: Desk) -> None:
    desk.arming.toggle()
    QTest.keyPress(desk.handle, Qt.Key.Key_F2)
    for _ in range(100):
        desk.clock.move(30)
        repeat(desk, Qt.Key.Key_F2)
    QTest.keyRelease(desk.handle, Qt.Key.Key_F2)
    assert desk.names() == ["order.quick_buy"]


def test_case_72_locked_keys_send_nothing_and_say_what_they_would_have_done(desk: Desk) -> None:
    desk.press(Qt.Key.Key_F2)
    assert desk.ran == []
    assert desk.said == ["F2 would buy 116 AAPL at market, but keys are locked. Arm them with Ctrl+Shift+A."]


def test_case_72_another_window_of_the_program_sends_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.arming.toggle()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitActive(other)
    handle = other.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_F2)
    repeat(desk, Qt.Key.Key_F2)
    desk.press(Qt.Key.Key_F2)
    assert desk.ran == []


def test_case_72_a_key_right_after_the_window_came_up_sends_nothing(desk: Desk) -> None:
    desk.arming.toggle()
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowActivate))
    desk.clock.move(40)
    desk.press(Qt.Key.Key_F2)
    assert desk.ran == []
    desk.clock.move(400)
    desk.press(Qt.Key.Key_F2)
    assert desk.names() == ["order.quick_buy"]


def test_case_72_an_open_menu_keeps_its_keys(desk: Desk) -> None:
    desk.arming.toggle()
    menu = QMenu(desk.window)
    menu.addAction("Close")
    menu.popup(desk.window.mapToGlobal(desk.plain.pos()))
    desk.press(Qt.Key.Key_F2)
    assert desk.ran == []
    menu.close()


def test_case_73_what_was_queued_behind_a_stall_is_dropped_and_keys_wait_for_a_fresh_quote(desk: Desk) -> None:
    desk.arming.toggle()
    desk.keys._beat()
    desk.press(Qt.Key.Key_F2)
    before = desk.clock.now()
    desk.clock.move(6_000)  # the loop stands still; then everything queued arrives before any timer
    desk.queued_ms = 5_800
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier, "")
    QApplication.sendEvent(desk.window, event)
    click = QMouseEvent(
        QEvent.Type.MouseButtonPress,
        QPointF(1, 1),
        QPointF(1, 1),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    assert desk.keys.eventFilter(desk.handle, click)
    assert desk.names() == ["order.quick_buy"]
    assert desk.said == [
        "F3 was pressed 6 s ago while the window stood still. It was dropped, nothing was sent.",
        "A click of 6 s ago was dropped: the window stood still. Nothing was sent.",
    ]
    desk.keys._beat()
    desk.clock.move(200)
    desk.queued_ms = 0
    desk.arming.note_quote(before)
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier, "")
    QApplication.sendEvent(desk.window, event)
    assert desk.names() == ["order.quick_buy"]
    assert "Wait for a fresh quote" in desk.said[-1]
    desk.arming.note_quote(desk.clock.now())
    QApplication.sendEvent(desk.window, event)
    assert desk.names() == ["order.quick_buy", "order.quick_sell"]


def test_case_73_a_button_that_was_down_before_the_stall_does_not_click_after_it(desk: Desk, qtbot: QtBot) -> None:
    clicked: list[bool] = []
    desk.button.clicked.connect(clicked.append)
    desk.keys._beat()
    QTest.mousePress(desk.button, Qt.MouseButton.LeftButton)
    assert desk.button.isDown()
    desk.press(Qt.Key.Key_F1)
    desk.clock.move(6_000)
    desk.queued_ms = 5_900
    release = QMouseEvent(
        QEvent.Type.MouseButtonRelease,
        QPointF(1, 1),
        QPointF(1, 1),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.keys.eventFilter(desk.handle, release)
    QTest.mouseRelease(desk.button, Qt.MouseButton.LeftButton)
    assert clicked == []


def test_case_78_a_macro_of_100_presses_reaches_the_service_and_meets_its_throttle(desk: Desk) -> None:
    desk.arming.toggle()
    for _ in range(100):
        desk.press(Qt.Key.Key_F2)
        desk.clock.move(110)
    assert desk.names() == ["order.quick_buy"] * 100


def test_letters_act_in_their_panel_and_never_in_a_text_field(desk: Desk) -> None:
    desk.press(Qt.Key.Key_B)
    assert desk.ran == []
    desk.button.setFocus()
    desk.press(Qt.Key.Key_B)
    assert desk.names() == ["ticket.side_buy"]
    desk.field.setFocus()
    QTest.keyClicks(desk.field, "bs")
    desk.press(Qt.Key.Key_S)
    assert desk.field.text() == "bss"
    assert desk.names() == ["ticket.side_buy"]
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.press(Qt.Key.Key_Escape)
    assert desk.names() == ["ticket.side_buy", "ticket.send", "ticket.clear"]


def test_the_orders_table_has_the_keys_of_tables_and_its_own(desk: Desk) -> None:
    desk.table.setFocus()
    for key in (Qt.Key.Key_J, Qt.Key.Key_Delete, Qt.Key.Key_Enter):
        desk.press(key)
    assert desk.names() == ["row.next", "order.cancel_selected", "row.open"]


def test_signs_are_found_however_the_keyboard_reports_them(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Plus, CTRL | SHIFT)
    desk.press(Qt.Key.Key_Plus, CTRL | Qt.KeyboardModifier.KeypadModifier)
    desk.press(Qt.Key.Key_Equal, CTRL)
    desk.press(Qt.Key.Key_ParenRight, CTRL | SHIFT)
    desk.press(Qt.Key.Key_0, CTRL | SHIFT)
    assert desk.names() == ["view.zoom_in"] * 3 + ["view.zoom_reset"] * 2


def test_several_keys_of_an_action_are_told_apart(desk: Desk) -> None:
    desk.entry.setObjectName("chart")
    desk.button.setFocus()
    desk.press(Qt.Key.Key_4)
    [press] = desk.ran
    assert (press.action_id, press.index) == ("chart.bars_1_to_6", 3)


def test_cancel_all_wants_its_key_held_and_works_locked(desk: Desk) -> None:
    keys = CTRL | SHIFT
    QTest.keyPress(desk.handle, Qt.Key.Key_Backspace, keys)
    for _ in range(10):
        desk.clock.move(30)
        desk.keys._tick_hold()
    assert desk.ran == []
    assert desk.progress[-1] == 0.5
    for _ in range(10):
        desk.clock.move(30)
        desk.keys._tick_hold()
    assert desk.names() == ["kill.cancel_all"]
    QTest.keyRelease(desk.handle, Qt.Key.Key_Backspace, keys)


def test_letting_go_early_or_losing_the_window_cancels_nothing(desk: Desk) -> None:
    keys = CTRL | SHIFT
    QTest.keyPress(desk.handle, Qt.Key.Key_F12, keys)
    desk.clock.move(200)
    desk.keys._tick_hold()
    QTest.keyRelease(desk.handle, Qt.Key.Key_F12, keys)
    QTest.keyPress(desk.handle, Qt.Key.Key_F12, keys)
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowDeactivate))
    desk.clock.move(200)
    assert desk.ran == []
    assert desk.progress[-1] == 0
    assert not desk.keys._hold_timer.isActive()


def test_rehearsal_shows_the_order_and_escape_ends_it(desk: Desk) -> None:
    cards: list[RehearsalCard] = []
    desk.router.rehearsed.connect(cards.append)
    desk.router.rehearsal.toggle()
    desk.press(Qt.Key.Key_F2)
    assert desk.ran == []
    [card] = cards
    assert (card.key, card.action.id, card.preview.title) == ("F2", "order.quick_buy", "Buy 116 AAPL at market")
    assert card.blockers == ("Keys are locked. Arm them with Ctrl+Shift+A.",)
    desk.press(Qt.Key.Key_Escape)
    assert not desk.router.rehearsal.on


def test_a_chord_is_two_presses_and_a_wrong_second_one_is_nothing(desk: Desk) -> None:
    desk.keys.set_keys(load_key_map(SHIPPED, 'panel.orders = "Ctrl+G, O"\n'))
    desk.press(Qt.Key.Key_G, CTRL)
    desk.press(Qt.Key.Key_O)
    desk.press(Qt.Key.Key_G, CTRL)
    desk.press(Qt.Key.Key_X)
    desk.press(Qt.Key.Key_G, CTRL)
    desk.clock.move(2_000)
    desk.press(Qt.Key.Key_O)
    assert desk.names() == ["panel.orders"]


def test_with_the_stamps_of_the_window_system_fresh_presses_are_fresh(desk: Desk) -> None:
    clock = SystemClock()
    keys = Hotkeys(desk.router, desk.arming, load_key_map(SHIPPED), clock)
    desk.keys.dispose()
    keys.watch(desk.window)
    keys.start()
    for key in (Qt.Key.Key_F1, Qt.Key.Key_F12, Qt.Key.Key_F6):
        desk.press(key)
    assert desk.names() == ["help.keys", "kill.open", "panel.next"]
    assert not desk.arming.stalled
    keys.dispose()
