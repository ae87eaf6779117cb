"""The time line of one order: its view-model, how it is opened and left, and the stamp of the first sight of a fill."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from legend_desktop.app.trading_setup import TradingSetup
from legend_desktop.app.window_models import WindowParts
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.domain.enums import ExecutionKind
from legend_desktop.domain.events import ExecutionReceived
from legend_desktop.services.order_timeline import OrderTimeLines
from legend_desktop.viewmodels.order_timeline import OrderTimelineViewModel
from legend_desktop.views.main_window import MainWindow
from legend_desktop.views.widgets.data_table import DataTable

PANEL = "order_timeline"
ACTION = "order.timeline"
_BESIDE = ("chart", "execution_quality", "orders")


def add_timeline(parts: WindowParts, setup: TradingSetup) -> None:
    """Give the window its time line."""
    context, desk = setup.desk.core.context, setup.desk
    lines = OrderTimeLines(context.ledger.store, desk.analytics, desk.ring, setup.clock)
    parts.timeline = OrderTimelineViewModel(
        lines, setup.bus, setup.supervisor, broker_name=BrokerFactory.name_of, parent=parts.root
    )
    parts.ends.append(parts.timeline.dispose)


def connect_timeline(window: MainWindow, setup: TradingSetup, parts: WindowParts) -> None:
    """Let tables of orders and fills open the time line, Esc leave it, and the window stamp what it shows."""
    model = parts.timeline
    if model is None:
        return
    place = _Place(window)
    model.opened.connect(place.open)
    model.back_wanted.connect(place.back)
    place.closed.connect(model.back)

    def from_orders(action_id: str, client_order_id: str) -> None:
        if action_id == ACTION:
            keys = [row.key for row in _rows(window, "orders")]
            model.open_order(client_order_id, keys, origin="orders")

    def from_executions(client_order_id: str) -> None:
        keys = [row.client_order_id for row in _rows(window, "executions") if row.client_order_id]
        model.open_order(client_order_id, keys, origin="executions")

    parts.orders.action_requested.connect(from_orders)
    parts.executions.timeline_wanted.connect(from_executions)
    quality = window.board.docks["execution_quality"]
    quality.made.connect(lambda: _offer(quality.panel, model))
    if quality.panel is not None:
        _offer(quality.panel, model)
    sight = FirstSight(window, setup)
    parts.ends.append(sight.end)


def _rows(window: MainWindow, panel_id: str) -> list[Any]:
    """The rows of a panel's table in the order on screen."""
    table = getattr(window.panel(panel_id), "table", None)
    return table.rows_model.rows() if isinstance(table, DataTable) else []


def _offer(panel: QWidget | None, model: OrderTimelineViewModel) -> None:
    """Every list of single orders in Execution quality opens the one under Enter."""
    for table in panel.findChildren(DataTable) if panel is not None else []:
        if table.row_actions is None:
            _open_from(table, model)


def _open_from(table: DataTable, model: OrderTimelineViewModel) -> None:
    name = table.accessibleName()

    def show(row: object) -> None:
        key = getattr(row, "client_order_id", "")
        if key:
            among = [getattr(other, "client_order_id", "") for other in table.rows_model.rows()]
            listed = f"the {len(among)} of {name}"
            model.open_order(key, among, list_name=listed, origin="execution_quality")

    def actions(row: object) -> list[QAction]:
        if not getattr(row, "client_order_id", ""):
            return []
        action = QAction("Time line\tReturn", table)
        action.triggered.connect(lambda _=False: show(row))
        return [action]

    table.row_actions = actions
    table.activated_row.connect(show)


class _Place(QObject):
    """Where the time line stands: over all panels while it is open, nowhere otherwise."""

    closed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.board.docks[PANEL].hide()
        window.board.docks[PANEL].installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Closing it leaves it as Esc does: the panels behind it come back."""
        if event.type() == QEvent.Type.Close:
            QTimer.singleShot(0, self, self.closed.emit)
        return False

    def open(self) -> None:
        """Fill the window with it."""
        board, dock = self._window.board, self._window.board.docks[PANEL]
        if dock.isVisible() and board.current() is dock:
            return
        if board.maximised:
            board.toggle_maximised()
        if not dock.isFloating():
            board.rearrange(self._put)
        dock.make()
        board.maximise(dock)
        board.focus(PANEL)

    def _put(self) -> None:
        docks, dock = self._window.board.docks, self._window.board.docks[PANEL]
        beside = next((docks[name] for name in _BESIDE if name in docks and _stands(docks[name])), None)
        if beside is not None:
            self._window.tabifyDockWidget(beside, dock)
        else:
            self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        dock.show()

    def back(self, origin: str) -> None:
        """Put everything back as it was and give the keyboard to where it came from."""
        board = self._window.board
        if board.maximised:
            board.toggle_maximised()
        board.rearrange(board.docks[PANEL].hide)
        if origin in board.docks:
            board.focus(origin)


def _stands(dock: QWidget) -> bool:
    return dock.isVisible() and not dock.isWindow()


class FirstSight(QObject):
    """Stamps the instant at which the window has painted the first fill of an order.

    The toast of a fill is there when its event has been told, so the window's next update shows it.
    """

    def __init__(self, window: MainWindow, setup: TradingSetup) -> None:
        super().__init__(window)
        self._window = window
        self._analytics = setup.desk.analytics
        self._waiting: dict[str, None] = {}
        self._unsubscribe = setup.bus.subscribe(ExecutionReceived, self._on_fill)
        window.installEventFilter(self)

    def end(self) -> None:
        """Look no more."""
        self._unsubscribe()
        self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """After the update that is about to be painted, stamp what waited for it."""
        if self._waiting and event.type() == QEvent.Type.UpdateRequest and watched is self._window:
            seen, self._waiting = self._waiting, {}
            QTimer.singleShot(0, self, lambda: self._stamp(seen))
        return False

    def _stamp(self, seen: dict[str, None]) -> None:
        for client_order_id in seen:
            self._analytics.note_on_screen(client_order_id)

    def _on_fill(self, event: ExecutionReceived) -> None:
        if event.execution.kind is ExecutionKind.FILL and self._window.isVisible() and not self._window.isMinimized():
            self._waiting[event.order.client_order_id] = None
