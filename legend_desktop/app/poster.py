"""Hands a call from another thread to the window's thread, ahead of timers and of the event loop's own queue."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Poster(QObject):
    """Make it on the window's thread; ``post`` may be called on any.

    The event loop's ``call_soon_threadsafe`` needs two turns of Qt's queue, this one needs one.
    """

    _wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run ``call`` on the window's thread as soon as it comes back to its queue."""
        self._wanted.emit(call)

    @Slot(object)
    def _run(self, call: Callable[[], None]) -> None:
        call()
