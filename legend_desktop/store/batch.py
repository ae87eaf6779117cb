"""One unit of writing: everything that is to become durable together, and its JSON for the spool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from legend_desktop.domain.enums import OrderRole, Origin
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import (
    KillRecord,
    OrderQuote,
    OrderStamp,
    PositionAdjustment,
    ReconcileRun,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All positions at one moment, from ``source``."""

    positions: tuple[Position, ...]
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes, in the order of the fields; ``settings`` maps names to values.

    ``profile`` is the account's part of the journal that it belongs to, empty for the journal's own.
    """

    events: tuple[OrderEvent, ...] = ()
    quotes: tuple[OrderQuote, ...] = ()
    stamps: tuple[OrderStamp, ...] = ()
    verdicts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    snapshots: tuple[Snapshot, ...] = ()
    adjustments: tuple[PositionAdjustment, ...] = ()
    reconciles: tuple[ReconcileRun, ...] = ()
    kills: tuple[KillRecord, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""

    @property
    def rows(self) -> int:
        """How many details it carries: the measure for sharing a commit."""
        return len(self.quotes) + len(self.stamps)

    @property
    def opens_risk(self) -> bool:
        """True where it writes down an order of ours that may open or grow a position."""
        return any(
            event.kind is OrderEventKind.CREATED
            and event.intent is not None
            and event.intent.role is OrderRole.ENTRY
            and event.intent.origin is Origin.APP
            and not event.intent.reduce_only
            for event in self.events
        )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Batch)


def merge_details(batches: list[Batch]) -> Batch:
    """Quotes and stamps of several batches in one."""
    return Batch(
        quotes=tuple(quote for batch in batches for quote in batch.quotes),
        stamps=tuple(stamp for batch in batches for stamp in batch.stamps),
    )


def batch_to_json(batch: Batch) -> bytes:
    """The bytes that the spool keeps."""
    return _encoder.encode(batch)


def batch_from_json(data: bytes) -> Batch:
    """Inverse of ``batch_to_json``; raises ``ValueError`` where the bytes are not a batch."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError(f"a spooled write cannot be read: {error}") from error
