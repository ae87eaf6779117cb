"""The home of every asyncio task: named, watched, and stopped within a bound."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
Reporter = Callable[[BaseException, str], None]


def log_report(error: BaseException, where: str) -> None:
    """The reporter of last resort: the log."""
    log.error("Unexpected error in %s", where, exc_info=error)


class TaskSupervisor:
    """Starts named tasks and reports the ones that fail; nothing runs after ``stop`` returned."""

    def __init__(self, report: Reporter = log_report) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """True once ``stop`` was called: nothing new is started any more."""
        return self._stopping

    def report(self, error: BaseException, where: str) -> None:
        """Hand on a fault that somebody caught to go on working."""
        self._report(error, where)

    @property
    def names(self) -> list[str]:
        """Names of the tasks that still run, sorted."""
        return sorted(task.get_name() for task in self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """Run ``coroutine`` as a task called ``name``; raises ``RuntimeError`` once stopping."""
        if self._stopping:
            coroutine.close()
            raise RuntimeError(f"the program is stopping, {name} was not started")
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(error, f"task {task.get_name()}")

    async def stop(self, seconds: float = 3.0) -> list[str]:
        """Cancel all tasks and wait at most ``seconds``; returns the names of those that did not stop."""
        self._stopping = True
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if not tasks:
            return []
        _, left = await asyncio.wait(tasks, timeout=seconds)
        names = sorted(task.get_name() for task in left)
        if names:
            log.warning("These tasks did not stop within %s s: %s", seconds, ", ".join(names))
        return names
