"""The dialog that connects a broker or renews its keys: what it needs, where to get it, looked at at once."""

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.viewmodels.add_broker import AddBrokerViewModel, FieldLine
from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.views.dialogs.sheet import Sheet, foot_button, tab_through
from legend_desktop.views.panels.connections_parts import ToldList, show_checks
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.flow_row import FlowRow
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl

WIDTH = 560
_LABEL = 148
_NOTICES = {
    Tone.GOOD: (NoticeKind.PLAIN, "check-circle"),
    Tone.SOON: (NoticeKind.ALARM, "warning"),
    Tone.BAD: (NoticeKind.DANGER, "x-circle"),
}


class AddBrokerDialog(Sheet):
    """Follows its view-model; ``follow`` shows or hides it."""

    def __init__(self, view_model: AddBrokerViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, view_model.title, WIDTH, parent)
        self._model = view_model
        self.fields: dict[str, FieldEdit | ComboField] = {}
        self._unfolded = False
        self._grew = ""
        self._heading = TextLabel(theme, role="heading", weight=600)
        self._where = TextLabel(theme, ink="text.secondary", wrap=True)
        self._links: FlowRow | None = None
        self._links_at = QVBoxLayout()
        self.broker = SegmentedControl(theme, "Broker", [Segment(row.id, row.name) for row in view_model.choices])
        self.broker.changed.connect(view_model.choose_broker)
        self.mode = SegmentedControl(
            theme, "Kind of account", [Segment("paper", "Paper"), Segment("live", "Live", ink="live.text")]
        )
        self.mode.changed.connect(lambda wanted: view_model.choose_mode(wanted == "live"))
        self._mode_note = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self._top, self._needed, self._advanced = _Grid(theme), _Grid(theme), _Grid(theme)
        self.fold = Button(theme, "Own addresses and more", kind=ButtonKind.QUIET, icon="caret-right")
        self.fold.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.fold.clicked.connect(lambda _=False: self._toggle())
        self._vault_words = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.checks = ToldList(theme, "Findings")
        self.verdict = Notice(theme)
        self.check_button = foot_button(theme, "Check", "Look at this login; nothing is saved", key="Enter")
        self.cancel_button = foot_button(theme, "Cancel", "Close and forget what was typed", key="Esc")
        self.save_button = foot_button(theme, view_model.verb, "Log in once and keep the keys")
        self._busy = TextLabel(theme, ink="text.secondary")
        self._build()
        view_model.form_changed.connect(self._rebuild)
        view_model.changed.connect(self.refresh)
        self._rebuild()
        self.restyle()

    def follow(self) -> None:
        """Be where the view-model says."""
        if self._model.is_open and not self.isVisible():
            self._rebuild()
            self.come()
            first = next(iter(self.fields.values()), None)
            if first is not None:
                first.setFocus()
        elif not self._model.is_open and self.isVisible():
            self.hide()
            self._clear()

    def refresh(self) -> None:
        """Show the state of the view-model."""
        self.follow()
        if self._model.is_open:
            self._show_state()

    def _show_state(self) -> None:
        model = self._model
        self.setWindowTitle(model.title)
        self._heading.setText(model.title)
        self._where.setText(model.where)
        self.broker.set_current(model.broker)
        self.mode.set_current("live" if model.live else "paper")
        self.mode.setEnabled(not model.renewing)
        self._mode_note.setText(model.mode_note)
        self._mode_note.set_ink("live.text" if model.live else "text.secondary")
        self._mode_note.setVisible(not model.renewing)
        lasting = model.vault_lasting
        self._vault_words.setText(model.vault_words)
        self._vault_words.set_ink("text.secondary" if lasting else "warning")
        show_checks(self.checks, model.checks)
        self.checks.setVisible(bool(model.checks))
        self._show_verdict()
        self._show_buttons()
        state = f"{len(model.checks)} {model.verdict} {model.problem} {model.broker} {model.live} {self._unfolded}"
        if state != self._grew:
            self._grew = state
            QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        """Grow once new rows are shown, then bring what was found into sight."""
        self.grow()
        if self._model.checks:
            self.area.ensureWidgetVisible(self.verdict if self.verdict.isVisible() else self.checks, 0)

    def _show_verdict(self) -> None:
        model = self._model
        found = model.verdict
        self.verdict.setVisible(bool(model.problem) or found is not None)
        if model.problem:
            self.verdict.set_notice(NoticeKind.DANGER, model.problem, "Nothing was saved.", icon="x-circle")
        elif found is not None:
            kind, icon = _NOTICES[found.tone]
            self.verdict.set_notice(kind, found.name, found.sentence, icon=icon)

    def _show_buttons(self) -> None:
        model = self._model
        ready = model.verdict is not None and model.verdict.tone is not Tone.BAD
        strong = ButtonKind.CRIMSON if model.live else ButtonKind.INK
        self.save_button.setText(f"{model.verb}, real money" if model.live and not model.renewing else model.verb)
        self.save_button.set_kind(strong if ready else ButtonKind.OUTLINE)
        self.check_button.set_kind(ButtonKind.OUTLINE if ready else ButtonKind.INK)
        self.check_button.setEnabled(model.can_check)
        self.save_button.setEnabled(model.can_check)
        if model.busy:
            words = f"{model.busy}…"
        else:
            words = f"Needs: {', '.join(model.missing)}" if model.missing else ""
        self._busy.setText(words)

    # Doing -----------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Close and forget."""
        self._model.close()

    def commit(self) -> None:
        """Enter checks first, then saves."""
        verdict = self._model.verdict
        if verdict is not None and verdict.tone is not Tone.BAD:
            self._model.connect_broker()
        else:
            self._model.check()

    def _toggle(self) -> None:
        self._unfolded = not self._unfolded
        self._show_fold()
        self.refresh()

    def _show_fold(self) -> None:
        self._advanced.setVisible(self._unfolded and bool(self._advanced.count()))
        self.fold.set_glyph("caret-down" if self._unfolded else "caret-right")
        self.fold.setAccessibleDescription("open" if self._unfolded else "closed")

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self._theme
        self._links_at.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self._heading)
        self.column.addWidget(self._where)
        self.column.addLayout(self._links_at)
        self._top.add("Broker", self.broker, shown=len(self._model.choices) > 1)
        self._top.add("Account", self.mode)
        self._top.add_note(self._mode_note)
        for part in (self._top, self._needed, self.fold, self._advanced, self._vault_words, self.checks, self.verdict):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.foot.addWidget(self.check_button)
        self.foot.addWidget(self._busy, 1)
        self.foot.addWidget(self.cancel_button)
        self.foot.addWidget(self.save_button)
        self.check_button.clicked.connect(lambda _=False: self._model.check())
        self.cancel_button.clicked.connect(lambda _=False: self.leave())
        self.save_button.clicked.connect(lambda _=False: self._model.connect_broker())
        theme.changed.connect(self.refresh)

    def _rebuild(self) -> None:
        """Make the entries of another form."""
        model, theme = self._model, self._theme
        self._needed.clear()
        self._advanced.clear()
        self.fields = {}
        for field in model.fields:
            grid = self._advanced if field.advanced else self._needed
            grid.add(field.label, self._make_field(field), note=field.hint if not field.choices else "")
        if not model.renewing:
            label = FieldEdit(theme, "Name in Legend", placeholder=model.broker_name)
            label.textChanged.connect(model.set_label)
            self._advanced.add("Name in Legend", label)
        if self._links is not None:
            self._links_at.removeWidget(self._links)
            self._links.hide()
            self._links.deleteLater()
        self._links = FlowRow(theme, [self._link(*link) for link in model.links])
        self._links_at.addWidget(self._links)
        self._unfolded = False
        self._show_fold()
        self.fold.setVisible(bool(self._advanced.count()))
        advanced = [name for name, widget in self.fields.items() if self._advanced.isAncestorOf(widget)]
        needed = [widget for name, widget in self.fields.items() if name not in advanced]
        tab_through([*needed, self.fold, *(self.fields[name] for name in advanced), self.check_button])
        self._show_state()

    def _make_field(self, field: FieldLine) -> QWidget:
        model, theme = self._model, self._theme
        if field.choices:
            combo = ComboField(theme, field.label)
            combo.setToolTip(field.hint or field.label)
            combo.addItem("as usual", "")
            for choice in field.choices:
                combo.addItem(choice, choice)
            combo.currentIndexChanged.connect(
                lambda _place, name=field.name: model.set_value(name, str(combo.currentData()))
            )
            self.fields[field.name] = combo
            return combo
        edit = FieldEdit(theme, field.label, placeholder="" if not field.optional else "empty", tip=field.hint)
        if field.secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
            edit.setAccessibleDescription("hidden while you type")
        edit.textChanged.connect(lambda text, name=field.name: model.set_value(name, text))
        self.fields[field.name] = edit
        return edit

    def _link(self, words: str, address: str) -> Button:
        button = Button(self._theme, words, icon="export", tip=f"Open {address} in your browser")
        button.clicked.connect(lambda _=False: QDesktopServices.openUrl(QUrl(address)))
        return button

    def _clear(self) -> None:
        """Nothing that was typed stays in a field."""
        for widget in self.fields.values():
            if isinstance(widget, FieldEdit):
                widget.clear()


class _Grid(QWidget):
    """Labels at the left, fields at the right, small notes under them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._count = 0
        theme.changed.connect(self._restyle)
        self._restyle()

    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def add(self, label: str, field: QWidget, *, note: str = "", shown: bool = True) -> None:
        """Append a row."""
        words = TextLabel(self._theme, label, ink="text.secondary", wrap=True)
        words.setFixedWidth(self._theme.px(_LABEL))
        words.setBuddy(field)
        row = self._grid.rowCount()
        self._grid.addWidget(words, row, 0)
        self._grid.addWidget(field, row, 1)
        for widget in (words, field):
            widget.setVisible(shown)
        self._count += 1
        if note:
            self.add_note(TextLabel(self._theme, note, role="small", ink="text.tertiary", wrap=True))

    def add_note(self, note: TextLabel) -> None:
        """Append a small line under the last field."""
        self._grid.addWidget(note, self._grid.rowCount(), 1)

    def clear(self) -> None:
        """Take every row away."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._count = 0

    def _restyle(self) -> None:
        px = self._theme.px
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(6))
        self._grid.setColumnMinimumWidth(0, px(_LABEL))
