import gc
import weakref

from legend_desktop.app.garbage import THRESHOLDS, calm_garbage, held_back, keep_what_lives


class Node:
    """Something that can be part of a cycle."""

    def __init__(self) -> None:
        self.other: Node | None = None


def a_cycle() -> "weakref.ref[Node]":
    first, second = Node(), Node()
    first.other, second.other = second, first
    return weakref.ref(first)


def test_cycles_are_still_found() -> None:
    with calm_garbage():
        lost = a_cycle()
        gc.collect()
        assert lost() is None


def test_what_a_long_search_has_walked_is_not_walked_again() -> None:
    with calm_garbage(long_seconds=0.0):
        before = gc.get_freeze_count()
        gc.collect()
        assert gc.get_freeze_count() > before + 1000
    assert gc.get_freeze_count() == 0


def test_a_short_search_keeps_everything_in_view() -> None:
    with calm_garbage(long_seconds=60.0):
        gc.collect()
        assert gc.get_freeze_count() == 0


def test_everything_is_as_before_afterwards() -> None:
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    with calm_garbage():
        assert gc.get_threshold() == THRESHOLDS
    assert gc.get_threshold() == thresholds
    assert gc.callbacks == callbacks


def test_nothing_is_searched_at_the_start_until_what_lives_is_kept() -> None:
    with held_back():
        assert not gc.isenabled()
        keep_what_lives()
        assert gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()
