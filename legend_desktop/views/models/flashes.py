"""Which cells are flashing: a changed price keeps a fill for a moment, at most every quarter second."""

from collections.abc import Callable, Hashable
from typing import Any

FLASH_NS = 180_000_000
GAP_NS = 250_000_000


class Flashes:
    """Remembers per cell until when it flashes and which way the price went last."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now = now_ns
        self._until: dict[tuple[Hashable, int], tuple[int, int]] = {}
        self._started: dict[tuple[Hashable, int], int] = {}
        self._way: dict[tuple[Hashable, int], int] = {}

    def note(self, key: Hashable, column: int, old: Any, new: Any) -> bool:
        """Start a flash where the value rose or fell and the last one is long enough ago; true where one started."""
        if old is None or new is None or old == new:
            return False
        cell = (key, column)
        way = 1 if new > old else -1
        self._way[cell] = way
        now = self._now()
        if now - self._started.get(cell, -GAP_NS) < GAP_NS:
            return False
        self._started[cell] = now
        self._until[cell] = (now + FLASH_NS, way)
        return True

    def state(self, key: Hashable, column: int) -> int:
        """+1 while a cell flashes up, -1 down, 0 otherwise."""
        if not self._until:
            return 0
        found = self._until.get((key, column))
        return found[1] if found is not None and found[0] > self._now() else 0

    def way(self, key: Hashable, column: int) -> int:
        """Which way the price went last: +1, -1, or 0 where it never changed."""
        return self._way.get((key, column), 0)

    def expire(self) -> list[tuple[Hashable, int]]:
        """Drop and return the cells whose flash has ended."""
        now = self._now()
        ended = [cell for cell, (until, _) in self._until.items() if until <= now]
        for cell in ended:
            del self._until[cell]
        return ended

    @property
    def running(self) -> bool:
        """True while any cell flashes."""
        return bool(self._until)

    def forget(self, key: Hashable) -> None:
        """Drop everything about a row that left."""
        if not self._way:
            return
        for store in (self._until, self._started, self._way):
            for cell in [cell for cell in store if cell[0] == key]:
                del store[cell]

    def clear(self) -> None:
        """Drop everything."""
        self._until.clear()
        self._started.clear()
        self._way.clear()
