"""The quick entry as order entry holds it, for the keys."""

from dataclasses import replace

from legend_desktop.domain.enums import OrderSide, OrderSource
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_form import request_from


class EntryDraft:
    """Reads the draft of an ``OrderEntryViewModel`` and sends it."""

    def __init__(self, entry: OrderEntryViewModel) -> None:
        self._entry = entry

    def request(self, side: OrderSide) -> QuickEntryRequest:
        """The entry as typed, with ``side``; raises ``ValueError`` with what is missing or cannot be read."""
        quote = self._entry.quote
        facts = replace(self._entry.price_facts(), side=side, entry=quote.far_side(side) if quote else None)
        return request_from(replace(self._entry.form, side=side), facts, source=OrderSource.KEY)

    def send(self, side: OrderSide, pressed_ns: int) -> str:
        """Send the draft through order entry; a sentence where nothing was sent."""
        if self._entry.quick(side, pressed_ns):
            return ""
        if self._entry.busy:
            return "Order entry is busy with the last order."
        refusal = self._entry.refusal
        if refusal is not None:
            return refusal.sentence
        if self._entry.message:
            return self._entry.message
        return "Order entry has no stop yet. Type the price where you would be wrong, then press the key again."
