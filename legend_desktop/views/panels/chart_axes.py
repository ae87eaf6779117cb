"""The right price axis and the time axis in New York time."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyqtgraph as pg

from legend_desktop.domain.formatting import format_number
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.viewmodels.chart_facts import bar_time
from legend_desktop.viewmodels.chart_series import DAY

TimeTick = tuple[int, str]
_MINUTE, _HOUR = 60, 3_600
_STEPS = (5, 10, 15, 30, _MINUTE, 120, 300, 600, 900, 1_800, _HOUR, 7_200, 14_400, DAY)
_DAY_STEPS = (1, 2, 5, 10, 20, 60, 120, 250)


def price_ticks(low: float, high: float, wanted: int) -> list[float]:
    """About ``wanted`` round prices between ``low`` and ``high``."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return []
    raw = span / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.8)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def price_places(ticks: Sequence[float], tick: float) -> int:
    """Decimals that tell the ticks of the axis apart and are not fewer than the instrument's."""
    places = 2 if tick >= 0.01 else 4
    while places < 6 and any(abs(value - round(value, places)) > 1e-9 for value in ticks):
        places += 1
    return places


def time_ticks(start_of: Callable[[int], int], seen: tuple[int, int], seconds: int, wanted: int) -> list[TimeTick]:
    """Bars from the first to the last index ``seen`` that begin a round stretch of time, about ``wanted``.

    ``start_of`` gives when a bar begins, in seconds. The first bar of a day carries its date.
    """
    first, last = seen
    if last <= first:
        return []
    if seconds >= DAY:
        every = max(1, (last - first) // max(1, wanted))
        step = next((step for step in _DAY_STEPS if step >= every), _DAY_STEPS[-1])
        return [(index, bar_time(start_of(index), seconds)) for index in range(first, last + 1) if index % step == 0]
    least = (last - first) * seconds / max(1, wanted)
    stretch = next((step for step in _STEPS if step >= least and step >= seconds), DAY)
    found: list[TimeTick] = []
    before = _stretch(start_of(first - 1), stretch)
    for index in range(first, last + 1):
        start = start_of(index)
        here = _stretch(start, stretch)
        if here != before:
            words = bar_time(start, DAY) if here[0] != before[0] else bar_time(start, min(stretch, _MINUTE), short=True)
            found.append((index, words))
        before = here
    return found


def _stretch(start: int, length: int) -> tuple[int, int]:
    """Day and stretch within the day that an instant falls into, New York time."""
    local = datetime.fromtimestamp(start, UTC).astimezone(NEW_YORK)
    return local.toordinal(), (local.hour * _HOUR + local.minute * _MINUTE + local.second) // length


class FixedAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose ticks are handed in; it paints words only, the grid is the chart's own."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._given: list[tuple[float, str]] = []
        self.setStyle(tickLength=0, autoExpandTextSpace=False, hideOverlappingLabels=False)

    def set_fixed(self, ticks: list[tuple[float, str]]) -> None:
        """Show these (value, words)."""
        if ticks != self._given:
            self._given = ticks
            self.setTicks([ticks])


def dress(axis: Any, theme: Any, *, offset: int) -> None:
    """Give an axis the colours and type of the theme."""
    axis.setPen(theme.pen("line.hair"))
    axis.setTextPen(theme.color("chart.axis"))
    axis.setStyle(tickFont=theme.font("small"), tickTextOffset=theme.px(offset))


def price_words(ticks: Sequence[float], tick: float) -> list[tuple[float, str]]:
    """The ticks of the price axis with their words."""
    places = price_places(ticks, tick)
    return [(value, format_number(value, places)) for value in ticks]
