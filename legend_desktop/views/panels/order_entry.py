"""Order entry: the fields and the preview, or the order that came of them, over one send button that never moves."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.enums import TradingMode
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.views.panels.order_entry_form import OrderForm
from legend_desktop.views.panels.order_entry_preview import OrderPreviewRows
from legend_desktop.views.panels.order_entry_progress import INSET, OrderProgress
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, SendButton, SendState
from legend_desktop.views.widgets.labels import Rule
from legend_desktop.views.widgets.panel import Panel

TICK_MS = 250
_TOP, _GAP, _BOTTOM = 8, 8, 8
_BEFORE_RULE = 9


@dataclass(frozen=True, slots=True)
class Foot:
    """The buttons of a state: the large one, and up to two small ones over it or under it."""

    text: str
    key: str
    small: tuple[tuple[str, str], ...] = ()
    small_below: bool = False
    enabled: bool = True
    small_enabled: bool = True


class OrderEntryPanel(Panel):
    """The panel. ``action_wanted`` carries the id of an action that a button at the foot asks for."""

    action_wanted = Signal(str)

    def __init__(self, view_model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._theme = theme
        self.form = OrderForm(view_model, theme)
        self.preview = OrderPreviewRows(view_model, theme)
        self.progress = OrderProgress(view_model, theme)
        self._pages = QStackedWidget(self)
        self._entry_area = PageArea(self._entry_page())
        self._order_area = PageArea(self.progress)
        self._pages.addWidget(self._entry_area)
        self._pages.addWidget(self._order_area)
        self.left = Button(theme, "Close half", parent=self)
        self.right = Button(theme, "Stop to entry", parent=self)
        self.send = SendButton(theme, parent=self)
        self._foot = Foot("", "")
        self.send.clicked.connect(lambda _=False: self._send_pressed())
        self.left.clicked.connect(lambda _=False: self._small_pressed(0))
        self.right.clicked.connect(lambda _=False: self._small_pressed(1))
        self.set_header_tabs([("quick", "Quick"), ("ticket", "Ticket")], "quick")
        self.header_tab_changed.connect(lambda tab: view_model.set_by_quantity(tab == "ticket"))
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self._tick)
        view_model.changed.connect(self.refresh)
        view_model.state_changed.connect(lambda _: self._run_ticker())
        view_model.symbol_wanted.connect(self.focus_symbol)
        theme.changed.connect(self._place)
        self.refresh()

    def _entry_page(self) -> QWidget:
        theme = self._theme
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._insets = (QVBoxLayout(), QVBoxLayout())
        for box, part in zip(self._insets, (self.form, self.preview), strict=True):
            box.addWidget(part)
            column.addLayout(box)
        column.insertWidget(1, Rule(theme))
        column.addStretch(1)
        return page

    # ---- for keys -------------------------------------------------------------------------------------------------

    def focus_symbol(self) -> None:
        """Put the cursor into the symbol field."""
        self.form.symbol.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.form.symbol.selectAll()

    def focus_first(self) -> None:
        """Put the cursor where an entry begins: the stop, in the ticket the share count."""
        self.form.field("quantity" if self._model.form.by_quantity else "stop").setFocus()

    # ---- room -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for a quick entry with every row."""
        return QSize(self._theme.px(292), self._theme.px(534))

    def minimumSizeHint(self) -> QSize:
        """The same in every state: rows fold, and under that the page scrolls, never the send button."""
        return QSize(self._theme.px(240), self._theme.px(380))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place page and foot."""
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the newest facts at once."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight no seconds are counted."""
        super().hideEvent(event)
        self._ticker.stop()

    def _place(self) -> None:
        """The foot has fixed places at the bottom; the page takes what is over it."""
        theme = self._theme
        inset, gap = theme.px(INSET), theme.px(_GAP)
        big, small = theme.size("send_button"), theme.density.button
        self._insets[0].setContentsMargins(inset, theme.px(_TOP), inset, theme.px(_BEFORE_RULE))
        self._insets[1].setContentsMargins(inset, 0, inset, 0)
        width, bottom = self.width() - 2 * inset, self.height() - theme.px(_BOTTOM)
        foot = self._foot
        if foot.small_below:
            small_top = bottom - small
            send_top = small_top - gap - big
        else:
            send_top = bottom - big
            small_top = send_top - gap - small
        self.send.setGeometry(inset, send_top, width, big)
        if len(foot.small) == 2:
            spare = width - gap - self.left.sizeHint().width() - self.right.sizeHint().width()
            first = self.left.sizeHint().width() + spare // 2  # each as wide as its words need, then the same more
            self.left.setGeometry(inset, small_top, first, small)
            self.right.setGeometry(inset + first + gap, small_top, width - first - gap, small)
        else:
            self.left.setGeometry(inset, small_top, width, small)
        top = min(send_top, small_top) if foot.small else send_top
        page = QRect(0, 0, self.width(), max(0, top - theme.px(6)))
        if self._pages.geometry() != page:
            self._pages.setGeometry(page)
        self._fit()

    def _fit(self) -> None:
        """Fold what does not fit, then lay the page out at once, so that nothing is ever painted half moved."""
        room = QSize(self.width(), self._pages.height())
        if self._model.state.is_after_press:
            self._order_area.lay_out(room, self.progress.needed_height(room.width()), self.progress.shape())
            return
        above = self.form.height_now() + self._theme.px(_TOP + _BEFORE_RULE) + 1
        inner = room.width() - 2 * self._theme.px(INSET)
        needed = above + self.preview.fit(inner, room.height() - above)
        self._entry_area.lay_out(room, needed, (self.form.shape(), self.preview.shape()))

    # ---- showing --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the state of the view-model."""
        self.set_summary(self._model.account_words)
        model = self._model
        after = model.state.is_after_press
        if self._pages.currentIndex() != int(after):
            self._turn_page(int(after))
        if after:
            self.progress.refresh()
        else:
            self.form.refresh()
            self.preview.refresh()
        tab = "ticket" if model.form.by_quantity else "quick"
        if tab != self.header_tab():
            self.choose_header_tab(tab)
        self._refresh_foot()
        self._run_ticker()

    def _turn_page(self, page: int) -> None:
        """Show fields or order. The cursor goes to the panel itself, never by chance onto a button of the new page."""
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        if inside:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._pages.setCurrentIndex(page)
        if inside and page == 0:
            self.focus_first()

    def _refresh_foot(self) -> None:
        model = self._model
        foot = self._wanted_foot()
        ready = model.state in {EntryState.VALID, EntryState.CAPPED}
        crimson = model.mode is TradingMode.LIVE
        self.send.set_key(foot.key)
        self.send.set_state(SendState.CRIMSON if crimson and ready else SendState.INK, foot.text)
        if not ready:
            self.send.set_state(SendState.OUTLINE, foot.text)
        self.send.setEnabled(foot.enabled)
        for button, words in zip((self.left, self.right), (*foot.small, ("", ""), ("", "")), strict=False):
            button.setVisible(bool(words[0]))
            button.setEnabled(foot.small_enabled)
            if words[0]:
                button.set_key(words[1])
                if button.text() != words[0]:
                    button.setText(words[0])
        if foot != self._foot:
            self._foot = foot
            self._place()
        else:
            self._fit()

    def _wanted_foot(self) -> Foot:
        model = self._model
        sending = model.sending
        if model.state is EntryState.SENDING:
            wanted = sending.cancel_wanted
            words = "Cancels when accepted" if wanted else "Cancel when accepted"
            waits = (("Sending, keys wait", ""),)
            return Foot(words, "Ctrl Shift X", waits, small_below=True, enabled=not wanted, small_enabled=False)
        if model.state is EntryState.UNKNOWN:
            if sending.deciding:
                return Foot("Keep asking", "Esc", (("It is there", ""), ("It is not there", "")), small_below=True)
            small = (("Copy reference", ""), ("I looked, decide...", ""))
            return Foot(f"Ask {model.broker_name} now", "F5", small, small_below=True)
        if model.state is EntryState.WORKING:
            return Foot(
                "New order", "Esc", (("Cancel order", "Ctrl Shift X"),), small_enabled=not sending.cancel_wanted
            )
        if model.state is EntryState.DONE:
            small = (("Close half", "F7"), ("Stop to entry", "F8"))
            return Foot("New order", "Esc", small, small_enabled=model.result.can_manage)
        ready = model.state in {EntryState.VALID, EntryState.CAPPED}
        return Foot(model.send_text, "Ctrl Enter", enabled=ready)

    def _run_ticker(self) -> None:
        """Seconds are counted while an answer or a second press is awaited, and while a quote ages."""
        if self._counts_seconds() and self.isVisible() and not self._ticker.isActive():
            self._ticker.start()

    def _counts_seconds(self) -> bool:
        model = self._model
        typed = not model.state.is_after_press
        return model.busy or (typed and (model.awaiting_confirmation or model.quote_is_old))

    def _tick(self) -> None:
        model = self._model
        if model.busy:
            self.refresh()
        else:
            model.refresh()
        if not self._counts_seconds():
            self._ticker.stop()

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
        elif model.state is EntryState.UNKNOWN and model.sending.deciding:
            model.set_deciding(False)
        elif model.state is EntryState.UNKNOWN:
            self.action_wanted.emit("order.ask_broker")
        else:
            self.action_wanted.emit("ticket.send")

    def _small_pressed(self, place: int) -> None:
        model = self._model
        if model.guarded:
            return
        if model.state is EntryState.UNKNOWN:
            self._doubt_pressed(place)
        elif model.state is EntryState.WORKING:
            model.cancel_when_accepted()
        elif model.state is EntryState.DONE:
            self.action_wanted.emit("order.close_half" if place == 0 else "order.stop_to_entry")

    def _doubt_pressed(self, place: int) -> None:
        """Copy the reference, or write down in two presses what a look at the broker's own page showed."""
        model = self._model
        if model.sending.deciding:
            model.decide(exists=place == 0)
        elif place == 1:
            model.set_deciding(True)
        else:
            QGuiApplication.clipboard().setText(model.result.reference)


class PageArea(QScrollArea):
    """A page over the foot. It scrolls only where even what is left after folding is too high."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setWidget(page)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)
        layout = page.layout()
        assert layout is not None
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._page = page
        self._done: object = None

    def lay_out(self, room: QSize, needed: int, shape: object) -> None:
        """Give the page ``needed`` pixels of height, or all of ``room``; ``shape`` says what is shown on it."""
        wanted = (room, needed, shape)
        if wanted == self._done:
            return
        self._done = wanted
        self.setGeometry(0, 0, room.width(), room.height())
        self._page.resize(room.width(), max(room.height(), needed))
        layouts = [widget.layout() for widget in (self._page, *self._page.findChildren(QWidget))]
        for layout in layouts:
            if layout is not None:
                layout.invalidate()
        for layout in layouts:
            if layout is not None:
                layout.activate()
