"""What the dialogs of the Connections screen share: not modal, a page that scrolls, buttons at the foot."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.heights import measure_anew
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.scroll import InsetScroll

_ROOM, _RULE = 80, 2


class Sheet(QDialog):
    """A window beside the desk. It grows with its page up to the screen; Esc and closing call ``leave``."""

    def __init__(self, theme: Theme, title: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._width = width
        self.setWindowTitle(title)
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.Tool, True)
        self.page = QWidget()
        self.column = QVBoxLayout(self.page)
        self.area = InsetScroll(self.page)
        self.foot = QHBoxLayout()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area, 1)
        outer.addWidget(Rule(theme))
        outer.addLayout(self.foot)
        theme.changed.connect(self.restyle)

    def restyle(self) -> None:
        """Insets grow with the zoom."""
        px = self._theme.px
        self.column.setContentsMargins(px(16), px(14), px(16), px(14))
        self.column.setSpacing(px(10))
        self.foot.setContentsMargins(px(16), px(10), px(16), px(12))
        self.foot.setSpacing(px(8))

    def grow(self) -> None:
        """Be as high as the page needs, within the screen."""
        px = self._theme.px
        width = px(self._width)
        measure_anew(self.page)
        wanted = self.column.totalHeightForWidth(width) if self.column.hasHeightForWidth() else 0
        wanted = wanted or self.column.totalSizeHint().height()
        screen = self.screen().availableGeometry().height() if self.screen() is not None else 800
        height = min(wanted + self.foot.sizeHint().height() + _RULE, screen - px(_ROOM))
        if self.size() != QSize(width, height):
            self.resize(max(width, self.width()), max(height, self.minimumSizeHint().height()))

    def leave(self) -> None:
        """The person closes it; overridden by who has something to forget."""
        self.hide()

    def commit(self) -> None:
        """Enter was pressed; overridden by who has something to do."""

    def come(self) -> None:
        """Show it before the others."""
        self.show()
        self.raise_()
        self.activateWindow()

    def reject(self) -> None:
        """Esc."""
        self.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The close button of the frame."""
        self.leave()
        event.accept()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the size before it is seen."""
        self.grow()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what the strongest button does."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.commit()
            return
        super().keyPressEvent(event)


def foot_button(
    theme: Theme, words: str, tip: str, *, kind: ButtonKind = ButtonKind.OUTLINE, key: str = "", show_key: bool = False
) -> Button:
    """A button of the foot."""
    return Button(theme, words, kind=kind, tip=tip, key=key, show_key=show_key)


def tab_through(widgets: Sequence[QWidget]) -> None:
    """Let Tab go through ``widgets`` in this order."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)
