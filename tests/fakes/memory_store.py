"""A journal in memory, for tests of services: the same promises but for the disk."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, replay
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
from legend_desktop.services.ports import JournalHealth


@dataclass(frozen=True, slots=True)
class Health:
    """What a journal says of itself."""

    writable: bool = True
    sentence: str = ""
    spooled: int = 0


class MemoryStore:
    """Keeps everything in lists. ``fail_with`` makes the next writes raise, ``slow`` is awaited before each event."""

    def __init__(self, mode: TradingMode = TradingMode.PAPER) -> None:
        self.mode = mode
        self.install_id = "T1"
        self.events: list[OrderEvent] = []
        self.quotes: list[OrderQuote] = []
        self.stamps: list[OrderStamp] = []
        self.verdicts: dict[str, list[str]] = {}
        self.adjustments: list[PositionAdjustment] = []
        self.runs: list[ReconcileRun] = []
        self.snapshots: list[tuple[datetime, list[Position]]] = []
        self.kills: list[KillRecord] = []
        self.trips: list[RoundTripRecord] = []
        self.notes: dict[str, TradeNote] = {}
        self.parts: dict[str, MemoryStore] = {}
        self.settings: dict[str, str] = {}
        self.health: JournalHealth = Health()
        self._listeners: list[Callable[[JournalHealth], None]] = []
        self.fail_with: StoreError | None = None
        self.slow: Callable[[], Awaitable[object]] | None = None

    @property
    def writable(self) -> bool:
        return self.fail_with is None

    def _may_write(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with

    async def record(
        self,
        events: Sequence[OrderEvent],
        quotes: Sequence[OrderQuote] = (),
        verdicts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if self.slow is not None:
            await self.slow()
        self._may_write()
        self.events.extend(events)
        self.quotes.extend(quotes)
        self.verdicts.update({key: list(rows) for key, rows in (verdicts or {}).items()})

    async def record_details(self, quotes: Sequence[OrderQuote] = (), stamps: Sequence[OrderStamp] = ()) -> None:
        self._may_write()
        self.quotes.extend(quotes)
        self.stamps.extend(stamps)

    async def record_positions(self, positions: Sequence[Position], at: datetime, source: str) -> None:
        self._may_write()
        self.snapshots.append((at, list(positions)))

    async def record_adjustment(self, adjustment: PositionAdjustment) -> None:
        self._may_write()
        self.adjustments.append(adjustment)

    async def record_reconcile(self, run: ReconcileRun) -> None:
        self._may_write()
        self.runs.append(run)

    async def record_kill(self, kill: KillRecord) -> None:
        self._may_write()
        self.kills.append(kill)

    def on_health(self, listener: Callable[[JournalHealth], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: None if listener not in self._listeners else self._listeners.remove(listener)

    def say_health(self, health: JournalHealth) -> None:
        """Tell the listeners, as the journal does on the loop."""
        self.health = health
        for listener in tuple(self._listeners):
            listener(health)

    async def load_events(self, *, since: datetime | None = None, open_only: bool = False) -> list[list[OrderEvent]]:
        logs = [await self.load_order_events(key) for key in dict.fromkeys(row.client_order_id for row in self.events)]
        kept = []
        for log in logs:
            recent = since is None or log[-1].at >= since
            if replay(log).is_open or (recent and not open_only):
                kept.append(log)
        return kept

    async def load_order_events(self, client_order_id: str) -> list[OrderEvent]:
        return [row for row in self.events if row.client_order_id == client_order_id]

    async def load_executions(self, *, since: datetime | None = None, symbol: str | None = None) -> list[Execution]:
        rows = [row.execution for row in self.events if row.execution is not None]
        rows = [row for row in rows if (since is None or row.executed_at >= since) and symbol in {None, row.symbol}]
        return sorted(rows, key=lambda row: row.executed_at)

    async def load_quotes(self, client_order_ids: Sequence[str]) -> list[OrderQuote]:
        return [row for row in self.quotes if row.client_order_id in client_order_ids]

    async def load_stamps(self, client_order_ids: Sequence[str]) -> list[OrderStamp]:
        return [row for row in self.stamps if row.client_order_id in client_order_ids]

    async def load_positions(self) -> tuple[datetime, list[Position]] | None:
        return self.snapshots[-1] if self.snapshots else None

    async def load_adjustments(self) -> list[PositionAdjustment]:
        return list(self.adjustments)

    async def replace_round_trips(
        self, trips: Sequence[RoundTripRecord], *, symbol: str, since: datetime | None = None
    ) -> None:
        self._may_write()
        kept = [row for row in self.trips if row.symbol != symbol or (since is not None and row.opened_at < since)]
        self.trips = sorted([*kept, *trips], key=lambda row: row.opened_at)

    async def load_round_trips(self) -> list[RoundTripRecord]:
        return list(self.trips)

    async def save_trade_note(self, note: TradeNote, replaces: Sequence[str] = ()) -> None:
        self._may_write()
        for key in (note.trade_key, *replaces):
            self.notes.pop(key, None)
        if not note.empty:
            self.notes[note.trade_key] = note

    async def load_trade_notes(self) -> list[TradeNote]:
        return sorted(self.notes.values(), key=lambda row: row.opened_at)

    def for_account(self, name: str) -> "MemoryStore":
        """A part of its own, empty at first."""
        return self.parts.setdefault(name, MemoryStore(self.mode))

    async def load_part_names(self, prefix: str) -> list[str]:
        return sorted(name for name, part in self.parts.items() if name.startswith(prefix) and part.events)

    async def load_setting(self, name: str) -> str | None:
        return self.settings.get(name)

    async def save_setting(self, name: str, value: str) -> None:
        self._may_write()
        self.settings[name] = value
