"""Why the simulated broker says no: each refusal is structured, with words like a broker's and a normalised reason."""

from collections.abc import Callable
from decimal import Decimal

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.refusals import RefusalReason, advice_for
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.units import money, price
from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.money import default_tick, is_multiple
from legend_desktop.domain.orders import OrderIntent, OrderTerms

LARGEST_QUANTITY = 10_000_000
_R = RefusalReason
_ONE_SHOT = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
_PLAIN = frozenset({OrderType.MARKET, OrderType.LIMIT})


def refusal(words: str, reason: RefusalReason, advice: str = "") -> OrderRefused:
    """The refusal with the broker's words kept; without ``advice`` the general one for ``reason``."""
    return OrderRefused(
        f"The simulator refuses the order: {words}.",
        broker_words=words,
        advice=advice or advice_for(reason),
        code=reason.value,
    )


def bad_terms(problem: str, reason: RefusalReason = _R.OTHER) -> OrderRefused:
    """The refusal of terms that no market takes; ``problem`` is a sentence."""
    words = problem.rstrip(".")
    return refusal(words[0].lower() + words[1:], reason, "Complete the order, then send it again.")


def check_intent(intent: OrderIntent, account_id: str) -> None:
    """Refuse an order that is for another account or for real money."""
    if intent.mode is not TradingMode.PAPER:
        raise refusal("real money is not traded here", _R.PERMISSION, "Use a live profile with a real broker.")
    if intent.account_id and intent.account_id != account_id:
        raise refusal(f"account {intent.account_id} is not known here", _R.PERMISSION, "Send it from that account.")


def check_terms(terms: OrderTerms) -> None:
    """Refuse terms that no market takes: missing numbers, fractions, prices between ticks, impossible mixes."""
    problems = terms.problems()
    if problems:
        raise bad_terms(problems[0], _R.SIZE_TOO_SMALL if terms.quantity <= 0 else _R.OTHER)
    if terms.quantity != terms.quantity.to_integral_value() or terms.quantity > LARGEST_QUANTITY:
        large = terms.quantity > LARGEST_QUANTITY
        raise refusal(
            f"quantity {terms.quantity} is not a whole number of shares up to {LARGEST_QUANTITY:,}",
            _R.SIZE_TOO_LARGE if large else _R.ORDER_TYPE,
            "" if large else "Trade whole shares.",
        )
    for value in (terms.limit_price, terms.stop_price):
        if value is not None:
            _check_increment(value, default_tick(value))
    if terms.trail_amount is not None:
        _check_increment(terms.trail_amount, default_tick(terms.trail_amount))
    kind = terms.order_type.value.replace("_", "-")
    if terms.order_type not in _PLAIN and terms.time_in_force in _ONE_SHOT | _AUCTIONS:
        raise refusal(f"a {kind} order cannot be {terms.time_in_force.value}", _R.ORDER_TYPE, "Use day or gtc.")
    plain_limit = terms.order_type is OrderType.LIMIT and terms.time_in_force in {TimeInForce.DAY, TimeInForce.GTC}
    if terms.extended_hours and not plain_limit:
        raise refusal("only day and gtc limit orders trade in extended hours", _R.SESSION)


def check_exit_terms(leg: OrderTerms, entry: OrderTerms) -> None:
    """Refuse an exit that does not undo its entry or has nothing to wait for."""
    if leg.symbol != entry.symbol or leg.side is entry.side or leg.quantity > entry.quantity:
        raise refusal("an exit must undo its entry: same symbol, other side, no more shares", _R.ORDER_TYPE)
    if leg.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}:
        raise refusal("an exit must be day or gtc", _R.ORDER_TYPE)
    if leg.order_type is OrderType.MARKET:
        raise refusal("an exit needs a price to wait for", _R.ORDER_TYPE)


def _check_increment(value: Decimal, tick: Decimal) -> None:
    if not is_multiple(value, tick):
        raise refusal(
            f"price not in increment, {value} is not a multiple of {tick}",
            _R.PRICE_INCREMENT,
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
            f"reduce-only order of {terms.quantity} {terms.symbol} to {terms.side.value}, {held}",
            _R.SIZE_TOO_LARGE,
            "Trade no more shares than you hold.",
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
        raise refusal(f"no shares of {terms.symbol} to borrow for a short sale of {opening}", _R.NOT_SHORTABLE)
    need, there = opening * share_price, room()
    if need > there:
        raise refusal(
            f"insufficient buying power, {money(need):,.2f} needed and {money(there):,.2f} available",
            _R.BUYING_POWER,
            f"At {price(share_price)} a share there is room for {there // share_price if share_price else 0}.",
        )
