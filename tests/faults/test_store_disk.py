"""A disk that is full, slow to come back, locked by somebody else, or not ours to write."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from legend_desktop.domain.enums import OrderRole, OrderState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind, replay
from legend_desktop.store.journal import OrderJournal
from legend_desktop.store.report import JournalHealth
from tests.faults.store_child import command
from tests.unit.store.samples import QUICK, a_journal, created, filled, happened, quote_of

A = "LPT1A"
UNLIMITED = 1_073_741_823
pytestmark = pytest.mark.allow_log("The journal could not be written")


async def limit_pages(journal: OrderJournal, pages: int | None = None) -> None:
    """Let the file grow no further (or, with ``pages``, up to that size): what a full disk does to a commit."""

    def limit() -> None:
        link = journal._write_link
        assert link is not None
        count = link.one("PRAGMA page_count")[0] if pages is None else pages
        link.one(f"PRAGMA max_page_count = {count}")

    await journal._writer.call(limit)


async def fill_up(journal: OrderJournal) -> StoreError:
    """Record entries until the disk is full; returns what the last one was told."""
    await limit_pages(journal)
    for number in range(200):
        try:
            await journal.record([created(f"LPT1F{number:04d}")])
        except StoreError as error:
            return error
    raise AssertionError("the disk never filled up")


async def test_case_58_a_full_disk_refuses_the_order_before_it_is_sent(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        heard: list[JournalHealth] = []
        stop = journal.on_health(heard.append)
        error = await fill_up(journal)
        assert error.code == "disk_full"
        assert error.sentence == (
            "The disk is full, so no order can be written down first, so none is sent. "
            f"Cancels and exits still work. Free 200 MB at {tmp_path}."
        )
        assert not journal.writable
        await asyncio.sleep(0)
        assert heard[-1].code == "disk_full"
        stored = len(await journal.load_events())
        with pytest.raises(StoreError):
            await journal.record([created("LPT1Z")])
        assert len(await journal.load_events()) == stored

        await limit_pages(journal, UNLIMITED)
        await journal.record([created("LPT1Z")])
        assert journal.health.writable
        stop()
    with sqlite3.connect(tmp_path / "paper.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_case_58_cancels_and_exits_still_work_on_a_full_disk(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        await journal.record([happened(A, OrderEventKind.CANCEL_SENT, 3)])
        await journal.record([created("LPT1X", role=OrderRole.EXIT, reduce_only=True)], [quote_of("LPT1X")])
        await journal.save_setting("trading.lock", "halted")
        assert journal.health.spooled >= 1
        assert await journal.load_setting("trading.lock") == "halted"
        assert [event.kind.value for event in await journal.load_order_events(A)][-1] == "cancel_sent"
        assert await journal.load_quotes(["LPT1X"]) == [quote_of("LPT1X")]
        open_orders = [log[0].client_order_id for log in await journal.load_events(open_only=True)]
        assert {A, "LPT1X"} <= set(open_orders)


async def test_case_59_fills_wait_in_the_spool_until_there_is_room(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        for number in range(5):
            await journal.record([filled(A, f"e{number}", 20, number)])
        assert not journal.writable
        assert journal.health.spooled == 5
        assert [row.execution_id for row in await journal.load_executions()] == ["e0", "e1", "e2", "e3", "e4"]
        assert replay(await journal.load_order_events(A)).state is OrderState.FILLED
        assert A not in [log[0].client_order_id for log in await journal.load_events(open_only=True)]

        assert not (await journal.check()).writable
        await limit_pages(journal, UNLIMITED)
        health = await journal.check()
        assert health.writable
        assert health.spooled == 0
        assert [row.execution_id for row in await journal.load_executions()] == ["e0", "e1", "e2", "e3", "e4"]
    async with a_journal(tmp_path) as journal:
        assert not journal.report.unclean
        assert journal.report.doubts == ()
        assert replay(await journal.load_order_events(A)).filled_quantity == 100


async def test_case_59_what_waits_is_written_before_anything_newer(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        await journal.record([filled(A, "e1", 60)])
        await limit_pages(journal, UNLIMITED)
        await journal.record([filled(A, "e2", 40)])
        assert journal.health.spooled == 0
        log = await journal.load_order_events(A)
    assert [event.execution.execution_id for event in log if event.execution is not None] == ["e1", "e2"]


async def test_case_59_the_spool_is_taken_in_at_the_next_start(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        await journal.record([filled(A, "e1", 100)])
    async with a_journal(tmp_path) as journal:
        assert journal.writable
        assert journal.health.spooled == 0
        assert replay(await journal.load_order_events(A)).state is OrderState.FILLED
        assert len(await journal.load_executions()) == 1
    async with a_journal(tmp_path) as journal:
        assert journal.report.doubts == ()
        assert len(await journal.load_order_events(A)) == 3


async def test_case_59_a_spool_that_was_already_taken_in_is_not_taken_twice(tmp_path: Path) -> None:
    """A crash between the commit and the clearing of the spool."""
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        await journal.record([filled(A, "e1", 60)])
        spool = tmp_path / "spool" / "paper.spool"
        before = spool.read_bytes()
        await limit_pages(journal, UNLIMITED)
        await journal.check()
    spool.write_bytes(before)
    async with a_journal(tmp_path) as journal:
        assert [event.kind.value for event in await journal.load_order_events(A)] == ["created", "sent", "execution"]


async def test_case_59_a_commit_reported_as_failed_that_had_worked_is_not_doubled(tmp_path: Path) -> None:
    """The engine may fail after the log was synced: the event is then in the journal and in the spool."""
    async with a_journal(tmp_path) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        await fill_up(journal)
        await journal.record([filled(A, "e1", 60)])
        await journal.record([created("LPT1X", role=OrderRole.EXIT)])
        await limit_pages(journal, UNLIMITED)
        repository = journal._writer._repository
        assert repository is not None
        pending = journal._writer.pending
        await journal._writer.call(lambda: repository.write(pending, 0))
        await journal.check()
        assert journal.health.spooled == 0
        assert len(await journal.load_order_events(A)) == 3
        assert len(await journal.load_order_events("LPT1X")) == 1


async def test_the_ballast_is_thrown_off_for_a_fill_and_not_for_an_entry(
    tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("the ballast file was deleted")
    options = replace(QUICK, ballast_bytes=100_000)
    async with a_journal(tmp_path, options=options) as journal:
        await journal.record([created(A)])
        assert (tmp_path / "ballast.bin").stat().st_size == 100_000
        await fill_up(journal)
        assert (tmp_path / "ballast.bin").exists()
        await journal.record([filled(A, "e1", 1)])
        assert not (tmp_path / "ballast.bin").exists()
        assert journal.health.spooled == 1


async def test_entries_are_locked_before_the_disk_is_full(tmp_path: Path) -> None:
    free = 10_000_000_000
    options = replace(QUICK, free_bytes=lambda _: free)
    async with a_journal(tmp_path, options=options) as journal:
        await journal.record([created(A)])
        assert journal.health.sentence == ""
        free = 400_000_000
        health = await journal.check()
        assert health.writable
        assert health.sentence == f"Only 400 MB are free at {tmp_path}. Free some room soon."
        free = 99_000_000
        health = await journal.check()
        assert not journal.writable
        assert health.code == "disk_low"
        assert "no new entry is sent. Cancels and exits still work. Free 200 MB." in health.sentence
        await journal.record([happened(A, OrderEventKind.SENT)])
        assert len(await journal.load_order_events(A)) == 2
        free = 5_000_000_000
        assert (await journal.check()).writable


@pytest.fixture
def other_program(tmp_path: Path) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Takes the write lock of the journal, as a backup tool might, and holds it for the test."""
    held: list[sqlite3.Connection] = []

    def hold() -> sqlite3.Connection:
        connection = sqlite3.connect(tmp_path / "paper.sqlite3", isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        held.append(connection)
        return connection

    yield hold
    for connection in held:
        connection.close()


async def test_case_60_a_journal_locked_by_another_program_refuses_entries_and_blocks_nothing(
    tmp_path: Path, other_program: Callable[[], sqlite3.Connection]
) -> None:
    async with a_journal(tmp_path, options=replace(QUICK, busy_seconds=0.2)) as journal:
        await journal.record([created(A), happened(A, OrderEventKind.SENT)])
        connection = other_program()
        turns = 0
        waiting = asyncio.ensure_future(journal.record([created("LPT1B")]))
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0.005)
        with pytest.raises(StoreError) as caught:
            await waiting
        assert turns > 10, "the loop stood still while the journal waited"
        assert caught.value.code == "locked"
        assert "Another program has kept the journal locked for 0.2 s" in caught.value.message
        assert "paper.sqlite3" in caught.value.advice
        await journal.record([filled(A, "e1", 100)])
        assert not journal.writable
        assert len(await journal.load_executions()) == 1

        connection.execute("ROLLBACK")
        assert (await journal.check()).writable
        await journal.record([created("LPT1B")])
        assert len(await journal.load_events()) == 2


async def test_case_60_the_journal_comes_back_by_itself(
    tmp_path: Path, other_program: Callable[[], sqlite3.Connection]
) -> None:
    async with a_journal(tmp_path, options=replace(QUICK, probe_seconds=0.01)) as journal:
        await journal.record([created(A)])
        connection = other_program()
        await journal.record([filled(A, "e1", 100)])
        back = asyncio.Event()
        journal.on_health(lambda health: back.set() if health.writable else None)
        connection.execute("ROLLBACK")
        await asyncio.wait_for(back.wait(), 10)
        assert journal.health.spooled == 0


async def test_case_61_a_folder_that_cannot_be_made_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError) as caught:
        async with a_journal(tmp_path / "file" / "profile"):
            pass
    assert caught.value.code == "unwritable"
    assert caught.value.message == f"The journal cannot be kept in {tmp_path / 'file' / 'profile'}: not a directory."
    assert "--profile-dir" in caught.value.advice


async def test_case_61_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "paper.sqlite3").mkdir()
    with pytest.raises(StoreError, match=r"paper\.sqlite3 is a folder"):
        async with a_journal(tmp_path):
            pass


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="legend-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def hand_over(folder: Path, user: int) -> None:
    """Give everything in ``folder`` to another user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
@pytest.mark.parametrize(("fault", "said"), [("folder", "unwritable"), ("file", "read_only")])
async def test_case_61_a_read_only_folder_or_file_is_said_at_the_start(
    open_folder: Path, fault: str, said: str
) -> None:
    folder = open_folder / "profile"
    async with a_journal(folder) as journal:
        await journal.record([created(A)])
    user = 65534 if os.geteuid() == 0 else None  # file modes do not stop root
    if user is not None:
        hand_over(open_folder, user)
    if fault == "folder":
        folder.chmod(0o555)
    else:
        (folder / "paper.sqlite3").chmod(0o444)
        if user is not None:
            os.chown(folder / "paper.sqlite3", 0, 0)
    done = subprocess.run(  # noqa: ASYNC221
        command("open_and_say", folder, user or ""), capture_output=True, text=True, check=False
    )
    folder.chmod(0o755)
    if fault == "file" and user is None:
        assert done.stdout == "opened\n", "the owner may make the file writable again"
        return
    assert done.stdout.startswith(f"{said}: "), done.stdout + done.stderr
    assert "choose another folder with --profile-dir" in done.stdout.lower()
