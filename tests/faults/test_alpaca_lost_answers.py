"""Answers of Alpaca that are lost, cut, late or strange: the order is looked for and not sent again."""

import asyncio
from typing import Any

import pytest

from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.order_state import OrderEventKind
from tests.fakes.clock import FakeClock
from tests.faults.alpaca_door import a_door
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import LOOK_UP, ORDERS, AlpacaWorld, a_desk, an_alpaca, an_alpaca_world
from tests.faults.invariants import memory
from tests.helpers.waiting import until

S = OrderState
DUPLICATE = {"code": 40010001, "message": "client_order_id must be unique"}
TOO_MANY = {"code": 42910000, "message": "too many requests"}
ARRIVED: list[Any] = [
    pytest.param("hang_after", {}, id="case_01_read_time_out"),
    pytest.param("drop_after", {}, id="case_05_reset_after_the_request"),
    pytest.param("drop_after", {"reset": False}, id="case_05_closed_after_the_request"),
    pytest.param("status", {"status": 500, "effect": True}, id="case_08_status_500"),
    pytest.param("status", {"status": 502, "effect": True}, id="case_08_status_502"),
    pytest.param("status", {"status": 503, "effect": True}, id="case_08_status_503"),
    pytest.param("status", {"status": 504, "effect": True}, id="case_08_status_504"),
    pytest.param("truncate", {}, id="case_09_truncated"),
    pytest.param("invalid_json", {}, id="case_09_no_json"),
    pytest.param("huge", {"size": 33 * 1024 * 1024}, id="case_09_enormous"),
    pytest.param("rewrite", {"remove": ["id"]}, id="case_09_without_an_id"),
    pytest.param("drip", {"bytes_per_second": 20.0}, id="case_15_slow_drip"),
]


def mute(world: AlpacaWorld) -> None:
    """The order stream says nothing more, so that look-ups have to find out."""
    world.faults.trading.mute = True


async def kinds(world: AlpacaWorld, client_order_id: str) -> list[OrderEventKind]:
    return [row.kind for row in await world.store.load_order_events(client_order_id)]


@pytest.mark.parametrize(("fault", "options"), ARRIVED)
async def test_case_01_05_08_09_15_order_that_arrived_without_a_good_answer_is_adopted_once(
    fault: str, options: dict[str, Any]
) -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault(fault, "POST", ORDERS, **options)
        order = await world.resting()
        assert order.state is S.UNKNOWN
        assert OrderEventKind.AMBIGUOUS in await kinds(world, order.client_order_id)
        await check(world)
        await world.run(3)
        assert world.state(order) == (S.WORKING, 0)
        assert world.now(order).broker_order_id == world.fake.state.orders[0].id
        assert not world.alarms
        await check_settled(world)
        assert world.posts == 1


async def test_case_01_stream_that_speaks_first_leaves_nothing_to_look_for() -> None:
    async with an_alpaca_world() as world:
        world.fault("hang_after", "POST", ORDERS)
        order = await world.place(100)
        assert world.state(order) == (S.FILLED, 100)
        assert not world.desk.core.resolver.searches
        assert not world.alarms
        assert ("GET", LOOK_UP) not in world.fake.state.requests
        await check_settled(world)
        assert (world.held(), world.posts) == (100, 1)


async def test_case_01_lost_answer_of_a_market_order_that_filled_counts_its_fill() -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault("hang_after", "POST", ORDERS)
        order = await world.place(100)
        assert order.state is S.UNKNOWN
        await world.run(3)
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await check_settled(world)


async def test_case_01_unknown_order_locks_its_symbol_and_says_so() -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault("hang_after", "POST", ORDERS)
        world.fault("status", "GET", LOOK_UP, times=None)
        order = await world.resting()
        assert order.state is S.UNKNOWN
        alarm = world.alarms[f"unknown:{order.client_order_id}"]
        assert alarm.fact == "1 order is unknown: buy 100 AAPL."
        assert "It may be live. Do not send it again." in alarm.consequence
        await world.fresh()
        with pytest.raises(OrderDenied) as refused:
            await world.do(world.trading.place_order(world.terms(50, kind=OrderType.LIMIT, limit=175.1)))
        assert "symbol_lock" in {row.check for row in refused.value.verdicts if row.outcome == "deny"}
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.WORKING, 0)


@pytest.mark.parametrize("fault", ["hang_before", "drop_before"])
async def test_case_02_order_that_never_arrived_is_proven_absent_not_assumed(fault: str) -> None:
    async with an_alpaca_world() as world:
        world.fault(fault, "POST", ORDERS)
        order = await world.place(100)
        assert order.state is S.UNKNOWN
        await check(world)
        await world.run(14)
        assert world.state(order)[0] is S.UNKNOWN, "looks within 14 s are no proof yet"
        await world.run(20)
        assert world.state(order) == (S.REJECTED, 0)
        assert "Proven absent" in world.now(order).reason
        assert any("Send it again if you still want it." in row for row in world.notices())
        await check_settled(world)
        assert world.posts == 1


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_case_02_look_ups_that_fail_prove_nothing(status: int) -> None:
    """A page of a server before Alpaca's says nothing about orders, whatever its status."""
    async with an_alpaca_world() as world:
        world.fault("drop_before", "POST", ORDERS)
        world.fault("status", "GET", LOOK_UP, status=status, times=None)
        order = await world.place(100)
        await world.run(60, 0.5)
        assert world.state(order)[0] is S.UNKNOWN
        assert world.desk.core.resolver.searches[order.client_order_id].absences == 0
        await check(world)
        await check_settled(world)
        assert world.state(order)[0] is S.REJECTED


async def test_case_02_absence_needs_the_position_as_it_was() -> None:
    async with an_alpaca_world() as world:
        world.fault("drop_before", "POST", ORDERS)
        order = await world.place(100)
        world.fake.levers.give("AAPL", "100", "175.52")
        await world.run(60, 0.5)
        assert world.state(order)[0] is S.UNKNOWN
        assert "no proof" in world.desk.core.resolver.searches[order.client_order_id].last_answer
        await check(world)


async def test_case_06_order_on_a_line_that_cannot_be_opened_was_never_sent() -> None:
    clock = FakeClock()
    async with an_alpaca(clock) as fake, a_door(fake) as door:
        addresses: dict[str, Any] = {"base_url": door.url, "stream_url": fake.ws_url, "data_url": fake.url}
        async with a_desk(
            fake, clock, **addresses, data_stream_url=f"{fake.url.replace('http', 'ws')}/v2/iex"
        ) as world:
            await door.shut()
            order = await world.resting()
            assert world.state(order) == (S.REJECTED, 0), "nobody answers on the port: no byte can have left"
            assert "Nothing was sent." in order.reason
            assert not world.alarms
            await check(world)
            await door.open()
            await check_settled(world)
            assert world.posts == 0
            order = await world.resting()
            assert order.state is S.WORKING, "nothing is wrong any more"


async def test_case_09_the_unreadable_answer_is_kept() -> None:
    async with an_alpaca_world() as world:
        world.fault("invalid_json", "POST", ORDERS)
        await world.resting()
        raw = [row.raw for row in memory(world).events if row.kind is OrderEventKind.AMBIGUOUS]
        assert raw == ['200 {"id": "61e6']
        await check_settled(world)


async def test_case_11_duplicate_id_proves_the_first_order_and_adopts_it() -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault("status", "POST", ORDERS, status=422, body=DUPLICATE, effect=True)
        order = await world.resting()
        assert order.state is S.WORKING
        assert order.broker_order_id == world.fake.state.orders[0].id
        await check_settled(world)
        assert world.posts == 1


async def test_case_11_duplicate_id_that_cannot_be_looked_up_is_unknown_and_not_refused() -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault("status", "POST", ORDERS, status=422, body=DUPLICATE, effect=True)
        world.fault("status", "GET", LOOK_UP, times=3)
        order = await world.resting()
        assert order.state is S.UNKNOWN
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.WORKING, 0)


async def test_case_12_too_many_requests_refuse_the_order_and_a_cancel_still_passes() -> None:
    async with an_alpaca_world() as world:
        first = await world.resting()
        world.fault("status", "POST", ORDERS, status=429, body=TOO_MANY, headers={"Retry-After": "7"})
        order = await world.resting(174.5)
        assert world.state(order) == (S.REJECTED, 0)
        assert "too many requests" in order.reason
        began = world.clock.monotonic_ns()
        await world.do(world.trading.cancel_order(first.client_order_id))
        assert world.clock.monotonic_ns() - began < 1e9, "a cancel does not wait for the pause of the reads"
        await world.calm()
        assert world.state(first)[0] is S.CANCELED
        await check_settled(world)


async def test_case_12_page_of_another_server_that_says_429_proves_nothing() -> None:
    async with an_alpaca_world() as world:
        mute(world)
        world.fault("status", "POST", ORDERS, status=429, effect=True)
        order = await world.resting()
        assert order.state is S.UNKNOWN
        await check_settled(world)
        assert world.state(order) == (S.WORKING, 0)


@pytest.mark.parametrize(("kind", "options"), [("html_401", {}), ("status", {"status": 401, "body": {"message": "x"}})])
async def test_case_13_login_refused_on_an_order_refuses_it_and_sends_nothing_again(
    kind: str, options: dict[str, Any]
) -> None:
    async with an_alpaca_world() as world:
        world.fault(kind, "POST", ORDERS, **options)
        order = await world.resting()
        assert world.state(order) == (S.REJECTED, 0)
        assert "does not accept these keys" in order.reason
        await check_settled(world)
        assert world.posts == 1
        assert not world.fake.state.orders


async def test_case_14_redirect_is_not_followed() -> None:
    async with an_alpaca_world() as world:
        world.fault("redirect", "POST", ORDERS, location=f"{world.fake.url}/v2/account")
        order = await world.resting()
        assert order.state is S.UNKNOWN
        await check(world)
        await check_settled(world)
        assert world.state(order)[0] is S.REJECTED, "it never arrived, which was proven"
        assert world.posts == 1


async def test_case_18_acknowledgement_on_the_stream_before_the_answer_is_one_order() -> None:
    async with an_alpaca_world() as world:
        await world.fresh()
        world.fault("hang_after", "POST", ORDERS)
        call = asyncio.ensure_future(world.trading.place_order(world.terms(kind=OrderType.LIMIT, limit=175)))
        await until(lambda: world.orders and world.orders[0].state is S.WORKING, "the stream's word")
        assert not call.done()
        world.faults.release()
        order = await world.do(call)
        assert world.state(order) == (S.WORKING, 0)
        assert (await kinds(world, order.client_order_id)).count(OrderEventKind.WORKING) == 1
        assert len(world.orders) == 1
        await check_settled(world)


async def test_case_19_fill_before_the_acknowledgement_counts() -> None:
    async with an_alpaca_world() as world:
        world.fake.switches.fill_before_answer = True
        world.faults.trading.reverse = 3
        order = await world.place(100)
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await check_settled(world)


@pytest.mark.parametrize(
    ("fault", "options"),
    [("hang_after", {}), ("drop_after", {}), ("invalid_json", {}), ("rewrite", {"remove": ["id", "legs"]})],
)
@pytest.mark.parametrize("silent", [False, True], ids=["stream", "mute"])
async def test_case_23_bracket_without_a_good_answer_is_found_with_its_legs(
    fault: str, options: dict[str, Any], silent: bool
) -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.mute = silent
        world.fault(fault, "POST", ORDERS, **options)
        entry = await world.enter(100)
        await check(world)
        await world.run(5)
        assert world.state(entry) == (S.FILLED, 100)
        assert {world.leg(entry, name).state for name in ("Stop", "Target")} <= {S.WORKING, S.ACCEPTED}
        assert not world.alarms
        await check_settled(world)
        assert len(world.orders) == 3
        assert world.posts == 1


async def test_case_23_bracket_that_never_arrived_is_proven_absent_whole() -> None:
    async with an_alpaca_world() as world:
        world.fault("drop_before", "POST", ORDERS)
        await world.enter(100)
        await check(world)
        await check_settled(world)
        assert {row.state for row in world.orders} == {S.REJECTED}
        assert world.held() == 0
