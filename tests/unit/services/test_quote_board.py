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
    assert faults == ["quote listener broken: no"]
    assert len(heard) == 1


async def test_a_listener_that_fails_each_time_is_reported_once_a_minute_with_how_often() -> None:
    faults: list[str] = []
    clock = FakeClock()
    board = QuoteBoard(clock, report=lambda error, where: faults.append(f"{where}: {error}"))

    def broken(row: Quote) -> None:
        raise ValueError(row.symbol)

    def odd(row: Quote) -> None:
        if row.symbol == "MSFT":
            raise KeyError("odd")

    board.subscribe(broken)
    board.subscribe(odd)
    for number in range(5_001):
        board.put(quote(seconds=number / 5_000))
    board.put(quote("MSFT"))
    assert faults == ["quote listener broken: AAPL", "quote listener odd: 'odd'"]
    await clock.advance(60)
    board.put(quote(seconds=60))
    assert faults[2:] == ["quote listener broken (5,002 times more within a minute): AAPL"]
    await clock.advance(60)
    board.put(quote("MSFT", 120))
    assert faults[3:] == [
        "quote listener broken (once more within a minute): MSFT",
        "quote listener odd: 'odd'",
    ], "a listener that was well for a minute begins anew"


async def test_the_desk_tells_the_reporter_of_the_window_of_a_failing_quote_listener() -> None:
    from tests.faults.world import a_world

    async with a_world() as world:

        def broken(_: Quote) -> None:
            raise ValueError("no")

        world.context.quotes.subscribe(broken)
        await world.quote(176, 176.02)
        await world.quote(176.1, 176.12)
        assert world.reports.rows == ["quote listener broken: ValueError('no')"]
        world.reports.rows.clear()


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
