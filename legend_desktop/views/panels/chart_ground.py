"""What lies under the candles: grid, hatch where no data came, volume, average price."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.chart_series import BarSeries
from legend_desktop.views.panels.chart_state import ChartState
from legend_desktop.views.theme import Theme

_VOLUME_SHARE = 0.115


class GroundItem(pg.GraphicsObject):  # type: ignore[misc]
    """Painted in the pixels of the plot item, below everything else."""

    def __init__(self, model: ChartViewModel, state: ChartState, theme: Theme, parent: Any) -> None:
        super().__init__()
        self._model = model
        self._state = state
        self._theme = theme
        self.setParentItem(parent)
        self.setZValue(-500)

    def boundingRect(self) -> QRectF:
        """The whole plot item."""
        rect: QRectF = self.parentItem().boundingRect()
        return rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Paint grid, hatch, volume and average price."""
        scale = self._state.scale
        plot = QRectF(scale.x, scale.y, scale.width, scale.height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(self.boundingRect(), self._theme.color("bg.panel"))
        painter.setPen(self._theme.pen("chart.grid"))
        for price, _ in self._state.price_ticks:
            y = round(scale.y_of(price))
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        for index, _ in self._state.time_ticks:
            x = scale.x_of(index)
            painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        painter.save()
        painter.setClipRect(plot)
        series = self._model.series
        first, last = max(series.base, int(scale.left) - 1), min(series.end, int(scale.right) + 1)
        self._silence(painter, plot)
        if first <= last:
            self._volume(painter, series, first, last)
            self._average(painter, series, first, last)
        painter.restore()

    def _silence(self, painter: QPainter, plot: QRectF) -> None:
        """Hatch from the last price to the right edge."""
        words = self._model.silence
        if not words or not self._model.series.bars:
            return
        scale = self._state.scale
        left = max(plot.left(), scale.x_of(self._model.series.end + 0.5) + 1)
        if left < plot.right():
            painter.fillRect(
                QRectF(left, plot.top(), plot.right() - left, plot.height()),
                QBrush(self._theme.color("line.strong"), Qt.BrushStyle.BDiagPattern),
            )

    def _volume(self, painter: QPainter, series: BarSeries, first: int, last: int) -> None:
        bars = series.bars[first - series.base : last - series.base + 1]
        most = max(bar.volume for bar in bars)
        if most <= 0:
            return
        scale = self._state.scale
        wide = max(1.0, scale.pitch - 2 if scale.pitch > 3 else scale.pitch - 1)
        wide -= 1 - wide % 2 if wide > 1 else 0
        foot, tall = scale.y + scale.height, scale.height * _VOLUME_SHARE
        boxes = []
        for index, bar in enumerate(bars, first):
            height = round(bar.volume / most * tall)
            if height:
                boxes.append(QRectF(scale.x_of(index) - (wide - 1) / 2, foot - height, wide, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("chart.ci"))
        if boxes:
            painter.drawRects(boxes)

    def _average(self, painter: QPainter, series: BarSeries, first: int, last: int) -> None:
        if not series.has_vwap:
            return
        scale = self._state.scale
        pen = QPen(self._theme.color("text.tertiary"), self._theme.px(1))
        pen.setDashPattern([1, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # a new session begins a new line: the step between the two averages is not a price that traded
        line: list[QPointF] = []
        before: float | None = None
        for index in range(first, last + 1):
            value = series.vwaps[index - series.base]
            bar = series.bars[index - series.base]
            if before is not None and abs(value - before) > 4 * max(bar.high - bar.low, value * 0.0005):
                painter.drawPolyline(QPolygonF(line))
                line = []
            line.append(QPointF(scale.x_of(index), scale.y_of(value)))
            before = value
        painter.drawPolyline(QPolygonF(line))
