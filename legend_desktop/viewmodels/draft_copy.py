"""An order as the draft of the next one: the same symbol, side, kind, prices and exits, counted in shares."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.formatting import format_price, plain
from legend_desktop.domain.orders import Order
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel


def copy_as_draft(entry: OrderEntryViewModel, order: Order) -> str:
    """Fill order entry from ``order``; nothing is sent. Returns a sentence where that cannot be done now, else ""."""
    if entry.busy:
        return "Order entry is busy with the last order. Copy this one when that has ended."
    terms, plan = order.terms, order.intent.plan
    kind = OrderType.MARKET if terms.order_type is OrderType.BRACKET else terms.order_type
    if kind is OrderType.MARKET and terms.limit_price is not None:
        kind = OrderType.LIMIT
    entry.set_symbol(order.symbol)
    entry.set_side(order.side)
    entry.set_order_type(kind)
    entry.set_time_in_force(terms.time_in_force)
    entry.set_by_quantity(True)
    trail = _price(terms.trail_amount) or (f"{_text(terms.trail_percent)} %" if terms.trail_percent is not None else "")
    for field, text in (
        ("quantity", _text(terms.quantity)),
        ("price", _price(terms.limit_price)),
        ("trigger", _price(terms.stop_price)),
        ("trail", trail),
        ("stop", _price(None if plan is None else plan.stop_loss_price)),
        ("target", _price(None if plan is None else plan.take_profit_price)),
    ):
        entry.set_text(field, text)
    return ""


def _text(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _price(value: Decimal | None) -> str:
    return "" if value is None else format_price(value)
