"""The acceptance table: every kind of order, how it lives, is changed, cancelled and closed."""

from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce
from legend_desktop.domain.executions import filled_quantity
from tests.contract.adapters import Open
from tests.contract.rows import needs, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, MARKET, STOP = OrderType.LIMIT, OrderType.MARKET, OrderType.STOP
S = OrderState
ALIVE = {S.ACCEPTED, S.WORKING, S.PARTIAL}
RESTING: dict[OrderType, dict[str, Any]] = {
    LIMIT: {"limit": "170"},
    STOP: {"stop": "180"},
    OrderType.STOP_LIMIT: {"stop": "180", "limit": "181"},
    OrderType.TRAILING_STOP: {"trail": "2"},
}


def plain(value: object) -> str:
    return str(getattr(value, "value", "")).replace("_", "-")


# ---- order types


@topic("order types")
async def test_a_market_order_lives_from_answer_to_fill(opened: Open) -> None:
    async with opened() as made:
        intent = made.intent(BUY, MARKET, 100)
        report = await made.place(intent)
        assert report.broker_order_id
        assert report.terms == intent.terms
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.FILLED, Decimal(100))
        assert after.average_fill_price == Decimal("175.52")
        assert await made.position() == 100


@topic("order types")
@pytest.mark.parametrize("kind", list(RESTING), ids=plain)
async def test_it_rests_and_can_be_cancelled(opened: Open, kind: OrderType) -> None:
    async with opened() as made:
        needs(made, lambda able: kind in able.order_types, f"{plain(kind)} orders")
        intent = made.intent(BUY, kind, 10, **RESTING[kind])
        report = await made.place(intent)
        after = await made.order(report.broker_order_id)
        assert after.state in ALIVE
        assert after.terms == intent.terms
        assert after.client_order_id == intent.client_order_id
        assert await made.open_ids() == {report.broker_order_id}
        await made.broker.cancel_order(report.broker_order_id)
        await made.settle()
        assert (await made.order(report.broker_order_id)).state is S.CANCELED
        assert await made.open_ids() == set()


@topic("order types")
async def test_a_limit_fills_once_the_market_comes_to_it(opened: Open) -> None:
    async with opened() as made:
        report = await made.resting(limit="175.40")
        await made.move("175.38", "175.40", "175.40")
        after = await made.order(report.broker_order_id)
        assert (after.state, after.average_fill_price) == (S.FILLED, Decimal("175.40"))


@topic("order types")
async def test_a_stop_goes_off_and_sells_at_the_market(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: STOP in able.order_types, "stop orders")
        await made.hold()
        report = await made.place(made.exit(STOP, 100, stop="174"))
        await made.move("174.10", "174.12", "174.11")
        assert (await made.order(report.broker_order_id)).state in ALIVE
        await made.move("173.90", "173.92", "173.91")
        after = await made.order(report.broker_order_id)
        assert (after.state, after.average_fill_price) == (S.FILLED, Decimal("173.90"))
        assert await made.position() == 0


@topic("order types")
async def test_a_stop_limit_goes_off_and_keeps_its_price(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: OrderType.STOP_LIMIT in able.order_types, "stop-limit orders")
        await made.hold()
        report = await made.place(made.exit(OrderType.STOP_LIMIT, 100, stop="174", limit="173.95"))
        await made.move("173.60", "173.62", "173.61")
        assert (await made.order(report.broker_order_id)).state in ALIVE
        await made.move("173.96", "173.98", "173.97")
        after = await made.order(report.broker_order_id)
        assert after.state is S.FILLED
        assert after.average_fill_price is not None
        assert after.average_fill_price >= Decimal("173.95")


@topic("order types")
async def test_a_trailing_stop_follows_the_market_and_goes_off(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: OrderType.TRAILING_STOP in able.order_types, "trailing stops")
        await made.hold()
        report = await made.place(made.exit(OrderType.TRAILING_STOP, 100, trail="2"))
        await made.move("180.00", "180.02", "180.01")
        trailed = await made.order(report.broker_order_id)
        assert trailed.state in ALIVE
        assert trailed.working_stop_price == Decimal("178.01")
        await made.move("177.90", "177.92", "177.91")
        assert (await made.order(report.broker_order_id)).state is S.FILLED
        assert await made.position() == 0


# ---- times in force


@topic("times in force")
@pytest.mark.parametrize("life", [life for life in TimeInForce if life not in {"ioc", "fok"}], ids=plain)
async def test_it_waits_until_it_is_cancelled(opened: Open, life: TimeInForce) -> None:
    async with opened() as made:
        needs(made, lambda able: life in able.times_in_force, f"{life.value} orders")
        report = await made.place(made.intent(BUY, LIMIT, 10, limit="170", time_in_force=life))
        after = await made.order(report.broker_order_id)
        assert after.state in ALIVE
        assert after.terms.time_in_force is life
        await made.broker.cancel_order(report.broker_order_id)
        await made.settle()
        assert (await made.order(report.broker_order_id)).state is S.CANCELED


@topic("times in force")
async def test_an_immediate_order_takes_what_is_there_and_ends(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: TimeInForce.IOC in able.times_in_force, "ioc orders")
        await made.quote("175.50", "175.52", size=40)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="175.52", time_in_force=TimeInForce.IOC))
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.CANCELED, Decimal(40))


@topic("times in force")
@pytest.mark.parametrize(("size", "filled"), [(40, 0), (400, 100)], ids=["too little is there", "enough is there"])
async def test_fill_or_kill_is_all_or_nothing(opened: Open, size: int, filled: int) -> None:
    async with opened() as made:
        needs(made, lambda able: TimeInForce.FOK in able.times_in_force, "fok orders")
        await made.quote("175.50", "175.52", size=size)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="175.52", time_in_force=TimeInForce.FOK))
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.FILLED if filled else S.CANCELED, Decimal(filled))


@topic("times in force")
async def test_an_order_for_extended_hours_says_so(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.extended_hours, "extended hours")
        report = await made.place(made.intent(BUY, LIMIT, 10, limit="170", extended_hours=True))
        after = await made.order(report.broker_order_id)
        assert after.terms.extended_hours
        assert after.state in ALIVE


# ---- changes


@topic("replace")
async def test_a_change_gives_the_order_that_works_now(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        report = await made.resting()
        successor = made.intent(BUY, LIMIT, 100, limit="171")
        changed = await made.broker.replace_order(report.broker_order_id, successor)
        await made.settle()
        (alive,) = await made.broker.get_orders(open_only=True)
        assert (alive.broker_order_id, alive.terms.limit_price) == (changed.broker_order_id, Decimal(171))
        assert alive.client_order_id == successor.client_order_id
        if made.broker.capabilities.replace_makes_new_order:
            before = await made.order(report.broker_order_id)
            assert changed.replaces_broker_order_id == report.broker_order_id
            assert before.state is S.REPLACED
            assert before.replaced_by_broker_order_id == changed.broker_order_id


@topic("replace")
async def test_a_change_of_size_works_for_the_new_size(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        report = await made.resting(100, limit="175.40")
        await made.broker.replace_order(report.broker_order_id, made.intent(BUY, LIMIT, 60, limit="175.40"))
        await made.settle()
        await made.quote("175.38", "175.40")
        assert await made.position() == 60


@topic("replace")
async def test_a_chain_of_changes_leaves_one_order(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        last = await made.resting()
        for price in ("171", "172", "173"):
            last = await made.broker.replace_order(last.broker_order_id, made.intent(BUY, LIMIT, 100, limit=price))
            await made.settle()
        (alive,) = await made.broker.get_orders(open_only=True)
        assert (alive.broker_order_id, alive.terms.limit_price) == (last.broker_order_id, Decimal(173))


@topic("replace")
async def test_fills_over_a_change_sum_to_what_was_asked(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        report = await made.resting(limit="175.51")
        await made.trade("175.51", 30)
        changed = await made.broker.replace_order(report.broker_order_id, made.intent(BUY, LIMIT, 100, limit="175.52"))
        await made.settle()
        await made.quote("175.50", "175.51")
        assert (await made.order(changed.broker_order_id)).state is S.FILLED
        assert filled_quantity(await made.broker.get_executions(made.since)) == 100 == await made.position()


@topic("replace")
async def test_a_refused_change_leaves_the_order_as_it_is(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace, "changes")
        report = await made.resting()
        with pytest.raises(OrderRefused) as caught:
            await made.broker.replace_order(report.broker_order_id, made.intent(BUY, LIMIT, 100, limit="171.001"))
        assert caught.value.broker_words
        (alive,) = await made.broker.get_orders(open_only=True)
        assert (alive.broker_order_id, alive.terms.limit_price) == (report.broker_order_id, Decimal(170))


@topic("replace")
async def test_a_filled_order_cannot_be_changed(opened: Open) -> None:
    async with opened() as made:
        report = await made.place(made.intent(BUY, LIMIT, 10, limit="175.52"))
        with pytest.raises(OrderRefused) as caught:
            await made.broker.replace_order(report.broker_order_id, made.intent(BUY, LIMIT, 20, limit="175.52"))
        assert caught.value.code == "not_replaceable"
        assert await made.position() == 10


# ---- cancels


@topic("cancel")
async def test_a_cancelled_order_takes_no_more_fills(opened: Open) -> None:
    async with opened() as made:
        report = await made.resting(limit="175.51")
        await made.trade("175.51", 30)
        await made.broker.cancel_order(report.broker_order_id)
        await made.settle()
        await made.quote("175.40", "175.42")
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.CANCELED, Decimal(30))
        assert await made.position() == 30


@topic("cancel")
@pytest.mark.parametrize("end", ["filled", "cancelled", "not there"])
async def test_a_cancel_that_comes_too_late_is_refused(opened: Open, end: str) -> None:
    async with opened() as made:
        key = "no-such-order"
        if end == "filled":
            key = (await made.place(made.intent(BUY, MARKET, 10))).broker_order_id
        if end == "cancelled":
            key = (await made.resting()).broker_order_id
            await made.broker.cancel_order(key)
            await made.settle()
        with pytest.raises(OrderRefused) as caught:
            await made.broker.cancel_order(key)
        assert caught.value.code == "not_cancelable"
        assert caught.value.broker_words
        assert caught.value.advice


@topic("cancel all")
async def test_it_reaches_every_open_order_and_no_other(opened: Open) -> None:
    async with opened() as made:
        await made.hold(10)
        keys = {(await made.resting(1, limit=price)).broker_order_id for price in ("170", "171", "172")}
        assert set(await made.broker.cancel_all_orders()) == keys
        await made.settle()
        assert await made.open_ids() == set()
        assert await made.position() == 10


@topic("cancel all")
async def test_with_nothing_open_it_asks_for_nothing(opened: Open) -> None:
    async with opened() as made:
        assert await made.broker.cancel_all_orders() == []


# ---- close


@topic("close")
async def test_closing_gets_out_of_a_long_position(opened: Open) -> None:
    async with opened() as made:
        await made.hold()
        report = await made.broker.close_position(made.intent(SELL, MARKET, 100, reduce_only=True))
        await made.settle()
        assert (await made.order(report.broker_order_id)).state is S.FILLED
        assert await made.position() == 0


@topic("close")
async def test_closing_a_part_leaves_the_rest(opened: Open) -> None:
    async with opened() as made:
        await made.hold()
        await made.broker.close_position(made.intent(SELL, MARKET, 40, reduce_only=True))
        await made.settle()
        assert await made.position() == 60


@topic("close")
async def test_closing_covers_a_short_position(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.short_sales, "short sales")
        await made.place(made.intent(SELL, MARKET, 100))
        await made.broker.close_position(made.intent(BUY, MARKET, 100, reduce_only=True))
        await made.settle()
        assert await made.position() == 0


@topic("close")
async def test_a_close_that_is_no_close_is_refused(opened: Open) -> None:
    async with opened() as made:
        await made.hold()
        arrived = await made.arrived()
        for intent in (made.intent(SELL, MARKET, 100), made.intent(SELL, LIMIT, 100, limit="175", reduce_only=True)):
            with pytest.raises(OrderRefused):
                await made.broker.close_position(intent)
        assert await made.arrived() == arrived


# ---- partial fills


@topic("partial fills")
async def test_the_order_counts_what_it_has_and_its_average(opened: Open) -> None:
    async with opened() as made:
        report = await made.resting(limit="175.51")
        await made.trade("175.51", 30)
        part = await made.order(report.broker_order_id)
        assert (part.state, part.filled_quantity) == (S.PARTIAL, Decimal(30))
        assert part.average_fill_price == Decimal("175.51")
        assert await made.position() == 30
        await made.trade("175.51", 45)
        assert (await made.order(report.broker_order_id)).filled_quantity == 75
        await made.trade("175.51", 300)
        whole = await made.order(report.broker_order_id)
        assert (whole.state, whole.filled_quantity) == (S.FILLED, Decimal(100))
        assert await made.position() == 100


@topic("partial fills")
async def test_each_fill_is_an_execution_of_its_own(opened: Open) -> None:
    async with opened() as made:
        await made.resting(limit="175.51")
        for size in (30, 45, 25):
            await made.trade("175.51", size)
        found = await made.broker.get_executions(made.since)
        assert [row.quantity for row in found] == [Decimal(30), Decimal(45), Decimal(25)]
        assert len({row.execution_id for row in found}) == 3
