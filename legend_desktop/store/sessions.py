"""The header row of a journal and the rows that tell when the program ran and whether it ended well."""

import hashlib
import os
import platform
import sqlite3
from dataclasses import dataclass

from legend_desktop.store.database import Link, PostgresLink, transaction
from legend_desktop.version import __version__


@dataclass(frozen=True, slots=True)
class Meta:
    """What the journal says of itself."""

    journal_id: str
    env: str
    install_id: str
    full_check_us: int
    spool_mark: str


def read_meta(link: Link) -> Meta | None:
    """The header row, ``None`` where there is none."""
    row = link.one("SELECT journal_id, env, install_id, full_check_us, spool_mark FROM meta WHERE id = 1")
    return None if row is None else Meta(*row)


def ended_well(link: Link, profile: str) -> bool:
    """True where the newest session of this machine has an end, or where there was none."""
    row = link.one(
        "SELECT clean FROM session WHERE profile_id = ? AND host_hash = ? ORDER BY id DESC LIMIT 1",
        (profile, _host_hash()),
    )
    return row is None or bool(row[0])


def begin_session(link: Link, profile: str, now_us: int) -> int:
    """Note that the program runs; returns the key of the session."""
    engine = "postgresql" if isinstance(link, PostgresLink) else f"sqlite {sqlite3.sqlite_version}"
    with transaction(link):
        (key,) = link.one(
            "INSERT INTO session (profile_id, start_us, end_us, app_version, engine_version, host_hash, pid, clean) "
            "VALUES (?, ?, NULL, ?, ?, ?, ?, 0) RETURNING id",
            (profile, now_us, __version__, engine, _host_hash(), os.getpid()),
        )
    return int(key)


def end_session(link: Link, key: int, now_us: int) -> None:
    """Note that the program ended as it should."""
    with transaction(link):
        link.run("UPDATE session SET end_us = ?, clean = 1 WHERE id = ?", (now_us, key))


def note_full_check(link: Link, now_us: int) -> None:
    """Note when everything was checked."""
    with transaction(link):
        link.run("UPDATE meta SET full_check_us = ?", (now_us,))


def probe(link: Link, now_us: int) -> None:
    """A small durable write that proves the journal can be written; raises ``StoreError`` otherwise."""
    with transaction(link):
        link.run("UPDATE meta SET probe_us = ?", (now_us,))


def _host_hash() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:16]
