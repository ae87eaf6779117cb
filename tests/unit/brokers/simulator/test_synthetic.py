"""The made-up market: its promises about the first half hour, its determinism and its shape."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.symbols import WELL_KNOWN
from legend_desktop.brokers.simulator.synthetic import SyntheticSource
from legend_desktop.brokers.simulator.units import to_micros

OPEN = to_micros(datetime(2026, 11, 23, 14, 30, tzinfo=UTC))
SECOND = 1_000_000
Tick = tuple[str, int, int, int, int, int, int]


def source(
    start: int = OPEN, *, seed: int | None = None, symbols: tuple[str, ...] = (), rate: float = 200.0
) -> SyntheticSource:
    config = SimulatorConfig()
    return SyntheticSource(config.seed if seed is None else seed, rate, symbols, start)


def play(market: SyntheticSource, seconds: float, start: int = OPEN) -> list[Tick]:
    ticks: list[Tick] = []

    def sink(feed: SymbolFeed, units: int, shares: int) -> None:
        ticks.append((feed.symbol, feed.ts, feed.bid, feed.ask, feed.bid_size, units, shares))

    market.run(start + int(seconds * SECOND), 10**9, sink)
    return ticks


@pytest.mark.parametrize(
    "start", ["2026-11-23T14:30", "2026-11-23T15:42", "2026-11-23T20:20", "2026-11-21T03:00", "2026-07-01T13:30"]
)
def test_apple_opens_at_175_50_and_trades_in_the_documents_band_for_half_an_hour(start: str) -> None:
    at = to_micros(datetime.fromisoformat(start).replace(tzinfo=UTC))
    rate = WELL_KNOWN["AAPL"].activity * 200 / sum(spec.activity for spec in WELL_KNOWN.values())
    market = source(at, symbols=("AAPL",), rate=rate)
    apple = market.feed("AAPL")
    assert (apple.last, apple.bid, apple.ask) == (1_755_000, 1_754_900, 1_755_100)
    ticks = play(market, 1_800, at)
    assert min(tick[2] for tick in ticks) >= 1_742_000
    assert max(tick[3] for tick in ticks) <= 1_798_000
    assert not apple.halted
    assert min(tick[3] for tick in ticks) < 1_755_000 < max(tick[2] for tick in ticks), "a limit at 175.50 trades"


def test_a_stock_walks_the_same_path_whoever_else_is_quoted() -> None:
    alone = [tick for tick in play(source(), 60) if tick[0] == "AAPL"]
    crowded = source()
    crowded.feed("ZZZZ")
    assert [tick for tick in play(crowded, 60) if tick[0] == "AAPL"] == alone


def test_the_same_seed_gives_the_same_market_and_another_seed_another() -> None:
    assert play(source(seed=3), 20) == play(source(seed=3), 20)
    assert play(source(seed=3), 20) != play(source(seed=4), 20)


def test_playing_in_small_steps_changes_nothing() -> None:
    whole = play(source(), 10)
    market = source()
    pieces = [tick for step in range(1, 101) for tick in play(market, step / 10)]
    assert pieces == whole


def test_the_thirty_stocks_tick_about_two_hundred_times_a_second() -> None:
    ticks = play(source(), 60)
    assert 170 * 60 < len(ticks) < 230 * 60
    assert {tick[0] for tick in ticks} == set(WELL_KNOWN)


def test_quotes_are_sound_and_trades_happen_inside_the_quote() -> None:
    market = source()
    for _, _, bid, ask, size, units, shares in play(market, 300):
        assert 0 < bid < ask
        assert size >= 100
        assert bid % 100 == 0
        if shares:
            assert bid <= units <= ask


def test_the_open_is_livelier_than_midday() -> None:
    def moved(start: int) -> int:
        bids = [tick[2] for tick in play(source(start, symbols=("AAPL",), rate=10), 600, start)]
        return sum(abs(after - before) for before, after in pairwise(bids))

    noon = to_micros(datetime(2026, 11, 23, 17, 45, tzinfo=UTC))
    assert moved(OPEN) > 1.3 * moved(noon)


def test_jumps_come_and_large_ones_halt_the_stock_for_minutes() -> None:
    halts: dict[str, list[int]] = {}

    def sink(feed: SymbolFeed, units: int, shares: int) -> None:
        if feed.halted:
            assert shares == 0, "nothing trades in a halt"
            halts.setdefault(feed.symbol, []).append(feed.ts)

    market = SyntheticSource(5, 20, (), OPEN)
    market.run(OPEN + 4 * 3_600 * SECOND, 10**9, sink)
    assert halts
    calm = SyntheticSource(5, 20, (), OPEN, jumps=False)
    halts.clear()
    calm.run(OPEN + 4 * 3_600 * SECOND, 10**9, sink)
    assert not halts


def test_after_a_long_sleep_the_market_goes_on_without_the_missed_ticks() -> None:
    market = source()
    play(market, 1)
    later = OPEN + 3_600 * SECOND
    market.skip(later)
    assert play(market, 3_600 + 1)[0][1] > later
    assert 100 < len(play(market, 3_602)) < 300


def test_without_a_rate_prices_stand_still() -> None:
    market = source(rate=0.0)
    assert market.next_due() is None
    assert play(market, 100) == []
