"""A hand at a window: keys and clicks built as events and sent to the window's handle, with stamps of one clock."""

import time

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Hand:
    """What a person can do to ``window``."""

    def __init__(self, window: QWidget) -> None:
        self.window: QWidget = window
        self._late_ms = 0

    @property
    def handle(self) -> QWindow:
        """The native window that input arrives at."""
        handle = self.window.windowHandle()
        assert handle is not None
        return handle

    def stamp(self) -> int:
        """What the window system stamps on an event now, or stamped ``late_ms`` ago."""
        return time.monotonic_ns() // 1_000_000 - self._late_ms

    def queued(self, late_ms: int) -> None:
        """From now on input arrives that waited this long."""
        self._late_ms = late_ms

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, *, text: str = "", repeat: bool = False
    ) -> None:
        """One key goes down and, unless it repeats, up."""
        kinds = [QEvent.Type.KeyPress] if repeat else [QEvent.Type.KeyPress, QEvent.Type.KeyRelease]
        handle = self.handle
        for kind in kinds:
            event = QKeyEvent(kind, key, modifiers, text, repeat)
            event.setTimestamp(self.stamp())
            if isValid(handle):  # a press may close its window
                QApplication.sendEvent(handle, event)

    def type(self, text: str) -> None:
        """Letter by letter."""
        for letter in text:
            key = Qt.Key(ord(letter.upper())) if letter.isalnum() else Qt.Key.Key_unknown
            self.press(key, SHIFT if letter.isupper() else NONE, text=letter)

    def click(self, widget: QWidget, *, double: bool = False) -> None:
        """Press and release the left button on the middle of ``widget``; ``double`` does it twice, as a hand does."""
        kinds = [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease]
        if double:
            kinds += [QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease]
        place = widget.mapTo(self.window, QPoint(widget.width() // 2, widget.height() // 2))
        for kind in kinds:
            held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
            event = QMouseEvent(
                kind,
                QPointF(place),
                QPointF(self.window.mapToGlobal(place)),
                Qt.MouseButton.LeftButton,
                held,
                NONE,
            )
            event.setTimestamp(self.stamp())
            QApplication.sendEvent(self.handle, event)
