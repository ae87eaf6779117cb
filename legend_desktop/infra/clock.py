"""The system's clock behind the ``Clock`` protocol."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
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
