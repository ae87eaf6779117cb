"""Which working orders may be changed or cancelled for another: those that the broker holds, one change at a time."""

from legend_desktop.domain.enums import OrderState, Pending
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.orders import Order
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.trading_context import TradingContext


def check_known(context: TradingContext, order: Order) -> None:
    """Raise ``OrderDenied`` where the broker is not known to hold ``order``."""
    if order.broker_order_id is None or order.state in {OrderState.SENDING, OrderState.UNKNOWN}:
        raise OrderDenied(
            f"{order_sentence(order.terms)} is not known to {context.broker_name} yet. Nothing was sent.",
            advice="Wait for its answer.",
            code="not_live",
        )


def check_changeable(context: TradingContext, order: Order) -> None:
    """Raise ``OrderDenied`` where a change could meet another one, or an order whose fate nobody knows."""
    check_known(context, order)
    under_way = any(row.replaces_id == order.client_order_id for row in context.leaving.values())
    if under_way or order.pending is Pending.REPLACE:
        raise OrderDenied(
            f"{order_sentence(order.terms)}: a change is under way and not answered yet. Nothing was sent.",
            advice="Wait for its answer.",
            code="change_pending",
        )
