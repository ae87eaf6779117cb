"""What is kept beside the events of an order: its quotes, its stamps, snapshots and comparisons with the broker."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.quotes import Quote


class QuoteMoment(StrEnum):
    """The moments of an order at which the quote is kept."""

    DECISION = "decision"
    SEND = "send"
    ACK = "ack"
    TRIGGER = "trigger"
    FILL = "fill"
    CANCEL = "cancel"
    AFTER = "after"


class StampMoment(StrEnum):
    """The instants of an order that are stamped, each wall and monotonic."""

    PRESSED = "pressed"
    DECIDED = "decided"
    COMMITTED = "committed"
    SENT = "sent"
    ANSWERED = "answered"
    FILLED = "filled"
    ON_SCREEN = "on_screen"


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """The quote that stood at one moment of an order; ``offset_ms`` is the time after the fill for ``AFTER``."""

    client_order_id: str
    moment: QuoteMoment
    at: datetime
    quote: Quote
    execution_id: str | None = None
    offset_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OrderStamp:
    """One stamp of an order: wall UTC and monotonic ns of the same instant."""

    client_order_id: str
    moment: StampMoment
    at: datetime
    mono_ns: int


@dataclass(frozen=True, slots=True)
class PositionAdjustment:
    """A difference between our executions and the broker's position that is taken from the broker."""

    symbol: str
    at: datetime
    quantity: Decimal
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class ReconcileRun:
    """One comparison with the broker, as stored."""

    started_at: datetime
    ended_at: datetime
    ok: bool
    orders_checked: int
    executions_added: int
    differences: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KillRecord:
    """One use of a kill verb (cancel all, flatten, lock): what was asked for, what was confirmed, what may be left."""

    at: datetime
    verb: str
    requested: int
    confirmed: int
    residue: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class RoundTripRecord:
    """A trade from flat to flat as worked out from executions; ``parts`` are (execution id, shares) pairs.

    ``quantity`` is everything that went in, unsigned, ``side`` the one that opened it, prices are averages per share,
    money in account currency. ``profit`` is what is realised after ``fees``. ``risk`` is the money that the entries
    would have lost at their planned stops, ``None`` where a part of them had none. ``worst`` (at or below zero) and
    ``best`` are how far the trade went against and for its holder, in money. An open trade has no ``closed_at``. It is
    derived and may be worked out anew at any time.
    """

    symbol: str
    side: OrderSide
    opened_at: datetime
    quantity: Decimal
    entry_price: Decimal
    parts: tuple[tuple[str, Decimal], ...]
    closed_at: datetime | None = None
    exit_price: Decimal | None = None
    profit: Decimal | None = None
    fees: Decimal | None = None
    risk: Decimal | None = None
    worst: Decimal | None = None
    best: Decimal | None = None

    @property
    def key(self) -> str:
        """The execution that opened it: no other trade begins with that one, so notes are kept under it."""
        return self.parts[0][0] if self.parts else ""

    @property
    def r_multiple(self) -> Decimal | None:
        """Profit after fees in multiples of the initial risk; ``None`` where one of them is not known."""
        return None if self.profit is None or not self.risk or self.risk < 0 else self.profit / self.risk


@dataclass(frozen=True, slots=True)
class TradeNote:
    """What a person wrote about a trade. ``trade_key`` is ``RoundTripRecord.key``; ``tags`` are sorted single words.

    Trades are worked out anew as executions come late, so symbol and opening time are kept with it: they find the trade
    again where another execution turns out to have opened it.
    """

    trade_key: str
    symbol: str
    opened_at: datetime
    text: str
    tags: tuple[str, ...]
    edited_at: datetime

    @property
    def empty(self) -> bool:
        """True where nothing is written: such a note is not kept."""
        return not self.text and not self.tags
