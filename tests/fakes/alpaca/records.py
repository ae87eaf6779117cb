"""What the fake remembers: orders, positions, executions, and a refusal with Alpaca's error body."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

ZERO = Decimal(0)
NANO = Decimal("0.000000001")
TERMINAL = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
LIVE = frozenset({"new", "partially_filled", "pending_cancel", "pending_replace", "done_for_day"})
STOP_TYPES = frozenset({"stop", "stop_limit", "trailing_stop"})


class Refusal(Exception):
    """An error answer of the trading API: HTTP status, code, words and the extra fields of the body."""

    def __init__(self, status: int, code: int | None, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra

    @property
    def body(self) -> dict[str, Any]:
        code = {} if self.code is None else {"code": self.code}
        return {**code, "message": self.message, **self.extra}


def malformed(message: str, **extra: Any) -> Refusal:
    """The request cannot be understood or breaks a rule of form."""
    return Refusal(422, 40010001, message, **extra)


def unprocessable(message: str, **extra: Any) -> Refusal:
    """The request is understood and breaks a trading rule."""
    return Refusal(422, 42210000, message, **extra)


def forbidden(message: str, **extra: Any) -> Refusal:
    """The account may not do this, or has not enough."""
    return Refusal(403, 40310000, message, **extra)


def missing(message: str) -> Refusal:
    return Refusal(404, 40410000, message)


def text(value: Decimal | None) -> str | None:
    """A decimal as Alpaca mostly writes it: no exponent, no trailing zeros."""
    if value is None:
        return None
    plain = format(value, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def stamp_text(when: datetime | None) -> str | None:
    """RFC 3339 with nine digits, as the order object has it. The last three are derived from the time itself."""
    if when is None:
        return None
    at = when.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}{(at.microsecond * 7) % 1000:03d}Z"


@dataclass(eq=False, slots=True)
class FakeOrder:
    """One order id. A replacement is another ``FakeOrder``, joined by ``replaces`` and ``replaced_by``."""

    id: str
    client_order_id: str
    symbol: str
    asset_id: str
    side: str
    type: str
    time_in_force: str
    created_at: datetime
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None
    order_class: str = ""
    extended_hours: bool = False
    position_intent: str = ""
    source: str | None = None
    status: str = "pending_new"
    word: str | None = None  # what a lever makes the answers say instead of ``status``
    role: str = ""  # "take_profit" or "stop_loss" for an exit of a bracket, OCO or OTO
    active: bool = True  # an exit whose entry has not filled is not
    triggered: bool = False
    before: str = ""  # the status to go back to when a cancel or replace is refused
    filled_qty: Decimal = ZERO
    filled_value: Decimal = ZERO
    parent: "FakeOrder | None" = None
    legs: "list[FakeOrder]" = field(default_factory=list)
    replaces: str | None = None
    replaced_by: str | None = None
    successor: "FakeOrder | None" = None  # the replacement that waits for the venue
    filled_before: Decimal = ZERO  # what was filled when the replacement was asked for
    updated_at: datetime | None = None
    submitted_at: datetime | None = None
    filled_at: datetime | None = None
    expired_at: datetime | None = None
    expires_at: datetime | None = None
    canceled_at: datetime | None = None
    failed_at: datetime | None = None
    replaced_at: datetime | None = None

    @property
    def buy(self) -> bool:
        return self.side == "buy"

    @property
    def is_open(self) -> bool:
        return self.status not in TERMINAL

    @property
    def complex(self) -> bool:
        return self.order_class != ""

    @property
    def average(self) -> Decimal | None:
        return self.filled_value / self.filled_qty if self.filled_qty else None

    @property
    def waits(self) -> bool:
        """A replacement that the venue has not answered yet."""
        return self.replaces is not None and self.status == "accepted"

    @property
    def fractional(self) -> bool:
        return self.notional is not None or (self.qty is not None and self.qty != self.qty.to_integral_value())

    def leaves(self, price: Decimal) -> Decimal:
        """Shares still wanted; a notional order wants as many as its dollars buy at ``price``."""
        if self.notional is not None:
            return ((self.notional - self.filled_value) / price).quantize(NANO, ROUND_DOWN)
        return (self.qty or ZERO) - self.filled_qty

    @property
    def group(self) -> "FakeOrder":
        """The order that stands for the whole bracket, OCO or OTO."""
        return self.parent or self

    @property
    def siblings(self) -> "list[FakeOrder]":
        """The open exits of which only one may fill. The parent of an OCO is its take-profit."""
        members = list(self.group.legs)
        if self.group.order_class == "oco":
            members.append(self.group)
        return [row for row in members if row is not self and row.is_open] if self in members else []


@dataclass(eq=False, slots=True)
class FakePosition:
    symbol: str
    qty: Decimal = ZERO  # negative when short
    average: Decimal = ZERO

    def take(self, side: str, qty: Decimal, price: Decimal) -> None:
        """Apply one execution; the average price changes only when the position grows or turns."""
        signed = qty if side == "buy" else -qty
        after = self.qty + signed
        if self.qty == 0 or (self.qty > 0) == (signed > 0):
            self.average = (self.average * abs(self.qty) + price * qty) / abs(after)
        elif after != 0 and (after > 0) != (self.qty > 0):
            self.average = price
        self.qty = after


@dataclass(eq=False, slots=True)
class FakeExecution:
    id: str
    activity_id: str
    order: FakeOrder
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    time: datetime
    kind: str  # "fill" when it completed the order, else "partial_fill"
    busted: bool = False
    corrected_by: str | None = None

    @property
    def money(self) -> Decimal:
        """What it did to the cash."""
        return -self.qty * self.price if self.side == "buy" else self.qty * self.price


@dataclass(slots=True)
class Switches:
    """How the fake behaves where Alpaca's behaviour varies, is unknown, or has to go wrong."""

    # orders
    hold_acknowledge: bool = False  # orders stay pending_new until levers.acknowledge
    fill_before_answer: bool = False  # the venue's events are out before the POST is answered
    hold_cancels: bool = False  # a cancel stays pending_cancel until levers.finish_cancel
    hold_replaces: bool = False  # a replace stays pending_replace until levers.finish_replace
    reject_next: str | None = None  # the next accepted order is rejected by the venue, with these words
    reject_next_cancel: str | None = None
    reject_next_replace: str | None = None
    replace_restores_quantity: bool = False  # a price-only replace of a partial fill asks for everything again
    random_partials: bool = False  # a tenth of the fills is partial, as paper does
    trades_fill: bool = True  # a trade at a resting limit price fills it
    quotes_elect_stops: bool = False  # stops look at quotes as well as at trades
    shrink_tells: bool = False  # a stop that shrinks beside its target sends "restated"
    auctions_fill: bool = False  # opg and cls fill at the cross; else they end there unfilled
    # answers
    legacy_day_trade_fields: bool = False
    easy_to_borrow_field: bool = True
    extra_fields: bool = True  # fields that no document names, with seeded values
    odd_decimals: bool = False  # some numbers with zeros at the end
    held_is_open: bool = False  # status=open lists exits that are held
    nested_keeps_legs: bool = False  # status=open&nested=true shows legs of an entry that is filled
    reads_lag: bool = False  # order reads show what they showed when this was switched on
    rate_limit: int = 200
    rate_headers: bool = True
    rate_headers_on_429: bool = True
    # order stream (lost, doubled, reordered and muted events are in faults.trading)
    text_frames: bool = False
    second_connection: str = "refuse"  # or "kill" (the first goes) or "allow"
    event_ids: bool = True
    pending_events: bool = True  # pending_cancel and pending_replace are told
    held_events: bool = True
