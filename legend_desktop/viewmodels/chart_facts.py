"""What the chart says besides its lines: bar lengths, headline, fills, the spoken sentence, rows of its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import format_exchange_time, format_price, format_table_time
from legend_desktop.domain.orders import Order
from legend_desktop.viewmodels.chart_lines import ChartLine, LineKind
from legend_desktop.viewmodels.chart_series import DAY, MOST_BARS, BarSeries


@dataclass(frozen=True, slots=True)
class BarLength:
    """One choice of bar: ``code`` as typed in the command line, ``words`` as shown and spoken."""

    code: str
    seconds: int
    words: str
    spoken: str


BAR_LENGTHS = (
    BarLength("5s", 5, "5 s", "5 seconds"),
    BarLength("1m", 60, "1 min", "1 minute"),
    BarLength("5m", 300, "5 min", "5 minutes"),
    BarLength("15m", 900, "15 min", "15 minutes"),
    BarLength("1h", 3600, "1 h", "1 hour"),
    BarLength("1d", DAY, "1 day", "1 day"),
)
"""In the order of the keys 1 to 6."""


@dataclass(frozen=True, slots=True)
class ChartHead:
    """The headline. ``age_seconds`` is set only while the price is stale; ``change`` is against the previous close."""

    symbol: str = ""
    last: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    age_seconds: int | None = None
    halted: bool = False


@dataclass(frozen=True, slots=True)
class FillMark:
    """The shares of one side that filled inside one bar."""

    index: int
    side: OrderSide
    shares: Decimal


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row of the table behind the picture."""

    start: int
    time: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float | None


def bar_length(text: str) -> int:
    """Place of a bar length in ``BAR_LENGTHS``. Raises ``InvalidInput`` naming what there is."""
    wanted = text.strip().lower()
    for place, row in enumerate(BAR_LENGTHS):
        if row.code == wanted:
            return place
    known = ", ".join(row.code for row in BAR_LENGTHS)
    raise InvalidInput(f"The chart has no bars of {text.strip()!r}.", advice=f"It has {known}.")


def fill_marks(orders: Iterable[Order], series: BarSeries) -> list[FillMark]:
    """Own fills by bar and side, oldest first; those outside the bars are left out."""
    sums: dict[tuple[int, OrderSide], Decimal] = {}
    for order in orders:
        if not order.executions:
            continue
        for fill in order.fills:
            index = series.index_at(fill.executed_at)
            if index is not None:
                key = (index, fill.side)
                sums[key] = sums.get(key, Decimal(0)) + fill.quantity
    return [FillMark(index, side, shares) for (index, side), shares in sorted(sums.items())]


def bar_time(start: int, seconds: int, *, short: bool = False) -> str:
    """When a bar began, New York time: ``10:42``, with seconds for short bars, the date alone for days."""
    at = datetime.fromtimestamp(start, UTC)
    if seconds >= DAY:
        return format_table_time(at).rsplit(" ", 1)[0]
    text = format_exchange_time(at)
    text = text if seconds < 60 else text[:5]
    return text if short else f"{format_table_time(at).rsplit(' ', 1)[0]} {text}"


def table_rows(series: BarSeries, *, newest: int = MOST_BARS) -> list[BarRow]:
    """The ``newest`` bars, oldest first."""
    return [
        BarRow(
            bar.start,
            bar_time(bar.start, series.seconds),
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume,
            vwap if series.has_vwap else None,
        )
        for bar, vwap in zip(series.bars[-newest:], series.vwaps[-newest:], strict=True)
    ]


def spoken(
    head: ChartHead, length: BarLength, series: BarSeries, lines: Sequence[ChartLine], seen: tuple[int, int]
) -> str:
    """The picture in one sentence, for the bars from the first to the last index ``seen``."""
    first, last = seen
    if not head.symbol:
        return "No symbol is chosen."
    parts = [f"{head.symbol}, {length.spoken}"]
    one, other = series.bar(max(first, series.base)), series.bar(min(last, series.end))
    if one is None or other is None:
        parts.append("no bars")
    else:
        times = (bar_time(row.start, series.seconds, short=True) for row in (one, other))
        parts.append(" to ".join(times))
        parts.append(f"from {format_price(one.open)} to {format_price(other.close)}")
    if head.age_seconds is not None:
        parts.append("halted" if head.halted else f"price {head.age_seconds} seconds old")
    sentence = ", ".join(parts)
    own = [_spoken_line(line) for line in lines]
    return "; ".join([sentence, *own]) + "."


def _spoken_line(line: ChartLine) -> str:
    price = format_price(line.price)
    words = line.words if price in line.words else f"{line.words} at {price}"
    return words[0].lower() + words[1:] if line.kind is not LineKind.UNKNOWN else words
