"""The acceptance table as it is printed: behaviours down, adapters across, gathered from one run of the tests."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import pytest

from tests.contract.rows import PREFIX, TOPICS

PASSED, FAILED, NOT_RUN = "passed", "FAILED", "-"
CELL_WIDTH = 34


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one behaviour with one adapter; ``words`` are the reason or the failure."""

    outcome: str
    words: str = ""


@dataclass(slots=True)
class Row:
    """One behaviour: its topic, its sentence, a cell for each adapter."""

    topic: str
    sentence: str
    cells: dict[str, Cell] = field(default_factory=dict)


class Table:
    """A pytest plugin that fills the table. Rows keep the order of their topics, then that of the tests."""

    def __init__(self, adapters: Iterable[str]) -> None:
        self.adapters = list(adapters)
        self.rows: dict[tuple[str, str], Row] = {}
        self.broken: list[str] = []
        self._where: dict[str, tuple[Row, str]] = {}

    # ---- what pytest tells

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Learn the rows; tests that belong to no adapter are left alone."""
        for item in items:
            topic = getattr(getattr(item, "function", None), "topic", None)
            callspec: Any = getattr(item, "callspec", None)
            if topic is None or callspec is None:
                continue
            adapter, *others = callspec.id.split("-", 1)
            others = [other.replace("-", " ") for other in others]
            sentence = getattr(item, "originalname", item.name).removeprefix("test_").replace("_", " ")
            sentence = ": ".join([sentence, *others])
            row = self.rows.setdefault((topic, sentence), Row(topic, sentence))
            self._where[item.nodeid] = row, adapter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test: a failure of any of them fails the cell."""
        if report.nodeid not in self._where:
            return
        row, adapter = self._where[report.nodeid]
        if report.failed:
            row.cells[adapter] = Cell(FAILED, report.longreprtext)
        elif report.skipped:
            row.cells[adapter] = skipped(report)
        elif report.when == "call":
            row.cells.setdefault(adapter, Cell(PASSED))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of tests that cannot be read is no empty file."""
        if report.failed:
            self.broken.append(report.longreprtext)

    # ---- what is printed

    def sorted_rows(self) -> list[Row]:
        """By topic."""
        return sorted(self.rows.values(), key=lambda row: TOPICS.index(row.topic))

    def missing_topics(self) -> list[str]:
        """Topics that no row shows."""
        there = {row.topic for row in self.rows.values()}
        return [topic for topic in TOPICS if topic not in there]

    def failures(self) -> list[tuple[str, Row, Cell]]:
        """The cells that failed, with their adapters."""
        found = [(name, row, cell) for row in self.sorted_rows() for name, cell in row.cells.items()]
        return [entry for entry in found if entry[2].outcome == FAILED]

    def lines(self) -> list[str]:
        """The whole print-out: the table, what failed, and the count."""
        first = max([len(row.sentence) for row in self.rows.values()] + [len("behaviour")]) + 4
        rule = "-" * (first + len(self.adapters) * (CELL_WIDTH + 2))
        found = [*_lines("behaviour", self.adapters, first), rule]
        topic = ""
        for row in self.sorted_rows():
            if row.topic != topic:
                topic = row.topic
                found.append(topic)
            found += _lines(f"  {row.sentence}", [cell_text(row.cells.get(name)) for name in self.adapters], first)
        found.append(rule)
        for name, row, cell in self.failures():
            found += ["", f"{name}: {row.topic}: {row.sentence}", cell.words]
        found += self.broken
        return [*found, *(f"{name}: {self.count(name)}" for name in self.adapters)]

    def count(self, adapter: str) -> str:
        """How many rows passed, are not offered and failed."""
        cells = [row.cells.get(adapter, Cell(NOT_RUN)) for row in self.rows.values()]
        passed, failed, missed = (sum(cell.outcome == kind for cell in cells) for kind in (PASSED, FAILED, NOT_RUN))
        text = f"{passed} passed, {len(cells) - passed - failed - missed} not offered, {failed} failed"
        return f"{text}, {missed} not run" if missed else text


def skipped(report: pytest.TestReport) -> Cell:
    """A declared skip with its reason; any other skip hides something and counts as a failure."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    words = words.removeprefix("Skipped: ")
    return Cell(words) if words.startswith(PREFIX) else Cell(FAILED, f"skipped without a declaration: {words}")


def cell_text(cell: Cell | None) -> str:
    """The cell in a word, or with its reason."""
    return NOT_RUN if cell is None else cell.outcome


def _lines(head: str, cells: list[str], first: int) -> list[str]:
    """One row; what is too long for its cell goes on below."""
    columns = [textwrap.wrap(cell, CELL_WIDTH) for cell in cells]
    found = []
    for place, parts in enumerate(zip_longest(*columns, fillvalue="")):
        text = "".join(f"  {part:<{CELL_WIDTH}}" for part in parts)
        found.append(f"{head if place == 0 else '':<{first}}{text}".rstrip())
    return found
