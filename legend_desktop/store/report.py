"""What the journal tells the rest of the program about itself."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OpenReport:
    """How the journal was found at start.

    ``sentences`` say in plain words what a person should know, in order; empty when all was as it should be.
    ``unclean`` means that the program did not end well the last time, so the broker must be asked before anything else.
    """

    created: bool = False
    unclean: bool = False
    migrated_from: int | None = None
    quarantined: Path | None = None
    restored_from: Path | None = None
    doubts: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """Whether the journal takes entries now.

    ``code`` is that of the ``StoreError`` that stopped it (``disk_low`` for the room running out), ``sentence`` says
    why in plain words, also for a mere warning. ``spooled`` counts the writes that wait in the spool.
    """

    writable: bool = True
    code: str = ""
    sentence: str = ""
    free_bytes: int | None = None
    spooled: int = 0
