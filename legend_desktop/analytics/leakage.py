"""Where the planned R of a closed trade went: rounding, entry slip, early exit, exit slip and fees, to the last cent.

R is money in multiples of the risk budget of the plan. ``planned - realised`` is exactly the sum of the five parts.
"""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class TradePlanned:
    """What was planned: entry, stop and (where there was one) target per share, and the money put at risk."""

    side: OrderSide
    entry: Decimal
    stop: Decimal
    risk_budget: Decimal
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TradeDone:
    """What came of it: shares, average entry, price at the decision (or trigger) to leave, average exit, fees."""

    quantity: Decimal
    entry: Decimal
    exit_decision: Decimal
    exit: Decimal
    fees: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Leakage:
    """The parts in money; ``in_r`` turns one into R. Positive parts took away from the plan, negative ones added.

    ``planned``, ``rounding`` and ``early_exit`` are ``None`` for a trade without target.
    """

    risk_budget: Decimal
    planned: Decimal | None
    realised: Decimal
    rounding: Decimal | None
    entry_slip: Decimal
    early_exit: Decimal | None
    exit_slip: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal | None:
        """Planned less realised; ``None`` without target."""
        return None if self.planned is None else self.planned - self.realised

    def in_r(self, money: Decimal | None) -> Decimal | None:
        """``money`` in multiples of the risk budget."""
        return None if money is None else money / self.risk_budget


def r_leakage(plan: TradePlanned, done: TradeDone) -> Leakage:
    """The leakage of one closed trade.

    Raises ``ValueError`` where the stop is not on the losing side of the entry, or the budget or the quantity is not
    above zero.
    """
    sign = plan.side.sign
    risk = sign * (plan.entry - plan.stop)
    if risk <= 0:
        raise ValueError("the stop must be on the losing side of the planned entry")
    if plan.risk_budget <= 0 or done.quantity <= 0:
        raise ValueError("risk budget and quantity must be above zero")
    realised = done.quantity * sign * (done.exit - done.entry) - done.fees
    planned = rounding = early = None
    if plan.target is not None:
        reward = sign * (plan.target - plan.entry)
        # budget / risk shares are rarely whole; the money of the plan is taken before that division
        planned = plan.risk_budget * reward / risk
        rounding = planned - done.quantity * reward
        early = done.quantity * sign * (plan.target - done.exit_decision)
    return Leakage(
        risk_budget=plan.risk_budget,
        planned=planned,
        realised=realised,
        rounding=rounding,
        entry_slip=done.quantity * sign * (done.entry - plan.entry),
        early_exit=early,
        exit_slip=done.quantity * sign * (done.exit_decision - done.exit),
        fees=done.fees,
    )
