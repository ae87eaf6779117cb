"""Quotes, bars, assets, clock and calendar over REST, against the fake as a real server."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from legend_desktop.brokers.alpaca.market_data import reach, timeframe
from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.errors import AuthExpired, BrokerDown
from legend_desktop.domain.errors import InvalidInput, NotSupported
from legend_desktop.domain.feeds import SIP
from tests.fakes.alpaca.data_rest import NO_RECENT_SIP
from tests.fakes.alpaca.market import Listed
from tests.fakes.clock import START
from tests.unit.brokers.alpaca.market_world import a_market_world, while_time_passes


class TestQuotes:
    async def test_a_quote_has_both_sides_the_last_trade_and_the_close_before(self) -> None:
        async with a_market_world() as world:
            quote = await world.data.get_quote("aapl")
        assert (quote.symbol, str(quote.bid), str(quote.ask)) == ("AAPL", "175.5", "175.52")
        assert (str(quote.bid_size), str(quote.last), quote.source) == ("10000", "175.5", "iex")
        assert quote.previous_close is not None
        assert quote.timestamp <= START

    async def test_a_side_that_nobody_quotes_is_missing(self) -> None:
        async with a_market_world() as world:
            world.fake.market.set_quote("AAPL", 0, "175.52", 0, 100)
            quote = await world.data.get_quote("AAPL")
        assert (quote.bid, quote.bid_size, quote.ask_size) == (None, None, Decimal(100))

    async def test_a_listed_symbol_that_this_feed_has_never_seen_has_an_empty_quote(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/v2/stocks/snapshots", status=200, body={})
            quote = await world.data.get_quote("AAPL")
        assert (quote.bid, quote.ask, quote.last, quote.source) == (None, None, None, "iex")

    @pytest.mark.parametrize(
        ("typed", "meant"), [("BRK-B", "BRK.B"), ("BRKB", "BRK.B"), ("APPL", "AAPL"), ("NVDAA", "NVDA"), ("ZZZZZ", "")]
    )
    async def test_an_unknown_symbol_is_said_with_the_one_that_was_meant(self, typed: str, meant: str) -> None:
        async with a_market_world() as world:
            with pytest.raises(UnknownSymbol) as caught:
                await world.data.get_quote(typed)
        assert str(caught.value) == f"Alpaca has no symbol {typed}."
        assert caught.value.suggestion == meant

    async def test_the_list_of_symbols_is_read_once_a_day_and_only_for_a_slip(self) -> None:
        async with a_market_world() as world:
            await world.reference.find_instrument("AAPL")
            assert world.asked("/v2/assets") == 0
            for _ in range(3):
                with pytest.raises(UnknownSymbol):
                    await world.reference.find_instrument("APPL")
            assert world.asked("/v2/assets") == 1
            await world.clock.advance(86_400)
            with pytest.raises(UnknownSymbol):
                await world.reference.find_instrument("APPL")
            assert world.asked("/v2/assets") == 2

    async def test_many_symbols_are_asked_for_a_hundred_at_a_time(self) -> None:
        async with a_market_world() as world:
            for number in range(130):
                name = f"T{chr(65 + number // 26)}{chr(65 + number % 26)}"
                world.fake.market.add(Listed(name, name), Decimal(10), Decimal("10.02"))
            names = [name for name in world.fake.market.symbols if name != "GONE"]
            found = await world.data.snapshots(names)
            assert set(found) == set(names)
            assert world.asked("/v2/stocks/snapshots") == 2


class TestFeeds:
    async def test_the_feed_is_named_in_every_request(self) -> None:
        async with a_market_world(sip=True) as world:
            assert (await world.data.get_quote("AAPL")).source == "iex", "a plan that has more is no reason to change"

    async def test_sip_without_rights_is_refused_in_a_sentence_and_stays_refused(self) -> None:
        async with a_market_world("sip") as world:
            for _ in range(2):
                with pytest.raises(NotSupported, match="does not grant this key SIP quotes"):
                    await world.data.get_quote("AAPL")
            assert world.data.feed.current == SIP
            assert "does not grant" in world.data.feed.note

    async def test_the_best_available_feed_is_iex_where_the_plan_has_no_other(self) -> None:
        async with a_market_world("best") as world:
            assert (await world.data.get_quote("AAPL")).source == "iex"
            assert (await world.data.get_quote("MSFT")).source == "iex"
            assert world.asked("/v2/stocks/snapshots") == 3, "SIP is tried once"
            assert "not the national best quote" in world.data.feed.note
            assert "no SIP" in world.data.feed.note

    async def test_the_best_available_feed_is_sip_where_the_plan_has_it(self) -> None:
        async with a_market_world("best", sip=True) as world:
            assert (await world.data.get_quote("AAPL")).source == "sip"
            assert world.data.feed.note == ""

    async def test_a_forbidden_key_is_no_missing_plan(self) -> None:
        async with a_market_world("best") as world:
            world.fake.faults.add(kind="status", path="/v2/stocks/*", status=403, body={"message": "forbidden."})
            with pytest.raises(AuthExpired):
                await world.data.get_quote("AAPL")

    async def test_a_401_with_a_page_of_html_is_an_ended_login(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="html_401", path="/v2/stocks/*")
            with pytest.raises(AuthExpired, match="does not accept the key for market data"):
                await world.data.get_quote("AAPL")

    async def test_case_09_an_answer_that_is_no_json_is_said(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="invalid_json", path="/v2/stocks/*")
            with pytest.raises(BrokerDown, match="could not be read"):
                await world.data.get_quote("AAPL")


class TestBars:
    @pytest.mark.parametrize(
        ("seconds", "name"),
        [(60, "1Min"), (300, "5Min"), (900, "15Min"), (3600, "1Hour"), (86_400, "1Day"), (604_800, "1Week")],
    )
    def test_lengths_that_alpaca_has(self, seconds: int, name: str) -> None:
        assert timeframe(seconds) == name

    @pytest.mark.parametrize("seconds", [0, -60, 90, 5_400, 7, 172_800])
    async def test_lengths_that_it_has_not_are_refused_before_asking(self, seconds: int) -> None:
        async with a_market_world() as world:
            with pytest.raises(NotSupported, match="no bars of"):
                await world.data.get_bars("AAPL", seconds, 10)
            assert world.asked("/v2/stocks/bars") == 0

    @pytest.mark.parametrize("seconds", [60, 300, 3600])
    async def test_the_last_bars_come_oldest_first(self, seconds: int) -> None:
        async with a_market_world() as world:
            bars = await world.data.get_bars("AAPL", seconds, 40)
        assert len(bars) == 40
        assert [bar.start for bar in bars] == sorted(bar.start for bar in bars)
        assert START - bars[-1].start <= timedelta(seconds=seconds) + timedelta(days=3)

    async def test_a_token_on_a_short_page_is_followed(self) -> None:
        async with a_market_world() as world:
            first = {"bars": {"AAPL": []}, "next_page_token": "QUFQTHwx"}
            row = {"t": "2026-11-23T14:59:00Z", "o": 1, "h": 1, "l": 1, "c": 1, "v": 5}
            second = {"bars": {"AAPL": [row]}, "next_page_token": None}
            world.fake.faults.add(kind="status", path="/v2/stocks/bars", status=200, body=first)
            world.fake.faults.add(kind="status", path="/v2/stocks/bars", status=200, body=second, skip=1)
            assert len(await world.data.get_bars("AAPL", 60, 10)) == 1

    async def test_pages_that_lead_back_to_themselves_end(self) -> None:
        async with a_market_world() as world:
            again = {"bars": {"AAPL": []}, "next_page_token": "QUFQTHwx"}
            world.fake.faults.add(kind="status", path="/v2/stocks/bars", status=200, body=again, times=None)
            assert await world.data.get_bars("AAPL", 60, 10) == []

    async def test_days_are_of_the_whole_market_on_the_free_plan_too_and_of_iex_where_that_is_refused(self) -> None:
        async with a_market_world() as world:
            assert len(await world.data.get_bars("AAPL", 86_400, 260)) == 260
            assert world.asked("/v2/stocks/bars") == 1
            world.fake.faults.add(
                kind="status", path="/v2/stocks/bars", status=403, body={"message": NO_RECENT_SIP}, times=1
            )
            assert len(await world.data.get_bars("AAPL", 86_400, 20)) == 20
            assert world.data.feed.note.startswith("IEX"), "the chosen feed was not refused"

    async def test_the_late_feed_has_bars_of_the_whole_market(self) -> None:
        async with a_market_world("delayed_sip") as world:
            bars = await world.data.get_bars("AAPL", 60, 5)
            assert len(bars) == 5
            assert START - bars[-1].start >= timedelta(minutes=15)

    async def test_bars_shorter_than_a_minute_are_made_of_trades(self) -> None:
        async with a_market_world() as world:
            for price, size in (("175.60", 100), ("175.40", 200)):
                await world.clock.advance(1)
                world.fake.market.trade("AAPL", price, size)
            await world.clock.advance(10)
            bars = await world.data.get_bars("AAPL", 5, 1000)
        newest = bars[-1]
        assert (newest.start, newest.high, newest.low, newest.close) == (
            START,
            Decimal("175.6"),
            Decimal("175.4"),
            Decimal("175.4"),
        )
        assert newest.volume == 400, "with the one at the start"

    async def test_an_unknown_symbol_has_no_bars(self) -> None:
        async with a_market_world() as world:
            with pytest.raises(UnknownSymbol):
                await world.data.get_bars("ZZZZZ", 60, 10)
            assert await world.data.get_bars("AAPL", 60, 0) == []

    def test_the_reach_covers_nights_and_week_ends(self) -> None:
        assert reach(60, 390) > timedelta(days=7)
        assert reach(86_400, 260) > timedelta(days=365)


class TestReference:
    async def test_the_flags_of_a_stock(self) -> None:
        async with a_market_world() as world:
            apple = await world.reference.find_instrument("aapl")
            halted = await world.reference.find_instrument("HALTD")
            hard = await world.reference.find_instrument("GME")
            whole = await world.reference.find_instrument("NYC")
        assert (apple.tradable, apple.shortable, apple.fractionable) == (True, True, True)
        assert (str(apple.tick), str(apple.tick_at(Decimal("0.45")))) == ("0.01", "0.0001")
        assert (halted.tradable, hard.shortable, whole.fractionable) == (False, False, False)

    async def test_a_symbol_with_a_slash_cannot_lead_elsewhere(self) -> None:
        async with a_market_world() as world:
            with pytest.raises(UnknownSymbol):
                await world.reference.find_instrument("../account")

    async def test_the_clock_answers_for_half_a_minute_and_is_asked_at_each_bell(self) -> None:
        async with a_market_world() as world:
            world.fake.state.session = None
            first = await world.reference.get_clock()
            await world.clock.advance(20)
            later = await world.reference.get_clock()
            assert first.is_open
            assert later.timestamp - first.timestamp == timedelta(seconds=20)
            assert world.asked("/v2/clock") == 1
            await world.clock.advance(20)
            await world.reference.get_clock()
            assert world.asked("/v2/clock") == 2
            bell = first.next_close
            assert bell is not None
            await world.clock.advance((bell - world.clock.now()).total_seconds() - 1)
            assert (await world.reference.get_clock()).is_open
            await world.clock.advance(2)
            assert not (await world.reference.get_clock()).is_open, "the bell rang since"

    async def test_a_clock_without_its_word_is_not_guessed(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="rewrite", path="/v2/clock", remove=["is_open"])
            with pytest.raises(BrokerDown, match="does not say whether the market is open"):
                await world.reference.get_clock()

    async def test_trading_days_have_their_hours_in_either_spelling(self) -> None:
        async with a_market_world() as world:
            days = await world.reference.get_calendar(date(2026, 11, 23), date(2026, 11, 27))
        assert [row.day.isoformat() for row in days] == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27"]
        assert days[0].opens == datetime.fromisoformat("2026-11-23T09:30:00-05:00")
        assert days[0].session_closes == datetime.fromisoformat("2026-11-23T20:00:00-05:00")
        assert days[-1].closes == datetime.fromisoformat("2026-11-27T13:00:00-05:00")

    async def test_the_history_of_the_account_skips_what_is_null(self) -> None:
        async with a_market_world() as world:
            points = await world.reference.get_portfolio_history("1W", "1D")
            assert points
            assert all(row.equity > 0 for row in points)
            body = {"timestamp": [1, None, 3], "equity": [10, 11, None], "profit_loss": [None], "timeframe": "1D"}
            world.fake.faults.add(kind="status", path="/v2/account/portfolio/history", status=200, body=body)
            points = await world.reference.get_portfolio_history()
            assert [(row.at.timestamp(), str(row.equity), row.profit) for row in points] == [(1.0, "10", None)]

    async def test_a_history_that_alpaca_does_not_have_is_the_callers_fault(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(
                kind="status", path="/v2/account/portfolio/history", status=422, body={"message": "invalid timeframe"}
            )
            with pytest.raises(InvalidInput, match="no value history"):
                await world.reference.get_portfolio_history("1D", "7H")

    async def test_case_12_reads_that_are_too_many_say_so(self) -> None:
        async with a_market_world() as world:
            world.fake.faults.add(kind="status", path="/v2/stocks/*", status=503, body="busy", times=None)
            with pytest.raises(BrokerDown):
                await while_time_passes(world, world.data.get_quote("AAPL"))
