"""Statistics of closed trades in multiples of initial risk, and how far they went against and for their holder.

R, expectancy and the system quality number are Van Tharp's, the adverse and favourable excursions Sweeney's.
Everything is counted trade by trade. Statistics are floats; money that must add up stays ``Decimal``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, stdev

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import ZERO

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


def excursion(
    side: OrderSide, quantity: Decimal, entry: Decimal, *, low: Decimal, high: Decimal
) -> tuple[Decimal, Decimal]:
    """How far a trade went against its holder (money at or below zero) and for its holder (at or above).

    ``low`` and ``high`` are those of the market between the first entry and the last exit.
    """
    ends = (side.sign * (low - entry), side.sign * (high - entry))
    return quantity * min(ZERO, *ends), quantity * max(ZERO, *ends)
