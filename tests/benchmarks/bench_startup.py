"""From the start of the interpreter to the first paint of the window, and the memory then, beside vnpy's window.

Every round starts fresh processes, ours and the peer's in turn; the medians are told. The first round fills the caches
of the disk and of compiled modules and does not count.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.harness import PEERS, Row, at_most, peer_python
from tests.benchmarks.processes import now_ns, run_json

NAME = "startup"
ROUNDS = 7
TIME_SHARE = 0.7
MEMORY_SHARE = 0.8


def run() -> Iterator[Row]:
    python = peer_python("vnpy", "vnpy==4.5.0")
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    for _ in range(ROUNDS + 1):
        ours.append(run_json(["-m", "tests.benchmarks.child_startup", now_ns()]))
        if python is not None:
            theirs.append(_peer(python))
    seconds, memory = _middle(ours, "painted_s"), _middle(ours, "painted_mb")
    if theirs:
        peer_seconds, peer_memory = _middle(theirs, "painted_s"), _middle(theirs, "painted_mb")
        yield Row(NAME, "start to first paint", seconds, "s", peer=peer_seconds)
        yield Row(NAME, "resident memory at first paint", memory, "MB", peer=peer_memory)
        yield at_most(NAME, "time, as a share of the peer's", seconds / peer_seconds, "", TIME_SHARE)
        yield at_most(NAME, "memory, as a share of the peer's", memory / peer_memory, "", MEMORY_SHARE)
    else:
        yield Row(NAME, "start to first paint", seconds, "s", "no peer here")
        yield Row(NAME, "resident memory at first paint", memory, "MB", "no peer here")
    yield Row(NAME, "start to entries open", _middle(ours, "open_s"), "s")
    yield Row(NAME, "resident memory two seconds later", _middle(ours, "settled_mb"), "MB")


def _peer(python: Path) -> dict[str, Any]:
    return run_json([str(PEERS / "vnpy_window.py"), "startup", now_ns()], python=python)


def _middle(rounds: list[dict[str, Any]], name: str) -> float:
    return median(float(row[name]) for row in rounds[1:])
