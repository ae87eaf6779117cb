"""The tables of the report: groups, the summaries that borrow from Rules 605 and 606, single orders."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.feeds import feed_name, is_partial
from legend_desktop.domain.formatting import (
    MISSING,
    format_bps,
    format_duration_ms,
    format_money,
    format_number,
    format_percent,
    format_price,
    format_shares,
)
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.services.report_blocks import Block, Cell, Note, Table, Title
from legend_desktop.services.report_content import (
    NO_FLAGS,
    PAYMENT,
    BestExecution,
    account_label,
    how_counted,
    left_out,
)
from legend_desktop.services.report_routing import KINDS, RoutingRow

_GROUPS = (
    ("Broker", "by_broker"),
    ("Venue", "by_venue"),
    ("How it met the quote", "by_class"),
    ("Order type", "by_order_type"),
    ("Side", "by_side"),
    ("Session", "by_session"),
    ("Half-hour, New York", "by_half_hour"),
    ("Order value in dollars", "by_size_bucket"),
    ("Lot", "by_lot_class"),
    ("Liquidity", "by_liquidity"),
    ("Good for", "by_time_in_force"),
)


_GROUP_HEAD = (
    *("Orders", "Shares", "Value", "Cost bp", "95 % interval", "Median bp", "Cost", "Filled", "E/Q", "Improvement"),
    *("To last fill", ""),
)


def breakdown_blocks(report: BestExecution) -> tuple[Block, ...]:
    """One table a property, rows by value; and whether the cheapest broker is cheaper by more than chance."""
    blocks: list[Block] = [
        Note(
            "Costs add up to the total in every table. E/Q is the effective over the quoted spread in per cent: 100 "
            "paid the far side of the quote, 0 the mid. Below five orders no average is shown; below thirty compare "
            "none."
        )
    ]
    for title, name in _GROUPS:
        rows = report.analysis[name]
        if rows:
            cells = tuple(_group_row(row) for row in rows)
            blocks.append(Table((title, *_GROUP_HEAD), cells))
    best = report.analysis["broker_ranking"]
    if best is not None:
        sure = "That is more than chance." if best["significant"] else "That may be chance."
        blocks.append(
            Note(
                f"{best['cheapest']} is cheaper than {best['next']} by "
                f"{format_bps(best['difference_bps'], signed=False)} an order "
                f"(p {best['p_value']:.3f}, n {best['n']}). {sure}"
            )
        )
    return tuple(blocks)


def _group_row(row: dict[str, Any]) -> tuple[Cell, ...]:
    listed = row["badge"] == "list only"
    low, high = row["ci95_low"], row["ci95_high"]
    gain = row["net_price_improvement_amount"]
    return (
        Cell(_word(row["key"])),
        Cell(str(row["orders"])),
        Cell(format_shares(row["shares"])),
        Cell(format_money(row["notional"], cents=False) if row["n"] else ""),
        Cell("") if listed else _bps(row["avg_slippage_bps"]),
        Cell("" if low is None else f"{format_bps(low, unit=False)} to {format_bps(high, unit=False)}"),
        Cell("") if listed else _bps(row["median_slippage_bps"]),
        _cost(row["total_slippage_cost"] if row["n"] else None),
        Cell(_percent(row["fill_rate"])),
        Cell(_percent(row["effective_over_quoted"])),
        Cell("" if gain is None else format_money(gain, signed=True), _gain_kind(gain)),
        Cell("" if row["avg_execution_duration_ms"] is None else format_duration_ms(row["avg_execution_duration_ms"])),
        Cell("few orders" if row["badge"] else ""),
    )


def summary_blocks(report: BestExecution) -> tuple[Block, ...]:
    """The table with the columns of the public Rule 605 summary."""
    title = Title("Summary with the columns of Rule 605")
    note = (
        "Regular session, market and marketable limit orders with a quote at arrival, by order value. Percentages of "
        f"price are of the midpoint; E/Q is a fraction; time is from sending to the last fill, by shares. {NO_FLAGS}"
    )
    if not report.summary:
        return (title, Note(f"{note} There is no such order in this period."))
    head = (
        *("Type", "Value", "Orders", "Shares", "Average value", "Midpoint", "At quote or better", "Improved"),
        *("Improvement", "Effective", "Quoted", "E/Q", "Realised 15 s", "Realised 1 min", "Time"),
    )
    rows = tuple(
        (
            Cell(_word(row.order_type)),
            Cell(row.size),
            Cell(str(row.orders)),
            Cell(format_number(row.average_shares, 1)),
            Cell(format_money(row.average_notional, cents=False)),
            Cell(format_price(row.average_midpoint, places=2)),
            Cell(_percent(row.at_quote_or_better_percent)),
            Cell(_percent(row.improved_percent)),
            *(
                Cell(_percent(value, 4))
                for value in (row.improvement_percent, row.effective_percent, row.quoted_percent)
            ),
            Cell("" if row.effective_over_quoted is None else format_number(row.effective_over_quoted)),
            Cell(_percent(row.realised_15s_percent, 4)),
            Cell(_percent(row.realised_1m_percent, 4)),
            Cell("" if row.time_ms is None else format_duration_ms(row.time_ms)),
        )
        for row in report.summary
    )
    return (title, Note(note), Table(head, rows, left=2))


def routing_blocks(report: BestExecution) -> tuple[Block, ...]:
    """A table a month, grouped as under Rule 606(a)."""
    title = Title("Where orders were executed, grouped as under Rule 606(a)")
    if not report.routing:
        return (title, Note("No order ended in this period."), Note(PAYMENT))
    head = (
        *(
            "Broker",
            "Venue",
            "Orders",
            "Of orders",
            "Of market",
            "Of marketable limit",
            "Of other limit",
            "Of the rest",
        ),
        *("Shares", "Cost", "Cost bp", "Improvement", "E/Q", "Fees"),
    )
    blocks: list[Block] = [
        title,
        Note(
            "The program names no venue, so no order was directed. An order counts for the venue that executed most of "
            "its shares; for an order without a fill none is known. Shares of a type are of all orders of that type in "
            "the month. Stops, and limits that met no quote, are the rest."
        ),
    ]
    for month in report.routing:
        split = ", ".join(f"{name} {format_percent(month.kinds[kind], 1)}" for kind, name in _KIND_WORDS)
        blocks.append(Note(f"{month.month}: {month.orders} orders, of these {split}."))
        blocks.append(Table(head, tuple(_venue_row(row) for row in month.venues), left=2))
    return (*blocks, Note(PAYMENT))


def _venue_row(row: RoutingRow) -> tuple[Cell, ...]:
    gain = row.net_price_improvement_amount
    return (
        Cell(row.broker),
        Cell(row.venue),
        Cell(str(row.orders)),
        Cell(_percent(row.percent_of_orders)),
        *(Cell(_percent(row.kinds[kind])) for kind in KINDS),
        Cell(format_shares(row.shares)),
        _cost(None if row.avg_slippage_bps is None else row.total_slippage_cost),
        _bps(row.avg_slippage_bps),
        Cell("" if gain is None else format_money(gain, signed=True), _gain_kind(gain)),
        Cell(_percent(row.effective_over_quoted)),
        Cell(f"{format_money(row.fees)}{', some not known' if row.orders_without_fees else ''}"),
    )


_KIND_WORDS = tuple(zip(KINDS, ("market", "marketable limit", "other limit", "the rest"), strict=True))


def worst_blocks(report: BestExecution) -> tuple[Block, ...]:
    """The orders that cost most; nothing where no order has a cost."""
    rows = report.analysis["worst"]
    if not rows:
        return ()
    by_id = {row.client_order_id: row for row in report.orders}
    return (
        Title("The ten that cost most"),
        _order_table([by_id[entry["client_order_id"]] for entry in rows]),
    )


def left_out_blocks(report: BestExecution) -> tuple[Block, ...]:
    """What is not in the figures, counted, named and listed."""
    stats = report.stats
    parts = [
        f"{count} {words}"
        for count, words in (
            (stats.working_orders, "still working"),
            (stats.rejected_orders, "rejected"),
            (stats.oco_cancelled_orders, "cancelled with their sibling"),
        )
        if count
    ]
    beside = f"Not counted as orders: {', '.join(parts)}. " if parts else ""
    rows = left_out(report.orders)
    if not rows:
        return (Title("Left out"), Note(f"{beside}No order with a fill was left out of the cost figures."))
    reasons = ", ".join(f"{_word(name)} {count}" for name, count in stats.excluded_reasons.items())
    return (
        Title("Left out"),
        Note(f"{beside}{stats.n_excluded} orders with fills are left out of the cost figures: {reasons}."),
        _order_table(rows),
    )


def order_blocks(report: BestExecution) -> tuple[Block, ...]:
    """Every order of the selection."""
    if not report.orders:
        return (Title("Orders"), Note("No order was sent in this period."))
    return (Title("Orders"), _order_table(report.orders))


_ORDER_HEAD = (
    *("Sent, New York", "Account", "Symbol", "Side", "Kind", "Counted", "Ordered", "Filled", "Average", "Benchmark"),
    *("Cost bp", "Cost", "Fees", "To last fill"),
)


def _order_table(orders: Sequence[ExecutionMetrics]) -> Table:
    return Table(_ORDER_HEAD, tuple(_order_row(row) for row in orders), left=6)


def _order_row(row: ExecutionMetrics) -> tuple[Cell, ...]:
    sent = MISSING if row.arrived_at is None else f"{row.arrived_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}"
    feed = f", {feed_name(row.quote_feed)} quotes" if is_partial(row.quote_feed) else ""
    return (
        Cell(sent),
        Cell(account_label(row)),
        Cell(row.symbol),
        Cell(row.side.value),
        Cell(f"{_word(row.order_class.value)}{feed}"),
        Cell(how_counted(row)),
        Cell(format_shares(row.ordered_qty)),
        Cell(format_shares(row.filled_qty)),
        Cell(_optional(row.avg_fill_price, lambda value: format_price(value, places=4))),
        Cell(_optional(row.benchmark_price, lambda value: format_price(value, places=4))),
        _bps(row.slippage_bps),
        _cost(row.slippage_cost),
        Cell(_optional(row.fees, format_money) if row.fees is not None or not row.filled_qty else "not known"),
        Cell("" if row.execution_duration_ms is None else format_duration_ms(row.execution_duration_ms)),
    )


def _word(name: str) -> str:
    return name.replace("_", " ")


def _optional(value: Decimal | None, words: Callable[[Decimal], str]) -> str:
    return "" if value is None else words(value)


def _bps(value: Decimal | float | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell(format_bps(value, unit=False), "cost" if value > 0 else "saved" if value < 0 else "")


def _cost(value: Decimal | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell(format_money(value), "cost" if value > 0 else "saved" if value < 0 else "")


def _gain_kind(value: Decimal | None) -> str:
    return "" if not value else "saved" if value > 0 else "cost"


def _percent(value: float | None, places: int = 1) -> str:
    return "" if value is None else format_percent(value, places)
