"""The answer of one check: what was looked at, how it came out, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check came out, mildest first."""

    PASS = "pass"  # noqa: S105
    NOTICE = "notice"
    CONFIRM = "confirm"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to make a check pass: put ``value`` into ``field`` (stop, target, limit, trigger, risk, quantity,
    side, type, tif, symbol)."""

    label: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of the pre-trade gate or of sizing.

    ``check`` is a stable id, ``title`` a few words for the list of checks, ``sentence`` the plain reason for anything
    but a pass. A CONFIRM asks for one deliberate second press, a DENY cannot be overridden.
    """

    check: str
    title: str
    outcome: Outcome
    sentence: str = ""
    fixes: tuple[Fix, ...] = ()


def worst(verdicts: tuple[Verdict, ...]) -> Outcome:
    """The severest outcome among ``verdicts``; PASS when there are none."""
    order = list(Outcome)
    return max((verdict.outcome for verdict in verdicts), key=order.index, default=Outcome.PASS)
