"""The chosen connection: what needs the person, account facts, streams, the life of its keys, what brokers can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import OrderType, TimeInForce, TradingMode
from legend_desktop.domain.formatting import (
    MISSING,
    format_age,
    format_date,
    format_exchange_time,
    format_number,
    format_table_time,
)
from legend_desktop.domain.session import NEW_YORK
from legend_desktop.services.account_session import AccountSession, SessionState
from legend_desktop.services.connection_ports import Capabilities, Health, HealthCheck, LineFacts, StreamFacts
from legend_desktop.services.connections import KEYS_OLD_AFTER, ConnectionRow
from legend_desktop.viewmodels.connection_words import (
    Tone,
    Word,
    account_words,
    age_words,
    days_words,
    is_silent,
)

_ADDRESSES = ("base_url", "stream_url", "data_url", "data_stream_url")
_HOLD_WORDS = {
    TimeInForce.DAY: "day",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what is known under it."""

    label: str
    value: Word


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream: its last message, after how much silence it is cut, cuts and blind time of today."""

    name: str
    last: Word
    cut_after: str
    cuts: str
    blind: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class AbilityLine:
    """One ability and what each broker says of it, in the order of the columns."""

    name: str
    cells: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class LoginLife:
    """The life of a login as a bar to scale: ``part`` of it (0 to 1, more when it is over) has passed."""

    began: str
    ends: str
    now: str
    part: float
    over: bool


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One finding of the doctor: the question, how it stands, the fact, the one thing to do."""

    name: str
    tone: Tone
    sentence: str
    advice: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What needs the person at this connection."""

    tone: Tone
    title: str
    text: str = ""


_TONES = {Health.GOOD: Tone.GOOD, Health.DOUBTFUL: Tone.SOON, Health.BAD: Tone.BAD, Health.SKIPPED: Tone.QUIET}


def check_line(check: HealthCheck) -> CheckLine:
    """A finding as the screen shows it."""
    return CheckLine(check.name, _TONES[check.health], check.sentence, check.advice, check.details)


def trouble_of(row: ConnectionRow, session: AccountSession | None, name: str, now: datetime) -> Trouble | None:
    """What stands in the way, in a title and a sentence; ``None`` while all is well."""
    if row.state is SessionState.LOGIN_NEEDED:
        text = f"Legend cannot see or change orders there. What rests at {name} keeps working. Give it new keys."
        return Trouble(Tone.BAD, row.problem or f"{name} refuses the login.", text)
    if row.state is SessionState.FAILED:
        return Trouble(Tone.BAD, row.problem or f"{name} cannot be opened.", "Look at what happened, then try again.")
    if row.state is SessionState.LOST:
        text = "Stops that rest there work without this computer. Legend tries again by itself."
        return Trouble(Tone.UNSURE, row.problem or f"The line to {name} is lost.", text)
    if session is not None and session.reconciled is not None and session.reconciled.differences:
        words = " ".join(session.reconciled.differences)
        return Trouble(Tone.SOON, "The last comparison found a difference.", words)
    written = row.profile.keys_written_at
    if row.keys_are_old and written is not None:
        text = f"Make new ones at {name} and renew them here; the old ones work until you delete them there."
        return Trouble(Tone.SOON, f"These keys are {(now - written).days} days old. Renew them.", text)
    return None


def login_life(profile: ConnectionProfile, now: datetime) -> LoginLife | None:
    """From the day the keys were stored to the day they should be made anew."""
    written = profile.keys_written_at
    if written is None:
        return None
    ends = written + KEYS_OLD_AFTER
    left = ends - now
    words = f"renew by {_day(ends)}" if left > timedelta(0) else f"due on {_day(ends)}"
    age = days_words(max(now - written, timedelta(0)))
    return LoginLife(
        f"stored {_day(written)}", words, f"now, {age} old", (now - written) / KEYS_OLD_AFTER, left <= timedelta(0)
    )


def facts_of(
    row: ConnectionRow,
    session: AccountSession | None,
    name: str,
    vault_words: str,
    *,
    login_life: str = "",
    built_in: bool = False,
) -> tuple[Fact, ...]:
    """The account facts of a connection; ``login_life`` says how long its login lasts."""
    profile = row.profile
    line = session.broker.line if session is not None else LineFacts()
    number = session.broker.account_id if session is not None else ""
    facts = [
        Fact("Account", Word(account_words(profile, number))),
        Fact("Kind checked", _kind_checked(profile, row.state)),
        Fact("Hosts allowed", _hosts(profile, name, built_in=built_in)),
    ]
    if not built_in:
        facts.append(Fact("Secrets", _secrets(profile, vault_words)))
    if login_life:
        facts.append(Fact("Login", Word(login_life)))
    feed = line.feed or profile.options.get("feed", "")
    if feed or built_in:
        facts.append(Fact("Market data", Word("made up by the simulator" if built_in else feed)))
    if line.feed_note:
        facts.append(Fact("", Word(line.feed_note, Tone.QUIET)))
    facts.append(Fact("At the next start", _next_start(row)))
    if not built_in:
        facts.append(Fact("Added", Word(format_date(profile.created_at.astimezone(NEW_YORK).date()))))
    return tuple(facts)


def foreign_facts(profile: ConnectionProfile, name: str, vault_words: str) -> tuple[Fact, ...]:
    """The account facts of a connection of the other mode."""
    kind = "real money" if profile.mode is TradingMode.LIVE else "paper"
    return (
        Fact("Account", Word(account_words(profile))),
        Fact("Kind", Word(f"{kind}, cannot be changed")),
        Fact("Hosts allowed", _hosts(profile, name, built_in=False)),
        Fact("Secrets", _secrets(profile, vault_words)),
        Fact("Added", Word(format_date(profile.created_at.astimezone(NEW_YORK).date()))),
    )


def stream_lines(streams: Sequence[StreamFacts], now: datetime) -> tuple[StreamLine, ...]:
    """The streams of one connection."""
    return tuple(
        StreamLine(
            name=row.name[:1].upper() + row.name[1:],
            last=age_words(row, now),
            cut_after=MISSING if row.cut_after_seconds is None else f"{format_number(row.cut_after_seconds, 0)} s",
            cuts=str(row.cuts),
            blind=format_age(timedelta(seconds=row.blind_seconds)) if row.blind_seconds else "0",
            silent=is_silent(row, now),
        )
        for row in streams
    )


def ability_lines(brokers: Mapping[str, Capabilities]) -> tuple[AbilityLine, ...]:
    """What each broker can do, row by row."""
    rows = {name: _abilities(able) for name, able in brokers.items()}
    labels = next(iter(rows.values()), {})
    return tuple(AbilityLine(label, tuple(rows[name][label] for name in brokers)) for label in labels)


def _abilities(able: Capabilities) -> dict[str, Word]:
    plain = {OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT}
    lacking = sorted(kind.value.replace("_", "-") for kind in plain - able.order_types)
    return {
        "Market, limit, stop orders": _yes("native") if not lacking else _no(f"no {', '.join(lacking)}"),
        "Trailing stop, amount and %": _trailing(able),
        "Bracket, one-cancels-other": _brackets(able),
        "Time in force": Word(_holds(able.times_in_force)),
        "Opening and closing auction": _has({TimeInForce.OPG, TimeInForce.CLS} <= able.times_in_force),
        "Changing an order": (_yes("new number" if able.replace_makes_new_order else "same number"))
        if able.replace
        else _no("cancel and send anew"),
        "Cancel all in one request": _has(able.cancel_all, no="one by one"),
        "Own order number": _has(able.client_order_ids, "searchable", "none"),
        "Own number on exits": _has(able.leg_client_order_ids),
        "Execution numbers": _has(able.execution_ids, no="none, derived"),
        "Venue of a fill": _has(able.venues, no="not given"),
        "Order stream": _has(able.order_stream, no="asked in turns"),
        "Quote stream": _has(able.quote_stream, no="asked in turns"),
        "Parts of shares": _has(able.fractional),
        "Selling short": _has(able.short_sales),
        "Before and after hours": _has(able.extended_hours),
        "Orders outlive this program": _has(able.keeps_account, no="end with it"),
    }


def _yes(text: str = "yes") -> Word:
    return Word(text, Tone.GOOD)


def _no(text: str = "none") -> Word:
    return Word(text, Tone.QUIET)


def _has(able: bool, yes: str = "yes", no: str = "none") -> Word:
    return _yes(yes) if able else _no(no)


def _trailing(able: Capabilities) -> Word:
    if OrderType.TRAILING_STOP not in able.order_types:
        return _no()
    return _yes("native") if able.trailing_percent else _yes("amount only")


def _brackets(able: Capabilities) -> Word:
    if able.native_brackets and able.native_oco:
        return _yes("native")
    if able.native_brackets or able.native_oco:
        return _yes("bracket only" if able.native_brackets else "pair of exits only")
    return _no()


def _holds(times: frozenset[TimeInForce]) -> str:
    return ", ".join(words for kind, words in _HOLD_WORDS.items() if kind in times) or MISSING


def _kind_checked(profile: ConnectionProfile, state: SessionState) -> Word:
    kind = "real money" if profile.mode is TradingMode.LIVE else "paper"
    if state is SessionState.OPEN:
        return Word(f"{kind}, as this desk demands")
    return Word(f"{kind}; checked anew with each login", Tone.QUIET)


def _hosts(profile: ConnectionProfile, name: str, *, built_in: bool) -> Word:
    if built_in:
        return Word("none, nothing leaves this computer")
    own = [profile.options[key] for key in _ADDRESSES if profile.options.get(key)]
    if own:
        return Word(f"own address {', '.join(dict.fromkeys(own))}", Tone.SOON)
    return Word(f"{name}'s {profile.mode.value} addresses, nothing else")


def _secrets(profile: ConnectionProfile, vault_words: str) -> Word:
    written = profile.keys_written_at
    if written is None:
        return Word("kept in the environment, not by Legend", Tone.PLAIN)
    return Word(f"{vault_words} Stored {format_table_time(written)}.")


def _next_start(row: ConnectionRow) -> Word:
    if row.default:
        return Word("the window begins with this account")
    return Word("opened again where it is open at the end", Tone.QUIET)


def _day(at: datetime) -> str:
    """``15 May 2027`` in New York."""
    return format_date(at.astimezone(NEW_YORK).date()).partition(" ")[2]


def happened_time(at: datetime, now: datetime) -> str:
    """The time of day, with its date where it is of another day."""
    same = at.astimezone(NEW_YORK).date() == now.astimezone(NEW_YORK).date()
    return format_exchange_time(at) if same else format_table_time(at)
