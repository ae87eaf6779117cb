"""The trade journal over a desk with the simulator, and over a real file for what is imported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from legend_desktop.domain.errors import InvalidInput, StoreError
from legend_desktop.services.execution_import import preview_import
from legend_desktop.services.execution_table import read_table
from legend_desktop.services.report_inputs import load_inputs
from legend_desktop.services.trade_csv import trades_csv
from legend_desktop.services.trade_import import part_of_name
from legend_desktop.services.trade_journal import OWN, TradeJournal
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.faults.world import World, a_world, d
from tests.unit.services.test_execution_import import NOW
from tests.unit.services.test_round_trips import trade
from tests.unit.store.samples import a_journal

FILE = """execution_id,time,symbol,side,quantity,price,commission,stop
x1,2026-11-18T15:00:00Z,KO,buy,100,70,1,69
x2,2026-11-18T16:00:00Z,KO,sell,60,72,,
x3,2026-11-18T17:00:00Z,KO,sell,90,71,0.9,72
x4,2026-11-19T17:00:00Z,KO,buy,50,70.5,,
x5,2026-11-20T17:00:00Z,T,buy,10,28,,
"""


def journal_of(world: World) -> TradeJournal:
    own = world.store
    desk = world.desk
    return TradeJournal(own, own.for_account, desk.round_trips.trades, world.context.broker.get_bars, world.clock)


@asynccontextmanager
async def a_desk() -> AsyncIterator[World]:
    async with a_world() as world:
        await world.run(0.1)
        yield world


async def imported(journal: TradeJournal, part: str, text: str = FILE) -> int:
    table = read_table(text.encode())
    preview = preview_import(table, table.columns, await journal.executions(part), NOW)
    return await journal.keep(part, preview.new)


async def test_own_trades_carry_what_is_written_about_them() -> None:
    async with a_desk() as world:
        await trade(world, 175.50, 178.50)
        await trade(world, 175.50, 174.75)
        journal = journal_of(world)
        first, second = await journal.trades(OWN)
        written = await journal.write_note(OWN, first, "  Good entry. ", ("trend",))
        assert (written.text, written.tags, written.r) == ("Good entry.", ("trend",), d(2))
        again = await journal.trades(OWN)
        assert [(row.text, row.tags) for row in again] == [("Good entry.", ("trend",)), ("", ())]
        assert again[0] == written
        await journal.write_note(OWN, again[0], "", ())
        assert await world.store.load_trade_notes() == []
        assert second.r == d("-0.5")


async def test_an_open_trade_can_be_written_about_before_it_ends() -> None:
    async with a_desk() as world:
        await world.quick(100, stop=174, target=None)
        await world.do(world.trading.close_position("AAPL", quantity=d(40)))
        await world.run(1)
        journal = journal_of(world)
        (still,) = await journal.trades(OWN)
        assert (still.trip.closed_at, still.r, still.money) == (None, None, None)
        await journal.write_note(OWN, still, "Late entry, chased.", ())
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        (ended,) = await journal.trades(OWN)
        assert ended.text == "Late entry, chased."
        assert ended.r is not None


async def test_a_note_that_the_disk_refuses_is_an_error_and_not_kept() -> None:
    async with a_desk() as world:
        await trade(world, 175.50, 178.50)
        journal = journal_of(world)
        (row,) = await journal.trades(OWN)
        assert isinstance(world.store, MemoryStore)
        world.store.fail_with = StoreError("The disk is full.")
        with pytest.raises(StoreError):
            await journal.write_note(OWN, row, "Lost?", ())
        world.store.fail_with = None
        assert await journal.trades(OWN) == [row]


async def test_a_trade_taken_apart_adds_up() -> None:
    async with a_desk() as world:
        await world.quote(175.48, 175.50)
        await world.quick(100, stop=174, target=180)
        await world.quote(178.50, 178.52)
        await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        await world.run(1)
        journal = journal_of(world)
        (row,) = await journal.trades(OWN)
        detail = await journal.detail(OWN, row)
        assert [(fill.entry, fill.shares, fill.price) for fill in detail.fills] == [
            (True, d(100), d("175.5")), (False, d(100), d("178.5")),
        ]  # fmt: skip
        found = detail.leakage
        assert found is not None, detail.reason
        assert found.planned is not None
        assert found.total == found.rounding + found.entry_slip + found.early_exit + found.exit_slip + found.fees  # type: ignore[operator]
        assert found.realised == row.money
        assert found.exit_slip == d("100") * (d("178.51") - d("178.50"))
        assert detail.bars
        assert detail.plan is not None
        assert detail.plan.stop_loss_price == 174


async def test_a_target_that_fills_left_nothing_on_the_table() -> None:
    async with a_desk() as world:
        await world.quote(175.48, 175.50)
        await world.quick(100, stop=174, target=178)
        await world.quote(178.20, 178.22)
        await world.run(1)
        journal = journal_of(world)
        (row,) = await journal.trades(OWN)
        found = (await journal.detail(OWN, row)).leakage
        assert found is not None
        assert found.early_exit == 0
        assert found.exit_slip <= 0


@pytest.mark.parametrize(
    ("stop", "more", "reason"),
    [(None, False, "no planned stop"), (174.0, True, "several orders")],
)
async def test_without_a_plan_it_says_why_nothing_can_be_compared(stop: float | None, more: bool, reason: str) -> None:
    async with a_desk() as world:
        await world.quick(100, stop=stop, target=None)
        if more:
            await world.quick(50, stop=stop, target=None)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1)
        journal = journal_of(world)
        (row,) = await journal.trades(OWN)
        detail = await journal.detail(OWN, row)
        assert detail.leakage is None
        assert reason in detail.reason


async def test_imported_executions_become_trades_of_a_part_of_their_own(tmp_path: Path) -> None:
    async with a_world() as world, a_journal(tmp_path) as store:
        journal = TradeJournal(
            store, store.for_account, world.desk.round_trips.trades, world.context.broker.get_bars, FakeClock()
        )
        part = part_of_name("  Old   broker ")
        assert part == "imported:Old broker"
        assert await imported(journal, part) == 5
        assert await imported(journal, part) == 0
        assert await journal.imports() == [part]
        rows = await journal.trades(part)
        assert [(row.trip.symbol, row.trip.side.value, row.money) for row in rows] == [
            ("KO", "buy", d("158.6")), ("KO", "sell", d("24.5")), ("T", "buy", None),
        ]  # fmt: skip
        assert [row.trip.risk for row in rows] == [d(100), d(50), None]
        assert rows[0].r == Decimal("1.586")
        await journal.write_note(part, rows[0], "From paper.", ("import",))
        assert (await journal.trades(part))[0].tags == ("import",)
        assert await store.load_executions() == []
        assert await store.load_events() == []
        assert await store.load_trade_notes() == []
        assert await journal.trades(OWN) == []
        detail = await journal.detail(part, rows[0])
        assert len(detail.fills) == 3
        assert "not known" in detail.reason
    async with a_journal(tmp_path) as store:
        assert store.report.doubts == ()


async def test_reports_on_accounts_leave_imported_executions_out(tmp_path: Path) -> None:
    async with a_world() as world, a_journal(tmp_path) as store:
        bars = world.context.broker.get_bars
        journal = TradeJournal(store, store.for_account, world.desk.round_trips.trades, bars, FakeClock())
        await imported(journal, "imported:a")
        assert await store.load_parts() == ["imported:a"]
        assert (await load_inputs(store, NOW)).records == ()


async def test_the_same_file_in_two_parts_stays_apart(tmp_path: Path) -> None:
    async with a_world() as world, a_journal(tmp_path) as store:
        bars = world.context.broker.get_bars
        journal = TradeJournal(store, store.for_account, world.desk.round_trips.trades, bars, FakeClock())
        for name in ("imported:a", "imported:b"):
            assert await imported(journal, name) == 5
        assert len(await journal.trades("imported:b")) == 3
        text = await journal.own_format("imported:a")
        assert "x1,,2026-11-18T15:00:00Z,KO,buy,100,70,1,,,,69" in text
        assert await imported(journal, "imported:b", text) == 0
        assert await imported(journal, "imported:c", text) == 5
        assert [row.r for row in await journal.trades("imported:c")] == [
            row.r for row in await journal.trades("imported:a")
        ]


async def test_nothing_is_imported_into_an_accounts_own_part() -> None:
    async with a_desk() as world:
        journal = journal_of(world)
        for part in (OWN, "alpaca:123"):
            with pytest.raises(ValueError, match="not an imported part"):
                await journal.keep(part, ())
    for name in ("", "  ", "x" * 41, "a:b", "a\x07b"):
        with pytest.raises(InvalidInput):
            part_of_name(name)


async def test_the_list_as_text_says_what_is_not_known_by_saying_nothing() -> None:
    async with a_desk() as world:
        await trade(world, 175.50, 178.50)
        await world.quick(10, stop=None, target=None)
        await world.run(1)
        journal = journal_of(world)
        rows = await journal.trades(OWN)
        rows[0] = await journal.write_note(OWN, rows[0], '=1+1, "quoted"', ("a", "b"))
        head, first, second = trades_csv(rows).splitlines()
        assert head.endswith("profit,risk,r,worst,best,tags,note")
        assert ",AAPL,long,100,175.5,178.5,0,300,150,2," in first
        assert first.endswith(',a b,"\'=1+1, ""quoted"""')
        assert second.split(",")[1] == ""
        assert second.endswith(",,,,,,,")
