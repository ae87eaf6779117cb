"""Where the mid stood after each fill, from 50 ms to 30 minutes: what the order gained or lost by its moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.analytics.facts import Mark
from legend_desktop.analytics.recorded_quotes import RecordedQuotes
from legend_desktop.analytics.slippage import average_fill
from legend_desktop.analytics.spreads import HORIZONS_MS, later_mids, mark_out_bps, mean_later_mid
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.session import NEW_YORK, REGULAR_CLOSE, MarketSession, session_of

CURVE_MS: Mapping[str, int] = {**HORIZONS_MS, "10m": 600_000, "30m": 1_800_000}
"""The horizons of the mark-out curve: the five of the realised spread and two more."""


@dataclass(frozen=True, slots=True)
class MarkOutPoint:
    """Mean move of the mid the orders' way at one horizon, bps by value (below 0 = adverse), over ``n`` orders."""

    horizon: str
    offset_ms: int
    bps: Decimal | None
    n: int


def marks_from(fills: Iterable[Execution], quotes: RecordedQuotes) -> tuple[Mark, ...]:
    """Marks of ``fills`` at every horizon of the curve, from recorded quotes; those without a fresh quote are left out.

    A horizon that would fall after the regular close takes the session's last quote.
    """
    found: list[Mark] = []
    for fill in fills:
        for offset in CURVE_MS.values():
            instant = within_session(fill.executed_at, offset)
            row = quotes.at(instant)
            if row is not None:
                found.append(Mark(fill.execution_id, offset, row.quote, instant))
    return tuple(found)


def within_session(executed_at: datetime, offset_ms: int) -> datetime:
    """``offset_ms`` after a fill, but not after the close of the regular session that the fill was in."""
    instant = executed_at + timedelta(milliseconds=offset_ms)
    if session_of(executed_at) is not MarketSession.REGULAR:
        return instant
    return min(instant, datetime.combine(executed_at.astimezone(NEW_YORK).date(), REGULAR_CLOSE, NEW_YORK))


def mark_outs(side: OrderSide, fills: Sequence[Execution], marks: Iterable[Mark]) -> dict[str, Decimal | None]:
    """Mark-out of one order in bps of its average price at every horizon; ``None`` where a fill has no mark there."""
    average = average_fill(fills)
    mids = later_mids(marks)
    found: dict[str, Decimal | None] = {}
    for name, offset in CURVE_MS.items():
        mid = mean_later_mid(fills, mids, offset)
        found[name] = None if mid is None or average is None else mark_out_bps(side, average, mid)
    return found


def mark_out_curve(orders: Iterable[tuple[Decimal, Mapping[str, Decimal | None]]]) -> tuple[MarkOutPoint, ...]:
    """The curve over many orders, each ``(value, its mark-outs)``, weighted by value; horizons stand alone."""
    rows = list(orders)
    points: list[MarkOutPoint] = []
    for name, offset in CURVE_MS.items():
        known = [(value, move) for value, moves in rows if (move := moves.get(name)) is not None and value > 0]
        total = sum((value for value, _ in known), ZERO)
        mean = sum((value * move for value, move in known), ZERO) / total if total > 0 else None
        points.append(MarkOutPoint(name, offset, mean, len(known)))
    return tuple(points)
