"""Trades from flat to flat, on a whole desk with the simulator: worked out, stored, told, and right after a restart."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.domain.enums import ExecutionKind, MatchingMethod, OrderSide
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import RoundTripsChanged
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.records import PositionAdjustment, RoundTripRecord
from legend_desktop.services.excursions import excursions_of
from tests.fakes.memory_store import MemoryStore
from tests.faults.world import SELL, World, a_world, begin, d, restarted


@asynccontextmanager
async def a_desk(store: MemoryStore | None = None, **more: Any) -> AsyncIterator[World]:
    """A started world, a moment after its first look at the account."""
    async with a_world(store, **more) as world:
        await world.run(0.1)
        yield world


@asynccontextmanager
async def the_next_run(world: World, *, after: timedelta = timedelta(0)) -> AsyncIterator[World]:
    """The same account and journal with a new program."""
    fresh = await restarted(world)
    await fresh.clock.advance(after.total_seconds())
    await begin(fresh)
    try:
        yield fresh
    finally:
        await fresh.supervisor.stop()
        fresh.desk.analytics.close()
        fresh.desk.round_trips.close()
    assert not fresh.reports.rows


async def trade(world: World, entry: float, leave: float, *, stop: float | None = 174.0, shares: int = 100) -> Order:
    """Buy at ``entry`` and close at ``leave``."""
    await world.quote(entry - 0.02, entry)
    order = (await world.quick(shares, stop=stop, target=None)).order
    await world.quote(leave, leave + 0.02)
    await world.do(world.trading.close_position("AAPL"))
    await world.breathe()
    await world.run(1)
    return order


def told(world: World) -> RoundTripsChanged:
    return world.desk.round_trips.picture()


async def test_a_trade_is_told_with_its_r_once_the_position_is_flat() -> None:
    async with a_desk() as world:
        heard: list[RoundTripsChanged] = []
        world.bus.subscribe(RoundTripsChanged, heard.append)
        await trade(world, 175.50, 178.50)
        (trip,) = heard[-1].closed
        assert (trip.symbol, trip.side, trip.quantity) == ("AAPL", OrderSide.BUY, d(100))
        assert (trip.entry_price, trip.exit_price) == (d("175.50"), d("178.50"))
        assert (trip.profit, trip.risk, trip.r_multiple) == (d(300), d(150), d(2))
        assert heard[-1].realised == 300
        stats = heard[-1].stats
        assert stats is not None
        assert (stats.n, stats.expectancy_r, heard[-1].without_risk) == (1, 2.0, 0)
        assert heard[-1] == told(world)


async def test_statistics_are_of_trades_with_a_planned_stop_and_the_others_are_counted() -> None:
    async with a_desk() as world:
        await trade(world, 175.50, 178.50)
        await trade(world, 175.50, 174.75)
        await trade(world, 175.50, 176.50, stop=None)
        picture = told(world)
        assert [trip.r_multiple for trip in picture.closed] == [2, d("-0.5"), None]
        assert picture.stats is not None
        assert (picture.stats.n, picture.stats.wins, picture.stats.expectancy_r) == (2, 1, 0.75)
        assert (picture.without_risk, picture.realised) == (1, d(325))
        assert len(world.desk.round_trips.closed()) == 3


async def test_the_stop_that_counts_is_the_planned_one_not_the_one_that_was_moved() -> None:
    async with a_desk() as world:
        await world.quick(100, stop=174, target=None)
        await world.do(world.trading.move_stop("AAPL", "175"))
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        (trip,) = told(world).closed
        assert trip.risk == 100 * (trip.entry_price - 174)


async def test_a_part_that_was_entered_without_a_stop_leaves_the_trade_without_r() -> None:
    async with a_desk() as world:
        await world.quick(100, stop=174, target=None)
        await world.place(50)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        (trip,) = told(world).closed
        assert (trip.quantity, trip.risk) == (d(150), None)


async def test_a_trade_over_a_restart_is_one_trade_and_the_stored_ones_are_there_before_the_line() -> None:
    store = MemoryStore()
    async with a_desk(store) as world:
        await trade(world, 175.50, 178.50)
        await world.quote(175.48, 175.50)
        await world.quick(100, stop=174, target=None)
        async with the_next_run(world) as second:
            (before,) = told(second).closed
            assert before.r_multiple == 2
            await second.run(1)
            assert told(second).realised == 300
            await second.quote(176.50, 176.52)
            await second.do(second.trading.close_position("AAPL"))
            await second.run(1)
            first, last = told(second).closed
            assert last.opened_at > first.opened_at
            assert (last.profit, last.risk) == (d(100), d(150))
            assert [trip.closed_at is None for trip in store.trips] == [False, False]


@pytest.mark.parametrize("days", [0, 3])
async def test_fills_that_the_last_run_did_not_work_out_are_taken_in_at_the_start(days: int) -> None:
    store = MemoryStore()
    async with a_desk(store) as world:
        await trade(world, 175.50, 178.50)
        await trade(world, 175.50, 174.75)
        del store.trips[1:]
        async with the_next_run(world, after=timedelta(days=days)) as second:
            await second.run(1)
            assert [trip.r_multiple for trip in second.desk.round_trips.closed()] == [2, d("-0.5")]
            assert [trip.r_multiple for trip in store.trips] == [2, d("-0.5")]


async def test_shares_held_from_elsewhere_are_no_trade() -> None:
    async with a_desk() as world:
        await world.place(100)
        world.store = MemoryStore()
        async with the_next_run(world, after=timedelta(days=8)) as second:
            await second.place(100, SELL)
            await second.run(1)
            assert (told(second).closed, told(second).realised) == ((), None)
            await trade(second, 175.50, 178.50)
            assert [trip.profit for trip in told(second).closed] == [300]


async def test_a_bust_changes_the_trade_it_belonged_to() -> None:
    async with a_desk() as world:
        order = await trade(world, 175.50, 178.50)
        (fill,) = world.now(order).executions
        gone = replace(fill, execution_id="bust", kind=ExecutionKind.BUST, corrects_id=fill.execution_id)
        await learn(world, order, gone)
        await world.run(1)
        assert told(world).closed == ()


async def test_a_correction_of_the_price_changes_the_profit_of_a_trade_that_had_ended() -> None:
    async with a_desk() as world:
        order = await trade(world, 175.50, 178.50)
        await trade(world, 175.50, 176.50)
        (fill,) = world.now(order).executions
        right = replace(
            fill, execution_id="c1", kind=ExecutionKind.CORRECTION, corrects_id=fill.execution_id, price=d("175.00")
        )
        await learn(world, order, right)
        await world.run(1)
        assert [trip.profit for trip in told(world).closed] == [350, 100]


async def test_a_bust_reaches_back_to_a_trade_of_an_earlier_day() -> None:
    async with a_desk() as world:
        first = await trade(world, 175.50, 178.50)
        for leave in (174.75, 176.25):
            await world.clock.advance(24 * 3600)
            await trade(world, 175.50, leave)
        (fill,) = world.now(first).executions
        right = replace(
            fill, execution_id="c1", kind=ExecutionKind.CORRECTION, corrects_id=fill.execution_id, price=d("175.00")
        )
        await learn(world, first, right)
        await world.run(1)
        assert [trip.profit for trip in world.desk.round_trips.closed()] == [350, -75, 75]


async def learn(world: World, order: Order, execution: Execution) -> None:
    event = OrderEvent(
        order.client_order_id, OrderEventKind.EXECUTION, world.clock.now(), execution=execution, mono_ns=0
    )
    await world.context.ledger.learn([event])


async def test_trades_of_earlier_days_are_not_of_today_but_stay_in_the_statistics() -> None:
    store = MemoryStore()
    async with a_desk(store) as world:
        for entry, leave in ((175.50, 178.50), (175.50, 177.00), (175.50, 174.75)):
            await trade(world, entry, leave)
            await world.clock.advance(24 * 3600)
        await trade(world, 175.50, 174.75)
        picture = told(world)
        assert [trip.r_multiple for trip in picture.closed] == [d("-0.5")]
        assert picture.stats is not None
        assert (picture.stats.n, picture.realised) == (4, d(-75))
        assert [trip.r_multiple for trip in store.trips] == [2, 1, d("-0.5"), d("-0.5")]


class FullDisk(MemoryStore):
    """Takes everything but trades."""

    async def replace_round_trips(
        self, trips: Sequence[RoundTripRecord], *, symbol: str, since: datetime | None = None
    ) -> None:
        raise StoreError("The disk is full.", code="full")


async def test_a_disk_that_fails_is_said_and_the_trades_are_shown_all_the_same() -> None:
    async with a_desk(FullDisk()) as world:
        await trade(world, 175.50, 178.50)
        assert "The list of trades is not kept. The disk is full." in world.notices()
        assert len(told(world).closed) == 1


@pytest.mark.parametrize(
    ("method", "realised"), [(MatchingMethod.FIFO, 300), (MatchingMethod.LIFO, 200), (MatchingMethod.AVERAGE, 250)]
)
async def test_the_method_decides_what_a_part_realises(method: MatchingMethod, realised: int) -> None:
    async with a_desk(matching=method) as world:
        await world.place(100)
        await world.run(4)
        await world.quote(176.50, 176.52)
        await world.place(100)
        await world.quote(178.52, 178.54)
        await world.do(world.trading.close_position("AAPL", fraction="0.5"))
        await world.run(1)
        assert (told(world).closed, told(world).realised) == ((), d(realised))


class Bars:
    """A broker's bars, one a minute from ``START``."""

    def __init__(self, rows: Sequence[tuple[float, float]]) -> None:
        self.rows = rows

    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        assert seconds == 60
        bars = [
            Bar(symbol, AT + timedelta(minutes=number), d(low), d(high), d(low), d(high), Decimal(1))
            for number, (low, high) in enumerate(self.rows)
        ]
        return bars[-limit:]


AT = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
TRIP = RoundTripRecord(
    "AAPL",
    OrderSide.BUY,
    AT + timedelta(seconds=70),
    Decimal(100),
    d("175.50"),
    (("e1", Decimal(100)),),
    AT + timedelta(seconds=150),
    d("176.00"),
)
ROWS = [(100, 200), (175.2, 175.8), (175.4, 176.4), (100, 200)]


async def test_excursions_are_those_of_the_minutes_of_the_trade() -> None:
    now = AT + timedelta(seconds=200)
    assert await excursions_of(Bars(ROWS).get_bars, TRIP, now) == (d("-30"), d("90"))


async def test_bars_that_do_not_reach_back_to_the_entry_tell_nothing() -> None:
    now = AT + timedelta(seconds=200)
    late = replace(TRIP, opened_at=AT - timedelta(minutes=5))
    assert await excursions_of(Bars(ROWS).get_bars, late, now) is None
    assert await excursions_of(Bars(ROWS).get_bars, TRIP, now + timedelta(days=3)) is None


async def test_an_adjustment_is_kept_with_the_symbol_and_ends_what_can_be_told() -> None:
    store = MemoryStore()
    async with a_desk(store) as world:
        await world.quick(100, stop=174, target=None)
        at = world.clock.now()
        await store.record_adjustment(PositionAdjustment("AAPL", at, Decimal(-100), "UNEXPLAINED", "gone"))
        await store.record_adjustment(PositionAdjustment("AAPL", at, Decimal(100), "UNEXPLAINED", "back"))
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        assert (told(world).closed, told(world).realised) == ((), None)
