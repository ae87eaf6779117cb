"""The acceptance table: what every adapter must do, the simulator first."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.base import OrderStreamKind, UnknownSymbol
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.errors import BrokerDown, OrderRefused
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce
from legend_desktop.domain.executions import filled_quantity
from tests.contract.harness import HARNESSES, Harness

Open = Callable[[], AbstractAsyncContextManager[Harness]]
BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, MARKET, STOP = OrderType.LIMIT, OrderType.MARKET, OrderType.STOP
S = OrderState
ALIVE = {S.ACCEPTED, S.WORKING, S.PARTIAL}


@pytest.fixture(params=sorted(HARNESSES))
def opened(request: pytest.FixtureRequest) -> Open:
    return HARNESSES[request.param]


def needs(harness: Harness, wanted: Callable[[Capabilities], Any]) -> None:
    if not wanted(harness.broker.capabilities):
        pytest.skip("the broker does not declare it")


async def rows(stream: AsyncIterator[Any], count: int) -> list[Any]:
    return [await anext(stream) for _ in range(count)]


async def test_the_account_adds_up_and_names_itself(opened: Open) -> None:
    async with opened() as made:
        account = await made.broker.get_account()
        assert account.account_id == made.broker.account_id
        assert (account.broker, account.mode) == (made.broker.broker, made.broker.mode)
        assert account.equity > 0
        assert account.buying_power >= 0
        assert account.as_of.tzinfo is not None
        assert await made.broker.get_positions() == []


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
        executions = await made.broker.get_executions(made.since)
        assert filled_quantity(executions) == 100
        assert {row.broker_order_id for row in executions} == {report.broker_order_id}


async def test_our_id_finds_the_order_and_a_strange_one_nothing(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.client_order_ids)
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        report = await made.place(intent)
        found = await made.broker.find_order(intent.client_order_id)
        assert found is not None
        assert found.broker_order_id == report.broker_order_id
        assert await made.broker.find_order("L0000000000000000000") is None
        assert await made.broker.get_order("no-such-order") is None


async def test_a_second_use_of_our_id_is_refused(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.client_order_ids)
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        await made.place(intent)
        with pytest.raises(OrderRefused):
            await made.broker.place_order(intent)
        assert len(await made.broker.get_orders()) == 1


@pytest.mark.parametrize(
    ("order_type", "prices"),
    [
        (LIMIT, {"limit": "170"}),
        (STOP, {"stop": "180"}),
        (OrderType.STOP_LIMIT, {"stop": "180", "limit": "181"}),
        (OrderType.TRAILING_STOP, {"trail": "2"}),
    ],
)
async def test_every_declared_kind_rests_and_can_be_cancelled(
    opened: Open, order_type: OrderType, prices: dict[str, Any]
) -> None:
    async with opened() as made:
        needs(made, lambda able: order_type in able.order_types)
        await made.trade("175.51", 100)
        report = await made.place(made.intent(BUY, order_type, 10, **prices))
        after = await made.order(report.broker_order_id)
        assert after.state in ALIVE
        assert after.terms.order_type is order_type
        assert [row.broker_order_id for row in await made.broker.get_orders(open_only=True)] == [report.broker_order_id]
        await made.broker.cancel_order(report.broker_order_id)
        await made.settle()
        assert (await made.order(report.broker_order_id)).state is S.CANCELED
        assert await made.broker.get_orders(open_only=True) == []
        with pytest.raises(OrderRefused):
            await made.broker.cancel_order(report.broker_order_id)


async def test_an_immediate_order_takes_what_is_there_and_ends(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: TimeInForce.IOC in able.times_in_force)
        await made.quote("175.50", "175.52", size=40)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="175.52", time_in_force=TimeInForce.IOC))
        after = await made.order(report.broker_order_id)
        assert (after.state, after.filled_quantity) == (S.CANCELED, Decimal(40))


@pytest.mark.parametrize(
    ("spoil", "value"),
    [("limit_price", Decimal("170.001")), ("quantity", Decimal("0")), ("symbol", "NO SUCH")],
)
async def test_nonsense_is_refused_in_a_structured_way(opened: Open, spoil: str, value: Any) -> None:
    async with opened() as made:
        intent = made.intent(BUY, LIMIT, 10, limit="170")
        changes: dict[str, Any] = {spoil: value}
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_order(replace(intent, terms=replace(intent.terms, **changes)))
        assert caught.value.broker_words
        assert caught.value.code
        assert await made.broker.get_orders() == []


async def test_more_than_the_account_can_carry_is_refused(opened: Open) -> None:
    async with opened() as made:
        account = await made.broker.get_account()
        quantity = int(account.buying_power / 175) + 100
        with pytest.raises(OrderRefused):
            await made.broker.place_order(made.intent(BUY, LIMIT, quantity, limit="175.52"))


async def test_a_change_gives_the_order_that_works_now(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="170"))
        successor = made.intent(BUY, LIMIT, 100, limit="171")
        changed = await made.broker.replace_order(report.broker_order_id, successor)
        await made.settle()
        (alive,) = await made.broker.get_orders(open_only=True)
        assert (alive.broker_order_id, alive.terms.limit_price) == (changed.broker_order_id, Decimal(171))
        if made.broker.capabilities.replace_makes_new_order:
            before = await made.order(report.broker_order_id)
            assert changed.replaces_broker_order_id == report.broker_order_id
            assert before.state is S.REPLACED
            assert before.replaced_by_broker_order_id == changed.broker_order_id


async def test_fills_over_a_change_sum_to_what_was_asked(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.replace)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="175.51"))
        await made.trade("175.51", 30)
        changed = await made.broker.replace_order(report.broker_order_id, made.intent(BUY, LIMIT, 100, limit="175.52"))
        await made.settle()
        await made.quote("175.50", "175.51")
        assert (await made.order(changed.broker_order_id)).state is S.FILLED
        assert filled_quantity(await made.broker.get_executions(made.since)) == 100 == await made.position()


async def test_a_filled_order_can_be_neither_changed_nor_cancelled(opened: Open) -> None:
    async with opened() as made:
        report = await made.place(made.intent(BUY, MARKET, 10))
        with pytest.raises(OrderRefused):
            await made.broker.cancel_order(report.broker_order_id)
        with pytest.raises(OrderRefused):
            await made.broker.replace_order(report.broker_order_id, made.intent(BUY, MARKET, 20))


async def test_a_bracket_answers_leg_by_leg_and_its_exits_follow_the_entry(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.native_brackets)
        bracket = made.bracket(100)
        reports = await made.broker.place_bracket_order(bracket)
        await made.settle()
        assert [row.terms.side for row in reports] == [BUY, SELL, SELL]
        if made.broker.capabilities.leg_client_order_ids:
            assert [row.client_order_id for row in reports] == [leg.client_order_id for leg in bracket.legs]
        assert {row.parent_broker_order_id for row in reports[1:]} == {reports[0].broker_order_id}
        _, target, stop = reports
        assert await made.position() == 100
        await made.quote("173.80", "173.90")
        await made.trade("173.85", 100)
        assert (await made.order(stop.broker_order_id)).state is S.FILLED
        assert (await made.order(target.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


async def test_a_bracket_that_never_filled_leaves_nothing(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.native_brackets)
        reports = await made.broker.place_bracket_order(made.bracket(100, limit="175.40"))
        await made.settle()
        await made.broker.cancel_order(reports[0].broker_order_id)
        await made.settle()
        assert await made.broker.get_orders(open_only=True) == []
        assert await made.position() == 0


async def test_an_oco_pair_sells_once(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.native_oco)
        await made.place(made.intent(BUY, MARKET, 100))
        gtc = TimeInForce.GTC
        first, second = await made.broker.place_oco_order(
            made.intent(SELL, LIMIT, 100, limit="177", time_in_force=gtc, reduce_only=True),
            made.intent(SELL, STOP, 100, stop="174", time_in_force=gtc, reduce_only=True),
        )
        await made.settle()
        await made.quote("177.00", "177.02")
        assert (await made.order(first.broker_order_id)).state is S.FILLED
        assert (await made.order(second.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


async def test_closing_gets_out_of_a_position(opened: Open) -> None:
    async with opened() as made:
        await made.place(made.intent(BUY, MARKET, 100))
        report = await made.broker.close_position(made.intent(SELL, MARKET, 100, reduce_only=True))
        await made.settle()
        assert (await made.order(report.broker_order_id)).state is S.FILLED
        assert await made.position() == 0


async def test_a_short_sale_gives_a_negative_position(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.short_sales)
        await made.place(made.intent(SELL, MARKET, 100))
        row = await made.broker.get_position("AAPL")
        assert row is not None
        assert (row.quantity, row.avg_entry_price, row.is_long) == (Decimal(-100), Decimal("175.50"), False)


async def test_cancel_all_reaches_every_open_order(opened: Open) -> None:
    async with opened() as made:
        keys = {(await made.place(made.intent(BUY, LIMIT, 1, limit=price))).broker_order_id for price in ("170", "171")}
        assert set(await made.broker.cancel_all_orders()) == keys
        await made.settle()
        assert await made.broker.get_orders(open_only=True) == []


async def test_the_stream_tells_the_same_story_as_the_reads(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream)
        report = await made.place(made.intent(BUY, LIMIT, 100, limit="175.51"))
        for _ in range(4):
            await made.trade("175.51", 25)
        events = [row for row in await made.events() if row.report.broker_order_id == report.broker_order_id]
        told = [row.execution for row in events if row.execution is not None]
        assert told == await made.broker.get_executions(made.since)
        assert all(row.kind is OrderStreamKind.EXECUTION for row in events if row.execution is not None)
        assert events[0].report.state in ALIVE
        assert events[-1].report.state is S.FILLED
        assert len({row.execution_id for row in told}) == len(told) == 4


async def test_the_request_is_stamped_once_for_each_order(opened: Open) -> None:
    async with opened() as made:
        stamps: list[str] = []
        made.broker.on_request_sent = lambda key, at: stamps.append(key)
        intent = made.intent(BUY, LIMIT, 1, limit="170")
        await made.place(intent)
        assert stamps == [intent.client_order_id]


async def test_market_data_is_whole_and_unknown_symbols_are_refused(opened: Open) -> None:
    async with opened() as made:
        quote = await made.broker.get_quote("AAPL")
        assert (quote.bid, quote.ask) == (Decimal("175.50"), Decimal("175.52"))
        assert quote.timestamp.tzinfo is not None
        instrument = await made.broker.find_instrument("AAPL")
        assert (instrument.symbol, instrument.tick) == ("AAPL", Decimal("0.01"))
        bars = await made.broker.get_bars("AAPL", 60, 30)
        assert bars == sorted(bars, key=lambda bar: bar.start)
        assert all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in bars)
        assert (await made.broker.get_clock()).timestamp.tzinfo is not None
        for ask in (made.broker.get_quote, made.broker.find_instrument):
            with pytest.raises(UnknownSymbol):
                await ask("NO SUCH")


async def test_quotes_stream_for_the_symbols_asked_for(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.quote_stream)
        stream = made.broker.stream_quotes(["AAPL"])
        first = (await rows(stream, 1))[0]
        await made.quote("175.60", "175.62")
        second = (await rows(stream, 1))[0]
        assert (first.bid, second.bid) == (Decimal("175.50"), Decimal("175.60"))
        assert first.symbol == second.symbol == "AAPL"


async def test_after_the_session_streams_end_and_reads_fail(opened: Open) -> None:
    async with opened() as made:
        quotes, orders = made.broker.stream_quotes(["AAPL"]), made.broker.stream_order_events()
        await made.broker.disconnect()
        assert [row async for row in quotes][1:] == []
        assert [row async for row in orders] == []
        with pytest.raises(BrokerDown):
            await made.broker.get_account()
