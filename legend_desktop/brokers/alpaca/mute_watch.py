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
    """What the last list said of an order: its fills, and whether it has ended."""

    filled: Decimal
    ended: bool


class MuteWatch:
    """One connection of the order stream. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._listed: dict[str, _Seen] = {}
        self._told: set[str] = set()
        self._missed: dict[str, int] = {}

    def streamed(self, broker_order_id: str) -> None:
        """The stream spoke of this order."""
        self._told.add(broker_order_id)
        self._missed.pop(broker_order_id, None)

    def listed(self, reports: Iterable[OrderReport], now_ns: int) -> None:
        """A list read over REST. A change since the list before is missed where the stream has said nothing of it."""
        for report in reports:
            ended = report.state is not None and report.state.is_terminal
            seen = _Seen(report.filled_quantity, ended)
            before = self._listed.get(report.broker_order_id)
            self._listed[report.broker_order_id] = seen
            moved = before is not None and (seen.filled > before.filled or (seen.ended and not before.ended))
            if moved and report.broker_order_id not in self._told:
                self._missed.setdefault(report.broker_order_id, now_ns)
        self._told.clear()

    def overdue(self, now_ns: int) -> bool:
        """True once a missed change has been waited for long enough."""
        return any(now_ns - since >= LATE_NS for since in self._missed.values())
