"""What Alpaca's letters mean: sides that nobody quotes, shares, halts, prints that set no price, the day before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.alpaca.market_parse import (
    bar_of,
    bars_of_trades,
    halted_by,
    merged,
    quote_of,
    sets_the_last,
)
from legend_desktop.brokers.alpaca.market_payloads import (
    BarRow,
    SnapshotRow,
    TradeRow,
    page_in,
    snapshots_in,
    stream_rows,
)
from legend_desktop.brokers.alpaca.payloads import Unreadable

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def at(seconds: float = 0) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "123Z")


def snapshot(**parts: Any) -> SnapshotRow:
    whole = {
        "latestTrade": {"t": at(-2), "p": 175.51, "s": 40, "c": ["@"]},
        "latestQuote": {"t": at(-1), "bp": 175.5, "bs": 300, "ap": 175.52, "as": 200},
        "dailyBar": {"t": "2026-11-23T05:00:00Z", "c": 175.51, "v": 1200},
        "prevDailyBar": {"t": "2026-11-20T05:00:00Z", "c": 173.2, "v": 90_000},
    }
    return msgspec.convert({**whole, **parts}, SnapshotRow)


class TestSnapshots:
    def test_trap_27_sizes_are_shares_and_numbers_keep_their_text(self) -> None:
        rows = snapshots_in(
            b'{"AAPL":{"latestQuote":{"t":"%b","bp":175.10,"bs":300,"ap":175.2,"as":100}}}' % at().encode()
        )
        quote = quote_of("AAPL", rows["AAPL"], "iex", NOW)
        assert (str(quote.bid), str(quote.bid_size), str(quote.ask_size)) == ("175.10", "300", "100")
        assert quote.source == "iex"

    @pytest.mark.parametrize("side", ["bp", "ap"])
    def test_price_0_is_a_side_that_nobody_quotes(self, side: str) -> None:
        parts = {"t": at(), "bp": 175.5, "bs": 3, "ap": 175.52, "as": 2, side: 0}
        quote = quote_of("AAPL", snapshot(latestQuote=parts), "iex", NOW)
        missing = (quote.bid, quote.bid_size) if side == "bp" else (quote.ask, quote.ask_size)
        assert missing == (None, None)
        assert not quote.is_two_sided

    def test_the_close_before_is_that_of_yesterday_once_today_has_traded(self) -> None:
        quote = quote_of("AAPL", snapshot(), "iex", NOW)
        assert (quote.previous_close, quote.volume) == (Decimal("173.2"), Decimal(1200))

    def test_before_the_first_trade_of_the_day_the_daily_bar_is_yesterdays(self) -> None:
        monday_morning = NOW - timedelta(hours=6)
        yesterday = {"t": "2026-11-20T05:00:00Z", "c": 174.9, "v": 90_000}
        quote = quote_of("AAPL", snapshot(dailyBar=yesterday, prevDailyBar={"c": 171}), "iex", monday_morning)
        assert (quote.previous_close, quote.volume) == (Decimal("174.9"), Decimal(0))

    def test_a_print_at_no_market_price_is_not_the_last(self) -> None:
        odd = {"t": at(), "p": 160, "s": 10, "c": ["W"]}
        quote = quote_of("AAPL", snapshot(latestTrade=odd), "iex", NOW)
        assert (quote.last, quote.last_size) == (Decimal("175.51"), None)

    def test_nothing_known_is_nothing_made_up(self) -> None:
        quote = quote_of("AAPL", SnapshotRow(), "iex", NOW)
        assert (quote.bid, quote.ask, quote.last, quote.volume, quote.previous_close) == (None,) * 5

    def test_case_21_one_field_that_cannot_be_read_costs_no_other_symbol(self) -> None:
        rows = snapshots_in(b'{"A":{"latestQuote":{"bp":"x","ap":2}},"B":{"latestQuote":{"bp":1}},"C":null,"D":7}')
        assert set(rows) == {"A", "B"}
        assert rows["B"].latest_quote is not None
        assert rows["B"].latest_quote.bp == 1

    def test_prices_without_a_time_count_as_old(self) -> None:
        quote = quote_of(
            "AAPL", snapshot(latestQuote={"bp": 1, "ap": 2}, latestTrade={"t": "noon", "p": 1}), "iex", NOW
        )
        assert quote.age(NOW) > timedelta(days=365)

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", b'{"A":', b"\xff\xfe"])
    def test_case_42_a_body_that_is_none_is_said(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            snapshots_in(body)

    def test_a_snapshot_never_goes_back_behind_the_stream(self) -> None:
        known = quote_of("AAPL", snapshot(), "iex", NOW)
        older = quote_of(
            "AAPL",
            snapshot(latestQuote={"t": at(-60), "bp": 1, "ap": 2}, latestTrade={"t": at(-60), "p": 1.5}),
            "iex",
            NOW,
        )
        kept = merged(older, known)
        assert (kept.bid, kept.last, kept.timestamp) == (known.bid, known.last, known.timestamp)
        assert merged(known, older) == known


class TestBars:
    def test_a_bar_without_a_price_is_left_out(self) -> None:
        assert bar_of("AAPL", BarRow(t=at(), o=Decimal(1), h=Decimal(2), l=None, c=Decimal(1))) is None
        assert bar_of("AAPL", BarRow(t="yesterday", o=Decimal(1), h=Decimal(2), l=Decimal(1), c=Decimal(1))) is None

    def test_one_bad_row_costs_no_other(self) -> None:
        body = (
            b'{"bars":{"AAPL":[{"t":"2026-11-23T15:00:00Z","o":1,"h":2,"l":1,"c":[]},{"o":1},7]},"next_page_token":"n"}'
        )
        page = page_in(body, "bars", "AAPL", BarRow)
        assert [row.o for row in page.rows] == [1, 1]
        assert page.token == "n"

    def test_a_page_without_the_symbol_is_empty(self) -> None:
        assert page_in(b'{"bars":null,"next_page_token":null}', "bars", "AAPL", BarRow) == ([], None)
        assert page_in(b'{"bars":{"MSFT":[]}}', "bars", "AAPL", BarRow) == ([], None)

    def test_short_bars_are_made_of_the_trades_that_set_a_price(self) -> None:
        prints = [(0.5, "10", 100, ["@"]), (1.5, "11", 50, ["@", "I"]), (4.9, "9", 10, ["W"]), (7, "10.5", 20, None)]
        rows = [
            TradeRow(t=at(seconds), p=Decimal(price), s=Decimal(size), c=conditions)
            for seconds, price, size, conditions in prints
        ]
        undone = TradeRow(t=at(1), p=Decimal(99), s=Decimal(1), u="canceled")
        bars = bars_of_trades("AAPL", [*reversed(rows), undone], 5)
        assert [bar.start for bar in bars] == [NOW, NOW + timedelta(seconds=5)]
        first, second = bars
        assert [str(value) for value in (first.open, first.high, first.low, first.close, first.volume)] == [
            *("10", "11", "10", "11"),
            "150",
        ]
        assert (second.open, second.close, str(second.volume)) == (Decimal("10.5"), Decimal("10.5"), "20")
        assert bars[0].vwap == Decimal(1550) / 150

    @given(
        st.lists(st.tuples(st.integers(0, 600), st.integers(1, 500), st.integers(0, 900)), max_size=60),
        st.sampled_from([5, 10, 15, 30]),
    )
    def test_short_bars_hold_every_share_once_whatever_the_order(
        self, prints: list[tuple[int, int, int]], seconds: int
    ) -> None:
        rows = [TradeRow(t=at(second), p=Decimal(price), s=Decimal(size)) for second, price, size in prints]
        bars = bars_of_trades("AAPL", rows, seconds)
        assert sum(bar.volume for bar in bars) == sum(size for _, _, size in prints)
        assert [bar.start for bar in bars] == sorted({bar.start for bar in bars})
        for bar in bars:
            assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
            assert bar.start.timestamp() % seconds == 0


class TestWords:
    @pytest.mark.parametrize(
        ("code", "words", "halted"),
        [
            ("H", "Trading Halt", True),
            ("2", "Trading Halt", True),
            ("P", "Volatility Trading Pause", True),
            ("T", "Trading Resumption", False),
            ("3", "Resume", False),
            ("Q", "Quotation Resumption", None),
            ("E", "Short Sale Restriction", None),
            ("?", "Regulatory halt of a new kind", True),
            (None, None, None),
        ],
    )
    def test_halts_of_both_tapes(self, code: str | None, words: str | None, halted: bool | None) -> None:
        assert halted_by(code, words) is halted

    @pytest.mark.parametrize(
        ("conditions", "counts"),
        [(["@"], True), (["@", "I"], True), (["W"], False), (["@", "4"], False), (None, True), ("W", True), ([], True)],
    )
    def test_which_prints_set_the_last_price(self, conditions: object, counts: bool) -> None:
        assert sets_the_last(conditions) is counts

    def test_case_42_a_strange_row_costs_no_other_of_its_frame(self) -> None:
        rows = stream_rows('[{"T":"q","S":"A","bp":"much"},{"T":"zz","new":1},5,{"T":"t","S":"A","p":2,"c":3.5}]')
        assert [row.T for row in rows] == ["q", "zz", "t"]
        assert rows[2].p == 2
