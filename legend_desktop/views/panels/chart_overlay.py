"""What lies over the candles: own lines with their words and axis tags, fills, crosshair, sentences."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.formatting import format_price, format_shares
from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.chart_facts import bar_time
from legend_desktop.viewmodels.chart_lines import LineKind
from legend_desktop.views.panels.chart_state import INKS, TAG_INSET, ChartState, PlacedLine
from legend_desktop.views.theme import Theme

_DASHES = {
    LineKind.DRAFT: [5.0, 3.0],
    LineKind.POSITION: [1.0, 2.0],
    LineKind.UNKNOWN: [2.0, 3.0],
}
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_WRAPPED = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)


class OverlayItem(pg.GraphicsObject):  # type: ignore[misc]
    """Painted in the pixels of the plot item, above the candles and the axes."""

    def __init__(self, model: ChartViewModel, state: ChartState, theme: Theme, parent: Any) -> None:
        super().__init__()
        self._model = model
        self._state = state
        self._theme = theme
        self.setParentItem(parent)
        self.setZValue(500)

    def boundingRect(self) -> QRectF:
        """The whole plot item."""
        rect: QRectF = self.parentItem().boundingRect()
        return rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Paint from the back to the front."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._model.message:
            self._message(painter)
        scale = self._state.scale
        painter.save()
        painter.setClipRect(QRectF(scale.x, scale.y, scale.width, scale.height))
        self._silence(painter)
        if self._model.orders_shown:
            self._fills(painter)
        inside = [row for row in self._state.placed if not row.beyond]
        for row in inside:
            self._line(painter, row)
        for row in inside:
            self._words(painter, row)
        painter.restore()
        self._last_tag(painter)
        for row in self._state.placed:
            self._tag(painter, row)
        self._crosshair(painter)
        if self._state.said:
            self._sentence(painter)

    # ---- lines ----------------------------------------------------------------------------------------------------

    def _line(self, painter: QPainter, row: PlacedLine) -> None:
        theme, scale = self._theme, self._state.scale
        line = row.line
        chosen = line.key == self._state.selected and self._state.focused
        ink = theme.color(INKS[line.tone])
        pen = QPen(ink, 2 if chosen else 1)
        if line.kind in _DASHES:
            pen.setDashPattern([value / pen.width() for value in _DASHES[line.kind]])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        y = round(row.y)
        painter.drawLine(QLineF(scale.x, y, scale.x + scale.width, y))
        if line.moved_from is not None:
            painter.setPen(theme.pen("line.control"))
            was = round(scale.y_of(float(line.moved_from)))
            painter.drawLine(QLineF(scale.x, was, scale.x + scale.width, was))

    def _words(self, painter: QPainter, row: PlacedLine) -> None:
        theme, box = self._theme, row.box
        chosen = row.line.key == self._state.selected and self._state.focused
        ink = "focus" if chosen else INKS[row.line.tone]
        painter.setPen(QPen(theme.color(ink), 2 if chosen else 1))
        painter.setBrush(theme.color("bg.panel"))
        painter.drawRect(QRectF(round(box.x()), round(box.y()), round(box.width()), round(box.height())))
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.color("text.primary"))
        painter.drawText(box, _CENTRE, theme.masked(row.line.words))

    def _tag(self, painter: QPainter, row: PlacedLine) -> None:
        theme = self._theme
        ink = INKS[row.line.tone]
        if row.beyond:
            self._tag_box(painter, row.tag, row.tag_text, ("bg.panel", ink, ink))
        else:
            self._tag_box(painter, row.tag, row.tag_text, (ink, "bg.panel", ""))
        if abs(row.tag.center().y() - row.y) > 1 and not row.beyond:
            # the tag had to give way to another one: lead the eye back to the line
            painter.setPen(theme.pen(ink))
            painter.drawLine(
                QPointF(row.tag.left() - theme.px(4), row.y), QPointF(row.tag.left(), row.tag.center().y())
            )

    def _tag_box(self, painter: QPainter, box: QRectF, text: str, inks: tuple[str, str, str]) -> None:
        theme = self._theme
        fill, ink, edge = inks
        place = QRectF(round(box.x()), round(box.y()), round(box.width()), round(box.height()))
        painter.fillRect(place, theme.color(fill))
        if edge:
            painter.setPen(theme.pen(edge))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.setFont(theme.font("small", 600))
        painter.setPen(theme.color(ink))
        inset = theme.px(TAG_INSET)
        painter.drawText(place.adjusted(inset, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), text)

    def _last_tag(self, painter: QPainter) -> None:
        """The last price on the axis, unless an own line's tag stands there."""
        head, scale, theme = self._model.head, self._state.scale, self._theme
        if head.last is None:
            return
        y = scale.y_of(float(head.last))
        tall = theme.px(16)
        box = QRectF(scale.x + scale.width, y - tall / 2, self._state.axis_width, tall)
        if not scale.y <= y <= scale.y + scale.height or any(box.intersects(row.tag) for row in self._state.placed):
            return
        ink = "stale" if head.age_seconds is not None else "text.primary"
        self._tag_box(painter, box, format_price(head.last), ("bg.selected", ink, ""))

    # ---- fills ----------------------------------------------------------------------------------------------------

    def _fills(self, painter: QPainter) -> None:
        theme, scale, series = self._theme, self._state.scale, self._model.series
        size, gap = theme.px(4), theme.px(4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("small", 600))
        tall = theme.line_height("small")
        for fill in self._model.fills:
            bar = series.bar(fill.index)
            if bar is None or not scale.left - 1 <= fill.index <= scale.right + 1:
                continue
            buys = fill.side is OrderSide.BUY
            down = 1 if buys else -1
            x = scale.x_of(fill.index) + 0.5
            tip = scale.y_of(bar.low if buys else bar.high) + down * gap
            foot = tip + down * 2 * size
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("gain" if buys else "loss"))
            painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - size, foot), QPointF(x + size, foot)]))
            painter.setPen(theme.color("text.primary"))
            top = foot + 1 if buys else foot - tall - 1
            painter.drawText(QRectF(x - theme.px(40), top, theme.px(80), tall), _CENTRE, format_shares(fill.shares))
        painter.restore()

    # ---- crosshair and words --------------------------------------------------------------------------------------

    def _crosshair(self, painter: QPainter) -> None:
        theme, scale = self._theme, self._state.scale
        index, series = self._state.bar_index, self._model.series
        if index is None:
            return
        x = scale.x_of(index)
        if not scale.x <= x <= scale.x + scale.width:
            return
        pen = QPen(theme.color("line.control"), 1)
        pen.setDashPattern([2.0, 2.0])
        painter.setPen(pen)
        painter.drawLine(QLineF(x, scale.y, x, scale.y + scale.height))
        pointer = self._state.pointer
        tall = theme.px(16)
        if pointer is not None:
            y = round(pointer.y())
            painter.drawLine(QLineF(scale.x, y, scale.x + scale.width, y))
            price = self._model.rounded(scale.price_at(pointer.y()))
            box = QRectF(scale.x + scale.width, y - tall / 2, self._state.axis_width, tall)
            self._tag_box(painter, box, format_price(price), ("bg.menu", "text.primary", "line.control"))
        if series.bars:
            text = bar_time(series.start_of(index), series.seconds)
            wide = theme.metrics("small", 600).horizontalAdvance(text) + theme.px(16)
            left = min(max(scale.x, x - wide / 2), scale.x + scale.width - wide)
            box = QRectF(left, scale.y + scale.height + theme.px(3), wide, tall)
            self._tag_box(painter, box, text, ("bg.menu", "text.primary", "line.control"))

    def _silence(self, painter: QPainter) -> None:
        words, scale, theme = self._model.silence, self._state.scale, self._theme
        if not words or not self._model.series.bars:
            return
        text = " ".join(words.split(" ")[:-1]) + "\n" + words.split(" ")[-1]
        metrics = theme.metrics("small")
        wide = max(metrics.horizontalAdvance(part) for part in text.split("\n"))
        left = scale.x_of(self._model.series.end + 0.5) + theme.px(8)
        left = max(scale.x + theme.px(8), min(left, scale.x + scale.width - wide - theme.px(8)))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("warning"))
        place = QRectF(left, scale.y + theme.px(6), wide + theme.px(4), 2 * theme.line_height("small"))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), text)

    def _message(self, painter: QPainter) -> None:
        scale, theme = self._state.scale, self._theme
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.secondary"))
        inset = theme.px(40)
        place = QRectF(scale.x + inset, scale.y, scale.width - 2 * inset, scale.height)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._model.message)

    def _sentence(self, painter: QPainter) -> None:
        """What the chart has to say, in a notice at the foot of the plot."""
        scale, theme = self._state.scale, self._theme
        inset = theme.px(10)
        room = QRectF(0, 0, min(scale.width - 2 * inset, theme.px(520)) - 3 * inset, 400)
        metrics = theme.metrics("body")
        text = metrics.boundingRect(room.toRect(), _WRAPPED, self._state.said)
        tall = text.height() + theme.px(12)
        box = QRectF(scale.x + inset, scale.y + scale.height - inset - tall, text.width() + 3 * inset, tall)
        painter.fillRect(box, theme.color("bg.notice"))
        painter.fillRect(QRectF(box.x(), box.y(), theme.px(3), tall), theme.color("alarm.fill"))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.primary"))
        painter.drawText(box.adjusted(1.3 * inset, 0, -inset, 0), _WRAPPED, self._state.said)
