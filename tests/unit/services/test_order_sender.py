"""Sending once: the deadline, the stop of the program, and brokers that name orders in their own way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.capabilities import Capabilities
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.faults import Delay, FaultPlan, LoseAnswer
from legend_desktop.domain.enums import OrderRole, OrderState, OrderType, Origin
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Bracket, OrderIntent
from legend_desktop.domain.records import QuoteMoment, StampMoment
from legend_desktop.services.order_sender import OrderSender
from tests.fakes.clock import FakeClock, settle
from tests.fakes.memory_store import MemoryStore
from tests.faults.invariants import check_settled, memory
from tests.faults.world import NO_FEES, World, a_world, begin, build

S = OrderState


class OwnNames(SimulatorAdapter):
    """Tells no client order id of an entry, and names legs by ids of its own, as some brokers do."""

    keep_entry_ids = True

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, leg_client_order_ids=False)

    def _own(self, report: OrderReport) -> OrderReport:
        own = f"uuid-{report.broker_order_id}" if self.keep_entry_ids else ""
        is_leg = report.parent_broker_order_id is not None
        return replace(report, client_order_id=own) if is_leg or not self.keep_entry_ids else report

    async def place_order(self, intent: OrderIntent) -> OrderReport:
        return self._own(await super().place_order(intent))

    async def place_bracket_order(self, bracket: Bracket) -> list[OrderReport]:
        return [self._own(row) for row in await super().place_bracket_order(bracket)]

    async def get_orders(self, **wanted: object) -> list[OrderReport]:
        return [self._own(row) for row in await super().get_orders(**wanted)]  # type: ignore[arg-type]

    async def find_order(self, client_order_id: str) -> OrderReport | None:
        report = await super().find_order(client_order_id)
        return None if report is None or self._own(report).client_order_id != client_order_id else report


class NoNames(OwnNames):
    """A broker that knows no ids but its own."""

    keep_entry_ids = False


@asynccontextmanager
async def a_world_of(kind: type[SimulatorAdapter]) -> AsyncIterator[World]:
    clock, faults = FakeClock(), FaultPlan()
    broker = kind(clock, SimulatorConfig(quote_rate=0, self_driven=False, fees=NO_FEES), faults=faults)
    world = build(MemoryStore(), clock=clock, broker=broker)
    await begin(world)
    broker.streams.silence_orders()
    yield world
    await world.stop()
    assert not world.reports.rows


async def test_orders_without_our_ids_in_the_answer_are_still_ours() -> None:
    async with a_world_of(NoNames) as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        assert order.state is S.WORKING
        entry = await world.enter(50)
        assert [world.leg(entry, name).state for name in ("Stop", "Target")] == [S.ACCEPTED, S.ACCEPTED]
        await world.do(world.desk.core.reconciler.run())
        assert all(row.intent.origin is Origin.APP for row in world.orders), "none is taken for one from elsewhere"
        assert len(world.orders) == 4
        assert world.state(entry) == (S.FILLED, 50)
        assert world.leg(entry, "Stop").state is S.WORKING


async def test_legs_with_ids_of_the_brokers_own_are_found_through_their_entry() -> None:
    async with a_world_of(OwnNames) as world:
        world.faults.on("place_bracket_order", LoseAnswer())
        entry = await world.enter(100)
        assert entry.state is S.UNKNOWN
        await world.run(3)
        assert world.state(entry) == (S.FILLED, 100)
        roles = {row.intent.role: row.state for row in world.context.book.legs_of(entry.client_order_id)}
        assert roles == {OrderRole.STOP: S.WORKING, OrderRole.TARGET: S.WORKING}
        assert len(world.orders) == 3
        assert not world.alarms


async def test_no_answer_within_the_deadline_is_unknown() -> None:
    async with a_world() as world:
        core = world.desk.core
        core.sender = OrderSender(world.context, core.resolver.watch, deadline_seconds=0.02)
        world.broker.streams.silence_orders()
        world.faults.on("place_order", Delay(after=60))
        await world.fresh()
        task = asyncio.ensure_future(world.trading.place_order(world.terms(kind=OrderType.LIMIT, limit=175)))
        order = await asyncio.wait_for(task, 5)
        assert order.state is S.UNKNOWN
        assert order.reason == "No answer within 0.02 s."
        await world.run(1)
        assert world.state(order)[0] is S.WORKING
        await check_settled(world)


async def test_stopping_the_program_while_an_order_is_under_way_writes_down_that_nobody_knows() -> None:
    async with a_world() as world:
        world.faults.on("place_order", Delay(before=30))
        await world.fresh()
        waiting = asyncio.ensure_future(world.trading.place_order(world.terms()))
        await settle()
        await world.supervisor.stop()
        await asyncio.gather(waiting, return_exceptions=True)
        assert world.orders[0].state is S.UNKNOWN
        kinds = [row.kind for row in memory(world).events]
        assert kinds == [OrderEventKind.CREATED, OrderEventKind.SENT, OrderEventKind.AMBIGUOUS]
        assert not world.reports.rows, world.reports.rows


async def test_stopping_the_program_while_a_change_is_under_way_writes_down_that_nobody_knows() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        world.faults.on("replace_order", Delay(before=30))
        waiting = asyncio.ensure_future(world.trading.replace_order(order.client_order_id, limit_price=174.9))
        await settle()
        await world.supervisor.stop()
        await asyncio.gather(waiting, return_exceptions=True)
        assert [row.state for row in world.orders] == [S.WORKING, S.UNKNOWN]
        assert not world.reports.rows


async def test_a_caller_that_gives_up_does_not_take_the_order_along() -> None:
    async with a_world() as world:
        world.faults.on("place_order", Delay(after=2))
        await world.fresh()
        waiting = asyncio.ensure_future(world.trading.place_order(world.terms(kind=OrderType.LIMIT, limit=175)))
        await world.run(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await world.run(3)
        assert world.orders[0].state is S.WORKING
        await check_settled(world)


async def test_intent_verdicts_quote_and_stamps_are_kept_with_the_order() -> None:
    async with a_world() as world:
        pressed = world.clock.monotonic_ns()
        await world.fresh()
        order = await world.do(world.trading.place_order(world.terms(), pressed_ns=pressed))
        store = memory(world)
        key = order.client_order_id
        first, second = store.events[:2]
        assert (first.kind, second.kind) == (OrderEventKind.CREATED, OrderEventKind.SENT)
        assert first.intent == order.intent
        assert any(row.startswith("buying_power: pass") for row in store.verdicts[key])
        moments = {row.moment for row in store.quotes if row.client_order_id == key}
        assert {QuoteMoment.DECISION, QuoteMoment.ACK} <= moments
        assert {row.moment for row in store.stamps} >= {
            StampMoment.PRESSED,
            StampMoment.DECIDED,
            StampMoment.COMMITTED,
            StampMoment.SENT,
            StampMoment.ANSWERED,
        }


async def test_intent_is_on_disk_before_the_first_byte_leaves() -> None:
    async with a_world() as world:
        order_of_things: list[str] = []
        note = world.broker.on_request_sent
        assert note is not None

        def sent(client_order_id: str, mono_ns: int) -> None:
            stored = [row.client_order_id for row in memory(world).events]
            order_of_things.append("stored" if client_order_id in stored else "not stored")
            note(client_order_id, mono_ns)

        world.broker.on_request_sent = sent
        await world.enter(100)
        assert order_of_things == ["stored", "stored", "stored"]
