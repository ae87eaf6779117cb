"""The card before the live desk: what changes, which account, and two words to type."""

from PySide6.QtWidgets import QWidget

from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.viewmodels.live_desk import CHANGES, WORDS, LiveDeskViewModel
from legend_desktop.views.dialogs.sheet import Sheet, foot_button
from legend_desktop.views.panels.connections_parts import ToldList
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import ButtonKind
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.labels import TextLabel

WIDTH = 480


class LiveDeskDialog(Sheet):
    """Follows its view-model; ``follow`` shows or hides it."""

    def __init__(self, view_model: LiveDeskViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Go live", WIDTH, parent)
        self._model = view_model
        self._changes = ToldList(theme, "What changes")
        for place, sentence in enumerate(CHANGES):
            self._changes.line(place).set_line(Tone.PLAIN, sentence)
        self._account = TextLabel(theme, "Live account to begin with", ink="text.secondary")
        self.account = ComboField(theme, "Live account to begin with")
        self.account.currentIndexChanged.connect(self._on_account)
        self._ask = TextLabel(theme, f"Type “{WORDS}” to open the live desk", ink="text.secondary")
        self.words = FieldEdit(theme, f"Type {WORDS}", placeholder=WORDS, tip="Asked once for each live desk")
        self.words.textChanged.connect(view_model.type_words)
        self._missing = TextLabel(theme, role="small", ink="text.secondary", wrap=True)
        self.cancel_button = foot_button(theme, "Stay on paper", "Close; nothing changes", key="Esc")
        self.open_button = foot_button(
            theme, "Open the live desk", "Close the paper desk and open the live one", kind=ButtonKind.CRIMSON
        )
        self._filled: tuple[str, ...] = ()
        self._build()
        view_model.changed.connect(self.refresh)
        self.restyle()

    def follow(self) -> None:
        """Be where the view-model says."""
        if self._model.is_open and not self.isVisible():
            self.words.clear()
            self.refresh_choices()
            self.come()
            self.words.setFocus()
        elif not self._model.is_open and self.isVisible():
            self.hide()

    def refresh(self) -> None:
        """Show the state of the view-model."""
        self.follow()
        if not self._model.is_open:
            return
        self.refresh_choices()
        self._missing.setText(self._model.missing or "Everything is there.")
        self.open_button.setEnabled(self._model.ready)
        self.words.setEnabled(bool(self._model.choices))

    def refresh_choices(self) -> None:
        """Offer the live accounts; nothing is preselected where there are several."""
        choices = self._model.choices
        ids = tuple(row.id for row in choices)
        if ids != self._filled:
            self._filled = ids
            self.account.blockSignals(True)
            self.account.clear()
            if len(choices) != 1:
                self.account.addItem("Choose one" if choices else "None is connected", "")
            for row in choices:
                self.account.addItem(row.label, row.id)
            self.account.blockSignals(False)
        place = self.account.findData(self._model.chosen)
        if place >= 0 and place != self.account.currentIndex():
            self.account.setCurrentIndex(place)
        self.account.setEnabled(bool(choices))

    def leave(self) -> None:
        """Nothing changes."""
        self._model.close()

    def commit(self) -> None:
        """Enter opens, where everything is there."""
        self._model.confirm()

    def _on_account(self, place: int) -> None:
        wanted = str(self.account.itemData(place) or "")
        if wanted != self._model.chosen:
            self._model.choose(wanted)

    def _build(self) -> None:
        theme = self._theme
        heading = TextLabel(theme, "Trade real money", role="heading", weight=600, ink="live.text")
        for part in (heading, self._changes, self._account, self.account, self._ask, self.words, self._missing):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.foot.addStretch(1)
        self.foot.addWidget(self.cancel_button)
        self.foot.addWidget(self.open_button)
        self.cancel_button.clicked.connect(lambda _=False: self.leave())
        self.open_button.clicked.connect(lambda _=False: self._model.confirm())
        self.open_button.setEnabled(False)
