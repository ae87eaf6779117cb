"""A broker that counts a fill in the order and does not list it: counted once, and the true fill takes its place."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.events import PositionsChanged
from legend_desktop.domain.executions import Execution
from tests.fakes.clock import FakeClock
from tests.faults.invariants import check_positions, check_replay, check_settled, memory
from tests.faults.world import NO_FEES, SELL, World, a_world, d

S = OrderState


class Forgetful(SimulatorAdapter):
    """A simulator that hides fills, all while ``lists`` is off, and may count ``phantom`` shares too many."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, SimulatorConfig(quote_rate=0, self_driven=False, fees=NO_FEES))
        self.lists = True
        self.hidden: set[str] = set()
        self.phantom = 0

    async def get_executions(self, since: datetime) -> list[Execution]:
        rows = await super().get_executions(since)
        return [row for row in rows if self.lists and row.execution_id not in self.hidden]

    async def get_orders(self, *, open_only: bool = False, since: datetime | None = None) -> list[OrderReport]:
        rows = await super().get_orders(open_only=open_only, since=since)
        return [
            replace(row, filled_quantity=row.filled_quantity + self.phantom, average_fill_price=d("175.50"))
            if self.phantom
            else row
            for row in rows
        ]


async def compare(world: World) -> int:
    result = await world.do(world.desk.core.reconciler.run())
    assert result.ok
    return result.executions_added


async def test_case_30_fill_that_only_the_total_tells_is_counted_and_makes_way_for_the_true_one() -> None:
    clock = FakeClock()
    broker = Forgetful(clock)
    async with a_world(clock=clock, broker=broker) as world:
        await world.run(0.1)
        broker.lists = False
        world.broker.streams.silence_orders()
        order = await world.place(100)
        assert world.state(order) == (S.WORKING, 0)
        await world.do(world.desk.core.keeper.refresh())
        await world.run(4)
        assert world.held() == 100, "the broker's own figure is believed by now"
        for _ in range(3):
            await compare(world)
        assert world.state(order) == (S.FILLED, 100)
        seen = {row.quantity for event in world.of_kind(PositionsChanged) for row in event.positions}
        assert seen == {100}, "the shares never counted twice"
        (made,) = world.now(order).fills
        assert (made.provisional, made.quantity, made.price) == (True, d(100), d("175.52"))
        assert made.execution_id == f"total:{made.broker_order_id}:100"
        assert any("does not list the fill" in words for words in world.notices())
        assert not memory(world).adjustments
        await check_replay(world)
        await check_positions(world)
        broker.lists = True
        await compare(world)
        (true,) = world.now(order).fills
        assert not true.provisional
        assert world.held() == 100
        await check_replay(world)
        await check_positions(world)
        assert not memory(world).adjustments


async def test_case_30_missed_part_is_priced_by_the_change_of_the_average() -> None:
    clock = FakeClock()
    broker = Forgetful(clock)
    async with a_world(clock=clock, broker=broker) as world:
        await world.run(0.1)
        order = await world.place(100, kind=OrderType.LIMIT, limit=175.4)
        there = world.now(order).broker_order_id or ""
        world.broker.backstage.fill(there, 30, Decimal("175.40"))
        await world.breathe()
        broker.lists = False
        world.broker.streams.silence_orders()
        world.broker.backstage.fill(there, 20, Decimal("175.30"))
        await world.breathe()
        await compare(world)
        true, made = world.now(order).fills
        assert (true.quantity, made.quantity, made.price, made.provisional) == (d(30), d(20), d("175.30"), True)
        assert world.state(order) == (S.PARTIAL, 50)
        broker.lists = True
        await compare(world)
        assert [row.provisional for row in world.now(order).fills] == [False, False]
        assert world.held() == 50


async def test_case_30_two_missed_fills_that_cancel_each_other_out_are_both_counted() -> None:
    clock = FakeClock()
    broker = Forgetful(clock)
    async with a_world(clock=clock, broker=broker) as world:
        await world.run(0.1)
        broker.lists = False
        world.broker.streams.silence_orders()
        bought = await world.place(100)
        sold = await world.place(100, SELL, confirmed=frozenset({"short_sale", "duplicate"}))
        await compare(world)
        assert (world.state(bought), world.state(sold)) == ((S.FILLED, 100), (S.FILLED, 100))
        assert world.held() == 0
        broker.lists = True
        await check_positions(world)


async def test_case_30_total_that_the_position_does_not_bear_out_makes_up_nothing() -> None:
    """As where a changed order carries the fills of the one that it replaced."""
    clock = FakeClock()
    broker = Forgetful(clock)
    async with a_world(clock=clock, broker=broker) as world:
        await world.run(0.1)
        order = await world.place(100, kind=OrderType.LIMIT, limit=170)
        broker.phantom = 40
        await compare(world)
        assert world.state(order) == (S.WORKING, 0)
        assert world.held() == 0
        assert not memory(world).adjustments
        broker.phantom = 0
        await check_settled(world)


async def test_case_30_trade_with_a_made_up_fill_is_told_anew_with_the_true_one() -> None:
    clock = FakeClock()
    broker = Forgetful(clock)
    async with a_world(clock=clock, broker=broker) as world:
        await world.run(0.1)
        broker.lists = False
        world.broker.streams.silence_orders()
        await world.place(100)
        broker.hidden = {row.execution.execution_id for row in broker._session.running().desk.executions}
        broker.lists = True
        await compare(world)
        await world.place(100, SELL)
        await compare(world)
        await world.place(200)
        await compare(world)
        await world.run(1)
        (trip,) = world.desk.round_trips.closed()
        assert [key.startswith("total:") for key, _ in trip.parts] == [True, False]
        broker.hidden.clear()
        await compare(world)
        await world.run(1)
        (trip,) = world.desk.round_trips.closed()
        assert [key.startswith("total:") for key, _ in trip.parts] == [False, False]
