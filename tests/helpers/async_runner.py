"""Runs a coroutine test on a loop of its own, within a time limit, and names the tasks it leaves behind."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

LIMIT_SECONDS = 60.0


class LeakedTasks(AssertionError):
    """A test ended while tasks it had started were still running."""


async def _drain(tasks: set["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=2)


async def _left_over() -> set["asyncio.Task[Any]"]:
    """Tasks still running once everything that was ready had its turn."""
    me = asyncio.current_task()
    left: set[asyncio.Task[Any]] = set()
    for _ in range(20):
        left = {task for task in asyncio.all_tasks() if task is not me}
        if not left:
            return left
        await asyncio.sleep(0)
    return left


async def watched(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """Await ``coroutine``; raises ``LeakedTasks`` naming what still runs, ``AssertionError`` past ``seconds``."""
    limit = asyncio.timeout(seconds)
    failed = True
    try:
        async with limit:
            result = await coroutine
        failed = False
    except TimeoutError as error:
        if limit.expired():
            raise AssertionError(f"the test did not end within {seconds:g} s") from error
        raise
    finally:
        left = await _left_over()
        if left:
            await _drain(left)
    if left and not failed:
        names = ", ".join(sorted(f"{task.get_name()} ({task.get_coro()!r})" for task in left))
        raise LeakedTasks(f"tasks left running: {names}")
    return result


def run(coroutine: Coroutine[Any, Any, Any], seconds: float = LIMIT_SECONDS) -> Any:
    """Run on a fresh asyncio loop; faults that only reach the loop's handler fail the test too."""
    faults: list[str] = []

    def keep(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        faults.append(f"{context.get('message')}: {context.get('exception')!r}")

    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(keep)
        result = runner.run(watched(coroutine, seconds))
    assert not faults, f"the event loop reported: {faults}"
    return result


def make_sync(function: Callable[..., Coroutine[Any, Any, Any]], seconds: float) -> Callable[..., Any]:
    """The same test as a plain function."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return run(function(*args, **kwargs), seconds)

    return wrapper


def wants_loop(function: object) -> bool:
    """True for ``async def`` tests."""
    return inspect.iscoroutinefunction(function)
