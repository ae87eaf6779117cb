"""The ground of a card that lies over the window: menu colour with an edge, moved when the window changes its size."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from legend_desktop.views.theme import Theme


class Card(QWidget):
    """Lies over ``window``. A card says where it stands in ``_place``, and hides itself in ``_window_left``."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        window.installEventFilter(self)

    def _place(self) -> None:
        """Stand where the card belongs in a window of this size."""

    def _window_left(self, event: QEvent.Type) -> None:
        """What the card does when its window was left or clicked; nothing unless it says otherwise."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window."""
        if watched is self._window and self.isVisible():
            if event.type() == QEvent.Type.Resize:
                QTimer.singleShot(0, self, self._place)
            elif event.type() in {QEvent.Type.WindowDeactivate, QEvent.Type.MouseButtonPress}:
                self._window_left(event.type())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground and edge."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.menu"))
        painter.setPen(self._theme.pen("line.control"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
