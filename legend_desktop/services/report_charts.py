"""The charts of the report as SVG: plain shapes and text, so that a browser and Qt draw the same picture."""

import math
from collections.abc import Callable, Sequence
from html import escape

from legend_desktop.analytics.histogram import Histogram
from legend_desktop.analytics.series import CostSeries
from legend_desktop.domain.formatting import format_date, format_exchange_time, format_money, format_number
from legend_desktop.domain.session import trading_day

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 10, 40
CHART_FONTS = "system-ui, sans-serif"
_FONT = f'font-size="11" font-family="{CHART_FONTS}"'
_STEPS = (1, 2, 5)


def cost_histogram(boxes: Histogram) -> str:
    """Orders by their cost in basis points; saved on the left of zero, cost on the right."""
    height = 200
    frame = _Frame(height, (boxes.edges[0], boxes.edges[-1]), (0.0, float(max(boxes.counts))))
    parts = [frame.grid(lambda value: format_number(value, 0)), frame.words("orders", "cost, basis points")]
    for index, count in enumerate(boxes.counts):
        if count:
            low, high = boxes.edges[index], boxes.edges[index + 1]
            kind = "saved" if high <= 0 else "cost"
            parts.append(frame.bar(kind, low, high, float(count), f"{low:g} to {high:g} bp: {count}"))
    for value in frame.x_steps():
        parts.append(frame.x_label(value, format_number(value, 0)))
    return frame.whole("Histogram of cost per order in basis points", parts)


def cost_per_day(series: CostSeries) -> str:
    """Mean cost of each trading day (or order, within one day) with its 95 % interval where there is one."""
    ends = [value for point in series.points for value in (point.bps, point.low, point.high) if value is not None]
    frame = _Frame(180, (-0.5, len(series.points) - 0.5), (min(0.0, *ends), max(0.0, *ends)))
    parts = [frame.grid(lambda value: format_number(value, _places(frame.y_step))), frame.words("bp", "")]
    for index, point in enumerate(series.points):
        kind = "saved" if point.bps < 0 else "cost"
        if point.low is not None and point.high is not None:
            parts.append(frame.line(kind, [(index, point.low), (index, point.high)], 1.5))
        parts.append(frame.dot(kind, index, point.bps, f"{_when(series, index)}: {point.bps:.2f} bp, n {point.n}"))
    parts += _time_labels(frame, series)
    return frame.whole("Cost over time in basis points", parts)


def running_cost(series: CostSeries) -> str:
    """Money lost so far, fees excluded."""
    sums = [0.0, *(float(point.running_cost) for point in series.points)]
    frame = _Frame(180, (-0.5, len(series.points) - 0.5), (min(sums), max(sums)))
    parts = [frame.grid(lambda value: _money(value, frame.y_step))]
    parts.append(frame.line("ink", [(index - 0.5, value) for index, value in enumerate(sums)], 1.5))
    parts += _time_labels(frame, series)
    return frame.whole("Cost so far in money", parts)


class _Frame:
    """Axes: turns values into places and draws in them."""

    def __init__(self, height: int, across: tuple[float, float], up: tuple[float, float]) -> None:
        self._height = height
        self._low_x, self._high_x = across
        low, high = up
        self.y_step = _nice_step(max(high - low, 1e-9), 4)
        self._low_y = self.y_step * math.floor(low / self.y_step)
        self._high_y = max(self.y_step * -math.floor(-high / self.y_step), self._low_y + self.y_step)

    def x(self, value: float) -> float:
        inside = WIDTH - _LEFT - _RIGHT
        return _LEFT + inside * (value - self._low_x) / (self._high_x - self._low_x)

    def y(self, value: float) -> float:
        inside = self._height - _TOP - _BOTTOM
        return _TOP + inside * (self._high_y - value) / (self._high_y - self._low_y)

    def grid(self, words: Callable[[float], str]) -> str:
        parts = []
        for index in range(round((self._high_y - self._low_y) / self.y_step) + 1):
            value = self._low_y + index * self.y_step
            place = self.y(value)
            strong = "0.6" if abs(value) < self.y_step / 1000 else "0.15"
            parts.append(
                f'<line class="ink" stroke="currentColor" stroke-opacity="{strong}" x1="{_LEFT}" y1="{place:.1f}" '
                f'x2="{WIDTH - _RIGHT}" y2="{place:.1f}"/>{_text(_LEFT - 6, place + 4, words(value), "end")}'
            )
        return "".join(parts)

    def x_steps(self) -> list[float]:
        step = _nice_step(self._high_x - self._low_x, 8)
        first = -math.floor(-self._low_x / step)
        return [step * index for index in range(first, math.floor(self._high_x / step) + 1)]

    def x_label(self, value: float, words: str, anchor: str = "middle") -> str:
        return _text(self.x(value), self._height - _BOTTOM + 16, words, anchor)

    def words(self, up: str, across: str) -> str:
        turned = (
            f'<text class="ink" fill="currentColor" {_FONT} text-anchor="middle" '
            f'transform="translate(12 {(self._height - _BOTTOM) / 2:.0f}) rotate(-90)">{escape(up)}</text>'
        )
        return turned + (_text(WIDTH / 2, self._height - 6, across, "middle") if across else "")

    def bar(self, kind: str, low: float, high: float, value: float, title: str) -> str:
        left, top = self.x(low), self.y(value)
        return (
            f'<rect class="{kind}" fill="currentColor" x="{left:.1f}" y="{top:.1f}" '
            f'width="{max(1.0, self.x(high) - left - 1):.1f}" height="{self.y(0) - top:.1f}">'
            f"<title>{escape(title)}</title></rect>"
        )

    def dot(self, kind: str, x: float, y: float, title: str) -> str:
        return (
            f'<circle class="{kind}" fill="currentColor" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3">'
            f"<title>{escape(title)}</title></circle>"
        )

    def line(self, kind: str, points: Sequence[tuple[float, float]], width: float) -> str:
        places = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        return f'<polyline class="{kind}" fill="none" stroke="currentColor" stroke-width="{width}" points="{places}"/>'

    def whole(self, label: str, parts: Sequence[str]) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height}" width="100%" role="img" '
            f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
        )


def _time_labels(frame: _Frame, series: CostSeries) -> list[str]:
    last = len(series.points) - 1
    if last < 0:
        return []
    if last == 0:
        return [frame.x_label(0, _when(series, 0))]
    middle = [frame.x_label(last // 2, _when(series, last // 2))] if last > 3 else []
    return [
        frame.x_label(-0.5, _when(series, 0), "start"),
        *middle,
        frame.x_label(last + 0.5, _when(series, last), "end"),
    ]


def _when(series: CostSeries, index: int) -> str:
    at = series.points[index].at
    return format_date(trading_day(at)) if series.per_day else format_exchange_time(at)


def _money(value: float, step: float) -> str:
    text = format_money(value)
    return text.removesuffix(".00") if step >= 1 else text


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text class="ink" fill="currentColor" x="{x:.1f}" y="{y:.1f}" {_FONT} text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _nice_step(span: float, wanted: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives about ``wanted`` lines."""
    size = 10.0 ** math.floor(math.log10(span / wanted))
    return next((size * each for each in _STEPS if span / (size * each) <= wanted), size * 10)


def _places(step: float) -> int:
    return 0 if step >= 1 else 1 if step >= 0.1 else 2
