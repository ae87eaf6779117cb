"""The window as a process: one a profile, a clean end on request, and a killed run that is known at the next start."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from legend_desktop.infra.crash_file import RUNNING
from legend_desktop.infra.paths import profile_paths
from tests.e2e.program import environment, run, start

STARTED_WITHIN = 60


@contextmanager
def window(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = start("--profile-dir", str(folder / "p"), cwd=folder, env=environment(QT_QPA_PLATFORM="offscreen"))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def second_start(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("--profile-dir", str(folder / "p"), cwd=folder, env=environment(QT_QPA_PLATFORM="offscreen"))


def wait_until_up(process: "subprocess.Popen[str]", folder: Path) -> None:
    """The window answers a second start once it is shown."""
    running = profile_paths(folder / "p").crash_dir / RUNNING
    ends = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < ends:
        if process.poll() is not None:
            pytest.fail(f"the window ended by itself:\n{process.communicate()[0]}")
        if running.exists() and second_start(folder).returncode == 0:
            return
    pytest.fail(f"the window did not answer within {STARTED_WITHIN} s")


def test_case_66_a_second_start_yields_to_the_window_and_a_request_to_end_is_clean(tmp_path: Path) -> None:
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        second = second_start(tmp_path)
        assert second.returncode == 0
        assert "already open" in second.stderr
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said
    paths = profile_paths(tmp_path / "p")
    assert not (paths.crash_dir / RUNNING).exists()
    assert " ERROR " not in paths.log_file.read_text(encoding="utf-8")


def test_case_67_after_a_kill_the_profile_opens_again(tmp_path: Path) -> None:
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        process.kill()
        process.communicate()
    assert (profile_paths(tmp_path / "p").crash_dir / RUNNING).exists()
    with window(tmp_path) as process:
        wait_until_up(process, tmp_path)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0
