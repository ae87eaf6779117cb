"""The Activity panel: what happened, in sentences. New ones never move the reader."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from legend_desktop.viewmodels.activity import ActivityFilter, ActivityRow, ActivityViewModel
from legend_desktop.views.models.activity_model import activity_model
from legend_desktop.views.theme import Theme, set_property
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import ChipButton
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Span

_CHIP_WORDS = {
    ActivityFilter.ALL: "everything",
    ActivityFilter.NEEDS_YOU: "what needs you",
    ActivityFilter.ORDERS: "what is about orders",
    ActivityFilter.CONNECTION: "what is about the connection",
    ActivityFilter.RISK: "what is about risk",
    ActivityFilter.ERRORS: "errors",
}


class ActivityPanel(Panel):
    """Chips and free text above the list, the details of one notice folded below it."""

    def __init__(self, view_model: ActivityViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._newer = 0
        self._following = True
        self._rows = activity_model(self)
        empty = EmptyState(theme, "pulse", "Nothing to tell", "Orders, connections and limits report here.")
        self.table = DataTable(theme, self._rows, "Activity", empty=empty, parent=self)
        self.table.setSortingEnabled(False)
        self.table.row_actions = self._row_actions
        self._chips: dict[ActivityFilter, ChipButton] = {}
        self.search = FieldEdit(theme, "Search in Activity", placeholder="Search", key="Ctrl+F")
        self.search.setFixedWidth(theme.px(180))
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        describe(self.details, "Details of the chosen notice", tip="Details, Escape folds them away")
        set_property(self.details, "bare", "true")
        self.details.setFixedHeight(theme.px(64))
        self._fold_bar = self._make_fold()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_bar())
        column.addWidget(self.table, 1)
        column.addWidget(self._fold_bar)
        self._connect()
        self._refill()

    def menu_actions(self) -> list[QAction]:
        """The columns."""
        return self.table.column_actions()

    def set_filter(self, chosen: ActivityFilter) -> None:
        """Press a chip."""
        for place, chip in self._chips.items():
            chip.setChecked(place is chosen)
        self._model.set_filter(chosen)

    def show_end(self) -> None:
        """Go to the newest notice and stay there."""
        self._newer = 0
        self._following = True
        self.table.scrollToBottom()
        self._refresh_summary()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End goes to the newest, Escape folds the details, Ctrl+F searches."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if watched is self.table and key == Qt.Key.Key_End:
                self.table.setCurrentIndex(self._rows.index(self._rows.rowCount() - 1, 0))
                self.show_end()
                return True
            if key == Qt.Key.Key_Escape and not self._fold_bar.isHidden():
                self._fold()
                return True
            if key == Qt.Key.Key_F and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
                self.search.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _make_bar(self) -> QWidget:
        bar = QWidget(self)
        line = QHBoxLayout(bar)
        line.setContentsMargins(self.theme.px(10), self.theme.px(3), self.theme.px(10), self.theme.px(3))
        line.setSpacing(self.theme.px(6))
        for chosen in ActivityFilter:
            chip = ChipButton(self.theme, chosen.value.capitalize(), tip=f"Show {_CHIP_WORDS[chosen]}", checkable=True)
            chip.setChecked(chosen is self._model.filter)
            chip.clicked.connect(lambda _=False, chosen=chosen: self.set_filter(chosen))
            self._chips[chosen] = chip
            line.addWidget(chip)
        line.addStretch(1)
        line.addWidget(self.search)
        return bar

    def _make_fold(self) -> QWidget:
        bar = QWidget(self)
        column = QVBoxLayout(bar)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Rule(self.theme, ink="line.strong"))
        self.details.document().setDocumentMargin(0)
        inside = QVBoxLayout()
        inside.setContentsMargins(self.theme.px(10), self.theme.px(6), self.theme.px(10), self.theme.px(6))
        inside.addWidget(self.details)
        column.addLayout(inside)
        bar.hide()
        return bar

    def _connect(self) -> None:
        self._model.row_appended.connect(self._append)
        self._model.reset.connect(self._refill)
        self._model.needs_you_changed.connect(lambda _: self._refresh_summary())
        self.search.textChanged.connect(self._model.set_text)
        self.table.activated_row.connect(self._toggle)
        self.table.current_changed.connect(self._follow_details)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        for widget in (self.table, self.details):
            widget.installEventFilter(self)

    def _append(self, row: ActivityRow) -> None:
        following = self._following
        self._rows.upsert([row])
        if following:
            self.table.scrollToBottom()
            self._following = True
        else:
            self._newer += 1
        self._refresh_summary()

    def _refill(self) -> None:
        self._rows.clear()
        self._rows.set_rows(self._model.rows())
        self.show_end()

    def _scrolled(self, value: int) -> None:
        bar = self.table.verticalScrollBar()
        at_end = value >= bar.maximum()
        if at_end and self._newer:
            self._newer = 0
            self._refresh_summary()
        self._following = at_end

    def _refresh_summary(self) -> None:
        if self._newer:
            self.set_summary(f"{self._newer} newer, press End")
            return
        needs = self._model.needs_you
        self.set_summary(
            *([Span(f"{needs} needs you" if needs == 1 else f"{needs} need you", "warning")] * bool(needs))
        )

    def _toggle(self, row: ActivityRow) -> None:
        if self._fold_bar.isHidden() and row.notice.details:
            self.details.setPlainText(row.notice.details)
            self._fold_bar.show()
            current = self.table.currentIndex()
            QTimer.singleShot(0, self, lambda: self.table.scrollTo(current))
        else:
            self._fold()

    def _fold(self) -> None:
        self._fold_bar.hide()
        self.table.setFocus()

    def _follow_details(self, row: ActivityRow | None) -> None:
        if not self._fold_bar.isHidden():
            self.details.setPlainText("" if row is None else row.notice.details or "No details.")

    def _row_actions(self, row: ActivityRow) -> list[QAction]:
        words = "Show details\tReturn" if self._fold_bar.isHidden() else "Fold details\tReturn"
        action = QAction(words, self)
        action.setEnabled(bool(row.notice.details) or not self._fold_bar.isHidden())
        action.triggered.connect(lambda _=False: self._toggle(row))
        return [action]
