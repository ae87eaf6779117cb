"""Pieces of one order's time line: the latency bar, the event list, shortfall parts as bars, the mark-out table."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import MISSING
from legend_desktop.viewmodels.order_timeline_events import EventLine
from legend_desktop.viewmodels.order_timeline_picture import LatencyBar
from legend_desktop.viewmodels.order_timeline_words import Fact, MarkLine, ShortfallPart
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.spans import Span, SpanLabel, paint_spans
from legend_desktop.views.widgets.value_row import ValueRow

_PART_GROUND = {"yours": "ok", "away": "line.strong", "screen": "gain"}
_BEND = 0.37
_TWO_COLUMNS = 700
MOST_LINES = 400
"""More lines than this are left to the copied table."""


class Section(QWidget):
    """A titled piece: title and mode word at the left of its bar, a caption at the right, content below.

    ``flush`` content reaches the edges.
    """

    def __init__(self, theme: Theme, title: str, *, flush: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._flush = flush
        self.setAutoFillBackground(True)
        self._title = TextLabel(theme, title, role="small", weight=600)
        self._mode = SpanLabel(theme, role="small")
        self._caption = SpanLabel(theme, role="small", ink="text.secondary", right=True)
        self._bar = QWidget()
        self._bar.setAutoFillBackground(True)
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(theme.px(10), 0, theme.px(10), 0)
        bar.setSpacing(theme.px(8))
        bar.addWidget(self._title)
        bar.addWidget(self._mode)
        bar.addWidget(self._caption, 1)
        self.content = QVBoxLayout()
        self.content.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addLayout(self.content, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_words(self, title: str, caption: str, *, paper: bool) -> None:
        """Title, caption and the mode word."""
        self._title.setText(title)
        self._caption.set_parts(caption)
        self._mode.set_parts(Span("PAPER", "paper.text", 600) if paper else Span("LIVE", "live.text", 600))
        self.setAccessibleName(f"{title}, {caption}" if caption else title)

    def _restyle(self) -> None:
        inset, room = (0, 0) if self._flush else (self._theme.px(10), self._theme.px(5))
        self.content.setContentsMargins(inset, room, inset, room)
        self._bar.setFixedHeight(self._theme.density.title_bar)
        for widget, ground in ((self, "bg.panel"), (self._bar, "bg.header")):
            palette = widget.palette()
            palette.setColor(QPalette.ColorRole.Window, self._theme.color(ground))
            widget.setPalette(palette)


class FactList(QWidget):
    """Value rows under each other; as many as there are facts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[ValueRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show ``facts`` from the top."""
        while len(self._rows) < len(facts):
            row = ValueRow(self._theme, "")
            self._rows.append(row)
            self._column.addWidget(row)
        for row, fact in zip(self._rows, facts, strict=False):
            row.set_label(fact.label, ink="text.primary" if fact.weight > 500 else "text.secondary")
            row.set_value(fact.value, ink=fact.ink, note=fact.note, weight=fact.weight)
        for place, row in enumerate(self._rows):
            row.setVisible(place < len(facts))


class LatencyView(QWidget):
    """The first moments as one bar in three parts; where yours is short beside the rest the scale changes once."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bar = LatencyBar()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_bar(self, bar: LatencyBar) -> None:
        """Show ``bar``."""
        if bar != self._bar:
            self._bar = bar
            told = ", ".join(words for _, words in bar.ticks) or bar.reason
            self.setAccessibleName(f"{bar.title}, milliseconds after the key: {told}")
            self.update()

    def sizeHint(self) -> QSize:
        """Two lines of words above and below the bar."""
        return QSize(self._theme.px(400), self._theme.px(92))

    def minimumSizeHint(self) -> QSize:
        """It may be narrow, never lower."""
        return QSize(self._theme.px(120), self._theme.px(92))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint parts, ticks and words."""
        theme, bar = self._theme, self._bar
        painter = QPainter(self)
        if not bar.parts:
            words = (Span(bar.reason, "text.tertiary"),)
            paint_spans(theme, painter, self.rect(), words, role="body", gap=0)
            painter.end()
            return
        top, tall = theme.px(36), theme.px(18)
        for part in bar.parts:
            left, right = self._x(part.start), self._x(part.end)
            rect = QRect(round(left), top, max(1, round(right - left)), tall)
            painter.fillRect(rect, theme.color(_PART_GROUND[part.kind]))
            ink = "text.primary" if part.kind == "away" else "bg.panel"
            if theme.metrics("small", 600).horizontalAdvance(part.words) + theme.px(8) <= rect.width():
                painter.setFont(theme.font("small", 600))
                painter.setPen(theme.color(ink))
                painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), part.words)
        if bar.change:
            x = round(self._x(bar.change))
            painter.fillRect(QRect(x - 1, top - 1, theme.px(3), tall + 2), theme.color("bg.panel"))
        self._ticks(painter, top, tall)
        painter.end()

    def _ticks(self, painter: QPainter, top: int, tall: int) -> None:
        theme = self._theme
        high, foot = theme.line_height("small"), top + tall
        ends = [[-1e9, -1e9], [-1e9, -1e9]]
        painter.setFont(theme.font("small"))
        marks = [(self._x(at), words, "text.secondary") for at, words in self._bar.ticks]
        if self._bar.change:
            marks.append((self._x(self._bar.change), f"scale changes at {self._bar.change:.1f} ms", "text.tertiary"))
            marks.sort()
        for x, words, ink in marks:
            wide = theme.metrics("small").horizontalAdvance(words)
            left = min(max(0.0, x - 1), self.width() - wide)
            slots = [(side, level) for level in (0, 1) for side in (0, 1)]
            side, level = next(((s, v) for s, v in slots if ends[s][v] + theme.px(8) <= left), (1, 1))
            ends[side][level] = left + wide
            y = top - theme.px(5) - (level + 1) * high if side == 0 else foot + theme.px(5) + level * high
            painter.setPen(QPen(theme.color("text.primary" if ink != "text.tertiary" else "text.tertiary"), 1))
            near, far = (top + tall, y + high) if side == 0 else (top, y)
            if ink != "text.tertiary":
                painter.drawLine(round(x), round(near), round(x), round(far))
            painter.setPen(theme.color(ink))
            painter.drawText(QRectF(left, y, wide + 2, high), int(Qt.AlignmentFlag.AlignVCenter), words)

    def _x(self, at: float) -> float:
        bar, wide = self._bar, self.width() - 1
        if not bar.change or bar.change >= bar.end:
            return at / max(bar.end, 1e-9) * wide
        if at <= bar.change:
            return at / bar.change * _BEND * wide
        return (_BEND + (at - bar.change) / (bar.end - bar.change) * (1 - _BEND)) * wide


class EventList(QWidget):
    """What was stored, in its order; in two columns where there is room."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[EventLine, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.updateGeometry)

    def show_lines(self, lines: tuple[EventLine, ...]) -> None:
        """Show ``lines`` from the top."""
        shown = lines[:MOST_LINES]
        if shown != self._lines:
            self._lines = shown
            told = "; ".join(f"{row.after} {row.what} {row.detail}".strip() for row in shown[:60])
            self.setAccessibleName(f"Events: {told}")
            self.updateGeometry()
            self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrow lists are longer."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Heading and lines."""
        columns = self._columns(width)
        return (1 + -(-len(self._lines) // columns)) * self._theme.density.row

    def sizeHint(self) -> QSize:
        """As at the present width."""
        return QSize(self._theme.px(400), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """It may be narrow, never lower."""
        return QSize(self._theme.px(200), self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint heading, lines and hairlines."""
        painter = QPainter(self)
        columns, tall = self._columns(self.width()), self._theme.density.row
        rows = max(1, -(-len(self._lines) // columns))
        wide = self.width() // columns
        heading = EventLine("After the key", "Event", "Quote or detail", "Note")
        for column in range(columns):
            self._line(painter, heading, QRect(column * wide, 0, wide, tall), heading=True)
        for place, line in enumerate(self._lines):
            column, row = divmod(place, rows)
            self._line(painter, line, QRect(column * wide, (row + 1) * tall, wide, tall))
        for row in range(1, rows + 1):
            painter.fillRect(QRect(0, row * tall - 1, self.width(), 1), self._theme.color("line.hair"))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of columns needs another height."""
        super().resizeEvent(event)
        if self.heightForWidth(event.size().width()) != self.heightForWidth(event.oldSize().width()):
            self.updateGeometry()

    def _columns(self, width: int) -> int:
        return 2 if width >= self._theme.px(_TWO_COLUMNS) and len(self._lines) > 5 else 1

    def _line(self, painter: QPainter, line: EventLine, rect: QRect, *, heading: bool = False) -> None:
        theme = self._theme
        first, gap = theme.px(88), theme.px(10)
        rest = rect.width() - first - 2 * gap
        role = "small" if heading else "body"
        plain = "text.secondary" if heading else "text.primary"
        cells = (
            (line.after, rect.left(), first, plain, True),
            (line.what, rect.left() + first + gap, round(rest * 0.28) - gap, plain, False),
            (line.detail, rect.left() + first + gap + round(rest * 0.28), round(rest * 0.31) - gap, plain, False),
            (
                line.note,
                rect.left() + first + gap + round(rest * 0.59),
                round(rest * 0.41),
                "text.secondary" if heading else "text.tertiary",
                False,
            ),
        )
        for text, left, wide, ink, right in cells:
            place = QRect(left, rect.top(), wide, rect.height() - 1)
            paint_spans(theme, painter, place, (Span(text, ink),), role=role, gap=0, right=right)


class ShortfallView(QWidget):
    """Parts of the shortfall as bars to one scale, cost to the right of the line and saved to its left; a total."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: tuple[ShortfallPart, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_parts(self, parts: tuple[ShortfallPart, ...]) -> None:
        """Show ``parts``, the total last."""
        if parts != self._parts:
            self._parts = parts
            told = ", ".join(f"{part.label} {part.money} {part.bps}" for part in parts)
            self.setAccessibleName(f"Shortfall: {told}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """A line a part."""
        return QSize(self._theme.px(240), len(self._parts) * self._theme.px(24) + self._theme.px(2))

    def minimumSizeHint(self) -> QSize:
        """Never lower."""
        return QSize(self._theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the lines."""
        theme, tall = self._theme, self._theme.px(24)
        painter = QPainter(self)
        money, bps, label = theme.px(72), theme.px(62), theme.px(182)
        sizes = [part.size for part in self._parts if part.size is not None and not part.total]
        low, high = min([0.0, *sizes]), max([0.0, *sizes])
        span = (high - low) or 1.0
        left, room = label + theme.px(4), self.width() - label - money - bps - theme.px(12)
        zero = left + round(-low / span * room)
        for place, part in enumerate(self._parts):
            top = place * tall
            weight = 600 if part.total else 400
            ink = "text.primary" if part.total else "text.secondary"
            paint_spans(
                theme, painter, QRect(0, top, label, tall), (Span(part.label, ink, weight),), role="body", gap=0
            )
            if part.size and not part.total and room > 0:
                wide = max(1, round(abs(part.size) / span * room))
                start = zero if part.size > 0 else zero - wide
                bar = QRect(start, top + theme.px(7), wide, theme.px(10))
                painter.fillRect(bar, theme.color("loss" if part.size > 0 else "gain"))
            right = self.width()
            figure = Span(part.money, "text.tertiary" if part.money == MISSING else "text.primary", weight)
            share = Span(part.bps, "text.primary" if part.total else "text.tertiary", weight)
            for span_, edge, wide in ((figure, right - bps, money), (share, right, bps)):
                cell = QRect(edge - wide, top, wide, tall)
                paint_spans(theme, painter, cell, (span_,), role="body", gap=0, right=True)
            if part.total:
                painter.fillRect(QRect(0, top, self.width(), 1), theme.color("line.strong"))
        painter.end()


class MarksView(QWidget):
    """Mids a while after the fills, realised spread and impact in columns."""

    _TITLES = ("After", "Mid", "Realised spread", "Impact")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: tuple[MarkLine, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_marks(self, marks: tuple[MarkLine, ...]) -> None:
        """Show ``marks``, soonest first."""
        if marks != self._marks:
            self._marks = marks
            told = "; ".join(f"{row.after}: mid {row.mid}, realised {row.realised}" for row in marks)
            self.setAccessibleName(f"After the fills: {told}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """A heading and a line a mark."""
        lines = len(self._marks) + 1 if self._marks else 0
        return QSize(self._theme.px(240), lines * self._theme.density.row)

    def minimumSizeHint(self) -> QSize:
        """Never lower."""
        return QSize(self._theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint heading, lines and hairlines."""
        if not self._marks:
            return
        theme, tall = self._theme, self._theme.density.row
        painter = QPainter(self)
        rows = [tuple(Span(title, "text.secondary", role="small") for title in self._TITLES)]
        for mark in self._marks:
            plain = "text.tertiary" if mark.realised == MISSING else "text.primary"
            rows.append(
                (
                    Span(mark.after),
                    Span(mark.mid, plain),
                    Span(mark.realised, mark.realised_ink),
                    Span(mark.impact, plain),
                )
            )
        edges = (0.0, 0.41, 0.73, 1.0)
        for place, cells in enumerate(rows):
            top = place * tall
            for column, cell in enumerate(cells):
                left = 0 if column == 0 else round(edges[column - 1] * self.width())
                rect = QRect(left, top, max(theme.px(60), round(edges[column] * self.width()) - left), tall - 1)
                paint_spans(theme, painter, rect, (cell,), role="body", gap=0, right=column > 0)
            painter.fillRect(QRect(0, top + tall - 1, self.width(), 1), theme.color("line.hair"))
        painter.end()
