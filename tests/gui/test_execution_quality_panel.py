import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.execution_quality import ExecutionQualityViewModel
from legend_desktop.views.panels.execution_quality import ExecutionQualityPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.notice import EmptyState
from tests.fakes.clock import START, FakeClock
from tests.gui.panel_world import cells, make_theme, picture
from tests.unit.services.test_execution_analytics import finished
from tests.unit.viewmodels.builders import raise_report


class World:
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK, mode: TradingMode = TradingMode.PAPER) -> None:
        self.clock = FakeClock()
        self.mode = mode
        self.bus = EventBus(raise_report)
        self.service = ExecutionAnalyticsService(clock=self.clock)
        self.supervisor = TaskSupervisor(raise_report)
        self.model = ExecutionQualityViewModel(self.service, self.bus, self.supervisor, self.clock, mode=mode)
        self.panel = ExecutionQualityPanel(self.model, make_theme(scheme))
        qtbot.addWidget(self.panel)
        self.panel.resize(920, 420)
        self.panel.show()

    def trade(self, number: int, price: str, *, at_minutes: float = 0, crossed: bool = False) -> None:
        at = START + timedelta(minutes=at_minutes)
        whole: Order = replace(finished(f"L{number:05d}", price=price, mode=self.mode), sent_at=at)
        bid, ask = ("175.60", "175.40") if crossed else ("175.48", "175.52")
        shown = Quote("AAPL", Decimal(bid), Decimal(ask), Decimal(300), Decimal(400), None, at)
        self.service.record_execution(whole, shown)

    def trade_many(self, count: int, days: int = 1) -> None:
        chance = random.Random(4)
        for number in range(count):
            day = number * days // count
            minute = day * 1440 + 3 * (number % (count // days + 1))
            cents = chance.gauss(1.6, 2.0) + (chance.random() > 0.96) * chance.expovariate(0.08)
            self.trade(number, str(Decimal("175.50") + Decimal(round(cents)) / 100), at_minutes=minute)

    def figures(self) -> None:
        """Let one run of the statistics end."""

        async def run() -> None:
            ran = asyncio.Event()
            self.model.changed.connect(ran.set)
            self.model.set_active(True)
            self.model.refresh()
            await ran.wait()
            self.model.changed.disconnect(ran.set)
            await self.clock.advance(1)

        asyncio.run(run())
        QApplication.processEvents()

    def words(self) -> str:
        return " ".join(span.text for span in self.panel.summary())

    def plot(self, frame: Any) -> Any:
        return next(child for child in frame.findChildren(object) if hasattr(child, "getPlotItem"))


def test_before_the_first_order_it_says_what_will_come(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.figures()
    assert world.panel.page() == "empty"
    assert not world.panel.cards.isVisible()
    assert world.words() == "PAPER positive = cost"
    picture(world.panel, "quality-empty")


def test_below_five_orders_they_are_listed(qtbot: QtBot) -> None:
    world = World(qtbot)
    for number, price in enumerate(("175.52", "175.49", "175.56")):
        world.trade(number, price, at_minutes=number)
    world.figures()
    assert world.panel.page() == "list"
    assert cells(world.panel.orders, "symbol", "side", "kind", "shares", "cost_bps", "cost") == [
        ("AAPL", "Buy", "Market", "100", "+1.14", "+2.00"),
        ("AAPL", "Buy", "Market", "100", "−0.57", "−1.00"),
        ("AAPL", "Buy", "Market", "100", "+3.42", "+6.00"),
    ]
    first = world.panel.cards.cells[0].card
    assert first is not None
    assert (first.figure, first.badge) == ("—", "list only")
    assert [action.text() for action in world.panel.menu_actions()] == ["Copy listed orders"]
    picture(world.panel, "quality-list")


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_many_orders_fill_cells_and_pictures(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.trade_many(420, days=14)
    world.figures()
    assert world.panel.page() == "charts"
    assert world.words() == "PAPER positive = cost, 420 orders, simulated fills"
    assert [cell.card.key for cell in world.panel.cards.cells if cell.card is not None] == [
        "cost",
        "marketable",
        "median",
        "money",
        "improvement",
        "ratio",
        "filled",
        "score",
    ]
    histogram, series = world.plot(world.panel.cost_frame), world.plot(world.panel.time_frame)
    assert histogram.accessibleDescription().startswith("Cost per order in basis points, 420 orders: mean ")
    assert series.accessibleDescription().startswith("Cost over time, 14 sessions, 23 Nov to 6 Dec: between ")
    assert "mean" in world.panel.cost_frame.legend.text()
    assert access_gaps(world.panel) == []
    picture(world.panel, f"quality-{scheme}")


def test_one_day_is_drawn_order_by_order_and_live_says_so(qtbot: QtBot) -> None:
    world = World(qtbot, mode=TradingMode.LIVE)
    world.trade_many(24)
    world.figures()
    assert world.words().startswith("LIVE positive = cost, 24 orders, real fills")
    assert world.panel.summary()[0].ink == "live.text"
    assert "dot: one order" in world.panel.time_frame.foot.text()
    badges = {cell.card.badge for cell in world.panel.cards.cells if cell.card is not None}
    assert "few orders" in badges
    picture(world.panel, "quality-few-live")


def test_the_numbers_can_be_read_and_copied_as_a_table(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.trade_many(40)
    world.figures()
    frame = world.panel.cost_frame
    table, copy = frame.menu_actions()
    table.setChecked(True)
    shown = [frame.shows_table]
    assert frame.table.toPlainText().splitlines()[0] == "from bp\tto bp\torders"
    copy.trigger()
    assert QGuiApplication.clipboard().text() == world.model.histogram_text()
    picture(world.panel, "quality-table")
    frame.menu_actions()[0].setChecked(False)
    assert [*shown, frame.shows_table] == [True, False]
    world.panel.menu_actions()[1].trigger()
    assert QGuiApplication.clipboard().text().startswith("sent\tcost bp\t")


def test_orders_left_out_are_a_link_that_lists_them(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.trade_many(40)
    world.trade(900, "175.52", at_minutes=400, crossed=True)
    world.figures()
    link = world.panel.excluded_link
    assert link.text() == "1 excluded: quote crossed"
    link.click()
    assert world.panel.page() == "excluded"
    assert cells(world.panel.excluded, "symbol", "reason") == [("AAPL", "quote crossed")]
    picture(world.panel, "quality-excluded")
    link.click()
    assert world.panel.page() == "charts"


def test_cells_fold_where_it_is_narrow_and_pictures_give_way_where_it_is_low(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.trade_many(40)
    world.figures()
    world.panel.resize(1300, 420)
    QApplication.processEvents()
    assert world.panel.cards.rows == 1
    world.panel.resize(840, 444)
    QApplication.processEvents()
    assert world.panel.cards.rows == 2
    picture(world.panel, "quality-840")
    world.panel.resize(420, 700)
    QApplication.processEvents()
    assert world.panel.cards.rows == 4
    assert world.panel.cost_frame.y() < world.panel.time_frame.y()
    picture(world.panel, "quality-420")
    world.panel.resize(420, 180)
    QApplication.processEvents()
    assert world.panel.height() == 180
    assert not world.panel.cost_frame.isVisible()
    assert [cell.card.key for cell in world.panel.cards.cells if cell.card and cell.isVisible()] == [
        "cost",
        "marketable",
        "median",
        "money",
    ]
    picture(world.panel, "quality-cards")


def test_hidden_panels_rest(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.hide()
    world.trade_many(10)
    world.model.refresh()
    assert not world.model.ready
    world.panel.refresh()
    assert world.panel.page() == "empty"
    assert [state.accessibleName() for state in world.panel.findChildren(EmptyState)] == [
        "Working out the figures. They appear here in a moment."
    ]
    assert world.supervisor.names == []


def test_escape_stops_only_a_run(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.trade_many(40)
    world.figures()
    QTest.keyClick(world.panel, Qt.Key.Key_Escape)
    assert world.model.ready
    assert world.panel.page() == "charts"
