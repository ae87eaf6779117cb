"""The list of keys: a window beside the desk that can stay open while trading, with a search field."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from legend_desktop.viewmodels.key_map import KeyMap
from legend_desktop.viewmodels.keys_help import HelpRow, help_rows, matching
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.notice import Notice, NoticeKind

SIZE = QSize(760, 640)


class KeysHelp(QDialog):
    """Every action with its key, by heading. Not modal: the desk works on."""

    def __init__(self, theme: Theme, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[HelpRow] = []
        self.setWindowTitle("Keys and commands")
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.Tool, True)
        self._search = FieldEdit(theme, "Search keys", placeholder="Search: close, F2, armed, stop …")
        self._search.textChanged.connect(self._refresh)
        self._count = TextLabel(theme, role="small", ink="text.secondary")
        self._problems = Notice(theme, NoticeKind.PLAIN, "", "")
        self._tree = QTreeWidget()
        describe(self._tree, "Keys by heading")
        describe(self._tree.header(), "Column titles")
        self._build()
        self.set_keys(keys)

    def _build(self) -> None:
        tree = self._tree
        tree.setColumnCount(3)
        tree.setHeaderLabels(["What it does", "Key or words", "When"])
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setIndentation(0)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        layout = QVBoxLayout(self)
        for widget in (self._search, self._problems, tree, self._count):
            layout.addWidget(widget)
        self._theme.changed.connect(self._restyle)
        self._restyle()
        self.resize(self._theme.px(SIZE.width()), self._theme.px(SIZE.height()))

    def _restyle(self) -> None:
        inset = self._theme.px(12)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(inset, inset, inset, inset)
            layout.setSpacing(self._theme.px(8))
        for column, width in enumerate((290, 240, 180)):
            self._tree.setColumnWidth(column, self._theme.px(width))
        self._refresh()

    # --- content -------------------------------------------------------------------------------------------------

    def set_keys(self, keys: KeyMap) -> None:
        """Show this key map, with its problems on top."""
        self._rows = help_rows(keys)
        sentences = [problem.sentence for problem in keys.problems]
        self._problems.setVisible(bool(sentences))
        if sentences:
            count = len(sentences)
            title = f"{count} {'line' if count == 1 else 'lines'} about your keys"
            self._problems.set_notice(NoticeKind.PLAIN, title, "\n".join(sentences), icon="warning")
        self._refresh()

    def search(self, words: str) -> None:
        """Show what fits ``words``, ready to type more."""
        self._search.setText(words)
        self._search.setFocus()
        self._search.selectAll()

    def shown_rows(self) -> list[HelpRow]:
        """The rows on screen, in order."""
        return matching(self._rows, self._search.text())

    def _refresh(self) -> None:
        self._tree.clear()
        heading = ""
        rows = self.shown_rows()
        for row in rows:
            if row.heading != heading:
                heading = row.heading
                self._tree.addTopLevelItem(self._heading_item(heading))
            self._tree.addTopLevelItem(self._item(row))
        for place in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(place)
            if item is not None and item.data(0, Qt.ItemDataRole.UserRole) == "heading":
                self._tree.setFirstColumnSpanned(place, self._tree.rootIndex(), True)
        total = len(self._rows)
        self._count.setText(f"{len(rows)} of {total}" if len(rows) < total else f"{total} entries")

    def _heading_item(self, heading: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([heading, "", ""])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setFont(0, self._theme.font("body", 600))
        item.setData(0, Qt.ItemDataRole.UserRole, "heading")
        item.setSizeHint(0, QSize(0, self._theme.density.row + self._theme.px(4)))
        return item

    def _item(self, row: HelpRow) -> QTreeWidgetItem:
        item = QTreeWidgetItem([row.title, row.key or "—", row.note])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        for column, ink in enumerate(("text.primary", "text.primary", "warning" if row.off else "text.secondary")):
            item.setForeground(column, self._theme.color(ink))
        item.setSizeHint(0, QSize(0, self._theme.density.row))
        for column in range(3):
            item.setToolTip(column, item.text(column))
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the search field must not close the list."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return
        super().keyPressEvent(event)
