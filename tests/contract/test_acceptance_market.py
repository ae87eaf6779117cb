"""The acceptance table: quotes, bars, the clock, instruments, and lines that break."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.base import BrokerAdapter, OpensFirst, UnknownSymbol
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType
from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.quotes import Quote
from tests.contract.adapters import Open
from tests.contract.rows import needs, topic

BUY, LIMIT, MARKET = OrderSide.BUY, OrderType.LIMIT, OrderType.MARKET
Asks = Callable[[BrokerAdapter, str], Awaitable[Any]]


async def bid(stream: AsyncIterator[Quote], wanted: str) -> Quote:
    """The first quote of the stream with this bid."""
    async for quote in stream:
        if quote.bid == Decimal(wanted):
            return quote
    raise AssertionError("the stream has ended")


async def opened_stream(stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The stream, once it is up."""
    if isinstance(stream, OpensFirst):
        await stream.open()
    return stream


# ---- quotes


@topic("quotes")
async def test_a_snapshot_is_the_market_now(opened: Open) -> None:
    async with opened() as made:
        quote = await made.broker.get_quote("AAPL")
        assert (quote.symbol, quote.bid, quote.ask) == ("AAPL", Decimal("175.50"), Decimal("175.52"))
        assert quote.timestamp.tzinfo is not None
        await made.quote("175.60", "175.62")
        assert (await made.broker.get_quote("aapl")).bid == Decimal("175.60")


@topic("quotes")
async def test_the_current_price_is_the_last_trade(opened: Open) -> None:
    async with opened() as made:
        await made.trade("175.51", 100)
        assert await made.broker.get_current_price("AAPL") == Decimal("175.51")


@topic("quotes")
async def test_the_stream_begins_with_what_is_and_tells_what_comes(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.quote_stream, "streamed quotes")
        stream = made.broker.stream_quotes(["AAPL"])
        first = await bid(stream, "175.50")
        await made.quote("175.60", "175.62")
        second = await bid(stream, "175.60")
        assert first.symbol == second.symbol == "AAPL"
        assert second.ask == Decimal("175.62")
        assert second.timestamp >= first.timestamp


@topic("quotes")
async def test_two_readers_get_what_each_asked_for(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.quote_stream, "streamed quotes")
        one, two = made.broker.stream_quotes(["AAPL"]), made.broker.stream_quotes(["MSFT", "AAPL"])
        await bid(one, "175.50")
        assert {(await anext(two)).symbol, (await anext(two)).symbol} <= {"AAPL", "MSFT"}
        await made.quote("175.70", "175.72")
        assert (await bid(one, "175.70")).symbol == (await bid(two, "175.70")).symbol == "AAPL"


# ---- bars, clock, instruments


@topic("bars")
@pytest.mark.parametrize("seconds", [60, 300, 86_400], ids=["a minute", "five minutes", "a day"])
async def test_they_are_whole_and_in_order(opened: Open, seconds: int) -> None:
    async with opened() as made:
        bars = await made.broker.get_bars("AAPL", seconds, 20)
        assert 1 <= len(bars) <= 20
        assert bars == sorted(bars, key=lambda bar: bar.start)
        assert len({bar.start for bar in bars}) == len(bars)
        assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
        assert all(bar.start.tzinfo is not None and bar.volume >= 0 for bar in bars)


@topic("bars")
async def test_a_length_that_nobody_has_is_refused(opened: Open) -> None:
    async with opened() as made:
        with pytest.raises(NotSupported) as caught:
            await made.broker.get_bars("AAPL", 61, 20)
        assert caught.value.advice


@topic("clock")
async def test_it_tells_the_time_and_the_session(opened: Open) -> None:
    async with opened() as made:
        clock = await made.broker.get_clock()
        assert abs(clock.timestamp - made.since) < timedelta(minutes=2)
        for at in (clock.next_open, clock.next_close):
            assert at is None or (at.tzinfo is not None and at > clock.timestamp)
        assert clock.is_open or clock.next_open is not None


@topic("instrument look-up")
async def test_it_tells_name_and_step(opened: Open) -> None:
    async with opened() as made:
        instrument = await made.broker.find_instrument("aapl")
        assert (instrument.symbol, instrument.tick) == ("AAPL", Decimal("0.01"))
        assert "Apple" in instrument.name
        assert instrument.tradable
        assert instrument.shortable


@topic("instrument look-up")
@pytest.mark.parametrize(
    "asks",
    [
        lambda broker, symbol: broker.find_instrument(symbol),
        lambda broker, symbol: broker.get_quote(symbol),
        lambda broker, symbol: broker.get_current_price(symbol),
        lambda broker, symbol: broker.get_bars(symbol, 60, 5),
    ],
    ids=["instrument", "quote", "price", "bars"],
)
@pytest.mark.parametrize("symbol", ["NO SUCH", "ZZQX9"], ids=["no symbol at all", "nobody lists it"])
async def test_an_unknown_symbol(opened: Open, asks: Asks, symbol: str) -> None:
    async with opened() as made:
        with pytest.raises(UnknownSymbol) as caught:
            await asks(made.broker, symbol)
        assert symbol in caught.value.message


# ---- lines that break


@topic("reconnect")
async def test_a_cut_order_stream_says_so_and_a_new_one_goes_on(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.order_stream, "streamed order events")
        stream = await opened_stream(made.broker.stream_order_events())
        report = await made.resting(limit="175.51")
        await made.cut_streams()
        with pytest.raises(BrokerDown) as caught:
            async for _ in stream:
                pass
        assert caught.value.message
        await made.trade("175.51", 30)
        again = await opened_stream(made.broker.stream_order_events())
        missed = await made.broker.get_executions(made.since)
        assert [row.quantity for row in missed] == [Decimal(30)]
        await made.trade("175.51", 70)
        told = []
        async for event in again:
            told += [event.execution] if event.execution is not None else []
            if event.report.state is OrderState.FILLED:
                break
        ids = {row.execution_id for row in (*missed, *told)}
        found = await made.broker.get_executions(made.since)
        assert ids == {row.execution_id for row in found}
        assert sum(row.quantity for row in found) == 100
        assert (await made.order(report.broker_order_id)).state is OrderState.FILLED


@topic("reconnect")
async def test_a_cut_quote_stream_says_so_and_a_new_one_goes_on(opened: Open) -> None:
    async with opened() as made:
        needs(made, lambda able: able.quote_stream, "streamed quotes")
        stream = made.broker.stream_quotes(["AAPL"])
        await bid(stream, "175.50")
        await made.cut_streams()
        with pytest.raises(BrokerDown):
            async for _ in stream:
                pass
        again = made.broker.stream_quotes(["AAPL"])
        await bid(again, "175.50")
        await made.quote("175.60", "175.62")
        assert (await bid(again, "175.60")).ask == Decimal("175.62")


@topic("reconnect")
async def test_orders_and_reads_work_while_the_streams_are_gone(opened: Open) -> None:
    async with opened() as made:
        await made.cut_streams()
        report = await made.place(made.intent(BUY, MARKET, 10))
        assert (await made.order(report.broker_order_id)).state is OrderState.FILLED
        assert await made.position() == 10
