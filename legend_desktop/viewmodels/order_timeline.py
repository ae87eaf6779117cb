"""The time line of one order: which one is shown, the next and the one before it, and the way back."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import BrokerType
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import OrderChanged, OrderMeasured
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_timeline import OrderTimeLines, TimeLine
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.base import ViewModel

if TYPE_CHECKING:  # the words are imported with the first order, so that starting stays quick
    from legend_desktop.viewmodels.order_timeline_words import ShownOrder

BrokerName = Callable[[BrokerType], str]


class OrderTimelineViewModel(ViewModel):
    """Reads and describes beside the loop; the last order stays on screen until the next one is there.

    ``changed`` follows every new state, ``opened`` a wish to see an order, ``back_wanted`` the wish to leave, with the
    panel that one came from (empty where none is known).
    """

    changed = Signal()
    opened = Signal()
    back_wanted = Signal(str)

    def __init__(
        self,
        lines: OrderTimeLines,
        bus: EventBus,
        supervisor: TaskSupervisor,
        *,
        broker_name: BrokerName,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._lines = lines
        self._supervisor = supervisor
        self._broker_name = broker_name
        self._wanted = ""
        self._among: tuple[str, ...] = ()
        self._list_name = ""
        self._origin = ""
        self._shown: ShownOrder | None = None
        self._problem = ""
        self._stale = False
        self._running = False
        self._watched = False
        self._chain: frozenset[str] = frozenset()
        self.listen(bus, OrderMeasured, lambda event: self._on_news(event.client_order_id))
        self.listen(bus, OrderChanged, lambda event: self._on_news(event.order.client_order_id))

    @property
    def shown(self) -> "ShownOrder | None":
        """The order on screen, ``None`` before the first one was read."""
        return self._shown

    @property
    def wanted(self) -> str:
        """The client order id that was asked for last."""
        return self._wanted

    @property
    def waiting(self) -> bool:
        """True while the order that was asked for is being read."""
        return self._running and (self._shown is None or self._wanted not in self._chain)

    @property
    def problem(self) -> str:
        """Why the order that was asked for cannot be shown; empty where it can."""
        return self._problem

    @property
    def place_words(self) -> str:
        """``order 8 of the ten costliest``; empty where the order stands in no list."""
        if self._wanted not in self._among:
            return ""
        place = self._among.index(self._wanted) + 1
        name = self._list_name or f"{len(self._among):,d}"
        return f"order {place:,d} of {name}"

    @property
    def has_next(self) -> bool:
        """True where J has somewhere to go."""
        return self._step(1) is not None

    @property
    def has_previous(self) -> bool:
        """True where K has somewhere to go."""
        return self._step(-1) is not None

    def open_order(
        self, client_order_id: str, among: Sequence[str] = (), *, list_name: str = "", origin: str = ""
    ) -> None:
        """Show an order. ``among`` is the list that J and K go through, ``origin`` the panel that Esc goes back to."""
        self._among = tuple(dict.fromkeys(among)) or tuple(self._lines.newest())
        self._list_name, self._origin = list_name, origin
        self._watched = True
        self._want(client_order_id)
        self.opened.emit()

    def next(self) -> None:
        """The next order of the list."""
        self._go(1)

    def previous(self) -> None:
        """The order before it in the list."""
        self._go(-1)

    def back(self) -> None:
        """Leave for where one came from; news of the order is no longer followed."""
        self._watched = False
        self.back_wanted.emit(self._origin)

    def events_text(self) -> str:
        """The event list as tab-separated text."""
        from legend_desktop.viewmodels.order_timeline_events import events_table

        return "" if self._shown is None else events_table(self._shown.events)

    def _step(self, by: int) -> str | None:
        if self._wanted not in self._among:
            return None
        place = self._among.index(self._wanted) + by
        return self._among[place] if 0 <= place < len(self._among) else None

    def _go(self, by: int) -> None:
        found = self._step(by)
        if found is not None:
            self._want(found)

    def _want(self, client_order_id: str) -> None:
        self._wanted = client_order_id
        self._problem = ""
        self._read()
        self.changed.emit()

    def _on_news(self, client_order_id: str) -> None:
        if self._watched and (client_order_id == self._wanted or client_order_id in self._chain):
            self._read()

    def _read(self) -> None:
        self._stale = True
        if self._running:
            return
        work = self._run()
        try:
            self._supervisor.start(work, "time line of an order")
        except RuntimeError:
            work.close()  # the program is stopping
            return
        self._running = True

    async def _run(self) -> None:
        try:
            while self._stale:
                self._stale = False
                await self._load(self._wanted)
        finally:
            self._running = False
        self.changed.emit()

    async def _load(self, wanted: str) -> None:
        try:
            line = await self._lines.load(wanted)
        except StoreError as error:
            self._problem = error.sentence
            return
        if line is None:
            self._problem = "The journal does not know this order."
            return
        shown = await asyncio.to_thread(_described, line, self._broker_name(line.order.intent.broker))
        if wanted == self._wanted:
            self._chain = frozenset(row.client_order_id for row in line.orders)
            self._shown, self._problem = shown, ""
            self.changed.emit()


def _described(line: TimeLine, broker: str) -> "ShownOrder":
    from legend_desktop.viewmodels.order_timeline_words import describe_order

    return describe_order(line, broker)
