"""Shares that filled after their order's end: told until a person has seen them, over any restart."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import FillAfterCancel
from legend_desktop.domain.enums import ExecutionKind, OrderState, OrderType
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.late_fills import SETTING
from tests.fakes.memory_store import MemoryStore
from tests.faults.world import World, a_world, next_start


def alarm_of(world: World, order: Order) -> str | None:
    """What the strip says of the order, ``None`` where it says nothing."""
    alarm = world.alarms.get(f"late:{order.client_order_id}")
    return None if alarm is None else alarm.fact


async def late_order(world: World) -> Order:
    """A cancelled limit of 100 of which 40 filled afterwards."""
    order = await world.place(100, kind=OrderType.LIMIT, limit=175)
    world.faults.on("cancel_order", FillAfterCancel(40, Decimal(175), seconds=1))
    await world.do(world.trading.cancel_order(order.client_order_id))
    await world.run(2)
    assert world.state(order) == (OrderState.CANCELED, 40)
    return world.now(order)


async def fill_more(world: World, order: Order, shares: int, name: str) -> None:
    """The broker reports another fill of the ended order."""
    first = order.executions[0]
    execution = replace(first, execution_id=name, quantity=Decimal(shares), received_at=world.clock.now())
    await world.context.ledger.learn([world.context.event(order, OrderEventKind.EXECUTION, execution=execution)])


async def test_an_alarm_that_nobody_has_seen_comes_back_at_the_next_start() -> None:
    async with a_world() as world:
        order = await late_order(world)
        said = alarm_of(world, order)
        assert said == "40 AAPL filled after the order had ended."
        assert world.alarms[f"late:{order.client_order_id}"].acknowledge
        async with next_start(world) as again:
            assert alarm_of(again, order) == said
            assert again.held() == 40, "the shares are counted as before"


async def test_an_alarm_that_was_seen_ends_at_once_and_stays_away() -> None:
    async with a_world() as world:
        order = await late_order(world)
        world.desk.late_fills.acknowledge(f"late:{order.client_order_id}")
        await world.breathe()
        assert alarm_of(world, order) is None
        assert world.held() == 40
        assert "40 AAPL filled after the order had ended: seen." in world.notices()
        async with next_start(world) as again:
            assert alarm_of(again, order) is None
            assert again.now(order).late_fill


async def test_another_late_fill_of_the_same_order_is_told_although_the_first_was_seen() -> None:
    async with a_world() as world:
        order = await late_order(world)
        await fill_more(world, order, 10, "late-2")
        assert alarm_of(world, order) == "50 AAPL filled after the order had ended."
        world.desk.late_fills.acknowledge(f"late:{order.client_order_id}")
        await world.breathe()
        await fill_more(world, order, 20, "late-3")
        assert alarm_of(world, order) == "20 AAPL filled after the order had ended."
        async with next_start(world) as again:
            assert alarm_of(again, order) == "20 AAPL filled after the order had ended."


async def test_a_late_fill_that_the_broker_takes_back_ends_its_alarm() -> None:
    async with a_world() as world:
        order = await late_order(world)
        (fill,) = order.executions
        bust = replace(fill, execution_id="bust", kind=ExecutionKind.BUST, corrects_id=fill.execution_id)
        await world.context.ledger.learn([world.context.event(order, OrderEventKind.EXECUTION, execution=bust)])
        assert world.state(order) == (OrderState.CANCELED, 0)
        assert alarm_of(world, order) is None


async def test_what_cannot_be_written_down_is_said_and_comes_back() -> None:
    async with a_world() as world:
        order = await late_order(world)
        store = memory(world)
        store.fail_with = StoreError("The disk is full.", code="disk_full")
        world.desk.late_fills.acknowledge(f"late:{order.client_order_id}")
        await world.breathe()
        assert alarm_of(world, order) is None
        assert any(row.endswith("comes back at the next start. The disk is full.") for row in world.notices())
        store.fail_with = None
        async with next_start(world) as again:
            assert alarm_of(again, order) is not None


@pytest.mark.parametrize("text", ["{", "[]", '{"x": "NaN"}', '{"x": null}'])
async def test_what_was_kept_and_cannot_be_read_counts_as_not_seen(text: str) -> None:
    async with a_world() as world:
        order = await late_order(world)
        memory(world).settings[SETTING] = text
        async with next_start(world) as again:
            assert alarm_of(again, order) is not None


async def test_what_was_seen_of_orders_that_no_start_loads_any_more_is_forgotten() -> None:
    async with a_world() as world:
        order = await late_order(world)
        memory(world).settings[SETTING] = '{"LPT1LONGGONE": "10"}'
        async with next_start(world) as again:
            again.desk.late_fills.acknowledge("late:nobody")
            again.desk.late_fills.acknowledge(f"late:{order.client_order_id}")
            await again.breathe()
        assert json.loads(memory(world).settings[SETTING]) == {order.client_order_id: "40"}


def memory(world: World) -> MemoryStore:
    assert isinstance(world.store, MemoryStore)
    return world.store
