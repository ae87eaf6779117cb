"""Keeps the first column in sight while a table is scrolled sideways: a second view on the same model."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QHeaderView, QTableView

from legend_desktop.views.widgets.table_header import TableHeader

if TYPE_CHECKING:
    from legend_desktop.views.widgets.data_table import DataTable


class FrozenColumn(QTableView):
    """Lies over the left edge of ``table`` with its first column only; shares model, delegate and selection."""

    def __init__(self, table: "DataTable", delegate: QAbstractItemDelegate) -> None:
        super().__init__(table)
        self._table = table
        self.setHorizontalHeader(TableHeader(table.theme, table.rows_model, self))
        self.setModel(table.rows_model)
        self.horizontalHeader().setAccessibleName(f"{table.accessibleName()}, first heading")
        self.verticalHeader().setAccessibleName(f"{table.accessibleName()}, rows")
        self.setSelectionModel(table.selectionModel())
        self.setItemDelegate(delegate)
        self.setAccessibleName(f"{table.accessibleName()}, first column")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column in range(1, table.rows_model.columnCount()):
            self.setColumnHidden(column, True)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(table.verticalScrollBar().setValue)
        table.horizontalScrollBar().valueChanged.connect(self.place)
        table.layout_changed.connect(self.place)
        self.hide()

    def place(self) -> None:
        """Cover the first column while the table is scrolled sideways, else step aside."""
        table = self._table
        if table.horizontalScrollBar().value() <= 0:
            self.hide()
            return
        self.verticalHeader().setMinimumSectionSize(table.theme.density.row)
        self.verticalHeader().setDefaultSectionSize(table.theme.density.row)
        self.horizontalHeader().setFixedHeight(table.theme.density.header_row)
        self.setColumnWidth(0, table.columnWidth(0))
        height = table.viewport().height() + table.horizontalHeader().height()
        self.setGeometry(table.frameWidth(), table.frameWidth(), table.columnWidth(0), height)
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells and the hairlines of the table beneath."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        self._table.paint_hairlines(painter, event.rect())
        painter.end()
