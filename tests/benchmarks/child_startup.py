"""One start of the program: ``child_startup BEGAN_NS`` prints seconds and memory at first paint and once connected.

Nothing but what the console script imports is imported here before the first paint.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.benchmarks.memory import resident_mb
from tests.benchmarks.real_window import run_program, until

if TYPE_CHECKING:  # importing them here would be measured
    from PySide6.QtCore import QObject

    from legend_desktop.app.options import StartOptions
    from legend_desktop.views.main_window import MainWindow


async def _window() -> "MainWindow":
    """The window, as soon as it is made: before it is painted."""
    from PySide6.QtWidgets import QApplication

    while True:
        module = sys.modules.get("legend_desktop.views.main_window")
        if module is not None:
            for row in QApplication.topLevelWidgets():
                if isinstance(row, module.MainWindow):
                    found: MainWindow = row
                    return found
        await asyncio.sleep(0)


def first_paint(window: "MainWindow", done: Callable[[], None]) -> "QObject":
    """Call ``done`` right after ``window`` and what lies in it were painted for the first time."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

    class FirstPaint(QObject):
        seen = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.seen:
                self.seen = True
                QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)
            return False

        def event(self, event: QEvent) -> bool:
            if event.type() == QEvent.Type.User:
                done()
            return True

    probe = FirstPaint()
    window.installEventFilter(probe)
    return probe


async def _main(options: "StartOptions") -> int:
    from legend_desktop.app.window_keeper import run_window

    began = int(sys.argv[1])
    found: dict[str, float] = {}

    def painted() -> None:
        found["painted_s"] = (time.monotonic_ns() - began) / 1e9
        found["painted_mb"] = resident_mb()

    task = asyncio.create_task(run_window(options))
    window = await _window()
    probe = first_paint(window, painted)
    await until(lambda: window.shell.light.well and window.shell.entries_open, "the connection")
    found["open_s"] = (time.monotonic_ns() - began) / 1e9
    del probe
    await asyncio.sleep(2.0)
    found["settled_mb"] = resident_mb()
    options.stop.request("measured")
    code = await task
    print(json.dumps(found), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(run_program(_main))
