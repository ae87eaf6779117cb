"""From Qt's key events to spelled presses, and from the focus to the scopes in which keys act."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from legend_desktop.viewmodels.actions import Scope
from legend_desktop.viewmodels.key_spelling import press_text

_MODIFIERS = (
    (Qt.KeyboardModifier.MetaModifier, "Meta"),
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
)
_NAMED = {
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Enter: "Return",
    Qt.Key.Key_Insert: "Insert",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Pause: "Pause",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_PageUp: "PgUp",
    Qt.Key.Key_PageDown: "PgDown",
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Menu: "Menu",
}
_UNSHIFTED = dict(zip(')!@#$%^&*(_+{}|:"<>?~', "0123456789-=[]\\;',./`", strict=True))
_SCOPE_OF_PANEL = {"order_entry": Scope.ENTRY, "orders": Scope.ORDERS, "chart": Scope.CHART}
MODIFIER_KEYS = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
    }
)


def presses_of(event: QKeyEvent) -> tuple[str, ...]:
    """The spellings that the press may have in the key map, the exact one first; empty for a bare modifier.

    A sign that needs Shift on this keyboard is also found without Shift (``Ctrl++``), and a digit under a sign with
    Shift (``Ctrl+Shift+0``), because keyboards differ in which of the two they report.
    """
    key = _key_name(event)
    if not key:
        return ()
    modifiers = {name for flag, name in _MODIFIERS if event.modifiers() & flag}
    if event.key() == Qt.Key.Key_Backtab:
        modifiers.add("Shift")
    found = [press_text(modifiers, key)]
    if len(key) == 1 and not key.isalnum() and "Shift" in modifiers:
        plain = press_text(modifiers - {"Shift"}, key)
        digit = _digit_under(event, key)
        found += [press_text(modifiers, digit), plain] if digit else [plain]
    return tuple(dict.fromkeys(found))


def _key_name(event: QKeyEvent) -> str:
    key = event.key()
    named = _NAMED.get(Qt.Key(key)) if key in _NAMED_VALUES else None
    if named is not None:
        return named
    if Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35:
        return f"F{key - Qt.Key.Key_F1 + 1}"
    if 0x20 < key < 0x110000 and key < Qt.Key.Key_Escape and chr(key).isprintable():
        return chr(key).upper()
    return ""


_NAMED_VALUES = frozenset(int(key) for key in _NAMED)


def _digit_under(event: QKeyEvent, sign: str) -> str:
    """The digit or sign on the same key without Shift, empty where it is not known."""
    if sys.platform == "win32" and 0x30 <= event.nativeVirtualKey() <= 0x39:
        return chr(event.nativeVirtualKey())
    if sys.platform.startswith("linux") and 10 <= event.nativeScanCode() <= 19:
        return str((event.nativeScanCode() - 9) % 10)
    return _UNSHIFTED.get(sign, "")


def is_altgr(event: QKeyEvent) -> bool:
    """True for a character typed with AltGr on Windows, which reports it as Ctrl and Alt."""
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return (
        sys.platform == "win32"
        and event.modifiers() & both == both
        and event.text().isprintable()
        and event.text() != ""
    )


def scopes_of(widget: QWidget | None) -> frozenset[Scope]:
    """The scopes that the widget with the focus lies in: its panel, and a table where it is one."""
    found: set[Scope] = set()
    while widget is not None:
        if isinstance(widget, QAbstractItemView):
            found.add(Scope.TABLE)
        scope = _SCOPE_OF_PANEL.get(widget.objectName())
        if scope is not None:
            found.add(scope)
        widget = widget.parentWidget()
    return frozenset(found)


def takes_text(widget: QWidget | None) -> bool:
    """True where typed characters go into the widget."""
    if isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit):
        return not widget.isReadOnly()
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QAbstractSpinBox)
