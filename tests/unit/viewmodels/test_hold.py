"""Hold to act."""

from legend_desktop.viewmodels.hold import Hold

MS = 1_000_000


def test_only_a_full_hold_acts_and_only_once() -> None:
    hold = Hold()
    hold.start("cancel", 600, 0)
    for at in range(30, 600, 30):
        assert hold.tick(at * MS) == ""
    assert 0.9 < hold.progress() < 1
    assert hold.tick(600 * MS) == "cancel"
    assert hold.tick(630 * MS) == ""


def test_letting_go_does_nothing() -> None:
    hold = Hold()
    hold.start("cancel", 600, 0)
    hold.tick(300 * MS)
    hold.cancel()
    assert hold.tick(900 * MS) == ""
    assert hold.progress() == 0


def test_case_73_a_standstill_while_holding_begins_anew() -> None:
    hold = Hold()
    hold.start("flatten", 1_000, 0)
    hold.tick(30 * MS)
    assert hold.tick(5_000 * MS) == ""
    assert hold.progress() == 0


def test_another_hold_replaces_the_first() -> None:
    hold = Hold()
    hold.start("cancel", 600, 0)
    hold.start("flatten", 1_000, 300 * MS)
    assert hold.name == "flatten"
    hold.start("flatten", 1_000, 600 * MS)  # the same one goes on
    hold.tick(600 * MS)
    assert hold.progress() == 0.3
