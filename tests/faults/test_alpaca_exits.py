"""Closing a part of what is held while exits reserve it at Alpaca."""

import asyncio
from decimal import Decimal

from legend_desktop.domain.enums import OrderState
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import an_alpaca_world

S = OrderState
HALF = Decimal("0.5")


async def test_case_81_half_close_beside_a_plain_stop_leaves_the_rest_protected() -> None:
    async with an_alpaca_world() as world:
        await world.place(100)
        await world.fresh()
        await world.do(world.trading.repair_stop("AAPL", Decimal(174)))
        await world.run(2)
        await world.fresh()
        closing = await world.do(world.trading.close_position("AAPL", fraction=HALF))
        await world.run(2)
        assert world.state(closing) == (S.FILLED, 50)
        (stop,) = world.context.book.open_orders()
        assert stop.remaining_quantity == 50
        assert world.held() == 50
        assert not world.alarms
        await check_settled(world)


async def test_case_81_half_close_waits_until_the_stop_is_smaller() -> None:
    """A stop for everything beside a sale of the half could turn the position over."""
    async with an_alpaca_world() as world:
        await world.place(100)
        await world.fresh()
        stop = await world.do(world.trading.repair_stop("AAPL", Decimal(174)))
        await world.run(2)
        await world.fresh()
        world.fake.switches.hold_replaces = True
        posts = world.posts
        call = asyncio.ensure_future(world.trading.close_position("AAPL", fraction=HALF))
        await world.run(1)
        assert world.posts == posts, "nothing is sold while the whole stop is at work"
        world.fake.levers.finish_replace(world.there(stop))
        closing = await world.do(call)
        await world.calm()
        assert world.state(closing) == (S.FILLED, 50)
        await check(world)
        await check_settled(world)


async def test_case_81_half_close_of_a_bracket_leaves_the_rest_protected() -> None:
    async with an_alpaca_world() as world:
        await world.enter(100)
        await world.run(2)
        await world.fresh()
        closing = await world.do(world.trading.close_position("AAPL", fraction=HALF))
        await world.run(3)
        assert world.state(closing) == (S.FILLED, 50)
        assert world.held() == world.held_there() == 50
        assert {row.remaining_quantity for row in world.context.book.open_orders()} == {Decimal(50)}
        assert not world.alarms
        await check_settled(world)
