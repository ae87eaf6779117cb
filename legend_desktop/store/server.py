"""A journal on a PostgreSQL server, for those who share a history between machines.

Paper and live are two schemas of one database. The machine that trades holds an advisory lock; another one may read.
"""

import time
from typing import Any

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors, migrate
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import PostgresLink
from legend_desktop.store.integrity import in_words, own_doubts
from legend_desktop.store.opening import Opened, Place
from legend_desktop.store.options import SCHEMA_VERSION
from legend_desktop.store.report import OpenReport
from legend_desktop.store.sessions import begin_session, ended_well, read_meta

_LOCAL = frozenset({"", "localhost", "127.0.0.1", "::1"})
_RECENT_EVENTS = 20_000


def schema_of(mode: TradingMode) -> str:
    """The schema that takes the place of the file of a mode."""
    return f"legend_{mode.value}"


def place_of(url: str, mode: TradingMode) -> str:
    """The server as sentences name it: no user, no password."""
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    return f"{parts.host or 'localhost'}/{parts.database or ''} ({schema_of(mode)})"


def check_url(url: str) -> None:
    """Raise ``StoreError`` for an address that is not one of PostgreSQL."""
    if not url.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        kind = url.split(":", 1)[0]
        raise StoreError(
            f"LEGEND_DATABASE_URL names a {kind} database, which the journal cannot be kept in.",
            advice="Use postgresql+psycopg://user@host/database or sqlite:///path, or leave the setting away.",
            code=errors.UNREACHABLE,
        )


def connect(url: str, mode: TradingMode, *, writes: bool, patience_ms: int = 0) -> PostgresLink:
    """A connection in the schema of ``mode``; a writer makes the schema and takes its lock.

    The line to another machine must be encrypted and the server's certificate must fit its name, unless the address
    says otherwise. ``patience_ms`` is how long to wait for a lock that is just being given back.
    Raises ``StoreError`` where the server does not answer or another machine trades.
    """
    try:
        import psycopg
    except ImportError as error:
        raise errors.unreachable("of LEGEND_DATABASE_URL", "the extra 'postgres' is not installed") from error
    place = place_of(url, mode)
    try:
        connection = psycopg.connect(autocommit=True, **_arguments(url))
    except psycopg.Error as error:
        raise errors.unreachable(place, str(error).strip().splitlines()[0]) from error
    link = PostgresLink(connection, place)
    schema = schema_of(mode)
    try:
        if writes:
            link.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            if not _take_lock(link, schema, patience_ms):
                raise errors.locked_elsewhere(place)
            link.run("SET synchronous_commit TO on")
        else:
            link.run("SET default_transaction_read_only TO on")
        link.run(f"SET search_path TO {schema}")
    except BaseException:
        link.close()
        raise
    return link


def _take_lock(link: PostgresLink, schema: str, patience_ms: int) -> bool:
    """Take the lock of the machine that trades; the server gives it back when the connection ends."""
    until = time.monotonic() + patience_ms / 1000
    while True:
        if link.one("SELECT pg_try_advisory_lock(hashtext(?))", (schema,))[0]:
            return True
        if time.monotonic() >= until:
            return False
        link.run("SELECT pg_sleep(0.05)")


def _arguments(url: str) -> dict[str, Any]:
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    found: dict[str, Any] = dict(parts.query)
    for name, value in (
        ("host", parts.host),
        ("port", parts.port),
        ("user", parts.username),
        ("password", parts.password),
        ("dbname", parts.database),
    ):
        if value is not None:
            found[name] = value
    host = str(found.get("host", ""))
    if host not in _LOCAL and not host.startswith("/"):
        found.setdefault("sslmode", "verify-full")
    found.setdefault("connect_timeout", 10)
    return found


def open_server(url: str, place: Place) -> Opened:
    """Open the journal on the server; makes or upgrades its tables as needed. Raises ``StoreError``."""
    link = connect(url, place.mode, writes=True, patience_ms=1000)
    try:
        layout = migrate.layout_of(link)
        if layout > SCHEMA_VERSION:
            raise errors.newer_schema(link.place, layout, SCHEMA_VERSION)
        unclean, doubts = False, []
        if layout == 0:
            migrate.create(link, place.mode, to_us(place.now()))
        else:
            if layout < SCHEMA_VERSION:
                migrate.upgrade(link, place.options.migration_seconds)
            unclean = not ended_well(link, place.profile)
            doubts = own_doubts(link, last=_RECENT_EVENTS) if unclean else []
        meta = read_meta(link)
        if meta is None or meta.env != place.mode.value:
            raise errors.wrong_mode(link.place, "empty" if meta is None else meta.env, place.mode.value)
        session = begin_session(link, place.profile, to_us(place.now()))
    except BaseException:
        link.close()
        raise
    sentences = (f"The journal's entries disagree: {in_words(doubts)}. Look at these orders.",) if doubts else ()
    migrated = layout if 0 < layout < SCHEMA_VERSION else None
    report = OpenReport(
        created=layout == 0, unclean=unclean, migrated_from=migrated, doubts=tuple(doubts), sentences=sentences
    )
    return Opened(link, meta, session, report)


def open_server_read_only(url: str, place: Place) -> Opened:
    """Open the journal on the server to look at it, beside the machine that trades. Raises ``StoreError``."""
    link = connect(url, place.mode, writes=False)
    try:
        if migrate.layout_of(link) == 0:
            raise errors.unreachable(link.place, "it holds no journal yet")
        meta = read_meta(link)
        if meta is None or meta.env != place.mode.value:
            raise errors.wrong_mode(link.place, "empty" if meta is None else meta.env, place.mode.value)
    except BaseException:
        link.close()
        raise
    sentence = f"The journal {link.place} is open for reading only. No order is sent."
    return Opened(link, meta, None, OpenReport(sentences=(sentence,)))
