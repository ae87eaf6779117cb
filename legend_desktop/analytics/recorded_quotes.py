"""Recorded quotes of one symbol, read back by time: what stood at an instant, what came in a span."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from legend_desktop.analytics.benchmarks import quote_fault
from legend_desktop.analytics.facts import QuoteAt


class RecordedQuotes:
    """Quotes ordered by the instant they were seen; faulty ones (crossed, one-sided, too wide) are left out."""

    def __init__(self, rows: Iterable[QuoteAt]) -> None:
        self._rows: Sequence[QuoteAt] = sorted(
            (row for row in rows if quote_fault(row.quote, row.at) is None), key=lambda row: row.at
        )
        self._times = [row.at for row in self._rows]

    def at(self, instant: datetime) -> QuoteAt | None:
        """The last quote seen not later than ``instant``, unless it was stale by then; ``None`` without one."""
        place = bisect_right(self._times, instant)
        if place == 0:
            return None
        row = self._rows[place - 1]
        return row if quote_fault(row.quote, instant) is None else None

    def between(self, start: datetime, end: datetime) -> Sequence[QuoteAt]:
        """The quotes seen after ``start``, up to and with ``end``, oldest first."""
        return self._rows[bisect_right(self._times, start) : bisect_right(self._times, end)]
