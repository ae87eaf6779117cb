"""Toasts at the lower right corner, and the voice for screen readers. Nothing here asks for anything."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.events import NoticeLevel
from legend_desktop.viewmodels.notifications import NotificationsViewModel, Toast
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import IconButton
from legend_desktop.views.widgets.labels import TextLabel

_WIDTH = 320
_GAP = 8
_GLYPHS = {
    NoticeLevel.INFO: ("info", "text.secondary"),
    NoticeLevel.GOOD: ("check-circle", "ok"),
    NoticeLevel.WARNING: ("warning", "warning"),
    NoticeLevel.ERROR: ("prohibit", "danger"),
    NoticeLevel.NEEDS_YOU: ("flag", "warning"),
}


class ToastCard(QWidget):
    """One notice: glyph, source, sentence, close."""

    def __init__(
        self, theme: Theme, toast: Toast, on_close: Callable[[int], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.toast = toast
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(36), theme.px(8), theme.px(4), theme.px(8))
        row.setSpacing(theme.px(4))
        column = QVBoxLayout()
        column.setSpacing(theme.px(1))
        self._source = TextLabel(theme, role="small", ink="text.secondary", weight=600)
        self._words = TextLabel(theme, wrap=True)
        self._count = TextLabel(theme, role="small", ink="text.tertiary", wrap=True)
        for label in (self._source, self._words, self._count):
            column.addWidget(label)
        column.addStretch(1)
        row.addLayout(column, 1)
        self._close = IconButton(theme, "x", "Close this notice")
        self._close.clicked.connect(lambda _=False: on_close(self.toast.key))
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.show_toast(toast)

    def show_toast(self, toast: Toast) -> None:
        """Show a notice, or the newest of a group."""
        self.toast = toast
        self._source.setText(toast.source)
        self._words.setText(toast.sentence)
        self._count.setText(toast.count_words)
        self._count.setVisible(bool(toast.count_words))
        self.setAccessibleName(f"{toast.source}: {toast.sentence}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground, edge and glyph."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.menu"))
        painter.setPen(QPen(self._theme.color("line.control"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        glyph, ink = _GLYPHS[self.toast.level]
        size = self._theme.px(16)
        self._theme.paint_icon(painter, glyph, QRect(self._theme.px(11), self._theme.px(10), size, size), ink)
        painter.end()


class Notifier(QObject):
    """Keeps the cards of ``view_model`` at the lower right of ``window``, clear of the area ``avoid`` returns."""

    def __init__(
        self,
        theme: Theme,
        view_model: NotificationsViewModel,
        window: QWidget,
        *,
        bottom: Callable[[], int],
        avoid: Callable[[], QRect] = QRect,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._model = view_model
        self._window = window
        self._bottom = bottom
        self._avoid = avoid
        self._cards: dict[int, ToastCard] = {}
        view_model.changed.connect(self.refresh)
        view_model.announced.connect(self.announce)
        window.installEventFilter(self)

    def cards(self) -> list[ToastCard]:
        """The cards on screen, oldest first."""
        return list(self._cards.values())

    def refresh(self) -> None:
        """Show the toasts of the view-model."""
        toasts = {toast.key: toast for toast in self._model.toasts()}
        for key in [key for key in self._cards if key not in toasts]:
            card = self._cards.pop(key)
            card.hide()
            card.deleteLater()
        for key, toast in toasts.items():
            card = self._cards.get(key) or self._make(toast)
            self._cards[key] = card
            if card.toast != toast:
                card.show_toast(toast)
        if not self._cards:
            self._model.set_held(False)
        self.place()

    def place(self) -> None:
        """Stack the cards upwards from the corner."""
        gap = self._theme.px(_GAP)
        edge = self._window.width() - gap - 3
        floor = self._window.height() - self._bottom() - gap
        keep_clear = self._avoid()
        for card in reversed(self._cards.values()):
            width = self._theme.px(_WIDTH)
            card.setFixedWidth(width)
            size = QSize(width, card.heightForWidth(width))
            place = QRect(QPoint(edge - size.width(), floor - size.height()), size)
            if keep_clear.intersects(place):
                place.moveRight(keep_clear.left() - gap)
            card.setGeometry(place)
            card.raise_()
            card.show()
            floor = place.top() - gap

    def announce(self, sentence: str, urgent: bool) -> None:
        """Say a sentence to a screen reader."""
        if not QAccessible.isActive():
            return
        event = QAccessibleAnnouncementEvent(self._window, sentence)
        loud, calm = QAccessible.AnnouncementPoliteness.Assertive, QAccessible.AnnouncementPoliteness.Polite
        event.setPoliteness(loud if urgent else calm)
        QAccessible.updateAccessibility(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size; keep cards while the pointer is on one."""
        kind = event.type()
        if watched is self._window and kind == QEvent.Type.Resize:
            self.place()
        elif isinstance(watched, ToastCard):
            if kind == QEvent.Type.Enter or isinstance(event, QEnterEvent):
                self._model.set_held(True)
            elif kind == QEvent.Type.Leave:
                self._model.set_held(False)
        return False

    def _make(self, toast: Toast) -> ToastCard:
        card = ToastCard(self._theme, toast, self._model.dismiss, self._window)
        card.installEventFilter(self)
        return card
