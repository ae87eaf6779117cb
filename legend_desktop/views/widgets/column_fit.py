"""Decides which columns a table shows and how wide: spread while there is room, optional ones give way first."""

from typing import TYPE_CHECKING, Any

from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.table_header import TableHeader

if TYPE_CHECKING:
    from legend_desktop.views.widgets.data_table import DataTable

_COMPACT_TYPE = 12


class ColumnFit:
    """Widths come from the column definitions; surplus is spread over all until the person drags an edge.

    While there is no scroll bar its room (``edge`` pixels) belongs to the last column (``edge_column``), empty.
    A column that was sized by hand keeps its width (before zoom); hidden optional columns come back with the room.
    """

    def __init__(self, theme: Theme, model: RowTableModel, table: "DataTable") -> None:
        self._theme = theme
        self._model = model
        self._table = table
        self._wanted = [column.shown for column in model.columns]
        self._by_hand: dict[int, float] = {}
        self._busy = False
        self._width = -1
        self.edge_column = -1
        self.edge = 0
        table.horizontalHeader().sectionResized.connect(self._on_resized)

    def wanted(self, column: int) -> bool:
        """True where the person wants to see the column."""
        return self._wanted[column]

    def want(self, column: int, on: bool) -> None:
        """Show or hide a column by choice."""
        self._wanted[column] = on
        self.apply(again=True)

    def set_width(self, column: int, width: int) -> None:
        """Give a column a width by hand, in pixels on screen."""
        self._by_hand[column] = width / self._scale()
        self.apply(again=True)

    def state(self) -> dict[str, Any]:
        """What the person chose, to be stored: column ids to show and widths by hand."""
        columns = self._model.columns
        return {
            "shown": [column.id for column, on in zip(columns, self._wanted, strict=True) if on],
            "widths": {columns[place].id: width for place, width in self._by_hand.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a stored choice; ids that no longer exist are ignored."""
        shown = set(state.get("shown", [column.id for column in self._model.columns if column.shown]))
        widths = state.get("widths", {})
        self._wanted = [column.id in shown or place == 0 for place, column in enumerate(self._model.columns)]
        self._by_hand = {
            place: float(widths[column.id]) for place, column in enumerate(self._model.columns) if column.id in widths
        }
        self.apply(again=True)

    def apply(self, *, again: bool = False) -> None:
        """Lay the columns out for the present width."""
        room = self._table.viewport().width()
        if self._busy or (room == self._width and not again):
            return
        self._width = room
        table, bar = self._table, self._table.verticalScrollBar().sizeHint().width()
        whole = max(room, table.width() - 2 * table.frameWidth())
        shown = self._choose(whole)
        widths = {place: self._natural(place) for place in shown}
        surplus = whole - bar - sum(widths.values())  # the bar's place is kept free: no column moves when it comes
        barless = room == whole
        if surplus > 0:
            self._spread(widths, surplus)
        elif -bar <= surplus < 0 and not barless:  # where all is tight the bar takes its room from the widest
            widths[max(widths, key=widths.__getitem__)] += surplus
        self.edge = max(0, min(bar, bar + surplus)) if barless else 0
        self.edge_column = shown[-1] if shown and self.edge else -1
        if self.edge_column >= 0:
            widths[self.edge_column] += self.edge
        header = self._table.horizontalHeader()
        if isinstance(header, TableHeader):
            header.edge_column, header.edge = self.edge_column, self.edge
        self._busy = True
        try:
            for place in range(len(self._wanted)):
                self._table.setColumnHidden(place, place not in widths)
            for place, width in widths.items():
                self._table.setColumnWidth(place, width)
        finally:
            self._busy = False
        self._table.layout_changed.emit()

    def _choose(self, room: int) -> list[int]:
        shown = [place for place, on in enumerate(self._wanted) if on]
        for level in (1, 2, 3):
            if sum(self._natural(place) for place in shown) <= room:
                break
            shown = [place for place in shown if self._model.columns[place].opt != level]
        return shown

    def _natural(self, place: int) -> int:
        return round(self._by_hand.get(place, self._model.columns[place].width) * self._scale())

    def _scale(self) -> float:
        """Widths are given for compact rows at 100 %: they grow with the zoom and with larger type."""
        return self._theme.look.zoom / 100 * self._theme.density.font / _COMPACT_TYPE

    def _spread(self, widths: dict[int, int], surplus: int) -> None:
        free = [place for place in widths if place not in self._by_hand]
        total = sum(widths[place] for place in free)
        left = surplus
        for place in free:
            share = min(left, round(surplus * widths[place] / total))
            widths[place] += share
            left -= share
        if free:
            widths[free[-1]] += left

    def _on_resized(self, column: int, old: int, new: int) -> None:
        if self._busy or new == 0 or old == 0:
            return
        self._by_hand[column] = (new - (self.edge if column == self.edge_column else 0)) / self._scale()
        self._table.layout_changed.emit()
