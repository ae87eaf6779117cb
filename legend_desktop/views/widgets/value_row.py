"""Label and value rows, as in Account, the preview and Risk."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.spans import Part, Span, as_spans, paint_spans, plain_text, spans_width


class ValueRow(QWidget):
    """A label at the left, a value with an optional note at the right, on one base line."""

    def __init__(self, theme: Theme, label: str, *, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = Span(label, "text.secondary", icon=icon)
        self._value: tuple[Span, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)
        self.set_value("—", ink="text.tertiary")

    def set_label(self, label: str, *, icon: str = "", ink: str = "text.secondary") -> None:
        """Change the label."""
        span = Span(label, ink, icon=icon)
        if span != self._label:
            self._label = span
            self._speak()

    def set_value(self, value: str, *, ink: str = "text.primary", note: str = "", weight: int = 400) -> None:
        """Show one value and, in tertiary ink after it, a note."""
        parts: list[Part] = [Span(value, ink, weight)]
        if note:
            parts.append(Span(note, "text.tertiary"))
        self.set_parts(*parts)

    def set_parts(self, *parts: Part) -> None:
        """Show a value made of several inks."""
        spans = as_spans(parts, "text.primary")
        if spans != self._value:
            self._value = spans
            self._speak()

    def set_missing(self, reason: str = "") -> None:
        """Show an em dash; the reason is the tool-tip."""
        self.set_value("—", ink="text.tertiary")
        self.setToolTip(reason)

    def value_text(self) -> str:
        """The words at the right."""
        return plain_text(self._value)

    def sizeHint(self) -> QSize:
        """Both texts with a gap."""
        gap = self._theme.px(6)
        width = spans_width(self._theme, (self._label,), "body", gap) + spans_width(
            self._theme, self._value, "body", gap
        )
        return QSize(width + self._theme.px(8), self._theme.density.kv)

    def minimumSizeHint(self) -> QSize:
        """The label is cut first."""
        return QSize(self._theme.px(60), self._theme.density.kv)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint label and value."""
        painter = QPainter(self)
        gap = self._theme.px(6)
        value = spans_width(self._theme, self._value, "body", gap)
        room = self.rect()
        paint_spans(self._theme, painter, room, self._value, role="body", gap=gap, right=True)
        paint_spans(self._theme, painter, room.adjusted(0, 0, -value - gap, 0), (self._label,), role="body", gap=gap)
        painter.end()

    def _speak(self) -> None:
        self.setAccessibleName(f"{self._label.text}: {self.value_text()}")
        self.update()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class ValueList(QWidget):
    """Value rows under each other, found by id."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: dict[str, ValueRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def add_row(self, row_id: str, label: str, *, icon: str = "") -> ValueRow:
        """Append a row."""
        row = ValueRow(self._theme, label, icon=icon)
        self._rows[row_id] = row
        self._column.addWidget(row)
        return row

    def row(self, row_id: str) -> ValueRow:
        """The row with this id. Raises ``KeyError``."""
        return self._rows[row_id]
