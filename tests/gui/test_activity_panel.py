import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.viewmodels.activity import ActivityFilter, ActivityViewModel
from legend_desktop.views.panels.activity import ActivityPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import cells, clipped, make_theme, picture
from tests.unit.viewmodels.builders import bus, later


class World:
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        self.bus = bus()
        self.count = 0
        self.model = ActivityViewModel(self.bus)
        self.panel = ActivityPanel(self.model, make_theme(scheme))
        self.table = self.panel.table
        qtbot.addWidget(self.panel)
        self.panel.resize(840, 200)
        self.panel.show()

    def say(self, sentence: str, level: NoticeLevel = NoticeLevel.INFO, group: str = "", details: str = "") -> None:
        self.count += 1
        self.bus.publish(Notice(later(self.count / 8), level, "Simulator", sentence, details, group))

    def morning(self) -> None:
        self.say("You are trading on the built-in simulator.", group="connection")
        self.say("Bought 116 AAPL at 175.5234.", NoticeLevel.GOOD, "orders")
        self.say("The AAPL quote is 12 s old.", NoticeLevel.WARNING, "orders")
        self.say("Schwab refused the order: 'price not in increment'.", NoticeLevel.ERROR, "orders", '{"code": 400}')
        self.say("1 order is unknown: buy 126 AAPL.", NoticeLevel.NEEDS_YOU, "orders")

    def summary(self) -> str:
        return " ".join(span.text for span in self.panel.summary())

    def sentences(self) -> list[str]:
        return [row[0] for row in cells(self.table, "sentence")]

    @property
    def at_end(self) -> bool:
        bar = self.table.verticalScrollBar()
        return bar.value() == bar.maximum()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_sentences_newest_at_the_end(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.morning()
    picture(world.panel, f"activity-{scheme}")
    shown = cells(world.table, "time", "level", "source", "sentence")
    assert shown[0] == ("10:42:17.125", "Note", "Simulator", "You are trading on the built-in simulator.")
    assert [row[1] for row in shown] == ["Note", "Good", "Warning", "Error", "Needs you"]
    assert world.summary() == "1 needs you"
    assert clipped(world.table) == []
    assert access_gaps(world.panel) == []


def test_new_sentences_follow_at_the_end_and_never_move_the_reader(qtbot: QtBot) -> None:
    world = World(qtbot)
    for number in range(40):
        world.say(f"Sentence {number}.")
    QApplication.processEvents()
    assert world.at_end
    world.table.verticalScrollBar().setValue(0)
    for number in range(12):
        world.say(f"Newer {number}.")
    QApplication.processEvents()
    assert world.table.verticalScrollBar().value() == 0
    assert world.summary() == "12 newer, press End"
    QTest.keyClick(world.table, Qt.Key.Key_End)
    assert world.at_end
    assert world.summary() == ""
    world.say("Last.")
    QApplication.processEvents()
    assert world.at_end


def test_chips_and_search(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.set_filter(ActivityFilter.ERRORS)
    assert world.sentences() == ["Schwab refused the order: 'price not in increment'."]
    world.panel.set_filter(ActivityFilter.ALL)
    world.panel.search.setText("aapl buy")
    assert world.sentences() == ["1 order is unknown: buy 126 AAPL."]
    world.panel.search.clear()
    assert len(world.sentences()) == 5


def test_details_fold_out_below_and_back(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    assert not world.panel.details.isVisible()
    world.table.select_key(4)
    QTest.keyClick(world.table, Qt.Key.Key_Return)
    assert world.panel.details.isVisible()
    assert world.panel.details.toPlainText() == '{"code": 400}'
    picture(world.panel, "activity-details")
    world.table.select_key(1)
    assert world.panel.details.toPlainText() == "No details."
    QTest.keyClick(world.table, Qt.Key.Key_Escape)
    assert not world.panel.details.isVisible()
    QTest.keyClick(world.table, Qt.Key.Key_Return)
    assert not world.panel.details.isVisible()
