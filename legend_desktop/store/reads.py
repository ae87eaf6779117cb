"""The reads of the journal, as services ask for them; each runs on the reader's thread."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent
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
from legend_desktop.store import notes, queries, trades
from legend_desktop.store.batch import Batch
from legend_desktop.store.database import Link

T = TypeVar("T")


class JournalReads(ABC):
    """What was recorded, spooled writes included. Each method raises ``StoreError`` where it cannot be read."""

    @property
    @abstractmethod
    def _profile(self) -> str:
        """The account's part of the journal that is read."""

    @abstractmethod
    async def _read(self, query: Callable[[Link, tuple[Batch, ...]], T]) -> T:
        """Run ``query`` on the reader's thread with its connection and the batches that wait in the spool."""

    async def load_events(self, *, since: datetime | None = None, open_only: bool = False) -> list[list[OrderEvent]]:
        """Event logs, one list an order, oldest order first; orders with an event since ``since`` or still open."""
        profile = self._profile
        return await self._read(
            lambda link, pending: queries.load_events(link, profile, since=since, open_only=open_only, pending=pending)
        )

    async def load_order_events(self, client_order_id: str) -> list[OrderEvent]:
        """The event log of one order, oldest first; empty when there is none."""
        return await self._read(lambda link, pending: queries.load_order_events(link, client_order_id, pending))

    async def load_executions(self, *, since: datetime | None = None, symbol: str | None = None) -> list[Execution]:
        """Executions, busts and corrections by broker time, oldest first."""
        profile = self._profile
        return await self._read(
            lambda link, pending: queries.load_executions(link, profile, since=since, symbol=symbol, pending=pending)
        )

    async def load_quotes(self, client_order_ids: Sequence[str]) -> list[OrderQuote]:
        """The quotes kept for these orders."""
        return await self._read(lambda link, pending: queries.load_quotes(link, client_order_ids, pending))

    async def load_stamps(self, client_order_ids: Sequence[str]) -> list[OrderStamp]:
        """The stamps kept for these orders."""
        return await self._read(lambda link, pending: queries.load_stamps(link, client_order_ids, pending))

    async def load_positions(self) -> tuple[datetime, list[Position]] | None:
        """The newest positions snapshot, ``None`` when there is none."""
        return await self._read(lambda link, pending: queries.load_positions(link, self._profile, pending))

    async def load_setting(self, name: str) -> str | None:
        """A small value kept with the profile, ``None`` when unset."""
        return await self._read(lambda link, pending: queries.load_setting(link, self._profile, name, pending))

    async def load_verdicts(self, client_order_id: str) -> tuple[str, ...]:
        """What the checks said when the order was decided; empty when nothing was kept."""
        return await self._read(lambda link, _: queries.load_verdicts(link, client_order_id))

    async def load_adjustments(self) -> list[PositionAdjustment]:
        """Every position adjustment, oldest first."""
        return await self._read(lambda link, _: queries.load_adjustments(link, self._profile))

    async def load_reconciles(self, limit: int = 50) -> list[ReconcileRun]:
        """The newest comparisons with the broker, newest first."""
        return await self._read(lambda link, _: queries.load_reconciles(link, self._profile, limit))

    async def load_kills(self, limit: int = 50) -> list[KillRecord]:
        """The newest uses of the kill verbs, newest first."""
        return await self._read(lambda link, _: queries.load_kills(link, self._profile, limit))

    async def load_round_trips(self) -> list[RoundTripRecord]:
        """The round trips as last stored, oldest first."""
        return await self._read(lambda link, _: trades.load_round_trips(link, self._profile))

    async def load_trade_notes(self) -> list[TradeNote]:
        """What was written about trades, in the order of their opening."""
        return await self._read(lambda link, _: notes.load_notes(link, self._profile))

    async def load_part_names(self, prefix: str) -> list[str]:
        """The names of the journal's parts that begin with ``prefix``, sorted."""
        return await self._read(lambda link, _: notes.load_part_names(link, prefix))
