"""Sums that do not depend on the order of their parts, and that can lose a part again.

Money is added without any rounding; floats are kept as a handful of parts whose sum is exact (Shewchuk 1997), so that
the rounded total is the same whichever way it was reached.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable
from decimal import Context, Decimal, localcontext

from legend_desktop.domain.money import ZERO

EXACT = Context(prec=200)
"""Wide enough that no sum of prices, shares and money is ever rounded."""
_BLOCK = 1_000


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum without rounding. Each value is worked out at the usual precision, only the adding is wide."""
    parts = list(values)
    with localcontext(EXACT):
        return sum(parts, ZERO)


class FloatSum:
    """A running sum of floats whose ``total`` is the exact sum rounded once, as ``math.fsum`` gives it."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[float] = []

    def add(self, value: float) -> None:
        """Add ``value``; its negative takes it out again."""
        kept = 0
        for part in self._parts:
            big, small = (value, part) if abs(value) >= abs(part) else (part, value)
            value = big + small
            rest = small - (value - big)
            if rest:
                self._parts[kept] = rest
                kept += 1
        self._parts[kept:] = [value]

    @property
    def total(self) -> float:
        """The sum."""
        return math.fsum(self._parts)


class SortedFloats:
    """Floats in order, in blocks, so that one of a million is put in or taken out in microseconds."""

    __slots__ = ("_blocks", "_size")

    def __init__(self) -> None:
        self._blocks: list[list[float]] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, value: float) -> None:
        """Put ``value`` in its place."""
        self._size += 1
        if not self._blocks:
            self._blocks.append([value])
            return
        place = min(self._block_of(value), len(self._blocks) - 1)
        block = self._blocks[place]
        insort(block, value)
        if len(block) > 2 * _BLOCK:
            self._blocks[place : place + 1] = [block[:_BLOCK], block[_BLOCK:]]

    def remove(self, value: float) -> None:
        """Take one ``value`` out. Raises ``ValueError`` where there is none."""
        place = self._block_of(value)
        block = self._blocks[place] if place < len(self._blocks) else []
        index = bisect_left(block, value)
        if index >= len(block) or block[index] != value:
            raise ValueError(f"{value} is not among the values")
        del block[index]
        self._size -= 1
        if not block:
            del self._blocks[place]

    def quantile(self, q: float) -> float | None:
        """Type-7 quantile, ``q`` between 0 and 1; ``None`` of nothing."""
        if not self._size:
            return None
        place = (self._size - 1) * q
        low = math.floor(place)
        first, second = self._at(low), self._at(min(low + 1, self._size - 1))
        return first + (second - first) * (place - low)

    def _block_of(self, value: float) -> int:
        low, high = 0, len(self._blocks)
        while low < high:
            middle = (low + high) // 2
            if self._blocks[middle][-1] < value:
                low = middle + 1
            else:
                high = middle
        return low

    def _at(self, index: int) -> float:
        for block in self._blocks:
            if index < len(block):
                return block[index]
            index -= len(block)
        raise IndexError(index)
