"""What stands beside the fields of Order entry, and which field a refusal is about."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.formatting import format_distance, format_price
from legend_desktop.domain.quotes import Quote
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.order_form import FormError, parse_price, wants_limit


def with_price(text: str, price: Decimal | None, derived: str, tick: Decimal | None = None) -> str:
    """What the typed words come to in front of what follows from it, where the words are no price themselves.

    ``tick`` is the price step, where it is known.
    """
    if price is None or is_number(text) or not text.strip():
        return derived
    return f"{format_price(price, tick)}  {derived}".strip()


def is_number(text: str) -> bool:
    """True for a text that is a plain price or count, whose value needs no telling."""
    return text.strip().replace(",", "").replace(".", "", 1).isdigit()


def limit_of(entry: OrderEntryViewModel) -> Decimal | None:
    """What the typed limit comes to now; ``None`` for none or for what cannot be read."""
    if not wants_limit(entry.form.order_type):
        return None
    try:
        return parse_price(entry.form.price, "price", entry.price_facts())
    except FormError:
        return None


def beside_quote(limit: Decimal | None, quote: Quote | None) -> str:
    """Where a limit stands against the quote: ``bid − 0.01``, ``ask``, ``mid``."""
    if limit is None or quote is None or quote.bid is None or quote.ask is None or quote.is_crossed:
        return ""
    name, base = ("bid", quote.bid) if limit <= quote.bid else ("ask", quote.ask)
    if quote.bid < limit < quote.ask:
        return "inside the spread"
    away = limit - base
    if away == 0:
        return f"at the {name}"
    return f"{name} {'+' if away > 0 else '−'} {format_distance(abs(away))}"


def wrong_field(entry: OrderEntryViewModel) -> str:
    """The field that a refusal is about; empty for none."""
    if entry.form_error is not None:
        return entry.form_error.field
    refusal = entry.refusal
    if refusal is None or refusal.outcome.value != "deny":
        return ""
    if refusal.check.startswith(("stop", "high_risk")):
        return "stop"
    if refusal.check.startswith("target"):
        return "target"
    if refusal.check == "price_collar":
        return "trigger" if entry.form.order_type is OrderType.STOP else "price"
    if refusal.check in {"reduce_only", "max_quantity", "short_sale"} and entry.form.by_quantity:
        return "quantity"
    return ""
