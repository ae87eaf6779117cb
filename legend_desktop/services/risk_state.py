"""What the desk may send now: named locks, the daily loss, and the person's own lock that survives a restart.

The severest lock decides. A lock of state ACTIVE only closes entries (reconciling, line lost); REDUCING and HALTED are
the states of the same name.
"""

from dataclasses import dataclass
from datetime import datetime

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode, TradingState
from legend_desktop.domain.events import TradingStateChanged
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.event_bus import EventBus

_SEVERITY = {TradingState.ACTIVE: 0, TradingState.REDUCING: 1, TradingState.HALTED: 2}
PERSON = "person"
RECONCILE = "reconcile"
LINE = "line"
JOURNAL = "journal"
DAILY_LOSS = "daily_loss"
THROTTLE = "throttle"
STALL = "stall"
MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class TradingLock:
    """One reason to hold back. ``until`` ends it by itself; ``None`` means until it is lifted."""

    name: str
    state: TradingState
    reason: str
    until: datetime | None = None


class RiskState:
    """The locks of one account and the limits its gate uses; publishes ``TradingStateChanged``."""

    def __init__(self, bus: EventBus, clock: Clock, mode: TradingMode, limits: GateLimits | None = None) -> None:
        self._bus = bus
        self._clock = clock
        self._locks: dict[str, TradingLock] = {}
        self.limits = limits or GateLimits.for_mode(mode)
        self._published: tuple[TradingState, bool, str] | None = None

    @property
    def state(self) -> TradingState:
        """ACTIVE, REDUCING or HALTED: the severest of the locks."""
        return max((row.state for row in self.locks), key=_SEVERITY.__getitem__, default=TradingState.ACTIVE)

    @property
    def entries_open(self) -> bool:
        """True where nothing holds entries back."""
        return not self.locks

    @property
    def reason(self) -> str:
        """The sentence of the severest lock, empty without any."""
        rows = sorted(self.locks, key=lambda row: -_SEVERITY[row.state])
        return rows[0].reason if rows else ""

    @property
    def locks(self) -> list[TradingLock]:
        """The locks that hold now."""
        now = self._clock.now()
        return [row for row in self._locks.values() if row.until is None or row.until > now]

    def has(self, name: str) -> bool:
        """True while the lock called ``name`` holds."""
        return any(row.name == name for row in self.locks)

    def until(self, name: str) -> datetime | None:
        """When the lock called ``name`` ends by itself; ``None`` without such a lock."""
        return next((row.until for row in self.locks if row.name == name), None)

    def lock(self, name: str, state: TradingState, reason: str, until: datetime | None = None) -> None:
        """Set or change the lock called ``name``."""
        self._locks[name] = TradingLock(name, state, reason, until)
        self.announce()

    def unlock(self, name: str) -> None:
        """Lift the lock called ``name``; the others stay."""
        self._locks.pop(name, None)
        self.announce()

    def set_limits(self, limits: GateLimits) -> None:
        """Use ``limits`` from now on (the tighten-only rule is the caller's)."""
        self.limits = limits
        self.announce(force=True)

    def announce(self, *, force: bool = False) -> None:
        """Publish the state if it changed; also drops locks that have run out."""
        kept = {row.name: row for row in self.locks}
        self._locks = kept
        now = (self.state, self.entries_open, self.reason)
        if force or now != self._published:
            self._published = now
            self._bus.publish(TradingStateChanged(*now, at=self._clock.now()))
