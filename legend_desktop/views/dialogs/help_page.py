"""One page of the shipped help: Markdown in the type and colours of the desk, with links and a search in the text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from legend_desktop.views.dialogs.order_sketches import SKETCHES, paint_sketch
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe

WEB = ("https",)
OBJECT = "\ufffc"  # stands in the text where a picture is
_HEADINGS = {1: ("quote", 600, 0, 8), 2: ("title", 600, 18, 4), 3: ("field", 600, 12, 2)}


def read_help(resources: Path, name: str) -> str:
    """The Markdown of the page ``name``. Raises ``OSError`` where it is not shipped."""
    return (resources / "help" / f"{name}.md").read_text(encoding="utf-8")


def title_of(markdown: str) -> str:
    """The words of the first heading."""
    return next((line.removeprefix("# ") for line in markdown.splitlines() if line.startswith("# ")), "")


def flat_sheet(theme: Theme, kind: str) -> str:
    """A style sheet for a text or list that lies on its window without an edge, but with the focus ring."""
    edge = f"2px solid {theme.hex('focus')}"
    return (
        f"{kind} {{ background: transparent; border: 2px solid transparent; border-radius: 0; }}"
        f"{kind}:focus {{ border: {edge}; }}"
    )


class HelpPage(QTextBrowser):
    """Shows a page. Links: ``help:NAME`` asks for another page, ``action:ID`` for an action, https opens a browser.

    Signals: ``page_wanted`` with a page name, ``action_wanted`` with an action id, ``licence_wanted`` with a folder of
    the resources whose licence text is to be shown.
    """

    page_wanted = Signal(str)
    action_wanted = Signal(str)
    licence_wanted = Signal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markdown = ""
        self._words = ""
        self._matches: list[QTextCursor] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.anchorClicked.connect(self.follow)
        describe(self, name)
        theme.changed.connect(self._on_theme)
        self._restyle()

    # --- content -------------------------------------------------------------------------------------------------

    def show_markdown(self, text: str) -> None:
        """Show ``text`` from its top."""
        self._markdown = text
        self._render()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def show_plain(self, text: str) -> None:
        """Show ``text`` as it is, such as the text of a licence."""
        self.show_markdown("")
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ARG002
        """Paint the sketches of order types; nothing else is loaded, from disk or from anywhere."""
        url = QUrl(name)
        if url.scheme() == "sketch" and url.path() in SKETCHES:
            return paint_sketch(self._theme, url.path(), self.devicePixelRatioF())
        return None

    def follow(self, url: QUrl) -> None:
        """Go where a link leads."""
        target = url.path()
        if url.scheme() == "help":
            self.page_wanted.emit(target)
        elif url.scheme() == "action":
            self.action_wanted.emit(target)
        elif url.scheme() == "licence":
            self.licence_wanted.emit(target)
        elif url.scheme() in WEB:
            QDesktopServices.openUrl(url)

    def viewportEvent(self, event: QEvent) -> bool:
        """No tool-tip over the text that is being read; its name is for screen readers."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().viewportEvent(event)

    # --- search --------------------------------------------------------------------------------------------------

    def find_words(self, words: str) -> int:
        """Mark every place of ``words`` and go to the first; returns how many there are."""
        self._words = words
        self._matches = list(self._find_all(words)) if words else []
        self._mark()
        if self._matches:
            self._go(self._matches[0])
        return len(self._matches)

    def next_match(self) -> None:
        """Go to the next marked place, from the last one to the first."""
        if self._matches:
            here = self.textCursor().selectionEnd()
            ahead = [row for row in self._matches if row.selectionEnd() > here]
            self._go(ahead[0] if ahead else self._matches[0])

    def _find_all(self, words: str) -> Iterator[QTextCursor]:
        cursor = QTextCursor(self.document())
        while True:
            cursor = self.document().find(words, cursor)
            if cursor.isNull():
                return
            yield cursor

    def _go(self, place: QTextCursor) -> None:
        self.setTextCursor(place)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(place).top() - self._theme.px(64))

    def _mark(self) -> None:
        form = QTextCharFormat()
        form.setBackground(self._theme.color("bg.selected"))
        form.setForeground(self._theme.color("text.primary"))
        form.setFontUnderline(True)
        rows = []
        for match in self._matches:
            row: Any = QTextEdit.ExtraSelection()
            row.cursor, row.format = match, form
            rows.append(row)
        self.setExtraSelections(rows)

    # --- look ----------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        theme = self._theme
        document = self.document()
        document.setDocumentMargin(theme.px(16))
        if self._markdown:
            document.setMarkdown(self._markdown, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
            self._dress(document)
        self.find_words(self._words)

    def _dress(self, document: QTextDocument) -> None:
        block = document.begin()
        while block.isValid():
            self._dress_block(block)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._dress_table(frame)

    def _dress_block(self, block: QTextBlock) -> None:
        theme = self._theme
        form = QTextBlockFormat()
        level = block.blockFormat().headingLevel()
        above, below = 0, 8
        if level in _HEADINGS:
            role, weight, above, below = _HEADINGS[level]
            self._set_font(block, _prose(theme.font(role, weight)))
        elif QTextCursor(block).currentTable() is not None:
            below = 0
        elif block.textList() is not None:
            below = 4
        elif OBJECT in block.text():
            below = 0
        elif block.previous().textList() is not None:
            above = 6
        form.setTopMargin(theme.px(above))
        form.setBottomMargin(theme.px(below))
        if OBJECT not in block.text():  # a picture keeps its own height
            form.setLineHeight(130, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        QTextCursor(block).mergeBlockFormat(form)
        self._dress_words(block)

    def _set_font(self, block: QTextBlock, font: QFont) -> None:
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        form = QTextCharFormat()
        form.setFont(font)
        cursor.setCharFormat(form)  # not merged: the heading's own size adjustment would win

    def _dress_words(self, block: QTextBlock) -> None:
        """Links are underlined ink, typed words stand on a field; slanted words become half-bold."""
        theme = self._theme
        for start, length, source in _fragments(block):
            form = QTextCharFormat()
            if source.isAnchor():
                form.setForeground(theme.color("text.primary"))
                form.setFontUnderline(True)
            elif source.fontFixedPitch():
                form.setFontFamilies(list(theme.families))
                form.setFontFixedPitch(False)
                form.setFontWeight(500)
                form.setBackground(theme.color("bg.notice"))
            elif source.fontItalic():
                form.setFontItalic(False)
                form.setFontWeight(600)
            else:
                continue
            cursor = QTextCursor(block)
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(form)

    def _dress_table(self, table: QTextTable) -> None:
        theme = self._theme
        form = QTextTableFormat(table.format())
        form.setCellSpacing(0)
        form.setCellPadding(theme.px(4))
        form.setBorderCollapse(True)
        form.setBorder(1)
        form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        form.setBorderBrush(theme.color("line.hair"))
        form.setTopMargin(theme.px(4))
        form.setBottomMargin(theme.px(8))
        form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        table.setFormat(form)

    def _restyle(self) -> None:
        self.setFont(_prose(self._theme.font("field")))
        self.setStyleSheet(flat_sheet(self._theme, "QTextBrowser"))

    def _on_theme(self) -> None:
        self._restyle()
        if self._markdown:
            self._render()


def _prose(font: QFont) -> QFont:
    """The font without tabular figures, whose hyphen is as wide as a figure."""
    own = QFont(font)
    own.setFeature(QFont.Tag("tnum"), 0)
    return own


def _fragments(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """Start, length and form of every run of like text."""
    rows = []
    iterator = block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        if fragment.isValid():
            rows.append((fragment.position(), fragment.length(), fragment.charFormat()))
        iterator += 1
    return rows
