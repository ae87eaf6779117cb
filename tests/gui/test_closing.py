"""Closing the real window: it asks where something is open, trading goes on meanwhile, and the answer is kept to."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.views.closing_card import ClosingCard
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.desktop_world import DesktopWorld, play
from tests.gui.hand import CTRL
from tests.gui.panel_world import picture
from tests.helpers.waiting import until

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.allow_log("did not end")]


async def traded(
    world: DesktopWorld, words: str = "buy AAPL 0.5% stop 170 target 190"
) -> tuple[ClosingCard, StopSignal]:
    """Have a position with its exits working, and the stop that closing asks for."""
    stop = StopSignal()
    world.desktop.stop_when_closed(stop)
    world.press(Qt.Key.Key_K, CTRL)
    world.type(words)
    world.press(Qt.Key.Key_Return)
    await world.filled()
    await until(lambda: len(world.context.book.open_orders()) == 2, "both exits work")
    world.press(Qt.Key.Key_Escape)
    return world.desktop.overlays.closing, stop


def test_with_nothing_open_the_window_closes_without_a_question(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        stop = StopSignal()
        world.desktop.stop_when_closed(stop)
        world.press(Qt.Key.Key_Q, CTRL)
        assert stop.reason == "the window was closed"
        assert world.desktop.overlays.closing.isHidden()

    play(tmp_path, scenario)


def test_it_asks_names_what_rests_and_enter_alone_stays(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        card, stop = await traded(world)
        before = QApplication.focusWidget()
        assert not world.window.close()
        assert card.isVisible()
        assert not stop.requested
        assert "2 orders are working." in world.words(card)
        assert "AAPL when 170.00 trades" in world.words(card)
        assert "The simulator trades only while Legend runs." in world.words(card)
        assert access_gaps(card) == []
        for height in (900, 680):
            world.window.resize(1440 if height == 900 else 1024, height)
            await world.past(50)
            assert world.window.rect().contains(card.geometry())
            assert card.geometry().top() >= world.window.banner.height()
            over = world.window.childAt(card.geometry().center())
            assert over is not None
            assert over is card or card.isAncestorOf(over)  # panels that come forward do not cover it
            picture(world.window, f"closing-{height}")
        assert card.stay.hasFocus()
        for button in (card.leave, card.cancel, card.stay):  # Tab goes round, and never out of the card
            world.press(Qt.Key.Key_Tab)
            assert button.hasFocus()
        world.press(Qt.Key.Key_Return)
        assert card.isHidden()
        assert QApplication.focusWidget() is before
        world.window.close()
        world.press(Qt.Key.Key_Escape)
        assert card.isHidden()
        assert not stop.requested
        assert len(world.context.book.open_orders()) == 2

    play(tmp_path, scenario)


def test_leaving_ends_the_program_and_touches_no_order(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        card, stop = await traded(world)
        world.press(Qt.Key.Key_Q, CTRL)
        world.click(card.leave)
        assert stop.requested
        assert len(world.context.book.open_orders()) == 2

    play(tmp_path, scenario)


def test_cancelling_wants_a_hold_and_ends_when_the_last_one_is_confirmed(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        card, stop = await traded(world)
        world.window.close()
        world.click(card.cancel)
        await world.past(700)
        assert len(world.context.book.open_orders()) == 2
        QTest.mousePress(card.cancel, Qt.MouseButton.LeftButton)
        await until(lambda: stop.requested, "the program ends")
        assert world.context.book.open_orders() == []
        assert world.context.positions["AAPL"].quantity > 0

    play(tmp_path, scenario)


def test_shares_without_a_stop_ask_too_and_going_elsewhere_stays(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        stop = StopSignal()
        world.desktop.stop_when_closed(stop)
        world.press(Qt.Key.Key_K, CTRL)
        world.type("buy AAPL 10 market")
        world.press(Qt.Key.Key_Return)
        await world.past(600)
        world.press(Qt.Key.Key_Return)
        await world.filled()
        card = world.desktop.overlays.closing
        await until(lambda: bool(world.parts.risk.unprotected()), "it is known that no stop is there")
        world.window.close()
        assert "1 position has no stop." in world.words(card)
        assert (card.leave.text(), card.cancel.isVisible()) == ("Close the window", False)
        world.press(Qt.Key.Key_K, CTRL)
        assert card.isHidden()
        assert not stop.requested
        world.window.close()
        world.click(card.leave)
        assert stop.requested

    play(tmp_path, scenario)
