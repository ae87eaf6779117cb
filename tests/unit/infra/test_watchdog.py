import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.infra.watchdog import Finding, StallJudge, Trouble, Watchdog


class Machine:
    """Two clocks, a loop that may stand still, and the thread that watches it."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.wall = 5_000_000.0
        self.judge = StallJudge(self.monotonic, self.wall)
        self.found: list[Trouble] = []

    def run(self, seconds: float, *, beating: bool) -> None:
        for _ in range(round(seconds / 0.25)):
            self.monotonic += 0.25
            self.wall += 0.25
            if beating:
                finding = self.judge.beat(self.monotonic)
                self.found += [finding.trouble] if finding else []
            self.found += [finding.trouble for finding in self.judge.look(self.monotonic, self.wall)]


def test_a_beating_loop_is_left_alone() -> None:
    machine = Machine()
    machine.run(3600, beating=True)
    assert machine.found == []


def test_case_89_a_stall_is_told_once_at_each_limit_and_its_end_once() -> None:
    machine = Machine()
    machine.run(2, beating=True)
    machine.run(6, beating=False)
    assert machine.found == [Trouble.STALL, Trouble.LONG_STALL]
    machine.run(2, beating=True)
    assert machine.found == [Trouble.STALL, Trouble.LONG_STALL, Trouble.RECOVERED]


def test_a_short_stall_is_told_but_has_no_recovery_to_act_on() -> None:
    machine = Machine()
    machine.run(2, beating=False)
    machine.run(2, beating=True)
    machine.run(2, beating=False)
    assert machine.found == [Trouble.STALL, Trouble.STALL]


@pytest.mark.parametrize("monotonic_counts_sleep", [True, False])
def test_sleep_of_the_machine_is_seen_on_either_kind_of_clock_and_is_no_stall(monotonic_counts_sleep: bool) -> None:
    machine = Machine()
    machine.run(2, beating=True)
    machine.wall += 3600
    machine.monotonic += 3600 if monotonic_counts_sleep else 0
    machine.run(2, beating=True)
    assert machine.found == [Trouble.SLEPT]


def test_a_clock_set_back_is_told_as_such() -> None:
    machine = Machine()
    machine.wall -= 3600
    machine.run(2, beating=True)
    assert machine.found == [Trouble.CLOCK_MOVED]


@given(st.lists(st.tuples(st.floats(0.01, 4), st.booleans()), max_size=60))
def test_long_stall_and_recovery_come_in_pairs(steps: list[tuple[float, bool]]) -> None:
    machine = Machine()
    for seconds, beating in steps:
        machine.run(seconds, beating=beating)
    long = [trouble for trouble in machine.found if trouble in {Trouble.LONG_STALL, Trouble.RECOVERED}]
    assert long == [Trouble.LONG_STALL, Trouble.RECOVERED] * (len(long) // 2) + [Trouble.LONG_STALL] * (len(long) % 2)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_case_89_the_log_names_where_the_loop_stands(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    found: list[Finding] = []
    dog = Watchdog(found.append, monotonic=clock, wall=clock)
    stuck = threading.Event()

    def a_slot_that_hangs() -> None:
        stuck.wait(10)

    thread = threading.Thread(target=a_slot_that_hangs, name="the loop")
    thread.start()
    with caplog.at_level(logging.WARNING):
        for _ in range(24):
            clock.now += 0.25
            dog.look()
        dog.beat()
    stuck.set()
    thread.join()
    assert [finding.trouble for finding in found] == [Trouble.STALL, Trouble.LONG_STALL, Trouble.RECOVERED]
    assert "thread the loop" in caplog.text
    assert "a_slot_that_hangs" in caplog.text


@pytest.mark.allow_log("has not answered|listener failed|Slept")
def test_the_thread_watches_survives_its_listener_and_ends() -> None:
    told = threading.Event()

    def listener(finding: Finding) -> None:
        told.set()
        raise RuntimeError("listener")

    clock = Clock()
    dog = Watchdog(listener, monotonic=clock, wall=clock, every=0.001)
    dog.start()
    dog.start()
    clock.now += 2
    assert told.wait(5)
    dog.stop()
    dog.stop()
    assert not any(thread.name == "watchdog" for thread in threading.enumerate())
