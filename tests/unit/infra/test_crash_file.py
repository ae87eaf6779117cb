import subprocess
import sys
from pathlib import Path

import pytest

from legend_desktop.infra.crash_file import KEEP, RUNNING, CrashFile, fingerprint
from legend_desktop.infra.redaction import Redactor

CRASH = """
import faulthandler, os, signal, sys
from pathlib import Path
from legend_desktop.infra.crash_file import CrashFile
from legend_desktop.infra.redaction import Redactor
file = CrashFile(Path(sys.argv[1]), Redactor())
file.start()
if sys.argv[2] == "fault":
    os.kill(os.getpid(), signal.SIGSEGV)
elif sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
file.stop()
"""


def run(folder: Path, how: str) -> int:
    return subprocess.run([sys.executable, "-c", CRASH, str(folder), how], check=False).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "crashes"


def test_a_clean_run_leaves_nothing_to_offer(folder: Path) -> None:
    assert run(folder, "clean") == 0
    assert CrashFile(folder, Redactor()).previous() is None
    assert list(folder.iterdir()) == []


def test_a_hard_crash_is_offered_once_and_kept(folder: Path) -> None:
    assert run(folder, "fault") != 0
    found = CrashFile(folder, Redactor()).previous()
    assert found is not None
    assert "Segmentation fault" in found.text
    assert found.kept_as is not None
    assert found.kept_as.read_text(encoding="utf-8").strip() == found.text
    assert CrashFile(folder, Redactor()).previous() is None


def test_a_killed_run_is_known_though_it_left_no_words(folder: Path) -> None:
    run(folder, "kill")
    found = CrashFile(folder, Redactor()).previous()
    assert found is not None
    assert (found.text, found.kept_as) == ("", None)


def test_the_same_crash_again_is_counted_and_old_ones_go(folder: Path) -> None:
    folder.mkdir()
    for number in range(KEEP + 5):
        (folder / f"20260101T0000{number:02d}-other{number}.txt").write_text("x", encoding="utf-8")
    trace = 'Current thread 0x{0} (most recent call first):\n  File "a.py", line 3 in f\n'
    for address in ("00007f01", "00007f02"):
        (folder / RUNNING).write_text(trace.format(address), encoding="utf-8")
        found = CrashFile(folder, Redactor()).previous()
    assert found is not None
    assert found.times_seen >= 1
    assert fingerprint(trace.format("1a")) == fingerprint(trace.format("2b"))
    assert fingerprint(trace) != fingerprint(trace.replace("line 3", "line 4"))
    assert len(list(folder.iterdir())) == KEEP


def test_secrets_in_a_crash_are_masked(folder: Path) -> None:
    folder.mkdir()
    (folder / RUNNING).write_text("token=abcdefgh12345678", encoding="utf-8")
    found = CrashFile(folder, Redactor()).previous()
    assert found is not None
    assert "abcdefgh12345678" not in found.text
