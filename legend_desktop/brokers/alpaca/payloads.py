"""The JSON of Alpaca's trading interface as structs, and the decoder that no surprise breaks.

Every field is optional, unknown ones are ignored and enum words stay text. Decimals come from their text, whether it
was a JSON string or number. Where a value does not fit its field (an empty text for a number, an object for a word)
the field takes its default and the rest is kept.
"""

from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T")


class Unreadable(Exception):
    """A body that is no JSON, or not of the kind that was asked for; ``str`` says what was wrong."""


class OrderRow(msgspec.Struct, kw_only=True):
    """An order. Times are RFC 3339 text with up to nine digits; ``legs`` is one level deep and only in nested reads."""

    id: str = ""
    client_order_id: str | None = None
    created_at: str | None = None
    submitted_at: str | None = None
    updated_at: str | None = None
    failed_at: str | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    symbol: str | None = None
    asset_class: str | None = None
    notional: Decimal | None = None
    qty: Decimal | None = None
    filled_qty: Decimal | None = None
    filled_avg_price: Decimal | None = None
    order_class: str | None = None
    type: str | None = None
    order_type: str | None = None
    side: str | None = None
    position_intent: str | None = None
    time_in_force: str | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    status: str | None = None
    extended_hours: bool | None = None
    legs: list["OrderRow"] | None = None


class AccountRow(msgspec.Struct, kw_only=True):
    """The account. The day-trade fields that were removed in July 2026 are left unread in either shape."""

    id: str = ""
    account_number: str | None = None
    status: str | None = None
    currency: str | None = None
    cash: Decimal | None = None
    equity: Decimal | None = None
    portfolio_value: Decimal | None = None
    last_equity: Decimal | None = None
    buying_power: Decimal | None = None
    regt_buying_power: Decimal | None = None
    multiplier: Decimal | None = None
    long_market_value: Decimal | None = None
    short_market_value: Decimal | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    trade_suspended_by_user: bool | None = None


class PositionRow(msgspec.Struct, kw_only=True):
    """A position. ``qty`` is negative for shorts; ``current_price`` is Alpaca's own mark and may be missing."""

    symbol: str = ""
    side: str | None = None
    qty: Decimal | None = None
    avg_entry_price: Decimal | None = None
    current_price: Decimal | None = None


class ActivityRow(msgspec.Struct, kw_only=True):
    """An account activity; a FILL, or a bust or correction that names the fill it changes in ``previous_id``."""

    id: str = ""
    activity_type: str | None = None
    type: str | None = None
    execution_type: str | None = None
    previous_id: str | None = None
    transaction_time: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None
    cum_qty: Decimal | None = None
    side: str | None = None
    symbol: str | None = None
    order_id: str | None = None


class ClockRow(msgspec.Struct, kw_only=True):
    """The market clock; ``is_open`` is about the regular session."""

    timestamp: str | None = None
    is_open: bool | None = None
    next_open: str | None = None
    next_close: str | None = None


class AssetRow(msgspec.Struct, kw_only=True):
    """A tradable name; ``easy_to_borrow`` is leaving the interface, ``borrow_status`` takes its place."""

    symbol: str = ""
    name: str | None = None
    exchange: str | None = None
    status: str | None = None
    asset_class: str | None = msgspec.field(name="class", default=None)
    tradable: bool | None = None
    shortable: bool | None = None
    fractionable: bool | None = None
    borrow_status: str | None = None
    easy_to_borrow: bool | None = None
    price_increment: Decimal | None = None
    min_trade_increment: Decimal | None = None


class BulkRow(msgspec.Struct, kw_only=True):
    """One row of a 207 answer: an order's id with the status of its own cancel."""

    id: str = ""
    status: int | None = None


def decode(body: bytes, kind: type[T]) -> T:
    """``body`` as ``kind``, a struct or a list of one. Raises ``Unreadable``."""
    try:
        return _decoder(kind).decode(body)  # type: ignore[arg-type, no-any-return]
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error
    try:
        plain = msgspec.json.Decoder(float_hook=Decimal).decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        raise Unreadable(f"no JSON: {error}") from error
    return lenient(plain, kind)


def lenient(plain: Any, kind: type[T]) -> T:
    """``plain`` decoded JSON as ``kind``; what does not fit its field is left out. Raises ``Unreadable``."""
    if get_origin(kind) is list:
        if not isinstance(plain, list):
            raise Unreadable(f"a list was expected, not {type(plain).__name__}")
        (row_kind,) = get_args(kind)
        return [lenient(row, row_kind) for row in plain]  # type: ignore[return-value]
    if not isinstance(plain, dict):
        raise Unreadable(f"an object was expected, not {type(plain).__name__}")
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]
        if field.encode_name in plain:
            found, value = _field_value(plain[field.encode_name], field.type)
            if found:
                values[field.name] = value
    return kind(**values)


def _field_value(value: Any, kind: Any) -> tuple[bool, Any]:
    """Whether ``value`` can stand in a field of ``kind``, and as what."""
    try:
        return True, msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        inner = [row for row in get_args(kind) if get_origin(row) is list]
        if not inner or not isinstance(value, list):
            return False, None
    try:
        return True, lenient(value, inner[0])
    except Unreadable:
        return False, None


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)
