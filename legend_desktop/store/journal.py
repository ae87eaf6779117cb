"""The journal as services see it: ``open_store`` and the ``OrderJournal`` it returns.

Everything slow happens on two threads of the journal's own: ``legend-store-writer`` owns the connection that writes,
``legend-store-reader`` the one that reads. Coroutines wait for them; the loop never does.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors, queries
from legend_desktop.store.batch import Batch
from legend_desktop.store.codec import to_us
from legend_desktop.store.database import Link, SqliteLink, file_of_url, is_url, open_reader
from legend_desktop.store.opening import Opened, Place, open_file, open_file_read_only
from legend_desktop.store.options import StoreOptions
from legend_desktop.store.reads import JournalReads
from legend_desktop.store.report import JournalHealth, OpenReport
from legend_desktop.store.repository import Repository
from legend_desktop.store.sessions import Meta, end_session
from legend_desktop.store.space import DiskSpace
from legend_desktop.store.spool import Spool
from legend_desktop.store.upkeep import Upkeep
from legend_desktop.store.worker import Job, Worker
from legend_desktop.store.writer import JournalWriter
from legend_desktop.store.writes import JournalWrites

log = logging.getLogger(__name__)
T = TypeVar("T")
LEND_SECONDS = 0.003


def journal_file(folder: Path, mode: TradingMode) -> Path:
    """The file of a mode within the profile's folder: ``paper.sqlite3`` or ``live.sqlite3``."""
    return folder / f"{mode.value}.sqlite3"


class OrderJournal(JournalReads, JournalWrites):
    """Writes that are durable when they return, and reads of what was written. Made by ``open_store``."""

    def __init__(self, place: Place, clock: Clock, url: str | None, *, read_only: bool) -> None:
        self._place = place
        self._clock = clock
        self._url = url
        self._read_only = read_only
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[JournalHealth], None]] = []
        self._writer = JournalWriter(place.options, clock, self._tell)
        self._reader = Worker("legend-store-reader", place.options.queue_limit)
        self._read_link: Link | None = None
        self._write_link: Link | None = None
        self._spool: Spool | None = None
        self._upkeep: Upkeep | None = None
        self._session: int | None = None
        self._meta: Meta | None = None
        self._closing = False
        self.report = OpenReport()

    # opening and closing

    async def open(self) -> None:
        """Open the journal on its threads; raises ``StoreError`` with the sentence for the person."""
        self._writer.start()
        self._reader.start()
        try:
            await self._writer.call(self._open_for_writing)
            await self._reader.call(self._open_for_reading)
        except BaseException:
            self._closing = True  # also when the program ends in the middle of its start
            self._writer.post(self._abandon)
            self._writer.stop()
            self._reader.stop()
            raise

    def _open_for_writing(self) -> None:
        if self._read_only:
            self._took(self._look())
            return
        if self._url is not None:
            self._open_on_server(self._url)
            return
        opened = open_file(self._place)
        self._took(opened)
        options, link = self._place.options, opened.link
        assert isinstance(link, SqliteLink)
        disk = DiskSpace(self._place.path.parent, options)
        spool = self._open_spool(self._place.spool)
        upkeep = self._upkeep = Upkeep(
            self._place,
            self._clock,
            link,
            (spool, disk),
            commits=lambda: self._writer.commits,
            elsewhere=self._reader.post,
            on_writer=self._writer.post,
            doubt=self._writer.doubt,
            full_check_us=opened.meta.full_check_us,
        )
        self._writer.take_over(link, self._repository(link), spool, disk, upkeep.run)

    def _look(self) -> Opened:
        if self._url is None:
            return open_file_read_only(self._place)
        from legend_desktop.store import server

        return server.open_server_read_only(self._url, self._place)

    def _open_on_server(self, url: str) -> None:
        from legend_desktop.store import server

        opened = server.open_server(url, self._place)
        self._took(opened)
        spool = self._open_spool(self._place.spool)
        self._writer.serve_from(self._relink_writer)
        self._writer.take_over(opened.link, self._repository(opened.link), spool, None, spool.allocate)

    def _relink_writer(self) -> Link:
        """A new writing connection after the server was away; raises ``StoreError`` while it is."""
        from legend_desktop.store import server

        assert self._url is not None
        link = server.connect(self._url, self._place.mode, writes=True)
        if self._write_link is not None:
            self._write_link.close()
        self._write_link = link
        return link

    def _took(self, opened: Opened) -> None:
        self._write_link, self._meta, self._session = opened.link, opened.meta, opened.session
        self.report = opened.report

    def _repository(self, link: Link) -> Repository:
        return Repository(link, self._place.mode, self._place.profile)

    def _open_spool(self, path: Path) -> Spool:
        spool = self._spool = Spool(path, self._place.options.spool_bytes)
        spool.open(self._meta.spool_mark if self._meta is not None else "")
        return spool

    def _open_for_reading(self) -> None:
        if self._read_only:
            self._read_link = self._write_link
        elif self._url is not None:
            from legend_desktop.store import server

            self._read_link = server.connect(self._url, self._place.mode, writes=False)
        else:
            self._read_link = open_reader(self._place.path, self._place.options.reader_busy_seconds)

    async def close(self, seconds: float = 10.0) -> None:
        """Finish what waits, note the clean end, back up, and close; gives up after ``seconds``, losing nothing."""
        if self._closing or self._meta is None:
            self._closing = True
            return
        self._closing = True
        if self._upkeep is not None:
            self._upkeep.end()
        try:
            async with asyncio.timeout(seconds):
                await self._reader.call(self._close_reader)
                await self._writer.call(self._close_writer)
        except TimeoutError:
            log.warning("The journal did not close within %s s; the next start checks it", seconds)
            if self._write_link is not None:
                self._write_link.interrupt()
        finally:
            self._reader.stop()
            self._writer.stop()
            self._reader.join(1.0)
            self._writer.join(1.0)

    def _abandon(self) -> None:
        """Close what a failed opening left."""
        self._writer.let_go()
        if self._write_link is not None:
            self._write_link.close()
        if self._spool is not None:
            self._spool.close()

    def _close_reader(self) -> None:
        if self._read_link is not None:
            self._read_link.close()

    def _close_writer(self) -> None:
        link = self._write_link
        if link is None:
            return
        self._writer.flush_details()
        try:
            if self._session is not None and not self._writer.pending:
                end_session(link, self._session, to_us(self._clock.now()))
            if self._upkeep is not None:
                self._upkeep.finish()
        except StoreError as error:
            log.warning("The journal did not end cleanly: %s", error)
        finally:
            self._writer.let_go()
            link.close()
            if self._spool is not None:
                self._spool.close()

    # what it is

    @property
    def is_open(self) -> bool:
        """True once ``open`` has ended well, until ``close``."""
        return self._meta is not None and not self._closing

    @property
    def mode(self) -> TradingMode:
        """Paper or live: the mode this journal was made for."""
        return self._place.mode

    @property
    def install_id(self) -> str:
        """Two characters of this installation, for client order ids."""
        assert self._meta is not None
        return self._meta.install_id

    @property
    def writable(self) -> bool:
        """False while the journal takes no entries: a durable write failed, the disk is nearly full, or read-only."""
        return not self._read_only and not self._closing and self._writer.health.writable

    @property
    def health(self) -> JournalHealth:
        """Whether entries are taken, and why not."""
        if self._read_only:
            return JournalHealth(False, errors.READ_ONLY, self.report.sentences[0])
        return self._writer.health

    @property
    def path(self) -> Path:
        """The file, or the folder of the spool's owner where the journal is on a server."""
        return self._place.path

    def on_health(self, listener: Callable[[JournalHealth], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop whenever the health changes; returns the function that ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def _tell(self, health: JournalHealth) -> None:
        def deliver() -> None:
            for listener in tuple(self._listeners):
                listener(health)

        try:
            self._loop.call_soon_threadsafe(deliver)
        except RuntimeError:
            log.info("The journal's health changed after its loop had ended: %s", health.sentence)

    def for_account(self, profile: str) -> "AccountJournal":
        """The part of this journal that belongs to one account: same file, same thread, other rows."""
        return AccountJournal(self, profile)

    async def load_parts(self) -> list[str]:
        """The names of the parts that hold orders, for ``for_account``. Raises ``StoreError``."""
        return await self._read(lambda link, _: queries.load_parts(link))

    async def check(self) -> JournalHealth:
        """Look at the disk and try the journal now; takes in what waits in the spool where that works."""
        return await self._writer.call(self._writer.check)

    # writing

    async def _write(self, batch: Batch, *, urgent: bool = False) -> None:
        """``urgent``: the wire waits for it, so the loop stands still for the moment that a quick disk needs."""
        self._must_be_writable()
        job = self._writer.submit(Job(lambda: self._writer.write(batch), urgent=urgent))
        if urgent:
            job.lend(LEND_SECONDS)
        await job.future

    async def _write_details(self, batch: Batch) -> None:
        self._must_be_writable()
        await self._writer.submit_details(batch).future

    async def _on_writer(self, write: Callable[[Link], None]) -> None:
        self._must_be_writable()

        def call() -> None:
            if self._write_link is None:
                raise errors.closed()
            write(self._write_link)

        await self._writer.call(call)

    def _now_us(self) -> int:
        return to_us(self._clock.now())

    def _must_be_writable(self) -> None:
        if self._read_only:
            raise errors.read_only(self._place.path.name)

    # reading

    @property
    def _profile(self) -> str:
        return self._place.profile

    async def _read(self, query: Callable[[Link, tuple[Batch, ...]], T]) -> T:
        return await self.read_as(self._profile, query)

    async def read_as(self, profile: str, query: Callable[[Link, tuple[Batch, ...]], T]) -> T:
        """Run ``query`` on the reader's thread; of the batches that wait in the spool it gets those of ``profile``."""

        def read() -> T:
            if self._read_link is None:
                raise errors.closed()
            while True:
                pending = self._writer.pending
                own = tuple(row for row in pending if (row.profile or self._profile) == profile)
                found = query(self._read_link, own)
                if self._writer.pending is pending:
                    return found

        def read_again() -> T:
            try:
                return read()
            except StoreError as error:
                if self._url is None or error.code != errors.UNREACHABLE:
                    raise
                if self._read_link is not None:
                    self._read_link.close()
                self._open_for_reading()
                return read()

        return await self._reader.call(read_again)


class AccountJournal(JournalReads, JournalWrites):
    """The journal of one account among several in one file. Opened and closed with the journal it is a part of."""

    def __init__(self, journal: OrderJournal, profile: str) -> None:
        self._journal = journal
        self._name = profile

    @property
    def _profile(self) -> str:
        return self._name

    async def _read(self, query: Callable[[Link, tuple[Batch, ...]], T]) -> T:
        return await self._journal.read_as(self._name, query)

    async def _write(self, batch: Batch, *, urgent: bool = False) -> None:
        await self._journal._write(batch, urgent=urgent)

    async def _write_details(self, batch: Batch) -> None:
        await self._journal._write_details(batch)

    async def _on_writer(self, write: Callable[[Link], None]) -> None:
        await self._journal._on_writer(write)

    def _now_us(self) -> int:
        return self._journal._now_us()

    @property
    def mode(self) -> TradingMode:
        """Paper or live: the mode this journal was made for."""
        return self._journal.mode

    @property
    def install_id(self) -> str:
        """Two characters of this installation, for client order ids."""
        return self._journal.install_id

    @property
    def writable(self) -> bool:
        """False while the journal takes no entries."""
        return self._journal.writable

    @property
    def health(self) -> JournalHealth:
        """Whether entries are taken, and why not."""
        return self._journal.health

    def on_health(self, listener: Callable[[JournalHealth], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop whenever the health changes; returns the function that ends it."""
        return self._journal.on_health(listener)


def prepare_store(
    place: str | Path,
    mode: TradingMode,
    clock: Clock,
    *,
    profile: str = "default",
    read_only: bool = False,
    options: StoreOptions | None = None,
) -> OrderJournal:
    """A journal that is not open yet: await its ``open`` before the first write. Takes the same as ``open_store``."""
    options = options or StoreOptions()
    url: str | None = None
    if is_url(place):
        text = str(place)
        file = file_of_url(text)
        if file is None:
            from legend_desktop.store import server

            server.check_url(text)
            if options.spool_folder is None:
                raise ValueError("a journal on a server needs spool_folder for the times without it")
            url, file = text, options.spool_folder / f"{server.schema_of(mode)}.remote"
    else:
        file = Path(place)
    return OrderJournal(Place(file, mode, profile, options, clock.now), clock, url, read_only=read_only)


async def open_store(
    place: str | Path,
    mode: TradingMode,
    clock: Clock,
    *,
    profile: str = "default",
    read_only: bool = False,
    options: StoreOptions | None = None,
) -> OrderJournal:
    """Open the journal of ``mode`` at ``place``: a file, or the address of a PostgreSQL server.

    Checks the file, restores it from a backup where it is damaged, brings an older layout up to date; ``report`` of
    the result says what was found. ``read_only`` shows a journal that cannot or must not be written, also one of a
    newer layout. Raises ``StoreError`` with a plain sentence and advice.
    """
    journal = prepare_store(place, mode, clock, profile=profile, read_only=read_only, options=options)
    await journal.open()
    return journal
