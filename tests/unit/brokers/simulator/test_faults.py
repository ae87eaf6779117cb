"""The fault plan: each fault does at the broker and on the wire what its name says. Numbers are those of the matrix."""

import asyncio
from typing import Any

import pytest

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused, OutcomeUnknown, RateLimited
from legend_desktop.brokers.simulator.faults import (
    Cut,
    Delay,
    DropRequest,
    Duplicate,
    FailRead,
    FaultPlan,
    FillAfterCancel,
    FillInstead,
    GarbledAnswer,
    LoseAnswer,
    NeverSent,
    Overfill,
    Refuse,
    RefuseLeg,
    RejectAfterAccept,
    Reorder,
    Silence,
    UnknownStatus,
    shuffled,
)
from legend_desktop.domain.enums import ExecutionKind, OrderRole, OrderSide, OrderState, OrderType
from legend_desktop.domain.executions import Execution, effective_executions, filled_quantity
from tests.fakes.clock import settle
from tests.unit.brokers.simulator.rig import BUY, SELL, Rig, d, rig

S = OrderState
LIMIT = OrderType.LIMIT


def plan(route: str, fault: Any, nth: int | None = 1) -> FaultPlan:
    return FaultPlan().on(route, fault, nth=nth)


async def test_case_01_the_answer_is_lost_and_the_order_exists_once() -> None:
    async with rig(faults=plan("place_order", LoseAnswer())) as made:
        intent = made.intent(100)
        with pytest.raises(OutcomeUnknown):
            await made.broker.place_order(intent)
        found = await made.broker.find_order(intent.client_order_id)
        assert found is not None
        assert len(await made.broker.get_orders()) == 1
        await made.broker.place_order(made.intent(1))


@pytest.mark.parametrize("fault", [DropRequest(), DropRequest(words="The connection was reset")])
async def test_case_02_and_05_the_request_is_lost_and_nothing_exists(fault: DropRequest) -> None:
    sent: list[str] = []
    async with rig(faults=plan("place_order", fault)) as made:
        made.broker.on_request_sent = lambda key, _: sent.append(key)
        intent = made.intent(100)
        with pytest.raises(OutcomeUnknown):
            await made.broker.place_order(intent)
        assert sent == [intent.client_order_id], "from the desk's side it went out"
        assert await made.broker.find_order(intent.client_order_id) is None


async def test_nothing_leaves_where_the_broker_cannot_be_reached() -> None:
    sent: list[str] = []
    async with rig(faults=plan("place_order", NeverSent())) as made:
        made.broker.on_request_sent = lambda key, _: sent.append(key)
        with pytest.raises(BrokerDown):
            await made.broker.place_order(made.intent(100))
        assert sent == []
        assert await made.broker.get_orders() == []


async def test_case_09_an_answer_that_cannot_be_read_keeps_its_raw_text() -> None:
    async with rig(faults=plan("place_order", GarbledAnswer('{"id": "S-00'))) as made:
        with pytest.raises(OutcomeUnknown) as caught:
            await made.broker.place_order(made.intent(100))
        assert caught.value.raw == '{"id": "S-00'
        assert len(await made.broker.get_orders()) == 1


async def test_case_18_and_19_the_stream_tells_acknowledgement_and_fill_before_the_answer() -> None:
    async with rig(faults=plan("place_order", Delay(after=2))) as made:
        placing = asyncio.create_task(made.broker.place_order(made.intent(100)))
        await settle()
        await made.pump()
        assert not placing.done()
        assert [event.report.state for event in made.events] == [S.WORKING, S.FILLED]
        await made.clock.advance(2)
        assert (await placing).state is S.WORKING, "the late answer shows the order as it was"


async def test_case_19_the_fill_comes_before_the_acknowledgement_on_the_stream() -> None:
    async with rig(faults=plan("order_stream", Reorder(window=2, seed=1))) as made:
        report = await made.place(100)
        assert made.kinds(report.broker_order_id) == [OrderStreamKind.EXECUTION, OrderStreamKind.STATUS]


async def test_case_20_the_broker_rejects_what_it_had_accepted() -> None:
    async with rig(faults=plan("place_order", RejectAfterAccept("no longer tradable", 1))) as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        assert report.state is S.WORKING
        await made.clock.advance(1)
        await made.pump()
        after = await made.order(report.broker_order_id)
        assert (after.state, after.reason) == (S.REJECTED, "no longer tradable")
        assert made.events[-1].report.state is S.REJECTED


async def test_case_21_an_unknown_status_word_for_as_many_reads_as_planned() -> None:
    async with rig(faults=plan("place_order", UnknownStatus("MAGIC", reads=2))) as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        assert (report.state, report.status_text) == (None, "MAGIC")
        told = [(await made.order(report.broker_order_id)).state for _ in range(3)]
        assert told == [None, None, S.WORKING]


async def test_case_22_the_parent_is_taken_and_the_stop_leg_is_not() -> None:
    async with rig(faults=plan("place_bracket_order", RefuseLeg(OrderRole.STOP, "no stops today"))) as made:
        entry, target, stop = await made.broker.place_bracket_order(made.bracket(100))
        assert (stop.state, stop.reason) == (S.REJECTED, "no stops today")
        await made.pump()
        assert await made.state(entry.broker_order_id) == (S.FILLED, 100)
        assert (await made.state(target.broker_order_id))[0] is S.WORKING


async def test_case_24_an_execution_comes_twice_on_the_stream() -> None:
    async with rig(faults=plan("order_stream", Duplicate(times=2), None)) as made:
        await made.place(100)
        executions = [event.execution for event in made.events if event.execution is not None]
        assert len(executions) == 3
        assert len({row.execution_id for row in executions}) == 1
        assert filled_quantity(executions) == 100


async def test_case_25_stream_and_request_tell_the_same_execution() -> None:
    async with rig() as made:
        await made.place(100)
        streamed = [event.execution for event in made.events if event.execution is not None]
        assert streamed == await made.fills()


@pytest.mark.parametrize("seed", range(12))
async def test_case_26_executions_out_of_order_sum_to_the_same(seed: int) -> None:
    async with rig(faults=plan("order_stream", Reorder(window=6, seed=seed))) as made:
        await made.place(5_00, BUY, LIMIT, limit=175.51)
        for _ in range(5):
            await made.trade(175.51, 100)
        executions = [event.execution for event in made.events if event.execution is not None]
        kinds = [event.kind for event in made.events]
        assert len(executions) == 5
        assert filled_quantity(executions) == 500
        in_order = sorted(executions, key=lambda row: row.execution_id)
        assert kinds[0] is OrderStreamKind.EXECUTION or executions != in_order


def test_a_shuffle_is_never_the_given_order() -> None:
    assert all(shuffled(count, seed) != list(range(count)) for count in (2, 3, 7) for seed in range(50))


async def test_held_events_come_when_nothing_more_happens() -> None:
    async with rig(faults=plan("order_stream", Reorder(window=50))) as made:
        await made.place(100)
        assert made.events == []
        await made.pump()
        assert len(made.events) == 2


async def test_case_27_an_overfill_moves_the_position_and_the_order_says_so() -> None:
    async with rig(faults=plan("place_order", Overfill(30))) as made:
        report = await made.place(100)
        assert await made.state(report.broker_order_id) == (S.FILLED, 130)
        assert sum(fill.quantity for fill in await made.fills()) == 130 == await made.position()


async def test_case_28_a_fill_arrives_after_the_cancel() -> None:
    async with rig(faults=plan("cancel_order", FillAfterCancel(40, d("175.40"), seconds=1))) as made:
        report = await made.place(100, BUY, LIMIT, limit=175.40)
        await made.broker.cancel_order(report.broker_order_id)
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.CANCELED, 0)
        await made.clock.advance(1)
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.CANCELED, 40)
        assert made.events[-1].kind is OrderStreamKind.EXECUTION
        assert await made.position() == 40


async def test_case_29_a_bust_takes_shares_cash_and_profit_back() -> None:
    async with rig() as made:
        before = await made.broker.get_account()
        report = await made.place(100)
        (fill,) = await made.fills()
        made.broker.backstage.bust(fill.execution_id)
        await made.pump()
        rows = await made.fills()
        assert [row.kind for row in rows] == [ExecutionKind.FILL, ExecutionKind.BUST]
        assert rows[1].corrects_id == fill.execution_id
        assert effective_executions(rows) == []
        account = await made.broker.get_account()
        assert (account.cash, account.equity) == (before.cash, before.equity)
        assert await made.position() == 0
        assert await made.state(report.broker_order_id) == (S.CANCELED, 0)


async def test_case_29_a_correction_books_the_fill_anew() -> None:
    async with rig() as made:
        report = await made.place(100)
        (fill,) = await made.fills()
        made.broker.backstage.correct(fill.execution_id, price=d("175.60"))
        made.broker.backstage.correct(fill.execution_id, price=d("175.56"), quantity=90)
        await made.pump()
        rows = await made.fills()
        (standing,) = effective_executions(rows)
        assert (standing.price, standing.quantity) == (d("175.56"), d(90))
        account = await made.broker.get_account()
        assert account.cash == 100_000 - 90 * d("175.56")
        assert await made.state(report.broker_order_id) == (S.CANCELED, 90)
        assert len([event for event in made.events if event.kind is OrderStreamKind.EXECUTION]) == 3


async def test_case_32_the_cancels_answer_is_lost_and_the_cancel_was_effective() -> None:
    async with rig(faults=plan("cancel_order", LoseAnswer())) as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        with pytest.raises(OutcomeUnknown):
            await made.broker.cancel_order(report.broker_order_id)
        assert (await made.state(report.broker_order_id))[0] is S.CANCELED


@pytest.mark.parametrize("route", ["cancel_order", "replace_order"])
async def test_case_33_and_34_the_order_fills_before_the_cancel_or_change_arrives(route: str) -> None:
    async with rig(faults=plan(route, FillInstead())) as made:
        report = await made.place(100, BUY, LIMIT, limit=175.51)
        await made.trade(175.51, 30)
        key = report.broker_order_id
        request: Any = (
            made.broker.cancel_order(key)
            if route == "cancel_order"
            else made.broker.replace_order(key, made.intent(100, BUY, LIMIT, limit=175))
        )
        with pytest.raises(OrderRefused) as caught:
            await request
        assert caught.value.code == ("not_cancelable" if route == "cancel_order" else "not_replaceable")
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.FILLED, 100)
        assert made.events[-1].report.state is S.FILLED


async def test_case_36_a_refused_change_leaves_the_original_terms() -> None:
    async with rig(faults=plan("replace_order", Refuse("order cannot be changed now", "not_replaceable"))) as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.replace_order(report.broker_order_id, made.intent(100, BUY, LIMIT, limit=171))
        assert caught.value.broker_words == "order cannot be changed now"
        after = await made.order(report.broker_order_id)
        assert (after.state, after.terms.limit_price) == (S.WORKING, d(170))


async def test_case_35_a_lost_answer_to_a_change_leaves_one_live_order() -> None:
    async with rig(faults=plan("replace_order", LoseAnswer())) as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        successor = made.intent(100, BUY, LIMIT, limit=171)
        with pytest.raises(OutcomeUnknown):
            await made.broker.replace_order(report.broker_order_id, successor)
        (alive,) = await made.broker.get_orders(open_only=True)
        assert alive.client_order_id == successor.client_order_id


async def test_case_39_and_41_a_cut_stream_breaks_and_a_new_one_goes_on() -> None:
    async with rig(faults=plan("order_stream", Cut(), nth=2)) as made:
        stream = made.broker.stream_order_events()
        await made.broker.place_order(made.intent(100))
        await made.broker.advance()
        assert (await anext(stream)).report.state is S.WORKING
        with pytest.raises(BrokerDown):
            await anext(stream)
        again = made.broker.stream_order_events()
        await made.broker.place_order(made.intent(1))
        assert (await anext(again)).report.client_order_id.endswith("2")
        assert sum(fill.quantity for fill in await made.fills()) == 100, "the lost fill is there for the asking"


async def test_case_44_a_silent_stream_swallows_events_and_stays_up() -> None:
    async with rig(faults=plan("order_stream", Silence(events=2))) as made:
        report = await made.place(100)
        assert made.events == []
        await made.broker.place_order(made.intent(1))
        await made.pump()
        assert {event.report.broker_order_id for event in made.events} != {report.broker_order_id}


async def test_quote_streams_fall_silent_break_and_repeat() -> None:
    faults = FaultPlan().on("quote_stream", Duplicate(), nth=1).on("quote_stream", Silence(1), nth=2)
    faults.on("quote_stream", Cut(), nth=4)
    async with rig(faults=faults) as made:
        stream = made.broker.stream_quotes(["AAPL"])
        for bid in (175.1, 175.2, 175.3):
            await made.quote(bid, 175.52)
        got = [(await anext(stream)).bid for _ in range(3)]
        assert got == [d("175.50"), d("175.50"), d("175.2")]
        with pytest.raises(BrokerDown):
            await anext(stream)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(FailRead(), BrokerDown), (FailRead(retry_after=7), RateLimited), (FailRead(login=True), AuthExpired)],
)
async def test_reads_fail_and_tell_nothing(fault: FailRead, error: type[Exception]) -> None:
    faults = FaultPlan()
    async with rig(faults=faults) as made:
        for route in ("get_account", "get_positions", "get_orders", "get_executions", "get_quote"):
            faults.on(route, fault)
        reads = (
            made.broker.get_account,
            made.broker.get_positions,
            made.broker.get_orders,
            lambda: made.broker.get_executions(made.clock.now()),
            lambda: made.broker.get_quote("AAPL"),
        )
        for read in reads:
            with pytest.raises(error):
                await read()
            await read()


async def test_connecting_may_fail_and_succeed_later() -> None:
    faults = plan("connect", FailRead("The login has ended", login=True))
    from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
    from tests.fakes.clock import FakeClock

    broker = SimulatorAdapter(FakeClock(), faults=faults)
    with pytest.raises(AuthExpired):
        await broker.connect()
    await broker.connect()
    await broker.disconnect()


def test_an_unknown_route_is_a_mistake_in_the_plan() -> None:
    with pytest.raises(ValueError, match="no route place"):
        FaultPlan().on("place", LoseAnswer())


async def test_a_plan_counts_calls_from_now_and_can_be_cleared() -> None:
    faults = FaultPlan()
    async with rig(faults=faults) as made:
        await made.broker.get_account()
        faults.on("get_account", FailRead(), nth=2).on("get_orders", FailRead(), nth=None)
        await made.broker.get_account()
        with pytest.raises(BrokerDown):
            await made.broker.get_account()
        assert faults.calls("get_account") == 3
        faults.clear("get_orders")
        await made.broker.get_orders()


async def external(made: Rig, side: OrderSide) -> str:
    return made.broker.backstage.place_elsewhere(made.intent(50, side).terms)


async def test_case_47_orders_placed_elsewhere_are_on_the_books_without_our_id() -> None:
    async with rig() as made:
        key = await external(made, BUY)
        await made.pump()
        report = await made.order(key)
        assert (report.state, report.role) == (S.FILLED, None)
        assert not report.client_order_id.startswith("LP")
        fills: list[Execution] = await made.fills(key)
        assert len(fills) == 1
        await external(made, SELL)
        await made.pump()
        assert await made.position() == 0


async def test_case_81_selling_out_while_exits_work_turns_the_position_unless_they_go_first() -> None:
    async with rig() as made:
        reports = await made.broker.place_bracket_order(made.bracket(100))
        await made.pump()
        for leg in reports[1:]:
            await made.broker.cancel_order(leg.broker_order_id)
        await made.broker.close_position(made.intent(100, SELL, reduce_only=True))
        await made.pump()
        await made.trade(173.9, 1_000)
        assert await made.position() == 0
        # and the other way round the broker lets it happen: it is the desk that must cancel first
        reports = await made.broker.place_bracket_order(made.bracket(100))
        await made.pump()
        await made.broker.close_position(made.intent(100, SELL, reduce_only=True))
        await made.pump()
        await made.trade(173.9, 1_000)
        assert await made.position() == -100
