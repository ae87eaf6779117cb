"""Where the panels stand: the shipped layouts for three window sizes, and what the person saved."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QMainWindow

from legend_desktop.views.dock_board import DockBoard
from legend_desktop.views.docks import PanelDock

VERSION = 1
FOLD_RIGHT_BELOW = 1400
WIDE_FROM = 1760


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a column: panels that share it as tabs (the first is on top) and its height."""

    height: int
    tabs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of places with its width; 0 takes what the others leave."""

    width: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class LayoutStore:
    """Where arrangements are kept for this profile: by name, as text."""

    load: Callable[[str], str | None]
    save: Callable[[str, str], None]


_ORDERS = ("orders", "executions", "activity")
_CHARTS = ("start", "chart", "execution_quality", "journal")
_DESK = {
    1280: (
        Column(276, (Cell(540, ("order_entry",)), Cell(194, ("account",)))),
        Column(
            0,
            (
                Cell(330, (*_CHARTS, "risk", "watch_list", "connections")),
                Cell(204, ("positions",)),
                Cell(196, _ORDERS),
            ),
        ),
    ),
    1440: (
        Column(292, (Cell(560, ("order_entry",)), Cell(274, ("account",)))),
        Column(0, (Cell(444, _CHARTS), Cell(226, ("positions",)), Cell(160, _ORDERS))),
        Column(300, (Cell(424, ("watch_list", "connections")), Cell(410, ("risk",)))),
    ),
    1920: (
        Column(320, (Cell(600, ("order_entry",)), Cell(260, ("account",)), Cell(150, ("connections",)))),
        Column(0, (Cell(520, _CHARTS), Cell(270, ("positions",)), Cell(220, _ORDERS))),
        Column(420, (Cell(530, ("watch_list",)), Cell(480, ("risk",)))),
    ),
}
_COSTS = (Column(0, (Cell(800, ("execution_quality", "chart", "journal")),)),)
_JOURNAL = (Column(0, (Cell(560, ("journal", "chart", "execution_quality")), Cell(240, ("executions", "orders")))),)
_TROUBLE = (
    Column(292, (Cell(520, ("order_entry",)), Cell(280, ("account",)))),
    Column(0, (Cell(330, ("chart",)), Cell(210, ("positions",)), Cell(260, ("orders", "executions", "activity")))),
    Column(340, (Cell(540, ("trouble", "connections")), Cell(260, ("risk", "watch_list")))),
)
NAMES = ("Desk", "Costs", "Journal", "Trouble")
_NEEDS = {"Costs": "execution_quality", "Journal": "journal", "Trouble": "orders"}


def plan_for(name: str, width: int) -> tuple[Column, ...]:
    """The shipped plan of a layout for a window ``width`` in unzoomed pixels. Raises ``KeyError``."""
    if name == "Desk":
        size = 1280 if width < FOLD_RIGHT_BELOW else (1440 if width < WIDE_FROM else 1920)
        return _DESK[size]
    return {"Costs": _COSTS, "Journal": _JOURNAL, "Trouble": _TROUBLE}[name]


def fitted(plan: Sequence[Column], known: Mapping[str, object]) -> tuple[Column, ...]:
    """The plan without panels that do not exist, and without places that are left empty."""
    columns = []
    for column in plan:
        cells = [Cell(cell.height, tuple(tab for tab in cell.tabs if tab in known)) for cell in column.cells]
        kept = tuple(cell for cell in cells if cell.tabs)
        if kept:
            columns.append(Column(column.width, kept))
    return tuple(columns)


def arrange(
    window: QMainWindow, docks: Mapping[str, PanelDock], plan: Sequence[Column], scale: Callable[[float], int]
) -> None:
    """Put the docks of ``plan`` in place and hide the others; ``scale`` turns design pixels into zoomed ones."""
    columns = fitted(plan, docks)
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    heads: list[PanelDock] = []
    for column in columns:
        head = docks[column.cells[0].tabs[0]]
        if heads:
            window.splitDockWidget(heads[-1], head, Qt.Orientation.Horizontal)
        else:
            window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, head)
        heads.append(head)
    for column, head in zip(columns, heads, strict=True):
        above = head
        for cell in column.cells[1:]:
            dock = docks[cell.tabs[0]]
            window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
            above = dock
    for column in columns:
        for cell in column.cells:
            for tab in cell.tabs[1:]:
                window.tabifyDockWidget(docks[cell.tabs[0]], docks[tab])
            for tab in cell.tabs:
                docks[tab].show()
            docks[cell.tabs[0]].raise_()
    resize(window, docks, columns, scale)


def resize(
    window: QMainWindow, docks: Mapping[str, PanelDock], columns: Sequence[Column], scale: Callable[[float], int]
) -> None:
    """Give rows and columns the sizes of the plan."""
    fixed = sum(scale(column.width) for column in columns)
    rest = max(scale(300), window.width() - fixed - 4 * (len(columns) - 1))
    heads = [docks[column.cells[0].tabs[0]] for column in columns]
    widths = [scale(column.width) or rest for column in columns]
    window.resizeDocks(heads, widths, Qt.Orientation.Horizontal)
    for column in columns:
        rows = [docks[cell.tabs[0]] for cell in column.cells]
        window.resizeDocks(rows, [scale(cell.height) for cell in column.cells], Qt.Orientation.Vertical)


class LayoutKeeper:
    """Loads, saves and resets the arrangements of one window.

    A desk that nobody rearranged follows the window's width: the right column folds into tabs below 1400 px.
    """

    def __init__(
        self, window: QMainWindow, board: DockBoard, store: LayoutStore, scale: Callable[[float], int]
    ) -> None:
        self._window = window
        self._board = board
        self._store = store
        self._scale = scale
        self.name = NAMES[0]
        self.by_hand = False
        self._plan: tuple[Column, ...] = ()
        board.rearranged.connect(self._on_by_hand)

    def names(self) -> tuple[str, ...]:
        """Layouts whose main panel exists."""
        docks = self._board.docks
        return tuple(name for name in NAMES if name not in _NEEDS or _NEEDS[name] in docks)

    def start(self) -> None:
        """Show the layout in use when the window was last closed, else the desk."""
        last = self._store.load("layout.last")
        geometry = self._store.load("layout.geometry")
        if geometry:
            self._window.restoreGeometry(QByteArray(b64decode(geometry)))
        self.load(last if last in self.names() else NAMES[0])

    def load(self, name: str) -> None:
        """Show a layout as it was saved, else as shipped."""
        if name not in self.names():
            return
        self.name = name
        self._board.forget_maximised()
        saved = self._store.load(f"layout.{name}")
        if saved is None or not self._restore(saved):
            self._ship()

    def load_number(self, number: int) -> None:
        """Show layout 1, 2 or 3."""
        names = self.names()
        if 1 <= number <= len(names):
            self.load(names[number - 1])

    def save(self) -> None:
        """Keep the present arrangement under the present name."""
        state = b64encode(self._window.saveState(VERSION).data()).decode()
        text = json.dumps({"version": VERSION, "by_hand": self.by_hand, "state": state})
        self._store.save(f"layout.{self.name}", text)

    def close(self) -> None:
        """Keep what the next start needs; an arrangement by hand is saved, a shipped one stays shipped."""
        self._store.save("layout.last", self.name)
        geometry = b64encode(self._window.saveGeometry().data()).decode()
        self._store.save("layout.geometry", geometry)
        if self.by_hand and not self._board.maximised:
            self.save()

    def reset(self) -> None:
        """Show the present layout as shipped and forget what was saved."""
        self._store.save(f"layout.{self.name}", "")
        self._board.forget_maximised()
        self._ship()

    def follow_width(self) -> None:
        """After a change of the window's size: fold or unfold the right column of an untouched desk."""
        if self.by_hand or not self._plan or self._board.maximised:
            return
        if self._shipped_plan() == self._plan:
            return
        front = self._board.in_order()
        closed = [dock for dock in self._board.docks.values() if dock.isHidden()]
        self._ship()
        for dock in closed:
            dock.hide()
        for dock in reversed(front):  # where several share one place now, the one at the left stays in sight
            dock.raise_()

    def _shipped_plan(self) -> tuple[Column, ...]:
        scale = self._scale(1000) / 1000
        return plan_for(self.name, round(self._window.width() / scale))

    def _ship(self) -> None:
        self._plan = self._shipped_plan()
        self.by_hand = False
        self._board.rearrange(lambda: arrange(self._window, self._board.docks, self._plan, self._scale))

    def settle(self) -> None:
        """Give a shipped arrangement its sizes again, once the window has its own."""
        if not self.by_hand and self._plan:
            columns = fitted(self._plan, self._board.docks)
            self._board.rearrange(lambda: resize(self._window, self._board.docks, columns, self._scale))

    def _restore(self, text: str) -> bool:
        try:
            saved = json.loads(text)
            state = QByteArray(b64decode(saved["state"]))
            fits = saved["version"] == VERSION
        except (ValueError, KeyError, TypeError):
            return False
        if not fits:
            return False
        done: list[bool] = []
        self._board.rearrange(lambda: done.append(self._window.restoreState(state, VERSION)))
        self.by_hand = True
        self._plan = ()
        return done[0]

    def _on_by_hand(self) -> None:
        self.by_hand = True
