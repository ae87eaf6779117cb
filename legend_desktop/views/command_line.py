"""The command field in the banner: what is typed, the wrong word underlined, and its keys."""

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from legend_desktop.viewmodels.command_line import CommandLine, LineState
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.labels import key_cap_height, key_cap_width, paint_key_cap

HOLD_TICK_MS = 30
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class CommandField(QLineEdit):
    """The field; everything it knows lives in its ``CommandLine``.

    ``shown`` says that the field has the keyboard, ``left`` that it gave it back.
    """

    shown = Signal()
    left = Signal()

    def __init__(self, theme: Theme, line: CommandLine, *, key: str = "Ctrl+K", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = line
        self._key = key
        self._before: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(HOLD_TICK_MS)
        self._timer.timeout.connect(line.tick)
        self.setPlaceholderText("Symbol, order or command")
        describe(self, "Command line", tip="Type a symbol, an order or a command", key=key, identifier="command.open")
        self.textEdited.connect(line.set_text)
        line.text_replaced.connect(self._replace)
        line.preview_changed.connect(self._on_preview)
        line.opened.connect(self.open)
        theme.changed.connect(self._make_room)
        self._make_room()

    def open(self) -> None:
        """Take the keyboard; ``Esc`` gives it back to who had it."""
        if not self.hasFocus():
            self._before = QApplication.focusWidget()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self._line.text:
            self.selectAll()

    def close_line(self) -> None:
        """Give the keyboard back."""
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()

    # --- Qt ------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tab completes while something is typed; on an empty line it moves on as everywhere."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if event.key() == Qt.Key.Key_Tab and plain and self.text():
                self._line.tab()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends or holds, Up and Down recall, Esc empties then leaves, a digit picks a meaning."""
        key = event.key()
        if key in _ENTER:
            self._line.enter_pressed(auto_repeat=event.isAutoRepeat())
            if self._line.holding:
                self._timer.start()
        elif key == Qt.Key.Key_Up:
            self._line.recall(-1)
        elif key == Qt.Key.Key_Down:
            self._line.recall(1)
        elif key == Qt.Key.Key_Escape:
            if not self._line.escape():
                self.close_line()
        elif event.text().isdecimal() and self._line.pick(int(event.text())):
            pass
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Letting go of Enter ends a hold."""
        if event.key() in _ENTER and not event.isAutoRepeat():
            self._stop_hold()
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The preview may show."""
        super().focusInEvent(event)
        self._make_room()
        self.shown.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is held without the keyboard, and the preview hides."""
        super().focusOutEvent(event)
        self._stop_hold()
        self._make_room()
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, its glyph, its key cap, and the line under a wrong word."""
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._theme.px(14)
        place = QRect(self._theme.px(9), (self.height() - side) // 2, side, side)
        glyph = "caret-right" if self.hasFocus() else "magnifying-glass"
        self._theme.paint_icon(painter, glyph, place, "text.tertiary")
        cap = self._cap()
        width, height = key_cap_width(self._theme, cap), key_cap_height(self._theme)
        box = QRect(self.width() - width - self._theme.px(8), (self.height() - height) // 2, width, height)
        paint_key_cap(self._theme, painter, box, cap, self._theme.color("text.tertiary"))
        self._underline(painter)
        painter.end()

    # --- inside --------------------------------------------------------------------------------------------------

    def _cap(self) -> str:
        return "Esc" if self.hasFocus() else self._key.replace("+", " ")

    def _make_room(self) -> None:
        right = key_cap_width(self._theme, self._cap()) + self._theme.px(6)
        self.setTextMargins(self._theme.px(20), 0, right, 0)
        self.update()

    def _underline(self, painter: QPainter) -> None:
        """Underline the wrong part; its place follows from the cursor's, which Qt scrolls with the text."""
        span = self._line.preview.span
        if span is None or span[0] >= span[1]:
            return
        metrics = self.fontMetrics()
        text = self.text()
        cursor = self.cursorRect().x() + self.cursorRect().width() / 2
        origin = cursor - metrics.horizontalAdvance(text[: self.cursorPosition()])
        start = origin + metrics.horizontalAdvance(text[: span[0]])
        end = origin + metrics.horizontalAdvance(text[: span[1]])
        left = self._theme.px(28)
        right = self.width() - key_cap_width(self._theme, self._cap()) - self._theme.px(12)
        base = (self.height() + metrics.ascent() + metrics.descent()) / 2
        painter.setPen(QPen(self._theme.color("danger"), 2))
        painter.drawLine(QPointF(max(start, left), base), QPointF(min(end, right), base))

    def _replace(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
        self.setCursorPosition(len(text))

    def _on_preview(self) -> None:
        wrong = self._line.preview.state is LineState.ERROR
        self.setAccessibleDescription(self._line.preview.message or self._line.preview.content.title)
        if not self._line.holding:
            self._timer.stop()
        self.setProperty("wrong", "true" if wrong else "false")
        self.update()

    def _stop_hold(self) -> None:
        self._timer.stop()
        self._line.enter_released()
