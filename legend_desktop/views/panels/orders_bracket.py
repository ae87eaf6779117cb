"""Paints the hairline bracket that ties the legs of an order to their entry."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.table_delegate import CellDelegate

_LEFT = 11
_ARM = 4


class BracketDelegate(CellDelegate):
    """The usual cells, with a line from an entry down to its last leg at the left of the first column.

    The line is left out while the rows are sorted by a column, for the legs do not follow their entry then.
    """

    def __init__(self, theme: Theme, model: RowTableModel, table: DataTable) -> None:
        super().__init__(theme, model, table)
        self._look = theme
        self._rows = model
        self._view = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the cell, then its part of the bracket."""
        super().paint(painter, option, index)
        if index.column() != 0 or self._view.horizontalHeader().sortIndicatorSection() >= 0:
            return
        row = self._rows.row_at(index.row())
        if not row.depth:
            return
        rect: QRect = option.rect
        color = self._look.color("line.control")
        left, middle = rect.x() + self._look.px(_LEFT), rect.center().y()
        bottom = middle if row.last_leg else rect.bottom()
        painter.fillRect(left, rect.y(), 1, bottom - rect.y() + 1, color)
        painter.fillRect(left, middle, self._look.px(_ARM), 1, color)
