"""Looks at the market again 50 ms to 30 min after each fill, for realised spreads and mark-outs."""

import heapq
import logging
from collections.abc import Callable, Container, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from legend_desktop.analytics.mark_outs import CURVE_MS, within_session
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, QuoteMoment
from legend_desktop.services.quote_ring import QuoteRing
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
    """Keeps one short-lived task a horizon while fills wait for their mark; ``keep`` stores and tells the quotes.

    ``ring`` serves the horizons that had passed when a fill was told.
    """

    def __init__(
        self,
        quotes: QuoteSource,
        clock: Clock,
        supervisor: TaskSupervisor,
        keep: Callable[[list[OrderQuote]], Coroutine[Any, Any, None]],
        ring: QuoteRing | None = None,
    ) -> None:
        self._quotes = quotes
        self._clock = clock
        self._supervisor = supervisor
        self._keep = keep
        self._ring = ring
        self._waiting: dict[int, list[_Due]] = {offset: [] for offset in CURVE_MS.values()}
        self._running: set[int] = set()
        self._late: list[OrderQuote] = []
        self._scheduled: set[tuple[str, int]] = set()
        self._number = 0

    def add(
        self, execution: Execution, client_order_id: str, *, ahead_ms: float = 0.0, known: Container[int] = ()
    ) -> None:
        """Schedule the marks of a fill, but those at the offsets ``known``.

        ``ahead_ms`` is how far the broker's clock runs ahead of ours. A horizon that had passed before the fill was
        told is taken from the ring, and left out where the ring does not reach back to it.
        """
        filled_at = min(execution.executed_at - timedelta(milliseconds=ahead_ms), self._clock.now())
        elapsed = (self._clock.now() - filled_at).total_seconds() * 1000
        for offset in self._waiting:
            if offset in known or (execution.execution_id, offset) in self._scheduled:
                continue
            late = elapsed - offset
            if late > max(_LATEST_MS, _LATEST_SHARE * offset):
                self._look_back(execution, client_order_id, within_session(filled_at, offset), offset)
            else:
                self._wait(execution, client_order_id, offset, self._capped(filled_at, offset, max(0.0, -late)))
        self._keep_late()

    def _wait(self, execution: Execution, client_order_id: str, offset: int, delay_ms: float) -> None:
        self._number += 1
        self._scheduled.add((execution.execution_id, offset))
        due = self._clock.monotonic_ns() + round(delay_ms * 1e6)
        heapq.heappush(self._waiting[offset], _Due(due, self._number, execution, client_order_id))
        self._start(offset)

    def _look_back(self, execution: Execution, client_order_id: str, instant: datetime, offset: int) -> None:
        stood = self._ring.at(execution.symbol, instant) if self._ring is not None else None
        if stood is not None:
            row = OrderQuote(client_order_id, QuoteMoment.AFTER, instant, stood.quote, execution.execution_id, offset)
            self._late.append(row)

    def _keep_late(self) -> None:
        rows, self._late = self._late, []
        if not rows:
            return
        work = self._keep(rows)
        try:
            self._supervisor.start(work, "marks of fills that were told late")
        except RuntimeError:
            work.close()
            log.info("The program is stopping, %s marks after fills are left out.", len(rows))

    @property
    def waiting(self) -> int:
        """Marks still to be taken."""
        return sum(len(rows) for rows in self._waiting.values())

    def _capped(self, filled_at: datetime, offset: int, delay_ms: float) -> float:
        """A mark that would fall after the regular close is taken at the close, from the session's last quote."""
        left = (within_session(filled_at, offset) - self._clock.now()) / timedelta(milliseconds=1)
        return min(delay_ms, max(0.0, left))

    def _start(self, offset: int) -> None:
        if offset in self._running:
            return
        try:
            self._supervisor.start(self._run(offset), f"marks {offset} ms after fills")
        except RuntimeError:
            log.info("The program is stopping, marks after fills are left out.")
            self._waiting[offset].clear()
            self._scheduled.clear()
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
            self._scheduled.discard((row.execution.execution_id, offset))
            quote = self._quotes(row.execution.symbol)
            if quote is not None:
                found.append(
                    OrderQuote(row.client_order_id, QuoteMoment.AFTER, now, quote, row.execution.execution_id, offset)
                )
        return found
