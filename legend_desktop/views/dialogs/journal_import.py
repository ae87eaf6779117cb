"""The dialog that imports executions: file, name, columns, what is new, and every row that cannot be used and why."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QWidget

from legend_desktop.viewmodels.journal_import import JournalImportViewModel
from legend_desktop.views.dialogs.sheet import Sheet, foot_button
from legend_desktop.views.models.table_model import Align, Column, RowTableModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind

WIDTH = 620
_ROWS_SHOWN = 8


class JournalImportDialog(Sheet):
    """Follows its view-model; it begins with the choice of a file."""

    def __init__(self, view_model: JournalImportViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Import executions", WIDTH, parent)
        self._model = view_model
        self._grew = ""
        self._path = ElidedLabel(theme, weight=600)
        self.choose_button = Button(theme, "Choose a file…", tip="Choose a CSV file")
        self.name = FieldEdit(theme, "Name of the import", placeholder="Broker and account", tip="A further file of "
                              "the same account goes under the same name")  # fmt: skip
        self._names = TextLabel(theme, role="small", ink="text.tertiary", wrap=True)
        self.columns: dict[str, ComboField] = {}
        self._grid = QWidget()
        self._counts = TextLabel(theme, role="title", weight=600, wrap=True)
        self.advice = Notice(theme, NoticeKind.PLAIN)
        self.problem = Notice(theme, NoticeKind.DANGER)
        self._bad_head = TextLabel(theme, "Rows that cannot be used", role="small", ink="text.tertiary")
        self.bad_rows = bad_model(self)
        self.bad = DataTable(theme, self.bad_rows, "Rows that cannot be used")
        self.close_button = foot_button(theme, "Close", "Close; what was not imported is forgotten", key="Esc")
        self.import_button = foot_button(theme, "Import", "Write the new ones", kind=ButtonKind.INK)
        self._build()
        view_model.changed.connect(self.refresh)
        self.restyle()
        self.refresh()

    def begin(self) -> None:
        """Come to the front and ask for a file."""
        self._model.open()
        self.come()
        self._choose()

    def refresh(self) -> None:
        """Show the state of the view-model."""
        model = self._model
        if not model.is_open:
            self.hide()
            return
        read = bool(model.headings)
        self._path.setText("No file chosen" if model.path is None else str(model.path))
        self.choose_button.setText("Choose a file…" if model.path is None else "Another file…")
        self.name.set_text_if_idle(model.name)
        others = ", ".join(model.names)
        self._names.setText(f"Imports there are: {others}." if others else "")
        self._names.setVisible(bool(others))
        self._show_columns()
        self._grid.setVisible(read)
        self._counts.setText(f"{model.busy}…" if model.busy else model.result or model.counts)
        self._counts.setVisible(bool(self._counts.text()))
        self.advice.setVisible(bool(model.advice) and not model.result)
        self.advice.set_notice(NoticeKind.PLAIN, "", model.advice, icon="info")
        self.problem.setVisible(bool(model.problem))
        self.problem.set_notice(NoticeKind.DANGER, model.problem, "", icon="x-circle")
        self.bad_rows.set_rows(model.bad)
        density = self._theme.density
        self.bad.setFixedHeight(density.header_row + density.row * min(_ROWS_SHOWN, len(model.bad)))
        for widget in (self.bad, self._bad_head):
            widget.setVisible(bool(model.bad))
        self.import_button.setEnabled(model.can_import)
        new = 0 if model.preview is None else len(model.preview.new)
        self.import_button.setText(f"Import {new:,d}" if model.can_import else "Import")
        state = f"{read}{model.counts}{model.problem}{model.advice}{model.result}{len(model.bad)}"
        if state != self._grew:
            self._grew = state
            QTimer.singleShot(0, self, self.grow)

    def leave(self) -> None:
        """Close and forget what was read."""
        self._model.close()
        self.hide()

    def commit(self) -> None:
        """Enter imports."""
        self._model.import_new()

    def _show_columns(self) -> None:
        headings = ["no column", *self._model.headings]
        for choice in self._model.columns:
            field = self.columns[choice.field]
            if [field.itemText(place) for place in range(field.count())] != headings:
                before = field.blockSignals(True)
                field.clear()
                field.addItems(headings)
                field.blockSignals(before)
            if field.currentIndex() != choice.chosen + 1:
                before = field.blockSignals(True)
                field.setCurrentIndex(choice.chosen + 1)
                field.blockSignals(before)

    def _choose(self) -> None:
        path = self._model.path
        picker = QFileDialog(self, "Choose a file of executions", "" if path is None else str(path.parent))
        picker.setFileMode(QFileDialog.FileMode.ExistingFile)
        picker.setNameFilters(["Tables (*.csv *.tsv *.txt)", "All files (*)"])
        picker.fileSelected.connect(lambda name: self._model.read_file(Path(name)))
        picker.open()

    def _build(self) -> None:
        theme = self._theme
        line = QHBoxLayout()
        line.setSpacing(theme.px(8))
        line.addWidget(self._path, 1)
        line.addWidget(self.choose_button)
        self.column.addWidget(TextLabel(theme, "Import executions from a CSV file", role="heading", weight=600))
        words = (
            "They go into a part of the journal of their own. No position, limit or figure of an account counts them. "
            "Reading a file twice adds nothing. Times without a zone are taken for New York."
        )
        self.column.addWidget(TextLabel(theme, words, ink="text.secondary", wrap=True))
        self.column.addLayout(line)
        self.column.addWidget(TextLabel(theme, "Name", role="small", ink="text.tertiary"))
        for part in (self.name, self._names, self._grid, self._counts, self.advice, self.problem):
            self.column.addWidget(part)
        self.column.addWidget(self._bad_head)
        self.column.addWidget(self.bad)
        self.column.addStretch(1)
        self._build_columns()
        self.foot.addStretch(1)
        self.foot.addWidget(self.close_button)
        self.foot.addWidget(self.import_button)
        self.choose_button.clicked.connect(lambda _=False: self._choose())
        self.name.textEdited.connect(self._model.set_name)
        self.close_button.clicked.connect(lambda _=False: self.leave())
        self.import_button.clicked.connect(lambda _=False: self._model.import_new())

    def _build_columns(self) -> None:
        theme = self._theme
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(4))
        for place, choice in enumerate(self._model.columns):
            row, side = divmod(place, 2)
            field = ComboField(theme, f"Column of {choice.words.lower()}", identifier=f"import.{choice.field}")
            field.currentIndexChanged.connect(lambda index, name=choice.field: self._model.set_column(name, index - 1))
            self.columns[choice.field] = field
            weight = 600 if choice.needed else 400
            grid.addWidget(TextLabel(theme, choice.words, ink="text.secondary", weight=weight), row, 2 * side)
            grid.addWidget(field, row, 2 * side + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)


def bad_model(parent: QWidget) -> RowTableModel:
    """Rows that cannot be used, by line."""
    columns = (
        Column("line", "Line", 50, lambda row: f"{row.line:,d}", align=Align.RIGHT, sort=lambda row: row.line),
        Column("reason", "Reason", 260, lambda row: row.reason, tip=lambda row: row.reason),
        Column("text", "What stands there", 220, lambda row: row.text, ink="text.tertiary", tip=lambda row: row.text),
    )
    return RowTableModel(columns, key=lambda row: (row.line, row.reason), parent=parent)
