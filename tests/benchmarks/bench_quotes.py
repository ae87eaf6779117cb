"""Quotes into the real window, 200 symbols in a watch list sorted by change, beside vnpy's table at the same rate."""

from collections.abc import Iterator
from typing import Any

from tests.benchmarks.harness import PEERS, Row, at_least, at_most, peer_python
from tests.benchmarks.processes import run_json

NAME = "quotes"
SYMBOLS = 200
CALM, BUSY = 1_000, 10_000
SECONDS = 10
PEER_SECONDS = 6


def run() -> Iterator[Row]:
    python = peer_python("vnpy", "vnpy==4.5.0")
    script = str(PEERS / "vnpy_window.py")
    ours = run_json(["-m", "tests.benchmarks.child_quotes", str(SYMBOLS), str(SECONDS), str(CALM), str(BUSY)])
    calm, busy = ours["rates"]
    theirs: dict[int, dict[str, Any]] = {}
    if python is not None:
        for rate in (CALM, BUSY):
            command = [script, "quotes", str(SYMBOLS), str(rate), str(PEER_SECONDS)]
            theirs[rate] = run_json(command, python=python)

    def peer(rate: int, name: str) -> float | None:
        value = theirs.get(rate, {}).get(name)
        return None if value is None else float(value)

    yield at_least(NAME, f"fed at {CALM:,}/s", calm["rate"], "/s", CALM * 0.99)
    yield at_most(NAME, f"put to painted cell at {CALM:,}/s, p50", calm["p50_ms"], "ms", 3.0, peer(CALM, "p50_ms"))
    yield Row(NAME, f"put to painted cell at {CALM:,}/s, p99", calm["p99_ms"], "ms", peer=peer(CALM, "p99_ms"))
    yield Row(NAME, f"longest gap of a 10-ms timer at {CALM:,}/s", calm["stall_ms"], "ms", peer=peer(CALM, "stall_ms"))
    yield Row(NAME, f"share of a core at {CALM:,}/s", calm["cpu_share"], "")
    yield at_least(NAME, f"fed at {BUSY:,}/s", busy["rate"], "/s", BUSY * 0.99)
    yield Row(NAME, f"put to painted cell at {BUSY:,}/s, p50", busy["p50_ms"], "ms", peer=peer(BUSY, "p50_ms"))
    yield at_most(NAME, f"put to painted cell at {BUSY:,}/s, p99", busy["p99_ms"], "ms", 50.0, peer(BUSY, "p99_ms"))
    yield at_most(
        NAME, f"longest gap of a 10-ms timer at {BUSY:,}/s", busy["stall_ms"], "ms", 50.0, peer(BUSY, "stall_ms")
    )
    yield Row(NAME, f"share of a core at {BUSY:,}/s", busy["cpu_share"], "")
