"""The best-execution report of a period as one HTML page that needs nothing else.

A personal report from own orders and recorded quotes, never a regulatory filing; the page says so.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from legend_desktop.analytics.aggregate import AggregateStats
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.feeds import feed_name, is_partial
from legend_desktop.domain.formatting import (
    format_bps,
    format_count,
    format_duration_ms,
    format_money,
    format_price,
    format_shares,
    format_table_time,
)
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.services.trades_report import trades_section

FRAME = "Personal execution report from own orders and recorded quotes. Not a regulatory filing."
SIMULATED = "Simulated fills. Real fills can be later, smaller and dearer."


def execution_report(
    stats: AggregateStats,
    records: Sequence[ExecutionMetrics],
    trips: Sequence[RoundTripRecord],
    made_at: datetime,
    style: str,
) -> str:
    """The page: headline figures, cost histogram, every order, what was left out and why, and the closed trades.

    ``style`` is its CSS.
    """
    paper = stats.mode == "paper"
    label = "<span class=paper>PAPER</span> " if paper else ""
    simulated = f" {SIMULATED}" if paper else ""
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Best execution</title>",
        f"<style>{style}</style></head><body>",
        f"<h1>{label}Best execution</h1>",
        f"<p class=note>{FRAME}{simulated} Positive is cost, negative is saved. "
        f"Made {format_table_time(made_at)} New York time, formula version 1.</p>",
        _feeds(stats),
        _cards(stats),
        "<h2>Cost per order against the arrival mid, basis points</h2>",
        _histogram([float(row.slippage_bps) for row in records if row.slippage_bps is not None]),
        "<h2>Orders</h2>",
        _orders(records),
        _excluded(stats),
        trades_section(trips),
        "</body></html>",
    ]
    return "\n".join(parts)


def _feeds(stats: AggregateStats) -> str:
    """What the quotes behind some of the figures are not; empty where all are of the whole market."""
    count = stats.partial_quote_orders
    if not count:
        return ""
    names = " and ".join(feed_name(feed) for feed in stats.partial_feeds)
    who = "order is" if count == 1 else "orders are"
    return (
        f"<p class=note><b>{format_count(count)} {who} measured against {names} quotes, not the national best quote."
        "</b> Their cost, spread and price improvement say how they stood against that one market.</p>"
    )


def _cards(stats: AggregateStats) -> str:
    interval = ""
    if stats.ci95_low is not None and stats.ci95_high is not None:
        interval = f"{format_bps(stats.ci95_low, unit=False)} to {format_bps(stats.ci95_high)}, "
    few = "few orders, " if stats.n_used < 30 else ""
    rate = "not known" if stats.avg_fill_rate is None else f"{stats.avg_fill_rate:.1f} %"
    score = "not known" if stats.avg_execution_quality is None else f"{stats.avg_execution_quality:.1f} of 100"
    cards = [
        ("Cost against arrival mid", _figure(stats.avg_slippage_bps), f"{interval}{few}n {stats.n_used}"),
        ("Median order", _figure(stats.median_slippage_bps), "unweighted"),
        ("Cost in money", format_money(stats.total_slippage_cost), f"{format_shares(stats.total_volume)} shares"),
        (
            "Price improvement, net",
            format_money(stats.net_price_improvement_amount, signed=True),
            f"{stats.orders_with_price_improvement} of {stats.orders_eligible_for_improvement} improved",
        ),
        ("Filled", rate, f"{stats.filled_orders} of {stats.total_orders} orders whole"),
        ("Submit to last fill", format_duration_ms(stats.avg_execution_duration_ms), "mean of marketable orders"),
        ("Quality score", score, "version 1, by value"),
    ]
    cells = "".join(f"<div class=card>{title}<b>{figure}</b><span>{note}</span></div>" for title, figure, note in cards)
    return f"<div class=cards>{cells}</div>"


def _figure(value: float | None) -> str:
    return "not known" if value is None else format_bps(value)


def _histogram(values: list[float]) -> str:
    if not values:
        return "<p class=note>No order with a fill and a benchmark yet.</p>"
    low, high = cost_range(values)
    boxes = histogram(values, low, high)
    top = max(boxes.counts)
    width, height = 760, 160
    step = width / len(boxes.counts)
    bars = []
    for index, count in enumerate(boxes.counts):
        tall = height * count / top
        kind = "saved" if boxes.edges[index + 1] <= 0 else "cost"
        bars.append(
            f'<rect class={kind} fill=currentColor x="{index * step:.1f}" y="{height - tall:.1f}" '
            f'width="{max(1.0, step - 1):.1f}" height="{tall:.1f}"><title>{boxes.edges[index]:.1f} to '
            f"{boxes.edges[index + 1]:.1f} bp: {count}</title></rect>"
        )
    return (
        f'<svg viewBox="0 0 {width} {height + 18}" width="100%" role=img aria-label="Histogram of cost per order">'
        f"{''.join(bars)}<text x=0 y={height + 14} font-size=11 fill=currentColor>{low:.1f} bp saved</text>"
        f"<text x={width} y={height + 14} font-size=11 fill=currentColor text-anchor=end>{high:.1f} bp cost</text>"
        "</svg>"
    )


def _orders(records: Sequence[ExecutionMetrics]) -> str:
    head = "<tr><th>Sent<th>Symbol<th>Side<th>Type<th class=r>Ordered<th class=r>Filled<th class=r>Average"
    head += "<th class=r>Benchmark<th class=r>Cost bp<th class=r>Cost $<th class=r>Fees<th class=r>To last fill</tr>"
    rows = []
    for row in records:
        cost = "" if row.slippage_bps is None else format_bps(row.slippage_bps, unit=False)
        kind = "" if not row.slippage_bps else "cost" if row.slippage_bps > 0 else "saved"
        average = "" if row.avg_fill_price is None else format_price(row.avg_fill_price, places=4)
        benchmark = "" if row.benchmark_price is None else format_price(row.benchmark_price, places=4)
        money = "" if row.slippage_cost is None else format_money(row.slippage_cost)
        fees = "later" if row.fees is None else format_money(row.fees)
        taken = "" if row.execution_duration_ms is None else format_duration_ms(row.execution_duration_ms)
        rows.append(
            f"<tr><td>{format_table_time(row.arrived_at)}<td>{escape(row.symbol)}<td>{row.side.value}"
            f"<td>{escape(row.order_class.value)}{_marked(row)}<td class=r>{format_shares(row.ordered_qty)}"
            f"<td class=r>{format_shares(row.filled_qty)}<td class=r>{average}<td class=r>{benchmark}"
            f'<td class="r {kind}">{cost}<td class="r {kind}">{money}<td class=r>{fees}<td class=r>{taken}</tr>'
        )
    return f"<table>{head}{''.join(rows)}</table>"


def _marked(row: ExecutionMetrics) -> str:
    """The feed beside an order that was measured against one exchange alone."""
    return f" <span class=note>{escape(feed_name(row.quote_feed))} quotes</span>" if is_partial(row.quote_feed) else ""


def _excluded(stats: AggregateStats) -> str:
    if not stats.n_excluded:
        return "<p class=note>No order was left out of the figures.</p>"
    reasons = ", ".join(f"{escape(name.replace('_', ' '))} {count}" for name, count in stats.excluded_reasons.items())
    return f"<p class=note>{stats.n_excluded} orders are left out of the cost figures: {reasons}.</p>"
