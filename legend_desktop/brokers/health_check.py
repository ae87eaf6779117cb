"""One finding of a connection doctor: what was looked at, how it stands, and the one thing to do."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a check ended. ``SKIPPED`` is one that an earlier failure makes pointless."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A finding. ``name`` is the question ("Keys are right"), ``sentence`` the fact, ``advice`` what to do."""

    name: str
    health: Health
    sentence: str
    advice: str = ""
    details: str = ""
