"""About the program: version, what it is made of, the whole legal notice, and where help is."""

import platform
from pathlib import Path

from PySide6 import __version__ as binding_version
from PySide6.QtCore import QSize, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.version import __version__
from legend_desktop.views.dialogs.help_page import HelpPage, read_help
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button
from legend_desktop.views.widgets.labels import Rule, TextLabel
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl

SIZE = QSize(680, 600)
_TABS = (("legal", "Legal notice"), ("licences", "Licences"), ("support", "Where to get help"))
_PURPOSE = "A trading desk for one active trader: orders sized by risk, nothing lost or doubled, true costs."


def version_lines() -> tuple[str, str]:
    """The program's version, and what it runs on; what somebody who helps wants to know."""
    ground = f"Python {platform.python_version()}, Qt {qVersion()}, PySide6 {binding_version}"
    return f"Version {__version__}", f"{ground}, {platform.system()} {platform.machine()}"


class AboutDialog(QDialog):
    """Not modal; Esc closes it. Signal ``action_wanted`` carries the id of an action from a link."""

    action_wanted = Signal(str)

    def __init__(self, theme: Theme, resources: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._resources = resources
        self.setWindowTitle("About Legend Desktop")
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.Tool, True)
        self.page = HelpPage(theme, "About text")
        self.page.page_wanted.connect(self.show_page)
        self.page.action_wanted.connect(self.action_wanted)
        self.page.licence_wanted.connect(self._show_licence)
        self.tabs = SegmentedControl(theme, "About", [Segment(name, words) for name, words in _TABS])
        self.tabs.changed.connect(self.show_page)
        words = "Copy these lines for somebody who helps you"
        self.copy_button = Button(theme, "Copy version", icon="copy", tip=words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(Rule(theme))
        column.addWidget(self.page, 1)
        self.resize(theme.px(SIZE.width()), theme.px(SIZE.height()))
        self.show_page(_TABS[0][0])
        self.tabs.button(_TABS[0][0]).setFocus()

    def show_page(self, name: str) -> None:
        """Show a page of the help; those without a tab leave all tabs unchosen. Raises ``OSError`` for no page."""
        self.tabs.set_current(name)
        self.page.show_markdown(read_help(self._resources, name))

    def _head(self) -> QVBoxLayout:
        theme = self._theme
        version, ground = version_lines()
        head = QVBoxLayout()
        inset = theme.px(16)
        head.setContentsMargins(inset, theme.px(14), inset, theme.px(12))
        head.setSpacing(theme.px(3))
        top = QHBoxLayout()
        top.setSpacing(theme.px(12))
        top.addWidget(TextLabel(theme, "Legend Desktop", role="figure", weight=600))
        top.addStretch(1)
        self.copy_button.clicked.connect(
            lambda _=False: QGuiApplication.clipboard().setText(f"Legend Desktop. {version}. {ground}")
        )
        top.addWidget(self.copy_button)
        head.addLayout(top)
        head.addWidget(TextLabel(theme, version, role="field", weight=600))
        head.addWidget(TextLabel(theme, ground, ink="text.secondary", wrap=True))
        head.addWidget(TextLabel(theme, _PURPOSE, ink="text.secondary", wrap=True))
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.px(8), 0, 0)
        row.addWidget(self.tabs)
        head.addLayout(row)
        return head

    def _show_licence(self, folder: str) -> None:
        self.page.show_plain((self._resources / folder / "LICENSE.txt").read_text(encoding="utf-8"))
