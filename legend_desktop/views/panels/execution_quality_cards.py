"""The headline cells of Execution quality: 82 px high, divided by hairlines, folded into rows where it is narrow."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from legend_desktop.domain.formatting import MISSING
from legend_desktop.viewmodels.execution_quality_cards import QualityCard
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.spans import Span, paint_spans

CELL_HEIGHT = 82
_NARROWEST = 136
_INSET = 12


class QualityCell(QWidget):
    """One headline cell: label, figure with unit, third line or badge."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._card: QualityCard | None = None
        theme.changed.connect(self.update)

    def show_card(self, card: QualityCard) -> None:
        """Show ``card``."""
        if card == self._card:
            return
        self._card = card
        self.setAccessibleName(card.title)
        self.setAccessibleDescription(card.spoken)
        self.setToolTip(card.spoken)
        self.update()

    @property
    def card(self) -> QualityCard | None:
        """What is shown."""
        return self._card

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the three lines."""
        card = self._card
        if card is None:
            return
        theme = self._theme
        painter = QPainter(self)
        inset = theme.px(_INSET)
        width = self.width() - inset - theme.px(6)
        small, tall = theme.line_height("small"), theme.line_height("card")
        top = theme.px(9)
        label = QRect(inset, top, width, small)
        figure = QRect(inset, label.bottom() + 1, width, tall)
        note = QRect(inset, figure.bottom() + theme.px(3), width, small)
        paint_spans(theme, painter, label, (Span(card.title, "text.secondary"),), role="small", gap=0)
        ink = "text.tertiary" if card.figure == MISSING else "text.primary"
        parts = [Span(card.figure, ink, 600)]
        if card.unit and card.figure != MISSING:
            parts.append(Span(card.unit, "text.tertiary", role="small"))
        paint_spans(theme, painter, figure, parts, role="card", gap=theme.px(4))
        third = [Span(card.badge, "warning", 600)] if card.badge else []
        words = card.note or card.reason
        if words:
            third.append(Span(words, "text.tertiary"))
        paint_spans(theme, painter, note, third, role="small", gap=theme.px(6))
        painter.end()


class CardStrip(QWidget):
    """The cells in one row, or in two or four rows where there is no room; hairlines between them.

    Where it is too low for all rows, the first cells stay.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cells: list[QualityCell] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self._arrange)

    def show_cards(self, cards: Sequence[QualityCard]) -> None:
        """Show ``cards`` from left to right."""
        while len(self._cells) < len(cards):
            cell = QualityCell(self._theme, self)
            cell.show()
            self._cells.append(cell)
        for cell, card in zip(self._cells, cards, strict=False):
            cell.show_card(card)
        self._arrange()

    @property
    def cells(self) -> list[QualityCell]:
        """The cells, left to right and top to bottom."""
        return list(self._cells)

    @property
    def rows(self) -> int:
        """How many rows the cells take at this width."""
        return -(-len(self._cells) // self._columns())

    @property
    def full_height(self) -> int:
        """Height of all rows at this width."""
        return max(1, self.rows) * self._theme.px(CELL_HEIGHT)

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(self._theme.px(_NARROWEST) * 4, self.full_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the cells into the width."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the hairlines."""
        painter = QPainter(self)
        line = self._theme.color("line.hair")
        tall = self._theme.px(CELL_HEIGHT)
        for row in range(1, self.rows + 1):
            painter.fillRect(QRect(0, row * tall - 1, self.width(), 1), line)
        for cell in self._cells[1:]:
            if cell.x() > 0 and cell.isVisibleTo(self):
                painter.fillRect(QRect(cell.x(), cell.y(), 1, tall), line)
        painter.end()

    def _columns(self) -> int:
        room = max(1, self.width() // self._theme.px(_NARROWEST))
        return next((count for count in (8, 4, 2) if count <= room), 1)

    def _arrange(self) -> None:
        columns, tall = self._columns(), self._theme.px(CELL_HEIGHT)
        for place, cell in enumerate(self._cells):
            row, column = divmod(place, columns)
            left = column * self.width() // columns
            cell.setGeometry(left, row * tall, (column + 1) * self.width() // columns - left, tall)
            cell.setVisible(row == 0 or (row + 1) * tall <= self.height())
        if (self.minimumHeight(), self.maximumHeight()) != (tall, self.full_height):
            self.setMinimumHeight(tall)
            self.setMaximumHeight(self.full_height)
            self.updateGeometry()
        self.update()
