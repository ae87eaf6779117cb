"""The rows of the list of keys: every action under its heading with its key, its guard and where it acts."""

from collections.abc import Iterable
from dataclasses import dataclass

from legend_desktop.viewmodels.actions import Action, Group, Guard, Scope, in_group
from legend_desktop.viewmodels.command_words import EXAMPLES
from legend_desktop.viewmodels.key_map import KeyMap

COMMANDS = "Command line"
_WHERE = {
    Scope.WINDOW: "",
    Scope.ENTRY: "in order entry",
    Scope.TABLE: "in tables",
    Scope.ORDERS: "in the orders table",
    Scope.CHART: "in the chart",
}


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One line: what it does, how it is reached, and what must be so. ``off`` marks a key that a clash turned off."""

    heading: str
    title: str
    key: str
    note: str = ""
    action_id: str = ""
    off: bool = False


def help_rows(keys: KeyMap) -> list[HelpRow]:
    """Every action, heading by heading, then the examples of the command line."""
    off = {action_id for problem in keys.problems if problem.off for action_id in problem.actions}
    rows = [_row(group, action, keys, off) for group in Group for action in in_group(group)]
    return rows + [HelpRow(COMMANDS, meaning[:1].upper() + meaning[1:], text) for text, meaning in EXAMPLES]


def _row(group: Group, action: Action, keys: KeyMap, off: set[str]) -> HelpRow:
    key = keys.text_of(action.id)
    is_off = action.id in off and not key
    notes = ["off, two actions share the key"] if is_off else []
    notes.append(_WHERE[action.scope])
    if action.guard is Guard.ARMED:
        notes.append("needs armed keys")
    elif action.guard is Guard.HOLD:
        notes.append(f"hold {action.hold_ms / 1000:g} s")
    return HelpRow(group.value, action.title, key, ", ".join(note for note in notes if note), action.id, is_off)


def matching(rows: Iterable[HelpRow], words: str) -> list[HelpRow]:
    """The rows that contain every typed word in title, key, note, heading or action id."""
    wanted = words.lower().split()
    return [
        row
        for row in rows
        if all(word in f"{row.title} {row.key} {row.note} {row.heading} {row.action_id}".lower() for word in wanted)
    ]
