"""The real program with a hand at its window, in a process of its own that the test may kill.

``python -m tests.gui.window_child PLAY --profile-dir DIR``: the program starts as always, and beside it a play drives
the window by its keys alone and reads what its tables show. ``trade`` buys AAPL with a stop and a target, closes half
and changes the look, then prints what is on screen and trades on until it is killed; ``look`` prints what is on screen
and ends the program.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from legend_desktop.app.bootstrap import Program
from legend_desktop.app.options import StartOptions
from legend_desktop.app.window_keeper import run_window
from legend_desktop.cli import main as command_line
from legend_desktop.views.closing_card import ClosingCard
from legend_desktop.views.main_window import MainWindow
from legend_desktop.views.widgets.data_table import DataTable
from tests.gui.hand import CTRL, SHIFT, Hand
from tests.helpers.waiting import until

PANELS = ("positions", "orders", "executions", "activity")
Play = Callable[[Hand, MainWindow], Awaitable[None]]


def shown(window: MainWindow, panel_id: str) -> list[dict[str, str]]:
    """The rows of a panel's table as they can be read, by column id."""
    table = window.panel(panel_id).findChild(DataTable)
    assert isinstance(table, DataTable)
    model = table.rows_model
    return [
        {column.id: model.cell(row, place).text for place, column in enumerate(model.columns)}
        for row in range(model.rowCount())
    ]


def on_screen(window: MainWindow) -> dict[str, object]:
    """Everything that a person can read after a restart."""
    banner = window.banner
    rows: dict[str, object] = {panel_id: shown(window, panel_id) for panel_id in PANELS}
    return rows | {"mode": banner.mode_word.text(), "keys": banner.keys.text(), "entries": banner.entries.text()}


def tell(word: str, window: MainWindow) -> None:
    """Print one line for the test."""
    print(json.dumps({"said": word, **on_screen(window)}), flush=True)


async def trade(hand: Hand, window: MainWindow) -> None:
    """A bracket by the command line, half of it closed by its key, another look; then on and on."""
    await order(hand, window, "buy AAPL 0.5% stop 174 target 180")
    await until(lambda: len(shown(window, "positions")) == 1, "a position")
    await until(lambda: states(window) == ["Filled", "Working", "Working"], "filled, and both exits work")
    hand.press(Qt.Key.Key_A, CTRL | SHIFT)
    before = shown(window, "positions")[0]["quantity"]
    hand.press(Qt.Key.Key_F7)
    await until(lambda: shown(window, "positions")[0]["quantity"] != before, "half is closed")
    await until(lambda: "of" in shown(window, "positions")[0]["protected"], "the rest is protected")
    hand.press(Qt.Key.Key_T, CTRL | SHIFT)
    tell("traded", window)
    while True:
        await order(hand, window, "buy MSFT 5 market")
        await order(hand, window, "sell MSFT 5 market")


def states(window: MainWindow) -> list[str]:
    """The states in Orders, without the mark before the word."""
    return [row["state"].split("\u2005")[-1] for row in shown(window, "orders")]


async def order(hand: Hand, window: MainWindow, words: str) -> None:
    """Type a command and send it; a question is answered by a second press."""
    sends = len(shown(window, "orders"))
    hand.press(Qt.Key.Key_K, CTRL)
    hand.type(words)
    for _ in range(50):
        hand.press(Qt.Key.Key_Return)
        if await soon(lambda: len(shown(window, "orders")) > sends):
            return


async def soon(happened: Callable[[], bool]) -> bool:
    """Whether it happened within a moment."""
    try:
        await until(happened, seconds=0.05)
    except AssertionError:
        return False
    return True


async def look(hand: Hand, window: MainWindow) -> None:
    """What is there after a restart."""
    tell("seen", window)
    window.close()  # it asks, as exits are working
    card = window.findChild(ClosingCard)
    assert isinstance(card, ClosingCard)
    hand.click(card.leave)


async def played(options: StartOptions, play: Play) -> int:
    """The program with the play beside it; a play that fails ends the program with 3."""
    program = asyncio.create_task(run_window(options), name="program")
    window: MainWindow | None = None
    try:
        await until(lambda: main_window() is not None, "a window")
        window = main_window()
        assert window is not None
        for panel_id in PANELS:  # each is made when it is first asked for
            window.panel(panel_id)
        await until(lambda: "open" in window.banner.entries.text(), "entries are open")
        await until(lambda: QApplication.activeWindow() is window, "the window is active")
        await play(Hand(window), window)
    except AssertionError as error:
        print(f"the play failed: {error}", flush=True)
        if window is not None:
            tell("failed", window)
        options.stop.request("the play failed")
        await program
        return 3
    return await program


def main_window() -> MainWindow | None:
    """The desk, once it is painted."""
    rows = (row for row in QApplication.topLevelWidgets() if isinstance(row, MainWindow) and row.isVisible())
    return next(rows, None)


def main() -> int:
    play = {"trade": trade, "look": look}[sys.argv[1]]
    return command_line.run(sys.argv[2:], Program(window_main=lambda options: played(options, play)).commands())


if __name__ == "__main__":
    sys.exit(main())
