"""Sending an order once: on disk, then on the wire, then the answer on disk.

The three outcomes are kept apart. Only a broker's structured refusal, or proof that no byte left, is a refusal. All
else is UNKNOWN and goes to the resolver; nothing here ever sends twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused, OutcomeUnknown
from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.errors import NotSupported, StoreError
from legend_desktop.domain.events import KeyToWire, NoticeLevel
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Bracket, Order, OrderIntent
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.services.failpoints import failpoint
from legend_desktop.services.trading_context import TradingContext

Call = Callable[[], Awaitable[list[OrderReport]]]
UnknownHandler = Callable[[list[Order]], None]
SEND_DEADLINE_SECONDS = 20.0
_AT_WORK = frozenset({OrderState.WORKING, OrderState.PARTIAL, OrderState.FILLED})
_NEVER_SENT = (OrderRefused, BrokerDown, AuthExpired, NotSupported)


class OrderSender:
    """Takes decided intents to the broker. ``on_unknown`` is given the orders whose fate nobody knows.

    An answer that has not come within ``deadline_seconds`` of real time is taken as lost.
    """

    def __init__(
        self, context: TradingContext, on_unknown: UnknownHandler, deadline_seconds: float = SEND_DEADLINE_SECONDS
    ) -> None:
        self._context = context
        self._on_unknown = on_unknown
        self._deadline = deadline_seconds
        self._sent_ns: dict[str, int] = {}
        context.broker.on_request_sent = self._note_sent

    async def send_order(self, intent: OrderIntent, verdicts: Sequence[str], decided_ns: int) -> Order:
        """Send one order; returns it as it stands after the answer. Raises ``StoreError`` before anything is sent."""

        async def call() -> list[OrderReport]:
            broker = self._context.broker
            close = intent.reduce_only and intent.terms.order_type is OrderType.MARKET
            return [await (broker.close_position(intent) if close else broker.place_order(intent))]

        return (await self._send([intent], call, verdicts, decided_ns))[0]

    async def send_bracket(self, bracket: Bracket, verdicts: Sequence[str], decided_ns: int) -> list[Order]:
        """Send an entry with its exits; returns the orders in the order of ``bracket.legs``."""
        legs = list(bracket.legs)
        if len(legs) == 1:
            return [await self.send_order(bracket.entry, verdicts, decided_ns)]
        return await self._send(legs, lambda: self._context.broker.place_bracket_order(bracket), verdicts, decided_ns)

    async def send_oco(self, first: OrderIntent, second: OrderIntent, verdicts: Sequence[str]) -> list[Order]:
        """Send two exits that cancel each other."""
        now = self._context.clock.monotonic_ns()
        return await self._send(
            [first, second], lambda: self._context.broker.place_oco_order(first, second), verdicts, now
        )

    async def send_replace(self, original: Order, successor: OrderIntent, verdicts: Sequence[str]) -> Order:
        """Change a working order; returns the order that works afterwards (the original when it was refused)."""
        context = self._context
        new_order = context.broker.capabilities.replace_makes_new_order
        asked = context.event(original, OrderEventKind.REPLACE_SENT, terms=successor.terms)
        events = [asked]
        if new_order:
            events = [*self._beginning([successor]), asked]
        with self._counted([successor]):
            await context.ledger.intend(events, (), {successor.client_order_id: verdicts} if new_order else None)
        task = context.supervisor.start(
            self._transmit_replace(original, successor, new_order=new_order),
            f"replace {original.client_order_id}",
        )
        return await asyncio.shield(task)

    async def deny(self, intents: Sequence[OrderIntent], verdicts: Sequence[str], reason: str) -> None:
        """Write down what the gate refused, with its verdicts. A disk that fails loses only this note."""
        context = self._context
        events = [event for event in self._beginning(intents) if event.kind is OrderEventKind.CREATED]
        events += [
            OrderEvent(row.client_order_id, OrderEventKind.DENIED, context.clock.now(), reason=reason)
            for row in intents
        ]
        kept: Mapping[str, Sequence[str]] = {row.client_order_id: verdicts for row in intents}
        try:
            await context.ledger.intend(events, self._quotes(intents[:1], QuoteMoment.DECISION), kept)
        except StoreError as error:
            context.tell(NoticeLevel.ERROR, "Journal", error.sentence)

    async def _send(
        self, intents: list[OrderIntent], call: Call, verdicts: Sequence[str], decided_ns: int
    ) -> list[Order]:
        context = self._context
        kept = {row.client_order_id: verdicts for row in intents}
        quotes = self._quotes(intents[:1], QuoteMoment.DECISION)
        with self._counted(intents):
            await context.ledger.intend(self._beginning(intents), quotes, kept, say_later=True)
        committed_ns = context.clock.monotonic_ns()
        failpoint("after_intent_commit")
        task = context.supervisor.start(self._transmit(intents, call), f"send {intents[0].client_order_id}")
        orders = await asyncio.shield(task)
        await self._keep_stamps(intents[0], decided_ns, committed_ns)
        return orders

    @contextmanager
    def _counted(self, intents: Sequence[OrderIntent]) -> Iterator[None]:
        """Let ``intents`` count as sent while they are written down, so that no second order takes the same room."""
        leaving = self._context.leaving
        leaving.update({row.client_order_id: row for row in intents})
        try:
            yield
        finally:
            for row in intents:
                leaving.pop(row.client_order_id, None)

    async def _transmit(self, intents: list[OrderIntent], call: Call) -> list[Order]:
        try:
            async with asyncio.timeout(self._deadline):
                reports = await call()
        except asyncio.CancelledError:
            await asyncio.shield(self._unknown(intents, "The program was stopped while it waited for the answer."))
            raise
        except _NEVER_SENT as error:
            return await self._refused(intents, error)
        except OutcomeUnknown as error:
            return await self._unknown(intents, error.message, error.raw)
        except TimeoutError:
            return await self._unknown(intents, f"No answer within {self._deadline:g} s.")
        except Exception as error:  # noqa: BLE001  any other fault after sending proves nothing about the order
            return await self._unknown(intents, f"The answer could not be read: {error}", repr(error))
        failpoint("after_answer")
        now = self._context.clock.now()
        named = _named(reports, intents)
        events = [event for report in named for event in self._context.news.from_report(report, now)]
        await self._context.ledger.learn(events)
        orders = self._orders(intents)
        silent = [row for row in orders if row.state is OrderState.SENDING]
        if silent:
            # an accepted order whose leg the answer did not name: ask, never assume
            return await self._unknown([row.intent for row in silent], "The answer named no order for it.")
        return orders

    async def _transmit_replace(self, original: Order, successor: OrderIntent, *, new_order: bool) -> Order:
        context = self._context
        kinds = OrderEventKind
        broker_id = original.broker_order_id or ""
        try:
            async with asyncio.timeout(self._deadline):
                report = await context.broker.replace_order(broker_id, successor)
        except _NEVER_SENT as error:
            await context.ledger.learn([context.event(original, kinds.REPLACE_REFUSED, reason=_words(error))])
            if new_order:
                await self._refused([successor], error)
            else:
                context.tell(NoticeLevel.ERROR, "Orders", error.sentence)
            return context.book.get(original.client_order_id) or original
        except asyncio.CancelledError:
            words = "The program was stopped while it waited for the answer."
            await asyncio.shield(self._change_unknown(original, successor, words, new_order=new_order))
            raise
        except Exception as error:  # noqa: BLE001  nothing else proves the outcome
            words = error.message if isinstance(error, OutcomeUnknown) else f"No readable answer: {error!r}"
            return await self._change_unknown(original, successor, words, new_order=new_order)
        now = context.clock.now()
        events = context.news.from_report(_named([report], [successor if new_order else original.intent])[0], now)
        if new_order and report.state in _AT_WORK:
            # one that was merely taken has not replaced anything yet: the venue may still refuse it, and fills of the
            # original are no surprise until the broker says that it ended
            events.append(
                context.event(original, kinds.REPLACED, successor_id=successor.client_order_id, reason="changed")
            )
        elif not new_order:
            events.append(context.event(original, kinds.TERMS_CHANGED, terms=successor.terms))
        await context.ledger.learn(events)
        key = successor.client_order_id if new_order else original.client_order_id
        return context.book.get(key) or original

    async def _change_unknown(self, original: Order, successor: OrderIntent, reason: str, *, new_order: bool) -> Order:
        """Nobody knows whether the change arrived: look for the successor, or for the new terms of the same order."""
        context = self._context
        event = context.event(original, OrderEventKind.REPLACE_AMBIGUOUS, reason=reason)
        await context.ledger.learn([event])
        if new_order:
            return (await self._unknown([successor], reason))[0]
        order = context.book.get(original.client_order_id) or original
        self._on_unknown([order])
        return order

    async def _refused(self, intents: Sequence[OrderIntent], error: Exception) -> list[Order]:
        context = self._context
        reason = _words(error)
        raw = getattr(error, "broker_words", "")
        events = [
            OrderEvent(row.client_order_id, OrderEventKind.REFUSED, context.clock.now(), reason=reason, raw=raw)
            for row in intents
        ]
        await context.ledger.learn(events)
        context.tell(NoticeLevel.ERROR, "Orders", reason, details=raw)
        return self._orders(intents)

    async def _unknown(self, intents: Sequence[OrderIntent], reason: str, raw: str = "") -> list[Order]:
        context = self._context
        waiting = [row for row in self._orders(intents) if row.state in {OrderState.SENDING, OrderState.QUESTION}]
        events = [context.event(row, OrderEventKind.AMBIGUOUS, reason=reason, raw=raw) for row in waiting]
        await context.ledger.learn(events)
        orders = self._orders(intents)
        self._on_unknown([row for row in orders if row.state is OrderState.UNKNOWN])
        return orders

    def _orders(self, intents: Sequence[OrderIntent]) -> list[Order]:
        rows = (self._context.book.get(row.client_order_id) for row in intents)
        return [row for row in rows if row is not None]

    def _beginning(self, intents: Sequence[OrderIntent]) -> list[OrderEvent]:
        now = self._context.clock.now()
        mono = self._context.clock.monotonic_ns()
        created = [
            OrderEvent(row.client_order_id, OrderEventKind.CREATED, now, mono_ns=mono, intent=row) for row in intents
        ]
        sent = [OrderEvent(row.client_order_id, OrderEventKind.SENT, now, mono_ns=mono) for row in intents]
        return created + sent

    def _quotes(self, intents: Sequence[OrderIntent], moment: QuoteMoment) -> list[OrderQuote]:
        now = self._context.clock.now()
        rows = ((row, self._context.quotes.latest(row.terms.symbol)) for row in intents)
        return [OrderQuote(row.client_order_id, moment, now, quote) for row, quote in rows if quote is not None]

    def _note_sent(self, client_order_id: str, mono_ns: int) -> None:
        """Keep the instant; everybody else hears of it once the adapter waits for its answer."""
        self._sent_ns[client_order_id] = mono_ns
        asyncio.get_running_loop().call_soon(self._tell_sent, client_order_id, mono_ns)

    def _tell_sent(self, client_order_id: str, mono_ns: int) -> None:
        self._context.ledger.say()
        order = self._context.book.get(client_order_id)
        pressed = order.intent.pressed_ns if order is not None else None
        if pressed is not None:
            milliseconds = (mono_ns - pressed) / 1e6
            self._context.bus.publish(KeyToWire(client_order_id, milliseconds, self._context.clock.now()))

    async def _keep_stamps(self, intent: OrderIntent, decided_ns: int, committed_ns: int) -> None:
        """Keep the instants of this send; wall times follow from the monotonic ones."""
        context = self._context
        now, now_ns = context.clock.now(), context.clock.monotonic_ns()
        instants = {
            StampMoment.PRESSED: intent.pressed_ns,
            StampMoment.DECIDED: decided_ns,
            StampMoment.COMMITTED: committed_ns,
            StampMoment.SENT: self._sent_ns.pop(intent.client_order_id, None),
            StampMoment.ANSWERED: now_ns,
        }
        stamps = [
            OrderStamp(intent.client_order_id, moment, now - _since(now_ns, at_ns), at_ns)
            for moment, at_ns in instants.items()
            if at_ns is not None
        ]
        await context.ledger.keep(self._quotes([intent], QuoteMoment.ACK), stamps)


def _named(reports: Sequence[OrderReport], intents: Sequence[OrderIntent]) -> list[OrderReport]:
    """The answer's reports with our own ids, for brokers that keep none or give the legs ids of their own."""
    if len(reports) != len(intents):
        return list(reports)
    return [replace(report, client_order_id=row.client_order_id) for report, row in zip(reports, intents, strict=True)]


def _since(now_ns: int, then_ns: int) -> timedelta:
    return timedelta(microseconds=(now_ns - then_ns) // 1000)


def _words(error: Exception) -> str:
    return str(getattr(error, "sentence", error))
