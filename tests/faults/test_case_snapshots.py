"""Ends at awkward moments: a fill beside the snapshot of positions is counted once by the next start, never twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.order_state import OrderEvent
from tests.faults.invariants import check_settled, memory
from tests.faults.world import World, a_world, begin, restarted


async def end_well(world: World, shares: int) -> None:
    """Nothing is unexplained, and entries are open."""
    assert world.held() == shares
    assert world.desk.core.keeper.explained("AAPL") == shares
    assert not memory(world).adjustments
    assert world.context.risk.entries_open
    await check_settled(world)
    await world.stop()
    assert not world.reports.rows


async def test_case_55_fill_in_the_same_tick_of_the_clock_as_the_snapshot_is_counted_once() -> None:
    for before in (True, False):
        async with a_world() as world:
            if before:
                await world.place(10)
                await world.desk.core.reconciler.run()
            else:
                await world.desk.core.reconciler.run()
                await world.place(10)
            fresh = await restarted(world)
            await begin(fresh)
            await end_well(fresh, 10)


async def test_case_55_fill_that_was_on_its_way_to_the_disk_at_the_snapshot_is_counted_once() -> None:
    async with a_world() as world:
        news = world.context.news
        read = news.from_stream

        def early(*arguments: object) -> list[OrderEvent]:
            """Stamped when it was heard of, a moment before the snapshot; counted after it."""
            return [replace(row, at=row.at - timedelta(milliseconds=20)) for row in read(*arguments)]  # type: ignore[arg-type]

        order = await world.place(10, kind=OrderType.LIMIT, limit=175)
        await world.run(12)
        news.from_stream = early  # type: ignore[assignment,method-assign]
        await world.do(world.desk.core.reconciler.run())
        world.broker.backstage.fill(order.broker_order_id or "", 10, Decimal(175))
        await world.breathe()
        assert world.held() == 10
        fresh = await restarted(world)
        await begin(fresh)
        await end_well(fresh, 10)


async def test_case_55_fill_of_the_run_before_the_last_is_not_counted_again() -> None:
    async with a_world() as world:
        await world.place(10)
        await world.run(12)
        fresh = await restarted(world)
        await begin(fresh)
        await fresh.run(1)
        again = await restarted(fresh)
        await begin(again)
        await end_well(again, 10)
