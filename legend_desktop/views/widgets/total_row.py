"""The total under a table: one fixed row whose cells stand under the table's columns."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.views.models.columns import Align
from legend_desktop.views.theme import HIDDEN_MONEY, Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.spans import Span, paint_spans, plain_text


class TotalRow(QWidget):
    """Shows spans by column id, aligned with ``table`` and scrolled with it."""

    def __init__(self, theme: Theme, table: DataTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = table
        self._cells: dict[str, Span] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        table.layout_changed.connect(self.update)
        table.horizontalScrollBar().valueChanged.connect(self.update)
        table.horizontalHeader().sectionResized.connect(self.update)
        theme.changed.connect(self._on_theme)

    def set_total(self, cells: Mapping[str, Span]) -> None:
        """Show these cells; columns without one stay blank."""
        if dict(cells) == self._cells:
            return
        self._cells = dict(cells)
        titles = {column.id: column.title for column in self._table.rows_model.columns}
        words = [f"{titles.get(name, name)} {span.text}" for name, span in self._cells.items()]
        self.setAccessibleName("Total: " + plain_text(words))
        self.update()

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(self._theme.px(100), self._theme.density.row)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the line above and the cells."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.panel"))
        painter.fillRect(QRect(0, 0, self.width(), 1), self._theme.color("line.strong"))
        table = self._table
        for place, column in enumerate(table.rows_model.columns):
            span = self._cells.get(column.id)
            if span is not None and column.is_money and self._theme.look.hide_money:
                span = replace(span, text=HIDDEN_MONEY)
            if span is None or table.isColumnHidden(place):
                continue
            cell = QRect(table.columnViewportPosition(place), 0, table.columnWidth(place), self.height())
            room = table.inner(cell, place)
            right = column.align is Align.RIGHT
            wide = self._theme.metrics("body", span.weight).horizontalAdvance(span.text)
            if right and wide > room.width():
                room.setLeft(room.right() + 1 - wide)
            elif not right:
                room.setRight(max(room.right(), min(self.width(), room.left() + wide)))
            paint_spans(self._theme, painter, room, (span,), role="body", gap=0, right=right)
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
