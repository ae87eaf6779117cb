"""Keeps the quotes and stamps of an order while it lives: at send, answer, trigger, each fill, its end and after it.

What was not seen is left out, never replaced by what stood at another time: a fill that is told a minute late gets the
quote of its own moment from the ring of recent quotes, or none.
"""

import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from legend_desktop.analytics.dossier import Dossier
from legend_desktop.analytics.mark_outs import CURVE_MS
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ExecutionKind, Origin
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.services.fill_marks import FillMarks, QuoteSource
from legend_desktop.services.ports import OrderStore
from legend_desktop.services.quote_ring import QuoteRing
from legend_desktop.services.task_supervisor import TaskSupervisor

log = logging.getLogger(__name__)

LATE = timedelta(milliseconds=250)
"""News older than this is met with the quote of its own time, not with the present one."""
_WHOLE_SECOND = timedelta(seconds=1)
LAST_MARK = timedelta(milliseconds=max(CURVE_MS.values()))
"""How long after a fill the market is looked at for the last time."""

_MOMENT_OF = {
    OrderEventKind.SENT: QuoteMoment.SEND,
    OrderEventKind.ACCEPTED: QuoteMoment.ACK,
    OrderEventKind.WORKING: QuoteMoment.ACK,
    OrderEventKind.TRIGGERED: QuoteMoment.TRIGGER,
    OrderEventKind.EXECUTION: QuoteMoment.FILL,
    OrderEventKind.CANCELED: QuoteMoment.CANCEL,
    OrderEventKind.EXPIRED: QuoteMoment.CANCEL,
}
_TOLD_LATER = frozenset({QuoteMoment.TRIGGER, QuoteMoment.FILL, QuoteMoment.CANCEL})

Taker = Callable[[Sequence[OrderQuote], Sequence[OrderStamp]], None]


class OrderCapture:
    """Writes to ``store`` in one task at a time, and hands what comes after the event itself to ``take``.

    ``quotes`` gives the newest quote of a symbol, ``ring`` those before it. Without ``store`` or ``supervisor``
    everything stays in memory.
    """

    def __init__(
        self,
        quotes: QuoteSource | None,
        clock: Clock,
        take: Taker,
        *,
        store: OrderStore | None = None,
        supervisor: TaskSupervisor | None = None,
        ring: QuoteRing | None = None,
    ) -> None:
        self._quotes = quotes
        self._clock = clock
        self._take = take
        self._store = store
        self._supervisor = supervisor
        self._ring = ring
        self._unsaved: tuple[list[OrderQuote], list[OrderStamp]] = ([], [])
        self._saving = False
        self._stamped: set[tuple[str, StampMoment]] = set()
        self._marks: FillMarks | None = None
        if quotes is not None and supervisor is not None:
            self._marks = FillMarks(quotes, clock, supervisor, self._keep_marks, ring)

    def keep_quote(self, dossier: Dossier, order: Order, event: OrderEvent, ahead_ms: float) -> None:
        """Keep the quote of ``event``'s moment with the order, once. ``ahead_ms``: the broker's clock against ours."""
        moment = _MOMENT_OF.get(event.kind)
        if moment is None or self._quotes is None or (moment is QuoteMoment.ACK and not _answered_unasked(order)):
            return
        execution_id = event.execution.execution_id if event.execution is not None else None
        if moment is QuoteMoment.ACK and dossier.has_of(order.client_order_id, moment):
            return
        if moment is not QuoteMoment.ACK and dossier.has(moment, execution_id):
            return
        told = event.execution.executed_at if event.execution is not None else event.broker_at
        at, quote = self._stood(order.symbol, told if moment in _TOLD_LATER else None, ahead_ms)
        if quote is not None:
            row = OrderQuote(order.client_order_id, moment, at, quote, execution_id)
            dossier.add_quote(row)
            self._save([row], [])

    def on_fill(self, execution: Execution, order: Order, ahead_ms: float) -> None:
        """Stamp the first fill of an order and look at the market after each."""
        if execution.kind is not ExecutionKind.FILL:
            return
        self.stamp(order.client_order_id, StampMoment.FILLED)
        if self._marks is not None:
            self._marks.add(execution, order.client_order_id, ahead_ms=ahead_ms)

    def stamp(self, client_order_id: str, moment: StampMoment) -> None:
        """Stamp a moment of an order with this instant; a second time does nothing."""
        if (client_order_id, moment) in self._stamped:
            return
        self._stamped.add((client_order_id, moment))
        row = OrderStamp(client_order_id, moment, self._clock.now(), self._clock.monotonic_ns())
        self._take([], [row])
        self._save([], [row])

    def resume(self, dossier: Dossier, ahead_ms: float) -> None:
        """After a start: take the marks that are still to come of fills from before it."""
        if self._marks is None:
            return
        since = self._clock.now() - LAST_MARK
        for order in dossier.chain:
            for fill in order.fills:
                if fill.executed_at > since:
                    known = dossier.offsets_after(fill.execution_id)
                    self._marks.add(fill, order.client_order_id, ahead_ms=ahead_ms, known=known)

    def _stood(self, symbol: str, told: datetime | None, ahead_ms: float) -> tuple[datetime, Quote | None]:
        """The instant of some news and the quote that stood then; ``told`` is the broker's time of it."""
        now = self._clock.now()
        newest = self._quotes(symbol) if self._quotes is not None else None
        if told is None:
            return now, newest
        instant = told - timedelta(milliseconds=ahead_ms)
        slack = LATE + _WHOLE_SECOND if told.microsecond == 0 else LATE  # some brokers stamp whole seconds
        if now - instant <= slack:
            return now, newest
        stood = self._ring.at(symbol, instant) if self._ring is not None else None
        return instant, stood.quote if stood is not None else None

    def _save(self, quotes: list[OrderQuote], stamps: list[OrderStamp]) -> None:
        if self._store is None or self._supervisor is None:
            return
        self._unsaved[0].extend(quotes)
        self._unsaved[1].extend(stamps)
        if not self._saving:
            self._saving = self._start(self._supervisor, self._write_all(), "quotes of orders to the journal")

    def _start(self, supervisor: TaskSupervisor, work: Coroutine[Any, Any, None], name: str) -> bool:
        try:
            supervisor.start(work, name)
        except RuntimeError:
            work.close()
            log.info("The program is stopping, %s quotes of orders are left out.", len(self._unsaved[0]))
            self._unsaved = ([], [])
            return False
        return True

    async def _write_all(self) -> None:
        try:
            while any(self._unsaved):
                (quotes, stamps), self._unsaved = self._unsaved, ([], [])
                await self._write(quotes, stamps)
        finally:
            self._saving = False

    async def _keep_marks(self, rows: list[OrderQuote]) -> None:
        self._take(rows, ())
        await self._write(rows, ())

    async def _write(self, quotes: Sequence[OrderQuote], stamps: Sequence[OrderStamp]) -> None:
        if self._store is None or not (quotes or stamps):
            return
        try:
            await self._store.record_details(quotes=quotes, stamps=stamps)
        except StoreError as error:
            # the ledger raises the alarm about the journal; figures in memory are right, only a restart loses these
            log.info("%s quotes of orders could not be kept: %s", len(quotes), error.message)


def _answered_unasked(order: Order) -> bool:
    """True for an order whose answer its sender does not stamp: a leg, a change, one placed elsewhere."""
    intent = order.intent
    return intent.parent_id is not None or intent.replaces_id is not None or intent.origin is Origin.EXTERNAL
