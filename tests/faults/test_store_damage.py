"""Damaged, foreign and newer files: noticed, set aside whole, replaced by the best there is, and said so."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.store.journal import journal_file, open_store
from legend_desktop.store.options import SCHEMA_VERSION
from tests.fakes.clock import FakeClock
from tests.faults.store_child import command
from tests.unit.store.samples import PAPER, QUICK, a_journal, created, filled, happened
from tests.unit.store.test_schema import migrated

SENT = OrderEventKind.SENT
damaged = pytest.mark.allow_log("is damaged")
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


async def write(folder: Path, first: int, count: int) -> None:
    async with a_journal(folder) as journal:
        for number in range(first, first + count):
            name = f"LPT1{number:06d}"
            await journal.record([created(name), happened(name, SENT), filled(name, f"e{number}", 100)])


async def names(folder: Path) -> list[str]:
    async with a_journal(folder) as journal:
        return [log[0].client_order_id for log in await journal.load_events()]


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as handle:
        handle.seek(offset)
        handle.write(data)


def file_of(folder: Path) -> Path:
    return folder / "paper.sqlite3"


@damaged
@pytest.mark.parametrize("where", ["header", "first page", "middle", "every page"])
async def test_case_62_a_damaged_file_is_set_aside_and_the_backup_restored(tmp_path: Path, where: str) -> None:
    await write(tmp_path, 0, 60)
    path = file_of(tmp_path)
    size = path.stat().st_size
    if where == "header":
        overwrite(path, 0, bytes(100))
    elif where == "first page":
        overwrite(path, 100, b"\xff" * 3000)
    elif where == "middle":
        overwrite(path, size // 2 // 4096 * 4096, b"\xab" * 4096 * 3)
    else:
        overwrite(path, 4096, b"\x00" * (size - 4096))
    broken = path.read_bytes()

    async with a_journal(tmp_path) as journal:
        report = journal.report
        assert [log[0].client_order_id for log in await journal.load_events()] == [f"LPT1{n:06d}" for n in range(60)]
        await journal.record([created("LPT1AFTER")])
    assert report.unclean
    assert report.quarantined is not None
    assert (report.quarantined / path.name).read_bytes() == broken
    assert report.restored_from is not None
    assert report.restored_from.parent == tmp_path / "backups"
    assert report.sentences[0].startswith("The journal paper.sqlite3 was damaged (")
    assert "with 180 order events took its place. The broker is asked for everything since." in report.sentences[1]
    async with a_journal(tmp_path) as journal:
        assert journal.report.quarantined is None
        assert len(await journal.load_events()) == 61


@damaged
async def test_case_62_a_damaged_backup_is_passed_over(tmp_path: Path) -> None:
    await write(tmp_path, 0, 20)
    (old,) = (tmp_path / "backups").iterdir()
    bad = old.with_name("paper-20270101T000000000000Z.sqlite3")
    shutil.copy(old, bad)
    overwrite(bad, 4096, b"\xab" * 8192)
    overwrite(file_of(tmp_path), 4096, b"\xab" * 8192)
    async with a_journal(tmp_path) as journal:
        assert journal.report.restored_from == old
        assert len(await journal.load_events()) == 20


@pytest.mark.allow_log("is damaged|cannot be used")
async def test_case_62_without_a_good_backup_a_new_journal_begins(tmp_path: Path) -> None:
    await write(tmp_path, 0, 20)
    shutil.rmtree(tmp_path / "backups")
    overwrite(file_of(tmp_path), 4096, b"\xab" * 8192)
    async with a_journal(tmp_path) as journal:
        assert journal.report.created
        assert journal.report.unclean
        assert journal.report.quarantined is not None
        assert "There is no good backup, so a new journal begins." in journal.report.sentences[1]
        assert await journal.load_events() == []


async def test_case_62_a_file_that_was_never_ours_is_left_untouched(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    path.write_bytes(b"my shopping list" * 500)
    with pytest.raises(StoreError) as caught:
        await names(tmp_path)
    assert caught.value.code == "foreign"
    assert path.read_bytes() == b"my shopping list" * 500


async def test_case_62_a_database_of_another_program_is_left_untouched(tmp_path: Path) -> None:
    connection = sqlite3.connect(file_of(tmp_path))
    connection.execute("CREATE TABLE recipes (name)")
    connection.commit()
    connection.close()
    before = file_of(tmp_path).read_bytes()
    with pytest.raises(StoreError, match="belongs to another program"):
        await names(tmp_path)
    assert file_of(tmp_path).read_bytes() == before


@damaged
async def test_case_62_damage_found_while_running_locks_entries_and_spools_fills(tmp_path: Path) -> None:
    await write(tmp_path, 0, 60)
    async with a_journal(tmp_path) as journal:
        await journal.record([created("LPT1A"), happened("LPT1A", SENT)])
    size = file_of(tmp_path).stat().st_size
    spooled = tmp_path / "spool"
    async with a_journal(tmp_path) as journal:
        repository = journal._writer._repository
        assert repository is not None
        overwrite(file_of(tmp_path), 4096, b"\xab" * (size - 4096))
        await journal._writer.call(lambda: repository._link.run("PRAGMA shrink_memory"))
        with pytest.raises(StoreError) as caught:
            await journal.record([created("LPT1B")])
        assert caught.value.code == "corrupt"
        assert not journal.writable
        await journal.record([filled("LPT1A", "e1", 100)])
        assert journal.health.spooled == 1
        assert spooled.exists()
    async with a_journal(tmp_path) as journal:
        assert journal.report.quarantined is not None
        assert [event.kind.value for event in await journal.load_order_events("LPT1A")] == [
            "created",
            "sent",
            "execution",
        ]


@posix
async def test_case_63_a_deleted_log_is_noticed(tmp_path: Path) -> None:
    await write(tmp_path, 900, 3)
    subprocess.run(command("write_and_die", tmp_path, 5), capture_output=True, check=False)  # noqa: ASYNC221
    (tmp_path / "paper.sqlite3-wal").unlink()
    (tmp_path / "paper.sqlite3-shm").unlink()
    async with a_journal(tmp_path) as journal:
        assert journal.report.unclean
        assert journal.report.sentences == (
            "The program did not end well last time and the file paper.sqlite3-wal is gone, so the last entries may be "
            "missing. The broker is asked for everything since.",
        )
        assert len(await journal.load_events()) == 3
    async with a_journal(tmp_path) as journal:
        assert journal.report.sentences == ()


@posix
@damaged
async def test_case_63_the_log_of_another_journal_is_noticed(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    await write(mine, 900, 3)
    for folder in (mine, other):
        subprocess.run(command("write_and_die", folder, 5), capture_output=True, check=False)  # noqa: ASYNC221
    shutil.copy(other / "paper.sqlite3-wal", mine / "paper.sqlite3-wal")
    (mine / "paper.sqlite3-shm").unlink()
    async with a_journal(mine) as journal:
        report = journal.report
        found = [log[0].client_order_id for log in await journal.load_events()]
    assert found == ["LPT1000900", "LPT1000901", "LPT1000902"]
    assert report.quarantined is not None
    assert (report.quarantined / "paper.sqlite3-wal").exists()
    assert "belongs to another journal" in report.sentences[0]
    assert "Its main part is sound and was kept." in report.sentences[1]


def old_journal(folder: Path) -> None:
    """A journal of the first layout with one setting."""
    folder.mkdir(exist_ok=True)
    link = migrated(file_of(folder), 1)
    link.run("INSERT INTO setting VALUES ('default', 'kept', 'yes', 1)")
    link.close()


def layout(path: Path) -> int:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


async def test_an_old_journal_is_brought_up_to_date_after_a_backup(tmp_path: Path) -> None:
    old_journal(tmp_path)
    async with a_journal(tmp_path) as journal:
        assert journal.report.migrated_from == 1
        assert await journal.load_setting("kept") == "yes"
        (backup,) = (tmp_path / "backups").iterdir()
        assert layout(backup) == 1
    assert layout(file_of(tmp_path)) == SCHEMA_VERSION


@posix
@pytest.mark.parametrize("statement", [0, 1, 2, 3, 5, 7])
async def test_case_64_an_interrupted_migration_leaves_the_old_layout_and_a_backup(
    tmp_path: Path, statement: int
) -> None:
    old_journal(tmp_path)
    done = subprocess.run(  # noqa: ASYNC221
        command("die_in_migration", tmp_path, statement), capture_output=True, text=True, check=False
    )
    assert done.returncode == -9, done.stderr
    assert done.stdout == ""
    assert layout(file_of(tmp_path)) == 1
    backups = list((tmp_path / "backups").iterdir())
    assert [layout(path) for path in backups] == [1]
    async with a_journal(tmp_path) as journal:
        assert journal.report.migrated_from == 1
        assert journal.report.quarantined is None
        assert await journal.load_setting("kept") == "yes"
    assert layout(file_of(tmp_path)) == SCHEMA_VERSION


async def test_case_65_a_newer_layout_is_left_alone_and_may_be_read(tmp_path: Path) -> None:
    await write(tmp_path, 0, 2)
    connection = sqlite3.connect(file_of(tmp_path), isolation_level=None)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = file_of(tmp_path).read_bytes()
    with pytest.raises(StoreError) as caught:
        await names(tmp_path)
    assert caught.value.code == "newer_schema"
    assert "A newer version of Legend Desktop wrote the journal paper.sqlite3" in caught.value.message
    assert "read-only" in caught.value.advice
    assert file_of(tmp_path).read_bytes() == before
    journal = await open_store(journal_file(tmp_path, PAPER), PAPER, FakeClock(), read_only=True, options=QUICK)
    assert len(await journal.load_events()) == 2
    assert not journal.writable
    with pytest.raises(StoreError):
        await journal.record([created("LPT1X")])
    await journal.close()
    assert file_of(tmp_path).read_bytes() == before
