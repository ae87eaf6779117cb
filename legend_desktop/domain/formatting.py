"""How numbers, times and signs are written on screen and in sentences.

Minus is U+2212, a thin no-break space stands before the per cent sign, an em dash stands for what is missing. Every
function takes ``None`` (and NaN) for missing. Rounding is half away from zero and for display only. Zero has no sign.
"""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from legend_desktop.domain.money import ONE, default_tick
from legend_desktop.domain.session import NEW_YORK

MINUS = "−"
THIN_NBSP = "\u202f"
MISSING = "—"

Figure = Decimal | int | float

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_number(value: Figure | None, places: int = 2, *, signed: bool = False) -> str:
    """``value`` with thousands commas and exactly ``places`` decimals; ``signed`` adds a plus above zero."""
    rounded = _rounded(value, places)
    return MISSING if rounded is None else _sign(rounded, signed) + f"{abs(rounded):,f}"


def format_money(
    value: Figure | None, *, signed: bool = False, cents: bool = True, symbol: bool = True, currency: str = "$"
) -> str:
    """Money: ``$104,486.29``, the sign before the currency.

    ``cents=False`` drops the cents from 1,000 on (captions and cards), ``symbol=False`` the currency (table cells).
    """
    exact = _decimal(value)
    if exact is None:
        return MISSING
    places = 0 if not cents and abs(exact) >= 1000 else 2
    rounded = _round(exact, places)
    return f"{_sign(rounded, signed)}{currency if symbol else ''}{abs(rounded):,f}"


def format_price(value: Figure | None, tick: Decimal | None = None, *, places: int | None = None) -> str:
    """A price with the decimals of its ``tick`` (2, or 4 below a dollar, where unknown); ``places`` overrules."""
    exact = _decimal(value)
    if exact is None:
        return MISSING
    if places is None:
        step = default_tick(abs(exact)) if tick is None else tick
        places = max(2, decimals_of(step))
    return format_number(exact, places)


def format_distance(value: Figure | None, tick: Decimal | None = None) -> str:
    """A distance between two prices with the decimals of their ``tick``; where that is unknown two, or four if needed.

    A distance is small beside its prices, so its own size says nothing of the tick: 0.90 between 175.50 and 174.60.
    """
    exact = _decimal(value)
    if exact is not None and tick is None:
        return format_price(exact, places=2 if exact == round(exact, 2) else 4)
    return format_price(exact, tick)


def format_percent(value: Figure | None, places: int = 2, *, signed: bool = False, trim: bool = False) -> str:
    """A percent number (1 is one per cent): ``0.25 %`` with a thin no-break space; ``trim`` drops idle zeros."""
    text = format_number(value, places, signed=signed)
    if text == MISSING:
        return text
    return (_trimmed(text) if trim else text) + f"{THIN_NBSP}%"


def format_bps(value: Figure | None, places: int = 2, *, signed: bool = True, unit: bool = True) -> str:
    """Basis points, ``+0.77 bp``; the caller stands "cost" or "saved" beside it."""
    return _with_unit(format_number(value, places, signed=signed), "bp", unit)


def format_r(value: Figure | None, *, signed: bool = True, unit: bool = False) -> str:
    """A multiple of the initial risk: ``+1.44``, with ``unit`` ``+1.44 R``."""
    return _with_unit(format_number(value, 2, signed=signed), "R", unit)


def format_score(value: Figure | None) -> str:
    """A quality score or ratio with one decimal."""
    return format_number(value, 1)


def format_shares(value: Figure | None) -> str:
    """An unsigned count of shares with thousands commas; decimals only where the count is fractional."""
    exact = _decimal(value)
    return MISSING if exact is None else _trimmed(f"{abs(exact):,f}")


def format_of(part: Figure | None, whole: Figure | None) -> str:
    """``25 of 60``."""
    return f"{format_shares(part)} of {format_shares(whole)}"


def format_count(value: int | None) -> str:
    """A count for captions: ``9,999``, from 10,000 on ``12.4k``. Tables use ``format_shares``."""
    if value is None:
        return MISSING
    return f"{value:,d}" if abs(value) <= 9_999 else f"{format_number(Decimal(value) / 1000, 1)}k"


def format_duration_ms(milliseconds: Figure | None) -> str:
    """A duration: ``3.2 ms``, ``212 ms``, ``2.96 s``, ``4 min 5 s``, ``5 h 47 min``."""
    exact = _decimal(milliseconds)
    if exact is None:
        return MISSING
    sign, exact = (MINUS if exact < 0 else ""), abs(exact)
    if _round(exact, 1) < 10:
        return f"{sign}{_round(exact, 1):f} ms"
    if _round(exact, 0) < 1000:
        return f"{sign}{_round(exact, 0):f} ms"
    seconds = exact / 1000
    if _round(seconds, 2) < 60:
        return f"{sign}{_round(seconds, 2):f} s"
    return sign + _long_duration(int(_round(seconds, 0)))


def format_age(age: timedelta | None) -> str:
    """An age in whole seconds, ``12 s`` and up to ``99 s``, then ``4 min 5 s``, ``5 h 47 min``, ``2 d 3 h``."""
    if age is None:
        return MISSING
    seconds = int(max(age, timedelta(0)).total_seconds())
    return f"{seconds} s" if seconds < 100 else _long_duration(seconds)


def format_exchange_time(at: datetime | None, *, milliseconds: bool = False) -> str:
    """Time of day in New York, ``10:42:17`` or ``10:42:17.301``."""
    if at is None:
        return MISSING
    local = at.astimezone(NEW_YORK)
    text = f"{local:%H:%M:%S}"
    return f"{text}.{local.microsecond // 1000:03d}" if milliseconds else text


def format_date(day: date | None) -> str:
    """``Mon 23 Nov 2026``."""
    return MISSING if day is None else f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_day(day: date) -> str:
    """``Tuesday 24 Nov``, for sentences."""
    return f"{_LONG_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def format_table_time(at: datetime | None) -> str:
    """Date and minute in New York for tables: ``17 Nov 10:11``."""
    if at is None:
        return MISSING
    local = at.astimezone(NEW_YORK)
    return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def decimals_of(step: Decimal) -> int:
    """How many decimals a multiple of ``step`` needs."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """``value`` as text that a field can take back: no commas, no exponent, no idle zeros."""
    return _trimmed(f"{value:f}")


def _decimal(value: Figure | None) -> Decimal | None:
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact if exact.is_finite() else None


def _round(value: Decimal, places: int) -> Decimal:
    # far beyond money the context's 28 digits would not hold the decimals
    if value.adjusted() + places >= 27:
        return value
    return value.quantize(ONE.scaleb(-places), rounding=ROUND_HALF_UP)


def _rounded(value: Figure | None, places: int) -> Decimal | None:
    exact = _decimal(value)
    return None if exact is None else _round(exact, places)


def _sign(value: Decimal, signed: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def _with_unit(text: str, unit: str, wanted: bool) -> str:
    return f"{text} {unit}" if wanted and text != MISSING else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _long_duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    first = next((index for index, (value, _) in enumerate(parts) if value), 3)
    return " ".join(f"{value} {unit}" for value, unit in parts[first : first + 2] if value) or "0 s"
