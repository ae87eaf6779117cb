"""A damaged journal: set the file and its log aside together, put the best copy there is in their place.

Nothing is deleted and nothing that is not ours is moved. What the copy does not know, the comparison with the broker
brings back.
"""

import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors
from legend_desktop.store.backup import backups_of, copy_into_place, facts_of, newest_good
from legend_desktop.store.database import open_copy
from legend_desktop.store.integrity import full_damage, own_doubts
from legend_desktop.store.options import APPLICATION_ID, SCHEMA_VERSION
from legend_desktop.store.report import OpenReport
from legend_desktop.store.sessions import read_meta

log = logging.getLogger(__name__)

_MAGIC = b"SQLite format 3\x00"
_APPLICATION_AT = slice(68, 72)


class Damage(Exception):
    """The file is damaged in the way ``detail`` says and must be set aside."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def log_path(path: Path) -> Path:
    """The write-ahead log beside ``path``."""
    return path.with_name(path.name + "-wal")


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(100)


def has_magic(path: Path) -> bool:
    """True where the file begins as every SQLite database does."""
    return _head(path).startswith(_MAGIC)


def journal_id_without_log(path: Path) -> str | None:
    """Whose the main file is when its log is left out; ``None`` where that cannot be told."""
    try:
        link = open_copy(path)
    except Exception:  # noqa: BLE001  a main file in the midst of a checkpoint may be unreadable by itself
        return None
    try:
        meta = read_meta(link)
        return None if meta is None else meta.journal_id
    except StoreError:
        return None
    finally:
        link.close()


def recover(path: Path, mode: TradingMode, backups: Path, now: datetime, detail: str) -> OpenReport:
    """Set the damaged journal aside and restore the newest state that passes every check.

    Raises ``StoreError`` and moves nothing where the file shows no sign of being ours.
    """
    ours = has_magic(path) and int.from_bytes(_head(path)[_APPLICATION_AT], "big") == APPLICATION_ID
    if not ours and not backups_of(backups, path.stem):
        raise errors.foreign(path, detail)
    quarantined = _set_aside(path, now)
    log.error("The journal %s is damaged (%s); it was moved to %s", path, detail, quarantined)
    said = f"The journal {path.name} was damaged ({detail}); it is kept in {quarantined}."
    main_only = quarantined / path.name
    if log_path(main_only).exists() and log_path(main_only).stat().st_size and _is_sound(main_only, mode):
        copy_into_place(main_only, path)
        return OpenReport(
            quarantined=quarantined,
            restored_from=main_only,
            sentences=(said, "Its main part is sound and was kept. The broker is asked for everything since."),
        )
    found = newest_good(backups, path.stem, mode.value, SCHEMA_VERSION)
    if found is None:
        return OpenReport(
            quarantined=quarantined,
            sentences=(said, "There is no good backup, so a new journal begins. The broker is asked for its orders."),
        )
    at, backup, facts = found
    copy_into_place(backup, path)
    when = at.astimezone(UTC).strftime("%d %b %Y %H:%M UTC")
    return OpenReport(
        quarantined=quarantined,
        restored_from=backup,
        sentences=(
            said,
            f"The backup of {when} with {facts.events} order events took its place. "
            "The broker is asked for everything since.",
        ),
    )


def _set_aside(path: Path, now: datetime) -> Path:
    """Move the file, its log and its index into a folder of their own."""
    folder = path.parent / "quarantine" / f"{path.stem}-{now.astimezone(UTC).strftime('%Y%m%dT%H%M%S%fZ')}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            with contextlib.suppress(FileNotFoundError):
                part.rename(folder / part.name)
    except OSError as error:
        raise errors.corrupt(path.name, f"it could not be moved to {folder}: {error}") from error
    return folder


def _is_sound(path: Path, mode: TradingMode) -> bool:
    """True where the main file alone passes every check and is of this mode."""
    try:
        link = open_copy(path)
    except Exception:  # noqa: BLE001  whatever is wrong with it, it is not sound
        return False
    try:
        if full_damage(link):
            return False
        facts = facts_of(link)
        return facts.env == mode.value and facts.version <= SCHEMA_VERSION and not own_doubts(link)
    except StoreError:
        return False
    finally:
        link.close()
