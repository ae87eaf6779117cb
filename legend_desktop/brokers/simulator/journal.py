"""Durable writes beside the event loop: changes queue up, one worker syncs them together, then they are told."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.state import Row, StateFile, changes, encode, restore, whole
from legend_desktop.domain.errors import StoreError

Tell = Callable[[], None]
_REWRITE_AFTER = 50_000


class Journal:
    """The state file of one session. What is written together is synced once."""

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator-state")
        self._rows: list[Row] = []
        self._tells: list[Tell] = []
        self._backlog = b""
        self._writing: asyncio.Future[None] | None = None
        self._rows_written = 0
        self.error: OSError | None = None

    @property
    def overgrown(self) -> bool:
        """True where the file holds far more rows than are needed."""
        return self._rows_written > _REWRITE_AFTER

    async def open(self, engine: Engine, *, fresh: bool) -> None:
        """Tidy the file, after filling a ``fresh`` engine from it. Raises ``StoreError``."""
        loop = asyncio.get_running_loop()
        try:
            if fresh:
                restore(engine, await loop.run_in_executor(self._worker, self._file.load))
            await self.rewrite(engine)
        except BaseException:
            self._worker.shutdown()
            raise

    async def rewrite(self, engine: Engine) -> None:
        """Shorten the file to what still matters; call it with nothing queued. Raises ``StoreError``."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._worker, self._file.rewrite, encode(whole(engine)))
        except OSError as error:
            raise StoreError(
                f"The simulator's state {self._file.path} cannot be written: {error.strerror}.",
                advice="Free space or choose another profile folder.",
            ) from error
        self._rows_written = 0
        self._backlog = b""
        self.error = None

    def put(self, engine: Engine, tell: Tell) -> None:
        """Queue what changed in ``engine``; ``tell`` is called once it is on the disk."""
        self._rows.extend(changes(engine))
        self._tells.append(tell)

    async def flush(self) -> None:
        """Return when everything queued so far is on the disk. Raises ``StoreError`` where that failed."""
        while self._tells or self._writing is not None:
            if self._writing is None:
                self._begin()
            if self._writing is not None:
                await asyncio.wait([self._writing])
        if self.error is not None:
            raise StoreError(f"The simulator's state {self._file.path} cannot be written: {self.error.strerror}.")

    def _begin(self) -> None:
        rows, tells = self._rows, self._tells
        self._rows, self._tells = [], []
        text = self._backlog + encode(rows)
        if not text:
            for tell in tells:
                tell()
            return
        future = asyncio.get_running_loop().run_in_executor(self._worker, self._file.append, text)
        self._writing = future

        def written(done: "asyncio.Future[None]") -> None:
            self._writing = None
            error = done.exception()
            self.error = error if isinstance(error, OSError) else None
            self._backlog = text if error is not None else b""
            self._rows_written += len(rows)
            for tell in tells:
                # a full disk must not silence the market: what happened is told even when it could not be kept
                tell()

        future.add_done_callback(written)

    async def close(self, engine: Engine) -> None:
        """Write what is left, tidy the file and let go of it."""
        try:
            await self.flush()
            await self.rewrite(engine)
        finally:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._worker, self._file.close)
            self._worker.shutdown()
