"""Replaces a small file as a whole, and does so off the caller's thread when asked."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path


def write_atomic(path: Path, content: str | bytes) -> None:
    """Put ``content`` at ``path`` so that a reader, or a crash, meets the old or the new one and nothing between.

    A text is written as UTF-8. The file is readable by its owner only. Raises ``OSError``; the old file then stands.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


class LatestWriter:
    """Writes the newest text of one file in a thread of its own; texts overtaken meanwhile are skipped."""

    def __init__(self, path: Path, on_error: Callable[[OSError], None]) -> None:
        self._path = path
        self._on_error = on_error
        self._newest = ""
        self._written = ""
        self._pool: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None

    def submit(self, text: str) -> None:
        """Have ``text`` on disk soon; ``on_error`` is called in the writer's thread when that fails."""
        self._newest = text
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"write {self._path.name}")
        self._last = self._pool.submit(self._write)

    def _write(self) -> None:
        text = self._newest
        if text == self._written:
            return
        try:
            write_atomic(self._path, text)
        except OSError as error:
            self._on_error(error)
        else:
            self._written = text

    def flush(self) -> None:
        """Return once everything submitted was tried."""
        if self._last is not None:
            self._last.result()

    def close(self) -> None:
        """Flush and end the thread; a later ``submit`` starts a new one."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
            self._last = None
