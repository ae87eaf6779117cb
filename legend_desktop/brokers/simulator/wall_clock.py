"""The system's clock, for callers who create a broker without handing one in."""

import asyncio
import time
from datetime import UTC, datetime


class WallClock:
    """Wall time from the system, monotonic time from ``perf_counter``."""

    def now(self) -> datetime:
        """The wall time as aware UTC."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """Nanoseconds of a clock that never steps back."""
        return time.perf_counter_ns()

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``."""
        await asyncio.sleep(seconds)
