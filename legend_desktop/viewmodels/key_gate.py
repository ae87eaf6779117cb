"""What a key press may do: one pure decision for every press that is bound to an action."""

from dataclasses import dataclass
from enum import StrEnum

from legend_desktop.viewmodels.actions import Action, Guard
from legend_desktop.viewmodels.input_age import MAX_AGE_MS
from legend_desktop.viewmodels.key_spelling import split_press

SETTLE_MS = 250
"""A key that was already down when the window came to the front begins to repeat within this time."""
BOUNCE_MS = 100
"""Two presses of a sending key closer than this are one press: no hand is that fast, a worn switch is."""

_EDITING = frozenset(
    {"Backspace", "Delete", "Left", "Right", "Up", "Down", "Home", "End", "Return", "Tab", "Space", "Insert"}
)
_EDITING_CTRL = frozenset({"A", "C", "V", "X", "Z", "Y", "Left", "Right", "Backspace", "Delete", "Home", "End"})


class Decision(StrEnum):
    """What becomes of a press."""

    PASS = "pass"  # noqa: S105  a verb, not a secret
    IGNORE = "ignore"
    REFUSE = "refuse"
    REHEARSE = "rehearse"
    HOLD = "hold"
    RUN = "run"


class Blocker(StrEnum):
    """Why a bound press of a sending key does nothing."""

    LOCKED = "locked"
    STALLED = "stalled"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class PressFacts:
    """Everything about a press that decides its fate; times in milliseconds.

    ``altgr`` marks a character typed with the AltGr key, which looks like Ctrl+Alt on Windows. ``since_same`` is the
    time since the same action last ran, ``since_active`` since the window came to the front.
    """

    press: str
    auto_repeat: bool = False
    window_active: bool = True
    popup_open: bool = False
    in_text_field: bool = False
    altgr: bool = False
    age_ms: int = 0
    since_active_ms: int = 60_000
    since_same_ms: int = 60_000
    armed: bool = False
    stalled: bool = False
    rehearsing: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision; ``blockers`` are what stops the press, or in rehearsal what would have stopped it."""

    decision: Decision
    blockers: tuple[Blocker, ...] = ()


def decide(action: Action, facts: PressFacts) -> Answer:
    """What to do with a press bound to ``action``.

    PASS hands the key to whoever has the focus (a text field, a menu); IGNORE swallows it silently; REFUSE swallows it
    and says why (``refusal``).
    """
    if facts.popup_open or not facts.window_active:
        return Answer(Decision.PASS)
    if facts.altgr or (facts.in_text_field and belongs_to_text(facts.press)):
        return Answer(Decision.PASS)
    if facts.auto_repeat:
        return Answer(Decision.RUN if action.repeats else Decision.IGNORE)
    if facts.age_ms > MAX_AGE_MS:
        return Answer(Decision.REFUSE, (Blocker.OLD,))
    if facts.rehearsing and action.sends:
        return Answer(Decision.REHEARSE, _blockers(action, facts))
    if action.sends and (facts.since_active_ms < SETTLE_MS or facts.since_same_ms < BOUNCE_MS):
        return Answer(Decision.IGNORE)
    blockers = _blockers(action, facts)
    if blockers:
        return Answer(Decision.REFUSE, blockers)
    return Answer(Decision.HOLD if action.guard is Guard.HOLD else Decision.RUN)


def _blockers(action: Action, facts: PressFacts) -> tuple[Blocker, ...]:
    found: list[Blocker] = []
    if action.guard is Guard.ARMED and not facts.armed:
        found.append(Blocker.LOCKED)
    if facts.stalled and action.sends and action.guard is not Guard.HOLD:
        found.append(Blocker.STALLED)
    return tuple(found)


def refusal(key: str, would: str, blockers: tuple[Blocker, ...], *, arm_key: str, age_ms: int = 0) -> str:
    """The sentence for a press that was stopped: ``key`` as on the key cap, ``would`` as in "buy 116 AAPL"."""
    if Blocker.OLD in blockers:
        age = f"{age_ms / 1000:.0f} s"
        return f"{key} was pressed {age} ago while the window stood still. It was dropped, nothing was sent."
    if Blocker.LOCKED in blockers:
        how = f"Arm them with {arm_key}." if arm_key else "Arm them in the banner."
        return f"{key} would {would}, but keys are locked. {how}"
    return f"{key} would {would}, but the window stood still and its prices were old. Wait for a fresh quote."


def belongs_to_text(press: str) -> bool:
    """True for presses that a text field needs for itself: characters and editing keys."""
    modifiers, key = split_press(press)
    if modifiers <= {"Shift"}:
        return len(key) == 1 or key in _EDITING
    return modifiers == {"Ctrl"} and key in _EDITING_CTRL
