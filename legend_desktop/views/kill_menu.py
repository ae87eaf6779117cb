"""The stop menu under the Stop chip: cancel all and flatten by holding, lock by a press, each with what it touches."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderSource
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.actions import action_of
from legend_desktop.viewmodels.hold import Hold
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.card import Card
from legend_desktop.views.widgets.labels import Rule, TextLabel

HOLD_TICK_MS = 30
WIDTH = 340
_PRESS_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class HoldButton(Button):
    """A button that acts only after being held; a bar fills it meanwhile. ``held`` fires once the bar is full."""

    held = Signal()

    def __init__(
        self,
        theme: Theme,
        text: str,
        milliseconds: int,
        clock: Clock,
        *,
        key: str = "",
        identifier: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._fraction = 0.0
        tip = f"Hold {milliseconds / 1000:g} s"
        super().__init__(
            theme, text, kind=ButtonKind.DANGER_OUTLINE, key=key, tip=tip, identifier=identifier, parent=parent
        )
        self._milliseconds = milliseconds
        self._clock = clock
        self._hold = Hold()
        self._timer = QTimer(self)
        self._timer.setInterval(HOLD_TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def fraction(self) -> float:
        """How far the bar is, 0 to 1."""
        return self._fraction

    def set_fraction(self, fraction: float) -> None:
        """Fill the bar, for a hold by the action's own key."""
        self._fraction = fraction
        self.update()

    def begin(self) -> None:
        """The button went down."""
        if self.isEnabled():
            self._hold.start("hold", self._milliseconds, self._clock.monotonic_ns())
            self._timer.start()

    def let_go(self) -> None:
        """The button came up: nothing happens."""
        self._hold.cancel()
        self._timer.stop()
        self.set_fraction(0)

    def tick(self) -> None:
        """Move the hold on."""
        done = self._hold.tick(self._clock.monotonic_ns())
        self.set_fraction(0 if done else self._hold.progress())
        if done:
            self._timer.stop()
            self.held.emit()

    def sizeHint(self) -> QSize:
        """As high as the send button: a mistake is dear here."""
        return QSize(super().sizeHint().width(), self.theme.size("send_button"))

    def minimumSizeHint(self) -> QSize:
        """Its height is fixed."""
        return QSize(self.theme.px(120), self.theme.size("send_button"))

    def paint_under(self, painter: QPainter) -> None:
        """Paint the filling bar."""
        if self._fraction > 0:
            width = round((self.width() - 2) * self._fraction)
            painter.fillRect(QRect(1, self.height() - 6, width, 5), self.theme.color("danger.fill"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to hold."""
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        super().mouseReleaseEvent(event)
        self.let_go()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Leaving the button lets go."""
        super().mouseMoveEvent(event)
        if not self.rect().contains(event.position().toPoint()):
            self.let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter hold as the mouse does."""
        if event.key() in _PRESS_KEYS:
            if not event.isAutoRepeat():
                self.begin()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let go."""
        if event.key() in _PRESS_KEYS:
            if not event.isAutoRepeat():
                self.let_go()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is held without the keyboard."""
        super().focusOutEvent(event)
        self.let_go()


class KillMenu(Card):
    """A panel over the window, under ``anchor``. Esc, or a press anywhere else, closes it.

    While a person's lock holds (``locked``) its last button asks to lift it: ``unlock_wanted``.
    """

    unlock_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        router: ActionRouter,
        clock: Clock,
        *,
        anchor: QWidget,
        window: QWidget,
        locked: Callable[[], bool] = lambda: False,
        key_of: Callable[[str], str] = lambda _action: "",
    ) -> None:
        super().__init__(theme, window)
        self._locked = locked
        self._router = router
        self._anchor = anchor
        self._before: QWidget | None = None
        self._rows: dict[str, TextLabel] = {}
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setInterval(500)
        self._refresh_timer.timeout.connect(self.refresh)
        self.setAccessibleName("Stop menu")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._inner = QVBoxLayout(self)
        self.cancel = self._hold_button("kill.cancel_all", "Cancel all orders", clock, key_of)
        self.flatten = self._hold_button("kill.flatten_all", "Flatten all positions", clock, key_of)
        self.lock = Button(theme, "Lock trading", key=_cap(key_of("kill.lock")), identifier="kill.lock")
        self._build()
        self.cancel.held.connect(lambda: self._do("kill.cancel_all"))
        self.flatten.held.connect(lambda: self._do("kill.flatten_all"))
        self.lock.clicked.connect(lambda _=False: self._lock_or_unlock())
        theme.changed.connect(self._restyle)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self.hide()

    def _hold_button(self, action_id: str, words: str, clock: Clock, key_of: Callable[[str], str]) -> HoldButton:
        hold_ms = action_of(action_id).hold_ms
        return HoldButton(self._theme, words, hold_ms, clock, key=_cap(key_of(action_id)), identifier=action_id)

    def _build(self) -> None:
        title = TextLabel(self._theme, "Stop", role="title", weight=600)
        self._inner.addWidget(title)
        for action_id, button in (
            ("kill.cancel_all", self.cancel),
            ("kill.flatten_all", self.flatten),
            ("kill.lock", self.lock),
        ):
            label = TextLabel(self._theme, role="small", ink="text.secondary", wrap=True)
            self._rows[action_id] = label
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._inner.addWidget(button)
            self._inner.addWidget(label)
            if action_id != "kill.lock":
                self._inner.addWidget(Rule(self._theme))
        self._restyle()

    def _restyle(self) -> None:
        inset = self._theme.px(12)
        self._inner.setContentsMargins(inset, self._theme.px(10), inset, self._theme.px(12))
        self._inner.setSpacing(self._theme.px(8))
        self._place()

    # --- opening -------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Open, or close where it is open."""
        if self.isVisible():
            self.close_menu()
        else:
            self.open()

    def open(self) -> None:
        """Show what each verb touches now, and take the keyboard."""
        self._before = QApplication.focusWidget()
        self.refresh()
        self.show()
        self.raise_()
        self._place()
        self.cancel.setFocus(Qt.FocusReason.PopupFocusReason)
        self._refresh_timer.start()

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Whatever takes the keyboard elsewhere closes the menu, and keeps the keyboard."""
        if self.isVisible() and now is not None and now is not self and not self.isAncestorOf(now):
            self._before = None
            self.close_menu()

    def close_menu(self) -> None:
        """Hide and give the keyboard back."""
        if self.isHidden():
            return
        for button in (self.cancel, self.flatten):
            button.let_go()
        self._refresh_timer.stop()
        before, self._before = self._before, None
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def refresh(self) -> None:
        """Read again what each verb would touch."""
        locked = self._locked()
        words = "Unlock trading…" if locked else "Lock trading"
        if self.lock.text() != words:
            self.lock.setText(words)
        for action_id, label in self._rows.items():
            preview = self._router.describe(action_id)
            denied = " ".join(row.sentence for row in preview.denials)
            words = denied or f"{preview.title}. {preview.sentence}".strip()
            if action_id == "kill.lock" and locked:
                words = "Trading is locked. Only cancels and flatten go out."
            if label.text() != words:
                label.setText(words)
            button = {"kill.cancel_all": self.cancel, "kill.flatten_all": self.flatten}.get(action_id)
            if button is not None:
                button.setEnabled(not denied)
                describe(
                    button,
                    button.text(),
                    tip=f"Hold {action_of(action_id).hold_ms / 1000:g} s",
                    state=words,
                    identifier=action_id,
                )
        self._place()

    def show_progress(self, action_id: str, fraction: float) -> None:
        """Fill the button of an action that is held by its own key."""
        button = {"kill.cancel_all": self.cancel, "kill.flatten_all": self.flatten}.get(action_id)
        if button is not None and self.isVisible():
            button.set_fraction(fraction)

    def _lock_or_unlock(self) -> None:
        if self._locked():
            self.close_menu()
            self.unlock_wanted.emit()
        else:
            self._do("kill.lock")

    def _do(self, action_id: str) -> None:
        self.close_menu()
        self._router.trigger(action_id, OrderSource.TICKET, held=True)

    # --- place and Qt --------------------------------------------------------------------------------------------

    def _place(self) -> None:
        if self.isHidden():
            return
        width = self._theme.px(WIDTH)
        self._inner.activate()
        height = self._inner.heightForWidth(width) if self._inner.hasHeightForWidth() else self.sizeHint().height()
        corner = self._anchor.mapTo(self._window, QPoint(self._anchor.width(), self._anchor.height() + 4))
        left = min(max(corner.x() - width, self._theme.px(4)), self._window.width() - width - self._theme.px(4))
        self.setGeometry(left, corner.y(), width, min(height, self._window.height() - corner.y() - self._theme.px(4)))

    def showEvent(self, event: QShowEvent) -> None:
        """Stand at the chip."""
        super().showEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_menu()
            return
        super().keyPressEvent(event)

    def _window_left(self, event: QEvent.Type) -> None:  # noqa: ARG002
        self.close_menu()


def _cap(key: str) -> str:
    return key.replace("+", " ")
