"""The settings of the journal and the figures they start from."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_000_000
APPLICATION_ID = 0x4C474E44  # "LGND" in the header of our files
SCHEMA_VERSION = 3


def free_bytes(folder: Path) -> int:
    """Bytes this user may still write on the disk of ``folder``."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How patient and how careful the journal is; the defaults are what the program runs with.

    Times are in seconds unless named otherwise. ``spool_folder`` and ``backup_folder`` default to folders beside the
    file. ``free_bytes`` tells the free space of a folder.
    """

    busy_seconds: float = 5.0
    reader_busy_seconds: float = 2.0
    queue_limit: int = 10_000
    detail_rows: int = 50
    detail_seconds: float = 0.020
    probe_seconds: float = 2.0
    idle_seconds: float = 30.0
    warn_free_bytes: int = 500 * MEGABYTE
    lock_free_bytes: int = 100 * MEGABYTE
    ballast_bytes: int = 32 * MEGABYTE
    spool_bytes: int = 4 * MEGABYTE
    log_bytes: int = 4 * MEGABYTE
    spool_folder: Path | None = None
    backup_folder: Path | None = None
    backup_hours: float = 4.0
    full_check_days: float = 7.0
    migration_seconds: float = 60.0
    free_bytes: Callable[[Path], int] = free_bytes
