"""The report as CSV: one row an order with all its digits, below lines that begin with ``#``."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.services.report_content import BestExecution, account_label, how_counted
from legend_desktop.services.report_plain import plain
from legend_desktop.services.report_seal import Seal

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column: its name, what it means with its unit, and where its value comes from."""

    name: str
    meaning: str
    tell: Callable[[ExecutionMetrics], Any]


def _field(name: str, meaning: str) -> CsvColumn:
    return CsvColumn(name, meaning, attrgetter(name))


def _part(name: str, meaning: str) -> CsvColumn:
    return CsvColumn(
        f"shortfall_{name}", meaning, lambda row: None if row.is_breakdown is None else row.is_breakdown[name]
    )


def _realised(horizon: str) -> CsvColumn:
    return CsvColumn(
        f"realised_spread_{horizon}",
        f"realised spread a share, {horizon} after the fills",
        lambda row: row.realised_spread.get(horizon),
    )


def _venues(row: ExecutionMetrics) -> str:
    return "; ".join(f"{name}: {plain(shares)}" for name, (shares, _) in sorted(row.fills_by_venue.items()))


COLUMNS: tuple[CsvColumn, ...] = (
    CsvColumn("arrived_at", "when the order was sent, UTC", lambda row: row.arrived_at),
    CsvColumn("account", "broker and the end of the account's number", account_label),
    _field("broker", "broker"),
    _field("order_id", "the broker's id of the order"),
    _field("client_order_id", "the program's id of the order"),
    _field("symbol", "symbol"),
    _field("side", "buy or sell"),
    _field("order_type", "order type"),
    _field("order_class", "how it met the quote: market, marketable_limit, midpoint_limit, resting_limit, stop, ..."),
    _field("time_in_force", "how long it was good for"),
    _field("state", "how it ended"),
    _field("cancel_origin", "who cancelled it: user, broker, oco, expiry"),
    CsvColumn("counted", "used, or why it is no part of the cost figures", how_counted),
    _field("session", "pre, regular, post or closed, New York"),
    _field("half_hour", "the New York half-hour it was sent in"),
    _field("size_bucket", "ordered value in dollars, by the classes of Rule 605"),
    _field("lot_class", "round, odd or fractional"),
    _field("ordered_qty", "shares ordered"),
    _field("filled_qty", "shares filled"),
    _field("fill_rate", "filled of ordered, per cent"),
    _field("avg_fill_price", "average price of the fills"),
    _field("benchmark_price", "price it is measured against"),
    _field("benchmark_kind", "what that price is: arrival_mid, trigger_mid, last_trade, ..."),
    _field("quote_feed", "feed of the quote behind it"),
    _field("slippage_bps", "cost against the benchmark, basis points; positive is cost"),
    _field("slippage_cost", "the same in money, without fees"),
    _field("decision_slippage_bps", "cost against the mid at the decision, basis points"),
    _field("expected_bps", "expected cost, basis points"),
    _field("vs_expected_bps", "cost above (positive) or below the expected"),
    _field("quoted_spread", "quoted spread a share"),
    _field("effective_spread", "effective spread a share"),
    _field("effective_over_quoted", "their ratio; 1 paid the far side of the quote"),
    *(_realised(horizon) for horizon in ("50ms", "1s", "15s", "1m", "5m")),
    _field("price_improvement_per_share", "saved a share against the far side of the quote; positive is saved"),
    _field("price_improvement_amount", "the same in money"),
    _field("fees", "fees and commission that the broker reported"),
    _field("fees_bps", "fees in basis points of the executed value"),
    _field("total_execution_cost", "slippage cost plus fees"),
    _part("delay", "shortfall: decision to arrival, on the whole order"),
    _part("trading", "shortfall: arrival to the fills"),
    _part("opportunity", "shortfall: what was not filled"),
    _part("fees", "shortfall: fees"),
    _part("total", "shortfall in money"),
    _part("total_bps", "shortfall in basis points of the ordered value"),
    _field("decision_to_submit_ms", "key press to request, ms"),
    _field("submit_to_ack_ms", "request to the broker's answer, ms"),
    _field("ack_to_first_fill_ms", "answer to the first fill, ms"),
    _field("first_to_last_fill_ms", "first to last fill, ms"),
    _field("execution_duration_ms", "request to the last fill, ms"),
    _field("execution_quality", "score, 0 to 100"),
    CsvColumn("venues", "shares by venue", _venues),
    CsvColumn("flags", "what to know about the figures", lambda row: " ".join(row.flags)),
    CsvColumn("reasons", "why figures are missing", lambda row: " ".join(row.reasons)),
)
"""Empty means not known, never zero. Prices and money are in the account's currency."""


def csv_report(report: BestExecution, seal: Seal) -> bytes:
    """The file, UTF-8. Texts that a spreadsheet would take for a formula begin with an apostrophe."""
    out = io.StringIO()
    for line in (*report.frame, *_about(report), seal.as_text()):
        out.write(f"# {line}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in COLUMNS])
    for row in report.orders:
        writer.writerow([_cell(column.tell(row)) for column in COLUMNS])
    return out.getvalue().encode()


def _about(report: BestExecution) -> tuple[str, ...]:
    terms = report.terms
    return (
        f"{terms.mode.value} from {terms.since or 'the first order'} to {terms.until}, as known at "
        f"{terms.as_of.isoformat()}, {len(report.orders)} orders",
    )


def _cell(value: Any) -> str:
    found = plain(value)
    if found is None:
        return ""
    if isinstance(value, str) and str(found).startswith(_FORMULA_STARTS):
        return f"'{found}"
    return str(found)
