"""Candles as one graphics object: closed bars are a picture made once, the live bar is drawn each time."""

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QBrush, QPainter, QPen, QPicture
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from legend_desktop.viewmodels.chart_series import BarSeries, ChartBar
from legend_desktop.views.theme import Theme

_BODY_SHARE = 0.72


class CandleItem(pg.GraphicsObject):  # type: ignore[misc]
    """Hollow for a bar that rose, filled for one that fell; the x of a bar is its index, y its price."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._series = BarSeries(60)
        self._pitch = 10.0
        self._picture: QPicture | None = None
        self._stamp: tuple[object, ...] = ()
        self._bounds = QRectF()

    def show_series(self, series: BarSeries, pitch: float) -> None:
        """Draw these bars, ``pitch`` pixels apart. Cheap while no bar was closed."""
        stamp = (id(series), series.revision, pitch)
        if stamp != self._stamp:
            self._series, self._pitch, self._stamp = series, pitch, stamp
            self._picture = None
        self._measure()
        self.update()

    def forget(self) -> None:
        """The colours changed: make the picture anew."""
        self._picture = None
        self.update()

    def boundingRect(self) -> QRectF:
        """All bars, in index and price."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Play the picture of the closed bars, then draw the live one."""
        bars = self._series.bars
        if not bars:
            return
        if self._picture is None:
            self._picture = QPicture()
            recorder = QPainter(self._picture)
            self._draw(recorder, bars[:-1], self._series.base)
            recorder.end()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._picture.play(painter)
        self._draw(painter, bars[-1:], self._series.end)

    def _measure(self) -> None:
        last = self._series.last
        if last is None:
            bounds = QRectF()
        elif self._picture is None or not self._bounds.isValid():
            low = min(bar.low for bar in self._series.bars)
            high = max(bar.high for bar in self._series.bars)
            bounds = QRectF(self._series.base - 1, low, len(self._series.bars) + 1, max(high - low, 1e-6))
        else:
            old = self._bounds
            low, high = min(old.top(), last.low), max(old.bottom(), last.high)
            bounds = QRectF(old.left(), low, old.width(), high - low)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def _draw(self, painter: QPainter, bars: list[ChartBar], first: int) -> None:
        body = max(1, int(self._pitch * _BODY_SHARE))
        body -= 1 - body % 2
        half = (body - 1) / 2 / self._pitch
        ground = QBrush(self._theme.color("bg.panel"))
        for rises, token in ((True, "gain"), (False, "loss")):
            color = self._theme.color(token)
            pen = QPen(color, 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(ground if rises else QBrush(color))
            wicks: list[QLineF] = []
            boxes: list[QRectF] = []
            for index, bar in enumerate(bars, first):
                if bar.rises is not rises:
                    continue
                top, bottom = max(bar.open, bar.close), min(bar.open, bar.close)
                if half <= 0:
                    wicks.append(QLineF(index, bar.low, index, bar.high))
                    continue
                if bar.high > top:
                    wicks.append(QLineF(index, top, index, bar.high))
                if bar.low < bottom:
                    wicks.append(QLineF(index, bar.low, index, bottom))
                if top > bottom:
                    boxes.append(QRectF(index - half, bottom, 2 * half, top - bottom))
                else:
                    wicks.append(QLineF(index - half, top, index + half, top))
            if wicks:
                painter.drawLines(wicks)
            if boxes:
                painter.drawRects(boxes)
