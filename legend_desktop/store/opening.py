"""Opening the SQLite file: look at it without touching it, put it right where needed, then take it over.

Everything that can be wrong is found through a connection that cannot write or checkpoint, so a damaged or foreign file
is still as it was when it is set aside.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors, migrate
from legend_desktop.store.backup import make_backup
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import Link, SqliteLink, open_writer
from legend_desktop.store.integrity import full_damage, in_words, own_doubts, quick_damage
from legend_desktop.store.location import cloud_warning, make_private, prepare_folder, sync_folder
from legend_desktop.store.options import APPLICATION_ID, SCHEMA_VERSION, StoreOptions
from legend_desktop.store.recovery import Damage, has_magic, journal_id_without_log, log_path, recover
from legend_desktop.store.report import OpenReport
from legend_desktop.store.sessions import Meta, begin_session, ended_well, probe, read_meta

log = logging.getLogger(__name__)

_RECENT_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Which journal is meant: its file, its mode, the profile within it, and how to treat it."""

    path: Path
    mode: TradingMode
    profile: str
    options: StoreOptions
    now: Callable[[], datetime]

    @property
    def backups(self) -> Path:
        """Folder of the backups."""
        return self.options.backup_folder or self.path.parent / "backups"

    @property
    def spool(self) -> Path:
        """File of the spool."""
        return (self.options.spool_folder or self.path.parent / "spool") / f"{self.path.stem}.spool"


@dataclass(slots=True)
class Opened:
    """A journal that is ready: its writing connection, header and session, and what is to be said."""

    link: Link
    meta: Meta
    session: int | None
    report: OpenReport


@dataclass(slots=True)
class _Look:
    """What was found before anything was touched."""

    layout: int = 0
    unclean: bool = False
    doubts: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def open_file(place: Place) -> Opened:
    """Open the journal for writing; makes, upgrades or restores it as needed. Raises ``StoreError``."""
    prepare_folder(place.path.parent)
    if place.path.is_dir():
        raise errors.unwritable(place.path.parent, f"{place.path.name} is a folder")
    make_private(place.path)
    try:
        look = examine(place)
    except Damage as damage:
        report = recover(place.path, place.mode, place.backups, place.now(), damage.detail)
        make_private(place.path)
        look = examine(place)
        look.sentences[:0] = report.sentences
        opened = _take_over(place, look)
        opened.report = replace(
            opened.report, unclean=True, quarantined=report.quarantined, restored_from=report.restored_from
        )
        return opened
    return _take_over(place, look)


def examine(place: Place) -> _Look:
    """Look at the file through a connection that cannot change it.

    Raises ``Damage`` where it must be set aside and ``StoreError`` where it must not be touched.
    """
    path = place.path
    if path.stat().st_size == 0:
        return _Look()
    if not has_magic(path):
        raise Damage("its header is not readable")
    log_there = log_path(path).exists()
    link = open_looker(path, place.options.busy_seconds)
    try:
        return _examine(place, link, log_there=log_there)
    except StoreError as error:
        if error.code == errors.CORRUPT:
            raise Damage(error.message) from error
        raise
    finally:
        link.close()


def open_looker(path: Path, busy_seconds: float) -> SqliteLink:
    """A connection that sees the newest commits but can neither write nor checkpoint."""
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            timeout=busy_seconds,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise errors.from_sqlite(error, path, busy_seconds) from error
    return SqliteLink(path, connection, writes=False, busy_seconds=busy_seconds)


def _examine(place: Place, link: SqliteLink, *, log_there: bool) -> _Look:
    application = link.one("PRAGMA application_id")[0]
    look = _Look(layout=migrate.layout_of(link))
    if application == 0 and link.one("SELECT COUNT(*) FROM sqlite_master")[0] == 0:
        return look
    if application != APPLICATION_ID:
        raise errors.foreign(place.path, "it belongs to another program")
    if look.layout > SCHEMA_VERSION:
        raise errors.newer_schema(place.path.name, look.layout, SCHEMA_VERSION)
    damage = quick_damage(link)
    if damage:
        raise Damage(in_words(damage))
    meta = read_meta(link)
    if meta is None:
        raise Damage("its header row is gone")
    without_log = journal_id_without_log(place.path) if log_there else None
    if without_log is not None and without_log != meta.journal_id:
        raise Damage("the write-ahead log beside it belongs to another journal")
    if meta.env != place.mode.value:
        raise errors.wrong_mode(place.path.name, meta.env, place.mode.value)
    look.unclean = not ended_well(link, place.profile)
    if look.unclean:
        _examine_closely(place, link, look, log_there=log_there)
    return look


def _examine_closely(place: Place, link: SqliteLink, look: _Look, *, log_there: bool) -> None:
    """After an end that was not clean: everything the engine can check, and our own recent rows."""
    damage = full_damage(link)
    if damage:
        raise Damage(in_words(damage))
    look.doubts = own_doubts(link, last=_RECENT_EVENTS)
    if look.doubts:
        look.sentences.append(
            f"The journal {place.path.name} reads well but its entries disagree: {in_words(look.doubts)}. "
            "The broker's figures are used; look at these orders."
        )
    if not log_there:
        look.sentences.append(
            f"The program did not end well last time and the file {log_path(place.path).name} is gone, so the last "
            "entries may be missing. The broker is asked for everything since."
        )


def _take_over(place: Place, look: _Look) -> Opened:
    """Open the writing connection, make or upgrade the tables, note the session."""
    link = open_writer(place.path, place.options.busy_seconds)
    try:
        report = OpenReport(unclean=look.unclean, doubts=tuple(look.doubts))
        if look.layout == 0:
            migrate.create(link, place.mode, to_us(place.now()))
            sync_folder(place.path.parent)
            report = replace(report, created=True)
        elif look.layout < SCHEMA_VERSION:
            make_backup(place.path, place.backups, place.now())
            migrate.upgrade(link, place.options.migration_seconds)
            report = replace(report, migrated_from=look.layout)
        meta = read_meta(link)
        if meta is None:
            raise errors.corrupt(place.path.name, "its header row is gone")
        session = begin_session(link, place.profile, to_us(place.now()))
        begin_log(link, to_us(place.now()))
        cloud = cloud_warning(place.path.parent)
        sentences = (*look.sentences, *([cloud] if cloud else []))
        return Opened(link, meta, session, replace(report, sentences=sentences))
    except BaseException:
        link.close()
        raise


def begin_log(link: SqliteLink, now_us: int, *, keep_length: bool = False) -> None:
    """Empty the write-ahead log and begin the next one with the header row.

    The session is then in the main file, so a log that is lost is noticed at the next start; and the log says whose it
    is, so a log that belongs elsewhere is noticed too. With ``keep_length`` the file stays as long as it is: a commit
    that writes over what is there takes half the time of one that makes the file longer.
    """
    link.all(f"PRAGMA wal_checkpoint({'RESTART' if keep_length else 'TRUNCATE'})")
    probe(link, now_us)


def open_file_read_only(place: Place) -> Opened:
    """Open the journal to look at it, whatever its layout; raises ``StoreError`` where there is nothing to read."""
    if not place.path.exists():
        raise errors.unwritable(place.path.parent, f"there is no {place.path.name} to read")
    if not has_magic(place.path):
        raise errors.foreign(place.path, "it is not a database")
    link = open_looker(place.path, place.options.reader_busy_seconds)
    try:
        if link.one("PRAGMA application_id")[0] != APPLICATION_ID:
            raise errors.foreign(place.path, "it belongs to another program")
        meta = read_meta(link)
        if meta is None:
            raise errors.corrupt(place.path.name, "its header row is gone")
        if meta.env != place.mode.value:
            raise errors.wrong_mode(place.path.name, meta.env, place.mode.value)
    except BaseException:
        link.close()
        raise
    sentence = f"The journal {place.path.name} is open for reading only. No order is sent."
    return Opened(link, meta, None, OpenReport(sentences=(sentence,)))
