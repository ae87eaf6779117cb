from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from legend_desktop.domain.events import PositionsChanged
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.watch_list import WatchListViewModel, WatchRow
from tests.fakes.clock import START, FakeClock
from tests.unit.viewmodels.builders import bus, position, quote, raise_report


class World:
    def __init__(self, *symbols: str) -> None:
        self.clock = FakeClock()
        self.board = QuoteBoard(self.clock, raise_report)
        self.bus = bus()
        self.model = WatchListViewModel(self.board, self.bus, self.clock, symbols or ("AAPL", "KO"))
        self.changed: list[list[str]] = []
        self.model.rows_changed.connect(lambda rows: self.changed.append(sorted(row.symbol for row in rows)))

    def row(self, symbol: str) -> WatchRow:
        return {row.symbol: row for row in self.model.rows()}[symbol]


@pytest.fixture
def world(qapp: object) -> World:
    return World()


def test_a_quote_becomes_a_row_with_change_and_spread(world: World) -> None:
    world.board.put(quote("AAPL", "175.50", "175.52", at=START, last="175.51", close="173.62"))
    world.model.flush()
    row = world.row("AAPL")
    assert world.changed == [["AAPL"]]
    assert row.change_percent is not None
    assert round(row.change_percent, 2) == Decimal("1.09")
    assert row.spread_bps is not None
    assert round(row.spread_bps, 1) == Decimal("1.1")
    assert not row.stale


def test_many_quotes_between_two_flushes_make_one_change_a_symbol(world: World, qtbot: QtBot) -> None:
    for cents in range(50):
        world.board.put(quote("AAPL", f"175.{cents:02d}", "176.00", at=START))
        world.board.put(quote("MSFT", f"423.{cents:02d}", "424.00", at=START))
    assert world.changed == []
    qtbot.waitUntil(lambda: world.changed != [], timeout=2000)
    assert world.changed == [["AAPL"]]
    assert world.row("AAPL").bid == Decimal("175.49")


async def _age(world: World, seconds: float) -> None:
    await world.clock.advance(seconds)


def test_an_old_quote_turns_stale_with_its_age_and_recovers(world: World) -> None:
    world.board.put(quote("AAPL", at=START - timedelta(seconds=3)))
    world.model.flush()
    assert not world.row("AAPL").stale
    world.board.put(quote("KO", at=START - timedelta(seconds=48)))
    world.model.flush()
    row = world.row("KO")
    assert row.stale
    assert row.age_seconds == 48
    world.board.put(quote("KO", at=START))
    world.model.flush()
    assert not world.row("KO").stale


def test_tick_notices_that_time_has_passed(world: World) -> None:
    import asyncio

    world.board.put(quote("AAPL", at=START))
    world.model.flush()
    world.changed.clear()
    world.model.tick()
    assert world.changed == []
    asyncio.run(_age(world, 5))
    world.model.tick()
    assert world.changed == [["AAPL"]]
    assert world.row("AAPL").age_seconds == 5


def test_add_takes_any_case_and_refuses_twice_and_rubbish(world: World) -> None:
    said: list[str] = []
    told: list[tuple[str, ...]] = []
    world.model.refused.connect(said.append)
    world.model.symbols_changed.connect(told.append)
    assert world.model.add(" brk.b ")
    assert world.model.symbols == ("AAPL", "KO", "BRK.B")
    assert told == [("AAPL", "KO", "BRK.B")]
    assert not world.model.add("ko")
    assert not world.model.add("buy it!")
    assert not world.model.add("  ")
    assert said[0] == "KO is on the list already."
    assert len(said) == 3


def test_remove_and_a_quote_after_it(world: World) -> None:
    world.board.put(quote("AAPL", at=START))
    world.model.remove("AAPL")
    world.model.flush()
    assert world.model.symbols == ("KO",)
    assert world.changed == [["KO"]]
    world.model.remove("AAPL")
    assert world.model.symbols == ("KO",)


def test_held_shares_are_shown_and_go_again(world: World) -> None:
    world.bus.publish(PositionsChanged((position("KO", "200", "68.92", None), position("XOM", "-1", "1", None)), START))
    world.model.flush()
    assert world.row("KO").position == 200
    world.bus.publish(PositionsChanged((), START))
    world.model.flush()
    assert world.row("KO").position is None


def test_closed_model_hears_nothing_more(world: World) -> None:
    world.model.close()
    world.board.put(quote("AAPL", at=START))
    world.model.flush()
    assert world.row("AAPL").bid is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=20))
def test_arranging_loses_and_doubles_nothing(moves: list[tuple[int, int]]) -> None:
    world = World(*"ABCDEF")
    mirror = {row.symbol: row.place for row in world.model.rows()}
    world.model.rows_changed.connect(lambda rows: mirror.update((row.symbol, row.place) for row in rows))
    for source, target in moves:
        neighbour = world.model.symbols[target] if target < 6 else None
        symbol = world.model.symbols[source]
        world.model.move(source, target)
        if neighbour is not None and neighbour != symbol:
            after = world.model.symbols
            assert after[after.index(symbol) + 1] == neighbour
    assert tuple(sorted(mirror, key=mirror.__getitem__)) == world.model.symbols
    assert sorted(world.model.symbols) == list("ABCDEF")


def test_rows_out_of_view_follow_a_few_at_a_time_and_none_is_forgotten(qtbot: QtBot) -> None:
    names = [f"S{number}" for number in range(60)]
    world = World(*names)
    world.model.set_in_view(["S3", "S4"])
    for name in names:
        world.board.put(quote(name, "10.00", "10.02", at=START))
    qtbot.waitUntil(lambda: world.changed != [], timeout=2000)
    assert {"S3", "S4"} <= set(world.changed[0])
    assert len(world.changed[0]) < 30
    qtbot.waitUntil(lambda: sum(map(len, world.changed)) == 60, timeout=5000)
    assert all(row.bid == Decimal("10.00") for row in world.model.rows())


def test_a_row_that_comes_into_view_is_brought_up_to_date_at_once(qtbot: QtBot) -> None:
    world = World(*(f"S{number}" for number in range(60)))
    world.model.set_in_view([])
    for number in range(60):
        world.board.put(quote(f"S{number}", "10.00", "10.02", at=START))
    world.model.set_in_view(["S59"])
    qtbot.waitUntil(lambda: world.changed != [], timeout=2000)
    assert "S59" in world.changed[0]
    world.model.close()


@pytest.mark.parametrize(
    ("sources", "words"),
    [(("simulator",), "simulated"), (("iex", "iex"), "IEX quotes"), (("sip",), ""), (("", "sip", "iex"), "IEX quotes")],
)
def test_the_list_says_where_quotes_are_not_those_of_the_whole_market(sources: tuple[str, ...], words: str) -> None:
    world = World(*(f"S{number}" for number in range(len(sources))))
    assert world.model.feed_words == ""
    for number, source in enumerate(sources):
        world.board.put(replace(quote(f"S{number}", "10.00", "10.02", at=START), source=source))
    assert world.model.feed_words == words
    world.model.close()


def test_a_quote_that_the_feed_confirmed_is_not_stale(world: World) -> None:
    world.board.put(quote("AAPL", "175.50", "175.52", at=START))
    world.clock.jump(60)
    old = quote("AAPL", "175.50", "175.52", at=START)
    world.board.put(replace(old, confirmed_at=world.clock.now()))
    world.model.flush()
    assert not world.row("AAPL").stale
