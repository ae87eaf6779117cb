"""The sends of the last minutes: what the duplicate and throttle checks count."""

from collections import deque
from datetime import timedelta

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.risk import Fingerprint, RecentSend

KEPT = timedelta(minutes=2)


class SendLog:
    """Remembers each send for two minutes."""

    def __init__(self, clock: Clock, account_id: str) -> None:
        self._clock = clock
        self._account_id = account_id
        self._rows: deque[RecentSend] = deque()

    def add(self, terms: OrderTerms, *, is_exit: bool) -> None:
        """Note a send that happens now."""
        self._rows.append(RecentSend(Fingerprint.of(self._account_id, terms), self._clock.now(), is_exit))

    def recent(self) -> tuple[RecentSend, ...]:
        """The sends that still count, oldest first."""
        edge = self._clock.now() - KEPT
        while self._rows and self._rows[0].at < edge:
            self._rows.popleft()
        return tuple(self._rows)

    def in_last_minute(self) -> int:
        """How many entries left in the last 60 seconds."""
        edge = self._clock.now() - timedelta(seconds=60)
        return sum(1 for row in self.recent() if row.at >= edge and not row.is_exit)
