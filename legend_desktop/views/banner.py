"""The banner across the top: mode, account, command line, light of the line, locks, Stop."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from legend_desktop.viewmodels.shell import ConnectionLight, ShellViewModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button, ButtonKind, ChipButton
from legend_desktop.views.widgets.labels import Rule, TextLabel

_SUB_WORDS_FROM = 1360
_ANSWER_TIMES_FROM = 1200
_COMMAND_LEAST = 220


class LightButton(Button):
    """The light of the line: filled dot while well, hollow dot and bold words while not; opens Connections."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._light = ConnectionLight(False, "")
        self._note_shown = True
        super().__init__(theme, "", kind=ButtonKind.QUIET, identifier="panel.connections", parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.dot_ink = "ok"

    def show_light(self, light: ConnectionLight, reason: str, *, note: bool) -> None:
        """Show the line; ``note`` says whether there is room for the answer time."""
        if (light, note) == (self._light, self._note_shown):
            return
        self._light, self._note_shown = light, note
        self.weight = 400 if light.well else 600
        words = f"{light.words} {light.note}".strip() if note else light.words
        self.setText(words)
        tip = f"The line to the broker: {light.words}. {reason}".strip()
        describe(self, f"Line: {light.words} {light.note}".strip(), tip=tip, identifier="panel.connections")

    def content_width(self) -> int:
        """Words and dot."""
        return super().content_width() + self.theme.px(14)

    def sizeHint(self) -> QSize:
        """Content with a small inset."""
        return QSize(self.content_width() + self.theme.px(8), self.theme.size("target_min"))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paint_content(self, painter: QPainter, ink: QColor) -> None:
        """Paint dot and words."""
        side = self.theme.px(8)
        dot = QRect(self.theme.px(4), (self.height() - side) // 2, side, side)
        if self._light.well:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color(self.dot_ink))
            painter.drawEllipse(dot)
        else:
            painter.setPen(QPen(ink, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot.toRectF().adjusted(0.5, 0.5, -0.5, -0.5))
        metrics = self.theme.metrics(self.role, self.weight)
        painter.setFont(self.theme.font(self.role, self.weight))
        painter.setPen(ink)
        baseline = (self.height() + metrics.ascent() - metrics.descent()) // 2
        painter.drawText(self.theme.px(18), baseline, self.text())


class Banner(QWidget):
    """36 px: calm green ground on paper, crimson with real money; the mode stands in words in both.

    ``menu_for_switcher`` fills the menu under the account switcher; ``key_of`` gives the key of an action for tips.
    """

    def __init__(
        self,
        theme: Theme,
        view_model: ShellViewModel,
        key_of: Callable[[str], str] = lambda _action: "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = view_model
        self._key_of = key_of
        self.menu_for_switcher: Callable[[QMenu], None] | None = None
        self._command: QWidget | None = None
        self._make_left()
        self._make_right()
        self._arrange()
        self.setAccessibleName("Mode banner")
        view_model.changed.connect(self.refresh)
        theme.changed.connect(self._restyle)
        self._restyle()

    # Parts -----------------------------------------------------------------------------------------------------

    def set_command_widget(self, widget: QWidget) -> None:
        """Put the command line into the middle."""
        self._command = widget
        widget.setParent(self)
        widget.show()
        QWidget.setTabOrder(self.switcher, widget)
        self._place_command()

    def sizeHint(self) -> QSize:
        """Fixed height."""
        return QSize(self._theme.px(900), self._theme.size("banner"))

    def minimumSizeHint(self) -> QSize:
        """Mode, locks and Stop always fit."""
        return QSize(self._theme.px(640), self._theme.size("banner"))

    def refresh(self) -> None:
        """Read everything from the view-model again."""
        model = self._model
        wide = self._theme.px(_SUB_WORDS_FROM) <= self.width()
        notes = self._theme.px(_ANSWER_TIMES_FROM) <= self.width()
        self.mode_word.setText(model.mode_word)
        self.mode_note.setText("REHEARSAL, nothing is sent" if model.rehearsing else model.mode_note)
        self.mode_note.setVisible(wide or model.rehearsing)
        self.switcher.setText(model.account_label)
        self.light.show_light(model.light, model.light_reason, note=notes)
        if not model.live:
            self.light.set_inks("", "text.secondary" if model.light.well else "text.primary", "")
        self._refresh_locks()
        self._place_command()

    def _make_left(self) -> None:
        theme = self._theme
        self.mode_word = TextLabel(theme, weight=700)
        self.mode_note = TextLabel(theme)
        self._rule = Rule(theme, upright=True)
        self.switcher = Button(
            theme, "", kind=ButtonKind.QUIET, tip="Switch account and open the menu", identifier="account.next"
        )
        self.switcher.weight = 600
        self.switcher.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.switcher.trailing_glyph = "caret-down"
        self.switcher.clicked.connect(lambda _=False: self.open_switcher())

    def _make_right(self) -> None:
        theme, model = self._theme, self._model
        self.light = LightButton(theme)
        self.light.clicked.connect(lambda _=False: model.want("panel.connections"))
        self.entries = ChipButton(theme, model.entries_words, icon="lock-open", identifier="kill.lock")
        self.entries.clicked.connect(lambda _=False: model.want("panel.risk"))
        self.keys = ChipButton(theme, model.keys_words, icon="keyboard", identifier="keys.arm")
        self.keys.clicked.connect(lambda _=False: model.want("keys.arm"))
        self.stop = ChipButton(
            theme, "Stop…", icon="hand-palm", key=self._key_of("kill.open"), tip="Cancel, flatten or lock"
        )
        self.stop.clicked.connect(lambda _=False: model.want("kill.open"))
        for chip in (self.entries, self.keys, self.stop):
            chip.weight = 600

    def _arrange(self) -> None:
        theme = self._theme
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(10), 0, theme.px(10), 1)
        row.setSpacing(theme.px(12))
        for widget in (self.mode_word, self.mode_note, self._rule, self.switcher):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.light, self.entries, self.keys, self.stop):
            row.addWidget(widget)
        self._row = row

    # State -----------------------------------------------------------------------------------------------------

    def _refresh_locks(self) -> None:
        model = self._model
        self.entries.set_glyph("lock-open" if model.entries_open else "lock")
        if self.entries.text() != model.entries_words:
            self.entries.setText(model.entries_words)
        why = model.entries_reason or "New positions may be opened."
        describe(self.entries, model.entries_words, tip=why, state=why, identifier="entries")
        if self.keys.text() != model.keys_words:
            self.keys.setText(model.keys_words)
        verb = "Lock the order keys" if model.armed else "Arm the order keys"
        describe(self.keys, model.keys_words, tip=verb, key=self._key_of("keys.arm"), identifier="keys.arm")
        edge, ink = ("live.on", "live.on") if model.live else ("line.control", "text.secondary")
        self.entries.set_inks("", ink, edge)
        self.stop.set_inks("", "live.on" if model.live else "text.primary", edge)
        if not model.armed:
            self.keys.set_inks("", ink, edge)
        elif model.live:
            self.keys.set_inks("live.on", "live.fill", "live.on")
        else:
            self.keys.set_inks("armed.fill", "armed.on", "armed.fill")

    def _restyle(self) -> None:
        theme, live = self._theme, self._model.live
        main, quiet = ("live.on", "live.on") if live else ("paper.text", "paper.text")
        self.setFixedHeight(theme.size("banner"))
        self.mode_word.set_ink(main)
        self.mode_word.setFont(theme.font("title", 700, tracking=0.09))
        self.mode_note.set_ink(quiet)
        self._rule.set_ink("live.on" if live else "line.control")
        self.switcher.set_inks("", "live.on" if live else "text.primary", "")
        self.light.set_inks("", "live.on" if live else "text.secondary", "")
        self.light.dot_ink = "live.on" if live else "ok"
        for button in (self.switcher, self.light, self.entries, self.keys, self.stop):
            button.focus_ink = "live.on" if live else "focus"
        self.refresh()

    # Qt --------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the ground and the line under it."""
        painter = QPainter(self)
        live = self._model.live
        painter.fillRect(self.rect(), self._theme.color("live.fill" if live else "paper.fill"))
        line = QRect(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, self._theme.color("live.fill" if live else "paper.line"))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words go before controls do."""
        super().resizeEvent(event)
        self.refresh()
        QTimer.singleShot(0, self, self._place_command)

    def _place_command(self) -> None:
        if self._command is None:
            return
        gap = self._theme.px(12)
        left = self.switcher.geometry().right() + gap
        right = self.light.x() - gap
        width = max(self._theme.px(_COMMAND_LEAST), min(self._theme.size("command_width"), right - left))
        middle = (self.width() - width) // 2
        place = min(max(middle, left), max(left, right - width))
        height = min(self._theme.density.field, self.height() - 8)
        self._command.setGeometry(place, (self.height() - height) // 2, width, height)

    # Menu ------------------------------------------------------------------------------------------------------

    def open_switcher(self) -> None:
        """Show the accounts and, where there is no menu bar, the menus of the program."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for choice in self._model.accounts:
            action = menu.addAction(choice.label)
            action.setCheckable(True)
            action.setChecked(choice.current)
            action.triggered.connect(lambda _=False, wanted=choice.id: self._model.choose_account(wanted))
        if self.menu_for_switcher is not None:
            if self._model.accounts:
                menu.addSeparator()
            self.menu_for_switcher(menu)
        menu.popup(self.switcher.mapToGlobal(QPoint(0, self.switcher.height())))
