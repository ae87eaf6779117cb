"""A thread with a queue, whose results come back to the asyncio loop that asked.

The queue is the C one of the standard library and a result costs one ``call_soon_threadsafe``: an order waits for it.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from legend_desktop.store import errors

log = logging.getLogger(__name__)
T = TypeVar("T")


class Job(Generic[T]):
    """A call to make on the thread and the future that waits for its result."""

    __slots__ = ("_settle", "_settled", "call", "future", "loop", "tag")

    def __init__(self, call: Callable[[], T], tag: object = None, *, urgent: bool = False) -> None:
        """``urgent`` jobs may be lent the interpreter, see ``lend``."""
        self.call = call
        self.tag = tag
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self._settled = threading.Event() if urgent else None
        self._settle: Callable[[], None] | None = None

    def lend(self, seconds: float) -> None:
        """Stand still on the loop's thread until the job is done, at most ``seconds``; then its future is done too.

        Two busy threads of one interpreter hold each other up: a write of half a millisecond takes ten beside a loop
        that paints. Standing still that short is the faster way for both.
        """
        if self._settled is not None and self._settled.wait(seconds) and self._settle is not None:
            self._settle()

    def run(self) -> None:
        """Make the call and hand its result over."""
        try:
            result = self.call()
        except BaseException as error:  # noqa: BLE001  the caller gets it, whatever it is
            self.fail(error)
        else:
            self.finish(result)

    def finish(self, result: T) -> None:
        """Hand ``result`` to the waiting coroutine."""
        self._post(partial(self._set_result, result))

    def fail(self, error: BaseException) -> None:
        """Raise ``error`` in the waiting coroutine."""
        self._post(partial(self._set_exception, error))

    def _post(self, settle: Callable[[], None]) -> None:
        self._settle = settle
        if self._settled is not None:
            self._settled.set()
        try:
            self.loop.call_soon_threadsafe(settle)
        except RuntimeError:
            log.warning("A result of the journal came after its loop had ended")

    def _set_result(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _set_exception(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Worker:
    """One daemon thread that runs jobs in the order they came, until ``stop``."""

    def __init__(self, name: str, limit: int) -> None:
        self._queue: queue.SimpleQueue[Job[Any] | Callable[[], None] | None] = queue.SimpleQueue()
        self._limit = limit
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """Run ``function`` on the thread and return its result; raises ``StoreError`` when closed or swamped."""
        return await self.submit(Job(function)).future

    def submit(self, job: Job[T]) -> Job[T]:
        """Put ``job`` into the queue."""
        if self._closed:
            raise errors.closed()
        waiting = self._queue.qsize()
        if waiting >= self._limit:
            raise errors.busy(waiting)
        self._queue.put(job)
        return job

    def post(self, function: Callable[[], None]) -> None:
        """Run ``function`` on the thread when its turn comes; nobody waits, a failure is logged."""
        if not self._closed:
            self._queue.put(function)

    def stop(self) -> None:
        """Let the thread end once the queue is empty; no more jobs are taken."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)

    def join(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for the thread to end; true when it has."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _take(self, seconds: float | None) -> Job[Any] | Callable[[], None] | None:
        """What is to be done next; ``None`` means stop. Raises ``queue.Empty`` after ``seconds``."""
        return self._queue.get(timeout=seconds)

    def _do(self, job: Job[Any] | Callable[[], None]) -> None:
        if isinstance(job, Job):
            job.run()
            return
        try:
            job()
        except Exception:
            log.exception("Work on the thread %s failed", self._thread.name)

    def _run(self) -> None:
        while (job := self._take(None)) is not None:
            self._do(job)
