"""The deliberate second press: a check that asks is accepted only by the same order pressed again, not too soon."""

WINDOW_NS = 3_000_000_000
TOO_SOON_NS = 300_000_000
"""A double press is one press: the second one counts only after the sentence could have been seen."""


class SecondPress:
    """Remembers what asked last. ``key`` names the order; times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._key: object = None
        self._checks: frozenset[str] = frozenset()
        self._at = 0

    def ask(self, key: object, checks: frozenset[str], now_ns: int) -> None:
        """The order ``key`` was held back by ``checks``."""
        self._key, self._checks, self._at = key, checks, now_ns

    def answer(self, key: object, now_ns: int) -> frozenset[str] | None:
        """The checks that this press accepts: none for a first press; ``None`` where it comes too soon to count."""
        if key != self._key or now_ns - self._at > WINDOW_NS:
            return frozenset()
        if now_ns - self._at < TOO_SOON_NS:
            return None
        return self._checks

    def forget(self) -> None:
        """Start anew."""
        self._key = None


def press_enter_again(sentence: str) -> str:
    """What a change that asks says: the reason, and how to send it all the same."""
    return f"{sentence} Press Enter once more within 3 s to send the change"
