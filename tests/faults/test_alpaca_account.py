"""Start, account, keys, clock, limits and the kill switch over the real adapter."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.domain.enums import OrderState, OrderType, Origin
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import (
    ORDERS,
    an_alpaca_world,
    next_start,
)
from tests.faults.invariants import memory

S = OrderState
LIMIT = OrderType.LIMIT


# ---- starts


async def test_case_46_order_that_filled_in_part_while_off_is_brought_up_to_date() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        await world.supervisor.stop()
        world.fake.levers.fill(there, 40, "175")
        await world.clock.advance(3600)
        async with next_start(world) as fresh:
            assert fresh.state(order) == (S.PARTIAL, 40)
            assert fresh.held() == 40
            (fill,) = fresh.now(order).fills
            events = await fresh.store.load_order_events(order.client_order_id)
            counted = next(row.at for row in events if row.execution == fill)
            assert (counted - fill.executed_at).total_seconds() > 3000, "told late, and known to be late"
            await check_settled(fresh)


async def test_case_46_order_that_ended_while_off_says_who_ended_it() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        await world.supervisor.stop()
        world.fake.levers.cancel(there)
        async with next_start(world) as fresh:
            assert fresh.state(order) == (S.CANCELED, 0)
            assert fresh.now(order).cancel_origin == "broker"
            await check_settled(fresh)


async def test_case_47_external_order_and_external_close_while_off() -> None:
    async with an_alpaca_world() as world:
        entry = await world.enter(100)
        await world.run(12, 0.5)
        await world.supervisor.stop()
        for leg in list(world.fake.state.open_orders()):
            world.fake.levers.cancel(leg)
        world.fake.levers.dashboard_order(symbol="AAPL", side="sell", qty="100")
        world.fake.levers.dashboard_order(symbol="MSFT", side="buy", qty="10", type="limit", limit_price="1")
        await world.calm()
        async with next_start(world) as fresh:
            assert fresh.state(entry) == (S.FILLED, 100)
            assert fresh.held() == 0
            strangers = [row for row in fresh.orders if row.intent.origin is Origin.EXTERNAL]
            assert {(row.symbol, row.state) for row in strangers} == {("AAPL", S.FILLED), ("MSFT", S.WORKING)}
            assert not fresh.alarms
            await check_settled(fresh)


@pytest.mark.parametrize("path", ["/v2/positions", ORDERS, "/v2/account/activities/FILL", "/v2/account"])
@pytest.mark.parametrize("fault", ["status", "invalid_json", "truncate"])
async def test_case_48_page_that_fails_zeroes_nothing_and_keeps_entries_locked(path: str, fault: str) -> None:
    async with an_alpaca_world() as world:
        await world.place(100)
        resting = await world.resting(174)
        world.fault(fault, "GET", path, times=None)
        await world.run(12, 0.5)
        assert world.held() == 100
        assert world.state(resting)[0] is S.WORKING
        assert not world.context.risk.entries_open
        await check(world)
        await check_settled(world)
        assert world.context.risk.entries_open


async def test_case_48_second_page_of_orders_that_fails_fails_the_whole_list() -> None:
    async with an_alpaca_world() as world:
        first = await world.resting(174)
        for number in range(500):
            world.fake.levers.dashboard_order(symbol="MSFT", side="buy", qty="1", type="limit", limit_price="1")
            if number % 50 == 0:
                await world.calm()
        await world.calm()
        world.fault("status", "GET", ORDERS, skip=1, times=None)
        result = await world.do(world.desk.core.reconciler.run())
        assert not result.ok
        assert world.state(first)[0] is S.WORKING
        assert not any("no longer knows" in row for row in world.notices())
        await check(world)


async def test_case_50_old_orders_that_alpaca_dropped_stay_as_they_were() -> None:
    async with an_alpaca_world() as world:
        order = await world.place(100)
        await world.run(12, 0.5)
        gone = world.there(order)
        world.fake.state.orders.remove(gone)
        world.fake.state.executions.clear()
        await world.do(world.desk.core.reconciler.run())
        async with next_start(world) as fresh:
            assert fresh.state(order) == (S.FILLED, 100)
            assert fresh.held() == 100
            await check(fresh)


# ---- time and limits


@pytest.mark.parametrize("hours", [1, -1])
async def test_case_69_clock_that_is_an_hour_off_changes_no_order(hours: int) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fake.levers.skew(hours * 3600)
        await world.run(20, 0.5)
        offset = world.broker.line.clock_offset_ms
        assert offset is not None
        assert abs(offset - hours * 3_600_000) < 5_000
        assert world.state(order) == (S.WORKING, 0), "no day order ends because a clock is wrong"
        world.fake.levers.fill(world.there(order), 100, "175")
        await check_settled(world)
        assert world.state(order) == (S.FILLED, 100)


@pytest.mark.parametrize("seconds", [3600, -3600])
async def test_case_69_own_clock_that_jumps_compares_anew_and_keeps_the_orders(seconds: int) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.clock.jump(seconds)
        await world.run(15, 0.5)
        assert any("its clock jumped" in row for row in world.notices())
        assert world.state(order) == (S.WORKING, 0)
        await check_settled(world)


async def test_case_77_cancel_leaves_at_once_where_charts_have_used_up_the_budget() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        readers = [asyncio.ensure_future(world.broker.get_account()) for _ in range(400)]
        await world.calm()
        began = world.clock.monotonic_ns()
        await world.do(world.trading.cancel_order(order.client_order_id))
        assert (world.clock.monotonic_ns() - began) / 1e6 <= 250
        await world.calm()
        assert world.state(order)[0] is S.CANCELED
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await world.run(61, 0.5)
        await check_settled(world)


async def test_case_77_alpacas_own_limit_slows_reads_and_never_a_flatten() -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        world.fault("status", "GET", "*", status=429, body={"code": 42910000, "message": "too many"}, times=6)
        await world.run(3, 0.5)
        report = await world.do(world.trading.flatten_all())
        assert report.residue == ()
        await world.run(61, 0.5)
        await check_settled(world)
        assert world.held() == 0


async def test_case_83_two_orders_at_once_the_reservation_blocks_the_second() -> None:
    async with an_alpaca_world() as world:
        await world.fresh()
        power = world.context.account.buying_power if world.context.account else Decimal(0)
        shares = int(power * Decimal("0.6") / Decimal("175"))
        calls = [world.trading.place_order(world.terms(shares, kind=LIMIT, limit=price)) for price in (175, 174.99)]
        first, second = await world.do(asyncio.ensure_future(_both(calls)))
        outcomes = sorted(type(row).__name__ for row in (first, second))
        assert outcomes == ["Order", "OrderDenied"], outcomes
        assert world.posts == 1
        await check_settled(world)


async def test_case_83_stale_buying_power_is_refused_by_alpaca_with_the_figures() -> None:
    async with an_alpaca_world() as world:
        await world.fresh()
        world.fake.state.cash = Decimal(1_000)
        order = await world.resting(175, 500)
        assert order.state is S.REJECTED
        assert "buying power" in order.reason
        await check_settled(world)


async def _both(calls: list[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


# ---- the kill switch


async def test_case_80_cancel_all_while_alpaca_is_away_is_asked_again_until_confirmed() -> None:
    async with an_alpaca_world() as world:
        orders = [await world.resting(174 - number) for number in range(3)]
        world.faults.trading.cut()
        world.fault("drop_before", times=None)
        await world.calm()
        call = asyncio.ensure_future(world.trading.cancel_all())
        await world.run(15, 0.5)
        assert not call.done()
        assert {world.state(row)[0] for row in orders} == {S.WORKING}, "nothing is shown as cancelled that is not"
        world.heal()
        report = await world.do(call)
        assert (report.requested, report.confirmed, report.residue) == (3, 3, ())
        assert {world.state(row)[0] for row in orders} == {S.CANCELED}
        await world.run(30, 0.5)
        await check_settled(world)


async def test_case_80_cancel_all_that_never_gets_through_names_what_is_left() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.cut()
        world.fault("drop_before", times=None)
        report = await world.do(world.trading.cancel_all())
        assert (report.requested, report.confirmed) == (1, 0)
        assert report.residue == ("Buy 100 AAPL may still be open (working).",)
        assert world.state(order)[0] is S.WORKING
        await check(world)
        world.heal()
        await world.run(30, 0.5)
        await check_settled(world)


@pytest.mark.parametrize("heard", [True, False], ids=["stream", "mute"])
async def test_case_81_flatten_takes_the_exits_away_first_and_does_not_flip(heard: bool) -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        world.faults.trading.mute = not heard
        await world.fresh()
        report = await world.do(world.trading.flatten_all())
        assert report.residue == ()
        assert world.held() == world.held_there() == 0
        sides = [(row.side, row.status) for row in world.fake.state.orders]
        assert sides.count(("sell", "filled")) == 1
        assert not world.fake.state.open_orders()
        await check_settled(world)


async def test_case_81_flatten_does_not_close_beside_an_exit_that_cannot_be_cancelled() -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        world.fake.switches.hold_cancels = True
        report = await world.do(world.trading.flatten_all())
        assert any("Positions were not closed" in row for row in report.residue)
        assert world.posts == 1
        assert world.held_there() == 100
        await check(world)


async def test_case_81_exit_that_fills_while_it_is_cancelled_leaves_less_to_close() -> None:
    async with an_alpaca_world() as world:
        entry = await world.enter(100)
        world.fake.switches.hold_cancels = True
        call = asyncio.ensure_future(world.trading.flatten_all())
        target = world.there(world.leg(entry, "Target"))
        await world.run(0.5)
        world.fake.levers.fill(target, 40, "180")
        for row in list(world.fake.state.open_orders()):
            world.fake.levers.finish_cancel(row)
        world.fake.switches.hold_cancels = False
        await world.fresh()
        report = await world.do(call)
        assert report.residue == ()
        assert world.held() == world.held_there() == 0
        await check_settled(world)


# ---- kills


@pytest.mark.parametrize("when", ["case_53_before_the_send", "case_54_before_the_answer", "case_55_after_the_answer"])
@pytest.mark.parametrize("what", ["plain", "bracket"])
async def test_case_53_54_55_program_that_dies_around_a_send_finds_out_at_its_next_start(when: str, what: str) -> None:
    """What is on disk ends where the dead program stopped writing; what Alpaca has does not."""
    async with an_alpaca_world() as world:
        kind = {"case_53_before_the_send": "drop_before"}.get(when)
        if kind is not None:
            world.fault(kind, "POST", ORDERS)
        store = memory(world)
        written = len(store.events)
        await (world.enter(100) if what == "bracket" else world.place(100))
        count = 3 if what == "bracket" else 1
        del store.events[written + 2 * count :]  # created and sent are on disk, nothing after
        async with next_start(world) as fresh:
            await check(fresh)
            if kind is not None:
                await check_settled(fresh)
                assert {row.state for row in fresh.orders} == {S.REJECTED}
                assert all("Proven absent" in row.reason for row in fresh.orders)
                assert fresh.held() == 0
                return
            await fresh.run(5)
            assert fresh.state(fresh.orders[0]) == (S.FILLED, 100), "adopted by its client id, with its fill"
            assert len(fresh.orders) == count
            assert fresh.held() == 100
            assert not fresh.alarms
            await check_settled(fresh)


async def test_case_53_intent_without_a_send_is_abandoned() -> None:
    async with an_alpaca_world() as world:
        store = memory(world)
        written = len(store.events)
        world.fault("drop_before", "POST", ORDERS)
        await world.place(100)
        del store.events[written + 1 :]
        async with next_start(world) as fresh:
            assert [row.state for row in fresh.orders] == [S.DENIED]
            await check_settled(fresh)
