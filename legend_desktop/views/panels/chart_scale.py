"""Where a bar and a price stand on the chart: the arithmetic between data and pixels. Pure, no Qt.

Bars are a whole number of pixels apart, so that every candle is drawn with the same sharp edges.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

PITCHES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 28, 36)
USUAL_PITCH = 7
_TOP_ROOM = 0.07
_BOTTOM_ROOM = 0.13
_REACH = 1.6
_LEAST_FILLED = 0.62


@dataclass(frozen=True, slots=True)
class Scale:
    """The plot's place in pixels and what it shows: bar ``left`` at its left edge, prices from ``low`` to ``high``.

    ``pitch`` is the distance of two bars in pixels. ``left`` and indices may be fractions.
    """

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0
    left: float = 0.0
    pitch: float = 10.0
    low: float = 0.0
    high: float = 1.0

    @property
    def right(self) -> float:
        """Index at the right edge."""
        return self.left + self.width / self.pitch

    def x_of(self, index: float) -> float:
        """Pixel of a bar's middle."""
        return self.x + (index - self.left) * self.pitch

    def y_of(self, price: float) -> float:
        """Pixel of a price."""
        return self.y + (self.high - price) / (self.high - self.low) * self.height

    def index_at(self, x: float) -> int:
        """The bar under a pixel."""
        return math.floor(self.left + (x - self.x) / self.pitch + 0.5)

    def price_at(self, y: float) -> float:
        """The price at a pixel."""
        return self.high - (y - self.y) / self.height * (self.high - self.low)

    def holds(self, x: float, y: float) -> bool:
        """True inside the plot, axes left out."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def placed(self, x: float, y: float, width: float, height: float) -> "Scale":
        """The same view in another rectangle."""
        return replace(self, x=x, y=y, width=max(1.0, width), height=max(1.0, height))

    def ending(self, right: float, pitch: float) -> "Scale":
        """Show ``right`` at the right edge, bars ``pitch`` apart; the left edge falls on a whole pixel."""
        left = round((right - self.width / pitch) * pitch) / pitch
        return replace(self, left=left, pitch=pitch)

    def ranged(self, low: float, high: float) -> "Scale":
        """Show other prices."""
        return replace(self, low=low, high=high)


def fitted(bars: tuple[float, float], lines: Iterable[float], least: float) -> tuple[float, float]:
    """The price range for visible ``bars`` (lowest, highest) and the own lines that are not too far from them.

    A line further off than about one and a half times the bars' own range would squash them: it is left outside and
    marked at the edge. ``least`` is the smallest range worth showing (a few ticks).
    """
    low, high = bars
    reach = max(high - low, least) * _REACH
    inside = [price for price in lines if low - reach <= price <= high + reach]
    low, high = min([low, *inside]), max([high, *inside])
    if high - low < least:
        middle = (high + low) / 2
        low, high = middle - least / 2, middle + least / 2
    span = high - low
    return low - span * _BOTTOM_ROOM, high + span * _TOP_ROOM


def steady(now: tuple[float, float], wanted: tuple[float, float]) -> tuple[float, float]:
    """Keep the range ``now`` while what is ``wanted`` fits into it and fills it well: the picture must not twitch."""
    span = now[1] - now[0]
    fits = now[0] <= wanted[0] + span * _BOTTOM_ROOM / 2 and wanted[1] <= now[1] + span * _TOP_ROOM / 2
    return now if fits and wanted[1] - wanted[0] >= span * _LEAST_FILLED else wanted


def spread_apart(wanted: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Tops of boxes of ``height`` as near as possible to ``wanted`` (ascending), none over another, all in the area."""
    tops: list[float] = []
    for top in wanted:
        tops.append(max(top, low, tops[-1] + height if tops else low))
    limit = high - height
    for place in range(len(tops) - 1, -1, -1):
        tops[place] = min(tops[place], limit)
        limit = tops[place] - height
    return tops
