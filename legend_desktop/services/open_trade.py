"""The orders behind an open position: which entries it was built from since the symbol was last flat."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderRole
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.services.order_book import OrderBook


def entries_of_trade(book: OrderBook, position: Position) -> list[Order]:
    """Filled entries of ``position`` since it was last flat or on the other side, oldest first.

    Walks the executions in the order of their time, for a stop of this morning may fill after an entry of today.
    """
    orders = {row.client_order_id: row for row in book.of_symbol(position.symbol) if row.executions}
    fills = [(fill, order) for order in orders.values() for fill in order.fills]
    fills.sort(key=lambda pair: (pair[0].executed_at, pair[0].execution_id))
    entries: dict[str, None] = {}
    held = Decimal(0)
    for fill, order in fills:
        before, held = held, held + order.side.sign * fill.quantity
        if held == 0 or before * held < 0:
            entries = {}
        if held * order.side.sign > 0 and order.side is position.side and order.intent.role is OrderRole.ENTRY:
            entries[order.client_order_id] = None
    return [orders[key] for key in entries]
