"""Killed processes and cut power: what was acknowledged is there."""

import os
import random
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.order_state import OrderEventKind, replay
from tests.faults.store_child import command
from tests.unit.store.samples import QUICK, a_journal, created, happened

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def acknowledged_before_kill(folder: Path, start: int, count: int) -> list[str]:
    """Names that a writing process acknowledged before it was killed, at least ``count`` of them."""
    with subprocess.Popen(
        command("write_for_ever", folder, start), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        names = []
        for line in process.stdout:
            names.append(line.strip())
            if len(names) >= count:
                break
        process.kill()
        names += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert names, "the writer acknowledged nothing"
    return names


async def test_case_56_acknowledged_orders_survive_kill_9_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(56)
    names: list[str] = []
    for run in range(4):
        names += acknowledged_before_kill(tmp_path, run * 10_000, chance.randint(1, 60))
        async with a_journal(tmp_path) as journal:
            assert journal.report.unclean
            assert journal.report.quarantined is None
            assert journal.report.doubts == ()
            logs = {log[0].client_order_id: log for log in await journal.load_events()}
            executions = {row.client_order_id for row in await journal.load_executions()}
        for name in names:
            assert [event.kind for event in logs[name]] == [
                OrderEventKind.CREATED,
                OrderEventKind.SENT,
                OrderEventKind.EXECUTION,
            ]
            assert replay(logs[name]).filled_quantity == 100
        assert executions >= set(names)
        assert len(logs) <= len(names) + run + 1, "an order appeared that nobody recorded"


async def test_case_53_an_intent_that_was_never_sent_is_found_as_such(tmp_path: Path) -> None:
    done = subprocess.run(command("intend_and_die", tmp_path, "LPT1A"), capture_output=True, check=False)  # noqa: ASYNC221
    assert done.returncode == -9
    async with a_journal(tmp_path) as journal:
        (log,) = await journal.load_events(open_only=True)
        assert [event.kind for event in log] == [OrderEventKind.CREATED]
        assert replay(log).state is OrderState.INTENT
        assert len(await journal.load_quotes(["LPT1A"])) == 1


def test_case_57_every_commit_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    """Only ``synchronous = FULL`` (2) syncs the write-ahead log on each commit."""
    from legend_desktop.store.database import open_writer

    link = open_writer(tmp_path / "a.sqlite3", 1)
    assert link.one("PRAGMA synchronous") == (2,)
    link.close()


async def test_case_57_a_log_cut_after_the_last_synced_frame_keeps_every_acknowledged_order(tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    done = subprocess.run(command("write_and_die", folder, 40), capture_output=True, text=True, check=False)  # noqa: ASYNC221
    acknowledged = [(line.split()[0], int(line.split()[1])) for line in done.stdout.splitlines()]
    assert len(acknowledged) == 40
    for position in (0, 7, 23, 39):
        _, size = acknowledged[position]
        for tail in (b"", b"\x00" * 2000, b"\xab" * 5000):
            cut = tmp_path / f"cut-{position}-{len(tail)}"
            cut.mkdir()
            shutil.copy(folder / "paper.sqlite3", cut)
            log = (folder / "paper.sqlite3-wal").read_bytes()[:size]
            (cut / "paper.sqlite3-wal").write_bytes(log + tail)
            async with a_journal(cut) as journal:
                assert journal.report.quarantined is None
                found = [log[0].client_order_id for log in await journal.load_events()]
            assert found == [name for name, _ in acknowledged[: position + 1]]


async def test_case_57_a_torn_frame_takes_back_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    done = subprocess.run(command("write_and_die", folder, 10), capture_output=True, text=True, check=False)  # noqa: ASYNC221
    sizes = [int(line.split()[1]) for line in done.stdout.splitlines()]
    log = folder / "paper.sqlite3-wal"
    log.write_bytes(log.read_bytes()[: sizes[8] + (sizes[9] - sizes[8]) // 2])
    async with a_journal(folder) as journal:
        assert len(await journal.load_events()) == 9
        assert journal.report.doubts == ()
    with sqlite3.connect(folder / "paper.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def copied(folder: Path, to: Path) -> Path:
    """The files as a cut of the power leaves them: nothing was closed."""
    to.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"paper.sqlite3{suffix}", to)
    return to


def round_of(folder: Path) -> int:
    """How often the write-ahead log was begun anew, as its header counts."""
    return int.from_bytes((folder / "paper.sqlite3-wal").read_bytes()[12:16], "big")


async def test_case_57_a_log_with_room_behind_its_end_keeps_every_acknowledged_order(tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    folder.mkdir()
    options = replace(QUICK, log_bytes=300_000, idle_seconds=0.0)
    async with a_journal(folder, options=options) as journal:
        for number in range(4):
            await journal.record([created(f"LPT1{number}"), happened(f"LPT1{number}", OrderEventKind.SENT)])
        assert (folder / "paper.sqlite3-wal").stat().st_size == 300_000
        first = copied(folder, tmp_path / "first")
        begun = round_of(folder)
        for _ in range(1000):
            await journal.check()
            if round_of(folder) > begun:
                break
        await journal.record([created("LPT1A"), happened("LPT1A", OrderEventKind.SENT)])
        assert round_of(folder) > begun
        assert (folder / "paper.sqlite3-wal").stat().st_size == 300_000
        second = copied(folder, tmp_path / "second")
    for place, count in ((first, 4), (second, 5)):
        async with a_journal(place) as journal:
            assert journal.report.quarantined is None
            assert journal.report.doubts == ()
            assert len(await journal.load_events()) == count
    assert not (folder / "paper.sqlite3-wal").exists()
