"""Hold to act: a key or button that works only after being held down, with a bar that fills meanwhile."""

GAP_NS = 300_000_000
"""A longer silence between two ticks means the window stood still, so nobody knows whether the key was still down."""


class Hold:
    """One hold under way. Time is handed in as monotonic nanoseconds; ``tick`` is called about every 30 ms."""

    def __init__(self) -> None:
        self._name = ""
        self._need_ns = 0
        self._started_ns = 0
        self._seen_ns = 0

    @property
    def name(self) -> str:
        """What is being held, empty when nothing is."""
        return self._name

    def start(self, name: str, milliseconds: int, now_ns: int) -> None:
        """Begin holding ``name``; a hold that is under way for it goes on, another one is dropped."""
        if name == self._name:
            return
        self._name = name
        self._need_ns = milliseconds * 1_000_000
        self._started_ns = self._seen_ns = now_ns

    def cancel(self) -> None:
        """Let go: nothing happens."""
        self._name = ""

    def progress(self) -> float:
        """How far the bar is filled, 0 to 1, at the last tick."""
        if not self._name or self._need_ns <= 0:
            return 0.0
        return min(1.0, (self._seen_ns - self._started_ns) / self._need_ns)

    def tick(self, now_ns: int) -> str:
        """Move on to ``now_ns``; returns the name once it was held long enough, else an empty text.

        After a standstill of the window the bar begins again at zero.
        """
        if not self._name:
            return ""
        if now_ns - self._seen_ns > GAP_NS:
            self._started_ns = now_ns
        self._seen_ns = now_ns
        if now_ns - self._started_ns < self._need_ns:
            return ""
        name, self._name = self._name, ""
        return name
