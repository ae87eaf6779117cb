import subprocess
import sys
from pathlib import Path

import pytest

from legend_desktop.domain.errors import LegendError
from legend_desktop.infra.single_instance import InstanceLock

HOLD = """
import os, sys
from pathlib import Path
from legend_desktop.infra.single_instance import InstanceLock
print(InstanceLock.acquire(lock := InstanceLock(Path(sys.argv[1]))), flush=True)
sys.stdin.read()
"""


def holder_process(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_case_66_the_second_program_of_a_profile_yields_and_knows_who_was_first(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = holder_process(path)
    try:
        second = InstanceLock(path)
        assert not second.acquire()
        assert not second.held
        holder = second.holder()
        assert holder is not None
        assert holder.pid == first.pid
    finally:
        first.communicate("")
    assert InstanceLock(path).acquire()


def test_case_67_a_lock_left_by_a_killed_program_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = holder_process(path)
    first.kill()
    first.communicate()
    assert path.exists()
    assert InstanceLock(path).acquire()


def test_case_67_a_living_process_with_the_number_of_the_dead_one_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text('{"pid": 1, "since": "2026-01-01T00:00:00+00:00"}', encoding="utf-8")
    assert InstanceLock(path).acquire()


def test_a_damaged_lock_file_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_bytes(b"\xff\x00[")
    lock = InstanceLock(path)
    assert lock.holder() is None
    assert lock.acquire()
    assert lock.acquire()
    lock.release()
    lock.release()
    assert InstanceLock(path).acquire()


def test_a_place_that_cannot_be_locked_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LegendError, match="cannot be taken"):
        InstanceLock(tmp_path / "missing" / "lock").acquire()
