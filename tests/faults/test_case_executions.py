"""Executions that come twice, late, swapped, too many, or are taken back: quantity follows the set of them alone."""

import random
from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import Cut, Duplicate, FillAfterCancel, Overfill, Reorder
from legend_desktop.domain.enums import ConnectionState, OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.events import ConnectionChanged
from legend_desktop.domain.order_state import replay
from tests.faults.invariants import check, check_settled, memory
from tests.faults.world import a_world

S = OrderState


async def test_case_24_execution_told_three_times_counts_once() -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Duplicate(times=2), nth=None)
        order = await world.place(100)
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        assert len(memory(world).events) == len({id(row) for row in memory(world).events})
        stored = [row.execution for row in memory(world).events if row.execution is not None]
        assert len(stored) == len({row.execution_id for row in stored})
        await check_settled(world)


async def test_case_25_execution_on_stream_and_by_comparison_counts_once() -> None:
    async with a_world() as world:
        order = await world.place(100)
        for _ in range(3):
            result = await world.do(world.desk.core.reconciler.run())
            assert result.ok
            assert result.executions_added == 0
        assert world.state(order) == (S.FILLED, 100)
        assert len(await world.store.load_executions()) == 1
        await check_settled(world)


async def test_case_25_execution_that_only_the_comparison_brings_counts() -> None:
    async with a_world() as world:
        world.broker.streams.silence_orders()
        order = await world.place(100)
        assert world.state(order) == (S.WORKING, 0)
        result = await world.do(world.desk.core.reconciler.run())
        assert result.executions_added == 1
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await check_settled(world)


@pytest.mark.parametrize("seed", range(8))
async def test_case_26_executions_in_any_order_fold_to_the_same(seed: int) -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Reorder(window=8, seed=seed + 1), nth=1)
        first = await world.place(300, kind=OrderType.LIMIT, limit=175.4)
        shares = [50, 70, 30, 60, 90]
        random.Random(seed).shuffle(shares)
        for number in shares:
            world.broker.backstage.fill(world.now(first).broker_order_id or "", number, Decimal("175.40"))
            await world.breathe()
        await world.run(3)
        assert world.state(first) == (S.FILLED, 300)
        assert world.held() == 300
        log = await world.store.load_order_events(first.client_order_id)
        head, rest = log[:2], log[2:]
        for again in range(20):
            random.Random(again).shuffle(rest)
            mixed = replay([*head, *rest])
            assert (mixed.filled_quantity, mixed.state) == (Decimal(300), S.FILLED)
        await check_settled(world)


async def test_case_27_overfill_is_kept_needs_a_person_and_locks_the_symbol() -> None:
    async with a_world() as world:
        world.faults.on("place_order", Overfill(quantity=7))
        order = await world.place(100)
        assert world.state(order) == (S.ATTENTION, 107)
        assert world.held() == 107
        alarm = world.alarms[f"overfill:{order.client_order_id}"]
        assert alarm.fact == "The broker reports 107 AAPL for an order of 100."
        assert alarm.consequence == "AAPL entries are locked. Look at both fills and decide."
        await world.run(1.5)
        with pytest.raises(OrderDenied) as refused:
            await world.place(10)
        assert refused.value.code == "symbol_lock"
        await check(world)
        closing = await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        assert world.state(closing) == (S.FILLED, 107), "what is held can be closed all the same"
        await world.do(world.trading.decide_unknown(order.client_order_id, exists=False, note="Both fills are real."))
        assert world.state(order)[0] is S.FILLED
        assert not world.alarms
        await world.run(1.5)
        assert (await world.place(10)).state is S.FILLED
        await check_settled(world)


async def test_case_28_fill_after_the_cancel_is_counted_and_told() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        world.faults.on("cancel_order", FillAfterCancel(40, Decimal(175), seconds=1))
        await world.do(world.trading.cancel_order(order.client_order_id))
        await world.breathe()
        assert world.state(order) == (S.CANCELED, 0)
        await world.run(2)
        assert world.state(order) == (S.CANCELED, 40)
        assert world.now(order).late_fill
        assert world.held() == 40
        assert world.alarms[f"late:{order.client_order_id}"].fact == "40 AAPL filled after the order had ended."
        await check_settled(world)


async def test_case_29_busted_fill_gives_its_shares_back_and_keeps_its_row() -> None:
    async with a_world() as world:
        order = await world.place(100)
        (fill,) = world.now(order).fills
        world.broker.backstage.bust(fill.execution_id)
        await world.breathe()
        assert world.state(order) == (S.CANCELED, 0)
        assert world.held() == 0
        assert fill in world.now(order).executions
        assert len(await world.store.load_executions()) == 2
        await check_settled(world)


async def test_case_29_fill_corrected_twice_moves_the_position_by_the_difference() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175.6)
        (fill,) = world.now(order).fills
        for shares in (60, 80):
            world.broker.backstage.correct(fill.execution_id, quantity=shares, price=Decimal("175.10"))
            await world.breathe()
            assert world.held() == shares
        assert world.now(order).average_fill_price == Decimal("175.10")
        await check_settled(world)


async def test_case_29_bust_while_the_program_was_off_is_no_unexplained_difference() -> None:
    from tests.faults.world import begin, restarted

    async with a_world() as world:
        order = await world.place(100)
        await world.run(12)
        (fill,) = world.now(order).fills
        fresh = await restarted(world)
        fresh.broker.backstage.bust(fill.execution_id)
        await begin(fresh)
        assert fresh.held() == 0
        assert not memory(world).adjustments
        await check_settled(fresh)
        await fresh.supervisor.stop()
        fresh.desk.analytics.close()
        assert not fresh.reports.rows


async def test_case_39_fills_during_a_break_of_the_stream_are_fetched() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        world.broker.streams.cut_orders()
        await world.breathe()
        assert world.context.risk.locks
        world.broker.backstage.fill(world.now(order).broker_order_id or "", 60)
        await world.breathe()
        assert world.state(order) == (S.WORKING, 0)
        await world.run(3)
        assert world.state(order) == (S.PARTIAL, 60)
        assert world.held() == 60
        assert world.context.risk.entries_open
        await check_settled(world)


async def test_case_41_event_between_snapshot_and_stream_is_neither_lost_nor_doubled() -> None:
    """After a break the stream is open before the comparison asks for its snapshot."""
    async with a_world(latency=0.4) as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        world.broker.streams.cut_orders()
        broker_id = world.now(order).broker_order_id or ""
        for _ in range(30):
            await world.run(0.15)
            if world.now(order).filled_quantity < 60:
                world.broker.backstage.fill(broker_id, 2, Decimal(175))
        await world.run(1)
        filled = world.broker._session.running().desk.orders[broker_id].filled
        assert filled >= 40
        assert world.state(order) == (S.PARTIAL, filled)
        await check_settled(world)


async def test_case_41_fill_while_positions_are_read_never_shows_twice() -> None:
    """A positions answer and the stream tell of the same fill in either order; what is held shows it once."""
    async with a_world(latency=0.3) as world:
        order = await world.place(1000, kind=OrderType.LIMIT, limit=175)
        broker_id = world.now(order).broker_order_id or ""
        seen: list[int] = []
        filled = 0
        for _ in range(40):
            world.broker.backstage.fill(broker_id, 5, Decimal(175))
            filled += 5
            for _ in range(4):
                await world.run(0.05)
                seen.append(world.held())
        assert max(seen) <= filled
        assert seen == sorted(seen), "no fill came twice or was taken back for a moment"
        await check_settled(world)
        assert not memory(world).adjustments


async def test_case_30_true_execution_takes_the_place_of_a_provisional_one() -> None:
    """A broker that first tells a total and then the fill itself moves the position once."""
    from dataclasses import replace

    from legend_desktop.domain.order_state import OrderEvent, OrderEventKind

    async with a_world() as world:
        world.broker.streams.silence_orders()
        order = await world.place(100)
        (true,) = [row.execution for row in world.broker._session.running().desk.executions]
        provisional = replace(true, execution_id=f"total:{true.broker_order_id}:100", provisional=True)
        event = OrderEvent(order.client_order_id, OrderEventKind.EXECUTION, world.clock.now(), execution=provisional)
        await world.context.ledger.learn([event])
        assert world.held() == 100
        assert world.desk.core.keeper.explained("AAPL") == 100
        await world.do(world.desk.core.reconciler.run())
        assert world.held() == 100
        assert world.desk.core.keeper.explained("AAPL") == 100
        assert world.state(order) == (S.FILLED, 100)
        assert not memory(world).adjustments


async def test_case_40_stream_that_keeps_breaking_is_tried_with_growing_pauses() -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Cut(), nth=None)
        for _ in range(600):
            world.broker.streams.cut_orders()
            await world.run_fast(1)
        tries = sum(row.state is ConnectionState.CONNECTING for row in world.of_kind(ConnectionChanged))
        assert 5 <= tries <= 60, "600 breaks in ten minutes are no 600 tries"
        world.faults.clear()
        await check_settled(world)
