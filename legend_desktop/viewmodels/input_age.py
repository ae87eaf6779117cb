"""How old a key press or click is when the window gets to see it.

A window that stood still receives its queued input all at once. Input older than two seconds is discarded and never
replayed, because the prices that were on screen when the person pressed are gone.
"""

MAX_AGE_MS = 2_000
STALL_MS = 5_000
_ECHO_MS = 100
_FORGET_MS = 10 * 60_000
_BROKEN_MS = 60 * 60_000


class InputAge:
    """Turns the window system's event stamps into ages, and watches for standstills of the window.

    Event stamps run on a clock of their own with an unknown start. The smallest difference seen between our clock and
    theirs is taken as "no delay". ``beat`` is called by a timer about four times a second, so a longer silence than
    ``STALL_MS`` is a standstill. All times are milliseconds; ``now`` is monotonic.
    """

    def __init__(self) -> None:
        self._base: int | None = None
        self._base_at = 0
        self._candidate: int | None = None
        self._beat: int | None = None
        self._gap = 0
        self._gap_until = 0

    def beat(self, now: int) -> int:
        """Note that the window is alive at ``now``; returns the silence before it."""
        gap = 0 if self._beat is None else max(0, now - self._beat)
        self._beat = now
        self._gap, self._gap_until = gap, now + _ECHO_MS
        return gap

    def silence(self, now: int) -> int:
        """Milliseconds since the window was last known to be alive.

        Just after a standstill its length counts on: what was queued arrives a moment after the first beat.
        """
        if self._beat is None:
            return 0
        return max(now - self._beat, self._gap if now < self._gap_until else 0)

    def age(self, stamp: int, now: int) -> int:
        """Age of an event stamped ``stamp`` by the window system and seen at ``now``.

        Without a usable stamp the silence before the event is the answer: it cannot be older than that and new.
        """
        if stamp <= 0:
            return self.silence(now)
        difference = now - stamp
        if self._base is not None and abs(difference - self._base) > _BROKEN_MS:
            self._base = self._candidate = None  # the stamps started anew
        if self._base is None:
            self._base, self._base_at = difference, now
            return self.silence(now)
        self._follow_drift(difference, now)
        self._base = min(self._base, difference)
        return difference - self._base

    def _follow_drift(self, difference: int, now: int) -> None:
        """Every ten minutes take the smallest difference of the last ten, so that two clocks may drift apart."""
        self._candidate = difference if self._candidate is None else min(self._candidate, difference)
        if now - self._base_at >= _FORGET_MS:
            if self._base is not None and self._candidate - self._base < MAX_AGE_MS:
                self._base = self._candidate
            self._candidate, self._base_at = None, now
