"""Portable spelling of key presses: ``Ctrl+Shift+X``, and chords of several presses ``Ctrl+G, B``.

The spelling is Qt's portable one. On a Mac ``Ctrl`` is the Command key, as everywhere in Qt; there the Option key types
characters, so Alt with a letter or a digit is moved to Control (``Meta`` in Qt's words).
"""

import re

Sequence = tuple[str, ...]
"""Presses one after the other, each in normal form; nearly always one."""

_MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")
_MODIFIER_WORDS = {
    "meta": "Meta",
    "win": "Meta",
    "super": "Meta",
    "ctrl": "Ctrl",
    "control": "Ctrl",
    "cmd": "Ctrl",
    "alt": "Alt",
    "option": "Alt",
    "shift": "Shift",
}
_NAMED = (
    "Escape",
    "Tab",
    "Backspace",
    "Return",
    "Insert",
    "Delete",
    "Pause",
    "Home",
    "End",
    "Left",
    "Up",
    "Right",
    "Down",
    "PgUp",
    "PgDown",
    "Space",
    "Menu",
)
_KEY_WORDS = {name.lower(): name for name in _NAMED} | {
    "esc": "Escape",
    "backtab": "Tab",
    "enter": "Return",
    "ins": "Insert",
    "del": "Delete",
    "pageup": "PgUp",
    "pagedown": "PgDown",
}
_FUNCTION = re.compile(r"[Ff]([1-9]|[12]\d|3[0-5])")
_MAC_SIGNS = {"Meta": "⌃", "Alt": "⌥", "Shift": "⇧", "Ctrl": "⌘"}
_MAC_KEYS = {
    "Return": "↩",
    "Backspace": "⌫",
    "Escape": "esc",
    "Up": "↑",
    "Down": "↓",
    "Left": "←",
    "Right": "→",
    "Home": "home",
    "End": "end",
}


def parse_sequence(text: str) -> Sequence:
    """The presses that ``text`` spells, in normal form; raises ``ValueError`` with the reason as a few words."""
    presses = re.split(r",\s+", text.strip())
    if len(presses) > 4:
        raise ValueError("a chord has four presses at most")
    return tuple(_parse_press(press) for press in presses)


def _parse_press(text: str) -> str:
    text = text.strip()
    head, key = (text[:-2], "+") if text.endswith("++") else ("", text) if text == "+" else _split_last(text)
    modifiers = {_modifier(word) for word in head.split("+") if word.strip()}
    return press_text(modifiers, _key_name(key))


def _split_last(text: str) -> tuple[str, str]:
    head, _, key = text.rpartition("+")
    return head, key


def _modifier(word: str) -> str:
    name = _MODIFIER_WORDS.get(word.strip().lower())
    if name is None:
        raise ValueError(f"'{word.strip()}' is not a modifier, those are Ctrl, Alt, Shift and Meta")
    return name


def _key_name(text: str) -> str:
    key = text.strip()
    if not key:
        raise ValueError("a key is missing")
    if len(key) == 1 and key.isprintable():
        return key.upper()
    if _FUNCTION.fullmatch(key):
        return key.upper()
    name = _KEY_WORDS.get(key.lower())
    if name is None:
        raise ValueError(f"'{key}' is not the name of a key")
    return name


def press_text(modifiers: set[str], key: str) -> str:
    """One press in normal form: modifiers in a fixed order, then the key."""
    return "+".join([*(name for name in _MODIFIERS if name in modifiers), key])


def split_press(press: str) -> tuple[frozenset[str], str]:
    """Modifiers and key of a press in normal form."""
    if press == "+":
        return frozenset(), "+"
    head, key = (press[:-2], "+") if press.endswith("++") else _split_last(press)
    return frozenset(word for word in head.split("+") if word), key


def is_bare(press: str) -> bool:
    """True for one printable character without Ctrl, Alt or Meta: what typing produces."""
    modifiers, key = split_press(press)
    return len(key) == 1 and modifiers <= {"Shift"}


def for_mac(sequence: Sequence) -> Sequence:
    """``sequence`` as a Mac keyboard has it: Option types characters, and the delete key is Qt's Backspace."""
    return tuple(_press_for_mac(press) for press in sequence)


def _press_for_mac(press: str) -> str:
    modifiers, key = split_press(press)
    if not modifiers and key == "Delete":
        return "Backspace"
    if modifiers == {"Alt"} and len(key) == 1 and key.isalpha():
        return press_text({"Meta"}, key)
    if modifiers == {"Alt"} and len(key) == 1 and key.isdigit():
        return press_text({"Meta", "Shift"}, key)
    return press


def display(sequence: Sequence, *, mac: bool = False) -> str:
    """``sequence`` as it stands on key caps: words with plus signs, or the Mac's signs."""
    return ", ".join(_display_press(press, mac=mac) for press in sequence)


def _display_press(press: str, *, mac: bool) -> str:
    modifiers, key = split_press(press)
    if not mac:
        return "+".join([*(name for name in ("Meta", "Ctrl", "Alt", "Shift") if name in modifiers), key])
    signs = "".join(sign for name, sign in _MAC_SIGNS.items() if name in modifiers)
    return signs + _MAC_KEYS.get(key, key)
