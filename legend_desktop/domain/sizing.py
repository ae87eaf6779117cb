"""Position sizing: how many shares a risk, a stop and the limits allow."""

from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.sizing_models import (
    KellyInputs,
    PositionSizing,
    SizeLimit,
    SizingCaps,
    SizingCode,
    SizingModel,
    SizingRequest,
)

__all__ = [
    "KellyInputs",
    "PositionSizing",
    "SizeLimit",
    "SizingCaps",
    "SizingCode",
    "SizingModel",
    "SizingRequest",
    "describe_quantity",
    "entry_price_for",
    "size_position",
]


def entry_price_for(
    side: OrderSide,
    order_type: OrderType,
    quote: Quote | None,
    now: datetime,
    *,
    limit_price: Decimal | None = None,
    stop_price: Decimal | None = None,
    slippage_allowance: Decimal = Decimal(0),
    max_quote_age: timedelta = timedelta(seconds=3),
) -> Decimal:
    """The price a size is worked out with: the far side for a market order, the limit, or trigger plus slippage.

    Raises ``SizingError`` with ``NO_PRICE`` or ``STALE_QUOTE`` where there is none.
    """
    raise NotImplementedError(side, order_type, quote, now, limit_price, stop_price, slippage_allowance, max_quote_age)


def size_position(request: SizingRequest) -> PositionSizing:
    """The largest size that every limit allows, rounded down to the step.

    Raises ``SizingError`` whose ``code`` is a ``SizingCode``, with ``fixes`` where something typed would make it work.
    """
    raise NotImplementedError(request)


def describe_quantity(request: SizingRequest, quantity: Decimal) -> PositionSizing:
    """What ``quantity`` shares would mean: the same figures for a size that a person typed; the stop may be missing."""
    raise NotImplementedError(request, quantity)
