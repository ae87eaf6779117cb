"""The body of an order request, read and checked for form: fields, numbers, combinations, price steps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.fakes.alpaca.records import Refusal, forbidden, malformed, unprocessable

TYPES = frozenset({"market", "limit", "stop", "stop_limit", "trailing_stop"})
TIMES = frozenset({"day", "gtc", "opg", "cls", "ioc", "fok"})
CLASSES = frozenset({"", "simple", "bracket", "oco", "oto", "mleg"})
INTENTS = frozenset({"", "buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"})
NUMBER = re.compile(r"-?\d+(\.\d+)?")
ONE = Decimal(1)


@dataclass(slots=True)
class OrderForm:
    """An order request in typed terms."""

    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_price: Decimal | None
    trail_percent: Decimal | None
    extended_hours: bool
    client_order_id: str
    order_class: str
    position_intent: str
    target: Decimal | None
    stop: Decimal | None
    stop_limit: Decimal | None
    advanced: bool = False
    source: str | None = "access_key"

    @property
    def buy(self) -> bool:
        return self.side == "buy"

    @property
    def fractional(self) -> bool:
        return self.notional is not None or (self.qty is not None and self.qty != self.qty.to_integral_value())


def number(value: Any, name: str) -> Decimal | None:
    """A number sent as text or as a JSON number; null and "" are absent."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not NUMBER.fullmatch(str(value)):
        raise malformed(f"{name} must be numeric")
    try:
        return Decimal(str(value))
    except InvalidOperation:  # pragma: no cover - the pattern lets none through
        raise malformed(f"{name} must be numeric") from None


def words(data: Mapping[str, Any], name: str, allowed: frozenset[str], default: str | None = None) -> str:
    value = data.get(name)
    if (value is None or value == "") and default is not None:
        return default
    if not isinstance(value, str) or value not in allowed or value == "":
        raise malformed(f"invalid {name}" if value else f"{name} is required")
    return value


def read_form(data: Any) -> OrderForm:
    """The request in typed terms. Raises the refusal of the first thing wrong with its form."""
    if not isinstance(data, dict):
        raise Refusal(400, 40010000, "request body format is invalid")
    symbol = data.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise malformed("symbol is required")
    profit, loss = data.get("take_profit") or {}, data.get("stop_loss") or {}
    if not isinstance(profit, dict) or not isinstance(loss, dict):
        raise Refusal(400, 40010000, "request body format is invalid")
    order_class = words(data, "order_class", CLASSES, "")
    form = OrderForm(
        symbol=symbol,
        side=words(data, "side", frozenset({"buy", "sell"})),
        type=words(data, "type", TYPES),
        time_in_force=words(data, "time_in_force", TIMES),
        qty=number(data.get("qty"), "qty"),
        notional=number(data.get("notional"), "notional"),
        limit_price=number(data.get("limit_price"), "limit_price"),
        stop_price=number(data.get("stop_price"), "stop_price"),
        trail_price=number(data.get("trail_price"), "trail_price"),
        trail_percent=number(data.get("trail_percent"), "trail_percent"),
        extended_hours=data.get("extended_hours") is True,
        client_order_id=_client_id(data.get("client_order_id")),
        order_class="" if order_class == "simple" else order_class,
        position_intent=words(data, "position_intent", INTENTS, ""),
        target=number(profit.get("limit_price"), "take_profit.limit_price"),
        stop=number(loss.get("stop_price"), "stop_loss.stop_price"),
        stop_limit=number(loss.get("limit_price"), "stop_loss.limit_price"),
        advanced=bool(data.get("advanced_instructions")),
    )
    if form.order_class == "oco" and form.limit_price is None:
        form.limit_price = form.target
    return form


def _client_id(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refusal(400, 40010000, "request body format is invalid")
    if len(value) > 128:
        raise malformed("client_order_id must be no more than 128 characters")
    return value


def check_form(form: OrderForm) -> None:
    """Every rule that needs neither account nor market, in Alpaca's order."""
    _check_quantity(form)
    _check_prices_given(form)
    _check_class(form)
    _check_steps(form)
    _check_time(form)
    _check_fraction(form)


def _check_quantity(form: OrderForm) -> None:
    if form.qty is None and form.notional is None:
        raise malformed("qty or notional is required")
    if form.qty is not None and form.notional is not None:
        raise malformed("only one of qty or notional is accepted")
    if form.qty is not None:
        if form.qty <= 0:
            raise malformed("qty must be > 0")
        if -int(form.qty.as_tuple().exponent) > 9:
            raise malformed("qty must have at most 9 decimal places")
    if form.notional is not None and form.notional < ONE:
        raise unprocessable("notional must be >= 1.00")


def _check_prices_given(form: OrderForm) -> None:
    limit, stop = form.limit_price is not None, form.stop_price is not None
    trails = (form.trail_price is not None) + (form.trail_percent is not None)
    if form.type == "market" and (limit or stop):
        raise malformed("market orders require no stop or limit price")
    if form.type == "limit" and not limit:
        raise malformed("limit orders require a limit price")
    if form.type == "limit" and stop:
        raise malformed("limit orders require no stop price")
    if form.type == "stop" and not stop:
        raise malformed("stop orders require a stop price")
    if form.type == "stop" and limit:
        raise malformed("stop orders require no limit price")
    if form.type == "stop_limit" and not (limit and stop):
        raise malformed("stop limit orders require both stop and limit price")
    if form.type == "trailing_stop":
        if trails != 1:
            raise malformed("trailing stop orders must specify one of trail_price or trail_percent")
        if limit or stop:
            raise malformed("trailing stop orders require no stop or limit price")
    elif trails:
        raise malformed("trail_price and trail_percent are only for trailing stop orders")
    if form.limit_price is not None and form.limit_price <= 0:
        raise malformed("limit price must be > 0")
    if form.stop_price is not None and form.stop_price <= 0:
        raise malformed("stop price must be > 0")
    if form.trail_price is not None and form.trail_price <= 0:
        raise malformed("trail_price must be > 0")
    if form.trail_percent is not None and form.trail_percent < Decimal("0.1"):
        raise malformed("trail_percent must be >= 0.1")


def _check_class(form: OrderForm) -> None:
    name = form.order_class
    if name == "":
        if form.target is not None or form.stop is not None:
            raise malformed("simple orders require no take_profit or stop_loss")
        return
    if name == "mleg":
        raise malformed("multi-leg orders are only for options")
    if name == "bracket" and form.type not in {"market", "limit"}:
        raise malformed("bracket orders must be market or limit orders")
    if name == "oco" and form.type != "limit":
        raise malformed("oco orders must be limit orders")
    if form.type == "trailing_stop":
        raise malformed(f"{name} orders must not be trailing stop orders")
    if name in {"bracket", "oco"}:
        if form.target is None and not (name == "oco" and form.limit_price is not None):
            raise malformed(f"{name} orders require take_profit.limit_price")
        if form.stop is None:
            raise malformed(f"{name} orders require stop_loss.stop_price")
    elif form.target is None and form.stop is None:
        raise malformed("oto orders require either take_profit.limit_price or stop_loss.stop_price")
    elif form.target is not None and form.stop is not None:
        raise malformed("oto orders require only one of take_profit or stop_loss")
    if form.extended_hours:
        raise unprocessable(f"{name} orders are not eligible for extended hours")


def step_words(name: str, price: Decimal) -> Refusal | None:
    """The refusal of a price with too many decimals: 2 from one dollar, 4 below."""
    places = 2 if price >= ONE else 4
    if -int(price.normalize().as_tuple().exponent) <= places:
        return None
    words = f"invalid {name} {format(price, 'f')}. sub-penny increment does not fulfill minimum pricing criteria"
    return unprocessable(words)


def _check_steps(form: OrderForm) -> None:
    prices = {
        "limit_price": form.limit_price,
        "stop_price": form.stop_price,
        "take_profit.limit_price": form.target,
        "stop_loss.stop_price": form.stop,
        "stop_loss.limit_price": form.stop_limit,
    }
    for name, price in prices.items():
        refusal = None if price is None else step_words(name, price)
        if refusal is not None:
            raise refusal


def _check_time(form: OrderForm) -> None:
    plain = not form.order_class and form.type in {"market", "limit"}
    if form.time_in_force in {"opg", "cls", "ioc", "fok"} and not plain:
        kind = form.order_class or form.type.replace("_", " ")
        raise unprocessable(f"{kind} orders must be day or gtc orders")
    if form.extended_hours:
        if form.type in {"stop", "stop_limit", "trailing_stop"}:
            raise unprocessable(f"{form.type.replace('_', ' ')} orders not eligible for extended hours")
        if form.type != "limit" or form.time_in_force not in {"day", "gtc"}:
            raise unprocessable("extended hours order must be DAY or GTC limit orders")


def _check_fraction(form: OrderForm) -> None:
    if not form.fractional:
        return
    if form.order_class:
        raise unprocessable("fractional orders must be simple orders")
    if form.time_in_force != "day":
        if form.type in {"stop", "stop_limit"}:
            raise unprocessable("fractional GTC orders are not enabled for stop and stop_limit orders")
        raise unprocessable("fractional orders must be DAY orders")
    if form.type == "trailing_stop":
        raise unprocessable("fractional orders must be market, limit, stop, or stop_limit orders")


def check_auction_window(form: OrderForm, session: str, minutes: int) -> None:
    """Auction orders are taken in their windows only; ``minutes`` counts from New York midnight.

    Opening: 19:00 to 09:28. Closing: until 15:50, and from 19:00 for the next close.
    """
    if form.time_in_force == "opg" and (session == "regular" or 9 * 60 + 28 <= minutes < 19 * 60):
        raise forbidden("opg orders must be submitted after 7:00pm and before 9:28am")
    if form.time_in_force == "cls" and 15 * 60 + 50 <= minutes < 19 * 60:
        raise forbidden("cls orders must be submitted after 7:00pm and before 3:50pm")
