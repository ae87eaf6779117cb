"""Backups of the SQLite file: made beside a running writer, verified before they count, thinned out with age."""

import contextlib
import logging
import os
import re
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors
from legend_desktop.store.database import Link, SqliteLink, open_copy
from legend_desktop.store.integrity import quick_damage
from legend_desktop.store.location import sync_folder
from legend_desktop.store.options import APPLICATION_ID

log = logging.getLogger(__name__)

_STAMP = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"^(?P<stem>.+)-(?P<stamp>\d{8}T\d{12}Z)\.sqlite3$")
_RECENT, _DAYS, _MONTHS = 24, 30, 12


@dataclass(frozen=True, slots=True)
class Facts:
    """What identifies the content of a journal: whose it is, its layout, its last event and the number of rows."""

    journal_id: str
    env: str
    version: int
    last_seq: int
    last_hash: bytes
    events: int
    executions: int


def facts_of(link: Link) -> Facts:
    """The facts of an open journal; raises ``StoreError`` where it cannot be read or is not one."""
    application = link.one("PRAGMA application_id")[0]
    if application != APPLICATION_ID:
        raise errors.corrupt(link.place, "it is not a journal")
    meta = link.one("SELECT journal_id, env FROM meta")
    if meta is None:
        raise errors.corrupt(link.place, "it has no header row")
    last = link.one("SELECT seq, hash FROM order_event ORDER BY seq DESC LIMIT 1") or (0, b"")
    return Facts(
        journal_id=meta[0],
        env=meta[1],
        version=link.one("PRAGMA user_version")[0],
        last_seq=last[0],
        last_hash=bytes(last[1]),
        events=link.one("SELECT COUNT(*) FROM order_event")[0],
        executions=link.one("SELECT COUNT(*) FROM execution")[0],
    )


def verified_facts(path: Path) -> Facts:
    """The facts of a closed file that passes the engine's quick check; raises ``StoreError`` otherwise."""
    try:
        link = open_copy(path)
    except sqlite3.Error as error:
        raise errors.from_sqlite(error, path, 0) from error
    try:
        damage = quick_damage(link)
        if damage:
            raise errors.corrupt(path.name, damage[0])
        return facts_of(link)
    finally:
        link.close()


def make_backup(source: Path, folder: Path, now: datetime) -> Path:
    """Copy the journal at ``source`` into ``folder`` while it is in use; returns the verified copy.

    Raises ``StoreError`` where the copy cannot be made or is not as good as the source.
    """
    final = folder / f"{source.stem}-{now.astimezone(UTC).strftime(_STAMP)}.sqlite3"
    part = final.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        before = _vacuum_into(source, part)
        part.chmod(0o600)
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        _compare(before, verified_facts(part), source)
        part.replace(final)
        sync_folder(folder)
    except OSError as error:
        raise errors.from_os(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    thin_out(folder, source.stem)
    return final


def _vacuum_into(source: Path, part: Path) -> Facts:
    """Write the copy from a connection of its own, so that the writer goes on; returns what was there before."""
    connection = sqlite3.connect(
        f"{source.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0, check_same_thread=False
    )
    link = SqliteLink(source, connection, writes=False, busy_seconds=5.0)
    try:
        before = facts_of(link)
        link.run("VACUUM INTO ?", (str(part),))
        return before
    finally:
        link.close()


def _compare(before: Facts, copy: Facts, source: Path) -> None:
    """The copy may hold more than was there before it began, never less."""
    whole = (
        copy.journal_id == before.journal_id
        and copy.version == before.version
        and copy.events >= before.events
        and copy.executions >= before.executions
        and (copy.last_seq > before.last_seq or copy.last_hash == before.last_hash)
    )
    if not whole:
        raise StoreError(
            f"The backup of {source.name} does not hold what the journal holds, so it was thrown away.",
            advice="Check the disk that holds the backups.",
            code=errors.BACKUP,
        )


def backups_of(folder: Path, stem: str) -> list[tuple[datetime, Path]]:
    """The backups of one journal, newest first."""
    found = []
    if folder.is_dir():
        for path in folder.iterdir():
            match = _NAME.match(path.name)
            if match is not None and match["stem"] == stem:
                found.append((datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC), path))
    return sorted(found, reverse=True)


def newest_good(folder: Path, stem: str, env: str, known_version: int) -> tuple[datetime, Path, Facts] | None:
    """The newest backup that passes its check and belongs to ``env``; ``None`` without one."""
    for at, path in backups_of(folder, stem):
        try:
            facts = verified_facts(path)
        except StoreError as error:
            log.warning("The backup %s cannot be used: %s", path.name, error)
            continue
        if facts.env == env and facts.version <= known_version:
            return at, path, facts
    return None


def keepers(times: list[datetime]) -> set[datetime]:
    """Which of ``times`` stay: the newest 24, the newest of each of 30 days, the newest of each of 12 months."""
    ordered = sorted(times, reverse=True)
    kept = set(ordered[:_RECENT])
    for pattern, count in (("%Y-%m-%d", _DAYS), ("%Y-%m", _MONTHS)):
        seen: set[str] = set()
        for at in ordered:
            period = at.strftime(pattern)
            if period not in seen and len(seen) < count:
                seen.add(period)
                kept.add(at)
    return kept


def thin_out(folder: Path, stem: str) -> None:
    """Delete the backups that are not kept."""
    found = backups_of(folder, stem)
    kept = keepers([at for at, _ in found])
    for at, path in found:
        if at not in kept:
            with contextlib.suppress(OSError):
                path.unlink()


def copy_into_place(source: Path, target: Path) -> None:
    """Put a copy of the closed file ``source`` at ``target``, whole or not at all; raises ``StoreError``."""
    part = target.with_suffix(".part")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise errors.from_os(error, target.parent) from error
