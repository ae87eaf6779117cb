"""Gives a window its journal: made when it is first wanted, found by its keys and by the command ``note``."""

from typing import TYPE_CHECKING

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.views.main_window import MainWindow

if TYPE_CHECKING:  # imported once the window is painted
    from legend_desktop.app.journal_model import JournalModels

PANEL = "journal"


def add_journal(parts: WindowParts, setup: TradingSetup) -> None:
    """Let the window make its journal."""
    made: list[JournalModels] = []

    def get() -> "JournalModels":
        if not made:
            from legend_desktop.app.journal_model import make_journal

            made.append(make_journal(parts, setup))
        return made[0]

    parts.journal = get


def connect_journal(window: MainWindow, parts: WindowParts) -> None:
    """Let the key and the command ``note`` write about a trade."""

    def note(text: str = "") -> None:
        if parts.journal is not None:
            window.board.focus(PANEL)
            parts.journal().panel.want_note(parts.focus.symbol, text)

    parts.router.register("journal.note", note)
    parts.runner.note_wanted.connect(note)
