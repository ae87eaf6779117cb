"""The card that asks before the window closes. It lies under the banner and holds nothing up: trading goes on."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.clock import Clock
from legend_desktop.viewmodels.actions import CANCEL_ALL_HOLD_MS
from legend_desktop.viewmodels.closing import ClosingQuestion, ClosingViewModel
from legend_desktop.views.kill_menu import HoldButton
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.card import Card
from legend_desktop.views.widgets.labels import Rule, TextLabel

WIDTH = 480
REFRESH_MS = 500


class ClosingCard(Card):
    """What rests at the broker, and three answers. Esc, or the keyboard going elsewhere, is the answer "stay"."""

    def __init__(self, theme: Theme, model: ClosingViewModel, clock: Clock, *, under: QWidget, window: QWidget) -> None:
        """``under`` is the bar that the card hangs from, in the middle of ``window``."""
        super().__init__(theme, window)
        self._model, self._under = model, under
        self._before: QWidget | None = None
        self._asking = False
        self._shown: ClosingQuestion | None = None
        self.setAccessibleName("Close the window")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = TextLabel(theme, role="title", weight=600, wrap=True)
        self._rows = TextLabel(theme, wrap=True)
        self._meaning = TextLabel(theme, ink="text.secondary", wrap=True)
        self._note = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.stay = Button(theme, "Stay", key="Esc", tip="Leave the window open", identifier="closing.stay")
        self.leave = Button(theme, "Leave orders working", identifier="closing.leave")
        self.cancel = HoldButton(theme, "Cancel them", CANCEL_ALL_HOLD_MS, clock, identifier="closing.cancel")
        self._inner = QVBoxLayout(self)
        self._buttons = QHBoxLayout()
        self._build()
        self.stay.clicked.connect(lambda _=False: model.stay())
        self.leave.clicked.connect(lambda _=False: model.leave())
        self.cancel.held.connect(model.cancel)
        model.asked.connect(self.ask)
        model.changed.connect(self.refresh)
        model.answered.connect(self._close)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        theme.changed.connect(self._restyle)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self.hide()
        self._restyle()

    def _build(self) -> None:
        for widget in (self._title, self._rows, self._meaning, Rule(self._theme)):
            self._inner.addWidget(widget)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.addWidget(self.leave, 1)
        self._buttons.addWidget(self.cancel, 1)
        self._buttons.addWidget(self.stay)
        for button in (self.leave, self.stay):  # all as high as the one that is held
            button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._inner.addLayout(self._buttons)
        self._inner.addWidget(self._note)
        QWidget.setTabOrder(self.leave, self.cancel)
        QWidget.setTabOrder(self.cancel, self.stay)

    def ask(self) -> None:
        """Show the question; asked again, the card only comes to the front."""
        if self.isHidden():
            self._before = QApplication.focusWidget()
            if self._window.isMinimized():
                self._window.showNormal()
        self._shown, self._asking = None, True
        self.refresh()
        self.show()
        self.raise_()
        self._place()
        self._window.raise_()
        self._window.activateWindow()
        self.stay.setFocus(Qt.FocusReason.PopupFocusReason)
        self._timer.start()

    def come_forward(self) -> None:
        """Lie above panels that came forward after it was shown."""
        if not self.isHidden():
            self.raise_()
            self._place()

    def refresh(self) -> None:
        """Follow what is open now and what became of the answer."""
        question = self._model.question()
        progress = self._model.progress
        if question != self._shown:
            self._shown = question
            self._title.setText(question.title)
            self._fill(self._rows, "\n".join(question.rows))
            self._fill(self._meaning, question.meaning)
            self.leave.setText(question.leave)
            self.cancel.setText(question.cancel or "Cancel them")
            self.cancel.setVisible(bool(question.cancel))
            words = " ".join((question.title, *question.rows, question.meaning))
            self.setAccessibleDescription(words)
            self.stay.setAccessibleDescription(words)
        self.cancel.setEnabled(not self._model.cancelling)
        hold = f"Hold {CANCEL_ALL_HOLD_MS / 1000:g} s to cancel. {question.warning}".strip() if question.cancel else ""
        self._fill(self._note, progress or hold)
        self._note.set_ink("text.primary" if progress else "text.secondary")
        self._place()

    def _fill(self, label: TextLabel, words: str) -> None:
        if label.text() != words:
            label.setText(words)
        label.setVisible(bool(words))

    def _close(self) -> None:
        if self.isHidden():
            return
        before, self._before = self._before, None
        self._asking = False
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    # --- place and Qt ------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        inset = self._theme.px(14)
        self._inner.setContentsMargins(inset, self._theme.px(12), inset, self._theme.px(12))
        self._inner.setSpacing(self._theme.px(8))
        self._buttons.setSpacing(self._theme.px(8))
        self._place()

    def _place(self) -> None:
        if self.isHidden():
            return
        width = min(self._theme.px(WIDTH), self._window.width() - self._theme.px(16))
        self._inner.activate()
        top = self._under.mapTo(self._window, self._under.rect().bottomLeft()).y() + 1
        height = min(self._inner.heightForWidth(width), self._window.height() - top)
        self.setGeometry((self._window.width() - width) // 2, top, width, height)

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        inside = now is self or (now is not None and self.isAncestorOf(now))
        if self.isVisible() and now is not None and not inside:
            self._before = None
            self._model.stay()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is read or held by a card that nobody sees."""
        super().hideEvent(event)
        self._timer.stop()
        self.cancel.let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stays; Enter presses the button that has the keyboard."""
        if event.key() == Qt.Key.Key_Escape:
            self._model.stay()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            for button in (self.stay, self.leave):
                if button.hasFocus():
                    button.click()
                    return

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round the answers: outside of the card it would be one. A card that goes lets the keyboard go."""
        if not self._asking:
            return super().focusNextPrevChild(forward)
        round_trip = [row for row in (self.leave, self.cancel, self.stay) if row.isVisible() and row.isEnabled()]
        here = next((place for place, row in enumerate(round_trip) if row.hasFocus()), -1)
        to = round_trip[(here + (1 if forward else -1)) % len(round_trip)]
        to.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True
