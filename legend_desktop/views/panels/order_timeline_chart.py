"""The chart of one order's time line: bid-ask band, own prices over their life, mids with words, fills by area.

Imported when the first order is shown, so that starting stays quick. It takes no mouse and no keys: what it shows is in
the event list under it and in one spoken sentence.
"""

import math
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QFrame, QStyleOptionGraphicsItem, QWidget

from legend_desktop.domain.formatting import MINUS
from legend_desktop.viewmodels.order_timeline_picture import BandStep, FillDot, Level, TimePicture
from legend_desktop.views.panels.chart_axes import FixedAxis, dress, price_ticks, price_words
from legend_desktop.views.theme import Theme

_LARGEST, _SMALLEST = 18.0, 7.0
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
_TRIES = 9
_MOST_KEPT = 200


@dataclass(slots=True)
class _Frame:
    """Where the plot stands in pixels and what it shows."""

    rect: QRectF
    start: float = 0.0
    end: float = 1.0
    low: float = 0.0
    high: float = 1.0

    def x(self, at: float) -> float:
        return self.rect.left() + (at - self.start) / (self.end - self.start) * self.rect.width()

    def y(self, price: float) -> float:
        return self.rect.top() + (self.high - price) / (self.high - self.low) * self.rect.height()


class TimePlot(pg.PlotWidget):  # type: ignore[misc]
    """Paints a ``TimePicture``; prices at the right, seconds after the key press below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        axes = {"right": FixedAxis("right"), "bottom": FixedAxis("bottom")}
        super().__init__(parent=parent, axisItems=axes, enableMenu=False)
        self.theme = theme
        self.shown: TimePicture | None = None
        plot: Any = self.getPlotItem()
        self._box: Any = plot.vb
        plot.hideAxis("left")
        plot.showAxis("right")
        plot.hideButtons()
        plot.layout.setContentsMargins(0, 0, 0, 0)
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setViewportUpdateMode(pg.QtWidgets.QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setAccessibleName("Quotes, own prices and fills of the order")
        self._item = _PictureItem(self, plot)
        self._box.sigResized.connect(self._fit)
        theme.changed.connect(self._dress)
        self._dress()

    def show_picture(self, picture: TimePicture) -> None:
        """Draw ``picture``."""
        if picture != self.shown:
            self.shown = picture
            self.setAccessibleDescription(picture.sentence)
            self._fit()

    def sizeHint(self) -> QSize:
        """Low: it takes what the pieces around it leave."""
        return QSize(self.theme.px(400), self.theme.px(220))

    def frame_of(self) -> _Frame:
        """The plot area with what it shows."""
        (start, end), (low, high) = self._box.viewRange()
        return _Frame(QRectF(self._box.geometry()), start, end, low, high)

    def _dress(self) -> None:
        plot: Any = self.getPlotItem()
        plot.getAxis("right").setWidth(self.theme.px(62))
        plot.getAxis("bottom").setHeight(self.theme.px(22))
        for name, offset in (("right", 8), ("bottom", 5)):
            dress(plot.getAxis(name), self.theme, offset=offset)
        self.setBackground(self.theme.color("bg.panel"))
        self.setMinimumHeight(self.theme.px(200))
        self._fit()

    def _fit(self) -> None:
        picture = self.shown
        if picture is None:
            return
        rect = QRectF(self._box.geometry())
        low, high = price_span(picture)
        room = (high - low) * 0.1
        # the words of the upright lines stand above the prices
        above = (high - low + 2 * room) * self.theme.px(26) / max(self.theme.px(60), rect.height())
        self._box.setRange(
            xRange=(picture.start, picture.end), yRange=(low - room, high + room + above), padding=0, update=True
        )
        unit = 10.0**-picture.places
        prices = price_ticks(low - room, high + room, max(2, int(rect.height() / self.theme.px(56))))
        prices = [price for price in prices if abs(price / unit - round(price / unit)) < 1e-6]
        inside = (picture.end - picture.start) * self.theme.px(18) / max(self.theme.px(60), rect.width())
        times = time_marks(picture.start + inside, picture.end - inside, max(2, int(rect.width() / self.theme.px(72))))
        plot: Any = self.getPlotItem()
        plot.getAxis("right").set_fixed(price_words(prices, unit))
        plot.getAxis("bottom").set_fixed(times)
        self._item.ticks = prices, [at for at, _ in times]
        self._item.update()


def price_span(picture: TimePicture) -> tuple[float, float]:
    """Lowest and highest price to show: fills and mids always, quotes and own prices that are not far from them."""
    near = [dot.price for dot in picture.dots] + [level.price for level in picture.levels if not level.own]
    quotes = [price for step in picture.band for price in (step.bid, step.ask)]
    values = near + quotes or [level.price for level in picture.levels] or [0.0, 1.0]
    low, high = min(values), max(values)
    reach = max(high - low, high * 0.0005) * 1.5
    own = [level.price for level in picture.levels if low - reach <= level.price <= high + reach]
    low, high = min([low, *own]), max([high, *own])
    least = 0.04 if high >= 1 else high * 0.02
    if high - low < least:
        middle = (high + low) / 2
        low, high = middle - least / 2, middle + least / 2
    return low, high


def time_marks(start: float, end: float, wanted: int) -> list[tuple[float, str]]:
    """About ``wanted`` round instants with their words: ``−1 s``, ``0``, ``+2 min``."""
    span = max(1e-9, end - start)
    step = next((step for step in _STEPS if span / step <= wanted), _STEPS[-1])
    first, last = math.ceil(start / step), math.floor(end / step)
    return [(place * step, _after(place * step, step)) for place in range(first, last + 1)]


def _after(seconds: float, step: float) -> str:
    if round(seconds, 6) == 0:
        return "0"
    sign, size = (MINUS if seconds < 0 else "+"), abs(seconds)
    if step >= 3_600:
        return f"{sign}{size / 3_600:g} h"
    if step >= 60:
        return f"{sign}{size / 60:g} min"
    return f"{sign}{size:g} s"


class _PictureItem(pg.GraphicsObject):  # type: ignore[misc]
    """Painted in the pixels of the plot item."""

    def __init__(self, plot: TimePlot, parent: Any) -> None:
        super().__init__()
        self._plot = plot
        self.ticks: tuple[list[float], list[float]] = ([], [])
        self.setParentItem(parent)
        self.setZValue(10)

    def boundingRect(self) -> QRectF:
        rect: QRectF = self.parentItem().boundingRect()
        return rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        picture = self._plot.shown
        if picture is None:
            return
        frame = self._plot.frame_of()
        painter.save()
        painter.setClipRect(frame.rect)
        words = _Words(self._plot.theme, painter, frame.rect)
        self._grid(painter, frame)
        self._band(painter, frame, picture.band)
        for level in picture.levels:
            self._level(painter, frame, level)
        for instant in picture.instants:
            self._upright(painter, frame, instant.at)
        largest = max((dot.shares for dot in picture.dots), default=1.0)
        for dot in sorted(picture.dots, key=lambda row: -row.shares):
            self._dot(painter, frame, dot, largest)
        self._write(words, frame, picture, largest)
        painter.restore()

    def _pen(self, token: str, width: float = 1.0, dashes: list[float] | None = None) -> QPen:
        pen = QPen(self._plot.theme.color(token), self._plot.theme.px(1) * width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern(dashes)
        return pen

    def _grid(self, painter: QPainter, frame: _Frame) -> None:
        painter.setPen(self._pen("chart.grid"))
        for price in self.ticks[0]:
            painter.drawLine(
                QLineF(frame.rect.left(), round(frame.y(price)), frame.rect.right(), round(frame.y(price)))
            )
        for at in self.ticks[1]:
            painter.drawLine(QLineF(round(frame.x(at)), frame.rect.top(), round(frame.x(at)), frame.rect.bottom()))

    def _band(self, painter: QPainter, frame: _Frame, band: tuple[BandStep, ...]) -> None:
        """Flat fill between bid and ask, step lines at both; where nothing is known there is nothing."""
        edge = QPainterPath()
        ended: BandStep | None = None
        ground = self._plot.theme.color("chart.band")
        for step in band:
            left, right = frame.x(step.start), frame.x(step.end)
            top, bottom = frame.y(step.ask), frame.y(step.bid)
            painter.fillRect(QRectF(left, top, right - left, max(1.0, bottom - top)), ground)
            joins = ended is not None and abs(ended.end - step.start) < 1e-9
            for price, before in ((step.ask, ended.ask if ended else 0.0), (step.bid, ended.bid if ended else 0.0)):
                if joins:
                    edge.moveTo(left, frame.y(before))
                    edge.lineTo(left, frame.y(price))
                else:
                    edge.moveTo(left, frame.y(price))
                edge.lineTo(right, frame.y(price))
            ended = step
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen("line.control"))
        painter.drawPath(edge)

    def _level(self, painter: QPainter, frame: _Frame, level: Level) -> None:
        dashes = None if level.own else [5.0, 3.0] if level.words.startswith("mid at arr") else [3.0, 2.0]
        painter.setPen(self._pen("text.primary", 1.6 if level.own else 1.3, dashes))
        y = frame.y(level.price)
        painter.drawLine(QLineF(frame.x(level.start), y, frame.x(level.end), y))

    def _upright(self, painter: QPainter, frame: _Frame, at: float) -> None:
        painter.setPen(self._pen("text.secondary", 1.0, [1.0, 3.0]))
        x = round(frame.x(at))
        top = frame.rect.top() + self._plot.theme.px(18)
        painter.drawLine(QLineF(x, top, x, frame.rect.bottom()))

    def _dot(self, painter: QPainter, frame: _Frame, dot: FillDot, largest: float) -> None:
        radius = self.radius(dot, largest)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self._pen("bg.panel", 1.5))
        painter.setBrush(self._plot.theme.color("gain"))
        painter.drawEllipse(QPointF(frame.x(dot.at), frame.y(dot.price)), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def radius(self, dot: FillDot, largest: float) -> float:
        """Area goes with shares; the smallest can still be seen."""
        theme = self._plot.theme
        return max(theme.px(_SMALLEST), theme.px(_LARGEST) * math.sqrt(dot.shares / largest)) / 2

    def _write(self, words: "_Words", frame: _Frame, picture: TimePicture, largest: float) -> None:
        theme = self._plot.theme
        for instant in picture.instants:
            words.above(frame.x(instant.at), instant.words)
        for dot in picture.dots[:_MOST_KEPT]:
            place, radius = QPointF(frame.x(dot.at), frame.y(dot.price)), self.radius(dot, largest)
            words.keep(QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius))
        for level in picture.levels:
            y = frame.y(level.price)
            words.keep(QRectF(frame.x(level.start), y - 1, frame.x(level.end) - frame.x(level.start), 2))
        for dot in picture.dots[:12]:
            radius = self.radius(dot, largest)
            words.beside(frame.x(dot.at), frame.y(dot.price), radius + theme.px(4), dot.words, bold=True)
        for level in picture.levels:
            y = frame.y(level.price)
            if level.own and not frame.rect.top() <= y <= frame.rect.bottom():
                words.edge(level.words, above=y < frame.rect.top())
            elif level.own:
                words.under((frame.x(level.start) + frame.x(level.end)) / 2, y, level.words)
            else:
                words.after(frame.x(level.start), frame.x(level.end), y, level.words)
        if picture.band:
            first = picture.band[0]
            left = max(frame.x(first.start), frame.rect.left()) + theme.px(6)
            words.side(left, frame.y(first.ask), "ask", above=True)
            words.side(left, frame.y(first.bid), "bid", above=False)


class _Words:
    """Writes labels so that none lies over another: each looks for the nearest free place above or below its own."""

    def __init__(self, theme: Theme, painter: QPainter, area: QRectF) -> None:
        self._theme = theme
        self._painter = painter
        self._area = area
        self._taken: list[QRectF] = []

    def keep(self, rect: QRectF) -> None:
        """Let no label lie over ``rect``."""
        self._taken.append(rect)

    def above(self, x: float, text: str) -> None:
        """At the top of the plot, in the middle over ``x``, beside a neighbour where there is one."""
        size = self._size(text)
        rect = QRectF(x - size[0] / 2, self._area.top(), *size)
        for other in self._taken:
            if rect.intersects(other):
                rect.moveLeft(other.right() + self._theme.px(8))
        self._draw(self._inside(rect), text, "text.secondary")

    def beside(self, x: float, y: float, gap: float, text: str, *, bold: bool = False) -> None:
        """At the left of a point, at its right where there is no room."""
        width, height = self._size(text, bold=bold)
        left = x - gap - width
        if left < self._area.left():
            left = x + gap
        self._draw(self._free(QRectF(left, y - height / 2, width, height)), text, "text.primary", bold=bold)

    def after(self, start: float, end: float, y: float, text: str) -> None:
        """Behind the end of a line, before its start where there is no room."""
        width, height = self._size(text)
        left = end + self._theme.px(4)
        if left + width > self._area.right():
            left = start - self._theme.px(6) - width
        self._draw(self._free(QRectF(left, y - height / 2, width, height)), text, "text.secondary")

    def under(self, middle: float, y: float, text: str) -> None:
        """Under a line, in its middle."""
        width, height = self._size(text)
        rect = QRectF(middle - width / 2, y + self._theme.px(2), width, height)
        self._draw(self._free(self._inside(rect)), text, "text.primary")

    def edge(self, text: str, *, above: bool) -> None:
        """For a price out of sight: at the upper or lower edge, with an arrow."""
        text = f"{'↑' if above else '↓'} {text}"
        width, height = self._size(text)
        top = self._area.top() + 1.6 * height if above else self._area.bottom() - height - 2
        rect = QRectF(self._area.right() - width - self._theme.px(8), top, width, height)
        self._draw(self._free(rect), text, "text.primary")

    def side(self, x: float, y: float, text: str, *, above: bool) -> None:
        """Beside the beginning of the band."""
        width, height = self._size(text)
        rect = QRectF(x, y - height - 1 if above else y + 1, width, height)
        if not any(rect.intersects(other) for other in self._taken):
            self._draw(rect, text, "text.tertiary")

    def _size(self, text: str, *, bold: bool = False) -> tuple[float, float]:
        metrics = self._theme.metrics("small", 600 if bold else 400)
        return float(metrics.horizontalAdvance(text)), float(self._theme.line_height("small"))

    def _inside(self, rect: QRectF) -> QRectF:
        left = min(max(rect.left(), self._area.left() + 2), self._area.right() - rect.width() - 2)
        return QRectF(left, rect.top(), rect.width(), rect.height())

    def _free(self, wanted: QRectF) -> QRectF:
        for step in range(_TRIES):
            shift = (step + 1) // 2 * (wanted.height() if step % 2 else -wanted.height())
            rect = wanted.translated(0, shift)
            inside = self._area.top() <= rect.top() and rect.bottom() <= self._area.bottom()
            if inside and not any(rect.intersects(other) for other in self._taken):
                return rect
        return wanted

    def _draw(self, rect: QRectF, text: str, ink: str, *, bold: bool = False) -> None:
        self._taken.append(rect)
        ground = self._theme.color("bg.panel")
        ground.setAlphaF(0.72)
        self._painter.fillRect(rect.adjusted(-2, 1, 2, -1), ground)
        self._painter.setFont(self._theme.font("small", 600 if bold else 400))
        self._painter.setPen(self._theme.color(ink))
        self._painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
