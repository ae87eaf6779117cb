import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.stop_signal import StopSignal
from tests.helpers.waiting import until


def run(main: object, reporter: ErrorReporter | None = None) -> int:
    return run_app(main, reporter=reporter or ErrorReporter())  # type: ignore[arg-type]


def test_the_exit_code_comes_through_and_the_loop_can_be_made_again(qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        await asyncio.sleep(0)
        return 3

    assert [run(main), run(main)] == [3, 3]
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_closing_the_last_window_does_not_end_the_program(qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        gone: list[bool] = []
        window = QWidget()
        window.destroyed.connect(lambda: gone.append(True))
        window.show()
        await asyncio.sleep(0)
        window.close()
        window.deleteLater()
        await until(lambda: gone, "the window is gone")
        return 0

    assert run(main) == 0


@pytest.mark.allow_log("did not end within")
def test_a_task_that_swallows_its_cancelling_cannot_hold_the_end_up(qapp: QApplication) -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    kept: list[asyncio.Task[None]] = []

    async def main(stop: StopSignal) -> int:
        kept.append(asyncio.get_running_loop().create_task(stubborn(), name="stubborn"))
        await asyncio.sleep(0)
        return 4

    before = time.monotonic()
    assert run(main) == 4
    assert time.monotonic() - before < 8
    kept[0]._log_destroy_pending = False  # type: ignore[attr-defined]  # its loop is gone, and that is the point


def test_a_failing_main_raises_and_leaves_nothing_running(qapp: QApplication) -> None:
    ended: list[str] = []

    async def stream() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stream")

    async def main(stop: StopSignal) -> int:
        task = asyncio.get_running_loop().create_task(stream())
        await asyncio.sleep(0)
        assert not task.done()
        raise LookupError("main")

    with pytest.raises(LookupError):
        run(main)
    assert ended == ["stream"]


def test_a_dialog_opened_without_a_nested_loop_lets_other_tasks_run(qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        ticks = 0
        dialog = QDialog()
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        dialog.finished.connect(answer.set_result)
        dialog.open()
        QTimer.singleShot(30, dialog.accept)
        while not answer.done():
            ticks += 1
            await asyncio.sleep(0.005)
        dialog.deleteLater()
        return ticks

    assert run(main) > 1


def test_a_worker_thread_answers_on_the_loop(qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        return await asyncio.to_thread(lambda: 5)

    assert run(main) == 5


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_the_end(number: signal.Signals, qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        os.kill(os.getpid(), number)
        reason = await stop.wait()
        return 0 if reason == number.name else 1

    assert run(main) == 0


STUCK = """
import asyncio, sys, threading, time
from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.headless import run_offscreen, run_plain
from legend_desktop.app.shutdown import leave
from tests.helpers.waiting import until
from tests.helpers.waiting import until
async def main(stop):
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)
    await asyncio.sleep(0.05)
    return 6
sys.exit(leave({"offscreen": run_offscreen, "plain": run_plain}[sys.argv[1]](main, ErrorReporter())))
"""


@pytest.mark.parametrize("how", ["offscreen", "plain"])
def test_a_stuck_worker_thread_cannot_hold_the_process(how: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", STUCK, how], check=False, timeout=40, capture_output=True, text=True)
    assert done.returncode == 6
    assert "These threads did not end" in done.stderr


def test_the_end_of_the_session_is_listened_to_while_the_program_runs(qapp: QApplication) -> None:
    def listeners() -> int:
        return qapp.receivers(SIGNAL("commitDataRequest(QSessionManager&)"))

    async def main(stop: StopSignal) -> int:
        return listeners()

    assert (run(main), listeners()) == (1, 0)
