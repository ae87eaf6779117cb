"""How old input is, from stamps of an unknown clock."""

from legend_desktop.viewmodels.input_age import InputAge

MINUTE = 60_000


def test_case_73_input_queued_behind_a_stall_shows_its_age() -> None:
    ages = InputAge()
    ages.beat(1_000)
    assert ages.age(500_000, 1_010) <= 250  # the stamps' clock began elsewhere
    # The loop blocks from 2,000 to 7,000; three presses of that time arrive together.
    assert ages.age(501_990, 7_000) == 4_000
    assert ages.age(503_990, 7_001) == 2_001
    assert ages.age(505_985, 7_002) == 7


def test_without_a_stamp_the_silence_is_the_answer() -> None:
    ages = InputAge()
    ages.beat(1_000)
    assert ages.age(0, 6_500) == 5_500


def test_the_first_event_is_not_trusted_more_than_the_silence_before_it() -> None:
    ages = InputAge()
    ages.beat(1_000)
    assert ages.age(900_000, 5_000) == 4_000


def test_a_beat_tells_the_silence_before_it() -> None:
    ages = InputAge()
    assert ages.beat(1_000) == 0
    assert ages.beat(1_250) == 250
    assert ages.beat(7_000) == 5_750


def test_stamps_that_start_anew_are_followed() -> None:
    ages = InputAge()
    ages.beat(1_000)
    ages.age(4_294_967_000, 1_000)
    ages.beat(1_400)
    assert ages.age(104, 1_500) == 100  # the 32-bit counter went round: the silence counts
    ages.beat(1_900)
    assert ages.age(604, 2_000) == 0


def test_clocks_that_drift_apart_do_not_make_input_old() -> None:
    ages = InputAge()
    oldest = 0
    for minute in range(0, 24 * 60):
        now = 1_000 + minute * MINUTE
        ages.beat(now)
        stamp = 500_000 + minute * MINUTE - minute * 5  # 5 ms a minute slower
        oldest = max(oldest, ages.age(stamp, now))
    assert oldest < 200
