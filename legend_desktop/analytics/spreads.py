"""Quoted, effective and realised spread and price impact, as the US rule on execution statistics defines them.

All are signed. ``effective = realised + impact`` at every horizon, and slippage against the arrival mid in basis points
is half the effective spread in basis points of the mid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.analytics.benchmarks import quote_fault
from legend_desktop.analytics.exact import exact_sum
from legend_desktop.analytics.facts import Mark
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import BASIS_POINTS, ZERO

HORIZONS_MS: Mapping[str, int] = {"50ms": 50, "1s": 1_000, "15s": 15_000, "1m": 60_000, "5m": 300_000}
"""The five horizons after a fill, by the name used in figures."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """Share-weighted spreads of one order, per share in quote currency; the mappings go by horizon name.

    ``effective_over_quoted`` is a ratio (1 = paid the far touch, 0 = mid), ``None`` for a locked quote.
    """

    quoted: Decimal
    effective: Decimal
    effective_over_quoted: Decimal | None
    realised: Mapping[str, Decimal | None]
    impact: Mapping[str, Decimal | None]


def effective_spread(side: OrderSide, price: Decimal, mid: Decimal) -> Decimal:
    """Twice the signed distance of ``price`` from the mid at arrival: negative when better than the mid."""
    return 2 * side.sign * (price - mid)


def realised_spread(side: OrderSide, price: Decimal, later_mid: Decimal) -> Decimal:
    """Twice the signed distance from a later mid: what the other side of the trade kept."""
    return 2 * side.sign * (price - later_mid)


def price_impact(side: OrderSide, mid: Decimal, later_mid: Decimal) -> Decimal:
    """Twice the signed move of the mid after the fill."""
    return 2 * side.sign * (later_mid - mid)


def measure_spreads(
    side: OrderSide, fills: Sequence[Execution], bid: Decimal, ask: Decimal, marks: Iterable[Mark] = ()
) -> Spreads | None:
    """Spreads of one order's fills against its arrival quote; ``None`` without filled shares.

    A horizon counts only when every fill has a valid quote there.
    """
    quantity = sum((fill.quantity for fill in fills), ZERO)
    if quantity <= 0:
        return None
    mid, quoted = (bid + ask) / 2, ask - bid
    effective = sum((fill.quantity * effective_spread(side, fill.price, mid) for fill in fills), ZERO) / quantity
    later = later_mids(marks)
    realised: dict[str, Decimal | None] = {}
    impact: dict[str, Decimal | None] = {}
    for name, offset in HORIZONS_MS.items():
        mean = mean_later_mid(fills, later, offset)
        realised[name] = None if mean is None else effective - price_impact(side, mid, mean)
        impact[name] = None if mean is None else price_impact(side, mid, mean)
    return Spreads(quoted, effective, effective / quoted if quoted > 0 else None, realised, impact)


def later_mids(marks: Iterable[Mark]) -> dict[tuple[str, int], Decimal]:
    """Mids after fills by execution id and offset in ms, from valid quotes only."""
    found: dict[tuple[str, int], Decimal] = {}
    for mark in marks:
        mid = mark.quote.mid
        if mid is not None and quote_fault(mark.quote, mark.at) is None:
            found[(mark.execution_id, mark.offset_ms)] = mid
    return found


def mean_later_mid(
    fills: Sequence[Execution], mids: Mapping[tuple[str, int], Decimal], offset_ms: int
) -> Decimal | None:
    """Share-weighted mid ``offset_ms`` after each fill; ``None`` when one is missing."""
    total, quantity = ZERO, ZERO
    for fill in fills:
        mid = mids.get((fill.execution_id, offset_ms))
        if mid is None:
            return None
        total += fill.quantity * mid
        quantity += fill.quantity
    return total / quantity if quantity > 0 else None


def mark_out_bps(side: OrderSide, average: Decimal, later_mid: Decimal) -> Decimal:
    """How far the mid moved the order's way after the fill, in basis points of the price; below 0 = adverse."""
    return side.sign * (later_mid - average) / average * BASIS_POINTS


def ratio_of_averages(rows: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Decimal | None:
    """Effective over quoted in per cent over ``(shares, effective, quoted)`` rows: a ratio of share-weighted means.

    A mean of the single ratios would let small tight-spread orders swing the figure. ``None`` when nothing is quoted.
    """
    known = list(rows)
    quoted = exact_sum(shares * shown for shares, _, shown in known)
    return exact_sum(shares * paid for shares, paid, _ in known) / quoted * 100 if quoted > 0 else None
