"""The simulated trading day in New York time: when it opens and closes, and when day orders end.

With the market always open a trading day is the calendar day of New York; auctions happen at 09:30 and 16:00 on
weekdays in both settings. Holidays are not known.
"""

from datetime import datetime, time, timedelta
from enum import Enum, auto
from typing import NamedTuple

from legend_desktop.brokers.simulator.config import MarketHours
from legend_desktop.brokers.simulator.units import to_micros, to_time
from legend_desktop.domain.session import NEW_YORK, REGULAR_CLOSE, REGULAR_OPEN, MarketSession, session_of


class Bell(Enum):
    """What happens at a boundary of the day."""

    MIDNIGHT = auto()
    PRE_OPEN = auto()
    OPEN = auto()
    CLOSE = auto()
    POST_CLOSE = auto()


_BELLS = (
    (time(0, 0), Bell.MIDNIGHT),
    (time(4, 0), Bell.PRE_OPEN),
    (REGULAR_OPEN, Bell.OPEN),
    (REGULAR_CLOSE, Bell.CLOSE),
    (time(20, 0), Bell.POST_CLOSE),
)


class Day(NamedTuple):
    """How the market stands at one moment; times in microseconds since 1970.

    ``regular`` and ``extended`` say which orders match now. A day order ends at ``day_end``, one for extended hours at
    ``extended_end``. ``next_bell`` comes at ``bell_at``.
    """

    regular: bool
    extended: bool
    day_end: int
    extended_end: int
    bell_at: int
    next_bell: Bell


def day_at(now: int, hours: MarketHours) -> Day:
    """The state of the day at ``now``."""
    at = to_time(now)
    local = at.astimezone(NEW_YORK)
    bell_at, bell = _next_bell(local)
    if hours is MarketHours.ALWAYS_OPEN:
        end = _on(local + timedelta(days=1), time(0, 0))
        return Day(True, True, to_micros(end), to_micros(end), to_micros(bell_at), bell)
    session = session_of(at)
    regular = session is MarketSession.REGULAR
    day_end = _next_weekday(local, REGULAR_CLOSE)
    extended_end = _next_weekday(local, time(20, 0))
    extended = regular or session in {MarketSession.PRE, MarketSession.POST}
    return Day(regular, extended, to_micros(day_end), to_micros(extended_end), to_micros(bell_at), bell)


def next_open_and_close(now: int) -> tuple[datetime, datetime]:
    """The next regular opening and the next regular close after ``now``, whichever session runs."""
    local = to_time(now).astimezone(NEW_YORK)
    return _next_weekday(local, REGULAR_OPEN), _next_weekday(local, REGULAR_CLOSE)


def is_weekday(now: int) -> bool:
    """True from Monday to Friday in New York."""
    return to_time(now).astimezone(NEW_YORK).weekday() < 5


def _on(local: datetime, at: time) -> datetime:
    return datetime.combine(local.date(), at, tzinfo=NEW_YORK)


def _next_bell(local: datetime) -> tuple[datetime, Bell]:
    for days in (0, 1):
        for at, bell in _BELLS:
            moment = _on(local + timedelta(days=days), at)
            if to_micros(moment) > to_micros(local):
                return moment, bell
    raise AssertionError("a day has bells")


def _next_weekday(local: datetime, at: time) -> datetime:
    moment = _on(local, at)
    while to_micros(moment) <= to_micros(local) or moment.weekday() >= 5:
        moment = _on(moment + timedelta(days=1), at)
    return moment
