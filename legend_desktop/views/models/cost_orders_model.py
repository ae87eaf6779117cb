"""Columns of the short lists in Execution quality: single orders below five, and the orders that figures leave out."""

from PySide6.QtCore import QObject

from legend_desktop.domain.formatting import format_bps, format_money, format_shares, format_table_time
from legend_desktop.views.models.table_model import Align, Column, RowTableModel


def _cost_ink(value: object) -> str:
    if value is None or round(float(str(value)), 2) == 0:
        return ""
    return "loss" if float(str(value)) > 0 else "gain"


def listed_columns() -> tuple[Column, ...]:
    """Single orders: what they were and what they cost."""
    return (
        Column("sent", "Sent", 86, lambda row: format_table_time(row.sent), header_tip="New York time"),
        Column("symbol", "Symbol", 58, lambda row: row.symbol, weight=600),
        Column("side", "Side", 44, lambda row: row.side.value.capitalize(),
               ink=lambda row: "gain" if row.side.sign > 0 else "loss"),
        Column("kind", "Kind", 104, lambda row: row.kind),
        Column("shares", "Shares", 58, lambda row: format_shares(row.shares), align=Align.RIGHT),
        Column("cost_bps", "Cost bp", 62, lambda row: format_bps(row.cost_bps, unit=False), align=Align.RIGHT,
               ink=lambda row: _cost_ink(row.cost_bps), header_tip="Plus is cost, minus is saved, in basis points"),
        Column("cost", "Cost $", 72, lambda row: format_money(row.cost, signed=True, symbol=False),
               align=Align.RIGHT, ink=lambda row: _cost_ink(row.cost),
               header_tip="Plus is cost, minus is saved, in money"),
    )  # fmt: skip


def excluded_columns() -> tuple[Column, ...]:
    """Orders that cost figures leave out, and why."""
    return (
        Column("sent", "Sent", 86, lambda row: format_table_time(row.sent), header_tip="New York time"),
        Column("symbol", "Symbol", 58, lambda row: row.symbol, weight=600),
        Column("reason", "Left out because", 180, lambda row: row.reason),
    )


def listed_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model of single orders, in the order they were sent."""
    return RowTableModel(listed_columns(), key=lambda row: row.client_order_id, parent=parent)


def excluded_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model of orders left out."""
    return RowTableModel(excluded_columns(), key=lambda row: row.client_order_id, parent=parent)
