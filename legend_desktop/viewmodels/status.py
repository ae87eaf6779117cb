"""The parts of the status bar: speed of the keys, the comparison with the broker, quotes, journal, clocks."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import ConnectionState
from legend_desktop.domain.events import Alarm, ConnectionChanged, KeyToWire, ReconcileFinished
from legend_desktop.domain.formatting import format_age, format_date, format_exchange_time
from legend_desktop.domain.session import NEW_YORK, MarketSession, session_of, trading_day
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_ledger import JOURNAL_ALARM
from legend_desktop.viewmodels.base import ViewModel

QUOTES_STOP_AFTER = timedelta(seconds=10)


class Quotes(Protocol):
    """What the status bar asks of the quote board."""

    def per_second(self) -> float:
        """Quotes a second, lately."""
        ...

    def oldest(self, now: datetime) -> tuple[str, timedelta] | None:
        """The symbol with the oldest quote and its age."""
        ...


@dataclass(frozen=True, slots=True)
class StatusPart:
    """One part of the bar: pieces of text, each plain or strong; ``well`` is false where it needs a look."""

    id: str
    pieces: tuple[tuple[str, bool], ...]
    well: bool = True
    tip: str = ""

    @property
    def text(self) -> str:
        """The words in one line."""
        return " ".join(words for words, _ in self.pieces)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest-rank percentile of ascending values; ``share`` 0.5 is the median. Raises ``ValueError`` when empty."""
    if not ordered:
        raise ValueError("no values")
    rank = max(1, -(-len(ordered) * share // 1))
    return ordered[min(len(ordered), int(rank)) - 1]


class StatusViewModel(ViewModel):
    """Keeps the parts up to date; ``tick`` once a second asks the quote board and moves the clocks."""

    changed = Signal()
    clock_changed = Signal()

    def __init__(
        self,
        bus: EventBus,
        clock: Clock,
        quotes: Quotes,
        *,
        local_zone: tzinfo | None = None,
        local_city: str = "",
        simulated: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """``local_city`` names the person's own zone; ``simulated`` quotes run at any hour."""
        super().__init__(parent)
        self._clock = clock
        self._quotes = quotes
        self._zone = local_zone
        self._city = local_city
        self._simulated = simulated
        self._sends: list[float] = []
        self._day = trading_day(clock.now())
        self._reconciled: ReconcileFinished | None = None
        self._last_good: datetime | None = None
        self._journal = ""
        self._lost: set[object] = set()
        self._silent_since: datetime | None = None
        self._extra: dict[str, StatusPart] = {}
        self._quote_part = StatusPart("quotes", (("No quotes yet", False),))
        self.listen(bus, KeyToWire, self._on_send)
        self.listen(bus, ReconcileFinished, self._on_reconcile)
        self.listen(bus, Alarm, self._on_alarm)
        self.listen(bus, ConnectionChanged, self._on_connection)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick once a second."""
        self.tick()
        self._timer.start()

    def dispose(self) -> None:
        """Stop ticking and listening."""
        self._timer.stop()
        super().dispose()

    def tick(self) -> None:
        """Ask the quote board, begin a new day at midnight in New York, move the clocks."""
        now = self._clock.now()
        today = trading_day(now)
        if today != self._day:
            self._day = today
            self._sends.clear()
            self.changed.emit()
        part = self._make_quote_part(now)
        if part != self._quote_part:
            self._quote_part = part
            self.changed.emit()
        self.clock_changed.emit()

    def set_extra(self, part: StatusPart) -> None:
        """Show or replace a part that somebody else keeps (the restore drill); empty pieces take it away."""
        if part.pieces:
            self._extra[part.id] = part
        else:
            self._extra.pop(part.id, None)
        self.changed.emit()

    def parts(self) -> tuple[StatusPart, ...]:
        """The left side of the bar."""
        return (
            self._send_part(),
            self._reconcile_part(),
            self._quote_part,
            self._journal_part(),
            *self._extra.values(),
        )

    def clocks(self) -> tuple[tuple[str, bool], ...]:
        """The right side of the bar: New York time (strong), the person's own time, the date in New York."""
        now = self._clock.now()
        pieces: list[tuple[str, bool]] = [(format_exchange_time(now), True), ("New York", False)]
        local = now.astimezone(self._zone)
        if local.utcoffset() != now.astimezone(NEW_YORK).utcoffset():
            pieces.append((f"{local:%H:%M:%S} {self._city or local.tzname() or 'local'}", False))
        pieces.append((format_date(trading_day(now)), False))
        return tuple(pieces)

    # Inside ----------------------------------------------------------------------------------------------------

    def _send_part(self) -> StatusPart:
        tip = "From the key press to the first byte on the wire, today"
        if not self._sends:
            return StatusPart("key_to_wire", (("Key to wire: no order yet", False),), tip=tip)
        count = len(self._sends)
        middle, high = percentile(self._sends, 0.5), percentile(self._sends, 0.99)
        sends = "1 send" if count == 1 else f"{count:,} sends"
        pieces = (
            ("Key to wire p50", False),
            (f"{middle:.1f}", True),
            ("p99", False),
            (f"{high:.1f}", True),
            (f"ms, {sends}", False),
        )
        return StatusPart("key_to_wire", pieces, tip=tip)

    def _reconcile_part(self) -> StatusPart:
        last = self._reconciled
        if last is None:
            return StatusPart("reconciled", (("Not compared yet", False),))
        if not last.ok:
            since = format_exchange_time(self._last_good) if self._last_good else "the start"
            return StatusPart("reconciled", ((f"Not reconciled since {since}", False),), well=False, tip=last.reason)
        count = len(last.differences)
        words = "no differences" if not count else ("1 difference" if count == 1 else f"{count} differences")
        text = f"Reconciled {format_exchange_time(last.at)}, {words}"
        return StatusPart("reconciled", ((text, False),), well=not count, tip="\n".join(last.differences))

    def _make_quote_part(self, now: datetime) -> StatusPart:
        rate = self._quotes.per_second()
        oldest = self._quotes.oldest(now)
        if rate >= 0.5 or oldest is None:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now
        if oldest is None:
            return StatusPart("quotes", (("No quotes yet", False),))
        silent = now - self._silent_since if self._silent_since is not None else timedelta(0)
        if self._lost or silent >= QUOTES_STOP_AFTER:
            if not self._simulated and not self._lost and session_of(now) is MarketSession.CLOSED:
                return StatusPart("quotes", (("No quotes, the market is closed", False),))
            return StatusPart("quotes", ((f"Quotes stopped, {format_age(silent)}", False),), well=False)
        symbol, age = oldest
        seconds = age.total_seconds()
        old = f"{seconds:.1f} s" if seconds < 10 else f"{format_age(age)} ({symbol})"
        return StatusPart("quotes", ((f"Quotes {rate:,.0f}/s, oldest {old}", False),))

    def _journal_part(self) -> StatusPart:
        if self._journal:
            return StatusPart("journal", (("Journal not writable", False),), well=False, tip=self._journal)
        return StatusPart("journal", (("Journal on disk", False),))

    def _on_send(self, event: KeyToWire) -> None:
        if trading_day(event.at) == self._day:
            insort(self._sends, event.milliseconds)
            self.changed.emit()

    def _on_reconcile(self, event: ReconcileFinished) -> None:
        self._reconciled = event
        if event.ok:
            self._last_good = event.at
        self.changed.emit()

    def _on_alarm(self, alarm: Alarm) -> None:
        if alarm.key == JOURNAL_ALARM:
            self._journal = f"{alarm.fact} {alarm.consequence}".strip() if alarm.active else ""
            self.changed.emit()

    def _on_connection(self, event: ConnectionChanged) -> None:
        if event.state is ConnectionState.LOST:
            self._lost.add(event.broker)
            self._silent_since = self._silent_since or event.at
        else:
            self._lost.discard(event.broker)


def city_of(zone_id: str) -> str:
    """The city in a zone name: ``Europe/London`` is London; empty for names without one."""
    _, slash, city = zone_id.rpartition("/")
    return city.replace("_", " ") if slash and not zone_id.startswith("Etc/") else ""
