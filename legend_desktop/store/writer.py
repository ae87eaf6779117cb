"""The one thread that writes: intents at once, details together, and what to do when the disk says no.

A write that the journal cannot take goes to the spool, which is as durable, so that fills, cancels and exits go on;
an order that would open risk is refused instead. From then on the journal is probed every other second, and what the
spool holds is taken in before anything new is written.
"""

import logging
import queue
import time
from collections.abc import Callable

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors
from legend_desktop.store.batch import Batch, merge_details
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import Link
from legend_desktop.store.options import StoreOptions
from legend_desktop.store.report import JournalHealth
from legend_desktop.store.repository import Repository
from legend_desktop.store.sessions import probe
from legend_desktop.store.space import DiskSpace, Space
from legend_desktop.store.spool import Spool
from legend_desktop.store.worker import Job, Worker

log = logging.getLogger(__name__)


class JournalWriter(Worker):
    """Owns the writing connection, the spool and the watch over the disk. Its methods run on its thread alone."""

    def __init__(self, options: StoreOptions, clock: Clock, tell: Callable[[JournalHealth], None]) -> None:
        super().__init__("legend-store-writer", options.queue_limit)
        self._options = options
        self._clock = clock
        self._tell = tell
        self._link: Link | None = None
        self._repository: Repository | None = None
        self._spool: Spool | None = None
        self._disk: DiskSpace | None = None
        self._space = Space(None)
        self._trouble: StoreError | None = None
        self._lock_lost: StoreError | None = None
        self._warning = ""
        self._details: list[Job[None]] = []
        self._details_due = 0.0
        self._care_at = float("inf")
        self._spools_entries = False
        self._upkeep: Callable[[], None] = lambda: None
        self._relink: Callable[[], Link] | None = None
        self.commits = 0
        self.health = JournalHealth()

    def take_over(
        self,
        link: Link,
        repository: Repository,
        spool: Spool | None,
        disk: DiskSpace | None,
        upkeep: Callable[[], None],
    ) -> None:
        """Begin to write through ``link``; ``upkeep`` is called whenever it is time for backups and the like."""
        self._link, self._repository, self._spool, self._disk = link, repository, spool, disk
        self._upkeep = upkeep
        if spool is not None and spool.pending:
            try:
                self._take_in_spool()
            except StoreError as error:
                self._trouble = error
        self._care_at = time.monotonic()
        self._look_at_disk()

    def let_go(self) -> None:
        """Write nothing more: the connection is about to be closed."""
        self._link = self._repository = None
        self._care_at = float("inf")

    @property
    def pending(self) -> tuple[Batch, ...]:
        """The batches that wait in the spool."""
        return () if self._spool is None else self._spool.pending

    def submit_details(self, batch: Batch) -> Job[None]:
        """Queue quotes and stamps, which may share a commit with others."""
        return self.submit(Job(lambda: self.write(batch), tag=batch))

    def write(self, batch: Batch) -> None:
        """Make ``batch`` durable, in the journal or in the spool; raises ``StoreError`` where it is in neither."""
        if self._repository is None:
            raise errors.closed()
        try:
            self._commit(batch)
        except StoreError as error:
            if error.code not in errors.OUTAGES:
                raise
            log.warning("The journal could not be written: %s", error)
            error = self._lock_lost or error
            self._set_trouble(error)
            if batch.opens_risk and not (self._spools_entries and error.code == errors.UNREACHABLE):
                raise error from None
            if error.code == errors.DISK_FULL and self._disk is not None and self._disk.drop_ballast():
                try:
                    self._commit(batch)
                except StoreError:
                    log.warning("The journal could not be written without the ballast either")
                else:
                    return
            self._keep_in_spool(batch, error)

    def _commit(self, batch: Batch) -> None:
        assert self._repository is not None
        if self.pending:
            self._take_in_spool()
        self._repository.write((batch,), self._now_us())
        self.commits += 1
        self._set_trouble(None)

    def _keep_in_spool(self, batch: Batch, error: StoreError) -> None:
        if self._spool is None:
            raise error
        self._spool.append(batch)
        self._publish()

    def _take_in_spool(self) -> None:
        """Write what waits in the spool, all at once; where a batch is refused, the others by themselves."""
        spool, repository = self._spool, self._repository
        assert spool is not None
        assert repository is not None
        count = len(spool.pending)
        try:
            repository.write((), self._now_us(), pending=spool.pending, spool_mark=spool.mark)
        except StoreError as error:
            if error.code in errors.OUTAGES:
                raise
            self._take_in_one_by_one(spool, repository)
        spool.clear()
        self.commits += 1
        log.info("The journal took in %s writes from the spool", count)

    def _take_in_one_by_one(self, spool: Spool, repository: Repository) -> None:
        for batch in spool.pending:
            try:
                repository.write((), self._now_us(), pending=(batch,))
            except StoreError as error:
                if error.code in errors.OUTAGES:
                    raise
                names = ", ".join(sorted({event.client_order_id for event in batch.events})) or "no order"
                log.error("A spooled write of %s was refused and is left out: %s", names, error)
        repository.write((), self._now_us(), spool_mark=spool.mark)

    def check(self) -> JournalHealth:
        """Probe the journal and the disk now; takes the spool in where that works. Returns the health after it."""
        if self._link is None:
            return self.health
        self._look_at_disk()
        if self._trouble is not None or self.pending:
            try:
                self._reconnect()
                if self.pending:
                    self._take_in_spool()
                probe(self._link, self._now_us())
            except StoreError as error:
                self._set_trouble(error)
            else:
                self._set_trouble(None)
        self._publish()
        return self.health

    def _reconnect(self) -> None:
        """Open a new connection where the server went away; another machine may trade by now."""
        away = {errors.UNREACHABLE, errors.LOCKED_ELSEWHERE}
        if self._relink is None or self._trouble is None or self._trouble.code not in away:
            return
        assert self._repository is not None
        try:
            self._link = self._relink()
        except StoreError as error:
            self._lock_lost = error if error.code == errors.LOCKED_ELSEWHERE else self._lock_lost
            raise
        self._lock_lost = None
        self._repository.use(self._link)

    def serve_from(self, relink: Callable[[], Link]) -> None:
        """The journal is on a server: ``relink`` connects anew, and an outage does not stop entries."""
        self._relink = relink
        self._spools_entries = True

    def _look_at_disk(self) -> None:
        if self._disk is not None:
            space = self._disk.look()
            if space != self._space:
                self._space = space
                self._publish()

    def _set_trouble(self, error: StoreError | None) -> None:
        if (error is None) != (self._trouble is None) or (error is not None and error is not self._trouble):
            self._trouble = error
            self._publish()

    def _publish(self) -> None:
        trouble, space = self._trouble, self._space
        spooled = len(self.pending)
        if trouble is not None:
            writable = self._spools_entries and trouble.code == errors.UNREACHABLE
            health = JournalHealth(writable, trouble.code, trouble.sentence, space.free, spooled)
        elif space.locks_entries:
            health = JournalHealth(False, errors.DISK_LOW, space.sentence, space.free, spooled)
        else:
            health = JournalHealth(True, "", space.sentence or self._warning, space.free, spooled)
        if health != self.health:
            self.health = health
            self._tell(health)

    def doubt(self, sentence: str) -> None:
        """Say something about the journal that stops nothing."""
        self._warning = sentence
        self._publish()

    def _now_us(self) -> int:
        return to_us(self._clock.now())

    def flush_details(self) -> None:
        """Write the details that wait, in one commit; where one of them is refused, each by itself."""
        jobs, self._details = self._details, []
        if not jobs:
            return
        batches = [job.tag for job in jobs if isinstance(job.tag, Batch)]
        try:
            self.write(merge_details(batches))
        except StoreError as error:
            if len(jobs) == 1 or error.code in errors.OUTAGES:
                for job in jobs:
                    job.fail(error)
                return
            for job in jobs:
                job.run()
        except BaseException as error:  # noqa: BLE001  each caller must hear of it
            for job in jobs:
                job.fail(error)
        else:
            for job in jobs:
                job.finish(None)

    def _add_detail(self, job: Job[None]) -> None:
        if not self._details:
            self._details_due = time.monotonic() + self._options.detail_seconds
        self._details.append(job)
        if sum(each.tag.rows for each in self._details if isinstance(each.tag, Batch)) >= self._options.detail_rows:
            self.flush_details()

    def _care(self) -> None:
        self.check()
        self._upkeep()
        troubled = self._trouble is not None or bool(self.pending)
        self._care_at = time.monotonic() + (self._options.probe_seconds if troubled else self._options.idle_seconds)

    def _run(self) -> None:
        while True:
            now = time.monotonic()
            due = min(self._details_due if self._details else self._care_at, self._care_at)
            try:
                job = self._take(None if due == float("inf") else max(0.0, due - now))
            except queue.Empty:
                self._on_time()
                continue
            if job is None:
                self.flush_details()
                return
            if isinstance(job, Job) and isinstance(job.tag, Batch):
                self._add_detail(job)
            else:
                self._do(job)
            if self._trouble is not None:
                self._care_at = min(self._care_at, time.monotonic() + self._options.probe_seconds)
            self._on_time()

    def _on_time(self) -> None:
        now = time.monotonic()
        if self._details and now >= self._details_due:
            self.flush_details()
        if now >= self._care_at:
            self._do(self._care)
