"""Slippage: what the executed shares cost against a benchmark price, positive = cost, fees not included."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import BASIS_POINTS, ZERO


@dataclass(frozen=True, slots=True)
class Slippage:
    """Cost of executed shares: per share in quote currency, in basis points of the benchmark, in money."""

    per_share: Decimal
    bps: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class StopGap:
    """A stop's slippage against the price the person planned with, and the part that is the jump to the trigger mid.

    ``gap_*`` are ``None`` without a quote at the trigger.
    """

    bps: Decimal
    cost: Decimal
    gap_bps: Decimal | None
    gap_cost: Decimal | None


def average_fill(fills: Sequence[Execution]) -> Decimal | None:
    """Quantity-weighted fill price; ``None`` without filled shares."""
    quantity = sum((fill.quantity for fill in fills), ZERO)
    return sum((fill.notional for fill in fills), ZERO) / quantity if quantity > 0 else None


def slippage(side: OrderSide, fills: Sequence[Execution], benchmark: Decimal) -> Slippage | None:
    """Slippage of ``fills`` against ``benchmark`` (above zero): ``sign * (average - benchmark)``.

    The benchmark, not the fill price, is the denominator of the basis points. ``None`` without filled shares.
    """
    quantity = sum((fill.quantity for fill in fills), ZERO)
    if quantity <= 0:
        return None
    # the sum of products is taken against the benchmark first, so that cost and mean share one rounding
    cost = side.sign * (sum((fill.notional for fill in fills), ZERO) - benchmark * quantity)
    return Slippage(cost / quantity, cost / (benchmark * quantity) * BASIS_POINTS, cost)


def stop_gap(
    side: OrderSide, fills: Sequence[Execution], trigger_price: Decimal, trigger_mid: Decimal | None
) -> StopGap | None:
    """Slippage of a stop against its trigger price, split into the gap to the mid at the trigger and the rest."""
    against = slippage(side, fills, trigger_price)
    if against is None:
        return None
    if trigger_mid is None:
        return StopGap(against.bps, against.cost, None, None)
    quantity = sum((fill.quantity for fill in fills), ZERO)
    gap = side.sign * (trigger_mid - trigger_price)
    return StopGap(against.bps, against.cost, gap / trigger_price * BASIS_POINTS, gap * quantity)
