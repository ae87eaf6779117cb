"""One order from its press to its end, as Order entry follows it. Knows nothing of fields and previews."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, Origin
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError, OrderDenied
from legend_desktop.domain.events import KeyToWire, OrderChanged
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.orders import Order
from legend_desktop.domain.verdicts import Verdict
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.live_trading import LiveTradingService, OrderPreview, QuickEntryRequest
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.unknown_resolver import Search
from legend_desktop.viewmodels.entry_state import EntryState

CHECKED, STORED, SENT, ANSWERED, SILENT = "checked", "stored", "sent", "answered", "silent"
_STATES = {
    OrderState.UNKNOWN: EntryState.UNKNOWN,
    OrderState.ATTENTION: EntryState.UNKNOWN,
    OrderState.FILLED: EntryState.DONE,
    OrderState.ACCEPTED: EntryState.WORKING,
    OrderState.WORKING: EntryState.WORKING,
    OrderState.PARTIAL: EntryState.WORKING,
}
_ENDED = frozenset(
    {OrderState.REJECTED, OrderState.DENIED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REPLACED}
)


@dataclass(slots=True)
class PressRecord:
    """What is known of the press: its instant, what the preview showed, and milliseconds after it by stamp name."""

    at: datetime
    ns: int
    preview: OrderPreview | None
    marks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing works at the broker: why, in one sentence, with the verdicts where checks said so."""

    sentence: str
    verdicts: tuple[Verdict, ...] = ()
    asks: bool = False


class OrderSending(QObject):
    """Follows the order that was sent from Order entry. ``state`` is ``None`` while there is none.

    ``refused`` carries a ``Refusal`` after which there is no order; ``ended`` the sentence of an order that ended
    without a fill; ``trouble`` a sentence about a command that did not go through.
    """

    changed = Signal()
    refused = Signal(object)
    ended = Signal(str)
    trouble = Signal(str)

    def __init__(
        self,
        trading: LiveTradingService,
        bus: EventBus,
        supervisor: TaskSupervisor,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._trading = trading
        self._supervisor = supervisor
        self._clock = clock
        self.state: EntryState | None = None
        self.orders: tuple[Order, ...] = ()
        self.press: PressRecord | None = None
        self.cancel_wanted = False
        self.deciding = False
        self._next_try: tuple[int, int] = (-1, 0)
        self._ends: list[Callable[[], None]] = [
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(KeyToWire, self._on_wire),
        ]

    def dispose(self) -> None:
        """Stop listening."""
        for end in self._ends:
            end()
        self._ends = []

    # ---- facts ----------------------------------------------------------------------------------------------------

    @property
    def order(self) -> Order | None:
        """The order that was sent, as it stands; its exits follow it in ``orders``."""
        return self.orders[0] if self.orders else None

    @property
    def search(self) -> Search | None:
        """How the search for an unknown order stands."""
        order = self.order
        return None if order is None else self._trading.core.resolver.searches.get(order.client_order_id)

    @property
    def next_try_seconds(self) -> float | None:
        """Seconds until the broker is asked again; ``None`` while nobody searches."""
        search = self.search
        if search is None or search.next_in_seconds is None:
            return None
        now = self._clock.monotonic_ns()
        if self._next_try[0] != search.tries:
            self._next_try = (search.tries, now)
        return max(0.0, search.next_in_seconds - (now - self._next_try[1]) / 1e9)

    @property
    def waited(self) -> timedelta | None:
        """Time since the press; for an order found again after a restart since it was sent."""
        return (
            None if self.press is None else timedelta(microseconds=(self._clock.monotonic_ns() - self.press.ns) / 1e3)
        )

    # ---- the way there --------------------------------------------------------------------------------------------

    def start(self, request: QuickEntryRequest, preview: OrderPreview | None, confirmed: frozenset[str]) -> None:
        """Send ``request``, whose ``pressed_ns`` is the press; whoever calls this shows it in its own time."""
        assert request.pressed_ns is not None
        now, now_ns = self._clock.now(), self._clock.monotonic_ns()
        pressed_at = now - timedelta(microseconds=(now_ns - request.pressed_ns) / 1e3)
        self._forget()
        self.press = PressRecord(pressed_at, request.pressed_ns, preview)
        self._mark(CHECKED)
        self.state = EntryState.SENDING
        self._supervisor.start(self._send(request, confirmed), f"entry of {request.symbol}")

    def resume(self, symbol: str) -> bool:
        """Take up an entry in ``symbol`` that nobody has an answer for; False where there is none."""
        book = self._trading.core.context.book
        for order in book.open_orders(symbol):
            ours = order.intent.origin is Origin.APP and order.intent.role in {OrderRole.ENTRY, OrderRole.EXIT}
            if _STATES.get(order.state) is EntryState.UNKNOWN and ours:
                self._forget()
                since = order.sent_at or order.intent.created_at
                age = self._clock.now() - since
                self.press = PressRecord(
                    since, self._clock.monotonic_ns() - int(age / timedelta(microseconds=1)) * 1000, None
                )
                self.orders = (order, *book.legs_of(order.client_order_id))
                self._settle()
                return True
        return False

    def leave(self) -> bool:
        """Look away from the order, which goes on; False while its answer is awaited."""
        if self.state is EntryState.SENDING:
            return False
        self._forget()
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """Cancel the order, now or as soon as the broker has it."""
        if self.state in {EntryState.SENDING, EntryState.WORKING}:
            self.cancel_wanted = True
            self._cancel_if_possible()
            self.changed.emit()

    def set_deciding(self, deciding: bool) -> None:
        """Ask, or no longer ask, what a look at the broker's own page showed."""
        if self.deciding is not deciding and (self.state is EntryState.UNKNOWN or not deciding):
            self.deciding = deciding
            self.changed.emit()

    def decide(self, *, exists: bool) -> None:
        """Write down what a person found out about the unknown order."""
        order = self.order
        if order is None or self.state is not EntryState.UNKNOWN:
            return
        self.deciding = False
        note = "It is at the broker." if exists else "It is not at the broker."
        work = self._trading.decide_unknown(order.client_order_id, exists=exists, note=note)
        self._supervisor.start(self._quietly(work), "decision about an unknown order")
        self.changed.emit()

    # ---- steps ----------------------------------------------------------------------------------------------------

    async def _send(self, request: QuickEntryRequest, confirmed: frozenset[str]) -> None:
        pressed = self.press
        try:
            result = await self._trading.quick_entry(request, confirmed)
        except ConfirmationNeeded as error:
            self._refuse(pressed, Refusal(error.sentence, error.verdicts, asks=True))
        except OrderDenied as error:
            self._refuse(pressed, Refusal(error.sentence, error.verdicts))
        except LegendError as error:
            self._refuse(pressed, Refusal(error.sentence))
        else:
            if self.press is pressed:
                self.orders = (result.order, *result.exits)
                self._settle()
        finally:
            if self.press is pressed and self.state is EntryState.SENDING and not self.orders and self._ends:
                # a fault of the program before anything was written down; the supervisor reports it
                self._refuse(
                    pressed, Refusal("The order could not be made, so nothing was sent. Activity has the details.")
                )

    def _refuse(self, pressed: PressRecord | None, refusal: Refusal) -> None:
        """Back to the fields with the reason, unless another order has been pressed since."""
        if self.press is not None and self.press is not pressed:
            return
        self._forget()
        self.refused.emit(refusal)

    def _settle(self) -> None:
        """Fetch the orders as they stand and show what became of the first."""
        book = self._trading.core.context.book
        self.orders = tuple(_newest(book.get, row) for row in self.orders)
        order = self.orders[0]
        if order.state in _ENDED and order.filled_quantity == 0:
            self._end(order)
            return
        state = EntryState.DONE if order.state in _ENDED else _STATES.get(order.state, EntryState.SENDING)
        if state is EntryState.UNKNOWN:
            self._mark(SILENT)
        elif state is not EntryState.SENDING:
            self._mark(ANSWERED)
            self.deciding = False
        self.state = state
        self._cancel_if_possible()
        self.changed.emit()

    def _end(self, order: Order) -> None:
        """The order ended and nothing was traded: back to the fields."""
        self._forget()
        if order.state in {OrderState.CANCELED, OrderState.EXPIRED}:
            word = "cancelled" if order.state is OrderState.CANCELED else "not filled in its time"
            verb = "bought" if order.side is OrderSide.BUY else "sold"
            shares = f"{format_shares(order.quantity)} {order.symbol}"
            self.ended.emit(f"The order for {shares} was {word}. Nothing was {verb}.")
        else:
            self.refused.emit(Refusal(order.reason or "The order was refused. Nothing is working."))

    def _cancel_if_possible(self) -> None:
        order = self.order
        if self.cancel_wanted and order is not None and order.state.is_live_at_broker:
            self.cancel_wanted = False
            self._supervisor.start(self._quietly(self._trading.cancel_order(order.client_order_id)), "cancel of entry")

    async def _quietly(self, work: Awaitable[object]) -> None:
        """Await ``work``; what refuses it becomes a sentence in the panel."""
        try:
            await work
        except LegendError as error:
            self.trouble.emit(error.sentence)

    def _forget(self) -> None:
        self.state, self.orders, self.press = None, (), None
        self.cancel_wanted = self.deciding = False

    def _mark(self, name: str) -> None:
        if self.press is not None:
            self.press.marks.setdefault(name, (self._clock.monotonic_ns() - self.press.ns) / 1e6)

    # ---- events ---------------------------------------------------------------------------------------------------

    def _on_order(self, event: OrderChanged) -> None:
        order = event.order
        if not self.orders:
            # the entry that this press made, from its first line on disk on
            if self.press is not None and order.intent.pressed_ns == self.press.ns and order.intent.parent_id is None:
                self._mark(STORED)
                self.orders = (order,)
                self.changed.emit()
            return
        known = {row.client_order_id for row in self.orders}
        if order.client_order_id in known or order.intent.replaces_id in known:
            self._settle()
        elif self.state is EntryState.DONE and order.symbol == self.orders[0].symbol:
            self.changed.emit()

    def _on_wire(self, event: KeyToWire) -> None:
        order = self.order
        if self.press is not None and order is not None and event.client_order_id == order.client_order_id:
            self.press.marks.setdefault(SENT, event.milliseconds)
            self.changed.emit()


def _newest(get: Callable[[str], Order | None], order: Order) -> Order:
    """``order`` as it stands now; the one that took its place where it was replaced."""
    current = get(order.client_order_id) or order
    while current.replaced_by_id is not None and (successor := get(current.replaced_by_id)) is not None:
        current = successor
    return current
