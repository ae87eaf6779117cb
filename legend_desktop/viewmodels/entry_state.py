"""The states of Order entry, and the moment after each change in which its foot ignores presses."""

from enum import StrEnum

from legend_desktop.domain.clock import Clock

FOOT_GUARD_MS = 600


class EntryState(StrEnum):
    """What the panel shows."""

    EMPTY = "empty"
    VALID = "valid"
    CAPPED = "capped"
    REFUSED = "refused"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    DONE = "done"

    @property
    def is_after_press(self) -> bool:
        """True where the panel shows an order that was sent instead of its fields."""
        return self in _AFTER_PRESS

    @property
    def is_busy(self) -> bool:
        """True between the press and the broker's answer."""
        return self in {EntryState.SENDING, EntryState.UNKNOWN}


_AFTER_PRESS = frozenset({EntryState.SENDING, EntryState.UNKNOWN, EntryState.WORKING, EntryState.DONE})


class FootGuard:
    """For 600 ms after a change a press lands on nothing, so that the second half of a double press does no harm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_ns = -1

    def arm(self) -> None:
        """Begin to ignore presses."""
        self._until_ns = self._clock.monotonic_ns() + FOOT_GUARD_MS * 1_000_000

    def open(self) -> None:
        """Stop ignoring them."""
        self._until_ns = -1

    @property
    def active(self) -> bool:
        """True while presses are ignored."""
        return self._clock.monotonic_ns() < self._until_ns
