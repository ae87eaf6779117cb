"""A paragraph that wraps like text and holds key caps between its words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import key_cap_height, key_cap_width, paint_key_cap


@dataclass(frozen=True, slots=True)
class Cap:
    """A key inside a paragraph; ``after`` is the punctuation that must not be parted from it."""

    key: str
    after: str = ""


Piece = Cap | str


class FlowText(QWidget):
    """Words and key caps, wrapped to the width; its height follows."""

    def __init__(
        self,
        theme: Theme,
        pieces: Sequence[Piece] = (),
        *,
        role: str = "body",
        ink: str = "text.secondary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._ink = ink
        self._pieces: tuple[Piece, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._on_theme)
        self.set_pieces(pieces)

    def set_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show these words and keys."""
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self.setAccessibleName(self.text())
            self._on_theme()

    def text(self) -> str:
        """The paragraph in plain words."""
        words = [f"{piece.key}{piece.after}" if isinstance(piece, Cap) else piece for piece in self._pieces]
        return " ".join(words)

    def heightForWidth(self, width: int) -> int:
        """Height of the wrapped paragraph."""
        return max((place.bottom() + 1 for place, _ in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """A comfortable width with its height."""
        width = self._theme.px(360)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Narrow is possible: it wraps."""
        return QSize(self._theme.px(120), self._line())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint words and caps."""
        painter = QPainter(self)
        metrics, font = self._theme.metrics(self._role), self._theme.font(self._role)
        ink = self._theme.color(self._ink)
        cap = key_cap_height(self._theme)
        painter.setFont(font)
        painter.setPen(ink)
        for place, piece in self._places(self.width()):
            base = place.y() + (place.height() + metrics.ascent() - metrics.descent()) // 2
            if isinstance(piece, str):
                painter.drawText(place.x(), base, piece)
                continue
            width = key_cap_width(self._theme, piece.key)
            box = QRect(place.x(), place.y() + (place.height() - cap) // 2, width, cap)
            paint_key_cap(self._theme, painter, box, piece.key, ink)
            painter.drawText(place.x() + width + 1, base, piece.after)
        painter.end()

    def _line(self) -> int:
        return self._theme.line_height(self._role) + self._theme.px(2)

    def _places(self, width: int) -> Iterator[tuple[QRect, Piece]]:
        """Every word and cap with its place."""
        metrics, line = self._theme.metrics(self._role), self._line()
        gap = metrics.horizontalAdvance(" ")
        left, top = 0, 0
        for piece in _tokens(self._pieces):
            if isinstance(piece, Cap):
                need = key_cap_width(self._theme, piece.key) + 1 + metrics.horizontalAdvance(piece.after)
            else:
                need = metrics.horizontalAdvance(piece)
            if left and left + need > width:
                left, top = 0, top + line
            yield QRect(left, top, need, line), piece
            left += need + gap

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


def _tokens(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if isinstance(piece, Cap):
            yield piece
        else:
            yield from piece.split()
