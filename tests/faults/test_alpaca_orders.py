"""What Alpaca and the venue do to orders that they have: refusals, odd words, late fills, cancels and changes."""

import random
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderState, Pending
from legend_desktop.domain.order_state import OrderEventKind
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import ORDERS, an_alpaca_world

S = OrderState
WORDS = ["MAGIC", "half_filled", "REJECTED?"]


async def test_case_20_rejection_after_acceptance_frees_what_was_reserved() -> None:
    async with an_alpaca_world() as world:
        world.fake.switches.hold_acknowledge = True
        order = await world.resting(175, 500)
        assert order.state in {S.ACCEPTED, S.WORKING}
        world.fake.levers.reject(world.there(order), "the venue is closed to it")
        await world.calm()
        assert world.state(order) == (S.REJECTED, 0)
        assert "the venue is closed to it" in world.now(order).reason
        world.fake.switches.hold_acknowledge = False
        again = await world.resting(174.9, 500)
        assert again.state is S.WORKING, "nothing of the rejected order is held back"
        await check_settled(world)


@pytest.mark.parametrize("word", WORDS)
async def test_case_21_unknown_status_word_keeps_the_state_and_is_looked_up(word: str) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        asked = world.fake.state.requests.count(("GET", f"{ORDERS}/{there.id}"))
        world.fake.levers.set_status_word(there, word, event="new")
        await world.calm()
        assert world.state(order) == (S.WORKING, 0)
        assert world.fake.state.requests.count(("GET", f"{ORDERS}/{there.id}")) > asked, "it was asked about"
        await world.run(12, 0.5)
        assert world.state(order) == (S.WORKING, 0)
        await check(world)
        world.fake.levers.set_status_word(there, None)
        world.fake.levers.fill(there)
        await check_settled(world)
        assert world.state(order) == (S.FILLED, 100)


@pytest.mark.parametrize("word", WORDS)
async def test_case_21_unknown_status_word_as_the_first_answer_is_no_failed_order(word: str) -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.mute = True
        world.fault("rewrite", "POST", ORDERS, replace={"status": word})
        order = await world.resting()
        assert order.state is not S.REJECTED
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.WORKING, 0)
        assert world.posts == 1


async def test_case_21_event_that_nobody_knows_is_taken_calmly() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fake.levers.emit("moon_phase", world.there(order), phase="full", price=None)
        await world.calm()
        assert world.state(order) == (S.WORKING, 0)
        await check_settled(world)


async def test_case_22_refused_stop_leg_raises_the_strip_and_can_be_repaired() -> None:
    async with an_alpaca_world() as world:
        entry = await world.enter(100)
        stop = world.leg(entry, "Stop")
        there = world.there(stop)
        there.status = "rejected"
        world.fake.engine.emit("rejected", there, reason="the venue takes no such stop")
        await world.run(3)
        assert world.state(stop)[0] is S.REJECTED
        alarm = world.alarms["protection:AAPL"]
        assert "AAPL" in alarm.fact
        before = len(world.orders)
        await world.run(12, 0.5)
        assert len(world.orders) == before, "nothing is sent that nobody asked for"
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL"))
        await world.run(3)
        assert "protection:AAPL" not in world.alarms
        await check_settled(world)


async def test_case_51_stop_leg_deleted_elsewhere_raises_the_strip_and_sends_nothing() -> None:
    async with an_alpaca_world() as world:
        entry = await world.enter(100)
        world.fake.levers.delete_leg(world.there(world.leg(entry, "Stop")))
        await world.run(3)
        assert "protection:AAPL" in world.alarms
        assert world.posts == 1
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL"))
        await world.run(3)
        assert "protection:AAPL" not in world.alarms
        assert world.held() == 100
        await check_settled(world)


async def test_case_51_stop_that_waits_beside_its_target_protects() -> None:
    """Alpaca holds the stop while its target works: that is protection, not a missing stop."""
    async with an_alpaca_world() as world:
        entry = await world.enter(100)
        assert world.there(world.leg(entry, "Stop")).status == "held"
        await world.run(35, 0.5)
        assert not world.alarms
        await check_settled(world)


async def test_case_27_overfill_is_kept_needs_a_person_and_locks_the_symbol() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fake.levers.fill(world.there(order), 130, "175")
        await world.calm()
        assert world.now(order).state is S.ATTENTION
        assert any(key.endswith(order.client_order_id) for key in world.alarms)
        await check(world)
        await world.run(12, 0.5)
        assert world.held() == world.held_there() == 130


@pytest.mark.parametrize("heard", [True, False], ids=["stream", "mute"])
async def test_case_28_fill_after_the_cancel_is_counted_and_told(heard: bool) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        await world.do(world.trading.cancel_order(order.client_order_id))
        await world.calm()
        assert world.state(order)[0] is S.CANCELED
        world.faults.trading.mute = not heard
        world.fake.levers.fill(there, 40, "175")
        there.status = "canceled"
        world.faults.trading.mute = False
        await world.do(world.desk.core.reconciler.run())
        assert world.state(order) == (S.CANCELED, 40)
        assert world.held() == 40
        assert world.alarms[f"late:{order.client_order_id}"].fact == "40 AAPL filled after the order had ended."
        await check_settled(world)


async def test_case_29_busted_fill_gives_its_shares_back_and_keeps_its_row() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        there = world.there(order)
        world.fake.levers.fill(there, 60, "175")
        fill = world.fake.levers.fill(there, 40, "174.9")
        await world.calm()
        assert (world.state(order), world.held()) == ((S.FILLED, 100), 100)
        world.fake.levers.bust(fill)
        await world.run(2)
        assert world.held() == world.held_there() == 60
        assert int(world.now(order).filled_quantity) == 60
        assert len(world.now(order).executions) == 3, "the fill and its bust both stay"
        await check(world)


async def test_case_29_corrected_fill_moves_the_position_and_the_average() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        fill = world.fake.levers.fill(world.there(order), 100, "175")
        await world.calm()
        world.fake.levers.correct(fill, "174.5")
        await world.run(2)
        assert world.state(order) == (S.FILLED, 100)
        assert world.now(order).average_fill_price == Decimal("174.5")
        await check_settled(world)


@pytest.mark.parametrize("fault", ["hang_after", "drop_after"])
async def test_case_32_cancel_without_an_answer_that_took_effect_ends_canceled(fault: str) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.mute = True
        world.fault(fault, "DELETE", f"{ORDERS}/*", times=3)
        await world.do(world.trading.cancel_order(order.client_order_id))
        assert world.state(order)[0] is S.WORKING, "shown as asked for, not as done"
        await check(world)
        await check_settled(world)
        assert world.state(order)[0] is S.CANCELED


async def test_case_32_cancel_that_never_arrived_stays_unconfirmed_and_says_so() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fault("hang_before", "DELETE", f"{ORDERS}/*", times=3)
        await world.do(world.trading.cancel_order(order.client_order_id))
        assert world.state(order)[0] is S.WORKING
        assert any("Cancel requested, not confirmed. The order may still fill." in row for row in world.notices())
        world.fake.levers.fill(world.there(order), 100, "175")
        await world.calm()
        assert world.state(order) == (S.FILLED, 100)
        await check_settled(world)


async def test_case_32_cancel_that_stays_pending_is_not_shown_as_done() -> None:
    async with an_alpaca_world() as world:
        world.fake.switches.hold_cancels = True
        order = await world.resting()
        await world.do(world.trading.cancel_order(order.client_order_id))
        await world.run(20, 0.5)
        assert world.state(order)[0] is S.WORKING
        world.fake.levers.finish_cancel(world.there(order))
        await world.calm()
        assert world.state(order)[0] is S.CANCELED
        assert world.now(order).cancel_origin == "user"
        await check_settled(world)


async def test_case_33_cancel_refused_because_it_filled_shows_the_fill() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.mute = True
        world.fake.levers.fill(world.there(order))
        await world.do(world.trading.cancel_order(order.client_order_id))
        kinds = [row.kind for row in await world.store.load_order_events(order.client_order_id)]
        assert OrderEventKind.CANCEL_REFUSED in kinds
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.FILLED, 100)


@pytest.mark.parametrize("seed", range(8))
async def test_case_34_cancel_and_fills_in_a_race_agree_with_alpaca(seed: int) -> None:
    dice = random.Random(seed)
    async with an_alpaca_world() as world:
        world.fake.switches.hold_cancels = True
        order = await world.resting()
        there = world.there(order)
        world.faults.trading.lose = dice.choice([0, 0, 2])
        for _ in range(dice.randint(0, 2)):
            world.fake.levers.fill(there, dice.randint(1, 30), "175")
        await world.do(world.trading.cancel_order(order.client_order_id))
        if dice.random() < 0.5:
            world.fake.levers.fill(there, None if dice.random() < 0.5 else 1, "175")
        if there.is_open:
            world.fake.levers.finish_cancel(there)
        await check(world)
        await check_settled(world)
        assert world.now(order).remaining_quantity >= 0
        assert world.now(order).state is (S.FILLED if there.filled_qty == 100 else S.CANCELED)
        assert world.held() == there.filled_qty


@pytest.mark.parametrize("how", ["answer", "venue", "venue, unheard"])
async def test_case_36_refused_change_leaves_the_original_terms(how: str) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        if how == "answer":
            body = {"code": 42210000, "message": "cannot replace order in pending_new status"}
            world.fault("status", "PATCH", f"{ORDERS}/*", status=422, body=body)
        else:
            world.fake.switches.reject_next_replace = "too late to replace"
            world.faults.trading.mute = how == "venue, unheard"
        await world.do(world.trading.replace_order(order.client_order_id, limit_price=Decimal("174.5")))
        await world.run(12)
        assert world.state(order) == (S.WORKING, 0)
        assert world.now(order).pending is Pending.NONE
        assert world.now(order).terms.limit_price == 175
        await check_settled(world)
        await world.do(world.trading.cancel_order(order.client_order_id))
        await check_settled(world)
        assert world.state(order)[0] is S.CANCELED


@pytest.mark.parametrize("effect", [True, False], ids=["arrived", "lost"])
async def test_case_35_change_without_an_answer_is_looked_for(effect: bool) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.faults.trading.mute = True
        world.fault("hang_after" if effect else "drop_before", "PATCH", f"{ORDERS}/*")
        await world.do(world.trading.replace_order(order.client_order_id, limit_price=Decimal("174.5")))
        await check(world)
        await check_settled(world)
        open_now = world.context.book.open_orders()
        assert [row.terms.limit_price for row in open_now] == [Decimal("174.5") if effect else Decimal(175)]
        assert len(world.fake.state.open_orders()) == 1


@pytest.mark.parametrize("heard", [True, False], ids=["stream", "deaf"])
async def test_case_37_chain_of_20_changes_with_fills_between_sums_to_alpaca(heard: bool) -> None:
    async with an_alpaca_world() as world:
        order = await world.resting(175, 100)
        current = order
        for number in range(20):
            if number % 2 == 0:
                world.fake.levers.fill(world.there(current), 1 + number % 3, "175")
                await world.run(0.2)
            price = Decimal("175") + Decimal(number % 5 + 1) / 100
            world.faults.trading.lose = 0 if heard else 1_000
            while not world.context.risk.entries_open:
                await world.run(1)  # a stream that keeps silent about a change is taken down and opened anew
            await world.fresh()
            current = await world.do(world.trading.replace_order(current.client_order_id, limit_price=price))
            await world.run(1.5)
            if not heard:
                world.faults.trading.lose = 0
                await world.do(world.desk.core.reconciler.run())
            (current,) = world.context.book.open_orders()
        await check_settled(world)
        filled = sum(row.qty for row in world.fake.state.executions)
        assert world.held() == world.held_there() == filled
        assert sum(row.filled_quantity for row in world.orders) == filled
        world.fake.levers.fill(world.there(current))
        await check_settled(world)
        assert world.held() == 100, "the whole chain trades what was asked for and no more"


async def test_case_36_change_that_the_venue_has_not_answered_is_shown_as_asked_for() -> None:
    """Alpaca's good answer says that it has the change, not that the change is made: until then the order may fill."""
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fake.switches.hold_replaces = True
        await world.do(world.trading.replace_order(order.client_order_id, limit_price=Decimal("174.5")))
        await world.run(12, 0.5)
        assert world.state(order) == (S.WORKING, 0)
        assert world.now(order).pending is Pending.REPLACE
        await check(world)
        there = world.there(order)
        world.fake.levers.fill(there, 30, "175")
        await world.calm()
        assert world.state(order) == (S.PARTIAL, 30)
        world.fake.levers.finish_replace(there)
        await world.calm()
        assert world.state(order) == (S.REPLACED, 30)
        (now,) = world.context.book.open_orders()
        assert now.terms.limit_price == Decimal("174.5")
        assert now.remaining_quantity == 70
        assert not world.alarms
        await check_settled(world)


async def test_case_36_stop_that_waits_for_its_change_counts_once() -> None:
    async with an_alpaca_world() as world:
        entry = await world.enter(100, target=None)
        assert world.held() == 100
        world.fake.switches.hold_replaces = True
        await world.fresh()
        await world.do(world.trading.move_stop("AAPL", 174.5))
        await world.run(5)
        assert not world.alarms, "the old stop protects until the new one has taken its place"
        world.fake.levers.finish_replace(world.there(world.leg(entry, "Stop")))
        await world.run(5)
        assert not world.alarms
        (stop,) = world.context.book.open_orders()
        assert stop.terms.stop_price == Decimal("174.5")
        await check_settled(world)


async def test_case_37_order_replaced_by_alpaca_itself_is_followed() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        fresh = world.fake.levers.replace_unasked(world.there(order), limit_price="87.5")
        await world.run(2)
        (now,) = world.context.book.open_orders()
        assert now.broker_order_id == fresh.id
        assert now.terms.limit_price == Decimal("87.5")
        assert world.state(order)[0] is S.REPLACED
        await check_settled(world)
