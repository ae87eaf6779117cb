"""Buttons in a row that goes on below where it is too narrow."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.views.theme import Theme


class FlowRow(QWidget):
    """Places its children from the left at their own size; ``last`` ones stand at the right while they fit."""

    def __init__(
        self,
        theme: Theme,
        children: Sequence[QWidget],
        *,
        last: Sequence[QWidget] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._first, self._last = tuple(children), tuple(last)
        for child in (*self._first, *self._last):
            child.setParent(self)
            child.installEventFilter(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._again)

    def hasHeightForWidth(self) -> bool:
        """It goes on below."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines."""
        return max((place.bottom() + 1 for _, place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """All in one line."""
        sizes = [child.sizeHint() for child in self._shown((*self._first, *self._last))]
        gap = self._theme.px(6)
        return QSize(sum(size.width() + gap for size in sizes), max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest child."""
        sizes = [child.sizeHint() for child in self._shown((*self._first, *self._last))]
        height = self.heightForWidth(self.width()) if self.width() > 0 else 0
        return QSize(max((size.width() for size in sizes), default=0), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the children."""
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow children that come, go and change their words."""
        kinds = {QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest}
        if event.type() in kinds:
            self._again()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """A child whose words changed asks for another layout."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._again()
        return super().event(event)

    def _shown(self, children: Sequence[QWidget]) -> list[QWidget]:
        return [child for child in children if not child.isHidden()]

    def _places(self, width: int) -> Iterator[tuple[QWidget, QRect]]:
        gap = self._theme.px(6)
        left = top = high = 0
        for child in self._shown(self._first):
            size = child.sizeHint()
            if left and left + size.width() > width:
                left, top, high = 0, top + high + gap, 0
            yield child, self._rect(left, top, size, width)
            left, high = left + size.width() + gap, max(high, size.height())
        tail = self._shown(self._last)
        need = sum(child.sizeHint().width() for child in tail) + gap * max(0, len(tail) - 1)
        if tail and left and left + need > width:
            left, top = 0, top + high + gap
        left = max(left, width - need) if need <= width else 0
        for child in tail:
            size = child.sizeHint()
            yield child, self._rect(left, top, size, width)
            left += size.width() + gap

    def _rect(self, left: int, top: int, size: QSize, width: int) -> QRect:
        """Words stand in the middle of the buttons beside them."""
        down = max(0, (self._theme.density.button - size.height()) // 2)
        return QRect(QPoint(left, top + down), QSize(min(size.width(), width), size.height()))

    def _place(self) -> None:
        for child, place in self._places(self.width()):
            child.setGeometry(place)

    def _again(self) -> None:
        self.updateGeometry()
        self._place()
