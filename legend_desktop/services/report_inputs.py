"""The orders behind a report: all accounts of one mode, read from the journal as it was known at one instant."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Protocol

import msgspec

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.rebuild import rebuild_records
from legend_desktop.domain.order_state import OrderEvent
from legend_desktop.domain.records import OrderQuote, OrderStamp
from legend_desktop.services.trade_import import PREFIX

_ASKED_AT_ONCE = 500
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class PartReads(Protocol):
    """What a report reads of one account's part of the journal."""

    async def load_events(self, *, since: datetime | None = None, open_only: bool = False) -> list[list[OrderEvent]]:
        """Event logs, one list an order, oldest order first."""
        ...

    async def load_quotes(self, client_order_ids: Sequence[str]) -> list[OrderQuote]:
        """The quotes kept for these orders."""
        ...

    async def load_stamps(self, client_order_ids: Sequence[str]) -> list[OrderStamp]:
        """The stamps kept for these orders."""
        ...


class PartedJournal(Protocol):
    """A journal with a part for each account."""

    async def load_parts(self) -> list[str]:
        """The names of the parts that hold orders."""
        ...

    def for_account(self, profile: str) -> PartReads:
        """One of the parts."""
        ...


@dataclass(frozen=True, slots=True)
class InputHashes:
    """SHA-256 of what was read, in hexadecimal: events, quotes and stamps each, and of the three together."""

    events: str
    quotes: str
    stamps: str

    @property
    def inputs(self) -> str:
        """One hash of the three."""
        return hashlib.sha256(f"{self.events}\n{self.quotes}\n{self.stamps}".encode()).hexdigest()

    def as_dict(self) -> dict[str, str]:
        """All four by name."""
        return {"inputs": self.inputs, "events": self.events, "quotes": self.quotes, "stamps": self.stamps}


@dataclass(frozen=True, slots=True)
class PartInputs:
    """What one part of the journal held."""

    logs: tuple[tuple[OrderEvent, ...], ...]
    quotes: tuple[OrderQuote, ...]
    stamps: tuple[OrderStamp, ...]


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Every measured order of the mode, oldest first, and the hashes of what they were measured from."""

    records: tuple[ExecutionMetrics, ...]
    hashes: InputHashes


async def load_inputs(journal: PartedJournal, as_of: datetime) -> ReportInputs:
    """Read all parts and measure every order anew, in a worker thread. Raises ``StoreError``.

    The whole history is read, also where the period is short: clock offsets and usual spreads come from earlier orders.
    Imported executions are left out: no account of this program made them, and no quote was recorded with them.
    """
    names = [name for name in sorted(await journal.load_parts()) if not name.startswith(PREFIX)]
    parts = [await _load_part(journal.for_account(name), as_of) for name in names]
    return await asyncio.to_thread(measure_inputs, parts)


def measure_inputs(parts: Sequence[PartInputs]) -> ReportInputs:
    """Records and hashes of ``parts``; the same parts in the same order give the same answer."""
    records: list[ExecutionMetrics] = []
    for part in parts:
        records += rebuild_records(part.logs, part.quotes, part.stamps, {})[2].values()
    records.sort(key=lambda row: (row.arrived_at or _EARLIEST, row.client_order_id))
    hashes = InputHashes(
        _hash(event for part in parts for events in part.logs for event in events),
        _hash(quote for part in parts for quote in part.quotes),
        _hash(stamp for part in parts for stamp in part.stamps),
    )
    return ReportInputs(tuple(records), hashes)


async def _load_part(part: PartReads, as_of: datetime) -> PartInputs:
    logs = [tuple(takewhile(lambda event: event.at <= as_of, events)) for events in await part.load_events()]
    logs = [events for events in logs if events]
    names = [events[0].client_order_id for events in logs]
    quotes: list[OrderQuote] = []
    stamps: list[OrderStamp] = []
    for start in range(0, len(names), _ASKED_AT_ONCE):
        some = names[start : start + _ASKED_AT_ONCE]
        quotes += [row for row in await part.load_quotes(some) if row.at <= as_of]
        stamps += [row for row in await part.load_stamps(some) if row.at <= as_of]
    return PartInputs(tuple(logs), tuple(quotes), tuple(stamps))


def _hash(rows: Iterable[object]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(_encode(row))
        found.update(b"\n")
    return found.hexdigest()
