"""The Watch list panel: type to add a symbol, press to load it, drag or Alt+arrow to arrange."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.viewmodels.watch_list import WatchListViewModel, WatchRow
from legend_desktop.views.models.watch_list_model import watch_list_model
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import Rule, TextLabel
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel

_ROW_KEYS = {Qt.Key.Key_J, Qt.Key.Key_K}
_SEEN_CHANGES = {QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}


class WatchListPanel(Panel):
    """The table of watched symbols with a field that appears when a letter is typed."""

    def __init__(self, view_model: WatchListViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._rows = watch_list_model(self)
        empty = EmptyState(theme, "magnifying-glass", "No symbols", "Type a symbol and press Enter to watch it.")
        self.table = DataTable(theme, self._rows, "Watch list", empty=empty, parent=self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.row_actions = self._row_actions
        self._add_bar = _AddBar(theme, self)
        self._line = Rule(theme, ink="focus", parent=self.table.viewport())
        self._line.hide()
        self._press: tuple[QPoint, int] | None = None
        self._dragging = False
        self._feed_words = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self._add_bar)
        self._connect()
        self._rows.set_rows(view_model.rows())
        self._refresh_summary()

    def focus_symbol(self, symbol: str) -> None:
        """Mark the row of the link group's symbol, if it is on the list."""
        self.table.select_key(symbol)

    def start_adding(self, text: str = "") -> None:
        """Open the field for a new symbol."""
        self._add_bar.open(text)

    def menu_actions(self) -> list[QAction]:
        """Adding a symbol, and the columns."""
        add = QAction("Add a symbol...", self)
        add.triggered.connect(lambda _=False: self.start_adding())
        line = QAction(self)
        line.setSeparator(True)
        return [add, line, *self.table.column_actions()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Letters open the field, Delete removes, Alt+arrows and dragging arrange."""
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if watched is self.table.viewport():
            if isinstance(event, QMouseEvent):
                return self._mouse(event)
            if event.type() in _SEEN_CHANGES:
                self._tell_in_view()
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        model = self._model
        model.rows_changed.connect(self._take)
        model.rows_removed.connect(self._rows.remove)
        model.refused.connect(self._add_bar.refuse)
        self._add_bar.field.returnPressed.connect(self._add)
        self.table.activated_row.connect(self._choose)
        self.table.clicked.connect(lambda index: self._choose(self._rows.row_at(index.row())))
        self.table.installEventFilter(self)
        self.table.viewport().installEventFilter(self)
        self.table.verticalScrollBar().valueChanged.connect(lambda _: self._tell_in_view())
        rows = self._rows
        for signal in (rows.rowsInserted, rows.rowsRemoved, rows.layoutChanged, rows.modelReset):
            signal.connect(self._tell_in_view)

    def _tell_in_view(self) -> None:
        """Tell the view-model which rows a person can see now."""
        table, rows = self.table, self._rows
        if not table.isVisible() or not rows.rowCount():
            self._model.set_in_view(())
            return
        first, last = max(0, table.rowAt(0)), table.rowAt(table.viewport().height() - 1)
        last = last if last >= 0 else rows.rowCount() - 1
        self._model.set_in_view(rows.row_at(place).symbol for place in range(first, last + 1))

    def _take(self, rows: list[WatchRow]) -> None:
        self._rows.upsert(rows)
        if not self._feed_words:
            self._refresh_summary()

    def _refresh_summary(self) -> None:
        words = self._feed_words = self._model.feed_words
        self.set_summary(f"{words}, spread in bp" if words else "spread in bp")

    def _choose(self, row: WatchRow) -> None:
        self._model.symbol_chosen.emit(row.symbol)

    def _add(self) -> None:
        text = self._add_bar.field.text()
        row = self.table.selected_row()
        if self._model.add(text, None if row is None else row.place + 1):
            self._add_bar.shut()
            self.table.select_key(text.strip().upper())
            self.table.setFocus()

    def _row_actions(self, row: WatchRow) -> list[QAction]:
        entries = (
            (f"Load {row.symbol}\tReturn", lambda: self._choose(row)),
            ("Move up\tAlt+Up", lambda: self._shift(row, -1)),
            ("Move down\tAlt+Down", lambda: self._shift(row, 1)),
            (f"Remove {row.symbol}\tDel", lambda: self._model.remove(row.symbol)),
        )
        actions = []
        for text, act in entries:
            action = QAction(text, self)
            action.triggered.connect(lambda _=False, act=act: act())
            actions.append(action)
        return actions

    def _shift(self, row: WatchRow, step: int) -> None:
        self._model.move(row.place, row.place + (step if step < 0 else step + 1))

    def _key(self, event: QKeyEvent) -> bool:
        row: WatchRow | None = self.table.selected_row()
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if row is not None and modifiers & Qt.KeyboardModifier.AltModifier:
            if key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
                self._shift(row, -1 if key == Qt.Key.Key_Up else 1)
                return True
            return False
        if row is not None and key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace} and not modifiers:
            self._model.remove(row.symbol)
            return True
        plain = modifiers in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}
        moves_row = key in _ROW_KEYS and modifiers == Qt.KeyboardModifier.NoModifier
        if plain and not moves_row and len(event.text()) == 1 and event.text().isalnum():
            self.start_adding(event.text().upper())
            return True
        return False

    # Dragging a row --------------------------------------------------------------------------------------------

    def _mouse(self, event: QMouseEvent) -> bool:
        place = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._press = (place, self.table.rowAt(place.y()))
        elif event.type() == QEvent.Type.MouseMove and self._press is not None:
            return self._drag(place)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            return self._drop(place)
        return False

    def _drag(self, place: QPoint) -> bool:
        if self._press is None or self._press[1] < 0:
            return False
        far = (place - self._press[0]).manhattanLength() >= QApplication.startDragDistance()
        if not self._dragging and (not far or self.table.horizontalHeader().sortIndicatorSection() >= 0):
            return False
        if not self._dragging:
            self._dragging = True
            self.table.hold(True)
        top = self._target(place) * self.theme.density.row - self.table.verticalScrollBar().value()
        self._line.setGeometry(0, max(0, top - 1), self.table.viewport().width(), 2)
        self._line.show()
        return True

    def _drop(self, place: QPoint) -> bool:
        press, self._press = self._press, None
        if not self._dragging or press is None:
            return False
        self._dragging = False
        self._line.hide()
        source = self._rows.row_at(press[1])
        target = self._target(place)
        self.table.hold(False)
        self._model.move(source.place, target)
        return True

    def _target(self, place: QPoint) -> int:
        """The gap between two rows that lies nearest."""
        height = self.theme.density.row
        gap = round((place.y() + self.table.verticalScrollBar().value()) / height)
        return max(0, min(gap, self._rows.rowCount()))


class _AddBar(QWidget):
    """The field for a new symbol with room for a refusal; hidden until somebody types."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = FieldEdit(theme, "Symbol to watch", placeholder="Symbol", unit="Enter adds", tip="Symbol to watch")
        self._words = TextLabel(theme, role="small", ink="danger", wrap=True)
        self._words.hide()
        column = QVBoxLayout(self)
        inset = theme.px(10)
        column.setContentsMargins(inset, theme.px(6), inset, theme.px(6))
        column.setSpacing(theme.px(4))
        line = QHBoxLayout()
        line.addWidget(self.field)
        column.addLayout(line)
        column.addWidget(self._words)
        self.field.installEventFilter(self)
        self.field.textEdited.connect(lambda _: self._forgive())
        self.hide()

    def open(self, text: str) -> None:
        """Show the field with ``text`` typed."""
        self._forgive()
        self.field.setText(text)
        self.show()
        self.field.setFocus()

    def shut(self) -> None:
        """Hide the field."""
        self.hide()
        self.field.clear()

    def refuse(self, sentence: str) -> None:
        """Say why the symbol cannot be added."""
        if self.isVisible():
            self.field.set_error(True)
            self._words.setText(sentence)
            self._words.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.shut()
            return True
        return super().eventFilter(watched, event)

    def _forgive(self) -> None:
        self.field.set_error(False)
        self._words.hide()
