"""The print-out of the acceptance table itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.contract.rows import TOPICS
from tests.contract.table import FAILED, PASSED, Cell, Row, Table, skipped

BROKEN = """
import pytest
from tests.contract.rows import topic

@topic("bars")
@pytest.mark.parametrize("adapter", ["simulator", "alpaca"])
def test_a_broken_promise(adapter):
    assert adapter == "simulator", "nothing of the kind"
"""


def a_report(words: str) -> pytest.TestReport:
    where = ("tests/x.py", 7, f"Skipped: {words}")
    return pytest.TestReport("x", ("tests/x.py", 7, "x"), {}, "skipped", where, "call")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.contract", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def a_table() -> Table:
    table = Table(["one", "two"])
    for topic, sentence, cells in (
        ("bars", "whole", {"one": Cell(PASSED), "two": Cell("not offered: nobody keeps the past of that market here")}),
        ("connect", "at once", {"one": Cell(FAILED, "E   too late"), "two": Cell(PASSED)}),
        ("connect", "again", {"one": Cell(PASSED)}),
    ):
        table.rows[topic, sentence] = Row(topic, sentence, cells)
    return table


def test_rows_stand_under_their_topics_with_a_cell_for_each_adapter() -> None:
    lines = a_table().lines()
    assert lines[0].split() == ["behaviour", "one", "two"]
    assert [line for line in lines if line in TOPICS] == ["connect", "bars"]
    assert next(line for line in lines if line.startswith("  at once")).split() == ["at", "once", "FAILED", "passed"]
    assert next(line for line in lines if line.startswith("  again")).split() == ["again", "passed", "-"]


def test_a_long_reason_is_told_to_its_end() -> None:
    lines = a_table().lines()
    start = next(place for place, line in enumerate(lines) if line.startswith("  whole"))
    assert lines[start].split()[:3] == ["whole", "passed", "not"]
    assert "past of that market here" in " ".join(line.strip() for line in lines[start : start + 3])


def test_failures_are_explained_and_counted() -> None:
    table = a_table()
    lines = table.lines()
    assert lines[lines.index("one: connect: at once") + 1] == "E   too late"
    assert lines[-2:] == [
        "one: 2 passed, 0 not offered, 1 failed",
        "two: 1 passed, 1 not offered, 0 failed, 1 not run",
    ]
    assert "positions" in table.missing_topics()
    assert "bars" not in table.missing_topics()


def test_a_skip_without_a_declaration_is_a_failure() -> None:
    assert skipped(a_report("not offered: no login")) == Cell("not offered: no login")
    assert skipped(a_report("not today")).outcome == FAILED


def test_a_part_of_the_table_can_be_run() -> None:
    done = run("-k", "a_short_sale")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a short sale gives a negative position" in done.stdout
    assert "alpaca: 1 passed, 0 not offered, 0 failed" in done.stdout


def test_a_failure_and_an_empty_run_end_with_one(tmp_path: Path) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text(BROKEN, encoding="utf-8")
    done = run("-k", "a_broken_promise", str(broken))
    assert done.returncode == 1
    assert next(line for line in done.stdout.splitlines() if "a broken promise" in line).split()[-2:] == [
        PASSED,
        FAILED,
    ]
    assert "nothing of the kind" in done.stdout
    assert run("-k", "nothing_is_called_so").returncode == 1
