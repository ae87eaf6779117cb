"""One budget of requests for each login: a cancel always finds room, whatever charts and polls are asking for.

The bucket holds as many tokens as the broker allows requests a minute, and a token comes back sixty seconds after it
was taken. So no minute, wherever it begins, sees more requests than allowed. The broker's own count wins while it is
fresh.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import IntEnum

from legend_desktop.brokers.errors import RateLimited
from legend_desktop.domain.clock import Clock

MINUTE_NS = 60_000_000_000
ORDER_WAIT_NS = 1_000_000_000
LOOK_AGAIN_NS = 250_000_000
"""The first in line looks again this often: the broker's headers may have brought news."""
LONGEST_PAUSE = 900.0
_MOST = 1_000_000


class Lane(IntEnum):
    """Who goes first: cancels, flattening and reducing; entries and look-ups of unknown orders; reconciling; reads."""

    URGENT = 0
    ORDER = 1
    RECONCILE = 2
    READ = 3


_KEPT_FOR_LANES_ABOVE = {Lane.URGENT: 0.0, Lane.ORDER: 0.0, Lane.RECONCILE: 0.05, Lane.READ: 0.15}
"""Share of the limit that a lane leaves beside the reserve, so that charts do not lock out entries either."""


class RequestBudget:
    """Hands out the right to send one request. One event loop; needs no task of its own."""

    def __init__(self, per_minute: int, clock: Clock, *, reserve: float = 0.2) -> None:
        if per_minute < 1:
            raise ValueError("a budget allows at least one request a minute")
        self.limit = per_minute
        self._clock = clock
        self._reserve = reserve
        self._taken: deque[int] = deque()
        self._queues: dict[Lane, deque[_Ticket]] = {lane: deque() for lane in Lane}
        self._paused_until = 0
        self._told: _Told | None = None

    @property
    def left(self) -> int:
        """Requests that may still leave in this minute, all lanes together."""
        return max(0, self._left(self._clock.monotonic_ns()))

    async def take(self, lane: Lane) -> None:
        """Return when one request of ``lane`` may leave. An order waits one second at most, then ``RateLimited``."""
        if self._first_waiting(lane) is None and self._wait_ns(lane) == 0:
            self._spend()
            return
        ticket = _Ticket(lane, self._clock.monotonic_ns())
        self._queues[lane].append(ticket)
        try:
            await self._stand_in_line(ticket)
            self._spend()
        finally:
            self._queues[lane].remove(ticket)
            first = self._first_waiting(Lane.READ)
            if first is not None:
                first.turn.set()

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer: ``X-RateLimit-Limit``, ``-Remaining``, ``-Reset`` (epoch seconds) and ``Retry-After``.

        Headers that are missing or make no sense change nothing.
        """
        low = {name.lower(): value for name, value in headers.items()}
        limit = _whole(low.get("x-ratelimit-limit"))
        if limit is not None and limit >= 1:
            self.limit = limit
        left = _whole(low.get("x-ratelimit-remaining"))
        if left is not None:
            self._note_left(min(left, self.limit), self._reset_ns(low))
        pause = retry_after(low, self._clock.now())
        if pause is not None:
            self.slow_down(pause)

    def slow_down(self, seconds: float) -> None:
        """The broker wants less: reconciling and reads of everybody pause for ``seconds``; orders and cancels go on."""
        if math.isfinite(seconds) and seconds > 0:
            until = self._clock.monotonic_ns() + int(min(seconds, LONGEST_PAUSE) * 1e9)
            self._paused_until = max(self._paused_until, until)

    async def _stand_in_line(self, ticket: "_Ticket") -> None:
        while True:
            now = self._clock.monotonic_ns()
            first = self._first_waiting(Lane.READ) is ticket
            wait = self._wait_ns(ticket.lane)
            if first and wait == 0:
                return
            if ticket.lane is Lane.ORDER:
                self._refuse_late_order(now + wait - ticket.since, wait)
            if first or ticket.lane is Lane.ORDER:
                await self._clock.sleep(min(max(wait, 1_000_000), LOOK_AGAIN_NS) / 1e9)
            else:
                ticket.turn.clear()
                await ticket.turn.wait()

    def _refuse_late_order(self, waits_ns: int, wait_ns: int) -> None:
        """An order that cannot leave within its second is refused at once: its price would be old."""
        if waits_ns > ORDER_WAIT_NS:
            raise RateLimited(
                f"The broker's limit of {self.limit} requests a minute is used up. Nothing was sent.",
                retry_after=wait_ns / 1e9,
            )

    def _first_waiting(self, lowest: Lane) -> "_Ticket | None":
        """The ticket whose turn is next among the lanes down to ``lowest``."""
        return next((queue[0] for lane, queue in self._queues.items() if lane <= lowest and queue), None)

    def _spend(self) -> None:
        now = self._clock.monotonic_ns()
        self._forget_old(now)
        self._taken.append(now)
        if self._told is not None:
            self._told.left -= 1

    def _forget_old(self, now: int) -> None:
        while self._taken and self._taken[0] <= now - MINUTE_NS:
            self._taken.popleft()
        if self._told is not None and now >= self._told.until:
            self._told = None

    def _left(self, now: int) -> int:
        self._forget_old(now)
        return self._told.left if self._told is not None else self.limit - len(self._taken)

    def _floor(self, lane: Lane) -> int:
        """Tokens that ``lane`` must leave in the bucket."""
        share = 0.0 if lane is Lane.URGENT else self._reserve + _KEPT_FOR_LANES_ABOVE[lane]
        return min(int(self.limit * share), self.limit - 1)

    def _wait_ns(self, lane: Lane) -> int:
        """How long until one token is there for ``lane``, as far as is known now; 0 when it may go."""
        now = self._clock.monotonic_ns()
        missing = self._floor(lane) + 1 - self._left(now)
        if missing > 0 and lane is Lane.URGENT:
            # what the broker says is left may have been used up by another program: a cancel is tried all the same
            missing = len(self._taken) + 1 - self.limit
        elif missing > 0 and self._told is not None:
            return max(self._told.until, self._paused_until if lane >= Lane.RECONCILE else 0) - now
        wait = self._taken[min(missing, len(self._taken)) - 1] + MINUTE_NS - now if missing > 0 else 0
        if lane >= Lane.RECONCILE:
            wait = max(wait, self._paused_until - now)
        return wait

    def _reset_ns(self, headers: Mapping[str, str]) -> int:
        """When the broker's window ends, on our monotonic clock. Its own Date is the reference where it sends one."""
        now = self._clock.monotonic_ns()
        reset = _whole(headers.get("x-ratelimit-reset"), most=1 << 40)
        if reset is None:
            return now + MINUTE_NS
        reference = _http_date(headers.get("date", "")) or self._clock.now()
        seconds = min(max(reset - reference.timestamp(), 0.0), 60.0)
        return now + int(seconds * 1e9)

    def _note_left(self, left: int, until: int) -> None:
        """Take the broker's count. Within one window the lower figure is right, for answers overtake each other."""
        now = self._clock.monotonic_ns()
        self._forget_old(now)
        told = self._told
        if told is not None and abs(until - told.until) < 1_500_000_000:
            told.left = min(told.left, left)
        elif told is None or until > told.until:
            self._told = _Told(left, until)


class _Ticket:
    """A place in the line."""

    __slots__ = ("lane", "since", "turn")

    def __init__(self, lane: Lane, since: int) -> None:
        self.lane = lane
        self.since = since
        self.turn = asyncio.Event()


class _Told:
    """What the broker said is left, and the monotonic instant until which that holds."""

    __slots__ = ("left", "until")

    def __init__(self, left: int, until: int) -> None:
        self.left = left
        self.until = until


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that ``Retry-After`` (lower-case name) asks for, as a number or a date; ``None`` without a usable one."""
    text = headers.get("retry-after", "").strip()
    with suppress(ValueError):
        seconds = float(text)
        return min(seconds, LONGEST_PAUSE) if math.isfinite(seconds) and seconds >= 0 else None
    date = _http_date(text)
    if date is None:
        return None
    return min(max((date - now).total_seconds(), 0.0), LONGEST_PAUSE)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _whole(text: str | None, *, most: int = _MOST) -> int | None:
    """``text`` as a whole number from 0 to ``most``."""
    try:
        value = int(float(text)) if text else -1
    except (ValueError, OverflowError):
        return None
    return value if 0 <= value <= most else None
