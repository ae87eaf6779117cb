"""Orders in the words of the screen."""

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.formatting import format_money, format_price, format_shares
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import OrderTerms


def order_sentence(terms: OrderTerms) -> str:
    """An order in words: "Buy 116 AAPL at market"."""
    verb = "Buy" if terms.side is OrderSide.BUY else "Sell"
    return f"{verb} {format_shares(terms.quantity)} {terms.symbol} {price_words(terms)}"


def price_words(terms: OrderTerms) -> str:
    """How an order asks for its price, in words."""
    limit = format_price(terms.limit_price) if terms.limit_price is not None else ""
    stop = format_price(terms.stop_price) if terms.stop_price is not None else ""
    if terms.order_type is OrderType.LIMIT:
        return f"at {limit}"
    if terms.order_type is OrderType.STOP:
        return f"when {stop} trades"
    if terms.order_type is OrderType.STOP_LIMIT:
        return f"at {limit} when {stop} trades"
    if terms.order_type is OrderType.TRAILING_STOP:
        trail = (
            f"{terms.trail_percent} %" if terms.trail_percent is not None else format_money(terms.trail_amount or ZERO)
        )
        return f"trailing by {trail}"
    return "at market"
