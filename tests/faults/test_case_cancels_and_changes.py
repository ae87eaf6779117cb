"""Cancels and changes that are lost, late, refused or raced by fills."""

import asyncio
from decimal import Decimal

import pytest

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.faults import (
    DropRequest,
    Fault,
    FaultPlan,
    FillInstead,
    GarbledAnswer,
    LoseAnswer,
    NeverSent,
    Refuse,
    RejectAfterAccept,
)
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.wire import Request
from legend_desktop.domain.enums import OrderState, OrderType, Pending
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import OrderIntent
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.faults.invariants import check, check_settled
from tests.faults.world import NO_FEES, World, a_world, begin, build

S = OrderState


async def resting(world: World, quantity: int = 100, limit: float = 175) -> str:
    order = await world.place(quantity, kind=OrderType.LIMIT, limit=limit)
    assert order.state is S.WORKING
    return order.client_order_id


async def test_case_20_rejection_after_acceptance_frees_what_was_reserved() -> None:
    async with a_world() as world:
        world.faults.on("place_order", RejectAfterAccept(seconds=1))
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert world.desk.core.planner.facts.reservations() == 17_500
        await world.run(1.5)
        assert world.state(order) == (S.REJECTED, 0)
        assert "rejected by the market" in world.now(order).reason
        assert world.desk.core.planner.facts.reservations() == 0
        await check_settled(world)


@pytest.mark.parametrize("fault", [LoseAnswer(seconds=2), GarbledAnswer()])
async def test_case_32_cancel_without_answer_that_took_effect_is_asked_again_and_ends_canceled(fault: Fault) -> None:
    async with a_world() as world:
        world.broker.streams.silence_orders()
        key = (await world.place(100, kind=OrderType.LIMIT, limit=175)).client_order_id
        world.faults.on("cancel_order", fault)
        await world.do(world.trading.cancel_order(key))
        order = world.context.book.get(key)
        assert order is not None
        assert (order.state, order.pending) in {(S.WORKING, Pending.CANCEL), (S.WORKING, Pending.NONE)}
        assert not order.state.is_terminal, "a cancel without an answer is never shown as done"
        await world.do(world.desk.core.reconciler.run())
        assert world.state(order) == (S.CANCELED, 0)
        assert world.now(order).cancel_origin == "user"
        await check_settled(world)


async def test_case_32_cancel_that_nobody_answers_stays_unconfirmed_and_says_so() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("cancel_order", DropRequest(), nth=None)
        await world.do(world.trading.cancel_order(key))
        order = world.context.book.get(key)
        assert order is not None
        assert (order.state, order.pending) == (S.WORKING, Pending.CANCEL)
        assert any(row.startswith("Cancel requested, not confirmed.") for row in world.notices())
        await check(world)
        world.faults.clear()
        await world.do(world.trading.cancel_order(key))
        await world.breathe()
        assert world.state(order) == (S.CANCELED, 0)
        await check_settled(world)


async def test_case_33_cancel_refused_because_it_filled_shows_the_fill() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("cancel_order", FillInstead(Decimal(175)))
        await world.do(world.trading.cancel_order(key))
        await world.breathe()
        order = world.context.book.get(key)
        assert order is not None
        assert (order.state, order.filled_quantity, order.pending) == (S.FILLED, Decimal(100), Pending.NONE)
        assert world.held() == 100
        kinds = [row.kind for row in await world.store.load_order_events(key)]
        assert OrderEventKind.CANCEL_REFUSED in kinds
        await check_settled(world)


@pytest.mark.parametrize("filled", [0, 1, 37, 99, 100])
@pytest.mark.parametrize("silent", [False, True])
async def test_case_34_cancel_and_fill_in_a_race_agree_with_the_broker(filled: int, silent: bool) -> None:
    async with a_world() as world:
        key = await resting(world)
        order = world.context.book.get(key)
        assert order is not None
        if silent:
            world.broker.streams.silence_orders()
        cancel = asyncio.ensure_future(world.trading.cancel_order(key))
        if filled:
            world.broker.backstage.fill(order.broker_order_id or "", filled, Decimal(175))
        await world.run(0.5)
        await cancel
        if silent:
            await world.do(world.desk.core.reconciler.run())
        assert world.state(order) == (S.FILLED if filled == 100 else S.CANCELED, filled)
        assert world.now(order).remaining_quantity == 0
        assert world.held() == filled
        await check_settled(world)


async def test_case_36_refused_change_leaves_the_original_terms() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("replace_order", Refuse("the price is not allowed"))
        order = await world.do(world.trading.replace_order(key, limit_price=174.9))
        assert order.client_order_id == key
        assert (order.state, order.pending, order.terms.limit_price) == (S.WORKING, Pending.NONE, Decimal(175))
        assert [row.state for row in world.orders] == [S.WORKING, S.REJECTED]
        assert any("the price is not allowed" in row for row in world.notices())
        await check_settled(world)


async def test_case_35_change_without_answer_that_took_effect_is_adopted() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("replace_order", LoseAnswer())
        changed = await world.do(world.trading.replace_order(key, limit_price=174.9))
        await world.run(2)
        assert world.state(changed) == (S.WORKING, 0)
        original = world.context.book.get(key)
        assert original is not None
        assert (original.state, original.replaced_by_id) == (S.REPLACED, changed.client_order_id)
        assert not world.alarms
        await check_settled(world)


async def test_case_35_change_that_never_arrived_leaves_the_original_working() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("replace_order", DropRequest())
        changed = await world.do(world.trading.replace_order(key, limit_price=174.9))
        assert changed.state is S.UNKNOWN
        await check(world)
        original = world.context.book.get(key)
        assert original is not None
        worst = world.desk.core.planner.facts.symbol_exposure("AAPL", Decimal(175))
        assert worst == 17_500, "only one of the two can fill"
        await check_settled(world)
        assert world.state(changed)[0] is S.REJECTED
        assert world.now(original).state is S.WORKING
        assert world.now(original).pending is Pending.NONE


async def test_case_35_no_second_change_while_one_is_under_way() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("replace_order", DropRequest(seconds=3))
        first = asyncio.ensure_future(world.trading.replace_order(key, limit_price=174.9))
        await world.run(0.5)
        with pytest.raises(OrderDenied, match="change is under way"):
            await world.do(world.trading.replace_order(key, limit_price=174.8))
        await world.run(4)
        assert (await first).state is S.UNKNOWN
        with pytest.raises(OrderDenied, match="change is under way"):
            await world.do(world.trading.replace_order(key, limit_price=174.8))
        assert world.faults.calls("replace_order") == 1
        await check_settled(world)
        await world.fresh()
        changed = await world.do(world.trading.replace_order(key, limit_price=174.8))
        assert changed.state is S.WORKING


async def test_case_35_unknown_order_is_not_changed() -> None:
    async with a_world() as world:
        world.faults.on("place_order", DropRequest())
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        with pytest.raises(OrderDenied, match="not known"):
            await world.do(world.trading.replace_order(order.client_order_id, limit_price=174.8))
        assert world.faults.calls("replace_order") == 0
        await check_settled(world)


@pytest.mark.parametrize("self_told", [False, True])
async def test_case_37_chain_of_20_changes_with_fills_between_sums_to_the_broker(self_told: bool) -> None:
    async with a_world() as world:
        if self_told:
            world.broker.streams.silence_orders()
        first = key = await resting(world, 1000)
        limit = Decimal("175.00")
        for number in range(1, 21):
            order = world.context.book.get(key)
            assert order is not None
            world.broker.backstage.fill(order.broker_order_id or "", number, limit)
            limit -= Decimal("0.01")
            await world.fresh()
            changed = await world.do(world.trading.replace_order(key, limit_price=limit))
            assert changed.state in {S.WORKING, S.PARTIAL}, changed
            key = changed.client_order_id
            if self_told:
                await world.do(world.desk.core.reconciler.run())
        await world.run(1)
        chain = [row for row in world.orders if row.symbol == "AAPL"]
        assert len(chain) == 21
        assert sum(row.filled_quantity for row in chain) == sum(range(1, 21))
        assert world.held() == sum(range(1, 21))
        last = world.context.book.get(key)
        assert last is not None
        assert last.remaining_quantity == 1000 - sum(range(1, 21)), "the chain never asks for more than at first"
        assert [row.state for row in chain] == [S.REPLACED] * 20 + [S.WORKING]
        link = first
        for _ in range(20):
            step = world.context.book.get(link)
            assert step is not None
            link = step.replaced_by_id or ""
        assert link == key, "each link names the next one by our own id"
        await check_settled(world)


async def test_case_36_price_of_an_order_that_takes_all_buying_power_can_be_changed() -> None:
    """The money that the order holds already pays for the order that takes its place."""
    async with a_world() as world:
        key = await resting(world, 2250, 175)
        await world.run(5)
        await world.fresh()
        changed = await world.do(world.trading.replace_order(key, limit_price=175.1))
        assert changed.state is S.WORKING
        await check_settled(world)


# ---- brokers that change an order in place


class InPlace(SimulatorAdapter):
    """Changes keep the order's id, as with Interactive Brokers and TradeStation."""

    @property
    def capabilities(self) -> Capabilities:
        from dataclasses import replace

        return replace(super().capabilities, replace_makes_new_order=False)

    async def replace_order(self, broker_order_id: str, successor: OrderIntent) -> OrderReport:
        def act(engine: Engine, request: Request) -> list[SimOrder]:
            order = engine.desk.orders[broker_order_id]
            order.take_terms(successor.terms)
            engine.desk.dirty[order.broker_id] = order
            return [order]

        return (await self._send("replace_order", (successor,), act))[0]


async def in_place() -> World:
    clock, faults = FakeClock(), FaultPlan()
    config = SimulatorConfig(quote_rate=0, self_driven=False, fees=NO_FEES)
    return await begin(build(MemoryStore(), clock=clock, broker=InPlace(clock, config, faults=faults)))


async def test_case_35_change_in_place_without_answer_is_found_by_its_terms() -> None:
    world = await in_place()
    key = await resting(world)
    world.faults.on("replace_order", LoseAnswer())
    await world.do(world.trading.replace_order(key, limit_price=174.9))
    order = world.context.book.get(key)
    assert order is not None
    assert order.pending is Pending.REPLACE
    assert world.alarms[f"unknown:{key}"].fact == "1 change is unknown: buy 100 AAPL."
    await world.run(2)
    assert world.now(order).terms.limit_price == Decimal("174.9")
    assert world.now(order).pending is Pending.NONE
    assert not world.alarms
    await check_settled(world)
    await world.stop()
    assert not world.reports.rows


async def test_case_35_change_in_place_that_never_arrived_is_proven_by_terms_that_stay() -> None:
    world = await in_place()
    key = await resting(world)
    world.faults.on("replace_order", DropRequest())
    await world.do(world.trading.replace_order(key, limit_price=174.9))
    order = world.context.book.get(key)
    assert order is not None
    await world.run(10)
    assert world.now(order).pending is Pending.REPLACE, "a few looks prove nothing"
    await world.run(30)
    assert (world.now(order).pending, world.now(order).terms.limit_price) == (Pending.NONE, Decimal(175))
    assert not world.alarms
    await check_settled(world)
    await world.stop()
    assert not world.reports.rows


async def test_case_06_change_that_never_left_is_refused_at_once() -> None:
    async with a_world() as world:
        key = await resting(world)
        world.faults.on("replace_order", NeverSent())
        order = await world.do(world.trading.replace_order(key, limit_price=174.9))
        assert (order.client_order_id, order.pending) == (key, Pending.NONE)
        await check_settled(world)
