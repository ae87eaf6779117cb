from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import BrokerType, ConnectionState, OrderRole, OrderSide, OrderType, TimeInForce
from legend_desktop.domain.events import ConnectionChanged, OrderMeasured
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.viewmodels.costs import OrderCost
from legend_desktop.viewmodels.orders import OrderFilter, OrderRow, OrdersViewModel
from legend_desktop.views.panels.orders import OrdersPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.labels import TextLabel
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import cell, cells, clipped, make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, execution, intent, later, plan

SELL = OrderSide.SELL
GTC = TimeInForce.GTC


class World(Desk):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self.costs: dict[str, OrderCost] = {}
        self.clock = FakeClock(NOON)
        self.model = OrdersViewModel(self.book, self.bus, self.clock, self.costs.get)
        self.panel = OrdersPanel(self.model, make_theme(scheme))
        self.table = self.panel.table
        qtbot.addWidget(self.panel)
        self.panel.resize(840, 200)
        self.panel.show()
        self.changes: list[tuple[str, str, Decimal, frozenset[str]]] = []
        self.cancels: list[list[str]] = []
        self.model.change_requested.connect(lambda *args: self.changes.append(args))
        self.model.cancel_requested.connect(self.cancels.append)

    def morning(self) -> None:
        """The day of the picture: META closed by its stop, a bracket in AMZN partly filled."""
        early = NOON - timedelta(minutes=24, seconds=14)
        self.working(intent("m", symbol="META", quantity="20", label="Quick 0.10 %", at=early))
        self.fill(execution("xm", order="m", symbol="META", quantity="20", price="612.40", at=early))
        self.working(intent("ms", symbol="META", side=SELL, kind=OrderType.STOP, quantity="20", stop="607.20",
                            role=OrderRole.STOP, label="Close half", at=NOON - timedelta(minutes=12)))  # fmt: skip
        self.fill(execution("xs", order="ms", symbol="META", side=SELL, quantity="20", price="607.10"))
        at = NOON - timedelta(minutes=4)
        self.working(intent("e", symbol="AMZN", kind=OrderType.LIMIT, limit="228.40", quantity="60", label="Bracket",
                            plan=plan("228.40", "225.90", "233.40"), at=at))  # fmt: skip
        self.fill(execution("xe", order="e", symbol="AMZN", quantity="25", price="228.40", at=at))
        for key, role, kind, limit, stop in (
            ("t", OrderRole.TARGET, OrderType.LIMIT, "233.40", None),
            ("s", OrderRole.STOP, OrderType.STOP, None, "225.90"),
        ):
            self.working(intent(key, symbol="AMZN", side=SELL, kind=kind, limit=limit, stop=stop, quantity="25",
                                tif=GTC, role=role, parent="e", at=at))  # fmt: skip
        self.costs["m"] = OrderCost(Decimal("612.37"), Decimal("0.49"))
        self.costs["ms"] = OrderCost(Decimal("607.16"), Decimal("0.99"))
        for key in ("m", "ms"):
            self.bus.publish(OrderMeasured(key, "META"))

    def summary(self) -> str:
        return " ".join(span.text for span in self.panel.summary())

    def said(self) -> str:
        shown = [label.text() for label in self.panel.findChildren(TextLabel) if label.isVisible() and label.text()]
        return shown[-1] if shown else ""

    def settle(self, qtbot: QtBot) -> None:
        wanted = [row.key for row in self.model.rows()]
        qtbot.waitUntil(lambda: [row.key for row in self.table.rows_model.rows()] == wanted, timeout=3000)


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_orders_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.morning()
    world.settle(qtbot)
    picture(world.panel, f"orders-{scheme}")
    shown = cells(world.table, "sent", "symbol", "side", "type", "quantity", "filled", "limit", "stop", "average",
                  "tif", "state", "cost_bps", "from")  # fmt: skip
    assert [" ".join(row) for row in shown] == [
        "10:38:17 AMZN Buy Limit 60 25 228.40 — 228.40 Day ●\u2005Partly filled — Bracket",
        "10:38:17 AMZN Sell Limit 25 0 233.40 — — GTC ●\u2005Working — Target",
        "10:38:17 AMZN Sell Stop 25 0 — 225.90 — GTC ●\u2005Working — Stop",
        "10:30:17 META Sell Stop 20 20 — 607.20 607.10 Day Filled +0.99 Close half",
        "10:18:03 META Buy Market 20 20 — — 612.40 Day Filled +0.49 Quick 0.10 %",
    ]
    indent = world.table.rows_model.columns[0].indent
    assert indent is not None
    assert [indent(row) for row in world.table.rows_model.rows()] == [0, 8, 8, 0, 0]
    assert world.summary() == "3 working 1 part filled"
    assert clipped(world.table) == []
    assert access_gaps(world.panel) == []


def test_trouble_is_said_in_form_and_words(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.create(intent("u", quantity="126", at=later(1)))
    world.happen("u", OrderEventKind.SENT, later(1))
    world.happen("u", OrderEventKind.AMBIGUOUS, later(2))
    world.happen("s", OrderEventKind.CANCEL_SENT, later(3))
    world.create(intent("r", symbol="RKLB", side=SELL, plan=plan("50", "51"), at=later(4)))
    world.happen("r", OrderEventKind.SENT, later(4))
    world.happen("r", OrderEventKind.REFUSED, later(4), reason="Alpaca cannot lend RKLB now.")
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.LOST, later(5)))
    world.settle(qtbot)
    picture(world.panel, "orders-trouble")
    rows = {row[0] + row[1]: row[2] for row in cells(world.table, "symbol", "type", "state")}
    assert rows["AAPLMarket"] == "Unknown"
    assert rows["AMZNStop"] == "Cancel requested"
    assert rows["AMZNLimit"].startswith("○\u2005")
    assert cell(world.table, 0, "filled").text == "?"
    assert cell(world.table, 0, "state").fill == "hatch"
    assert world.summary() == "1 unknown 3 working, 1 being changed 1 part filled"
    assert world.panel.summary()[0].ink == "unknown"
    position = world.table.rows_model.position("r")
    assert position is not None
    refused = cell(world.table, position, "state")
    assert (refused.text, refused.icon, refused.ink) == ("Refused", "prohibit", "danger")
    model = world.table.rows_model
    tip = model.data(model.index(position, model.column_of("state")), Qt.ItemDataRole.ToolTipRole)
    assert tip == "Refused. Alpaca cannot lend RKLB now."
    assert clipped(world.table) == []


def test_no_orders_says_where_to_send_one(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.summary() == "none working"
    picture(world.panel, "orders-empty")


def test_ctrl_e_edits_in_the_row_by_ticks_and_enter_sends(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("t")
    QTest.keyClick(world.table, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    line = world.panel.editor.line
    assert line.isVisible()
    assert line.text() == "233.40"
    picture(world.panel, "orders-edit")
    QTest.keyClick(line, Qt.Key.Key_Up)
    QTest.keyClick(line, Qt.Key.Key_Up)
    QTest.keyClick(line, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert line.text() == "233.32"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert world.changes == [("t", "limit", Decimal("233.32"), frozenset())]
    assert not line.isVisible()
    assert not world.table.rows_model.held


async def test_a_change_that_asks_opens_again_and_a_second_enter_sends_it(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("t")
    assert world.panel.change_selected()
    line = world.panel.editor.line
    line.setText("300")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert not line.isVisible()
    far = Decimal(300)
    world.model.ask_change("t", "limit", far, frozenset({"price_collar"}), "300.00 is far away. Check it, or confirm.")
    assert line.isVisible()
    assert line.text() == "300.00"
    asked = "300.00 is far away. Check it, or confirm. Press Enter once more within 3 s to send the change."
    assert world.said() == asked
    picture(world.panel, "orders-asks")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.isVisible(), "a double press is one press"
    assert len(world.changes) == 1
    await world.clock.advance(0.5)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert world.changes[1:] == [("t", "limit", far, frozenset({"price_collar"}))]
    assert not line.isVisible()
    assert world.said() == ""
    world.model.ask_change("t", "limit", far, frozenset({"price_collar"}), "300.00 is far away.")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert (line.isVisible(), world.said(), len(world.changes)) == (False, "", 2)


def test_escape_and_the_same_price_send_nothing(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("s")
    assert world.panel.change_selected()
    line = world.panel.editor.line
    line.setText("226.10")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert world.panel.change_selected()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert world.changes == []
    assert world.panel.change_selected()
    line.setText("soon")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert world.said() == "“soon” is not a price. Type a number above zero."
    assert line.isVisible()
    world.panel.editor.stop()


def test_an_order_that_fills_under_the_field_is_not_changed(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("t")
    assert world.panel.change_selected()
    world.panel.editor.line.setText("230.00")
    world.fill(execution("xt", order="t", symbol="AMZN", side=SELL, quantity="25", price="233.40"))
    QTest.keyClick(world.panel.editor.line, Qt.Key.Key_Return)
    assert world.changes == []
    assert world.said().startswith("The order cannot be changed now")


def test_what_cannot_be_changed_says_why(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("m")
    assert not world.panel.change_selected()
    assert world.said() == "This order has ended and cannot be changed."
    world.working(intent("market", at=later(9)))
    world.panel.select_order("market")
    assert not world.panel.change_selected()
    assert world.said() == "This order has neither a limit nor a stop to change."


def test_delete_cancels_the_selected_once(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    world.panel.select_order("t")
    QTest.keyClick(world.table, Qt.Key.Key_Delete)
    assert world.cancels == [["t"]]
    world.panel.select_order("m")
    QTest.keyClick(world.table, Qt.Key.Key_Delete)
    assert world.cancels == [["t"]]


def test_the_chips_filter_and_come_and_go(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    QTest.keyClick(world.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    world.panel.set_filter(OrderFilter.DONE)
    assert [row[0] for row in cells(world.table, "symbol")] == ["META", "META"]
    picture(world.panel, "orders-done")
    assert access_gaps(world.panel) == []
    assert world.panel.select_order("t")
    assert world.model.filter is OrderFilter.ALL
    world.panel.toggle_filter()
    assert len(cells(world.table, "symbol")) == 5


def test_the_context_menu_and_enter(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.morning()
    opened: list[str] = []
    asked: list[tuple[str, str]] = []
    world.model.symbol_chosen.connect(opened.append)
    world.model.action_requested.connect(lambda *args: asked.append(args))
    assert world.table.row_actions is not None
    row = world.model.row_of("t")
    assert isinstance(row, OrderRow)
    world.panel.select_order("t")
    actions = {action.text().split("\t")[0]: action for action in world.table.row_actions(row)}
    actions["Copy as draft"].trigger()
    actions["Ask the broker"].trigger()
    actions["Cancel"].trigger()
    QTest.keyClick(world.table, Qt.Key.Key_Return)
    assert asked == [("order.copy_as_draft", "t"), ("order.ask_broker", "t"), ("order.timeline", "t")]
    assert world.cancels == [["t"]]
    assert opened == []
    actions["Load AMZN"].trigger()
    assert opened == ["AMZN"]
