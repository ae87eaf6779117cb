"""Building blocks of the Connections screen: a titled section, facts, the life of a login, findings, what happened."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.viewmodels.connection_detail import CheckLine, Fact, LoginLife
from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.views.models.connections_model import ICONS, INKS, word_ink
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.spans import Span, paint_spans


class Section(QWidget):
    """A part of the screen under a title bar of its own, with a note at the right; ``body`` takes what it holds."""

    def __init__(self, theme: Theme, title: str, note: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title, self._note = title, note
        self._header = QWidget()
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self.body)
        self._column.addStretch(1)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_title(title, note)

    def set_title(self, title: str, note: str = "") -> None:
        """Change title and note."""
        self._title, self._note = title, note
        self.setAccessibleName(title)
        self.update()

    def title(self) -> str:
        """The words of the title bar."""
        return self._title

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground and title bar."""
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.panel"))
        bar = QRect(0, 0, self.width(), theme.density.title_bar)
        painter.fillRect(bar, theme.color("bg.header"))
        painter.fillRect(0, bar.height() - 1, self.width(), 1, theme.color("line.hair"))
        room = bar.adjusted(theme.px(10), 0, -theme.px(10), 0)
        title = Span(self._title, weight=600)
        width = theme.metrics("small", 600).horizontalAdvance(self._title) + theme.px(12)
        paint_spans(theme, painter, room, (title,), role="small", gap=0)
        note = theme.metrics("small").horizontalAdvance(self._note)
        if self._note and width + note <= room.width():
            beside = room.adjusted(width, 0, 0, 0)
            paint_spans(theme, painter, beside, (Span(self._note, "text.secondary"),), role="small", gap=0, right=True)
        painter.end()

    def _restyle(self) -> None:
        self._column.setContentsMargins(0, self._theme.density.title_bar, 0, 0)
        self.update()


class FactList(QWidget):
    """Labels at the left, what is known at the right; long values wrap."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._labels: list[tuple[TextLabel, TextLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        while len(self._labels) < len(facts):
            self._add_row()
        for place, (label, value) in enumerate(self._labels):
            shown = place < len(facts)
            label.setVisible(shown)
            value.setVisible(shown)
            if shown:
                label.setText(facts[place].label)
                value.setText(facts[place].value.text)
                value.set_ink(word_ink(facts[place].value))
                value.setAccessibleName(f"{facts[place].label}: {facts[place].value.text}")

    def text(self) -> str:
        """Every fact, for tests and copies."""
        return "\n".join(f"{fact.label}: {fact.value.text}" for fact in self._facts)

    def _add_row(self) -> None:
        label = TextLabel(self._theme, ink="text.secondary")
        value = TextLabel(self._theme, wrap=True)
        top = Qt.AlignmentFlag.AlignTop
        value.setAlignment(Qt.AlignmentFlag.AlignRight | top)
        row = len(self._labels)
        self._grid.addWidget(label, row, 0, top)
        self._grid.addWidget(value, row, 1)
        self._labels.append((label, value))

    def _restyle(self) -> None:
        self._grid.setHorizontalSpacing(self._theme.px(14))
        self._grid.setVerticalSpacing(self._theme.px(4))


class LifeBar(QWidget):
    """The life of a login as a bar to scale: where it began, where it ends, and now."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._life: LoginLife | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)

    def set_life(self, life: LoginLife | None) -> None:
        """Show another life, or nothing."""
        self.setVisible(life is not None)
        if life != self._life:
            self._life = life
            words = "" if life is None else f"Keys: {life.began}; {life.now}; {life.ends}"
            self.setAccessibleName(words)
            self.setToolTip(words)
            self.update()

    def sizeHint(self) -> QSize:
        """Words, bar, words."""
        return QSize(self._theme.px(200), self._theme.px(50))

    def minimumSizeHint(self) -> QSize:
        """Narrow is possible."""
        return QSize(self._theme.px(120), self._theme.px(50))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the bar to scale with its marks."""
        life, theme = self._life, self._theme
        if life is None:
            return
        painter = QPainter(self)
        line, bar = theme.px(16), theme.px(10)
        top = line + theme.px(3)
        part = min(1.0, max(0.0, life.part))
        done = round(self.width() * part)
        painter.fillRect(0, top, self.width(), bar, theme.color("bg.selected"))
        fill = "alarm.fill" if life.over else "line.strong"
        painter.fillRect(0, top, done, bar, theme.color(fill))
        for quarter in (1, 2, 3):
            painter.fillRect(self.width() * quarter // 4, top, 1, bar, theme.color("line.control"))
        mark = min(self.width() - 2, max(0, done - 1))
        painter.fillRect(mark, top - theme.px(4), 2, bar + theme.px(8), theme.color("text.primary"))
        self._now(painter, mark, life.now)
        below = QRect(0, top + bar + theme.px(4), self.width(), line)
        weight = 600 if life.over else 400
        ends = (Span(life.ends, "warning" if life.over else "text.secondary", weight),)
        paint_spans(theme, painter, below, ends, role="small", gap=0, right=True)
        taken = theme.metrics("small", weight).horizontalAdvance(life.ends) + theme.px(12)
        if theme.metrics("small").horizontalAdvance(life.began) + taken <= self.width():
            paint_spans(theme, painter, below, (Span(life.began, "text.secondary"),), role="small", gap=0)
        painter.end()

    def _now(self, painter: QPainter, mark: int, words: str) -> None:
        """The word over the mark, kept inside the bar."""
        theme = self._theme
        width = theme.metrics("small", 600).horizontalAdvance(words)
        left = min(max(0, mark - width // 2), max(0, self.width() - width))
        room = QRect(left, 0, width + theme.px(2), theme.px(16))
        paint_spans(theme, painter, room, (Span(words, weight=600),), role="small", gap=0)

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class ToldLine(QWidget):
    """A mark, a bold name and a sentence that wraps under itself; ``lead`` stands before the mark (a time)."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lead = self._who = self._text = self._advice = ""
        self._tone = Tone.PLAIN
        self._dot = True
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._on_theme)

    def set_line(
        self, tone: Tone, text: str, *, lead: str = "", who: str = "", advice: str = "", dot: bool = True, tip: str = ""
    ) -> None:
        """Show this line; ``dot`` draws a disc instead of the tone's glyph, ``advice`` stands bold behind."""
        new = (tone, text, lead, who, advice, dot)
        if new != (self._tone, self._text, self._lead, self._who, self._advice, self._dot):
            self._tone, self._text, self._lead, self._who, self._advice, self._dot = new
            self.setAccessibleName(" ".join(part for part in (lead, who, text, advice) if part))
            self.updateGeometry()
            self.update()
        self.setToolTip(tip)

    def text(self) -> str:
        """The words of the line."""
        return self.accessibleName()

    def hasHeightForWidth(self) -> bool:
        """It wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of the wrapped words with their inset."""
        return self._layout(width)[1] + 2 * self._theme.px(6) + 1

    def sizeHint(self) -> QSize:
        """A comfortable width with its height."""
        width = self._theme.px(260)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(self._theme.px(120), self._theme.line_height("body") + 2 * self._theme.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint time, mark and words, and the hairline under them."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset, line = theme.px(6), theme.line_height("body")
        left, place = theme.px(10), QRect(0, inset, 0, line)
        if self._lead:
            width = theme.metrics("body").horizontalAdvance(self._lead)
            lead = QRect(left, inset, width + theme.px(2), line)
            paint_spans(theme, painter, lead, (Span(self._lead, "text.secondary"),), role="body", gap=0)
            left += width + theme.px(9)
        ink = INKS[self._tone]
        if self._dot:
            size = theme.px(7)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(ink))
            painter.drawEllipse(QRect(left, inset + (line - size) // 2 + 1, size, size))
        else:
            size = theme.px(14)
            place = QRect(left, inset + (line - size) // 2, size, size)
            theme.paint_icon(painter, ICONS[self._tone], place, ink)
        words, _ = self._layout(self.width())
        painter.setPen(theme.color("text.primary"))
        words.draw(painter, QPointF(self._indent(), inset))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line.hair"))
        painter.end()

    def _indent(self) -> int:
        theme = self._theme
        lead = theme.metrics("body").horizontalAdvance(self._lead) + theme.px(9) if self._lead else 0
        return theme.px(10) + lead + theme.px(16 if self._dot else 22)

    def _layout(self, width: int) -> tuple[QTextLayout, int]:
        """The words laid out for ``width`` and their height."""
        theme = self._theme
        parts = [part for part in (self._who, theme.masked(self._text), self._advice) if part]
        layout = QTextLayout(" ".join(parts), theme.font("body"))
        layout.setFormats(self._formats())
        room, line, top = max(theme.px(40), width - self._indent() - theme.px(10)), theme.line_height("body"), 0
        layout.beginLayout()
        while True:
            row = layout.createLine()
            if not row.isValid():
                break
            row.setLineWidth(room)
            row.setPosition(QPointF(0, top + (line - row.height()) / 2))
            top += line
        layout.endLayout()
        return layout, max(line, top)

    def _formats(self) -> list[QTextLayout.FormatRange]:
        theme = self._theme
        formats = []
        start = 0
        bold = QTextCharFormat()
        bold.setFont(theme.font("body", 600))
        plain = QTextCharFormat()
        plain.setForeground(theme.color("text.secondary" if self._who else "text.primary"))
        for text, style in ((self._who, bold), (theme.masked(self._text), plain), (self._advice, bold)):
            if text:
                found = QTextLayout.FormatRange()
                found.start, found.length, found.format = start, len(text), style
                formats.append(found)
                start += len(text) + 1
        return formats

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class ToldList(QWidget):
    """Lines under each other; the caller sets each anew, rows are kept."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self._rows: list[ToldLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def line(self, place: int) -> ToldLine:
        """The line at ``place``, made where there is none yet."""
        while len(self._rows) <= place:
            row = ToldLine(self._theme)
            self._rows.append(row)
            self._column.addWidget(row)
        return self._rows[place]

    def keep(self, count: int) -> None:
        """Show the first ``count`` lines."""
        for place, row in enumerate(self._rows):
            row.setVisible(place < count)

    def texts(self) -> list[str]:
        """The lines that are shown."""
        return [row.text() for row in self._rows if not row.isHidden()]


def show_checks(rows: ToldList, checks: Sequence[CheckLine]) -> None:
    """Show the findings of the doctor, each with its one thing to do."""
    for place, check in enumerate(checks):
        rows.line(place).set_line(
            check.tone, check.sentence, who=check.name, advice=check.advice, dot=False, tip=check.details
        )
    rows.keep(len(checks))
