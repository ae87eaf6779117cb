"""Notices when the event loop stands still and when the machine slept.

The loop calls ``beat`` every 250 ms. A thread looks at the last beat: after a second it logs what each thread was
doing, after five the figures on the screen are stale and entries must wait. A wall clock that ran further than the
monotonic one, or a thread that was itself held up for seconds, means that the machine slept or its clock was moved.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)
BEAT_SECONDS = 0.25
LOG_AFTER = 1.0
LOCK_AFTER = 5.0
CLOCKS_APART = 2.0


class Trouble(StrEnum):
    """What the watchdog can notice."""

    STALL = "stall"
    LONG_STALL = "long stall"
    RECOVERED = "recovered"
    SLEPT = "slept"
    CLOCK_MOVED = "clock moved"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed; ``seconds`` is how long (for ``CLOCK_MOVED`` negative when the clock went back)."""

    trouble: Trouble
    seconds: float


class StallJudge:
    """Works out findings from two clocks, both in seconds. Keeps no clock itself."""

    def __init__(self, monotonic: float, wall: float) -> None:
        self._beat = monotonic
        self._tick = monotonic
        self._apart = wall - monotonic
        self._told = 0.0

    def beat(self, monotonic: float) -> Finding | None:
        """The loop is alive; a finding when a long stall has ended."""
        length = monotonic - self._beat
        self._beat = monotonic
        told, self._told = self._told, 0.0
        return Finding(Trouble.RECOVERED, length) if told >= LOCK_AFTER else None

    def look(self, monotonic: float, wall: float) -> list[Finding]:
        """Called about every 250 ms by the watching thread."""
        late = monotonic - self._tick
        self._tick = monotonic
        moved = wall - monotonic - self._apart
        self._apart = wall - monotonic
        if moved > CLOCKS_APART or late > LOCK_AFTER:
            self._beat, self._told = monotonic, 0.0  # everybody stood still, which is no fault of the loop
            return [Finding(Trouble.SLEPT, max(moved, late))]
        found = [Finding(Trouble.CLOCK_MOVED, moved)] if moved < -CLOCKS_APART else []
        still = monotonic - self._beat
        for limit, trouble in ((LOG_AFTER, Trouble.STALL), (LOCK_AFTER, Trouble.LONG_STALL)):
            if still >= limit > self._told:
                self._told = limit
                found.append(Finding(trouble, still))
        return found


def stacks() -> str:
    """Where every thread is now, without values of variables."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    rows = []
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            rows.append(f"thread {names.get(ident, ident)}:\n" + "".join(traceback.format_stack(frame)))
    return "\n".join(rows)


class Watchdog:
    """The watching thread. ``on_finding`` is called there, or inside ``beat`` for ``RECOVERED``.

    It must therefore be safe from any thread and quick: set a flag that the order gate reads, and hop to the loop for
    the rest.
    """

    def __init__(
        self,
        on_finding: Callable[[Finding], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        every: float = BEAT_SECONDS,
    ) -> None:
        self._on_finding = on_finding
        self._monotonic = monotonic
        self._wall = wall
        self._every = every
        self._lock = threading.Lock()
        self._judge = StallJudge(monotonic(), wall())
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch; the loop must beat from now on."""
        if self._thread is None:
            self._judge = StallJudge(self._monotonic(), self._wall())
            self._stop.clear()
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()

    def beat(self) -> None:
        """The loop is alive. Call it there, every ``BEAT_SECONDS``."""
        with self._lock:
            finding = self._judge.beat(self._monotonic())
        if finding is not None:
            log.warning("The window answers again after %.1f s.", finding.seconds)
            self._on_finding(finding)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None

    def _watch(self) -> None:
        while not self._stop.wait(self._every):
            self.look()

    def look(self) -> None:
        """One look at both clocks, as the thread does each time."""
        with self._lock:
            findings = self._judge.look(self._monotonic(), self._wall())
        for finding in findings:
            if finding.trouble is Trouble.STALL:
                log.warning("The window has not answered for %.1f s. Where it stands:\n%s", finding.seconds, stacks())
            elif finding.trouble is Trouble.LONG_STALL:
                log.error("The window has not answered for %.1f s. Entries wait for fresh quotes.", finding.seconds)
            else:
                log.warning("%s: %.1f s.", finding.trouble.value.capitalize(), finding.seconds)
            try:
                self._on_finding(finding)
            except Exception:
                log.exception("The watchdog's listener failed")
