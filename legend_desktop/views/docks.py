"""Dock widgets around panels: one header each, tabs without a double header, panels made when first seen."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLayout, QMenu, QTabBar, QVBoxLayout, QWidget
from shiboken6 import isValid

from legend_desktop.views.theme import Theme, set_property
from legend_desktop.views.widgets.buttons import IconButton
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.panel_header import LINK_GROUPS, LinkSquare, PanelHeader
from legend_desktop.views.widgets.spans import SpanLabel

_REST_OF_WINDOW = 190


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel that plugs into the window: id (as in ``panel.<id>``), title, and how to make it.

    ``ready`` is for a panel whose modules take long to load: it says whether they are there, and the first question
    begins to load them beside the window. Such a panel is made once they are, even where it is in sight before.
    """

    id: str
    title: str
    factory: Callable[[], QWidget]
    link_group: str = ""
    ready: Callable[[], bool] | None = None


class _Blank(QWidget):
    """The title bar of a dock that shows as a tab: nothing."""

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class _Holder(QWidget):
    """Dock content: keeps its ground painted before the panel exists."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    def minimumSizeHint(self) -> QSize:
        """What the panel needs, but never so much that a small window could not hold it beside another panel."""
        wanted = self.column.minimumSize()
        room = self.window().height() - self._theme.px(_REST_OF_WINDOW)
        return QSize(wanted.width(), min(wanted.height(), max(self._theme.px(60), room)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.panel"))
        painter.end()


class PanelDock(QDockWidget):
    """One panel in the window. ``made`` follows the making of the panel, ``menu_asked`` fills the "..." menu.

    ``postponed`` says that the panel is in sight and has to be made once it is ready.
    """

    made = Signal()
    postponed = Signal()
    changed = Signal()

    def __init__(self, theme: Theme, spec: PanelSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec.title, parent)
        self.spec = spec
        self.panel: QWidget | None = None
        self._theme = theme
        self._holder = _Holder(theme)
        self.setObjectName(spec.id)
        self.setAccessibleName(spec.title)
        self.setWidget(self._holder)
        self.header = PanelHeader(theme, spec.title, self)
        self.header.tab_pressed.connect(self._choose_tab)
        self.header.link_pressed.connect(self.next_link_group)
        self._blank = _Blank(self)
        self.setTitleBarWidget(self.header)
        self.visibilityChanged.connect(self._on_visible)
        theme.changed.connect(self._holder.update)

    @property
    def id(self) -> str:
        """Id of the panel."""
        return self.spec.id

    def make(self) -> QWidget:
        """Make the panel where it does not exist yet, and return it."""
        if self.panel is None:
            panel = self._made_or_excused()
            self.panel = panel
            if not panel.accessibleName():
                panel.setAccessibleName(self.spec.title)
            self._holder.column.addWidget(panel)
            if isinstance(panel, Panel):
                panel.summary_changed.connect(self.sync)
                panel.header_tabs_changed.connect(self.sync)
                panel.link_group_changed.connect(self.sync)
                if self.spec.link_group and not panel.link_group:
                    panel.set_link_group(self.spec.link_group)
            self.sync()
            self.made.emit()
        return self.panel

    def _made_or_excused(self) -> QWidget:
        """The panel, or in its place the word that it failed: one panel's fault must not take the window along."""
        try:
            return self.spec.factory()
        except Exception:
            log.exception("The panel %s cannot be shown", self.spec.title)
            words = "The program met a fault of its own here. Everything else works; the details are in the log."
            return EmptyState(self._theme, "warning", f"{self.spec.title} cannot be shown", words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A floating panel has an edge, as everything that floats."""
        super().paintEvent(event)
        if self.isFloating():
            painter = QPainter(self)
            painter.setPen(self._theme.pen("line.control"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.end()

    def set_tabbed(self, tabbed: bool) -> None:
        """Hide the header while a tab names the panel, so that there is never a double one."""
        wanted = self._blank if tabbed and not self.isFloating() else self.header
        if self.titleBarWidget() is wanted:
            return
        other = self.header if wanted is self._blank else self._blank
        self.setTitleBarWidget(wanted)
        other.hide()
        wanted.show()

    def sync(self, _letter: str = "") -> None:
        """Show what the panel says about itself."""
        panel = self.panel
        if isinstance(panel, Panel):
            self.header.set_summary(*panel.summary())
            self.header.set_tabs(panel.header_tabs(), panel.header_tab())
            self.header.set_link_group(panel.link_group)
        self.changed.emit()

    def next_link_group(self) -> None:
        """Move the panel to the next link group."""
        if isinstance(self.panel, Panel):
            letters = LINK_GROUPS
            here = letters.find(self.panel.link_group or "D")
            self.panel.set_link_group(letters[(here + 1) % len(letters)])

    def fill_menu(self, menu: QMenu) -> None:
        """Add the entries of this dock and its panel."""
        menu.addAction("Dock" if self.isFloating() else "Float", self.toggle_floating)
        menu.addAction("Close", self.close)
        actions = self.panel.menu_actions() if isinstance(self.panel, Panel) else []
        if actions:
            menu.addSeparator()
            menu.addActions(actions)

    def toggle_floating(self) -> None:
        """Float the panel, or dock it again."""
        self.setFloating(not self.isFloating())

    def _choose_tab(self, wanted: str) -> None:
        if isinstance(self.panel, Panel):
            self.panel.choose_header_tab(wanted)

    def _on_visible(self, visible: bool) -> None:
        if not visible or self.panel is not None:
            return
        if self.spec.ready is None:
            self.make()
        else:
            self.postponed.emit()


class TabCorner(QWidget):
    """Summary and "..." of the current tab, held at the right edge of a tab bar; the link square at its left."""

    def __init__(self, theme: Theme, bar: QTabBar) -> None:
        super().__init__(bar)
        self._theme = theme
        self._bar = bar
        self._dock: PanelDock | None = None
        self.summary = SpanLabel(theme, role="small", ink="text.secondary", gap=8, right=True)
        self.more = IconButton(theme, "dots-three", "Panel menu")
        self.menu = QMenu(self)
        self.fill: Callable[[PanelDock, QMenu], None] = lambda dock, menu: dock.fill_menu(menu)
        self.more.clicked.connect(lambda _=False: self._open())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(6), 0, theme.px(6), 1)
        row.setSpacing(theme.px(6))
        row.addWidget(self.summary, 1)
        row.addWidget(self.more)
        self.link = LinkSquare(theme, bar)
        self.link.clicked.connect(lambda _=False: self._next_group())
        theme.changed.connect(self._on_theme)
        bar.installEventFilter(self)

    def show_dock(self, dock: PanelDock) -> None:
        """Speak for the current tab."""
        if self._dock is not dock:
            if self._dock is not None:
                self._dock.changed.disconnect(self._sync)
            self._dock = dock
            dock.changed.connect(self._sync)
        self._sync()

    def _on_theme(self) -> None:
        """The words have another width now, once every part has its font."""
        QTimer.singleShot(0, self, self._place)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the ground, so that tabs do not show through."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.header"))
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the right edge of the bar."""
        if watched is self._bar and event.type() in {
            QEvent.Type.Resize,
            QEvent.Type.Show,
            QEvent.Type.LayoutRequest,
        }:
            self._place()
        return False

    def _sync(self) -> None:
        if not isValid(self._bar):  # Qt deletes a tab bar on a change of layout while its dock still speaks to it
            return
        panel = self._dock.panel if self._dock is not None else None
        letter = panel.link_group if isinstance(panel, Panel) else ""
        self.summary.set_parts(*(panel.summary() if isinstance(panel, Panel) else ()))
        self.link.set_letter(letter)
        set_property(self._bar, "linked", "true" if letter else "false")
        self._place()

    def _place(self) -> None:
        bar = self._bar
        tabs = max((bar.tabRect(place).right() for place in range(bar.count())), default=0)
        least = self.more.sizeHint().width() + self._theme.px(12)
        wanted = least + self._theme.px(6) + self.summary.sizeHint().width()
        width = min(wanted, max(least, bar.width() - tabs - self._theme.px(8)))
        self.setGeometry(QRect(bar.width() - width, 0, width, bar.height()))
        self.link.setGeometry(self._theme.px(10), 0, self._theme.px(14), bar.height() - 1)
        self.show()
        self.raise_()

    def _next_group(self) -> None:
        if self._dock is not None:
            self._dock.next_link_group()

    def _open(self) -> None:
        if self._dock is not None:
            self.menu.clear()
            self.fill(self._dock, self.menu)
            self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))


def prepare_tab_bar(bar: QTabBar) -> None:
    """Make a tab bar of the window flat, left-aligned and named."""
    bar.setDocumentMode(True)
    bar.setExpanding(False)
    bar.setDrawBase(False)
    bar.setElideMode(Qt.TextElideMode.ElideNone)
    bar.setAccessibleName("Panels of this group")
    bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
