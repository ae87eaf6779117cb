"""What finished daily bars tell of a stock: its daily returns, how much they scatter, how much trades on a day."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, stdev
from typing import Protocol

from legend_desktop.domain.atr import RangeBar

USUAL_DAYS = 20
_FOUR_PLACES = Decimal("0.0001")


class DayBar(RangeBar, Protocol):
    """Anything with a high, a low, a close and a volume (``quotes.Bar`` is one)."""

    @property
    def volume(self) -> Decimal:
        """Shares traded that day."""
        ...


def daily_returns(bars: Sequence[RangeBar]) -> list[float]:
    """The change of each close against the one before as a fraction, oldest first; one fewer than bars."""
    closes = [float(bar.close) for bar in bars]
    return [after / before - 1 for before, after in pairwise(closes) if before > 0]


def daily_volatility(bars: Sequence[RangeBar]) -> Decimal | None:
    """Standard deviation of the last 20 daily returns as a fraction; ``None`` with fewer."""
    returns = daily_returns(bars)[-USUAL_DAYS:]
    return None if len(returns) < USUAL_DAYS else Decimal(str(stdev(returns))).quantize(_FOUR_PLACES)


def average_volume(bars: Sequence[DayBar]) -> Decimal | None:
    """Mean shares a day over the last 20 days; ``None`` with fewer."""
    volumes = [float(bar.volume) for bar in bars[-USUAL_DAYS:]]
    return None if len(volumes) < USUAL_DAYS else Decimal(round(fmean(volumes)))
