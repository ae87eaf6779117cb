"""Keys of whichever table has the keyboard: filter, columns, copy, export, open, next and previous row."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.views.widgets.data_table import DataTable

Tell = Callable[[str], None]


class TableActions:
    """Finds the table with the keyboard and does what its keys say."""

    def __init__(self, window: QWidget, tell: Tell) -> None:
        """``tell`` is given a sentence about an export that went well or not."""
        self._window = window
        self._tell = tell

    def register(self, router: ActionRouter) -> None:
        """Take over the ids of tables and rows."""
        handlers: dict[str, Callable[[], object]] = {
            "table.filter": self.filter,
            "table.columns": self.columns,
            "table.copy": lambda: self._with_table(DataTable.copy_selection),
            "table.export": self.export,
            "row.open": lambda: self._press(Qt.Key.Key_Return),
            "row.next": lambda: self._press(Qt.Key.Key_J),
            "row.previous": lambda: self._press(Qt.Key.Key_K),
        }
        for action_id, handler in handlers.items():
            router.register(action_id, handler, enabled=lambda: self.table() is not None)

    def table(self) -> DataTable | None:
        """The table that has the keyboard."""
        widget: QWidget | None = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, DataTable):
            widget = widget.parentWidget()
        return widget

    def filter(self) -> None:
        """Open the filter of the panel around the table, where it has one."""
        widget: QWidget | None = self.table()
        while widget is not None:
            toggle = getattr(widget, "toggle_filter", None) or getattr(widget, "focus_filter", None)
            if callable(toggle):
                toggle()
                return
            widget = widget.parentWidget()

    def columns(self) -> None:
        """The list of columns, to show and hide them."""
        table = self.table()
        if table is not None:
            menu = QMenu(table)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(table.column_actions())
            menu.popup(table.mapToGlobal(QPoint(0, 0)))

    def export(self) -> None:
        """Write every row of the table to a file that the person names."""
        table = self.table()
        if table is None:
            return
        dialog = QFileDialog(self._window, f"Export {table.accessibleName()}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("Comma-separated values (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = table.rows_as_csv()
        dialog.fileSelected.connect(lambda name: self._write(Path(name), text))
        dialog.open()

    def _write(self, path: Path, text: str) -> None:
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            self._tell(f"{path} cannot be written ({error.strerror or error}). Choose another place.")
        else:
            self._tell(f"The table was written to {path}.")

    def _with_table(self, call: Callable[[DataTable], object]) -> None:
        table = self.table()
        if table is not None:
            call(table)

    def _press(self, key: Qt.Key) -> None:
        """Let the table handle its own key: it knows rows, editors and fixed columns."""
        table = self.table()
        if table is not None:
            table.keyPressEvent(QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))
