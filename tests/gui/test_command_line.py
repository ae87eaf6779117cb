"""The command field and its card at a real window: keys, underline, preview, holding, rehearsal."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderSide, TradingMode
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.command_line import LineState
from legend_desktop.views.command_line import CommandField
from legend_desktop.views.command_preview import CommandPreviewCard
from legend_desktop.views.theme import Scheme, Theme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.trading_fake import PASS, World


@dataclass
class Line:
    """A window with the field at its top, its card, and the world behind it."""

    world: World
    theme: Theme
    window: QWidget
    field: CommandField
    card: CommandPreviewCard
    other: QPushButton

    def type(self, text: str) -> None:
        self.field.open()
        self.field.setText("")
        QTest.keyClicks(self.field, text)

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.field, key)


def make(qtbot: QtBot, mode: TradingMode = TradingMode.PAPER, scheme: Scheme = Scheme.DARK) -> Line:
    theme = make_theme(scheme)
    world = World(mode)
    world.with_keys()
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 360)
    other = QPushButton("Elsewhere", window)
    other.move(10, 300)
    field = CommandField(theme, world.line, parent=window)
    field.setGeometry(254, 6, 392, theme.density.field)
    card = CommandPreviewCard(theme, field, world.line, world.router, window)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    other.setFocus()
    QApplication.processEvents()
    return Line(world, theme, window, field, card, other)


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[Line]:
    made = make(qtbot)
    yield made
    made.field._timer.stop()
    made.card._over.stop()


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_the_card_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    line = make(qtbot, TradingMode.LIVE, scheme)
    line.world.hold("XOM", "-220", "118.02", "116.42")
    line.world.protect("XOM", OrderSide.BUY, "220", "118.02")
    line.type("close XOM half")
    assert line.card.isVisible()
    assert line.card.width() == 520
    assert line.card._title.text() == "Buy to cover 110 XOM at market"
    assert line.card._foot.accessibleName() == "LIVE Enter sends this to Alpaca, account ending 4417"
    assert line.card._figures.accessibleName().startswith("About 116.43, Value $12,807.30")
    picture(line.window, f"command-close-{scheme}")
    assert access_gaps(line.field) == []


def test_a_wrong_word_is_underlined_and_named(line: Line) -> None:
    before = line.field.grab().toImage()
    line.type("buy AAPL 1% stpo 174")
    assert line.world.line.preview.span == (12, 16)
    assert line.card._message.text() == "'stpo' is not a word here. Did you mean stop?"
    danger = line.theme.color("danger")
    shot = line.field.grab().toImage()
    painted = [
        x for x in range(shot.width()) for y in range(shot.height()) if shot.pixelColor(x, y).name() == danger.name()
    ]
    metrics = line.field.fontMetrics()
    width = metrics.horizontalAdvance("stpo")
    assert painted, before.size()
    assert abs((max(painted) - min(painted)) - width) <= 3
    picture(line.window, "command-error")
    line.press(Qt.Key.Key_Tab)
    assert line.field.text() == "buy AAPL 1% stop 174"
    assert line.field.hasFocus()


def test_several_meanings_are_listed_and_a_digit_picks(line: Line) -> None:
    line.world.hold("XOM", "100", "110", "116")
    line.type("c XOM")
    assert line.world.line.preview.state is LineState.MEANINGS
    picture(line.window, "command-meanings")
    QTest.keyClicks(line.field, "2")
    assert line.field.text() == "close XOM"
    assert line.card._title.text() == "Sell 100 XOM at market"


def test_a_meaning_is_picked_by_click(line: Line) -> None:
    line.world.hold("XOM", "100", "110", "116")
    line.type("c XOM")
    row = line.theme.density.row
    place = line.card._readings.rect().topLeft()
    place.setY(row + row // 2)
    QTest.mouseClick(line.card._readings, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert line.field.text() == "close XOM"


def test_up_and_down_recall_and_escape_gives_the_keyboard_back(line: Line) -> None:
    for text in ("MSFT", "NVDA"):
        line.type(text)
        line.press(Qt.Key.Key_Return)
    assert line.world.focus.symbol == "NVDA"
    line.press(Qt.Key.Key_Up)
    line.press(Qt.Key.Key_Up)
    assert line.field.text() == "MSFT"
    line.press(Qt.Key.Key_Escape)
    assert line.field.text() == ""
    assert line.field.hasFocus()
    line.press(Qt.Key.Key_Escape)
    assert line.other.hasFocus()
    assert not line.card.isVisible()


def test_tab_on_an_empty_line_moves_on(line: Line) -> None:
    line.field.open()
    line.press(Qt.Key.Key_Tab)
    assert not line.field.hasFocus()


async def test_enter_sends_what_the_card_shows(qtbot: QtBot) -> None:
    line = make(qtbot)
    line.type("buy AAPL 110 stop 174")
    picture(line.window, "command-entry")
    line.press(Qt.Key.Key_Return)
    assert line.field.text() == ""
    await line.world.clock.advance(0.1)
    [(name, what)] = line.world.trading.calls
    assert (name, what["request"].decimal("quantity")) == ("quick_entry", Decimal(110))
    assert line.card._message.text() == "Sent: Buy 110 AAPL at market."
    line.card._over.stop()


async def test_case_71_enter_held_down_sends_once(qtbot: QtBot) -> None:
    line = make(qtbot)
    line.type("buy AAPL 110 stop 174")
    QTest.keyPress(line.field, Qt.Key.Key_Return)
    for _ in range(50):
        await line.world.clock.advance(0.03)
        line.world.line.enter_pressed(auto_repeat=True)
    QTest.keyRelease(line.field, Qt.Key.Key_Return)
    assert line.world.trading.names() == ["quick_entry"]
    line.card._over.stop()


async def test_cancel_all_fills_its_bar_while_enter_is_down_and_losing_the_field_stops_it(qtbot: QtBot) -> None:
    line = make(qtbot)
    line.world.work("AAPL", OrderSide.BUY, "100", "170", "o1")
    line.type("cancel all")
    QTest.keyPress(line.field, Qt.Key.Key_Return)
    for _ in range(10):
        await line.world.clock.advance(0.03)
        line.world.line.tick()
    assert line.card._foot._progress == 0.5
    picture(line.window, "command-hold")
    line.other.setFocus()
    assert line.card._foot._progress == 0
    assert not line.field._timer.isActive()
    await line.world.clock.advance(1)
    line.world.line.tick()
    assert line.world.trading.calls == []
    line.field.open()
    QTest.keyPress(line.field, Qt.Key.Key_Return)
    for _ in range(25):
        await line.world.clock.advance(0.03)
        line.world.line.tick()
    QTest.keyRelease(line.field, Qt.Key.Key_Return)
    assert line.world.trading.names() == ["cancel_all"]
    line.card._over.stop()


def test_rehearsal_shows_key_order_checks_and_what_would_stop_it(line: Line) -> None:
    line.world.hold("AAPL", "100", "175", "175.51")
    line.world.trading.verdicts = (PASS, Verdict("spread", "Spread", Outcome.CONFIRM, "AAPL is 3.4 % wide."))
    line.world.router.rehearsal.toggle()
    line.world.router.show_card("order.quick_sell", "F3", ("Keys are locked. Arm them with Ctrl+Shift+A.",))
    assert line.card.isVisible()
    assert line.card._key_line.text() == "F3  Sell with the quick entry"
    assert line.card._title.text() == "Sell 116 AAPL at market"
    assert line.card._message.text() == "Keys are locked. Arm them with Ctrl+Shift+A. AAPL is 3.4 % wide."
    assert line.card._checks.accessibleName() == "Quantity: pass, Spread: confirm"
    picture(line.window, "command-rehearsal")
    line.world.router.rehearsal.end()
    assert not line.card.isVisible()


def test_the_card_stays_inside_a_narrow_window(line: Line) -> None:
    line.window.resize(420, 300)
    line.field.setGeometry(10, 6, 300, line.theme.density.field)
    QApplication.processEvents()
    line.type("buy AAPL 110 stop 174")
    assert line.window.rect().contains(line.card.geometry())
