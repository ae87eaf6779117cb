"""The Executions panel: every fill of the day with what it cost."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from legend_desktop.viewmodels.executions import ExecutionRow, ExecutionsViewModel
from legend_desktop.views.models.executions_model import executions_model
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel


class ExecutionsPanel(Panel):
    """The table of executions, newest first. Enter opens the time line of the order."""

    def __init__(self, view_model: ExecutionsViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._rows = executions_model(self)
        empty = EmptyState(theme, "list-bullets", "No executions today", "Each fill appears here as it happens.")
        self.table = DataTable(theme, self._rows, "Executions", empty=empty, frozen=True, parent=self)
        self.table.row_actions = self._row_actions
        self.table.activated_row.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        view_model.rows_changed.connect(self._rows.upsert)
        view_model.reset.connect(lambda: self._rows.set_rows(view_model.rows()))
        view_model.summary_changed.connect(self.set_summary)
        self._rows.set_rows(view_model.rows())
        self.set_summary(view_model.summary)

    def menu_actions(self) -> list[QAction]:
        """The columns."""
        return self.table.column_actions()

    def _open(self, row: ExecutionRow) -> None:
        if row.client_order_id:
            self._model.timeline_wanted.emit(row.client_order_id)

    def _row_actions(self, row: ExecutionRow) -> list[QAction]:
        line = QAction("Time line\tReturn", self)
        line.setEnabled(bool(row.client_order_id))
        line.triggered.connect(lambda _=False: self._open(row))
        load = QAction(f"Load {row.execution.symbol}", self)
        load.triggered.connect(lambda _=False: self._model.symbol_chosen.emit(row.execution.symbol))
        return [line, load]
