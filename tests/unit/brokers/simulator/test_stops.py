"""Stops of all kinds: what sets them off, what they become, how trailing ones follow."""

import pytest

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.brokers.simulator.config import StopTrigger
from legend_desktop.domain.enums import OrderState, OrderType
from tests.unit.brokers.simulator.rig import BUY, SELL, Rig, d, rig

S = OrderState
K = OrderStreamKind
TRAILING = OrderType.TRAILING_STOP


async def long_apple(made: Rig, quantity: int = 100) -> None:
    await made.place(quantity)
    await made.quote(175.50, 175.52)


async def test_a_stop_goes_off_on_a_trade_at_its_price_and_sells_at_the_market() -> None:
    async with rig() as made:
        await long_apple(made)
        stop = await made.place(100, SELL, OrderType.STOP, stop=174)
        await made.quote(173.90, 173.95)
        assert await made.state(stop.broker_order_id) == (S.WORKING, 0), "a quote alone does not set it off"
        await made.trade(174.01)
        assert await made.state(stop.broker_order_id) == (S.WORKING, 0)
        await made.trade(174.00)
        report = await made.order(stop.broker_order_id)
        assert (report.state, report.average_fill_price) == (S.FILLED, d("173.90"))
        assert made.kinds(stop.broker_order_id) == [K.STATUS, K.TRIGGERED, K.EXECUTION]


async def test_a_stop_by_quote_goes_off_on_the_far_side() -> None:
    async with rig(stop_trigger=StopTrigger.QUOTE) as made:
        assert "quote" in made.broker.capabilities.notes[0]
        stop = await made.place(100, BUY, OrderType.STOP, stop=176)
        await made.quote(175.90, 175.99)
        assert await made.state(stop.broker_order_id) == (S.WORKING, 0)
        await made.quote(175.95, 176.00)
        assert await made.state(stop.broker_order_id) == (S.FILLED, 100)


async def test_a_stop_limit_may_miss_and_rests_at_its_limit() -> None:
    async with rig() as made:
        await long_apple(made)
        order = await made.place(100, SELL, OrderType.STOP_LIMIT, stop=174, limit=173.80)
        await made.quote(173.50, 173.55)
        await made.trade(173.52)
        report = await made.order(order.broker_order_id)
        assert (report.state, report.filled_quantity, report.status_text) == (S.WORKING, d(0), "triggered")
        await made.quote(173.80, 173.85)
        assert await made.state(order.broker_order_id) == (S.FILLED, 100)


async def test_a_trailing_stop_by_amount_follows_up_and_never_down() -> None:
    async with rig() as made:
        await long_apple(made)
        await made.trade(175.50)
        order = await made.place(100, SELL, TRAILING, amount=1.5)
        key = order.broker_order_id
        assert (await made.order(key)).working_stop_price == d("174.00")
        for price, stop in ((176.00, "174.50"), (175.20, "174.50"), (176.02, "174.52")):
            await made.trade(price)
            assert (await made.order(key)).working_stop_price == d(stop)
        assert made.kinds(key) == [K.STATUS, K.TRAILED, K.TRAILED]
        assert [event.report.working_stop_price for event in made.events if event.kind is K.TRAILED] == [
            d("174.50"),
            d("174.52"),
        ]
        await made.trade(174.52)
        assert await made.state(key) == (S.FILLED, 100)


async def test_a_trailing_buy_stop_by_per_cent_follows_down() -> None:
    async with rig() as made:
        await made.place(100, SELL)
        await made.trade(175.00)
        order = await made.place(100, BUY, TRAILING, percent=1)
        key = order.broker_order_id
        assert (await made.order(key)).working_stop_price == d("176.75")
        await made.trade(173.33)
        assert (await made.order(key)).working_stop_price == d("175.07"), "rounded away from the market"
        await made.trade(175.00)
        assert await made.state(key) == (S.WORKING, 0)
        await made.trade(175.07)
        assert await made.state(key) == (S.FILLED, 100)


async def test_a_move_too_small_for_the_tick_tells_nothing() -> None:
    async with rig() as made:
        await long_apple(made)
        await made.trade(175.50)
        order = await made.place(100, SELL, TRAILING, percent=50)
        key = order.broker_order_id
        assert (await made.order(key)).working_stop_price == d("87.75")
        await made.trade(175.51)
        assert made.kinds(key) == [K.STATUS]
        await made.trade(175.52)
        assert made.kinds(key) == [K.STATUS, K.TRAILED]


@pytest.mark.parametrize(("side", "price"), [(BUY, 175.52), (SELL, 175.50)])
async def test_a_stop_that_is_already_passed_goes_off_at_the_next_trade(side: object, price: float) -> None:
    async with rig() as made:
        selling = side is SELL
        stop = await made.place(50, SELL if selling else BUY, OrderType.STOP, stop=176 if selling else 175)
        assert await made.state(stop.broker_order_id) == (S.WORKING, 0)
        await made.trade(price)
        assert await made.state(stop.broker_order_id) == (S.FILLED, 50)
