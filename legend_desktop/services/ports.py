"""The protocols that services need from below. ``store`` and ``infra`` satisfy them by shape."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import (
    KillRecord,
    OrderQuote,
    OrderStamp,
    PositionAdjustment,
    QuoteMoment,
    ReconcileRun,
    RoundTripRecord,
    StampMoment,
    TradeNote,
)

__all__ = [
    "JournalHealth",
    "KillRecord",
    "OrderQuote",
    "OrderStamp",
    "OrderStore",
    "PositionAdjustment",
    "QuoteMoment",
    "ReconcileRun",
    "StampMoment",
]


class JournalHealth(Protocol):
    """What the journal says of itself."""

    @property
    def writable(self) -> bool:
        """Whether entries are taken now."""
        ...

    @property
    def sentence(self) -> str:
        """Why not, or a mere warning, in plain words; empty when all is well."""
        ...

    @property
    def spooled(self) -> int:
        """How many writes wait beside the journal."""
        ...


class OrderStore(Protocol):
    """The journal. An ``async`` write returns once it is durable (synced) and raises ``StoreError`` otherwise."""

    async def record(
        self,
        events: Sequence[OrderEvent],
        quotes: Sequence[OrderQuote] = (),
        verdicts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Append events (``CREATED`` brings its intent) in one durable commit of its own, in the order given."""
        ...

    async def record_details(self, quotes: Sequence[OrderQuote] = (), stamps: Sequence[OrderStamp] = ()) -> None:
        """Keep quotes and stamps; may share a commit with others."""
        ...

    async def record_positions(self, positions: Sequence[Position], at: datetime, source: str) -> None:
        """Keep a snapshot of all positions."""
        ...

    async def record_adjustment(self, adjustment: PositionAdjustment) -> None:
        """Keep a visible position adjustment."""
        ...

    async def record_reconcile(self, run: ReconcileRun) -> None:
        """Keep the result of a comparison with the broker."""
        ...

    async def record_kill(self, kill: KillRecord) -> None:
        """Keep what a kill verb asked for and what was confirmed."""
        ...

    def on_health(self, listener: Callable[[JournalHealth], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop whenever the health changes; returns the function that ends it."""
        ...

    async def load_events(self, *, since: datetime | None = None, open_only: bool = False) -> list[list[OrderEvent]]:
        """Event logs, one list an order, oldest order first; orders with an event since ``since`` or still open."""
        ...

    async def load_order_events(self, client_order_id: str) -> list[OrderEvent]:
        """The event log of one order, oldest first; empty when there is none."""
        ...

    async def load_executions(self, *, since: datetime | None = None, symbol: str | None = None) -> list[Execution]:
        """Executions, busts and corrections by broker time, oldest first."""
        ...

    async def load_quotes(self, client_order_ids: Sequence[str]) -> list[OrderQuote]:
        """The quotes kept for these orders."""
        ...

    async def load_stamps(self, client_order_ids: Sequence[str]) -> list[OrderStamp]:
        """The stamps kept for these orders."""
        ...

    async def load_positions(self) -> tuple[datetime, list[Position]] | None:
        """The newest positions snapshot, ``None`` when there is none."""
        ...

    async def load_adjustments(self) -> list[PositionAdjustment]:
        """Every position adjustment, oldest first."""
        ...

    async def replace_round_trips(
        self, trips: Sequence[RoundTripRecord], *, symbol: str, since: datetime | None = None
    ) -> None:
        """Store trades in ``symbol`` as worked out anew, in place of all, or of those opened at ``since`` or later."""
        ...

    async def load_round_trips(self) -> list[RoundTripRecord]:
        """The trades as last stored, oldest first."""
        ...

    async def save_trade_note(self, note: TradeNote, replaces: Sequence[str] = ()) -> None:
        """Keep a note in place of the one of its trade and of those of ``replaces``; an empty one takes it away."""
        ...

    async def load_trade_notes(self) -> list[TradeNote]:
        """What was written about trades, in the order of their opening."""
        ...

    async def load_part_names(self, prefix: str) -> list[str]:
        """The names of the journal's parts that begin with ``prefix``, sorted."""
        ...

    async def load_setting(self, name: str) -> str | None:
        """A small value kept with the profile (trading lock, broker simulator state), ``None`` when unset."""
        ...

    async def save_setting(self, name: str, value: str) -> None:
        """Keep a small value, durably."""
        ...

    @property
    def mode(self) -> TradingMode:
        """Paper or live: the mode this journal was made for."""
        ...

    @property
    def install_id(self) -> str:
        """Two characters of this installation, for client order ids."""
        ...

    @property
    def health(self) -> JournalHealth:
        """Whether entries are taken, and why not."""
        ...

    @property
    def writable(self) -> bool:
        """False once a durable write failed; true again after one went through."""
        ...
