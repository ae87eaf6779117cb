"""What is known about one order, gathered in one place: the only input of ``measure``.

A chain of replacements is one parent order: the first child decides and arrives, the last one says how it ended, and
the fills of all children count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment

USER = "user"
OCO = "oco"
EXPIRY = "expiry"
BROKER = "broker"


@dataclass(frozen=True, slots=True)
class QuoteAt:
    """A quote as it stood at the instant ``at`` (aware UTC)."""

    quote: Quote
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """The quote ``offset_ms`` after the fill ``execution_id``."""

    execution_id: str
    offset_ms: int
    quote: Quote
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockCorrection:
    """How far the broker's clock runs ahead of ours, and how sure that is, in milliseconds."""

    offset_ms: float
    uncertainty_ms: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Stamps of one order: ``*_ns`` local monotonic, the rest aware UTC, ``*_broker_at`` by the broker's clock."""

    start_ns: int | None = None
    sent_ns: int | None = None
    answered_ns: int | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    ack_broker_at: datetime | None = None
    trigger_at: datetime | None = None
    trigger_broker_at: datetime | None = None
    clock: ClockCorrection | None = None


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """Figures of the symbol: 20-day average volume in shares, daily volatility as a fraction, steps, usual half-spread.

    ``half_spread_bps`` is the median half-spread of the last 60 days, used where an order kept no quote.
    """

    average_volume: Decimal | None = None
    daily_volatility: Decimal | None = None
    tick: Decimal | None = None
    round_lot: int = 100
    half_spread_bps: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order (or chain of replacements) with everything that was kept about it.

    ``quantity`` is what was asked for in all, unsigned shares. ``fills`` are the standing executions.
    ``reference_price`` is the bare number a caller handed in as market price. ``cancel_origin`` is ``user``, ``oco``,
    ``broker``, ``expiry`` or empty.
    """

    order_id: str
    client_order_id: str
    broker: str
    account_id: str
    mode: TradingMode
    symbol: str
    side: OrderSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    state: OrderState
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trigger_price: Decimal | None = None
    cancel_origin: str = ""
    fills: tuple[Execution, ...] = ()
    reported_filled: Decimal | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    decision: QuoteAt | None = None
    arrival: QuoteAt | None = None
    trigger: QuoteAt | None = None
    cancel: QuoteAt | None = None
    marks: tuple[Mark, ...] = ()
    reference_price: Decimal | None = None
    timing: Timing = field(default_factory=Timing)
    instrument: SymbolFacts = field(default_factory=SymbolFacts)
    chain: tuple[str, ...] = ()

    @property
    def filled(self) -> Decimal:
        """Shares filled."""
        return sum((fill.quantity for fill in self.fills), ZERO)

    @property
    def arrived_at(self) -> datetime | None:
        """When the order reached the broker as far as we know: sent, else decided."""
        return self.timing.sent_at or self.decided_at

    @property
    def is_stop(self) -> bool:
        """True for orders that wait for a trigger."""
        return self.order_type in {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}

    @property
    def was_triggered(self) -> bool:
        """True for a stop that went off: said by the broker, or proven by a fill."""
        return self.is_stop and (self.timing.trigger_at is not None or self.trigger is not None or bool(self.fills))


def gather(
    chain: Sequence[Order],
    quotes: Iterable[OrderQuote] = (),
    *,
    timing: Timing | None = None,
    instrument: SymbolFacts | None = None,
    reference_price: Decimal | None = None,
) -> OrderFacts:
    """The facts of ``chain``: an order, or several where each replaced the one before (first child first).

    Raises ``ValueError`` for an empty chain.
    """
    if not chain:
        raise ValueError("a chain of orders has at least one order")
    first, last = chain[0], chain[-1]
    earlier = sum((order.filled_quantity for order in chain[:-1]), ZERO)
    kept = list(quotes)
    return OrderFacts(
        order_id=last.order_id,
        client_order_id=last.client_order_id,
        broker=last.intent.broker.value,
        account_id=last.intent.account_id,
        mode=last.intent.mode,
        symbol=last.symbol,
        side=last.side,
        order_type=last.terms.order_type,
        time_in_force=last.terms.time_in_force,
        quantity=earlier + last.quantity,
        state=last.state,
        limit_price=last.terms.limit_price,
        stop_price=last.terms.stop_price,
        trigger_price=last.trigger_price or last.stop_trigger,
        cancel_origin=_cancel_origin(last),
        fills=tuple(fill for order in chain for fill in order.fills),
        reported_filled=last.reported_filled if len(chain) == 1 else None,
        decided_at=first.intent.created_at,
        closed_at=last.closed_at,
        decision=_first(kept, QuoteMoment.DECISION),
        arrival=_first(kept, QuoteMoment.SEND),
        trigger=_last(kept, QuoteMoment.TRIGGER),
        cancel=_last(kept, QuoteMoment.CANCEL),
        marks=_marks(kept),
        reference_price=reference_price,
        timing=timing or Timing(sent_at=first.sent_at),
        instrument=instrument or SymbolFacts(),
        chain=tuple(order.client_order_id for order in chain),
    )


def first_stamps(stamps: Iterable[OrderStamp]) -> Mapping[StampMoment, OrderStamp]:
    """The earliest stamp of each moment."""
    found: dict[StampMoment, OrderStamp] = {}
    for stamp in stamps:
        known = found.get(stamp.moment)
        if known is None or stamp.at < known.at:
            found[stamp.moment] = stamp
    return found


def _cancel_origin(order: Order) -> str:
    if order.state is OrderState.EXPIRED:
        return EXPIRY
    if order.state in {OrderState.CANCELED, OrderState.REPLACED}:
        return order.cancel_origin or (USER if order.state is OrderState.REPLACED else BROKER)
    return ""


def _of(quotes: list[OrderQuote], moment: QuoteMoment) -> list[OrderQuote]:
    return sorted((row for row in quotes if row.moment is moment), key=lambda row: row.at)


def _first(quotes: list[OrderQuote], moment: QuoteMoment) -> QuoteAt | None:
    rows = _of(quotes, moment)
    return QuoteAt(rows[0].quote, rows[0].at) if rows else None


def _last(quotes: list[OrderQuote], moment: QuoteMoment) -> QuoteAt | None:
    rows = _of(quotes, moment)
    return QuoteAt(rows[-1].quote, rows[-1].at) if rows else None


def _marks(quotes: list[OrderQuote]) -> tuple[Mark, ...]:
    return tuple(
        Mark(row.execution_id or "", row.offset_ms, row.quote, row.at)
        for row in quotes
        if row.moment is QuoteMoment.AFTER and row.offset_ms is not None
    )
