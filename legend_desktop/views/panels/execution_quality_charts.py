"""The two pictures of Execution quality. Imported when the first of them is drawn, so that starting stays quick.

The pictures take no mouse and no keys: their numbers are in the table view beside them and in one spoken sentence.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from legend_desktop.domain.formatting import MINUS, format_exchange_time, format_money, format_table_time
from legend_desktop.viewmodels.execution_quality import CostBoxes, CostDot
from legend_desktop.views.theme import Theme

_DAY_TICKS = 6
_ROOM = 1.12


class _Plot(QWidget):
    """A still plot in the colours of the theme."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.view: Any = pg.PlotWidget(parent=self)
        self.plot: Any = self.view.getPlotItem()
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.view.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)

    def describe(self, sentence: str) -> None:
        """Say the picture in one sentence."""
        self.view.setAccessibleDescription(sentence)
        self.setAccessibleName(sentence)

    def pen(self, token: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A cosmetic pen."""
        pen = QPen(self.theme.color(token), width, style)
        pen.setCosmetic(True)
        return pen

    def dress(self, axes: Sequence[str]) -> None:
        """Colours and type of ground and axes."""
        self.view.setBackground(self.theme.color("bg.panel"))
        for name in axes:
            axis = self.plot.getAxis(name)
            axis.setPen(self.pen("line.strong" if name == "bottom" else "bg.panel"))
            axis.setTextPen(self.theme.color("chart.axis"))
            axis.setStyle(
                tickFont=self.theme.font("small"),
                tickLength=0,
                tickTextOffset=self.theme.px(6),
                hideOverlappingLabels=False,
            )

    def lines(self, values: Sequence[float], low: float, high: float) -> None:
        """Horizontal grid lines."""
        for value in values:
            line = pg.InfiniteLine(value, angle=0, pen=self.pen("chart.grid"))
            line.setZValue(-20)
            if low <= value <= high:
                self.plot.addItem(line)


class HistogramPlot(_Plot):
    """How many orders cost how much: saved in one colour left of the zero line, cost in the other right of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Cost per order", parent)
        self._boxes: CostBoxes | None = None
        theme.changed.connect(self._draw)

    def show_boxes(self, boxes: CostBoxes) -> None:
        """Draw ``boxes``."""
        if boxes != self._boxes:
            self._boxes = boxes
            self._draw()

    def _draw(self) -> None:
        boxes = self._boxes
        if boxes is None:
            return
        self.plot.clear()
        self.dress(("left", "bottom"))
        width = boxes.edges[1] - boxes.edges[0]
        top = max(1.0, max(boxes.counts) * _ROOM)
        marks = nice_ticks(0.0, top, 5, whole=True)
        self.lines(marks, 0.0, top)
        if boxes.low is not None and boxes.high is not None:
            self._band(boxes.low, boxes.high, top)
        for saved, token in ((True, "gain"), (False, "loss")):
            rows = [
                (low, count)
                for low, count in zip(boxes.edges, boxes.counts, strict=False)
                if count and (low < 0) is saved
            ]
            if rows:
                ground = self.theme.color(token)
                bars = pg.BarGraphItem(
                    x0=[low for low, _ in rows],
                    height=[count for _, count in rows],
                    width=width * 0.94,
                    brush=ground,
                    pen=QPen(Qt.PenStyle.NoPen),
                )
                self.plot.addItem(bars)
        self.plot.addItem(pg.InfiniteLine(0.0, angle=90, pen=self.pen("line.control")))
        if boxes.median is not None:
            self._upright(boxes.median, Qt.PenStyle.DashLine)
        if boxes.mean is not None:
            self._upright(boxes.mean, Qt.PenStyle.SolidLine)
        self.plot.getAxis("left").setTicks([[(value, f"{value:,.0f}") for value in marks if value < 0.96 * top]])
        self.plot.getAxis("bottom").setTicks([_box_ticks(boxes)])
        self.plot.setXRange(boxes.edges[0] - width / 2, boxes.edges[-1] + width / 2, padding=0)
        self.plot.setYRange(0.0, top, padding=0)

    def _band(self, low: float, high: float, top: float) -> None:
        band = pg.QtWidgets.QGraphicsRectItem(QRectF(low, 0.0, high - low, top))
        band.setBrush(self.theme.color("chart.ci"))
        band.setPen(QPen(Qt.PenStyle.NoPen))
        band.setZValue(-10)
        self.plot.addItem(band)

    def _upright(self, value: float, style: Qt.PenStyle) -> None:
        ground = pg.InfiniteLine(value, angle=90, pen=self.pen("bg.panel", 3.0))
        line = pg.InfiniteLine(value, angle=90, pen=self.pen("text.primary", 1.0, style))
        for item, level in ((ground, 5), (line, 6)):
            item.setZValue(level)
            self.plot.addItem(item)


class SeriesPlot(_Plot):
    """Cost of each day (or order) with its interval at the left axis, money so far as a line at the right one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Cost over time", parent)
        self._dots: tuple[CostDot, ...] = ()
        self._per_day = False
        self.money: Any = pg.ViewBox(enableMenu=False, enableMouse=False)
        self.plot.showAxis("right")
        self.plot.scene().addItem(self.money)
        self.plot.getAxis("right").linkToView(self.money)
        self.money.setXLink(self.plot.vb)
        self.plot.vb.sigResized.connect(self._follow)
        theme.changed.connect(self._draw)

    def show_dots(self, dots: tuple[CostDot, ...], *, per_day: bool) -> None:
        """Draw ``dots``, oldest first; a dot is a day or an order."""
        if (dots, per_day) != (self._dots, self._per_day):
            self._dots, self._per_day = dots, per_day
            self._draw()

    def _follow(self) -> None:
        self.money.setGeometry(self.plot.vb.sceneBoundingRect())
        self.money.linkedViewChanged(self.plot.vb, self.money.XAxis)

    def _draw(self) -> None:
        dots = self._dots
        if not dots:
            return
        self.plot.clear()
        self.money.clear()
        self.dress(("left", "bottom", "right"))
        places = list(range(len(dots)))
        lows = [dot.bps if dot.low is None else dot.low for dot in dots]
        highs = [dot.bps if dot.high is None else dot.high for dot in dots]
        low, high = _span([*lows, *highs])
        marks = nice_ticks(low, high, 6)
        self.lines([value for value in marks if value], low, high)
        self.plot.addItem(pg.InfiniteLine(0.0, angle=0, pen=self.pen("line.control")))
        self._whiskers(places, lows, highs)
        self.plot.addItem(
            pg.ScatterPlotItem(
                x=places,
                y=[dot.bps for dot in dots],
                size=self.theme.px(8 if len(dots) <= 120 else 4),
                brush=self.theme.color("text.primary"),
                pen=self.pen("bg.panel"),
            )
        )
        self._money_line(places)
        self.plot.getAxis("left").setTicks([[(value, _signed(value)) for value in marks]])
        self.plot.getAxis("bottom").setTicks([self._time_ticks()])
        self.plot.setXRange(-0.5, max(0.5, len(dots) - 0.5), padding=0.02)
        self.plot.setYRange(low, high, padding=0)
        self._follow()

    def _whiskers(self, places: list[int], lows: list[float], highs: list[float]) -> None:
        across: list[float] = []
        along: list[float] = []
        for place, low, high in zip(places, lows, highs, strict=True):
            if high > low:
                across += [place, place]
                along += [low, high]
        if across:
            item = pg.PlotCurveItem(x=across, y=along, connect="pairs", pen=self.pen("text.tertiary", 1.4))
            self.plot.addItem(item)

    def _money_line(self, places: list[int]) -> None:
        running = [dot.running_cost for dot in self._dots]
        token = "gain" if running[-1] < 0 else "loss"
        low, high = _span(running)
        pen = self.pen(token, 1.6)
        self.money.addItem(pg.PlotCurveItem(x=places, y=running, pen=pen, antialias=True))
        self.money.setYRange(low, high, padding=0)
        axis = self.plot.getAxis("right")
        axis.setTextPen(self.theme.color(token))
        marks = nice_ticks(low, high, 5)
        axis.setTicks([[(value, format_money(value, cents=False).removesuffix(".00")) for value in marks]])

    def _time_ticks(self) -> list[tuple[float, str]]:
        count = len(self._dots)
        step = max(1, math.ceil(count / _DAY_TICKS))
        found: list[tuple[float, str]] = []
        for place in range(0, count, step):
            at = datetime.fromtimestamp(self._dots[place].at, UTC)
            text = format_table_time(at).rsplit(" ", 1)[0] if self._per_day else format_exchange_time(at)[:5]
            found.append((float(place), text))
        return found


def nice_ticks(low: float, high: float, wanted: int, *, whole: bool = False) -> list[float]:
    """About ``wanted`` round values between ``low`` and ``high``, in steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    raw = span / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    if whole:
        step = max(1.0, step)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _span(values: Sequence[float]) -> tuple[float, float]:
    """A range that holds ``values`` and zero with a little room."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = max(0.5, (high - low) * 0.08) if high - low < 1e6 else (high - low) * 0.08
    return low - (room if low < 0 else room / 2), high + room


def _signed(value: float) -> str:
    return f"{MINUS if value < 0 else ''}{abs(value):g}"


def _box_ticks(boxes: CostBoxes) -> list[tuple[float, str]]:
    first, last = boxes.edges[0], boxes.edges[-1]
    width = boxes.edges[1] - first
    step = next(step for step in (1.0, 2.0, 4.0, 5.0, 10.0, 20.0) if (last - first) / step <= 12)
    found = [
        (value, _signed(value))
        for value in (index * step for index in range(math.ceil(first / step), math.floor(last / step) + 1))
        if (value > first + step / 2 or not boxes.collects_low) and (value < last - step / 2 or not boxes.collects_high)
    ]
    if boxes.collects_low:
        found.insert(0, (first + width / 2, f"≤ {_signed(first)}"))
    if boxes.collects_high:
        found.append((last - width / 2, f"≥ {_signed(last)}"))
    return found
