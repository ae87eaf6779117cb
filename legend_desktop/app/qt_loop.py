"""The event loop of the window: asyncio on top of Qt. The only file that knows qasync.

The loop is made, bounded and closed here by hand: the library's own ``run`` waits without limit for cancelled tasks,
and its close helper spins. PySide6 is imported before qasync, which takes the first Qt binding it finds.
"""

import asyncio
import contextvars
import logging
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from legend_desktop.app.garbage import calm_garbage, search_when_due
from legend_desktop.app.hooks import ErrorReporter, Hooks
from legend_desktop.app.ready_queue import ReadyQueue
from legend_desktop.app.shutdown import Workers, end_leftovers
from legend_desktop.app.stop_signal import StopSignal

os.environ.setdefault("QT_API", "pyside6")
import qasync

log = logging.getLogger(__name__)
T = TypeVar("T")
STOP_SECONDS = 3.0
SIGNAL_POLL_MS = 250
SEARCH_MS = 100
APP_NAME = "Legend Desktop"
MainFactory = Callable[[StopSignal], Coroutine[Any, Any, int]]


def make_application(argv: Sequence[str] = ()) -> QApplication:
    """The one ``QApplication``. Closing the last window does not end it: the main coroutine decides that."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(list(argv) or [APP_NAME])
    application.setApplicationName(APP_NAME)
    application.setDesktopFileName("legend-desktop")
    application.setQuitOnLastWindowClosed(False)
    return application


class _Loop(qasync.QEventLoop):  # type: ignore[misc]  # the library has no types
    """The library's loop with a queue of its own for what is ready, in place of a timer for each callback."""

    def __init__(self, application: QApplication) -> None:
        self._ready_queue = ReadyQueue(self.is_running, lambda: asyncio.current_task(self) is not None)
        super().__init__(application)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Run ``callback`` in the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready_queue.add(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """The same, from any thread. Raises ``RuntimeError`` once the loop is closed."""
        self._check_closed()
        return self.call_soon(callback, *args, context=context)

    def close(self) -> None:
        """Free the loop."""
        super().close()
        self._ready_queue.clear()


class QtLoop:
    """An asyncio loop on a ``QApplication``, with worker threads that cannot hold up the end."""

    def __init__(self, application: QApplication) -> None:
        self.loop: asyncio.AbstractEventLoop = _Loop(application)
        self._workers = Workers()
        self.loop.set_default_executor(self._workers.pool)
        asyncio.set_event_loop(self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run ``coroutine`` to its end; then no task of its making runs any more, or the log names it."""
        main = self.loop.create_task(coroutine, name="main")
        try:
            return self.loop.run_until_complete(main)
        finally:
            if not main.done():  # Qt was told to quit behind our back
                main.cancel()
            self.loop.run_until_complete(end_leftovers(STOP_SECONDS))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())

    def close(self) -> None:
        """Free the loop; worker threads that do not end are named in the log and not waited for."""
        if self._workers.close(STOP_SECONDS):
            self.loop.set_default_executor(ThreadPoolExecutor(max_workers=1))  # the loop's close waits for its own
        asyncio.set_event_loop(None)
        self.loop.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class _Signals:
    """Ctrl+C and a request of the system to end become a stop request; Python sees them only while it runs."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop = stop
        self._old: dict[int, Any] = {}
        self._pulse = QTimer()
        self._pulse.setObjectName("signal pulse")
        self._pulse.timeout.connect(_nothing)

    def install(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            self._old[number] = signal.signal(number, self._arrived)
        self._pulse.start(SIGNAL_POLL_MS)

    def _arrived(self, number: int, frame: object) -> None:  # noqa: ARG002  the shape of signal handlers
        self._stop(signal.Signals(number).name)

    def uninstall(self) -> None:
        self._pulse.stop()
        for number, old in self._old.items():
            signal.signal(number, old)


def _nothing() -> None:
    """Gives Python a turn, in which it handles signals."""


def run_app(main: MainFactory, *, reporter: ErrorReporter, argv: Sequence[str] = ()) -> int:
    """Run the program with a window: make Qt, the loop and the hooks, await ``main(stop)``, end everything in bounds.

    Returns the exit code of ``main``.
    """
    application = make_application(argv)
    hooks = Hooks(reporter)
    hooks.install()
    hooks.install_qt()
    qt = QtLoop(application)
    hooks.install_loop(qt.loop)
    stop = StopSignal()

    def ask(reason: str) -> None:
        qt.loop.call_soon_threadsafe(stop.request, reason)

    def session_ends(_manager: object) -> None:
        """The system logs out or shuts down: no time for questions."""
        ask("the session ends")

    signals = _Signals(ask)
    signals.install()
    application.commitDataRequest.connect(session_ends)
    searches = QTimer()
    searches.setInterval(SEARCH_MS)
    searches.timeout.connect(search_when_due)
    searches.start()
    reporter.on_interrupt(lambda: ask("SIGINT"))
    try:
        with calm_garbage():
            code = qt.run(main(stop))
    finally:
        searches.stop()
        reporter.on_interrupt(None)
        signals.uninstall()
        application.commitDataRequest.disconnect(session_ends)
        qt.close()
        hooks.uninstall()
    return code
