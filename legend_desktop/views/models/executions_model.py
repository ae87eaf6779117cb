"""Columns of the executions table."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject

from legend_desktop.domain.formatting import (
    decimals_of,
    format_bps,
    format_exchange_time,
    format_money,
    format_number,
    format_shares,
)
from legend_desktop.viewmodels.executions import ExecutionRow
from legend_desktop.views.models.table_model import Align, Column, RowTableModel

_NOTES = {
    "prov.": "Worked out from the broker's totals; the true execution takes its place when it comes.",
    "late": "It came after the order was taken for finished.",
    "bust": "The exchange or the broker took this execution back. It counts for nothing and stays in the list.",
    "corrected": "A correction took the place of this execution.",
    "correction": "It corrects an earlier execution.",
}


def _column(id_: str, title: str, width: int, text: Callable[[Any], str], **more: Any) -> Column:
    return Column(id_, title, width, text, strike=lambda row: row.struck, **more)


def _ink(row: ExecutionRow) -> str:
    return "text.tertiary" if row.struck else ""


def _side_ink(row: ExecutionRow) -> str:
    if row.struck:
        return "text.tertiary"
    return "gain" if row.execution.side.sign > 0 else "loss"


def _price(row: ExecutionRow) -> str:
    return format_number(row.execution.price, 4 if decimals_of(row.execution.price) > 2 else 2)


def _fees(row: ExecutionRow) -> str:
    fees = row.execution.total_fees
    return "later" if fees is None else format_money(fees, symbol=False)


def _cost_tip(row: ExecutionRow) -> str:
    return "" if row.cost_bps is not None or row.struck else "Not measured: there was no quote when the order was sent."


def cost_ink(cost: Decimal | None) -> str:
    """Ink of a cost: a cost like a loss, a saving like a gain."""
    if cost is None or round(cost, 2) == 0:
        return ""
    return "loss" if cost > 0 else "gain"


def executions_columns() -> tuple[Column, ...]:
    """The columns, in their first order."""
    return (
        _column(
            "time",
            "Time",
            98,
            lambda row: format_exchange_time(row.at, milliseconds=True),
            sort=lambda row: row.at.timestamp(),
            ink=_ink,
            header_tip="The broker's time, in New York",
        ),
        _column("symbol", "Symbol", 56, lambda row: row.execution.symbol, sort=lambda row: row.execution.symbol,
                ink=_ink, weight=600),
        _column("side", "Side", 68, lambda row: row.side_words, sort=lambda row: row.side_words, ink=_side_ink),
        _column("shares", "Shares", 50, lambda row: format_shares(row.execution.quantity), align=Align.RIGHT,
                sort=lambda row: row.execution.quantity, ink=_ink),
        _column("price", "Price", 68, _price, align=Align.RIGHT, decimals=4, sort=lambda row: row.execution.price,
                ink=_ink),
        _column("value", "Value", 79, lambda row: format_money(row.execution.notional, symbol=False),
                align=Align.RIGHT, sort=lambda row: row.execution.notional, ink=_ink),
        _column("cost_bps", "Cost bp", 54, lambda row: format_bps(row.cost_bps, unit=False), align=Align.RIGHT,
                sort=lambda row: row.cost_bps, ink=lambda row: cost_ink(row.cost_bps), tip=_cost_tip,
                header_tip="Plus is cost, minus is saved, in basis points"),
        _column("cost_money", "Cost $", 52, lambda row: format_money(row.cost_money, signed=True, symbol=False),
                align=Align.RIGHT, sort=lambda row: row.cost_money, ink=lambda row: cost_ink(row.cost_money),
                tip=_cost_tip, header_tip="Plus is cost, minus is saved, in money"),
        _column("fees", "Fees", 44, _fees, align=Align.RIGHT, money=True, sort=lambda row: row.execution.total_fees,
                ink=lambda row: "text.tertiary" if row.execution.total_fees is None else "",
                tip=lambda row: "The broker has not said the fees yet." if row.execution.total_fees is None else ""),
        _column("venue", "Venue", 72, lambda row: row.execution.venue or "not given",
                sort=lambda row: row.execution.venue,
                ink=lambda row: "" if row.execution.venue else "text.tertiary"),
        Column("note", "Note", 86, lambda row: row.note, sort=lambda row: row.note or None,
                ink=lambda row: "warning" if row.note else "",
                icon=lambda row: "warning" if row.note else "",
                tip=lambda row: _NOTES.get(row.note, "")),
        Column("order", "Order", 90, lambda row: row.order_label or "elsewhere", sort=lambda row: row.order_label,
                ink=lambda row: "" if row.order_label else "text.tertiary",
                tip=lambda row: f"Order {row.client_order_id}" if row.client_order_id else ""),
    )  # fmt: skip


def executions_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model, newest arrival on top."""
    return RowTableModel(executions_columns(), key=lambda row: row.key, order=lambda row: -row.number, parent=parent)
