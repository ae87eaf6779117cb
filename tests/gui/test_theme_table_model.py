from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.views.models.table_model import RAW_ROLE, Align, Column, RowTableModel


@dataclass(frozen=True)
class Row:
    symbol: str
    bid: Decimal | None = Decimal(1)
    size: int = 1
    rank: int = 0


COLUMNS = (
    Column("symbol", "Symbol", 54, lambda row: row.symbol, sort=lambda row: row.symbol),
    Column(
        "bid",
        "Bid",
        60,
        lambda row: "—" if row.bid is None else f"{row.bid:.2f}",
        Align.RIGHT,
        sort=lambda row: row.bid,
        flash=lambda row: row.bid,
        decimals=4,
    ),
    Column("size", "Size", 40, lambda row: str(row.size), Align.RIGHT, sort=lambda row: row.size),
)


class Time:
    def __init__(self) -> None:
        self.ns = 10**12

    def __call__(self) -> int:
        return self.ns


def model(**options: Any) -> RowTableModel:
    return RowTableModel(COLUMNS, lambda row: row.symbol, **options)


def order(of: RowTableModel) -> str:
    return "".join(row.symbol for row in of.rows())


def changes(of: RowTableModel) -> list[tuple[int, int, int, int]]:
    seen: list[tuple[int, int, int, int]] = []
    of.dataChanged.connect(
        lambda top, bottom, _roles: seen.append((top.row(), top.column(), bottom.row(), bottom.column()))
    )
    return seen


def test_only_changed_cells_are_announced_and_neighbours_are_one_change(qapp: QApplication) -> None:
    table = model()
    rows = [Row(name) for name in "ABCDE"]
    table.set_rows(rows)
    seen = changes(table)
    table.upsert([rows[0], Row("B")])
    assert seen == [], "the same values are no change"
    table.upsert([replace(rows[i], bid=Decimal(2)) for i in (1, 2, 4)])
    assert seen == [(1, 1, 2, 1), (4, 1, 4, 1)]
    seen.clear()
    table.upsert([replace(rows[0], bid=Decimal(9), size=9)])
    assert seen == [(0, 1, 0, 2)]


def test_rows_come_and_go_without_a_reset(qapp: QApplication) -> None:
    table = model()
    resets: list[int] = []
    removed: list[tuple[int, int]] = []
    table.modelReset.connect(lambda: resets.append(1))
    table.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))
    table.set_rows([Row(name) for name in "ABCDEF"])
    table.set_rows([Row(name) for name in "AEG"])
    assert order(table) == "AEG"
    assert removed == [(5, 5), (1, 3)]
    assert resets == []
    assert [table.position(name) for name in "AEGB"] == [0, 1, 2, None]


def test_newest_first_keeps_the_latest_on_top(qapp: QApplication) -> None:
    table = model(newest_first=True)
    table.set_rows([Row("A"), Row("B")])
    table.upsert([Row("C")])
    assert order(table) == "CBA"
    assert [table.position(name) for name in "ABC"] == [2, 1, 0]


def test_missing_values_stand_last_in_both_directions(qapp: QApplication) -> None:
    table = model()
    table.set_rows([Row("A", None), Row("B", Decimal(2)), Row("C", Decimal(1))])
    table.sort(1, Qt.SortOrder.AscendingOrder)
    assert order(table) == "CBA"
    table.sort(1, Qt.SortOrder.DescendingOrder)
    assert order(table) == "BCA"
    table.upsert([Row("D", Decimal("1.5")), Row("E", None)])
    assert order(table) == "BDCAE"


def test_the_sort_compares_numbers_not_texts(qapp: QApplication) -> None:
    table = model()
    table.set_rows([Row("A", Decimal(9)), Row("B", Decimal(100)), Row("C", Decimal(-20))])
    table.sort(1)
    assert order(table) == "CAB"


def test_pinned_rows_stay_on_top_of_any_sort(qapp: QApplication) -> None:
    table = model(pin=lambda row: row.rank)
    table.set_rows([Row("A", rank=1), Row("B", rank=0), Row("C", rank=1)])
    assert order(table) == "BAC"
    table.sort(0, Qt.SortOrder.DescendingOrder)
    assert order(table) == "BCA"
    table.upsert([Row("D", rank=0)])
    assert order(table) == "DBCA"
    table.sort(-1)
    assert order(table)[:2] in {"DB", "BD"}


def test_a_changed_value_moves_its_row_only_after_a_while(qtbot: QtBot) -> None:
    table = model()
    rows = [Row("A", Decimal(1)), Row("B", Decimal(2))]
    table.set_rows(rows)
    table.sort(1)
    table.upsert([replace(rows[0], bid=Decimal(3))])
    assert order(table) == "AB"
    with qtbot.waitSignal(table.layoutChanged, timeout=3000):
        pass
    assert order(table) == "BA"


def test_nothing_moves_under_an_open_menu(qtbot: QtBot) -> None:
    table = model()
    rows = [Row("A", Decimal(1)), Row("B", Decimal(2))]
    table.set_rows(rows)
    table.sort(1)
    table.hold(True)
    table.hold(True)
    table.upsert([replace(rows[0], bid=Decimal(3)), Row("C", Decimal(0))])
    table.remove(["B"])
    assert order(table) == "AB"
    assert table.row("A").bid == 3, "cells still change"  # type: ignore[union-attr]
    with qtbot.assertNotEmitted(table.layoutChanged, wait=700):
        table.hold(False)
    table.hold(False)
    assert order(table) == "CA"


def test_a_row_that_came_back_while_held_stays(qapp: QApplication) -> None:
    table = model()
    table.set_rows([Row("A")])
    table.hold(True)
    table.remove(["A"])
    table.upsert([Row("A", size=2)])
    table.upsert([Row("B")])
    table.remove(["B"])
    table.hold(False)
    assert [(row.symbol, row.size) for row in table.rows()] == [("A", 2)]


def test_the_selection_follows_its_row_through_a_sort(qapp: QApplication) -> None:
    table = model()
    table.set_rows([Row("A", Decimal(3)), Row("B", Decimal(1))])
    kept = QPersistentModelIndex(table.index(0, 1))
    table.sort(1)
    assert (kept.row(), kept.column()) == (1, 1)


def test_a_price_flashes_for_a_moment_and_not_too_often(qapp: QApplication) -> None:
    now = Time()
    table = RowTableModel(COLUMNS, lambda row: row.symbol, now_ns=now)
    row = Row("A", Decimal(1))
    table.set_rows([row])
    table.upsert([replace(row, size=5)])
    assert table.flashes.state("A", 1) == 0, "a size alone does not flash"
    table.upsert([replace(row, bid=Decimal(2))])
    assert table.flashes.state("A", 1) == 1
    now.ns += 100_000_000
    table.upsert([replace(row, bid=Decimal(1))])
    assert table.flashes.state("A", 1) == 1, "the second change comes too soon"
    assert table.flashes.way("A", 1) == -1
    now.ns += 81_000_000
    assert table.flashes.expire() == [("A", 1)]
    now.ns += 70_000_000
    table.upsert([replace(row, bid=Decimal("0.5"))])
    assert table.flashes.state("A", 1) == -1
    table.remove(["A"])
    assert not table.flashes.running


def test_cells_speak_whole_words_and_copy_raw_values(qapp: QApplication) -> None:
    table = model()
    table.set_rows([Row("A", None)])
    spoken = table.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert (spoken, table.index(0, 1).data(RAW_ROLE)) == ("Bid, none", "")
    summary = table.headerData(0, Qt.Orientation.Vertical, Qt.ItemDataRole.AccessibleTextRole)
    assert summary == "Symbol, A; Bid, none; Size, 1"
    assert table.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & int(Qt.AlignmentFlag.AlignRight)


def test_decimal_points_stand_under_each_other(qapp: QApplication) -> None:
    column = COLUMNS[1]
    padded = [column.padded(text) for text in ("1.25", "1.2345", "12", "—")]
    assert padded == ["1.25\u2007\u2007", "1.2345", "12\u2008\u2007\u2007\u2007\u2007", "—"]


def test_glyph_and_ink_changes_repaint_a_cell_whose_text_stays(qapp: QApplication) -> None:
    def ink(row: Row) -> str:
        return "gain" if row.size > 1 else "loss"

    table = RowTableModel((Column("s", "S", 40, lambda _row: "x", ink=ink),), lambda row: row.symbol)
    table.set_rows([Row("A")])
    seen = changes(table)
    table.upsert([Row("A", size=2)])
    assert seen == [(0, 0, 0, 0)]


KEYS = st.sampled_from("ABCDEFGHIJ")
STEP = st.one_of(
    st.tuples(st.just("put"), KEYS, st.integers(-3, 3)),
    st.tuples(st.just("drop"), KEYS, st.just(0)),
    st.tuples(st.just("sort"), st.sampled_from(["0", "1", "2", "-1"]), st.integers(0, 1)),
    st.tuples(st.just("hold"), st.just(""), st.integers(0, 1)),
    st.tuples(st.just("bulk"), KEYS, st.integers(30, 60)),
)


@given(st.lists(STEP, max_size=25), st.booleans(), st.booleans())
def test_any_course_of_changes_keeps_rows_and_places_true(
    qapp: QApplication, steps: list[tuple[str, str, int]], newest_first: bool, pinned: bool
) -> None:
    table = model(newest_first=newest_first, pin=(lambda row: row.rank) if pinned else None)
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    truth: dict[str, Row] = {}
    for verb, key, number in steps:
        if verb == "put":
            truth[key] = Row(key, Decimal(number), number, abs(number) % 2)
            table.upsert([truth[key]])
        elif verb == "drop":
            truth.pop(key, None)
            table.remove([key])
        elif verb == "sort":
            table.sort(int(key), Qt.SortOrder(number))
        elif verb == "bulk":
            many = [Row(f"{key}{i}", Decimal(i % 7)) for i in range(number)]
            truth.update({row.symbol: row for row in many})
            table.set_rows(truth.values())
        else:
            table.hold(number == 1)
    while table.held:
        table.hold(False)
    assert {row.symbol: row for row in table.rows()} == truth
    for place, row in enumerate(table.rows()):
        assert table.position(row.symbol) == place
    assert table.rowCount(QModelIndex()) == len(truth)
    del tester
