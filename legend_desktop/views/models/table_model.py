"""A table model over rows found by key: small changes repaint small areas, rows never jump under the pointer.

Rows are any objects (frozen dataclasses as a rule); a changed row is handed in again whole and compared column by
column. Appending at either end costs the same at any length: positions are kept relative to a moving base.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from legend_desktop.views.models.columns import DASH, Align, Cell, Column
from legend_desktop.views.models.flashes import Flashes
from legend_desktop.views.models.sorting import Sorter

__all__ = ["DASH", "Align", "Cell", "Column", "RowTableModel"]

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_RESORT_MS = 500
_BULK = 32
RAW_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_ROLE = Qt.ItemDataRole.UserRole


class RowTableModel(QAbstractTableModel):
    """Rows by key under fixed columns.

    ``key`` names a row; ``order`` is the natural sort key while no column is chosen, else rows stay as they come
    (``newest_first`` puts new ones on top); ``pin`` ranks rows that stay above the rest under any sort (smaller first).
    While ``hold`` is on, rows neither move, come nor go; their cells still change.
    """

    flashed = Signal()
    rows_moved_or_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column],
        key: Callable[[Any], Hashable],
        *,
        order: Callable[[Any], Any] | None = None,
        pin: Callable[[Any], int] | None = None,
        newest_first: bool = False,
        now_ns: Callable[[], int] = time.monotonic_ns,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._newest_first = newest_first
        self._sorter = Sorter(order, pin)
        self._watch = tuple(column.watched() for column in self.columns)
        self._flash_columns = tuple((i, c.flash) for i, c in enumerate(self.columns) if c.flash is not None)
        self.flashes = Flashes(now_ns)
        self._rows: list[Any] = []
        self._place: dict[Hashable, int] = {}
        self._base = 0
        self._holds = 0
        self._waiting: dict[Hashable, Any] = {}
        self._leaving: set[Hashable] = set()
        self._resort = QTimer(self)
        self._resort.setSingleShot(True)
        self._resort.setInterval(_RESORT_MS)
        self._resort.timeout.connect(self._sort_now)

    # Reading ---------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Number of columns, hidden ones included."""
        return 0 if parent.isValid() else len(self.columns)

    def row_at(self, position: int) -> Any:
        """The row shown at ``position``. Raises ``IndexError``."""
        return self._rows[position]

    def rows(self) -> list[Any]:
        """All rows in the order on screen."""
        return list(self._rows)

    def row(self, key: Hashable) -> Any | None:
        """The row with this key, if it is shown."""
        position = self.position(key)
        return None if position is None else self._rows[position]

    def position(self, key: Hashable) -> int | None:
        """Where the row with this key stands."""
        place = self._place.get(key)
        return None if place is None else place - self._base

    def index_of(self, key: Hashable) -> QModelIndex:
        """Model index of the first cell of a row; invalid where the key is unknown."""
        position = self.position(key)
        return QModelIndex() if position is None else self.index(position, 0)

    def key_at(self, position: int) -> Hashable:
        """Key of the row at ``position``."""
        return self._key(self._rows[position])

    def column_of(self, column_id: str) -> int:
        """Place of a column by id. Raises ``ValueError`` for an unknown id."""
        for place, column in enumerate(self.columns):
            if column.id == column_id:
                return place
        raise ValueError(f"no column {column_id!r}")

    def cell(self, position: int, column: int) -> Cell:
        """What to paint at a place."""
        return self.columns[column].cell(self._rows[position])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's question for one role of one cell."""
        position, place = index.row(), index.column()
        if not 0 <= position < len(self._rows):
            return None
        row, column = self._rows[position], self.columns[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.align is Align.RIGHT else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return (column.tip(row) or None) if column.tip is not None else None
        if role == RAW_ROLE:
            return column.copied(row)
        return row if role == ROW_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles across, the spoken summary of a row down the side."""
        if orientation == Qt.Orientation.Vertical:
            if role == Qt.ItemDataRole.AccessibleTextRole and 0 <= section < len(self._rows):
                return "; ".join(column.spoken(self._rows[section]) for column in self.columns if column.shown)
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return column.header_tip or column.title
        return None

    # Writing ---------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Iterable[Any]) -> None:
        """Show exactly these rows: what is gone leaves, what is new comes, what changed repaints."""
        wanted = {self._key(row): row for row in rows}
        self.remove([key for key in self._place if key not in wanted])
        for key in [key for key in self._waiting if key not in wanted]:
            del self._waiting[key]
        self.upsert(wanted.values())

    def upsert(self, rows: Iterable[Any]) -> None:
        """Add new rows and repaint the changed cells of known ones."""
        new: dict[Hashable, Any] = {}
        touched: list[tuple[int, int, int]] = []
        for row in rows:
            key = self._key(row)
            place = self._place.get(key)
            if place is None:
                if self._holds:
                    self._waiting[key] = row
                else:
                    new[key] = row
                continue
            self._leaving.discard(key)
            self._compare(key, place - self._base, row, touched)
        self._announce(touched)
        if new:
            self._add(list(new.values()))

    def remove(self, keys: Iterable[Hashable]) -> None:
        """Take rows away; unknown keys are ignored. Under ``hold`` they leave afterwards."""
        known: list[int] = []
        for key in keys:
            self._waiting.pop(key, None)
            place = self._place.get(key)
            if place is None:
                continue
            if self._holds:
                self._leaving.add(key)
            else:
                known.append(place - self._base)
        for first, last in _runs_down(sorted(known, reverse=True)):
            self.beginRemoveRows(_NOWHERE, first, last)
            for row in self._rows[first : last + 1]:
                key = self._key(row)
                del self._place[key]
                self.flashes.forget(key)
            del self._rows[first : last + 1]
            self._shift(first, -(last - first + 1))
            self.endRemoveRows()

    def clear(self) -> None:
        """Take all rows away."""
        self.beginResetModel()
        self._rows, self._place, self._base = [], {}, 0
        self._waiting.clear()
        self._leaving.clear()
        self.flashes.clear()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column's raw value; a column without one, or -1, restores the natural order."""
        chosen = self.columns[column].sort if 0 <= column < len(self.columns) else None
        self._sorter.choose(chosen, order == Qt.SortOrder.DescendingOrder)
        self._sort_now(force=True)

    def hold(self, on: bool) -> None:
        """While on, no row moves, comes or goes (an open menu, a row being dragged or edited). Calls nest."""
        self._holds = max(0, self._holds + (1 if on else -1))
        if self._holds:
            return
        leaving, self._leaving = self._leaving, set()
        waiting, self._waiting = self._waiting, {}
        self.remove(leaving)
        self.upsert(waiting.values())
        if self._sorter.active:
            self._resort.start()

    @property
    def held(self) -> bool:
        """True while rows may not move."""
        return self._holds > 0

    # Inside ----------------------------------------------------------------------------------------------------

    def _compare(self, key: Hashable, position: int, row: Any, touched: list[tuple[int, int, int]]) -> None:
        old = self._rows[position]
        if old is row or old == row:
            return
        self._rows[position] = row
        first = -1
        for place, watch in enumerate(self._watch):
            if watch(old) != watch(row):
                if first < 0:
                    first = place
            elif first >= 0:
                touched.append((first, place - 1, position))
                first = -1
        if first >= 0:
            touched.append((first, len(self._watch) - 1, position))
        for place, value in self._flash_columns:
            if self.flashes.note(key, place, value(old), value(row)):
                self.flashed.emit()
        if self._sorter.moved(old, row) and not self._resort.isActive():
            self._resort.start()

    def _announce(self, touched: list[tuple[int, int, int]]) -> None:
        """Emit one change per rectangle: rows that changed in the same columns and stand together are one."""
        if not touched:
            return
        touched.sort()
        first, last, top = touched[0]
        bottom = top
        for left, right, position in touched[1:]:
            if (left, right) == (first, last) and position == bottom + 1:
                bottom = position
                continue
            self.dataChanged.emit(self.createIndex(top, first), self.createIndex(bottom, last))
            first, last, top, bottom = left, right, position, position
        self.dataChanged.emit(self.createIndex(top, first), self.createIndex(bottom, last))
        self.rows_moved_or_changed.emit()

    def _add(self, new: list[Any]) -> None:
        if self._sorter.active and len(new) <= _BULK:
            for row in new:
                self._insert(self._sorter.position(self._rows, row), [row])
            return
        if self._sorter.active:
            if self._rows:
                self._insert(len(self._rows), new)
                self._sort_now()
            else:
                self._insert(0, self._sorter.sorted(new))
            return
        if self._newest_first:
            self._insert(0, new[::-1])
        else:
            self._insert(len(self._rows), new)

    def _insert(self, at: int, rows: list[Any]) -> None:
        self.beginInsertRows(_NOWHERE, at, at + len(rows) - 1)
        self._shift(at, len(rows))
        self._rows[at:at] = rows
        for step, row in enumerate(rows):
            self._place[self._key(row)] = self._base + at + step
        self.endInsertRows()
        self.rows_moved_or_changed.emit()

    def _shift(self, at: int, count: int) -> None:
        """Move the known places for ``count`` rows put in at ``at`` (negative: taken out), on the shorter side."""
        if at <= len(self._rows) // 2:
            self._base -= count
            for row in self._rows[:at]:
                self._place[self._key(row)] -= count
        else:
            for row in self._rows[at:]:
                self._place[self._key(row)] += count

    def _sort_now(self, force: bool = False) -> None:
        if self._holds and not force:
            self._resort.start()
            return
        if not self._sorter.active:
            return
        rows = self._sorter.sorted(self._rows)
        if all(map(_same, rows, self._rows)):
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        keys = [(self._key(self._rows[index.row()]), index.column()) for index in old]
        self._rows = rows
        self._base = 0
        self._place = {self._key(row): place for place, row in enumerate(rows)}
        new = [self.index(self._place[key], column) for key, column in keys]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()
        self.rows_moved_or_changed.emit()


def _same(left: Any, right: Any) -> bool:
    return left is right


def _runs_down(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring positions (given from high to low) joined to (first, last), from high to low."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and runs[-1][0] == position + 1:
            runs[-1][0] = position
        else:
            runs.append([position, position])
    return [cast(tuple[int, int], tuple(run)) for run in runs]
