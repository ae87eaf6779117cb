"""The day's loss limit holds until the next trading day: a start in between does not open entries again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import OrderDenied, StoreError
from legend_desktop.domain.events import AccountChanged
from legend_desktop.services.risk_state import DAILY_LOSS
from tests.fakes.memory_store import MemoryStore
from tests.faults.world import World, a_world, begin, next_start, restarted

ACTIVE, REDUCING, HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED


async def lose(world: World, price: float) -> None:
    """Hold 1,000 AAPL bought at 175.52 while they fall to ``price`` and come back to where they were."""
    await world.place(1000)
    await world.run(3)
    await world.quote(price, price + 0.02)
    await world.run(2.5)
    await world.quote(175.50, 175.52)
    await world.run(2.5)


def memory(world: World) -> MemoryStore:
    assert isinstance(world.store, MemoryStore)
    return world.store


@pytest.mark.parametrize(
    ("price", "state", "consequence"),
    [
        (172.0, REDUCING, "Only exits and cancels from now on."),
        (168.0, HALTED, "Open positions can be flattened."),
    ],
)
async def test_case_79_a_limit_that_was_hit_holds_over_a_restart_although_the_loss_is_gone(
    price: float, state: TradingState, consequence: str
) -> None:
    async with a_world() as world:
        await lose(world, price)
        assert world.context.risk.state is state
        reason = world.context.risk.reason
        async with next_start(world) as again:
            assert again.context.daily_loss is not None
            assert again.context.daily_loss.state is ACTIVE, "the loss itself is gone"
            assert again.context.risk.state is state
            assert again.context.risk.reason == reason
            assert again.alarms["daily_loss"].consequence == consequence
            with pytest.raises(OrderDenied) as refused:
                await again.place(10)
            assert refused.value.code == "trading_state"


async def test_a_worse_loss_after_the_restart_still_halts() -> None:
    async with a_world() as world:
        await lose(world, 172.0)
        async with next_start(world) as again:
            await again.quote(168.0, 168.02)
            await again.run(2.5)
            assert again.context.risk.state is HALTED


async def test_a_start_on_the_next_trading_day_begins_fresh() -> None:
    async with a_world() as world:
        await lose(world, 172.0)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(3)
        fresh = await restarted(world)
        await fresh.clock.advance(15 * 3600)
        await begin(fresh)
        assert fresh.context.risk.state is ACTIVE
        assert "daily_loss" not in fresh.alarms
        await fresh.stop()


async def test_the_day_that_begins_while_the_program_runs_ends_a_limit_from_before_its_start() -> None:
    async with a_world() as world:
        await lose(world, 172.0)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(3)
        async with next_start(world) as again:
            assert again.context.risk.has(DAILY_LOSS)
            await again.run_fast(15 * 3600, step=60)
            assert again.context.risk.state is ACTIVE
            assert "daily_loss" not in again.alarms


async def test_another_equity_to_count_from_after_the_restart_begins_anew() -> None:
    """The broker was late with the day's figure: what was lost before counts no more."""
    async with a_world() as world:
        await lose(world, 172.0)
        async with next_start(world) as again:
            account = again.context.account
            assert account is not None
            later = replace(account, start_of_day_equity=Decimal(99_000))
            again.bus.publish(AccountChanged(later))
            assert not again.context.risk.has(DAILY_LOSS)


async def test_a_limit_of_another_account_is_not_this_ones() -> None:
    async with a_world() as world:
        await lose(world, 172.0)
        settings = memory(world).settings
        (name,) = [name for name in settings if name.startswith("day_limit")]
        assert name.endswith(world.broker.account_id)
        settings["day_limit:alpaca:OTHER"] = settings.pop(name)
        async with next_start(world) as again:
            assert again.context.risk.state is ACTIVE


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"day": "2026-11-23", "state": "nonsense", "reason": "x", "start_equity": "1"}',
        '{"day": "2026-11-23", "state": "halted", "reason": "x", "start_equity": "NaN"}',
    ],
)
async def test_what_cannot_be_read_is_said_and_the_loss_of_now_counts(text: str) -> None:
    async with a_world() as world:
        await lose(world, 172.0)
        settings = memory(world).settings
        settings.update({name: text for name in settings if name.startswith("day_limit")})
        async with next_start(world) as again:
            assert again.context.risk.state is ACTIVE
            assert any("cannot be read" in row for row in again.notices())


async def test_a_limit_that_cannot_be_written_down_holds_is_said_once_and_written_down_later() -> None:
    async with a_world() as world:
        await world.place(1000)
        await world.run(3)
        memory(world).fail_with = StoreError("The disk is full.", code="disk_full")
        await world.quote(172.0, 172.02)
        await world.run(2.5)
        assert world.context.risk.has(DAILY_LOSS)
        told = "The day's loss limit holds, but a restart would forget it. The disk is full."
        assert world.notices().count(told) == 1
        memory(world).fail_with = None
        await world.quote(175.50, 175.52)
        await world.run(5)
        async with next_start(world) as again:
            assert again.context.risk.state is REDUCING, "it was written down once that was possible"
