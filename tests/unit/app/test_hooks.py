import asyncio
import logging
import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QTimer, Signal, qWarning

from legend_desktop.app.hooks import ErrorReporter, Hooks
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.domain.errors import OrderDenied
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.services.task_supervisor import TaskSupervisor
from tests.helpers.waiting import until

pytestmark = pytest.mark.qt_no_exception_capture


class Sender(QObject):
    fired = Signal()


def slot_that_fails() -> None:
    raise ValueError("in a slot")


async def task_that_fails() -> None:
    raise ValueError("in a task")


def thread_that_fails() -> None:
    raise ValueError("in a thread")


def by_slot(reporter: ErrorReporter) -> None:
    sender = Sender()
    sender.fired.connect(slot_that_fails)
    QTimer.singleShot(0, sender, sender.fired.emit)
    KEEP.append(sender)


def by_task(reporter: ErrorReporter) -> None:
    supervisor = TaskSupervisor(reporter.report)
    supervisor.start(task_that_fails(), "order stream")


def by_thread(reporter: ErrorReporter) -> None:
    thread = threading.Thread(target=thread_that_fails, name="writer")
    thread.start()
    thread.join()


def by_callback(reporter: ErrorReporter) -> None:
    asyncio.get_running_loop().call_soon(slot_that_fails)


KEEP: list[QObject] = []


@pytest.mark.parametrize("fault", [by_slot, by_task, by_thread, by_callback])
@pytest.mark.allow_log("Unexpected error in")
def test_case_90_a_fault_anywhere_is_logged_and_told_and_the_program_lives(
    fault: Callable[[ErrorReporter], None], qapp: object, log_guard: logging.Handler
) -> None:
    reporter = ErrorReporter()
    notices: list[Notice] = []
    alive: list[int] = []

    async def main(stop: StopSignal) -> int:
        reporter.tell(notices.append, asyncio.get_running_loop())
        fault(reporter)
        await until(lambda: notices, "the fault is told")
        for number in range(20):
            await asyncio.sleep(0)
            alive.append(number)
        return 7

    assert run_app(main, reporter=reporter) == 7
    KEEP.clear()
    assert len(alive) == 20
    (notice,) = notices
    assert notice.level is NoticeLevel.ERROR
    assert "ValueError: in a" in notice.details
    assert "Orders are as the broker has them" in notice.sentence


def test_a_known_trouble_is_its_own_sentence(expect_log: Callable[[str], None]) -> None:
    expect_log("The stop is above the entry")
    notices: list[Notice] = []
    reporter = ErrorReporter()
    reporter.tell(notices.append)
    reporter.report(OrderDenied("The stop is above the entry.", advice="Lower it."), "the ticket")
    assert [(notice.level, notice.sentence) for notice in notices] == [
        (NoticeLevel.WARNING, "The stop is above the entry. Lower it.")
    ]


def test_being_cancelled_is_no_fault() -> None:
    notices: list[Notice] = []
    reporter = ErrorReporter()
    reporter.tell(notices.append)
    reporter.report(asyncio.CancelledError(), "a task")
    assert notices == []


@pytest.mark.allow_log("Unexpected error in")
def test_a_listener_that_fails_does_not_make_the_reporter_call_itself(capfd: pytest.CaptureFixture[str]) -> None:
    reporter = ErrorReporter()

    def listener(notice: Notice) -> None:
        reporter.report(RuntimeError("second"), "the listener")
        raise RuntimeError("third")

    reporter.tell(listener)
    reporter.report(ValueError("first"), "a slot")
    said = capfd.readouterr().err
    assert "second" in said
    assert "third" in said


@pytest.mark.allow_log("Unexpected error in")
def test_what_happens_before_anybody_listens_is_kept_and_secrets_are_not() -> None:
    reporter = ErrorReporter(lambda text: text.replace("canary", "•••"))
    for number in range(60):
        reporter.report(ValueError(f"canary {number}"), "start")
    notices: list[Notice] = []
    reporter.tell(notices.append)
    assert [notices[0].details, notices[-1].details] == ["ValueError: ••• 10", "ValueError: ••• 59"]


@pytest.mark.allow_log("Unexpected error in")
async def test_a_notice_from_another_thread_arrives_on_the_loop() -> None:
    reporter = ErrorReporter()
    arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reporter.tell(lambda notice: arrived.set_result(threading.current_thread().name), asyncio.get_running_loop())
    await asyncio.to_thread(reporter.report, ValueError("x"), "a worker")
    assert await arrived == threading.current_thread().name


@pytest.mark.no_qt_log
def test_messages_of_qt_go_to_the_log_and_the_hooks_come_off(qapp: object, caplog: pytest.LogCaptureFixture) -> None:
    import sys

    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    hooks = Hooks(ErrorReporter())
    hooks.install()
    hooks.install_qt()
    with caplog.at_level(logging.WARNING):
        qWarning("a thing of Qt")
        qWarning("This plugin does not support raise()")
    hooks.uninstall()
    assert caplog.messages == ["Qt: a thing of Qt"]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
