"""Names, tips and identifiers for screen readers, set in one call."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit, QTextEdit)


def describe(
    widget: QWidget, name: str, *, tip: str = "", key: str = "", state: str = "", identifier: str = ""
) -> None:
    """Give a control its accessible name, its tool-tip with its key, its state in words and its identifier.

    ``tip`` defaults to the name; ``key`` is a sequence as people read it ("Ctrl+Enter").
    """
    widget.setAccessibleName(name)
    text = tip or name
    widget.setToolTip(f"{text} ({key})" if key else text)
    if state:
        widget.setAccessibleDescription(state)
    if identifier:
        widget.setAccessibleIdentifier(identifier)


def access_gaps(root: QWidget) -> list[str]:
    """Every control below ``root`` that lacks an accessible name or a tool-tip, as plain lines; empty when whole."""
    gaps: list[str] = []
    for widget in [root, *root.findChildren(QWidget)]:
        if not isinstance(widget, _CONTROLS) or widget.objectName().startswith("qt_") or not widget.isEnabled():
            continue
        if isinstance(widget, QLineEdit) and isinstance(widget.parentWidget(), QComboBox):
            continue
        label = f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        if not widget.accessibleName():
            gaps.append(f"{label} has no accessible name")
        if not widget.toolTip() and not isinstance(widget, QAbstractItemView):
            gaps.append(f"{label} has no tool-tip ({widget.accessibleName()})")
    return gaps
