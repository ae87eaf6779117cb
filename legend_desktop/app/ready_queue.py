"""The callbacks that the asyncio loop has ready, run from one event of Qt's queue, ahead of paints.

An answer from disk or network wakes a future, that wakes a task, and that often starts another one. With a timer for
each hop every one of them would wait behind the paints and quotes that are due; here the whole chain runs in one turn.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

TURN_NS = 6_000_000
"""How long one turn may go on taking callbacks that the ones before made ready; then Qt has its turn."""

_TURN = QEvent.Type(QEvent.registerEventType())
_FIRST = Qt.EventPriority.HighEventPriority.value


class ReadyQueue(QObject):
    """Runs handles in the order they came. ``add`` may be called from any thread; make it on the loop's.

    ``goes_on`` says whether the loop still runs; a stopped loop keeps what is ready for its next start. ``in_task``
    says whether a task is in the middle of a step.
    """

    def __init__(self, goes_on: Callable[[], bool], in_task: Callable[[], bool]) -> None:
        super().__init__()
        self._goes_on = goes_on
        self._in_task = in_task
        self._ready: deque[asyncio.Handle] = deque()
        self._posted = False

    def add(self, handle: asyncio.Handle) -> None:
        """Run ``handle`` in the next turn."""
        self._ready.append(handle)
        if not self._posted:
            self._post()

    def clear(self) -> None:
        """Forget everything; the loop is closed."""
        self._ready.clear()

    def _post(self) -> None:
        self._posted = True
        QCoreApplication.postEvent(self, QEvent(_TURN), _FIRST)

    def event(self, event: QEvent) -> bool:
        """Take a turn."""
        if event.type() != _TURN:
            return super().event(event)
        # lowered before the first look: what another thread adds from here on posts its own turn
        self._posted = False
        if self._in_task():
            # Qt's events are run from inside a task: no other task may step there, its wake-up would be lost. The
            # turn that the task belongs to goes on with what is ready.
            return True
        ready, ends = self._ready, time.monotonic_ns() + TURN_NS
        left = len(ready)
        try:
            while ready:
                handle = ready.popleft()
                left -= 1
                if not handle.cancelled():
                    handle._run()
                if left <= 0 and (time.monotonic_ns() > ends or not self._goes_on()):
                    break
        finally:
            if ready and not self._posted:
                self._post()
        return True
