import asyncio

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import BrokerType, ConnectionState, OrderRole, OrderSide, OrderType
from legend_desktop.domain.events import AccountChanged, ConnectionChanged, PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.positions_rows import PositionRow
from legend_desktop.views.panels.positions import PositionsPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import cell, cells, clipped, make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, account, execution, intent, plan, position, quote, raise_report

BUY, SELL = OrderSide.BUY, OrderSide.SELL
# symbol, shares, average, mark, first stop, stop now
ROWS = """MSFT 60 418.20 423.18 412.476 418.40
JPM 90 238.40 239.22 235.99 233.90
AMD 110 163.48 162.91 161.70 161.70
XOM -150 117.85 116.42 120.085 119.30
KO 200 68.92 69.31 - -
NVDA 60 181.24 184.62 178.893 181.24
AMZN 25 228.40 228.47 226.07 225.90"""


class World(Desk):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.model = PositionsViewModel(self.book, self.quotes, self.bus, self.clock)
        self.panel = PositionsPanel(self.model, make_theme(scheme))
        self.table = self.panel.table
        qtbot.addWidget(self.panel)
        self.panel.resize(840, 200)
        self.panel.show()
        self.asked: list[tuple[str, str]] = []
        self.model.action_requested.connect(lambda *args: self.asked.append(args))

    def fill_up(self, rows: str = ROWS) -> None:
        self.bus.publish(AccountChanged(account()))
        held = []
        for line in rows.splitlines():
            symbol, shares, average, mark, first, stop = line.split()
            long = not shares.startswith("-")
            size = shares.lstrip("-")
            if first != "-":
                entry = intent(
                    symbol, symbol=symbol, side=BUY if long else SELL, quantity=size, plan=plan(average, first)
                )
                self.working(entry)
                self.fill(execution(f"x{symbol}", order=symbol, symbol=symbol, side=entry.terms.side, quantity=size,
                                    price=average))  # fmt: skip
                self.working(
                    intent(f"{symbol}-s", symbol=symbol, side=SELL if long else BUY, kind=OrderType.STOP, quantity=size,
                           stop=stop, role=OrderRole.STOP, parent=symbol)
                )  # fmt: skip
            held.append(position(symbol, shares, average, mark))
        self.bus.publish(PositionsChanged(tuple(held), NOON))
        self.model.flush()

    def row(self, symbol: str) -> PositionRow:
        return {row.symbol: row for row in self.model.rows()}[symbol]

    def summary(self) -> str:
        return " ".join(span.text for span in self.panel.summary()).replace("\u202f", " ")


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_table_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.fill_up()
    picture(world.panel, f"positions-{scheme}")
    columns = ("symbol", "side", "quantity", "average", "mark", "value", "profit", "profit_percent", "r_now", "risk",
               "risk_percent", "stop", "to_stop", "protected")  # fmt: skip
    shown = [" ".join(row) for row in cells(world.table, *columns)]
    assert shown == [
        "MSFT Long 60 418.20 423.18 25,390.80 +298.80 +1.19 +0.87 286.80 0.27 418.40 1.13 60 of 60",
        "JPM Long 90 238.40 239.22 21,529.80 +73.80 +0.34 +0.34 478.80 0.46 233.90 2.22 90 of 90",
        "AMD Long 110 163.48 162.91 17,920.10 −62.70 −0.35 −0.32 133.10 0.13 161.70 0.74 110 of 110",
        "XOM Short 150 117.85 116.42 −17,463.00 +214.50 +1.21 +0.64 432.00 0.41 119.30 2.47 150 of 150",
        "KO Long 200 68.92 69.31 13,862.00 +78.00 +0.57 — — — — — none",
        "NVDA Long 60 181.24 184.62 11,077.20 +202.80 +1.86 +1.44 202.80 0.19 181.24 1.83 60 of 60",
        "AMZN Long 25 228.40 228.47 5,711.75 +1.75 +0.03 +0.03 64.25 0.06 225.90 1.12 25 of 25",
    ]
    assert world.panel.total.accessibleName() == (
        "Total: Symbol Total Value 78,028.65 P&L $ +806.95 Risk $ 1,597.75 Risk % 1.53 Protected 200 unprotected"
    )
    assert world.summary() == "7 open 1 opened elsewhere P&L +806.95 heat 1.53 %"
    assert clipped(world.table) == []
    assert access_gaps(world.panel) == []


def test_nothing_open_says_what_will_come(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.summary() == "none open"
    assert not world.panel.total.isVisible()
    picture(world.panel, "positions-empty")


def test_an_unprotected_position_shouts_in_words(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    shown = cell(world.table, 4, "protected")
    assert (shown.text, shown.ink, shown.icon) == ("none", "warning", "shield-warning")
    model = world.table.rows_model
    index = model.index(4, model.column_of("protected"))
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "Protected, none, 200 shares have no stop"
    assert "Place a stop" in model.data(index, Qt.ItemDataRole.ToolTipRole)
    assert "no order of this program" in model.data(model.index(4, 0), Qt.ItemDataRole.ToolTipRole)


def test_trouble_shows_the_unknown_order_apart_and_old_prices_in_grey(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up("\n".join(line for line in ROWS.splitlines() if not line.startswith(("KO", "AMD"))))
    others = [row.position for row in world.model.rows() if row.position is not None and row.symbol != "AMZN"]
    world.bus.publish(PositionsChanged((*others, position("AMZN", "60", "228.40", "228.36")), NOON))
    wanted = OrderTerms("AMZN", SELL, OrderType.STOP, position("A", "60", "1", None).quantity)
    world.happen("AMZN-s", OrderEventKind.REPLACE_SENT, terms=wanted)
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.create(intent("u", quantity="126", plan=plan("175.52", "173.75")))
    world.happen("u", OrderEventKind.SENT)
    world.happen("u", OrderEventKind.AMBIGUOUS)
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.LOST, NOON))
    asyncio.run(world.clock.advance(29))
    world.model.tick()
    picture(world.panel, "positions-trouble")
    rows = cells(world.table, "symbol", "side", "quantity", "value", "profit", "risk", "stop", "protected")
    assert rows[0] == ("AAPL", "Long?", "0 to 126", "0 to 22,116", "?", "0 to 223", "?", "unknown")
    assert cell(world.table, 0, "quantity").fill == "hatch"
    amzn = next(place for place, row in enumerate(rows) if row[0] == "AMZN")
    assert rows[amzn][7] == "25 of 60 sure"
    assert cell(world.table, 1, "profit").ink == "stale"
    assert cell(world.table, 1, "stop").ink == "text.primary"
    assert world.summary() == "prices as of 10:42:17, 29 s old"
    assert "35 not confirmed" in world.panel.total.accessibleName()
    model = world.table.rows_model
    spoken = model.data(model.index(0, model.column_of("quantity")), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Qty, unknown, 0 to 126"
    assert clipped(world.table, but=("value",)) == []


def test_the_context_menu_asks_for_named_actions(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    assert world.table.row_actions is not None
    by_text = {action.text().split("\t")[0]: action for action in world.table.row_actions(world.row("MSFT"))}
    for text in (
        "Close position",
        "Close half",
        "Close part...",
        "Stop to entry",
        "Reverse position",
    ):
        by_text[text].trigger()
    assert world.asked == [
        ("order.close_position", "MSFT"),
        ("order.close_half", "MSFT"),
        ("position.close_part", "MSFT"),
        ("order.stop_to_entry", "MSFT"),
        ("order.reverse_position", "MSFT"),
    ]
    assert not by_text["Place the missing stop"].isEnabled()
    bare = {action.text().split("\t")[0]: action for action in world.table.row_actions(world.row("KO"))}
    assert bare["Place the missing stop"].isEnabled()
    assert not bare["Stop to entry"].isEnabled()


def test_a_price_above_a_thousand_is_not_cut(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up(ROWS + "\nBKNG 2 4998.20 5123.45 4890.00 4990.10")
    assert clipped(world.table) == []
    assert world.table.isColumnHidden(world.table.rows_model.column_of("risk_percent"))
    world.panel.resize(1000, 240)
    assert not world.table.isColumnHidden(world.table.rows_model.column_of("risk_percent"))
    picture(world.panel, "positions-wide")


def test_optional_columns_give_way_in_a_narrow_panel(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.fill_up()
    world.panel.resize(760, 200)
    hidden = [column.id for place, column in enumerate(world.table.rows_model.columns)
              if column.shown and world.table.isColumnHidden(place)]  # fmt: skip
    assert hidden[-1:] == ["risk_percent"] or hidden == ["profit_percent", "risk_percent"]
    assert clipped(world.table) == []
