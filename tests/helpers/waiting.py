"""Waits for what other threads and the loop bring about, within a limit and without a fixed sleep."""

import asyncio
import time
from collections.abc import Callable

LIMIT_SECONDS = 10.0


async def until(happened: Callable[[], object], what: str = "", seconds: float = LIMIT_SECONDS) -> None:
    """Return once ``happened()`` is true; fails the test after ``seconds``. Lets the loop run meanwhile."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, f"did not happen within {seconds:g} s: {what or happened}"
        await asyncio.sleep(0.001)
