"""How an adapter starts what runs beside its callers: through the supervisor of whoever composed the program."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

TaskStarter = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


def start_plain_task(coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """Start a task without a supervisor, for callers who composed nothing; the session keeps and stops it."""
    return asyncio.get_running_loop().create_task(coroutine, name=name)
