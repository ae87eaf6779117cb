"""The newest quote of a symbol, who hears of it, and how many come."""

from datetime import timedelta
from decimal import Decimal

from legend_desktop.domain.quotes import Quote
from legend_desktop.services.quote_board import QuoteBoard
from tests.fakes.clock import START, FakeClock


def quote(symbol: str = "AAPL", seconds: float = 0, bid: str = "175.50") -> Quote:
    at = START + timedelta(seconds=seconds)
    return Quote(symbol, Decimal(bid), Decimal(bid) + Decimal("0.02"), Decimal(100), Decimal(100), None, at)


def test_an_older_quote_does_not_take_the_place_of_a_newer_one() -> None:
    board = QuoteBoard(FakeClock())
    heard: list[Quote] = []
    board.subscribe(heard.append)
    newer, older = quote(seconds=2), quote(seconds=1, bid="170")
    board.put(newer)
    board.put(older)
    assert board.latest("AAPL") is newer
    assert heard == [newer]
    assert board.latest("MSFT") is None


def test_a_listener_that_fails_is_reported_and_stops_nobody_else() -> None:
    faults: list[str] = []
    board = QuoteBoard(FakeClock(), report=lambda error, where: faults.append(f"{where}: {error}"))
    heard: list[Quote] = []

    def broken(_: Quote) -> None:
        raise ValueError("no")

    board.subscribe(broken)
    board.subscribe(heard.append)
    board.put(quote())
    assert faults == ["quote listener: no"]
    assert len(heard) == 1


def test_a_listener_may_leave_and_join_while_a_quote_is_told() -> None:
    board = QuoteBoard(FakeClock())
    heard: list[str] = []

    def once(_: Quote) -> None:
        heard.append("once")
        leave()
        board.subscribe(lambda row: heard.append("new"))

    leave = board.subscribe(once)
    board.put(quote())
    assert heard == ["once"]
    board.put(quote(seconds=1))
    assert heard == ["once", "new"]
    leave()


async def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    clock = FakeClock()
    board = QuoteBoard(clock)
    assert board.per_second() == 0.0
    for second in range(1, 11):
        for number in range(50):
            board.put(quote(seconds=second + number / 100))
        await clock.advance(1)
        rate = board.per_second()
    assert rate == 50.0
    for _ in range(3):
        await clock.advance(1)
        rate = board.per_second()
    assert rate == 0.0


def test_the_oldest_symbol_is_named_with_its_age() -> None:
    board = QuoteBoard(FakeClock())
    assert board.oldest(START) is None
    board.put(quote("MSFT", 1))
    board.put(quote("AAPL", 3))
    assert board.oldest(START + timedelta(seconds=5)) == ("MSFT", timedelta(seconds=4))
    assert board.symbols == ["AAPL", "MSFT"]
