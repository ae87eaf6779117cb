"""The window: banner, alarm strips, docks, status bar. It holds no logic; panels plug in by ``PanelSpec``."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QTabWidget, QWidget

from legend_desktop.domain.enums import OrderSource
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.notifications import NotificationsViewModel
from legend_desktop.viewmodels.shell import ShellViewModel
from legend_desktop.viewmodels.status import StatusViewModel
from legend_desktop.views.alarm_strip import AlarmStrips, TopBar
from legend_desktop.views.banner import Banner
from legend_desktop.views.dock_board import DockBoard
from legend_desktop.views.docks import PanelSpec
from legend_desktop.views.frame_overlay import RehearsalFrame
from legend_desktop.views.layouts import LayoutKeeper, LayoutStore
from legend_desktop.views.notifier import Notifier
from legend_desktop.views.status_bar import StatusBar
from legend_desktop.views.theme import Theme, set_property
from legend_desktop.views.window_actions import fill_menus, register_window_actions

DEFAULT_SIZE = QSize(1440, 900)
MINIMUM_SIZE = QSize(1024, 680)
_FRAME = 3


@dataclass(frozen=True, slots=True)
class WindowModels:
    """The view-models of the window's edge."""

    shell: ShellViewModel
    status: StatusViewModel
    notifications: NotificationsViewModel


def no_store() -> LayoutStore:
    """A store that forgets: for windows without a profile."""
    kept: dict[str, str] = {}
    return LayoutStore(kept.get, kept.__setitem__)


class MainWindow(QMainWindow):
    """The desk. ``close_wanted`` asks the program to end: the window never closes by itself until ``allow_close``."""

    close_wanted = Signal()
    symbol_wanted = Signal(str)
    first_painted = Signal()

    def __init__(
        self,
        theme: Theme,
        models: WindowModels,
        router: ActionRouter,
        panels: Sequence[PanelSpec],
        *,
        store: LayoutStore | None = None,
        key_of: Callable[[str], str] = lambda _action: "",
        native_menu: bool = sys.platform == "darwin",
        parent: QWidget | None = None,
    ) -> None:
        """``key_of`` gives the key of an action as people read it; ``store`` keeps the arrangement of the profile."""
        super().__init__(parent)
        self.theme = theme
        self.shell = shell = models.shell
        self._router = router
        self._key_of = key_of
        self._may_close = False
        self._painted = False
        self._alt_alone = False
        self.setMinimumSize(MINIMUM_SIZE)
        self.resize(DEFAULT_SIZE)
        self._set_dock_options()
        self.banner = Banner(theme, shell, key_of)
        self.strips = AlarmStrips(theme, shell)
        self.top = TopBar(theme, self.banner, self.strips)
        self.setMenuWidget(self.top)
        self.status_bar = StatusBar(theme, models.status)
        self.setStatusBar(self.status_bar)
        self.board = DockBoard(theme, self)
        for spec in panels:
            self.board.add(spec)
        self.layouts = LayoutKeeper(self, self.board, store or no_store(), theme.px)
        self.notifier = Notifier(
            theme, models.notifications, self, bottom=self.status_bar.height, avoid=self._order_entry_area
        )
        self.board.refreshed.connect(self.notifier.place)
        self._rehearsal = RehearsalFrame(theme, self)
        register_window_actions(self, router)
        self._native_bar = self._make_native_bar() if native_menu else None
        if not native_menu:
            self.banner.menu_for_switcher = self._fill_menus
        self._begin()

    def _begin(self) -> None:
        """Follow the view-model and show its first state."""
        self.shell.changed.connect(self._refresh)
        self.shell.action_wanted.connect(self._do)
        self.theme.changed.connect(self._on_theme)
        self._refresh()
        self._paint_frame()
        self.layouts.start()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()

    # For the program -------------------------------------------------------------------------------------------

    def allow_close(self) -> None:
        """Let the next close through: everything has ended."""
        self.layouts.close()
        self._may_close = True

    def panel(self, panel_id: str) -> QWidget:
        """A panel by id, made where it does not exist yet. Raises ``KeyError``."""
        return self.board.docks[panel_id].make()

    # Qt --------------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask instead of closing, until the program allows it."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Give rows and columns their sizes once the window has its own."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.layouts.settle)
        QTimer.singleShot(0, self, self.board.raise_floating)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground: window colour, or the frame of real money around it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("live.frame" if self.shell.live else "bg.window"))
        inside = self.contentsRect()
        painter.fillRect(inside, self.theme.color("bg.window"))
        painter.end()
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._after_first_paint)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the right column where it no longer fits."""
        super().resizeEvent(event)
        self.layouts.follow_width()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt alone opens the menu when it is let go."""
        self._alt_alone = event.key() == Qt.Key.Key_Alt and not event.isAutoRepeat()
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Open the menu after Alt alone."""
        if event.key() == Qt.Key.Key_Alt and self._alt_alone and self._native_bar is None:
            self.banner.open_switcher()
        self._alt_alone = False
        super().keyReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        """Forget a held Alt when the window loses the keyboard."""
        if event.type() == QEvent.Type.WindowDeactivate:
            self._alt_alone = False
        return super().event(event)

    # Inside ----------------------------------------------------------------------------------------------------

    def _set_dock_options(self) -> None:
        options = QMainWindow.DockOption
        self.setDockOptions(options.AllowNestedDocks | options.AllowTabbedDocks)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setDocumentMode(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def _make_native_bar(self) -> QMenuBar:
        bar = QMenuBar()
        bar.setNativeMenuBar(True)
        fill_menus(bar, self, self._router, self._key_of)
        return bar

    def _fill_menus(self, menu: QMenu) -> None:
        fill_menus(menu, self, self._router, self._key_of)

    def _refresh(self) -> None:
        if self.windowTitle() != self.shell.window_title:
            self.setWindowTitle(self.shell.window_title)
        if self._rehearsal.isVisible() != self.shell.rehearsing:
            self._rehearsal.set_on(self.shell.rehearsing)

    def _paint_frame(self) -> None:
        live = self.shell.live
        set_property(self, "frame", "live" if live else "paper")
        edge = _FRAME if live else 0
        self.setContentsMargins(edge, 0, edge, edge)

    def _do(self, wanted: str) -> None:
        """Do what a light or strip asks for; ``action@SYMBOL`` brings the symbol into focus first."""
        action_id, _, symbol = wanted.partition("@")
        if symbol:
            self.symbol_wanted.emit(symbol)
        if self._router.has(action_id):
            self._router.trigger(action_id, OrderSource.TICKET)
        else:
            self.board.focus(action_id.removeprefix("panel."))

    def _order_entry_area(self) -> QRect:
        dock = self.board.docks.get("order_entry")
        if dock is None or not dock.isVisible() or dock.isFloating():
            return QRect()
        return dock.geometry()

    def _after_first_paint(self) -> None:
        self.first_painted.emit()
        self.board.make_hidden_panels()

    def _on_theme(self) -> None:
        self.update()
        QTimer.singleShot(0, self, self.layouts.settle)
