"""The life of an order: one table of allowed steps, and ``apply`` that folds an event into an order.

State and pending command are two values, so a cancel in flight never hides a partial fill. Whatever
the table does not allow is kept by the caller as an event and changes nothing; where it touches quantity the order
goes to ATTENTION. Filled quantity comes from the set of executions alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import ExecutionKind, OrderState, Pending
from legend_desktop.domain.executions import Execution, filled_quantity
from legend_desktop.domain.orders import Order, OrderIntent, OrderTerms, summed_executions


class OrderEventKind(StrEnum):
    """What can happen to an order."""

    CREATED = "created"
    DENIED = "denied"
    ABANDONED = "abandoned"
    SENT = "sent"
    QUESTION = "question"
    NOT_CONFIRMED = "not_confirmed"
    ACCEPTED = "accepted"
    WORKING = "working"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"
    EXECUTION = "execution"
    CANCEL_SENT = "cancel_sent"
    CANCEL_AMBIGUOUS = "cancel_ambiguous"
    CANCEL_REFUSED = "cancel_refused"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACE_SENT = "replace_sent"
    REPLACE_AMBIGUOUS = "replace_ambiguous"
    REPLACE_REFUSED = "replace_refused"
    TERMS_CHANGED = "terms_changed"
    REPLACED = "replaced"
    FOUND = "found"
    ABSENT = "absent"
    DECIDED = "decided"
    TRIGGERED = "triggered"
    TRAILED = "trailed"
    CONTRADICTION = "contradiction"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to one order. ``at`` is our aware UTC clock, ``broker_at`` the broker's.

    ``reported_state`` and ``reported_filled`` carry what a snapshot (``FOUND``) or status says. ``raw`` is the broker's
    own text with secrets removed. ``mono_ns`` is a monotonic stamp for durations within one run of the program.
    """

    client_order_id: str
    kind: OrderEventKind
    at: datetime
    mono_ns: int | None = None
    broker_at: datetime | None = None
    broker_order_id: str | None = None
    intent: OrderIntent | None = None
    terms: OrderTerms | None = None
    execution: Execution | None = None
    reported_state: OrderState | None = None
    reported_filled: Decimal | None = None
    price: Decimal | None = None
    successor_id: str | None = None
    reason: str = ""
    origin: str = ""
    raw: str = ""


_S = OrderState
_K = OrderEventKind

_AT_BROKER = {
    _K.CANCELED: _S.CANCELED,
    _K.EXPIRED: _S.EXPIRED,
    _K.REFUSED: _S.REJECTED,
    _K.REPLACED: _S.REPLACED,
    _K.CONTRADICTION: _S.ATTENTION,
}
_FIRST_ANSWER = {
    _K.ACCEPTED: _S.ACCEPTED,
    _K.WORKING: _S.WORKING,
    _K.TRIGGERED: _S.WORKING,
    _K.QUESTION: _S.QUESTION,
    _K.AMBIGUOUS: _S.UNKNOWN,
    **_AT_BROKER,
}

TRANSITIONS: dict[OrderState, dict[OrderEventKind, OrderState]] = {
    _S.INTENT: {_K.DENIED: _S.DENIED, _K.ABANDONED: _S.DENIED, _K.SENT: _S.SENDING},
    _S.DENIED: {},
    _S.SENDING: dict(_FIRST_ANSWER),
    _S.QUESTION: {
        _K.SENT: _S.SENDING,
        _K.NOT_CONFIRMED: _S.REJECTED,
        _K.ACCEPTED: _S.ACCEPTED,
        _K.WORKING: _S.WORKING,
        _K.TRIGGERED: _S.WORKING,
        _K.AMBIGUOUS: _S.UNKNOWN,
        **_AT_BROKER,
    },
    _S.UNKNOWN: {
        _K.ACCEPTED: _S.ACCEPTED,
        _K.WORKING: _S.WORKING,
        _K.TRIGGERED: _S.WORKING,
        _K.ABSENT: _S.REJECTED,
        _K.DECIDED: _S.REJECTED,
        **_AT_BROKER,
    },
    _S.ACCEPTED: {_K.WORKING: _S.WORKING, _K.TRIGGERED: _S.WORKING, _K.TERMS_CHANGED: _S.ACCEPTED, **_AT_BROKER},
    _S.WORKING: {_K.TRIGGERED: _S.WORKING, _K.TERMS_CHANGED: _S.WORKING, **_AT_BROKER},
    _S.PARTIAL: {_K.TRIGGERED: _S.PARTIAL, _K.TERMS_CHANGED: _S.PARTIAL, **_AT_BROKER},
    _S.FILLED: {_K.TERMS_CHANGED: _S.FILLED},
    _S.CANCELED: {},
    _S.EXPIRED: {},
    _S.REJECTED: {},
    _S.REPLACED: {},
    _S.ATTENTION: {_K.DECIDED: _S.REJECTED, _K.TERMS_CHANGED: _S.ATTENTION, **_AT_BROKER},
}
"""Every allowed step of the life cycle.

``EXECUTION`` and ``FOUND`` are worked out from quantities and reports, and three steps look at quantity besides: a
proof of absence against a fill is a contradiction, an overfilled order stays in ATTENTION whatever the broker says,
and a person's decision ends an order as its fills say.
"""

_KEEP_STATE = frozenset(
    {
        _K.CANCEL_SENT,
        _K.CANCEL_AMBIGUOUS,
        _K.CANCEL_REFUSED,
        _K.REPLACE_SENT,
        _K.REPLACE_AMBIGUOUS,
        _K.REPLACE_REFUSED,
        _K.TRAILED,
        _K.STATUS,
    }
)
_RANK = {
    _S.INTENT: 0,
    _S.SENDING: 1,
    _S.QUESTION: 2,
    _S.UNKNOWN: 2,
    _S.ACCEPTED: 3,
    _S.WORKING: 4,
    _S.PARTIAL: 5,
}
_ANSWERS = frozenset({_K.ACCEPTED, _K.WORKING, _K.REFUSED, _K.AMBIGUOUS, _K.QUESTION, _K.ABSENT, _K.FOUND, _K.DECIDED})
_CANCEL_ENDS = frozenset({_K.CANCEL_REFUSED, _K.CANCELED, _K.EXPIRED})
_REPLACE_ENDS = frozenset({_K.REPLACE_REFUSED, _K.TERMS_CHANGED, _K.REPLACED})
_BROKER_ENDS = {kind: state for kind, state in _AT_BROKER.items() if state.is_terminal}
_BROKER_STATES = frozenset(
    {
        _S.ACCEPTED,
        _S.WORKING,
        _S.PARTIAL,
        _S.FILLED,
        _S.CANCELED,
        _S.EXPIRED,
        _S.REJECTED,
        _S.REPLACED,
    }
)


def create(event: OrderEvent) -> Order:
    """The order that a ``CREATED`` event begins; raises ``ValueError`` without an intent."""
    if event.kind is not _K.CREATED or event.intent is None:
        raise ValueError("an order begins with a CREATED event that carries its intent")
    return Order(intent=event.intent, terms=event.intent.terms, state=_S.INTENT, last_event_at=event.at)


def apply(order: Order, event: OrderEvent) -> Order:
    """``order`` after ``event``; returns an equal order apart from ids and times where the step is not allowed."""
    order = _with_ids(order, event)
    if event.kind is _K.EXECUTION and event.execution is not None:
        return _after_execution(order, event, event.execution)
    state = _found_state(order, event) if event.kind is _K.FOUND else _next_state(order, event)
    allowed = is_allowed(order.state, event.kind)
    changed = replace(order, last_event_at=event.at)
    if state is not None:
        changed = _enter(changed, state, event)
    elif event.kind in _BROKER_ENDS and order.state in {_S.FILLED, _S.ATTENTION}:
        # the end came before its last fill, or beside a contradiction: kept for when the fills are known
        changed = replace(changed, ended_as=order.ended_as or _BROKER_ENDS[event.kind])
    return _details(_with_pending(changed, event), event, allowed=allowed)


def is_allowed(state: OrderState, kind: OrderEventKind) -> bool:
    """True where ``kind`` may change or annotate an order in ``state``."""
    return kind in TRANSITIONS[state] or kind in _KEEP_STATE or kind in {_K.EXECUTION, _K.FOUND}


def replay(events: list[OrderEvent]) -> Order:
    """Fold a whole event log, which begins with ``CREATED``."""
    order = create(events[0])
    for event in events[1:]:
        order = apply(order, event)
    return order


def _next_state(order: Order, event: OrderEvent) -> OrderState | None:
    if event.kind in _KEEP_STATE:
        return None
    state = TRANSITIONS[order.state].get(event.kind)
    if order.state is _S.CANCELED and order.ended_as is None:
        # the fills were busted to nothing; how the order ended is still the broker's to say
        return _BROKER_ENDS.get(event.kind)
    if event.kind is _K.ABSENT and state is not None and order.filled_quantity > 0:
        return _S.ATTENTION
    if event.kind is _K.DECIDED and state is not None:
        return _decided(order)
    if order.state is _S.ATTENTION and event.kind in _BROKER_ENDS and order.filled_quantity > order.quantity:
        return None
    return state


def _decided(order: Order) -> OrderState:
    """How a person's decision ends an order: as its fills say."""
    if order.filled_quantity >= order.quantity:
        return _S.FILLED
    return _S.CANCELED if order.filled_quantity > 0 else _S.REJECTED


def _found_state(order: Order, event: OrderEvent) -> OrderState | None:
    """State after a snapshot from the broker said ``reported_state``.

    Fills speak through executions alone: a report of FILLED or PARTIAL only proves that the broker holds the order. A
    report of lower rank counts only where the snapshot is not older than the last event.
    """
    reported = event.reported_state
    if reported is None or reported not in _BROKER_STATES or reported is order.state:
        return None
    if order.state is _S.DENIED:
        return _S.ATTENTION
    newer = order.last_event_at is None or event.at >= order.last_event_at
    ended = reported.is_terminal and reported is not _S.FILLED
    live = _S.ACCEPTED if reported is _S.ACCEPTED else _S.WORKING
    if order.filled_quantity > 0:
        live = _S.PARTIAL
    if order.state.is_terminal:
        if reported.is_terminal or not newer:
            return None
        return live if order.state is _S.REJECTED else _S.ATTENTION
    if order.state is _S.ATTENTION:
        return reported if ended and order.filled_quantity <= order.quantity else None
    if ended:
        return reported
    if live is order.state or (_RANK[live] < _RANK[order.state] and not newer):
        return None
    return live


def _enter(order: Order, state: OrderState, event: OrderEvent) -> Order:
    before, order = order.state, replace(order, state=state)
    if state is _S.SENDING:
        order = replace(order, sent_at=order.sent_at or event.at)
    if state in {_S.ACCEPTED, _S.WORKING, _S.PARTIAL} and order.acked_at is None:
        order = replace(order, acked_at=event.at)
    if state is _S.UNKNOWN and before is not _S.UNKNOWN:
        order = replace(order, unknown_since=event.at)
    if state.is_terminal:
        order = replace(
            order,
            closed_at=order.closed_at or event.at,
            pending=Pending.NONE,
            pending_since=None,
            pending_terms=None,
            ended_as=order.ended_as if state is _S.FILLED else state,
        )
    elif before.is_terminal and state is not _S.ATTENTION:
        order = replace(order, closed_at=None, ended_as=None)
    elif order.closed_at is not None:
        order = replace(order, closed_at=None)
    if event.reason:
        order = replace(order, reason=event.reason)
    return order


def _with_ids(order: Order, event: OrderEvent) -> Order:
    known = event.broker_order_id
    if known and known not in order.broker_order_ids:
        return replace(order, broker_order_ids=(*order.broker_order_ids, known))
    return order


def _with_pending(order: Order, event: OrderEvent) -> Order:
    pending, since = order.pending, order.pending_since
    if event.kind is _K.SENT and order.is_open:
        pending, since = Pending.SUBMIT, event.at
    elif event.kind is _K.CANCEL_SENT and order.is_open:
        pending, since = Pending.CANCEL, event.at
    elif event.kind is _K.REPLACE_SENT and order.is_open:
        pending, since = Pending.REPLACE, event.at
    elif (
        (pending is Pending.SUBMIT and event.kind in _ANSWERS)
        or (pending is Pending.CANCEL and event.kind in _CANCEL_ENDS)
        or (pending is Pending.REPLACE and event.kind in _REPLACE_ENDS)
    ):
        pending, since = Pending.NONE, None
    return replace(order, pending=pending, pending_since=since)


def _details(order: Order, event: OrderEvent, *, allowed: bool) -> Order:
    if event.kind in {_K.FOUND, _K.ACCEPTED, _K.WORKING, _K.STATUS}:
        order = replace(order, seen_at=event.at)
    if event.reported_filled is not None:
        order = replace(order, reported_filled=event.reported_filled)
    if event.kind is _K.REPLACE_SENT and order.is_open:
        order = replace(order, pending_terms=event.terms)
    elif event.kind in _REPLACE_ENDS:
        order = replace(order, pending_terms=None)
    if event.kind is _K.TERMS_CHANGED and event.terms is not None and allowed:
        order = _recount(replace(order, terms=event.terms), event)
    if event.kind is _K.REPLACED and event.successor_id:
        order = replace(order, replaced_by_id=event.successor_id)
    if event.kind is _K.TRIGGERED and allowed:
        order = replace(order, trigger_price=event.price or order.stop_trigger)
    if event.kind is _K.TRAILED and event.price is not None:
        order = replace(order, working_stop_price=event.price)
    if event.kind in {_K.CANCELED, _K.CANCEL_SENT} and event.origin:
        order = replace(order, cancel_origin=event.origin)
    if event.kind in {_K.CANCEL_REFUSED, _K.REPLACE_REFUSED} and event.reason:
        order = replace(order, reason=event.reason)
    return order


def _after_execution(order: Order, event: OrderEvent, execution: Execution) -> Order:
    if any(known.execution_id == execution.execution_id for known in order.executions):
        return order
    order = replace(order, executions=(*order.executions, execution), last_event_at=event.at, seen_at=event.at)
    order = _recount(order, event)
    if order.pending is Pending.SUBMIT:
        order = replace(order, pending=Pending.NONE, pending_since=None)
    return replace(order, acked_at=order.acked_at or event.at)


def _recount(order: Order, event: OrderEvent) -> Order:
    """Work the state out anew from the executions."""
    filled, average = summed_executions(order.executions)
    before = order.state
    late = min(order.late_quantity, filled)
    if before in {_S.CANCELED, _S.EXPIRED, _S.REJECTED, _S.REPLACED} and filled > order.filled_quantity:
        late += filled - order.filled_quantity
    state = _state_for_fill(order, filled)
    order = replace(order, _filled=filled, _average=average, late_quantity=late)
    if state is before:
        return order
    # how the order ended is the broker's word; fills alone never change it
    order = replace(_enter(order, state, event), ended_as=order.ended_as)
    if state is _S.ATTENTION and not event.reason:
        order = replace(order, reason=f"The broker reports {filled} filled for an order of {order.quantity}.")
    return order


def _state_for_fill(order: Order, filled: Decimal) -> OrderState:
    """The state that the executions prove; the same for the same set, in whatever order they came.

    An order that was full once does not work again after a bust: it ends as it was ended, or stays open with what is
    left until the broker says.
    """
    state, quantity = order.state, order.quantity
    if filled > quantity or state is _S.DENIED or order.ended_as is _S.DENIED:
        return _S.ATTENTION
    if state is _S.ATTENTION and order.filled_quantity <= quantity:
        return state
    if filled == quantity:
        return _S.FILLED
    if order.ended_as is not None:
        return order.ended_as
    fills = [row for row in order.executions if row.kind is ExecutionKind.FILL]
    if filled_quantity(fills) >= quantity:
        return _S.PARTIAL if filled > 0 else _S.CANCELED
    if filled > 0:
        return _S.PARTIAL
    return _S.WORKING if fills else state
