"""Price improvement: money saved against the far side of the quote at arrival, positive = saved.

Only orders that take the quote are eligible (market, marketable limit, stop at its trigger). A resting limit filled at
its own price would always look improved; for it ``limit_improvement`` is reported apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO

TOLERANCE_PER_SHARE = Decimal("0.00005")
"""Half of a hundredth of a cent: below it an order is not counted as improved."""


class ImprovementBasis(StrEnum):
    """What the improvement was measured against: the quoted far side, or a bare reference price."""

    QUOTE = "quote"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Improvement:
    """Improvement of one order: net money, per share, and shares by the sign of their fill.

    ``size_improved_shares`` are the shares filled at the touch or better beyond the displayed size, ``None`` where the
    size is not known.
    """

    amount: Decimal
    per_share: Decimal
    improved: bool
    basis: ImprovementBasis
    shares_improved: Decimal
    shares_at_quote: Decimal
    shares_outside_quote: Decimal
    size_improved_shares: Decimal | None


def price_improvement(
    side: OrderSide,
    fills: Sequence[Execution],
    touch: Decimal,
    *,
    displayed_size: Decimal | None = None,
    basis: ImprovementBasis = ImprovementBasis.QUOTE,
) -> Improvement | None:
    """Net improvement of ``fills`` against ``touch`` (ask for a buy, bid for a sell); ``None`` without shares."""
    quantity = sum((fill.quantity for fill in fills), ZERO)
    if quantity <= 0:
        return None
    better, at_quote, worse, amount = ZERO, ZERO, ZERO, ZERO
    for fill in fills:
        saved = side.sign * (touch - fill.price)
        amount += fill.quantity * saved
        if saved > 0:
            better += fill.quantity
        elif saved == 0:
            at_quote += fill.quantity
        else:
            worse += fill.quantity
    extra = None if displayed_size is None else max(ZERO, better + at_quote - displayed_size)
    improved = amount > TOLERANCE_PER_SHARE * quantity
    return Improvement(amount, amount / quantity, improved, basis, better, at_quote, worse, extra)


def limit_improvement(side: OrderSide, fills: Sequence[Execution], limit: Decimal) -> Decimal:
    """Money by which the fills were better than the order's own limit."""
    return sum((fill.quantity * side.sign * (limit - fill.price) for fill in fills), ZERO)
