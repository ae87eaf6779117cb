"""A clock whose time moves only when a test says so."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class FakeClock:
    """Virtual wall and monotonic time; sleepers wake in order as ``advance`` passes them."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._ns = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self._ns // 1000)

    def monotonic_ns(self) -> int:
        return self._ns

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._ns + int(seconds * 1e9), self._count, future))
        await future

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone: somebody set it, or the computer slept."""
        self._start += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Move time, waking each sleeper at its own instant and letting it run."""
        goal = self._ns + int(seconds * 1e9)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= goal:
            due, _, future = heapq.heappop(self._sleepers)
            self._ns = max(self._ns, due)
            if not future.done():
                future.set_result(None)
            await settle()
        self._ns = goal
        await settle()


async def settle(rounds: int = 20) -> None:
    """Let every ready callback and task run."""
    for _ in range(rounds):
        await asyncio.sleep(0)
