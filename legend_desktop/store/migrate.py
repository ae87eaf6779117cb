"""Layouts: make a new journal, recognise an older or newer one, bring an older one up to date.

A new SQLite file is made from ``ddl`` alone. Alembic, and with it SQLAlchemy, is imported only where a journal of an
older layout is found. The whole upgrade is one transaction, so that after a crash the file has the old layout or the
new one. Layout numbers and revision names are the same: layout 2 is revision ``0002``.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Any

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.ids import new_install_id, random_base32
from legend_desktop.store import ddl, errors
from legend_desktop.store.database import Link, PostgresLink, SqliteLink, set_identity, transaction
from legend_desktop.store.options import SCHEMA_VERSION
from legend_desktop.store.triggers import make_triggers
from legend_desktop.version import __version__

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


def layout_of(link: Link) -> int:
    """The layout number of a journal; 0 for an empty database."""
    if isinstance(link, PostgresLink):
        found = link.one("SELECT to_regclass('meta')")[0]
        return 0 if found is None else int(link.one("SELECT schema_version FROM meta")[0])
    return int(link.one("PRAGMA user_version")[0])


def create(link: Link, mode: TradingMode, now_us: int) -> None:
    """Make every table in an empty database, in one transaction."""
    with transaction(link):
        if isinstance(link, PostgresLink):
            from legend_desktop.store.schema import postgres_statements

            statements = postgres_statements()
        else:
            statements = [part for part in ddl.TABLES.split(";") if part.strip()]
        for statement in statements:
            link.run(statement)
        make_triggers(link)
        link.run(
            "INSERT INTO meta (id, journal_id, env, install_id, schema_version, app_version, created_us, probe_us, "
            "full_check_us, spool_mark) VALUES (1, ?, ?, ?, ?, ?, ?, 0, ?, '')",
            (random_base32(16), mode.value, new_install_id(), SCHEMA_VERSION, __version__, now_us, now_us),
        )
        if isinstance(link, SqliteLink):
            set_identity(link, SCHEMA_VERSION)


def upgrade(link: Link, seconds: float, target: int = SCHEMA_VERSION) -> None:
    """Bring an older journal to layout ``target``; raises ``StoreError`` and leaves the old layout where it cannot.

    The caller has made a backup. An upgrade that takes longer than ``seconds`` is stopped.
    """
    found = layout_of(link)
    began = time.monotonic()
    watchdog = threading.Timer(seconds, link.interrupt)
    watchdog.daemon = True
    watchdog.start()
    try:
        _run_revisions(link, found, target)
    except StoreError as error:
        raise _failed(link, found, target, error.message) from error
    except Exception as error:
        raise _failed(link, found, target, str(error)) from error
    finally:
        watchdog.cancel()
        watchdog.join()
    log.info("The journal went from layout %s to %s in %.2f s", found, target, time.monotonic() - began)


def _failed(link: Link, found: int, target: int, detail: str) -> StoreError:
    return StoreError(
        f"The journal {link.place} could not be brought from layout {found} to {target} ({detail}). "
        "It is as it was before.",
        advice="Try again; if it fails once more, report this with the log file. A backup lies beside the journal.",
        code=errors.MIGRATION,
    )


def _run_revisions(link: Link, found: int, target: int) -> None:
    connection = _sqlalchemy_connection(link)
    try:
        if isinstance(link, SqliteLink):
            link.run("PRAGMA foreign_keys = OFF")
        with transaction(link):
            connection.begin()
            _stamp(link, found)
            _alembic_upgrade(connection, target)
            link.run("DROP TABLE alembic_version")
            make_triggers(link)
            link.run("UPDATE meta SET schema_version = ?, app_version = ?", (target, __version__))
            if isinstance(link, SqliteLink):
                _check_references(link)
                set_identity(link, target)
    finally:
        connection.close()
        if isinstance(link, SqliteLink):
            link.run("PRAGMA foreign_keys = ON")


def _stamp(link: Link, found: int) -> None:
    """Tell Alembic where it begins: the layout number is the truth, its own table lives for the upgrade only."""
    link.run("DROP TABLE IF EXISTS alembic_version")
    link.run("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    if found:
        link.run("INSERT INTO alembic_version (version_num) VALUES (?)", (f"{found:04d}",))


def _check_references(link: SqliteLink) -> None:
    orphans = link.all("PRAGMA foreign_key_check")
    if orphans:
        raise errors.corrupt(link.place, f"rows of {orphans[0][0]} refer to rows that are gone")


def _sqlalchemy_connection(link: Link) -> Any:
    """A SQLAlchemy connection over the one we hold, which begins and ends nothing by itself."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    name = "postgresql+psycopg://" if isinstance(link, PostgresLink) else "sqlite://"
    raw = link.connection  # type: ignore[attr-defined]
    return create_engine(name, creator=lambda: raw, poolclass=StaticPool).connect()


def _alembic_upgrade(connection: Any, target: int) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, f"{target:04d}")
