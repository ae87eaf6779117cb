"""Market session by New York time: pre 04:00-09:30, regular 09:30-16:00, post 16:00-20:00."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
REGULAR_OPEN = time(9, 30)
REGULAR_CLOSE = time(16, 0)
_PRE_OPEN = time(4, 0)
_POST_CLOSE = time(20, 0)


class MarketSession(StrEnum):
    """The part of the trading day an instant falls into."""

    PRE = "pre"
    REGULAR = "regular"
    POST = "post"
    CLOSED = "closed"


def session_of(at: datetime) -> MarketSession:
    """Session by wall clock and weekday alone; holidays are the broker clock's business."""
    local = at.astimezone(NEW_YORK)
    if local.weekday() >= 5:
        return MarketSession.CLOSED
    clock = local.time()
    if REGULAR_OPEN <= clock < REGULAR_CLOSE:
        return MarketSession.REGULAR
    if _PRE_OPEN <= clock < REGULAR_OPEN:
        return MarketSession.PRE
    if REGULAR_CLOSE <= clock < _POST_CLOSE:
        return MarketSession.POST
    return MarketSession.CLOSED


def next_weekday(day: date) -> date:
    """The weekday after ``day``: the next session, but for holidays."""
    following = day + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    return following


def day_start(at: datetime) -> datetime:
    """The midnight in New York with which the day of ``at`` began, in UTC: when a daily bar begins."""
    return datetime.combine(trading_day(at), time(), NEW_YORK).astimezone(UTC)


def trading_day(at: datetime) -> date:
    """The date in New York: the key of day figures."""
    return at.astimezone(NEW_YORK).date()
