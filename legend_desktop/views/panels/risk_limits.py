"""Changing the limits in place: tighter at once, looser from the next session."""

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_percent, plain
from legend_desktop.viewmodels.risk import EDITABLE, RiskViewModel
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import TextLabel


class LimitsPage(QWidget):
    """One field a limit; Enter takes it. What was said about the last edit stands below."""

    def __init__(self, model: RiskViewModel, theme: Theme, on_done: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._on_done = on_done
        self.fields: dict[str, FieldEdit] = {}
        self._words = TextLabel(theme, wrap=True)
        column = QVBoxLayout(self)
        inset = theme.px(10)
        column.setContentsMargins(inset, inset, inset, inset)
        column.setSpacing(theme.px(8))
        column.addWidget(TextLabel(theme, "Limits in per cent of equity", weight=600))
        column.addWidget(
            TextLabel(theme, "During a day they can be made tighter, not looser.", ink="text.secondary", wrap=True)
        )
        column.addLayout(self._grid(theme))
        column.addWidget(self._words)
        line = QHBoxLayout()
        done = Button(theme, "Done", key="Esc")
        done.clicked.connect(lambda _=False: on_done())
        line.addWidget(done)
        line.addStretch(1)
        column.addLayout(line)
        column.addStretch(1)
        model.said.connect(lambda words: self._say(words or "It holds from now on.", "text.primary"))
        model.refused.connect(lambda words: self._say(words, "danger"))

    def open(self) -> None:
        """Show the limits that hold now; one that waits stands beside its field."""
        self._say("", "text.primary")
        now, later = self._model.limits, self._model.later_limits
        for name, field in self.fields.items():
            value: Decimal | None = getattr(now, name)
            waiting: Decimal | None = getattr(later, name)
            field.setText("" if value is None else plain(value))
            wait = "no limit" if waiting is None else format_percent(waiting, trim=True)
            field.set_derived("%" if waiting == value else f"{wait} next session")
            field.set_error(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the figures."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_done()
            return
        super().keyPressEvent(event)

    def _grid(self, theme: Theme) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(4))
        for line, (name, words) in enumerate(EDITABLE.items()):
            field = FieldEdit(
                theme,
                f"{words}, per cent of equity",
                placeholder="no limit",
                unit="%",
                tip=f"{words}, in per cent of equity. Enter takes it",
                identifier=name,
            )
            field.returnPressed.connect(lambda name=name: self._take(name))
            self.fields[name] = field
            grid.addWidget(TextLabel(theme, words, ink="text.secondary"), line, 0)
            grid.addWidget(field, line, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _take(self, name: str) -> None:
        field = self.fields[name]
        taken = self._model.change_limit(name, field.text())
        field.set_error(not taken)
        if taken:
            words, ink = self._words.text(), "text.primary"
            self.open()
            self._say(words, ink)

    def _say(self, words: str, ink: str) -> None:
        self._words.set_ink(ink)
        self._words.setText(words)
