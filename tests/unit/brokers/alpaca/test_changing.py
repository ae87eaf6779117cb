"""Changes make a chain of orders, cancels are requests: both against the fake."""

from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.brokers.errors import OrderRefused, OutcomeUnknown, RateLimited
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderRole, OrderState
from legend_desktop.domain.executions import filled_quantity
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.samples import SELL
from tests.unit.brokers.alpaca.trading_world import GTC, LIMIT, MARKET, STOP, trading

S = OrderState
PATCH = {"method": "PATCH", "path": "/v2/orders/*"}


async def test_fact_3_a_change_makes_a_new_order_under_our_id() -> None:
    async with trading(listening=True) as world:
        before = await world.resting()
        successor = world.intent(LIMIT, limit="171")
        after = await world.broker.replace_order(before.broker_order_id, successor)
        assert (after.client_order_id, after.replaces_broker_order_id) == (
            successor.client_order_id,
            before.broker_order_id,
        )
        assert (after.filled_quantity, after.terms.limit_price) == (Decimal(0), Decimal(171))
        assert world.stamps[-1] == successor.client_order_id
        await world.heard(before.broker_order_id, "replaced")
        old = world.told(before.broker_order_id)[-1].report
        assert (old.state, old.replaced_by_broker_order_id) == (S.REPLACED, after.broker_order_id)
        found = await world.broker.find_order(successor.client_order_id)
        assert found is not None
        assert found.broker_order_id == after.broker_order_id


async def test_case_37_fills_over_a_chain_sum_to_what_was_asked() -> None:
    async with trading(listening=True) as world:
        report = await world.resting("170", "100")
        filled = Decimal(0)
        for step in range(20):
            world.fake.levers.fill(world.order(report.broker_order_id), 3, "170")
            filled += 3
            successor = world.intent(
                LIMIT, str(report.terms.quantity), limit=f"{Decimal('170.01') + step / Decimal(100)}"
            )
            report = await world.broker.replace_order(report.broker_order_id, successor)
            assert report.terms.quantity == 100 - filled
            await world.status(report.broker_order_id, "new")
        world.fake.levers.fill(world.order(report.broker_order_id), None, "170")
        await until(lambda: filled_quantity(world.executions()) == 100, "all fills")
        assert filled_quantity(await world.broker.get_executions(world.since)) == 100
        assert {row.execution_id for row in world.executions()} == {
            row.execution_id for row in await world.broker.get_executions(world.since)
        }


@pytest.mark.allow_log("its change works for")
async def test_trap_7_a_successor_that_begins_again_is_seen_and_shown_as_it_is() -> None:
    async with trading() as world:
        world.fake.switches.replace_restores_quantity = True
        report = await world.resting("170", "100")
        world.fake.levers.fill(world.order(report.broker_order_id), 30, "170")
        await world.broker.get_order(report.broker_order_id)
        after = await world.broker.replace_order(report.broker_order_id, world.intent(LIMIT, limit="169"))
        assert after.terms.quantity == 100


async def test_a_leg_moves_and_keeps_its_family() -> None:
    async with trading(listening=True) as world:
        entry, _, stop = await world.broker.place_bracket_order(world.bracket())
        await world.status(entry.broker_order_id, "filled")
        successor = world.intent(STOP, "100", SELL, role=OrderRole.STOP, stop="174.5", life=GTC)
        after = await world.broker.replace_order(stop.broker_order_id, successor)
        assert (after.role, after.parent_broker_order_id) == (OrderRole.STOP, entry.broker_order_id)
        assert after.client_order_id == successor.client_order_id
        await world.heard(stop.broker_order_id, "replaced")
        open_now = {row.broker_order_id: row for row in await world.broker.get_orders(open_only=True)}
        assert open_now[after.broker_order_id].terms.stop_price == Decimal("174.5")
        assert stop.broker_order_id not in open_now


async def test_the_exits_of_a_changed_entry_wait_for_its_successor() -> None:
    async with trading() as world:
        entry, target, stop = await world.broker.place_bracket_order(world.bracket(limit="175.4"))
        await world.status(entry.broker_order_id, "new")
        after = await world.broker.replace_order(entry.broker_order_id, world.intent(LIMIT, limit="175.3", life=GTC))
        await world.status(after.broker_order_id, "new")
        rows = {row.broker_order_id: row for row in await world.broker.get_orders(since=world.since)}
        for leg in (target, stop):
            assert rows[leg.broker_order_id].parent_broker_order_id == after.broker_order_id
            assert rows[leg.broker_order_id].client_order_id == leg.client_order_id


async def test_the_size_of_an_exit_cannot_be_changed_and_is_refused_here() -> None:
    async with trading() as world:
        entry, _, stop = await world.broker.place_bracket_order(world.bracket())
        await world.status(entry.broker_order_id, "filled")
        smaller = world.intent(STOP, "50", SELL, role=OrderRole.STOP, stop="174", life=GTC)
        with pytest.raises(OrderRefused) as caught:
            await world.broker.replace_order(stop.broker_order_id, smaller)
        assert caught.value.code == RefusalReason.NOT_REPLACEABLE
        assert world.broker.capabilities.legs_keep_size


async def test_case_36_a_refused_change_leaves_the_order() -> None:
    async with trading() as world:
        world.fake.switches.hold_acknowledge = True
        report = await world.broker.place_order(world.intent(LIMIT, limit="170"))
        with pytest.raises(OrderRefused) as caught:
            await world.broker.replace_order(report.broker_order_id, world.intent(LIMIT, limit="171"))
        assert caught.value.code == RefusalReason.NOT_REPLACEABLE
        assert "cannot replace order" in caught.value.broker_words
        found = await world.broker.get_order(report.broker_order_id)
        assert found is not None
        assert found.terms.limit_price == Decimal(170)


async def test_a_change_that_changes_nothing_is_not_sent() -> None:
    async with trading() as world:
        report = await world.resting()
        with pytest.raises(OrderRefused, match="already has these prices"):
            await world.broker.replace_order(report.broker_order_id, world.intent(LIMIT, limit="170"))


async def test_a_change_of_an_order_that_nobody_has_is_refused() -> None:
    async with trading() as world:
        with pytest.raises(OrderRefused, match="no such order"):
            await world.broker.replace_order(world.fake.state.new_id(), world.intent(LIMIT, limit="170"))


async def test_case_35_a_change_without_an_answer_is_found_by_its_own_id() -> None:
    async with trading() as world:
        report = await world.resting()
        world.fake.faults.add("drop_after", **PATCH)
        successor = world.intent(LIMIT, limit="171")
        with pytest.raises(OutcomeUnknown):
            await world.broker.replace_order(report.broker_order_id, successor)
        found = await world.broker.find_order(successor.client_order_id)
        assert found is not None
        assert found.replaces_broker_order_id == report.broker_order_id
        assert world.count(successor.client_order_id) == 1


async def test_case_11_a_used_id_of_a_change_proves_that_it_was_made() -> None:
    async with trading() as world:
        report = await world.resting()
        body = {"code": 40010001, "message": "client_order_id must be unique"}
        world.fake.faults.add("status", **PATCH, status=422, body=body, effect=True)
        successor = world.intent(LIMIT, limit="171")
        after = await world.broker.replace_order(report.broker_order_id, successor)
        assert after.client_order_id == successor.client_order_id
        assert after.replaces_broker_order_id == report.broker_order_id


async def test_a_change_that_lost_against_the_fill_ends_as_rejected() -> None:
    async with trading(listening=True) as world:
        world.fake.switches.hold_replaces = True
        report = await world.resting()
        after = await world.broker.replace_order(report.broker_order_id, world.intent(LIMIT, limit="171"))
        world.fake.levers.fill(world.order(report.broker_order_id))
        await world.heard(after.broker_order_id, "rejected")
        assert world.words(report.broker_order_id)[-1] == "filled"


async def test_a_refused_replace_on_the_stream_says_so() -> None:
    async with trading(listening=True) as world:
        report = await world.resting()
        world.fake.switches.reject_next_replace = "too late for that"
        await world.broker.replace_order(report.broker_order_id, world.intent(LIMIT, limit="171"))
        await until(lambda: [row for row in world.events if row.kind is OrderStreamKind.REPLACE_REFUSED], "refusal")
        (told,) = [row for row in world.events if row.kind is OrderStreamKind.REPLACE_REFUSED]
        assert (told.report.broker_order_id, told.report.reason) == (report.broker_order_id, "too late for that")


async def test_trap_8_a_replacement_made_elsewhere_is_followed_by_its_ids() -> None:
    async with trading(listening=True) as world:
        report = await world.resting()
        world.fake.desk.replace(world.order(report.broker_order_id), {"limit_price": "169"})
        await world.heard(report.broker_order_id, "replaced")
        old = await world.broker.get_order(report.broker_order_id)
        assert old is not None
        assert (old.state, old.filled_quantity) == (S.REPLACED, Decimal(0))
        new = await world.broker.get_order(old.replaced_by_broker_order_id or "")
        assert new is not None
        assert new.replaces_broker_order_id == report.broker_order_id


# ---- cancels


async def test_trap_10_a_cancel_is_a_request_and_its_end_comes_by_the_stream() -> None:
    async with trading(listening=True) as world:
        world.fake.switches.hold_cancels = True
        report = await world.resting()
        await world.broker.cancel_order(report.broker_order_id)
        now = await world.broker.get_order(report.broker_order_id)
        assert now is not None
        assert (now.state, now.status_text) == (S.ACCEPTED, "pending_cancel")
        await world.broker.cancel_order(report.broker_order_id)
        world.fake.levers.finish_cancel(world.order(report.broker_order_id))
        await world.heard(report.broker_order_id, "canceled")


@pytest.mark.parametrize("end", ["filled", "canceled"])
async def test_trap_11_case_33_a_cancel_that_came_too_late_is_refused_with_the_state(end: str) -> None:
    async with trading() as world:
        report = await world.resting()
        order = world.order(report.broker_order_id)
        world.fake.levers.fill(order) if end == "filled" else world.fake.levers.cancel(order)
        with pytest.raises(OrderRefused) as caught:
            await world.broker.cancel_order(report.broker_order_id)
        assert caught.value.code == RefusalReason.NOT_CANCELABLE
        assert end in caught.value.broker_words
        assert ("too late" in str(caught.value)) == (end == "filled")
        assert ("cancelled already" in str(caught.value)) == (end == "canceled")


async def test_a_cancel_of_an_order_that_nobody_has_is_refused() -> None:
    async with trading() as world:
        with pytest.raises(OrderRefused):
            await world.broker.cancel_order(world.fake.state.new_id())


async def test_case_32_a_cancel_without_an_answer_is_unknown_and_may_be_asked_again() -> None:
    async with trading() as world:
        report = await world.resting()
        world.fake.faults.add("drop_before", method="DELETE", path="/v2/orders/*")
        with pytest.raises(OutcomeUnknown):
            await world.broker.cancel_order(report.broker_order_id)
        await world.broker.cancel_order(report.broker_order_id)
        await world.status(report.broker_order_id, "canceled")


async def test_a_cancel_that_was_one_too_many_is_asked_again_later() -> None:
    async with trading() as world:
        report = await world.resting()
        world.fake.faults.add("status", method="DELETE", status=429, body={"message": "too many requests."})
        with pytest.raises(RateLimited):
            await world.broker.cancel_order(report.broker_order_id)


async def test_cancel_all_reaches_every_order_and_counts_the_taken_ones() -> None:
    async with trading() as world:
        assert await world.broker.cancel_all_orders() == []
        first, second = await world.resting("170"), await world.resting("171")
        assert set(await world.broker.cancel_all_orders()) == {first.broker_order_id, second.broker_order_id}
        await world.status(second.broker_order_id, "canceled")
        assert await world.broker.get_orders(open_only=True) == []


async def test_a_mixed_207_names_only_what_was_taken() -> None:
    async with trading() as world:
        rows = [
            {"id": "a", "status": 200},
            {"id": "b", "status": 422, "body": {"code": 42210000, "message": "too late"}},
            {"id": "c", "status": "strange"},
            {"status": 200},
        ]
        world.fake.faults.add("status", method="DELETE", path="/v2/orders", status=207, body=rows)
        assert await world.broker.cancel_all_orders() == ["a"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [("status", {"status": 500, "body": {"message": "failed"}}), ("invalid_json", {}), ("drop_after", {})],
)
async def test_trap_17_a_cancel_all_without_a_good_answer_is_unknown(kind: str, options: dict[str, Any]) -> None:
    async with trading() as world:
        await world.resting()
        world.fake.faults.add(kind, method="DELETE", path="/v2/orders", **options)
        with pytest.raises(OutcomeUnknown):
            await world.broker.cancel_all_orders()


async def test_the_partner_of_a_filled_exit_says_why_it_ended() -> None:
    async with trading(listening=True) as world:
        entry, target, stop = await world.broker.place_bracket_order(world.bracket())
        await world.status(entry.broker_order_id, "filled")
        world.fake.market.set_quote("AAPL", "180.10", "180.12")
        await world.heard(stop.broker_order_id, "canceled")
        assert world.words(target.broker_order_id)[-1] == "filled"
        assert "OCO" in world.told(stop.broker_order_id)[-1].report.reason


async def test_trap_12_case_28_a_fill_after_the_cancel_is_counted() -> None:
    async with trading(listening=True) as world:
        report = await world.resting()
        await world.broker.cancel_order(report.broker_order_id)
        await world.heard(report.broker_order_id, "canceled")
        world.fake.levers.fill(world.order(report.broker_order_id), 40, "170")
        await until(lambda: world.executions(), "the late fill")
        assert filled_quantity(world.executions()) == 40


async def test_an_old_event_never_takes_an_order_back_to_life() -> None:
    async with trading(listening=True) as world:
        world.fake.faults.trading.reverse = 3
        report = await world.broker.place_order(world.intent(MARKET))
        await until(lambda: len(world.told(report.broker_order_id)) >= 3, "the events, last first")
        states = [row.report.state for row in world.told(report.broker_order_id)]
        assert states == [S.FILLED] * 3
        assert filled_quantity(world.executions()) == 100


async def test_reads_that_lag_behind_the_stream_do_not_take_a_fill_back() -> None:
    async with trading(listening=True) as world:
        report = await world.resting()
        await world.heard(report.broker_order_id, "new")
        world.fake.levers.freeze_reads()
        world.fake.levers.fill(world.order(report.broker_order_id))
        await world.heard(report.broker_order_id, "filled")
        now = await world.broker.get_order(report.broker_order_id)
        assert now is not None
        assert (now.state, now.filled_quantity) == (S.FILLED, Decimal(100))
        assert await world.broker.get_orders(open_only=True) == []


async def test_trap_6_exits_of_a_filled_entry_are_all_found() -> None:
    async with trading() as world:
        entry, target, stop = await world.broker.place_bracket_order(world.bracket())
        await world.status(entry.broker_order_id, "filled")
        open_now = await world.broker.get_orders(open_only=True)
        assert [(row.broker_order_id, row.status_text) for row in open_now] == [
            (target.broker_order_id, "new"),
            (stop.broker_order_id, "held"),
        ]
        later = await world.broker.get_orders(since=world.since)
        assert [row.role for row in later] == [OrderRole.ENTRY, OrderRole.TARGET, OrderRole.STOP]
        assert {row.parent_broker_order_id for row in later[1:]} == {entry.broker_order_id}
