"""Replay of quote files: pace, errors by line, and memory."""

import math
import tracemalloc
from pathlib import Path

import pytest

from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.replay import ReplayError, ReplaySource
from tests.unit.brokers.simulator.rig import rig

HEADER = "ts,symbol,bid,ask,bid_size,ask_size,last,last_size\n"
ROWS = (
    "2026-11-20T14:30:00Z,AAPL,175.50,175.52,800,600,,\n"
    "2026-11-20T14:30:01Z,MSFT,423.15,423.21,200,400,423.18,100\n"
    "2026-11-20T14:30:03Z,AAPL,175.51,175.53,700,500,175.52,200\n"
)
SECOND = 1_000_000


def write(folder: Path, text: str) -> Path:
    path = folder / "day.csv"
    path.write_text(text, encoding="utf-8")
    return path


class Tape:
    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int, int, int]] = []

    def __call__(self, feed: SymbolFeed, units: int, shares: int) -> None:
        self.seen.append((feed.symbol, feed.ts, feed.bid, units, shares))


def test_rows_come_at_their_time_from_the_start_on(tmp_path: Path) -> None:
    source, tape = ReplaySource(write(tmp_path, HEADER + ROWS), 1.0, 0), Tape()
    assert source.run(0, 100, tape) == 1
    assert source.run(2 * SECOND, 100, tape) == 1
    assert source.next_due() == 3 * SECOND
    assert source.run(3 * SECOND, 100, tape) == 1
    assert source.next_due() is None
    assert tape.seen == [
        ("AAPL", 0, 1_755_000, 0, 0),
        ("MSFT", SECOND, 4_231_500, 4_231_800, 100),
        ("AAPL", 3 * SECOND, 1_755_100, 1_755_200, 200),
    ]


def test_ten_times_the_speed_and_as_fast_as_possible(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    fast, tape = ReplaySource(path, 10.0, 0), Tape()
    fast.run(SECOND, 100, tape)
    assert [row[1] for row in tape.seen] == [0, SECOND // 10, 3 * SECOND // 10]
    full, tape = ReplaySource(path, math.inf, 7), Tape()
    assert full.run(50, 2, tape) == 2
    assert full.run(60, 100, tape) == 1
    assert [row[1] for row in tape.seen] == [50, 50, 60], "stamped with the clock, so that quotes are fresh"


@pytest.mark.parametrize(
    ("stamp", "micros"),
    [("1763649000", 0), ("1763649000.25", 250_000), ("1763649000250", 250_000), ("1763649000000250", 250)],
)
def test_epoch_times_in_seconds_milli_and_microseconds(tmp_path: Path, stamp: str, micros: int) -> None:
    path = write(tmp_path, f"{HEADER}1763649000,AAPL,1,2,1,1,,\n{stamp},AAPL,1.01,2,1,1,,\n")
    source, tape = ReplaySource(path, 1.0, 0), Tape()
    source.run(SECOND, 100, tape)
    assert tape.seen[1][1] == micros


def test_a_quote_row_that_repeats_the_last_trade_is_no_second_trade(tmp_path: Path) -> None:
    rows = "1,AAPL,10,11,100,100,10.5,50\n2,AAPL,10,11.01,100,100,10.5,50\n3,AAPL,10,11.01,100,100,10.5,50\n"
    source, tape = ReplaySource(write(tmp_path, HEADER + rows), 1.0, 0), Tape()
    source.run(9 * SECOND, 100, tape)
    assert [row[4] for row in tape.seen] == [50, 0, 50]
    assert source.feed("AAPL").volume == 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header must be ts,symbol"),
        ("time,symbol\n", "line 1: the header must be"),
        (HEADER, "has no rows"),
        (HEADER + "yesterday,AAPL,1,2,1,1,,\n", "line 2: ts is 'yesterday'"),
        (HEADER + "1,AA PL,1,2,1,1,,\n", "line 2: symbol is 'AA PL'"),
        (HEADER + "1,AAPL,abc,2,1,1,,\n", "line 2: bid is 'abc', not a number"),
        (HEADER + "1,AAPL,1,-2,1,1,,\n", "line 2: ask is '-2'"),
        (HEADER + "1,AAPL,1.00001,2,1,1,,\n", "line 2: bid is '1.00001', finer"),
        (HEADER + "1,AAPL,1,2,lots,1,,\n", "line 2: bid_size is 'lots'"),
        (HEADER + "1,AAPL,1,2,1\n", "line 2: 8 fields are wanted, 5 are there"),
        (HEADER + "nan,AAPL,1,2,1,1,,\n", "line 2: ts is 'nan'"),
    ],
)
def test_a_bad_start_of_the_file_is_named_by_line(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ReplayError) as caught:
        ReplaySource(path, 1.0, 0)
    assert words in str(caught.value)
    assert "day.csv" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"nowhere\.csv cannot be read"):
        ReplaySource(tmp_path / "nowhere.csv", 1.0, 0)


def test_a_bad_row_further_down_stops_the_replay_at_that_line(tmp_path: Path) -> None:
    rows = "1,AAPL,1,2,1,1,,\n\n2,AAPL,1,2,1,1,,\n1,AAPL,1,2,1,1,,\n"
    source, tape = ReplaySource(write(tmp_path, HEADER + rows), 1.0, 0), Tape()
    with pytest.raises(ReplayError, match="line 5: its time lies before"):
        source.run(9 * SECOND, 100, tape)
    assert source.next_due() is None
    assert source.run(9 * SECOND, 100, tape) == 0


@pytest.mark.allow_log("The replay has stopped")
async def test_a_broken_replay_breaks_the_quote_streams_with_the_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1,AAPL,10,11,100,100,,\n2,AAPL,x,11,100,100,,\n")
    async with rig(replay_path=path) as made:
        stream = made.broker.stream_quotes(["AAPL"])
        with pytest.raises(ReplayError, match="line 3: bid is 'x'"):
            await made.broker.advance()
        assert (await anext(stream)).source == "replay"
        with pytest.raises(BrokerDown, match="line 3"):
            await anext(stream)


async def test_orders_fill_against_a_replayed_file_at_full_speed(tmp_path: Path) -> None:
    rows = "".join(f"{i},AAPL,{175 + i % 7 / 100:.2f},{175.1 + i % 7 / 100:.2f},100,100,,\n" for i in range(1, 1500))
    async with rig(replay_path=write(tmp_path, HEADER + rows), replay_speed=math.inf) as made:
        await made.broker.advance()
        report = await made.place(250, symbol="AAPL")
        played = 0
        while done := await made.broker.advance():
            played += done
        assert played < 1_500
        order = await made.order(report.broker_order_id)
        assert order.filled_quantity == 250
        assert (await made.broker.get_quote("AAPL")).previous_close is None


def test_memory_stays_flat_over_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for i in range(40_000):
            file.write(f"{i},AAPL,{175 + i % 50 / 100:.2f},{176 + i % 50 / 100:.2f},100,200,,\n")

    def sink(feed: SymbolFeed, units: int, shares: int) -> None:
        feed.to_quote()

    source = ReplaySource(path, math.inf, 0)
    for _ in range(4):
        source.run(1, 10_000, sink)
    tracemalloc.start()
    try:
        while source.run(1, 10_000, sink):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert source.rows == 40_000
    assert peak < 200_000
