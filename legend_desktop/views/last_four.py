"""The card that asks for the last four characters of the account: before real money is armed, and to unlock trading."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.card import Card
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import TextLabel

WIDTH = 340


class LastFourCard(Card):
    """A small panel over the window, under a chip. Enter answers, Esc or going elsewhere leaves everything as it is."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._anchor: QWidget | None = None
        self._answer: Callable[[str], bool] | None = None
        self._before: QWidget | None = None
        self._title = TextLabel(theme, role="title", weight=600)
        self._sentence = TextLabel(theme, wrap=True)
        self._field = FieldEdit(theme, "Last four characters of the account", key="Enter")
        self._wrong = TextLabel(theme, "", role="small", ink="danger", wrap=True)
        self._inner = QVBoxLayout(self)
        for widget in (self._title, self._sentence, self._field, self._wrong):
            self._inner.addWidget(widget)
        self._field.returnPressed.connect(self._take)
        self._field.textEdited.connect(lambda _: self._set_wrong(""))
        theme.changed.connect(self._restyle)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self.hide()
        self._restyle()

    def ask(self, title: str, sentence: str, anchor: QWidget, answer: Callable[[str], bool]) -> None:
        """Open under ``anchor``. ``answer`` takes the typed text and says whether it was right."""
        self._before = QApplication.focusWidget()
        self._anchor, self._answer = anchor, answer
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._field.clear()
        self._field.setAccessibleDescription(sentence)
        self._set_wrong("")
        self.show()
        self.raise_()
        self._place()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_card(self) -> None:
        """Hide and give the keyboard back; nothing changes."""
        if self.isHidden():
            return
        self._answer = None
        before, self._before = self._before, None
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take(self) -> None:
        if self._answer is None:
            return
        if self._answer(self._field.text()):
            self.close_card()
            return
        self._field.selectAll()
        self._set_wrong("These are not the account's last four characters. Nothing was changed.")

    def _set_wrong(self, words: str) -> None:
        self._field.set_error(bool(words))
        self._wrong.setText(words)
        self._wrong.setVisible(bool(words))
        self._place()

    def _restyle(self) -> None:
        inset = self._theme.px(12)
        self._inner.setContentsMargins(inset, self._theme.px(10), inset, self._theme.px(12))
        self._inner.setSpacing(self._theme.px(8))
        self._place()

    def _place(self) -> None:
        if self.isHidden() or self._anchor is None:
            return
        width = self._theme.px(WIDTH)
        self._inner.activate()
        height = self._inner.heightForWidth(width)
        corner = self._anchor.mapTo(self._window, QPoint(self._anchor.width(), self._anchor.height() + 4))
        left = min(max(corner.x() - width, self._theme.px(4)), self._window.width() - width - self._theme.px(4))
        self.setGeometry(left, corner.y(), width, height)

    # --- Qt ------------------------------------------------------------------------------------------------------

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self.isVisible() and now is not None and not self.isAncestorOf(now):
            self._before = None
            self.close_card()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; Enter belongs to the field."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return
        super().keyPressEvent(event)

    def _window_left(self, event: QEvent.Type) -> None:
        if event is QEvent.Type.WindowDeactivate:
            self.close_card()
