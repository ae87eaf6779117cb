from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.watch_list import WatchListViewModel, WatchRow
from legend_desktop.views.panels.watch_list import WatchListPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.field_edit import FieldEdit
from tests.fakes.clock import START, FakeClock
from tests.gui.panel_world import cell, cells, clipped, make_theme, picture
from tests.unit.viewmodels.builders import bus, quote, raise_report

ROWS = """AAPL 175.50 175.52 173.62
AMD 162.90 162.92 164.29
AMZN 228.46 228.48 227.51
META 606.71 606.88 613.05
NVDA 184.61 184.63 181.16
TSLA 398.02 398.16 403.90
UNH 331.40 331.55 332.30
PENNY 0.1234 0.1236 0.1200"""


class World:
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        self.qtbot = qtbot
        self.clock = FakeClock()
        self.board = QuoteBoard(self.clock, raise_report)
        lines = [line.split() for line in ROWS.splitlines()]
        self.model = WatchListViewModel(self.board, bus(), self.clock, [line[0] for line in lines])
        self.panel = WatchListPanel(self.model, make_theme(scheme))
        self.table = self.panel.table
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 398)
        self.panel.show()
        for symbol, bid, ask, close in lines:
            old = timedelta(seconds=48) if symbol == "UNH" else timedelta(0)
            self.board.put(quote(symbol, bid, ask, close=close, at=START - old, halted=symbol == "TSLA"))
        self.model.flush()
        self.chosen: list[str] = []
        self.model.symbol_chosen.connect(self.chosen.append)

    def selected(self) -> str:
        row = self.table.selected_row()
        assert isinstance(row, WatchRow)
        return row.symbol

    def row(self, symbol: str) -> WatchRow:
        return {row.symbol: row for row in self.model.rows()}[symbol]

    def held(self) -> bool:
        return self.table.rows_model.held

    def symbols(self) -> list[str]:
        return [row[0] for row in cells(self.table, "symbol")]


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_list_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.panel.focus_symbol("AAPL")
    world.board.put(quote("NVDA", "184.61", "184.64", close="181.16", at=START))
    world.board.put(quote("META", "606.70", "606.88", close="613.05", at=START))
    world.model.flush()
    picture(world.panel, f"watch-{scheme}")
    rows = cells(world.table, "symbol", "bid", "ask", "change", "spread")
    assert rows[0] == ("AAPL", "175.50", "175.52", "+1.09 %", "1.1")
    assert rows[7] == ("PENNY", "0.1234", "0.1236", "+2.92 %", "16.2")
    assert cell(world.table, 0, "change").ink == "gain"
    assert cell(world.table, 1, "change").ink == "loss"
    assert clipped(world.table) == []
    assert access_gaps(world.panel) == []


def test_old_and_halted_rows_say_so_in_form_and_words(qtbot: QtBot) -> None:
    world = World(qtbot)
    stale, halted = cell(world.table, 6, "change"), cell(world.table, 5, "change")
    assert (stale.text, stale.icon, stale.ink) == ("48 s", "clock", "warning")
    assert cell(world.table, 6, "bid").ink == "stale"
    assert (halted.text, halted.ink) == ("halted", "warning")
    spoken = world.table.rows_model.data(world.table.rows_model.index(6, 1), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Bid, 331.40, 48 seconds old"


def test_typing_adds_below_the_chosen_row_and_refuses_in_place(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.table.setFocus()
    world.panel.focus_symbol("AMD")
    QTest.keyClicks(world.table, "k")
    assert world.selected() == "AAPL"
    QTest.keyClicks(world.table, "S")
    field = world.panel.findChild(FieldEdit)
    assert isinstance(field, FieldEdit)
    assert field.isVisible()
    assert field.text() == "S"
    QTest.keyClicks(field, "PY")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible()
    assert world.model.symbols[:2] == ("AAPL", "SPY")
    world.panel.start_adding("SPY")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.property("wrong") == "true"
    picture(world.panel, "watch-refused")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()


def test_press_and_enter_load_the_symbol(qtbot: QtBot) -> None:
    world = World(qtbot)
    place = world.table.visualRect(world.table.rows_model.index(2, 0)).center()
    QTest.mouseClick(world.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.keyClick(world.table, Qt.Key.Key_Return)
    assert world.chosen == ["AMZN", "AMZN"]


def test_delete_removes_and_alt_arrows_arrange(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.focus_symbol("AMD")
    QTest.keyClick(world.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert world.model.symbols[:3] == ("AMD", "AAPL", "AMZN")
    qtbot.waitUntil(lambda: world.symbols()[:3] == ["AMD", "AAPL", "AMZN"], timeout=3000)
    QTest.keyClick(world.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(world.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert world.model.symbols[:3] == ("AAPL", "AMZN", "AMD")
    QTest.keyClick(world.table, Qt.Key.Key_Delete)
    assert "AMD" not in world.model.symbols


def test_dragging_a_row_puts_it_where_it_is_dropped(qtbot: QtBot) -> None:
    world = World(qtbot)
    viewport = world.table.viewport()
    row = world.panel.theme.density.row
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(20, row // 2))
    QTest.mouseMove(viewport, QPoint(20, 2 * row))
    QTest.mouseMove(viewport, QPoint(20, 3 * row - 2))
    assert world.held()
    picture(world.panel, "watch-drag")
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(20, 3 * row - 2))
    assert world.model.symbols[:4] == ("AMD", "AMZN", "AAPL", "META")
    assert not world.held()
    assert world.chosen == []


def test_quotes_repaint_only_what_changed(qtbot: QtBot) -> None:
    world = World(qtbot)
    changed: list[tuple[int, int, int]] = []
    model = world.table.rows_model
    model.dataChanged.connect(lambda top, bottom: changed.append((top.row(), top.column(), bottom.column())))
    world.board.put(quote("AMD", "162.90", "162.93", close="164.29", at=START))
    world.model.flush()
    assert {row for row, _, _ in changed} == {1}
    assert all(left > 1 for _, left, _ in changed)
    assert model.flashes.state("AMD", model.column_of("ask")) == 1
    assert world.row("AMD").ask == Decimal("162.93")


def test_what_is_scrolled_into_view_is_up_to_date_and_a_hidden_list_costs_little(qtbot: QtBot) -> None:
    world = World(qtbot)
    for number in range(60):
        world.model.add(f"X{number}")
    built: list[str] = []
    world.model.rows_changed.connect(lambda rows: built.extend(row.symbol for row in rows))
    for number in range(60):
        world.board.put(quote(f"X{number}", "10.00", "10.02", at=START))
    world.table.scrollToBottom()
    qtbot.waitUntil(lambda: "X59" in built, timeout=2000)
    assert {f"X{number}" for number in range(50, 60)} <= set(built[:20])
    world.model.flush()
    world.panel.hide()
    built.clear()
    for number in range(60):
        world.board.put(quote(f"X{number}", "11.00", "11.02", at=START))
    qtbot.waitUntil(lambda: bool(built), timeout=2000)
    assert len(built) < 30
    world.model.close()
