"""The session: connecting, the clockwork, streams, reads."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import pytest

from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.errors import BrokerDown, OrderRefused
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.streams import QUOTES_KEPT, Channel
from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.errors import InvalidInput
from tests.fakes.clock import FakeClock, settle
from tests.unit.brokers.simulator.rig import BUY, SELL, Rig, d, rig


async def test_a_self_driven_market_ticks_and_fills_by_the_clock_alone() -> None:
    started: list[str] = []

    def start(coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        started.append(name)
        return asyncio.create_task(coroutine, name=name)

    clock = FakeClock()
    broker = SimulatorAdapter(clock, SimulatorConfig(latency=0.01), start_task=start)
    async with broker:
        assert started == ["simulator clock", "simulator market"]
        stream = broker.stream_quotes(["AAPL"])
        first = await anext(stream)
        assert (first.bid, first.ask, first.last) == (d("175.49"), d("175.51"), d("175.50"))
        made = Rig(broker, clock)
        placing = asyncio.create_task(broker.place_order(made.intent(100)))
        await settle()
        assert not placing.done(), "the way there takes its time"
        await clock.advance(0.05)
        assert (await placing).state is OrderState.WORKING
        reading = asyncio.create_task(broker.get_positions())
        await clock.advance(1)
        (position,) = await reading
        assert (position.symbol, position.quantity, position.name) == ("AAPL", d(100), "Apple Inc.")
        assert (await anext(stream)).timestamp > first.timestamp
    left = {task.get_name() for task in asyncio.all_tasks()}
    assert not any("simulator" in name for name in left)
    quotes = [quote async for quote in stream]
    assert all(quote.symbol == "AAPL" for quote in quotes)
    assert 5 < len(quotes) < 40


async def test_orders_in_a_tight_loop_let_the_market_have_its_turn() -> None:
    broker = SimulatorAdapter(FakeClock())
    async with broker:
        made = Rig(broker, FakeClock())
        for _ in range(50):
            await broker.place_order(made.intent(1))
        assert len(await broker.get_orders(open_only=True)) < 5


async def test_the_same_seed_and_clock_give_the_same_day() -> None:
    async def day() -> list[object]:
        clock = FakeClock()
        broker = SimulatorAdapter(clock, SimulatorConfig(self_driven=False))
        seen: list[object] = []
        async with broker:
            made = Rig(broker, clock)
            events = broker.stream_order_events()
            await broker.place_bracket_order(made.bracket(500, limit=175.50, target=175.80, stop=175.30))
            for _ in range(200):
                await clock.advance(1)
                await broker.advance()
            seen.extend(await broker.get_executions(clock.now().replace(year=2000)))
            seen.append(await broker.get_account())
        seen.extend([event async for event in events])
        return seen

    first = await day()
    assert len(first) > 5
    assert first == await day()


async def test_before_and_after_the_session_nothing_answers() -> None:
    broker = SimulatorAdapter(FakeClock())
    assert broker.account_id == "SIM-0001"
    with pytest.raises(BrokerDown, match="not connected"):
        await broker.get_account()
    with pytest.raises(BrokerDown):
        broker.stream_order_events()
    await broker.disconnect()
    async with broker:
        await broker.connect()
    with pytest.raises(BrokerDown):
        await broker.get_orders()


async def test_the_request_is_stamped_when_it_is_handed_over() -> None:
    stamps: list[tuple[str, int]] = []
    async with rig(latency=2) as made:
        made.broker.on_request_sent = lambda key, at: stamps.append((key, at))
        bracket = made.bracket(100)
        placing = asyncio.create_task(made.broker.place_bracket_order(bracket))
        await settle()
        assert stamps == [(leg.client_order_id, made.clock.monotonic_ns()) for leg in bracket.legs]
        await made.clock.advance(2)
        await placing


async def test_quote_streams_carry_their_symbols_only_and_begin_with_the_present_quote() -> None:
    async with rig() as made:
        apple = made.broker.stream_quotes(["aapl", "AAPL"])
        both = made.broker.stream_quotes(["AAPL", "MSFT"])
        await made.quote(423.1, 423.2, symbol="MSFT")
        await made.quote(175.4, 175.5)
        assert [(await anext(apple)).bid for _ in range(2)] == [d("175.50"), d("175.4")]
        assert [(await anext(both)).symbol for _ in range(4)] == ["AAPL", "MSFT", "MSFT", "AAPL"]
        with pytest.raises(UnknownSymbol) as caught:
            made.broker.stream_quotes(["AAPL", "A B"])
        assert "A B" in str(caught.value)


async def test_a_stream_that_nobody_holds_is_forgotten() -> None:
    async with rig() as made:
        stream = made.broker.stream_quotes(["AAPL"])
        feed = made.broker._session.running().source.feed("AAPL")
        assert len(feed.watchers) == 1
        del stream
        gc.collect()
        assert feed.watchers == []
        stream = made.broker.stream_quotes(["AAPL"])
        await stream.aclose()
        assert feed.watchers == []
        assert [quote.bid async for quote in stream] == [d("175.50")]


async def test_queued_items_are_given_without_a_turn_of_the_loop() -> None:
    channel: Channel[int] = Channel(QUOTES_KEPT)
    for number in range(1_000):
        channel.push(number)
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1
        asyncio.get_running_loop().call_soon(count)

    asyncio.get_running_loop().call_soon(count)
    assert [await channel.next() for _ in range(1_000)] == list(range(1_000))
    assert turns == 0


async def test_a_slow_quote_reader_loses_the_oldest() -> None:
    channel: Channel[int] = Channel(3)
    for number in range(5):
        channel.push(number)
    assert [await channel.next() for _ in range(3)] == [2, 3, 4]


async def test_any_plausible_symbol_is_quoted_on_request() -> None:
    async with rig() as made:
        quote = await made.broker.get_quote("zzzt")
        assert quote.symbol == "ZZZT"
        assert quote.is_two_sided
        assert (await made.broker.find_instrument("ZZZT")).name == "ZZZT (made up)"
        assert await made.broker.get_current_price("AAPL") == d("175.50")
        with pytest.raises(UnknownSymbol) as caught:
            await made.broker.get_quote("AAPL1")
        assert caught.value.suggestion == "AAPL"


async def test_a_slip_of_the_finger_is_neither_quoted_nor_traded() -> None:
    async with rig() as made:
        with pytest.raises(UnknownSymbol) as caught:
            await made.broker.find_instrument("AAPPL")
        assert caught.value.sentence == "The simulator knows no stock called AAPPL. Did you mean AAPL?"
        with pytest.raises(UnknownSymbol):
            await made.broker.get_quote("aappl")
        with pytest.raises(UnknownSymbol):
            await made.broker.get_bars("AAPPL", 60, 5)
        with pytest.raises(UnknownSymbol):
            made.broker.stream_quotes(["AAPL", "AAPPL"])
        with pytest.raises(OrderRefused, match="AAPPL is not known") as refused:
            await made.place(10, symbol="AAPPL")
        assert refused.value.advice == "Did you mean AAPL?"


async def test_a_symbol_that_the_market_quotes_is_no_slip() -> None:
    async with rig(symbols=("AAPL", "AAPPL")) as made:
        assert (await made.broker.find_instrument("AAPPL")).name == "AAPPL (made up)"


async def test_account_figures_hang_together() -> None:
    async with rig() as made:
        await made.place(200)
        await made.quote(116.40, 116.42, symbol="XOM")
        await made.place(100, SELL, symbol="XOM")
        await made.quote(176.00, 176.02)
        account = await made.broker.get_account()
        assert account.long_value == 200 * d("176.01")
        assert account.short_value == -100 * d("116.41")
        assert account.equity == account.cash + account.long_value + account.short_value
        assert account.unrealized_pl == d(98) - d(1)
        assert account.buying_power == 4 * account.equity - account.long_value + account.short_value
        assert account.day_pl == account.unrealized_pl + (account.realized_pl_today or 0)
        assert await made.broker.get_position("aapl") is not None
        assert await made.broker.get_position("MSFT") is None


async def test_orders_are_listed_by_state_and_by_last_change() -> None:
    async with rig() as made:
        old = await made.place(1)
        await made.clock.advance(10)
        resting = await made.place(1, BUY, OrderType.LIMIT, limit=170)
        assert [row.broker_order_id for row in await made.broker.get_orders()] == [
            old.broker_order_id,
            resting.broker_order_id,
        ]
        (only,) = await made.broker.get_orders(open_only=True)
        assert only.broker_order_id == resting.broker_order_id
        (recent,) = await made.broker.get_orders(since=made.clock.now())
        assert recent == only
        assert await made.broker.get_order("S-9") is None
        assert await made.broker.find_order("nobody") is None
        assert await made.broker.get_executions(made.clock.now()) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"quote_rate": -1},
        {"tick_interval": 0},
        {"replay_speed": 0},
        {"latency": -1},
        {"reject_rate": 2},
        {"depth_levels": 0},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        SimulatorConfig(**settings)


async def test_step_plays_one_tick_ahead_of_the_clock() -> None:
    broker = SimulatorAdapter(FakeClock(), SimulatorConfig(self_driven=False))
    async with broker:
        before = (await broker.get_quote("AAPL")).timestamp
        assert sum([await broker.step() for _ in range(400)]) == 400
        assert (await broker.get_quote("AAPL")).timestamp > before
