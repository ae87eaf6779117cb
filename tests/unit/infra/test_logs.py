import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from legend_desktop.infra import logs as logs_module
from legend_desktop.infra.logs import Logs
from legend_desktop.infra.redaction import Redactor

log = logging.getLogger("legend_desktop.test")


@pytest.fixture
def logs() -> Iterator[Logs]:
    redactor = Redactor()
    redactor.add("c4n4ry-secret")
    made = Logs(redactor)
    yield made
    made.close()


def test_what_was_logged_before_the_folder_was_known_comes_first(logs: Logs, tmp_path: Path) -> None:
    log.info("early c4n4ry-secret")
    assert logs.open(tmp_path / "legend.log") == ""
    log.info("late")
    logs.close()
    lines = (tmp_path / "legend.log").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit("] ", 1)[1] for line in lines] == ["early •••", "late"]
    assert (tmp_path / "legend.log").stat().st_mode & 0o077 == 0


def test_files_rotate_and_old_ones_go(logs: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_module, "FILE_BYTES", 500)
    logs.open(tmp_path / "legend.log")
    for number in range(200):
        log.info("line %d", number)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["legend.log"] + [f"legend.log.{number}" for number in range(1, 6)]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_an_unwritable_log_is_one_sentence_and_the_lines_go_elsewhere(
    logs: Logs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = logs.open(tmp_path / "missing" / "legend.log")
    log.info("still said c4n4ry-secret")
    assert "cannot be written" in problem
    assert "still said •••" in capsys.readouterr().err


def test_a_full_disk_counts_lost_lines_and_prints_nothing(
    logs: Logs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    (tmp_path / "legend.log").symlink_to("/dev/full")
    logs.open(tmp_path / "legend.log")
    log.info("lost")
    assert logs.lost_lines == 1
    assert capsys.readouterr().err == ""


def test_close_gives_the_log_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    made = Logs(Redactor())
    made.open(tmp_path / "legend.log")
    made.close()
    assert root.handlers == before
    assert root.level == level
