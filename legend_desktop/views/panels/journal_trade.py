"""The Journal's detail of one trade: its facts, where its R went, its picture, and the fields to write about it."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import MISSING
from legend_desktop.domain.trade_journal import parse_tags
from legend_desktop.viewmodels.journal import JournalViewModel
from legend_desktop.viewmodels.journal_words import (
    FactLine,
    drawing_of,
    fact_lines,
    heading,
    leakage_parts,
    leakage_sentence,
    span_words,
)
from legend_desktop.views.panels.journal_pictures import LeakageBars, TradePicture
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import ChipButton
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.flow_row import FlowRow
from legend_desktop.views.widgets.inks import result_ink
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.spans import Span
from legend_desktop.views.widgets.value_row import ValueRow

IDLE_MS = 1_000
_MOST_OFFERED = 6
_SIDE_BY_SIDE = 470


class NoteFields(QWidget):
    """Tags and note of the chosen trade. They are kept a second after the last key, and when the focus leaves."""

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self._key = ""
        self._offered: tuple[str, ...] = ()
        self.tags = FieldEdit(theme, "Tags", placeholder="trend, late", tip="Tags: single words", identifier="tags")
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("What did you see, what did you do, what would you do again?")
        self.text.setTabChangesFocus(True)
        describe(self.text, "Note", tip="Note about the chosen trade", identifier="journal.note_text")
        self.state = ElidedLabel(theme, role="small", ink="text.tertiary")
        self._chips = QWidget()
        self._chip_row = QVBoxLayout(self._chips)
        self._chip_row.setContentsMargins(0, 0, 0, 0)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.keep)
        self._arrange()
        self.tags.textEdited.connect(lambda _: self._typed())
        self.text.textChanged.connect(self._typed)
        for widget in (self.tags, self.text):
            widget.installEventFilter(self)
        view_model.leaving.connect(self.leave)
        view_model.chosen_changed.connect(self.refresh)
        view_model.note_changed.connect(self._show_state)
        view_model.list_changed.connect(self._offer_tags)
        self.refresh()

    def refresh(self) -> None:
        """Show what is written about the chosen trade, unless it is being typed."""
        trade = self._model.chosen
        key = "" if trade is None else f"{self._model.part}\n{trade.key}"
        self.setEnabled(trade is not None)
        if key != self._key or not self._idle.isActive():
            self._key = key
            self._idle.stop()
            self._fill("" if trade is None else trade.text, "" if trade is None else ", ".join(trade.tags))
        self._show_state()
        self._offer_tags()

    def keep(self) -> None:
        """Have what stands in the fields kept now."""
        self._idle.stop()
        if self._model.chosen is not None:
            self._model.write(self.text.toPlainText(), self.tags.text())

    def leave(self) -> None:
        """Keep what was typed, if anything was, before another trade is shown."""
        if self._idle.isActive():
            self.keep()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing typed is lost with the panel."""
        super().hideEvent(event)
        self.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving a field keeps it; Ctrl+Enter in the note does too."""
        if event.type() == QEvent.Type.FocusOut and self._idle.isActive():
            self.keep()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.text:
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if enter and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
                self.keep()
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        if self._model.chosen is not None:
            self._idle.start()
            self.state.setText("typing")
            self.state.set_ink("text.tertiary")

    def _fill(self, text: str, tags: str) -> None:
        if self.text.toPlainText().strip() != text:
            before = self.text.blockSignals(True)
            self.text.setPlainText(text)
            self.text.blockSignals(before)
        if parse_tags(self.tags.text()) != parse_tags(tags):
            self.tags.setText(tags)

    def _show_state(self) -> None:
        problem = self._model.note_problem
        if problem and self._model.note_state == "not kept":
            self.state.setText(f"Not kept. {problem}")
            self.state.set_ink("danger")
        elif not self._idle.isActive():
            self.state.setText(self._model.note_state)
            self.state.set_ink("text.tertiary")

    def _offer_tags(self) -> None:
        """Chips of the tags in use most that this trade does not have."""
        trade = self._model.chosen
        worn = () if trade is None else trade.tags
        offered = tuple(tag for tag in self._model.tags if tag not in worn)[:_MOST_OFFERED]
        if offered == self._offered:
            return
        self._offered = offered
        while (item := self._chip_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        chips = []
        for tag in offered:
            chip = ChipButton(self._theme, tag, icon="tag", tip=f"Add the tag {tag}", identifier="journal.add_tag")
            chip.clicked.connect(lambda _=False, added=tag: self._add(added))
            chips.append(chip)
        if chips:
            self._chip_row.addWidget(FlowRow(self._theme, chips))
        self._chips.setVisible(bool(chips))

    def _add(self, tag: str) -> None:
        self.tags.setText(", ".join((*parse_tags(self.tags.text()), tag)))
        self.keep()

    def _arrange(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(4))
        head = QHBoxLayout()
        head.addWidget(TextLabel(theme, "Note", role="small", ink="text.tertiary"))
        head.addWidget(self.state, 1)
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight)
        column.addWidget(TextLabel(theme, "Tags", role="small", ink="text.tertiary"))
        column.addWidget(self.tags)
        column.addWidget(self._chips)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        # its height is what the facts leave: a hint of its own would go before them where the note stands below
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.text.setMinimumHeight(theme.px(44))


class TradeFacts(QWidget):
    """Heading, facts, leakage and picture of the chosen trade, under each other."""

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self._rows: dict[str, ValueRow] = {}
        self._heading = ElidedLabel(theme, role="title", weight=600)
        self._when = ElidedLabel(theme, role="small", ink="text.secondary")
        self.picture = TradePicture(theme)
        self._leak_head = TextLabel(theme, "From planned to realised R", role="small", ink="text.tertiary")
        self.leakage = LeakageBars(theme)
        self.why = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(14), theme.px(10))
        column.setSpacing(theme.px(4))
        column.addWidget(self._heading)
        column.addWidget(self._when)
        column.addLayout(self._list)
        column.addWidget(self._leak_head)
        column.addWidget(self.leakage)
        column.addWidget(self.why)
        column.addWidget(self.picture)
        column.addStretch(1)
        view_model.chosen_changed.connect(self.refresh)
        self.refresh()

    def row(self, key: str) -> ValueRow:
        """The row of a fact. Raises ``KeyError``."""
        return self._rows[key]

    def refresh(self) -> None:
        """Show the chosen trade."""
        trade, detail = self._model.chosen, self._model.detail
        self.setVisible(trade is not None)
        if trade is None:
            return
        self._heading.setText(heading(trade))
        self._when.setText(span_words(trade))
        for line in fact_lines(trade):
            self._show_fact(line)
        parts = () if detail is None else leakage_parts(detail)
        self.leakage.show_parts(parts)
        self.leakage.describe("" if detail is None else leakage_sentence(detail))
        self.leakage.setVisible(bool(parts))
        reason = "" if detail is None else detail.reason
        self.why.setText(reason)
        self.why.setVisible(bool(reason))
        self._leak_head.setVisible(bool(parts or reason))
        drawing = None if detail is None else drawing_of(trade, detail)
        self.picture.show_trade(drawing)
        self.picture.setVisible(drawing is not None and bool(drawing.fills))

    def _show_fact(self, line: FactLine) -> None:
        row = self._rows.get(line.key)
        if row is None:
            row = self._rows[line.key] = ValueRow(self._theme, line.label)
            self._list.addWidget(row)
        if line.value == MISSING:
            row.set_missing(line.reason)
            return
        ink = "text.primary" if line.result is None else result_ink(line.result, stale=False)
        note = [Span(line.note, "text.tertiary")] if line.note else []
        row.set_parts(Span(line.value, ink, 600 if line.key in {"result", "r"} else 400), *note)
        row.setToolTip("")


class TradePage(QWidget):
    """Facts at the left, note at the right; where it is narrow the note stands under them."""

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.facts = TradeFacts(view_model, theme)
        self.note = NoteFields(view_model, theme)
        self.area = InsetScroll(self.facts)
        self.area.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(self.area, 1)
        self._box.addWidget(self.note, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side, or under each other."""
        super().resizeEvent(event)
        narrow = self.width() < self._theme.px(_SIDE_BY_SIDE)
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self._box.setStretchFactor(self.area, 3 if narrow else 1)
        self._box.setStretchFactor(self.note, 2 if narrow else 1)
