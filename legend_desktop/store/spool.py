"""The emergency spool: fills and exits that the journal cannot take are kept here, synced, until it can.

A file allocated beforehand, so that a full disk does not stop it. A record is its length, the checksum and the
generation of the file, then the JSON of a batch. ``clear`` begins a new generation, so what older ones left in the
file is never read again.
"""

import errno
import logging
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.ids import random_base32
from legend_desktop.store import errors
from legend_desktop.store.batch import Batch, batch_from_json, batch_to_json

log = logging.getLogger(__name__)

_MAGIC = b"LGSPOOL1"
_HEAD = struct.Struct("<8s8sI")
_RECORD = struct.Struct("<III")


class Spool:
    """Batches that wait for the journal, oldest first, on disk and in memory."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._size = size
        self._name = ""
        self._generation = 0
        self._end = _HEAD.size
        self._handle: int | None = None
        self.pending: tuple[Batch, ...] = ()

    @property
    def mark(self) -> str:
        """What the journal notes once it has taken the present generation in."""
        return f"{self._name}:{self._generation}"

    def open(self, taken_mark: str) -> None:
        """Read what waits; a generation that the journal has already taken (``taken_mark``) is cleared.

        Raises ``StoreError`` where the file cannot be made.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path, self._handle = _open_locked(self.path)
            if not self._read_head():
                self._begin(random_base32(8), 1)
        except OSError as error:
            raise errors.from_os(error, self.path.parent) from error
        self.pending = tuple(self._read_records())
        if self.pending and self.mark == taken_mark:
            self.clear()

    def allocate(self) -> None:
        """Fill the file up to its size, so that its blocks are there when the disk is full."""
        handle = self._must_be_open()
        present = os.fstat(handle).st_size
        if present >= self._size:
            return
        try:
            os.lseek(handle, present, os.SEEK_SET)
            _write_all(handle, bytes(self._size - present))
            os.fsync(handle)
        except OSError as error:
            log.warning("The spool %s could not be allocated: %s", self.path, error)

    def append(self, batch: Batch) -> None:
        """Keep ``batch``, synced; raises ``StoreError`` where even that fails."""
        handle = self._must_be_open()
        data = batch_to_json(batch)
        record = _RECORD.pack(len(data), zlib.crc32(data), self._generation) + data
        try:
            os.lseek(handle, self._end, os.SEEK_SET)
            _write_all(handle, record)
            os.fsync(handle)
        except OSError as error:
            raise errors.from_os(error, self.path.parent) from error
        self._end += len(record)
        self.pending = (*self.pending, batch)

    def clear(self) -> None:
        """Forget everything: the journal has it."""
        try:
            self._begin(self._name, self._generation + 1)
        except OSError:
            log.warning("The spool could not begin anew; what it holds is recognised as taken", exc_info=True)
        self.pending = ()

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _must_be_open(self) -> int:
        if self._handle is None:
            raise StoreError("The spool is closed.", code=errors.CLOSED)
        return self._handle

    def _read_head(self) -> bool:
        handle = self._must_be_open()
        os.lseek(handle, 0, os.SEEK_SET)
        head = os.read(handle, _HEAD.size)
        if len(head) < _HEAD.size:
            return False
        magic, name, generation = _HEAD.unpack(head)
        if magic != _MAGIC:
            return False
        self._name, self._generation = name.decode("ascii", "replace"), generation
        return True

    def _begin(self, name: str, generation: int) -> None:
        handle = self._must_be_open()
        os.lseek(handle, 0, os.SEEK_SET)
        _write_all(handle, _HEAD.pack(_MAGIC, name.encode("ascii"), generation))
        os.fsync(handle)
        self._name, self._generation, self._end = name, generation, _HEAD.size

    def _read_records(self) -> Iterator[Batch]:
        handle = self._must_be_open()
        self._end = _HEAD.size
        while True:
            os.lseek(handle, self._end, os.SEEK_SET)
            head = os.read(handle, _RECORD.size)
            if len(head) < _RECORD.size:
                return
            length, checksum, generation = _RECORD.unpack(head)
            if length == 0 or generation != self._generation or length > os.fstat(handle).st_size:
                return
            data = os.read(handle, length)
            if len(data) < length or zlib.crc32(data) != checksum:
                return
            try:
                batch = batch_from_json(data)
            except ValueError:
                log.exception("The spool %s holds a record that this version cannot read", self.path)
                return
            self._end += _RECORD.size + length
            yield batch


def _open_locked(path: Path) -> tuple[Path, int]:
    """The first of ``paper.spool``, ``paper-2.spool``, ... that no other process holds, opened and held."""
    for number in range(1, 10):
        wanted = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        handle = os.open(wanted, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        if _lock(handle):
            return wanted, handle
        os.close(handle)
    raise OSError(errno.EBUSY, "every spool file is in use")


def _lock(handle: int) -> bool:
    """Hold the file for this process until it is closed; false where another one holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 2**30, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
