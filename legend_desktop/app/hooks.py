"""One reporter for every fault that nobody caught: Python, threads, the event loop, tasks and Qt itself."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import Notice, NoticeLevel

log = logging.getLogger(__name__)
Notify = Callable[[Notice], None]
_QT_NOISE = ("This plugin does not support propagateSizeHints", "This plugin does not support raise()")
_SILENT = (asyncio.CancelledError, GeneratorExit)


PROGRAM = "program"
"""The source of notices about faults of the program itself."""


class ErrorReporter:
    """Logs a fault and tells the person once; may be called from any thread and never raises.

    Until ``tell`` was given a listener, the newest notices wait for it.
    """

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        """``clean`` takes secrets out of what is shown."""
        self._clean = clean
        self._inside = threading.local()
        self._notify: Notify | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Notice] = []
        self._on_interrupt: Callable[[], None] | None = None

    def tell(self, notify: Notify | None, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Pass notices to ``notify``, on ``loop`` when given; ``None`` ends it."""
        self._notify, self._loop = notify, loop
        waiting, self._waiting = self._waiting, []
        for notice in waiting if notify is not None else ():
            self._pass_on(notice)

    def on_interrupt(self, handler: Callable[[], None] | None) -> None:
        """What Ctrl+C does when it arrives inside a slot."""
        self._on_interrupt = handler

    def report(self, error: BaseException, where: str) -> None:
        """Log ``error`` and tell it. A fault inside this method goes to the error stream and no further."""
        if isinstance(error, _SILENT):
            return
        if isinstance(error, KeyboardInterrupt) and self._on_interrupt is not None:
            self._on_interrupt()
            return
        if getattr(self._inside, "busy", False):
            _last_words(f"A fault while reporting a fault in {where}: {error!r}")
            return
        self._inside.busy = True
        try:
            self._report(error, where)
        except Exception as second:  # noqa: BLE001  the reporter must not raise
            _last_words(f"{where}: {error!r} could not be reported: {second!r}")
        finally:
            self._inside.busy = False

    def _report(self, error: BaseException, where: str) -> None:
        known = isinstance(error, LegendError)
        if known:
            log.warning("%s in %s", error, where, exc_info=error)
            sentence = self._clean(error.sentence) if isinstance(error, LegendError) else ""
        else:
            log.error("Unexpected error in %s", where, exc_info=error)
            sentence = f"The program met a fault of its own in {where} and goes on. Orders are as the broker has them."
        level = NoticeLevel.WARNING if known else NoticeLevel.ERROR
        details = "" if known else self._clean(f"{type(error).__name__}: {error}")
        group = f"fault {type(error).__name__} {where}"
        self._pass_on(Notice(datetime.now(UTC), level, PROGRAM, sentence, details, group))

    def _pass_on(self, notice: Notice) -> None:
        notify, loop = self._notify, self._loop
        if notify is None:
            self._waiting = [*self._waiting[-49:], notice]
        elif loop is None or _runs_here(loop):
            notify(notice)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(notify, notice)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _last_words(text: str) -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.write(text + "\n")


class Hooks:
    """Puts the reporter where faults arrive, and takes it away again."""

    def __init__(self, reporter: ErrorReporter) -> None:
        self._reporter = reporter
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Catch what ends at the interpreter and at threads."""
        old_sys, old_thread, old_raise = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._python
        threading.excepthook = self._thread
        sys.unraisablehook = self._unraisable

        def undo() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = old_sys, old_thread, old_raise

        self._undo.append(undo)

    def install_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Catch what ends at the event loop."""
        loop.set_exception_handler(self._loop)
        self._undo.append(lambda: loop.set_exception_handler(None))

    def install_qt(self) -> None:
        """Send Qt's messages to the log. Imports QtCore."""
        from PySide6.QtCore import qInstallMessageHandler

        old: Any = qInstallMessageHandler(self._qt)
        self._undo.append(lambda: qInstallMessageHandler(old) and None)

    def uninstall(self) -> None:
        """Leave everything as it was found."""
        while self._undo:
            self._undo.pop()()

    def _python(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:  # noqa: ARG002
        self._reporter.report(error, "the window")

    def _thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self._reporter.report(args.exc_value, f"thread {args.thread.name if args.thread else 'unknown'}")

    def _unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self._reporter.report(args.exc_value, args.err_msg or "clearing up")

    def _loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG002
        error = context.get("exception")
        if error is None:
            log.error("The event loop reported: %s", context.get("message"))
        else:
            self._reporter.report(error, "the event loop")

    def _qt(self, kind: Any, context: Any, message: str) -> None:
        if any(noise in message for noise in _QT_NOISE):
            return
        level = {"QtDebugMsg": logging.DEBUG, "QtInfoMsg": logging.INFO, "QtWarningMsg": logging.WARNING}
        place = f" ({context.file}:{context.line})" if context.file else ""
        log.log(level.get(kind.name, logging.ERROR), "Qt: %s%s", message, place)
