"""What every view-model has in common: it listens to events and lets go of them when it is no longer wanted."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from legend_desktop.services.event_bus import EventBus

T = TypeVar("T")


class ViewModel(QObject):
    """A ``QObject`` that keeps the ends of its subscriptions and drops them all at once in ``dispose``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ends: list[Callable[[], None]] = []

    def listen(self, bus: EventBus, kind: type[T], handler: Callable[[T], None]) -> None:
        """Call ``handler`` with every published ``kind`` until ``dispose``."""
        self._ends.append(bus.subscribe(kind, handler))

    def own(self, end: Callable[[], None]) -> None:
        """Call ``end`` in ``dispose``."""
        self._ends.append(end)

    def dispose(self) -> None:
        """Let go of every subscription; a second call does nothing."""
        ends, self._ends = self._ends, []
        for end in ends:
            end()
