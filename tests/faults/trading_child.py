"""Trading programs that are killed: the real journal and the simulator's own file, in processes of their own.

``python -m tests.faults.trading_child NAME FOLDER [ARGUMENT]``. ``LEGEND_FAILPOINT`` names where the program dies.
``storm`` forks a program, kills it at a random instant and forks it again on what is left, COUNT times, with the
invariants checked in between; ``STORM_TALK=1`` lets it tell what each life found.
"""

import asyncio
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.order_state import replay
from legend_desktop.domain.orders import Bracket, OrderIntent
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.store.journal import OrderJournal, journal_file, open_store
from tests.fakes.clock import START, FakeClock
from tests.faults import invariants
from tests.faults.world import BUY, NO_FEES, World, begin, build
from tests.unit.store.samples import PAPER, QUICK

SYMBOLS = ("AAPL", "MSFT", "NVDA")
FAST = GateLimits(
    max_per_second=10**6,
    max_per_minute=10**6,
    max_identical=10**6,
    reduce_loss_percent=Decimal(10**6),
    halt_loss_percent=Decimal(10**6),
)
ALL_CHECKS = frozenset({"duplicate", "high_risk", "price_collar", "stop_too_tight"})
DAY = timedelta(days=1)


class DiesBeforeAnswer(SimulatorAdapter):
    """The broker has acted; the program dies before it hears of it."""

    async def place_order(self, intent: OrderIntent) -> OrderReport:
        await super().place_order(intent)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    async def place_bracket_order(self, bracket: Bracket) -> list[OrderReport]:
        await super().place_bracket_order(bracket)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def simulator(folder: Path, clock: FakeClock, kind: type[SimulatorAdapter] = SimulatorAdapter) -> SimulatorAdapter:
    """The simulated broker whose account is kept in ``folder``."""
    config = SimulatorConfig(
        quote_rate=0,
        self_driven=False,
        fees=NO_FEES,
        state_path=folder / "broker.jsonl",
        starting_cash=Decimal(1_000_000),
    )
    return kind(clock, config)


async def reopened(folder: Path, clock: FakeClock, kind: type[SimulatorAdapter] = SimulatorAdapter) -> World:
    """The program on the profile in ``folder``, connected and compared."""
    journal = await open_store(journal_file(folder, PAPER), PAPER, clock, options=QUICK)
    world = build(journal, clock=clock, broker=simulator(folder, clock, kind), limits=FAST)
    return await begin(world)


async def closed(world: World) -> None:
    """The program's ordered end."""
    await world.stop()
    assert isinstance(world.store, OrderJournal)
    await world.store.close()
    assert not world.reports.rows, world.reports.rows


async def place_one(folder: Path, argument: str) -> None:
    """Place one order (``plain`` or ``bracket``); dies where the environment or the adapter says."""
    kind = DiesBeforeAnswer if os.environ.get("LEGEND_FAILPOINT") == "before_answer" else SimulatorAdapter
    world = await reopened(folder, FakeClock(), kind)
    if argument == "bracket":
        await world.enter(100)
    else:
        await world.place(100)
    await closed(world)


# ---- the storm


async def act(world: World, dice: random.Random) -> None:
    """One thing that a trader or the market does."""
    symbol = dice.choice(SYMBOLS)
    shares = dice.randint(1, 200)
    trading, resting = world.trading, [row for row in world.context.book.open_orders() if row.broker_order_id]
    choice = dice.random()
    if choice < 0.25:
        stop, target = (None, None) if dice.random() < 0.3 else (174, 180)
        request = QuickEntryRequest(symbol, BUY, stop_loss_price=stop, target_price=target, quantity=shares)
        await trading.quick_entry(request, ALL_CHECKS)
    elif choice < 0.45:
        side = dice.choice(list(OrderSide))
        price = 175 if side is BUY else 176
        await trading.place_order(
            world.terms(shares, side, OrderType.LIMIT, symbol=symbol, limit=price), confirmed=ALL_CHECKS
        )
    elif choice < 0.6 and resting:
        there = world.broker._session.running().desk.open.get(dice.choice(resting).broker_order_id or "")
        if there is not None and not there.held:
            world.broker.backstage.fill(there.broker_id, max(1, there.remaining // 2))
            await world.broker.advance()
    elif choice < 0.75 and resting:
        await trading.cancel_order(dice.choice(resting).client_order_id)
    elif choice < 0.88 and resting:
        order = dice.choice(resting)
        if order.terms.limit_price is not None:
            shift = Decimal(dice.randint(-5, 5)) / 100
            await trading.replace_order(order.client_order_id, limit_price=order.terms.limit_price + shift)
    elif choice < 0.97:
        await trading.close_position(symbol, fraction=dice.choice([Decimal("0.5"), Decimal(1)]))
    else:
        await trading.flatten_all(symbol)


async def trade_for_ever(world: World, dice: random.Random, say: Callable[[str], None]) -> None:
    """Three hands at once until somebody pulls the plug."""

    async def hand() -> None:
        while True:
            try:
                await act(world, dice)
            except LegendError:
                await asyncio.sleep(0)

    hands = [asyncio.ensure_future(hand()) for _ in range(3)]
    say("ready")
    while True:
        for symbol in SYMBOLS:
            world.post(175.50, 175.52, symbol=symbol)
        await world.tick(0.02)
        for row in hands:
            if row.done():
                row.result()


async def check_after_kill(world: World) -> None:
    """I1 to I6 and I8: at once, and again when every doubt has had the time that its proof takes."""
    invariants.check_one_order_each(world)
    invariants.check_doubts_are_followed(world)
    invariants.check_entries_locked(world)
    if any(row.state in invariants.IN_DOUBT for row in world.orders):
        for symbol in SYMBOLS:
            world.post(175.50, 175.52, symbol=symbol)
        await world.run_fast(18, 0.5)
    for _ in range(20):
        await world.breathe()
        if not any(row.state in invariants.IN_DOUBT for row in world.orders):
            break
        # the journal's threads live in real time: on a busy machine the proof may want more of the virtual one
        await world.run_fast(4, 0.5)
    left = [row for row in world.orders if row.state in invariants.IN_DOUBT]
    assert not left, f"still in doubt: {left}"
    invariants.check_one_order_each(world)
    await check_recent_replay(world)
    await check_recent_executions(world)
    await invariants.check_positions(world)
    assert isinstance(world.store, OrderJournal)
    assert not await world.store.load_adjustments(), "a difference that nothing explains"
    invariants.check_journal(world)


async def check_recent_replay(world: World) -> None:
    """I5 for the orders of the last days."""
    recent = world.clock.now() - 2 * DAY
    for order in world.orders:
        if order.is_open or (order.last_event_at is not None and order.last_event_at > recent):
            assert replay(await world.store.load_order_events(order.client_order_id)) == order, "I5"


async def check_recent_executions(world: World) -> None:
    """I2 for the last days: the broker forgets what is older than a week."""
    since = world.clock.now() - 5 * DAY
    here = {row.execution_id for row in await world.store.load_executions(since=since)}
    rows = world.broker._session.running().desk.executions
    there = {row.execution.execution_id for row in rows if row.execution.executed_at >= since}
    assert here == there, f"I2: only here {here - there}, only there {there - here}"


async def one_life(folder: Path, number: int, say: Callable[[str], None]) -> None:
    """Start on what the last life left, check, then trade until killed."""
    clock = FakeClock(START + number * 3 * DAY)
    world = await reopened(folder, clock)
    for symbol in SYMBOLS:
        world.post(175.50, 175.52, symbol=symbol)
        await world.do(world.desk.core.know_symbol(symbol))
    assert not world.reports.rows, world.reports.rows
    await check_after_kill(world)
    say(f"checked {dict(Counter(row.state.value for row in world.orders))}")
    why = Counter(row.reason for row in world.orders if row.state.value in {"denied", "attention", "rejected"})
    say(f"why {why.most_common(6)}")
    await trade_for_ever(world, random.Random(number), say)


def storm(folder: Path, argument: str) -> None:
    """Fork, let trade, kill; ``argument`` is COUNT:SEED. COUNT kills come under load, a quarter more at start."""
    wanted, seed = (int(part) for part in argument.split(":"))
    dice = random.Random(seed)
    checked = killed_early = number = 0
    began = time.monotonic()
    while checked < wanted:
        early = dice.random() < 0.2
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            live(folder, number, writer)
        os.close(writer)
        with os.fdopen(reader) as answers:
            if early:
                time.sleep(dice.random() * 0.15)
            else:
                wait_until_ready(answers, child)
                time.sleep(dice.random() * 0.12)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(f"life {number} ended by itself with code {os.WEXITSTATUS(status)}")
        number += 1
        checked += not early
        killed_early += early
    told = f"{checked} kills under load, {killed_early} at start, {time.monotonic() - began:.0f} s"
    sys.stdout.write(f"{told}\n")


def wait_until_ready(answers: Any, child: int) -> None:
    for line in answers:
        if os.environ.get("STORM_TALK"):
            sys.stdout.write(line)
        if line.strip() == "ready":
            return
    _, status = os.waitpid(child, 0)
    sys.exit(f"a life ended before it was ready: {status}")


def live(folder: Path, number: int, writer: int) -> None:
    """The forked program; never returns."""

    def say(text: str) -> None:
        os.write(writer, f"{text}\n".encode())

    try:
        asyncio.run(one_life(folder, number, say))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


PROGRAMS: dict[str, Callable[[Path, str], Awaitable[None]]] = {"place_one": place_one}


def command(name: str, folder: Path, argument: object = "") -> list[str]:
    """The command that runs a program of this module."""
    return [sys.executable, "-m", "tests.faults.trading_child", name, str(folder), str(argument)]


if __name__ == "__main__":
    if sys.argv[1] == "storm":
        storm(Path(sys.argv[2]), sys.argv[3])
    else:
        asyncio.run(PROGRAMS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3]))  # type: ignore[arg-type]
