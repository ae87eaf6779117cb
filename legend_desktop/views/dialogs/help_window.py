"""The help beside the desk: the shipped pages, a list of them, and a search through all."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from legend_desktop.views.dialogs.help_page import HelpPage, flat_sheet, read_help, title_of
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.field_edit import FieldEdit
from legend_desktop.views.widgets.labels import Rule, TextLabel

PAGES = (
    "first-steps",
    "order-types",
    "command-line",
    "keys",
    "risk",
    "connections",
    "journal",
    "reports",
    "unknown",
    "files",
    "support",
    "legal",
    "licences",
)
SIZE = QSize(860, 640)
LIST_WIDTH = 212
NO_LIMIT = (1 << 24) - 1  # Qt's own "no limit", which the binding does not name
_NAME = Qt.ItemDataRole.UserRole


class HelpWindow(QDialog):
    """Not modal: it can stay open while trading. Signal ``action_wanted`` carries the id of an action from a link."""

    action_wanted = Signal(str)

    def __init__(self, theme: Theme, resources: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._resources = resources
        self._texts = {name: read_help(resources, name) for name in PAGES}
        self.setWindowTitle("Help")
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.Tool, True)
        self._search = FieldEdit(theme, "Search the help", placeholder="Search: trailing, R, unknown …")
        self._search.textChanged.connect(self._on_search)
        self._search.returnPressed.connect(self._on_enter)
        self._count = TextLabel(theme, role="small", ink="text.secondary")
        self._list = QListWidget()
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._on_item)
        self._list.itemClicked.connect(self._on_item)
        describe(self._list, "Help pages")
        self._list.setToolTip("")  # a tip over a list of names would only hide the next one
        self.page = HelpPage(theme, "Help text")
        self.page.page_wanted.connect(self.show_page)
        self.page.action_wanted.connect(self.action_wanted)
        self.page.licence_wanted.connect(self._show_licence)
        self._build()
        self.show_page(PAGES[0])

    def _build(self) -> None:
        theme = self._theme
        left = QVBoxLayout()
        left.setContentsMargins(theme.px(12), theme.px(12), theme.px(8), theme.px(10))
        left.setSpacing(theme.px(8))
        for widget in (self._search, self._list, self._count):
            left.addWidget(widget)
        self._side = side = QWidget()
        side.setLayout(left)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        line = Rule(theme, upright=True)
        line.setMinimumHeight(0)
        line.setMaximumHeight(NO_LIMIT)
        row.addWidget(line)
        row.addWidget(self.page, 1)
        self.resize(theme.px(SIZE.width()), theme.px(SIZE.height()))
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self._side.setFixedWidth(self._theme.px(LIST_WIDTH))
        self._list.setStyleSheet(flat_sheet(self._theme, "QListWidget"))
        self._fill()

    # --- pages ---------------------------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Show the page ``name``; an unknown name leaves the present one. A search that hides the page ends."""
        if name not in self._texts:
            return
        if name not in self.shown_pages():
            self._search.clear()
        for row in range(self._list.count()):
            if self._list.item(row).data(_NAME) == name:
                self._list.setCurrentRow(row)

    def open_page(self, name: str) -> None:
        """Show the page in a window in front."""
        self.show_page(name)
        self.show()
        self.raise_()
        self.activateWindow()

    def current_page(self) -> str:
        """Name of the page on screen, empty where a search finds none."""
        row = self._list.currentRow()
        return str(self._list.item(row).data(_NAME)) if row >= 0 else ""

    def shown_pages(self) -> list[str]:
        """The pages in the list: all, or those with every word that is searched for."""
        words = self._search.text().lower().split()
        return [name for name in PAGES if all(word in self._texts[name].lower() for word in words)]

    def search(self, words: str) -> None:
        """Search for ``words``, ready to type more."""
        self._search.setText(words)
        self._search.setFocus()

    def _fill(self) -> None:
        current, names = self.current_page(), self.shown_pages()
        self._list.blockSignals(True)
        self._list.clear()
        for name in names:
            item = QListWidgetItem(title_of(self._texts[name]))
            item.setData(_NAME, name)
            item.setSizeHint(QSize(0, self._theme.density.row + self._theme.px(4)))
            self._list.addItem(item)
        self._list.blockSignals(False)
        if names:
            self._list.setCurrentRow(names.index(current) if current in names else 0)
        else:
            self._on_item()

    def _on_item(self, *_rows: object) -> None:
        name = self.current_page()
        text = self._texts.get(name, "# Nothing found\n\nNo page has these words. Try fewer, or other ones.")
        self.page.show_markdown(text)
        self._tell_matches()

    def _show_licence(self, folder: str) -> None:
        self.page.show_plain((self._resources / folder / "LICENSE.txt").read_text(encoding="utf-8"))

    # --- search --------------------------------------------------------------------------------------------------

    def _on_search(self) -> None:
        self._fill()
        self._tell_matches()

    def _on_enter(self) -> None:
        self.page.next_match()

    def _tell_matches(self) -> None:
        words = self._search.text().strip()
        found = self.page.find_words(words)
        if not words:
            self._count.setText("")
        elif not self.current_page():
            self._count.setText("no page")
        elif found == 1:
            self._count.setText("1 place on this page")
        else:
            self._count.setText(
                f"{found} places on this page, Enter goes on" if found else "the words stand apart here"
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the search field must not close the window; Esc does."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return
        super().keyPressEvent(event)
