"""Durations of an order, each on one clock: local monotonic, or the broker's, or corrected between the two.

A broker's stamp is never subtracted from a local one without the offset between the clocks, which is taken from the
round trip with the shortest time: ``offset = ((tb - t1) + (tb - t2)) / 2``, sure to half the round trip.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from legend_desktop.analytics.facts import ClockCorrection, Timing
from legend_desktop.domain.executions import Execution

KEPT_ROUND_TRIPS = 50
SUSPECT_OFFSET_MS = 500.0

CLOCK_SKEW = "clock_skew"
CLOCK_OFFSET_LARGE = "clock_offset_large"
WHOLE_SECONDS = "ts_resolution=1s"
LOCAL_RECEIPT = "local_receipt"


@dataclass(frozen=True, slots=True)
class Latencies:
    """Durations in milliseconds, ``None`` where a stamp is missing, with flags about the clocks."""

    decision_to_submit_ms: float | None = None
    submit_to_ack_ms: float | None = None
    ack_to_first_fill_ms: float | None = None
    first_to_last_fill_ms: float | None = None
    execution_duration_ms: float | None = None
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One request: local send and receive, and the broker's stamp between them."""

    sent: datetime
    broker: datetime
    received: datetime

    @property
    def correction(self) -> ClockCorrection:
        """Offset (broker ahead = positive) and its uncertainty."""
        ahead = (_ms(self.sent, self.broker) + _ms(self.received, self.broker)) / 2
        return ClockCorrection(ahead, _ms(self.sent, self.received) / 2)


class OffsetTracker:
    """The last 50 round trips to one broker; the shortest one tells the offset."""

    def __init__(self, kept: int = KEPT_ROUND_TRIPS) -> None:
        self._trips: deque[RoundTrip] = deque(maxlen=kept)

    def add(self, trip: RoundTrip) -> None:
        """Keep a round trip; one that was received before it was sent is dropped."""
        if trip.received >= trip.sent:
            self._trips.append(trip)

    @property
    def correction(self) -> ClockCorrection | None:
        """The correction of the shortest round trip kept, ``None`` without any."""
        if not self._trips:
            return None
        return min(self._trips, key=lambda trip: trip.received - trip.sent).correction


def measure_latencies(timing: Timing, fills: Sequence[Execution], *, from_trigger: bool = False) -> Latencies:
    """Durations of one order. ``from_trigger`` starts a stop's clock when it went off instead of at sending."""
    first = min((fill.executed_at for fill in fills), default=None)
    last = max((fill.executed_at for fill in fills), default=None)
    flags: list[str] = []
    reasons: list[str] = []
    if _only_whole_seconds(timing, fills):
        flags.append(WHOLE_SECONDS)
    if timing.clock is not None and abs(timing.clock.offset_ms) > SUSPECT_OFFSET_MS:
        flags.append(CLOCK_OFFSET_LARGE)
    to_fill = None
    if timing.ack_broker_at is not None and first is not None and not from_trigger:
        to_fill = _not_negative(_ms(timing.ack_broker_at, first), _stamp_step(flags), flags, reasons)
    return Latencies(
        decision_to_submit_ms=_ns_to_ms(timing.start_ns, timing.sent_ns),
        submit_to_ack_ms=_ns_to_ms(timing.sent_ns, timing.answered_ns),
        ack_to_first_fill_ms=to_fill,
        first_to_last_fill_ms=None if first is None or last is None else _ms(first, last),
        execution_duration_ms=_duration(timing, fills, flags, reasons, from_trigger=from_trigger),
        flags=tuple(dict.fromkeys(flags)),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _duration(
    timing: Timing, fills: Sequence[Execution], flags: list[str], reasons: list[str], *, from_trigger: bool
) -> float | None:
    if not fills:
        return None
    last = max(fill.executed_at for fill in fills)
    if from_trigger and timing.trigger_broker_at is not None:
        return _not_negative(_ms(timing.trigger_broker_at, last), _stamp_step(flags), flags, reasons)
    start = timing.trigger_at if from_trigger else timing.sent_at
    if start is None:
        return None
    if timing.clock is not None:
        elapsed = _ms(start, last) - timing.clock.offset_ms
        return _not_negative(elapsed, timing.clock.uncertainty_ms, flags, reasons)
    # no offset known: the moment the fill reached us is on our own clock, so it bounds the duration from above
    flags.append(LOCAL_RECEIPT)
    return _not_negative(_ms(start, max(fill.received_at for fill in fills)), 0.0, flags, reasons)


def _stamp_step(flags: list[str]) -> float:
    """How far two stamps of one clock may be out of order by their rounding alone, in ms."""
    return 1_000.0 if WHOLE_SECONDS in flags else 1.0


def _not_negative(elapsed: float, uncertainty: float, flags: list[str], reasons: list[str]) -> float | None:
    if elapsed >= 0:
        return elapsed
    if -elapsed <= uncertainty:
        flags.append(CLOCK_SKEW)
        return 0.0
    reasons.append(CLOCK_SKEW)
    return None


def _only_whole_seconds(timing: Timing, fills: Sequence[Execution]) -> bool:
    stamps = [fill.executed_at for fill in fills]
    if timing.ack_broker_at is not None:
        stamps.append(timing.ack_broker_at)
    return len(stamps) >= 2 and all(stamp.microsecond == 0 for stamp in stamps)


def _ms(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() * 1000


def _ns_to_ms(start: int | None, end: int | None) -> float | None:
    return None if start is None or end is None or end < start else (end - start) / 1e6
