"""The Journal panel: list, one trade with its note, calendar, curve, tags, and the import dialog."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import RoundTripsChanged
from legend_desktop.domain.trade_journal import Outcome
from legend_desktop.services.trade_journal import OWN
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.journal_world import FIRST, JournalWorld
from tests.gui.panel_world import cells, clipped, picture

FILE = """execution_id,time,symbol,side,quantity,price,commission,stop
x1,2026-11-18T15:00:00Z,KO,buy,100,70,1,69
x2,2026-11-18T16:00:00Z,KO,sell,100,72,,
x3,2026-11-18T17:00:00Z,KO,dividend,100,72,,
"""


def three(world: JournalWorld) -> None:
    """A winner at its target, a loser, and an open trade."""
    world.trade(1, FIRST, "AAPL", entry=175.0, leave=177.0, stop=174.0, target=177.0)
    world.trade(2, FIRST + timedelta(days=1), "MSFT", entry=410.0, leave=412.0, stop=414.0, side=OrderSide.SELL)
    world.trade(3, FIRST + timedelta(days=1, hours=2), "KO", entry=70.0, leave=None, stop=None)
    world.work_out()
    world.settle()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
@pytest.mark.parametrize("size", [(1000, 330), (1172, 520), (600, 420)])
def test_all_of_it_in_both_looks(qtbot: QtBot, scheme: Scheme, size: tuple[int, int]) -> None:
    world = JournalWorld(qtbot, scheme, size, trades=160)
    world.do(world.model.choose, world.trips[-2].key)
    for tab in ("trade", "calendar", "equity", "tags"):
        world.do(world.panel.choose_tab, tab)
        picture(world.panel, f"journal-{scheme}-{size[0]}-{tab}")
    assert clipped(world.panel.list.table, but=("tags",)) == []
    assert clipped(world.panel.tags.table) == []
    assert access_gaps(world.panel) == []
    assert world.words() == f"PAPER {len(world.trips)} trades"


def test_before_the_first_trade_it_says_what_will_come_and_offers_the_import(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    assert world.words() == "PAPER no trades"
    assert world.panel.first_import.isVisible()
    asked: list[int] = []
    world.panel.import_wanted.connect(lambda: asked.append(1))
    world.panel.first_import.click()
    assert asked == [1]
    picture(world.panel, "journal-empty")


def test_the_list_and_the_newest_trade(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    assert cells(world.panel.list.table, "date", "symbol", "side", "r", "money") == [
        ("6 Oct 12:00", "KO", "Long", "open", "—"),
        ("6 Oct 10:40", "MSFT", "Short", "−0.50", "−200.70"),
        ("5 Oct 10:40", "AAPL", "Long", "+1.99", "+199.30"),
    ]
    facts = world.panel.trade.facts
    assert world.model.chosen is not None
    assert world.model.chosen.trip.symbol == "KO"
    assert facts.row("r").value_text() == "—"
    assert facts.row("r").toolTip() == "It is still open."
    assert facts.why.text() == "The entry had no planned stop, so there is no planned R to compare with."
    world.do(world.model.choose, "xin1")
    assert facts.row("result").value_text() == "+$199.30 after fees"
    assert facts.row("r").value_text() == "+1.99 R of $100.00 at risk"
    assert facts.row("worst").value_text() == "−0.62 R −$62.00"
    assert facts.leakage.isVisible()
    assert facts.leakage.accessibleDescription() == (
        "From planned to realised R: planned +2.03, rounding 0.00, entry slip −0.01, early exit −0.02, "
        "exit slip +0.02, fees −0.01, realised +2.01."
    )
    assert facts.picture.accessibleDescription() == "Fills: in 100 at 175.00, 10:00:00; out 100 at 177.00, 10:40:00."


def test_a_new_trade_comes_on_top_by_itself(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.trade(4, FIRST + timedelta(days=2), "NVDA", entry=182.0, leave=181.0, stop=181.0)
    world.work_out()
    event = RoundTripsChanged(date(2026, 10, 7), (), None, 0, None)
    world.do(world.bus.publish, event)
    assert [row[0] for row in cells(world.panel.list.table, "symbol")] == ["KO", "NVDA", "MSFT", "AAPL"]
    chosen = world.panel.list.table.selected_row()
    assert chosen is not None
    assert chosen.key == "xin3"


def test_what_is_typed_is_kept_and_shown_in_the_list(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.do(world.model.choose, "xin2")
    note = world.panel.trade.note

    def write() -> None:
        note.text.setPlainText("Fought the trend.")
        note.tags.setText("late #Chased")
        note.keep()

    world.do(write)
    kept = world.store.notes["xin2"]
    assert (kept.text, kept.tags) == ("Fought the trend.", ("chased", "late"))
    assert note.state.text() == "kept"
    assert ("MSFT", "chased, late") in cells(world.panel.list.table, "symbol", "tags")
    world.do(note.text.setPlainText, "Fought the trend. Twice.")
    assert note.state.text() == "typing"
    world.do(world.model.choose, "xin1")
    assert world.store.notes["xin2"].text == "Fought the trend. Twice."
    assert note.text.toPlainText() == ""
    assert world.model.tags == ("chased", "late")


def test_a_note_that_cannot_be_kept_stays_and_says_why(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.do(world.model.choose, "xin2")
    note = world.panel.trade.note
    world.store.fail_with = StoreError("The disk is full.", advice="Free some space.")

    def write() -> None:
        note.text.setPlainText("Not lost.")
        note.keep()

    world.do(write)
    assert note.state.text() == "Not kept. The disk is full. Free some space."
    world.do(world.model.choose, "xin1")
    world.do(world.model.choose, "xin2")
    assert note.text.toPlainText() == "Not lost."
    assert world.store.notes == {}
    world.store.fail_with = None
    world.do(note.keep)
    assert world.store.notes["xin2"].text == "Not lost."
    assert note.state.text() == "kept"


def test_a_tag_in_use_is_offered_for_other_trades(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.note("xin1", "", "trend", "opening")
    world.settle()
    world.do(world.model.choose, "xin2")
    note = world.panel.trade.note
    offered = [chip for chip in note.findChildren(type(world.panel.list.tag_chip)) if chip.isVisible()]
    assert sorted(chip.text() for chip in offered) == ["opening", "trend"]
    world.do(next(chip for chip in offered if chip.text() == "trend").click)
    assert world.store.notes["xin2"].tags == ("trend",)


def test_filters_narrow_list_and_figures(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.note("xin1", "Good.", "trend")
    world.settle()
    table = world.panel.list.table
    world.do(world.panel.list.search.setText, "tre")
    assert [row[0] for row in cells(table, "symbol")] == ["AAPL"]
    assert world.words() == "PAPER 1 of 3 trades"
    world.do(world.panel.list.search.setText, "")
    world.do(world.panel.list.choice.setCurrentIndex, 2)
    assert world.model.filter.outcome is Outcome.LOST
    assert [row[0] for row in cells(table, "symbol")] == ["MSFT"]
    world.do(world.panel.list.choice.setCurrentIndex, 5)
    assert [row[0] for row in cells(table, "symbol")] == ["AAPL"]
    world.do(world.panel.list.choice.setCurrentIndex, 0)
    world.do(world.model.set_tag, "trend")
    assert world.panel.list.tag_chip.text() == "trend ×"
    world.do(world.panel.list.tag_chip.click)
    assert len(cells(table, "symbol")) == 3
    assert not world.panel.list.tag_chip.isVisible()


def test_the_calendar_sums_days_and_a_day_filters_the_list(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    calendar = world.panel.calendar
    world.do(world.panel.choose_tab, "calendar")
    assert calendar.title() == "October 2026: +1.49 R, 2 trades, −$1.40"
    grid = calendar.grid
    place = grid.box_of(date(2026, 10, 6)).center()
    world.do(lambda: QTest.mouseClick(grid, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place))
    assert world.model.filter.first == world.model.filter.last == date(2026, 10, 6)
    assert world.panel.list.day_chip.text() == "Tue 6 Oct 2026 ×"
    assert [row[0] for row in cells(world.panel.list.table, "symbol")] == ["KO", "MSFT"]
    assert calendar.title().startswith("October 2026: +1.49 R, 2 trades")
    assert grid.accessibleDescription() == "Tue 6 Oct 2026: −0.50 R, 1 trade, −$200.70"
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
        world.do(lambda key=key: QTest.keyClick(grid, key))
    assert grid.current == date(2026, 9, 28)
    assert calendar.title() == "September 2026: no closed trades"
    world.do(calendar.later.click)
    world.do(world.panel.list.day_chip.click)
    assert world.model.filter.first is None


def test_curve_and_tags_say_their_figures(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.note("xin1", "", "trend")
    world.settle()
    world.do(world.panel.choose_tab, "equity")
    assert world.panel.equity.words.text() == (
        "2 trades brought +1.49 R; the deepest fall was −0.50 R, from Mon 5 Oct 2026 to Tue 6 Oct 2026."
    )
    world.do(world.panel.equity.unit.button("money").click)
    assert world.panel.equity.words.text().startswith("2 trades brought −$1.40; the deepest fall was −$200.70")
    world.do(world.panel.choose_tab, "tags")
    assert cells(world.panel.tags.table, "tag", "n", "expectancy", "interval") == [
        ("trend", "1", "+1.99", "needs 5, has 1"),
        ("without a tag", "1", "−0.50", "needs 5, has 1"),
    ]
    assert "All trades" in world.panel.tags.total.accessibleName()
    world.panel.tags.table.select_key("trend")
    world.do(lambda: QTest.keyClick(world.panel.tags.table, Qt.Key.Key_Return))
    assert world.model.filter.tag == "trend"


def test_writing_about_a_symbol_chooses_its_newest_trade_and_adds_the_words(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.note("xin2", "First thought.")
    world.settle()
    world.do(world.model.set_outcome, Outcome.WON)
    world.do(world.model.want_note, "AAPL", "msft late entry, chased")
    assert world.store.notes["xin2"].text == "First thought.\nlate entry, chased"
    assert world.panel.trade.note.text.toPlainText() == "First thought.\nlate entry, chased"
    world.do(world.model.want_note, "AAPL", "")
    assert world.model.chosen is not None
    assert world.model.chosen.trip.symbol == "AAPL"
    world.do(world.model.want_note, "TSLA", "nothing here")
    assert world.said[-1].sentence == "There is no trade in TSLA to write about."
    assert set(world.store.notes) == {"xin2"}


def test_a_journal_that_cannot_be_read_says_so(qtbot: QtBot) -> None:
    world = JournalWorld(qtbot)
    three(world)

    class Broken:
        async def load(self, *_: object) -> None:
            raise StoreError("The journal cannot be read.")

    world.store.load_trade_notes = Broken().load  # type: ignore[method-assign,assignment]
    world.settle()
    assert world.words() == "The journal cannot be read."
    assert len(cells(world.panel.list.table, "symbol")) == 3


def test_exports_are_written_where_the_person_wants_and_said(qtbot: QtBot, tmp_path: Path) -> None:
    world = JournalWorld(qtbot)
    three(world)
    world.do(world.model.save_list, tmp_path / "trades.csv")
    world.do(world.model.save_executions, tmp_path / "executions.csv")
    assert [row.sentence for row in world.said] == [
        f"3 trades were written to {tmp_path / 'trades.csv'}.",
        f"The executions were written to {tmp_path / 'executions.csv'}.",
    ]
    assert len((tmp_path / "trades.csv").read_text().splitlines()) == 4
    world.do(world.model.save_list, tmp_path)
    assert "cannot be written" in world.said[-1].sentence
    world.importing.open()
    world.do(world.importing.read_file, tmp_path / "executions.csv")
    assert world.importing.counts == "5 new, 0 known already"
    names = [action.text() for action in world.panel.menu_actions()[:3]]
    assert names == ["Import executions…", "Export listed trades…", "Export executions…"]


def test_an_import_is_seen_before_it_is_made_and_shown_after(qtbot: QtBot, tmp_path: Path) -> None:
    world = JournalWorld(qtbot)
    three(world)
    path = tmp_path / "Old broker.csv"
    path.write_text(FILE)
    dialog, model = world.dialog, world.importing
    world.do(model.open)
    dialog.come()
    world.do(model.read_file, path)
    assert model.name == "Old broker"
    assert model.counts == "2 new, 0 known already, 1 cannot be used"
    assert cells(dialog.bad, "line", "reason") == [("4", "'dividend' is neither a purchase nor a sale.")]
    assert dialog.import_button.text() == "Import 2"
    assert access_gaps(dialog) == []
    dialog.grow()
    picture(dialog, "journal-import")
    assert world.store.parts.get("imported:Old broker") is None or not world.store.parts["imported:Old broker"].events
    world.do(dialog.import_button.click)
    assert model.result == "2 executions were imported as Old broker. 1 row was left out."
    assert not dialog.import_button.isEnabled()
    assert world.model.part == "imported:Old broker"
    assert world.words() == "Imported: Old broker, 1 trade"
    assert world.panel.list.part.isVisible()
    assert cells(world.panel.list.table, "symbol", "r") == [("KO", "+1.99")]
    assert world.panel.trade.facts.why.text() == "It is not known at what price an exit was decided."
    picture(world.panel, "journal-imported")
    world.do(model.read_file, path)
    assert model.counts == "0 new, 2 known already, 1 cannot be used"
    world.do(model.set_name, "Another")
    assert model.counts == "2 new, 0 known already, 1 cannot be used"
    world.do(world.model.show_part, OWN)
    assert len(cells(world.panel.list.table, "symbol")) == 3


def test_columns_that_have_no_name_can_be_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    world = JournalWorld(qtbot)
    path = tmp_path / "odd.csv"
    path.write_text("When,Paper,Way,Number,Rate\n2026-11-20T15:00:00Z,KO,buy,5,70.1\n")
    model, dialog = world.importing, world.dialog
    world.do(model.open)
    dialog.come()
    world.do(model.read_file, path)
    assert model.advice == "Say which column holds: time, symbol, shares, price."
    assert not dialog.import_button.isEnabled()
    picture(dialog, "journal-import-columns")
    for place, field in enumerate(("time", "symbol", "side", "quantity", "price")):
        world.do(dialog.columns[field].setCurrentIndex, place + 1)
    assert model.counts == "1 new, 0 known already"
    world.do(dialog.columns["fees"].setCurrentIndex, 5)
    assert model.advice == "Say which column holds: price."
    assert dialog.columns["price"].currentIndex() == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("a.csv", "", "There is no table in this file."), ("missing.csv", None, "missing.csv cannot be read")],
)
def test_a_file_that_is_no_table_says_so(
    qtbot: QtBot, tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    world = JournalWorld(qtbot)
    if content is not None:
        (tmp_path / name).write_text(content)
    world.do(world.importing.open)
    world.do(world.importing.read_file, tmp_path / name)
    assert world.importing.problem.startswith(words)
    assert not world.importing.can_import
    world.do(world.dialog.leave)
    assert world.importing.path is None
