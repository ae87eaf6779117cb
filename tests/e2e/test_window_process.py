"""The window as a process: one a profile, a clean end on request, and a killed run that is known at the next start."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from legend_desktop.infra.crash_file import RUNNING
from legend_desktop.infra.paths import profile_paths
from legend_desktop.infra.single_instance import InstanceLock
from tests.e2e.program import LIMIT_SECONDS, environment, run, start

STARTED_WITHIN = 60
ROOT = Path(__file__).parents[2]


def offscreen() -> dict[str, str]:
    return environment(QT_QPA_PLATFORM="offscreen")


def leave(process: "subprocess.Popen[str]") -> None:
    """No process and no pipe stays behind."""
    process.kill()
    process.wait(LIMIT_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def window(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = start("--profile-dir", str(folder / "p"), cwd=folder, env=offscreen())
    try:
        yield process
    finally:
        leave(process)


def second_start(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("--profile-dir", str(folder / "p"), cwd=folder, env=offscreen())


def wait_until_up(process: "subprocess.Popen[str]", folder: Path) -> None:
    """The window answers a second start once it is shown."""
    lock = InstanceLock(profile_paths(folder / "p").lock_file)
    ends = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < ends:
        if process.poll() is not None:
            pytest.fail(f"the window ended by itself:\n{process.communicate()[0]}")
        # the file of a killed run may still lie there: only this process's own number says that it holds the lock
        holder = lock.holder()
        if holder is not None and holder.pid == process.pid and second_start(folder).returncode == 0:
            return
    pytest.fail(f"the window did not answer within {STARTED_WITHIN} s")


def end(process: "subprocess.Popen[str]") -> str:
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def errors(folder: Path) -> list[str]:
    """The lines of the log that tell of a fault."""
    lines = profile_paths(folder / "p").log_file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if " ERROR " in line or "Traceback" in line]


@contextmanager
def play(name: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The program with a hand at its window."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gui.window_child", name, "--profile-dir", str(folder / "p")],
        cwd=ROOT,
        env=offscreen(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        leave(process)


def told(process: "subprocess.Popen[str]", word: str) -> dict[str, Any]:
    """What the play read from the screen."""
    assert process.stdout is not None
    before = []
    for line in process.stdout:
        if line.startswith("{") and json.loads(line)["said"] == word:
            found: dict[str, Any] = json.loads(line)
            return found
        before.append(line)
    pytest.fail("the play said nothing:\n" + "".join(before))


def column(screen: dict[str, Any], panel: str, name: str) -> list[str]:
    return [row[name] for row in screen[panel]]


def test_case_66_a_second_start_yields_to_the_window_and_a_request_to_end_is_clean(tmp_path: Path) -> None:
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        second = second_start(tmp_path)
        assert second.returncode == 0
        assert "already open" in second.stderr
        end(process)
    assert not (profile_paths(tmp_path / "p").crash_dir / RUNNING).exists()
    assert errors(tmp_path) == []


def test_case_67_after_a_kill_the_profile_opens_again(tmp_path: Path) -> None:
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        process.kill()
    assert (profile_paths(tmp_path / "p").crash_dir / RUNNING).exists()
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        end(process)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that no process can refuse")
def test_case_56_a_kill_in_mid_trade_loses_nothing_that_was_on_screen(tmp_path: Path) -> None:
    with play("trade", tmp_path) as process:
        before = told(process, "traded")
        process.kill()
        process.wait(LIMIT_SECONDS)
    assert (before["mode"], before["entries"]) == ("PAPER", "Entries open")
    assert "ARMED" in before["keys"]
    with play("look", tmp_path) as process:
        after = told(process, "seen")
        said, _ = process.communicate(timeout=LIMIT_SECONDS)
        assert process.returncode == 0, said
    assert "locked" in after["keys"]
    apple = {row["symbol"]: row for row in after["positions"]}["AAPL"]
    was = {row["symbol"]: row for row in before["positions"]}["AAPL"]
    for name in ("side", "quantity", "average", "stop", "protected"):
        assert apple[name] == was[name], name
    assert Decimal(apple["r_now"].replace("−", "-")) < 5  # the risk that the trade began with is known again
    sentences = column(after, "activity", "sentence")
    assert any(row.startswith("The last run did not end cleanly.") for row in sentences)
    assert not [row for row in sentences if "explains" in row]  # no difference between journal and broker
    for panel, key in (("orders", "sent"), ("executions", "time")):
        kept = sorted(row[key] for row in after[panel] if row["symbol"] == "AAPL")
        assert sorted(row[key] for row in before[panel] if row["symbol"] == "AAPL") == kept
    costs = [row["cost_bps"] for row in after["orders"] if row["symbol"] == "AAPL" and row["filled"] != "0"]
    assert costs
    assert "—" not in costs
    kept_look = json.loads(profile_paths(tmp_path / "p").settings_file.read_text(encoding="utf-8"))
    assert kept_look["settings"]["window.theme"] in {"dark", "light"}  # chosen by key before the kill
    assert errors(tmp_path) == []
