"""What holds after every fault, whatever went wrong: the invariants of the fault matrix in one place.

I1 one broker order an intent at most; I2 the same executions here and there; I3 the same positions, or a visible
adjustment; I4 nothing in doubt without a search or an alarm; I5 the event log replays to the book; I6 the journal is
whole; I8 entries are locked while the desk is not compared with the broker.
"""

import sqlite3
from collections import Counter
from datetime import UTC, datetime

from legend_desktop.domain.enums import OrderState, Origin, TradingState
from legend_desktop.domain.events import ReconcileFinished
from legend_desktop.domain.order_state import replay
from legend_desktop.domain.orders import Order
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.risk_state import RECONCILE
from legend_desktop.store.journal import OrderJournal
from tests.fakes.memory_store import MemoryStore
from tests.faults.alpaca_world import AlpacaWorld
from tests.faults.world import World

AnyWorld = World | AlpacaWorld

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
IN_DOUBT = {OrderState.SENDING, OrderState.QUESTION, OrderState.UNKNOWN}


async def check(world: World) -> None:
    """Every invariant that needs no calm: to be asked at any moment, right after the fault too."""
    check_one_order_each(world)
    check_doubts_are_followed(world)
    await check_replay(world)
    check_journal(world)
    check_entries_locked(world)


async def check_settled(world: World) -> None:
    """All invariants, once the desk had the time to find out what happened: 61 s pass first."""
    world.faults.clear()
    await world.run_fast(61, 0.5)
    await world.breathe()
    await check(world)
    await check_executions(world)
    await check_positions(world)
    left = [row for row in world.orders if row.state in IN_DOUBT]
    assert not left, f"still in doubt: {left}"


def check_one_order_each(world: World) -> None:
    """I1, from the broker's own books."""
    desk = world.broker._session.running().desk
    count = Counter(order.client_id for order in desk.orders.values())
    twice = [key for key, times in count.items() if times > 1]
    assert not twice, f"I1: more than one broker order for {twice}"
    known = {row.client_order_id for row in world.orders}
    strays = [key for key in count if key.startswith("LP") and key not in known]
    assert not strays, f"I1: the broker holds orders that no intent explains: {strays}"


async def check_executions(world: World) -> None:
    """I2, over the journal's executions."""
    here = {row.execution_id for row in await world.store.load_executions()}
    there = {row.execution.execution_id for row in world.broker._session.running().desk.executions}
    assert here == there, f"I2: only here {here - there}, only there {there - here}"
    counted = {row.execution_id for order in world.orders for row in order.executions}
    assert here == counted, f"I2: journal and book differ: {here ^ counted}"


async def check_positions(world: World) -> None:
    """I3: what the desk holds is what the broker holds, and executions explain it or an adjustment does."""
    there = {name: row.quantity for name, row in world.broker._session.running().book.holdings.items()}
    here = {name: int(row.quantity) for name, row in world.context.positions.items()}
    assert here == {name: quantity for name, quantity in there.items() if quantity}, f"I3: {here} is not {there}"
    for name in there | here:
        explained = int(world.desk.core.keeper.explained(name))
        assert explained == there.get(name, 0), f"I3: {explained} {name} explained, {there.get(name, 0)} held"


def check_doubts_are_followed(world: AnyWorld) -> None:
    """I4."""
    names = set(world.supervisor.names)
    for order in world.orders:
        if order.state is OrderState.UNKNOWN:
            asked = order.client_order_id if order.client_order_id in world.desk.core.resolver.searches else ""
            parent = order.intent.parent_id or ""
            asked = asked or (parent if parent in world.desk.core.resolver.searches else "")
            assert asked, f"I4: nobody looks for {order}"
            assert f"look for {asked}" in names, f"I4: the search for {asked} does not run: {names}"
            assert f"unknown:{asked}" in world.alarms, f"I4: nothing on screen says that {asked} is unknown"
        elif order.state is OrderState.ATTENTION:
            assert any(key.endswith(order.client_order_id) for key in world.alarms), f"I4: no alarm for {order}"
        elif order.state is OrderState.SENDING:
            assert any(name.startswith("send ") for name in names), f"I4: nobody sends {order}"


async def check_replay(world: AnyWorld) -> None:
    """I5: the stored events fold to the order in memory."""
    for order in world.orders:
        log = await world.store.load_order_events(order.client_order_id)
        assert replay(log) == order, f"I5: {order.client_order_id} replays to\n{replay(log)}\nthe book has\n{order}"


def check_journal(world: AnyWorld) -> None:
    """I6."""
    if isinstance(world.store, OrderJournal):
        check_journal_file(str(world.store.path))


def check_journal_file(path: str) -> None:
    """I6 of a journal file, which may be open elsewhere."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as link:
        found = link.execute("PRAGMA integrity_check").fetchall()
        strays = link.execute("PRAGMA foreign_key_check").fetchall()
    link.close()
    assert found == [("ok",)], f"I6: {found}"
    assert not strays, f"I6: {strays}"


def check_entries_locked(world: AnyWorld) -> None:
    """I8: no entry passes before a comparison has ended well, nor after one failed."""
    runs = world.of_kind(ReconcileFinished)
    if runs and runs[-1].ok and not world.context.risk.has(RECONCILE):
        return
    assert not world.context.risk.entries_open, "I8: entries are open though nothing was compared"
    verdicts = world.desk.core.planner.check(world.terms())
    assert any(row.outcome is Outcome.DENY for row in verdicts), "I8: the gate lets an entry pass"


def own(world: AnyWorld) -> list[Order]:
    """The orders that this program decided."""
    return [row for row in world.orders if row.intent.origin is Origin.APP]


def is_halted(world: AnyWorld) -> bool:
    return world.context.risk.state is TradingState.HALTED


def memory(world: AnyWorld) -> MemoryStore:
    assert isinstance(world.store, MemoryStore)
    return world.store
