import asyncio
import threading

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.stop_signal import StopSignal


def run(main: object) -> int:
    return run_app(main, reporter=ErrorReporter())  # type: ignore[arg-type]


def test_callbacks_run_in_the_order_they_came(qapp: QApplication) -> None:
    seen: list[int] = []

    async def main(stop: StopSignal) -> int:
        loop = asyncio.get_running_loop()
        for number in range(5):
            loop.call_soon(seen.append, number)
        await asyncio.sleep(0)
        return 0

    assert run(main) == 0
    assert seen == [0, 1, 2, 3, 4]


def test_a_cancelled_callback_does_not_run(qapp: QApplication) -> None:
    seen: list[str] = []

    async def main(stop: StopSignal) -> int:
        loop = asyncio.get_running_loop()
        loop.call_soon(seen.append, "wanted")
        loop.call_soon(seen.append, "cancelled").cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return 0

    assert run(main) == 0
    assert seen == ["wanted"]


def test_a_chain_of_wake_ups_is_not_held_up_by_a_due_timer(qapp: QApplication) -> None:
    seen: list[str] = []

    async def main(stop: StopSignal) -> int:
        fired = asyncio.Event()

        def due() -> None:
            seen.append("timer")
            fired.set()

        QTimer.singleShot(0, due)
        for _ in range(5):
            await asyncio.sleep(0)
        seen.append("chain")
        await fired.wait()
        return 0

    assert run(main) == 0
    assert seen == ["chain", "timer"]


def test_a_task_that_never_waits_leaves_qt_its_turns(qapp: QApplication) -> None:
    async def main(stop: StopSignal) -> int:
        fired = asyncio.Event()
        QTimer.singleShot(5, fired.set)
        while not fired.is_set():  # noqa: ASYNC110  never waiting is what is tried
            await asyncio.sleep(0)
        return 0

    assert run(main) == 0


def test_calls_of_other_threads_all_arrive_in_their_order(qapp: QApplication) -> None:
    count, threads = 500, 4
    seen: list[tuple[int, int]] = []

    async def main(stop: StopSignal) -> int:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def take(thread: int, number: int) -> None:
            seen.append((thread, number))
            if len(seen) == count * threads:
                done.set()

        def send(thread: int) -> None:
            for number in range(count):
                loop.call_soon_threadsafe(take, thread, number)

        workers = [threading.Thread(target=send, args=(thread,)) for thread in range(threads)]
        for worker in workers:
            worker.start()
        async with asyncio.timeout(20):
            await done.wait()
        for worker in workers:
            worker.join()
        return 0

    assert run(main) == 0
    for thread in range(threads):
        assert [number for found, number in seen if found == thread] == list(range(count))


def test_a_callback_that_fails_does_not_keep_the_others_from_running(qapp: QApplication) -> None:
    seen: list[str] = []

    async def main(stop: StopSignal) -> int:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: seen.append(str(context["exception"])))

        def fail() -> None:
            raise LookupError("one")

        loop.call_soon(fail)
        loop.call_soon(seen.append, "other")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return 0

    assert run(main) == 0
    assert seen == ["one", "other"]


def test_qt_run_from_inside_a_task_loses_no_wake_up(qapp: QApplication) -> None:
    seen: list[str] = []

    async def waits(event: asyncio.Event) -> None:
        await event.wait()
        seen.append("woken")

    async def main(stop: StopSignal) -> int:
        event = asyncio.Event()
        task = asyncio.get_running_loop().create_task(waits(event))
        await asyncio.sleep(0)
        event.set()
        QApplication.processEvents()  # as a menu or a drag of the window system does
        seen.append("back")
        await asyncio.wait_for(task, 2)
        return 0

    assert run(main) == 0
    assert seen == ["back", "woken"]
