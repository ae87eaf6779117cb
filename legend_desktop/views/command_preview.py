"""The card under the command field: what will happen, its figures, its checks, and what Enter does.

The same card shows in rehearsal what a key would have done.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.action_router import ActionRouter, RehearsalCard
from legend_desktop.viewmodels.command_line import CommandLine, CommandPreview, LineState
from legend_desktop.viewmodels.command_words import Reading
from legend_desktop.viewmodels.previews import Figure
from legend_desktop.views.command_line import CommandField
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.card import Card
from legend_desktop.views.widgets.labels import TextLabel, key_cap_height, key_cap_width, paint_key_cap
from legend_desktop.views.widgets.spans import Span, paint_spans

RESULT_MS = 6_000
_TONES = {"gain": "gain", "loss": "loss", "warning": "warning"}
_INKS = {
    LineState.ERROR: "danger",
    LineState.REFUSED: "danger",
    LineState.ASKS: "warning",
    LineState.READY: "warning",
    LineState.UNFINISHED: "text.secondary",
    LineState.MEANINGS: "text.secondary",
    LineState.RESULT: "text.secondary",
}
_CHECK_GLYPHS = {
    Outcome.PASS: ("check", "ok"),
    Outcome.NOTICE: ("info", "text.secondary"),
    Outcome.CONFIRM: ("warning", "warning"),
    Outcome.DENY: ("prohibit", "danger"),
}
_LIVE = {"LIVE": "live.text", "PAPER": "paper.text", "REHEARSAL": "text.primary"}


class FigureStrip(QWidget):
    """Figures in columns: label above, value below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._figures: tuple[Figure, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_figures(self, figures: Sequence[Figure]) -> None:
        """Show these, at most four a row."""
        self._figures = tuple(figures)
        self.setVisible(bool(self._figures))
        self.setAccessibleName(", ".join(f"{row.label} {row.value}" for row in self._figures))
        self.updateGeometry()
        self.update()

    def _columns(self) -> int:
        return 4 if len(self._figures) % 4 in {0, 3} or len(self._figures) <= 4 else 3

    def sizeHint(self) -> QSize:
        """Two lines for each row of columns."""
        rows = -(-len(self._figures) // self._columns())
        gap = self._theme.px(6)
        return QSize(self._theme.px(400), rows * self._row_height() + max(0, rows - 1) * gap)

    def _row_height(self) -> int:
        return self._theme.line_height("small") + self._theme.line_height("body")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint labels and values."""
        painter = QPainter(self)
        columns = self._columns()
        width = self.width() // columns
        small, body = self._theme.line_height("small"), self._theme.line_height("body")
        for place, figure in enumerate(self._figures):
            left, top = place % columns * width, place // columns * (self._row_height() + self._theme.px(6))
            box = QRect(left, top, width - self._theme.px(6), small)
            paint_spans(self._theme, painter, box, (Span(figure.label, "text.secondary"),), role="small", gap=0)
            ink = _TONES.get(figure.tone, "text.primary")
            value = QRect(left, top + small, width - self._theme.px(6), body)
            paint_spans(self._theme, painter, value, (Span(figure.value, ink),), role="body", gap=0)
        painter.end()


class CheckList(QWidget):
    """Every check with its mark, in two columns; only what does not pass has its sentence elsewhere."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._verdicts: tuple[Verdict, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Show these checks."""
        self._verdicts = tuple(verdicts)
        self.setVisible(bool(self._verdicts))
        self.setAccessibleName(", ".join(f"{row.title}: {row.outcome.value}" for row in self._verdicts))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One line for two checks."""
        return QSize(self._theme.px(400), -(-len(self._verdicts) // 2) * self._theme.line_height("small"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint marks and titles."""
        painter = QPainter(self)
        height, width = self._theme.line_height("small"), self.width() // 2
        for place, verdict in enumerate(self._verdicts):
            glyph, ink = _CHECK_GLYPHS[verdict.outcome]
            box = QRect(place % 2 * width, place // 2 * height, width - self._theme.px(6), height)
            words = "text.secondary" if verdict.outcome is Outcome.PASS else "text.primary"
            spans = (Span("", ink, icon=glyph), Span(verdict.title, words))
            paint_spans(self._theme, painter, box, spans, role="small", gap=0)
        painter.end()


class ReadingList(QWidget):
    """Numbered meanings; a click picks one as its digit does."""

    picked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._readings: tuple[Reading, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_readings(self, readings: Sequence[Reading]) -> None:
        """Show these meanings, up to nine."""
        self._readings = tuple(readings[:9])
        self.setVisible(bool(self._readings))
        self.setAccessibleName(", ".join(f"{n}: {row.meaning}" for n, row in enumerate(self._readings, start=1)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One row for a meaning."""
        return QSize(self._theme.px(400), len(self._readings) * self._theme.density.row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the row under the pointer."""
        place = int(event.position().y()) // self._theme.density.row
        if place < len(self._readings):
            self.picked.emit(place + 1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint number, meaning and the text that says it."""
        painter = QPainter(self)
        height = self._theme.density.row
        ink = self._theme.color("text.tertiary")
        cap_height = key_cap_height(self._theme)
        for place, reading in enumerate(self._readings):
            top = place * height
            cap = QRect(0, top + (height - cap_height) // 2, key_cap_width(self._theme, "1"), cap_height)
            paint_key_cap(self._theme, painter, cap, str(place + 1), ink)
            box = QRect(cap.right() + self._theme.px(10), top, self.width() - cap.width() - self._theme.px(10), height)
            spans = (Span(reading.meaning), Span(reading.text, "text.tertiary"))
            paint_spans(self._theme, painter, box, spans, role="body", gap=self._theme.px(10))
        painter.end()


class Foot(QWidget):
    """Mode word, what Enter does, and its key; a bar fills it while Enter is held."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mode = self._text = self._cap = ""
        self._progress = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_foot(self, mode: str, text: str, cap: str) -> None:
        """Show these words."""
        self._mode, self._text, self._cap = mode, text, cap
        self.setVisible(bool(text))
        self.setAccessibleName(f"{mode} {text}".strip())
        self.update()

    def set_progress(self, fraction: float) -> None:
        """Fill the bar from the left."""
        self._progress = fraction
        self.update()

    def sizeHint(self) -> QSize:
        """30 px high."""
        return QSize(self._theme.px(400), self._theme.px(30))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground, bar, words and cap."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("bg.header"))
        painter.fillRect(QRect(0, 0, self.width(), 1), theme.color("line.hair"))
        if self._progress > 0:
            bar = QRect(0, 0, round(self.width() * self._progress), theme.px(4))
            painter.fillRect(bar, theme.color("danger.fill"))
        inset = theme.px(12)
        right = 0
        if self._cap:
            width, height = key_cap_width(theme, self._cap), key_cap_height(theme)
            place = QRect(self.width() - inset - width, (self.height() - height) // 2, width, height)
            paint_key_cap(theme, painter, place, self._cap, theme.color("text.tertiary"))
            right = width + theme.px(8)
        mode = (Span(self._mode, _LIVE.get(self._mode, "text.primary"), 600),) if self._mode else ()
        box = self.rect().adjusted(inset, 0, -inset - right, 0)
        spans = (*mode, Span(self._text, "text.secondary"))
        paint_spans(theme, painter, box, spans, role="small", gap=theme.px(8))
        painter.end()


class CommandPreviewCard(Card):
    """The card itself: a child of the window that lies over the panels, under ``field``."""

    def __init__(
        self, theme: Theme, field: CommandField, line: CommandLine, router: ActionRouter, window: QWidget
    ) -> None:
        super().__init__(theme, window)
        self._field = field
        self._line = line
        self._rehearsing = False
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self._after_result)
        self._build()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        line.preview_changed.connect(lambda _: self.refresh())
        line.hold_progress.connect(self._foot.set_progress)
        field.shown.connect(self.refresh)
        field.left.connect(self._left)
        router.rehearsed.connect(self.show_card)
        router.rehearsal.changed.connect(self._on_rehearsal)
        theme.changed.connect(self._restyle)

    def _build(self) -> None:
        theme = self._theme
        self._key_line = TextLabel(theme, role="small", ink="text.secondary")
        self._title = TextLabel(theme, role="title", weight=600, wrap=True)
        self._sentence = TextLabel(theme, role="body", ink="text.secondary", wrap=True)
        self._figures = FigureStrip(theme)
        self._message = TextLabel(theme, role="body", wrap=True)
        self._readings = ReadingList(theme)
        self._readings.picked.connect(self._line.pick)
        self._checks = CheckList(theme)
        self._foot = Foot(theme)
        self._inner = QVBoxLayout()
        for widget in (
            self._key_line,
            self._title,
            self._sentence,
            self._figures,
            self._message,
            self._readings,
            self._checks,
        ):
            self._inner.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addLayout(self._inner)
        outer.addWidget(self._foot)
        self._restyle()

    def _restyle(self) -> None:
        inset = self._theme.px(12)
        self._inner.setContentsMargins(inset, self._theme.px(10), inset, self._theme.px(10))
        self._inner.setSpacing(self._theme.px(6))
        self._place()

    # --- content -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the line's preview, or hide where there is nothing to show."""
        preview = self._line.preview
        shows_result = preview.state is LineState.RESULT
        if preview.state is LineState.EMPTY or not (self._field.hasFocus() or shows_result):
            if not self._rehearsing:
                self.hide()
            return
        self._rehearsing = False
        self._fill(preview)
        self._checks.set_verdicts(())
        self._set(self._key_line, "")
        self._show()
        if shows_result:
            self._over.start(RESULT_MS)
        else:
            self._over.stop()

    def _fill(self, preview: CommandPreview) -> None:
        content = preview.content
        self._set(self._title, content.title)
        self._set(self._sentence, content.sentence)
        self._figures.set_figures(content.figures)
        self._set(self._message, preview.message)
        self._message.set_ink(_INKS.get(preview.state, "text.secondary"))
        self._readings.set_readings(preview.readings)
        self._foot.set_foot(preview.mode_word, preview.foot, preview.key_cap)

    def show_card(self, card: RehearsalCard) -> None:
        """Show what a key would have done."""
        self._rehearsing = True
        self._over.stop()
        content = card.preview
        self._set(self._key_line, f"{card.key}  {card.action.title}".strip())
        self._set(self._title, content.title)
        self._set(self._sentence, content.sentence)
        self._figures.set_figures(content.figures)
        asks = [f"{row.sentence}" for row in (*content.denials, *content.confirmations) if row.sentence]
        self._set(self._message, " ".join([*card.blockers, *asks]))
        self._message.set_ink("warning")
        self._readings.set_readings(())
        self._checks.set_verdicts(content.verdicts)
        self._foot.set_foot("REHEARSAL", "Nothing is sent, Esc ends the rehearsal", "Esc")
        self._show()

    def _on_rehearsal(self, on: bool) -> None:
        if not on and self._rehearsing:
            self._rehearsing = False
            self.hide()
        self._line.refresh()

    def _left(self) -> None:
        if not self._rehearsing and self._line.preview.state is not LineState.RESULT:
            self.hide()

    def _after_result(self) -> None:
        if self._line.preview.state is LineState.RESULT:
            self.hide()

    @staticmethod
    def _set(label: TextLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    # --- place ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        self.show()
        self.raise_()
        self._place()

    def _place(self) -> None:
        """Stand under the field, 520 px wide, inside the window."""
        if self.isHidden():
            return
        width = min(self._theme.size("command_preview"), self._window.width() - self._theme.px(8))
        layout = self.layout()
        if layout is None:
            return
        layout.activate()
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        under = self._field.mapTo(self._window, QPoint(self._field.width() // 2, self._field.height() + 3))
        left = min(max(under.x() - width // 2, self._theme.px(4)), self._window.width() - width - self._theme.px(4))
        self.setGeometry(left, under.y(), width, min(height, self._window.height() - under.y() - self._theme.px(4)))
