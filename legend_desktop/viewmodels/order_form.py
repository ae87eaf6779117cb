"""The order form as text: what a person typed, what it means, and the request that follows. Pure, no Qt."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.enums import OrderSide, OrderSource, OrderType, TimeInForce
from legend_desktop.domain.formatting import format_distance, format_percent, format_price
from legend_desktop.domain.money import HUNDRED, round_to_tick
from legend_desktop.domain.verdicts import Fix
from legend_desktop.services.previews import QuickEntryRequest

_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_PRICE = re.compile(rf"^({_NUMBER})$")
_OFFSET = re.compile(rf"^([+-])\s*({_NUMBER})$")
_PERCENT = re.compile(rf"^([+-]?)\s*({_NUMBER})\s*%$")
_ATR = re.compile(rf"^({_NUMBER})\s*atr$", re.IGNORECASE)
_R = re.compile(rf"^({_NUMBER})\s*r$", re.IGNORECASE)
_UNFINISHED = frozenset({"", "+", "-", "."})
_TOUCH = re.compile(rf"^(bid|ask|mid)\s*(?:([+-])\s*({_NUMBER}))?$", re.IGNORECASE)


class FormError(ValueError):
    """A field that cannot be read: ``field`` names it, the text says what it takes."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PriceContext:
    """The facts that turn a typed distance into a price; ``None`` where unknown."""

    side: OrderSide
    tick: Decimal
    entry: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    atr: Decimal | None = None
    stop: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderForm:
    """The texts of Order entry. ``by_quantity`` says that the ticket's share count is used instead of the risk.

    ``with_exits`` says whether the ticket's stop and target go with the order. A quick entry is always for the day and
    for regular hours, whatever the ticket was set to.
    """

    symbol: str = ""
    side: OrderSide = OrderSide.BUY
    order_type: OrderType = OrderType.MARKET
    risk: str = ""
    price: str = ""
    trigger: str = ""
    stop: str = ""
    target: str = ""
    quantity: str = ""
    trail: str = ""
    time_in_force: TimeInForce = TimeInForce.DAY
    extended_hours: bool = False
    by_quantity: bool = False
    with_exits: bool = True

    @property
    def takes_exits(self) -> bool:
        """True where stop and target are used: a trailing stop is an exit itself."""
        return self.order_type is not OrderType.TRAILING_STOP and (self.with_exits or not self.by_quantity)

    @property
    def is_begun(self) -> bool:
        """True once there is enough to preview: a share count, or in quick entry a stop."""
        text = self.quantity if self.by_quantity else self.stop
        return bool(self.symbol) and _bare(text) not in _UNFINISHED

    def emptied(self, symbol: str) -> "OrderForm":
        """The form for another order in ``symbol``: side, type and risk stay, figures of the last order go."""
        return replace(self, symbol=symbol, price="", trigger="", stop="", target="", quantity="", trail="")


def _bare(text: str) -> str:
    """``text`` as it is read: the typographic minus is a minus, commas and outer spaces say nothing."""
    return text.strip().replace("\u2212", "-").replace(",", "")


def clean_number(text: str) -> Decimal | None:
    """The number in ``text`` without ``$`` and thousands commas; ``None`` for an empty text."""
    bare = _bare(text).removeprefix("$").strip()
    if not bare:
        return None
    try:
        value = Decimal(bare)
    except InvalidOperation as error:
        raise ValueError(f"{text.strip()!r} is not a number") from error
    if not value.is_finite():
        raise ValueError(f"{text.strip()!r} is not a number")
    return value


def parse_price(text: str, field: str, facts: PriceContext) -> Decimal | None:
    """A price for the entry: a number, or bid, ask and mid with an offset (``bid-0.01``)."""
    text = _bare(text)
    if not text:
        return None
    if match := _TOUCH.match(text):
        base = _touch(match[1].lower(), facts)
        if base is None:
            raise FormError(field, f"There is no {match[1].lower()} to start from.")
        offset = Decimal(match[3] or 0) * (-1 if match[2] == "-" else 1)
        return round_to_tick(base + offset, facts.tick)
    return _plain_price(text, field)


def parse_exit(text: str, field: str, facts: PriceContext) -> Decimal | None:
    """A stop or target: a price, a distance (``-1.50``), a per cent (``1.5 %``), ``2atr``, or ``2R`` for a target.

    A distance without a sign goes to the side where the exit belongs. Raises ``FormError``.
    """
    text = _bare(text)
    if text in _UNFINISHED:
        return None
    towards = -facts.side.sign if field == "stop" else facts.side.sign
    if _PRICE.match(text):
        return _plain_price(text, field)
    distance: Decimal | None = None
    sign = towards
    if match := _OFFSET.match(text):
        sign, distance = _sign(match[1], towards), Decimal(match[2])
    elif match := _PERCENT.match(text):
        sign, distance = _sign(match[1], towards), _of_entry(Decimal(match[2]), facts, field)
    elif match := _ATR.match(text):
        if facts.atr is None:
            raise FormError(field, "The average true range of this symbol is not known. Type a price.")
        distance = Decimal(match[1]) * facts.atr
    elif (match := _R.match(text)) and field == "target":
        if facts.entry is None or facts.stop is None:
            raise FormError(field, "A target in R needs a stop first.")
        distance = Decimal(match[1]) * abs(facts.entry - facts.stop)
    if distance is None:
        raise FormError(field, f"{text!r} is not a {field} price. Type 174.00, 1.5 %, -1.50 or 2atr.")
    if facts.entry is None:
        raise FormError(field, "There is no entry price to measure from yet.")
    return round_to_tick(facts.entry + sign * distance, facts.tick)


def _sign(text: str, towards: int) -> int:
    return towards if not text else (1 if text == "+" else -1)


def _of_entry(percent: Decimal, facts: PriceContext, field: str) -> Decimal:
    if facts.entry is None:
        raise FormError(field, "There is no entry price to measure from yet.")
    return facts.entry * percent / HUNDRED


def _touch(word: str, facts: PriceContext) -> Decimal | None:
    if word == "bid":
        return facts.bid
    if word == "ask":
        return facts.ask
    return None if facts.bid is None or facts.ask is None else (facts.bid + facts.ask) / 2


def _plain_price(text: str, field: str) -> Decimal:
    try:
        value = clean_number(text)
    except ValueError as error:
        raise FormError(field, f"{error}.".capitalize()) from error
    if value is None or value <= 0:
        raise FormError(field, "A price must be above zero.")
    return value


def request_from(
    form: OrderForm, facts: PriceContext, *, source: OrderSource = OrderSource.TICKET, pressed_ns: int | None = None
) -> QuickEntryRequest:
    """The request that the form asks for. Raises ``FormError`` naming the field that cannot be read."""
    limit = parse_price(form.price, "price", facts) if wants_limit(form.order_type) else None
    trigger = parse_price(form.trigger, "trigger", facts) if wants_trigger(form.order_type) else None
    entry = limit if limit is not None else (trigger if trigger is not None else facts.entry)
    facts = replace(facts, entry=entry)
    stop = parse_exit(form.stop, "stop", facts) if form.takes_exits else None
    facts = replace(facts, stop=stop)
    target = parse_exit(form.target, "target", facts) if form.takes_exits else None
    quantity = _number(form.quantity, "quantity") if form.by_quantity else None
    risk, cash = (None, None) if form.by_quantity else _risk(form.risk)
    amount, percent = _trail(form)
    if wants_limit(form.order_type) and limit is None:
        raise FormError("price", "A limit needs a price. Click the bid or the ask to use it.")
    if wants_trigger(form.order_type) and trigger is None:
        raise FormError("trigger", "Type the price at which the order goes off.")
    if form.by_quantity and quantity is None:
        raise FormError("quantity", "Type a share count.")
    return QuickEntryRequest(
        symbol=form.symbol,
        side=form.side,
        stop_loss_price=stop,
        target_price=target,
        risk_percent=risk,
        cash_risk=cash,
        quantity=quantity,
        order_type=form.order_type,
        limit_price=limit,
        stop_price=trigger,
        trail_amount=amount,
        trail_percent=percent,
        time_in_force=form.time_in_force if form.by_quantity else TimeInForce.DAY,
        extended_hours=form.extended_hours and form.by_quantity,
        source=source,
        label="Ticket" if form.by_quantity else "",
        pressed_ns=pressed_ns,
    )


def wants_limit(order_type: OrderType) -> bool:
    """True for the kinds that have a limit price."""
    return order_type in {OrderType.LIMIT, OrderType.STOP_LIMIT}


def wants_trigger(order_type: OrderType) -> bool:
    """True for the kinds that wait for a trigger price."""
    return order_type in {OrderType.STOP, OrderType.STOP_LIMIT}


def _number(text: str, field: str) -> Decimal | None:
    try:
        return clean_number(text)
    except ValueError as error:
        raise FormError(field, f"{error}.".capitalize()) from error


def _risk(text: str) -> tuple[Decimal | None, Decimal | None]:
    """Risk in per cent of the account, or in money with a leading ``$``."""
    text = _bare(text)
    if text.startswith("$"):
        value = _number(text, "risk")
        if value is None or value <= 0:
            raise FormError("risk", "Type how much money this trade may lose, such as $250.")
        return None, value
    value = _number(text.removesuffix("%"), "risk")
    if value is None or value <= 0:
        raise FormError("risk", "Type how much of the account this trade may lose, such as 0.50.")
    return value, None


def _trail(form: OrderForm) -> tuple[Decimal | None, Decimal | None]:
    if form.order_type is not OrderType.TRAILING_STOP:
        return None, None
    text = _bare(form.trail)
    value = _number(text.removesuffix("%"), "trail")
    if value is None or value <= 0:
        raise FormError("trail", "Type how far the stop follows: 1.50 or 1.2 %.")
    return (None, value) if text.endswith("%") else (value, None)


_FIX_FIELDS = {"limit": "price"}


def with_fix(form: OrderForm, fix: Fix) -> OrderForm:
    """``form`` with a suggested way out applied; a fix of the symbol is the caller's, who looks it up.

    A share count is only counted in the ticket, so a fix of it brings the ticket up.
    """
    if fix.field == "side":
        return replace(form, side=OrderSide(fix.value))
    if fix.field == "type":
        return replace(form, order_type=OrderType(fix.value))
    if fix.field == "tif":
        return replace(form, time_in_force=TimeInForce(fix.value))
    if fix.field == "quantity":
        return replace(form, quantity=fix.value, by_quantity=True)
    if fix.field == "risk":
        return replace(form, risk=f"${fix.value}" if form.risk.strip().startswith("$") else fix.value)
    text = format_price(Decimal(fix.value), places=_places(Decimal(fix.value))).replace(",", "") if fix.value else ""
    return replace(form, **{_FIX_FIELDS.get(fix.field, fix.field): text})  # type: ignore[arg-type]


def _places(price: Decimal) -> int:
    """As many decimals as the price has, at least two."""
    exponent = price.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 2


def derived_stop(entry: Decimal | None, stop: Decimal | None, side: OrderSide, tick: Decimal | None = None) -> str:
    """What stands at the right end of the stop field: ``1.77 = 1.01 %``, or how far it is on the wrong side.

    ``tick`` is the price step, where it is known; the distance is written with its decimals.
    """
    if entry is None or stop is None or entry == 0:
        return ""
    distance = side.sign * (entry - stop)
    if distance <= 0:
        word = "above" if side is OrderSide.BUY else "below"
        return f"{format_distance(-distance, tick)} {word} entry" if distance else "equals entry"
    return f"{format_distance(distance, tick)} = {format_percent(distance / entry * HUNDRED)}"


def derived_risk(text: str, equity: Decimal | None) -> str:
    """What stands at the right end of the risk field: the unit, or the per cent that a sum of money is."""
    bare = _bare(text)
    if not bare.startswith("$"):
        return "of equity" if bare.endswith("%") else "% of equity"
    try:
        money = clean_number(bare)
    except ValueError:
        return ""
    return f"{format_percent(money / equity * HUNDRED)} of equity" if money is not None and equity else "of equity"


def derived_target(entry: Decimal | None, stop: Decimal | None, target: Decimal | None, side: OrderSide) -> str:
    """What stands at the right end of the target field: the planned R; nothing while the stop makes no sense."""
    if entry is None or stop is None or target is None or side.sign * (entry - stop) <= 0:
        return ""
    planned = (target - entry) / (entry - stop)
    return f"{planned:.2f} R".replace("-", "−")
