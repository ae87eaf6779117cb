"""Killed processes and cut power: what was acknowledged is there."""

import os
import random
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.order_state import OrderEventKind, replay
from tests.faults.store_child import command
from tests.unit.store.samples import a_journal

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
