"""From events to sentences for Activity, and from sentences to toasts: grouped, rate-limited, gone after a while."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, ConnectionState, ExecutionKind, OrderSide
from legend_desktop.domain.events import ConnectionChanged, ExecutionReceived, Notice, NoticeLevel, OrderChanged
from legend_desktop.domain.formatting import format_price, format_shares
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_words import order_sentence
from legend_desktop.viewmodels.base import ViewModel

LIFE_NS = 6_000_000_000
GROUP_NS = 2_000_000_000
MAX_TOASTS = 3
_RANK = {
    NoticeLevel.NEEDS_YOU: 3,
    NoticeLevel.ERROR: 2,
    NoticeLevel.WARNING: 1,
    NoticeLevel.GOOD: 0,
}
_URGENT = frozenset({NoticeLevel.NEEDS_YOU, NoticeLevel.ERROR})
_ORDER_WORDS = {
    OrderEventKind.SENT: "Sent: {0}.",
    OrderEventKind.WORKING: "Working: {0}.",
    OrderEventKind.CANCELED: "Cancelled: {0}{1}.",
    OrderEventKind.EXPIRED: "Expired: {0}{1}.",
    OrderEventKind.TRIGGERED: "Triggered: {0}.",
    OrderEventKind.TERMS_CHANGED: "Changed: {0}.",
    OrderEventKind.CANCEL_REFUSED: "The cancel was refused, the order still works: {0}.",
    OrderEventKind.REPLACE_REFUSED: "The change was refused, the order works as before: {0}.",
}
_ORDER_LEVELS = {
    OrderEventKind.CANCEL_REFUSED: NoticeLevel.WARNING,
    OrderEventKind.REPLACE_REFUSED: NoticeLevel.WARNING,
}


def _unmeasured(order: Order) -> str:  # noqa: ARG001  the shape that is asked for
    return ""


class EventNotes(ViewModel):
    """Writes what happens to orders and the line as notices on the bus, so that Activity and toasts read one stream.

    Refusals, unknown orders and lost lines are told by the services that know the reason; they are not told twice.
    ``cost_of`` says in one sentence what the fills of an order cost, from memory, and is empty where that is not known.
    """

    def __init__(
        self,
        bus: EventBus,
        clock: Clock,
        parent: QObject | None = None,
        *,
        cost_of: Callable[[Order], str] = _unmeasured,
    ) -> None:
        super().__init__(parent)
        self._bus = bus
        self._clock = clock
        self._cost_of = cost_of
        self._connected: set[BrokerType] = set()
        self.listen(bus, OrderChanged, self._on_order)
        self.listen(bus, ExecutionReceived, self._on_execution)
        self.listen(bus, ConnectionChanged, self._on_connection)

    def _tell(self, level: NoticeLevel, source: str, sentence: str, group: str) -> None:
        self._bus.publish(Notice(self._clock.now(), level, source, sentence, group=group))

    def _on_order(self, change: OrderChanged) -> None:
        if change.event is None:
            return
        words = _ORDER_WORDS.get(change.event.kind)
        if words is None:
            return
        order = change.order
        filled = f", {format_shares(order.filled_quantity)} filled" if order.filled_quantity else ""
        level = _ORDER_LEVELS.get(change.event.kind, NoticeLevel.INFO)
        sentence = order_sentence(order.terms)
        inside = sentence[0].lower() + sentence[1:]
        self._tell(level, "Orders", words.format(inside, filled), "orders")

    def _on_execution(self, event: ExecutionReceived) -> None:
        execution, order = event.execution, event.order
        if execution.kind is not ExecutionKind.FILL:
            word = "taken back" if execution.kind is ExecutionKind.BUST else "corrected"
            shares = format_shares(execution.quantity)
            self._tell(
                NoticeLevel.WARNING, "Executions", f"A fill of {shares} {execution.symbol} was {word}.", "orders"
            )
            return
        sentence = fill_sentence(order, whole=order.filled_quantity >= order.quantity)
        self._tell(NoticeLevel.GOOD, "Executions", f"{sentence} {self._cost_of(order)}".rstrip(), "orders")

    def _on_connection(self, event: ConnectionChanged) -> None:
        if event.state is not ConnectionState.CONNECTED or event.broker in self._connected:
            return
        self._connected.add(event.broker)
        name = event.broker.value.replace("_", " ").title()
        self._tell(NoticeLevel.INFO, "Connection", f"{name} is connected.", "connection")


def fill_sentence(order: Order, *, whole: bool) -> str:
    """What was traded so far: "Bought 116 AAPL at 175.5234." or "Bought 60 of 116 AAPL, so far at 175.52."."""
    verb = "Bought" if order.side is OrderSide.BUY else "Sold"
    filled = format_shares(order.filled_quantity)
    price = format_price(order.average_fill_price, places=4)
    price = price[:-2] if price.endswith("00") else price
    if whole:
        return f"{verb} {filled} {order.symbol} at {price}."
    return f"{verb} {filled} of {format_shares(order.quantity)} {order.symbol}, so far at {price}."


@dataclass(frozen=True, slots=True)
class Toast:
    """One card at the window's corner. ``count`` says how many notices of this kind it stands for."""

    key: int
    level: NoticeLevel
    source: str
    sentence: str
    count: int
    until_ns: int
    born_ns: int

    @property
    def count_words(self) -> str:
        """``and 4 more like this, see Activity`` or nothing."""
        return f"and {self.count - 1} more like this, see Activity" if self.count > 1 else ""


class NotificationsViewModel(ViewModel):
    """At most three toasts from the notices on the bus.

    Notices of one source and level within two seconds share a toast, so a burst of fills is one card. Plain
    information makes no toast. ``announced`` carries sentences for screen readers, and whether they are urgent.
    """

    changed = Signal()
    announced = Signal(str, bool)

    def __init__(self, bus: EventBus, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._toasts: list[Toast] = []
        self._next = 0
        self._held = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.tick)
        self.listen(bus, Notice, self._on_notice)

    def toasts(self) -> tuple[Toast, ...]:
        """The cards, oldest first."""
        return tuple(self._toasts)

    def dismiss(self, key: int) -> None:
        """Take one card away."""
        self._keep(lambda toast: toast.key != key)

    def set_held(self, held: bool) -> None:
        """Keep the cards while the pointer or the focus is on one; afterwards each has its whole life again."""
        if held == self._held:
            return
        self._held = held
        if not held:
            now = self._clock.monotonic_ns()
            self._toasts = [replace(toast, until_ns=now + LIFE_NS) for toast in self._toasts]
            self._schedule()

    def tick(self) -> None:
        """Drop the cards whose time is over."""
        if self._held:
            return
        now = self._clock.monotonic_ns()
        self._keep(lambda toast: toast.until_ns > now)
        self._schedule()

    def dispose(self) -> None:
        """Stop the timer and listening."""
        self._timer.stop()
        super().dispose()

    def _on_notice(self, notice: Notice) -> None:
        if notice.level is NoticeLevel.INFO:
            return
        now = self._clock.monotonic_ns()
        place = self._mate(notice, now)
        if place is not None:
            old = self._toasts[place]
            self._toasts[place] = replace(
                old, sentence=notice.sentence, count=old.count + 1, until_ns=now + LIFE_NS, born_ns=now
            )
        else:
            self._next += 1
            toast = Toast(self._next, notice.level, notice.source, notice.sentence, 1, now + LIFE_NS, now)
            self._toasts.append(toast)
            if len(self._toasts) > MAX_TOASTS:
                self._toasts.remove(min(self._toasts, key=lambda row: (_RANK[row.level], row.key)))
            self.announced.emit(notice.sentence, notice.level in _URGENT)
        self._schedule()
        self.changed.emit()

    def _mate(self, notice: Notice, now: int) -> int | None:
        for place, toast in enumerate(self._toasts):
            same = (toast.level, toast.source) == (notice.level, notice.source)
            if same and now - toast.born_ns < GROUP_NS:
                return place
        return None

    def _keep(self, wanted: Callable[[Toast], bool]) -> None:
        kept = [toast for toast in self._toasts if wanted(toast)]
        if len(kept) != len(self._toasts):
            self._toasts = kept
            self.changed.emit()

    def _schedule(self) -> None:
        if not self._toasts:
            self._timer.stop()
            return
        left = min(toast.until_ns for toast in self._toasts) - self._clock.monotonic_ns()
        self._timer.start(max(50, left // 1_000_000 + 1))
