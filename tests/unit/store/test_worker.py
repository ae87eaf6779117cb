import asyncio
import threading
from collections.abc import Iterator

import pytest

from legend_desktop.store.worker import Job, Worker


class Plain(Worker):
    """A worker that only works."""

    def _run(self) -> None:
        while (job := self._take(None)) is not None:
            self._do(job)


@pytest.fixture
def worker() -> Iterator[Plain]:
    worker = Plain("test-worker", 10)
    worker.start()
    yield worker
    worker.stop()
    worker.join(5.0)


async def test_a_quick_urgent_job_is_done_without_a_turn_of_the_loop(worker: Plain) -> None:
    job = worker.submit(Job(lambda: 7, urgent=True))
    job.lend(5.0)
    assert job.future.done()
    assert await job.future == 7


async def test_a_slow_urgent_job_holds_the_loop_for_the_lent_time_alone(worker: Plain) -> None:
    gate = threading.Event()

    def slow() -> str:
        gate.wait(10.0)
        return "done"

    job = worker.submit(Job(slow, urgent=True))
    job.lend(0.001)
    assert not job.future.done()
    gate.set()
    assert await job.future == "done"


async def test_what_an_urgent_job_raises_is_raised_where_it_is_awaited(worker: Plain) -> None:
    def fail() -> None:
        raise LookupError("no room")

    job = worker.submit(Job(fail, urgent=True))
    job.lend(5.0)
    with pytest.raises(LookupError, match="no room"):
        await job.future


async def test_a_job_that_is_not_urgent_is_never_waited_for(worker: Plain) -> None:
    gate = threading.Event()
    job = worker.submit(Job(gate.wait))
    job.lend(60.0)
    assert not job.future.done()
    gate.set()
    assert await asyncio.wait_for(job.future, 10)
