"""The ordered stop: each step has a name and a time limit, and a step that fails does not stop the next."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from legend_desktop.app.stop_signal import StopSignal

log = logging.getLogger(__name__)
HURRIED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class StopStep:
    """One thing to end. ``must`` steps (the store) keep their full limit when the person is in a hurry."""

    name: str
    run: Callable[[], Awaitable[object]]
    seconds: float = 3.0
    must: bool = False


async def ordered_stop(steps: Sequence[StopStep], stop: StopSignal) -> list[str]:
    """Run ``steps`` in order; returns the names of those that failed or did not end in time, which are logged too.

    A second request to stop cuts the waits of the steps short that are not ``must``. A cancelled stop goes on with the
    ``must`` steps before it raises.
    """
    left: list[str] = []
    cancelled: asyncio.CancelledError | None = None
    for step in steps:
        if cancelled is not None and not step.must:
            left.append(step.name)
            continue
        try:
            if not await _bounded(step, stop):
                left.append(step.name)
                log.warning("Stopping: %s did not end in time.", step.name)
        except asyncio.CancelledError as error:
            cancelled = error
            left.append(step.name)
        except Exception:
            left.append(step.name)
            log.exception("Stopping: %s failed.", step.name)
    if cancelled is not None:
        raise cancelled
    return left


async def _bounded(step: StopStep, stop: StopSignal) -> bool:
    """True where the step ended in time."""
    loop = asyncio.get_running_loop()
    work = loop.create_task(_call(step.run), name=f"stop {step.name}")
    hurry = loop.create_task(stop.wait_hurry(), name="hurry")
    limit = HURRIED_SECONDS if stop.hurried and not step.must else step.seconds
    try:
        watched = {work} if step.must or stop.hurried else {work, hurry}
        await asyncio.wait(watched, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and stop.hurried and not step.must:
            await asyncio.wait({work}, timeout=HURRIED_SECONDS)
    finally:
        hurry.cancel()
        if not work.done():
            work.cancel()
        await asyncio.wait({hurry, work}, timeout=HURRIED_SECONDS)
    if not work.done() or work.cancelled():
        return False
    work.result()
    return True


async def _call(run: Callable[[], Awaitable[object]]) -> None:
    await run()


async def end_leftovers(seconds: float = 3.0) -> list[str]:
    """Cancel every task but the caller's and wait at most ``seconds``; returns the names of those that did not end."""
    tasks = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if not tasks:
        return []
    _, left = await asyncio.wait(tasks, timeout=seconds)
    names = sorted(task.get_name() for task in left)
    if names:
        log.warning("These tasks did not end within %g s: %s", seconds, ", ".join(names))
    return names


class Workers:
    """The threads of a loop's ``run_in_executor``, ended within a bound."""

    PREFIX = "worker"

    def __init__(self, count: int = 4) -> None:
        self.pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix=self.PREFIX)

    def close(self, seconds: float = 3.0) -> list[str]:
        """Take no more work and wait at most ``seconds``; returns the names of threads that still run, also logged."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        ends = time.monotonic() + seconds
        for thread in self._threads():
            thread.join(max(0.0, ends - time.monotonic()))
        stuck = sorted(thread.name for thread in self._threads())
        if stuck:
            log.warning("These threads did not end within %g s: %s", seconds, ", ".join(stuck))
        return stuck

    def _threads(self) -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name.startswith(f"{self.PREFIX}_")]


def leave(code: int) -> int:
    """The last line of the program: returns ``code``, or ends the process when a thread would hold up its end.

    The interpreter waits for such threads without limit. Everything of worth was written and closed before.
    """
    me = threading.current_thread()
    if all(thread is me or thread.daemon or not thread.is_alive() for thread in threading.enumerate()):
        return code
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)
