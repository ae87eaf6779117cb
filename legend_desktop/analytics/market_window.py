"""The order beside what the market did while it lived: VWAP family, participation, market-adjusted cost.

The window is the order's life, from arrival to the last fill, never the whole day. ``None`` where nothing traded or a
price is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import BASIS_POINTS, ZERO
from legend_desktop.domain.quotes import Bar

EX_OWN_FROM = Decimal("0.05")
"""From this participation on the order's own prints pull the VWAP toward it, so the VWAP without them is shown."""
FEWEST_MS = 5_000.0
"""Below five seconds the market as a whole has hardly moved: no market-adjusted cost."""
DEFAULT_BETA = Decimal(1)


@dataclass(frozen=True, slots=True)
class Print:
    """Volume at one price: a trade, or a bar with the price that stands for it."""

    price: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class MarketWindow:
    """The market over the order's life and the order against it.

    Prices per share, slippages in basis points (positive = cost), ``participation`` and ``relative_performance`` as
    fractions (a relative performance of 0.5 is average, 1 beats every other trade).
    """

    vwap: Decimal
    volume: Decimal
    participation: Decimal
    vwap_slippage_bps: Decimal
    ex_own_vwap: Decimal | None
    ex_own_slippage_bps: Decimal | None
    relative_performance: Decimal

    @property
    def shows_ex_own(self) -> bool:
        """True where the order was large enough to have moved the VWAP itself."""
        return self.ex_own_vwap is not None and self.participation > EX_OWN_FROM


@dataclass(frozen=True, slots=True)
class MarketAdjusted:
    """Slippage without what the whole market did: ``slippage - beta * index``, all in basis points of cost.

    ``flags`` says so where the beta is the default of 1.
    """

    bps: Decimal
    index_bps: Decimal
    beta: Decimal
    flags: tuple[str, ...] = ()


def prints_of(bars: Sequence[Bar]) -> list[Print]:
    """Bars as prints: at their own VWAP where it is known, else at the mean of high, low and close."""
    return [Print((bar.high + bar.low + bar.close) / 3 if bar.vwap is None else bar.vwap, bar.volume) for bar in bars]


def interval_vwap(prints: Sequence[Print]) -> Decimal | None:
    """Volume-weighted mean price; ``None`` without volume."""
    volume = sum((row.volume for row in prints), ZERO)
    return sum((row.price * row.volume for row in prints), ZERO) / volume if volume > 0 else None


def interval_twap(marks: Sequence[tuple[datetime, Decimal]], end: datetime) -> Decimal | None:
    """Time-weighted mean of ``(from when, mid)`` steps, oldest first, up to ``end``; ``None`` without time.

    Each mid counts until the next one; for equal bars this is their simple mean.
    """
    total, elapsed = ZERO, ZERO
    following = [at for at, _ in marks[1:]] + [end]
    for (at, mid), until in zip(marks, following, strict=False):
        seconds = Decimal(str(max(0.0, (min(until, end) - at).total_seconds())))
        total += mid * seconds
        elapsed += seconds
    return total / elapsed if elapsed > 0 else None


def against(side: OrderSide, average: Decimal, benchmark: Decimal | None) -> Decimal | None:
    """Slippage of an average fill price in basis points of ``benchmark`` (a VWAP, TWAP, open, close)."""
    if benchmark is None or benchmark <= 0:
        return None
    return side.sign * (average - benchmark) / benchmark * BASIS_POINTS


def market_window(side: OrderSide, quantity: Decimal, average: Decimal, prints: Sequence[Print]) -> MarketWindow | None:
    """The order of ``quantity`` shares at ``average`` within ``prints``, its own among them; ``None`` without volume.

    The VWAP without the own prints needs others to have traded: ``None`` where the order was the whole volume.
    """
    vwap = interval_vwap(prints)
    if vwap is None or quantity <= 0:
        return None
    volume = sum((row.volume for row in prints), ZERO)
    slip = against(side, average, vwap)
    if slip is None:
        return None
    others = (vwap * volume - average * quantity) / (volume - quantity) if volume > quantity else None
    worse = sum((row.volume for row in prints if side.sign * (row.price - average) > 0), ZERO)
    better = sum((row.volume for row in prints if side.sign * (row.price - average) < 0), ZERO)
    return MarketWindow(
        vwap=vwap,
        volume=volume,
        participation=quantity / volume,
        vwap_slippage_bps=slip,
        ex_own_vwap=others,
        ex_own_slippage_bps=against(side, average, others),
        relative_performance=(volume + worse - better) / volume / 2,
    )


def market_adjusted(
    side: OrderSide,
    slippage_bps: Decimal,
    index_arrival: Decimal,
    index_execution: Decimal,
    *,
    duration_ms: float | None,
    beta: Decimal | None = None,
) -> MarketAdjusted | None:
    """The cost of an order less what its index did meanwhile; ``None`` for orders of five seconds and less.

    ``index_execution`` is the index's VWAP over the window, else its level at the last fill. Without ``beta`` (of a
    year's daily returns) 1 is taken and flagged. Raises ``ValueError`` for an index that is not above zero.
    """
    if index_arrival <= 0 or index_execution <= 0:
        raise ValueError("the index must be above zero")
    if duration_ms is None or duration_ms <= FEWEST_MS:
        return None
    moved = side.sign * (index_execution - index_arrival) / index_arrival * BASIS_POINTS
    factor = DEFAULT_BETA if beta is None else beta
    return MarketAdjusted(slippage_bps - factor * moved, moved, factor, ("default_beta",) if beta is None else ())
