"""The words of the Execution quality panel: headline cells, single orders, sentences and tables, from one summary."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.feeds import feed_name
from legend_desktop.domain.formatting import (
    MISSING,
    format_count,
    format_exchange_time,
    format_money,
    format_number,
    format_table_time,
)
from legend_desktop.domain.session import trading_day
from legend_desktop.services.execution_analytics import AggregateStats, ExecutionMetrics, QualitySummary

_REASONS = {
    "no_benchmark": "no benchmark",
    "bad_data": "bad data",
    "no_quote": "no quote",
    "stale_quote": "quote too old",
    "crossed_quote": "quote crossed",
    "one_sided_quote": "quote one-sided",
    "wide_quote": "quote too wide",
}


@dataclass(frozen=True, slots=True)
class QualityCard:
    """One headline cell: ``title``, ``figure`` with its ``unit``, third line ``note``, a ``badge`` in its place.

    A missing figure is an em dash and ``reason`` says why.
    """

    key: str
    title: str
    figure: str
    unit: str = ""
    note: str = ""
    badge: str = ""
    reason: str = ""

    @property
    def spoken(self) -> str:
        """The cell in words."""
        figure = self.reason or "not known" if self.figure == MISSING else f"{self.figure} {self.unit}"
        return ", ".join(part for part in (f"{self.title}: {figure.strip()}", self.badge, self.note) if part)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order where there are too few for averages; cost positive."""

    client_order_id: str
    sent: datetime | None
    symbol: str
    side: OrderSide
    kind: str
    shares: Decimal
    cost_bps: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class ExcludedLine:
    """A filled order that cost figures leave out, with the reason in words."""

    client_order_id: str
    sent: datetime | None
    symbol: str
    reason: str


def badge_of(count: int, summary: QualitySummary) -> str:
    """``list only`` while there are too few orders for an average, ``few orders`` while it is shaky, else empty."""
    if count < summary.min_listed:
        return "list only"
    return "few orders" if count < summary.min_ranked else ""


def headline(summary: QualitySummary) -> tuple[QualityCard, ...]:
    """The eight headline cells, left to right."""
    return (
        _cost_card("cost", "Cost against arrival mid", summary.all, summary),
        _cost_card("marketable", "Marketable orders only", summary.marketable, summary),
        _median_card(summary),
        _money_card(summary.all),
        _improvement_card(summary.all),
        _ratio_card(summary),
        _filled_card(summary),
        _score_card(summary),
    )


def order_line(row: ExecutionMetrics) -> OrderLine:
    """A measured order as a line."""
    return OrderLine(
        client_order_id=row.client_order_id,
        sent=row.arrived_at,
        symbol=row.symbol,
        side=row.side,
        kind=row.order_class.value.replace("_", " ").capitalize(),
        shares=row.filled_qty,
        cost_bps=row.slippage_bps,
        cost=row.slippage_cost,
    )


def excluded_line(row: ExecutionMetrics) -> ExcludedLine:
    """An excluded order with its first reason."""
    reason = "bad_data" if "bad_data" in row.reasons else next(iter(row.reasons), "no_benchmark")
    return ExcludedLine(row.client_order_id, row.arrived_at, row.symbol, reason_words(reason))


def reason_words(reason: str) -> str:
    """A reason code in plain words."""
    return _REASONS.get(reason, reason.replace("_", " "))


def excluded_words(stats: AggregateStats) -> str:
    """``15 excluded: no benchmark``; empty when nothing is."""
    if not stats.n_excluded:
        return ""
    reasons = ", ".join(reason_words(reason) for reason in stats.excluded_reasons)
    return f"{format_count(stats.n_excluded)} excluded: {reasons}"


def feeds_words(stats: AggregateStats) -> str:
    """``IEX quotes`` where orders are measured against one exchange alone, ``3 on IEX quotes`` where only some are."""
    names = " and ".join(feed_name(feed) for feed in stats.partial_feeds)
    if not names:
        return ""
    some = stats.partial_quote_orders < stats.n_used
    return f"{format_count(stats.partial_quote_orders)} on {names} quotes" if some else f"{names} quotes"


def histogram_sentence(summary: QualitySummary) -> str:
    """The histogram in one sentence, for screen readers."""
    stats = summary.all
    if not stats.n_used:
        return "Cost per order: no measured orders yet."
    text = (
        f"Cost per order in basis points, {_orders(stats.n_used)}: mean {_bps(stats.avg_slippage_bps)}, "
        f"median {_bps(stats.median_slippage_bps)}, {format_count(summary.saved_orders)} saved money"
    )
    if stats.ci95_low is not None:
        text += f"; 95 % interval {_bps(stats.ci95_low)} to {_bps(stats.ci95_high)}"
    return text + "."


def series_sentence(summary: QualitySummary) -> str:
    """Cost over time in one sentence, for screen readers."""
    points = summary.series.points
    if not points:
        return "Cost over time: no measured orders yet."
    what = f"{len(points)} sessions" if summary.series.per_day else _orders(len(points))
    first, last = points[0], points[-1]
    low = min(points, key=lambda point: point.bps)
    high = max(points, key=lambda point: point.bps)
    return (
        f"Cost over time, {what}, {_when(first.at, per_day=summary.series.per_day)} to "
        f"{_when(last.at, per_day=summary.series.per_day)}: between {_bps(low.bps)} and {_bps(high.bps)} basis points, "
        f"in all {format_money(last.running_cost)}."
    )


def histogram_table(summary: QualitySummary) -> str:
    """The boxes as tab-separated text with a heading line."""
    boxes = summary.histogram
    lines = ["from bp\tto bp\torders"]
    last = len(boxes.counts) - 1
    for index, count in enumerate(boxes.counts):
        low = "" if index == 0 and boxes.collected_low else f"{boxes.edges[index]:g}"
        high = "" if index == last and boxes.collected_high else f"{boxes.edges[index + 1]:g}"
        lines.append(f"{low}\t{high}\t{count}")
    return "\n".join(lines)


def series_table(summary: QualitySummary) -> str:
    """The points as tab-separated raw values with a heading line."""
    when = "session" if summary.series.per_day else "sent"
    lines = [f"{when}\tcost bp\tinterval low\tinterval high\torders\tcost $\trunning cost $"]
    for point in summary.series.points:
        stamp = str(trading_day(point.at)) if summary.series.per_day else point.at.isoformat()
        low = "" if point.low is None else f"{point.low:.6f}"
        high = "" if point.high is None else f"{point.high:.6f}"
        lines.append(f"{stamp}\t{point.bps:.6f}\t{low}\t{high}\t{point.n}\t{point.cost:f}\t{point.running_cost:f}")
    return "\n".join(lines)


def orders_table(rows: tuple[OrderLine, ...]) -> str:
    """Single orders as tab-separated raw values with a heading line."""
    lines = ["sent\tsymbol\tside\tkind\tshares\tcost bp\tcost $"]
    for row in rows:
        sent = "" if row.sent is None else row.sent.isoformat()
        bps = "" if row.cost_bps is None else f"{row.cost_bps:.6f}"
        cost = "" if row.cost is None else f"{row.cost:f}"
        lines.append(f"{sent}\t{row.symbol}\t{row.side.value}\t{row.kind}\t{row.shares:f}\t{bps}\t{cost}")
    return "\n".join(lines)


def _cost_card(key: str, title: str, stats: AggregateStats, summary: QualitySummary) -> QualityCard:
    badge = badge_of(stats.n_used, summary)
    count = f"n {format_count(stats.n_used)}"
    if stats.avg_slippage_bps is None:
        return QualityCard(key, title, MISSING, note=count, reason="no measured orders yet")
    if badge == "list only":
        return QualityCard(key, title, MISSING, note=count, badge=badge, reason="needs 5 orders")
    if badge or stats.ci95_low is None:
        return QualityCard(key, title, _bps(stats.avg_slippage_bps), "bp", count, badge)
    interval = f"{_bps(stats.ci95_low)} to {_bps(stats.ci95_high)}"
    return QualityCard(key, title, _bps(stats.avg_slippage_bps), "bp", f"{interval}, {count}")


def _median_card(summary: QualitySummary) -> QualityCard:
    stats, middle = summary.all, summary.median_interval
    badge = badge_of(stats.n_used, summary)
    count = f"n {format_count(stats.n_used)}"
    title = "Median order"
    if stats.median_slippage_bps is None:
        return QualityCard("median", title, MISSING, note=count, reason="no measured orders yet")
    if badge == "list only":
        return QualityCard("median", title, MISSING, note=count, badge=badge, reason="needs 5 orders")
    if badge or middle is None:
        return QualityCard("median", title, _bps(stats.median_slippage_bps), "bp", count, badge)
    interval = f"{_bps(middle.low)} to {_bps(middle.high)}"
    return QualityCard("median", title, _bps(stats.median_slippage_bps), "bp", interval)


def _money_card(stats: AggregateStats) -> QualityCard:
    if not stats.n_used:
        return QualityCard("money", "Cost in money", MISSING, reason="no measured orders yet")
    expected = stats.expected_avg_bps
    note = "no expectation" if expected is None else f"model expected {_bps(expected)} bp"
    return QualityCard("money", "Cost in money", format_money(stats.total_slippage_cost), note=note)


def _improvement_card(stats: AggregateStats) -> QualityCard:
    title = "Price improvement, net"
    if not stats.orders_eligible_for_improvement:
        return QualityCard("improvement", title, MISSING, reason="no orders that take the quote")
    improved = format_count(stats.orders_with_price_improvement)
    note = f"{improved} of {format_count(stats.orders_eligible_for_improvement)} improved"
    if stats.pi_basis == "reference":
        note += ", against a reference price"
    elif stats.partial_quote_orders:
        note += f", {feeds_words(stats)}"
    return QualityCard("improvement", title, format_money(stats.net_price_improvement_amount, signed=True), note=note)


def _ratio_card(summary: QualitySummary) -> QualityCard:
    stats = summary.marketable
    title, note = "Effective / quoted", "100 % = paid the quote"
    badge = badge_of(stats.n_used, summary)
    if stats.effective_over_quoted is None:
        return QualityCard("ratio", title, MISSING, note=note, reason="no quotes kept with the orders")
    if badge == "list only":
        return QualityCard("ratio", title, MISSING, note=note, badge=badge, reason="needs 5 orders")
    return QualityCard("ratio", title, format_number(stats.effective_over_quoted, 1), "%", note, badge)


def _filled_card(summary: QualitySummary) -> QualityCard:
    stats = summary.all
    note = f"{format_count(summary.unfilled)} without a fill, {format_count(stats.rejected_orders)} refused"
    if stats.avg_fill_rate is None:
        return QualityCard("filled", "Filled", MISSING, note=note, reason="no finished orders yet")
    badge = badge_of(stats.total_orders, summary)
    if badge == "list only":
        return QualityCard("filled", "Filled", MISSING, note=note, badge=badge, reason="needs 5 orders")
    return QualityCard("filled", "Filled", format_number(stats.avg_fill_rate, 1), "%", note, badge)


def _score_card(summary: QualitySummary) -> QualityCard:
    stats = summary.all
    note = f"version {summary.score_version}, by value"
    if stats.avg_execution_quality is None:
        return QualityCard("score", "Quality score", MISSING, note=note, reason="no scored orders yet")
    badge = badge_of(stats.scored_orders, summary)
    if badge == "list only":
        return QualityCard("score", "Quality score", MISSING, note=note, badge=badge, reason="needs 5 orders")
    return QualityCard("score", "Quality score", format_number(stats.avg_execution_quality, 1), "of 100", note, badge)


def _bps(value: float | None) -> str:
    return format_number(value, 2)


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{format_count(count)} orders"


def _when(at: datetime, *, per_day: bool) -> str:
    return format_table_time(at).rsplit(" ", 1)[0] if per_day else format_exchange_time(at)
