"""``legend-desktop report`` as a process of its own: every format twice the same, verified, beside a writer."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from legend_desktop.infra.clock import SystemClock
from legend_desktop.store.journal import open_store
from tests.e2e.program import environment, run
from tests.helpers import screen
from tests.unit.services.report_history import PAPER, month, write_history
from tests.unit.store.samples import QUICK

NEEDS_NO_SCREEN = True
PERIOD = ("--from", "2026-11-02", "--to", "2026-11-18")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    asyncio.run(write_history(month(90), journal(tmp_path)))
    return tmp_path


def journal(folder: Path) -> Path:
    return folder / "p" / "data" / "paper.sqlite3"


def report(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run("report", *words, cwd=folder, env=environment(LEGEND_PROFILE_DIR=str(folder / "p")))


@pytest.mark.parametrize("kind", ["html", "csv", "json", "pdf"])
def test_a_report_is_the_same_twice_and_verifies(kind: str, profile: Path) -> None:
    if kind == "pdf" and screen.missing():
        pytest.skip(screen.missing())
    for name in ("a", "b"):
        done = report(profile, *PERIOD, "--out", f"{name}.{kind}")
        assert (done.returncode, done.stderr) == (0, "")
        assert "orders with simulated money" in done.stdout
    data = (profile / f"a.{kind}").read_bytes()
    assert data == (profile / f"b.{kind}").read_bytes()
    done = report(profile, "--verify", f"a.{kind}")
    assert done.returncode == 0, done.stdout
    assert "byte for byte" in done.stdout
    (profile / f"b.{kind}").write_bytes(data.replace(b"Personal", b"Official") if kind != "pdf" else data + b"\n")
    done = report(profile, "--verify", f"b.{kind}")
    assert done.returncode == 1
    assert "changed after it was written" in done.stdout


async def test_it_reads_beside_a_program_that_writes_and_later_orders_change_nothing(profile: Path) -> None:
    writer = await open_store(journal(profile), PAPER, SystemClock(), options=QUICK)
    try:
        assert report(profile, *PERIOD, "--out", "a.html").returncode == 0
        later = month(120).parts["alpaca:PA3ABC"].logs[-1]  # of the last day, which is not in the period
        await writer.for_account("alpaca:PA3ABC").record(later)
        done = report(profile, "--verify", "a.html")
        assert (done.returncode, done.stderr) == (0, "")
        assert (await writer.check()).writable
    finally:
        await writer.close()


async def test_a_journal_with_other_orders_does_not_verify(profile: Path) -> None:
    assert report(profile, *PERIOD, "--out", "a.csv").returncode == 0
    journal(profile).unlink()
    for leftover in journal(profile).parent.glob("paper.sqlite3-*"):
        leftover.unlink()
    await write_history(month(30), journal(profile))
    done = report(profile, "--verify", "a.csv")
    assert done.returncode == 1
    assert "The journal's inputs differ" in done.stdout


def test_what_cannot_be_done_is_one_sentence(profile: Path) -> None:
    for words, sentence in (
        (("--mode", "live"), "This profile holds no orders with real money yet."),
        (("--out", "no/such/folder/a.html"), "cannot be written (No such file or directory)"),
        (("--verify", "none.html"), "none.html cannot be read (No such file or directory)"),
        (("--from", "2026-11-05", "--to", "2026-11-04"), "before it begins"),
    ):
        done = report(profile, *words)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1


async def test_an_empty_journal_is_a_report_without_orders(tmp_path: Path) -> None:
    await write_history(month(0), journal(tmp_path))
    for kind in ("html", "csv", "json"):
        done = report(tmp_path, "--out", f"a.{kind}")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[1].startswith("0 orders")
        assert report(tmp_path, "--verify", f"a.{kind}").returncode == 0


def test_nothing_is_written_into_the_profile_but_what_the_database_needs_to_be_read(profile: Path) -> None:
    before = {path for path in (profile / "p").rglob("*") if path.is_file()}
    text = journal(profile).read_bytes()
    assert report(profile, "--out", "a.html").returncode == 0
    after = {path.name for path in (profile / "p").rglob("*") if path.is_file() and path not in before}
    assert after <= {"paper.sqlite3-wal", "paper.sqlite3-shm"}
    assert journal(profile).read_bytes() == text
