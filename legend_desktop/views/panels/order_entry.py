"""Order entry: the fields and the preview, or the order that came of them, over one send button that never moves."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.enums import TradingMode
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.views.panels.order_entry_form import OrderForm
from legend_desktop.views.panels.order_entry_preview import OrderPreviewRows
from legend_desktop.views.panels.order_entry_progress import OrderProgress
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, SendButton, SendState
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.panel import Panel

TICK_MS = 250
_AFTER = frozenset({EntryState.SENDING, EntryState.UNKNOWN, EntryState.WORKING, EntryState.DONE})


class OrderEntryPanel(Panel):
    """The panel. ``action_wanted`` carries the id of an action that a foot button asks for."""

    action_wanted = Signal(str)

    def __init__(self, view_model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._theme = theme
        self.form = OrderForm(view_model, theme)
        self.preview = OrderPreviewRows(view_model, theme)
        self.progress = OrderProgress(view_model, theme)
        self._rule = Rule(theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._entry_page())
        self._pages.addWidget(self.progress)
        self.send = SendButton(theme)
        self.send.clicked.connect(self._send_pressed)
        self._left = Button(theme, "")
        self._right = Button(theme, "")
        self._left.clicked.connect(lambda: self._foot(0))
        self._right.clicked.connect(lambda: self._foot(1))
        self._deciding = False
        column = QVBoxLayout(self)
        inset = theme.px(10)
        column.setContentsMargins(inset, theme.px(8), inset, inset)
        column.setSpacing(theme.px(8))
        column.addWidget(self._pages, 1)
        column.addLayout(self._foot_row())
        column.addWidget(self.send)
        self.set_header_tabs([("quick", "Quick"), ("ticket", "Ticket")], "quick")
        self.header_tab_changed.connect(lambda tab: self.form.set_quick(tab == "quick"))
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self.refresh)
        view_model.changed.connect(self.refresh)
        view_model.state_changed.connect(self._on_state)
        self.refresh()

    def _entry_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._theme.px(8))
        column.addWidget(self.form)
        column.addWidget(self._rule)
        column.addWidget(self.preview)
        column.addStretch(1)
        return page

    def _foot_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(8))
        row.addWidget(self._left, 1)
        row.addWidget(self._right, 1)
        return row

    # ---- for keys -------------------------------------------------------------------------------------------------

    def focus_symbol(self) -> None:
        """Put the cursor into the symbol field."""
        self.form.symbol.setFocus()
        self.form.symbol.selectAll()

    def focus_first(self) -> None:
        """Put the cursor where a quick entry begins: the stop."""
        self.form.field("stop").setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold preview rows before the send button would go."""
        super().resizeEvent(event)
        self.preview.set_height(self.height() - self.form.sizeHint().height() - self._theme.px(70))

    # ---- showing --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the state of the view-model."""
        after = self._model.state in _AFTER
        wanted = 1 if after else 0
        if self._pages.currentIndex() != wanted:
            self._pages.setCurrentIndex(wanted)
        if after:
            self.progress.refresh()
        else:
            self.form.refresh()
            self.preview.refresh()
        self._refresh_foot()

    def _refresh_foot(self) -> None:
        model = self._model
        state = model.state
        live = model.mode is TradingMode.LIVE
        feet: dict[EntryState, tuple[str, str, tuple[tuple[str, str], ...]]] = {
            EntryState.SENDING: ("Cancel when accepted", "Ctrl Shift X", ()),
            EntryState.UNKNOWN: (f"Ask {model.broker_name} now", "F5", self._doubt_buttons()),
            EntryState.WORKING: ("New order", "Esc", (("Cancel order", "Ctrl Shift X"), ("", ""))),
            EntryState.DONE: ("New order", "Esc", (("Close half", "F7"), ("Stop to entry", "F8"))),
        }
        if state in feet:
            text, key, buttons = feet[state]
            self.send.set_key(key)
            self.send.set_state(SendState.OUTLINE, text)
            self.send.setEnabled(True)
        else:
            buttons = ()
            ready = state in {EntryState.VALID, EntryState.CAPPED}
            shown = SendState.CRIMSON if live else SendState.INK
            self.send.set_key("Ctrl Enter")
            self.send.set_state(shown if ready else SendState.OUTLINE, model.send_text)
            self.send.setEnabled(ready)
        for button, words in zip((self._left, self._right), (*buttons, ("", ""), ("", "")), strict=False):
            button.setVisible(bool(words[0]))
            if words[0]:
                button.setText(words[0])
                button.set_key(words[1])

    def _doubt_buttons(self) -> tuple[tuple[str, str], ...]:
        if self._deciding:
            return (("It is there", ""), ("It is not there", ""))
        return (("Copy reference", ""), ("I looked, decide...", ""))

    def _on_state(self, state: str) -> None:
        if state in {EntryState.SENDING, EntryState.UNKNOWN}:
            self._ticker.start()
        else:
            self._ticker.stop()
        self.refresh()

    # ---- pressing -------------------------------------------------------------------------------------------------

    def _send_pressed(self) -> None:
        """The button at the foot means what it says; a press within the guard time lands on nothing."""
        model = self._model
        if model.guarded:
            return
        if model.state in {EntryState.WORKING, EntryState.DONE}:
            model.clear()
        elif model.state is EntryState.SENDING:
            model.cancel_when_accepted()
        elif model.state is EntryState.UNKNOWN:
            self.action_wanted.emit("order.ask_broker")
        else:
            model.send()

    def _foot(self, index: int) -> None:
        model = self._model
        if model.guarded:
            return
        if model.state is EntryState.UNKNOWN:
            self._foot_of_doubt(index)
        elif model.state is EntryState.WORKING:
            model.cancel_when_accepted()
        elif model.state is EntryState.DONE:
            self.action_wanted.emit("order.close_half" if index == 0 else "order.stop_to_entry")

    def _foot_of_doubt(self, index: int) -> None:
        """Copy the reference, or write down in two presses what a look at the broker's own page showed."""
        model = self._model
        if self._deciding:
            self._deciding = False
            model.decide(exists=index == 0)
        elif index == 1:
            self._deciding = True
            self.refresh()
        elif model.order is not None:
            QGuiApplication.clipboard().setText(model.order.client_order_id)
