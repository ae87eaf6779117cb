"""One program a profile, and one a broker account: a lock of the operating system, not a file's existence.

The system lets go of the lock when its process ends, however it ends. A file left by a crash, or one whose process
number now belongs to another program, is therefore taken over without asking.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from legend_desktop.domain.errors import LegendError
from legend_desktop.infra.paths import PRIVATE_FILE

_LOCK_BYTE = 1 << 30  # Windows locks bytes against reading, so it locks one beyond the text


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, for the sentence shown to the person."""

    pid: int
    since: datetime


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _LOCK_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class InstanceLock:
    """A lock on ``path``, held until ``release`` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """True while this object holds the lock."""
        return self._handle is not None

    def acquire(self) -> bool:
        """Take the lock if it is free. Raises ``LegendError`` where the file cannot be made or the disk cannot lock."""
        if self.held:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except OSError as error:
            raise self._refused(error) from error
        try:
            taken = _try_lock(handle)
        except OSError as error:
            os.close(handle)
            raise self._refused(error) from error
        if not taken:
            os.close(handle)
            return False
        text = json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat()})
        os.lseek(handle, 0, os.SEEK_SET)
        os.ftruncate(handle, 0)
        os.write(handle, text.encode())
        self._handle = handle
        return True

    def _refused(self, error: OSError) -> LegendError:
        return LegendError(
            f"The lock {self._path} cannot be taken ({error.strerror or error}).",
            advice="Use a folder on a local disk that you may write to (--profile-dir).",
            code="lock_refused",
        )

    def holder(self) -> Holder | None:
        """Who wrote the lock last; ``None`` when nobody did or the text is damaged."""
        try:
            facts = json.loads(self._path.read_text(encoding="utf-8"))
            return Holder(int(facts["pid"]), datetime.fromisoformat(facts["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def release(self) -> None:
        """Let go. The file stays: taking it away would let two programs lock two files of one name."""
        if self._handle is None:
            return
        with suppress(OSError):
            os.close(self._handle)
        self._handle = None
