"""The Journal's pictures: where the planned R went, one trade on its prices, and the equity curve with its drawdown."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.domain.formatting import (
    format_exchange_time,
    format_money,
    format_r,
    format_table_time,
)
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_journal import EquityCurve
from legend_desktop.viewmodels.journal_words import LeakagePart, TradeDrawing
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.inks import result_ink

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROW = 18


class _Picture(QWidget):
    """A painted picture with its sentence for screen readers."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._name = name
        self.setAccessibleName(name)
        theme.changed.connect(self._on_theme)

    def describe(self, sentence: str) -> None:
        """Say the picture in one sentence."""
        self.setAccessibleDescription(sentence)

    def words(self, painter: QPainter, place: QRect, text: str, ink: str, flags: int = _LEFT) -> None:
        """A line of small text."""
        painter.setFont(self.theme.font("small"))
        painter.setPen(self.theme.color(ink))
        painter.drawText(place, flags, self.theme.masked(text))

    @property
    def small(self) -> QFontMetrics:
        """Metrics of the small text."""
        return self.theme.metrics("small")

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class LeakageBars(_Picture):
    """A row for each step: label, bar from where the last one ended, R. Totals stand on zero."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "From planned to realised R", parent)
        self._parts: tuple[LeakagePart, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: tuple[LeakagePart, ...]) -> None:
        """Show these steps; none takes no room."""
        if parts != self._parts:
            self._parts = parts
            self.setToolTip("\n".join(f"{part.label} {part.words}: {part.tip}" for part in parts))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(self.theme.px(200), len(self._parts) * self.theme.px(_ROW))

    def minimumSizeHint(self) -> QSize:
        """It may be narrow."""
        return QSize(self.theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the rows."""
        parts = self._parts
        if not parts:
            return
        painter = QPainter(self)
        row, gap = self.theme.px(_ROW), self.theme.px(8)
        label = max(self.small.horizontalAdvance(part.label) for part in parts) + gap
        value = max(self.small.horizontalAdvance(part.words) for part in parts) + gap
        room = QRectF(label, 0, max(1, self.width() - label - value), row)
        spans = _steps(parts)
        low, high = min(0.0, *(min(span) for span in spans)), max(0.0, *(max(span) for span in spans))
        scale = room.width() / (high - low or 1.0)
        zero = room.x() - low * scale
        for place, (part, (start, end)) in enumerate(zip(parts, spans, strict=True)):
            top = place * row
            self.words(painter, QRect(0, top, int(label), row), part.label, "text.secondary")
            ink = result_ink(Decimal(part.r), stale=False)
            self.words(painter, QRect(0, top, self.width(), row), part.words, ink, _RIGHT)
            left = room.x() + (min(start, end) - low) * scale
            bar = QRectF(left, top + row * 0.28, max(1.0, abs(end - start) * scale), row * 0.44)
            painter.fillRect(bar, self.theme.color("text.tertiary" if part.total else ink))
        painter.fillRect(QRectF(round(zero), 0, 1, row * len(parts)), self.theme.color("line.control"))
        painter.end()


def _steps(parts: Sequence[LeakagePart]) -> list[tuple[float, float]]:
    """From where to where each bar goes: totals from zero, the others from the end of the one before."""
    found: list[tuple[float, float]] = []
    at = 0.0
    for part in parts:
        span = (0.0, part.r) if part.total else (at, at + part.r)
        found.append(span)
        at = span[1]
    return found


_LEVEL_INKS = {"entry": "text.primary", "exit": "text.secondary", "stop": "loss", "target": "gain"}


class TradePicture(_Picture):
    """Prices over the time of the trade: minute bars where they are known, fills as triangles, stop and target."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Entries and exits", parent)
        self._drawing: TradeDrawing | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_trade(self, drawing: TradeDrawing | None) -> None:
        """Draw this trade."""
        if drawing != self._drawing:
            self._drawing = drawing
            self.describe("" if drawing is None else drawing.sentence)
            self.update()

    def sizeHint(self) -> QSize:
        """A low strip."""
        return QSize(self.theme.px(200), self.theme.px(132))

    def minimumSizeHint(self) -> QSize:
        """It may be narrow."""
        return QSize(self.theme.px(120), self.theme.px(132))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint levels, bars and fills."""
        drawing = self._drawing
        if drawing is None or not drawing.fills:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        axis = max(self.small.horizontalAdvance(level.words) for level in drawing.levels) + self.theme.px(8)
        foot = self.theme.line_height("small")
        area = QRectF(0, self.theme.px(6), self.width() - axis, self.height() - foot - self.theme.px(10))
        frame = _Frame(area, drawing)
        self._levels(painter, drawing, frame, axis)
        painter.setPen(self.theme.pen("text.tertiary"))
        for bar in drawing.bars:
            x = frame.x(bar.start)
            painter.drawLine(QPointF(x, frame.y(float(bar.low))), QPointF(x, frame.y(float(bar.high))))
        for fill in drawing.fills:
            self._triangle(painter, frame.x(fill.at), frame.y(fill.price), up=fill.buys)
        place = QRect(0, self.height() - foot, int(area.width()), foot)
        first, last = drawing.fills[0].at, drawing.fills[-1].at
        tell = format_exchange_time if trading_day(first) == trading_day(last) else format_table_time
        self.words(painter, place, tell(first), "chart.axis")
        if last != first:
            self.words(painter, place, tell(last), "chart.axis", _RIGHT)
        painter.end()

    def _levels(self, painter: QPainter, drawing: TradeDrawing, frame: "_Frame", axis: int) -> None:
        line = self.theme.line_height("small")
        taken: list[float] = []
        for level in drawing.levels:
            if not frame.holds(level.price):
                continue
            y, ink = round(frame.y(level.price)), _LEVEL_INKS[level.name]
            own = level.name in {"entry", "exit"}
            painter.setPen(QPen(self.theme.color(ink), 1, Qt.PenStyle.DotLine if own else Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(0, y + 0.5), QPointF(frame.area.width(), y + 0.5))
            if all(abs(y - other) >= line * 0.9 for other in taken):
                taken.append(y)
                place = QRect(self.width() - axis, y - line // 2, axis, line)
                self.words(painter, place, level.words, ink, _RIGHT)

    def _triangle(self, painter: QPainter, x: float, y: float, *, up: bool) -> None:
        size = self.theme.px(5)
        way = 1 if up else -1
        corners = [QPointF(x, y), QPointF(x - size, y + way * 1.6 * size), QPointF(x + size, y + way * 1.6 * size)]
        painter.setPen(self.theme.pen("bg.panel"))
        painter.setBrush(self.theme.color("gain" if up else "loss"))
        painter.drawPolygon(QPolygonF(corners))


class _Frame:
    """From time and price to pixels; a level far off the trade's own prices is left out rather than squash them."""

    def __init__(self, area: QRectF, drawing: TradeDrawing) -> None:
        self.area = area
        times = [fill.at.timestamp() for fill in drawing.fills] + [bar.start.timestamp() for bar in drawing.bars]
        prices = [fill.price for fill in drawing.fills]
        prices += [float(price) for bar in drawing.bars for price in (bar.low, bar.high)]
        low, high = min(prices), max(prices)
        reach = 2.5 * max(high - low, high * 0.001)
        prices += [level.price for level in drawing.levels if low - reach <= level.price <= high + reach]
        self._first, self._span = min(times), max(1.0, max(times) - min(times))
        self._low, self._high = min(prices), max(prices)
        room = max((self._high - self._low) * 0.12, self._high * 0.0002)
        self._low, self._high = self._low - room, self._high + room

    def holds(self, price: float) -> bool:
        """True where a price lies in the picture."""
        return self._low <= price <= self._high

    def x(self, at: datetime) -> float:
        """Pixel of a moment."""
        share = (at.timestamp() - self._first) / self._span
        return self.area.x() + self.area.width() * (0.03 + 0.94 * share)

    def y(self, price: float) -> float:
        """Pixel of a price."""
        return self.area.y() + self.area.height() * (self._high - price) / (self._high - self._low)


class EquityPicture(_Picture):
    """The running sum of trades as a line, and under it how far it stood below its best."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Equity curve with drawdown", parent)
        self._curve: EquityCurve | None = None
        self._in_r = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_curve(self, curve: EquityCurve | None, sentence: str, *, in_r: bool) -> None:
        """Draw ``curve`` in R or in money."""
        self.describe(sentence)
        if (curve, in_r) != (self._curve, self._in_r):
            self._curve, self._in_r = curve, in_r
            self.update()

    def sizeHint(self) -> QSize:
        """It takes what there is."""
        return QSize(self.theme.px(300), self.theme.px(220))

    def minimumSizeHint(self) -> QSize:
        """Low is possible."""
        return QSize(self.theme.px(160), self.theme.px(90))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the curve above, the drawdown below."""
        curve = self._curve
        if curve is None or not curve.points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        totals = [0.0, *(float(point.total) for point in curve.points)]
        falls = [0.0, *(float(point.drawdown) for point in curve.points)]
        axis = max(self.small.horizontalAdvance(self._figure(value)) for value in (*totals, min(falls)))
        axis += self.theme.px(10)
        foot, head = self.theme.line_height("small"), self.theme.px(8)
        tall = self.height() - foot - head
        upper = QRectF(0, head, self.width() - axis, tall * 0.68)
        lower = QRectF(0, upper.bottom() + self.theme.px(10), upper.width(), tall * 0.32 - self.theme.px(10))
        self._line(painter, upper, totals, filled=False)
        self._line(painter, lower, falls, filled=True)
        self._times(painter, curve, upper, foot)
        painter.end()

    def _figure(self, value: float) -> str:
        return format_r(value) if self._in_r else format_money(value, cents=False)

    def _line(self, painter: QPainter, area: QRectF, values: list[float], *, filled: bool) -> None:
        low, high = min(0.0, *values), max(0.0, *values)
        if high == low:
            high = low + 1.0
        step = area.width() / max(1, len(values) - 1)
        points = [
            QPointF(area.x() + place * step, area.y() + (high - value) / (high - low) * area.height())
            for place, value in enumerate(values)
        ]
        zero = area.y() + high / (high - low) * area.height()
        painter.fillRect(QRectF(area.x(), round(zero), area.width(), 1), self.theme.color("line.control"))
        ink = "loss" if filled else "text.primary"
        if filled:
            ground = QColor(self.theme.color(ink))
            ground.setAlpha(70)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            ends = [QPointF(area.x(), zero), *points, QPointF(points[-1].x(), zero)]
            painter.drawPolygon(QPolygonF(ends))
        painter.setPen(QPen(self.theme.color(ink), 1.6 if not filled else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if not filled:
            size = self.theme.px(3)
            painter.setBrush(self.theme.color(ink))
            painter.drawEllipse(points[-1], size, size)
        self._labels(painter, area, (low, high), values[-1], filled=filled)

    def _labels(self, painter: QPainter, area: QRectF, ends: tuple[float, float], last: float, *, filled: bool) -> None:
        """The last value, the ends and zero at the right; what would stand over another is left out."""
        low, high = ends
        line = self.theme.line_height("small")
        marks = [(last, ""), (high, "chart.axis"), (low, "chart.axis"), (0.0, "chart.axis")]
        if filled:  # its zero line stands right under that of the curve
            marks = [(low, "loss")] if low else []
        taken: list[float] = []
        for value, ink in marks:
            y = area.y() + (high - value) / (high - low) * area.height()
            if any(abs(y - other) < line for other in taken):
                continue
            taken.append(y)
            place = QRect(int(area.right()), round(y) - line // 2, self.width() - int(area.right()), line)
            text = ("0" if self._in_r else "$0") if not value else self._figure(value)
            self.words(painter, place, text, ink or result_ink(Decimal(value), stale=False), _RIGHT)

    def _times(self, painter: QPainter, curve: EquityCurve, area: QRectF, foot: int) -> None:
        place = QRect(0, self.height() - foot, int(area.width()), foot)
        self.words(painter, place, format_table_time(curve.points[0].at), "chart.axis")
        if len(curve.points) > 1:
            self.words(painter, place, format_table_time(curve.points[-1].at), "chart.axis", _RIGHT)
