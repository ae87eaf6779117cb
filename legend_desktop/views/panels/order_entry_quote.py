"""The top of Order entry: the symbol with its list, and bid and ask, each a button that uses its price."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QStyle, QStyleOptionComboBox, QWidget

from legend_desktop.views.models.flashes import FLASH_NS, Flashes
from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import IconButton
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit

_FLASH_INK = {1: "flash.up", -1: "flash.down"}
_ARROW = {1: "▲", -1: "▼"}


@dataclass(frozen=True, slots=True)
class SideWords:
    """One side of the quote: price and size as text, and the price as a number for the flash."""

    price: str = "—"
    size: str = ""
    value: Decimal | None = None


class SymbolField(FieldEdit):
    """The symbol in capitals, with a list of the known ones behind its caret. ``chosen`` carries a new symbol."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, known: Callable[[], list[str]], parent: QWidget | None = None) -> None:
        super().__init__(
            theme,
            "Symbol",
            placeholder="Symbol",
            key="Ctrl+L",
            tip="Symbol; Enter loads it",
            identifier="focus.symbol",
            parent=parent,
        )
        self._known = known
        self._caret = IconButton(theme, "caret-down", "Known symbols", parent=self)
        self._caret.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._caret.setCursor(Qt.CursorShape.ArrowCursor)
        self._caret.clicked.connect(lambda _=False: self._open_list())
        self._menu = QMenu(self)
        self.textEdited.connect(self._to_capitals)
        self.editingFinished.connect(self._finish)
        theme.changed.connect(self._restyle)
        self._restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens the list; Escape with a half-typed symbol puts the old one back."""
        if event.key() == Qt.Key.Key_Down and not event.modifiers():
            self._open_list()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the caret at the right end."""
        super().resizeEvent(event)
        side = self.height() - 4
        self._caret.setGeometry(self.width() - side - 3, 2, side, side)

    def _restyle(self) -> None:
        self.setFont(self._theme.font("title", 600))
        self.setFixedWidth(self._theme.px(92))

    def _to_capitals(self, text: str) -> None:
        place = self.cursorPosition()
        self.setText(text.upper())
        self.setCursorPosition(place)
        self.setModified(True)

    def _finish(self) -> None:
        if self.isModified():
            self.setModified(False)
            self.chosen.emit(self.text())

    def _open_list(self) -> None:
        self._menu.clear()
        for symbol in self._known():
            self._menu.addAction(symbol).triggered.connect(lambda _=False, name=symbol: self.chosen.emit(name))
        if not self._menu.isEmpty():
            self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))


class ChoiceField(ComboField):
    """A drop-down whose words start where the words of the fields start."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint box and caret by the style, the words with the inset of a field."""
        theme = self._theme
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter = QPainter(self)
        self.style().drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option, painter, self)
        room = self.rect().adjusted(theme.px(9), 0, -theme.px(24), 0)
        painter.setFont(self.font())
        painter.setPen(theme.color("text.primary" if self.isEnabled() else "text.disabled"))
        text = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


class QuoteSide(QAbstractButton):
    """Bid or ask with its size; a press uses the price. A changed price flashes behind it."""

    def __init__(self, theme: Theme, side: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = side.capitalize()
        self._side = side
        self._key = key
        self._words = SideWords()
        self._stale = False
        self._flashes = Flashes(time.monotonic_ns)
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(FLASH_NS // 1_000_000 + 5)
        self._over.timeout.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        describe(self, self._title, tip=f"Use the {side} as the price", key=key, identifier=f"ticket.price_{side}")

    def set_words(self, words: SideWords, *, stale: bool) -> None:
        """Show a price and a size."""
        if (words, stale) == (self._words, self._stale):
            return
        seen = self.isVisible() and not stale and not self._stale
        if seen and self._flashes.note(0, 0, self._words.value, words.value):
            self._over.start()
        self._words, self._stale = words, stale
        size = f" for {words.size}" if words.size else ""
        self.setAccessibleName(f"{self._title} {words.price}{size}{', old' if stale else ''}")
        self.update()

    def forget(self) -> None:
        """Another symbol: its first price is no change."""
        self._flashes.clear()
        self._words = SideWords()

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight nothing flashes."""
        super().hideEvent(event)
        self._over.stop()

    def sizeHint(self) -> QSize:
        """A small line over a quote."""
        return QSize(self._theme.px(100), self._theme.px(45))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint ground, title, size and price."""
        theme = self._theme
        painter = QPainter(self)
        way = self._flashes.state(0, 0)
        if way and not theme.reduce_motion:
            painter.fillRect(self.rect(), theme.color(_FLASH_INK[way]))
        elif self.underMouse() and self.isEnabled():
            painter.fillRect(self.rect(), theme.color("bg.hover"))
        inset = theme.px(9)
        inside = self.rect().adjusted(inset, theme.px(4), -inset, 0)
        line = QRect(inside.x(), inside.y(), inside.width(), theme.line_height("small"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text.tertiary"))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self._title)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, self._words.size)
        below = QRect(inside.x(), line.bottom(), inside.width(), theme.line_height("quote"))
        painter.setFont(theme.font("quote"))
        painter.setPen(theme.color("stale" if self._stale else "text.primary"))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self._words.price)
        moved = self._flashes.way(0, 0)
        if theme.reduce_motion and moved and not self._stale:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), _ARROW[moved])
        if self.hasFocus():
            draw_focus_ring(theme, painter, self.rect(), 2)
        painter.end()


class QuoteBox(QWidget):
    """Bid and ask side by side in one frame. ``side_clicked`` carries ``bid`` or ``ask``."""

    side_clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.sides = {"bid": QuoteSide(theme, "bid", "Alt+Left"), "ask": QuoteSide(theme, "ask", "Alt+Right")}
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        for name, side in self.sides.items():
            side.clicked.connect(lambda _=False, wanted=name: self.side_clicked.emit(wanted))
            row.addWidget(side, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme)

    def set_quote(self, bid: SideWords, ask: SideWords, *, stale: bool) -> None:
        """Show both sides."""
        self.sides["bid"].set_words(bid, stale=stale)
        self.sides["ask"].set_words(ask, stale=stale)

    def forget(self) -> None:
        """Another symbol is shown from now on."""
        for side in self.sides.values():
            side.forget()

    def sizeHint(self) -> QSize:
        """Both sides with the frame."""
        return QSize(self._theme.px(200), self._theme.px(47))

    def minimumSizeHint(self) -> QSize:
        """Its height is fixed."""
        return QSize(self._theme.px(120), self._theme.px(47))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the frame and the line between the sides."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line.strong"), 1))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        middle = self.sides["bid"].geometry().right() + 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.drawLine(middle, 1, middle, self.height() - 2)
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
