"""The budget of requests: who goes first, what is kept free, and what the broker's own count changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legend_desktop.brokers.errors import RateLimited
from legend_desktop.brokers.rate_limit import Lane, RequestBudget, retry_after
from tests.fakes.clock import START, FakeClock, settle


class Crowd:
    """Callers who ask a budget at the same time, and the instants at which each was let through."""

    def __init__(self, clock: FakeClock, budget: RequestBudget) -> None:
        self.clock = clock
        self.budget = budget
        self.passed: list[tuple[int, Lane, str]] = []
        self.refused: list[tuple[int, Lane, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, lane: Lane, count: int = 1, name: str = "") -> None:
        for number in range(count):
            self.tasks.append(asyncio.create_task(self._one(lane, name or f"{lane.name} {number}")))
        await settle()

    async def _one(self, lane: Lane, name: str) -> None:
        try:
            await self.budget.take(lane)
        except RateLimited:
            self.refused.append((self.clock.monotonic_ns(), lane, name))
        else:
            self.passed.append((self.clock.monotonic_ns(), lane, name))

    def count(self, lane: Lane) -> int:
        return sum(1 for row in self.passed if row[1] is lane)


@asynccontextmanager
async def crowd(per_minute: int = 200) -> AsyncIterator[Crowd]:
    clock = FakeClock()
    people = Crowd(clock, RequestBudget(per_minute, clock))
    try:
        yield people
    finally:
        for task in people.tasks:
            task.cancel()
        await asyncio.gather(*people.tasks, return_exceptions=True)


def reset_header(clock: FakeClock, seconds: float) -> str:
    return str(int((clock.now() + timedelta(seconds=seconds)).timestamp()))


async def test_case_77_a_cancel_leaves_at_once_after_charts_used_up_what_they_may() -> None:
    async with crowd() as people:
        await people.ask(Lane.READ, 500)
        charts = people.count(Lane.READ)
        assert 100 <= charts < 160
        await people.ask(Lane.URGENT, 40)
        assert people.count(Lane.URGENT) == 40
        assert people.passed[-1][0] == 0
        assert people.count(Lane.READ) == charts


async def test_entries_find_room_beside_charts_and_leave_the_reserve() -> None:
    async with crowd() as people:
        await people.ask(Lane.READ, 500)
        await people.ask(Lane.ORDER, 200)
        assert people.count(Lane.ORDER) + people.count(Lane.READ) == 160
        assert people.budget.left == 40
        assert len(people.refused) == 200 - people.count(Lane.ORDER)


async def test_an_order_that_cannot_leave_in_its_second_is_refused() -> None:
    async with crowd(10) as people:
        await people.ask(Lane.ORDER, 8)
        await people.clock.advance(30)
        with pytest.raises(RateLimited) as caught:
            await people.budget.take(Lane.ORDER)
        assert caught.value.retry_after == pytest.approx(30)
        assert "Nothing was sent" in caught.value.message
        await people.clock.advance(29.5)
        await people.ask(Lane.ORDER, name="patient")
        assert not people.refused
        await people.clock.advance(0.5)
        assert people.passed[-1][2] == "patient"


async def test_an_order_behind_waiting_cancels_is_refused_after_one_second_at_most() -> None:
    async with crowd(5) as people:
        await people.ask(Lane.URGENT, 7)
        await people.ask(Lane.ORDER, name="late")
        await people.clock.advance(1)
        assert [row[2] for row in people.refused] == ["late"]
        assert people.count(Lane.URGENT) == 5


async def test_waiting_requests_leave_by_lane_and_first_come_first_served() -> None:
    async with crowd(10) as people:
        await people.ask(Lane.URGENT, 10)
        await people.ask(Lane.READ, 2)
        await people.ask(Lane.RECONCILE, 2)
        await people.ask(Lane.URGENT, 2, name="second wave")
        people.passed.clear()
        await people.clock.advance(61)
        assert [row[2] for row in people.passed] == [
            *["second wave"] * 2,
            "RECONCILE 0",
            "RECONCILE 1",
            "READ 0",
            "READ 1",
        ]


async def test_a_cancelled_caller_gives_its_place_to_the_next() -> None:
    async with crowd(10) as people:
        await people.ask(Lane.READ, 12)
        waiting = [task for task in people.tasks if not task.done()]
        waiting[0].cancel()
        waiting[2].cancel()
        await people.clock.advance(60)
        assert waiting[0].cancelled()
        assert waiting[2].cancelled()
        assert waiting[1].done()
        assert not waiting[1].cancelled()


async def test_a_pause_that_the_broker_asks_for_holds_reads_and_reconciling_and_nobody_else() -> None:
    async with crowd() as people:
        people.budget.slow_down(7)
        people.budget.slow_down(2)
        await people.ask(Lane.READ)
        await people.ask(Lane.RECONCILE)
        await people.ask(Lane.ORDER)
        await people.ask(Lane.URGENT)
        assert [row[1] for row in people.passed] == [Lane.ORDER, Lane.URGENT]
        await people.clock.advance(6.9)
        assert len(people.passed) == 2
        await people.clock.advance(0.2)
        assert [row[1] for row in people.passed[2:]] == [Lane.RECONCILE, Lane.READ]


async def test_the_brokers_own_count_wins_until_its_window_ends() -> None:
    async with crowd() as people:
        await people.ask(Lane.URGENT)
        people.budget.heard(
            {
                "X-RateLimit-Limit": "100",
                "X-RateLimit-Remaining": "21",
                "X-RateLimit-Reset": reset_header(people.clock, 20),
            }
        )
        assert (people.budget.limit, people.budget.left) == (100, 21)
        await people.ask(Lane.ORDER, 2)
        assert people.count(Lane.ORDER) == 1
        assert people.budget.left == 20
        await people.clock.advance(20)
        assert people.budget.left == 98


async def test_a_cancel_is_tried_even_where_another_program_used_up_the_count() -> None:
    async with crowd() as people:
        people.budget.heard({"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset_header(people.clock, 50)})
        await people.ask(Lane.READ)
        await people.ask(Lane.URGENT)
        assert [row[1] for row in people.passed] == [Lane.URGENT]
        assert people.budget.left == 0


async def test_news_in_the_headers_let_the_waiting_go() -> None:
    async with crowd(10) as people:
        await people.ask(Lane.READ, 20)
        before = people.count(Lane.READ)
        people.budget.heard(
            {
                "x-ratelimit-limit": "600",
                "x-ratelimit-remaining": "599",
                "x-ratelimit-reset": reset_header(people.clock, 60),
            }
        )
        await people.clock.advance(0.3)
        assert before < 10
        assert people.count(Lane.READ) == 20


async def test_a_newcomer_does_not_pass_those_who_wait() -> None:
    async with crowd(10) as people:
        await people.ask(Lane.READ, 9)
        people.passed.clear()
        people.budget.heard({"x-ratelimit-limit": "600", "x-ratelimit-remaining": "599"})
        await people.ask(Lane.READ, name="newcomer")
        await people.clock.advance(0.3)
        assert len(people.passed) == 3
        assert people.passed[-1][2] == "newcomer"


async def test_answers_that_overtake_each_other_never_raise_the_count_within_a_window() -> None:
    async with crowd() as people:
        reset = reset_header(people.clock, 30)
        for left in ("150", "148", "149"):
            people.budget.heard({"x-ratelimit-remaining": left, "x-ratelimit-reset": reset})
        assert people.budget.left == 148
        people.budget.heard({"x-ratelimit-remaining": "199", "x-ratelimit-reset": reset_header(people.clock, 10)})
        assert people.budget.left == 148
        people.budget.heard({"x-ratelimit-remaining": "199", "x-ratelimit-reset": reset_header(people.clock, 55)})
        assert people.budget.left == 199


async def test_a_wrong_computer_clock_does_not_stretch_the_brokers_window() -> None:
    async with crowd() as people:
        served = people.clock.now() + timedelta(hours=3)
        people.budget.heard(
            {
                "date": format_datetime(served, usegmt=True),
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(served.timestamp()) + 5),
            }
        )
        await people.ask(Lane.READ)
        await people.clock.advance(5.3)
        assert people.count(Lane.READ) == 1


@pytest.mark.parametrize("value", ["", "-1", "nan", "inf", "1e400", "twelve", "9" * 400])
async def test_senseless_headers_change_nothing(value: str) -> None:
    async with crowd() as people:
        names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "Date")
        people.budget.heard(dict.fromkeys(names, value))
        assert people.budget.limit == 200
        await people.ask(Lane.READ)
        assert people.count(Lane.READ) == 1


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    assert retry_after({"retry-after": "7"}, START) == 7
    assert retry_after({"retry-after": "0.5"}, START) == 0.5
    assert retry_after({"retry-after": format_datetime(START + timedelta(seconds=9), usegmt=True)}, START) == 9
    assert retry_after({"retry-after": format_datetime(START - timedelta(seconds=9), usegmt=True)}, START) == 0
    assert retry_after({"retry-after": "99999999"}, START) == 900
    for bad in ("", "-3", "soon", "nan", "inf"):
        assert retry_after({"retry-after": bad}, START) is None


def test_a_budget_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        RequestBudget(0, FakeClock())


LANES = st.sampled_from(list(Lane))
STEPS = st.lists(st.tuples(st.floats(0, 40), LANES, st.integers(1, 9)), min_size=1, max_size=12)


@settings(max_examples=60)
@given(per_minute=st.integers(1, 30), steps=STEPS)
async def test_no_minute_sees_more_than_allowed_and_nobody_starves(
    per_minute: int, steps: list[tuple[float, Lane, int]]
) -> None:
    async with crowd(per_minute) as people:
        for seconds, lane, count in steps:
            await people.clock.advance(seconds)
            await people.ask(lane, count)
        asked = len(people.tasks)
        await people.clock.advance(60 * (asked / per_minute + 2) * 3)
        times = [row[0] for row in people.passed]
        for first, at in enumerate(times):
            within = [row for row in people.passed[first:] if row[0] < at + 60_000_000_000]
            assert len(within) <= per_minute
            others = [row for row in within if row[1] is not Lane.URGENT]
            assert len(others) <= max(per_minute - int(per_minute * 0.2), 1)
        assert len(people.passed) + len(people.refused) == asked
        assert {row[1] for row in people.refused} <= {Lane.ORDER}
