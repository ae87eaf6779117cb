"""Column headings: 11-px words in tertiary ink, aligned as their column, a caret on the sorted one."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from legend_desktop.views.models.columns import Align
from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.theme import Theme

_SPARE = 3


class TableHeader(QHeaderView):
    """Paints its sections itself; a press sorts, an edge drags, a double press on an edge fits once."""

    def __init__(self, theme: Theme, model: RowTableModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._model = model
        self.edge_column = -1
        self.edge = 0
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setMinimumSectionSize(theme.px(16))
        self.setStretchLastSection(False)

    def sizeHint(self) -> QSize:
        """Fixed height."""
        return QSize(super().sizeHint().width(), self._theme.density.header_row)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """Paint one heading."""
        theme = self._theme
        column = self._model.columns[logicalIndex]
        painter.fillRect(rect, theme.color("bg.panel"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line.hair"))
        right = column.align is Align.RIGHT
        first = logicalIndex == 0
        edge = self.edge if logicalIndex == self.edge_column else 0
        room = rect.adjusted(theme.px(10 if first else 5), 0, -theme.px(5) - edge, 0)
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == logicalIndex:
            room = self._paint_caret(painter, room, right=right, title=column.title)
        room = room.adjusted(-_SPARE if right else 0, 0, 0 if right else _SPARE, 0)
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.color("text.tertiary"))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        metrics = theme.metrics("small", 500)
        text = metrics.elidedText(column.title, Qt.TextElideMode.ElideRight, max(room.width(), 4))
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_caret(self, painter: QPainter, room: QRect, *, right: bool, title: str) -> QRect:
        """Draw the sort glyph beside the title and return the room left for the words."""
        theme = self._theme
        size = theme.px(10)
        width = theme.metrics("small", 500).horizontalAdvance(title)
        ascending = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        if room.width() < width + size + 2:
            return room
        left = room.right() + 1 - width - size - 2 if right else room.x() + width + 2
        place = QRect(left, room.y() + (room.height() - size) // 2, size, size)
        theme.paint_icon(painter, "sort-ascending" if ascending else "sort-descending", place, "text.tertiary")
        return room
