"""Everything a best-execution report says, worked out once and then drawn as HTML, PDF, CSV or JSON alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from legend_desktop.analytics.aggregate import AggregateStats, aggregate
from legend_desktop.analytics.analysis import slippage_analysis
from legend_desktop.analytics.facts import OCO
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.selection import choose, exclusion_reason, is_usable, population
from legend_desktop.analytics.series import CostSeries, cost_series
from legend_desktop.domain.enums import OrderState, TradingMode
from legend_desktop.services.report_inputs import InputHashes, ReportInputs
from legend_desktop.services.report_routing import RoutingMonth, routing_606
from legend_desktop.services.report_summary import SummaryRow, summary_605
from legend_desktop.services.report_terms import ReportTerms

REPORT_VERSION = 1
"""Raised whenever the same inputs would give another file."""

FRAME = "Personal execution report, not a regulatory filing."
BORROWED = (
    "It borrows definitions from Rules 605 and 606 of US Regulation NMS and looks at what FINRA Rule 5310 looks at. "
    "These rules bind market centres and broker-dealers, not the person who trades."
)
DILIGENCE = (
    "What a broker's diligence is judged by under FINRA Rule 5310: the character of the market for the security "
    "(price, volatility, relative liquidity, pressure on communications), the size and type of the transaction, the "
    "number of markets checked, how accessible the quotation was, and the terms and conditions of the order. This "
    "report has the size, type and terms of each order and the quotes that were seen. It does not know which markets "
    "the broker checked."
)
SIMULATED = "Simulated fills. Real fills can be later, smaller and dearer."
SIGN = "Cost is positive, money saved is negative. Fees are not part of the cost unless a column says so."
EXPECTED = (
    "Expected cost is half the spread: the journal keeps no daily volumes and volatilities, so the part for the size "
    "of an order is left out here. The quality score, which uses it, may differ from the one in the window."
)
PAYMENT = (
    "Payment for order flow, profit sharing and rebates between broker and venue are not told to the person who "
    "trades. Your broker publishes them each quarter under Rule 606(a); on request it says where your own orders of "
    "the last six months went (Rule 606(b)(1))."
)
NO_FLAGS = "Index membership is not known to the program, so S&P 500 shares are not shown apart."


@dataclass(frozen=True, slots=True)
class BestExecution:
    """The report before it is drawn. ``orders`` are all of the selection, oldest first, counted or not."""

    terms: ReportTerms
    hashes: InputHashes
    orders: tuple[ExecutionMetrics, ...]
    stats: AggregateStats
    analysis: dict[str, Any]
    series: CostSeries
    summary: tuple[SummaryRow, ...]
    routing: tuple[RoutingMonth, ...]

    @property
    def is_paper(self) -> bool:
        """True where the fills were simulated."""
        return self.terms.mode is TradingMode.PAPER

    @property
    def frame(self) -> tuple[str, ...]:
        """What must be said before any figure."""
        return (FRAME, BORROWED, *((SIMULATED,) if self.is_paper else ()), SIGN)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the orders belong to, without their full numbers."""
        return tuple(sorted({account_label(row) for row in self.orders}))


def build_report(inputs: ReportInputs, terms: ReportTerms) -> BestExecution:
    """The report over those of ``inputs`` that ``terms`` ask for."""
    rows = choose(
        inputs.records,
        terms.mode,
        symbol=terms.symbol or None,
        since=terms.begins,
        until=terms.ends,
        filters={"broker": terms.broker or None},
    )
    used = [row for row in population(rows).orders if is_usable(row)]
    return BestExecution(
        terms=terms,
        hashes=inputs.hashes,
        orders=tuple(rows),
        stats=aggregate(rows, mode=terms.mode.value, symbol=terms.symbol or None),
        analysis=slippage_analysis(rows, mode=terms.mode.value),
        series=cost_series(used),
        summary=summary_605(rows),
        routing=routing_606(rows),
    )


def account_label(row: ExecutionMetrics) -> str:
    """The broker and the end of the account's number: enough to tell accounts apart, too little to use one."""
    return f"{row.broker} ending {row.account_id[-4:]}" if row.account_id else row.broker


def how_counted(row: ExecutionMetrics) -> str:
    """``used``, or why the order is no part of the cost figures."""
    if row.provisional:
        return "working"
    if row.state in {OrderState.REJECTED, OrderState.DENIED} and row.filled_qty == 0:
        return "rejected"
    if row.cancel_origin == OCO and row.filled_qty == 0:
        return "cancelled with its sibling"
    if row.filled_qty == 0:
        return "unfilled"
    reason = exclusion_reason(row)
    return "used" if reason is None else f"left out: {reason.replace('_', ' ')}"


def left_out(rows: Sequence[ExecutionMetrics]) -> tuple[ExecutionMetrics, ...]:
    """Orders with fills that have no usable cost."""
    return tuple(row for row in population(rows).orders if exclusion_reason(row) is not None)
