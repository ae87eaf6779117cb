"""Everything collected about one order as it happens: its states, quotes and stamps, until it is measured."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.analytics.classify import UNKNOWN
from legend_desktop.analytics.facts import ClockCorrection, OrderFacts, SymbolFacts, Timing, first_stamps, gather
from legend_desktop.analytics.latency import RoundTrip
from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment

_QuoteKey = tuple[str, QuoteMoment, str | None, int | None, datetime]
_ANSWERS = frozenset({OrderEventKind.ACCEPTED, OrderEventKind.WORKING, OrderEventKind.FOUND})
_NEVER_SENT = frozenset({OrderState.INTENT, OrderState.DENIED})


class Dossier:
    """One order, or a chain where each order replaced the one before; ``head`` is the id of the first.

    ``broker_known`` is false for a report whose broker nobody named.
    """

    def __init__(self, head: str) -> None:
        self.head = head
        self.broker_known = True
        self.reference_price: Decimal | None = None
        self.instrument: SymbolFacts | None = None
        self.round_trip: RoundTrip | None = None
        self._orders: dict[str, Order] = {}
        self._quotes: dict[_QuoteKey, OrderQuote] = {}
        self._moments: set[tuple[QuoteMoment, str | None]] = set()
        self._stamps: dict[tuple[str, StampMoment, int], OrderStamp] = {}
        self._heard: set[str] = set()
        self._sent_ns: int | None = None
        self._wire_ns: int | None = None
        self._answered_ns: int | None = None
        self._ack_broker_at: datetime | None = None
        self._ack_at: datetime | None = None
        self._trigger_at: datetime | None = None
        self._trigger_broker_at: datetime | None = None

    @property
    def chain(self) -> list[Order]:
        """The orders that followed each other, first child first; a change that was refused is no part of it."""
        order = self._first
        found = [order]
        while order.replaced_by_id in self._orders and len(found) < len(self._orders):
            order = self._orders[order.replaced_by_id]
            found.append(order)
        return found

    @property
    def was_sent(self) -> bool:
        """True once the first order left this program."""
        return bool(self._orders) and self._first.state not in _NEVER_SENT

    def take(self, order: Order, event: OrderEvent | None) -> None:
        """Keep the newest state of ``order``, and from ``event`` the stamps that no state carries."""
        known = self._orders.get(order.client_order_id)
        if known is None or not _is_older(order, known):
            self._orders[order.client_order_id] = order
        if event is None:
            return
        first = order.client_order_id == self._first.client_order_id
        if event.kind is OrderEventKind.SENT and first and self._sent_ns is None:
            self._sent_ns = event.mono_ns
        elif event.kind in _ANSWERS and first:
            self._take_answer(order, event)
        elif event.kind is OrderEventKind.TRIGGERED and self._trigger_at is None:
            self._trigger_at, self._trigger_broker_at = event.at, event.broker_at

    def answered(self, order: Order) -> bool:
        """True once for each order of the chain: at its first news after it was sent."""
        if order.client_order_id in self._heard:
            return False
        self._heard.add(order.client_order_id)
        return True

    def has(self, moment: QuoteMoment, execution_id: str | None = None) -> bool:
        """True where a quote of this moment is kept already."""
        return (moment, execution_id) in self._moments

    def has_of(self, client_order_id: str, moment: QuoteMoment) -> bool:
        """True where a quote of this moment is kept of this very order of the chain."""
        return any(key[:2] == (client_order_id, moment) for key in self._quotes)

    def offsets_after(self, execution_id: str) -> frozenset[int]:
        """The times after a fill, in milliseconds, from which a quote is kept."""
        found = (row.offset_ms for row in self._quotes.values() if row.execution_id == execution_id)
        return frozenset(offset for offset in found if offset is not None)

    def add_quote(self, row: OrderQuote) -> None:
        """Keep a quote; the same one twice counts once."""
        self._quotes[(row.client_order_id, row.moment, row.execution_id, row.offset_ms, row.at)] = row
        self._moments.add((row.moment, row.execution_id))

    def replace_quote(self, row: OrderQuote) -> None:
        """Keep a quote in the place of all others of its moment."""
        self._quotes = {key: kept for key, kept in self._quotes.items() if kept.moment is not row.moment}
        self.add_quote(row)

    def add_stamp(self, row: OrderStamp) -> None:
        """Keep a stamp; the same one twice counts once."""
        self._stamps[(row.client_order_id, row.moment, row.mono_ns)] = row
        if row.moment is StampMoment.SENT and row.client_order_id == self.head:
            self._take_trip(row.at)

    def key_to_wire(self, milliseconds: float) -> None:
        """Learn how long after the key press the request left, before the stored stamps are known."""
        pressed = self._first.intent.pressed_ns if self._orders else None
        if pressed is not None:
            self._wire_ns = pressed + round(milliseconds * 1e6)

    def absorb(self, newer: "Dossier") -> None:
        """Take over what ``newer`` learned about the same orders since this one was built from the store."""
        for order in newer._orders.values():
            self.take(order, None)
        for quote in newer._quotes.values():
            self.add_quote(quote)
        for stamp in newer._stamps.values():
            self.add_stamp(stamp)
        self.reference_price = newer.reference_price or self.reference_price
        self._wire_ns = newer._wire_ns if newer._wire_ns is not None else self._wire_ns
        self._ack_broker_at = self._ack_broker_at or newer._ack_broker_at
        self._trigger_at = self._trigger_at or newer._trigger_at
        self._trigger_broker_at = self._trigger_broker_at or newer._trigger_broker_at

    def facts(self, clock: ClockCorrection | None, fallback: SymbolFacts) -> OrderFacts:
        """What ``measure`` needs. The symbol's figures are those of the first measurement for ever after."""
        if self.instrument is None:
            self.instrument = fallback
        found = gather(
            self.chain,
            self._quotes.values(),
            timing=self._timing(clock),
            instrument=self.instrument,
            reference_price=self.reference_price,
        )
        return found if self.broker_known else replace(found, broker=UNKNOWN)

    @property
    def _first(self) -> Order:
        return next(iter(self._orders.values()))

    def _take_answer(self, order: Order, event: OrderEvent) -> None:
        if self._answered_ns is None:
            self._answered_ns = event.mono_ns
        if self._ack_broker_at is None and event.broker_at is not None:
            self._ack_broker_at, self._ack_at = event.broker_at, event.at
            if order.sent_at is not None:
                self._take_trip(order.sent_at)

    def _take_trip(self, sent_at: datetime) -> None:
        """The round trip of the request; the stamp of the wire makes it shorter than the time of the decision did."""
        if self._ack_broker_at is not None and self._ack_at is not None:
            self.round_trip = RoundTrip(sent_at, self._ack_broker_at, self._ack_at)

    def _timing(self, clock: ClockCorrection | None) -> Timing:
        first = self._first
        stamps = first_stamps(row for row in self._stamps.values() if row.client_order_id == first.client_order_id)
        sent, answered = stamps.get(StampMoment.SENT), stamps.get(StampMoment.ANSWERED)
        pressed = stamps.get(StampMoment.PRESSED) or stamps.get(StampMoment.DECIDED)
        start = pressed.mono_ns if pressed is not None else first.intent.pressed_ns
        wire = sent.mono_ns if sent is not None else self._wire_ns
        return Timing(
            # without the instant of the wire a duration from the key would be too short, so it is left out
            start_ns=start if wire is not None else None,
            sent_ns=wire if wire is not None else self._sent_ns,
            answered_ns=answered.mono_ns if answered is not None else self._answered_ns,
            sent_at=sent.at if sent is not None else first.sent_at,
            answered_at=answered.at if answered is not None else first.acked_at,
            ack_broker_at=self._ack_broker_at,
            trigger_at=self._trigger_at,
            trigger_broker_at=self._trigger_broker_at,
            clock=clock,
        )


def _is_older(order: Order, known: Order) -> bool:
    if order.last_event_at is None or known.last_event_at is None:
        return False
    return order.last_event_at < known.last_event_at
