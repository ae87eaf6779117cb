"""A row of joined choices of which one holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.labels import key_cap_height, key_cap_width, paint_key_cap


@dataclass(frozen=True, slots=True)
class Segment:
    """One choice: ``ink`` colours its words while chosen (``gain`` for buy), ``key`` is shown as a cap."""

    id: str
    text: str
    key: str = ""
    ink: str = "text.primary"
    name: str = ""


class SegmentedControl(QWidget):
    """Joined buttons of which one is chosen; arrows move the choice. ``changed`` carries the id."""

    changed = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        segments: Sequence[Segment],
        *,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = small
        self._name = name
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self._row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, _SegmentButton] = {}
        theme.changed.connect(self._on_theme)
        self.set_segments(segments)

    def set_segments(self, segments: Sequence[Segment]) -> None:
        """Replace the choices, keeping the chosen one where it still exists."""
        held = self.current()
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = {}
        for segment in segments:
            button = _SegmentButton(self._theme, segment, self._name)
            button.clicked.connect(lambda _=False, wanted=segment.id: self.changed.emit(wanted))
            self._group.addButton(button)
            self._row.addWidget(button, 1)
            self._buttons[segment.id] = button
        if held in self._buttons:
            self._buttons[held].setChecked(True)

    def current(self) -> str:
        """The id of the chosen segment, empty for none."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def set_current(self, wanted: str) -> None:
        """Choose without emitting ``changed``; an unknown id chooses nothing."""
        if wanted in self._buttons:
            self._buttons[wanted].setChecked(True)
            return
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def button(self, wanted: str) -> QAbstractButton:
        """The button of a segment. Raises ``KeyError`` for an unknown id."""
        return self._buttons[wanted]

    def sizeHint(self) -> QSize:
        """All segments side by side."""
        width = sum(button.sizeHint().width() for button in self._buttons.values())
        height = self._theme.px(22) if self._small else self._theme.density.field
        return QSize(width + 2, height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the common edge and the lines between."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line.control"), 1))
        painter.setBrush(self._theme.color("bg.field"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move the choice."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        names = list(self._buttons)
        if step is None or not names:
            super().keyPressEvent(event)
            return
        here = names.index(self.current()) if self.current() else 0
        wanted = names[(here + step) % len(names)]
        self._buttons[wanted].setChecked(True)
        self._buttons[wanted].setFocus(Qt.FocusReason.TabFocusReason)
        self.changed.emit(wanted)

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class _SegmentButton(QAbstractButton):
    def __init__(self, theme: Theme, segment: Segment, group: str) -> None:
        super().__init__()
        self._theme = theme
        self._segment = segment
        self.setCheckable(True)
        self.setText(segment.text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        describe(self, segment.name or f"{group}: {segment.text}", key=segment.key, identifier=segment.id)

    def sizeHint(self) -> QSize:
        width = self._theme.metrics("body", 600).horizontalAdvance(self._segment.text) + self._theme.px(16)
        if self._segment.key:
            width += key_cap_width(self._theme, self._segment.key) + self._theme.px(6)
        return QSize(width, self._theme.px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(22), self._theme.px(20))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            event.ignore()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        chosen = self.isChecked()
        if chosen:
            painter.fillRect(self.rect(), self._theme.color("bg.selected"))
        elif self.underMouse() and self.isEnabled():
            painter.fillRect(self.rect(), self._theme.color("bg.hover"))
        if self.x() > 1:
            painter.fillRect(QRect(0, 0, 1, self.height()), self._theme.color("line.strong"))
        ink = self._segment.ink if chosen else "text.secondary"
        color = self._theme.color(ink if self.isEnabled() else "text.disabled")
        weight = 600 if chosen else 400
        metrics = self._theme.metrics("body", weight)
        cap = key_cap_width(self._theme, self._segment.key) if self._segment.key else 0
        gap = self._theme.px(6) if cap else 0
        width = metrics.horizontalAdvance(self._segment.text)
        left = (self.width() - width - cap - gap) // 2
        painter.setFont(self._theme.font("body", weight))
        painter.setPen(color)
        painter.drawText(left, (self.height() + metrics.ascent() - metrics.descent()) // 2, self._segment.text)
        if cap:
            height = key_cap_height(self._theme)
            place = QRect(left + width + gap, (self.height() - height) // 2, cap, height)
            paint_key_cap(self._theme, painter, place, self._segment.key, self._theme.color("text.tertiary"))
        if self.hasFocus():
            draw_focus_ring(self._theme, painter, self.rect(), 2)
        painter.end()
