"""The clock that everything above the domain is given, so that tests can hold time in their hands."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for durations."""

    def now(self) -> datetime:
        """The wall time as aware UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds on a clock that never steps back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock."""
        ...
