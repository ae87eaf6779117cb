"""Keeps Python's search for unreachable cycles from stopping the window, or ending it.

A search takes apart what it finds on the thread that happens to run it. Widgets may only be taken apart on the window's
thread, so with a window nothing searches by itself: the window's thread does when it is due.

A full search walks every object there is: with a month of orders in memory that stops everything for a third of a
second. What lives as long as the program is therefore taken out of it once it is loaded, and again after any search
that took long; reference counts free nearly all the rest.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

THRESHOLDS = (10_000, 10, 10)
LONG_SECONDS = 0.02
_held: list[bool] = []


@contextmanager
def held_back() -> Iterator[None]:
    """Do not search while the program starts: all that is made then stays. ``keep_what_lives`` ends it before."""
    enabled = gc.isenabled()
    gc.disable()
    _held.append(True)
    try:
        yield
    finally:
        _held.clear()
        if enabled:
            gc.enable()


def keep_what_lives() -> None:
    """Leave every object that exists now out of the searches from here on."""
    _held.clear()
    gc.freeze()


def search_when_due() -> None:
    """Search as far as the number of new objects asks for, as Python itself would; on the window's thread alone."""
    newest, middle, oldest = (count > limit for count, limit in zip(gc.get_count(), THRESHOLDS, strict=True))
    if newest and not _held:
        gc.collect(2 if middle and oldest else 1 if middle else 0)


@contextmanager
def calm_garbage(long_seconds: float = LONG_SECONDS) -> Iterator[None]:
    """Search with ``search_when_due`` alone, and never twice through what a search of ``long_seconds`` has walked."""
    enabled = gc.isenabled()
    began = 0.0

    def note(phase: str, info: dict[str, Any]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        elif info["generation"] == 2 and time.perf_counter() - began > long_seconds:
            gc.freeze()

    gc.disable()
    gc.callbacks.append(note)
    try:
        yield
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()
        if enabled:
            gc.enable()
