"""Finding out what became of an order that was sent and never answered. It asks, waits, asks; it never sends.

Absence is proven only by several look-ups that said "no such order" over a time, with another read of the same broker
answered well, and with the position as it was. A timer alone proves nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.trading_context import TradingContext

SCHEDULE_SECONDS = (0.3, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
REPEAT_SECONDS = 30.0
PROOF_TRIES = 3
PROOF_SECONDS = 15.0


@dataclass(slots=True)
class Search:
    """How the search for one order stands; shown on screen while it runs."""

    client_order_id: str
    since: datetime
    tries: int = 0
    absences: int = 0
    first_absence_ns: int | None = None
    next_in_seconds: float | None = None
    position_before: Decimal = ZERO
    last_answer: str = ""


@dataclass(slots=True)
class UnknownResolver:
    """Runs one search for each unknown order. ``refresh`` pulls executions and positions after a find."""

    context: TradingContext
    refresh: Callable[[], Awaitable[None]]
    searches: dict[str, Search] = field(default_factory=dict)

    def watch(self, orders: list[Order]) -> None:
        """Begin to search for these orders, say so on the strip, and keep entries in their symbols locked."""
        for order in orders:
            # the exits of a bracket share the fate of their entry and are found with it
            parent = self.context.book.get(order.intent.parent_id) if order.intent.parent_id else None
            shared = parent is not None and parent.state is OrderState.UNKNOWN
            if shared or order.client_order_id in self.searches:
                continue
            held = self.context.positions.get(order.symbol)
            search = Search(
                order.client_order_id,
                since=order.sent_at or self.context.clock.now(),
                position_before=held.quantity if held else ZERO,
            )
            self.searches[order.client_order_id] = search
            self._raise_alarm(order)
            self.context.supervisor.start(self._search(search), f"look for {order.client_order_id}")

    async def ask_now(self, client_order_id: str) -> None:
        """Ask once, at a person's wish, beside the running search."""
        search = self.searches.get(client_order_id)
        if search is not None:
            await self._ask(search)

    def settled(self, client_order_id: str, report: OrderReport) -> None:
        """End the search for an order that another look-up has found."""
        search = self.searches.get(client_order_id)
        if search is not None:
            order = self.context.book.get(client_order_id)
            self._end(search, order)
            if order is not None:
                self._tell_found(order, report)

    async def _search(self, search: Search) -> None:
        step = 0
        while search.client_order_id in self.searches:
            wait = SCHEDULE_SECONDS[step] if step < len(SCHEDULE_SECONDS) else REPEAT_SECONDS
            step += 1
            search.next_in_seconds = wait
            await self.context.clock.sleep(wait)
            if search.client_order_id in self.searches:
                await self._ask(search)

    async def _ask(self, search: Search) -> None:
        order = self.context.book.get(search.client_order_id)
        if order is None or not self._is_open_question(order):
            self._end(search, order)
            return
        search.tries += 1
        try:
            report = await self.context.broker.find_order(search.client_order_id)
        except LegendError as error:
            search.last_answer = error.sentence
            return
        if report is not None:
            await self._adopt(search, report)
            return
        now = self.context.clock.monotonic_ns()
        search.absences += 1
        search.first_absence_ns = search.first_absence_ns or now
        search.last_answer = "no such order"
        spread = (now - (search.first_absence_ns or now)) / 1e9
        if search.absences >= PROOF_TRIES and spread >= PROOF_SECONDS:
            await self._prove_absence(search, order)

    async def _adopt(self, search: Search, report: OrderReport) -> None:
        context = self.context
        now = context.clock.now()
        events = context.news.from_report(report, now)
        predecessor = self._predecessor(search)
        if predecessor is not None and predecessor.is_open:
            events.append(context.event(predecessor, OrderEventKind.REPLACED, successor_id=search.client_order_id))
        await context.ledger.learn(events)
        await self.refresh()
        order = context.book.get(search.client_order_id)
        self._end(search, order)
        if order is not None:
            self._tell_found(order, report)

    def _tell_found(self, order: Order, report: OrderReport) -> None:
        filled = f", filled {order.filled_quantity}" if order.filled_quantity else ""
        self.context.tell(
            NoticeLevel.GOOD,
            "Orders",
            f"Found: the broker has the order as {report.broker_order_id}{filled}. Entries in {order.symbol} are open.",
        )

    async def _prove_absence(self, search: Search, order: Order) -> None:
        context = self.context
        try:
            position = await context.broker.get_position(order.symbol)
        except LegendError as error:
            search.last_answer = error.sentence
            return
        held = position.quantity if position is not None else ZERO
        known = context.positions.get(order.symbol)
        explained = {search.position_before, known.quantity if known else ZERO}
        if held not in explained:
            search.last_answer = f"The position in {order.symbol} changed to {held}; that is no proof of absence."
            return
        reason = f"Proven absent: the broker answered {search.absences} times and has no such order."
        legs = [leg for leg in context.book.legs_of(order.client_order_id) if self._is_open_question(leg)]
        await context.ledger.learn([context.event(row, OrderEventKind.ABSENT, reason=reason) for row in (order, *legs)])
        predecessor = self._predecessor(search)
        if predecessor is not None and predecessor.is_open:
            words = "The change never arrived; the order stands as it was."
            await context.ledger.learn([context.event(predecessor, OrderEventKind.REPLACE_REFUSED, reason=words)])
        self._end(search, context.book.get(order.client_order_id))
        context.tell(
            NoticeLevel.NEEDS_YOU,
            "Orders",
            f"{reason} The position is unchanged. Nothing was traded. Send it again if you still want it.",
        )

    def _predecessor(self, search: Search) -> Order | None:
        order = self.context.book.get(search.client_order_id)
        before = order.intent.replaces_id if order is not None else None
        return self.context.book.get(before) if before else None

    def _is_open_question(self, order: Order) -> bool:
        return order.state is OrderState.UNKNOWN

    def _end(self, search: Search, order: Order | None) -> None:
        self.searches.pop(search.client_order_id, None)
        self.context.clear_alarm(f"unknown:{search.client_order_id}")
        if order is not None:
            self.context.risk.announce(force=True)

    def _raise_alarm(self, order: Order) -> None:
        verb = order.side.value
        at = order.sent_at.astimezone().strftime("%H:%M:%S") if order.sent_at else ""
        self.context.alarm(
            f"unknown:{order.client_order_id}",
            f"1 order is unknown: {verb} {order.quantity} {order.symbol}.",
            f"Sent {at}, no answer. It may be live. Do not send it again.",
            action="order.ask_broker",
            label="Ask now",
        )
