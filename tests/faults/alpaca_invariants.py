"""What holds after every fault on the real adapter: the invariants of the fault matrix, both books compared."""

from collections import Counter
from decimal import Decimal

from tests.faults.alpaca_world import AlpacaWorld
from tests.faults.invariants import (
    IN_DOUBT,
    check_doubts_are_followed,
    check_entries_locked,
    check_journal,
    check_replay,
)

PROOF_SECONDS = 90
CALM_SECONDS = 12


async def check(world: AlpacaWorld) -> None:
    """Every invariant that needs no calm: to be asked at any moment, right after the fault too."""
    check_one_order_each(world)
    check_doubts_are_followed(world)
    await check_replay(world)
    check_journal(world)
    check_secrets(world)
    check_entries_locked(world)


async def check_settled(world: AlpacaWorld) -> None:
    """All invariants, once the desk had the time for a comparison, and for a proof where an order is in doubt."""
    world.heal()
    world.fake.switches.reads_lag = False
    await world.run(CALM_SECONDS, 0.5)
    for _ in range(PROOF_SECONDS):
        if not any(row.state in IN_DOUBT for row in world.orders):
            break
        await world.run(1, 0.5)
    await check(world)
    left = [row for row in world.orders if row.state in IN_DOUBT]
    assert not left, f"still in doubt: {left}"
    await check_executions(world)
    await check_positions(world)
    check_open_orders(world)


def check_one_order_each(world: AlpacaWorld) -> None:
    """I1: one order an intent, and none that no intent explains."""
    twice = [key for key, times in world.fake.state.client_ids.items() if times > 1]
    assert not twice, f"I1: more than one broker order for {twice}"
    known = {row.client_order_id for row in world.orders}
    strays = [key for key in world.fake.state.client_ids if key.startswith("LP") and key not in known]
    assert not strays, f"I1: Alpaca holds orders that no intent explains: {strays}"


def check_open_orders(world: AlpacaWorld) -> None:
    """What is open there is open here, and the other way round."""
    there = {row.id for row in world.fake.state.open_orders()}
    here = {row.broker_order_id for row in world.context.book.open_orders()}
    assert here == there, f"only here {here - there}, only there {there - here}"


async def check_executions(world: AlpacaWorld) -> None:
    """I2: the same fills at the same prices, and each in the journal once."""
    here = Counter((fill.broker_order_id, fill.quantity, fill.price) for row in world.orders for fill in row.fills)
    there = Counter((row.order.id, row.qty, row.price) for row in world.fake.state.executions if not row.busted)
    assert here == there, f"I2: only here {here - there}, only there {there - here}"
    written = [row.execution_id for row in await world.store.load_executions()]
    assert len(written) == len(set(written)), f"I2: written twice: {written}"
    counted = {row.execution_id for order in world.orders for row in order.executions}
    assert set(written) == counted, f"I2: journal and book differ: {set(written) ^ counted}"


async def check_positions(world: AlpacaWorld) -> None:
    """I3: what the desk holds is what Alpaca holds, and executions explain it or an adjustment does."""
    there = {name: row.qty for name, row in world.fake.state.positions.items()}
    here = {name: row.quantity for name, row in world.context.positions.items()}
    assert here == there, f"I3: {here} is not {there}"
    for name in there | here:
        explained = world.desk.core.keeper.explained(name)
        assert explained == there.get(name, Decimal(0)), f"I3: {explained} {name} explained, {there.get(name)} held"


def check_secrets(world: AlpacaWorld) -> None:
    """I7: neither key stands in anything that is logged, told, shown or written down."""
    events = getattr(world.store, "events", [])
    texts = [*world.texts.rows, *map(repr, world.said), *map(repr, world.alarms.values()), *map(repr, events)]
    for secret in (world.fake.secret, world.fake.key):
        found = [row for row in texts if secret in row]
        assert not found, f"I7: {found[0]}"
