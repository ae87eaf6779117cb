"""The status bar: small plain parts at the left, clocks at the right; a part that is not well says so in its words."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStatusBar, QWidget

from legend_desktop.viewmodels.status import StatusPart, StatusViewModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.spans import Span, SpanLabel


def part_spans(part: StatusPart) -> list[Span]:
    """The pieces of a part: strong ones in primary ink, plain ones secondary, all ``warning`` where not well."""
    spans = []
    for words, strong in part.pieces:
        ink = "text.primary" if strong else "text.secondary"
        spans.append(Span(words, ink if part.well else "warning", 600 if strong else 400))
    return spans


class StatusBar(QStatusBar):
    """22 px at the bottom of the window."""

    def __init__(self, theme: Theme, view_model: StatusViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self.setSizeGripEnabled(False)
        self._inside = _Inside(theme)
        self.addPermanentWidget(self._inside, 1)
        self._parts: dict[str, tuple[SpanLabel, Rule]] = {}
        self._clock = SpanLabel(theme, role="small", gap=5)
        self._clock.setToolTip("Exchange time, your own time, the date in New York")
        self._row = QHBoxLayout(self._inside)
        self._row.setContentsMargins(theme.px(15), 0, theme.px(15), 0)
        self._row.setSpacing(theme.px(9))
        self._row.addStretch(1)
        self._row.addWidget(self._clock)
        self._clock.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        view_model.changed.connect(self.refresh)
        view_model.clock_changed.connect(self._refresh_clock)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.refresh()

    def refresh(self) -> None:
        """Read the parts again; labels stay, so nothing jumps."""
        parts = self._model.parts()
        for gone in set(self._parts) - {part.id for part in parts}:
            for widget in self._parts.pop(gone):
                self._row.removeWidget(widget)
                widget.deleteLater()
        for part in parts:
            if part.id not in self._parts:
                label = SpanLabel(self._theme, role="small", gap=4)
                rule = Rule(self._theme, ink="line.strong", upright=True)
                place = 2 * len(self._parts)
                self._row.insertWidget(place, label)
                self._row.insertWidget(place + 1, rule)
                self._parts[part.id] = (label, rule)
            label = self._parts[part.id][0]
            label.set_parts(*part_spans(part))
            label.setToolTip(part.tip)
        self._refresh_clock()

    def text(self) -> str:
        """All words of the bar, for tests and screen readers."""
        return " | ".join([label.text() for label, _ in self._parts.values()] + [self._clock.text()])

    def _refresh_clock(self) -> None:
        spans = []
        for words, strong in self._model.clocks():
            ink = "text.primary" if strong else "text.secondary"
            spans.append(Span(words, ink, 600 if strong else 400))
        self._clock.set_parts(*spans)

    def _restyle(self) -> None:
        self.setFixedHeight(self._theme.size("status"))


class _Inside(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._theme.size("status"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        painter.end()
