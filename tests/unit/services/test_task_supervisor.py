"""Tasks with names, watched to their end, and none after the stop."""

import asyncio

import pytest

from legend_desktop.services.task_supervisor import TaskSupervisor


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_task_that_fails_is_reported_with_its_name() -> None:
    faults: list[str] = []
    supervisor = TaskSupervisor(lambda error, where: faults.append(f"{where}: {error}"))

    async def broken() -> None:
        raise ValueError("no")

    task = supervisor.start(broken(), "try it")
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert faults == ["task try it: no"]
    assert supervisor.names == []


async def test_stop_cancels_everything_and_lets_nothing_start_again() -> None:
    supervisor = TaskSupervisor()
    for name in ("b", "a"):
        supervisor.start(forever(), name)
    assert supervisor.names == ["a", "b"]
    assert await supervisor.stop() == []
    assert supervisor.names == []
    assert supervisor.stopping
    with pytest.raises(RuntimeError, match="late was not started"):
        supervisor.start(forever(), "late")


@pytest.mark.allow_log("did not stop within")
async def test_stop_names_who_does_not_stop_in_time() -> None:
    supervisor = TaskSupervisor()
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = supervisor.start(stubborn(), "stubborn")
    await asyncio.sleep(0)
    assert await supervisor.stop(0.02) == ["stubborn"]
    release.set()
    await task


async def test_a_cancelled_task_is_no_fault() -> None:
    faults: list[str] = []
    supervisor = TaskSupervisor(lambda error, where: faults.append(where))
    supervisor.start(forever(), "one").cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert faults == []
    supervisor.report(ValueError("caught"), "elsewhere")
    assert faults == ["elsewhere"]
