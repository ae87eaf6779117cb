"""The groups an order belongs to: marketability, size, lot, session and half-hour. Fixed at arrival, never changed."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.session import NEW_YORK, session_of

UNKNOWN = "unknown"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class OrderClass(StrEnum):
    """How an order met the quote when it arrived."""

    MARKET = "market"
    MARKETABLE_LIMIT = "marketable_limit"
    MIDPOINT_LIMIT = "midpoint_limit"
    RESTING_LIMIT = "resting_limit"
    UNKNOWN_LIMIT = "unknown_limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


PATIENT = frozenset({OrderClass.MIDPOINT_LIMIT, OrderClass.RESTING_LIMIT})
"""Orders whose time in the book is the person's own choice: left out of speed and duration."""

MARKETABLE = frozenset({OrderClass.MARKET, OrderClass.MARKETABLE_LIMIT, OrderClass.STOP, OrderClass.TRAILING_STOP})
"""Orders that take what is quoted when they go (a stop goes at its trigger)."""

_BY_TYPE = {
    OrderType.MARKET: OrderClass.MARKET,
    OrderType.STOP: OrderClass.STOP,
    OrderType.STOP_LIMIT: OrderClass.STOP_LIMIT,
    OrderType.TRAILING_STOP: OrderClass.TRAILING_STOP,
    OrderType.BRACKET: OrderClass.MARKET,
}

_SIZE_EDGES: tuple[tuple[Decimal, str], ...] = (
    (Decimal(250), "under 250"),
    (Decimal(1_000), "250 to 1,000"),
    (Decimal(5_000), "1,000 to 5,000"),
    (Decimal(10_000), "5,000 to 10,000"),
    (Decimal(20_000), "10,000 to 20,000"),
    (Decimal(50_000), "20,000 to 50,000"),
    (Decimal(200_000), "50,000 to 200,000"),
)
LARGEST_BUCKET = "200,000 and more"
SIZE_BUCKETS = (*(name for _, name in _SIZE_EDGES), LARGEST_BUCKET)
"""Order value in dollars, in the classes of the amended US rule on execution statistics; lower edges belong inside."""


def order_class(
    order_type: OrderType,
    side: OrderSide,
    limit: Decimal | None,
    quote: Quote | None,
    reference: Decimal | None = None,
) -> OrderClass:
    """Class of an order that meets ``quote`` (a valid one, or ``None``).

    Without a quote a limit at or beyond ``reference`` counts as marketable; any other limit is of unknown class.
    """
    if order_type is not OrderType.LIMIT:
        return _BY_TYPE[order_type]
    if limit is None:
        return OrderClass.UNKNOWN_LIMIT
    if quote is None or quote.bid is None or quote.ask is None:
        crosses = reference is not None and side.sign * (limit - reference) >= 0
        return OrderClass.MARKETABLE_LIMIT if crosses else OrderClass.UNKNOWN_LIMIT
    touch = quote.ask if side is OrderSide.BUY else quote.bid
    if side.sign * (limit - touch) >= 0:
        return OrderClass.MARKETABLE_LIMIT
    mid = (quote.bid + quote.ask) / 2
    return OrderClass.MIDPOINT_LIMIT if side.sign * (limit - mid) >= 0 else OrderClass.RESTING_LIMIT


def size_bucket(notional: Decimal | None) -> str:
    """Size class of an order value in dollars."""
    if notional is None:
        return UNKNOWN
    return next((name for edge, name in _SIZE_EDGES if notional < edge), LARGEST_BUCKET)


def lot_class(quantity: Decimal, round_lot: int = 100) -> str:
    """``fractional`` (any part of a share), ``odd`` (below the symbol's round lot) or ``round``."""
    if quantity != quantity.to_integral_value():
        return "fractional"
    return "odd" if quantity < round_lot else "round"


def session_name(at: datetime | None) -> str:
    """``pre``, ``regular``, ``post`` or ``closed`` by New York time."""
    return UNKNOWN if at is None else session_of(at).value


def half_hour(at: datetime | None) -> str:
    """The New York half-hour an instant lies in, by its start (``09:30``)."""
    if at is None:
        return UNKNOWN
    local = at.astimezone(NEW_YORK)
    return f"{local.hour:02d}:{'30' if local.minute >= 30 else '00'}"


def weekday(at: datetime | None) -> str:
    """The day of the week in New York (``Monday``)."""
    return UNKNOWN if at is None else WEEKDAYS[at.astimezone(NEW_YORK).weekday()]
