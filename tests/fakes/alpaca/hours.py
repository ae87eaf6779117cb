"""Sessions, holidays and the clock of the New York market."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPEN, CLOSE, EARLY = time(9, 30), time(16, 0), time(13, 0)
GTC_END = time(16, 15)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _easter(year: int) -> date:
    """Gregorian Easter by the usual arithmetic (Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def holidays(year: int) -> set[date]:
    """Days on which the exchanges are closed."""
    may = date(year, 5, 31)
    days = {
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        may - timedelta(days=may.weekday()),
        _observed(date(year, 6, 19)),
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    new_year = date(year, 1, 1)
    return days if new_year.weekday() == 5 else days | {_observed(new_year)}


def is_trading_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def close_of(day: date) -> time:
    """16:00, or 13:00 on the days that end early."""
    early = {_nth(day.year, 11, 3, 4) + timedelta(days=1), date(day.year, 12, 24), date(day.year, 7, 3)}
    return EARLY if day in early else CLOSE


def next_trading_day(day: date, *, including: bool = False) -> date:
    at = day if including else day + timedelta(days=1)
    while not is_trading_day(at):
        at += timedelta(days=1)
    return at


def at_time(day: date, when: time) -> datetime:
    return datetime.combine(day, when, NEW_YORK)


def session_of(now: datetime) -> str:
    """``regular``, ``pre``, ``after``, ``overnight`` or ``closed`` at this instant."""
    local = now.astimezone(NEW_YORK)
    day, clock = local.date(), local.time()
    if is_trading_day(day):
        if OPEN <= clock < close_of(day):
            return "regular"
        if time(4) <= clock < OPEN:
            return "pre"
        if close_of(day) <= clock < time(20):
            return "after"
    night = day + timedelta(days=1) if clock >= time(20) else day
    if (clock >= time(20) or clock < time(4)) and is_trading_day(night):
        return "overnight"
    return "closed"


def next_close(now: datetime) -> datetime:
    """The next end of a regular session after ``now``."""
    local = now.astimezone(NEW_YORK)
    day = next_trading_day(local.date(), including=True)
    close = at_time(day, close_of(day))
    if close <= local:
        day = next_trading_day(day)
        close = at_time(day, close_of(day))
    return close


def next_open(now: datetime) -> datetime:
    """The next start of a regular session after ``now``."""
    local = now.astimezone(NEW_YORK)
    day = next_trading_day(local.date(), including=True)
    if at_time(day, OPEN) <= local:
        day = next_trading_day(day)
    return at_time(day, OPEN)


def day_order_ends(now: datetime) -> datetime:
    """When a day order that arrives ``now`` ends: the close of the session that it works in or waits for."""
    return next_close(now)
