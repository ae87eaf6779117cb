"""The whole legal notice in a window of its own, beside the desk."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.views.dialogs.help_page import HelpPage, read_help
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.labels import Rule

SIZE = QSize(660, 640)


class LegalNotice(QDialog):
    """Not modal. With ``ask`` it has a button "I have read this"; ``accepted_notice`` follows its press."""

    accepted_notice = Signal()

    def __init__(self, theme: Theme, resources: Path, parent: QWidget | None = None, *, ask: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle("Legal notice")
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.Tool, True)
        self.page = HelpPage(theme, "Legal notice")
        self.page.show_markdown(read_help(resources, "legal"))
        self.read_button = Button(theme, "I have read this", kind=ButtonKind.INK, tip="Take note of the legal notice")
        self.read_button.setVisible(ask)
        self.read_button.clicked.connect(lambda _=False: self._accept())
        self.close_button = Button(theme, "Close", tip="Close this window", key="Esc", show_key=False)
        self.close_button.clicked.connect(lambda _=False: self.close())
        foot = QHBoxLayout()
        inset = theme.px(16)
        foot.setContentsMargins(inset, theme.px(10), inset, theme.px(12))
        foot.setSpacing(theme.px(8))
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.read_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addWidget(Rule(theme))
        column.addLayout(foot)
        (self.read_button if ask else self.close_button).setFocus()
        self.resize(theme.px(SIZE.width()), theme.px(SIZE.height()))

    def stop_asking(self) -> None:
        """The notice was accepted elsewhere."""
        self.read_button.hide()

    def _accept(self) -> None:
        self.stop_asking()
        self.accepted_notice.emit()
        self.close()
