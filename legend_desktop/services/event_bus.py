"""Ordered, guarded delivery of domain events to listeners.

Each handler runs alone: one that raises is reported and the next one still runs. A handler that publishes queues its
event behind the ones under way, so everybody sees the same order. Listeners are kept until they unsubscribe.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Handler = Callable[[Any], None]
Reporter = Callable[[BaseException, str], None]


class EventBus:
    """Delivers each published value to the handlers of its type. Used from one thread."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._handlers: dict[type, list[Handler]] = {}
        self._queue: deque[object] = deque()
        self._running = False

    def subscribe(self, kind: type[T], handler: Callable[[T], None]) -> Callable[[], None]:
        """Call ``handler`` with every published ``kind``; returns the function that ends it."""
        self._handlers.setdefault(kind, []).append(handler)

        def unsubscribe() -> None:
            rows = self._handlers.get(kind, [])
            if handler in rows:
                rows.remove(handler)

        return unsubscribe

    def publish(self, event: object) -> None:
        """Deliver ``event``; when called inside a handler, after the events already under way."""
        self._queue.append(event)
        if self._running:
            return
        self._running = True
        try:
            while self._queue:
                self._deliver(self._queue.popleft())
        finally:
            self._running = False

    def _deliver(self, event: object) -> None:
        for handler in tuple(self._handlers.get(type(event), ())):
            try:
                handler(event)
            except Exception as error:  # noqa: BLE001  a listener's fault must not stop the others
                self._report(error, f"listener of {type(event).__name__}")
