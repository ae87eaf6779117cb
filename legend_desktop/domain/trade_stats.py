"""Statistics of closed trades in multiples of initial risk, and where the planned result went.

R, expectancy and the system quality number are Van Tharp's, the adverse and favourable excursions Sweeney's.
Everything is counted trade by trade. Statistics are floats; money that must add up stays ``Decimal``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, stdev

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import HUNDRED, ZERO

FEWEST_FOR_SQN = 30
_SQN_CAP = 100


@dataclass(frozen=True, slots=True)
class TradeStats:
    """Figures of ``n`` closed trades, in R unless said otherwise; rates in per cent.

    A trade that breaks even counts in ``n`` but neither as a win nor as a loss. ``payoff`` and ``profit_factor`` are
    ``None`` without losses (or wins), ``sqn`` with fewer than two trades or no spread; ``sqn_is_firm`` says that
    there are enough trades.
    """

    n: int
    wins: int
    losses: int
    win_rate: float
    mean_win: float | None
    mean_loss: float | None
    payoff: float | None
    profit_factor: float | None
    expectancy_r: float
    sd_r: float | None
    sqn: float | None
    sqn_is_firm: bool


def trade_stats(multiples: Sequence[float]) -> TradeStats | None:
    """The statistics of the R multiples of closed trades; ``None`` without any."""
    if not multiples:
        return None
    n = len(multiples)
    wins = [value for value in multiples if value > 0]
    losses = [value for value in multiples if value < 0]
    mean_win = fmean(wins) if wins else None
    mean_loss = fmean(losses) if losses else None
    mean = fmean(multiples)
    spread = stdev(multiples) if n > 1 else None
    return TradeStats(
        n=n,
        wins=len(wins),
        losses=len(losses),
        win_rate=len(wins) / n * 100,
        mean_win=mean_win,
        mean_loss=mean_loss,
        payoff=None if mean_win is None or mean_loss is None else mean_win / abs(mean_loss),
        profit_factor=math.fsum(wins) / abs(math.fsum(losses)) if losses else None,
        expectancy_r=mean,
        sd_r=spread,
        sqn=math.sqrt(min(n, _SQN_CAP)) * mean / spread if spread else None,
        sqn_is_firm=n >= FEWEST_FOR_SQN,
    )


@dataclass(frozen=True, slots=True)
class Excursion:
    """How far a trade went against and for its holder while it was open.

    ``adverse`` is money at or below zero, ``favourable`` at or above; per cent of the entry price; in R where the
    initial risk is known. ``exit_efficiency`` is the realised part of the best, in per cent.
    """

    adverse: Decimal
    favourable: Decimal
    adverse_percent: Decimal
    favourable_percent: Decimal
    adverse_r: Decimal | None
    favourable_r: Decimal | None
    realised_r: Decimal | None
    exit_efficiency: Decimal | None


def excursion(
    side: OrderSide,
    quantity: Decimal,
    entry: Decimal,
    exit_price: Decimal,
    *,
    low: Decimal,
    high: Decimal,
    initial_risk: Decimal | None = None,
) -> Excursion:
    """The excursions of a trade from the ``low`` and ``high`` of the market between its first entry and last exit."""
    ends = (side.sign * (low - entry), side.sign * (high - entry))
    worst, best = min(ZERO, *ends), max(ZERO, *ends)
    risk = initial_risk if initial_risk is not None and initial_risk > 0 else None
    realised = side.sign * (exit_price - entry)
    return Excursion(
        adverse=quantity * worst,
        favourable=quantity * best,
        adverse_percent=worst / entry * HUNDRED,
        favourable_percent=best / entry * HUNDRED,
        adverse_r=None if risk is None else quantity * worst / risk,
        favourable_r=None if risk is None else quantity * best / risk,
        realised_r=None if risk is None else quantity * realised / risk,
        exit_efficiency=realised / best * HUNDRED if best > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class RLeakage:
    """Where planned R went: the parts add up to planned minus realised. Without a target three of them are ``None``."""

    planned_r: Decimal | None
    realised_r: Decimal
    rounding: Decimal | None
    entry_slip: Decimal
    early_exit: Decimal | None
    exit_slip: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal | None:
        """Everything that leaked, in R; ``None`` without a target."""
        if self.rounding is None or self.early_exit is None:
            return None
        return self.rounding + self.entry_slip + self.early_exit + self.exit_slip + self.fees


def r_leakage(
    side: OrderSide,
    *,
    risk_budget: Decimal,
    planned_entry: Decimal,
    stop: Decimal,
    quantity: Decimal,
    entry: Decimal,
    exit_trigger: Decimal,
    exit_price: Decimal,
    fees: Decimal,
    target: Decimal | None = None,
) -> RLeakage:
    """Split the way from the planned to the realised R of one closed trade.

    ``risk_budget`` is the money the plan would lose at ``stop``, ``entry`` and ``exit_price`` the average fills,
    ``exit_trigger`` the price at which the exit was decided. Raises ``ValueError`` unless the budget and the planned
    risk per share are above zero.
    """
    per_share = side.sign * (planned_entry - stop)
    if risk_budget <= 0 or per_share <= 0:
        raise ValueError("the plan of a trade needs a budget and a stop on the losing side")
    sign, unrounded = side.sign, risk_budget / per_share
    reward = None if target is None else sign * (target - planned_entry)
    return RLeakage(
        planned_r=None if reward is None else unrounded * reward / risk_budget,
        realised_r=(quantity * sign * (exit_price - entry) - fees) / risk_budget,
        rounding=None if reward is None else (unrounded - quantity) * reward / risk_budget,
        entry_slip=quantity * sign * (entry - planned_entry) / risk_budget,
        early_exit=None if target is None else quantity * sign * (target - exit_trigger) / risk_budget,
        exit_slip=quantity * sign * (exit_trigger - exit_price) / risk_budget,
        fees=fees / risk_budget,
    )
