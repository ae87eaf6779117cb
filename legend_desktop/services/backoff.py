"""How long to wait before the next try at a broker that is away: soon at first, then rarely, never in step with others.

A broker that is down is asked fewer than twenty times in ten minutes, whatever the dice say: those who knock more often
are locked out for longer.
"""

import random
from collections.abc import Callable

FIRST_SECONDS = 0.5
CAP_SECONDS = 60.0
JITTER = 0.25
"""The part of a pause that is left to chance."""
_DOUBLINGS = 10


class Backoff:
    """The pauses of one channel; each is up to twice the one before, until the cap."""

    def __init__(self, dice: Callable[[], float] = random.random) -> None:
        self._dice = dice
        self._tries = 0

    def next_seconds(self, at_least: float = 0.0) -> float:
        """The pause before the next try; ``dice`` gives a number from 0 up to 1 for each.

        A broker that asks for a pause of its own gets it, and a little more: those who come back on the second meet.
        """
        longest: float = min(CAP_SECONDS, FIRST_SECONDS * 2 ** min(self._tries, _DOUBLINGS))
        self._tries += 1
        chance = JITTER * self._dice()
        return max(longest * (1 - chance), at_least * (1 + chance))

    def reset(self) -> None:
        """Begin with short pauses again: the line was well for a while, or there is a reason to hope."""
        self._tries = 0
