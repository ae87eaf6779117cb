"""The key map: shipped keys, a person's own lines over them, and what is wrong with the result.

Pure: text goes in, bindings and plain sentences come out. Rules: two actions on one sequence in scopes that overlap are
both off; a sequence that begins a chord takes the chord away; a sequence the system owns is a warning; an unknown
action is ignored and named; a file that cannot be read leaves the shipped map and names the line.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from legend_desktop.viewmodels.actions import ACTIONS, Action, Guard, Scope
from legend_desktop.viewmodels.key_spelling import Sequence, display, for_mac, is_bare, parse_sequence

SHIPPED = "the shipped map"
OWN = "your key file"

_SYSTEM = {
    "win32": ("Alt+F4", "Alt+Tab", "Alt+Space", "Alt+Escape", "Ctrl+Escape", "Ctrl+Shift+Escape", "Ctrl+Alt+Delete"),
    "darwin": (
        "Ctrl+Tab",
        "Ctrl+Space",
        "Ctrl+H",
        "Ctrl+M",
        "Ctrl+Shift+3",
        "Ctrl+Shift+4",
        "Ctrl+Shift+5",
        "Alt+Ctrl+Escape",
    ),
    "linux": (
        "Alt+F1",
        "Alt+F2",
        "Alt+F4",
        "Alt+Tab",
        "Alt+Space",
        "Ctrl+Alt+Delete",
        "Ctrl+Alt+Backspace",
        "Ctrl+Alt+T",
        "Ctrl+Alt+L",
        *(f"Ctrl+Alt+F{number}" for number in range(1, 13)),
        *(f"Ctrl+Alt+{arrow}" for arrow in ("Left", "Right", "Up", "Down")),
    ),
}


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """One thing wrong with the key map, as a sentence for Activity and the list of keys; ``actions`` are concerned."""

    sentence: str
    actions: tuple[str, ...] = ()
    off: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A key of an action; ``index`` counts the keys of an action with several, ``origin`` is where it is written."""

    action: Action
    sequence: Sequence
    index: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class KeyMap:
    """The keys that act now, and the sentences about those that do not."""

    bindings: tuple[Binding, ...] = ()
    problems: tuple[KeyProblem, ...] = ()
    mac: bool = False
    _by_sequence: Mapping[Sequence, tuple[Binding, ...]] = field(default_factory=dict)
    _prefixes: frozenset[Sequence] = frozenset()

    def find(self, sequence: Sequence, scopes: frozenset[Scope]) -> Binding | None:
        """The binding that ``sequence`` means where ``scopes`` are in focus; the narrower scope first."""
        rows = [row for row in self._by_sequence.get(sequence, ()) if row.action.scope in scopes | {Scope.WINDOW}]
        return min(rows, key=lambda row: row.action.scope is Scope.WINDOW, default=None)

    def begins_chord(self, sequence: Sequence) -> bool:
        """True where more presses may follow ``sequence``."""
        return sequence in self._prefixes

    def keys_of(self, action_id: str) -> tuple[Sequence, ...]:
        """The sequences that reach ``action_id`` now, none where its keys are off."""
        return tuple(row.sequence for row in self.bindings if row.action.id == action_id)

    def text_of(self, action_id: str) -> str:
        """The keys of an action as on its key caps, for tool-tips and menus; empty without a key."""
        keys = self.keys_of(action_id)
        if len(keys) > 2:
            return f"{display(keys[0], mac=self.mac)} to {display(keys[-1], mac=self.mac)}"
        return display(keys[0], mac=self.mac) if keys else ""


@dataclass(frozen=True, slots=True)
class _Line:
    action_id: str
    value: object
    origin: str
    shipped: bool


def load_key_map(shipped: str, own: str | None = None, *, platform: str = sys.platform) -> KeyMap:
    """The key map of the shipped TOML text with a person's own text over it, line by line.

    Never raises on a person's text: everything wrong with it becomes a problem. ``platform`` is ``sys.platform``.
    Raises ``tomllib.TOMLDecodeError`` when the shipped text is broken, which is a fault of the program.
    """
    problems: list[KeyProblem] = []
    shipped_lines = _read(shipped, SHIPPED, shipped=True)
    lines = dict(shipped_lines)
    if own is not None:
        try:
            lines |= _known(_read(own, OWN, shipped=False), problems)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            problems.append(KeyProblem(_broken(str(error))))
    mac = platform == "darwin"
    wanted: list[Binding] = []
    for action_id, line in lines.items():
        rows = _bindings(line, problems, mac=mac)
        if rows is None and not line.shipped and action_id in shipped_lines:
            rows = _bindings(shipped_lines[action_id], problems, mac=mac)
        wanted.extend(rows or [])
    kept = _without_chord_prefixes(_without_clashes(wanted, problems, mac=mac), problems, mac=mac)
    _warn(kept, problems, platform=platform, mac=mac)
    return _assemble(kept, problems, mac=mac)


def _broken(message: str) -> str:
    found = re.search(r"line (\d+)", message)
    where = f" at line {found.group(1)}" if found else ""
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    return f"Your key file cannot be read{where}: {reason}. The shipped keys are used. Mend that line and start again."


def _read(text: str, name: str, *, shipped: bool) -> dict[str, _Line]:
    numbers = _line_numbers(text)
    return {
        action_id: _Line(action_id, value, f"{name}, line {numbers.get(action_id, '?')}", shipped)
        for action_id, value in _flatten(tomllib.loads(text)).items()
    }


def _flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _line_numbers(text: str) -> dict[str, int]:
    numbers: dict[str, int] = {}
    header = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line):
            header = _unquoted(found.group(1)) + "."
        elif found := re.match(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=", line):
            numbers.setdefault(header + _unquoted(found.group(1)), number)
    return numbers


def _unquoted(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _known(lines: dict[str, _Line], problems: list[KeyProblem]) -> dict[str, _Line]:
    known: dict[str, _Line] = {}
    for action_id, line in lines.items():
        if action_id in ACTIONS:
            known[action_id] = line
        else:
            problems.append(
                KeyProblem(f"{line.origin[0].upper()}{line.origin[1:]}: there is no action {action_id}. It is ignored.")
            )
    return known


def _bindings(line: _Line, problems: list[KeyProblem], *, mac: bool) -> list[Binding] | None:
    """The bindings a line asks for; ``None`` where it cannot be understood."""
    values = line.value if isinstance(line.value, list) else [line.value]
    found: list[Binding] = []
    for index, value in enumerate(values):
        if value == "":
            continue
        reason = "a key is written as text in quotes"
        try:
            sequence = parse_sequence(value) if isinstance(value, str) else None
        except ValueError as error:
            sequence, reason = None, str(error)
        if sequence is None:
            origin = f"{line.origin[0].upper()}{line.origin[1:]}"
            problems.append(
                KeyProblem(f"{origin}: {reason}. The shipped key of {line.action_id} stays.", (line.action_id,))
            )
            return None
        # A person's own line on a Mac means what it says; only the shipped spelling is moved off the Option key.
        spelled = for_mac(sequence) if mac and line.shipped else sequence
        if all(row.sequence != spelled for row in found):
            found.append(Binding(ACTIONS[line.action_id], spelled, index, line.origin))
    return found


def _without_clashes(rows: list[Binding], problems: list[KeyProblem], *, mac: bool) -> list[Binding]:
    by_sequence: dict[Sequence, list[Binding]] = {}
    for row in rows:
        by_sequence.setdefault(row.sequence, []).append(row)
    off: set[int] = set()
    for sequence, group in by_sequence.items():
        for position, first in enumerate(group):
            for second in group[position + 1 :]:
                if first.action.scope.overlaps(second.action.scope):
                    off |= {id(first), id(second)}
                    problems.append(_clash(sequence, first, second, mac=mac))
    return [row for row in rows if id(row) not in off]


def _clash(sequence: Sequence, first: Binding, second: Binding, *, mac: bool) -> KeyProblem:
    sentence = (
        f"{display(sequence, mac=mac)} is given to {first.action.id} ({first.origin}) and to {second.action.id} "
        f"({second.origin}). Both are off until one of the lines changes."
    )
    return KeyProblem(sentence, (first.action.id, second.action.id), off=True)


def _without_chord_prefixes(rows: list[Binding], problems: list[KeyProblem], *, mac: bool) -> list[Binding]:
    kept: list[Binding] = []
    for row in rows:
        shadow = next(
            (
                other
                for other in rows
                if len(other.sequence) < len(row.sequence)
                and row.sequence[: len(other.sequence)] == other.sequence
                and other.action.scope.overlaps(row.action.scope)
            ),
            None,
        )
        if shadow is None:
            kept.append(row)
            continue
        sentence = (
            f"{display(row.sequence, mac=mac)} of {row.action.id} ({row.origin}) begins with "
            f"{display(shadow.sequence, mac=mac)}, which is {shadow.action.id} ({shadow.origin}). "
            "The longer one is off."
        )
        problems.append(KeyProblem(sentence, (row.action.id, shadow.action.id), off=True))
    return kept


def _warn(rows: list[Binding], problems: list[KeyProblem], *, platform: str, mac: bool) -> None:
    owned = {parse_sequence(text) for text in _SYSTEM.get(platform, _SYSTEM["linux"])}
    for row in rows:
        press = row.sequence[0]
        if (press,) in owned or (press.startswith("Meta+") and not mac):
            problems.append(
                KeyProblem(
                    f"{display(row.sequence, mac=mac)} of {row.action.id} ({row.origin}) often belongs to the system "
                    "and may never arrive here.",
                    (row.action.id,),
                )
            )
        if row.action.guard is Guard.ARMED and is_bare(press):
            problems.append(
                KeyProblem(
                    f"{display(row.sequence, mac=mac)} of {row.action.id} ({row.origin}) sends an order with one bare "
                    "key. Add Ctrl, Alt or a function key to be safe.",
                    (row.action.id,),
                )
            )


def _assemble(rows: list[Binding], problems: list[KeyProblem], *, mac: bool) -> KeyMap:
    by_sequence: dict[Sequence, list[Binding]] = {}
    prefixes: set[Sequence] = set()
    for row in rows:
        by_sequence.setdefault(row.sequence, []).append(row)
        prefixes |= {row.sequence[:length] for length in range(1, len(row.sequence))}
    frozen = {sequence: tuple(group) for sequence, group in by_sequence.items()}
    return KeyMap(tuple(rows), tuple(problems), mac, frozen, frozenset(prefixes))
