"""Notices inside panels, hatched frames and empty states."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.labels import TextLabel


class NoticeKind(StrEnum):
    """Which left edge a notice has."""

    PLAIN = "plain"
    ALARM = "alarm"
    DANGER = "danger"
    UNKNOWN = "unknown"


_EDGES = {
    NoticeKind.PLAIN: "line.control",
    NoticeKind.ALARM: "alarm.fill",
    NoticeKind.DANGER: "danger",
    NoticeKind.UNKNOWN: "unknown",
}


class Notice(QWidget):
    """A sentence that belongs to this panel: coloured left edge, title, one or two sentences, buttons."""

    def __init__(
        self,
        theme: Theme,
        kind: NoticeKind = NoticeKind.PLAIN,
        title: str = "",
        text: str = "",
        *,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = kind
        self._icon = icon
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(theme.px(13 if not icon else 36), theme.px(7), theme.px(8), theme.px(7))
        grid.setVerticalSpacing(theme.px(1))
        self._title = TextLabel(theme, title, weight=600, wrap=True)
        self._text = TextLabel(theme, text, wrap=True)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(0, theme.px(3), 0, 0)
        self._buttons.setSpacing(theme.px(8))
        self._buttons.addStretch(1)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._text, 1, 0)
        grid.addLayout(self._buttons, 2, 0)
        theme.changed.connect(self.update)
        self.set_notice(kind, title, text, icon=icon)

    def set_notice(self, kind: NoticeKind, title: str, text: str, *, icon: str = "") -> None:
        """Change edge, title and sentence."""
        self._kind, self._icon = kind, icon
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        margins = self._grid.contentsMargins()
        margins.setLeft(self._theme.px(36 if icon else 13))
        self._grid.setContentsMargins(margins)
        self.setAccessibleName(f"{title} {text}".strip())
        self.update()

    def text(self) -> str:
        """Title and sentence."""
        return self.accessibleName()

    def add_button(
        self, text: str, on_click: Callable[[], None], *, key: str = "", kind: ButtonKind = ButtonKind.OUTLINE
    ) -> Button:
        """Append a button; its words are a verb with its object."""
        button = Button(self._theme, text, key=key, kind=kind)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _=False: on_click())
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def clear_buttons(self) -> None:
        """Take all buttons away."""
        while self._buttons.count() > 1:
            item = self._buttons.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground, left edge and glyph."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.notice"))
        edge = self._theme.color(_EDGES[self._kind])
        painter.fillRect(QRect(0, 0, 3, self.height()), edge)
        if self._icon:
            ink = "text.secondary" if self._kind is NoticeKind.PLAIN else _EDGES[self._kind]
            ink = "warning" if self._kind is NoticeKind.ALARM else ink
            size = self._theme.px(16)
            self._theme.paint_icon(painter, self._icon, QRect(self._theme.px(12), self._theme.px(8), size, size), ink)
        painter.end()


class HatchedFrame(QFrame):
    """A frame of hatch around something that nobody knows; its inside is ``unknown.bg``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.inside = QVBoxLayout(self)
        inset = theme.px(14)
        self.inside.setContentsMargins(inset + theme.px(4), inset, inset + theme.px(4), inset)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground and hatch."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("unknown.bg"))
        painter.fillRect(self.rect(), self._theme.hatch())
        edge = self._theme.px(9)
        painter.fillRect(self.rect().adjusted(edge, edge, -edge, -edge), self._theme.color("unknown.bg"))
        painter.end()


class EmptyState(QWidget):
    """What a panel shows while there is nothing: glyph, one bold line, one line of what to do."""

    def __init__(self, theme: Theme, icon: str, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_words(title, text)
        theme.changed.connect(self.update)

    def set_words(self, title: str, text: str) -> None:
        """Change both lines."""
        self._title, self._text = title, text
        self.setAccessibleName(f"{title}. {text}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the block in the middle, its lines left-aligned, wrapped where the panel is narrow."""
        theme = self._theme
        painter = QPainter(self)
        bold, body = theme.metrics("body", 600), theme.metrics("body")
        gap, glyph, line = theme.px(12), theme.px(16), theme.line_height("body")
        room = max(theme.px(80), self.width() - 2 * theme.px(16) - glyph - gap)
        wanted = max(bold.horizontalAdvance(self._title), body.horizontalAdvance(self._text)) + theme.px(4)
        width = min(room, wanted)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        height = body.boundingRect(QRect(0, 0, width, 1000), flags, self._text).height()
        left = max(theme.px(16), (self.width() - width - glyph - gap) // 2)
        top = max(0, (self.height() - line - height) // 2)
        middle = top + (line + height - glyph) // 2
        theme.paint_icon(painter, self._icon, QRect(left, middle, glyph, glyph), "text.tertiary")
        left += glyph + gap
        painter.setFont(theme.font("body", 600))
        painter.setPen(theme.color("text.primary"))
        painter.drawText(QRect(left, top, width, line), flags, self._title)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text.secondary"))
        painter.drawText(QRect(left, top + line, width, height + line), flags, self._text)
        painter.end()
