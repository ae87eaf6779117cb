"""Answers that are lost, cut or late: an order whose fate is open is looked for and never sent again."""

import pytest

from legend_desktop.brokers.simulator.faults import (
    Cut,
    Delay,
    DropRequest,
    Fault,
    GarbledAnswer,
    LoseAnswer,
    NeverSent,
)
from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.order_state import OrderEventKind
from tests.faults.invariants import check, check_settled, memory
from tests.faults.world import a_world

S = OrderState


@pytest.mark.parametrize("fault", [LoseAnswer(seconds=5), GarbledAnswer()], ids=["timeout", "garbled"])
async def test_case_01_and_09_order_arrived_but_answer_did_not_is_adopted_once(fault: Fault) -> None:
    async with a_world() as world:
        world.faults.on("place_order", fault)
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert order.state in {S.UNKNOWN, S.WORKING}
        await check(world)
        await world.run(1)
        assert world.state(order) == (S.WORKING, 0)
        assert world.now(order).broker_order_id
        assert world.faults.calls("place_order") == 1
        assert not world.alarms
        await check_settled(world)
        assert world.faults.calls("place_order") == 1


async def test_case_01_answer_lost_of_a_market_order_that_filled_counts_its_fill() -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Cut(), nth=1)
        world.faults.on("place_order", LoseAnswer())
        order = await world.place(100)
        await world.run(3)
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await check_settled(world)


async def test_case_01_unknown_order_locks_its_symbol_and_says_so() -> None:
    async with a_world() as world:
        world.faults.on("place_order", LoseAnswer())
        world.faults.on("find_order", Delay(before=30), nth=None)
        world.faults.on("order_stream", Cut(), nth=None)
        order = await world.do(world.trading.place_order(world.terms(kind=OrderType.LIMIT, limit=175)))
        assert order.state is S.UNKNOWN
        alarm = world.alarms[f"unknown:{order.client_order_id}"]
        assert alarm.fact == "1 order is unknown: buy 100 AAPL."
        assert "It may be live. Do not send it again." in alarm.consequence
        with pytest.raises(OrderDenied) as refused:
            await world.do(world.trading.place_order(world.terms(50, kind=OrderType.LIMIT, limit=175.1)))
        assert "symbol_lock" in {row.check for row in refused.value.verdicts if row.outcome == "deny"}
        await check(world)
        world.faults.clear()
        await check_settled(world)


async def test_case_02_order_that_never_arrived_is_proven_absent_not_assumed() -> None:
    async with a_world() as world:
        world.faults.on("place_order", DropRequest(seconds=10))
        order = await world.place(100)
        assert order.state is S.UNKNOWN
        await check(world)
        await world.run(14)
        assert world.state(order)[0] is S.UNKNOWN, "three looks within 14 s are no proof yet"
        await world.run(20)
        assert world.state(order) == (S.REJECTED, 0)
        assert "Proven absent" in world.now(order).reason
        assert world.faults.calls("place_order") == 1
        assert any("Send it again if you still want it." in row for row in world.notices())
        await check_settled(world)


async def test_case_02_look_ups_that_fail_prove_nothing() -> None:
    async with a_world() as world:
        world.faults.on("place_order", DropRequest())
        world.faults.on("find_order", NeverSent(), nth=None)
        order = await world.place(100)
        await world.run_fast(120)
        assert world.state(order)[0] is S.UNKNOWN
        assert world.desk.core.resolver.searches[order.client_order_id].absences == 0
        await check(world)
        await check_settled(world)
        assert world.state(order)[0] is S.REJECTED


async def test_case_02_absence_needs_the_position_as_it_was() -> None:
    """The broker denies the order, yet the position has grown: that is no proof, whatever the account poll says."""
    async with a_world() as world:
        world.faults.on("place_order", DropRequest())
        order = await world.place(100)
        world.broker._session.running().book.book("AAPL", 100, 1_755_200, 0)
        await world.run_fast(60)
        assert world.state(order)[0] is S.UNKNOWN
        assert "no proof" in world.desk.core.resolver.searches[order.client_order_id].last_answer
        await check(world)


async def test_case_05_connection_reset_after_the_request_is_unknown_and_not_sent_again() -> None:
    async with a_world() as world:
        world.faults.on("place_order", DropRequest(words="The connection was reset"))
        order = await world.place(100)
        assert order.state is S.UNKNOWN
        kinds = [row.kind for row in await world.store.load_order_events(order.client_order_id)]
        assert kinds[:3] == [OrderEventKind.CREATED, OrderEventKind.SENT, OrderEventKind.AMBIGUOUS]
        await check_settled(world)
        assert world.faults.calls("place_order") == 1


async def test_case_06_no_byte_left_is_a_refusal_at_once() -> None:
    async with a_world() as world:
        world.faults.on("place_order", NeverSent())
        order = await world.place(100)
        assert order.state is S.REJECTED
        assert "cannot be reached" in order.reason
        assert not world.alarms
        await check_settled(world)


async def test_case_09_the_unreadable_answer_is_kept() -> None:
    async with a_world() as world:
        world.faults.on("place_order", GarbledAnswer(raw='{"id": "S-0'))
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        log = memory(world).events
        assert [row.raw for row in log if row.kind is OrderEventKind.AMBIGUOUS] == ['{"id": "S-0']
        await check_settled(world)
        assert world.state(order)[0] is S.WORKING


@pytest.mark.parametrize("fault", [LoseAnswer(), GarbledAnswer(), LoseAnswer(seconds=15)])
async def test_case_23_bracket_without_answer_is_found_with_its_legs_and_not_sent_twice(fault: Fault) -> None:
    async with a_world() as world:
        world.faults.on("place_bracket_order", fault)
        entry = await world.enter(100)
        await check(world)
        await world.run(2)
        assert world.state(entry) == (S.FILLED, 100)
        assert world.leg(entry, "Stop").state is S.WORKING
        assert world.leg(entry, "Target").state is S.WORKING
        assert world.faults.calls("place_bracket_order") == 1
        assert not world.alarms
        await check_settled(world)


async def test_case_23_bracket_without_answer_and_without_stream_finds_its_legs() -> None:
    async with a_world() as world:
        world.faults.on("order_stream", Cut())
        world.faults.on("connect", NeverSent(), nth=None)
        world.faults.on("get_orders", NeverSent(), nth=None)
        world.faults.on("place_bracket_order", LoseAnswer())
        entry = await world.enter(100)
        await world.run(5)
        assert world.state(entry) == (S.FILLED, 100)
        await check(world)
        await check_settled(world)
        assert world.leg(entry, "Stop").state is S.WORKING


async def test_case_23_bracket_that_never_arrived_is_proven_absent_whole() -> None:
    async with a_world() as world:
        world.faults.on("place_bracket_order", DropRequest())
        entry = await world.enter(100)
        await check(world)
        await check_settled(world)
        assert {row.state for row in world.orders} == {S.REJECTED}
        assert world.held() == 0
        assert world.state(entry)[0] is S.REJECTED


async def test_case_18_acknowledgement_on_the_stream_before_the_answer_is_one_order_and_one_acknowledgement() -> None:
    async with a_world() as world:
        world.faults.on("place_order", Delay(after=3))
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert world.state(order) == (S.WORKING, 0)
        kinds = [row.kind for row in await world.store.load_order_events(order.client_order_id)]
        assert kinds.count(OrderEventKind.WORKING) == 1
        assert len(world.orders) == 1
        await check_settled(world)


async def test_case_18_lost_answer_ends_its_search_as_soon_as_the_stream_speaks() -> None:
    async with a_world() as world:
        world.faults.on("place_order", LoseAnswer())
        world.faults.on("find_order", NeverSent(), nth=None)
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(0.2)
        assert world.state(order) == (S.WORKING, 0)
        assert not world.alarms, "the order is known again, so nothing on the strip may still call it unknown"
        assert not world.desk.core.resolver.searches
        await check_settled(world)


async def test_case_19_fill_before_the_acknowledgement_counts() -> None:
    async with a_world() as world:
        world.faults.on("place_order", Delay(after=3))
        await world.fresh()
        order = await world.do(world.trading.place_order(world.terms()))
        await world.breathe()
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await check_settled(world)
