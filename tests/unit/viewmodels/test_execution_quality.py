"""The Execution quality view-model: cells and badges, runs beside the loop, one a second, only while somebody looks."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.analytics.running_summary import RunningSummary, SummarySource
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TradingMode
from legend_desktop.domain.events import OrderMeasured
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.execution_analytics import ExecutionAnalyticsService
from legend_desktop.services.task_supervisor import TaskSupervisor, log_report
from legend_desktop.viewmodels.execution_quality import ExecutionQualityViewModel
from tests.fakes.clock import START, FakeClock, settle
from tests.unit.services.test_execution_analytics import finished


def order(number: int, price: str = "175.52", mode: TradingMode = TradingMode.PAPER, **more: Any) -> Order:
    """Buy 100, one a minute."""
    at = START + timedelta(minutes=number)
    whole = finished(f"L{number:04d}", price=price, mode=mode, **more)
    return replace(whole, sent_at=at)


def market(number: int, bid: str = "175.50", ask: str = "175.52") -> Quote:
    at = START + timedelta(minutes=number)
    return Quote("AAPL", Decimal(bid), Decimal(ask), Decimal(300), Decimal(400), None, at)


class World:
    def __init__(
        self, mode: TradingMode = TradingMode.PAPER, service: type[ExecutionAnalyticsService] | None = None
    ) -> None:
        self.clock = FakeClock()
        self.bus = EventBus(log_report)
        self.supervisor = TaskSupervisor()
        self.service = (service or ExecutionAnalyticsService)(bus=self.bus, clock=self.clock)
        self.model = ExecutionQualityViewModel(self.service, self.bus, self.supervisor, self.clock, mode=mode)
        self.runs = 0
        self.ran = asyncio.Event()
        self.model.changed.connect(self._count)

    def _count(self) -> None:
        self.runs += 1
        self.ran.set()

    def trade(self, count: int, price: str = "175.52", first: int = 0) -> None:
        for number in range(first, first + count):
            self.service.record_execution(order(number, price), market(number))

    async def reached(self, runs: int) -> None:
        """Wait for the worker thread; the test's own time limit ends an endless wait."""
        while self.runs < runs:
            self.ran.clear()
            await self.ran.wait()

    async def figures(self, runs: int = 1) -> None:
        """Wait until so many runs have ended, then let the pause after the last one pass."""
        await self.reached(runs)
        await self.clock.advance(1)

    async def end(self) -> None:
        self.model.dispose()
        await self.supervisor.stop()

    def card(self, key: str) -> str:
        found = next(card for card in self.model.cards if card.key == key)
        return " | ".join((found.figure, found.unit, found.badge, found.note))


async def test_nothing_measured_says_so() -> None:
    world = World()
    before = world.model.ready
    world.model.set_active(True)
    await world.figures()
    assert (before, world.model.ready) == (False, True)
    assert world.model.empty
    assert [card.figure for card in world.model.cards] == ["—"] * 8
    assert world.model.cards[0].spoken == "Cost against arrival mid: no measured orders yet, n 0"
    assert (world.model.summary, world.model.mode_word) == ("positive = cost", "PAPER")
    assert world.model.histogram is None
    assert world.model.dots == ()
    await world.end()


async def test_below_five_the_orders_are_listed() -> None:
    world = World()
    world.trade(4)
    world.model.set_active(True)
    await world.figures()
    assert world.model.list_only
    assert world.card("cost") == "— |  | list only | n 4"
    assert world.card("money") == "$4.00 |  |  | model expected 0.57 bp"
    assert world.model.histogram is None
    assert [(row.symbol, row.side, row.kind, row.cost) for row in world.model.orders] == [
        ("AAPL", OrderSide.BUY, "Market", Decimal("1.00"))
    ] * 4
    assert world.model.orders_text().splitlines()[0] == "sent\tsymbol\tside\tkind\tshares\tcost bp\tcost $"
    await world.end()


async def test_below_thirty_a_badge_stands_for_the_interval() -> None:
    world = World()
    world.trade(29)
    world.model.set_active(True)
    await world.figures()
    assert world.card("cost") == "0.57 | bp | few orders | n 29"
    assert world.card("median") == "0.57 | bp | few orders | n 29"
    assert world.card("score").endswith("few orders | version 1, by value")
    await world.end()


async def test_thirty_orders_fill_every_cell() -> None:
    world = World()
    world.trade(20)
    world.trade(11, "175.50", first=20)
    resting = order(40, "175.50", order_type=OrderType.LIMIT, limit_price=Decimal("175.50"))
    world.service.record_execution(resting, market(40))
    refused = replace(order(41), state=OrderState.REJECTED, executions=(), _filled=Decimal(0), _average=None)
    world.service.record_execution(refused, market(41))
    bare = order(42)
    world.service.record_execution(bare, market(42, "175.60", "175.50"))
    world.model.set_active(True)
    await world.figures()
    assert world.card("cost").startswith("0.14 | bp |  | ")
    assert world.card("cost").endswith(", n 32")
    assert world.card("marketable").endswith(", n 31")
    assert " to " in world.card("median")
    assert world.card("money") == "$8.00 |  |  | model expected 0.57 bp"
    assert world.card("improvement") == "+$22.00 |  |  | 11 of 31 improved"
    assert world.card("ratio") == "29.0 | % |  | 100 % = paid the quote"
    assert world.card("filled") == "100.0 | % |  | 0 without a fill, 1 refused"
    assert world.model.summary == "positive = cost, 33 orders, simulated fills"
    assert world.model.excluded == "1 excluded: quote crossed"
    assert [row.client_order_id for row in world.model.excluded_orders] == ["L0042"]
    await world.end()


async def test_the_charts_have_numbers_words_and_text() -> None:
    world = World()
    world.trade(6)
    world.model.set_active(True)
    await world.figures()
    boxes = world.model.histogram
    assert boxes is not None
    assert sum(boxes.counts) == boxes.orders == 6
    assert boxes.mean == pytest.approx(0.5698, abs=1e-4)
    assert not world.model.per_day
    assert [dot.running_cost for dot in world.model.dots] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert world.model.histogram_sentence.startswith(
        "Cost per order in basis points, 6 orders: mean 0.57, median 0.57, 0 saved money"
    )
    assert world.model.series_sentence == (
        "Cost over time, 6 orders, 10:00:00 to 10:05:00: between 0.57 and 0.57 basis points, in all $6.00."
    )
    assert "0.5\t1\t6" in world.model.histogram_text().splitlines()
    lines = world.model.series_text().splitlines()
    assert lines[0] == "sent\tcost bp\tinterval low\tinterval high\torders\tcost $\trunning cost $"
    assert lines[-1].endswith("\t1\t1.00\t6.00")
    await world.end()


async def test_paper_and_live_are_kept_apart() -> None:
    world = World(TradingMode.LIVE)
    world.trade(3)
    world.service.record_execution(order(50, mode=TradingMode.LIVE), market(50))
    world.model.set_active(True)
    await world.figures()
    assert world.model.summary == "positive = cost, 1 order, real fills"
    assert (world.model.mode_word, world.model.is_paper) == ("LIVE", False)
    await world.end()


async def test_nothing_is_worked_out_while_nobody_looks() -> None:
    world = World()
    world.trade(3)
    await settle()
    assert world.supervisor.names == []
    world.model.set_active(True)
    await world.figures()
    world.model.set_active(False)
    world.trade(1, first=9)
    await settle()
    assert world.supervisor.names == []
    world.model.set_active(True)
    await world.figures(2)
    assert len(world.model.orders) == 4
    await world.end()


async def test_many_measured_orders_make_one_run_a_second() -> None:
    world = World()
    world.model.set_active(True)
    await world.reached(1)
    for number in range(50):
        world.trade(1, first=number)
        await settle(2)
    assert world.runs == 1
    await world.clock.advance(1)
    await world.reached(2)
    assert world.model.summary == "positive = cost, 50 orders, simulated fills"
    await world.clock.advance(1)
    await settle()
    assert (world.runs, world.supervisor.names) == (2, [])
    await world.end()


async def test_a_long_run_says_how_far_it_is_and_can_be_stopped() -> None:
    class Busy(ExecutionAnalyticsService):
        """Answers with 6,000 copies of its one record."""

        def summary_source(self, mode: TradingMode) -> SummarySource:
            many = RunningSummary(mode.value)
            for number in range(6_000):
                many.put(str(number), self.all_metrics()[0])
            return many.snapshot()

    world = World(service=Busy)
    world.trade(1)
    seen: list[str] = []

    def on_progress() -> None:
        seen.append(world.model.progress)
        world.model.stop()

    world.model.progress_changed.connect(on_progress)
    world.model.set_active(True)
    await world.figures()
    assert seen[0] == "Computing 1,500 of 6,000, Esc stops"
    assert world.model.progress == ""
    assert not world.model.ready
    await world.end()


async def test_without_a_loop_or_while_stopping_nothing_breaks() -> None:
    world = World()
    await world.supervisor.stop()
    world.model.set_active(True)
    world.bus.publish(OrderMeasured("L1", "AAPL"))
    await settle()
    assert not world.model.ready
    world.model.dispose()


def test_shown_before_the_loop_runs_it_waits_for_the_first_order() -> None:
    world = World()
    world.model.set_active(True)
    assert not world.model.ready
    world.model.dispose()


async def test_quotes_of_one_exchange_are_named_in_the_title_and_beside_the_improvement() -> None:
    world = World()
    for number in range(6):
        world.service.record_execution(order(number, "175.515"), replace(market(number), source="iex"))
    world.model.set_active(True)
    await world.figures()
    assert world.model.summary.endswith("simulated fills, IEX quotes")
    assert world.card("improvement").endswith("6 of 6 improved, IEX quotes")
    await world.end()
