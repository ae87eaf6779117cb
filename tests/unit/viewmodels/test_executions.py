import asyncio
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderSide
from legend_desktop.domain.events import ExecutionReceived, OrderChanged, OrderMeasured
from legend_desktop.domain.executions import Execution
from legend_desktop.viewmodels.costs import OrderCost
from legend_desktop.viewmodels.executions import ExecutionRow, ExecutionsViewModel
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import NOON, Desk, execution, intent, later

pytestmark = pytest.mark.usefixtures("qapp")


class World(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.costs: dict[str, OrderCost] = {}
        self.working(intent("o1", label="Quick 0.20 %"))
        self.model = ExecutionsViewModel(self.book, self.bus, FakeClock(NOON), self.costs.get)
        self._rows: dict[str, ExecutionRow] = {}
        self.model.rows_changed.connect(lambda rows: self._rows.update((row.key, row) for row in rows))

    @property
    def rows(self) -> list[ExecutionRow]:
        rows = sorted(self._rows.values(), key=lambda row: -row.number)
        assert rows == self.model.rows()
        return rows

    def receive(self, value: Execution) -> None:
        order = self.fill(value)
        self.bus.publish(ExecutionReceived(value, order))

    def notes(self) -> dict[str, str]:
        return {row.key: row.note for row in self.rows}


def test_fills_come_newest_first_and_once() -> None:
    world = World()
    world.receive(execution("x1", quantity="25"))
    world.receive(execution("x2", quantity="75", at=later(1)))
    world.receive(execution("x2", quantity="75", at=later(1)))
    assert [row.key for row in world.rows] == ["x2", "x1"]
    assert world.rows[0].order_label == "Quick 0.20 %"
    assert world.model.summary == "2 fills"


def test_a_bust_strikes_the_fill_and_both_stay() -> None:
    world = World()
    world.receive(execution("x1"))
    world.receive(execution("x2", kind=ExecutionKind.BUST, corrects="x1", at=later(1)))
    assert world.notes() == {"x2": "bust", "x1": "bust"}
    assert all(row.struck for row in world.rows)
    assert world.model.summary == "none today"


def test_a_bust_that_comes_before_its_fill_strikes_it_too() -> None:
    world = World()
    world.receive(execution("x2", kind=ExecutionKind.BUST, corrects="x1"))
    world.receive(execution("x1", at=later(1)))
    assert world.notes() == {"x2": "bust", "x1": "bust"}


def test_a_correction_takes_the_place_of_the_fill() -> None:
    world = World()
    world.receive(execution("x1", price="175.52"))
    world.receive(execution("x2", kind=ExecutionKind.CORRECTION, corrects="x1", price="175.50", at=later(1)))
    assert world.notes() == {"x2": "correction", "x1": "corrected"}
    assert [row.struck for row in world.rows] == [False, True]
    world.receive(execution("x3", kind=ExecutionKind.BUST, corrects="x1", at=later(2)))
    assert world.notes() == {"x3": "bust", "x2": "bust", "x1": "bust"}


def test_provisional_and_late_fills_say_so() -> None:
    world = World()
    world.receive(execution("x1", quantity="10", provisional=True))
    world.receive(execution("x2", quantity="20", late=True, at=later(1)))
    assert world.notes() == {"x2": "late", "x1": "prov."}


def test_cost_of_each_fill_follows_the_measurement() -> None:
    world = World()
    world.receive(execution("x1", quantity="60", price="175.54"))
    assert world.rows[0].cost_bps is None
    world.costs["o1"] = OrderCost(Decimal("175.51"), Decimal("1.71"))
    world.bus.publish(OrderMeasured("o1", "AAPL"))
    row = world.rows[0]
    assert row.cost_money == Decimal("1.80")
    assert row.cost_bps is not None
    assert round(row.cost_bps, 2) == Decimal("1.71")


def test_cost_of_a_sell_below_the_reference_is_a_cost() -> None:
    cost = OrderCost(Decimal("100"), None)
    assert cost.of_fill(OrderSide.SELL.sign, Decimal("99.90"), Decimal(10)) == (Decimal(10), Decimal("1.00"))
    assert OrderCost(None, None).of_fill(1, Decimal(1), Decimal(1)) is None


def test_stored_fills_are_there_from_the_start_and_covers_are_named() -> None:
    desk = Desk()
    desk.working(intent("o1", role=OrderRole.STOP))
    desk.fill(execution("x1", quantity="40"))
    desk.fill(execution("x2", quantity="60", at=later(3)))
    model = ExecutionsViewModel(desk.book, desk.bus, FakeClock(NOON))
    assert [row.key for row in model.rows()] == ["x2", "x1"]
    assert model.rows()[0].side_words == "Buy cover"


def test_a_bust_wins_over_a_correction_in_whatever_order_they_come() -> None:
    world = World()
    world.receive(execution("x1"))
    world.receive(execution("x2", kind=ExecutionKind.BUST, corrects="x1", at=later(1)))
    world.receive(execution("x3", kind=ExecutionKind.CORRECTION, corrects="x1", price="175.50", at=later(2)))
    assert world.notes() == {"x3": "bust", "x2": "bust", "x1": "bust"}


def test_fills_of_the_journal_appear_in_the_order_of_their_arrival_and_only_those_of_today(qtbot: QtBot) -> None:
    desk = Desk()
    model = ExecutionsViewModel(desk.book, desk.bus, FakeClock(NOON))
    for key, at in (("o1", later(0)), ("o2", later(1)), ("old", later(-86_400))):
        desk.working(intent(key, at=at))
    for key, owner, seconds in (("x1", "o1", 1.0), ("x2", "o2", 2.0), ("x3", "o1", 3.0), ("x0", "old", -86_400.0)):
        desk.fill(execution(key, order=owner, quantity="10", at=later(seconds)))
    with qtbot.waitSignal(model.reset):
        for order in desk.book.all():
            desk.bus.publish(OrderChanged(order, None))
    assert [row.key for row in model.rows()] == ["x3", "x2", "x1"]
    assert model.summary == "3 fills"


def test_a_new_trading_day_begins_empty() -> None:
    clock = FakeClock(NOON)
    desk = Desk()
    desk.working(intent("o1"))
    desk.fill(execution("x1"))
    model = ExecutionsViewModel(desk.book, desk.bus, clock)
    model.tick()
    assert len(model.rows()) == 1
    asyncio.run(clock.advance(24 * 3600))
    model.tick()
    assert model.rows() == []
    assert model.summary == "none today"
