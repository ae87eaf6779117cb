"""Columns of the orders table."""

from decimal import Decimal

from PySide6.QtCore import QObject

from legend_desktop.domain.enums import OrderState, OrderType, Pending
from legend_desktop.domain.formatting import (
    MISSING,
    format_bps,
    format_distance,
    format_exchange_time,
    format_percent,
    format_price,
    format_shares,
    format_table_time,
)
from legend_desktop.viewmodels.orders import PENDING_WORDS, STATE_WORDS, OrderRow, StateMark
from legend_desktop.views.models.executions_model import cost_ink
from legend_desktop.views.models.table_model import Align, Column, RowTableModel

_INDENT = 8
_GAP = "\u2005"  # a quarter of the type size
PRICE_COLUMNS = frozenset({"limit", "stop", "average"})
_DOTS = {StateMark.WORKING: f"●{_GAP}", StateMark.SEEN_EARLIER: f"○{_GAP}"}
_ICONS = {
    StateMark.WAITING: "hourglass",
    StateMark.UNKNOWN: "question",
    StateMark.REFUSED: "prohibit",
    StateMark.NEEDS_YOU: "warning",
}
_STATE_INKS = {
    StateMark.WAITING: "warning",
    StateMark.SEEN_EARLIER: "stale",
    StateMark.UNKNOWN: "unknown",
    StateMark.REFUSED: "danger",
    StateMark.NEEDS_YOU: "warning",
    StateMark.DONE: "text.tertiary",
}


def state_words(row: OrderRow) -> str:
    """The state in words, or the command in flight while there is one."""
    order = row.order
    pending = PENDING_WORDS.get(order.pending)
    if pending and not order.state.is_terminal and order.state is not OrderState.UNKNOWN:
        return pending.capitalize()
    words = STATE_WORDS[order.state]
    if row.mark is StateMark.SEEN_EARLIER and order.seen_at is not None:
        words = "Partly" if order.state is OrderState.PARTIAL else words
        return f"{words}, seen {format_exchange_time(order.seen_at)}"
    return f"{words}, late fill" if order.late_fill and order.state.is_terminal else words


def _state_tip(row: OrderRow) -> str:
    order = row.order
    parts = [f"{STATE_WORDS[order.state]}."]
    if order.pending in PENDING_WORDS and order.pending_since is not None:
        word = "Cancel requested" if order.pending is Pending.CANCEL else "Change sent"
        since = format_exchange_time(order.pending_since)
        parts.append(f"{word} at {since}, not confirmed. The order may still fill.")
    if order.state is OrderState.UNKNOWN:
        parts.append("It may be live. Do not send it again.")
    if order.reason:
        parts.append(order.reason)
    return " ".join(parts)


def _ink(row: OrderRow) -> str:
    if row.unknown:
        return "unknown"
    return "stale" if row.stale else ""


def _side_ink(row: OrderRow) -> str:
    return "unknown" if row.unknown else ("gain" if row.order.side.sign > 0 else "loss")


def _fill(row: OrderRow) -> str:
    return "hatch" if row.unknown else ""


def _sent(row: OrderRow) -> str:
    return format_table_time(row.at) if row.earlier_day else format_exchange_time(row.at)


def _filled(row: OrderRow) -> str:
    return "?" if row.unknown else f"{row.order.filled_quantity.normalize():f}"


def _average(row: OrderRow) -> str:
    return "?" if row.unknown else format_price(row.order.average_fill_price, places=2)


def _average_tip(row: OrderRow) -> str:
    average = row.order.average_fill_price
    return "" if average is None else format_price(average, places=4)


def _stop_tip(row: OrderRow) -> str:
    terms = row.order.terms
    if terms.order_type is not OrderType.TRAILING_STOP:
        return ""
    amount = terms.trail_amount
    trail = format_distance(amount) if amount is not None else format_percent(terms.trail_percent)
    return f"Follows the price at a distance of {trail}."


def _cost(row: OrderRow) -> Decimal | None:
    return None if row.cost is None else row.cost.cost_bps


def _cost_tip(row: OrderRow) -> str:
    if not row.order.filled_quantity:
        return "Nothing is filled."
    return "" if _cost(row) is not None else "Not measured: there was no quote when the order was sent."


def _spoken_quantity(row: OrderRow) -> str:
    shares = format_shares(row.order.quantity)
    return f"Quantity, unknown, 0 to {shares}" if row.unknown else f"Quantity, {shares}"


def orders_columns() -> tuple[Column, ...]:
    """The columns, in their first order."""
    return (
        Column("sent", "Sent", 76, _sent, sort=lambda row: row.at.timestamp(), ink=_ink, fill=_fill,
               indent=lambda row: _INDENT * row.depth, header_tip="When it was sent, in New York"),
        Column("symbol", "Symbol", 53, lambda row: row.order.symbol, sort=lambda row: row.order.symbol, ink=_ink,
               fill=_fill, weight=600),
        Column("side", "Side", 67, lambda row: row.side_words, sort=lambda row: row.side_words, ink=_side_ink,
               fill=_fill),
        Column("type", "Type", 64, lambda row: row.type_words, sort=lambda row: row.type_words, ink=_ink, fill=_fill),
        Column("quantity", "Qty", 44, lambda row: format_shares(row.order.quantity), Align.RIGHT,
               sort=lambda row: row.order.quantity, ink=_ink, fill=_fill, speak=_spoken_quantity),
        Column("filled", "Filled", 44, _filled, Align.RIGHT, sort=lambda row: row.order.filled_quantity, ink=_ink,
               fill=_fill, speak=lambda row: "Filled, unknown" if row.unknown else f"Filled, {_filled(row)}"),
        Column("limit", "Limit", 52, lambda row: format_price(row.order.terms.limit_price), Align.RIGHT,
               sort=lambda row: row.order.terms.limit_price, ink=_ink, fill=_fill),
        Column("stop", "Stop", 52, lambda row: format_price(row.stop_price), Align.RIGHT,
               sort=lambda row: row.stop_price, ink=_ink, fill=_fill, tip=_stop_tip),
        Column("average", "Avg fill", 52, _average, Align.RIGHT, sort=lambda row: row.order.average_fill_price,
               ink=_ink, fill=_fill, tip=_average_tip, opt=2),
        Column("tif", "TIF", 35, _tif, sort=_tif, ink=_ink, fill=_fill, opt=1,
               header_tip="Time in force: how long the order lives"),
        Column("state", "State", 162, lambda row: _DOTS.get(row.mark, "") + state_words(row),
               sort=lambda row: STATE_WORDS[row.order.state], ink=lambda row: _STATE_INKS.get(row.mark, ""),
               icon=lambda row: _ICONS.get(row.mark, ""), fill=_fill,
               weight=lambda row: 600 if row.unknown else 400, tip=_state_tip,
               speak=lambda row: f"State, {state_words(row)}"),
        Column("cost_bps", "Cost bp", 52, lambda row: format_bps(_cost(row), unit=False), Align.RIGHT, sort=_cost,
               ink=lambda row: "unknown" if row.unknown else cost_ink(_cost(row)), fill=_fill, tip=_cost_tip,
               header_tip="Plus is cost, minus is saved, in basis points"),
        Column("from", "From", 87, lambda row: row.label or MISSING, sort=lambda row: row.label, ink=_ink, fill=_fill,
               tip=lambda row: f"Order {row.order.order_id}", header_tip="Why the order exists"),
    )  # fmt: skip


def _tif(row: OrderRow) -> str:
    word = row.order.terms.time_in_force.value
    return "Day" if word == "day" else word.upper()


def prices_of(row: OrderRow) -> tuple[Decimal | None, ...]:
    """The prices that a row shows."""
    return row.order.terms.limit_price, row.stop_price, row.order.average_fill_price


def orders_model(parent: QObject | None = None) -> RowTableModel:
    """An empty model: open orders on top, brackets together, newest first."""
    return RowTableModel(orders_columns(), key=lambda row: row.key, order=lambda row: row.place, parent=parent)
