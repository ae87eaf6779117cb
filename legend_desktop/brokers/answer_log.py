"""How fast a broker answers, and how far its clock is from ours."""

import math
import statistics
from collections import deque
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from legend_desktop.domain.clock import Clock

ANSWERS_KEPT = 256
OFFSETS_KEPT = 15


class AnswerTimes(NamedTuple):
    """Milliseconds from handing a request over to its whole answer; ``None`` before the first one."""

    p50_ms: float | None
    p99_ms: float | None


class AnswerLog:
    """The last answers of one session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._elapsed: deque[float] = deque(maxlen=ANSWERS_KEPT)
        self._offsets: deque[float] = deque(maxlen=OFFSETS_KEPT)

    def note(self, elapsed_ms: float, date: str, sent_ns: int | None, answered_ns: int | None) -> None:
        """Count one whole answer. ``date`` is its Date header; the stamps are monotonic, ``None`` where unknown."""
        self._elapsed.append(elapsed_ms)
        try:
            told = parsedate_to_datetime(date)
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        if sent_ns is None or answered_ns is None or told.tzinfo is None:
            return
        since = timedelta(microseconds=(self._clock.monotonic_ns() - (sent_ns + answered_ns) // 2) / 1000)
        # the header drops the fraction of its second: on average half a second was cut off
        offset = told + timedelta(seconds=0.5) - (self._clock.now() - since)
        self._offsets.append(offset.total_seconds() * 1000)

    @property
    def times(self) -> AnswerTimes:
        """p50 and p99 by nearest rank."""
        if not self._elapsed:
            return AnswerTimes(None, None)
        ordered = sorted(self._elapsed)
        rank = [ordered[max(math.ceil(share * len(ordered)) - 1, 0)] for share in (0.50, 0.99)]
        return AnswerTimes(rank[0], rank[1])

    @property
    def clock_offset_ms(self) -> float | None:
        """Median of the broker's clock minus ours over the last answers, within half a second at best."""
        return statistics.median(self._offsets) if self._offsets else None
