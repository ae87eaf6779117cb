"""An order after the press: sending, unknown, working, done. It replaces the fields and keeps their place."""

from html import escape

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.executions import Execution
from legend_desktop.domain.formatting import format_exchange_time, format_price, format_shares
from legend_desktop.viewmodels.entry_rows import Row
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.viewmodels.order_progress import BadgeWords, Step
from legend_desktop.views.panels.order_entry_preview import show_row
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import Badge, Rule, TextLabel
from legend_desktop.views.widgets.notice import HatchedFrame, Notice, NoticeKind
from legend_desktop.views.widgets.spans import Span, SpanLabel
from legend_desktop.views.widgets.value_row import ValueList, ValueRow

STEPS = 7
FIGURES = 9
EXITS = 4
FILLS_SHOWN = 5
INSET = 10


class StepLine(QWidget):
    """One stamp: glyph and title at the left, time at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = SpanLabel(theme)
        self._time = SpanLabel(theme, ink="text.tertiary", right=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._title, 1)
        row.addWidget(self._time)
        theme.changed.connect(self._scale)
        self._scale()

    def _scale(self) -> None:
        self.setFixedHeight(self._theme.density.kv)

    def set_step(self, step: Step) -> None:
        """Show a step."""
        ink = "text.primary" if step.done else "text.tertiary"
        self._title.set_parts(Span("", step.ink, icon=step.icon), Span(step.title, ink))
        self._time.set_parts(Span(step.time_text, "text.secondary" if step.done else "text.tertiary"))
        self.setAccessibleName(f"{step.title} {step.time_text}".strip())


class FillTable(QWidget):
    """The fills of one order: time, shares, price, venue; the newest ones where there are many."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[str, str, str, str]] = []
        self._more = ""
        self.setVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def set_fills(self, fills: list[Execution]) -> None:
        """Show these fills, oldest first."""
        shown = fills[-FILLS_SHOWN:]
        rows = [
            (
                format_exchange_time(fill.executed_at, milliseconds=True),
                format_shares(fill.quantity),
                format_price(fill.price, places=2 if fill.price == round(fill.price, 2) else 4),
                fill.venue or "not given",
            )
            for fill in shown
        ]
        more = f"and {len(fills) - len(shown)} earlier, see Executions" if len(fills) > len(shown) else ""
        if (rows, more) == (self._rows, self._more):
            return
        self._rows, self._more = rows, more
        self.setVisible(bool(rows))
        words = [f"{shares} at {price}, {time}, venue {venue}" for time, shares, price, venue in rows]
        self.setAccessibleName("Fills: " + "; ".join([*words, more] if more else words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A heading and a line a fill."""
        row = self._theme.density.row
        lines = len(self._rows) + 1 + bool(self._more)
        return QSize(self._theme.px(200), row * lines + self._theme.px(4))

    def minimumSizeHint(self) -> QSize:
        """Its height is fixed."""
        return QSize(self._theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint heading, lines and hairlines."""
        theme = self._theme
        painter = QPainter(self)
        row, top = theme.density.row, theme.px(2)
        inset = theme.px(INSET)
        venue = theme.px(68)
        price = theme.px(62)
        right = self.width() - inset
        columns = (
            (inset, theme.px(90), Qt.AlignmentFlag.AlignLeft),
            (inset + theme.px(90), right - venue - price - inset - theme.px(90), Qt.AlignmentFlag.AlignRight),
            (right - venue - price, price - theme.px(10), Qt.AlignmentFlag.AlignRight),
            (right - venue, venue, Qt.AlignmentFlag.AlignLeft),
        )
        lines = [("Fill", "Shares", "Price", "Venue"), *self._rows]
        painter.fillRect(QRect(0, 0, self.width(), 1), theme.color("line.hair"))
        for place, words in enumerate(lines):
            box = QRect(0, top + place * row, self.width(), row)
            painter.fillRect(QRect(0, box.bottom(), self.width(), 1), theme.color("line.hair"))
            heading = place == 0
            painter.setFont(theme.font("small" if heading else "body"))
            for column, ((left, width, align), text) in enumerate(zip(columns, words, strict=True)):
                quiet = heading or (column == 3 and text == "not given")
                painter.setPen(theme.color("text.tertiary" if quiet else "text.primary"))
                cell = QRect(left, box.y(), width, row)
                cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
                painter.drawText(cell, int(align | Qt.AlignmentFlag.AlignVCenter), cut)
        if self._more:
            painter.setPen(theme.color("text.tertiary"))
            painter.setFont(theme.font("small"))
            box = QRect(inset, top + len(lines) * row, right - inset, row)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self._more)
        painter.end()


class DoubtFrame(HatchedFrame):
    """The hatched frame around the sentence about an order that nobody is sure of; its title is bold."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._label = TextLabel(theme, wrap=True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self.inside.addWidget(self._label)

    def set_words(self, title: str, text: str) -> None:
        """Show title and sentence in one paragraph."""
        self.setAccessibleName(f"{title} {text}")
        self._label.setText(f'<span style="font-weight:600">{escape(title)}</span> {escape(text)}')


class OrderProgress(QWidget):
    """The order as a sentence, the stamps, the figures, the fills and the exits."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._symbol = TextLabel(theme, role="title", weight=600)
        self._plain_badge = SpanLabel(theme, right=True)
        self._badge = Badge(theme, "")
        self._sentence = TextLabel(theme, role="heading", weight=600, wrap=True)
        self._terms = TextLabel(theme, ink="text.secondary", wrap=True)
        self._first_rule = Rule(theme)
        self._doubt = DoubtFrame(theme)
        self._steps = [StepLine(theme) for _ in range(STEPS)]
        self._second_rule = Rule(theme)
        self._figures = ValueList(theme)
        self._lines = [self._figures.add_row(str(place), "") for place in range(FIGURES)]
        self._reference = ValueRow(theme, "Reference")
        self._fills = FillTable(theme)
        self._exits = ValueList(theme)
        self._exit_lines = [self._exits.add_row(str(place), "") for place in range(EXITS)]
        self._small_note = TextLabel(theme, role="small", ink="text.tertiary", wrap=True)
        self._note = Notice(theme, NoticeKind.PLAIN, "", "")
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(8), 0, theme.px(4))
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(theme.px(INSET), 0, theme.px(INSET), 0)
        head.addWidget(self._symbol)
        head.addWidget(self._plain_badge, 1)
        head.addStretch(0)
        head.addWidget(self._badge)
        column.addLayout(head)
        column.addSpacing(theme.px(4))
        column.addWidget(self._inset(self._sentence))
        column.addWidget(self._inset(self._terms))
        column.addSpacing(theme.px(8))
        column.addWidget(self._first_rule)
        column.addWidget(self._doubt)
        column.addSpacing(theme.px(6))
        self._step_box = self._inset(*self._steps)
        column.addWidget(self._step_box)
        self._step_gap = _gap(theme, 6)
        column.addWidget(self._step_gap)
        column.addWidget(self._second_rule)
        column.addWidget(_gap(theme, 4))
        column.addWidget(self._inset(self._figures, self._reference, self._small_note))
        column.addWidget(_gap(theme, 4))
        column.addWidget(self._fills)
        column.addWidget(self._inset(self._exits))
        column.addWidget(_gap(theme, 6))
        column.addWidget(self._inset(self._note))
        column.addStretch(1)

    def _inset(self, *parts: QWidget) -> QWidget:
        """``parts`` under each other, clear of the panel's edges; rules and fills run from edge to edge."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(self._theme.px(INSET), 0, self._theme.px(INSET), 0)
        column.setSpacing(0)
        for part in parts:
            column.addWidget(part)
        return box

    def refresh(self) -> None:
        """Show the order that the view-model follows."""
        model, result = self._model, self._model.result
        order = result.order
        state = model.state
        self._symbol.setText(order.symbol if order is not None else model.form.symbol)
        self._show_badge(result.badge)
        _set_text(self._sentence, result.headline)
        _set_text(self._terms, result.terms)
        title, text = result.doubt
        _show(self._doubt, bool(title))
        _show(self._first_rule, not title)
        if title:
            self._doubt.set_words(title, text)
        steps = result.steps
        for place, line in enumerate(self._steps):
            _show(line, place < len(steps))
            if place < len(steps):
                line.set_step(steps[place])
        for part in (self._step_box, self._step_gap, self._second_rule):
            _show(part, bool(steps))
        _show_rows(self._lines, result.rows)
        _show(self._reference, bool(result.reference))
        self._reference.set_parts(Span(result.reference, "text.primary", 400, "small"))
        self._fills.set_fills(result.fills if state in {EntryState.DONE, EntryState.WORKING} else [])
        _show_rows(self._exit_lines, result.exit_rows)
        self._show_note(model.message or result.note, small=state is EntryState.UNKNOWN and not model.message)

    def needed_height(self, width: int) -> int:
        """Pixels of height that the present state takes at ``width``."""
        layout = self.layout()
        assert layout is not None
        for box in (self, *self.findChildren(QWidget)):
            inner = box.layout()
            if inner is not None:
                inner.invalidate()
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def shape(self) -> tuple[object, ...]:
        """What decides how the lines stand."""
        lines = (*self._steps, *self._lines, *self._exit_lines, self._reference, self._doubt, self._note)
        shown = tuple(not line.isHidden() for line in lines)
        words = (self._sentence.text(), self._terms.text(), self._note.text(), self._small_note.text())
        return (*shown, *words, self._doubt.accessibleName(), self._fills.sizeHint().height())

    def _show_badge(self, words: BadgeWords) -> None:
        """Only what nobody knows has a box; the other states are words with a glyph."""
        _show(self._badge, words.hatched)
        _show(self._plain_badge, not words.hatched)
        if words.hatched:
            self._badge.set_badge(words.text, ink=words.ink, icon=words.icon, hatched=True)
        else:
            self._plain_badge.set_parts(Span(words.text, words.ink, icon=words.icon))

    def _show_note(self, text: str, *, small: bool) -> None:
        _set_text(self._small_note, text if small else "")
        _show(self._small_note, small and bool(text))
        shown = bool(text) and not small
        _show(self._note, shown)
        if shown and self._note.text() != text:
            self._note.set_notice(NoticeKind.PLAIN, "", text)


def _show_rows(lines: list[ValueRow], rows: list[Row]) -> None:
    for place, line in enumerate(lines):
        _show(line, place < len(rows))
        if place < len(rows):
            show_row(line, rows[place])
            if rows[place].icon:
                line.set_label(rows[place].label, icon=rows[place].icon)


def _show(widget: QWidget, wanted: bool) -> None:
    if widget.isHidden() is wanted:
        widget.setVisible(wanted)


def _set_text(label: TextLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _gap(theme: Theme, pixels: int) -> QWidget:
    box = QWidget()
    box.setFixedHeight(theme.px(pixels))
    return box
