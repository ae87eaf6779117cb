"""The one way into the order book: stored first, folded second, announced third.

Nothing reaches the screen that is not on disk. Where the disk fails, what the broker did is folded all the same (it is
real money), entries are locked and the strip says so; what *we* want to do is refused instead.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from legend_desktop.domain import order_state
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, OrderState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import Alarm, ExecutionReceived, OrderChanged
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.ports import OrderQuote, OrderStamp, OrderStore

T = TypeVar("T")
JOURNAL_ALARM = "journal"
_SLICE_SECONDS = 0.008
_SAY_SECONDS = 0.05


class OrderLedger:
    """Stores order events, folds them into ``book`` and publishes what changed."""

    def __init__(self, store: OrderStore, bus: EventBus, clock: Clock) -> None:
        self.store = store
        self.book = OrderBook()
        self._bus = bus
        self._clock = clock
        self._lock = asyncio.Lock()
        self._broken = False
        self._unsaid: deque[OrderChanged] = deque()
        self._say_at_last: asyncio.TimerHandle | None = None
        self.on_journal: Callable[[StoreError | None], None] | None = None

    async def intend(
        self,
        events: Sequence[OrderEvent],
        quotes: Sequence[OrderQuote] = (),
        verdicts: Mapping[str, Sequence[str]] | None = None,
        *,
        say_later: bool = False,
    ) -> list[Order]:
        """Write down what this program is about to do. Raises ``StoreError``; then nothing may be sent.

        With ``say_later`` the book has it at once, but it is announced only with ``say``, with the next news, or a
        moment later: an order must not wait on its way out until every panel has painted it.
        """
        async with self._lock:
            try:
                await self.store.record(events, quotes, verdicts)
            except StoreError as error:
                self._journal_broke(error)
                raise
            self._journal_works()
            if not say_later:
                return [self._take(event) for event in events]
            orders = [self.book.fold(event) for event in events]
            self._unsaid += [OrderChanged(order, event) for order, event in zip(orders, events, strict=True)]
            if self._say_at_last is None:
                self._say_at_last = asyncio.get_running_loop().call_later(_SAY_SECONDS, self.say)
            return orders

    def say(self) -> None:
        """Announce what ``intend`` kept back."""
        if self._say_at_last is not None:
            self._say_at_last.cancel()
            self._say_at_last = None
        while self._unsaid:
            self._bus.publish(self._unsaid.popleft())

    async def learn(self, events: Sequence[OrderEvent]) -> list[Order]:
        """Write down what happened at the broker; known executions and empty news are dropped.

        A failing disk does not stop it: the store spools what it can, and entries are locked until it works again.
        """
        async with self._lock:
            news = self._news(events)
            if not news:
                return []
            try:
                await self.store.record(news)
            except StoreError as error:
                self._journal_broke(error)
            else:
                self._journal_works()
            return [self._take(event) for event in news]

    async def keep(self, quotes: Sequence[OrderQuote] = (), stamps: Sequence[OrderStamp] = ()) -> None:
        """Keep quotes and stamps; a failing disk is said and otherwise borne."""
        try:
            await self.store.record_details(quotes, stamps)
        except StoreError as error:
            self._journal_broke(error)

    async def load(self, since: datetime, account: tuple[BrokerType, str] | None = None) -> list[Order]:
        """Fold the stored logs of open orders, and of all since ``since``, into the book; oldest order first.

        With ``account`` only of that one: a journal holds the orders of several, and no broker knows another's.

        Each is announced without an event, once all are in the book: whoever listens sees brackets whole.
        """
        logs = await self.store.load_events(since=since)
        ours = [log for log in logs if log and (account is None or _account_of(log[0]) == account)]
        orders: list[Order] = []
        async for log in _in_slices(ours):
            orders.append(self.book.load(log))
        async for order in _in_slices(orders):
            self._bus.publish(OrderChanged(order, None))
        return orders

    def _news(self, events: Sequence[OrderEvent]) -> list[OrderEvent]:
        """Drop what is known already: counted executions, repeated answers, changes to the same terms.

        An event about an order that nobody created is dropped too. ``ahead`` holds each order as the events before it
        in this batch leave it.
        """
        news: list[OrderEvent] = []
        ahead: dict[str, Order] = {}
        seen: set[str] = set()
        for event in events:
            key = event.client_order_id
            order = ahead.get(key) or self.book.get(key)
            if event.kind is OrderEventKind.CREATED:
                if order is None:
                    ahead[key] = order_state.create(event)
                    news.append(event)
                continue
            if order is None or _says_nothing(order, event):
                continue
            if event.execution is not None:
                execution_id = event.execution.execution_id
                if execution_id in seen or self.book.has_execution(execution_id):
                    continue
                seen.add(execution_id)
            ahead[key] = order_state.apply(order, event)
            news.append(event)
        return news

    def _take(self, event: OrderEvent) -> Order:
        self.say()
        before = self.book.get(event.client_order_id)
        order = self.book.fold(event)
        self._bus.publish(OrderChanged(order, event))
        execution = event.execution
        if execution is not None:
            self._bus.publish(ExecutionReceived(execution, order))
        if order.state is OrderState.ATTENTION and (before is None or before.state is not OrderState.ATTENTION):
            self.raise_attention(order)
        elif before is not None and before.state is OrderState.ATTENTION and order.state is not OrderState.ATTENTION:
            for key in (f"overfill:{order.client_order_id}", f"attention:{order.client_order_id}"):
                self._bus.publish(Alarm(key=key, at=event.at, active=False))
        return order

    def raise_attention(self, order: Order) -> None:
        """Put an order that contradicts itself on the strip; entries in its symbol wait for a person."""
        if order.filled_quantity > order.quantity:
            filled, asked = format_shares(order.filled_quantity), format_shares(order.quantity)
            key = f"overfill:{order.client_order_id}"
            fact = f"The broker reports {filled} {order.symbol} for an order of {asked}."
            consequence = f"{order.symbol} entries are locked. Look at both fills and decide."
        else:
            key = f"attention:{order.client_order_id}"
            what = f"{order.side.value} {format_shares(order.quantity)} {order.symbol}"
            fact = f"1 order needs you: {what}. {order.reason}".strip()
            consequence = f"{order.symbol} entries are locked. Look at the order and decide."
        self._bus.publish(
            Alarm(key, self._clock.now(), fact, consequence, action="order.ask_broker", action_label="Ask the broker")
        )

    def _journal_broke(self, error: StoreError) -> None:
        if not self._broken:
            self._broken = True
            self._bus.publish(
                Alarm(
                    key=JOURNAL_ALARM,
                    at=self._clock.now(),
                    fact=error.message,
                    consequence=error.advice or "No order is sent until the journal can be written again.",
                    action="panel.activity",
                    action_label="Show details",
                )
            )
        if self.on_journal is not None:
            self.on_journal(error)

    def _journal_works(self) -> None:
        if self._broken and self.store.writable:
            self._broken = False
            self._bus.publish(Alarm(key=JOURNAL_ALARM, at=self._clock.now(), active=False))
            if self.on_journal is not None:
                self.on_journal(None)


async def _in_slices(rows: Sequence[T]) -> AsyncIterator[T]:
    """``rows`` with a turn of the loop after every few milliseconds: a month of orders must not freeze the window."""
    ends = time.monotonic() + _SLICE_SECONDS
    for row in rows:
        yield row
        if time.monotonic() > ends:
            await asyncio.sleep(0)
            ends = time.monotonic() + _SLICE_SECONDS


def _account_of(event: OrderEvent) -> tuple[BrokerType, str] | None:
    return None if event.intent is None else (event.intent.broker, event.intent.account_id)


_ONCE = frozenset(
    {
        OrderEventKind.ACCEPTED,
        OrderEventKind.WORKING,
        OrderEventKind.CANCELED,
        OrderEventKind.EXPIRED,
        OrderEventKind.REFUSED,
        OrderEventKind.REPLACED,
        OrderEventKind.AMBIGUOUS,
    }
)

_ENDS = frozenset({OrderEventKind.CANCELED, OrderEventKind.EXPIRED, OrderEventKind.REPLACED})


def _says_nothing(order: Order, event: OrderEvent) -> bool:
    """True for an answer that the order's state has left behind and that brings no new broker id or terms."""
    new_id = event.broker_order_id is not None and event.broker_order_id not in order.broker_order_ids
    if event.kind in _ONCE:
        successor = event.kind is OrderEventKind.REPLACED and order.replaced_by_id is None
        # an end beside FILLED is kept: a bust of the fill finds its way back to it
        end = event.kind in _ENDS and order.state is OrderState.FILLED and order.ended_as is None
        return event.kind not in order_state.TRANSITIONS[order.state] and not (new_id or successor or end)
    if event.kind is OrderEventKind.TERMS_CHANGED:
        return event.terms == order.terms and order.pending_terms is None
    if event.kind is OrderEventKind.TRAILED:
        return event.price == order.working_stop_price
    return False
