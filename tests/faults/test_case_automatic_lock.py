"""Doubts that stay: the desk halts itself, also over a restart, until a person unlocks it once they are gone."""

from datetime import timedelta

import pytest

from legend_desktop.brokers.simulator.faults import DropRequest, FailRead
from legend_desktop.domain.enums import OrderState, OrderType, TradingState
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.orders import Order
from legend_desktop.services.reconciliation import FIRST_LOOK_BACK
from legend_desktop.services.risk_state import MISMATCH
from tests.faults.invariants import check, check_settled, is_halted, memory
from tests.faults.world import World, a_world, begin, restarted

S = OrderState
LOCK = "automatic_lock"


async def an_unknown_order(world: World) -> Order:
    """An order whose request was lost, at a broker that answers no look-up."""
    world.faults.on("place_order", DropRequest())
    world.faults.on("find_order", FailRead("Not now"), nth=None)
    order = await world.place(100, kind=OrderType.LIMIT, limit=175)
    assert order.state is S.UNKNOWN
    return order


async def unlock(world: World) -> None:
    await world.do(world.trading.unlock(world.broker.account_id[-4:]))


def appear(world: World, shares: int, symbol: str = "MSFT") -> None:
    """Shares that no order and no execution explains."""
    world.broker._session.running().book.book(symbol, shares, 4_000_000, 0)


async def test_case_02_order_unknown_for_more_than_two_minutes_halts_the_desk_also_after_a_restart() -> None:
    async with a_world() as world:
        order = await an_unknown_order(world)
        await world.run_fast(119, 0.5)
        assert world.context.risk.state is TradingState.ACTIVE
        await world.run_fast(2, 0.5)
        assert is_halted(world)
        words = "For 2 minutes nobody could tell what became of this order: buy 100 AAPL."
        assert world.context.risk.reason.startswith(words)
        assert world.alarms[LOCK].fact == words
        await check(world)
        with pytest.raises(OrderDenied, match="halted"):
            await world.place(10, symbol="MSFT")
        fresh = await restarted(world)
        await begin(fresh)
        assert fresh.state(order)[0] is S.UNKNOWN
        assert is_halted(fresh)
        assert fresh.context.risk.reason.startswith(words)
        await fresh.stop()
        assert not fresh.reports.rows


async def test_case_02_halted_by_an_unknown_order_cancels_and_flatten_go_out() -> None:
    async with a_world() as world:
        world.post(400, 400.1, symbol="MSFT")
        await world.do(world.desk.core.know_symbol("MSFT"))
        await world.place(10, symbol="MSFT")
        resting = await world.place(5, kind=OrderType.LIMIT, limit=390, symbol="MSFT")
        await an_unknown_order(world)
        await world.run_fast(121, 0.5)
        assert is_halted(world)
        await world.do(world.trading.cancel_order(resting.client_order_id))
        await world.breathe()
        assert world.state(resting)[0] is S.CANCELED
        world.post(400, 400.1, symbol="MSFT")
        await world.do(world.trading.flatten_all("MSFT"))
        assert world.held("MSFT") == 0


async def test_case_02_person_unlocks_once_the_order_is_known_and_not_before() -> None:
    async with a_world() as world:
        order = await an_unknown_order(world)
        await world.run_fast(121, 0.5)
        with pytest.raises(OrderDenied, match="what became of this order: buy 100 AAPL") as refused:
            await unlock(world)
        assert refused.value.code == "lock_cause"
        assert is_halted(world)
        world.faults.clear()
        await world.run_fast(121, 0.5)
        assert world.state(order)[0] is S.REJECTED, "proven absent meanwhile"
        assert is_halted(world), "it does not open by itself"
        await unlock(world)
        assert world.context.risk.entries_open
        assert LOCK not in world.alarms
        assert (await world.place(10)).state is S.FILLED
        await check_settled(world)


async def test_case_02_order_that_is_known_in_time_locks_nothing_and_leaves_no_timer() -> None:
    async with a_world() as world:
        await an_unknown_order(world)
        assert any(name.startswith("time in doubt") for name in world.supervisor.names)
        await world.run_fast(25, 0.5)
        world.faults.clear()
        await world.run_fast(135, 0.5)
        assert world.context.risk.entries_open
        assert not any(name.startswith("time in doubt") for name in world.supervisor.names)


async def test_case_47_shares_that_stay_unexplained_halt_the_desk_until_a_person_unlocks() -> None:
    async with a_world() as world:
        appear(world, 7)
        await world.do(world.desk.core.reconciler.run())
        assert world.context.risk.has(MISMATCH), "entries wait for the second look"
        assert not is_halted(world)
        with pytest.raises(OrderDenied, match="do not agree"):
            await world.place(10)
        with pytest.raises(OrderDenied, match="compared once more"):
            await unlock(world)
        await world.run_fast(18, 0.5)
        assert is_halted(world)
        assert world.context.risk.reason.startswith("The broker holds more shares than the journal explains (7 MSFT).")
        fresh = await restarted(world)
        await begin(fresh)
        assert is_halted(fresh)
        await unlock(fresh)
        assert fresh.context.risk.entries_open
        assert (await fresh.place(10)).state is S.FILLED
        assert len(memory(world).adjustments) == 1
        await check_settled(fresh)
        assert fresh.context.risk.entries_open, "what was taken over is no cause again"
        await fresh.stop()
        assert not fresh.reports.rows


async def test_case_47_list_that_merely_lagged_halts_nothing() -> None:
    async with a_world() as world:
        appear(world, 7)
        await world.do(world.desk.core.reconciler.run())
        assert world.context.risk.has(MISMATCH)
        appear(world, -7)
        await world.run_fast(20, 0.5)
        assert world.context.risk.entries_open
        assert not is_halted(world)
        assert any("agree again" in row for row in world.notices())
        assert [int(row.quantity) for row in memory(world).adjustments] == [7, -7]
        await check_settled(world)


async def test_case_48_second_look_that_fails_is_made_again_with_entries_locked() -> None:
    async with a_world() as world:
        appear(world, -7)
        await world.do(world.desk.core.reconciler.run())
        world.faults.on("get_positions", FailRead(), nth=None)
        await world.run_fast(40, 0.5)
        assert world.context.risk.has(MISMATCH)
        assert not is_halted(world), "a read that fails proves nothing"
        world.faults.clear()
        await world.run_fast(20, 0.5)
        assert is_halted(world)
        assert "fewer shares" in world.context.risk.reason


async def test_case_47_shares_are_looked_for_in_older_executions_before_they_count_as_unexplained() -> None:
    async with a_world() as world:
        asked, get = [], world.broker.get_executions

        async def listen(since: object) -> object:
            asked.append(since)
            return await get(since)  # type: ignore[arg-type]

        world.broker.get_executions = listen  # type: ignore[assignment,method-assign]
        await world.do(world.desk.core.reconciler.run())
        week = FIRST_LOOK_BACK - timedelta(hours=1)
        assert all(world.clock.now() - row < week for row in asked), "nobody asks without need"  # type: ignore[operator]
        appear(world, 7)
        await world.do(world.desk.core.reconciler.run())
        assert any(world.clock.now() - row > week for row in asked)  # type: ignore[operator]


async def test_acknowledged_order_that_vanished_halts_the_desk_until_it_is_decided() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(1)
        desk = world.broker._session.running().desk
        del desk.orders[order.broker_order_id or ""], desk.open[order.broker_order_id or ""]
        await world.do(world.desk.core.reconciler.run())
        await world.run_fast(18, 0.5)
        assert is_halted(world)
        words = "The broker no longer knows this order that it held before: buy 100 AAPL."
        assert world.context.risk.reason.startswith(words)
        with pytest.raises(OrderDenied, match="Look at it and decide"):
            await unlock(world)
        await world.do(world.trading.decide_unknown(order.client_order_id, exists=False, note="It is gone."))
        await unlock(world)
        assert world.context.risk.entries_open
        await check_settled(world)
