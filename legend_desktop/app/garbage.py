"""Keeps Python's search for unreachable cycles from stopping the window.

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


@contextmanager
def held_back() -> Iterator[None]:
    """Do not search while the program starts: all that is made then stays. ``keep_what_lives`` ends it before."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep_what_lives() -> None:
    """Leave every object that exists now out of the searches from here on."""
    gc.freeze()
    gc.enable()


@contextmanager
def calm_garbage(long_seconds: float = LONG_SECONDS) -> Iterator[None]:
    """Search seldom while the program runs, and never twice through what a search of ``long_seconds`` has walked."""
    before = gc.get_threshold()
    began = 0.0

    def note(phase: str, info: dict[str, Any]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        elif info["generation"] == 2 and time.perf_counter() - began > long_seconds:
            keep_what_lives()

    gc.set_threshold(*THRESHOLDS)
    gc.callbacks.append(note)
    try:
        yield
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.enable()
