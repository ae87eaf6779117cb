"""A close that has just left is asked about again before any exit is touched: the position never stands bare for it."""

import asyncio
import contextlib

import pytest

from legend_desktop.brokers.simulator.faults import Delay
from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError
from tests.faults.world import a_world


async def test_the_same_close_a_moment_later_asks_and_leaves_the_stop_working() -> None:
    async with a_world() as world:
        entry = await world.enter(100)
        await world.do(world.trading.close_position("AAPL", fraction="0.5"))
        await world.breathe()
        assert world.held() == 50
        stop = next(row for row in world.context.book.open_orders() if row.terms.stop_price == 174)
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.close_position("AAPL"))
        assert asked.value.checks == {"duplicate"}
        assert world.now(stop).state is OrderState.WORKING
        assert world.held() == 50
        await world.do(world.trading.close_position("AAPL", confirmed=asked.value.checks))
        await world.breathe()
        assert world.held() == 0
        assert not world.context.book.open_orders()
        assert world.now(entry).state is OrderState.FILLED


async def test_two_closes_at_once_sell_no_more_than_is_held() -> None:
    async with a_world() as world:
        await world.enter(100)

        async def close() -> None:
            with contextlib.suppress(LegendError):
                await world.trading.close_position("AAPL")

        await world.do(asyncio.wait_for(asyncio.gather(close(), close()), 60))
        await world.run(2)
        assert world.held() == 0
        assert await world.held_there() == 0


async def test_a_close_raises_no_alarm_for_the_moment_without_its_stop() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.run(0.8)
        for route in ("place_order", "close_position"):
            world.faults.on(route, Delay(before=1.5))  # the stop is gone and the closing order still on its way
        await world.do(world.trading.close_position("AAPL"))
        await world.run(4)
        assert world.held() == 0
        assert not [row for row in world.notices() if "no stop" in row]


async def test_the_speed_of_a_key_counts_only_where_nothing_was_waited_for() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.do(world.trading.close_position("AAPL", pressed_ns=world.clock.monotonic_ns()))
        await world.run(2)
        await world.enter(100, stop=None, target=None)
        await world.run(2)
        await world.fresh()
        await world.do(world.trading.close_position("AAPL", pressed_ns=world.clock.monotonic_ns()))
        sales = [row for row in world.orders if row.intent.label == "Close"]
        assert [row.intent.pressed_ns is None for row in sales] == [True, False]
