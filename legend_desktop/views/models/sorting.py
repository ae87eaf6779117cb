"""Orders rows: pinned ones first, then by the chosen column or the natural key, missing values last."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any


class Sorter:
    """Holds what rows are ordered by. Numbers are compared as floats, words without regard to case."""

    def __init__(self, order: Callable[[Any], Any] | None, pin: Callable[[Any], int] | None) -> None:
        self._order = order
        self._pin = pin
        self._chosen: Callable[[Any], Any] | None = None
        self._descending = False

    @property
    def active(self) -> bool:
        """True where rows have an order of their own."""
        return self._chosen is not None or self._order is not None or self._pin is not None

    def choose(self, value: Callable[[Any], Any] | None, descending: bool) -> None:
        """Order by a column's raw value, or naturally (``None``)."""
        self._chosen = value
        self._descending = descending and value is not None

    def moved(self, old: Any, new: Any) -> bool:
        """True where the change of a row may change its place."""
        if self._pin is not None and self._pin(old) != self._pin(new):
            return True
        value = self._chosen or self._order
        return value is not None and value(old) != value(new)

    def sorted(self, rows: Sequence[Any]) -> list[Any]:
        """A new list in order; equal rows keep their places."""
        if self._pin is None:
            return self._by_value(rows)
        groups: dict[int, list[Any]] = {}
        for row in rows:
            groups.setdefault(self._pin(row), []).append(row)
        result: list[Any] = []
        for rank in sorted(groups):
            result.extend(self._by_value(groups[rank]))
        return result

    def position(self, rows: Sequence[Any], row: Any) -> int:
        """Where ``row`` belongs in the ordered ``rows``, after its equals."""
        low, high = 0, len(rows)
        mine = self._key(row)
        while low < high:
            middle = (low + high) // 2
            if self._before(mine, self._key(rows[middle])):
                high = middle
            else:
                low = middle + 1
        return low

    def _by_value(self, rows: Sequence[Any]) -> list[Any]:
        value = self._chosen or self._order
        if value is None:
            return list(rows)
        keys = _plain_all([value(row) for row in rows])
        present = [place for place, key in enumerate(keys) if key is not None]
        present.sort(key=keys.__getitem__, reverse=self._descending)
        result = [rows[place] for place in present]
        if len(result) != len(rows):
            result.extend(row for row, key in zip(rows, keys, strict=True) if key is None)
        return result

    def _key(self, row: Any) -> tuple[int, bool, Any]:
        value = self._chosen or self._order
        plain = _plain(value(row)) if value is not None else 0
        return (self._pin(row) if self._pin is not None else 0, plain is None, plain)

    def _before(self, left: tuple[int, bool, Any], right: tuple[int, bool, Any]) -> bool:
        if left[:2] != right[:2]:
            return left[:2] < right[:2]
        if left[1]:
            return False
        return bool(left[2] > right[2] if self._descending else left[2] < right[2])


def _plain_all(values: list[Any]) -> list[Any]:
    """``_plain`` of a whole column, whose present values are of one kind."""
    sample = next((value for value in values if value is not None), None)
    if isinstance(sample, Decimal | int | float):
        return [None if value is None else float(value) for value in values]
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | int):
        return float(value)
    return value.casefold() if isinstance(value, str) else value
