"""Prices and money as whole numbers: one unit is a hundredth of a cent, so ticks above and below a dollar are exact.

The market and the matching count in units; Decimals are made at the edge, and prices are made once each.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

UNITS_PER_DOLLAR = 10_000
_CACHE_LIMIT = 200_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_prices: dict[int, Decimal] = {}
_sizes: dict[int, Decimal] = {}


def to_units(value: Decimal) -> int:
    """``value`` dollars in units; raises ``ValueError`` where it is finer than one unit."""
    scaled = value * UNITS_PER_DOLLAR
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} is finer than a hundredth of a cent")
    return whole


def round_to_units(value: Decimal) -> int:
    """``value`` dollars in units, nearest."""
    return round(value * UNITS_PER_DOLLAR)


def price(units: int) -> Decimal:
    """A price in dollars: two decimals where whole cents suffice, else four."""
    known = _prices.get(units)
    if known is None:
        if len(_prices) >= _CACHE_LIMIT:
            _prices.clear()
        known = _prices[units] = money(units)
    return known


def money(units: int) -> Decimal:
    """An amount in dollars, like ``price`` but not remembered."""
    return Decimal(units // 100).scaleb(-2) if units % 100 == 0 else Decimal(units).scaleb(-4)


def size(shares: int) -> Decimal:
    """A number of shares as a Decimal."""
    known = _sizes.get(shares)
    if known is None:
        if len(_sizes) >= _CACHE_LIMIT:
            _sizes.clear()
        known = _sizes[shares] = Decimal(shares)
    return known


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (at - _EPOCH) // _MICROSECOND


def to_time(micros: int) -> datetime:
    """The aware UTC time of ``micros`` since 1970."""
    return _EPOCH + timedelta(microseconds=micros)
