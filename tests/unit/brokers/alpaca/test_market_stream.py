"""The quote stream against the fake as a real server: who is streamed, who is asked for, and how it ends."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from legend_desktop.brokers.alpaca.market_stream import SILENT_SECONDS, stream_url
from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.shared_line import KEPT_SECONDS, SharedStream
from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.quotes import Quote
from tests.fakes.alpaca.market import Listed
from tests.fakes.alpaca.stream_faults import Rewrite
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.market_world import MarketWorld, a_market_world, passing, soon


async def first_quotes(stream: SharedStream[Quote], count: int) -> dict[str, Quote]:
    """The newest quote of each symbol once ``count`` symbols have one."""
    found: dict[str, Quote] = {}
    while len(found) < count:
        quote = await soon(anext(stream))
        found[quote.symbol] = quote
    return found


async def next_where(stream: SharedStream[Quote], true: Callable[[Quote], object]) -> Quote:
    while True:
        quote = await soon(anext(stream))
        if true(quote):
            return quote


def clients(world: MarketWorld) -> int:
    return world.fake.faults.data.connections


def many(world: MarketWorld, count: int) -> list[str]:
    """So many symbols, some of them new to the fake."""
    names = [name for name in world.fake.market.symbols if name not in {"GONE", "HALTD"}]
    for number in range(count - len(names)):
        name = f"Q{chr(65 + number // 26)}{chr(65 + number % 26)}"
        world.fake.market.add(Listed(name, name), Decimal(10), Decimal("10.02"))
        names.append(name)
    return names[:count]


class TestQuotes:
    async def test_quotes_begin_with_the_present_one_and_follow_the_market(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL", "MSFT"])
            present = await first_quotes(stream, 2)
            assert present["AAPL"].previous_close is not None
            await world.clock.advance(1)
            world.fake.market.set_quote("AAPL", "175.60", "175.62", 300, 400)
            quote = await next_where(stream, lambda row: row.bid == Decimal("175.6"))
            assert (quote.ask, quote.bid_size, quote.source) == (Decimal("175.62"), Decimal(300), "iex")
            assert quote.last == Decimal("175.5"), "the last trade stays"
            assert quote.previous_close == present["AAPL"].previous_close
            assert world.quotes.facts.last_message_at is not None

    async def test_a_trade_moves_the_last_price_and_the_volume_and_leaves_the_sides(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            before = (await first_quotes(stream, 1))["AAPL"]
            await world.clock.advance(1)
            world.fake.market.trade("AAPL", "175.51", 250)
            quote = await next_where(stream, lambda row: row.last == Decimal("175.51"))
            assert (quote.bid, quote.ask, quote.last_size) == (before.bid, before.ask, Decimal(250))
            assert quote.volume is not None
            assert before.volume is not None
            assert quote.volume - before.volume == 250
            assert quote.timestamp == world.clock.now()

    async def test_a_side_that_goes_is_missing_not_zero(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            await world.clock.advance(1)
            world.fake.market.set_quote("AAPL", "175.50", 0, 100, 0)
            quote = await next_where(stream, lambda row: row.ask is None)
            assert quote.ask_size is None

    async def test_a_halt_is_shown_and_ends_with_its_word_or_with_the_next_trade(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            world.fake.market.notice("statuses", "AAPL")
            await next_where(stream, lambda row: row.halted)
            world.fake.market.set_quote("AAPL", "170", "180")
            assert (await next_where(stream, lambda row: row.bid == 170)).halted, "quotes come before the trading does"
            world.fake.market.notice("statuses", "AAPL", sc="T", sm="Trading Resumption")
            await next_where(stream, lambda row: not row.halted)
            world.fake.market.notice("statuses", "AAPL", sc="2", sm="Trading Halt")
            await next_where(stream, lambda row: row.halted)
            world.fake.market.trade("AAPL", "171", 100)
            assert not (await next_where(stream, lambda row: row.last == 171)).halted

    async def test_a_corrected_and_a_cancelled_print_are_taken_back(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            world.fake.market.trade("AAPL", "175.51", 100)
            world.fake.market.trade("AAPL", "199", 100)
            await next_where(stream, lambda row: row.last == 199)
            world.fake.market.notice("corrections", "AAPL", op=199.0, os=100, cp=175.9, cs=100)
            assert (await next_where(stream, lambda row: row.last != 199)).last == Decimal("175.9")
            world.fake.market.notice("cancelErrors", "AAPL", p=175.9, s=100)
            assert (await next_where(stream, lambda row: row.last != Decimal("175.9"))).last == Decimal("175.51")

    async def test_one_socket_serves_all_readers_and_each_gets_its_own_symbols(self) -> None:
        async with a_market_world() as world:
            one, two = world.quotes.quotes(["AAPL"]), world.quotes.quotes(["AAPL", "MSFT"])
            await first_quotes(one, 1)
            await first_quotes(two, 2)
            assert clients(world) == 1
            world.fake.market.set_quote("MSFT", "400", "401")
            world.fake.market.set_quote("AAPL", "170", "171")
            assert (await next_where(one, lambda row: row.bid != Decimal("175.5"))).symbol == "AAPL"
            await next_where(two, lambda row: row.bid == 400)

    async def test_a_reader_who_comes_back_with_other_symbols_costs_no_new_login(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            await stream.aclose()
            stream = world.quotes.quotes(["MSFT"])
            await first_quotes(stream, 1)
            await passing(world, 2 * KEPT_SECONDS)
            assert world.fake.faults.data.connections == 1
            world.fake.market.set_quote("MSFT", "400", "401")
            await next_where(stream, lambda row: row.bid == 400)
            await stream.aclose()
            await passing(world, KEPT_SECONDS + 2)
            await until(lambda: clients(world) == 0)
            assert world.quotes.facts.cuts == 0, "closing is no cut"

    async def test_an_unknown_symbol_ends_the_stream_with_its_name(self) -> None:
        async with a_market_world() as world:
            for name in ("ZZZZZ", "NO SYMBOL"):
                with pytest.raises(UnknownSymbol, match=name):
                    await first_quotes(world.quotes.quotes(["AAPL", name]), 2)


class TestLimit:
    async def test_beyond_the_plans_limit_the_rest_is_asked_for_and_it_is_said(self) -> None:
        async with a_market_world() as world:
            names = many(world, 40)
            stream = world.quotes.quotes(names)
            await first_quotes(stream, 40)
            # this plan counts quotes and trades: 15 symbols with both
            assert "streams 15 symbols; the 25 others are asked for every 2 s" in world.quotes.note
            assert "not the national best quote" in world.quotes.note
            world.fake.market.set_quote(names[0], "20", "20.02")
            await next_where(stream, lambda row: row.symbol == names[0] and row.bid == 20)
            before = world.asked("/v2/stocks/snapshots")
            world.fake.market.set_quote(names[-1], "30", "30.02")
            await passing(world, 5)
            await next_where(stream, lambda row: row.symbol == names[-1] and row.bid == 30)
            assert 2 <= world.asked("/v2/stocks/snapshots") - before <= 3

    async def test_a_plan_that_counts_symbols_streams_thirty(self) -> None:
        async with a_market_world() as world:
            world.fake.market.symbol_limit = 60
            await first_quotes(world.quotes.quotes(many(world, 33)), 33)
            assert "streams 30 symbols; the 3 others" in world.quotes.note

    async def test_as_many_as_the_plan_allows_are_all_streamed(self) -> None:
        async with a_market_world() as world:
            await first_quotes(world.quotes.quotes(many(world, 15)), 15)
            assert "streams" not in world.quotes.note

    async def test_the_whole_market_has_no_limit_and_long_lists_are_split(self) -> None:
        async with a_market_world("sip", sip=True) as world:
            world.fake.market.symbol_limit = 0
            names = many(world, 130)
            stream = world.quotes.quotes(names)
            await first_quotes(stream, 130)
            assert world.quotes.note == ""
            world.fake.market.set_quote(names[-1], "20", "20.02")
            quote = await next_where(stream, lambda row: row.bid == 20)
            assert (quote.symbol, quote.source) == (names[-1], "sip")


class TestFeeds:
    async def test_sip_without_rights_is_said_and_not_replaced(self) -> None:
        async with a_market_world("sip") as world:
            with pytest.raises(NotSupported, match="does not grant this key SIP quotes"):
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)

    async def test_the_best_available_falls_back_to_iex_at_once(self) -> None:
        async with a_market_world("best") as world:
            quotes = await first_quotes(world.quotes.quotes(["AAPL"]), 1)
            assert quotes["AAPL"].source == "iex"
            assert "no SIP" in world.quotes.note

    def test_the_feed_is_the_last_part_of_the_address(self) -> None:
        assert stream_url("wss://stream.data.alpaca.markets/v2/best", "sip").endswith("/v2/sip")
        assert stream_url("ws://127.0.0.1:1/own", "sip") == "ws://127.0.0.1:1/own"


class TestEnds:
    async def test_keys_that_are_refused_are_an_ended_login(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.data.login_error = 402
            with pytest.raises(AuthExpired, match="does not accept the key for quotes"):
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)

    async def test_a_second_program_on_the_key_is_said_and_asks_for_half_a_minute(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.data.login_error = 406
            with pytest.raises(RateLimited, match="Another program uses this key's only quote stream") as caught:
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)
            assert (caught.value.retry_after or 0) >= 30

    async def test_an_upgrade_refused_with_429_asks_for_half_a_minute(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/v2/iex", status=429, body="")
            with pytest.raises(RateLimited) as caught:
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)
            assert (caught.value.retry_after or 0) >= 30

    @pytest.mark.parametrize("code", [404, 407, 500])
    async def test_other_errors_end_the_stream_with_a_sentence(self, code: int) -> None:
        async with a_market_world() as world:
            world.fake.faults.data.login_error = code
            with pytest.raises(BrokerDown, match="quote stream"):
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)

    async def test_case_40_a_stream_that_accepts_and_closes_is_no_stream(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.data.close_at_once = 1
            with pytest.raises(BrokerDown):
                await first_quotes(world.quotes.quotes(["AAPL"]), 1)
            assert world.quotes.facts.cuts == 0, "it never was up"
            await first_quotes(world.quotes.quotes(["AAPL"]), 1)

    async def test_case_39_a_cut_is_told_to_every_reader_and_counted_until_it_is_back(self) -> None:
        async with a_market_world() as world:
            one, two = world.quotes.quotes(["AAPL"]), world.quotes.quotes(["MSFT"])
            await first_quotes(one, 1)
            await first_quotes(two, 1)
            world.fake.faults.data.cut()
            for stream in (one, two):
                with pytest.raises(BrokerDown):
                    await next_where(stream, lambda row: False)
            await world.clock.advance(7)
            await first_quotes(world.quotes.quotes(["AAPL"]), 1)
            assert world.quotes.facts.cuts == 1
            assert 7 <= world.quotes.facts.blind_seconds < 9

    @pytest.mark.parametrize("what", ["garbage", "huge"])
    async def test_case_42_a_frame_that_cannot_be_read_ends_the_stream(self, what: str) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            setattr(world.fake.faults.data, what, 1)
            world.fake.market.set_quote("AAPL", "170", "171")
            with pytest.raises(BrokerDown):
                await next_where(stream, lambda row: False)

    async def test_case_21_kinds_of_messages_that_nobody_knows_are_passed_over(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            world.fake.faults.data.rewrite = Rewrite(words={"t": "new kind"}, add={"more": {"new": [1]}})
            world.fake.market.trade("AAPL", "160", 100)
            world.fake.market.set_quote("AAPL", "170", "171")
            await next_where(stream, lambda row: row.bid == 170)

    async def test_case_44_a_mute_stream_is_found_by_asking(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            world.fake.faults.data.mute = True
            await world.clock.advance(20)
            world.fake.market.set_quote("AAPL", "170", "171")
            await passing(world, 12)
            with pytest.raises(BrokerDown, match="did not tell what AAPL did"):
                await next_where(stream, lambda row: False)

    async def test_case_45_a_quote_that_stands_is_confirmed_for_a_while_and_then_ages(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            await first_quotes(stream, 1)
            asked, made = world.asked("/v2/stocks/snapshots"), world.clock.now()
            await passing(world, 20)
            quote = await next_where(stream, lambda row: row.age(world.clock.now()).total_seconds() <= 3)
            assert quote.timestamp <= made, "the exchange still has it"
            assert world.asked("/v2/stocks/snapshots") - asked <= 11, "one question in two seconds"
            await passing(world, 290)
            asked = world.asked("/v2/stocks/snapshots")
            await passing(world, 4 * SILENT_SECONDS)
            assert world.asked("/v2/stocks/snapshots") - asked <= 5, "then one a minute: the market has rather ended"
            world.fake.market.set_quote("AAPL", "170", "171")
            quote = await next_where(stream, lambda row: row.bid == 170)
            assert quote.timestamp == world.clock.now()

    async def test_case_45_frozen_prices_keep_their_time(self) -> None:
        async with a_market_world() as world:
            stream = world.quotes.quotes(["AAPL"])
            old = (await first_quotes(stream, 1))["AAPL"]
            await passing(world, SILENT_SECONDS + 5)
            assert old.age(world.clock.now()).total_seconds() >= SILENT_SECONDS, "so it is grey and sizes nothing"
            assert world.supervisor.names, "the line is up all the same"

    async def test_the_first_quotes_are_asked_for_again_where_rest_was_busy(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/v2/stocks/snapshots", status=503, body="", times=3)
            stream = world.quotes.quotes(["AAPL"])
            await soon(stream.open())
            await passing(world, 12)
            assert (await first_quotes(stream, 1))["AAPL"].previous_close is not None
