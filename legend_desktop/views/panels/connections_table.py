"""Tables of the Connections screen: two lines a row in the list, and short ones that are as high as their rows."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QWidget

from legend_desktop.views.models.columns import Align, Cell
from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.table_delegate import CellDelegate

_TWO_LINES = 40


class ShortTable(DataTable):
    """A table that shows all its rows and leaves scrolling to the page around it."""

    def __init__(self, theme: Theme, model: RowTableModel, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, name, parent=parent)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        model.rowsInserted.connect(self.updateGeometry)
        model.rowsRemoved.connect(self.updateGeometry)
        self.horizontalHeader().setSectionsClickable(False)
        self.setSortingEnabled(False)

    def row_height(self) -> int:
        """Height of a row in pixels."""
        return self.theme.density.row

    def sizeHint(self) -> QSize:
        """Heading and every row."""
        height = self.theme.density.header_row + self.rows_model.rowCount() * self.row_height()
        return QSize(self.theme.px(240), height)

    def minimumSizeHint(self) -> QSize:
        """All rows, however narrow."""
        return QSize(self.theme.px(120), self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The page scrolls, not the table."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """At the ends of the list the arrows go on to the page."""
        super().keyPressEvent(event)


class TwoLineTable(ShortTable):
    """Rows of two lines: a text with a line break shows its second half small and quiet under the first."""

    def __init__(self, theme: Theme, model: RowTableModel, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, name, parent=parent)
        self.setItemDelegate(_TwoLines(theme, model, self))

    def row_height(self) -> int:
        """Height of two lines."""
        return self.theme.px(_TWO_LINES) + self.theme.density.row - self.theme.px(22)

    def paint_hairlines(self, painter: QPainter, area: QRect) -> None:
        """Draw the line under every row that ``area`` touches."""
        hair = self.theme.color("line.hair")
        for row in range(self.rows_model.rowCount()):
            bottom = self.rowViewportPosition(row) + self.row_height() - 1
            if area.top() <= bottom <= area.bottom():
                painter.fillRect(area.x(), bottom, area.width(), 1, hair)

    def _restyle(self) -> None:
        super()._restyle()
        self.verticalHeader().setMinimumSectionSize(self.row_height())
        self.verticalHeader().setDefaultSectionSize(self.row_height())
        self.updateGeometry()


class _TwoLines(CellDelegate):
    def _text(self, painter: QPainter, room: QRect, cell: Cell, align: Align) -> None:
        first, broken, second = cell.text.partition("\n")
        if not broken:
            super()._text(painter, room, cell, align)
            return
        line = self._theme.px(16)
        top = room.y() + (room.height() - 2 * line) // 2
        super()._text(painter, QRect(room.x(), top, room.width(), line), cell._replace(text=first), align)
        below = cell._replace(text=second, ink="text.secondary", weight=400, icon="")
        super()._text(painter, QRect(room.x(), top + line, room.width(), line), below, align)
