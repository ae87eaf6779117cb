import pytest

from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.viewmodels.activity import ActivityFilter, ActivityViewModel
from tests.unit.viewmodels.builders import NOON, bus

pytestmark = pytest.mark.usefixtures("qapp")


class World:
    def __init__(self) -> None:
        self.bus = bus()
        self.model = ActivityViewModel(self.bus)
        self.resets = 0
        self.appended: list[str] = []
        self.model.reset.connect(self._reset)
        self.model.row_appended.connect(lambda row: self.appended.append(row.notice.sentence))

    def _reset(self) -> None:
        self.resets += 1

    def say(self, sentence: str, level: NoticeLevel = NoticeLevel.INFO, group: str = "", details: str = "") -> None:
        self.bus.publish(Notice(NOON, level, "Simulator", sentence, details, group))

    @property
    def sentences(self) -> list[str]:
        return [row.notice.sentence for row in self.model.rows()]


def test_notices_are_kept_in_the_order_they_came() -> None:
    world = World()
    world.say("Bought 116 AAPL.", NoticeLevel.GOOD, "orders")
    world.say("The line is back.", group="connection")
    assert world.sentences == ["Bought 116 AAPL.", "The line is back."]
    assert world.appended == world.sentences


def test_chips_choose_by_group_and_level() -> None:
    world = World()
    world.say("Bought 116 AAPL.", group="orders")
    world.say("Order refused.", NoticeLevel.ERROR, "order")
    world.say("The line broke.", NoticeLevel.WARNING, "connection")
    world.say("Look at two orders.", NoticeLevel.NEEDS_YOU, "orders")
    world.model.set_filter(ActivityFilter.ORDERS)
    assert world.sentences == ["Bought 116 AAPL.", "Order refused.", "Look at two orders."]
    world.model.set_filter(ActivityFilter.ERRORS)
    assert world.sentences == ["Order refused."]
    world.model.set_filter(ActivityFilter.NEEDS_YOU)
    assert world.sentences == ["Look at two orders."]
    assert world.model.needs_you == 1
    world.model.set_filter(ActivityFilter.CONNECTION)
    assert world.sentences == ["The line broke."]


def test_free_text_needs_every_word_in_any_case_and_looks_into_details() -> None:
    world = World()
    world.say("Bought 116 AAPL.", details="order B-17")
    world.say("Bought 25 AMZN.")
    world.model.set_text("  AAPL bought ")
    assert world.sentences == ["Bought 116 AAPL."]
    world.model.set_text("b-17")
    assert world.sentences == ["Bought 116 AAPL."]
    world.say("Sold 5 XOM.")
    assert world.appended == ["Bought 116 AAPL.", "Bought 25 AMZN."]
    world.model.set_text("")
    assert len(world.sentences) == 3


def test_the_same_choice_again_rebuilds_nothing() -> None:
    world = World()
    world.model.set_text("")
    world.model.set_filter(ActivityFilter.ALL)
    assert world.resets == 0


def test_the_oldest_are_dropped_beyond_twenty_thousand() -> None:
    world = World()
    for number in range(22_001):
        world.say(str(number))
    assert len(world.sentences) == 20_001
    assert world.sentences[0] == "2000"
    assert world.sentences[-1] == "22000"
    assert world.resets == 1
