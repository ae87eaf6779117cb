"""Looks at the market again 50 ms, 1 s, 15 s, 1 min and 5 min after each fill, for realised spreads and mark-outs."""

import heapq
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from legend_desktop.analytics.spreads import HORIZONS_MS
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, QuoteMoment
from legend_desktop.domain.session import NEW_YORK, REGULAR_CLOSE, MarketSession, session_of
from legend_desktop.services.task_supervisor import TaskSupervisor

log = logging.getLogger(__name__)

QuoteSource = Callable[[str], Quote | None]
_LATEST_MS = 250.0
_LATEST_SHARE = 0.05


@dataclass(order=True, slots=True)
class _Due:
    due_ns: int
    number: int
    execution: Execution = field(compare=False)
    client_order_id: str = field(compare=False)


class FillMarks:
    """Keeps one short-lived task a horizon while fills wait for their mark; ``keep`` stores and tells the quotes."""

    def __init__(
        self,
        quotes: QuoteSource,
        clock: Clock,
        supervisor: TaskSupervisor,
        keep: Callable[[list[OrderQuote]], Awaitable[None]],
    ) -> None:
        self._quotes = quotes
        self._clock = clock
        self._supervisor = supervisor
        self._keep = keep
        self._waiting: dict[int, list[_Due]] = {offset: [] for offset in HORIZONS_MS.values()}
        self._running: set[int] = set()
        self._number = 0

    def add(self, execution: Execution, client_order_id: str) -> None:
        """Schedule the marks of a fill. Horizons that passed before the fill was known are left out."""
        elapsed = max(0.0, (self._clock.now() - execution.executed_at).total_seconds() * 1000)
        for offset, waiting in self._waiting.items():
            late = elapsed - offset
            if late > max(_LATEST_MS, _LATEST_SHARE * offset):
                continue
            delay = self._capped(execution.executed_at, max(0.0, -late))
            self._number += 1
            due = self._clock.monotonic_ns() + round(delay * 1e6)
            heapq.heappush(waiting, _Due(due, self._number, execution, client_order_id))
            self._start(offset)

    @property
    def waiting(self) -> int:
        """Marks still to be taken."""
        return sum(len(rows) for rows in self._waiting.values())

    def _capped(self, executed_at: datetime, delay_ms: float) -> float:
        """A mark that would fall after the regular close is taken at the close, from the session's last quote."""
        if session_of(executed_at) is not MarketSession.REGULAR:
            return delay_ms
        close = datetime.combine(executed_at.astimezone(NEW_YORK).date(), REGULAR_CLOSE, NEW_YORK)
        left = (close - self._clock.now()) / timedelta(milliseconds=1)
        return min(delay_ms, max(0.0, left))

    def _start(self, offset: int) -> None:
        if offset in self._running:
            return
        try:
            self._supervisor.start(self._run(offset), f"marks {offset} ms after fills")
        except RuntimeError:
            log.info("The program is stopping, marks after fills are left out.")
            self._waiting[offset].clear()
            return
        self._running.add(offset)

    async def _run(self, offset: int) -> None:
        waiting = self._waiting[offset]
        try:
            while waiting:
                delay = waiting[0].due_ns - self._clock.monotonic_ns()
                if delay > 0:
                    await self._clock.sleep(delay / 1e9)
                    continue
                await self._keep(self._take(waiting, offset))
        finally:
            self._running.discard(offset)

    def _take(self, waiting: list[_Due], offset: int) -> list[OrderQuote]:
        now, now_ns = self._clock.now(), self._clock.monotonic_ns()
        found: list[OrderQuote] = []
        while waiting and waiting[0].due_ns <= now_ns:
            row = heapq.heappop(waiting)
            quote = self._quotes(row.execution.symbol)
            if quote is not None:
                found.append(
                    OrderQuote(row.client_order_id, QuoteMoment.AFTER, now, quote, row.execution.execution_id, offset)
                )
        return found
