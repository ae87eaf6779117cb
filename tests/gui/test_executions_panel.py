from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderSide
from legend_desktop.domain.events import ExecutionReceived, OrderMeasured
from legend_desktop.domain.executions import Execution
from legend_desktop.viewmodels.costs import OrderCost
from legend_desktop.viewmodels.executions import ExecutionsViewModel
from legend_desktop.views.panels.executions import ExecutionsPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import cell, cells, clipped, make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, execution, intent, later


class World(Desk):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self.costs: dict[str, OrderCost] = {}
        self.model = ExecutionsViewModel(self.book, self.bus, FakeClock(NOON), self.costs.get)
        self.panel = ExecutionsPanel(self.model, make_theme(scheme))
        self.table = self.panel.table
        qtbot.addWidget(self.panel)
        self.panel.resize(840, 180)
        self.panel.show()

    def receive(self, value: Execution) -> None:
        self.bus.publish(ExecutionReceived(value, self.fill(value)))

    def morning(self) -> None:
        self.working(intent("o1", label="Quick 0.20 %", quantity="116"))
        self.receive(execution("x1", quantity="16", price="175.52", venue="NASDAQ", fees="0.02", at=later(0.301)))
        self.receive(execution("x2", quantity="100", price="175.5234", at=later(0.312)))
        self.working(intent("o2", symbol="XOM", quantity="150", role=OrderRole.STOP, at=later(60)))
        self.receive(execution("x3", order="o2", symbol="XOM", quantity="150", price="116.43", at=later(61)))
        self.receive(execution("x4", order="o2", symbol="XOM", quantity="150", price="116.43", at=later(62),
                               kind=ExecutionKind.BUST, corrects="x3"))  # fmt: skip
        self.working(intent("o3", symbol="KO", side=OrderSide.SELL, role=OrderRole.EXIT, at=later(70)))
        self.receive(execution("x5", order="o3", symbol="KO", side=OrderSide.SELL, price="69.30", at=later(71),
                               provisional=True))  # fmt: skip
        self.costs["o1"] = OrderCost(Decimal("175.51"), Decimal("0.74"))
        self.bus.publish(OrderMeasured("o1", "AAPL"))


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_each_fill_with_its_cost(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.morning()
    picture(world.panel, f"executions-{scheme}")
    shown = cells(world.table, "time", "symbol", "side", "shares", "price", "value", "cost_bps", "cost_money", "fees",
                  "venue", "note", "order")  # fmt: skip
    assert [" ".join(row) for row in shown] == [
        "10:43:28.000 KO Sell 100 69.30 6,930.00 — — later not given prov. Exit",
        "10:43:19.000 XOM Buy cover 150 116.43 17,464.50 — — later not given bust Stop",
        "10:43:18.000 XOM Buy cover 150 116.43 17,464.50 — — later not given bust Stop",
        "10:42:17.312 AAPL Buy 100 175.5234 17,552.34 +0.76 +1.34 later not given  Quick 0.20 %",
        "10:42:17.301 AAPL Buy 16 175.52 2,808.32 +0.57 +0.16 0.02 NASDAQ  Quick 0.20 %",
    ]
    assert [cell(world.table, row, "price").strike for row in range(5)] == [False, True, True, False, False]
    assert [span.text for span in world.panel.summary()] == ["3 fills"]
    assert clipped(world.table) == []
    assert access_gaps(world.panel) == []


def test_enter_opens_the_time_line_and_the_menu_loads_the_symbol(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    opened: list[str] = []
    lines: list[str] = []
    world.model.symbol_chosen.connect(opened.append)
    world.model.timeline_wanted.connect(lines.append)
    first, last = world.model.rows()[0], world.model.rows()[-1]
    world.table.activated_row.emit(first)
    assert world.table.row_actions is not None
    line, load = world.table.row_actions(last)
    line.trigger()
    load.trigger()
    assert lines == [first.client_order_id, last.client_order_id]
    assert opened == ["AAPL"]


def test_an_empty_day_says_so(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert [span.text for span in world.panel.summary()] == ["none today"]
    picture(world.panel, "executions-empty")
