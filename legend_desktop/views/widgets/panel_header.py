"""The title bar of a dock: link square, title or tabs, summary at the right, the "..." menu."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QWidget

from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import IconButton
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.spans import Part, SpanLabel

LINK_GROUPS = "ABCD"


class LinkSquare(QAbstractButton):
    """The 8-px square of a link group; a press asks for the next group."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letter = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_letter("")
        theme.changed.connect(self.update)

    def set_letter(self, letter: str) -> None:
        """Show group A to D; empty hides the square."""
        self._letter = letter
        self.setVisible(bool(letter))
        describe(self, f"Link group {letter}", tip=f"Link group {letter}: panels of a group follow the same symbol")
        self.update()

    def sizeHint(self) -> QSize:
        """A target of full size around the square."""
        return QSize(self._theme.px(14), self._theme.size("target_min"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the square."""
        painter = QPainter(self)
        side = self._theme.px(8)
        place = QRect(0, (self.height() - side) // 2, side, side)
        painter.fillRect(place, self._theme.series(LINK_GROUPS.index(self._letter) if self._letter else 0))
        if self.hasFocus():
            draw_focus_ring(self._theme, painter, self.rect(), 0)
        painter.end()


class _HeaderTab(QAbstractButton):
    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(words)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        describe(self, words)

    def sizeHint(self) -> QSize:
        width = self._theme.metrics("small", 600).horizontalAdvance(self.text())
        return QSize(width + self._theme.px(2), self._theme.density.title_bar)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        weight = 600 if self.isChecked() else 400
        ink = "text.primary" if self.isChecked() or self.underMouse() else "text.secondary"
        painter.setFont(self._theme.font("small", weight))
        painter.setPen(self._theme.color(ink))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.text())
        if self.isChecked():
            painter.fillRect(QRect(0, self.height() - 2, self.width(), 2), self._theme.color("text.primary"))
        if self.hasFocus():
            draw_focus_ring(self._theme, painter, self.rect(), 2)
        painter.end()


class PanelHeader(QWidget):
    """26-px title bar of a dock. Presses on its bare part fall through to the dock, so it can be dragged.

    Signals: ``menu_wanted`` before the menu opens (fill ``menu``), ``link_pressed``, ``tab_pressed`` with an id.
    """

    menu_wanted = Signal()
    link_pressed = Signal()
    tab_pressed = Signal(str)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tabs: dict[str, _HeaderTab] = {}
        self.menu = QMenu(self)
        self.link = LinkSquare(theme)
        self.link.clicked.connect(lambda _=False: self.link_pressed.emit())
        self._title = TextLabel(theme, title, role="small", weight=600)
        self.summary = SpanLabel(theme, role="small", ink="text.secondary", gap=8, right=True)
        self.more = IconButton(theme, "dots-three", f"{title} menu")
        self.more.clicked.connect(lambda _=False: self._open_menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(10), 0, theme.px(6), 0)
        row.setSpacing(theme.px(6))
        row.addWidget(self.link)
        row.addWidget(self._title)
        self._tab_row = QHBoxLayout()
        self._tab_row.setContentsMargins(theme.px(4), 0, 0, 0)
        self._tab_row.setSpacing(theme.px(10))
        row.addLayout(self._tab_row)
        row.addWidget(self.summary, 1)
        row.addWidget(self.more)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)
        describe(self.more, f"{title} menu")

    def set_summary(self, *parts: Part) -> None:
        """Words at the right."""
        self.summary.set_parts(*parts)

    def set_link_group(self, letter: str) -> None:
        """Show the square of a link group; empty hides it."""
        self.link.set_letter(letter)

    def set_tabs(self, tabs: Sequence[tuple[str, str]], current: str) -> None:
        """Tabs after the title, each (id, words)."""
        if list(self._tabs) != [tab_id for tab_id, _ in tabs]:
            for tab in self._tabs.values():
                self._tab_row.removeWidget(tab)
                tab.deleteLater()
            self._tabs = {}
            for tab_id, words in tabs:
                tab = _HeaderTab(self._theme, words)
                tab.clicked.connect(lambda _=False, wanted=tab_id: self.tab_pressed.emit(wanted))
                self._tab_row.addWidget(tab)
                self._tabs[tab_id] = tab
        for tab_id, tab in self._tabs.items():
            tab.setChecked(tab_id == current)

    def sizeHint(self) -> QSize:
        """Fixed height."""
        return QSize(self._theme.px(120), self._theme.density.title_bar)

    def minimumSizeHint(self) -> QSize:
        """Narrow docks cut the summary."""
        return QSize(self._theme.px(60), self._theme.density.title_bar)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground and the line under it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.header"))
        line = QRect(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, self._theme.color("line.hair"))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the dock start its drag."""
        event.ignore()

    def _open_menu(self) -> None:
        self.menu.clear()
        self.menu_wanted.emit()
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
