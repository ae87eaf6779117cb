"""Turns what a broker tells into order events: from a snapshot row, a stream message or an execution.

Pure translation over the order book: it stores nothing and asks nobody.
"""

from dataclasses import dataclass
from datetime import datetime

from legend_desktop.brokers.base import OrderReport, OrderStreamEvent, OrderStreamKind
from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSource, OrderState, Origin, Pending, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order, OrderIntent
from legend_desktop.services.order_book import OrderBook

_ENDS = {
    OrderState.CANCELED: OrderEventKind.CANCELED,
    OrderState.EXPIRED: OrderEventKind.EXPIRED,
    OrderState.REJECTED: OrderEventKind.REFUSED,
    OrderState.REPLACED: OrderEventKind.REPLACED,
}
_END_KINDS = frozenset(_ENDS.values())
_UNANSWERED = frozenset({OrderState.SENDING, OrderState.QUESTION, OrderState.UNKNOWN})
_AT_WORK = frozenset({OrderState.WORKING, OrderState.PARTIAL, OrderState.FILLED})


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """Whose orders these are: what an order placed elsewhere is filed under."""

    broker: BrokerType
    mode: TradingMode
    account_id: str


class BrokerNews:
    """Translates reports of one account into the events that ``book`` does not know yet."""

    def __init__(self, book: OrderBook, identity: AccountIdentity) -> None:
        self._book = book
        self._identity = identity
        self._strange: dict[str, str] = {}

    def match(self, report: OrderReport) -> Order | None:
        """The order a report speaks of: by our id, by the broker's, else as the leg of a known entry or pair."""
        order = self._book.find(report.client_order_id, report.broker_order_id)
        if order is not None or report.role is None:
            return order
        rows = [row for row in self._relatives(report) if row.intent.role is report.role and not row.broker_order_ids]
        return next(iter(rows), None)

    def _relatives(self, report: OrderReport) -> list[Order]:
        """The legs of the report's entry; of a pair without one, the orders that were sent together with its other."""
        if report.parent_broker_order_id is not None:
            parent = self._book.by_broker_id(report.parent_broker_order_id)
            return [] if parent is None else self._book.legs_of(parent.client_order_id)
        partner = self._book.by_broker_id(report.oco_group) if report.oco_group else None
        group = partner.intent.oco_group if partner is not None else None
        if partner is None or group is None:
            return []
        return [row for row in self._book.of_symbol(partner.symbol) if row.intent.oco_group == group]

    def from_report(self, report: OrderReport, at: datetime) -> list[OrderEvent]:
        """Events for one report; an order that nobody here placed is created as placed elsewhere."""
        order = self.match(report)
        if order is not None:
            return [*self._known(order, report, at), *self._refused_change(order, report, at)]
        created, order = self._external(report, at)
        return [*created, *self._known(order, report, at)]

    def from_stream(self, message: OrderStreamEvent, at: datetime) -> list[OrderEvent]:
        """Events for one stream message: what opens or changes the order, its execution, then what ends it."""
        report = message.report
        order = self.match(report)
        created: list[OrderEvent] = []
        if order is None:
            created, order = self._external(report, at)
        events = list(created)
        kinds = {
            OrderStreamKind.CANCEL_REFUSED: OrderEventKind.CANCEL_REFUSED,
            OrderStreamKind.REPLACE_REFUSED: OrderEventKind.REPLACE_REFUSED,
            OrderStreamKind.TRIGGERED: OrderEventKind.TRIGGERED,
        }
        known = self._known(order, report, at)
        ends = [event for event in known if event.kind in _END_KINDS]
        events.extend(event for event in known if event.kind not in _END_KINDS)
        if message.kind in kinds:
            price = report.working_stop_price or report.terms.stop_price
            events.append(self._event(order, report, at, kinds[message.kind], reason=report.reason, price=price))
        if message.execution is not None:
            events.append(self._execution(order, message.execution, at))
        return [*events, *ends]

    def from_execution(self, execution: Execution, at: datetime) -> OrderEvent | None:
        """The event for an execution of an order that is known; ``None`` for any other."""
        order = self._book.find(execution.client_order_id, execution.broker_order_id)
        return None if order is None else self._execution(order, execution, at)

    def _known(self, order: Order, report: OrderReport, at: datetime) -> list[OrderEvent]:
        state = report.state
        if state is None:
            if self._strange.get(order.client_order_id) == report.status_text:
                return []
            self._strange[order.client_order_id] = report.status_text
            reason = f"The broker says {report.status_text}, a word this program does not know."
            return [self._event(order, report, at, OrderEventKind.STATUS, reason=reason)]
        self._strange.pop(order.client_order_id, None)
        if order.state.is_terminal:
            # a fill or a live order after the end contradicts what was known; a repeated end says nothing
            if state.is_terminal or (order.state is OrderState.FILLED and state in _AT_WORK):
                return []
            return [self._event(order, report, at, OrderEventKind.FOUND, reported_state=state)]
        events: list[OrderEvent] = []
        if state is OrderState.ACCEPTED and order.state in _UNANSWERED:
            events.append(self._event(order, report, at, OrderEventKind.ACCEPTED))
        elif state in _AT_WORK and order.state in {*_UNANSWERED, OrderState.ACCEPTED}:
            events.append(self._event(order, report, at, OrderEventKind.WORKING))
        elif report.broker_order_id not in order.broker_order_ids:
            events.append(self._event(order, report, at, OrderEventKind.STATUS))
        events.extend(self._changes(order, report, at))
        if state in _ENDS:
            events.append(self._end(order, report, at, state))
        return events

    def _changes(self, order: Order, report: OrderReport, at: datetime) -> list[OrderEvent]:
        events: list[OrderEvent] = []
        ours, theirs = order.terms, report.terms
        same = (ours.quantity, ours.limit_price, ours.stop_price) == (
            theirs.quantity,
            theirs.limit_price,
            theirs.stop_price,
        )
        newest = order.broker_order_id in {None, report.broker_order_id}
        if not same and newest and report.state not in _ENDS:
            events.append(self._event(order, report, at, OrderEventKind.TERMS_CHANGED, terms=theirs))
        trailed = report.working_stop_price
        if trailed is not None and trailed != order.working_stop_price:
            events.append(self._event(order, report, at, OrderEventKind.TRAILED, price=trailed))
        return events

    def _end(self, order: Order, report: OrderReport, at: datetime, state: OrderState) -> OrderEvent:
        successor_id = None
        if report.replaced_by_broker_order_id:
            successor = self._book.by_broker_id(report.replaced_by_broker_order_id) or self._change_of(order)
            successor_id = successor.client_order_id if successor else report.replaced_by_broker_order_id
        origin = ""
        if state is OrderState.CANCELED:
            origin = order.cancel_origin or ("oco" if "oco" in report.reason.lower() else "broker")
        return self._event(
            order, report, at, _ENDS[state], reason=report.reason, successor_id=successor_id, origin=origin
        )

    def _refused_change(self, order: Order, report: OrderReport, at: datetime) -> list[OrderEvent]:
        """What the end of a successor says of the order that it was to replace: that one works as before."""
        before = self._book.get(order.intent.replaces_id) if order.intent.replaces_id else None
        waits = before is not None and before.is_open and before.pending is Pending.REPLACE
        if before is None or not waits or report.state is not OrderState.REJECTED or report.filled_quantity > 0:
            return []
        reason = report.reason or order.reason or "The broker refused the change."
        return [OrderEvent(before.client_order_id, OrderEventKind.REPLACE_REFUSED, at, reason=reason)]

    def _change_of(self, order: Order) -> Order | None:
        """The successor on its way to take the place of ``order``: the stream may tell of it before the answer."""
        rows = self._book.open_orders(order.symbol)
        return next((row for row in rows if row.intent.replaces_id == order.client_order_id), None)

    def _external(self, report: OrderReport, at: datetime) -> tuple[list[OrderEvent], Order]:
        client_id = report.client_order_id or f"X-{self._identity.broker.value}-{report.broker_order_id}"
        parent = self._book.by_broker_id(report.parent_broker_order_id) if report.parent_broker_order_id else None
        intent = OrderIntent(
            client_order_id=client_id,
            broker=self._identity.broker,
            mode=self._identity.mode,
            account_id=self._identity.account_id,
            terms=report.terms,
            created_at=report.entered_at,
            source=OrderSource.SDK,
            role=report.role or OrderRole.ENTRY,
            label="elsewhere",
            parent_id=parent.client_order_id if parent else None,
            oco_group=report.oco_group,
            origin=Origin.EXTERNAL,
        )
        created = OrderEvent(client_id, OrderEventKind.CREATED, at, intent=intent)
        sent = OrderEvent(client_id, OrderEventKind.SENT, report.entered_at)
        order = Order(intent=intent, terms=intent.terms, state=OrderState.SENDING)
        return [created, sent], order

    def _execution(self, order: Order, execution: Execution, at: datetime) -> OrderEvent:
        return OrderEvent(
            client_order_id=order.client_order_id,
            kind=OrderEventKind.EXECUTION,
            at=at,
            broker_at=execution.executed_at,
            broker_order_id=execution.broker_order_id or None,
            execution=execution,
        )

    def _event(
        self, order: Order, report: OrderReport, at: datetime, kind: OrderEventKind, **more: object
    ) -> OrderEvent:
        return OrderEvent(
            client_order_id=order.client_order_id,
            kind=kind,
            at=at,
            broker_at=report.updated_at,
            broker_order_id=report.broker_order_id,
            reported_filled=report.filled_quantity,
            raw=report.raw,
            **more,  # type: ignore[arg-type]
        )
