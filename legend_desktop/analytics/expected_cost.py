"""What an order of this size should cost: half the spread plus a square-root impact.

``expected = h + Y * sigma * sqrt(X / ADV)`` in basis points. The square-root law is the standard empirical form; the
factor 0.5 multiplies the average cost of the order and is strict on us. One order proves nothing: see ``timing_noise``.
"""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.money import BASIS_POINTS, ZERO

IMPACT_FACTOR = Decimal("0.5")
DEFAULT_HALF_SPREAD_BPS = Decimal(5)
FLOOR_BPS = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """Expected cost in basis points of the mid, with its two parts. ``flags`` say which inputs were missing."""

    bps: Decimal
    half_spread_bps: Decimal
    impact_bps: Decimal
    flags: tuple[str, ...] = ()


def half_spread_bps(bid: Decimal, ask: Decimal) -> Decimal:
    """Half of the quoted spread in basis points of the mid."""
    return (ask - bid) / (bid + ask) * BASIS_POINTS


def expected_cost(
    quantity: Decimal,
    *,
    half_spread: Decimal | None = None,
    usual_half_spread: Decimal | None = None,
    daily_volatility: Decimal | None = None,
    average_volume: Decimal | None = None,
    tick: Decimal | None = None,
    price: Decimal | None = None,
    impact_factor: Decimal = IMPACT_FACTOR,
) -> ExpectedCost:
    """Expected cost of trading ``quantity`` shares at once.

    ``half_spread`` (bps, at arrival) is taken first, else ``usual_half_spread`` (the symbol's median over 60 days),
    else 5 bps; never below half a tick nor 0.5 bp. ``daily_volatility`` is a fraction (0.018 = 1.8 % a day) and
    ``average_volume`` shares a day; without either the impact is 0 and flagged.
    """
    flags: list[str] = []
    spread = half_spread if half_spread is not None else usual_half_spread
    if half_spread is None:
        flags.append("usual_half_spread" if usual_half_spread is not None else "default_half_spread")
    spread = DEFAULT_HALF_SPREAD_BPS if spread is None else spread
    floor = FLOOR_BPS
    if tick is not None and price is not None and price > 0:
        floor = max(floor, tick / 2 / price * BASIS_POINTS)
    spread = max(spread, floor)
    impact = ZERO
    if daily_volatility is None or average_volume is None or average_volume <= 0:
        flags.append("no_impact_inputs")
    else:
        impact = impact_factor * daily_volatility * BASIS_POINTS * (quantity / average_volume).sqrt()
    return ExpectedCost(spread + impact, spread, impact, tuple(flags))


def timing_noise_bps(daily_volatility: Decimal, trading_days: Decimal) -> Decimal:
    """Standard deviation in bps of the cost of an order worked evenly over ``trading_days`` (20 min = 20/390)."""
    return daily_volatility * BASIS_POINTS * (trading_days / 3).sqrt()
