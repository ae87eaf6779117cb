"""Why the simulated broker says no: each refusal is structured, with words like a broker's and a code.

Codes: ``invalid``, ``wrong_account``, ``duplicate_id``, ``unknown_symbol``, ``price_increment``, ``quantity``,
``not_supported``, ``market_closed``, ``reduce_only``, ``no_borrow``, ``buying_power``, ``not_open``, ``too_late``,
``random``.
"""

from collections.abc import Callable
from decimal import Decimal

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.units import money, price
from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.money import default_tick, is_multiple
from legend_desktop.domain.orders import OrderIntent, OrderTerms

LARGEST_QUANTITY = 10_000_000
_ONE_SHOT = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
_PLAIN = frozenset({OrderType.MARKET, OrderType.LIMIT})


def refusal(words: str, code: str, advice: str = "") -> OrderRefused:
    """The refusal with the broker's words kept."""
    return OrderRefused(f"The simulator refuses the order: {words}.", broker_words=words, advice=advice, code=code)


def check_intent(intent: OrderIntent, account_id: str) -> None:
    """Refuse an order that is for another account or for real money."""
    if intent.mode is not TradingMode.PAPER:
        raise refusal("real money is not traded here", "wrong_account", "Use a live profile with a real broker.")
    if intent.account_id and intent.account_id != account_id:
        raise refusal(f"account {intent.account_id} is not known here", "wrong_account")


def check_terms(terms: OrderTerms) -> None:
    """Refuse terms that no market takes: missing numbers, fractions, prices between ticks, impossible mixes."""
    problems = terms.problems()
    if problems:
        words = problems[0].rstrip(".")
        raise refusal(words[0].lower() + words[1:], "invalid")
    if terms.quantity != terms.quantity.to_integral_value() or terms.quantity > LARGEST_QUANTITY:
        raise refusal(
            f"quantity {terms.quantity} is not a whole number of shares up to {LARGEST_QUANTITY:,}", "quantity"
        )
    for value in (terms.limit_price, terms.stop_price):
        if value is not None:
            _check_increment(value, default_tick(value))
    if terms.trail_amount is not None:
        _check_increment(terms.trail_amount, default_tick(terms.trail_amount))
    kind = terms.order_type.value.replace("_", "-")
    if terms.order_type not in _PLAIN and terms.time_in_force in _ONE_SHOT | _AUCTIONS:
        raise refusal(f"a {kind} order cannot be {terms.time_in_force.value}", "not_supported", "Use day or gtc.")
    plain_limit = terms.order_type is OrderType.LIMIT and terms.time_in_force in {TimeInForce.DAY, TimeInForce.GTC}
    if terms.extended_hours and not plain_limit:
        raise refusal("only day and gtc limit orders trade in extended hours", "not_supported")


def check_exit_terms(leg: OrderTerms, entry: OrderTerms) -> None:
    """Refuse an exit that does not undo its entry or has nothing to wait for."""
    if leg.symbol != entry.symbol or leg.side is entry.side or leg.quantity > entry.quantity:
        raise refusal("an exit must undo its entry: same symbol, other side, no more shares", "invalid")
    if leg.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}:
        raise refusal("an exit must be day or gtc", "not_supported")
    if leg.order_type is OrderType.MARKET:
        raise refusal("an exit needs a price to wait for", "invalid")


def _check_increment(value: Decimal, tick: Decimal) -> None:
    if not is_multiple(value, tick):
        raise refusal(
            f"price not in increment, {value} is not a multiple of {tick}",
            "price_increment",
            f"Round the price to {tick}.",
        )


def closable(terms: OrderTerms, position: int, already: int) -> int:
    """Shares of the order that reduce the position; ``already`` is what other open orders of its side will reduce."""
    against = -position if terms.side is OrderSide.BUY else position
    return max(0, min(int(terms.quantity), against - already))


def check_reduce_only(terms: OrderTerms, position: int) -> None:
    """Refuse a reduce-only order that would open or turn a position."""
    if closable(terms, position, 0) < terms.quantity:
        held = f"you hold {position}" if position else "you hold none"
        raise refusal(
            f"reduce-only order of {terms.quantity} {terms.symbol} to {terms.side.value}, {held}", "reduce_only"
        )


def margin_price(terms: OrderTerms, feed: SymbolFeed) -> int:
    """What a share of the order may cost, in units: its limit, its stop, else the far side of the quote."""
    for value in (terms.limit_price, terms.stop_price):
        if value is not None:
            return int(value * 10_000)
    return (feed.ask if terms.side is OrderSide.BUY else feed.bid) or feed.mark


def check_margin(
    terms: OrderTerms, *, opening: int, share_price: int, room: Callable[[], int], borrowable: bool
) -> None:
    """Refuse a short sale without a locate, and an order beyond ``room`` (buying power left, in units)."""
    if opening <= 0:
        return
    if terms.side is OrderSide.SELL and not borrowable:
        raise refusal(f"no shares of {terms.symbol} to borrow for a short sale of {opening}", "no_borrow")
    need, there = opening * share_price, room()
    if need > there:
        raise refusal(
            f"insufficient buying power, {money(need):,.2f} needed and {money(there):,.2f} available",
            "buying_power",
            f"At {price(share_price)} a share there is room for {there // share_price if share_price else 0}.",
        )
