"""What the simulator refuses, with words and a code, and that nothing is left behind."""

from dataclasses import replace
from typing import Any

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderState, OrderType, TimeInForce, TradingMode
from tests.unit.brokers.simulator.rig import BUY, SELL, d, rig

LIMIT = OrderType.LIMIT


@pytest.mark.parametrize(
    ("terms", "code", "words"),
    [
        ({"quantity": 0}, "size_too_small", "quantity must be above zero"),
        ({"quantity": 1.5}, "order_type", "whole number of shares"),
        ({"kind": LIMIT}, "other", "needs a limit price"),
        ({"kind": LIMIT, "limit": 175.505}, "price_increment", "price not in increment"),
        ({"kind": OrderType.STOP, "stop": 174.999}, "price_increment", "price not in increment"),
        ({"kind": OrderType.TRAILING_STOP, "amount": 1.005}, "price_increment", "price not in increment"),
        ({"symbol": "AA PL"}, "unknown_symbol", "AA PL is not known"),
        ({"kind": OrderType.STOP, "stop": 180, "tif": TimeInForce.IOC}, "order_type", "cannot be ioc"),
        ({"extended": True}, "session", "extended hours"),
        ({"quantity": 3_000}, "buying_power", "insufficient buying power"),
        ({"side": SELL, "symbol": "GME"}, "not_shortable", "no shares of GME to borrow"),
        ({"side": SELL, "reduce_only": True}, "size_too_large", "you hold none"),
    ],
)
async def test_a_refusal_is_structured_and_leaves_nothing(terms: dict[str, Any], code: str, words: str) -> None:
    async with rig() as made:
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(made.intent(**terms))
        assert caught.value.code == code
        assert words in caught.value.broker_words
        assert caught.value.advice
        assert await made.broker.get_orders() == []
        assert made.events == []


async def test_a_sub_penny_price_is_fine_below_a_dollar() -> None:
    async with rig() as made:
        report = await made.place(100, BUY, LIMIT, limit=0.1234)
        assert report.terms.limit_price == d("0.1234")


async def test_a_second_order_with_the_same_client_id_is_refused_and_the_first_is_found() -> None:
    async with rig() as made:
        first = await made.broker.place_order(made.intent(10, client_id="ONE"))
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(made.intent(10, client_id="ONE"))
        assert caught.value.code == "duplicate"
        found = await made.broker.find_order("ONE")
        assert found is not None
        assert found.broker_order_id == first.broker_order_id


async def test_open_orders_claim_buying_power_and_exits_do_not() -> None:
    async with rig() as made:
        await made.place(1_300, BUY, LIMIT, limit=175)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(made.intent(1_300, BUY, LIMIT, limit=175))
        assert caught.value.code == "buying_power"
        assert "room for 985" in caught.value.advice
        await made.broker.cancel_all_orders()
        await made.place(1_000)
        await made.quote(175.5, 175.52)
        await made.place(1_000, SELL, LIMIT, limit=180)


async def test_the_same_shares_cannot_be_sold_twice_where_none_can_be_borrowed() -> None:
    async with rig() as made:
        await made.quote(21.4, 21.42, symbol="GME")
        await made.place(100, symbol="GME")
        await made.place(100, SELL, LIMIT, symbol="GME", limit=25)
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(made.intent(100, SELL, LIMIT, symbol="GME", limit=26))
        assert caught.value.code == "not_shortable"


async def test_exits_that_work_do_not_stand_in_the_way_of_a_sale() -> None:
    async with rig() as made:
        await made.quote(21.4, 21.42, symbol="GME")
        await made.place(100, symbol="GME")
        pair = [
            made.intent(100, SELL, LIMIT, symbol="GME", limit=25),
            made.intent(100, SELL, OrderType.STOP, symbol="GME", stop=19),
        ]
        await made.broker.place_oco_order(*pair)
        await made.quote(21.4, 21.42, symbol="GME")
        report = await made.place(100, SELL, symbol="GME", reduce_only=True)
        assert await made.state(report.broker_order_id) == (OrderState.FILLED, 100)


async def test_symbols_may_be_made_hard_to_borrow() -> None:
    async with rig(hard_to_borrow=frozenset({"AAPL"})) as made:
        assert (await made.broker.find_instrument("AAPL")).shortable is False
        with pytest.raises(OrderRefused):
            await made.broker.place_order(made.intent(10, SELL))


async def test_orders_for_another_account_or_for_real_money_are_refused() -> None:
    async with rig() as made:
        for spoiled in (
            replace(made.intent(1), account_id="U123"),
            replace(made.intent(1), mode=TradingMode.LIVE),
        ):
            with pytest.raises(OrderRefused) as caught:
                await made.broker.place_order(spoiled)
            assert caught.value.code == "permission"


async def test_random_refusals_follow_the_seed() -> None:
    async def outcomes(seed: int) -> list[str]:
        got = []
        async with rig(reject_rate=0.5, seed=seed) as made:
            for _ in range(20):
                try:
                    await made.broker.place_order(made.intent(1))
                    got.append("")
                except OrderRefused as error:
                    got.append(error.broker_words)
        return got

    first = await outcomes(1)
    assert first == await outcomes(1)
    assert set(first) == {"", "the order desk is busy"}
    assert first != await outcomes(2)


async def test_a_close_must_be_a_reduce_only_market_order_within_the_position() -> None:
    async with rig() as made:
        await made.place(100)
        await made.quote(175.5, 175.52)
        for spoiled in (
            made.intent(100, SELL),
            made.intent(100, SELL, LIMIT, limit=175, reduce_only=True),
            made.intent(101, SELL, reduce_only=True),
            made.intent(100, BUY, reduce_only=True),
        ):
            with pytest.raises(OrderRefused):
                await made.broker.close_position(spoiled)
        report = await made.broker.close_position(made.intent(60, SELL, reduce_only=True))
        await made.pump()
        assert await made.state(report.broker_order_id) == (OrderState.FILLED, 60)
        assert await made.position() == 40
