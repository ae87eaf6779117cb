"""The yellow strips under the banner: first the fact, then the consequence, one button.

A cause that only a person's word ends has a second one for that word.
"""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.viewmodels.shell import AlarmStripState, ShellViewModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.spans import Part, Span, SpanLabel

_GUTTER = 4


class AlarmStrip(QWidget):
    """One strip of 40 px; it stays until the cause has gone."""

    def __init__(
        self, theme: Theme, view_model: ShellViewModel, state: AlarmStripState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self.state = state
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(12), 0, theme.px(10), 0)
        row.setSpacing(theme.px(12))
        self._words = SpanLabel(theme, role="field", ink="alarm.on", gap=8)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(self._words, 1)
        self._button = Button(theme, state.action_label or "Show", kind=ButtonKind.CHIP_ON_FILL)
        self._button.weight = 600
        self._button.focus_ink = "alarm.on"
        self._button.clicked.connect(lambda _=False: self._model.want(self.state.action))
        row.addWidget(self._button)
        self.seen_button = Button(
            theme, "Seen", kind=ButtonKind.CHIP_ON_FILL, tip="Take this alarm away for good: you have seen it"
        )
        self.seen_button.weight = 600
        self.seen_button.focus_ink = "alarm.on"
        self.seen_button.clicked.connect(lambda _=False: self._model.acknowledge(self.state))
        row.addWidget(self.seen_button)
        theme.changed.connect(self._on_theme)
        self.show_state(state)

    def show_state(self, state: AlarmStripState) -> None:
        """Show the facts; the whole text is the tool-tip."""
        self.state = state
        parts: list[Part] = []
        for place, alarm in enumerate(state.alarms):
            if place:
                parts.append(Span("|", "alarm.on"))
            parts.append(Span(alarm.fact, "alarm.on", 600, icon="" if place else "warning-octagon"))
            if alarm.consequence and (place == 0 or len(state.alarms) == 1):
                parts.append(Span(alarm.consequence, "alarm.on"))
        if state.more:
            parts.append(Span(f"and {state.more} more", "alarm.on", 600))
        self._words.set_parts(*parts)
        self._words.setToolTip(state.spoken)
        self._button.setVisible(bool(state.action))
        self.seen_button.setVisible(bool(state.to_acknowledge))
        if state.action_label and self._button.text() != state.action_label:
            self._button.setText(state.action_label)
        self.setAccessibleName(f"Alarm: {state.spoken}")

    def sizeHint(self) -> QSize:
        """Fixed height."""
        return QSize(self._theme.px(600), self._theme.size("alarm"))

    def minimumSizeHint(self) -> QSize:
        """Words are cut before the button is."""
        return QSize(self._theme.px(200), self._theme.size("alarm"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the fill; on light themes a black line above and below holds it apart from the window."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("alarm.fill"))
        if not self._theme.is_dark:
            line = self._theme.color("alarm.on")
            painter.fillRect(0, 0, self.width(), 1, line)
            painter.fillRect(0, self.height() - 1, self.width(), 1, line)
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class AlarmStrips(QWidget):
    """Zero to two strips under each other; takes no room while nothing is wrong."""

    def __init__(self, theme: Theme, view_model: ShellViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self._strips: list[AlarmStrip] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Alarms")
        view_model.alarms_changed.connect(self.refresh)
        view_model.alarm_raised.connect(self._alert)
        self.refresh()

    def strips(self) -> list[AlarmStrip]:
        """The strips on screen, top first."""
        return list(self._strips)

    def refresh(self) -> None:
        """Show what the view-model says, keeping strips that stay."""
        states = self._model.strips()
        while len(self._strips) > len(states):
            strip = self._strips.pop()
            self._column.removeWidget(strip)
            strip.hide()
            strip.deleteLater()
        for strip, state in zip(self._strips, states, strict=False):
            strip.show_state(state)
        for state in states[len(self._strips) :]:
            strip = AlarmStrip(self._theme, self._model, state)
            self._strips.append(strip)
            self._column.addWidget(strip)
        self.setVisible(bool(self._strips))
        self.updateGeometry()

    def _alert(self, _words: str) -> None:
        if self._strips and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self._strips[-1], QAccessible.Event.Alert))


class TopBar(QWidget):
    """Banner and strips as one piece above the docks: a new strip pushes the docks down once; a gutter ends it."""

    def __init__(self, theme: Theme, banner: QWidget, strips: AlarmStrips, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, _GUTTER)
        column.setSpacing(0)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(banner)
        column.addWidget(strips)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the gutter."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        painter.end()
