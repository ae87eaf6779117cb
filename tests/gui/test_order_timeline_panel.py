"""The Time line panel, alone and in the window: pictures, keys, the way there and back."""

import asyncio
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.viewmodels.order_timeline import OrderTimelineViewModel
from legend_desktop.views.panels.order_timeline import OrderTimelinePanel
from legend_desktop.views.panels.order_timeline_chart import price_span, time_marks
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.fakes.clock import settle
from tests.gui.desktop_world import DesktopWorld, play
from tests.gui.panel_world import make_theme, picture
from tests.helpers.waiting import until
from tests.unit.viewmodels.timeline_world import TimelineWorld


class World:
    """A panel over a desk that lives for the whole test."""

    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        self.loop = asyncio.new_event_loop()
        self.desk = self.loop.run_until_complete(self._desk())
        self.model = OrderTimelineViewModel(
            self.desk.lines, self.desk.desk.bus, self.desk.desk.supervisor, broker_name=lambda _: "Simulator"
        )
        self.panel = OrderTimelinePanel(self.model, make_theme(scheme))
        qtbot.addWidget(self.panel)
        self.panel.resize(1440, 830)
        self.panel.show()

    async def _desk(self) -> TimelineWorld:
        desk = TimelineWorld()
        await desk.limit_that_is_cancelled()
        return desk

    def open(self, key: str = "LP01") -> None:
        async def read() -> None:
            self.model.open_order(key, ["LP00", "LP01", "LP02"], list_name="the ten costliest", origin="orders")
            for _ in range(400):
                await settle()
                shown = self.model.shown
                if self.model.problem or (shown is not None and shown.client_order_id == key):
                    return

        self.loop.run_until_complete(read())
        QApplication.processEvents()

    def close(self) -> None:
        self.loop.run_until_complete(self.desk.stop())
        self.model.dispose()
        self.loop.close()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_one_order_is_shown_whole(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    assert world.panel.page() == "empty"
    world.open()
    panel = world.panel
    assert panel.page() == "order"
    assert panel.title.text() == "Buy 100 AAPL at 175.55, day"
    assert [span.text for span in panel.summary()] == ["order 2 of the ten costliest"]
    assert panel.figure.text() == "+1.14 bp cost   = $1.20 on 60 shares"
    assert "Total $5.20 2.96 bp" in panel.shortfall.accessibleName()
    assert "12,141.4 ms Cancelled 40 left" in panel.events.accessibleName()
    assert panel.latency.accessibleName().startswith("First 141 ms")
    assert access_gaps(panel) == []
    picture(panel, f"order-timeline-{scheme.value}")
    world.close()


def test_a_narrow_panel_puts_the_figures_under_the_chart(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.open()
    world.panel.resize(600, 700)
    QApplication.processEvents()
    assert world.panel.marks.mapTo(world.panel, world.panel.marks.rect().topLeft()).x() < 100
    picture(world.panel, "order-timeline-narrow")
    world.close()


def test_an_order_that_is_not_there_says_so(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.open("LP00")
    assert world.panel.page() == "empty"
    assert world.model.problem == "The journal does not know this order."
    world.close()


def test_the_price_axis_keeps_the_fills_in_sight_and_a_far_limit_out(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.open()
    shown = world.model.shown
    assert shown is not None
    low, high = price_span(shown.picture)
    assert (low, high) == (175.50, 175.62)
    assert [words for _, words in time_marks(-2.0, 3.0, 5)] == ["−2 s", "−1 s", "0", "+1 s", "+2 s", "+3 s"][:6]
    assert [words for _, words in time_marks(0.0, 7_200.0, 4)] == ["0", "+30 min", "+60 min", "+90 min", "+120 min"]
    world.close()


def test_enter_in_orders_opens_the_time_line_and_esc_puts_everything_back(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        began: list[float] = []
        await world.draft()
        world.parts.entry.send()
        order = await world.filled()
        began.append(time.monotonic())
        await until(lambda: any("bp, $" in words for words in world.toasts()), "the toast with the cost")
        assert time.monotonic() - began[0] < 0.25
        window, model = world.window, world.parts.timeline
        assert model is not None
        assert window.board.docks["order_timeline"].isHidden()
        window.board.focus("orders")
        table = window.panel("orders").table  # type: ignore[attr-defined]
        table.select_key(order.client_order_id)
        QTest.keyClick(table, Qt.Key.Key_Return)
        await until(lambda: model.shown is not None, "the order is read")
        panel = window.panel("order_timeline")
        await until(panel.isVisible, "the time line is in sight")
        assert isinstance(panel, OrderTimelinePanel)
        assert window.board.maximised
        assert panel.page() == "order"
        assert model.place_words == "order 1 of 2"
        await until(lambda: _stamped(world), "the first sight is stamped")
        QTest.keyClick(panel, Qt.Key.Key_J)
        await until(lambda: model.shown is not None and model.shown.client_order_id != order.client_order_id)
        QTest.keyClick(panel, Qt.Key.Key_Escape)
        await until(lambda: window.board.docks["order_timeline"].isHidden(), "the time line is gone")
        shown = {name for name, dock in window.board.docks.items() if dock.isVisible()}
        assert {"orders", "positions", "order_entry", "watch_list"} <= shown

    play(tmp_path, scenario)


def _stamped(world: DesktopWorld) -> bool:
    model = world.parts.timeline
    assert model is not None
    return model.shown is not None and any(words.startswith("on screen") for _, words in model.shown.latency.ticks)


def test_closing_it_brings_the_panels_back_and_executions_open_it_as_well(tmp_path: Path) -> None:
    async def scenario(world: DesktopWorld) -> None:
        await world.draft()
        world.parts.entry.send()
        order = await world.filled()
        window, model = world.window, world.parts.timeline
        assert model is not None
        window.board.focus("executions")
        table = window.panel("executions").table  # type: ignore[attr-defined]
        await until(lambda: table.rows_model.rowCount() > 0, "the fill is listed")
        table.setCurrentIndex(table.rows_model.index(0, 0))
        QTest.keyClick(table, Qt.Key.Key_Return)
        await until(lambda: model.shown is not None, "the order is read")
        assert model.wanted == order.client_order_id
        dock = window.board.docks["order_timeline"]
        dock.close()
        await until(lambda: window.board.docks["positions"].isVisible(), "the panels are back")
        assert dock.isHidden()
        assert window.board.docks["executions"].isVisible()

    play(tmp_path, scenario)
