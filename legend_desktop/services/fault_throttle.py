"""Faults that come thousands of times a second, told once a minute with their count."""

from dataclasses import dataclass

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.formatting import format_count
from legend_desktop.services.task_supervisor import Reporter

QUIET_SECONDS = 60.0


@dataclass(slots=True)
class _Faults:
    told_ns: int
    untold: int = 0
    newest: BaseException | None = None


class FaultThrottle:
    """Passes the first fault of a place on at once, and those of each minute after it as one with their number."""

    def __init__(self, report: Reporter, clock: Clock) -> None:
        self._report = report
        self._clock = clock
        self._places: dict[str, _Faults] = {}

    def failed(self, error: BaseException, where: str) -> None:
        """Take a fault at ``where``."""
        faults = self._places.get(where)
        if faults is None:
            self._places[where] = _Faults(self._clock.monotonic_ns())
            self._report(error, where)
            return
        faults.untold += 1
        faults.newest = error
        self.tell_due()

    def tell_due(self) -> None:
        """Tell what was kept back for a minute; a place without faults for as long is forgotten."""
        if not self._places:
            return
        now = self._clock.monotonic_ns()
        for where, faults in list(self._places.items()):
            if now - faults.told_ns < QUIET_SECONDS * 1e9:
                continue
            if faults.newest is None:
                del self._places[where]
                continue
            count, error = faults.untold, faults.newest
            faults.told_ns, faults.untold, faults.newest = now, 0, None
            times = "once more" if count == 1 else f"{format_count(count)} times more"
            self._report(error, f"{where} ({times} within a minute)")
