"""The Orders panel: what was sent and where it stands, with cancel and change in the row."""

from decimal import Decimal

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderState
from legend_desktop.viewmodels.orders import EditField, OrderFilter, OrderRow, OrdersViewModel
from legend_desktop.views.models.orders_model import PRICE_COLUMNS, orders_model, prices_of
from legend_desktop.views.models.price_room import needs_room, widen
from legend_desktop.views.panels.orders_bracket import BracketDelegate
from legend_desktop.views.panels.orders_edit import OrderCellEditor
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import ChipButton
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Part, Span

_CHIP_TIPS = {
    OrderFilter.ALL: "Show all orders",
    OrderFilter.WORKING: "Show orders that may still fill",
    OrderFilter.DONE: "Show orders that filled, expired or were cancelled",
    OrderFilter.REFUSED: "Show orders that the checks or the broker refused",
    OrderFilter.UNKNOWN: "Show orders that need an answer",
}
_NOTHING = {
    OrderFilter.ALL: (
        "No orders today",
        "Send one from Order entry, from the command line or by drawing on the chart.",
    ),
    OrderFilter.WORKING: ("No order is working", "Press All to see the others."),
    OrderFilter.DONE: ("No order is done", "Press All to see the others."),
    OrderFilter.REFUSED: ("No order was refused", "Press All to see the others."),
    OrderFilter.UNKNOWN: ("No order is unknown", "The broker has answered for every order."),
}


class OrdersPanel(Panel):
    """The table of orders with filter chips above it (hidden until asked for or in use)."""

    def __init__(self, view_model: OrdersViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._wide = False
        self._asking = False
        self._rows = orders_model(self)
        self._empty = EmptyState(theme, "list-bullets", *_NOTHING[OrderFilter.ALL])
        self.table = DataTable(theme, self._rows, "Orders", empty=self._empty, frozen=True, parent=self)
        self.table.setItemDelegate(BracketDelegate(theme, self._rows, self.table))
        self.table.row_actions = self._row_actions
        self.editor = OrderCellEditor(self.table, view_model)
        self._chips: dict[OrderFilter, ChipButton] = {}
        self._bar = self._make_bar()
        self._said = TextLabel(theme, role="small", ink="danger", wrap=True)
        self._said.setContentsMargins(theme.px(10), theme.px(4), theme.px(10), theme.px(4))
        self._said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self._bar, self.table, self._said):
            column.addWidget(widget, 1 if widget is self.table else 0)
        self._connect()
        self._refill()
        self._refresh_summary()

    def menu_actions(self) -> list[QAction]:
        """The filter and the columns."""
        show = QAction("Filter by state\tCtrl+F", self)
        show.setCheckable(True)
        show.setChecked(not self._bar.isHidden())
        show.triggered.connect(lambda _=False: self.toggle_filter())
        line = QAction(self)
        line.setSeparator(True)
        return [show, line, *self.table.column_actions()]

    def toggle_filter(self) -> None:
        """Show the chips, or hide them and show all orders again."""
        if self._bar.isHidden():
            self._bar.show()
            self._chips[self._model.filter].setFocus()
            return
        self._bar.hide()
        self._choose(OrderFilter.ALL)

    def set_filter(self, chosen: OrderFilter) -> None:
        """Press a chip."""
        self._bar.show()
        self._choose(chosen)

    def cancel_selected(self) -> bool:
        """Ask to cancel the chosen orders; false when none of them is open."""
        return self._model.request_cancel([row.key for row in self.table.selected_rows()])

    def change_selected(self) -> bool:
        """Open the chosen order's limit or stop for editing; false when it cannot be changed now."""
        row: OrderRow | None = self.table.selected_row()
        self._say("")
        if row is None:
            return False
        if self.editor.start(row):
            return True
        self._say(_why_fixed(row))
        return False

    def select_order(self, client_order_id: str) -> bool:
        """Choose the row of an order, showing all orders if the filter hides it."""
        if self._model.row_of(client_order_id) is None:
            self._choose(OrderFilter.ALL)
        return self.table.select_key(client_order_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete cancels, Ctrl+E changes, Ctrl+F shows the chips."""
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key, modifiers = event.key(), event.modifiers()
            if key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace} and not modifiers:
                if not event.isAutoRepeat():
                    self.cancel_selected()
                return True
            if modifiers == Qt.KeyboardModifier.ControlModifier and key in {Qt.Key.Key_E, Qt.Key.Key_F}:
                if not event.isAutoRepeat():
                    self.change_selected() if key == Qt.Key.Key_E else self.toggle_filter()
                return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        model = self._model
        model.rows_changed.connect(self._take)
        model.rows_removed.connect(self._rows.remove)
        model.reset.connect(self._refill)
        model.summary_changed.connect(lambda _: self._refresh_summary())
        self.table.activated_row.connect(lambda row: model.action_requested.emit("order.timeline", row.key))
        self.table.current_changed.connect(lambda _: self._say(""))
        self.table.installEventFilter(self)
        self.editor.refused.connect(self._say)
        self.editor.ended.connect(self._end_question)
        model.change_asked.connect(self._ask_again)

    def _make_bar(self) -> QWidget:
        bar = QWidget(self)
        line = QHBoxLayout(bar)
        line.setContentsMargins(self.theme.px(10), self.theme.px(3), self.theme.px(10), self.theme.px(3))
        line.setSpacing(self.theme.px(6))
        for chosen in OrderFilter:
            chip = ChipButton(self.theme, chosen.value.capitalize(), tip=_CHIP_TIPS[chosen], checkable=True)
            chip.setChecked(chosen is self._model.filter)
            chip.clicked.connect(lambda _=False, chosen=chosen: self._choose(chosen))
            self._chips[chosen] = chip
            line.addWidget(chip)
        line.addStretch(1)
        bar.setVisible(self._model.filter is not OrderFilter.ALL)
        return bar

    def _choose(self, chosen: OrderFilter) -> None:
        self.editor.stop()
        for place, chip in self._chips.items():
            chip.setChecked(place is chosen)
        self._empty.set_words(*_NOTHING[chosen])
        self._model.set_filter(chosen)

    def _take(self, rows: list[OrderRow]) -> None:
        self._make_room(rows)
        self._rows.upsert(rows)

    def _refill(self) -> None:
        rows = self._model.rows()
        self._make_room(rows)
        self._rows.set_rows(rows)

    def _make_room(self, rows: list[OrderRow]) -> None:
        if not self._wide and needs_room(price for row in rows for price in prices_of(row)):
            self._wide = True
            widen(self._rows, PRICE_COLUMNS)
            self.table.fit.apply(again=True)

    def _refresh_summary(self) -> None:
        unknown, *rest = self._model.summary.split("   ")
        parts: list[Part] = [Span(unknown, "unknown") if self._model.unknown_count else unknown, *rest]
        self.set_summary(*parts)

    def _say(self, sentence: str, ink: str = "danger") -> None:
        self._said.set_ink(ink)
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))

    def _ask_again(self, client_order_id: str, field: str, price: Decimal, sentence: str) -> None:
        """Open the price that waits for a second Enter again, with the reason below the table."""
        row = self._model.row_of(client_order_id)
        if row is not None and self.editor.ask(row, EditField(field), price):
            self._asking = True
            self._say(sentence, "warning")

    def _end_question(self) -> None:
        """The field is closed, by the second Enter or without it."""
        if self._asking:
            self._asking = False
            self._say("")

    def _row_actions(self, row: OrderRow) -> list[QAction]:
        key = row.key
        entries = (
            ("Change limit or stop\tCtrl+E", row.can_change, self.change_selected),
            ("Cancel\tDel", row.order.is_open, self.cancel_selected),
            ("Copy as draft\tCtrl+D", True, lambda: self._model.action_requested.emit("order.copy_as_draft", key)),
            (
                "Ask the broker\tF5",
                row.order.is_open,
                lambda: self._model.action_requested.emit("order.ask_broker", key),
            ),
            ("Time line\tReturn", True, lambda: self._model.action_requested.emit("order.timeline", key)),
            (f"Load {row.order.symbol}", True, lambda: self._model.symbol_chosen.emit(row.order.symbol)),
        )
        actions = []
        for text, enabled, act in entries:
            action = QAction(text, self)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _=False, act=act: act())
            actions.append(action)
        return actions


def _why_fixed(row: OrderRow) -> str:
    if row.order.state is OrderState.UNKNOWN:
        return "Nobody knows whether this order lives, so it cannot be changed. Ask the broker with F5."
    if not row.order.is_open:
        return "This order has ended and cannot be changed."
    if not row.can_change:
        return "A command for this order is under way. Wait for the broker's answer."
    return "This order has neither a limit nor a stop to change."
