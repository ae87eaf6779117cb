"""The acceptance table: the session, the account, what is held, and what is declared."""

from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused, RateLimited
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.positions import Position
from tests.contract.adapters import Open
from tests.contract.harness import Harness
from tests.contract.rows import needs, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
MARKET = OrderType.MARKET


# ---- connect and log in


@topic("connect")
async def test_a_second_connect_changes_nothing(opened: Open) -> None:
    async with opened() as made:
        before = made.broker.account_id
        await made.broker.connect()
        assert made.broker.account_id == before != ""
        assert (await made.broker.get_account()).account_id == before


@topic("connect")
async def test_a_session_can_begin_again_after_its_end(opened: Open) -> None:
    async with opened() as made:
        before = made.broker.account_id
        await made.broker.disconnect()
        await made.broker.connect()
        assert (await made.broker.get_account()).account_id == before


@topic("connect")
async def test_before_the_session_reads_and_orders_fail_and_nothing_leaves(opened: Open) -> None:
    async with opened() as made:
        stranger, arrived = made.another_session(), await made.arrived()
        with pytest.raises(BrokerDown) as caught:
            await stranger.get_account()
        assert caught.value.advice
        with pytest.raises(BrokerDown):
            await stranger.place_order(replace(made.intent(BUY, MARKET, 1), account_id=stranger.account_id))
        assert await made.arrived() == arrived


@topic("refused credentials")
async def test_a_wrong_login_is_refused_in_words(opened: Open) -> None:
    async with opened() as made:
        stranger = made.wrong_login()
        with pytest.raises(AuthExpired) as caught:
            await stranger.connect()
        assert caught.value.message
        assert caught.value.advice
        with pytest.raises(BrokerDown):
            await stranger.get_account()
        await stranger.disconnect()


@topic("refused credentials")
async def test_a_login_that_ends_in_the_session_is_told(opened: Open) -> None:
    async with opened() as made:
        made.end_login()
        with pytest.raises(AuthExpired) as caught:
            await made.broker.get_account()
        assert caught.value.advice


@topic("refused credentials")
async def test_a_login_of_another_account_than_before_is_refused(opened: Open) -> None:
    async with opened() as made:
        stranger = made.pinned_elsewhere()
        with pytest.raises(AuthExpired, match="another"):
            await stranger.connect()
        await stranger.disconnect()


@topic("refused credentials")
async def test_once_the_login_shows_another_account_nothing_is_traded(opened: Open) -> None:
    async with opened() as made:
        arrived = await made.arrived()
        made.swap_account()
        with pytest.raises(AuthExpired):
            await made.broker.get_account()
        with pytest.raises(OrderRefused):
            await made.broker.place_order(made.intent(BUY, MARKET, 1))
        assert await made.arrived() == arrived


# ---- account and positions


@topic("account")
async def test_the_account_adds_up_and_names_itself(opened: Open) -> None:
    async with opened() as made:
        account = await made.broker.get_account()
        assert account.account_id == made.broker.account_id
        assert (account.broker, account.mode) == (made.broker.broker, made.broker.mode)
        assert account.equity == account.cash > 0
        assert account.buying_power >= account.cash
        assert account.as_of.tzinfo is not None


@topic("account")
async def test_a_purchase_moves_cash_and_buying_power(opened: Open) -> None:
    async with opened() as made:
        before = await made.broker.get_account()
        await made.hold(100)
        after = await made.broker.get_account()
        assert before.cash - after.cash == Decimal("17552.00")
        assert abs(before.equity - after.equity) <= 2
        assert after.buying_power < before.buying_power
        assert after.long_value is None or abs(after.long_value - Decimal(17551)) <= 1


@topic("account")
@pytest.mark.time_limit(40)
async def test_a_read_that_fails_says_so(opened: Open) -> None:
    async with opened() as made:
        made.fail_reads()
        with pytest.raises(BrokerDown) as caught:
            await made.broker.get_account()
        assert caught.value.message


@topic("account")
async def test_a_broker_that_asks_to_slow_down_is_heard(opened: Open) -> None:
    async with opened() as made:
        made.slow_down(30)
        with pytest.raises(RateLimited) as caught:
            await made.broker.get_account()
        assert caught.value.retry_after == 30


@topic("positions")
async def test_no_position_is_none(opened: Open) -> None:
    async with opened() as made:
        assert await made.broker.get_positions() == []
        assert await made.broker.get_position("AAPL") is None


@topic("positions")
async def test_a_long_position_shows_shares_cost_and_mark(opened: Open) -> None:
    async with opened() as made:
        await made.hold(100)
        (row,) = await made.broker.get_positions()
        assert (row.symbol, row.quantity, row.avg_entry_price) == ("AAPL", Decimal(100), Decimal("175.52"))
        assert row.is_long
        assert row.mark is not None
        assert Decimal("175.50") <= row.mark <= Decimal("175.52")
        assert (await aapl(made, "aapl")).quantity == 100


async def aapl(made: Harness, symbol: str = "AAPL") -> Position:
    row = await made.broker.get_position(symbol)
    assert row is not None
    return row


@topic("positions")
async def test_a_short_sale_gives_a_negative_position(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.short_sales, "short sales")
        await made.place(made.intent(SELL, MARKET, 100))
        row = await aapl(made)
        assert (row.quantity, row.avg_entry_price, row.is_long) == (Decimal(-100), Decimal("175.50"), False)


@topic("positions")
async def test_what_is_sold_again_is_no_position(opened: Open) -> None:
    async with opened() as made:
        await made.hold(100)
        await made.place(made.intent(SELL, MARKET, 100, reduce_only=True))
        assert await made.broker.get_positions() == []


# ---- the end


@topic("disconnect")
async def test_what_asked_to_run_first_runs_while_the_session_stands(opened: Open) -> None:
    async with opened() as made:
        session, done = made.another_session(), []

        async def closer(name: str) -> None:
            done.append((name, (await session.get_account()).account_id))

        async with session:
            session.before_disconnect(lambda: closer("first asked"))
            session.before_disconnect(lambda: closer("last asked"))
            account_id = session.account_id
        assert done == [("last asked", account_id), ("first asked", account_id)]
        with pytest.raises(BrokerDown):
            await session.get_account()


@topic("disconnect")
async def test_after_the_session_streams_end_and_reads_fail(opened: Open) -> None:
    async with opened() as made:
        quotes, orders = made.broker.stream_quotes(["AAPL"]), made.broker.stream_order_events()
        await made.broker.disconnect()
        assert [row async for row in quotes][1:] == []
        assert [row async for row in orders] == []
        with pytest.raises(BrokerDown):
            await made.broker.get_account()
        with pytest.raises(BrokerDown):
            await made.broker.place_order(made.intent(BUY, MARKET, 1))
        await made.broker.disconnect()


@topic("disconnect")
async def test_what_rests_outlives_the_session(opened: Open) -> None:
    async with opened() as made:
        report = await made.resting()
        await made.broker.disconnect()
        await made.broker.connect()
        assert await made.open_ids() == {report.broker_order_id}
