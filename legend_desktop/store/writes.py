"""The writes of the journal, as services ask for them; each returns once it is durable."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import (
    KillRecord,
    OrderQuote,
    OrderStamp,
    PositionAdjustment,
    ReconcileRun,
    RoundTripRecord,
    TradeNote,
)
from legend_desktop.store import notes, trades
from legend_desktop.store.batch import Batch, Snapshot
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import Link

_WAITED_FOR = frozenset(
    {OrderEventKind.CREATED, OrderEventKind.SENT, OrderEventKind.REPLACE_SENT, OrderEventKind.CANCEL_SENT}
)


class JournalWrites(ABC):
    """What can be written down. Each method raises ``StoreError`` where it is not durable."""

    @property
    @abstractmethod
    def _profile(self) -> str:
        """The account's part of the journal that is written."""

    @abstractmethod
    async def _write(self, batch: Batch, *, urgent: bool = False) -> None:
        """Make ``batch`` durable; an ``urgent`` one is what the wire waits for."""

    @abstractmethod
    async def _write_details(self, batch: Batch) -> None:
        """Make quotes and stamps durable; they may share a commit."""

    @abstractmethod
    async def _on_writer(self, write: Callable[[Link], None]) -> None:
        """Run ``write`` on the writer's thread with its connection."""

    @abstractmethod
    def _now_us(self) -> int:
        """Microseconds since 1970 now."""

    async def record(
        self,
        events: Sequence[OrderEvent],
        quotes: Sequence[OrderQuote] = (),
        verdicts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Append events (``CREATED`` brings its intent) in one durable commit of its own, in the order given.

        Raises ``StoreError``. While the disk fails, an order that opens risk is refused; anything else is kept in
        the spool, which is as durable, and this returns normally with ``writable`` false.
        """
        kept = {name: tuple(sentences) for name, sentences in (verdicts or {}).items()}
        urgent = any(event.kind in _WAITED_FOR for event in events)
        batch = Batch(events=tuple(events), quotes=tuple(quotes), verdicts=kept, profile=self._profile)
        await self._write(batch, urgent=urgent)

    async def record_details(self, quotes: Sequence[OrderQuote] = (), stamps: Sequence[OrderStamp] = ()) -> None:
        """Keep quotes and stamps; may share a commit with others."""
        if quotes or stamps:
            await self._write_details(Batch(quotes=tuple(quotes), stamps=tuple(stamps), profile=self._profile))

    async def record_positions(self, positions: Sequence[Position], at: datetime, source: str) -> None:
        """Keep a snapshot of all positions."""
        await self._write(Batch(snapshots=(Snapshot(tuple(positions), at, source),), profile=self._profile))

    async def record_adjustment(self, adjustment: PositionAdjustment) -> None:
        """Keep a visible position adjustment."""
        await self._write(Batch(adjustments=(adjustment,), profile=self._profile))

    async def record_reconcile(self, run: ReconcileRun) -> None:
        """Keep the result of a comparison with the broker."""
        await self._write(Batch(reconciles=(run,), profile=self._profile))

    async def record_kill(self, kill: KillRecord) -> None:
        """Keep what a kill verb asked for and what was confirmed."""
        await self._write(Batch(kills=(kill,), profile=self._profile))

    async def save_setting(self, name: str, value: str) -> None:
        """Keep a small value, durably."""
        await self._write(Batch(settings={name: value}, profile=self._profile))

    async def replace_round_trips(
        self, trips: Sequence[RoundTripRecord], *, symbol: str, since: datetime | None = None
    ) -> None:
        """Store trades in ``symbol`` as worked out anew, in place of all, or of those opened at ``since`` or later."""
        profile, at_us, since_us = self._profile, self._now_us(), 0 if since is None else to_us(since)
        await self._on_writer(
            lambda link: trades.replace_round_trips(link, profile, trips, symbol=symbol, since_us=since_us, at_us=at_us)
        )

    async def save_trade_note(self, note: TradeNote, replaces: Sequence[str] = ()) -> None:
        """Keep a note in place of the one of its trade and of those of ``replaces``; an empty one takes it away."""
        profile = self._profile
        await self._on_writer(lambda link: notes.save_note(link, profile, note, replaces))
