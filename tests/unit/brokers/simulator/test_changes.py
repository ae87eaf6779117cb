"""Changing orders: successors, chains, places in the queue."""

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderState, OrderType
from tests.unit.brokers.simulator.rig import BUY, SELL, d, rig

S = OrderState
LIMIT = OrderType.LIMIT


async def test_a_change_makes_a_successor_with_ids_of_its_own() -> None:
    async with rig() as made:
        old = await made.place(100, BUY, LIMIT, limit=170)
        new = await made.broker.replace_order(old.broker_order_id, made.intent(100, BUY, LIMIT, limit=171))
        await made.pump()
        assert (new.state, new.terms.limit_price, new.filled_quantity) == (S.WORKING, d(171), d(0))
        assert new.client_order_id != old.client_order_id
        before = await made.order(old.broker_order_id)
        assert (before.state, before.replaced_by_broker_order_id) == (S.REPLACED, new.broker_order_id)
        assert [event.report.state for event in made.events[-2:]] == [S.REPLACED, S.WORKING]
        assert len(await made.broker.get_orders(open_only=True)) == 1


async def test_the_asked_quantity_is_the_total_and_the_report_tells_what_is_left() -> None:
    async with rig() as made:
        old = await made.place(100, BUY, LIMIT, limit=175.51)
        await made.trade(175.51, 30)
        new = await made.broker.replace_order(old.broker_order_id, made.intent(80, BUY, LIMIT, limit=175.51))
        assert (new.terms.quantity, new.filled_quantity) == (d(50), d(0))
        await made.trade(175.51, 500)
        assert await made.state(new.broker_order_id) == (S.FILLED, 50)
        assert await made.position() == 80


async def test_a_change_below_what_is_filled_is_refused_and_the_original_stands() -> None:
    async with rig() as made:
        old = await made.place(100, BUY, LIMIT, limit=175.51)
        await made.trade(175.51, 30)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.replace_order(old.broker_order_id, made.intent(30, BUY, LIMIT, limit=175.51))
        assert caught.value.code == "not_replaceable"
        assert await made.state(old.broker_order_id) == (S.PARTIAL, 30)


async def test_case_37_a_chain_of_twenty_changes_with_fills_between_sums_to_the_total() -> None:
    async with rig() as made:
        report = await made.place(1_000, BUY, LIMIT, limit=175.51)
        total = 0
        for step in range(20):
            await made.trade(175.51, 10 + step)
            filled = int((await made.order(report.broker_order_id)).filled_quantity)
            total += filled
            left = int((await made.order(report.broker_order_id)).terms.quantity)
            report = await made.broker.replace_order(
                report.broker_order_id, made.intent(left, BUY, LIMIT, limit=175.51)
            )
            assert report.terms.quantity == 1_000 - total
            await made.pump()
        await made.quote(175.00, 175.10, ask_size=100_000)
        assert await made.state(report.broker_order_id) == (S.FILLED, 1_000 - total)
        fills = await made.fills()
        assert sum(fill.quantity for fill in fills) == 1_000 == await made.position()
        assert len({fill.execution_id for fill in fills}) == len(fills)
        assert len({fill.broker_order_id for fill in fills}) == 21


async def test_cutting_the_size_keeps_the_place_in_the_queue_and_a_new_price_loses_it() -> None:
    async with rig() as made:
        await made.quote(175.50, 175.52, bid_size=500)
        first = await made.place(200, BUY, LIMIT, limit=175.50)
        await made.trade(175.50, 450)
        smaller = await made.broker.replace_order(first.broker_order_id, made.intent(100, BUY, LIMIT, limit=175.50))
        await made.pump()
        await made.trade(175.50, 60)
        assert await made.state(smaller.broker_order_id) == (S.PARTIAL, 10)
        await made.quote(175.49, 175.52, bid_size=700)
        moved = await made.broker.replace_order(smaller.broker_order_id, made.intent(100, BUY, LIMIT, limit=175.49))
        await made.pump()
        await made.trade(175.49, 600)
        assert await made.state(moved.broker_order_id) == (S.WORKING, 0)


@pytest.mark.parametrize("change", ["symbol", "side", "price"])
async def test_what_cannot_be_changed_is_refused(change: str) -> None:
    async with rig() as made:
        old = await made.place(100, BUY, LIMIT, limit=170)
        wanted = {
            "symbol": made.intent(100, BUY, LIMIT, limit=170, symbol="MSFT"),
            "side": made.intent(100, SELL, LIMIT, limit=170),
            "price": made.intent(100, BUY, LIMIT, limit=170.001),
        }[change]
        with pytest.raises(OrderRefused):
            await made.broker.replace_order(old.broker_order_id, wanted)
        assert await made.state(old.broker_order_id) == (S.WORKING, 0)


async def test_a_stop_that_has_gone_off_cannot_be_changed() -> None:
    async with rig() as made:
        stop = await made.place(100, BUY, OrderType.STOP_LIMIT, stop=175.4, limit=175.3)
        await made.trade(175.45)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.replace_order(
                stop.broker_order_id, made.intent(100, BUY, OrderType.STOP_LIMIT, stop=176, limit=176)
            )
        assert caught.value.code == "not_replaceable"
        assert d("175.4") == (await made.order(stop.broker_order_id)).terms.stop_price
