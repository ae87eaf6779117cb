"""All docks of the window: finds them by id, keeps headers and tab bars in step, moves focus, maximises."""

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QTabBar, QWidget

from legend_desktop.views.docks import PanelDock, PanelSpec, TabCorner, prepare_tab_bar
from legend_desktop.views.theme import Theme

_MAKE_STEP_MS = 30


class DockBoard(QObject):
    """The docks of ``window``. ``rearranged`` follows a change of arrangement by hand (drag, float, close).

    ``refreshed`` follows each change of what is in sight: a dock that comes forward lies over what floated above it.
    """

    rearranged = Signal()
    refreshed = Signal()

    def __init__(self, theme: Theme, window: QMainWindow) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._docks: dict[str, PanelDock] = {}
        self._corners: dict[QTabBar, TabCorner] = {}
        self._before_maximise: QByteArray | None = None
        self.arranging = False
        self._may_make = False
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(0)
        self._refresh.timeout.connect(self.refresh)
        self._maker = QTimer(self)
        self._maker.setInterval(_MAKE_STEP_MS)
        self._maker.timeout.connect(self._make_one)

    # Docks -----------------------------------------------------------------------------------------------------

    def add(self, spec: PanelSpec) -> PanelDock:
        """Make the dock of a panel; the panel itself is made when it is first seen."""
        dock = PanelDock(self._theme, spec, self._window)
        self._docks[spec.id] = dock
        dock.header.menu_wanted.connect(lambda: self.fill_menu(dock, dock.header.menu))
        dock.visibilityChanged.connect(self._on_change)
        dock.postponed.connect(lambda: self._maker.start() if self._may_make else None)
        dock.topLevelChanged.connect(self._on_moved)
        dock.dockLocationChanged.connect(self._on_moved)
        return dock

    @property
    def docks(self) -> dict[str, PanelDock]:
        """Every dock by panel id."""
        return self._docks

    def in_order(self) -> list[PanelDock]:
        """The docks on screen, left to right, then top to bottom."""
        behind = {dock.id for bar, members in self._groups() for dock in members if dock is not _current(bar, members)}
        shown = [dock for dock in self._docks.values() if dock.isVisible() and dock.id not in behind]
        return sorted(shown, key=lambda dock: (dock.isFloating(), dock.x() // 40, dock.y()))

    def current(self) -> PanelDock | None:
        """The dock that holds the keyboard focus."""
        widget = QApplication.focusWidget()
        while widget is not None:
            if isinstance(widget, PanelDock):
                return widget
            widget = widget.parentWidget()
        return None

    def focus(self, panel_id: str) -> bool:
        """Show a panel and give it the keyboard; false where there is no such panel."""
        dock = self._docks.get(panel_id)
        if dock is None:
            return False
        panel = dock.make()
        dock.show()
        dock.raise_()
        self._later()
        target = panel if panel.focusPolicy() != Qt.FocusPolicy.NoFocus else _first_control(panel)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def step(self, by: int) -> None:
        """Move the keyboard to the next (1) or previous (-1) panel."""
        order = self.in_order()
        if not order:
            return
        here = self.current()
        place = order.index(here) if here in order else (-1 if by > 0 else 0)
        self.focus(order[(place + by) % len(order)].id)

    def toggle_maximised(self) -> None:
        """Let the current panel fill the window, or put everything back."""
        if self._before_maximise is not None:
            state, self._before_maximise = self._before_maximise, None
            self.rearrange(lambda: self._window.restoreState(state))
            return
        dock = self.current()
        if dock is not None:
            self.maximise(dock)

    def maximise(self, dock: PanelDock) -> None:
        """Let ``dock`` fill the window, unless it floats or one fills it already."""
        if dock.isFloating() or self.maximised:
            return
        self._before_maximise = self._window.saveState()

        def hide_others() -> None:
            for row in self._docks.values():
                row.setVisible(row is dock)

        self.rearrange(hide_others)

    @property
    def maximised(self) -> bool:
        """True while one panel fills the window."""
        return self._before_maximise is not None

    def forget_maximised(self) -> None:
        """A new arrangement replaces the one to come back to."""
        self._before_maximise = None

    def rearrange(self, change: Callable[[], object]) -> None:
        """Run ``change`` without taking it for an arrangement by hand."""
        self.arranging = True
        self._window.setUpdatesEnabled(False)
        try:
            change()
            self.refresh()
        finally:
            self._window.setUpdatesEnabled(True)
            for dock in self._docks.values():
                dock.setUpdatesEnabled(True)  # one that floats is a window, which its parent does not switch on again
            self.arranging = False
        self._later()

    def raise_floating(self) -> None:
        """Bring the floating panels above the window, which may have been shown after them."""
        for dock in self._docks.values():
            if dock.isFloating() and dock.isVisible():
                dock.raise_()

    def fill_menu(self, dock: PanelDock, menu: QMenu) -> None:
        """The "..." menu of a dock."""
        words = "Put back" if self.maximised else "Maximise"

        def maximise() -> None:
            self.focus(dock.id)
            self.toggle_maximised()

        dock.fill_menu(menu)
        first = menu.actions()[1] if len(menu.actions()) > 1 else None
        action = menu.addAction(words, maximise)
        if first is not None:
            menu.removeAction(action)
            menu.insertAction(first, action)

    def make_hidden_panels(self) -> None:
        """Make the panels behind tabs, and those that were not ready, one by one while the window is idle."""
        self._may_make = True
        self._maker.start()

    # Tab bars --------------------------------------------------------------------------------------------------

    def stop_making(self) -> None:
        """Make no more panels: the program is ending."""
        self._may_make = False
        self._maker.stop()

    def refresh(self) -> None:
        """Bring headers and tab bars in step with the arrangement."""
        tabbed: set[str] = set()
        for bar, members in self._groups():
            tabbed.update(dock.id for dock in members)
            self._dress(bar, _current(bar, members))
        for dock in self._docks.values():
            dock.set_tabbed(dock.id in tabbed)
        self.refreshed.emit()

    def _groups(self) -> list[tuple[QTabBar, list[PanelDock]]]:
        """The tab bars that hold panels, each with its panels from left to right."""
        by_title = {dock.windowTitle(): dock for dock in self._docks.values()}
        groups = []
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            found = [by_title.get(bar.tabText(place)) for place in range(bar.count())]
            members = [dock for dock in found if dock is not None]
            if len(members) > 1:
                bar.show()  # after a change of layout Qt may hand out a bar that it hid before
                groups.append((bar, members))
            elif not bar.count():
                bar.hide()
        return groups

    def _dress(self, bar: QTabBar, dock: PanelDock) -> None:
        corner = self._corners.get(bar)
        if corner is None:
            prepare_tab_bar(bar)
            corner = TabCorner(self._theme, bar)
            corner.fill = self.fill_menu
            self._corners[bar] = corner
            bar.currentChanged.connect(lambda _place: self._later())
            bar.destroyed.connect(lambda _gone=None, key=bar: self._corners.pop(key, None))
        corner.show_dock(dock)

    def _later(self) -> None:
        self._refresh.start()

    def _on_change(self, _visible: bool) -> None:
        self._later()

    def _on_moved(self, _where: object) -> None:
        self._later()
        if not self.arranging:
            self.rearranged.emit()

    def _make_one(self) -> None:
        waiting = [dock for dock in self._docks.values() if dock.panel is None and not dock.isHidden()]
        if not waiting:
            self._maker.stop()
            return
        ready = next((dock for dock in waiting if dock.spec.ready is None or dock.spec.ready()), None)
        if ready is not None:
            ready.make()


def _first_control(panel: QWidget) -> QWidget:
    """The first control of a panel that takes the keyboard; the panel itself where it has none."""
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and panel.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return panel


def _current(bar: QTabBar, members: list[PanelDock]) -> PanelDock:
    """The panel whose tab is chosen."""
    words = bar.tabText(bar.currentIndex())
    return next((dock for dock in members if dock.windowTitle() == words), members[0])
