"""Presses that come too fast, too large or at the wrong moment, and the verbs for trouble."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.simulator.faults import DropRequest, FailRead, FillAfterCancel, LoseAnswer, NeverSent
from legend_desktop.domain.enums import OrderState, OrderType, TradingState
from legend_desktop.domain.errors import ConfirmationNeeded, InvalidInput, OrderDenied
from legend_desktop.domain.events import TradingStateChanged
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.services.risk_state import PERSON, THROTTLE
from tests.faults.invariants import check, check_settled, memory
from tests.faults.world import BUY, SELL, World, a_world, begin, d, restarted

S = OrderState
DUPLICATE = frozenset({"duplicate"})


def trading_state(world: World) -> TradingState:
    return world.context.risk.state


# ---- double presses and bursts


async def test_case_70_same_order_twice_within_a_second_asks_first() -> None:
    async with a_world() as world:
        await world.place(100, kind=OrderType.LIMIT, limit=175)
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert asked.value.checks == {"duplicate"}
        assert len(world.orders) == 1
        await world.place(100, kind=OrderType.LIMIT, limit=175, confirmed=DUPLICATE)
        assert len(world.orders) == 2
        await check_settled(world)


async def test_case_70_two_presses_in_the_same_moment_are_one_intent() -> None:
    async with a_world(latency=0.2) as world:
        request = QuickEntryRequest("AAPL", BUY, stop_loss_price=174, target_price=180, quantity=100)
        await world.fresh()
        first, second = (asyncio.ensure_future(world.trading.quick_entry(request)) for _ in range(2))
        await world.run(2)
        assert (await first).order.state in {S.WORKING, S.FILLED}
        with pytest.raises(ConfirmationNeeded):
            await second
        assert world.faults.calls("place_bracket_order") == 1
        assert world.held() == 100
        await check_settled(world)


async def test_case_70_after_a_second_the_same_order_passes() -> None:
    async with a_world() as world:
        await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.run(1.1)
        await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert len(world.orders) == 2


async def test_case_78_burst_of_100_presses_trips_the_throttle_for_a_minute() -> None:
    async with a_world() as world:
        await world.fresh()
        calls = [
            asyncio.ensure_future(world.trading.place_order(world.terms(number + 1, kind=OrderType.LIMIT, limit=175)))
            for number in range(100)
        ]
        await world.run(0.5)
        answers = await asyncio.gather(*calls, return_exceptions=True)
        sent = [row for row in answers if not isinstance(row, BaseException)]
        assert len(sent) == 5
        assert all(isinstance(row, OrderDenied) for row in answers if row not in sent)
        assert world.faults.calls("place_order") == 5
        assert world.context.risk.has(THROTTLE)
        assert world.context.risk.locks
        assert world.alarms["throttle"].fact.startswith("More than 5 orders in one second.")
        await world.run(1)
        with pytest.raises(OrderDenied) as locked:
            await world.place(500, kind=OrderType.LIMIT, limit=174.9)
        assert any("Entries are locked for another" in row.sentence for row in locked.value.verdicts)
        await world.do(world.trading.cancel_order(sent[0].client_order_id))
        await world.breathe()
        assert world.state(sent[0])[0] is S.CANCELED, "cancels pass the throttle"
        await world.run_fast(59)
        assert world.context.risk.entries_open
        assert "throttle" not in world.alarms, "the strip tells the truth when the minute is over"
        assert world.of_kind(TradingStateChanged)[-1].entries_open
        await world.place(10, kind=OrderType.LIMIT, limit=174.9)
        await check_settled(world)


async def burst(world: World) -> None:
    await world.fresh()
    for number in range(7):
        try:
            await world.trading.place_order(world.terms(number + 1, kind=OrderType.LIMIT, limit=175))
        except OrderDenied:
            continue


async def test_case_78_second_trip_within_ten_minutes_needs_a_person_also_after_a_restart() -> None:
    async with a_world() as world:
        await burst(world)
        assert not world.context.risk.has(PERSON)
        await world.run_fast(70)
        await burst(world)
        assert world.context.risk.has(PERSON)
        assert trading_state(world) is TradingState.HALTED
        fresh = await restarted(world)
        await begin(fresh)
        assert trading_state(fresh) is TradingState.HALTED
        await fresh.stop()


async def test_case_78_exits_are_not_throttled() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.run(2)
        await burst(world)
        assert world.context.risk.has(THROTTLE)
        closing = await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        assert world.state(closing)[0] is S.FILLED
        assert world.held() == 0


# ---- daily loss


async def test_case_79_daily_loss_crossed_by_a_fill_reduces_then_halts() -> None:
    async with a_world() as world:
        await world.place(1000)
        await world.run(3)
        await world.quote(172.40, 172.42)
        await world.run(2.5)
        assert trading_state(world) is TradingState.REDUCING
        assert "Only exits and cancels from now on." in world.context.risk.reason
        with pytest.raises(OrderDenied) as refused:
            await world.place(10)
        assert refused.value.code == "trading_state"
        half = await world.do(world.trading.close_position("AAPL", fraction=0.5))
        await world.breathe()
        assert world.state(half) == (S.FILLED, 500), "exits pass"
        await world.quote(168.0, 168.02)
        await world.run(2.5)
        assert trading_state(world) is TradingState.HALTED
        assert world.alarms["daily_loss"].consequence == "Open positions can be flattened."
        with pytest.raises(OrderDenied):
            await world.place(10)
        await world.quote(175.5, 175.52)
        await world.run(3)
        assert trading_state(world) is TradingState.HALTED, "a loss that shrinks opens nothing"
        report = await world.do(world.trading.flatten_all())
        assert (report.requested, report.residue) == (1, ())
        assert world.held() == 0
        await check_settled(world)


async def test_case_79_a_new_trading_day_starts_fresh() -> None:
    async with a_world() as world:
        await world.place(1000)
        await world.quote(172.0, 172.02)
        await world.run(2.5)
        assert trading_state(world) is TradingState.REDUCING
        await world.do(world.trading.close_position("AAPL"))
        await world.run_fast(15 * 3600, step=60)
        assert trading_state(world) is TradingState.ACTIVE
        assert "daily_loss" not in world.alarms


# ---- kill verbs


async def test_case_80_cancel_all_while_the_line_is_down_is_asked_again_until_confirmed() -> None:
    async with a_world() as world:
        for number in range(3):
            await world.place(100 + number, kind=OrderType.LIMIT, limit=175)
        for route in ("cancel_order", "cancel_all_orders", "connect", "get_clock", "get_order"):
            world.faults.on(route, NeverSent(), nth=None)
        world.faults.on("get_orders", FailRead(), nth=None)
        world.broker.streams.cut_orders()
        call = asyncio.ensure_future(world.trading.cancel_all())
        await world.run(20)
        assert not call.done()
        world.faults.clear()
        await world.run(5)
        report = await call
        assert (report.requested, report.confirmed, report.residue) == (3, 3, ())
        assert {row.state for row in world.orders} == {S.CANCELED}
        await check_settled(world)


async def test_case_80_cancel_all_without_any_line_names_what_may_still_be_open() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        for route in ("cancel_order", "cancel_all_orders", "connect", "get_clock", "get_order"):
            world.faults.on(route, NeverSent(), nth=None)
        world.broker.streams.cut_orders()
        report = await world.do(world.trading.cancel_all())
        assert (report.requested, report.confirmed) == (1, 0)
        assert report.residue == ("Buy 100 AAPL may still be open (working).",)
        assert world.state(order)[0] is S.WORKING, "nothing is shown as cancelled that is not"
        flat = await world.do(world.trading.flatten_all())
        assert "Positions were not closed" in flat.sentence
        await check(world)
        await check_settled(world)


async def test_case_80_cancel_all_looks_an_unknown_order_up_first() -> None:
    async with a_world() as world:
        world.broker.streams.silence_orders()
        world.faults.on("place_order", LoseAnswer())
        world.faults.on("find_order", NeverSent(), nth=1)
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert order.state is S.UNKNOWN
        await world.run(0.5)
        report = await world.do(world.trading.cancel_all())
        assert (report.requested, report.confirmed) == (1, 1)
        assert world.state(order) == (S.CANCELED, 0)
        assert world.now(order).cancel_origin == "user"
        await check_settled(world)


async def test_case_80_cancel_all_reaches_orders_that_nobody_here_knew_of() -> None:
    async with a_world() as world:
        world.broker.streams.silence_orders()
        there = world.broker.backstage.place_elsewhere(world.terms(50, kind=OrderType.LIMIT, limit=174))
        report = await world.do(world.trading.cancel_all())
        assert (report.requested, report.confirmed) == (1, 1)
        assert world.broker._session.running().desk.orders[there].state is S.CANCELED


async def test_case_80_cancels_of_one_press_are_written_down_as_the_persons() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await world.do(world.trading.cancel_all())
        assert world.now(order).cancel_origin == "user"
        assert world.of_kind(TradingStateChanged)[-1].entries_open, "cancel all locks nothing"


async def test_case_81_flatten_waits_until_the_exits_are_gone_and_does_not_flip() -> None:
    async with a_world() as world:
        entry = await world.enter(100)
        await world.run(1)
        report = await world.do(world.trading.flatten_all())
        assert report.residue == ()
        assert world.held() == 0
        assert world.leg(entry, "Stop").state is S.CANCELED
        assert world.leg(entry, "Target").state is S.CANCELED
        closing = world.orders[-1]
        gone = max(world.leg(entry, name).closed_at or closing.intent.created_at for name in ("Stop", "Target"))
        assert closing.intent.created_at >= gone
        assert world.context.risk.entries_open, "the halt of the flatten ends with it"
        await check_settled(world)


async def test_case_81_flatten_does_not_close_beside_an_exit_that_cannot_be_cancelled() -> None:
    async with a_world() as world:
        await world.enter(100)
        world.faults.on("cancel_order", DropRequest(), nth=None)
        world.faults.on("cancel_all_orders", DropRequest(), nth=None)
        report = await world.do(world.trading.flatten_all())
        assert "Positions were not closed: an order that may still fill could turn them over." in report.residue
        assert world.held() == 100
        assert world.faults.calls("close_position") == 0
        world.faults.clear()
        assert (await world.do(world.trading.flatten_all())).residue == ()
        assert world.held() == 0
        await check_settled(world)


async def test_case_81_exit_that_fills_while_it_is_cancelled_leaves_less_to_close() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        world.broker.streams.silence_orders()
        world.faults.on("cancel_all_orders", FillAfterCancel(60, Decimal(174)))
        await world.do(world.desk.core.reconciler.run())
        report = await world.do(world.trading.flatten_all())
        assert await world.held_there() == 0, "60 left by the stop, 40 by the flatten, and not 100"
        assert world.held() == 0
        assert report.residue == ()
        await check_settled(world)


async def test_case_81_flatten_works_with_an_order_that_needs_a_person() -> None:
    """An overfilled order has nothing left to fill: it must not keep anybody from getting flat."""
    from legend_desktop.brokers.simulator.faults import Overfill

    async with a_world() as world:
        world.faults.on("place_order", Overfill(quantity=5))
        order = await world.place(100)
        assert order.state is S.ATTENTION
        report = await world.do(world.trading.flatten_all())
        assert report.residue == ()
        assert world.held() == 0
        await check_settled(world)


async def test_case_81_flatten_pressed_twice_closes_once() -> None:
    async with a_world(latency=0.1) as world:
        await world.do(world.trading.quick_entry(QuickEntryRequest("AAPL", BUY, 174, 180, quantity=100)))
        await world.run(1)
        both = asyncio.gather(world.trading.flatten_all(), world.trading.flatten_all())
        await world.run(15)
        await both
        assert world.held() == 0
        assert await world.held_there() == 0
        assert world.context.risk.entries_open
        await check_settled(world)


async def test_case_81_close_pressed_while_the_stop_fills_closes_no_more_than_is_left() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        world.faults.on("cancel_order", FillAfterCancel(60, Decimal(174)))
        closing = await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        assert int(closing.quantity) == 40
        assert await world.held_there() == 0
        await check_settled(world)


# ---- lock


async def test_lock_survives_a_restart_and_asks_for_the_last_four() -> None:
    async with a_world() as world:
        await world.do(world.trading.lock("I have had enough."))
        assert trading_state(world) is TradingState.HALTED
        with pytest.raises(OrderDenied, match="I have had enough"):
            await world.place(10)
        fresh = await restarted(world)
        await begin(fresh)
        assert fresh.context.risk.reason == "I have had enough."
        for wrong in ("", "0000", "SIM-", "001"):
            with pytest.raises(InvalidInput, match="Trading stays locked"):
                await fresh.do(fresh.trading.unlock(wrong))
        await fresh.do(fresh.trading.unlock(" 0001 "))
        assert trading_state(fresh) is TradingState.ACTIVE
        assert (await fresh.place(10)).state is S.FILLED
        again = await restarted(fresh)
        await begin(again)
        assert again.context.risk.entries_open
        await again.stop()


async def test_flatten_works_while_locked() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.do(world.trading.lock())
        with pytest.raises(OrderDenied):
            await world.do(world.trading.close_position("AAPL"))
        assert (await world.do(world.trading.flatten_all())).residue == ()
        assert world.held() == 0
        assert world.context.risk.has(PERSON), "flatten does not lift the person's lock"


# ---- fat fingers and money


@pytest.mark.parametrize(
    ("terms", "outcome", "check_id"),
    [
        ({"quantity": 10_001}, Outcome.DENY, "max_quantity"),
        ({"quantity": 100, "kind": OrderType.LIMIT, "limit": 193.1}, Outcome.DENY, "price_collar"),
        ({"quantity": 100, "kind": OrderType.LIMIT, "limit": 157.9}, Outcome.CONFIRM, "price_collar"),
        ({"quantity": 100, "kind": OrderType.STOP, "stop": 170}, Outcome.DENY, "price_collar"),
        ({"quantity": 5_000}, Outcome.DENY, "buying_power"),
        ({"quantity": 100.5}, Outcome.DENY, "terms"),
        ({"quantity": 0}, Outcome.DENY, "terms"),
        ({"quantity": 100, "kind": OrderType.LIMIT}, Outcome.DENY, "terms"),
    ],
)
async def test_case_82_fat_finger_is_denied_or_asks(terms: dict[str, Any], outcome: Outcome, check_id: str) -> None:
    async with a_world() as world:
        with pytest.raises(OrderDenied) as refused:
            await world.place(**terms)
        assert isinstance(refused.value, ConfirmationNeeded) is (outcome is Outcome.CONFIRM)
        assert check_id in {row.check for row in refused.value.verdicts if row.outcome is outcome}
        assert world.faults.calls("place_order") == 0
        assert not any(row.is_open for row in world.orders)


@pytest.mark.parametrize(("stop", "target"), [(176, 180), (174, 170), (174, 174)])
async def test_case_82_stop_or_target_on_the_wrong_side_sends_nothing(stop: float, target: float) -> None:
    async with a_world() as world:
        with pytest.raises(OrderDenied):
            await world.quick(100, stop=stop, target=target)
        assert world.faults.calls("place_bracket_order") == 0


async def test_case_82_change_to_a_far_price_or_size_is_denied_too() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        for change in ({"limit_price": 193.1}, {"quantity": 20_000}, {"limit_price": 0}):
            with pytest.raises((OrderDenied, InvalidInput)):
                await world.do(world.trading.replace_order(order.client_order_id, **change))
        assert world.faults.calls("replace_order") == 0
        assert world.now(order).terms == order.terms


async def test_case_83_two_orders_at_once_the_reservation_blocks_the_second() -> None:
    async with a_world(latency=0.2) as world:
        await world.fresh()
        first, second = (
            asyncio.ensure_future(world.trading.place_order(world.terms(quantity, kind=OrderType.LIMIT, limit=175)))
            for quantity in (1500, 1400)
        )
        await world.run(2)
        assert (await first).state is S.WORKING
        with pytest.raises(OrderDenied, match="after the orders already sent") as refused:
            await second
        assert refused.value.code == "buying_power"
        assert world.faults.calls("place_order") == 1
        await check_settled(world)


async def test_case_83_reservation_holds_while_the_intent_is_still_being_written() -> None:
    """Two presses in one turn of the loop, with a disk that takes its time: only the first passes."""
    async with a_world() as world:
        store = memory(world)
        gate = asyncio.Event()
        store.slow = gate.wait
        await world.fresh()
        requests = [QuickEntryRequest("AAPL", BUY, stop_loss_price=174, quantity=row) for row in (1500, 1400)]
        calls = [world.trading.quick_entry(row, frozenset({"high_risk"})) for row in requests]
        first, second = (asyncio.ensure_future(call) for call in calls)
        await world.run(0.5)
        assert not first.done()
        assert isinstance(second.exception() if second.done() else None, OrderDenied | None)
        gate.set()
        await world.run(1)
        assert world.state((await first).order) == (S.FILLED, 1500)
        with pytest.raises(OrderDenied) as refused:
            await second
        assert refused.value.code == "buying_power"
        await check_settled(world)


async def test_case_83_money_of_a_fill_is_gone_before_the_account_says_so() -> None:
    async with a_world() as world:
        world.faults.on("get_account", FailRead(), nth=None)
        first = await world.place(1500)
        assert first.state is S.FILLED
        with pytest.raises(OrderDenied) as refused:
            await world.place(1400)
        assert refused.value.code == "buying_power"
        world.faults.clear()
        await check_settled(world)


async def test_case_83_two_closes_at_once_close_once() -> None:
    async with a_world(latency=0.2) as world:
        await world.do(world.trading.place_order(world.terms(100)))
        await world.run(1)
        both = [
            asyncio.ensure_future(world.trading.close_position("AAPL", quantity=quantity)) for quantity in (100, 60)
        ]
        await world.run(2)
        done = await asyncio.gather(*both, return_exceptions=True)
        assert isinstance(done[1], OrderDenied)
        assert world.held() == 0
        assert await world.held_there() == 0
        await check_settled(world)


async def test_gross_and_position_limits_count_what_is_unknown() -> None:
    limits = GateLimits(max_position_percent=d(25))
    async with a_world(limits=limits) as world:
        world.faults.on("place_order", DropRequest())
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert order.state is S.UNKNOWN
        verdicts = world.desk.core.planner.check(world.terms(60, kind=OrderType.LIMIT, limit=175))
        assert "position_limit" in {row.check for row in verdicts if row.outcome is Outcome.DENY}


async def test_short_side_is_closed_and_flattened_too() -> None:
    async with a_world() as world:
        short = await world.place(100, SELL)
        assert world.held() == -100
        assert short.state is S.FILLED
        await world.do(world.trading.move_stop("AAPL", 177))
        assert (await world.do(world.trading.flatten_all())).residue == ()
        assert world.held() == 0
        await check_settled(world)
