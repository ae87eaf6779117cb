"""The event list of one order's time line: what was stored, in its order, in the words of the screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from legend_desktop.domain.enums import ExecutionKind, OrderState
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.formatting import MISSING, format_duration_ms, format_number, format_price, format_shares
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, QuoteMoment, StampMoment
from legend_desktop.services.order_timeline import TimeLine

_WORDS = {
    OrderEventKind.DENIED: "Refused by the checks",
    OrderEventKind.ABANDONED: "Not sent",
    OrderEventKind.QUESTION: "Broker asks",
    OrderEventKind.NOT_CONFIRMED: "Not confirmed",
    OrderEventKind.ACCEPTED: "Accepted",
    OrderEventKind.WORKING: "Working",
    OrderEventKind.REFUSED: "Refused",
    OrderEventKind.AMBIGUOUS: "No clear answer",
    OrderEventKind.CANCEL_SENT: "Cancel sent",
    OrderEventKind.CANCEL_AMBIGUOUS: "Cancel without a clear answer",
    OrderEventKind.CANCEL_REFUSED: "Cancel refused",
    OrderEventKind.CANCELED: "Cancelled",
    OrderEventKind.EXPIRED: "Expired",
    OrderEventKind.REPLACE_SENT: "Change sent",
    OrderEventKind.REPLACE_AMBIGUOUS: "Change without a clear answer",
    OrderEventKind.REPLACE_REFUSED: "Change refused",
    OrderEventKind.TERMS_CHANGED: "Changed",
    OrderEventKind.REPLACED: "Replaced",
    OrderEventKind.FOUND: "Found at the broker",
    OrderEventKind.ABSENT: "Proven absent",
    OrderEventKind.DECIDED: "Decided by you",
    OrderEventKind.TRIGGERED: "Triggered",
    OrderEventKind.TRAILED: "Stop trailed",
    OrderEventKind.CONTRADICTION: "Contradiction",
    OrderEventKind.STATUS: "Status",
}
_STAMPED = frozenset({OrderEventKind.CREATED, OrderEventKind.SENT})
_KINDS = {
    ExecutionKind.FILL: "Fill",
    ExecutionKind.BUST: "Fill taken back",
    ExecutionKind.CORRECTION: "Fill corrected",
}
_ORIGINS = {"user": "by you", "oco": "its pair filled", "broker": "by the broker"}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line: milliseconds after the key, what, the quote or detail, a note."""

    after: str
    what: str
    detail: str = ""
    note: str = ""


_SAME = timedelta(milliseconds=250)
"""The quote of an event is kept a moment after the event itself."""
_Row = tuple[datetime, int, str, str, str]


def event_lines(line: TimeLine) -> tuple[EventLine, ...]:
    """The lines, oldest first. What happened at the same instant stays in the order it was stored."""
    rows = [*_stamp_rows(line), *_event_rows(line)]
    rows.sort(key=lambda row: row[:2])
    return tuple(EventLine(after_key(line, at), what, detail, note) for at, _, what, detail, note in rows)


def after_key(line: TimeLine, at: datetime) -> str:
    """``121.4 ms`` after the key press, whatever its length: the list is exact."""
    return f"{format_number((at - line.began) / timedelta(milliseconds=1), 1)} ms"


def events_table(lines: Iterable[EventLine]) -> str:
    """The lines as tab-separated text with a heading."""
    rows = ["after the key\tevent\tquote or detail\tnote"]
    rows += ["\t".join((row.after, row.what, row.detail, row.note)) for row in lines]
    return "\n".join(rows)


def _stamp_rows(line: TimeLine) -> Iterable[_Row]:
    decision, arrival = line.quote(QuoteMoment.DECISION), line.quote(QuoteMoment.SEND)
    if decision is not None and decision.quote.timestamp < decision.at:
        yield decision.quote.timestamp, 0, "Quote", _quote(decision.quote), "the one it was decided on"
    for place, (moment, words, kept, note) in enumerate(
        (
            (StampMoment.PRESSED, "Key pressed", decision, _age(decision)),
            (StampMoment.DECIDED, "Checked", decision, ""),
            (StampMoment.COMMITTED, "Intent on disk", None, "before any byte"),
            (StampMoment.SENT, "Bytes sent", arrival, "arrival, benchmark" if arrival is not None else "no quote seen"),
            (StampMoment.ANSWERED, "Answer read", line.quote(QuoteMoment.ACK), ""),
            (StampMoment.ON_SCREEN, "Fill on screen", None, ""),
        ),
        start=1,
    ):
        stamp = line.stamp(moment)
        if stamp is not None:
            yield stamp.at, place, words, _quote(kept.quote) if kept is not None else "", note


def _event_rows(line: TimeLine) -> Iterable[_Row]:
    stamped = line.stamp(StampMoment.SENT) is not None
    head = line.orders[0].client_order_id
    at_fills = {row.execution_id: row for row in line.quotes if row.moment is QuoteMoment.FILL}
    for place, event in enumerate(line.events, start=100):
        if event.kind in _STAMPED and stamped and event.client_order_id == head:
            continue
        if event.execution is not None:
            note = _fill_note(event.execution, at_fills.get(event.execution.execution_id))
            yield event.at, place, _KINDS[event.execution.kind], _fill(event.execution), note
        elif event.kind is OrderEventKind.CREATED:
            elsewhere = "placed elsewhere" if event.intent is not None and event.intent.origin.value != "app" else ""
            yield event.at, place, "Decision made", "", elsewhere
        elif event.kind is OrderEventKind.SENT:
            yield event.at, place, "Sent", _kept(line, QuoteMoment.SEND, event), ""
        else:
            yield event.at, place, _WORDS.get(event.kind, event.kind.value), _detail(line, event), _note(line, event)


def _fill(execution: Execution) -> str:
    return f"{format_shares(execution.quantity)} at {format_price(execution.price)}"


def _fill_note(execution: Execution, kept: OrderQuote | None) -> str:
    return f"{_quote(kept.quote) if kept is not None else 'no quote seen'}, {execution.venue or 'no venue'}"


def _detail(line: TimeLine, event: OrderEvent) -> str:
    if event.kind in {OrderEventKind.ACCEPTED, OrderEventKind.WORKING}:
        return f"order {event.broker_order_id}" if event.broker_order_id else ""
    if event.kind in {OrderEventKind.CANCELED, OrderEventKind.EXPIRED}:
        order = line.order
        return f"{format_shares(max(order.quantity - order.filled_quantity, order.quantity * 0))} left"
    if event.kind is OrderEventKind.TRIGGERED:
        return _kept(line, QuoteMoment.TRIGGER, event)
    if event.kind is OrderEventKind.TRAILED:
        return f"stop {format_price(event.price)}"
    if event.terms is not None:
        prices = [("limit", event.terms.limit_price), ("stop", event.terms.stop_price)]
        told = ", ".join(f"{name} {format_price(price)}" for name, price in prices if price is not None)
        return f"{format_shares(event.terms.quantity)} shares{', ' if told else ''}{told}"
    return event.reason


def _note(line: TimeLine, event: OrderEvent) -> str:
    if event.kind in {OrderEventKind.CANCELED, OrderEventKind.EXPIRED}:
        kept = line.quote(QuoteMoment.CANCEL)
        quote = _quote(kept.quote) if kept is not None else "no quote seen"
        origin = _ORIGINS.get(event.origin, "")
        return f"{origin}, {quote}" if origin else quote
    if event.kind in {OrderEventKind.ACCEPTED, OrderEventKind.WORKING}:
        rows = (row for row in line.quotes if row.moment is QuoteMoment.ACK and abs(row.at - event.at) < _SAME)
        return next((_quote(row.quote) for row in rows if row.client_order_id == event.client_order_id), event.reason)
    if event.kind is OrderEventKind.FOUND and event.reported_state is not None:
        return _state(event.reported_state)
    return event.reason if event.kind is not OrderEventKind.STATUS and _detail(line, event) != event.reason else ""


def _kept(line: TimeLine, moment: QuoteMoment, event: OrderEvent) -> str:
    for row in line.quotes:
        if row.moment is moment and row.client_order_id == event.client_order_id:
            return _quote(row.quote)
    return "no quote seen"


def _state(state: OrderState) -> str:
    return state.value.replace("_", " ")


def _quote(quote: Quote) -> str:
    """``163.42 × 163.44``; a side that nobody quoted is an em dash."""
    sides = [MISSING if price is None else format_price(price) for price in (quote.bid, quote.ask)]
    return " × ".join(sides)


def _age(row: OrderQuote | None) -> str:
    if row is None:
        return "no quote seen"
    return f"{format_duration_ms(row.quote.exchange_age(row.at) / timedelta(milliseconds=1))} old"
