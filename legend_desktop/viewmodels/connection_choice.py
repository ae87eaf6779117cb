"""The chosen connection as a whole: what is known of it, what goes on with it, and which buttons act."""

from dataclasses import dataclass
from datetime import datetime

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import TradingMode
from legend_desktop.services.account_session import AccountSession, SessionState
from legend_desktop.services.connections import SIMULATOR_ID, ConnectionRow
from legend_desktop.viewmodels.connection_detail import (
    CheckLine,
    Fact,
    LoginLife,
    StreamLine,
    Trouble,
    facts_of,
    foreign_facts,
    login_life,
    stream_lines,
    trouble_of,
)
from legend_desktop.viewmodels.connection_words import ConnectionLine, Tone, streams_of


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is asked in place before it is done; ``verb`` is the word of the button that does it."""

    title: str
    text: str
    verb: str


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What a person began with a connection: findings, a question, a refusal, work that still runs."""

    checks: tuple[CheckLine, ...] = ()
    checking: bool = False
    question: Question | None = None
    said: str = ""
    busy: str = ""


@dataclass(frozen=True, slots=True)
class BrokerWords:
    """The broker's name, where secrets are kept, and how long a login lasts."""

    name: str
    vault: str
    login_life: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionDetail:
    """Everything about the chosen connection; the ``can_`` words say which buttons act."""

    line: ConnectionLine
    trouble: Trouble | None
    life: LoginLife | None
    facts: tuple[Fact, ...]
    going_on: GoingOn
    streams: tuple[StreamLine, ...] = ()
    can_connect: bool = False
    can_reconnect: bool = False
    can_disconnect: bool = False
    can_trade: bool = False
    can_default: bool = False
    can_test: bool = False
    can_renew: bool = False
    can_remove: bool = False


def own_detail(
    row: ConnectionRow,
    session: AccountSession | None,
    line: ConnectionLine,
    words: BrokerWords,
    *,
    going_on: GoingOn,
    now: datetime,
) -> ConnectionDetail:
    """A connection of this desk's mode."""
    profile = row.profile
    built_in = profile.id == SIMULATOR_ID
    saved = profile.keys_written_at is not None
    waits = row.state in {SessionState.CLOSED, SessionState.FAILED, SessionState.LOGIN_NEEDED}
    return ConnectionDetail(
        line=line,
        trouble=trouble_of(row, session, words.name, now),
        life=login_life(profile, now),
        facts=facts_of(row, session, words.name, words.vault, login_life=words.login_life, built_in=built_in),
        going_on=going_on,
        streams=stream_lines(streams_of(session, now), now) if session is not None else (),
        can_connect=waits,
        can_reconnect=not waits and row.state is not SessionState.OPENING,
        can_disconnect=session is not None and not row.current,
        can_trade=not row.current,
        can_default=not row.default,
        can_test=saved,
        can_renew=saved,
        can_remove=not built_in and not row.current,
    )


def foreign_detail(
    profile: ConnectionProfile, line: ConnectionLine, words: BrokerWords, *, going_on: GoingOn, now: datetime
) -> ConnectionDetail:
    """A connection of the other mode: known here, never opened here."""
    kind = "trades real money" if profile.mode is TradingMode.LIVE else "is a paper account"
    title = f"This connection {kind}. It opens with the {profile.mode.value} desk only."
    text = "Paper and live never run in one window, so that no key press can reach the wrong one."
    return ConnectionDetail(
        line=line,
        trouble=Trouble(Tone.QUIET, title, text),
        life=login_life(profile, now),
        facts=foreign_facts(profile, words.name, words.vault),
        going_on=going_on,
    )
