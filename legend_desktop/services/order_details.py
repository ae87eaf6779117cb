"""Reads back, a moment after an order was answered, the quotes and stamps that its sender wrote to the journal."""

import logging
from collections import deque
from collections.abc import Callable, Sequence

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.records import OrderQuote, OrderStamp
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.task_supervisor import TaskSupervisor

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.0
"""The sender writes its stamps right after the answer; a second later they are there."""

Taker = Callable[[Sequence[OrderQuote], Sequence[OrderStamp]], None]


class OrderDetails:
    """One short-lived task serves all orders that wait; ``take`` gets what the journal holds about each of them."""

    def __init__(self, store: OrderStore, clock: Clock, supervisor: TaskSupervisor, take: Taker) -> None:
        self._store = store
        self._clock = clock
        self._supervisor = supervisor
        self._take = take
        self._waiting: deque[tuple[int, str]] = deque()
        self._running = False

    def add(self, client_order_id: str) -> None:
        """Read the details of this order in a second."""
        due = self._clock.monotonic_ns() + round(WAIT_SECONDS * 1e9)
        self._waiting.append((due, client_order_id))
        if self._running:
            return
        work = self._run()
        try:
            self._supervisor.start(work, "details of answered orders")
        except RuntimeError:
            work.close()
            self._waiting.clear()
            log.info("The program is stopping, details of orders are read at the next start.")
            return
        self._running = True

    async def _run(self) -> None:
        try:
            while self._waiting:
                left = self._waiting[0][0] - self._clock.monotonic_ns()
                if left > 0:
                    await self._clock.sleep(left / 1e9)
                    continue
                await self._read(self._due())
        finally:
            self._running = False

    def _due(self) -> list[str]:
        now = self._clock.monotonic_ns()
        names: list[str] = []
        while self._waiting and self._waiting[0][0] <= now:
            names.append(self._waiting.popleft()[1])
        return names

    async def _read(self, names: list[str]) -> None:
        try:
            quotes = await self._store.load_quotes(names)
            stamps = await self._store.load_stamps(names)
        except StoreError as error:
            log.info("Details of %s orders could not be read: %s", len(names), error.message)
            return
        self._take(quotes, stamps)
