"""The stop menu: what each verb would touch, and that only a full hold acts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderSide, TradingMode
from legend_desktop.views.kill_menu import KillMenu
from legend_desktop.views.widgets.access import access_gaps
from tests.fakes.clock import settle
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.trading_fake import World


@dataclass
class Stop:
    """A window with a Stop chip, its menu, and the world behind it."""

    world: World
    window: QWidget
    chip: QPushButton
    menu: KillMenu

    async def hold(self, milliseconds: int) -> None:
        for _ in range(milliseconds // 30):
            await self.world.clock.advance(0.03)
            self.menu.cancel.tick()
            self.menu.flatten.tick()


def make(qtbot: QtBot, *, held: bool = True) -> Stop:
    theme = make_theme()
    world = World(TradingMode.LIVE)
    world.with_keys()
    if held:
        world.hold("AAPL", "100", "175", "175.51")
        world.hold("XOM", "-220", "118.02", "116.42")
        world.protect("XOM", OrderSide.BUY, "220", "118.02")
        world.work("AAPL", OrderSide.SELL, "100", "180", "o1")
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(700, 420)
    chip = QPushButton("Stop…", window)
    chip.setGeometry(600, 6, 80, 24)
    menu = KillMenu(theme, world.router, world.clock, anchor=chip, window=window, key_of=lambda _: "F12")
    world.router.register("kill.open", menu.toggle)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    chip.setFocus()
    QApplication.processEvents()
    return Stop(world, window, chip, menu)


@pytest.fixture
def stop(qtbot: QtBot) -> Iterator[Stop]:
    made = make(qtbot)
    yield made
    made.menu.close_menu()


def test_it_says_what_each_verb_touches(stop: Stop) -> None:
    stop.world.router.trigger("kill.open")
    rows = {name: label.text() for name, label in stop.menu._rows.items()}
    assert rows["kill.cancel_all"] == (
        "Cancel 2 orders. Sell 100 AAPL at 180.00, buy 220 XOM at 118.02. 1 of them protects a position."
    )
    assert rows["kill.flatten_all"] == (
        "Flatten the LIVE account: 2 positions, 2 orders. Orders are cancelled first, then positions closed at "
        "market. Closes long 100 AAPL, short 220 XOM. Paper is not touched."
    )
    assert stop.window.rect().contains(stop.menu.geometry())
    assert access_gaps(stop.menu) == []
    picture(stop.window, "kill-menu")


async def test_a_short_press_does_nothing_and_a_full_one_acts_once(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.menu.open()
    QTest.mousePress(stop.menu.flatten, Qt.MouseButton.LeftButton)
    await stop.hold(600)
    assert 0.5 < stop.menu.flatten.fraction < 0.7
    QTest.mouseRelease(stop.menu.flatten, Qt.MouseButton.LeftButton)
    await stop.hold(600)
    assert stop.world.trading.calls == []
    QTest.mousePress(stop.menu.flatten, Qt.MouseButton.LeftButton)
    await stop.hold(1_050)
    await settle()
    assert stop.world.trading.names() == ["flatten_all"]
    assert not stop.menu.isVisible()


async def test_the_keyboard_holds_as_the_mouse_does(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.menu.open()
    assert stop.menu.cancel.hasFocus()
    QTest.keyPress(stop.menu.cancel, Qt.Key.Key_Space)
    await stop.hold(630)
    await settle()
    assert stop.world.trading.names() == ["cancel_all"]


async def test_sliding_off_the_button_lets_go(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.menu.open()
    QTest.mousePress(stop.menu.cancel, Qt.MouseButton.LeftButton)
    await stop.hold(300)
    QTest.mouseMove(stop.menu.cancel, QPoint(-50, -50))
    await stop.hold(600)
    assert stop.world.trading.calls == []
    QTest.mouseRelease(stop.menu.cancel, Qt.MouseButton.LeftButton)
    stop.menu.close_menu()


async def test_lock_is_one_press(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.menu.open()
    QTest.mouseClick(stop.menu.lock, Qt.MouseButton.LeftButton)
    await settle()
    assert stop.world.trading.names() == ["lock"]


def test_with_nothing_open_there_is_nothing_to_hold(qtbot: QtBot) -> None:
    stop = make(qtbot, held=False)
    stop.menu.open()
    assert not stop.menu.cancel.isEnabled()
    assert stop.menu._rows["kill.flatten_all"].text() == "There is no position and no working order to flatten."
    stop.menu.close_menu()


def test_escape_and_a_press_elsewhere_close_it(stop: Stop) -> None:
    stop.menu.open()
    QTest.keyClick(stop.menu.cancel, Qt.Key.Key_Escape)
    assert not stop.menu.isVisible()
    assert stop.chip.hasFocus()
    stop.menu.open()
    stop.chip.setFocus()
    assert not stop.menu.isVisible()


async def test_a_locked_desk_offers_to_unlock(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.menu._locked = stop.world.facts.locked
    wanted: list[bool] = []
    stop.menu.unlock_wanted.connect(lambda: wanted.append(True))
    stop.world.router.trigger("kill.lock")
    await settle()
    stop.menu.open()
    assert stop.menu.lock.text() == "Unlock trading…"
    QTest.mouseClick(stop.menu.lock, Qt.MouseButton.LeftButton)
    assert wanted == [True]
    assert stop.world.trading.names() == ["lock"]


async def test_unlocking_wants_the_last_four_characters(qtbot: QtBot) -> None:
    stop = make(qtbot)
    stop.world.trading.locked = True
    said: list[str] = []
    stop.world.runner.failed.connect(lambda _key, words: said.append(words))
    stop.world.runner.finished.connect(lambda _key, words: said.append(words))
    assert "Type 4417" in stop.world.runner.unlock_sentence
    stop.world.runner.unlock("0000")
    await settle()
    assert stop.world.facts.locked()
    stop.world.runner.unlock("4417")
    await settle()
    assert not stop.world.facts.locked()
    assert said == [
        "Trading stays locked: these are not the account's last four characters.",
        "Trading is unlocked.",
    ]
