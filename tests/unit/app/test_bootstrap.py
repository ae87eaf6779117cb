import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from legend_desktop.app.bootstrap import Program
from legend_desktop.app.options import StartOptions
from legend_desktop.app.raise_window import RaiseServer, ask_to_raise
from legend_desktop.cli import main as command_line
from legend_desktop.cli.commands import CommonArgs
from legend_desktop.infra.crash_file import RUNNING
from legend_desktop.infra.paths import profile_paths
from legend_desktop.infra.single_instance import InstanceLock
from tests.helpers.waiting import until


class Recorder:
    """Stands for the program above the start: keeps what it was handed."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.started: list[StartOptions] = []

    async def __call__(self, options: StartOptions) -> int:
        self.started.append(options)
        assert options.paths.data.is_dir()
        await asyncio.sleep(0)
        return self.code


def run(argv: list[str], window: Recorder | None = None, demo: Recorder | None = None) -> int:
    return command_line.run(argv, Program(window or Recorder(), demo or Recorder()).commands())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_window_starts_with_its_profile_and_leaves_no_trace_of_a_crash(here: Path) -> None:
    window = Recorder(code=9)
    assert run(["--profile-dir", str(here / "p")], window) == 9
    (options,) = window.started
    assert options.paths == profile_paths(here / "p")
    assert options.previous is None
    assert options.demo is None
    assert options.paths.log_file.exists()
    assert not (options.paths.crash_dir / RUNNING).exists()
    assert InstanceLock(options.paths.lock_file).acquire()


def test_a_run_that_did_not_end_cleanly_is_handed_on(here: Path) -> None:
    paths = profile_paths(here / "p")
    paths.create()
    (paths.crash_dir / RUNNING).write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
    window = Recorder()
    run(["--profile-dir", str(here / "p")], window)
    assert window.started[0].previous is not None


def test_broken_settings_do_not_stop_the_start_and_are_told(here: Path) -> None:
    paths = profile_paths(here / "p")
    paths.create()
    paths.settings_file.write_text("{", encoding="utf-8")
    window = Recorder()
    assert run(["--profile-dir", str(here / "p")], window) == 0
    assert "damaged" in window.started[0].problems[0]


def test_without_a_screen_one_line_says_so_and_the_demo_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM")
    window, demo = Recorder(), Recorder(code=5)
    assert run([], window, demo) == 5
    assert window.started == []
    (options,) = demo.started
    assert options.demo is not None
    assert options.demo.out == here / "legend-demo"
    assert (options.demo.pictures, options.demo.visible) == (True, False)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "There is no screen here" in said
    assert "legend-desktop demo --headless" in said
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_the_demo_has_a_fresh_profile_its_own_terms_and_a_log_beside_its_pictures(here: Path) -> None:
    (here / "q.csv").write_text("", encoding="utf-8")
    demo = Recorder()
    argv = ["demo", "--headless", "--out", "o", "--seed", "7", "--replay", "q.csv", "--profile-dir", "p"]
    assert run(argv, demo=demo) == 0
    assert run(["--headless", "demo", "--profile-dir", "p"], demo=demo) == 0
    first, second = demo.started
    assert first.settings.get("simulator.seed") == 7
    assert first.demo is not None
    assert first.demo.replay == Path("q.csv")
    assert first.paths.data != second.paths.data
    assert (here / "p") in first.paths.data.parents
    assert not first.paths.data.exists()
    assert (here / "o" / "demo.log").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["demo", "--headless", "--replay", "none.csv"], "There is no file none.csv to replay"),
        (["demo", "--headless", "--out", "file/x"], "cannot be written"),
        (["--profile-dir", "file/x"], "cannot be written"),
    ],
)
def test_bad_arguments_are_one_sentence_and_code_1(
    argv: list[str], words: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("", encoding="utf-8")
    window, demo = Recorder(), Recorder()
    assert run(argv, window, demo) == 1
    assert words in capsys.readouterr().err
    assert window.started == demo.started == []


@pytest.mark.parametrize("argv", [["demo", "--seed", "-1"], ["demo", "--seed", "x"], ["dance"], ["--no-such"]])
def test_a_wrong_command_line_is_code_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(argv)
    assert caught.value.code == 2
    assert "legend-desktop" in capsys.readouterr().err


def test_case_66_a_second_start_raises_the_first_window(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raised: list[str] = []
    codes: list[int] = []

    async def first(options: StartOptions) -> int:
        server = RaiseServer(options.paths.data, lambda: raised.append("raised"))
        codes.append(await asyncio.to_thread(run, ["--profile-dir", str(here / "p")]))
        await until(lambda: raised, "the window was asked to come to the front")
        server.close()
        server.deleteLater()
        return 0

    assert command_line.run(["--profile-dir", str(here / "p")], Program(first, first).commands()) == 0
    assert codes == [0]
    assert raised == ["raised"]
    assert "already open" in capsys.readouterr().err


def test_case_66_a_first_program_that_does_not_answer_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = profile_paths(here / "p")
    paths.create()
    lock = InstanceLock(paths.lock_file)
    assert lock.acquire()
    window = Recorder()
    assert run(["--profile-dir", str(here / "p")], window) == 1
    assert window.started == []
    assert f"process {os.getpid()}" in capsys.readouterr().err
    lock.release()


def test_case_67_the_socket_of_a_crashed_program_is_taken_over(here: Path) -> None:
    left_over = RaiseServer(here, lambda: None)
    second = RaiseServer(here, lambda: None)
    assert ask_to_raise(here)
    for server in (left_over, second):
        server.close()
        server.deleteLater()
    assert not ask_to_raise(here, wait_ms=50)


def test_settings_are_listed_with_sources_and_nothing_is_written(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALPACA_API_SECRET", "very-secret-1")
    (here / ".env").write_text("DEFAULT_BROKER=alpaca\n", encoding="utf-8")
    (here / ".env").chmod(0o644)
    assert run(["settings", "--profile-dir", str(here / "p")]) == 0
    said = capsys.readouterr()
    assert "alpaca  (.env)" in said.out
    assert "•••  (environment)" in said.out
    assert "very-secret-1" not in said.out + said.err
    assert "chmod 600" in said.err
    assert not (here / "p").exists()


def test_the_window_does_not_read_the_dotenv_file_by_itself(here: Path) -> None:
    (here / ".env").write_text("DEFAULT_BROKER=alpaca\n", encoding="utf-8")
    window = Recorder()
    assert Program(window, window).window(CommonArgs(profile_dir=here / "p")) == 0
    assert window.started[0].settings.get("broker.default") == "simulator"
