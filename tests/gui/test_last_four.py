"""Arming real money: a sentence, four characters, and nothing by a key alone."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import TradingMode
from legend_desktop.views.last_four import LastFourCard
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.trading_fake import World


def make(qtbot: QtBot) -> tuple[World, QPushButton, LastFourCard]:
    theme = make_theme()
    world = World(TradingMode.LIVE)
    world.with_keys()
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(700, 300)
    chip = QPushButton("Keys locked", window)
    chip.setGeometry(560, 6, 120, 24)
    card = LastFourCard(theme, window)
    world.arming.live_question.connect(lambda words: card.ask("Arm order keys", words, chip, world.arming.confirm_live))
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    chip.setFocus()
    QApplication.processEvents()
    return world, chip, card


def test_the_right_four_characters_arm_and_give_the_keyboard_back(qtbot: QtBot) -> None:
    world, chip, card = make(qtbot)
    world.router.trigger("keys.arm")
    assert card.isVisible()
    assert access_gaps(card) == []
    picture(card.window(), "last-four")
    QTest.keyClicks(card._field, "4417")
    QTest.keyClick(card._field, Qt.Key.Key_Return)
    assert world.arming.armed
    assert not card.isVisible()
    assert chip.hasFocus()


def test_wrong_ones_say_so_and_change_nothing(qtbot: QtBot) -> None:
    world, _, card = make(qtbot)
    world.router.trigger("keys.arm")
    for typed in ("", "1234"):
        card._field.setText(typed)
        QTest.keyClick(card._field, Qt.Key.Key_Return)
        assert card.isVisible()
        assert card._wrong.text().startswith("These are not")
    picture(card.window(), "last-four-wrong")
    QTest.keyClick(card._field, Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert not world.arming.armed


def test_going_elsewhere_closes_it_unanswered(qtbot: QtBot) -> None:
    world, chip, card = make(qtbot)
    world.router.trigger("keys.arm")
    chip.setFocus()
    assert not card.isVisible()
    assert not world.arming.armed
