"""Joins many small changes into few repaints: at once when idle, merged and spaced out when busy."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from legend_desktop.domain.clock import Clock

_COST_FACTOR = 3


class Coalescer(QObject):
    """Runs ``flush`` soon after ``mark``; however often ``mark`` is called before that, it runs once.

    Two flushes are at least ``apart_ms`` apart and at least three times what the last one cost, so that painting never
    takes more than about a quarter of the loop while thousands of changes a second come in.
    """

    def __init__(
        self, flush: Callable[[], None], clock: Clock, parent: QObject | None = None, *, apart_ms: int = 4
    ) -> None:
        super().__init__(parent)
        self._apart_ns = apart_ms * 1_000_000
        self._flush = flush
        self._clock = clock
        self._waiting = False
        self._closed = False
        self._next_ns: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.run_now)

    def mark(self) -> None:
        """Say that something changed; cheap enough for every quote."""
        if self._waiting or self._closed:
            return
        self._waiting = True
        left = 0 if self._next_ns is None else self._next_ns - self._clock.monotonic_ns()
        self._timer.start(0 if left <= 0 else left // 1_000_000 + 1)

    @property
    def waits_ms(self) -> int | None:
        """How long the marked flush waits for its turn; ``None`` while nothing is marked."""
        return self._timer.interval() if self._waiting else None

    def settle(self) -> None:
        """Forget the mark: what was waiting is done, or nobody wants it any more."""
        self._waiting = False
        self._timer.stop()

    def close(self) -> None:
        """Flush no more: what is marked from here on is nobody's."""
        self._closed = True
        self.settle()

    def run_now(self) -> None:
        """Flush without waiting further; does nothing when nothing is marked."""
        if not self._waiting:
            return
        self.settle()
        began = self._clock.monotonic_ns()
        self._flush()
        ended = self._clock.monotonic_ns()
        self._next_ns = ended + max(self._apart_ns, _COST_FACTOR * (ended - began))
