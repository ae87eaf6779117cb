from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TradingMode, TradingState
from legend_desktop.domain.events import AccountChanged, PositionsChanged, ReconcileFinished, ValueAtRiskChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.value_at_risk import ValueAtRisk
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import RiskState
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.risk import RiskViewModel
from legend_desktop.views.panels.risk import RiskPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.meter import Meter
from legend_desktop.views.widgets.notice import Notice
from legend_desktop.views.widgets.value_row import ValueRow
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, account, intent, plan, position, quote, raise_report

ROWS = """MSFT 60 418.20 423.18 418.40
JPM 90 238.40 239.22 233.90
AMD 110 163.48 162.91 161.70
XOM -150 117.85 116.42 119.30
KO 200 68.92 69.31 -
NVDA 60 181.24 184.62 181.24
AMZN 25 228.40 228.47 225.90"""


class World(Desk):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        limits = replace(GateLimits(), max_position_percent=Decimal(25))
        self.state = RiskState(self.bus, self.clock, TradingMode.PAPER, limits)
        self.positions = PositionsViewModel(self.book, self.quotes, self.bus, self.clock)
        self.model = RiskViewModel(self.positions, self.state, self.book, self.quotes, self.bus, clock=self.clock)
        self.panel = RiskPanel(self.model, make_theme(scheme), "all paper accounts")
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 384)
        self.panel.show()

    def fill_up(self, rows: str = ROWS) -> None:
        self.bus.publish(AccountChanged(account()))
        held = []
        for line in rows.splitlines():
            symbol, shares, average, mark, stop = line.split()
            side = OrderSide.BUY if shares.startswith("-") else OrderSide.SELL
            if stop != "-":
                self.working(
                    intent(f"{symbol}-s", symbol=symbol, side=side, kind=OrderType.STOP, stop=stop, role=OrderRole.STOP,
                           quantity=shares.lstrip("-"))
                )  # fmt: skip
            held.append(position(symbol, shares, average, mark))
        self.bus.publish(PositionsChanged(tuple(held), NOON))
        self.show()

    def show(self) -> None:
        self.positions.flush()
        self.model.flush()
        QApplication.processEvents()

    def meters(self) -> list[str]:
        names = (meter.accessibleName() for meter in self.panel.findChildren(Meter))
        return [name.replace("\u202f", " ") for name in names]

    def rows(self) -> list[str]:
        rows = (row for row in self.panel.findChildren(ValueRow) if not row.isHidden())
        return [row.accessibleName().replace("\u202f", " ") for row in rows]

    def notice(self) -> Notice:
        return self.panel.findChildren(Notice)[0]


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_panel_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.bus.publish(ValueAtRiskChanged(None, "needs 60 days, has 41"))
    world.fill_up()
    picture(world.panel, f"risk-{scheme}")
    assert world.meters() == [
        "Day loss, from start of day: +$428.35, reduce only at −$3,122, halt at −$5,203",
        "Heat, loss if every stop fills: $1,597.75 = 1.53 %, limit 6.00 % = $6,269",
        "Gross exposure: 108.1 % net 74.7 %, limit 150 %",
        "Largest position, MSFT: 24.3 %, limit 25 %",
    ]
    assert world.rows() == [
        "Heat if open orders fill: $1,597.75 = 1.53 %",
        "Orders in the last minute: 0 of 60",
        "Concentration (HHI): 0.163 as 6.1 equal",
        "VaR 95 %, one day: needs 60 days, has 41",
    ]
    assert world.notice().text() == "200 KO shares have no stop. $13,862.00 at risk to zero."
    assert [span.text for span in world.panel.summary()] == ["all paper accounts"]
    assert access_gaps(world.panel) == []


def test_value_at_risk_is_money_and_per_cent_and_tells_what_it_leaves_out(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.rows()[-1] == "VaR 95 %, one day: —"
    world.fill_up()
    figures = ValueAtRisk(0.95, 249, 1.374, 1.99, 1435.554, 2079.0)
    world.bus.publish(ValueAtRiskChanged(figures))
    world.show()
    assert world.rows()[-1] == "VaR 95 %, one day: $1,435.55 = 1.37 %"
    row = world.panel.findChildren(ValueRow)[-1]
    assert "last 249 days" in row.toolTip()
    assert "$2,079.00 on average" in row.toolTip()
    picture(world.panel, "risk-var")
    world.bus.publish(ValueAtRiskChanged(replace(figures, left_out=("KO",))))
    world.show()
    assert world.rows()[-1] == "VaR 95 %, one day: $1,435.55 without KO"
    assert "Too few days are known of KO." in row.toolTip()
    world.bus.publish(ValueAtRiskChanged(replace(figures, left_out=("KO", "XOM"))))
    world.show()
    assert world.rows()[-1] == "VaR 95 %, one day: $1,435.55 without 2 symbols"


def test_the_button_asks_for_the_missing_stop(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    asked: list[str] = []
    world.model.repair_requested.connect(asked.append)
    button = world.notice().findChildren(Button)[0]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["KO"]


def test_all_covered_says_so_and_when_it_was_checked(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up("\n".join(line for line in ROWS.splitlines() if not line.startswith("KO")))
    world.bus.publish(ReconcileFinished(NOON, ok=True, orders_checked=6, executions_added=0))
    world.show()
    assert world.notice().text() == ("Every share has a working stop. 495 shares, checked with the broker 10:42:17.")
    assert [button for button in world.notice().findChildren(Button) if not button.isHidden()] == []
    picture(world.panel, "risk-covered")


def test_with_nothing_open_there_is_nothing_to_protect(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(AccountChanged(account(unrealized_pl=Decimal(0))))
    world.show()
    assert world.notice().isHidden()
    assert world.meters()[3] == "Largest position: none, limit 25 %"
    picture(world.panel, "risk-empty")


def test_an_unknown_order_shows_known_to_worst_case(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.create(intent("u", quantity="126", plan=plan("175.52", "173.75")))
    world.happen("u", OrderEventKind.SENT)
    world.happen("u", OrderEventKind.AMBIGUOUS)
    world.state.lock("unknown", TradingState.REDUCING, "An order is unknown, exits and cancels only.")
    world.show()
    assert world.meters()[1].startswith("Heat: $1,597.75 to $1,820.77")
    assert world.meters()[2].startswith("Gross exposure: 108.1 % to 129.3 %")
    assert "Shares without a confirmed stop: 0 to 126" in world.rows()
    assert [span.text for span in world.panel.summary()] == ["worst case counted"]
    picture(world.panel, "risk-unknown")


def test_limits_are_changed_in_place(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    action = world.panel.menu_actions()[0]
    action.trigger()
    field = world.panel.limits.fields["heat_limit_percent"]
    assert field.text() == "6"
    field.setText("4")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert world.state.limits.heat_limit_percent == 4
    field.setText("9")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.derived() == "9\u202f% next session"
    assert field.text() == "4"
    picture(world.panel, "risk-limits")
    field.setText("none")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.property("wrong") == "true"
    assert access_gaps(world.panel) == []
    QTest.keyClick(world.panel.limits, Qt.Key.Key_Escape)
    assert not world.notice().isHidden()
