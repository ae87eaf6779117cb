"""Domain values to and from what the journal keeps, exactly.

The body of an event is JSON in which a Decimal is its own text, so an event reads back equal to what was written. The
columns beside it hold money, prices and quantities as whole micro-units (10^-6) in 64 bits; a value that does not fit
is rounded half-even for sums and its exact text is kept in the row's ``exact`` column.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from legend_desktop.domain.money import from_micro, to_micro
from legend_desktop.domain.order_state import OrderEvent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LIMIT = 2**63 - 1

_encoder = msgspec.json.Encoder()
_event_decoder = msgspec.json.Decoder(OrderEvent)
_text_map_decoder = msgspec.json.Decoder(dict[str, str])
_text_list_decoder = msgspec.json.Decoder(list[str])


def to_us(at: datetime) -> int:
    """Microseconds since 1970 UTC; raises ``ValueError`` for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a stored time needs a zone: {at!r}")
    return (at - EPOCH) // _MICROSECOND


def optional_us(at: datetime | None) -> int | None:
    """``to_us`` that lets ``None`` through."""
    return None if at is None else to_us(at)


def from_us(microseconds: int) -> datetime:
    """Inverse of ``to_us``: aware UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def optional_from_us(microseconds: int | None) -> datetime | None:
    """``from_us`` that lets ``None`` through."""
    return None if microseconds is None else from_us(microseconds)


def as_decimal(value: object) -> Decimal:
    """``value`` if it is a finite Decimal; raises ``TypeError`` for anything else, floats above all."""
    if not isinstance(value, Decimal):
        raise TypeError(f"money, prices and quantities are stored from Decimal, not {type(value).__name__}")
    if not value.is_finite():
        raise ValueError(f"{value} cannot be stored")
    return value


class Units:
    """Collects the micro-unit columns of one row and the exact texts of those that do not fit."""

    __slots__ = ("_exact",)

    def __init__(self) -> None:
        self._exact: dict[str, str] = {}

    def put(self, name: str, value: Decimal | None) -> int | None:
        """Micro-units of ``value`` for the column ``name``; ``None`` stays ``None``."""
        return None if value is None else self.must(name, value)

    def must(self, name: str, value: Decimal) -> int:
        """Micro-units of ``value``, which is present."""
        units = max(-_LIMIT, min(_LIMIT, to_micro(as_decimal(value))))
        if from_micro(units) != value:
            self._exact[name] = str(value)
        return units

    @property
    def exact(self) -> str | None:
        """JSON of the values that the columns hold only rounded, ``None`` when all fit."""
        return to_json(self._exact) if self._exact else None


class Exact:
    """Reads what ``Units`` wrote."""

    __slots__ = ("_texts",)

    def __init__(self, text: str | None) -> None:
        self._texts: Mapping[str, str] = _text_map_decoder.decode(text) if text else {}

    def get(self, name: str, units: int | None) -> Decimal | None:
        """The Decimal of column ``name``."""
        return None if units is None else self.must(name, units)

    def must(self, name: str, units: int) -> Decimal:
        """The Decimal of a column that is never empty."""
        text = self._texts.get(name)
        return from_micro(units) if text is None else Decimal(text)


def to_json(value: object) -> str:
    """``value`` (dataclasses, Decimals, times and enums included) as compact JSON text."""
    return _encoder.encode(value).decode()


def texts_from_json(text: str | None) -> tuple[str, ...]:
    """A stored list of sentences."""
    return tuple(_text_list_decoder.decode(text)) if text else ()


def event_to_body(event: OrderEvent) -> str:
    """The JSON that is kept of an event; raises ``ValueError`` for times without a zone."""
    for at in (event.at, event.broker_at):
        optional_us(at)
    return to_json(event)


def event_from_body(body: str) -> OrderEvent:
    """The event of ``event_to_body``; raises ``ValueError`` where the text is not one."""
    try:
        return _event_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise ValueError(f"an event cannot be read: {error}") from error
