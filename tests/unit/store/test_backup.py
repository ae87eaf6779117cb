"""Backups are whole, verified, and thinned out with age."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.errors import StoreError
from legend_desktop.store import backup
from legend_desktop.store.backup import backups_of, keepers, make_backup, newest_good, thin_out, verified_facts
from legend_desktop.store.options import SCHEMA_VERSION
from tests.fakes.clock import START
from tests.unit.store.samples import a_journal, created, filled

HOUR = timedelta(hours=1)


def test_backups_of_a_year_thin_out_to_hours_days_and_months() -> None:
    times = [START - number * 4 * HOUR for number in range(6 * 400)]
    kept = keepers(times)
    assert set(times[:24]) <= kept
    days = {at.date() for at in kept}
    assert {(START - timedelta(days=number)).date() for number in range(30)} <= days
    assert len({(at.year, at.month) for at in kept}) == 12
    assert len(kept) <= 24 + 30 + 12


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), max_size=200))  # noqa: DTZ001
def test_thinning_keeps_the_newest_and_is_stable(times: list[datetime]) -> None:
    kept = keepers(times)
    assert kept <= set(times)
    assert len(kept) <= 66
    assert keepers(list(kept)) == kept
    if times:
        assert max(times) in kept


def test_thinning_deletes_only_backups_of_the_same_journal(tmp_path: Path) -> None:
    for number in range(40):
        at = START - number * timedelta(minutes=1)
        (tmp_path / f"paper-{at.strftime('%Y%m%dT%H%M%S%fZ')}.sqlite3").touch()
    (tmp_path / f"live-{START.strftime('%Y%m%dT%H%M%S%fZ')}.sqlite3").touch()
    (tmp_path / "notes.txt").touch()
    thin_out(tmp_path, "paper")
    assert len(backups_of(tmp_path, "paper")) == 24
    assert len(backups_of(tmp_path, "live")) == 1
    assert (tmp_path / "notes.txt").exists()


async def test_a_backup_beside_a_running_writer_is_whole(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created("LPT1A"), filled("LPT1A", "e1", 100)])
        path = make_backup(journal.path, tmp_path / "elsewhere", START)
        await journal.record([created("LPT1B")])
    facts = verified_facts(path)
    assert (facts.env, facts.version, facts.events, facts.executions, facts.last_seq) == (
        "paper",
        SCHEMA_VERSION,
        2,
        1,
        2,
    )
    assert [each.name for each in (tmp_path / "elsewhere").iterdir()] == [path.name]


async def test_a_backup_that_lacks_rows_does_not_count(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created("LPT1A")])
    (path,) = (tmp_path / "backups").iterdir()
    facts = verified_facts(path)
    fuller = backup.Facts(
        facts.journal_id, facts.env, facts.version, facts.last_seq + 1, b"", facts.events + 1, facts.executions
    )
    backup._compare(facts, facts, path)
    with pytest.raises(StoreError, match="does not hold what the journal holds"):
        backup._compare(fuller, facts, path)


@pytest.mark.allow_log("cannot be used")
async def test_the_newest_backup_that_is_sound_and_of_the_mode_is_chosen(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created("LPT1A")])
    folder = tmp_path / "backups"
    ((good_at, good),) = backups_of(folder, "paper")
    for name, data in (
        ("paper-20280101T000000000000Z.sqlite3", b"not a database at all" * 300),
        ("paper-20280102T000000000000Z.sqlite3", good.read_bytes()[:5000]),
        ("paper-20280103T000000000000Z.sqlite3", b""),
    ):
        (folder / name).write_bytes(data)
    found = newest_good(folder, "paper", "paper", SCHEMA_VERSION)
    assert found is not None
    assert found[:2] == (good_at, good)
    assert newest_good(folder, "paper", "live", SCHEMA_VERSION) is None
    assert newest_good(folder, "paper", "paper", SCHEMA_VERSION - 1) is None


async def test_a_full_backup_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="cannot be kept in"):
            make_backup(journal.path, tmp_path / "file" / "backups", START)


async def test_a_backup_is_a_plain_database(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record([created("LPT1A")])
    (path,) = (tmp_path / "backups").iterdir()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("SELECT client_id FROM orders").fetchall() == [("LPT1A",)]
    connection.close()
