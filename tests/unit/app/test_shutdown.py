import asyncio

import pytest

from legend_desktop.app.shutdown import StopStep, end_leftovers, ordered_stop
from legend_desktop.app.stop_signal import StopSignal

NEEDS_NO_SCREEN = True


async def test_steps_run_in_order_and_a_failing_or_slow_one_does_not_stop_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    async def quick(name: str) -> None:
        done.append(name)

    async def fails() -> None:
        raise OSError("socket")

    async def hangs() -> None:
        await asyncio.Event().wait()

    left = await ordered_stop(
        [
            StopStep("entries", lambda: quick("entries")),
            StopStep("streams", hangs, seconds=0.01),
            StopStep("broker", fails),
            StopStep("store", lambda: quick("store"), must=True),
        ],
        StopSignal(),
    )
    assert done == ["entries", "store"]
    assert left == ["streams", "broker"]
    assert "streams did not end in time" in caplog.text
    assert "broker failed" in caplog.text


@pytest.mark.allow_log("did not end in time")
@pytest.mark.time_limit(10)
async def test_a_second_request_cuts_the_waits_short_but_not_the_store() -> None:
    stop = StopSignal()
    stop.request("window closed")
    done: list[str] = []

    async def hangs() -> None:
        asyncio.get_running_loop().call_soon(stop.request, "window closed again")
        await asyncio.Event().wait()

    async def store() -> None:
        await asyncio.sleep(0.6)
        done.append("store")

    left = await ordered_stop(
        [
            StopStep("streams", hangs, seconds=600),
            StopStep("broker", hangs, seconds=600),
            StopStep("store", store, must=True),
        ],
        stop,
    )
    assert (left, done) == (["streams", "broker"], ["store"])
    assert stop.hurried
    assert stop.reason == "window closed"


@pytest.mark.allow_log("did not end in time")
async def test_a_cancelled_stop_still_closes_the_store() -> None:
    done: list[str] = []
    began = asyncio.Event()

    async def hangs() -> None:
        began.set()
        await asyncio.Event().wait()

    async def store() -> None:
        done.append("store")

    task = asyncio.get_running_loop().create_task(
        ordered_stop(
            [StopStep("streams", hangs), StopStep("broker", hangs), StopStep("store", store, must=True)], StopSignal()
        )
    )
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["store"]


async def test_leftovers_end_and_the_stubborn_are_named(caplog: pytest.LogCaptureFixture) -> None:
    free = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await free.wait()

    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(stubborn(), name="stubborn"), loop.create_task(asyncio.Event().wait(), name="good")]
    await asyncio.sleep(0)
    assert await end_leftovers(0.01) == ["stubborn"]
    assert "stubborn" in caplog.text
    free.set()
    await asyncio.wait(tasks)
