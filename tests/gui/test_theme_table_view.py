from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from legend_desktop.views.density import DensityName
from legend_desktop.views.models.table_model import Align, Column, RowTableModel
from legend_desktop.views.theme import Scheme, Theme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.spans import Span
from legend_desktop.views.widgets.total_row import TotalRow
from tests.gui.panel_world import make_theme
from tests.gui.test_theme_table_model import Row

COLUMNS = (
    Column("symbol", "Symbol", 54, lambda row: row.symbol, sort=lambda row: row.symbol, weight=600),
    Column("bid", "Bid", 60, lambda row: f"{row.bid:.2f}", Align.RIGHT, flash=lambda row: row.bid, money=True),
    Column("size", "Size", 40, lambda row: str(row.size), Align.RIGHT, sort=lambda row: row.size, opt=1),
    Column("rank", "Rank", 60, lambda row: str(row.rank), Align.RIGHT, opt=2),
    Column("note", "Note", 60, lambda _row: "?", fill=lambda _row: "hatch", shown=False, icon=lambda _row: "question"),
)
ROWS = [Row(name, Decimal(place), place) for place, name in enumerate(("AAPL", "AMD", "KO", "XOM"))]


class World:
    def __init__(self, qtbot: QtBot, *, width: int = 400, frozen: bool = False) -> None:
        self.theme: Theme = make_theme(Scheme.DARK)
        self.model = RowTableModel(COLUMNS, lambda row: row.symbol)
        self.empty = EmptyState(self.theme, "briefcase", "No open positions", "They appear here.")
        self.table = DataTable(self.theme, self.model, "Positions", empty=self.empty, frozen=frozen)
        qtbot.addWidget(self.table)
        self.table.resize(width, 200)
        self.table.show()
        QApplication.processEvents()

    def shown(self) -> list[str]:
        return [column.id for place, column in enumerate(COLUMNS) if not self.table.isColumnHidden(place)]


@pytest.fixture
def world(qtbot: QtBot) -> World:
    made = World(qtbot)
    made.model.set_rows(ROWS)
    return made


def test_the_empty_state_shows_only_while_there_is_nothing(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.empty.isVisible()
    world.model.set_rows(ROWS)
    assert not world.empty.isVisible()
    world.model.clear()
    assert world.empty.isVisible()


def test_surplus_is_spread_and_optional_columns_give_way_in_order(qtbot: QtBot) -> None:
    world = World(qtbot, width=500)
    assert world.shown() == ["symbol", "bid", "size", "rank"]
    assert sum(world.table.columnWidth(place) for place in range(4)) == world.table.viewport().width()
    world.table.resize(190, 200)
    assert world.shown() == ["symbol", "bid", "rank"]
    world.table.resize(130, 200)
    assert world.shown() == ["symbol", "bid"]
    world.table.resize(500, 200)
    assert world.shown() == ["symbol", "bid", "size", "rank"]


def test_chosen_columns_and_widths_can_be_stored(qtbot: QtBot) -> None:
    world = World(qtbot, width=500)
    for action in world.table.column_actions():
        if action.text() in {"Note", "Size"}:
            action.setChecked(not action.isChecked())
    world.table.fit.set_width(1, 111)
    assert world.shown() == ["symbol", "bid", "rank", "note"]
    other = World(qtbot, width=500)
    other.table.fit.restore(world.table.fit.state())
    assert other.shown() == world.shown()
    assert other.table.columnWidth(1) == 111
    other.table.fit.restore({"shown": ["gone"], "widths": {"gone": 9}})
    assert other.shown() == ["symbol"], "the first column always stays"


def test_keys_move_open_and_copy(qtbot: QtBot, world: World) -> None:
    opened: list[str] = []
    current: list[str] = []
    world.table.activated_row.connect(lambda row: opened.append(row.symbol))
    world.table.current_changed.connect(lambda row: current.append(row.symbol))
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_J, Qt.Key.Key_Return):
        QTest.keyClick(world.table, key)
    assert (current, opened) == (["AAPL", "AMD", "AAPL", "AMD"], ["AMD"])
    QTest.keyClick(world.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Symbol\tBid\tSize\tRank\nAMD\t1.00\t1\t0\n"
    QTest.keyClick(world.table, Qt.Key.Key_X)
    assert world.table.selected_row().symbol == "AMD", "letters do not search"  # type: ignore[union-attr]


def test_a_row_is_found_by_its_key(world: World) -> None:
    assert world.table.select_key("KO")
    assert world.table.selected_rows() == [ROWS[2]]
    assert not world.table.select_key("GONE")


def test_rows_stay_put_while_the_context_menu_is_open(qtbot: QtBot, world: World) -> None:
    asked: list[str] = []

    def actions(row: Row) -> list[QAction]:
        asked.append(row.symbol)
        return [QAction("Close", world.table)]

    world.table.row_actions = actions
    place = world.table.visualRect(world.model.index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, world.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(world.table.viewport(), event)
    menu = world.table.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == ["Close", "Copy rows"]
    assert (asked, world.model.held) == (["AMD"], True)
    menu.close()
    qtbot.waitUntil(lambda: not world.model.held, timeout=2000)


def test_a_flashing_cell_is_filled_and_goes_back_by_itself(qtbot: QtBot, world: World) -> None:
    def fill() -> str:
        rect = world.table.visualRect(world.model.index(0, 1))
        return world.table.viewport().grab().toImage().pixelColor(rect.topLeft() + QPoint(2, 2)).name()

    calm = fill()
    world.model.upsert([replace(ROWS[0], bid=Decimal(5))])
    assert fill() == world.theme.hex("flash.up")
    qtbot.waitUntil(lambda: not world.model.flashes.running, timeout=3000)
    assert fill() == calm
    world.theme.set_look(replace(world.theme.look, reduce_motion=True))
    world.model.upsert([replace(ROWS[0], bid=Decimal(9))])
    assert fill() == calm
    world.theme.set_look(replace(world.theme.look, reduce_motion=False, scheme=Scheme.LIGHT))
    assert fill() != calm


def test_rows_have_the_height_of_the_density(world: World) -> None:
    assert world.table.rowHeight(0) == 22
    world.theme.set_look(replace(world.theme.look, zoom=150))
    assert world.table.rowHeight(0) == 33
    world.theme.set_look(replace(world.theme.look, zoom=100))


def test_the_first_column_stays_in_sight_while_scrolled(qtbot: QtBot) -> None:
    world = World(qtbot, width=100, frozen=True)
    world.model.set_rows(ROWS)
    QApplication.processEvents()
    frozen = world.table._frozen
    assert frozen is not None
    assert not frozen.isVisible()
    world.table.horizontalScrollBar().setValue(20)
    assert frozen.isVisible()
    assert frozen.width() == world.table.columnWidth(0)
    assert frozen.selectionModel() is world.table.selectionModel()
    world.table.horizontalScrollBar().setValue(0)
    assert not frozen.isVisible()


def test_the_total_speaks_and_is_painted_under_its_columns(qtbot: QtBot, world: World) -> None:
    total = TotalRow(world.theme, world.table)
    qtbot.addWidget(total)
    total.resize(world.table.width(), 22)
    total.set_total({"symbol": Span("Total", weight=600), "size": Span("6", weight=600)})
    assert total.accessibleName() == "Total: Symbol Total Size 6"
    assert not total.grab().isNull()


def test_a_large_table_takes_rows_and_sorts_in_place(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.model.set_rows([Row(f"S{i}", Decimal(i % 977), i % 31) for i in range(20_000)])
    world.table.select_key("S7")
    world.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert world.table.selected_row().symbol == "S7"  # type: ignore[union-attr]
    assert world.model.row_at(0).size == 30
    assert world.table.rowHeight(19_999) == 22


def test_the_table_has_names_for_screen_readers(qtbot: QtBot) -> None:
    world = World(qtbot, frozen=True)
    assert access_gaps(world.table) == []


def test_columns_grow_with_larger_type(world: World) -> None:
    compact = world.table.fit.state()
    world.table.resize(200, 200)
    QApplication.processEvents()
    assert world.shown() == ["symbol", "bid", "rank"]
    world.theme.set_look(replace(world.theme.look, density=DensityName.COMFORTABLE))
    QApplication.processEvents()
    assert world.table.columnWidth(1) >= 65
    world.theme.set_look(replace(world.theme.look, density=DensityName.COMPACT))
    assert world.table.fit.state() == compact


@pytest.mark.parametrize("width", [214, 222, 400])
def test_the_scroll_bar_takes_no_column_away_and_moves_no_figure(qtbot: QtBot, width: int) -> None:
    world = World(qtbot, width=width)
    table, model = world.table, world.table.rows_model

    def texts() -> list[QRect]:
        places = range(model.columnCount())
        return [table.inner(table.visualRect(model.index(0, place)), place) for place in places]

    world.model.set_rows(ROWS[:1])
    QApplication.processEvents()
    before = world.shown()
    assert before == ["symbol", "bid", "size", "rank"]
    stood = texts()
    world.model.set_rows([Row(f"S{place}", Decimal(place), place) for place in range(40)])
    qtbot.waitUntil(world.table.verticalScrollBar().isVisible)
    assert world.shown() == before
    assert texts() == stood or width < 222  # where all is tight the widest gives way
    assert not world.table.horizontalScrollBar().isVisible()
