"""A thin bar that shows how much of a limit is used."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.spans import Part, Span, as_spans, paint_spans, plain_text, spans_width

_WARN_AT = 0.8


class Meter(QWidget):
    """Caption and value above a 4-px bar with limit ticks, a note below at the right.

    ``fraction`` is the used part of the bar (1.0 is the limit); from 0.8 the bar turns ``warning``, from 1.0
    ``danger``. ``worst`` draws the hatched part up to the worst case while an order is unknown.
    """

    def __init__(self, theme: Theme, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = label
        self._value: tuple[Span, ...] = ()
        self._fraction: float | None = None
        self._worst: float | None = None
        self._ticks: tuple[float, ...] = ()
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)

    def set_meter(
        self,
        value: Sequence[Part],
        fraction: float | None,
        *,
        ticks: Sequence[float] = (1.0,),
        note: str = "",
        worst: float | None = None,
        label: str | None = None,
    ) -> None:
        """Show a value, the used fraction and the limit ticks (as fractions of the bar)."""
        self._value = as_spans(value, "text.primary")
        self._fraction, self._worst = fraction, worst
        self._ticks = tuple(ticks)
        self._note = note
        self._label = self._label if label is None else label
        self.setAccessibleName(f"{self._label}: {plain_text(self._value)}, {note}")
        self.update()

    def level(self) -> str:
        """Colour token of the bar."""
        used = max(self._fraction or 0.0, self._worst or 0.0)
        if used >= 1.0:
            return "danger"
        return "warning" if used >= _WARN_AT else "text.secondary"

    def sizeHint(self) -> QSize:
        """Three lines."""
        return QSize(self._theme.px(200), self._theme.px(40))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint caption, value, bar, ticks and note."""
        theme = self._theme
        painter = QPainter(self)
        line, gap = theme.px(18), theme.px(6)
        top = QRect(0, 0, self.width(), line)
        value = self._warned(self._value)
        width = spans_width(theme, value, "body", gap)
        paint_spans(theme, painter, top, value, role="body", gap=gap, right=True)
        label = (Span(self._label, "text.secondary"),)
        paint_spans(theme, painter, top.adjusted(0, 0, -width - gap, 0), label, role="body", gap=gap)
        bar = QRect(0, line + theme.px(1), self.width(), theme.px(4))
        painter.fillRect(bar, theme.color("bg.selected"))
        if self._worst is not None:
            self._fill(painter, bar, self._worst, hatched=True)
        if self._fraction is not None:
            self._fill(painter, bar, self._fraction, hatched=False)
        for tick in self._ticks:
            left = min(self.width() - 1, max(0, round(tick * self.width()) - 1))
            painter.fillRect(QRect(left, bar.y() - theme.px(2), 1, theme.px(8)), theme.color("text.primary"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.tertiary"))
        below = QRect(0, bar.bottom() + theme.px(1), self.width(), theme.px(16))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(below, flags, theme.masked(self._note))
        painter.end()

    def _warned(self, value: tuple[Span, ...]) -> tuple[Span, ...]:
        level = self.level()
        if level == "text.secondary" or not value or value[0].icon:
            return value
        first = value[0]
        return (Span(first.text, level, first.weight, first.role, "warning"), *value[1:])

    def _fill(self, painter: QPainter, bar: QRect, fraction: float, *, hatched: bool) -> None:
        part = QRect(bar)
        part.setWidth(round(bar.width() * min(1.0, max(0.0, fraction))))
        painter.fillRect(part, self._theme.hatch() if hatched else self._theme.color(self.level()))

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
