"""Whatever the dice say, a broker that is down is not stormed, and not left alone either."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.services.backoff import CAP_SECONDS, Backoff

dice = st.lists(st.floats(0, 1, exclude_max=True), min_size=100, max_size=100)


def tries_within(seconds: float, rolls: list[float]) -> list[float]:
    """When a broker is asked that refuses at once, in seconds since the line broke."""
    backoff, at, tries = Backoff(iter(rolls).__next__), 0.0, []
    while (at := at + backoff.next_seconds()) <= seconds:
        tries.append(at)
    return tries


@given(dice)
def test_a_broker_that_is_down_is_asked_fewer_than_twenty_times_in_ten_minutes(rolls: list[float]) -> None:
    tries = tries_within(600, rolls)
    assert len(tries) < 20
    assert tries[0] <= 0.5, "a short break is over at once"
    assert len([at for at in tries if at <= 10]) >= 4
    assert all(later - earlier <= CAP_SECONDS + 1e-6 for earlier, later in pairwise(tries))


@given(dice, st.integers(0, 30))
def test_pauses_never_shrink_by_more_than_the_dice_and_begin_anew_after_a_reset(rolls: list[float], tries: int) -> None:
    backoff = Backoff(iter(rolls).__next__)
    pauses = [backoff.next_seconds() for _ in range(tries)]
    assert all(0 < pause <= CAP_SECONDS for pause in pauses)
    assert all(later >= earlier * 0.75 for earlier, later in pairwise(pauses))
    backoff.reset()
    assert backoff.next_seconds() <= 0.5


@given(dice, st.floats(0, 900))
def test_a_pause_that_the_broker_asks_for_is_kept_and_a_little_more(rolls: list[float], wished: float) -> None:
    backoff = Backoff(iter(rolls).__next__)
    pauses = [backoff.next_seconds(wished) for _ in range(10)]
    assert all(wished <= pause <= max(CAP_SECONDS, wished * 1.25) for pause in pauses)


def test_two_programs_do_not_knock_in_step() -> None:
    assert len({Backoff().next_seconds() for _ in range(20)}) > 10
