"""What happened while the program was off or the broker answered in part: read, shown, never invented."""

from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import FailRead
from legend_desktop.domain.enums import OrderState, OrderType, Origin
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.events import ReconcileFinished
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.faults.invariants import check, check_settled, memory
from tests.faults.world import SELL, World, a_world, begin, restarted

S = OrderState


async def end(world: World) -> None:
    await world.stop()
    assert not world.reports.rows, world.reports.rows


async def test_case_46_order_that_filled_in_part_while_off_is_brought_up_to_date() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        world.broker.backstage.fill(order.broker_order_id or "", 30, Decimal(175))
        await world.run(12)
        fresh = await restarted(world)
        fresh.broker.backstage.fill(order.broker_order_id or "", 25, Decimal(175))
        await fresh.broker.advance()
        await fresh.clock.advance(3600)
        await begin(fresh)
        assert fresh.state(order) == (S.PARTIAL, 55)
        assert fresh.held() == 55
        assert not memory(world).adjustments
        late = [row for row in fresh.now(order).executions if row.quantity == 25]
        events = await fresh.store.load_order_events(order.client_order_id)
        counted = next(row.at for row in events if row.execution in late)
        assert (counted - late[0].executed_at).total_seconds() > 3000, "told late, and known to be late"
        await check_settled(fresh)
        await end(fresh)


async def test_case_46_order_that_ended_while_off_says_who_ended_it() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(1)
        fresh = await restarted(world)
        fresh.broker.backstage.cancel_elsewhere(order.broker_order_id or "")
        await begin(fresh)
        assert (fresh.state(order)[0], fresh.now(order).cancel_origin) == (S.CANCELED, "broker")
        await check_settled(fresh)
        await end(fresh)


async def test_case_47_external_order_and_external_close_while_off() -> None:
    async with a_world() as world:
        entry = await world.enter(100)
        await world.run(12)
        assert world.held() == 100
        fresh = await restarted(world)
        stage = fresh.broker.backstage
        stage.place_elsewhere(fresh.terms(100, SELL))
        resting = stage.place_elsewhere(fresh.terms(20, kind=OrderType.LIMIT, limit=170))
        await fresh.broker.advance()
        await begin(fresh)
        outside = [row for row in fresh.orders if row.intent.origin is Origin.EXTERNAL]
        assert [(row.state, int(row.filled_quantity)) for row in outside] == [(S.FILLED, 100), (S.WORKING, 0)]
        assert fresh.held() == 0
        assert not memory(world).adjustments, "an order that was seen explains the difference"
        await fresh.run(2.5)
        assert all(row.is_open for row in fresh.context.book.legs_of(entry.client_order_id))
        assert fresh.alarms["orphan:AAPL"].fact == "2 exits are at work for AAPL, of which you hold none."
        await fresh.do(fresh.trading.cancel_all("AAPL", SELL))
        await fresh.run(2.5)
        assert "orphan:AAPL" not in fresh.alarms
        outside_order = fresh.context.book.by_broker_id(resting)
        assert outside_order is not None
        await fresh.do(fresh.trading.cancel_order(outside_order.client_order_id))
        await fresh.breathe()
        assert fresh.now(outside_order).state is S.CANCELED, "an order from elsewhere can be cancelled here"
        await check_settled(fresh)
        await end(fresh)


async def test_case_47_shares_that_no_execution_explains_are_written_down_and_shown() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.run(12)
        fresh = await restarted(world)
        fresh.broker._session.running().book.book("AAPL", 50, 1_755_000, 0)
        await begin(fresh)
        assert fresh.held() == 150, "the broker's figure is used"
        (row,) = memory(world).adjustments
        assert (row.symbol, int(row.quantity), row.reason) == ("AAPL", 50, "UNEXPLAINED")
        assert any("The broker holds 150 AAPL, the journal explains 100." in text for text in fresh.notices())
        assert len(fresh.orders) == 1, "no order is invented"
        await check_settled(fresh)
        assert len(memory(world).adjustments) == 1, "and it is written down once"
        await end(fresh)


async def test_case_47_shares_that_appear_while_running_are_found_within_a_minute() -> None:
    async with a_world() as world:
        world.broker._session.running().book.book("MSFT", 7, 4_000_000, 0)
        await world.run_fast(60, 0.5)
        assert world.held("MSFT") == 7
        assert [int(row.quantity) for row in memory(world).adjustments] == [7]
        await check_settled(world)


@pytest.mark.parametrize("route", ["get_positions", "get_orders", "get_executions", "get_account"])
async def test_case_48_page_that_fails_zeroes_nothing_and_keeps_entries_locked(route: str) -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.run(12)
        fresh = await restarted(world)
        fresh.faults.on(route, FailRead("Page 2 could not be read"), nth=None)
        await begin(fresh)
        run = fresh.of_kind(ReconcileFinished)[-1]
        assert not run.ok
        assert "Page 2 could not be read" in run.reason
        assert "Page 2 could not be read" in fresh.context.risk.reason
        assert [row.client_order_id for row in fresh.orders] == [row.client_order_id for row in world.orders]
        assert all(row.state is before.state for row, before in zip(fresh.orders, world.orders, strict=True))
        assert fresh.desk.core.keeper.explained("AAPL") == 100
        assert not memory(world).adjustments
        await check(fresh)
        with pytest.raises(OrderDenied) as refused:
            await fresh.place(10)
        assert refused.value.code == "reconciled"
        fresh.faults.clear()
        await fresh.run(11)
        assert fresh.context.risk.entries_open, "it is tried again by itself"
        assert fresh.held() == 100
        await check_settled(fresh)
        await end(fresh)


async def test_case_48_comparison_on_the_timer_that_fails_locks_entries_too() -> None:
    async with a_world() as world:
        await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(11)
        assert not world.context.risk.locks
        world.faults.on("get_positions", FailRead(), nth=None)
        await world.run(11)
        assert world.context.risk.locks
        await check(world)
        world.faults.clear()
        await world.run(11)
        assert world.context.risk.entries_open
        await check_settled(world)


async def test_case_48_failing_position_read_after_a_fill_keeps_what_the_fill_said() -> None:
    async with a_world() as world:
        world.faults.on("get_positions", FailRead(), nth=None)
        await world.place(100)
        await world.run(1)
        assert world.held() == 100
        world.faults.clear()
        await check_settled(world)


async def test_first_start_on_an_account_with_history_takes_it_as_it_is() -> None:
    """Positions and orders from before this program are shown; nothing about them is a difference."""
    clock = FakeClock()
    async with a_world(MemoryStore(), clock=clock) as other:
        other.broker.backstage.place_elsewhere(other.terms(100))
        await other.run(1)
        other.broker.backstage.place_elsewhere(other.terms(30, SELL))
        await other.run(1)
        other.store = MemoryStore()
        fresh = await restarted(other)
        await begin(fresh)
        assert fresh.held() == 70
        assert not memory(fresh).adjustments
        assert fresh.desk.core.keeper.explained("AAPL") == 70
        shown = {int(row.quantity) for event in fresh.said for row in getattr(event, "positions", ())}
        assert shown == {70}, "no figure from the middle of the history flickers"
        await check_settled(fresh)
        await end(fresh)


async def test_wake_from_sleep_and_a_clock_that_jumps_back_compare_anew() -> None:
    async with a_world() as world:
        runs = len(world.of_kind(ReconcileFinished))
        for seconds in (600.0, -3600.0):
            world.clock.jump(seconds)
            await world.run(3)
            assert any("slept or its clock jumped" in row for row in world.notices())
            assert len(world.of_kind(ReconcileFinished)) > runs
            runs = len(world.of_kind(ReconcileFinished))
        assert world.context.risk.entries_open
