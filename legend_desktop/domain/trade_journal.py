"""The trades of a journal with what was written about them: selection, results by day, and the equity curve."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.records import RoundTripRecord, TradeNote
from legend_desktop.domain.session import trading_day

MOST_TAGS = 12
LONGEST_TAG = 24
_NOT_IN_TAGS = re.compile(r"[^\w+.-]")


@dataclass(frozen=True, slots=True)
class JournalTrade:
    """A trade with its note. ``note_keys`` are the keys that the note is kept under: several after a late execution."""

    trip: RoundTripRecord
    text: str = ""
    tags: tuple[str, ...] = ()
    note_keys: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The trade's key."""
        return self.trip.key

    @property
    def r(self) -> Decimal | None:
        """R of a closed trade; ``None`` while it is open or where its risk is not known."""
        return None if self.trip.closed_at is None else self.trip.r_multiple

    @property
    def money(self) -> Decimal | None:
        """Profit after fees of a closed trade."""
        return None if self.trip.closed_at is None else self.trip.profit

    @property
    def at(self) -> datetime:
        """When it ended, or began while it is open."""
        return self.trip.closed_at or self.trip.opened_at

    @property
    def day(self) -> date:
        """The day of ``at`` in New York."""
        return trading_day(self.at)


def parse_tags(text: str) -> tuple[str, ...]:
    """Single words in lower case, each once, sorted, from what was typed with spaces, commas or ``#`` between them.

    Too long ones are cut, and from the thirteenth on they are dropped.
    """
    words = (_NOT_IN_TAGS.sub("", word)[:LONGEST_TAG].strip(".") for word in re.split(r"[\s,;#]+", text.lower()))
    return tuple(sorted(list(dict.fromkeys(word for word in words if word))[:MOST_TAGS]))


def with_notes(trips: Iterable[RoundTripRecord], notes: Iterable[TradeNote]) -> list[JournalTrade]:
    """Every trade with its note, in the order of ``trips``.

    A note whose trade no longer begins with the execution it was kept under belongs to the trade of its symbol that
    was open at its opening time. What is written about two trades that turn out to be one is put together.
    """
    rows = list(trips)
    places = {trip.key: place for place, trip in enumerate(rows)}
    found: dict[int, list[TradeNote]] = {}
    for note in notes:
        place = places.get(note.trade_key)
        if place is None:
            place = next((place for place, trip in enumerate(rows) if _was_open(trip, note)), None)
        if place is not None:
            found.setdefault(place, []).append(note)
    return [_joined(trip, found.get(place, ())) for place, trip in enumerate(rows)]


def _was_open(trip: RoundTripRecord, note: TradeNote) -> bool:
    ended = trip.closed_at is not None and trip.closed_at < note.opened_at
    return trip.symbol == note.symbol and trip.opened_at <= note.opened_at and not ended


def _joined(trip: RoundTripRecord, notes: Sequence[TradeNote]) -> JournalTrade:
    texts = dict.fromkeys(note.text for note in notes if note.text)
    tags = sorted({tag for note in notes for tag in note.tags})
    return JournalTrade(trip, "\n\n".join(texts), tuple(tags), tuple(note.trade_key for note in notes))


class Outcome(StrEnum):
    """How a trade came out; ``OPEN`` has not ended."""

    WON = "won"
    LOST = "lost"
    EVEN = "even"
    OPEN = "open"


def outcome_of(trade: JournalTrade) -> Outcome:
    """Won and lost are after fees."""
    if trade.trip.closed_at is None:
        return Outcome.OPEN
    money = trade.money or ZERO
    return Outcome.WON if money > 0 else Outcome.LOST if money < 0 else Outcome.EVEN


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """Which trades are wanted; an empty field wants all.

    ``words`` are parts of symbol, tags or note that must all be there, in any case. ``first`` and ``last`` are days in
    New York, both included; an open trade counts for the day it was opened.
    """

    words: str = ""
    outcome: Outcome | None = None
    side: OrderSide | None = None
    tag: str = ""
    noted: bool = False
    first: date | None = None
    last: date | None = None

    def keeps(self, trade: JournalTrade) -> bool:
        """True where every field agrees."""
        if self.outcome is not None and outcome_of(trade) is not self.outcome:
            return False
        if self.side is not None and trade.trip.side is not self.side:
            return False
        if (self.tag and self.tag not in trade.tags) or (self.noted and not trade.text and not trade.tags):
            return False
        if (self.first is not None and trade.day < self.first) or (self.last is not None and trade.day > self.last):
            return False
        told = f"{trade.trip.symbol} {' '.join(trade.tags)} {trade.text}".lower()
        return all(word in told for word in self.words.lower().split())


@dataclass(frozen=True, slots=True)
class DayResult:
    """The trades that ended on one day. ``r`` is ``None`` where none of them has one; ``without_r`` counts those."""

    day: date
    trades: int
    r: Decimal | None
    without_r: int
    money: Decimal


def by_day(trades: Iterable[JournalTrade]) -> dict[date, DayResult]:
    """Results of closed trades by the day in New York on which they ended, oldest day first."""
    days: dict[date, list[JournalTrade]] = {}
    for trade in trades:
        if trade.trip.closed_at is not None:
            days.setdefault(trade.day, []).append(trade)
    found: dict[date, DayResult] = {}
    for day, rows in sorted(days.items()):
        multiples = [trade.r for trade in rows if trade.r is not None]
        found[day] = DayResult(
            day,
            trades=len(rows),
            r=sum(multiples, ZERO) if multiples else None,
            without_r=len(rows) - len(multiples),
            money=sum((trade.money or ZERO for trade in rows), ZERO),
        )
    return found


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What all trades up to one have brought: ``total``, and how far that is below the best so far (at or below 0)."""

    at: datetime
    total: Decimal
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """``points`` in the order of ending, from a start at zero; ``left_out`` closed trades have no figure to add.

    ``deepest`` is the largest fall below an earlier best (at or below zero), from ``peak_at`` (``None``: the start) to
    ``trough_at``.
    """

    points: tuple[EquityPoint, ...]
    left_out: int
    deepest: Decimal
    peak_at: datetime | None
    trough_at: datetime | None


def equity_curve(trades: Iterable[JournalTrade], *, in_r: bool) -> EquityCurve:
    """The running sum of closed trades in R, or in money after fees, with its drawdown."""
    closed = sorted((trade for trade in trades if trade.trip.closed_at is not None), key=lambda trade: trade.at)
    points: list[EquityPoint] = []
    total = best = deepest = ZERO
    best_at: datetime | None = None
    span: tuple[datetime | None, datetime | None] = (None, None)
    for trade in closed:
        gain = trade.r if in_r else trade.money
        if gain is None:
            continue
        total += gain
        if total > best:
            best, best_at = total, trade.at
        if total - best < deepest:
            deepest, span = total - best, (best_at, trade.at)
        points.append(EquityPoint(trade.at, total, total - best))
    return EquityCurve(tuple(points), len(closed) - len(points), deepest, *span)
