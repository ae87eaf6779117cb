"""One connection as the list says it: state in words, what that means, ages, login, requests left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.formatting import (
    MINUS,
    MISSING,
    format_age,
    format_exchange_time,
    format_number,
    format_table_time,
)
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.services.account_session import AccountSession, SessionState
from legend_desktop.services.connection_ports import LineFacts, StreamFacts
from legend_desktop.services.connections import KEYS_OLD_AFTER, ConnectionRow
from legend_desktop.services.quote_board import QuoteBoard

ANSWERS_DIGITS = 1
_TENTHS_BELOW = timedelta(seconds=10)


class Tone(StrEnum):
    """How a word is meant; the view gives each its ink and glyph."""

    PLAIN = "plain"
    GOOD = "good"
    SOON = "soon"
    BAD = "bad"
    UNSURE = "unsure"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Word:
    """A text and how it is meant."""

    text: str
    tone: Tone = Tone.PLAIN

    @property
    def missing(self) -> bool:
        """True where nobody measured it."""
        return self.text == MISSING


NOTHING = Word(MISSING, Tone.QUIET)


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One row of the list. ``foreign`` ones belong to the other mode: known here, never opened here."""

    id: str
    broker: str
    account: str
    state: Word
    meaning: str
    answer: Word = NOTHING
    orders: Word = NOTHING
    quotes: Word = NOTHING
    reconciled: Word = NOTHING
    clock: Word = NOTHING
    login: Word = NOTHING
    requests: Word = NOTHING
    current: bool = False
    default: bool = False
    foreign: bool = False

    @property
    def title(self) -> str:
        """``Alpaca, ending 4417``."""
        return f"{self.broker}, {self.account}" if self.account else self.broker


def account_words(profile: ConnectionProfile, account_id: str = "") -> str:
    """``ending 4417``; the simulator's number is no secret and stands whole."""
    number = account_id or profile.account_id
    if profile.broker is BrokerType.SIMULATOR:
        return number or "built in"
    return f"ending {number[-4:]}" if number else "not checked yet"


def second_line(profile: ConnectionProfile, account_id: str, broker_name: str) -> str:
    """What stands under the label: the broker where the label hides it, the account's ending."""
    ending = account_words(profile, account_id)
    named = broker_name.casefold() in profile.label.casefold()
    return ending if named else f"{broker_name}, {ending}"


def line_of(row: ConnectionRow, session: AccountSession | None, broker_name: str, now: datetime) -> ConnectionLine:
    """The row of a connection of this mode."""
    profile = row.profile
    facts = session.broker.line if session is not None else LineFacts()
    account_id = session.broker.account_id if session is not None else ""
    is_open = session is not None and row.state is SessionState.OPEN
    streams = streams_of(session, now) if session is not None else ()
    orders, quotes = _age_of(streams, "order", now), _age_of(streams, "quote", now)
    state, meaning = state_words(row, session, streams, now)
    latency = session.latency_ms if session is not None else None
    return ConnectionLine(
        id=profile.id,
        broker=profile.label,
        account=second_line(profile, account_id, broker_name),
        state=state,
        meaning=meaning,
        answer=answer_words(facts, latency if is_open else None),
        orders=orders if is_open or orders.tone is Tone.UNSURE else NOTHING,
        quotes=quotes,
        reconciled=_reconciled(session, now),
        clock=offset_words(facts.clock_offset_ms),
        login=login_words(profile, now),
        requests=requests_words(facts),
        current=row.current,
        default=row.default,
    )


def foreign_line(profile: ConnectionProfile, broker_name: str, now: datetime) -> ConnectionLine:
    """The row of a connection of the other mode."""
    mode = profile.mode.value
    return ConnectionLine(
        id=profile.id,
        broker=profile.label,
        account=second_line(profile, "", broker_name),
        state=Word("Real money" if profile.mode is TradingMode.LIVE else "Paper", Tone.QUIET),
        meaning=f"Opens with the {mode} desk only",
        login=login_words(profile, now),
        foreign=True,
    )


def state_words(
    row: ConnectionRow, session: AccountSession | None, streams: tuple[StreamFacts, ...], now: datetime
) -> tuple[Word, str]:
    """The state in a word or two and what it means in a sentence."""
    problem = row.problem
    if session is None or row.state is SessionState.CLOSED:
        return Word("Not connected", Tone.QUIET), problem or "Saved; nothing there is watched"
    if row.state is SessionState.OPENING:
        return Word("Connecting", Tone.UNSURE), problem or "Logging in, then comparing; entries wait"
    if row.state is SessionState.LOST:
        return Word("Reconnecting", Tone.UNSURE), problem or "The line is lost; it tries again by itself"
    if row.state is SessionState.LOGIN_NEEDED:
        return Word("Not logged in", Tone.BAD), problem or "The broker refused the login"
    if row.state is SessionState.FAILED:
        return Word("Failed", Tone.BAD), problem or "It cannot be opened"
    if session.reconciled is None:
        return Word("Comparing", Tone.UNSURE), "The first comparison runs; entries wait"
    if not session.reconciled.ok:
        return Word("Not compared", Tone.SOON), session.reconciled.reason or "The last comparison did not end"
    silent = next((stream for stream in streams if is_silent(stream, now)), None)
    if silent is not None and silent.last_message_at is not None:
        age = format_age(now - silent.last_message_at)
        return Word("Silent", Tone.UNSURE), f"{_capital(silent.name.rstrip('s'))} stream silent for {age}"
    if row.keys_are_old:
        return Word("Ready", Tone.GOOD), "Working. The keys are old, renew them"
    return Word("Ready", Tone.GOOD), problem or "Account, orders, quotes, streams"


def streams_of(session: AccountSession, now: datetime) -> tuple[StreamFacts, ...]:
    """What the adapter says of its streams; of one without a line the newest quote is known."""
    told = session.broker.line.streams
    if told or session.state is SessionState.CLOSED:
        return told
    newest = newest_quote(session.desk.core.context.quotes, now)
    return (StreamFacts("orders"), StreamFacts("quotes", newest))


def newest_quote(board: QuoteBoard, now: datetime) -> datetime | None:
    """When the newest quote was made, at the latest now."""
    quotes = (board.latest(symbol) for symbol in board.symbols)
    newest = max((quote.timestamp for quote in quotes if quote is not None), default=None)
    return None if newest is None else min(newest, now)


def is_silent(stream: StreamFacts, now: datetime) -> bool:
    """True where a stream has been quiet for longer than it should."""
    at, limit = stream.last_message_at, stream.cut_after_seconds
    return at is not None and limit is not None and (now - at).total_seconds() > limit


def age_words(stream: StreamFacts, now: datetime) -> Word:
    """The age of a stream's last message: ``0.2 s``, then whole seconds; silent ones say ``32 s ago``."""
    at = stream.last_message_at
    if at is None:
        return NOTHING
    age = max(now - at, timedelta(0))
    if is_silent(stream, now):
        return Word(f"{format_age(age)} ago", Tone.UNSURE)
    if age < _TENTHS_BELOW:
        return Word(f"{format_number(age.total_seconds(), 1)} s")
    return Word(format_age(age))


def answer_words(facts: LineFacts, latency_ms: float | None) -> Word:
    """``41 / 118 ms``: half of the answers, and all but one in a hundred, came within."""
    if facts.answer_p50_ms is not None and facts.answer_p99_ms is not None:
        return Word(f"{_ms(facts.answer_p50_ms)} / {_ms(facts.answer_p99_ms)} ms")
    return NOTHING if latency_ms is None else Word(f"{_ms(latency_ms)} ms")


def offset_words(offset_ms: float | None) -> Word:
    """The broker's clock minus this computer's: ``+14 ms``; more than half a second is marked."""
    if offset_ms is None:
        return NOTHING
    tone = Tone.SOON if abs(offset_ms) > 500 else Tone.PLAIN
    if abs(offset_ms) >= 10_000:
        return Word(f"{format_number(offset_ms / 1000, 1, signed=True)} s", tone)
    return Word(f"{format_number(offset_ms, 0, signed=True)} ms", tone)


def requests_words(facts: LineFacts) -> Word:
    """``184 of 200``; marked where less than a fifth is left."""
    if facts.requests_left is None:
        return NOTHING
    if facts.requests_limit is None:
        return Word(str(facts.requests_left))
    low = facts.requests_left * 5 < facts.requests_limit
    return Word(f"{facts.requests_left} of {facts.requests_limit}", Tone.SOON if low else Tone.PLAIN)


def login_words(profile: ConnectionProfile, now: datetime) -> Word:
    """Whether the keys should be made anew: ``keys 201 days old, renew them``."""
    if profile.broker is BrokerType.SIMULATOR:
        return Word("none needed", Tone.QUIET)
    written = profile.keys_written_at
    if written is None:
        return Word("keys of the environment", Tone.QUIET)
    age = now - written
    if age > KEYS_OLD_AFTER:
        return Word(f"keys {age.days} days old, renew them", Tone.SOON)
    return Word(f"keys {days_words(age)} old", Tone.QUIET)


def days_words(age: timedelta) -> str:
    """``1 day``, ``12 days``; under a day hours, under an hour ``less than an hour``."""
    days, hours = age.days, age.seconds // 3600
    if days > 0:
        return f"{days} day{'s' if days != 1 else ''}"
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"


def _reconciled(session: AccountSession | None, now: datetime) -> Word:
    """When the last comparison ended; one of another day is named with its date."""
    if session is None or session.reconciled is None:
        return NOTHING
    done = session.reconciled
    today = done.at.astimezone(NEW_YORK).date() == now.astimezone(NEW_YORK).date()
    text = format_exchange_time(done.at) if today else format_table_time(done.at)
    return Word(text, Tone.PLAIN if done.ok else Tone.SOON)


def _age_of(streams: tuple[StreamFacts, ...], word: str, now: datetime) -> Word:
    """The age of the freshest stream whose name holds ``word``."""
    found = [row for row in streams if word in row.name.casefold() and row.last_message_at is not None]
    freshest = max(found, key=lambda row: row.last_message_at or now, default=None)
    return NOTHING if freshest is None else age_words(freshest, now)


def _ms(value: float) -> str:
    return format_number(value, 0 if abs(value) >= ANSWERS_DIGITS else 1).replace("-", MINUS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
