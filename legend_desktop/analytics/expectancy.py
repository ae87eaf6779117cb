"""What trades with a tag brought on average, with how sure that is.

Expectancy is the mean R of closed trades (Van Tharp); its interval is the percentile bootstrap of the mean with a fixed
seed, given from five trades on. A trade with several tags counts under each, so rows do not add up to the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.analytics.statistics import MIN_LISTED, MIN_RANKED, mean, ratio_interval
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.trade_journal import JournalTrade

RESAMPLES = 4_000


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Closed trades under one tag (empty: those without any).

    ``n`` of the ``trades`` have an R, and ``expectancy`` is their mean, ``None`` without any. ``low`` to ``high`` is
    its 95 % interval, ``None`` below five. ``won`` counts those that earned after fees, ``money`` sums what all did.
    """

    tag: str
    trades: int
    n: int
    won: int
    expectancy: float | None
    low: float | None
    high: float | None
    money: Decimal

    @property
    def firm(self) -> bool:
        """True where there are enough trades to compare one tag with another."""
        return self.n >= MIN_RANKED


def by_tag(trades: Sequence[JournalTrade]) -> tuple[list[TagFigures], TagFigures]:
    """A row for each tag, the most traded first and trades without a tag last; and all trades together."""
    closed = [trade for trade in trades if trade.trip.closed_at is not None]
    groups: dict[str, list[JournalTrade]] = {}
    for trade in closed:
        for tag in trade.tags or ("",):
            groups.setdefault(tag, []).append(trade)
    rows = [_figures(tag, group) for tag, group in groups.items()]
    return sorted(rows, key=lambda row: (not row.tag, -row.trades, row.tag)), _figures("", closed)


def _figures(tag: str, trades: Sequence[JournalTrade]) -> TagFigures:
    multiples = [float(trade.r) for trade in trades if trade.r is not None]
    interval = None
    if len(multiples) >= MIN_LISTED:
        interval = ratio_interval(multiples, [1.0] * len(multiples), resamples=RESAMPLES)
    return TagFigures(
        tag,
        trades=len(trades),
        n=len(multiples),
        won=sum(1 for trade in trades if (trade.money or ZERO) > 0),
        expectancy=mean(multiples),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        money=sum((trade.money or ZERO for trade in trades), ZERO),
    )
