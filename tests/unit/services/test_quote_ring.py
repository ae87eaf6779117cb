import sys
from datetime import timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain.quotes import Quote
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.quote_ring import QuoteRing
from tests.fakes.clock import START, FakeClock

MILLION = 1_000_000


def quote(symbol: str = "AAPL", bid: str = "175.50") -> Quote:
    return Quote(symbol, Decimal(bid), Decimal(bid) + Decimal("0.02"), Decimal(100), Decimal(100), None, START)


async def test_what_stood_at_an_instant_is_the_last_that_had_arrived_by_then() -> None:
    clock = FakeClock()
    board, ring = QuoteBoard(clock), QuoteRing(clock)
    board.subscribe(ring.add)
    for bid in ("175.50", "175.51", "175.52"):
        board.put(quote(bid=bid))
        await clock.advance(1)
    found = ring.at("AAPL", START + timedelta(seconds=1.9))
    assert found is not None
    assert (found.quote.bid, found.at) == (Decimal("175.51"), START + timedelta(seconds=1.9))
    assert ring.at("AAPL", START - timedelta(milliseconds=1)) is None
    assert ring.at("MSFT", START) is None
    rows = ring.between("AAPL", START + timedelta(seconds=0.5), START + timedelta(seconds=2))
    assert [(row.quote.bid, (row.at - START).total_seconds()) for row in rows] == [
        (Decimal("175.50"), 0.5),
        (Decimal("175.51"), 1.0),
        (Decimal("175.52"), 2.0),
    ]
    assert ring.since("AAPL") == START


async def test_old_quotes_fall_out_and_are_not_answered_with_newer_ones() -> None:
    clock = FakeClock()
    ring = QuoteRing(clock, quotes=3)
    for step in range(5):
        ring.add(quote(bid=f"175.5{step}"))
        await clock.advance(1)
    assert ring.count() == 3
    assert ring.since("AAPL") == START + timedelta(seconds=2)
    assert ring.at("AAPL", START + timedelta(seconds=1)) is None


async def test_the_symbol_that_was_quiet_the_longest_makes_room_for_a_new_one() -> None:
    clock = FakeClock()
    ring = QuoteRing(clock, symbols=2)
    for symbol in ("AAPL", "MSFT", "AAPL", "NVDA"):
        ring.add(quote(symbol))
        await clock.advance(1)
    assert [ring.since(symbol) is not None for symbol in ("AAPL", "MSFT", "NVDA")] == [True, False, True]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of the process from /proc")
def test_ten_million_quotes_leave_memory_as_it_was() -> None:
    ring = QuoteRing(FakeClock(), quotes=256, symbols=8)
    names = [f"S{number}" for number in range(8)]
    shown = {name: quote(name) for name in names}

    def push(count: int) -> None:
        add = ring.add
        for _ in range(count // 8):
            for name in names:
                add(shown[name])

    push(MILLION // 10)
    before, kept = resident_kb(), ring.count()
    push(10 * MILLION)
    assert ring.count() == kept == 8 * 256
    assert resident_kb() - before < 4_096


def resident_kb() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  not a file of the disk
        return int(file.read().split()[1]) * 4
