"""The journal as services use it: what is recorded is there, in order, for this and the next run."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legend_desktop.domain.enums import (
    ExecutionKind,
    OrderRole,
    OrderSide,
    TradingMode,
)
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, replay
from legend_desktop.domain.orders import OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import (
    KillRecord,
    PositionAdjustment,
    QuoteMoment,
    ReconcileRun,
    RoundTripRecord,
)
from legend_desktop.services.ports import OrderStore
from legend_desktop.store.journal import journal_file, open_store, prepare_store
from tests.fakes.clock import START, FakeClock
from tests.unit.store import samples
from tests.unit.store.samples import (
    PAPER,
    QUICK,
    a_journal,
    at,
    created,
    filled,
    happened,
    quote_of,
    stamp_of,
)

A, B, C = "LPT1A", "LPT1B", "LPT1C"
SENT = OrderEventKind.SENT


def rows(folder: Path, sql: str) -> list[Any]:
    with sqlite3.connect(folder / "paper.sqlite3") as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_it_is_the_store_that_services_ask_for(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        store: OrderStore = journal
        assert store.mode is PAPER
        assert store.writable
        assert len(store.install_id) == 2


async def test_events_come_back_in_order_in_this_run_and_the_next(tmp_path: Path) -> None:
    log = [
        created(A),
        happened(A, SENT),
        happened(A, OrderEventKind.ACCEPTED, broker_order_id="B-1"),
        filled(A, "e1", 40),
        filled(A, "e2", 60, seconds=3),
    ]
    async with a_journal(tmp_path) as journal:
        await journal.record(log[:2], [quote_of(A)])
        for event in log[2:]:
            await journal.record([event])
        assert await journal.load_order_events(A) == log
    async with a_journal(tmp_path) as journal:
        assert await journal.load_order_events(A) == log
        assert await journal.load_events() == [log]
        assert await journal.load_quotes([A]) == [quote_of(A)]
        assert [row.execution_id for row in await journal.load_executions()] == ["e1", "e2"]


async def test_the_columns_of_an_order_are_the_fold_of_its_events(tmp_path: Path) -> None:
    log = [created(A), happened(A, SENT), filled(A, "e1", 40), happened(A, OrderEventKind.CANCEL_SENT, 4)]
    async with a_journal(tmp_path) as journal:
        await journal.record(log[:1])
        await journal.record(log[1:])
    order = replay(log)
    assert rows(tmp_path, "SELECT state, pending, cum_u, avg_u, events FROM orders") == [
        (order.state.value, order.pending.value, 40_000_000, 175_510_000, 4)
    ]
    assert rows(tmp_path, "SELECT from_state, to_state FROM order_event ORDER BY seq") == [
        (None, "intent"),
        ("intent", "sending"),
        ("sending", "partial"),
        ("partial", "partial"),
    ]


KINDS = st.sampled_from([kind for kind in OrderEventKind if kind is not OrderEventKind.CREATED])


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([A, B]), KINDS, st.integers(1, 120)), max_size=25))
async def test_any_story_of_two_orders_replays_to_the_stored_states(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, OrderEventKind, int]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    async with a_journal(folder) as journal:
        await journal.record([created(A), created(B)])
        for number, (name, kind, shares) in enumerate(story):
            if kind is OrderEventKind.EXECUTION:
                await journal.record([filled(name, f"e{shares}{name}", shares % 60, number)])
            else:
                await journal.record([happened(name, kind, number, broker_order_id=f"B{shares % 3}{name}")])
        logs = await journal.load_events()
    states: dict[str, str] = dict(rows(folder, "SELECT client_id, state || '/' || pending || '/' || cum_u FROM orders"))
    for log in logs:
        order = replay(log)
        cum = int(order.filled_quantity * 1_000_000)
        assert states[order.client_order_id] == f"{order.state.value}/{order.pending.value}/{cum}"


async def test_only_open_orders_or_those_of_late_are_loaded(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.DENIED, 10)])
        await journal.record([created(B), happened(B, OrderEventKind.DENIED, 100)])
        await journal.record([created(C)])
        assert [log[0].client_order_id for log in await journal.load_events()] == [A, B, C]
        assert [log[0].client_order_id for log in await journal.load_events(open_only=True)] == [C]
        assert [log[0].client_order_id for log in await journal.load_events(since=at(50))] == [B, C]


async def test_a_bracket_is_one_commit(tmp_path: Path) -> None:
    legs = [
        created(A),
        created(B, role=OrderRole.TARGET, parent_id=A, oco_group=A),
        created(C, role=OrderRole.STOP, parent_id=A, oco_group=A),
        happened(A, SENT),
    ]
    async with a_journal(tmp_path) as journal:
        await journal.record(legs)
        found = await journal.load_events()
        assert [log[0] for log in found] == legs[:3]
        with pytest.raises(StoreError, match="is not in the journal"):
            await journal.record([created("LPT1D"), happened("nobody", SENT)])
        assert await journal.load_order_events("LPT1D") == []


async def test_an_order_cannot_be_created_twice(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A)])
        with pytest.raises(StoreError) as caught:
            await journal.record([created(A)])
        assert caught.value.code == "refused"
        assert journal.writable
        assert await journal.load_order_events(A) == [created(A)]
        await journal.record([happened(A, SENT)])
        assert len(await journal.load_order_events(A)) == 2


async def test_an_order_of_the_other_mode_is_refused(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        with pytest.raises(StoreError, match="holds the paper journal"):
            await journal.record([created(A, mode=TradingMode.LIVE)])
        assert await journal.load_events() == []


async def test_an_execution_is_kept_once_and_its_bust_beside_it(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, SENT), filled(A, "e1", 100)])
        await journal.record([filled(A, "e1", 100)])
        await journal.record([filled(A, "x1", 100, 5, kind=ExecutionKind.BUST, corrects_id="e1")])
        found = await journal.load_executions()
        assert [(row.execution_id, row.kind, row.corrects_id) for row in found] == [
            ("e1", ExecutionKind.FILL, None),
            ("x1", ExecutionKind.BUST, "e1"),
        ]
    assert rows(tmp_path, "SELECT cum_u FROM orders") == [(0,)]


async def test_executions_are_found_by_symbol_and_time(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, SENT), filled(A, "e1", 1, 10), filled(A, "e2", 1, 20)])
        assert [row.execution_id for row in await journal.load_executions(since=at(15))] == ["e2"]
        assert await journal.load_executions(symbol="MSFT") == []
        assert len(await journal.load_executions(symbol="AAPL")) == 2


async def test_details_share_a_commit_and_each_hears_of_its_own_failure(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A)])
        answers = await asyncio.gather(
            journal.record_details([quote_of(A, QuoteMoment.ACK)]),
            journal.record_details(stamps=[stamp_of("nobody")]),
            journal.record_details(stamps=[stamp_of(A)]),
            return_exceptions=True,
        )
        assert [answer if answer is None else type(answer) for answer in answers] == [None, StoreError, None]
        assert await journal.load_quotes([A]) == [quote_of(A, QuoteMoment.ACK)]
        assert await journal.load_stamps([A, "nobody"]) == [stamp_of(A)]


async def test_details_that_fill_a_commit_do_not_wait_for_the_time(tmp_path: Path) -> None:
    options = replace(QUICK, detail_seconds=3600.0)
    async with a_journal(tmp_path, options=options) as journal:
        await journal.record([created(A)])
        await journal.record_details(stamps=[stamp_of(A)] * options.detail_rows)
        assert len(await journal.load_stamps([A])) == options.detail_rows


async def test_details_that_wait_are_written_when_the_journal_closes(tmp_path: Path) -> None:
    options = replace(QUICK, detail_seconds=3600.0)
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), options=options)
    await journal.record([created(A)])
    waiting = asyncio.ensure_future(journal.record_details(stamps=[stamp_of(A)]))
    await asyncio.sleep(0)
    await journal.close()
    await waiting
    async with a_journal(tmp_path) as journal:
        assert await journal.load_stamps([A]) == [stamp_of(A)]


async def test_the_newest_positions_are_loaded_also_when_there_are_none(tmp_path: Path) -> None:
    held = [
        Position("AAPL", Decimal(100), Decimal("175.51"), Decimal(176), at(1)),
        Position("TSLA", Decimal("-0.123456789"), Decimal("200.1234567891"), None, None, True, "Tesla"),
    ]
    async with a_journal(tmp_path) as journal:
        assert await journal.load_positions() is None
        await journal.record_positions(held, at(1), "broker")
        assert await journal.load_positions() == (at(1), held)
        await journal.record_positions([], at(2), "broker")
        assert await journal.load_positions() == (at(2), [])


async def test_settings_stay(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        assert await journal.load_setting("trading.lock") is None
        await journal.save_setting("trading.lock", "halted")
        await journal.save_setting("trading.lock", "halted by you")
    async with a_journal(tmp_path) as journal:
        assert await journal.load_setting("trading.lock") == "halted by you"


async def test_what_else_is_kept_reads_back_equal(tmp_path: Path) -> None:
    adjustment = PositionAdjustment("AAPL", at(1), Decimal("0.5"), "UNEXPLAINED", "The broker holds more.")
    run = ReconcileRun(at(1), at(2), False, 3, 1, ("One difference.",), "start")
    kill = KillRecord(at(3), "flatten", 2, 1, ("One order may be open.",), "by key")
    trip = RoundTripRecord(
        "AAPL", OrderSide.BUY, at(2), Decimal(1), Decimal("175.51"), (("e1", Decimal(1)),), profit=Decimal("1.25")
    )
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), filled(A, "e1", 1)], verdicts={A: ["The stop is close."]})
        await journal.record_adjustment(adjustment)
        await journal.record_reconcile(run)
        await journal.record_kill(kill)
        await journal.replace_round_trips([trip, trip], symbol="AAPL")
        await journal.replace_round_trips([trip], symbol="AAPL")
        assert await journal.load_adjustments() == [adjustment]
        assert await journal.load_reconciles() == [run]
        assert await journal.load_kills() == [kill]
        assert await journal.load_round_trips() == [trip]
        assert await journal.load_verdicts(A) == ("The stop is close.",)
        await journal.record([happened(A, OrderEventKind.DENIED)], verdicts={A: ["Denied."]})
        assert await journal.load_verdicts(A) == ("Denied.",)


async def test_trades_are_replaced_by_symbol_and_from_a_moment_on(tmp_path: Path) -> None:
    def trip(symbol: str, second: int, profit: int) -> RoundTripRecord:
        part = (("e1", Decimal(1)),)
        price, risk = Decimal("1") / 3, Decimal(50)
        return RoundTripRecord(
            symbol,
            OrderSide.SELL,
            at(second),
            Decimal(1),
            price,
            part,
            at(second + 1),
            profit=Decimal(profit),
            risk=risk,
        )

    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), filled(A, "e1", 1)])
        await journal.replace_round_trips([trip("AAPL", 2, 1), trip("AAPL", 4, 2)], symbol="AAPL")
        await journal.replace_round_trips([trip("MSFT", 3, 3)], symbol="MSFT")
        await journal.replace_round_trips([trip("AAPL", 4, 5), trip("AAPL", 6, 6)], symbol="AAPL", since=at(4))
        rows = await journal.load_round_trips()
        assert [(row.symbol, row.profit) for row in rows] == [
            ("AAPL", Decimal(1)), ("MSFT", Decimal(3)), ("AAPL", Decimal(5)), ("AAPL", Decimal(6)),
        ]  # fmt: skip
        assert rows[0] == trip("AAPL", 2, 1)
        assert rows[1].r_multiple == Decimal("0.06")


@settings(max_examples=40)
@given(samples.intents, st.lists(samples.executions, max_size=3))
async def test_any_intent_and_executions_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, intent: OrderIntent, fills: list[Execution]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    name = "LPT1X"
    whole = replace(intent, client_order_id=name, mode=PAPER)
    events = [OrderEvent(name, OrderEventKind.CREATED, START, intent=whole)]
    for number, fill in enumerate(fills):
        execution = replace(fill, execution_id=f"{number}", quantity=Decimal(1))
        events.append(OrderEvent(name, OrderEventKind.EXECUTION, at(number), execution=execution))
    async with a_journal(folder) as journal:
        await journal.record(events)
        assert await journal.load_order_events(name) == events
        found = {row.execution_id: row for row in await journal.load_executions()}
        assert list(found.values()) == sorted(found.values(), key=lambda row: row.executed_at)
        assert [found[str(number)] for number in range(len(fills))] == [event.execution for event in events[1:]]


async def test_paper_and_live_are_two_files(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as paper, a_journal(tmp_path, mode=TradingMode.LIVE) as live:
        await paper.record([created(A)])
        await live.record([created(B, mode=TradingMode.LIVE)])
        assert paper.path.name == "paper.sqlite3"
        assert live.path.name == "live.sqlite3"
        assert await live.load_order_events(A) == []
    (tmp_path / "live.sqlite3").unlink()
    (tmp_path / "paper.sqlite3").rename(tmp_path / "live.sqlite3")
    with pytest.raises(StoreError, match=r"holds the paper journal, so it cannot be opened for live trading") as caught:
        async with a_journal(tmp_path, mode=TradingMode.LIVE):
            pass
    assert caught.value.code == "wrong_mode"


async def test_the_installation_keeps_its_id(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        first = journal.install_id
    async with a_journal(tmp_path) as journal:
        assert journal.install_id == first
        assert not journal.report.unclean
        assert journal.report.sentences == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
async def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    async with a_journal(folder) as journal:
        await journal.record([created(A)])
        await journal.check()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes.pop("spool") == 0o700
    assert set(modes.values()) == {0o600}, modes
    (backup,) = (folder / "backups").iterdir()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


async def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    async with a_journal(tmp_path):
        pass
    (tmp_path / "paper.sqlite3").chmod(0o644)
    async with a_journal(tmp_path):
        assert stat.S_IMODE((tmp_path / "paper.sqlite3").stat().st_mode) == 0o600


async def test_closing_leaves_one_whole_file_and_a_backup(tmp_path: Path) -> None:
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), options=QUICK)
    await journal.record([created(A)])
    await journal.close()
    await journal.close()
    assert not journal.writable
    assert names_in(tmp_path) == ["backups", "paper.sqlite3", "spool"]
    assert len(names_in(tmp_path / "backups")) == 1
    with pytest.raises(StoreError, match="The journal is closed"):
        await journal.record([happened(A, SENT)])


async def test_reading_only_shows_everything_and_writes_nothing(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A)])
    before = (tmp_path / "paper.sqlite3").read_bytes()
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), read_only=True, options=QUICK)
    assert await journal.load_order_events(A) == [created(A)]
    assert not journal.writable
    assert "reading only" in journal.health.sentence
    with pytest.raises(StoreError, match="can be read but not written"):
        await journal.record([happened(A, SENT)])
    with pytest.raises(StoreError, match="can be read but not written"):
        await journal.save_setting("a", "b")
    await journal.close()
    assert (tmp_path / "paper.sqlite3").read_bytes() == before


async def test_reading_only_needs_a_journal(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no paper\.sqlite3 to read"):
        await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), read_only=True)


async def test_two_processes_may_write_in_turn(tmp_path: Path) -> None:
    """The window and a script of the SDK on one profile: the chain stays one, each sees the other's events."""
    async with a_journal(tmp_path) as window, a_journal(tmp_path) as script:
        await window.record([created(A)])
        await script.record([created(B), happened(A, SENT)])
        await window.record([filled(A, "e1", 100)])
        await script.record([happened(B, SENT)])
        assert [event.kind.value for event in await window.load_order_events(A)] == ["created", "sent", "execution"]
    assert rows(tmp_path, "SELECT state FROM orders ORDER BY id") == [("filled",), ("sending",)]
    async with a_journal(tmp_path) as journal:
        assert journal.report.doubts == ()


async def test_an_unclean_end_is_noticed_once(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys; from pathlib import Path\n"
        "from tests.unit.store.samples import *\n"
        "async def main():\n"
        "    async with a_journal(Path(sys.argv[1])) as journal:\n"
        "        await journal.record([created('LPT1A')])\n"
        "        os._exit(9)\n"
        "asyncio.run(main())\n"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(tmp_path)], check=False)
    async with a_journal(tmp_path) as journal:
        assert journal.report.unclean
        assert journal.report.doubts == ()
        assert journal.report.sentences == ()
        assert await journal.load_order_events(A) == [created(A)]
    async with a_journal(tmp_path) as journal:
        assert not journal.report.unclean


async def test_a_backup_is_made_every_four_hours_when_something_was_written(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_journal(tmp_path, clock=clock) as journal:
        await journal.record([created(A)])
        await clock.advance(4 * 3600)
        await journal._writer.call(journal._writer._care)
        await journal.load_setting("behind the backup on the reader's thread")
        assert len(list((tmp_path / "backups").iterdir())) == 1
        await clock.advance(4 * 3600)
        await journal._writer.call(journal._writer._care)
        await journal.load_setting("behind the backup on the reader's thread")
        assert len(list((tmp_path / "backups").iterdir())) == 1


async def test_the_full_check_is_made_every_week(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_journal(tmp_path, clock=clock) as journal:
        await journal.record([created(A)])
        await clock.advance(8 * 86_400)
        await journal._writer.call(journal._writer._care)
        await journal.load_setting("behind the check on the reader's thread")
        await journal.save_setting("behind the note on the writer's thread", "")
        noted = clock.now()
    assert rows(tmp_path, "SELECT full_check_us FROM meta") == [(int(noted.timestamp() * 1_000_000),)]


async def test_a_swamped_writer_takes_no_more(tmp_path: Path) -> None:
    options = replace(QUICK, queue_limit=5)
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), options=options)
    answers = await asyncio.gather(
        *(journal.save_setting(f"n{number}", "v") for number in range(200)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, StoreError)]
    assert refused
    assert all(error.code == "busy" for error in refused)
    assert any(answer is None for answer in answers)
    await journal.close()


def test_importing_the_journal_loads_neither_sqlalchemy_nor_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from legend_desktop.store.journal import open_store\n"
        "from legend_desktop.domain.enums import TradingMode\n"
        "from legend_desktop.infra.clock import SystemClock\n"
        "async def main():\n"
        "    j = await open_store(Path(sys.argv[1]) / 'paper.sqlite3', TradingMode.PAPER, SystemClock())\n"
        "    await j.close()\n"
        "asyncio.run(main())\n"
        "sys.exit(bool({'sqlalchemy', 'alembic', 'legend_desktop.services'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0


async def test_a_cancelled_wait_does_not_undo_the_write(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        waiting = asyncio.ensure_future(journal.record([created(A)]))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await journal.save_setting("behind it", "")
        assert await journal.load_order_events(A) == [created(A)]


async def test_a_database_of_another_kind_is_refused() -> None:
    with pytest.raises(StoreError, match="names a mysql database"):
        await open_store("mysql://root@localhost/x", PAPER, FakeClock())


async def test_a_sqlite_address_is_a_file(tmp_path: Path) -> None:
    journal = await open_store(f"sqlite:///{tmp_path}/mine.sqlite3", PAPER, FakeClock(), options=QUICK)
    assert journal.path == tmp_path / "mine.sqlite3"
    await journal.close()


@pytest.mark.allow_log("The weekly check of the journal found")
async def test_what_the_weekly_check_finds_is_said(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_journal(tmp_path, clock=clock) as journal:
        await journal.record([created(A), happened(A, SENT)])
        rows(tmp_path, "UPDATE orders SET state = 'filled'")
        await clock.advance(8 * 86_400)
        await journal._writer.call(journal._writer._care)
        await journal.load_setting("behind the check on the reader's thread")
        await journal.save_setting("behind the word on the writer's thread", "")
        assert "is noted as filled, its events say sending" in journal.health.sentence
        assert journal.writable


async def test_closing_what_never_opened_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    never = prepare_store(tmp_path / "paper.sqlite3", PAPER, FakeClock())
    await never.close()
    failed = prepare_store(tmp_path / "file" / "paper.sqlite3", PAPER, FakeClock())
    with pytest.raises(StoreError):
        await failed.open()
    await failed.close()
    assert not failed.writable
