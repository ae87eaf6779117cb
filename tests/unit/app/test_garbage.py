import gc
import threading
import weakref

from legend_desktop.app.garbage import THRESHOLDS, calm_garbage, held_back, keep_what_lives, search_when_due


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
    callbacks, enabled = list(gc.callbacks), gc.isenabled()
    gc.enable()
    try:
        with calm_garbage():
            assert not gc.isenabled()
        assert gc.isenabled()
    finally:
        (gc.enable if enabled else gc.disable)()
    assert gc.callbacks == callbacks


def test_no_thread_searches_by_itself_and_the_windows_does_when_it_is_due() -> None:
    with calm_garbage():
        gc.collect()
        lost = a_cycle()
        kept: list[object] = []

        def make_many() -> None:
            kept.extend([] for _ in range(3 * THRESHOLDS[0]))

        thread = threading.Thread(target=make_many)
        thread.start()
        thread.join()
        assert lost() is not None
        search_when_due()
        assert lost() is None


def test_nothing_is_searched_at_the_start_until_what_lives_is_kept() -> None:
    with calm_garbage(), held_back():
        lost = a_cycle()
        kept: list[object] = [[] for _ in range(2 * THRESHOLDS[0])]
        search_when_due()
        assert lost() is not None
        keep_what_lives()
        gc.unfreeze()
        search_when_due()
        gc.collect()
        assert lost() is None
        assert kept
