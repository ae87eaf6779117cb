"""Catches what a hard crash leaves, and offers it at the next start.

While the program runs, ``running.txt`` stands in the crash folder and ``faulthandler`` writes into it. A clean end
takes it away. Found at a start, it means that the last run did not end cleanly; text in it is the crash itself.
"""

import faulthandler
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from legend_desktop.infra.paths import make_private_dir
from legend_desktop.infra.redaction import Redactor

RUNNING = "running.txt"
KEEP = 20
_NOISE = re.compile(r"0x[0-9a-fA-F]+|\[[^\]]*\]$")


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """A run that did not end cleanly. ``text`` is empty when it was killed or the power went."""

    text: str
    at: datetime
    kept_as: Path | None
    times_seen: int


def fingerprint(text: str) -> str:
    """The same for crashes at the same place: addresses and thread numbers do not count."""
    lines = [_NOISE.sub("", line).strip() for line in text.splitlines() if line.strip()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


class CrashFile:
    """Owns the crash folder of one profile. Used by the one program that holds the profile's lock."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._folder = folder
        self._redactor = redactor
        self._stream: TextIOWrapper | None = None

    def previous(self) -> PreviousRun | None:
        """What the last run left, moved out of the way; ``None`` after a clean end."""
        running = self._folder / RUNNING
        try:
            text = running.read_text(encoding="utf-8", errors="replace")
            at = datetime.fromtimestamp(running.stat().st_mtime, UTC)
        except OSError:
            return None
        text = self._redactor.clean(text).strip()
        if not text:
            running.unlink(missing_ok=True)
            return PreviousRun("", at, None, 1)
        mark = fingerprint(text)
        same = sorted(self._folder.glob(f"*-{mark}.txt"))
        kept = self._folder / f"{at:%Y%m%dT%H%M%S}-{mark}.txt"
        kept.write_text(text + "\n", encoding="utf-8")
        running.unlink(missing_ok=True)
        self._prune()
        return PreviousRun(text, at, kept, len({*same, kept}))

    def _prune(self) -> None:
        for old in sorted(self._folder.glob("*-*.txt"))[:-KEEP]:
            old.unlink(missing_ok=True)

    def start(self) -> None:
        """Have a hard crash written to the folder from now on. Raises ``LegendError`` where the folder is refused."""
        make_private_dir(self._folder)
        self._stream = (self._folder / RUNNING).open("w", encoding="utf-8")
        faulthandler.enable(self._stream, all_threads=True)

    def stop(self) -> None:
        """The program ends cleanly: nothing to offer next time."""
        if self._stream is None:
            return
        faulthandler.disable()
        self._stream.close()
        self._stream = None
        (self._folder / RUNNING).unlink(missing_ok=True)
