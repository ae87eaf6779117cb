"""An order as the draft of the next one: the same symbol, side, kind, prices and exits, counted in shares."""

from typing import Protocol

from legend_desktop.domain.formatting import format_price
from legend_desktop.domain.orders import Order, OrderTerms


class Draft(Protocol):
    """What of order entry is needed (``OrderEntryViewModel``)."""

    @property
    def busy(self) -> bool:
        """True while an order is being sent or unknown."""
        ...

    def take_terms(self, terms: OrderTerms) -> None:
        """Put a copy of an order into the ticket."""
        ...

    def set_with_exits(self, wanted: bool) -> None:
        """Whether the order brings a stop and a target."""
        ...

    def set_text(self, field: str, text: str) -> None:
        """Type into a field."""
        ...


def copy_as_draft(entry: Draft, order: Order) -> str:
    """Fill order entry from ``order``; nothing is sent. Returns a sentence where that cannot be done now, else ""."""
    if entry.busy:
        return "Order entry is busy with the last order. Copy this one when that has ended."
    entry.take_terms(order.terms)
    plan = order.intent.plan
    stop = None if plan is None else plan.stop_loss_price
    target = None if plan is None else plan.take_profit_price
    entry.set_with_exits(stop is not None or target is not None)
    for field, price in (("stop", stop), ("target", target)):
        entry.set_text(field, "" if price is None else format_price(price))
    return ""
