"""What can go wrong with the journal, as plain sentences, and how an engine's error is recognised."""

import errno
import sqlite3
from pathlib import Path

from legend_desktop.domain.errors import StoreError

DISK_FULL = "disk_full"
DISK_LOW = "disk_low"
LOCKED = "locked"
READ_ONLY = "read_only"
UNWRITABLE = "unwritable"
INPUT_OUTPUT = "input_output"
CORRUPT = "corrupt"
FOREIGN = "foreign"
NEWER_SCHEMA = "newer_schema"
WRONG_MODE = "wrong_mode"
REFUSED = "refused"
UNKNOWN_ORDER = "unknown_order"
BUSY = "busy"
CLOSED = "closed"
UNREACHABLE = "unreachable"
LOCKED_ELSEWHERE = "locked_elsewhere"
NETWORK_DRIVE = "network_drive"
MIGRATION = "migration"
BACKUP = "backup"

OUTAGES = frozenset({DISK_FULL, LOCKED, READ_ONLY, INPUT_OUTPUT, CORRUPT, UNREACHABLE, UNWRITABLE})
"""Codes after which the journal itself cannot be written: fills and exits go to the spool."""

_NOT_SENT = "so no order can be written down first, so none is sent."


def disk_full(folder: Path) -> StoreError:
    """No room for another commit."""
    return StoreError(
        f"The disk is full, {_NOT_SENT}",
        advice=f"Cancels and exits still work. Free 200 MB at {folder}.",
        code=DISK_FULL,
    )


def locked(place: str, seconds: float) -> StoreError:
    """Another process holds the write lock for longer than we wait."""
    return StoreError(
        f"Another program has kept the journal locked for {seconds:g} s, {_NOT_SENT}",
        advice=f"Cancels and exits still work. Close the other program that uses {place}.",
        code=LOCKED,
    )


def read_only(place: str) -> StoreError:
    """The file was opened, or has become, read-only."""
    return StoreError(
        f"The journal {place} can be read but not written, {_NOT_SENT}",
        advice="Give yourself the right to write to the file, or choose another folder with --profile-dir.",
        code=READ_ONLY,
    )


def unwritable(folder: Path, reason: str) -> StoreError:
    """The folder of the journal cannot be made or written to."""
    return StoreError(
        f"The journal cannot be kept in {folder}: {reason}.",
        advice="Choose another folder with --profile-dir, or give yourself the right to write there.",
        code=UNWRITABLE,
    )


def corrupt(place: str, detail: str) -> StoreError:
    """The file is damaged and could not be put right."""
    return StoreError(
        f"The journal {place} is damaged ({detail}).",
        advice="Restart the program: it sets the damaged file aside and restores the newest good backup.",
        code=CORRUPT,
    )


def foreign(path: Path, detail: str) -> StoreError:
    """The file is not a journal of this program; it is left alone."""
    return StoreError(
        f"{path} is not a journal of Legend Desktop ({detail}), so it is left untouched.",
        advice="Move that file away, or choose another folder with --profile-dir.",
        code=FOREIGN,
    )


def newer_schema(place: str, found: int, known: int) -> StoreError:
    """A newer version of the program wrote the file."""
    return StoreError(
        f"A newer version of Legend Desktop wrote the journal {place} (layout {found}, this version knows {known}).",
        advice="Update the program, or open the journal read-only to look at its history.",
        code=NEWER_SCHEMA,
    )


def wrong_mode(place: str, found: str, wanted: str) -> StoreError:
    """A paper file where a live one belongs, or the other way round."""
    return StoreError(
        f"{place} holds the {found} journal, so it cannot be opened for {wanted} trading.",
        advice=f"Put the {wanted} journal in its place, or choose another folder with --profile-dir.",
        code=WRONG_MODE,
    )


def unreachable(place: str, detail: str) -> StoreError:
    """The database server does not answer."""
    return StoreError(
        f"The database server {place} cannot be reached ({detail}).",
        advice="Start the server or correct LEGEND_DATABASE_URL; without that setting the journal is a local file.",
        code=UNREACHABLE,
    )


def locked_elsewhere(place: str) -> StoreError:
    """Another machine holds the lock of a shared journal."""
    return StoreError(
        f"Another machine is trading on the journal at {place}, {_NOT_SENT}",
        advice="Close the program there; this one takes over within seconds.",
        code=LOCKED_ELSEWHERE,
    )


def network_drive(path: Path, kind: str) -> StoreError:
    """SQLite on a share loses data."""
    return StoreError(
        f"{path} is on a network drive ({kind}), where a journal can lose what was written.",
        advice="Choose a folder on a disk of this machine with --profile-dir, or set LEGEND_DATABASE_URL.",
        code=NETWORK_DRIVE,
    )


def closed() -> StoreError:
    """The journal is closed or closing."""
    return StoreError(f"The journal is closed, {_NOT_SENT}", advice="Restart the program.", code=CLOSED)


def busy(waiting: int) -> StoreError:
    """The writer is so far behind that nothing more is taken."""
    return StoreError(
        f"The disk is too slow: {waiting} writes are waiting, {_NOT_SENT}",
        advice="Wait until the disk has caught up, then try again.",
        code=BUSY,
    )


def refused(detail: str) -> StoreError:
    """The engine refused the row itself, which a second try would not change."""
    return StoreError(
        f"The journal refused what was to be written ({detail}), {_NOT_SENT}",
        advice="Please report this with the log file.",
        code=REFUSED,
    )


def unknown_order(client_order_id: str) -> StoreError:
    """An event, quote or stamp names an order that was never written down."""
    return StoreError(
        f"The order {client_order_id} is not in the journal.",
        advice="Please report this with the log file.",
        code=UNKNOWN_ORDER,
    )


_SQLITE_CODES = {
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: CORRUPT,
    sqlite3.SQLITE_IOERR: INPUT_OUTPUT,
    sqlite3.SQLITE_CANTOPEN: UNWRITABLE,
    sqlite3.SQLITE_NOLFS: DISK_FULL,
}


def from_sqlite(error: sqlite3.Error, path: Path, waited: float) -> StoreError:
    """The sentence for an error of SQLite; ``waited`` is the busy time-out in seconds."""
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    code = _SQLITE_CODES.get(primary, REFUSED)
    if code == DISK_FULL:
        return disk_full(path.parent)
    if code == LOCKED:
        return locked(path.name, waited)
    if code == READ_ONLY:
        return read_only(path.name)
    if code == CORRUPT:
        return corrupt(path.name, str(error))
    if code == UNWRITABLE:
        return unwritable(path.parent, str(error))
    if code == INPUT_OUTPUT:
        return StoreError(
            f"The disk reported an error while writing the journal ({error}), {_NOT_SENT}",
            advice=f"Cancels and exits still work. Check the disk that holds {path.parent}.",
            code=INPUT_OUTPUT,
        )
    return refused(str(error))


def from_os(error: OSError, folder: Path) -> StoreError:
    """The sentence for an error of the file system at ``folder``."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(folder)
    return unwritable(folder, (error.strerror or str(error)).lower())
