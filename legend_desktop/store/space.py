"""How much room the disk has: warn early, lock entries before it is full, keep a ballast to throw off in need."""

import contextlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from legend_desktop.store.options import MEGABYTE, StoreOptions

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Space:
    """The free bytes of the journal's disk and what they mean."""

    free: int | None
    locks_entries: bool = False
    sentence: str = ""


class DiskSpace:
    """Measures the disk of one folder and keeps the ballast file in it."""

    def __init__(self, folder: Path, options: StoreOptions) -> None:
        self._folder = folder
        self._options = options
        self.ballast = folder / "ballast.bin"

    def look(self) -> Space:
        """Measure now."""
        try:
            free = self._options.free_bytes(self._folder)
        except OSError:
            return Space(None)
        megabytes = free // MEGABYTE
        if free < self._options.lock_free_bytes:
            return Space(
                free,
                locks_entries=True,
                sentence=f"Only {megabytes} MB are free at {self._folder}, so no new entry is sent. "
                "Cancels and exits still work. Free 200 MB.",
            )
        if free < self._options.warn_free_bytes:
            return Space(free, sentence=f"Only {megabytes} MB are free at {self._folder}. Free some room soon.")
        return Space(free)

    def lay_ballast(self) -> None:
        """Make the ballast file where it is missing and there is room enough."""
        size = self._options.ballast_bytes
        space = self.look()
        if size == 0 or self.ballast.exists() or space.free is None:
            return
        if space.free < self._options.warn_free_bytes + 2 * size:
            return
        try:
            handle = os.open(self.ballast, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            log.warning("The ballast file could not be made: %s", error)
            return
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, size)
            else:
                os.write(handle, bytes(size))
        except OSError as error:
            log.warning("The ballast file could not be filled: %s", error)
            self.drop_ballast()
        finally:
            os.close(handle)

    def drop_ballast(self) -> bool:
        """Give the ballast's room back; true where there was one."""
        if not self.ballast.exists():
            return False
        with contextlib.suppress(OSError):
            self.ballast.unlink()
            log.warning("The disk is full: the ballast file was deleted to write the journal on")
            return True
        return False
