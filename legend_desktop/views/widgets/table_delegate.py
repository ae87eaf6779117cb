"""Paints table cells: hairline, hatch, flash, glyph, text on one base line with decimal points under each other."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPolygon
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from legend_desktop.views.models.columns import DASH, Align, Cell
from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.theme import HIDDEN_MONEY, Theme

if TYPE_CHECKING:
    from legend_desktop.views.widgets.data_table import DataTable

_WIDTHS_KEPT = 20_000


class CellDelegate(QStyledItemDelegate):
    """Paints straight from the model's ``cell``; asks Qt for nothing but the place."""

    def __init__(self, theme: Theme, model: RowTableModel, table: "DataTable") -> None:
        super().__init__(table)
        self._theme = theme
        self._model = model
        self._table = table
        self._widths: dict[tuple[str, int], int] = {}
        self._faces: dict[int, tuple[QFont, QFontMetrics, int]] = {}
        theme.changed.connect(self._forget)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        """Width that shows the whole cell (a double press on a header edge asks for it once)."""
        cell = self._model.cell(index.row(), index.column())
        icon = self._theme.px(16) if cell.icon else 0
        return QSize(self._width(cell.text, cell.weight) + icon + self._theme.px(16), self._theme.density.row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        position, place = index.row(), index.column()
        cell = self._model.cell(position, place)
        theme = self._theme
        if theme.look.hide_money and cell.text not in {"", DASH}:
            money = self._model.columns[place].is_money
            cell = cell._replace(text=HIDDEN_MONEY if money else theme.masked(cell.text))
        self._ground(painter, rect, cell, position, selected)
        way = self._model.flashes.state(self._model.key_at(position), place) if self._model.flashes.running else 0
        if way and not theme.reduce_motion:
            painter.fillRect(rect.adjusted(0, 0, 0, -1), theme.color("flash.up" if way > 0 else "flash.down"))
        room = self._table.inner(rect, place)
        column = self._model.columns[place]
        if column.indent is not None:
            room.setLeft(room.left() + theme.px(column.indent(self._model.row_at(position))))
        if cell.text or cell.icon:
            self._text(painter, room, cell, column.align)
        if theme.reduce_motion and column.flash is not None:
            self._arrow(painter, room, self._model.flashes.way(self._model.key_at(position), place))

    def _ground(self, painter: QPainter, rect: QRect, cell: Cell, position: int, selected: bool) -> None:
        theme = self._theme
        if selected:
            painter.fillRect(rect, theme.color("bg.selected"))
        elif position == self._table.hover_row:
            painter.fillRect(rect, theme.color("bg.hover"))
        if cell.fill == "hatch":
            painter.fillRect(rect, theme.color("unknown.bg"))
            painter.fillRect(rect, theme.hatch())
        elif cell.fill:
            painter.fillRect(rect, theme.color(cell.fill))

    def _text(self, painter: QPainter, room: QRect, cell: Cell, align: Align) -> None:
        font, metrics, rise = self._face(cell.weight)
        glyph = self._theme.px(12) if cell.icon else 0
        gap = self._theme.px(4) if cell.icon and cell.text else 0
        width = self._width(cell.text, cell.weight)
        text = cell.text
        space = room.width() - glyph - gap
        if width > space:
            text = text.rstrip("\u2007\u2008")
            width = self._width(text, cell.weight)
        if width > space:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, space)
            width = min(width, space)
        left = room.x()
        if align is Align.RIGHT:
            left = room.right() + 1 - width - glyph - gap
        if cell.icon:
            top = room.y() + (room.height() - glyph) // 2
            self._theme.paint_icon(painter, cell.icon, QRect(left, top, glyph, glyph), cell.icon_ink)
            left += glyph + gap
        painter.setFont(font)
        painter.setPen(self._theme.color(cell.ink))
        baseline = room.y() + (room.height() + rise) // 2
        painter.drawText(left, baseline, text)
        if cell.strike:
            painter.drawLine(left, baseline - rise // 2, left + width, baseline - rise // 2)

    def _arrow(self, painter: QPainter, room: QRect, way: int) -> None:
        if not way:
            return
        half, middle = self._theme.px(3), room.center().y()
        left = room.x()
        tip = middle - half if way > 0 else middle + half
        base = middle + half if way > 0 else middle - half
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("gain" if way > 0 else "loss"))
        painter.drawPolygon(
            QPolygon.fromList(
                [rect.topLeft() for rect in (QRect(left, base, 1, 1), QRect(left + 2 * half, base, 1, 1))]
                + [QRect(left + half, tip, 1, 1).topLeft()]
            )
        )

    def _face(self, weight: int) -> tuple[QFont, QFontMetrics, int]:
        found = self._faces.get(weight)
        if found is None:
            metrics = self._theme.metrics("body", weight)
            found = (self._theme.font("body", weight), metrics, metrics.ascent() - metrics.descent())
            self._faces[weight] = found
        return found

    def _width(self, text: str, weight: int) -> int:
        key = (text, weight)
        found = self._widths.get(key)
        if found is None:
            if len(self._widths) > _WIDTHS_KEPT:
                self._widths.clear()
            found = self._face(weight)[1].horizontalAdvance(text)
            self._widths[key] = found
        return found

    def _forget(self) -> None:
        self._widths.clear()
        self._faces.clear()
