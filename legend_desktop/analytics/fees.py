"""Fees before a trade, worked out from the dated table; always an estimate. Rebates would be negative."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from legend_desktop.analytics.fee_table import COMMISSION, DEFAULT_PLAN, FEE_TABLE, SEC, TAF, FeeRate
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import BASIS_POINTS, ZERO


@dataclass(frozen=True, slots=True)
class FeeEstimate:
    """Estimated charges of one order in dollars, unrounded (brokers round by day and kind).

    ``commission``, ``total`` and ``bps`` are ``None`` for a broker whose rates the table does not know.
    """

    sec: Decimal
    taf: Decimal
    commission: Decimal | None
    total: Decimal | None
    bps: Decimal | None


def estimate_fees(
    broker: str,
    side: OrderSide,
    quantity: Decimal,
    price: Decimal,
    day: date,
    *,
    plan: str | None = None,
    table: Sequence[FeeRate] = FEE_TABLE,
) -> FeeEstimate:
    """Charges for ``quantity`` shares at ``price`` on ``day`` through ``broker``.

    ``plan`` chooses among a broker's price plans. Raises ``ValueError`` for a quantity or price not above zero.
    """
    if quantity <= 0 or price <= 0:
        raise ValueError("fees need a quantity and a price above zero")
    value = quantity * price
    sec = _charge(_rate(table, SEC, side, day), quantity, value) or ZERO
    taf = _charge(_rate(table, TAF, side, day), quantity, value) or ZERO
    chosen = DEFAULT_PLAN.get(broker, "") if plan is None else plan
    commission = _charge(_rate(table, COMMISSION, side, day, broker=broker, plan=chosen), quantity, value)
    total = None if commission is None else sec + taf + commission
    return FeeEstimate(sec, taf, commission, total, None if total is None else total / value * BASIS_POINTS)


def reported_fees(fills: Sequence[Execution]) -> Decimal | None:
    """Commission and fees the broker reported over all fills; ``None`` while one of them has none."""
    total = ZERO
    for fill in fills:
        charged = fill.total_fees
        if charged is None:
            return None
        total += charged
    return total if fills else None


def _rate(
    table: Sequence[FeeRate], charge: str, side: OrderSide, day: date, *, broker: str = "", plan: str = ""
) -> FeeRate | None:
    rows = [
        row
        for row in table
        if row.charge == charge and row.broker == broker and row.plan == plan and row.valid_from <= day
    ]
    if not rows:
        return None
    newest = max(rows, key=lambda row: row.valid_from)
    return newest if newest.side in {None, side} else None


def _charge(rate: FeeRate | None, quantity: Decimal, value: Decimal) -> Decimal | None:
    if rate is None:
        return None
    amount = max(rate.minimum, rate.per_million * value / 1_000_000 + rate.per_share * quantity)
    if rate.cap is not None:
        amount = min(amount, rate.cap)
    if rate.cap_fraction is not None:
        amount = min(amount, rate.cap_fraction * value)
    return amount
