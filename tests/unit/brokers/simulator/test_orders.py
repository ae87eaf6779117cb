"""How single orders meet the market: walking, queues, parts, times in force."""

import pytest

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.domain.enums import Liquidity, OrderState, OrderType, TimeInForce
from tests.unit.brokers.simulator.rig import BUY, SELL, d, rig

LIMIT = OrderType.LIMIT
S = OrderState


async def test_a_market_order_is_acknowledged_first_and_fills_when_it_meets_the_market() -> None:
    async with rig() as made:
        report = await made.broker.place_order(made.intent(100))
        assert (report.state, report.filled_quantity, report.broker_order_id) == (S.WORKING, d(0), "S-000001")
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.FILLED, 100)
        assert made.kinds(report.broker_order_id) == [OrderStreamKind.STATUS, OrderStreamKind.EXECUTION]
        (fill,) = await made.fills()
        assert (fill.price, fill.quantity, fill.venue, fill.liquidity) == (d("175.52"), d(100), "SIM", Liquidity.REMOVE)
        assert fill.client_order_id == report.client_order_id


async def test_a_market_order_walks_and_what_is_beyond_the_depth_waits_for_the_next_quote() -> None:
    async with rig(depth_levels=2, starting_cash=d(10_000_000)) as made:
        await made.quote(175.50, 175.52, ask_size=300)
        report = await made.place(20_000, symbol="AAPL")
        fills = await made.fills()
        prices = [fill.price for fill in fills]
        assert prices == sorted(prices)
        assert prices[0] == d("175.52")
        assert fills[0].quantity == 300
        assert len(prices) == 3
        state, filled = await made.state(report.broker_order_id)
        assert state is S.PARTIAL
        await made.quote(175.51, 175.53, ask_size=50_000)
        assert await made.state(report.broker_order_id) == (S.FILLED, 20_000)
        assert (await made.fills())[-1].quantity == 20_000 - filled


async def test_shares_shown_once_are_met_once() -> None:
    async with rig() as made:
        await made.quote(175.50, 175.52, ask_size=100)
        first = await made.place(100)
        second = await made.place(100)
        prices = [(await made.order(row.broker_order_id)).average_fill_price for row in (first, second)]
        assert prices[0] == d("175.52")
        assert prices[1] is not None
        assert prices[1] > d("175.52")


async def test_a_second_order_begins_where_the_first_one_stopped_in_the_depth() -> None:
    async with rig(starting_cash=d(10_000_000)) as made:
        await made.quote(175.50, 175.52, ask_size=100)
        await made.place(350)
        second = await made.place(2_000, BUY, LIMIT, limit=175.53)
        assert {fill.price for fill in await made.fills(second.broker_order_id)} == {d("175.53")}
        together = sum(int(fill.quantity) for fill in await made.fills() if fill.price == d("175.53"))
        assert 600 <= together <= 1_500, "one level is met once, by both orders together"
        shown = together
        await made.broker.cancel_order(second.broker_order_id)
        await made.quote(175.50, 175.52, ask_size=100)
        await made.place(3_000, BUY, LIMIT, limit=175.53, tif=TimeInForce.IOC)
        after = sum(int(fill.quantity) for fill in await made.fills() if fill.price == d("175.53"))
        assert after == 2 * shown, "the depth depends on nothing but price and stock"


async def test_a_marketable_limit_takes_up_to_its_price_and_rests_with_the_remainder() -> None:
    async with rig() as made:
        await made.quote(175.50, 175.52, ask_size=300)
        report = await made.place(1_000, BUY, LIMIT, limit=175.52)
        assert await made.state(report.broker_order_id) == (S.PARTIAL, 300)
        await made.trade(175.52, 200)
        assert await made.state(report.broker_order_id) == (S.PARTIAL, 500), "it is the best bid: no queue ahead"
        assert (await made.fills())[-1].liquidity is Liquidity.ADD
        await made.quote(175.53, 175.55)
        await made.trade(175.55, 5_000)
        assert await made.state(report.broker_order_id) == (S.PARTIAL, 500)
        await made.quote(175.40, 175.45)
        report = await made.order(report.broker_order_id)
        assert report.state is S.FILLED
        assert report.average_fill_price == d("175.52"), "what comes through fills at the order's own price"


async def test_a_resting_limit_waits_behind_the_queue_and_fills_in_parts() -> None:
    async with rig() as made:
        await made.quote(175.50, 175.52, bid_size=1_000)
        report = await made.place(300, BUY, LIMIT, limit=175.50)
        key = report.broker_order_id
        await made.trade(175.50, 600)
        assert await made.state(key) == (S.WORKING, 0)
        await made.trade(175.50, 500)
        assert await made.state(key) == (S.PARTIAL, 100), "400 stood ahead, 100 were left for us"
        await made.trade(175.50, 150)
        assert await made.state(key) == (S.PARTIAL, 250)
        await made.trade(175.50, 999)
        assert await made.state(key) == (S.FILLED, 300)
        assert {fill.price for fill in await made.fills(key)} == {d("175.5")}


async def test_the_queue_shrinks_when_others_leave_and_vanishes_when_we_are_the_best() -> None:
    async with rig() as made:
        report = await made.place(100, SELL, LIMIT, limit=175.52, symbol="AAPL")
        await made.quote(175.50, 175.52, ask_size=40)
        await made.trade(175.52, 100)
        assert await made.state(report.broker_order_id) == (S.PARTIAL, 60)
        await made.quote(175.50, 175.60, ask_size=500)
        await made.trade(175.52, 40)
        assert await made.state(report.broker_order_id) == (S.FILLED, 100)


async def test_a_trade_through_the_price_fills_whatever_stood_ahead() -> None:
    async with rig() as made:
        report = await made.place(100, BUY, LIMIT, limit=175.45)
        await made.trade(175.44, 70)
        assert await made.state(report.broker_order_id) == (S.PARTIAL, 70)


async def test_two_own_orders_share_one_trade_in_the_order_of_time() -> None:
    async with rig() as made:
        first = await made.place(100, BUY, LIMIT, limit=175.51)
        second = await made.place(100, BUY, LIMIT, limit=175.51)
        await made.trade(175.51, 150)
        assert await made.state(first.broker_order_id) == (S.FILLED, 100)
        assert await made.state(second.broker_order_id) == (S.PARTIAL, 50)


async def test_ioc_keeps_what_it_got_and_fok_takes_all_or_nothing() -> None:
    async with rig() as made:
        await made.quote(175.50, 175.52, ask_size=100)
        part = await made.place(300, BUY, LIMIT, limit=175.52, tif=TimeInForce.IOC)
        assert await made.state(part.broker_order_id) == (S.CANCELED, 100)
        await made.quote(175.50, 175.53, ask_size=100)
        nothing = await made.place(300, BUY, LIMIT, limit=175.53, tif=TimeInForce.FOK)
        assert await made.state(nothing.broker_order_id) == (S.CANCELED, 0)
        everything = await made.place(100, BUY, LIMIT, limit=175.53, tif=TimeInForce.FOK)
        assert await made.state(everything.broker_order_id) == (S.FILLED, 100)


async def test_a_halted_stock_does_not_fill_and_wakes_up() -> None:
    async with rig() as made:
        made.broker.backstage.halt("AAPL")
        assert (await made.broker.get_quote("AAPL")).halted
        report = await made.place(100)
        gone = await made.place(100, BUY, LIMIT, limit=176, tif=TimeInForce.IOC)
        await made.trade(175.52, 500)
        assert await made.state(report.broker_order_id) == (S.WORKING, 0)
        assert (await made.state(gone.broker_order_id))[0] is S.CANCELED
        made.broker.backstage.halt("AAPL", halted=False)
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.FILLED, 100)


async def test_cancel_ends_an_order_and_is_refused_when_too_late() -> None:
    from legend_desktop.brokers.errors import OrderRefused

    async with rig() as made:
        report = await made.place(100, BUY, LIMIT, limit=170)
        await made.broker.cancel_order(report.broker_order_id)
        await made.pump()
        assert await made.state(report.broker_order_id) == (S.CANCELED, 0)
        assert made.events[-1].report.state is S.CANCELED
        with pytest.raises(OrderRefused) as caught:
            await made.broker.cancel_order(report.broker_order_id)
        assert caught.value.code == "not_cancelable"
        filled = await made.place(100)
        with pytest.raises(OrderRefused) as late:
            await made.broker.cancel_order(filled.broker_order_id)
        assert late.value.code == "not_cancelable"
        with pytest.raises(OrderRefused):
            await made.broker.cancel_order("S-999999")


async def test_cancel_all_asks_for_every_open_order() -> None:
    async with rig() as made:
        keys = [(await made.place(10, BUY, LIMIT, limit=price)).broker_order_id for price in (170, 171)]
        assert await made.broker.cancel_all_orders() == keys
        assert await made.broker.get_orders(open_only=True) == []


async def test_commission_and_fees_are_told_with_the_fill_and_leave_the_cash() -> None:
    from legend_desktop.brokers.simulator.config import FeeSchedule

    async with rig(fees=FeeSchedule(commission_per_order=d(1))) as made:
        await made.place(100)
        await made.quote(175.50, 175.52)
        await made.place(100, SELL)
        bought, sold = await made.fills()
        assert (bought.commission, bought.fees) == (d(1), d(0))
        assert (sold.commission, sold.fees) == (d(1), d("0.3810"))
        account = await made.broker.get_account()
        assert account.realized_pl_today == d("-2.00") - d("2.381")
        assert account.equity == 100_000 - d("4.381")
        assert account.day_pl == account.realized_pl_today
