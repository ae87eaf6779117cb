"""True range and Wilder's average of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from legend_desktop.domain.money import ZERO

DEFAULT_ATR_LENGTH = 14


class RangeBar(Protocol):
    """Anything with a high, a low and a close (``quotes.Bar`` is one)."""

    @property
    def high(self) -> Decimal:
        """Highest price of the interval."""
        ...

    @property
    def low(self) -> Decimal:
        """Lowest price of the interval."""
        ...

    @property
    def close(self) -> Decimal:
        """Last price of the interval."""
        ...


def true_ranges(bars: Sequence[RangeBar]) -> list[Decimal]:
    """The true range of each bar, oldest first: high minus low, widened to the close before where there is one."""
    ranges: list[Decimal] = []
    for index, bar in enumerate(bars):
        high, low = bar.high, bar.low
        if index:
            before = bars[index - 1].close
            high, low = max(high, before), min(low, before)
        ranges.append(high - low)
    return ranges


def wilder_atr_series(bars: Sequence[RangeBar], length: int = DEFAULT_ATR_LENGTH) -> list[Decimal]:
    """Wilder's average true range from the ``length``-th bar on; empty with fewer bars.

    The first value is the mean of the first ``length`` true ranges, each next one ``(before * (length - 1) + range) /
    length``. Raises ``ValueError`` for a length below one.
    """
    if length < 1:
        raise ValueError(f"the length of an average true range must be at least 1, not {length}")
    ranges = true_ranges(bars)
    if len(ranges) < length:
        return []
    averages = [sum(ranges[:length], ZERO) / length]
    for one in ranges[length:]:
        averages.append((averages[-1] * (length - 1) + one) / length)
    return averages


def wilder_atr(bars: Sequence[RangeBar], length: int = DEFAULT_ATR_LENGTH) -> Decimal | None:
    """The latest average true range of ``bars`` (oldest first), ``None`` with fewer than ``length`` of them."""
    series = wilder_atr_series(bars, length)
    return series[-1] if series else None
