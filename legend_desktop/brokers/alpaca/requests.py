"""From an intent to the body that Alpaca takes. Its rules are checked first: what breaks one is never sent.

No price is ever rounded here and no type changed: the refusal says which values would do.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from legend_desktop.brokers.alpaca.enums import COMPLEX_CLASSES, TYPES
from legend_desktop.brokers.alpaca.payloads import OrderRow
from legend_desktop.brokers.alpaca.refusals import not_sent
from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderRole, OrderType, TimeInForce
from legend_desktop.domain.money import CENT, ZERO, ceil_to_step, default_tick, floor_to_step, is_multiple
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms

LONGEST_ID = 128
FINEST_QUANTITY = Decimal("0.000000001")
SMALLEST_TRAIL_PERCENT = Decimal("0.1")
_R = RefusalReason
_LASTING = frozenset({TimeInForce.DAY, TimeInForce.GTC})
_AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
_PLAIN = frozenset({OrderType.MARKET, OrderType.LIMIT})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def order_body(intent: OrderIntent, *, auctions: bool = False) -> bytes:
    """A simple order. ``auctions``: the account may trade in the opening and closing auction. Raises ``OrderRefused``.

    The quantity may be a fraction of a share where the order is a plain day order.
    """
    terms = intent.terms
    check_terms(terms, auctions=auctions)
    return encode({**_base(terms, intent.client_order_id), **_prices(terms)})


def bracket_body(bracket: Bracket, *, auctions: bool = False) -> bytes:
    """An entry with both exits (``bracket``) or with one (``oto``). Raises ``OrderRefused``.

    Alpaca keeps one time in force for all of it. Where an exit is to last beyond the day the whole does: exits that end
    in the evening would leave the shares bare.
    """
    entry, target, stop = bracket.entry.terms, bracket.take_profit, bracket.stop_loss
    problems = bracket.problems()
    if problems:
        raise not_sent(problems[0], _R.OTHER, "Change the price or the size.")
    exits = [leg.terms for leg in (target, stop) if leg is not None]
    both = target is not None and stop is not None
    if both and entry.order_type not in _PLAIN:
        raise not_sent(
            f"Alpaca takes market and limit entries with a bracket, no {_name(entry)} entry.",
            _R.ORDER_TYPE,
            "Send the entry alone and its exits once it is filled, or use a limit entry.",
        )
    check_terms(entry, auctions=auctions)
    _check_complex(entry, exits)
    lasting = any(leg.time_in_force is TimeInForce.GTC for leg in (entry, *exits))
    body = {**_base(entry, bracket.entry.client_order_id), **_prices(entry)}
    body["time_in_force"] = (TimeInForce.GTC if lasting else TimeInForce.DAY).value
    body["order_class"] = "bracket" if both else "oto"
    return encode({**body, **_exits(target.terms if target else None, stop.terms if stop else None)})


def oco_body(target: OrderIntent, stop: OrderIntent) -> bytes:
    """Two exits of shares that are held; Alpaca knows the pair by the target's id. Raises ``OrderRefused``."""
    first, second = target.terms, stop.terms
    for terms in (first, second):
        check_terms(terms)
    if first.side is not second.side or first.symbol != second.symbol or first.quantity != second.quantity:
        raise not_sent("Two exits that cancel each other must be for the same shares.", _R.ORDER_TYPE)
    _check_complex(first, [second], opposite=False)
    sign = first.side.sign
    limit, trigger = first.limit_price, second.stop_price
    if limit is not None and trigger is not None and sign * (trigger - limit) < CENT:
        raise not_sent("The stop must lie on the other side of the target.", _R.STOP_BREACHED)
    body = _base(first, target.client_order_id) | {"order_class": "oco"}
    lasting = TimeInForce.GTC in {first.time_in_force, second.time_in_force}
    body["time_in_force"] = (TimeInForce.GTC if lasting else TimeInForce.DAY).value
    return encode({**body, **_exits(first, second)})


def target_and_stop(first: OrderIntent, second: OrderIntent) -> tuple[OrderIntent, OrderIntent]:
    """The limit order and the stop of a pair, in whatever order they came. Raises ``OrderRefused``."""
    pair = sorted((first, second), key=lambda row: row.terms.order_type is not OrderType.LIMIT)
    if pair[0].terms.order_type is not OrderType.LIMIT or pair[1].terms.order_type not in _STOPS:
        raise not_sent(
            "Alpaca pairs a limit order with a stop or stop-limit order.",
            _R.ORDER_TYPE,
            "A trailing stop works alone: cancel the target first.",
        )
    return pair[0], pair[1]


def replace_body(current: OrderRow, successor: OrderIntent) -> bytes:
    """What changes, under the successor's own id. Raises ``OrderRefused`` and the order stands as it is.

    The quantity is the total with what is filled already. For a simple order in whole shares it always goes along: left
    out, Alpaca was seen to begin again with the whole of it.
    """
    terms = successor.terms
    _check_changeable(current, terms)
    changes = _price_changes(current, terms)
    if not is_complex(current) and current.time_in_force not in {terms.time_in_force.value, None, ""}:
        changes["time_in_force"] = terms.time_in_force.value
    resized = current.qty is not None and current.qty != terms.quantity
    if not changes and not resized:
        raise _unchanged("The order already has these prices and this size.", "Nothing needs to be changed.")
    whole = terms.quantity == terms.quantity.to_integral_value()
    fractional = current.qty is not None and current.qty != current.qty.to_integral_value()
    if resized and (fractional or not whole):
        raise _unchanged("Alpaca changes the size of orders in whole shares only.", "Cancel it and send a new one.")
    if resized and is_complex(current):
        raise _unchanged(
            "Alpaca does not change the size of an order that belongs to a bracket or a pair.",
            "Cancel it and send a new one.",
        )
    if resized and terms.quantity <= (current.filled_qty or ZERO):
        raise _unchanged(f"{text(current.filled_qty or ZERO)} shares are filled already.", "Cancel the rest instead.")
    if whole and not fractional and not is_complex(current):
        changes["qty"] = text(terms.quantity)
    return encode({**changes, "client_order_id": _checked_id(successor.client_order_id)})


def is_complex(row: OrderRow) -> bool:
    """True for a member of a bracket, a pair or an entry with one exit."""
    return (row.order_class or "") in COMPLEX_CLASSES


def check_terms(terms: OrderTerms, *, auctions: bool = True) -> None:
    """Refuse what Alpaca is known not to take. Raises ``OrderRefused``."""
    problems = terms.problems()
    if problems:
        reason = _R.SIZE_TOO_SMALL if terms.quantity <= 0 else _R.OTHER
        raise not_sent(problems[0], reason, "Complete the order.")
    for name, price in (("limit price", terms.limit_price), ("stop price", terms.stop_price)):
        check_step(name, price)
    check_step("trail", terms.trail_amount)
    if terms.trail_percent is not None and terms.trail_percent < SMALLEST_TRAIL_PERCENT:
        raise not_sent("Alpaca trails by 0.1 % at least.", _R.PRICE_INCREMENT, "Use 0.1 % or more.")
    _check_life(terms, auctions=auctions)
    _check_fraction(terms)


def check_step(name: str, price: Decimal | None) -> None:
    """Refuse a price between two steps, naming both neighbours: a cent from one dollar on, 0.0001 below."""
    if price is None:
        return
    tick = default_tick(price)
    if is_multiple(price, tick):
        return
    below, above = floor_to_step(price, tick), ceil_to_step(price, tick)
    raise not_sent(
        f"The {name} {text(price)} lies between two price steps of {text(tick)}.",
        _R.PRICE_INCREMENT,
        f"Use {below} or {above}." if below > 0 else f"Use {above}.",
    )


def text(value: Decimal) -> str:
    """A number as Alpaca takes it: plain digits, no exponent."""
    return format(value.normalize(), "f")


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON text."""
    return msgspec.json.encode(body)


def _base(terms: OrderTerms, client_order_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "symbol": terms.symbol,
        "qty": text(terms.quantity),
        "side": terms.side.value,
        "type": terms.order_type.value,
        "time_in_force": terms.time_in_force.value,
        "client_order_id": _checked_id(client_order_id),
    }
    if terms.extended_hours:
        body["extended_hours"] = True
    return body


def _prices(terms: OrderTerms) -> dict[str, str]:
    pairs = {
        "limit_price": terms.limit_price,
        "stop_price": terms.stop_price,
        "trail_price": terms.trail_amount,
        "trail_percent": terms.trail_percent,
    }
    return {name: text(value) for name, value in pairs.items() if value is not None}


def _exits(target: OrderTerms | None, stop: OrderTerms | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if target is not None:
        found["take_profit"] = _prices(target)
    if stop is not None:
        found["stop_loss"] = _prices(stop)
    return found


def _check_complex(entry: OrderTerms, exits: list[OrderTerms], *, opposite: bool = True) -> None:
    """Refuse exits that Alpaca cannot tie to ``entry``."""
    side = entry.side.opposite if opposite else entry.side
    for leg in exits:
        check_step("limit price", leg.limit_price)
        check_step("stop price", leg.stop_price)
        if (leg.symbol, leg.side, leg.quantity) != (entry.symbol, side, entry.quantity):
            raise not_sent("Alpaca ties exits to an entry of the same symbol and size only.", _R.ORDER_TYPE)
        if leg.order_type not in {OrderType.LIMIT, *_STOPS}:
            raise not_sent(
                f"Alpaca ties no {_name(leg)} exit to an entry.",
                _R.ORDER_TYPE,
                "Use a stop or stop-limit exit now; a trailing stop can take its place once the entry is filled.",
            )
    for terms in (entry, *exits):
        if terms.quantity != terms.quantity.to_integral_value():
            raise not_sent(
                "Alpaca takes whole shares only for an order with exits.", _R.ORDER_TYPE, "Round the size down."
            )
        if terms.extended_hours:
            raise not_sent(
                "An order with exits does not work in extended hours at Alpaca.",
                _R.SESSION,
                "Send a plain limit order.",
            )
        if terms.time_in_force not in _LASTING:
            raise not_sent("An order with exits is day or gtc at Alpaca.", _R.ORDER_TYPE, "Choose day or gtc.")


def _check_life(terms: OrderTerms, *, auctions: bool) -> None:
    life = terms.time_in_force
    if life not in _LASTING and terms.order_type not in _PLAIN:
        raise not_sent(f"A {_name(terms)} order is day or gtc at Alpaca.", _R.ORDER_TYPE, "Choose day or gtc.")
    if life in _AUCTIONS and not auctions:
        raise not_sent(
            "Alpaca opens its auctions to some accounts only.",
            _R.PERMISSION,
            "Ask Alpaca, then switch auction orders on in the connection.",
        )
    if terms.extended_hours and (terms.order_type is not OrderType.LIMIT or life not in _LASTING):
        raise not_sent(
            "Alpaca takes day and gtc limit orders only outside regular hours.",
            _R.SESSION,
            "Use a limit order, or leave extended hours off.",
        )


def _check_fraction(terms: OrderTerms) -> None:
    if terms.quantity == terms.quantity.to_integral_value():
        return
    if not is_multiple(terms.quantity, FINEST_QUANTITY):
        raise not_sent("Alpaca takes at most nine decimals of a share.", _R.ORDER_TYPE, "Round the size down.")
    if terms.time_in_force is not TimeInForce.DAY:
        raise not_sent("Alpaca takes fractions of a share in day orders only.", _R.ORDER_TYPE, "Choose day.")
    if terms.order_type is OrderType.TRAILING_STOP:
        raise not_sent("Alpaca trails whole shares only.", _R.ORDER_TYPE, "Round the size down.")


def _check_changeable(current: OrderRow, terms: OrderTerms) -> None:
    kind = TYPES.get(current.type or "")
    sides: set[str | None] = {terms.side.value, None, ""}
    same = current.symbol in {terms.symbol, None, ""} and current.side in sides
    if not same or kind not in {terms.order_type, None}:
        raise _unchanged("Symbol, side and type of an order cannot be changed.", "Cancel it and send a new one.")
    if current.notional is not None and current.qty is None:
        raise _unchanged("An order for an amount of money cannot be changed.", "Cancel it and send a new one.")
    if bool(current.extended_hours) != terms.extended_hours:
        raise _unchanged("The session of an order cannot be changed.", "Cancel it and send a new one.")
    check_terms(terms)


def _price_changes(current: OrderRow, terms: OrderTerms) -> dict[str, str]:
    changes: dict[str, str] = {}
    if terms.limit_price is not None and terms.limit_price != current.limit_price:
        changes["limit_price"] = text(terms.limit_price)
    if terms.stop_price is not None and terms.stop_price != current.stop_price:
        changes["stop_price"] = text(terms.stop_price)
    if terms.order_type is OrderType.TRAILING_STOP:
        by_amount = current.trail_price is not None
        wanted, now = terms.trail_percent, current.trail_percent
        if by_amount:
            wanted, now = terms.trail_amount, current.trail_price
        if wanted is None:
            raise _unchanged("A trail by price stays one, a trail by per cent too.", "Cancel it and send a new one.")
        if wanted != now:
            changes["trail"] = text(wanted)
    return changes


def _unchanged(sentence: str, advice: str) -> OrderRefused:
    return OrderRefused(
        f"{sentence} The order works unchanged.",
        broker_words=sentence,
        advice=advice,
        code=RefusalReason.NOT_REPLACEABLE.value,
    )


def _checked_id(client_order_id: str) -> str:
    if not 0 < len(client_order_id) <= LONGEST_ID:
        raise not_sent(f"An order id has 1 to {LONGEST_ID} characters.", _R.OTHER, "Send it again.")
    return client_order_id


def _name(terms: OrderTerms) -> str:
    return terms.order_type.value.replace("_", "-")


def exit_ids(bracket: Bracket) -> dict[OrderRole, str]:
    """Our ids of the exits by their role, for Alpaca makes up ids of its own for them."""
    legs = {OrderRole.TARGET: bracket.take_profit, OrderRole.STOP: bracket.stop_loss}
    return {role: leg.client_order_id for role, leg in legs.items() if leg is not None}
