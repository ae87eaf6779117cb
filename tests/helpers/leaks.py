"""Finds what a test leaves running: threads and Qt timers."""

import gc
import sys
import threading
from typing import Any

WAIT_SECONDS = 2.0
ALLOWED_PREFIXES = ("Dummy-", "pytest", "execnet", "QDBus")


def threads_now() -> set[threading.Thread]:
    return set(threading.enumerate())


def leaked_threads(before: set[threading.Thread]) -> list[str]:
    """Names of new threads that are still alive after a short wait for those about to end."""
    new = [thread for thread in threads_now() - before if not thread.name.startswith(ALLOWED_PREFIXES)]
    for thread in new:
        thread.join(WAIT_SECONDS)
    return sorted(thread.name for thread in new if thread.is_alive())


def _active_timers() -> list[Any]:
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    found = []
    for candidate in gc.get_objects():
        if isinstance(candidate, QTimer) and isValid(candidate) and candidate.isActive():
            found.append(candidate)
    return found


def leaked_timers() -> list[str]:
    """Describes the Qt timers that still run, and stops them so that the next test starts clean."""
    if "PySide6.QtCore" not in sys.modules:
        return []
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if not _active_timers():
        return []
    gc.collect()
    rows = []
    for timer in _active_timers():
        parent = timer.parent()
        owner = type(parent).__name__ if parent is not None else "nobody"
        rows.append(f"{timer.objectName() or 'unnamed'} of {owner}, every {timer.interval()} ms")
        timer.stop()
    return sorted(rows)
