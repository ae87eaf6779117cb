"""A line of text in several inks: a value and its note, a summary, a status part."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.views.theme import Theme


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text with its colour token, weight, type role and an optional glyph before it."""

    text: str
    ink: str = "text.primary"
    weight: int = 400
    role: str = ""
    icon: str = ""


Part = Span | str


def as_spans(parts: Sequence[Part], ink: str) -> tuple[Span, ...]:
    """Plain strings become spans in ``ink``."""
    return tuple(part if isinstance(part, Span) else Span(part, ink) for part in parts)


def plain_text(parts: Sequence[Part]) -> str:
    """The words of the line, for screen readers and copies."""
    return " ".join(part if isinstance(part, str) else part.text for part in parts).strip()


def spans_width(theme: Theme, spans: Sequence[Span], role: str, gap: int) -> int:
    """Width in pixels that the line needs."""
    width = 0
    for span in spans:
        width += theme.metrics(span.role or role, span.weight).horizontalAdvance(theme.masked(span.text))
        width += (icon_size(theme, role) + theme.px(4)) if span.icon else 0
    return width + gap * max(0, len(spans) - 1)


def icon_size(theme: Theme, role: str) -> int:
    """Glyphs are 12 px beside small type, 14 px in text."""
    return theme.px(12 if role in {"caption", "small"} else 14)


def paint_spans(
    theme: Theme, painter: QPainter, rect: QRect, spans: Sequence[Span], *, role: str, gap: int, right: bool = False
) -> None:
    """Paint the line into ``rect`` on one base line; cut with an ellipsis at the right where it does not fit."""
    total = spans_width(theme, spans, role, gap)
    left = rect.right() + 1 - total if right and total <= rect.width() else rect.x()
    body = theme.metrics(role)
    baseline = rect.y() + (rect.height() + body.ascent() - body.descent()) // 2
    glyph = icon_size(theme, role)
    for span in spans:
        room = rect.right() + 1 - left
        if room <= 0:
            return
        if span.icon:
            place = QRect(left, rect.y() + (rect.height() - glyph) // 2, glyph, glyph)
            theme.paint_icon(painter, span.icon, place, span.ink)
            left += glyph + theme.px(4)
            room -= glyph + theme.px(4)
        metrics = theme.metrics(span.role or role, span.weight)
        text = theme.masked(span.text)
        width = metrics.horizontalAdvance(text)
        if width > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(theme.font(span.role or role, span.weight))
        painter.setPen(theme.color(span.ink))
        painter.drawText(left, baseline, text)
        left += width + gap


class SpanLabel(QWidget):
    """Shows a line of spans; cut at the right when narrow. Repaints only when the line really changed."""

    def __init__(
        self,
        theme: Theme,
        *parts: Part,
        role: str = "body",
        ink: str = "text.primary",
        gap: int = 6,
        right: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._ink = ink
        self._gap = gap
        self._right = right
        self._spans: tuple[Span, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)
        self.set_parts(*parts)

    def set_parts(self, *parts: Part) -> None:
        """Show these parts; strings take the label's own ink."""
        spans = as_spans(parts, self._ink)
        if spans == self._spans:
            return
        wider = self._width(spans) != self._width(self._spans)
        self._spans = spans
        self.setAccessibleName(plain_text(spans))
        if wider:
            self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The words of the line."""
        return plain_text(self._spans)

    def sizeHint(self) -> QSize:
        """Room for the whole line."""
        return QSize(self._width(self._spans), self._theme.line_height(self._role))

    def minimumSizeHint(self) -> QSize:
        """It may be cut down to nothing."""
        return QSize(0, self._theme.line_height(self._role))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the line."""
        painter = QPainter(self)
        gap = self._theme.px(self._gap)
        paint_spans(self._theme, painter, self.rect(), self._spans, role=self._role, gap=gap, right=self._right)
        painter.end()

    def _width(self, spans: Sequence[Span]) -> int:
        return spans_width(self._theme, spans, self._role, self._theme.px(self._gap))

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
