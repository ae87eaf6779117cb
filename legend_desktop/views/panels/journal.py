"""The Journal panel: trades left; right one of them with its note, the calendar, the curve, or figures by tag."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_date
from legend_desktop.domain.trade_journal import JournalTrade, Outcome
from legend_desktop.viewmodels.journal import JournalViewModel
from legend_desktop.viewmodels.journal_words import part_words
from legend_desktop.views.models.journal_model import trade_model
from legend_desktop.views.panels.journal_calendar import CalendarView
from legend_desktop.views.panels.journal_figures import EquityPage, TagsPage
from legend_desktop.views.panels.journal_trade import TradePage
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ChipButton
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.flow_row import FlowRow
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl
from legend_desktop.views.widgets.spans import Span

_LIST_WIDTH = 420
_LIST_SHARE = 0.45
_BUTTON_FROM = 340
_CHOICES: tuple[tuple[str, Outcome | None], ...] = (
    ("All trades", None),
    ("Won", Outcome.WON),
    ("Lost", Outcome.LOST),
    ("Even", Outcome.EVEN),
    ("Open", Outcome.OPEN),
    ("With a note", None),
)
_NO_LIMIT = 16_777_215
_NOTED = len(_CHOICES) - 1
_NO_TRADES = (
    "No trades yet",
    "Each trade appears here with its first fill. Executions made elsewhere can be imported.",
)
_READING = ("Reading the journal", "The trades appear here in a moment.")


class TradeList(QWidget):
    """Filters and the list of trades. ``import_wanted`` asks for the import dialog."""

    import_wanted = Signal()

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self.part = ComboField(theme, "Part of the journal")
        self.search = FieldEdit(theme, "Search trades", placeholder="Search", key="Ctrl+F", tip="Symbol, tag or note")
        self.choice = ComboField(theme, "Which trades")
        self.choice.addItems([words for words, _ in _CHOICES])
        self.import_button = ChipButton(
            theme, "Import…", icon="download-simple", tip="Import executions from a CSV file"
        )
        self.tag_chip = ChipButton(theme, "", icon="tag", tip="Show trades with any tag")
        self.day_chip = ChipButton(theme, "", icon="calendar-blank", tip="Show trades of any day")
        self.rows = trade_model(self)
        empty = EmptyState(theme, "funnel", "No trade fits", "Take a filter away to see more.")
        self.table = DataTable(theme, self.rows, "Trades", empty=empty, parent=self)
        self._arrange()
        self._connect()
        self._show_parts()

    def focus_filter(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def refresh(self) -> None:
        """Show the trades and what they are filtered by."""
        model = self._model
        rows = model.rows()
        if [row.key for row in self.rows.rows()] == [row.key for row in rows]:
            self.rows.upsert(rows)
        else:
            self.rows.set_rows(rows)
        wanted = model.filter
        self.search.set_text_if_idle(wanted.words)
        outcomes = [outcome for _, outcome in _CHOICES]
        place = _NOTED if wanted.noted else outcomes.index(wanted.outcome)
        if self.choice.currentIndex() != place:
            self.choice.setCurrentIndex(place)
        self.tag_chip.setText(f"{wanted.tag} ×")
        self.tag_chip.setVisible(bool(wanted.tag))
        self.day_chip.setText(f"{_days_words(wanted.first, wanted.last)} ×")
        self.day_chip.setVisible(wanted.first is not None)
        self._chips.setVisible(bool(wanted.tag) or wanted.first is not None)
        self.show_chosen()

    def show_chosen(self) -> None:
        """Mark the chosen trade in the list."""
        chosen = self._model.chosen
        row = self.table.selected_row()
        if chosen is not None and (row is None or row.key != chosen.key):
            self.table.select_key(chosen.key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the import stays in the menu alone."""
        super().resizeEvent(event)
        self.import_button.setVisible(self.width() >= self._theme.px(_BUTTON_FROM))

    def _connect(self) -> None:
        model = self._model
        self.search.textChanged.connect(model.set_words)
        self.choice.currentIndexChanged.connect(self._choose)
        self.part.activated.connect(lambda place: model.show_part(model.parts[place]))
        self.import_button.clicked.connect(lambda _=False: self.import_wanted.emit())
        self.tag_chip.clicked.connect(lambda _=False: model.set_tag(""))
        self.day_chip.clicked.connect(lambda _=False: model.set_days(None, None))
        self.table.current_changed.connect(self._chosen)
        self.table.row_actions = self._row_actions
        model.parts_changed.connect(self._show_parts)
        model.chosen_changed.connect(self.show_chosen)

    def _chosen(self, row: JournalTrade | None) -> None:
        if row is not None:
            self._model.choose(row.key)

    def _choose(self, place: int) -> None:
        self._model.set_noted(place == _NOTED)
        self._model.set_outcome(_CHOICES[place][1])

    def _show_parts(self) -> None:
        model = self._model
        self.part.clear()
        self.part.addItems([part_words(part) for part in model.parts])
        self.part.setCurrentIndex(model.parts.index(model.part) if model.part in model.parts else 0)
        self.part.setVisible(len(model.parts) > 1)

    def _row_actions(self, row: JournalTrade) -> list[QAction]:
        found = []
        for tag in row.tags:
            action = QAction(f"Only {tag}", self)
            action.triggered.connect(lambda _=False, wanted=tag: self._model.set_tag(wanted))
            found.append(action)
        return found

    def _arrange(self) -> None:
        theme = self._theme
        bar = QHBoxLayout()
        bar.setSpacing(theme.px(6))
        bar.addWidget(self.search, 3)
        bar.addWidget(self.choice, 2)
        bar.addWidget(self.import_button)
        self.search.setMinimumWidth(theme.px(40))
        self.choice.setMinimumWidth(theme.px(64))
        self._chips = FlowRow(theme, [self.tag_chip, self.day_chip])
        head = QVBoxLayout()
        head.setContentsMargins(theme.px(10), theme.px(4), theme.px(8), theme.px(4))
        head.setSpacing(theme.px(4))
        head.addWidget(self.part)
        head.addLayout(bar)
        head.addWidget(self._chips)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)


class JournalPanel(Panel):
    """List left, the rest right; nothing is read while it is hidden. ``import_wanted`` asks for the import dialog."""

    import_wanted = Signal()

    def __init__(self, view_model: JournalViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._part = view_model.part
        self.list = TradeList(view_model, theme)
        self.tabs = SegmentedControl(
            theme,
            "Journal",
            [
                Segment("trade", "Trade"),
                Segment("calendar", "Calendar"),
                Segment("equity", "Equity"),
                Segment("tags", "Tags"),
            ],
            small=True,
        )
        self.trade = TradePage(view_model, theme)
        self.calendar = CalendarView(theme)
        self.equity = EquityPage(view_model, theme)
        self.tags = TagsPage(view_model, theme)
        self._right = QStackedWidget()
        self._empty = EmptyState(theme, "notebook", *_NO_TRADES)
        self.first_import = Button(theme, "Import executions…", tip="Import executions from a CSV file")
        self._pages = QStackedWidget()
        self._arrange()
        self._connect()
        self.tabs.set_current("trade")
        self.refresh()

    def refresh(self) -> None:
        """Read list and title bar from the view-model again."""
        model = self._model
        word = Span(model.mode_word, "paper.text" if model.is_paper else "live.text", 600)
        if model.problem:
            self.set_summary(Span(model.problem, "warning", icon="warning"))
        elif model.imported:
            self.set_summary(model.summary)
        else:
            self.set_summary(word, model.summary)
        self.list.refresh()
        lone = model.empty and len(model.parts) == 1
        self._empty.set_words(*(_NO_TRADES if model.loaded or not lone else _READING))
        self._pages.setCurrentIndex(0 if lone else 1)

    def choose_tab(self, name: str) -> None:
        """Show ``trade``, ``calendar``, ``equity`` or ``tags``."""
        self.tabs.set_current(name)
        self._show_tab(name)

    def menu_actions(self) -> list[QAction]:
        """Import, exports and the columns of the list."""
        found: list[QAction] = []
        for words, call in (
            ("Import executions…", self.import_wanted.emit),
            ("Export listed trades…", self.export_list),
            ("Export executions…", self.export_executions),
        ):
            action = QAction(words, self)
            action.triggered.connect(lambda _=False, act=call: act())
            found.append(action)
        return [*found, *self.list.table.column_actions()]

    def export_list(self) -> None:
        """Write the listed trades to a file that the person names."""
        self._ask_file("Export listed trades", self._model.save_list)

    def export_executions(self) -> None:
        """Write the executions to a file that the person names, in the form that can be imported."""
        self._ask_file("Export executions", self._model.save_executions)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: the journal is read from now on."""
        super().showEvent(event)
        self._model.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._model.set_active(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list has its width, or less than half where it is narrow."""
        super().resizeEvent(event)
        self.list.setFixedWidth(min(self.theme.px(_LIST_WIDTH), round(self.width() * _LIST_SHARE)))

    def _connect(self) -> None:
        model = self._model
        self.tabs.changed.connect(self._show_tab)
        self.list.import_wanted.connect(self.import_wanted)
        self.first_import.clicked.connect(lambda _=False: self.import_wanted.emit())
        self.calendar.day_chosen.connect(lambda day: model.set_days(day, day))
        model.list_changed.connect(self.refresh)
        model.figures_changed.connect(self._show_figures)
        model.note_wanted.connect(self._write)

    def _show_tab(self, name: str) -> None:
        pages = {"trade": self.trade, "calendar": self.calendar, "equity": self.equity, "tags": self.tags}
        self._right.setCurrentWidget(pages[name])
        self._show_figures()

    def _show_figures(self) -> None:
        shown, figures = self._right.currentWidget(), self._model.figures
        if self._model.part != self._part:
            self._part = self._model.part
            self.calendar.forget_month()
        if shown is self.calendar:
            self.calendar.show_days(self._model.days, self._model.filter.first, self._model.today)
        elif shown is self.equity and figures is not None:
            self.equity.refresh()
        elif shown is self.tags and figures is not None:
            self.tags.refresh()

    def _write(self) -> None:
        self.choose_tab("trade")
        self.trade.note.text.setFocus()

    def _ask_file(self, title: str, deliver: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("Comma-separated values (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: deliver(Path(name)))
        dialog.open()

    def _arrange(self) -> None:
        theme = self.theme
        for page in (self.trade, self.calendar, self.equity, self.tags):
            self._right.addWidget(page)
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.px(10), theme.px(4), theme.px(10), theme.px(4))
        bar.addWidget(self.tabs)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(bar)
        right.addWidget(self._right, 1)
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.list)
        line.addWidget(_upright_rule(theme))
        line.addLayout(right, 1)
        bare = QWidget()
        middle = QVBoxLayout(bare)
        middle.addStretch(1)
        middle.addWidget(self._empty)
        self._empty.setFixedHeight(theme.px(64))
        button = QHBoxLayout()
        button.addStretch(1)
        button.addWidget(self.first_import)
        button.addStretch(1)
        middle.addLayout(button)
        middle.addStretch(1)
        self._pages.addWidget(bare)
        self._pages.addWidget(whole)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)


def _upright_rule(theme: Theme) -> Rule:
    """A hairline as high as what stands beside it."""
    rule = Rule(theme, ink="line.strong", upright=True)
    rule.setFixedWidth(1)
    rule.setMinimumHeight(0)
    rule.setMaximumHeight(_NO_LIMIT)
    return rule


def _days_words(first: date | None, last: date | None) -> str:
    if first == last:
        return format_date(first)
    return f"{format_date(first)} to {format_date(last)}"
