"""A file of a million quotes at full speed through the simulator, three brackets open: rows a second, flat memory."""

from collections.abc import Iterator

from tests.benchmarks.harness import Row, at_least, at_most
from tests.benchmarks.processes import run_json

NAME = "replay"
ROWS = 1_000_000
GROWTH_MB = 5.0


def run() -> Iterator[Row]:
    found = run_json(["-m", "tests.benchmarks.child_replay", str(ROWS)])
    memory = [float(value) for value in found["memory"]]
    settled = memory[1]
    yield Row(NAME, f"{ROWS:,} rows with three brackets working", found["rate"], "rows/s")
    yield at_least(NAME, "quotes that reached the board", found["seen"], "", ROWS * 0.999)
    yield at_least(NAME, "exits still working at the end", found["working"], "", 6)
    yield Row(NAME, "resident memory after a tenth of the rows", settled, "MB")
    yield at_most(NAME, "growth from there to the highest since", max(memory[1:]) - settled, "MB", GROWTH_MB)
