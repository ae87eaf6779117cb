"""What an adapter knows of its own line, for the connections screen."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream: when its last message came, after how much silence it is cut, how often and how long it was gone."""

    name: str
    last_message_at: datetime | None = None
    cut_after_seconds: float | None = None
    cuts: int = 0
    blind_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Answer times in milliseconds, requests left of the broker's limit, the broker's clock minus ours.

    A figure that nobody measured is ``None``. ``feed`` names the market data; ``feed_note`` says what it is not.
    """

    answer_p50_ms: float | None = None
    answer_p99_ms: float | None = None
    requests_left: int | None = None
    requests_limit: int | None = None
    clock_offset_ms: float | None = None
    streams: tuple[StreamFacts, ...] = ()
    feed: str = ""
    feed_note: str = ""
