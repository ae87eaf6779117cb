"""What is done for the file from time to time: checkpoints, backups, the weekly full check, spool and ballast."""

import logging
import os
from collections.abc import Callable

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import StoreError
from legend_desktop.store.backup import make_backup
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import SqliteLink
from legend_desktop.store.integrity import full_damage, in_words, own_doubts
from legend_desktop.store.opening import Place, begin_log, open_looker
from legend_desktop.store.recovery import log_path
from legend_desktop.store.sessions import note_full_check
from legend_desktop.store.space import DiskSpace
from legend_desktop.store.spool import Spool

log = logging.getLogger(__name__)

_HOUR_NS = 3_600_000_000_000
_DAY_US = 86_400_000_000


class Upkeep:
    """Decides on the writer thread what is due; backups and checks run on the reader thread beside the writer."""

    def __init__(
        self,
        place: Place,
        clock: Clock,
        link: SqliteLink,
        parts: tuple[Spool, DiskSpace],
        *,
        commits: Callable[[], int],
        elsewhere: Callable[[Callable[[], None]], None],
        on_writer: Callable[[Callable[[], None]], None],
        doubt: Callable[[str], None],
        full_check_us: int,
    ) -> None:
        self._place = place
        self._clock = clock
        self._link = link
        self._spool, self._disk = parts
        self._commits = commits
        self._elsewhere = elsewhere
        self._on_writer = on_writer
        self._doubt = doubt
        self._full_check_us = full_check_us
        self._backup_ns = clock.monotonic_ns()
        self._backed_up = 0
        self._checkpointed = 0
        self._prepared = False
        self._ending = False

    def end(self) -> None:
        """Begin nothing more but ``finish``: the journal is closing."""
        self._ending = True

    def run(self) -> None:
        """Do what is due; called on the writer thread."""
        if self._ending:
            return
        if not self._prepared:
            self._prepared = True
            self._spool.allocate()
            self._disk.lay_ballast()
            self._lengthen_log()
        if self._commits() != self._checkpointed:
            self._checkpointed = self._commits()
            self._checkpoint(to_us(self._clock.now()))
        options = self._place.options
        if self._clock.monotonic_ns() - self._backup_ns >= options.backup_hours * _HOUR_NS:
            self._backup_ns = self._clock.monotonic_ns()
            if self._commits() != self._backed_up:
                self._backed_up = self._commits()
                self._elsewhere(self._backup_beside)
        now_us = to_us(self._clock.now())
        if now_us - self._full_check_us >= options.full_check_days * _DAY_US:
            self._full_check_us = now_us
            self._elsewhere(self._full_check)

    def _checkpoint(self, next_us: int | None) -> None:
        """Empty the write-ahead log unless a reader is in the way, and begin the next one at ``next_us``."""
        link = self._link
        try:
            link.run("PRAGMA busy_timeout = 20")
            if next_us is None:
                link.all("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                begin_log(link, next_us, keep_length=True)
        except StoreError as error:
            log.info("The write-ahead log was not emptied: %s", error)
        finally:
            link.run(f"PRAGMA busy_timeout = {int(self._place.options.busy_seconds * 1000)}")

    def _lengthen_log(self) -> None:
        """Put zeros behind the write-ahead log, so that commits write over them instead of making the file longer.

        The engine stops reading a log at the first frame that does not fit the ones before; zeros never do.
        """
        path, wanted = log_path(self._place.path), self._place.options.log_bytes
        try:
            with path.open("r+b") as file:
                missing = wanted - file.seek(0, os.SEEK_END)
                if missing > 0:
                    file.write(bytes(missing))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            log.info("The write-ahead log was not made longer: %s", error)

    def _backup_beside(self) -> None:
        if not self._ending:
            self._backup()

    def _backup(self) -> None:
        try:
            make_backup(self._place.path, self._place.backups, self._clock.now())
        except StoreError as error:
            log.warning("No backup was made: %s", error.sentence)

    def _full_check(self) -> None:
        if self._ending:
            return
        link = open_looker(self._place.path, self._place.options.reader_busy_seconds)
        try:
            damage = full_damage(link)
            doubts = [] if damage else own_doubts(link)
        finally:
            link.close()
        self._on_writer(lambda: self._checked(damage, doubts))

    def _checked(self, damage: list[str], doubts: list[str]) -> None:
        if self._ending:
            return
        if damage or doubts:
            found = in_words([*damage, *doubts])
            log.error("The weekly check of the journal found: %s", found)
            advice = "Restart the program to restore the newest good backup." if damage else "Look at these orders."
            self._doubt(f"The weekly check of the journal found: {found}. {advice}")
        else:
            note_full_check(self._link, to_us(self._clock.now()))

    def finish(self) -> None:
        """The last backup, when something was written since the one before, and an empty write-ahead log."""
        if self._commits() != self._backed_up:
            self._backup()
        self._checkpoint(None)
