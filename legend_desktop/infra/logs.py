"""Log files: a buffer until the folder is known, then rotating files that hold no secrets."""

import logging
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from logging.handlers import MemoryHandler, RotatingFileHandler
from pathlib import Path

from legend_desktop.infra.paths import PRIVATE_FILE
from legend_desktop.infra.redaction import RedactionFilter, Redactor

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s [%(threadName)s] %(message)s"
FILE_BYTES = 2_000_000
FILE_COUNT = 5
_LOUD = ("httpx", "httpcore", "sqlalchemy", "alembic", "asyncio", "websockets", "qasync", "uvicorn", "keyring")


def _formatter() -> logging.Formatter:
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


class _QuietFile(RotatingFileHandler):
    """A full disk must not print a traceback for each log line; the count tells that lines are missing."""

    lost = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002  the name and shape of logging
        self.lost += 1

    def _open(self):  # type: ignore[no-untyped-def]  # the base returns a private stream type
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, PRIVATE_FILE)

        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=private)

    def close(self) -> None:
        """Close the file; what a full disk does not take is lost already."""
        with suppress(OSError):
            super().close()


class Logs:
    """The log of one run. Make it first of all, ``open`` it once the folder is known, ``close`` it last of all."""

    def __init__(self, redactor: Redactor, level: int = logging.INFO) -> None:
        self._filter = RedactionFilter(redactor)
        self._root = logging.getLogger()
        self._old_level = self._root.level
        self._buffer: MemoryHandler | None = MemoryHandler(10_000, flushLevel=logging.CRITICAL + 1, flushOnClose=False)
        self._buffer.addFilter(self._filter)
        self._file: _QuietFile | None = None
        self._root.addHandler(self._buffer)
        self._root.setLevel(level)
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.WARNING)
        logging.captureWarnings(True)

    @property
    def lost_lines(self) -> int:
        """Lines that the disk did not take."""
        return self._file.lost if self._file is not None else 0

    def open(self, path: Path) -> str:
        """Write to ``path`` from now on, what was buffered first. Returns a plain sentence where that is refused."""
        problem = ""
        target: logging.Handler
        try:
            self._file = _QuietFile(path, maxBytes=FILE_BYTES, backupCount=FILE_COUNT, encoding="utf-8")
            target = self._file
        except OSError as error:
            target = logging.StreamHandler()
            problem = f"The log {path} cannot be written ({error.strerror or error}), so nothing is logged to disk."
        target.setFormatter(_formatter())
        target.addFilter(self._filter)
        self._root.addHandler(target)
        if self._buffer is not None:
            self._buffer.setTarget(target)
            self._buffer.flush()
            self._drop(self._buffer)
            self._buffer = None
        return problem

    def _drop(self, handler: logging.Handler) -> None:
        self._root.removeHandler(handler)
        handler.close()

    def _own_handlers(self) -> Iterable[logging.Handler]:
        return [handler for handler in self._root.handlers if self._filter in handler.filters]

    def close(self) -> None:
        """Stop logging and give the log back as it was."""
        for handler in self._own_handlers():
            self._drop(handler)
        self._root.setLevel(self._old_level)
        logging.captureWarnings(False)
