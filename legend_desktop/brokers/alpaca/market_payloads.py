"""The JSON of Alpaca's market data as structs: REST answers, and the rows of the data stream.

Market data are JSON numbers; they become Decimals by their text. Every field is optional, unknown ones are ignored.
"""

from decimal import Decimal
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from legend_desktop.brokers.alpaca.payloads import Unreadable, lenient

T = TypeVar("T", bound=msgspec.Struct)


class TradeRow(msgspec.Struct, kw_only=True):
    """A print of the tape: ``t`` time, ``p`` price, ``s`` shares, ``c`` conditions, ``u`` set once it was undone."""

    t: str = ""
    p: Decimal | None = None
    s: Decimal | None = None
    c: Any = None
    u: str | None = None


class QuoteRow(msgspec.Struct, kw_only=True):
    """Best bid and ask of a feed; price 0 is a side that nobody quotes; sizes are shares (since November 2025)."""

    t: str = ""
    bp: Decimal | None = None
    bs: Decimal | None = None
    ap: Decimal | None = None
    as_: Decimal | None = msgspec.field(name="as", default=None)


class BarRow(msgspec.Struct, kw_only=True):
    """A bar that begins at ``t``; ``vw`` is its average price weighted by volume."""

    t: str = ""
    o: Decimal | None = None
    h: Decimal | None = None
    l: Decimal | None = None  # noqa: E741  Alpaca's letter
    c: Decimal | None = None
    v: Decimal | None = None
    vw: Decimal | None = None


class SnapshotRow(msgspec.Struct, kw_only=True, rename="camel"):
    """The newest of everything about one symbol."""

    latest_trade: TradeRow | None = None
    latest_quote: QuoteRow | None = None
    daily_bar: BarRow | None = None
    prev_daily_bar: BarRow | None = None


class StreamRow(msgspec.Struct, kw_only=True):
    """One message of the data stream, whatever its kind ``T``: only the letters that are read here.

    Quote ``bp bs ap as``, trade ``p s c``, status ``sc sm rc rm``, correction ``op os cp cs``, error ``code msg``,
    subscription ``quotes trades``.
    """

    T: str = ""
    S: str = ""
    t: str = ""
    bp: Decimal | None = None
    bs: Decimal | None = None
    ap: Decimal | None = None
    as_: Decimal | None = msgspec.field(name="as", default=None)
    p: Decimal | None = None
    s: Decimal | None = None
    c: Any = None
    sc: str | None = None
    sm: str | None = None
    op: Decimal | None = None
    os: Decimal | None = None
    cp: Decimal | None = None
    cs: Decimal | None = None
    code: int | None = None
    msg: str | None = None
    quotes: list[str] | None = None
    trades: list[str] | None = None


class CalendarRow(msgspec.Struct, kw_only=True):
    """A trading day in New York; ``open`` and ``close`` are ``09:30``, the session's ends ``0400``."""

    date: str = ""
    open: str | None = None
    close: str | None = None
    session_open: str | None = None
    session_close: str | None = None


class HistoryRow(msgspec.Struct, kw_only=True):
    """Parallel lists: seconds since 1970 with the equity and the profit of each; entries may be null."""

    timestamp: list[int | None] | None = None
    equity: list[Decimal | None] | None = None
    profit_loss: list[Decimal | None] | None = None
    base_value: Decimal | None = None
    timeframe: str | None = None


class Page(NamedTuple, Generic[T]):
    """Rows of one symbol, and the token of the next page where there is one, however short this page is."""

    rows: list[T]
    token: str | None


def snapshots_in(body: bytes) -> dict[str, SnapshotRow]:
    """The snapshots by symbol: they stand in the answer without a name around them. Raises ``Unreadable``."""
    try:
        found = _decoder(dict[str, SnapshotRow | None]).decode(body)
    except msgspec.ValidationError:
        plain = _plain(body)
        found = {name: lenient(row, SnapshotRow) for name, row in plain.items() if isinstance(row, dict)}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error
    return {name: row for name, row in found.items() if row is not None}


def page_in(body: bytes, name: str, symbol: str, kind: type[T]) -> Page[T]:
    """The rows of ``symbol`` under ``name``, without those that cannot be read. Raises ``Unreadable``."""
    try:
        found = _decoder(dict[str, dict[str, list[kind]] | str | None]).decode(body)  # type: ignore[valid-type]
    except msgspec.ValidationError:
        plain = _plain(body)
        by_symbol = plain.get(name)
        rows = by_symbol.get(symbol) if isinstance(by_symbol, dict) else None
        listed = rows if isinstance(rows, list) else []
        token = plain.get("next_page_token")
        return Page([lenient(row, kind) for row in listed if isinstance(row, dict)], _text(token))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error
    by_symbol, token = found.get(name), found.get("next_page_token")
    return Page(by_symbol.get(symbol, []) if isinstance(by_symbol, dict) else [], _text(token))


def stream_rows(frame: bytes | str) -> list[StreamRow]:
    """The messages of one frame of the data stream; one that does not fit is left out. Raises ``Unreadable``."""
    try:
        return _decoder(list[StreamRow]).decode(frame)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        plain = _any(frame)
        rows = plain if isinstance(plain, list) else [plain]
        return [lenient(row, StreamRow) for row in rows if isinstance(row, dict)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _plain(body: bytes) -> dict[str, Any]:
    found = _any(body)
    if not isinstance(found, dict):
        raise Unreadable(f"an object was expected, not {type(found).__name__}")
    return found


def _any(body: bytes | str) -> Any:
    try:
        return _PLAIN.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error


_PLAIN = msgspec.json.Decoder(float_hook=Decimal)


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)
