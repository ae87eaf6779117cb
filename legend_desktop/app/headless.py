"""Runs a main coroutine without a window: on Qt's offscreen platform for pictures, or with no Qt at all."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from legend_desktop.app.hooks import ErrorReporter, Hooks
from legend_desktop.app.shutdown import Workers, end_leftovers
from legend_desktop.app.stop_signal import StopSignal

log = logging.getLogger(__name__)
MainFactory = Callable[[StopSignal], Coroutine[Any, Any, int]]


def run_offscreen(main: MainFactory, reporter: ErrorReporter) -> int:
    """Run ``main(stop)`` with widgets that paint into memory."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from legend_desktop.app.qt_loop import run_app

    return run_app(main, reporter=reporter)


def run_plain(main: MainFactory, reporter: ErrorReporter) -> int:
    """Run ``main(stop)`` on asyncio alone; its tasks end within the same bounds as under a window."""
    hooks = Hooks(reporter)
    hooks.install()
    workers = Workers()
    loop = asyncio.new_event_loop()
    loop.set_default_executor(workers.pool)
    hooks.install_loop(loop)
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_with_signals(main))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        workers.close()
        asyncio.set_event_loop(None)
        hooks.uninstall()
        loop.close()


async def _with_signals(main: MainFactory) -> int:
    loop = asyncio.get_running_loop()
    stop = StopSignal()
    taken = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, and any thread but the main one
            loop.add_signal_handler(number, stop.request, number.name)
            taken.append(number)
    try:
        return await main(stop)
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
        await end_leftovers()
