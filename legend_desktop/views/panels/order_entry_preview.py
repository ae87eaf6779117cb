"""What stands under the fields: the share count, what it means in money, the checks, and why it would not go."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.entry_rows import Row, preview_rows
from legend_desktop.viewmodels.entry_words import (
    NoticeWords,
    empty_notice,
    refusal_notice,
    size_words,
    status_words,
)
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.labels import Rule, TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.spans import Span, SpanLabel, paint_spans, spans_width
from legend_desktop.views.widgets.value_row import ValueList, ValueRow

MOST_ROWS = 8
FAILED_SHOWN = 3
COUNT_HEIGHT = 36
_KINDS = {"plain": NoticeKind.PLAIN, "alarm": NoticeKind.ALARM, "danger": NoticeKind.DANGER}
_OUTCOMES = {
    Outcome.PASS: ("check", "ok"),
    Outcome.NOTICE: ("info", "text.secondary"),
    Outcome.CONFIRM: ("warning", "warning"),
    Outcome.DENY: ("x", "danger"),
}


class SizeLine(QWidget):
    """The share count, large, with its word at the left and the state of the draft at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._left: tuple[Span, ...] = ()
        self._right: tuple[Span, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)

    def set_words(self, count: str, word: str, status: str, ink: str, icon: str) -> None:
        """Show a count and a state."""
        left = (Span(count, "text.primary", 600, "figure"), Span(word, "text.secondary"))
        right = (Span(status, ink, 400, "small", icon),)
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.setAccessibleName(f"{count} {word}, {status}")
            self.update()

    def sizeHint(self) -> QSize:
        """The count over its base line, with room above it."""
        return QSize(self._theme.px(200), self._theme.px(COUNT_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Its height is fixed."""
        return QSize(self._theme.px(80), self._theme.px(COUNT_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint both ends on one base line; the words give way, never the count or the state."""
        theme = self._theme
        painter = QPainter(self)
        gap = theme.px(5)
        room = self.rect().adjusted(0, theme.px(10), 0, 0)
        taken = spans_width(theme, self._right, "small", gap)
        # the state is set in small type: lowered to the base line of the words beside it
        small, body = theme.metrics("small"), theme.metrics("body")
        drop = (body.ascent() - body.descent() - small.ascent() + small.descent() + 1) // 2
        paint_spans(theme, painter, room.translated(0, drop), self._right, role="small", gap=gap, right=True)
        paint_spans(theme, painter, room.adjusted(0, 0, -taken - gap, 0), self._left, role="body", gap=gap)
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class ChecksRow(QAbstractButton):
    """The row of checks: pressed, it opens the list of all of them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = "—"
        self._ink = "text.tertiary"
        self._open = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        describe(self, "Checks", tip="Show every check")
        theme.changed.connect(self.updateGeometry)

    def set_words(self, words: str, ink: str, *, unfolded: bool) -> None:
        """Show how many pass; ``unfolded`` points the caret down."""
        if (words, ink, unfolded) != (self._words, self._ink, self._open):
            self._words, self._ink, self._open = words, ink, unfolded
            self.setAccessibleName(f"Checks: {words}")
            self.update()

    def text(self) -> str:
        """The words at the right."""
        return self._words

    def sizeHint(self) -> QSize:
        """As high as the rows above it."""
        return QSize(self._theme.px(120), self._theme.density.kv)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint label, words and caret."""
        theme = self._theme
        painter = QPainter(self)
        gap = theme.px(6)
        label = Span("Checks", "text.primary" if self.underMouse() else "text.secondary")
        room = self.rect()
        paint_spans(theme, painter, room, (label,), role="body", gap=gap)
        size = theme.px(12)
        known = self._ink != "text.tertiary"
        if known:
            place = QRect(room.right() + 1 - size, (self.height() - size) // 2, size, size)
            theme.paint_icon(painter, "caret-down" if self._open else "caret-right", place, "text.tertiary")
            room = room.adjusted(0, 0, -size - theme.px(3), 0)
        paint_spans(theme, painter, room, (Span(self._words, self._ink),), role="body", gap=gap, right=True)
        if self.hasFocus():
            draw_focus_ring(theme, painter, self.rect(), 2)
        painter.end()


class DetailsCard(QFrame):
    """Every figure and every check of the draft, over the desk until a press elsewhere."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self._theme = theme
        self.setAccessibleName("Details of the order")
        column = self._column = QVBoxLayout(self)
        inset = theme.px(10)
        column.setContentsMargins(inset, theme.px(8), inset, theme.px(8))
        column.setSpacing(0)
        self._lines: list[QWidget] = []

    def show_beside(self, anchor: QWidget, rows: list[Row], checks: tuple[Verdict, ...]) -> None:
        """Fill the card and open it at the right of ``anchor``'s panel, inside the screen."""
        for line in self._lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self._lines = []
        for row in rows:
            line = ValueRow(self._theme, row.label)
            show_row(line, row)
            self._add(line)
        self._add(Rule(self._theme, ink="line.strong"))
        for check in sorted(checks, key=lambda verdict: -list(Outcome).index(verdict.outcome)):
            icon, ink = _OUTCOMES[check.outcome]
            passed = check.outcome is Outcome.PASS
            self._add(SpanLabel(self._theme, Span(check.title, "text.primary" if passed else ink, icon=icon)))
            if not passed and check.sentence:
                self._add(TextLabel(self._theme, check.sentence, role="small", ink="text.secondary", wrap=True))
        self.setFixedWidth(anchor.width() + self._theme.px(20))
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(anchor.width() + self._theme.px(14), 0))
        screen = anchor.screen().availableGeometry()
        left = min(corner.x(), screen.right() - self.width())
        self.move(left, max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the card."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _add(self, line: QWidget) -> None:
        self._lines.append(line)
        self._column.addWidget(line)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the ground of a menu and its edge."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.menu"))
        painter.setPen(self._theme.pen("line.control"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class OrderPreviewRows(QWidget):
    """Share count, rows, checks and one notice; ``fit`` folds rows where there is little room."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._shown: list[Row] = []
        self._all: list[Row] = []
        self.size_line = SizeLine(theme)
        self.checks = ChecksRow(theme)
        self.checks.clicked.connect(lambda _=False: self._show_details())
        self._card: DetailsCard | None = None
        self._above = EntryNotice(model, theme)
        self._below = EntryNotice(model, theme)
        self._list = ValueList(theme)
        self._rows = [self._list.add_row(str(place), "") for place in range(MOST_ROWS)]
        self._failed = [SpanLabel(theme) for _ in range(FAILED_SHOWN)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.size_line, self._above, self._list, self.checks, *self._failed, self._below):
            column.addWidget(part)

    @property
    def notice(self) -> "EntryNotice":
        """The notice that is shown, above or below the rows."""
        return self._above if self._above.words is not None else self._below

    def refresh(self) -> None:
        """Show the preview of the view-model."""
        model = self._model
        count, word = size_words(model.preview, model.position)
        status, ink, icon = status_words(model.form, model.preview, model.state.value)
        self.size_line.set_words(count, word, status, ink, icon)
        words = notice_words(model)
        self._above.set_words(words if words is not None and words.above else None)
        self._below.set_words(words if words is not None and not words.above else None)
        self._all = preview_rows(model.preview, model.position)
        self._refresh_checks()

    def fit(self, width: int, room: int) -> int:
        """Fold into ``room`` pixels of height; rows that matter less go first. Returns the pixels that are needed."""
        theme = self._theme
        kv, line = theme.density.kv, theme.line_height("body")
        left = room - theme.px(COUNT_HEIGHT) - kv - self._above.height_for(width)
        below = self._below.height_for(width)
        # a plain word beside a good order is told in the details where there is no room for it here
        told = below <= left or not self._below.may_fold
        self._below.setVisible(self._below.words is not None and told)
        left -= below if told else 0
        failed = [label for label in self._failed if label.text()]
        # one failed check is always named; further ones give way to the two rows that matter most
        names = max(min(1, len(failed)), min(len(failed), left // kv - 2))
        left -= names * line
        rows = sorted(self._all, key=lambda row: -row.keep)[: max(0, left // kv)]
        for place, label in enumerate(self._failed):
            label.setVisible(place < names)
        self._show_rows([row for row in self._all if row in rows])
        return room - left + len(rows) * kv

    def shape(self) -> tuple[object, ...]:
        """What decides how the lines stand."""
        names = sum(not label.isHidden() for label in self._failed)
        return (len(self._shown), names, self._above.words, self._below.words, self._below.isHidden())

    def _show_rows(self, rows: list[Row]) -> None:
        self._shown = rows
        for place, line in enumerate(self._rows):
            shown = place < len(rows)
            if shown:
                show_row(line, rows[place])
            if line.isVisibleTo(self._list) is not shown:
                line.setVisible(shown)

    def _refresh_checks(self) -> None:
        checks = self._model.checks
        failed = [row for row in checks if row.outcome in {Outcome.DENY, Outcome.CONFIRM}]
        if checks:
            denied = any(row.outcome is Outcome.DENY for row in failed)
            ink = "danger" if denied else "warning" if failed else "text.primary"
            words = f"{len(checks) - len(failed)} of {len(checks)} pass"
            self.checks.set_words(words, ink, unfolded=bool(failed))
        else:
            self.checks.set_words("—", "text.tertiary", unfolded=False)
        self.checks.setEnabled(bool(checks))
        for label, check in zip(self._failed, [*failed, *([None] * FAILED_SHOWN)], strict=False):
            if check is None:
                label.set_parts(Span(""))
                continue
            icon, ink = _OUTCOMES[check.outcome]
            label.set_parts(Span(check.title, ink, icon=icon))

    def _show_details(self) -> None:
        if self._card is None:
            self._card = DetailsCard(self._theme, self)
        self._card.show_beside(self, self._all, self._model.checks)

    @property
    def shown_labels(self) -> list[str]:
        """The labels of the rows that are not folded."""
        return [row.label for row in self._shown]


class EntryNotice(QWidget):
    """The notice with its gap and up to two fixes; its buttons stay in place while the words change."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.words: NoticeWords | None = None
        self.notice = Notice(theme, NoticeKind.PLAIN, "", "")
        self.buttons: list[Button] = [
            self.notice.add_button("Fix", _fixer(model, place), key=f"Alt {place + 1}") for place in range(2)
        ]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(2), 0, theme.px(6))
        column.addWidget(self.notice)
        self.setVisible(False)

    def set_words(self, words: NoticeWords | None) -> None:
        """Show ``words``, or nothing."""
        if words == self.words:
            return
        self.words = words
        if words is not None:
            self.notice.set_notice(_KINDS[words.kind], words.title, words.text)
            for button, label in zip(self.buttons, [*words.fixes, "", ""], strict=False):
                button.setVisible(bool(label))
                if label and button.text() != label:
                    button.setText(label)
        self.setVisible(words is not None)

    @property
    def may_fold(self) -> bool:
        """True for words that ask for nothing and follow from a check that the details list."""
        return self.words is not None and self.words.kind == "plain" and self.words.folds

    def height_for(self, width: int) -> int:
        """Pixels that it takes at ``width``, its gaps included; 0 while nothing is said."""
        layout = self.notice.layout()
        if self.words is None or layout is None:
            return 0
        for inner in (layout, *layout.findChildren(QLayout)):
            inner.invalidate()  # the words have just changed, the layout hears of it only later
        return layout.totalHeightForWidth(width) + self._theme.px(8)


def notice_words(model: OrderEntryViewModel) -> NoticeWords | None:
    """The one notice of the present state."""
    preview = model.preview
    if model.state is EntryState.EMPTY:
        if model.message:
            return NoticeWords("plain", "", model.message)
        return empty_notice(model.form, model.risk_money, model.position)
    if model.refusal is not None:
        return refusal_notice(model.refusal, model.message)
    if model.message:
        return NoticeWords("plain", "", model.message)
    if model.state is EntryState.CAPPED and preview is not None and preview.sizing is not None:
        capped = next((row for row in preview.sizing.notices if row.check == "capped"), None)
        if capped is not None:
            return NoticeWords("alarm", "", capped.sentence)
    told = next((row for row in model.checks if row.outcome is Outcome.NOTICE and row.sentence), None)
    return NoticeWords("plain", "", told.sentence, folds=True) if told is not None else None


def show_row(line: ValueRow, row: Row) -> None:
    """Show a row of the view-model in a line."""
    line.set_label(row.label)
    line.set_value(row.value, ink=row.ink, note=row.note, weight=row.weight)
    if line.toolTip() != row.reason:
        line.setToolTip(row.reason)


def _fixer(model: OrderEntryViewModel, place: int) -> Callable[[], None]:
    return lambda: model.apply_fix(place)
