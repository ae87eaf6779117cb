"""The report as a sequence of blocks, in the order in which it is read."""

from collections.abc import Sequence

from legend_desktop.analytics.aggregate import slippages
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.selection import is_usable, population
from legend_desktop.analytics.statistics import MIN_LISTED, MIN_RANKED
from legend_desktop.domain.feeds import feed_name
from legend_desktop.domain.formatting import (
    format_bps,
    format_count,
    format_date,
    format_duration_ms,
    format_money,
    format_percent,
    format_score,
    format_shares,
)
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.services import report_charts, report_tables
from legend_desktop.services.report_blocks import Block, Cards, Cell, Note, Picture, Table, Title
from legend_desktop.services.report_content import DILIGENCE, EXPECTED, BestExecution
from legend_desktop.services.report_seal import Seal


def page_of(report: BestExecution, seal: Seal) -> tuple[Block, ...]:
    """All blocks in their order."""
    return (
        Title(f"{'PAPER ' if report.is_paper else ''}Best execution", 1),
        Note(" ".join(report.frame), strong=True),
        Note(_about(report)),
        *_feeds(report),
        Cards(_cards(report)),
        *_charts(report),
        Title("Groups"),
        *report_tables.breakdown_blocks(report),
        *report_tables.summary_blocks(report),
        *report_tables.routing_blocks(report),
        *report_tables.worst_blocks(report),
        *report_tables.left_out_blocks(report),
        *report_tables.order_blocks(report),
        Title("How this report was made"),
        Note(f"{EXPECTED} {DILIGENCE}"),
        _versions(report, seal),
    )


def _about(report: BestExecution) -> str:
    terms = report.terms
    begin = "the first order" if terms.since is None else format_date(terms.since)
    parts = [
        f"{'Simulated money' if report.is_paper else 'Real money'}, orders from {begin} to {format_date(terms.until)}",
        f"as known on {_time(report)} New York time",
    ]
    if terms.broker:
        parts.append(f"broker {terms.broker}")
    if terms.symbol:
        parts.append(f"symbol {terms.symbol}")
    return f"{', '.join(parts)}. Accounts: {', '.join(report.accounts) or 'none'}."


def _time(report: BestExecution) -> str:
    local = report.terms.as_of.astimezone(NEW_YORK)
    return f"{format_date(local.date())} {local:%H:%M:%S}"


def _feeds(report: BestExecution) -> tuple[Note, ...]:
    """What the quotes behind some of the figures are not; empty where all are of the whole market."""
    count = report.stats.partial_quote_orders
    if not count:
        return ()
    names = " and ".join(feed_name(feed) for feed in report.stats.partial_feeds)
    who = "order is" if count == 1 else "orders are"
    first = f"{format_count(count)} {who} measured against {names} quotes, not the national best quote."
    then = "Their cost, spread and price improvement say how they stood against that one market."
    return (Note(f"{first} {then}", strong=True),)


def _cards(report: BestExecution) -> tuple[tuple[str, str, str], ...]:
    stats, analysis = report.stats, report.analysis
    return (
        ("Cost against arrival mid", *_average(stats.avg_slippage_bps, analysis["ci95"], stats.n_used)),
        ("Median order", *_average(stats.median_slippage_bps, analysis["median_ci95"], stats.n_used)),
        ("Cost in money", format_money(stats.total_slippage_cost), f"{format_shares(stats.total_volume)} shares"),
        (
            "Price improvement, net",
            format_money(stats.net_price_improvement_amount, signed=True),
            f"{stats.orders_with_price_improvement} of {stats.orders_eligible_for_improvement} improved",
        ),
        (
            "Filled",
            "not known" if stats.avg_fill_rate is None else format_percent(stats.avg_fill_rate, 1),
            f"{stats.filled_orders} of {stats.total_orders} orders whole",
        ),
        (
            "Fees",
            format_money(stats.total_fees),
            f"{stats.orders_without_fees} orders without" if stats.orders_without_fees else "as reported",
        ),
        ("Submit to last fill", _duration(stats.median_duration_ms), "median of orders that take the quote"),
        (
            "Quality score",
            "not known" if stats.avg_execution_quality is None else format_score(stats.avg_execution_quality),
            "of 100, by value",
        ),
    )


def _average(value: float | None, ends: Sequence[float] | None, n: int) -> tuple[str, str]:
    """Figure and note of an average, which very few orders do not have."""
    if value is None:
        return "not known", f"n {n}"
    if n < MIN_LISTED:
        return "too few orders", f"n {n}"
    interval = "" if ends is None else f"{format_bps(ends[0], unit=False)} to {format_bps(ends[1])}, "
    return format_bps(value), f"{interval}{'few orders, ' if n < MIN_RANKED else ''}n {n}"


def _duration(value: float | None) -> str:
    return "not known" if value is None else format_duration_ms(value)


def _charts(report: BestExecution) -> tuple[Block, ...]:
    values = slippages([row for row in population(report.orders).orders if is_usable(row)])
    title = Title("Cost per order against the arrival mid")
    if not values:
        return (title, Note("No order with a fill and a benchmark in this period."))
    boxes = histogram(values, *cost_range(values))
    beyond = boxes.collected_low + boxes.collected_high
    who = "order beyond the ends is" if beyond == 1 else "orders beyond the ends are"
    more = (Note(f"{beyond} {who} counted in the end boxes."),)
    per = "trading day, with 95 % intervals from five orders on" if report.series.per_day else "order of the day"
    return (
        title,
        Picture(report_charts.cost_histogram(boxes)),
        *(more if beyond else ()),
        Title("Cost over time"),
        Note(f"Each point is one {per}; below it the money so far."),
        Picture(report_charts.cost_per_day(report.series)),
        Picture(report_charts.running_cost(report.series)),
    )


def _versions(report: BestExecution, seal: Seal) -> Table:
    hashes = report.hashes
    rows = (
        ("Formulas", f"version {seal.formula_version}"),
        ("Layout", f"version {seal.report_version}"),
        ("Intervals", f"bootstrap over orders, {seal.resamples:,} resamples, seed {seal.seed}"),
        ("As known at", report.terms.as_of.isoformat()),
        ("SHA-256 of all inputs", hashes.inputs),
        ("of these the events", hashes.events),
        ("the quotes", hashes.quotes),
        ("the stamps", hashes.stamps),
        ("SHA-256 of what this report says", seal.content),
    )
    return Table(("What", "Value"), tuple((Cell(name), Cell(value)) for name, value in rows), left=2)
