"""The draft of Order entry as the chart reads and changes it: dragging a line is typing into a field."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.quotes import Quote
from legend_desktop.viewmodels.chart_lines import Draft
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_form import (
    FormError,
    OrderForm,
    PriceContext,
    parse_exit,
    parse_price,
    wants_limit,
    wants_trigger,
)

BUSY = "Order entry is busy with the last order. Wait for its answer, then change the draft."


class ChartDraft:
    """Reads the form as prices and writes prices into it; ``put_back`` undoes what was written since ``keep``."""

    def __init__(self, entry: OrderEntryViewModel, rounded: Callable[[Decimal], Decimal]) -> None:
        self.entry = entry
        self._rounded = rounded
        self._before: OrderForm | None = None

    def read(self, symbol: str) -> Draft | None:
        """The draft for ``symbol``; ``None`` while the form is for another one or shows an order that was sent."""
        entry = self.entry
        form = entry.form
        if form.symbol != symbol or not symbol or entry.state.is_after_press:
            return None
        facts = entry.price_facts()
        at = _entry_price(form, facts)
        preview = entry.preview
        if preview is not None:
            priced = at if at is not None or form.order_type is not OrderType.MARKET else preview.entry_price
            stop, target = preview.stop_loss_price, preview.target_price
            return Draft(form.side, form.order_type, preview.quantity, priced, stop, target)
        facts = replace(facts, entry=at if at is not None else facts.entry)
        stop = _exit_price(form.stop, "stop", facts)
        target = _exit_price(form.target, "target", replace(facts, stop=stop))
        return Draft(form.side, form.order_type, None, at, stop, target)

    def move(self, key: str, price: Decimal) -> None:
        """Type ``price`` into the field behind a draft line."""
        self._remember()
        if key == "draft.entry":
            self.entry.set_text("trigger" if wants_trigger(self.entry.form.order_type) else "price", f"{price:f}")
        else:
            self.entry.set_text(key.removeprefix("draft."), f"{price:f}")

    def prefill(self, side: OrderSide, order_type: OrderType, price: Decimal) -> str:
        """An order of this kind at ``price``; a sentence where the form cannot be changed now."""
        if self.entry.busy:
            return BUSY
        self._write(side, order_type, price)
        return ""

    def set_exit(self, name: str, price: Decimal) -> str:
        """The draft's stop or target; a sentence where the form cannot be changed now."""
        if self.entry.busy:
            return BUSY
        self.entry.set_text(name, f"{price:f}")
        return ""

    def bracket(self, entry: Decimal, stop: Decimal, quote: Quote | None) -> str:
        """An entry with its stop. The entry waits as a limit, or as a stop where the market has yet to reach it."""
        if self.entry.busy:
            return BUSY
        self._remember()
        side = OrderSide.BUY if stop < entry else OrderSide.SELL
        touch = quote.far_side(side) if quote is not None else None
        beyond = touch is not None and side.sign * (entry - touch) > 0
        if self.entry.form.side is not side and self.entry.form.target:
            self.entry.set_text("target", "")
        self._write(side, OrderType.STOP if beyond else OrderType.LIMIT, entry)
        self.entry.set_text("stop", f"{stop:f}")
        return ""

    def keep(self) -> None:
        """What was written stays."""
        self._before = None

    def put_back(self) -> None:
        """Make the form what it was before the last move."""
        before, self._before = self._before, None
        if before is None or before.symbol != self.entry.form.symbol:
            return
        self._write(before.side, before.order_type, None)
        for field in ("price", "trigger", "stop", "target"):
            self.entry.set_text(field, getattr(before, field))

    def _remember(self) -> None:
        if self._before is None:
            self._before = self.entry.form

    def _write(self, side: OrderSide, order_type: OrderType, price: Decimal | None) -> None:
        entry = self.entry
        if entry.form.side is not side:
            entry.set_side(side)
        if entry.form.order_type is not order_type:
            entry.set_order_type(order_type)
        if price is not None:
            entry.set_text("trigger" if wants_trigger(order_type) else "price", f"{price:f}")


def _entry_price(form: OrderForm, facts: PriceContext) -> Decimal | None:
    """The price that the person chose for the entry; ``None`` for a market order and for what cannot be read."""
    try:
        if wants_trigger(form.order_type):
            return parse_price(form.trigger, "trigger", facts)
        return parse_price(form.price, "price", facts) if wants_limit(form.order_type) else None
    except FormError:
        return None


def _exit_price(text: str, field: str, facts: PriceContext) -> Decimal | None:
    try:
        return parse_exit(text, field, facts)
    except FormError:
        return None
