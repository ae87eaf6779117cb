"""The table of the desk: fixed rows, hairlines, right-aligned figures, flashes, keys, copy, columns that give way."""

import csv
import io
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyleOptionViewItem, QTableView, QWidget

from legend_desktop.views.models.table_model import RowTableModel
from legend_desktop.views.style import draw_focus_ring
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.column_fit import ColumnFit
from legend_desktop.views.widgets.frozen_column import FrozenColumn
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.table_delegate import CellDelegate
from legend_desktop.views.widgets.table_header import TableHeader

_FLASH_TICK_MS = 60


class DataTable(QTableView):
    """A view on a ``RowTableModel``.

    ``row_actions`` gives the context menu of a row. Signals: ``activated_row`` (Enter or double press) and
    ``current_changed`` carry the row object; ``layout_changed`` tells that widths or columns changed.
    """

    activated_row = Signal(object)
    current_changed = Signal(object)
    layout_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        model: RowTableModel,
        name: str,
        *,
        empty: EmptyState | None = None,
        frozen: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.rows_model = model
        self.hover_row = -1
        self.row_actions: Callable[[Any], list[QAction]] | None = None
        self._empty = empty
        self._frozen: FrozenColumn | None = None
        self._menu_open = False
        self.setAccessibleName(name)
        self.setHorizontalHeader(TableHeader(theme, model, self))
        self.horizontalHeader().setAccessibleName(f"{name}, headings")
        self.verticalHeader().setAccessibleName(f"{name}, rows")
        self.setModel(model)
        self._delegate = CellDelegate(theme, model, self)
        self.setItemDelegate(self._delegate)
        self._configure()
        self.fit = ColumnFit(theme, model, self)
        if empty is not None:
            empty.setParent(self.viewport())
        if frozen:
            self._frozen = FrozenColumn(self, self._delegate)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_FLASH_TICK_MS)
        self._ticker.timeout.connect(self._end_flashes)
        self._connect()
        self._restyle()
        self._show_empty()

    # Rows ------------------------------------------------------------------------------------------------------

    def selected_row(self) -> Any | None:
        """The current row object, if any row is chosen."""
        index = self.currentIndex()
        return self.rows_model.row_at(index.row()) if index.isValid() else None

    def selected_rows(self) -> list[Any]:
        """All chosen row objects from top to bottom."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.rows_model.row_at(row) for row in rows]

    def select_key(self, key: Hashable) -> bool:
        """Choose and show the row with this key; false where it is not here."""
        index = self.rows_model.index_of(key)
        if not index.isValid():
            return False
        self.setCurrentIndex(index.siblingAtColumn(self._first_shown()))
        return True

    def hold(self, on: bool) -> None:
        """Keep rows where they are while something is done to one of them (calls nest)."""
        self.rows_model.hold(on)

    # Copy and columns ------------------------------------------------------------------------------------------

    def selection_as_text(self) -> str:
        """The chosen rows as tab-separated raw values under a line of titles."""
        shown = [place for place in range(self.rows_model.columnCount()) if not self.isColumnHidden(place)]
        columns = [self.rows_model.columns[place] for place in shown]
        lines = ["\t".join(column.title for column in columns)]
        lines += ["\t".join(column.copied(row) for column in columns) for row in self.selected_rows()]
        return "\n".join(lines) + "\n"

    def rows_as_csv(self) -> str:
        """Every row with every column, raw values under a line of titles, as comma-separated values."""
        columns = self.rows_model.columns
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.title for column in columns])
        for place in range(self.rows_model.rowCount()):
            row = self.rows_model.row_at(place)
            writer.writerow([column.copied(row) for column in columns])
        return text.getvalue()

    def copy_selection(self) -> None:
        """Put the chosen rows on the clipboard."""
        if self.selectionModel().hasSelection():
            QGuiApplication.clipboard().setText(self.selection_as_text())

    def column_actions(self) -> list[QAction]:
        """Checkable entries that show and hide columns, for the "..." menu; the first column always stays."""
        actions = []
        for place, column in enumerate(self.rows_model.columns[1:], start=1):
            action = QAction(column.header_tip or column.title, self)
            action.setCheckable(True)
            action.setChecked(self.fit.wanted(place))
            action.toggled.connect(lambda on, place=place: self.fit.want(place, on))
            actions.append(action)
        return actions

    def inner(self, rect: QRect, column: int) -> QRect:
        """The room for text inside a cell: 5 px at both sides, 10 px at the left edge and the bar at the right."""
        left = self.theme.px(10 if column == 0 else 5)
        right = self.theme.px(5) + (self.fit.edge if column == self.fit.edge_column else 0)
        return rect.adjusted(left, 0, -right, 0)

    # Qt --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, J and K move, Copy copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
            return
        key = event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and event.modifiers() in {
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        }:
            self._activate(self.currentIndex())
            return
        if key in {Qt.Key.Key_J, Qt.Key.Key_K} and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._step(1 if key == Qt.Key.Key_J else -1)
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Off: letters are keys of the desk."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the actions of the row under the pointer; rows stay put while the menu is open."""
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if not index.isValid():
            return
        self.setCurrentIndex(index)
        menu = QMenu(self)
        if self.row_actions is not None:
            menu.addActions(self.row_actions(self.rows_model.row_at(index.row())))
            menu.addSeparator()
        copy = menu.addAction("Copy rows")
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.triggered.connect(lambda _=False: self.copy_selection())
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        self.open_menu(menu, place)

    def open_menu(self, menu: QMenu, place: QPoint) -> None:
        """Show ``menu`` without a nested loop, holding the rows until it closes."""
        self.hold(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(lambda: QTimer.singleShot(0, self, lambda: self.hold(False)))
        menu.popup(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Remember the row under the pointer."""
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Forget the row when the pointer leaves."""
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let columns give way or spread; keep the empty state in the middle."""
        super().resizeEvent(event)
        self.fit.apply()
        if self._empty is not None:
            self._empty.setGeometry(self.viewport().rect())
        if self._frozen is not None:
            self._frozen.place()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, a hairline under each, and the focus ring of the current one inside its row."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        self.paint_hairlines(painter, event.rect())
        index = self.currentIndex()
        if self.hasFocus() and index.isValid():
            row = self.visualRect(index)
            ring = QRect(0, row.y(), self.viewport().width(), row.height() - 1)
            draw_focus_ring(self.theme, painter, ring, 0)
        painter.end()

    def paint_hairlines(self, painter: QPainter, area: QRect) -> None:
        """Draw the line under every row that ``area`` touches."""
        first = self.rowAt(area.top())
        if first < 0:
            return
        height = self.theme.density.row
        bottom = self.rowViewportPosition(first) + height - 1
        rows = self.rows_model.rowCount() - first
        hair = self.theme.color("line.hair")
        for _ in range(min(rows, (area.bottom() - bottom) // height + 2)):
            painter.fillRect(area.x(), bottom, area.width(), 1, hair)
            bottom += height

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Tell which row is current."""
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.row() != previous.row() or not previous.isValid():
            self.current_changed.emit(self.rows_model.row_at(current.row()) if current.isValid() else None)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Repaint whole rows."""
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    # Inside ----------------------------------------------------------------------------------------------------

    def _configure(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _connect(self) -> None:
        model = self.rows_model
        model.flashed.connect(self._start_ticker)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._show_empty)
        self.doubleClicked.connect(self._activate)
        header = self.horizontalHeader()
        header.customContextMenuRequested.connect(self._header_menu)
        header.sectionHandleDoubleClicked.connect(self._fit_once)
        self.theme.changed.connect(self._restyle)

    def _restyle(self) -> None:
        density = self.theme.density
        self.verticalHeader().setMinimumSectionSize(density.row)
        self.verticalHeader().setDefaultSectionSize(density.row)
        self.horizontalHeader().setFixedHeight(density.header_row)
        self.fit.apply(again=True)
        self.viewport().update()

    def _first_shown(self) -> int:
        return next((i for i in range(self.rows_model.columnCount()) if not self.isColumnHidden(i)), 0)

    def _step(self, by: int) -> None:
        count = self.rows_model.rowCount()
        if count:
            here = self.currentIndex()
            row = min(count - 1, max(0, here.row() + by)) if here.isValid() else 0
            self.setCurrentIndex(self.rows_model.index(row, self._first_shown()))

    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated_row.emit(self.rows_model.row_at(index.row()))

    def _hover(self, row: int) -> None:
        if row == self.hover_row:
            return
        for changed in (self.hover_row, row):
            self._update_row(changed)
        self.hover_row = row

    def _update_row(self, row: int) -> None:
        if 0 <= row < self.rows_model.rowCount():
            self.viewport().update(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row))

    def _header_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addActions(self.column_actions())
        self.open_menu(menu, self.horizontalHeader().mapToGlobal(place))

    def _fit_once(self, column: int) -> None:
        rows = range(max(0, self.rowAt(0)), self.rows_model.rowCount())[:60]
        option = QStyleOptionViewItem()
        widths = [self._delegate.sizeHint(option, self.rows_model.index(row, column)).width() for row in rows]
        self.fit.set_width(column, max(widths, default=self.columnWidth(column)))

    def _start_ticker(self) -> None:
        if not self._ticker.isActive() and self.isVisible():
            self._ticker.start()

    def _end_flashes(self) -> None:
        for key, column in self.rows_model.flashes.expire():
            position = self.rows_model.position(key)
            if position is not None:
                self.update(self.rows_model.index(position, column))
        if not self.rows_model.flashes.running:
            self._ticker.stop()

    def _show_empty(self) -> None:
        if self._empty is not None:
            self._empty.setVisible(self.rows_model.rowCount() == 0)
