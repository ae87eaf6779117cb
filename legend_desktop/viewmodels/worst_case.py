"""What an order would come to if it filled whole: used while nobody knows whether it did."""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.services.quote_board import QuoteBoard


@dataclass(frozen=True, slots=True)
class WorstCase:
    """Value and loss of an order that fills whole, both positive.

    ``loss`` is down to the planned stop; ``None`` where there is no stop.
    """

    quantity: Decimal
    value: Decimal
    loss: Decimal | None


def opens(order: Order) -> bool:
    """True where the order may build a position (an entry that is not marked as reducing only)."""
    return order.intent.role is OrderRole.ENTRY and not order.intent.reduce_only


def worst_case(order: Order, quotes: QuoteBoard) -> WorstCase:
    """What is left of ``order`` at its own price, else at the far side of the quote, else at the plan's price."""
    terms, plan = order.terms, order.intent.plan
    price = terms.limit_price or terms.stop_price
    if price is None:
        quote = quotes.latest(order.symbol)
        price = None if quote is None else quote.far_side(order.side)
    if price is None and plan is not None:
        price = plan.entry_price
    quantity = order.remaining_quantity
    stop = None if plan is None else plan.stop_loss_price
    loss = None if stop is None or price is None else max(ZERO, order.side.sign * (price - stop)) * quantity
    return WorstCase(quantity, quantity * (price or ZERO), loss)
