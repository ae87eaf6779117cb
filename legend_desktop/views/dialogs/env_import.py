"""The dialog that imports a ``.env`` file: which names were taken, what they are good for, what becomes of the file."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.viewmodels.env_import import EnvImportViewModel
from legend_desktop.views.dialogs.sheet import Sheet, foot_button
from legend_desktop.views.panels.connections_parts import ToldList
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.labels import ElidedLabel, TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl

WIDTH = 540


class EnvImportDialog(Sheet):
    """Follows its view-model; ``follow`` shows or hides it."""

    def __init__(self, view_model: EnvImportViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Import a .env file", WIDTH, parent)
        self._model = view_model
        self._grew = ""
        self._path = ElidedLabel(theme, weight=600)
        self.choose_button = Button(theme, "Another file…", tip="Choose another file")
        self.choose_button.clicked.connect(lambda _=False: self._choose())
        self.warning = Notice(theme, NoticeKind.ALARM)
        self.found = ToldList(theme, "Brokers in the file")
        self._rest = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.mode = SegmentedControl(
            theme, "Kind of account", [Segment("paper", "Paper"), Segment("live", "Live", ink="live.text")]
        )
        self.mode.changed.connect(lambda wanted: view_model.choose_mode(wanted == "live"))
        self._mode_note = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.results = ToldList(theme, "What was imported")
        self.problem = Notice(theme, NoticeKind.DANGER)
        self._busy = TextLabel(theme, ink="text.secondary")
        self.delete_button = foot_button(
            theme, "Delete the file", "Delete it; not a secure erase", kind=ButtonKind.DANGER_OUTLINE
        )
        self.close_button = foot_button(theme, "Leave it", "Close; the file is not changed", key="Esc")
        self.import_button = foot_button(theme, "Import", "Log in and keep the keys", kind=ButtonKind.INK)
        self._build()
        view_model.changed.connect(self.refresh)
        self.restyle()

    def follow(self) -> None:
        """Be where the view-model says."""
        if self._model.is_open and not self.isVisible():
            self.come()
            self.import_button.setFocus()
        elif not self._model.is_open and self.isVisible():
            self.hide()

    def refresh(self) -> None:
        """Show the state of the view-model."""
        model = self._model
        self.follow()
        if not model.is_open:
            return
        self._path.setText(model.shown_path)
        self._show_warning()
        for place, row in enumerate(model.found):
            names = ", ".join(row.names)
            self.found.line(place).set_line(row.tone, f"{row.words}. Taken: {names}.", who=row.name, dot=False)
        self.found.keep(len(model.found))
        self.found.setVisible(bool(model.found))
        self._rest.setText(self._rest_words())
        self._rest.setVisible(model.read_done)
        asks = model.ready_count > 0 and not model.results
        for widget in (self.mode, self._mode_note):
            widget.setVisible(asks)
        self.mode.set_current("live" if model.live else "paper")
        self._mode_note.setText(model.mode_note)
        self._mode_note.set_ink("live.text" if model.live else "text.secondary")
        self._show_results()
        self._show_buttons()
        state = f"{model.found}{model.results}{model.deleted}{model.problem}{model.warnings}{model.live}"
        if state != self._grew:
            self._grew = state
            QTimer.singleShot(0, self, self.grow)  # once new rows are shown

    def _show_warning(self) -> None:
        words = self._model.warnings
        self.warning.setVisible(bool(words))
        if words:
            text = " ".join(words)
            self.warning.set_notice(NoticeKind.ALARM, "Others can read this file.", text, icon="warning")

    def _rest_words(self) -> str:
        model = self._model
        parts = []
        if not model.found:
            parts.append("No broker's keys are in this file.")
        if model.general_names:
            parts.append(f"Also read: {', '.join(model.general_names)}; they choose what is preselected, nothing more.")
        if model.other_names:
            parts.append(f"Known, but not for a login: {', '.join(model.other_names)}.")
        if model.ignored:
            many = model.ignored != 1
            parts.append(f"{model.ignored} other name{'s mean' if many else ' means'} nothing here and is left alone.")
        parts.append("Values are never shown, and the file is not changed.")
        return " ".join(parts).replace("mean nothing here and is", "mean nothing here and are")

    def _show_results(self) -> None:
        model = self._model
        rows = [*model.results, *([(Tone.QUIET, model.deleted)] if model.deleted else [])]
        if model.can_delete:
            rows.append(
                (Tone.SOON, "The keys still stand in the file as plain text. Delete it where you can do without.")
            )
        for place, (tone, sentence) in enumerate(rows):
            self.results.line(place).set_line(tone, sentence, dot=False)
        self.results.keep(len(rows))
        self.results.setVisible(bool(rows))
        self.problem.setVisible(bool(model.problem))
        if model.problem:
            self.problem.set_notice(NoticeKind.DANGER, model.problem, "", icon="x-circle")

    def _show_buttons(self) -> None:
        model = self._model
        done = bool(model.results)
        self._busy.setText(f"{model.busy}…" if model.busy else "")
        self.delete_button.setVisible(model.can_delete)
        self.import_button.setVisible(not done)
        ready = model.can_import and not self.import_button.isEnabled()
        self.import_button.setEnabled(model.can_import)
        if ready:
            self.import_button.setFocus()
        words = f"{model.verb}, real money" if model.live and model.ready_count else model.verb
        self.import_button.setText(words)
        self.import_button.set_kind(ButtonKind.CRIMSON if model.live else ButtonKind.INK)
        self.close_button.setText("Close" if done or not model.ready_count else "Leave it")
        self.choose_button.setEnabled(not model.busy)

    def leave(self) -> None:
        """Close and forget what was read."""
        self._model.close()

    def commit(self) -> None:
        """Enter imports."""
        self._model.import_found()

    def _choose(self) -> None:
        picker = QFileDialog(self, "Choose a .env file", str(self._model.path.absolute().parent))
        picker.setFileMode(QFileDialog.FileMode.ExistingFile)
        picker.fileSelected.connect(lambda name: self._model.read_file(Path(name)))
        picker.open()

    def _build(self) -> None:
        theme = self._theme
        line = QHBoxLayout()
        line.setSpacing(theme.px(8))
        line.addWidget(self._path, 1)
        line.addWidget(self.choose_button)
        self.column.addWidget(TextLabel(theme, "Import keys from a .env file", role="heading", weight=600))
        self.column.addLayout(line)
        parts = (self.warning, self.found, self._rest, self.mode, self._mode_note, self.results, self.problem)
        for part in parts:
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.foot.addWidget(self.delete_button)
        self.foot.addWidget(self._busy, 1)
        self.foot.addWidget(self.close_button)
        self.foot.addWidget(self.import_button)
        self.delete_button.clicked.connect(lambda _=False: self._model.delete_file())
        self.close_button.clicked.connect(lambda _=False: self.leave())
        self.import_button.clicked.connect(lambda _=False: self._model.import_found())
