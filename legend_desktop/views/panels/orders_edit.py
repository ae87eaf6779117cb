"""Changing the limit or stop of an order where it stands in the table."""

from decimal import Decimal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from legend_desktop.domain.formatting import plain
from legend_desktop.domain.money import to_decimal
from legend_desktop.viewmodels.orders import EditField, OrderRow, OrdersViewModel
from legend_desktop.views.theme import set_property
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.data_table import DataTable

_NAMES = {EditField.LIMIT: "Limit price", EditField.STOP: "Stop price"}
_FAST = 10


class OrderCellEditor(QObject):
    """A field over one cell: Up and Down step by a tick (Shift by ten), Enter asks for the change, Escape gives up,
    Tab goes on to the order's other price. Rows stay put while it is open. ``refused`` carries a plain sentence.
    """

    refused = Signal(str)
    ended = Signal()

    def __init__(self, table: DataTable, model: OrdersViewModel) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._key = ""
        self._field = EditField.LIMIT
        self._asked: Decimal | None = None
        self.line = QLineEdit(table.viewport())
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.installEventFilter(self)
        describe(self.line, "Price of the chosen order")
        self.line.hide()
        table.verticalScrollBar().valueChanged.connect(self._place)
        table.horizontalScrollBar().valueChanged.connect(self._place)
        table.layout_changed.connect(self._place)

    @property
    def active(self) -> bool:
        """True while the field is open."""
        return bool(self._key)

    def start(self, row: OrderRow, field: EditField | None = None) -> bool:
        """Open over the row's limit, else its stop (or ``field``); false when neither can be changed now."""
        wanted = (field,) if field is not None else tuple(EditField)
        chosen = next((place for place in wanted if row.can_edit(place)), None)
        price = None if chosen is None else row.price(chosen)
        if chosen is None or price is None:
            return False
        if not self.active:
            self._table.hold(True)
        self._key, self._field, self._asked = row.key, chosen, None
        describe(
            self.line,
            f"{_NAMES[chosen]} of {row.side_words} {row.order.symbol}",
            tip=f"{_NAMES[chosen]}: Up and Down change it by a tick, Enter sends the change, Escape keeps the old one",
        )
        self.line.setText(_typed_form(price))
        set_property(self.line, "wrong", "false")
        self._place()
        self.line.show()
        self.line.setFocus()
        self.line.selectAll()
        return True

    def ask(self, row: OrderRow, field: EditField, price: Decimal) -> bool:
        """Open again with a price that waits for a second Enter; false when the order cannot be changed now."""
        if not self.start(row, field):
            return False
        self.line.setText(_typed_form(price))
        self._asked = price
        return True

    def stop(self) -> None:
        """Close without a change."""
        if not self.active:
            return
        self._key = ""
        self.line.hide()
        self._table.hold(False)
        self._table.setFocus()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys of the field."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        if watched is self.line and event.type() == QEvent.Type.FocusOut and self.active:
            self.stop()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.stop()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if not event.isAutoRepeat():
                self._send()
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._step((1 if key == Qt.Key.Key_Up else -1) * (_FAST if fast else 1))
        elif key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            self._other()
        else:
            return False
        return True

    def _typed(self) -> Decimal | None:
        try:
            price = to_decimal(self.line.text().replace(",", ""))
        except ValueError:
            return None
        return price if price > 0 else None

    def _step(self, steps: int) -> None:
        price = self._typed()
        if price is not None:
            stepped = self._model.step_price(self._key, price, steps)
            self.line.setText(f"{stepped:f}")

    def _send(self) -> None:
        price = self._typed()
        if price is None:
            set_property(self.line, "wrong", "true")
            self.refused.emit(f"“{self.line.text()}” is not a price. Type a number above zero.")
            return
        row = self._model.row_of(self._key)
        if row is None or not row.can_edit(self._field):
            self.refused.emit("The order cannot be changed now: another command is under way or it has ended.")
        elif not self._model.request_change(self._key, self._field, price) and price == self._asked:
            return  # a double press is one press: the field waits for a second one
        self.stop()

    def _other(self) -> None:
        row = self._model.row_of(self._key)
        other = EditField.STOP if self._field is EditField.LIMIT else EditField.LIMIT
        if row is not None:
            self.start(row, other)

    def _place(self) -> None:
        if not self.active:
            return
        model = self._table.rows_model
        position = model.position(self._key)
        if position is not None:
            cell = self._table.visualRect(model.index(position, model.column_of(self._field.value)))
            self.line.setGeometry(cell.adjusted(-self._table.theme.px(12), -1, 1, 1))


def _typed_form(price: Decimal) -> str:
    return f"{price:.2f}" if price == round(price, 2) else plain(price)
