import asyncio

import pytest
from pytestqt.qtbot import QtBot

from legend_desktop.viewmodels.coalescer import Coalescer
from tests.fakes.clock import FakeClock


class World:
    def __init__(self, costs_ms: float = 0) -> None:
        self.clock = FakeClock()
        self.runs = 0
        self.costs_ms = costs_ms
        self.coalescer = Coalescer(self._flush, self.clock)

    def _flush(self) -> None:
        self.runs += 1
        asyncio.run(self.clock.advance(self.costs_ms / 1000))


pytestmark = pytest.mark.usefixtures("qapp")


def test_many_marks_run_once_and_at_once_when_idle(qtbot: QtBot) -> None:
    world = World()
    for _ in range(1000):
        world.coalescer.mark()
    assert world.runs == 0
    qtbot.waitUntil(lambda: world.runs == 1, timeout=1000)


def test_a_costly_flush_keeps_its_distance() -> None:
    world = World(costs_ms=20)
    world.coalescer.mark()
    world.coalescer.run_now()
    world.coalescer.mark()
    assert world.coalescer.waits_ms == 61
    world.coalescer.settle()
    assert world.coalescer.waits_ms is None


def test_run_now_without_a_mark_does_nothing() -> None:
    world = World()
    world.coalescer.run_now()
    assert world.runs == 0


def test_settled_work_does_not_run(qtbot: QtBot) -> None:
    world = World()
    world.coalescer.mark()
    world.coalescer.settle()
    other = World()
    other.coalescer.mark()
    qtbot.waitUntil(lambda: other.runs == 1, timeout=1000)
    assert world.runs == 0


def test_a_closed_one_takes_no_more_marks() -> None:
    world = World()
    world.coalescer.mark()
    world.coalescer.close()
    world.coalescer.mark()  # from something that ends later than its panel
    assert world.coalescer.waits_ms is None
    world.coalescer.run_now()
    assert world.runs == 0
