"""What the account held at the last comparison, kept so that the next start can tell what happened in between.

The next start adds to the snapshot the fills that were counted after it. Time alone does not tell which those are: a
fill is stamped when it is heard of and counted when it is on disk, and a snapshot may be taken between the two, or
within the same tick of the clock. So the snapshot names the fills of its last minute that it has counted.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.events import ExecutionReceived, OrderChanged
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.positions import Position
from legend_desktop.services.position_keeper import moved_by
from legend_desktop.services.trading_context import TradingContext

SNAPSHOT_OF = "positions_of"
COUNTED = "positions_counted"
RECENT = timedelta(minutes=1)


class PositionSnapshots:
    """Writes and reads the snapshot of one account."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._recent: dict[str, datetime] = {}
        context.bus.subscribe(ExecutionReceived, lambda event: self._note(event.execution.execution_id))
        context.bus.subscribe(OrderChanged, self._on_order)

    def counted(self, at: datetime) -> list[str]:
        """Fills counted by now whose stamp is of the last minute before ``at``."""
        self._recent = {key: stamp for key, stamp in self._recent.items() if stamp >= at - RECENT}
        return list(self._recent)

    async def save(self, rows: list[Position], counted: list[str], at: datetime) -> None:
        """Keep ``rows`` as held at ``at``, ``counted`` as of the same moment. Raises ``StoreError``."""
        store = self._context.ledger.store
        if await store.load_setting(SNAPSHOT_OF) != self._whose:
            await store.save_setting(SNAPSHOT_OF, self._whose)
        await store.save_setting(COUNTED, json.dumps({"at": at.isoformat(), "fills": counted}))
        await store.record_positions(rows, at, "broker")

    async def load(self) -> dict[str, Decimal] | None:
        """Signed shares by symbol at the snapshot and with what fills moved since; ``None`` without one of ours.

        The journal's orders must be in the book. Raises ``StoreError``.
        """
        store, book = self._context.ledger.store, self._context.book
        snapshot = await store.load_positions() if self._context.account_key else None
        if snapshot is None or await store.load_setting(SNAPSHOT_OF) not in {None, self._whose}:
            return None
        taken_at, rows = snapshot
        known = _counted_at(taken_at, await store.load_setting(COUNTED))
        since = taken_at if known is None else taken_at - RECENT
        quantities = {row.symbol: row.quantity for row in rows}
        for order in book.all():
            for number, execution in enumerate(order.executions, start=1):
                stamp = book.counted_at(execution.execution_id)
                if stamp is None or stamp <= since or execution.execution_id in (known or ()):
                    continue
                change = moved_by(replace(order, executions=order.executions[:number]), execution)
                quantities[execution.symbol] = quantities.get(execution.symbol, ZERO) + change
        return quantities

    @property
    def _whose(self) -> str:
        return f"{self._context.broker.broker.value}:{self._context.account_key}"

    def _note(self, execution_id: str) -> None:
        stamp = self._context.book.counted_at(execution_id)
        if stamp is not None:
            self._recent[execution_id] = stamp

    def _on_order(self, event: OrderChanged) -> None:
        """Fills that were loaded from the journal may be as recent as those of this run."""
        if event.event is None and event.order.last_event_at is not None:
            if event.order.last_event_at < self._context.clock.now() - RECENT:
                return
            for execution in event.order.executions:
                self._note(execution.execution_id)


def _counted_at(taken_at: datetime, text: str | None) -> frozenset[str] | None:
    """The fills that the snapshot of ``taken_at`` names; ``None`` where none is named for it."""
    try:
        facts = json.loads(text or "")
        return frozenset(facts["fills"]) if datetime.fromisoformat(facts["at"]) == taken_at else None
    except (ValueError, KeyError, TypeError):
        return None
