"""What is usual for this person: the cost of their orders in a symbol, and how long the broker takes to answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.selection import is_usable
from legend_desktop.analytics.statistics import median, quantile
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService

NEWEST = 2_000
"""How many of the newest orders are looked at: enough to be steady, few enough to be counted between two frames."""
FEW_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class UsualCost:
    """Median slippage in basis points, positive = cost, over ``orders`` measured ones; ``None`` without any."""

    median_bps: float | None = None
    orders: int = 0


@dataclass(frozen=True, slots=True)
class UsualAnswer:
    """Milliseconds from send to the broker's answer: the median and the time that 99 of 100 stay under.

    Both are ``None`` while fewer than ``FEW_ANSWERS`` answers are known.
    """

    median_ms: float | None = None
    slow_ms: float | None = None


class OwnCosts:
    """Answers from the records of one account."""

    def __init__(self, analytics: ExecutionAnalyticsService) -> None:
        self._analytics = analytics

    def usual_cost(self, symbol: str, *, without: str) -> UsualCost:
        """The median of the other orders in ``symbol``; ``without`` is the order that it is compared with."""
        chosen = self._analytics.order_metrics(without)
        rows = [
            float(row.slippage_bps)
            for row in self._newest()
            if row.symbol == symbol and row is not chosen and row.slippage_bps is not None and is_usable(row)
        ]
        return UsualCost(median(rows), len(rows))

    def usual_answer(self) -> UsualAnswer:
        """How long this account's broker usually takes."""
        rows = [row.submit_to_ack_ms for row in self._newest() if row.submit_to_ack_ms is not None]
        return UsualAnswer() if len(rows) < FEW_ANSWERS else UsualAnswer(median(rows), quantile(rows, 0.99))

    def _newest(self) -> Iterator[ExecutionMetrics]:
        mode = self._analytics.mode_of_selection()
        return (row for row in islice(reversed(self._analytics.all_metrics()), NEWEST) if row.mode is mode)
