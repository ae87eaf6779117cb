"""Implementation shortfall (Perold 1988) with delay, trading, opportunity and fees (after Wagner and Kissell).

The difference between a paper trade of the whole order at the decision price and what really happened. Delay is taken
on the whole order ("order basis"); ``executed_basis`` moves money between delay and opportunity, never the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import BASIS_POINTS, ZERO


@dataclass(frozen=True, slots=True)
class ExecutedBasis:
    """Delay on filled shares only, and opportunity measured from the decision price."""

    delay: Decimal
    opportunity: Decimal


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Cost of an order in money, cost-positive. ``base`` is ordered shares at the decision price.

    ``delay`` is ``None`` without a decision price: then the total starts at arrival ("market-activity shortfall").
    ``fees`` is ``None`` while the broker has not said them: then the total is without fees. ``opportunity`` and the
    totals are ``None`` when shares were left over and no price is known for the moment they died. ``half_spread`` and
    ``impact_and_timing`` split ``trading`` where the arrival spread is known.
    """

    delay: Decimal | None
    trading: Decimal
    opportunity: Decimal | None
    fees: Decimal | None
    total: Decimal | None
    total_bps: Decimal | None
    base: Decimal
    half_spread: Decimal | None = None
    impact_and_timing: Decimal | None = None
    executed_basis: ExecutedBasis | None = None

    def in_bps(self, part: Decimal | None) -> Decimal | None:
        """A money part as basis points of ``base``."""
        return None if part is None else part / self.base * BASIS_POINTS


def implementation_shortfall(
    side: OrderSide,
    ordered: Decimal,
    fills: Sequence[Execution],
    *,
    decision: Decimal | None,
    arrival: Decimal,
    final: Decimal | None,
    fees: Decimal | None,
    spread: Decimal | None = None,
) -> Shortfall:
    """Shortfall of an order of ``ordered`` shares.

    ``decision`` and ``arrival`` are mids; ``final`` is the mid when the remainder died, needed only for an order that
    was not filled; ``fees`` all explicit costs; ``spread`` the quoted spread at arrival.
    """
    sign = side.sign
    filled = sum((fill.quantity for fill in fills), ZERO)
    paid = sum((fill.notional for fill in fills), ZERO)
    left = max(ZERO, ordered - filled)
    start = arrival if decision is None else decision
    delay = None if decision is None else sign * ordered * (arrival - decision)
    trading = sign * (paid - filled * arrival)
    opportunity: Decimal | None = ZERO
    if left > 0:
        opportunity = None if final is None else sign * left * (final - arrival)
    total = None if opportunity is None else (delay or ZERO) + trading + opportunity + (fees or ZERO)
    base = ordered * start
    half = None if spread is None else filled * spread / 2
    return Shortfall(
        delay=delay,
        trading=trading,
        opportunity=opportunity,
        fees=fees,
        total=total,
        total_bps=None if total is None else total / base * BASIS_POINTS,
        base=base,
        half_spread=half,
        impact_and_timing=None if half is None else trading - half,
        executed_basis=_executed_basis(sign, filled, left, decision=decision, arrival=arrival, final=final),
    )


def _executed_basis(
    sign: int, filled: Decimal, left: Decimal, *, decision: Decimal | None, arrival: Decimal, final: Decimal | None
) -> ExecutedBasis | None:
    if decision is None or (left > 0 and final is None):
        return None
    opportunity = ZERO if final is None else sign * left * (final - decision)
    return ExecutedBasis(sign * filled * (arrival - decision), opportunity)
