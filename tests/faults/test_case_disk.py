"""The real journal on a disk that is full or locked, under a whole desk: entries stop, exits and fills go on."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.errors import OrderDenied, StoreError
from legend_desktop.domain.order_state import replay
from legend_desktop.services.risk_state import JOURNAL
from legend_desktop.store.journal import OrderJournal
from tests.fakes.clock import FakeClock
from tests.faults.invariants import check, check_settled
from tests.faults.test_store_disk import UNLIMITED, limit_pages
from tests.faults.world import World, a_world
from tests.helpers.waiting import until
from tests.unit.store.samples import a_journal

S = OrderState
pytestmark = pytest.mark.allow_log("The journal could not be written")
FULL = "The disk is full, so no order can be written down first, so none is sent."


@asynccontextmanager
async def on_disk(folder: Path) -> AsyncIterator[tuple[World, OrderJournal]]:
    """A desk over a journal in ``folder``."""
    clock = FakeClock()
    async with a_journal(folder, clock=clock) as journal, a_world(journal, clock=clock) as world:
        yield world, journal


async def place_until_full(world: World) -> StoreError:
    """Place resting orders until the disk has no room for another intent; returns what the last press was told."""
    for number in range(60):
        sent = world.faults.calls("place_order")
        try:
            await world.place(10 + number, kind=OrderType.LIMIT, limit=170, confirmed=frozenset({"price_collar"}))
        except StoreError as error:
            assert world.faults.calls("place_order") == sent, "refused before anything was sent"
            return error
        await world.run(1.2)
    raise AssertionError("the disk never filled up")


async def test_case_58_disk_full_refuses_the_order_before_the_send_and_cancels_still_work(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (world, journal):
        await world.place(100)
        resting = await world.place(5, kind=OrderType.LIMIT, limit=175)
        await limit_pages(journal)
        error = await place_until_full(world)
        assert error.sentence == f"{FULL} Cancels and exits still work. Free 200 MB at {tmp_path}."
        assert world.alarms["journal"].fact == FULL
        assert not world.context.risk.entries_open
        with pytest.raises(OrderDenied, match="The disk is full"):
            await world.place(500, kind=OrderType.LIMIT, limit=175)
        await world.do(world.trading.cancel_order(resting.client_order_id))
        await until(lambda: not world.now(resting).is_open)
        assert world.state(resting)[0] is S.CANCELED
        closing = await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        assert world.state(closing) == (S.FILLED, 100)
        assert world.held() == 0
        await check(world)

        await limit_pages(journal, UNLIMITED)
        await journal.check()
        await until(lambda: world.context.risk.entries_open)
        assert "journal" not in world.alarms
        assert (await world.place(7)).state in {S.WORKING, S.FILLED}
        await check_settled(world)
    async with a_journal(tmp_path) as journal:
        assert replay(await journal.load_order_events(closing.client_order_id)).state is S.FILLED


async def test_case_59_disk_full_on_a_fill_keeps_the_fill_and_locks_entries(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (world, journal):
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        await fill_quietly(journal)
        world.broker.backstage.fill(order.broker_order_id or "", 100, Decimal(175))
        await world.run(1)
        assert world.state(order) == (S.FILLED, 100)
        assert world.held() == 100
        await until(lambda: world.context.risk.has(JOURNAL))
        assert world.alarms["journal"].fact == FULL
        assert journal.health.spooled >= 1
        with pytest.raises((OrderDenied, StoreError)):
            await world.place(7)
        await check(world)

        await limit_pages(journal, UNLIMITED)
        await journal.check()
        await until(lambda: world.context.risk.entries_open)
        assert journal.health.spooled == 0
        await check_settled(world)
    async with a_journal(tmp_path) as journal:
        assert replay(await journal.load_order_events(order.client_order_id)).filled_quantity == 100


async def fill_quietly(journal: OrderJournal) -> None:
    """Leave no room for another row; the journal itself finds out while it keeps a mere setting."""
    await limit_pages(journal)
    for number in range(400):
        await journal.save_setting(f"filler {number}", "x" * 500)
        if not journal.writable:
            return
    raise AssertionError("the disk never filled up")


async def test_case_60_journal_locked_by_another_program_refuses_entries_and_comes_back(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as (world, journal):
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        other = sqlite3.connect(journal.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another program has kept the journal locked"):
            await world.place(7, kind=OrderType.LIMIT, limit=175)
        assert world.faults.calls("place_order") == 1
        assert "Another program has kept the journal locked" in world.alarms["journal"].fact
        assert not world.context.risk.entries_open
        world.broker.backstage.fill(order.broker_order_id or "", 40, Decimal(175))
        await world.do(world.trading.cancel_order(order.client_order_id))
        await until(lambda: not world.now(order).is_open)
        assert world.state(order) == (S.CANCELED, 40)
        await check(world)
        other.execute("ROLLBACK")
        other.close()
        await journal.check()
        await until(lambda: world.context.risk.entries_open)
        assert "journal" not in world.alarms
        await world.run(1.2)
        await world.place(7, kind=OrderType.LIMIT, limit=175)
        await check_settled(world)
