"""The execution quality score, version 1: one transparent number from 0 to 100 per order.

Price 60, fill 20, speed 10, cost 10 of 100. A part whose inputs are missing is dropped and the weights of the others
are scaled up; without price there is no score. Meeting the expected cost gives half of the price part, so normal is
about 70 and there is room above. One order's score is mostly timing noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide

SCORE_VERSION = 1
WEIGHTS: Mapping[str, float] = {"price": 60.0, "fill": 20.0, "speed": 10.0, "cost": 10.0}
_FAST_MS = 1_000.0
_SLOW_MS = 30_000.0
_POINTS_PER_FEE_BP = 20.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The score and its parts (each 0 to 100, ``None`` = left out)."""

    score: float | None
    price: float | None = None
    fill: float | None = None
    speed: float | None = None
    cost: float | None = None
    version: int = SCORE_VERSION


def price_part(slippage_bps: Decimal, expected_bps: Decimal) -> float:
    """100 at the mid or better, 50 exactly as expected, 0 at twice the expected cost."""
    return _clamp(100.0 - 50.0 * float(slippage_bps / expected_bps))


def resting_price_part(side: OrderSide, average: Decimal, mid_after: Decimal, half_spread: Decimal) -> float:
    """A resting limit is judged by where the mid stood one minute after it filled, in half-spreads (money)."""
    return _clamp(50.0 + 50.0 * float(side.sign * (mid_after - average) / half_spread))


def fill_part(filled: Decimal, ordered: Decimal) -> float:
    """Share of the order that filled."""
    return _clamp(float(100 * filled / ordered))


def speed_part(duration_ms: float) -> float:
    """100 up to a second, 0 from 30 s on, logarithmic between (the edges of the rule's time table)."""
    if duration_ms <= _FAST_MS:
        return 100.0
    if duration_ms >= _SLOW_MS:
        return 0.0
    return 100.0 * (1.0 - math.log(duration_ms / _FAST_MS) / math.log(_SLOW_MS / _FAST_MS))


def cost_part(fees_bps: Decimal) -> float:
    """100 without fees, 0 from 5 bps of the executed value on; a rebate does not score above 100."""
    return _clamp(100.0 - _POINTS_PER_FEE_BP * float(fees_bps))


def combine(
    price: float | None, fill: float | None = None, speed: float | None = None, cost: float | None = None
) -> Quality:
    """Weighted mean of the parts that exist; no score without price."""
    if price is None:
        return Quality(None, None, fill, speed, cost)
    parts = {"price": price, "fill": fill, "speed": speed, "cost": cost}
    used = [(WEIGHTS[name], value) for name, value in parts.items() if value is not None]
    score = sum(weight * value for weight, value in used) / sum(weight for weight, _ in used)
    return Quality(score, price, fill, speed, cost)


def band(score: float) -> str:
    """Word for a score: good from 80, normal from 60, weak from 40, else poor."""
    return "good" if score >= 80 else "normal" if score >= 60 else "weak" if score >= 40 else "poor"


def _clamp(value: float) -> float:
    return min(100.0, max(0.0, value))
