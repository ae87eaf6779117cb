"""What every panel of the desk has in common: its summary, its menu, its tabs in the title bar, its link group."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.spans import Part, Span, as_spans


class Panel(QWidget):
    """Base of the dock contents. The dock shows what the panel says here, in its title bar or beside its tab.

    Signals: ``summary_changed`` after ``set_summary``; ``header_tab_changed`` with the id of a chosen title-bar tab.
    """

    summary_changed = Signal()
    header_tabs_changed = Signal()
    header_tab_changed = Signal(str)
    link_group_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAutoFillBackground(True)
        self._summary: tuple[Span, ...] = ()
        self._tabs: tuple[tuple[str, str], ...] = ()
        self._tab = ""
        self._link_group = ""

    def set_summary(self, *parts: Part) -> None:
        """Words at the right of the title bar; plain strings are secondary ink, spans choose their own."""
        spans = as_spans(parts, "text.secondary")
        if spans != self._summary:
            self._summary = spans
            self.summary_changed.emit()

    def summary(self) -> tuple[Span, ...]:
        """The words at the right of the title bar."""
        return self._summary

    def set_header_tabs(self, tabs: Sequence[tuple[str, str]], current: str) -> None:
        """Show (id, words) as tabs after the title; ``header_tab_changed`` tells which one is pressed."""
        self._tabs, self._tab = tuple(tabs), current
        self.header_tabs_changed.emit()

    def header_tabs(self) -> tuple[tuple[str, str], ...]:
        """The tabs of the title bar."""
        return self._tabs

    def header_tab(self) -> str:
        """The chosen tab of the title bar."""
        return self._tab

    def choose_header_tab(self, wanted: str) -> None:
        """Choose a tab of the title bar, as a press does."""
        if wanted != self._tab:
            self._tab = wanted
            self.header_tabs_changed.emit()
            self.header_tab_changed.emit(wanted)

    def menu_actions(self) -> list[QAction]:
        """More entries for the "..." menu (columns, export); asked each time the menu opens."""
        return []

    @property
    def link_group(self) -> str:
        """Letter of the link group (A to D), empty for none: panels of a group follow the same symbol."""
        return self._link_group

    def set_link_group(self, letter: str) -> None:
        """Join a link group; the square of the title bar shows it."""
        if letter != self._link_group:
            self._link_group = letter
            self.link_group_changed.emit(letter)
