"""Finds an order stream that is connected and says nothing: by the changes that the comparison over REST sees.

Silence proves nothing, for without a change there is no event. A fill or an end that a list shows and that the stream
does not bring within seconds does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport

LATE_NS = 5_000_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """How far an order is: its filled shares, and whether it has ended."""

    filled: Decimal
    ended: bool

    def is_beyond(self, other: "_Seen") -> bool:
        """True where something has happened since ``other``."""
        return self.filled > other.filled or (self.ended and not other.ended)


class MuteWatch:
    """One connection of the order stream. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._listed: dict[str, _Seen] = {}
        self._told: dict[str, _Seen] = {}
        self._missed: dict[str, int] = {}

    def streamed(self, broker_order_id: str, filled: Decimal, *, ended: bool) -> None:
        """The stream spoke of this order, and had it so far."""
        self._told[broker_order_id] = _Seen(filled, ended)
        self._missed.pop(broker_order_id, None)

    def listed(self, reports: Iterable[OrderReport], now_ns: int) -> None:
        """A list read over REST. A change since the list before is missed where the stream is not as far."""
        for report in reports:
            ended = report.state is not None and report.state.is_terminal
            seen = _Seen(report.filled_quantity, ended)
            before = self._listed.get(report.broker_order_id)
            self._listed[report.broker_order_id] = seen
            told = self._told.get(report.broker_order_id)
            if before is not None and seen.is_beyond(before) and (told is None or seen.is_beyond(told)):
                self._missed.setdefault(report.broker_order_id, now_ns)

    def overdue(self, now_ns: int) -> bool:
        """True once a missed change has been waited for long enough."""
        return any(now_ns - since >= LATE_NS for since in self._missed.values())
