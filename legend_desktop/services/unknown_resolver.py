"""Finding out what became of an order that was sent and never answered. It asks, waits, asks; it never sends.

Absence is proven only by several look-ups that said "no such order" over a time, with another read of the same broker
answered well, and with the position as our own fills explain it. A timer alone proves nothing. A change without an
answer is looked for in the same way where the broker keeps the order's id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import OrderState, Pending
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel, OrderChanged
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.trading_context import TradingContext

SCHEDULE_SECONDS = (0.3, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
REPEAT_SECONDS = 30.0
PROOF_TRIES = 3
PROOF_SECONDS = 15.0
BEFORE = timedelta(minutes=1)
_NOT_FOUND = frozenset({OrderEventKind.ABSENT, OrderEventKind.DECIDED, OrderEventKind.CONTRADICTION})


@dataclass(slots=True)
class Search:
    """How the search for one order stands; shown on screen while it runs.

    ``position_before`` is what was held without the order, ``traded_before`` what all orders of the symbol had traded.
    """

    client_order_id: str
    since: datetime
    tries: int = 0
    absences: int = 0
    first_absence_ns: int | None = None
    next_in_seconds: float | None = None
    position_before: Decimal = ZERO
    traded_before: Decimal = ZERO
    last_answer: str = ""


@dataclass(slots=True)
class UnknownResolver:
    """Runs one search for each order in doubt; ``searches`` are those under way."""

    context: TradingContext
    keeper: PositionKeeper
    searches: dict[str, Search] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hear of orders that become known in another way."""
        self.context.bus.subscribe(OrderChanged, self._on_changed)

    def watch(self, orders: Sequence[Order]) -> None:
        """Begin to search for these orders, say so on the strip, and keep entries in their symbols locked."""
        for order in orders:
            # the exits of a bracket share the fate of their entry; each is looked for by itself once that is known
            parent = self.context.book.get(order.intent.parent_id) if order.intent.parent_id else None
            shared = parent is not None and parent.client_order_id in self.searches
            if shared or order.client_order_id in self.searches or self.context.supervisor.stopping:
                continue
            search = Search(
                order.client_order_id,
                since=order.sent_at or self.context.clock.now(),
                position_before=self.keeper.explained(order.symbol),
                traded_before=self._traded(order.symbol),
            )
            self.searches[order.client_order_id] = search
            self._raise_alarm(order)
            self.context.supervisor.start(self._search(search), f"look for {order.client_order_id}")

    async def ask_now(self, client_order_id: str) -> None:
        """Ask once, at a person's wish, beside the running search."""
        order = self.context.book.get(client_order_id)
        if order is None:
            return
        if order.intent.parent_id in self.searches:
            await self.ask_now(order.intent.parent_id or "")
        elif order.state is OrderState.UNKNOWN:
            self.watch([order])
        search = self.searches.get(client_order_id)
        if search is not None:
            await self._ask(search)

    async def _search(self, search: Search) -> None:
        step = 0
        while self.searches.get(search.client_order_id) is search:
            wait = SCHEDULE_SECONDS[step] if step < len(SCHEDULE_SECONDS) else REPEAT_SECONDS
            step += 1
            search.next_in_seconds = wait
            await self.context.clock.sleep(wait)
            if self.searches.get(search.client_order_id) is search:
                await self._ask(search)

    async def _ask(self, search: Search) -> None:
        order = self.context.book.get(search.client_order_id)
        if order is None or not _in_doubt(order):
            self._end(search)
            return
        search.tries += 1
        try:
            await self._ask_broker(search, order)
        except LegendError as error:
            search.last_answer = error.sentence
        except Exception as error:  # noqa: BLE001  the search must go on, whatever one answer brought about
            search.last_answer = f"The answer could not be read: {error}"
            self.context.supervisor.report(error, f"look for {search.client_order_id}")

    async def _ask_broker(self, search: Search, order: Order) -> None:
        context = self.context
        report = await self._look_up(search, order)
        if report is None and order.broker_order_id is not None:
            search.last_answer = "The broker gave the order an id and does not show it now."
            return
        if report is not None:
            await context.ledger.learn(context.news.from_report(report, context.clock.now()))
            await self.keeper.catch_up(search.since - BEFORE)
            if order.state is OrderState.UNKNOWN:
                return
        current = context.book.get(search.client_order_id) or order
        if not _in_doubt(current):
            return
        now = context.clock.monotonic_ns()
        search.absences += 1
        search.first_absence_ns = now if search.first_absence_ns is None else search.first_absence_ns
        search.last_answer = "no such order" if report is None else "the order stands as it was"
        if search.absences >= PROOF_TRIES and (now - search.first_absence_ns) / 1e9 >= PROOF_SECONDS:
            await (self._prove_absence(search, current) if report is None else self._prove_unchanged(current))

    async def _look_up(self, search: Search, order: Order) -> OrderReport | None:
        """The order as the broker has it: by its own id, by ours, or as the one row of a listing that fits."""
        context = self.context
        able = context.broker.capabilities
        if order.broker_order_id is not None:
            return await context.broker.get_order(order.broker_order_id)
        if able.client_order_ids and (order.intent.parent_id is None or able.leg_client_order_ids):
            return await context.broker.find_order(order.client_order_id)
        rows = await context.broker.get_orders(since=search.since - BEFORE)
        for row in rows:
            found = context.news.match(row)
            if found is not None and found.client_order_id == order.client_order_id:
                return row
        return None

    async def _prove_absence(self, search: Search, order: Order) -> None:
        context = self.context
        position = await context.broker.get_position(order.symbol)
        held = position.quantity if position is not None else ZERO
        if held != search.position_before + self._traded(order.symbol) - search.traded_before:
            search.last_answer = f"The position in {order.symbol} changed to {held}; that is no proof of absence."
            return
        reason = f"Proven absent: the broker answered {search.absences} times and has no such order."
        legs = [leg for leg in context.book.legs_of(order.client_order_id) if leg.state is OrderState.UNKNOWN]
        await context.ledger.learn([context.event(row, OrderEventKind.ABSENT, reason=reason) for row in (*legs, order)])
        predecessor = context.book.get(order.intent.replaces_id) if order.intent.replaces_id else None
        if predecessor is not None and predecessor.is_open:
            await self._refuse_change(predecessor)
        context.tell(
            NoticeLevel.NEEDS_YOU,
            "Orders",
            f"{reason} The position is unchanged. Nothing was traded. Send it again if you still want it.",
        )

    async def _prove_unchanged(self, order: Order) -> None:
        await self._refuse_change(order)
        words = f"{order.symbol}: the change never arrived. The order stands as it was. Change it again if you want."
        self.context.tell(NoticeLevel.NEEDS_YOU, "Orders", words)

    async def _refuse_change(self, order: Order) -> None:
        words = "The change never arrived; the order stands as it was."
        event = self.context.event(order, OrderEventKind.REPLACE_REFUSED, reason=words)
        await self.context.ledger.learn([event])

    def _on_changed(self, event: OrderChanged) -> None:
        """End a search as soon as anything has told what became of the order."""
        order = event.order
        search = self.searches.get(order.client_order_id)
        if search is None or _in_doubt(order):
            return
        self._end(search)
        if event.event is not None and event.event.kind not in _NOT_FOUND and order.broker_order_id:
            filled = f", filled {format_shares(order.filled_quantity)}" if order.filled_quantity else ""
            words = f"Found: the broker has the order as {order.broker_order_id}{filled}."
            self.context.tell(NoticeLevel.GOOD, "Orders", f"{words} Entries in {order.symbol} are open.")
        legs = self.context.book.legs_of(order.client_order_id)
        self.watch([leg for leg in legs if leg.state is OrderState.UNKNOWN])

    def _traded(self, symbol: str) -> Decimal:
        """Signed shares that all known orders of ``symbol`` have traded."""
        rows = self.context.book.of_symbol(symbol)
        return sum((row.side.sign * row.filled_quantity for row in rows), ZERO)

    def _end(self, search: Search) -> None:
        self.searches.pop(search.client_order_id, None)
        self.context.clear_alarm(f"unknown:{search.client_order_id}")
        self.context.risk.announce(force=True)

    def _raise_alarm(self, order: Order) -> None:
        at = order.sent_at.astimezone().strftime("%H:%M:%S") if order.sent_at else ""
        what = f"{order.side.value} {format_shares(order.quantity)} {order.symbol}"
        if order.state is OrderState.UNKNOWN:
            fact = f"1 order is unknown: {what}."
            consequence = f"Sent {at}, no answer. It may be live. Do not send it again."
        else:
            fact = f"1 change is unknown: {what}."
            consequence = "No answer came. The order works with its old terms or with the new ones."
        self.context.alarm(
            f"unknown:{order.client_order_id}", fact, consequence, action="order.ask_broker", label="Ask now"
        )


def _in_doubt(order: Order) -> bool:
    """True where nobody knows whether the order exists, or whether its change did."""
    return order.state is OrderState.UNKNOWN or (order.is_open and order.pending is Pending.REPLACE)
