"""How far a closed trade went against and for its holder, by the one-minute bars of its time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.trade_stats import excursion

GetBars = Callable[[str, int, int], Awaitable[list[Bar]]]
MINUTE = timedelta(minutes=1)
MOST_BARS = 960


async def excursions_of(get_bars: GetBars, trip: RoundTripRecord, now: datetime) -> tuple[Decimal, Decimal] | None:
    """Worst (at or below zero) and best (at or above) money of ``trip``; ``None`` where its bars cannot be had.

    Whole minutes are counted, so a move just before the entry or after the exit may be among them. The trade's own
    average prices always are.
    """
    if trip.closed_at is None or trip.exit_price is None:
        return None
    first = trip.opened_at.replace(second=0, microsecond=0)
    wanted = int((now - first) / MINUTE) + 1
    if wanted > MOST_BARS:
        return None
    try:
        bars = await get_bars(trip.symbol, 60, wanted)
    except LegendError:
        return None
    if not bars or bars[0].start > first:
        return None
    during = [bar for bar in bars if first <= bar.start <= trip.closed_at]
    low = min(trip.entry_price, trip.exit_price, *(bar.low for bar in during))
    high = max(trip.entry_price, trip.exit_price, *(bar.high for bar in during))
    return excursion(trip.side, trip.quantity, trip.entry_price, low=low, high=high)
