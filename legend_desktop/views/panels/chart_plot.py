"""Everything a hand does to the chart: zoom, pan, moving lines, drawing a bracket, reading bars with the keys."""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.chart_lines import ChartLine
from legend_desktop.views.panels.chart_canvas import ChartCanvas
from legend_desktop.views.theme import Theme

_GRIP = 5
_STEP = 120


class ChartPlot(ChartCanvas):
    """The canvas under mouse and keys. ``menu_wanted`` says where a menu belongs and at which price.

    A press on an own line drags it, a press elsewhere drags the picture; between ``start_bracket`` and the release
    of the button the first press is the entry and the drag goes to the stop.
    """

    menu_wanted = Signal(QPoint, float)
    bracket_changed = Signal(bool)

    def __init__(self, model: ChartViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(model, theme, parent)
        self._drag = ""
        self._pan_from: tuple[float, float] | None = None
        self._bracket_on = False
        self._bracket_from: float | None = None
        self._wheel = 0

    # ---- bracket --------------------------------------------------------------------------------------------------

    @property
    def drawing(self) -> bool:
        """True from ``start_bracket`` until the bracket is drawn or given up."""
        return self._bracket_on

    def start_bracket(self) -> None:
        """The next press is an entry, dragging from there goes to its stop."""
        self._set_drawing(True)
        self.setFocus()

    def _set_drawing(self, on: bool) -> None:
        self._bracket_from = None
        if on is not self._bracket_on:
            self._bracket_on = on
            self.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
            self.bracket_changed.emit(on)

    # ---- mouse ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag a line, the picture or a bracket."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.say("")
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        line = self.line_at(place)
        if self._bracket_on and self.state.scale.holds(place.x(), place.y()):
            self._bracket_from = self.state.scale.price_at(place.y())
        elif line is not None:
            self._select(line.key)
            self._drag = line.key if line.movable else ""
        elif self.state.scale.holds(place.x(), place.y()):
            self._select("")
            self._pan_from = (place.x(), self._right)
        self.state.held = bool(self._drag) or self._bracket_from is not None
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was pressed, or read the bar under the pointer."""
        place = event.position()
        scale = self.state.scale
        price = scale.price_at(min(max(place.y(), scale.y), scale.y + scale.height))
        if self._bracket_from is not None:
            self.model.draw_bracket(self._bracket_from, price)
        elif self._drag:
            self.model.move_to(self._drag, price)
        elif self._pan_from is not None:
            x, right = self._pan_from
            self.scroll(right - (place.x() - x) / scale.pitch - self._right)
        self._point(place)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        drag, self._drag = self._drag, ""
        self._pan_from = None
        self.state.held = False
        if self._bracket_from is not None:
            self._set_drawing(False)
            self.model.end_bracket(keep=True)
        elif drag:
            self.model.release(drag)
        self._point(event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second press is a press."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: Any) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self.state.pointer = None
        self.repaint_lines()
        self.read.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to zoom around the pointer; sideways, or with Shift, to scroll."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.scroll(-(delta.x() or delta.y()) / _STEP * 5)
        else:
            self._wheel += delta.y()
            steps = int(self._wheel / _STEP)
            self._wheel -= steps * _STEP
            self.zoom(steps, event.position().x())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Orders at the price under the pointer, or at the chosen line."""
        scale = self.state.scale
        line = self.model.line(self.state.selected)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            last = self.model.head.last
            price = float(line.price) if line is not None else float(last) if last is not None else None
            if price is None:
                return
            place = QPoint(int(scale.x + scale.width / 2), int(scale.y_of(price)))
            self.menu_wanted.emit(self.mapToGlobal(place), price)
        elif scale.holds(event.pos().x(), event.pos().y()):
            self.menu_wanted.emit(event.globalPos(), scale.price_at(event.pos().y()))
        event.accept()

    def line_at(self, place: QPointF) -> ChartLine | None:
        """The own line under a pixel: its words, its tag, or the line itself; movable ones first."""
        grip = self.theme.px(_GRIP)
        scale = self.state.scale
        for movable in (True, False):
            for row in reversed(self.state.placed):
                if row.line.movable is not movable:
                    continue
                on_line = not row.beyond and scale.x <= place.x() < scale.x + scale.width
                if row.box.contains(place) or row.tag.contains(place) or (on_line and abs(row.y - place.y()) <= grip):
                    return row.line
        return None

    def _point(self, place: QPointF) -> None:
        inside = self.state.scale.holds(place.x(), place.y())
        self.state.pointer = place if inside else None
        if not self._bracket_on:
            line = self.line_at(place)
            grabs = bool(self._drag) or (line is not None and line.movable)
            self.viewport().setCursor(Qt.CursorShape.SizeVerCursor if grabs else Qt.CursorShape.ArrowCursor)
        self.repaint_lines()
        self.read.emit()

    # ---- keys -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the chosen line or the reading, Enter sends, Esc puts back."""
        key = event.key()
        ten = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._nudge(ten if key == Qt.Key.Key_Up else -ten)
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self._step(ten if key == Qt.Key.Key_Right else -ten)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.state.selected and not event.isAutoRepeat():
            self.say("")
            self.model.release(self.state.selected)
        elif key == Qt.Key.Key_Escape:
            self._give_up()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Nothing waits for it."""
        event.ignore()

    def _nudge(self, ticks: int) -> None:
        line = self.model.line(self.state.selected)
        if line is None or not line.movable:
            return
        self.model.move_to(line.key, line.price + ticks * self.model.tick_size(line.price))
        moved = self.model.line(line.key)
        if moved is not None:
            self.announce(f"{moved.words}, {moved.price}")

    def _step(self, bars: int) -> None:
        """Read another bar with the keys; the picture follows where it must."""
        series = self.model.series
        if not series.bars:
            return
        here = self.state.reading if self.state.reading is not None else series.end + 1
        self.state.reading = min(max(series.base, here + bars), series.end)
        first, last = self.visible_bars
        if self.state.reading < first:
            self.scroll(self.state.reading - first)
        elif self.state.reading > last:
            self.scroll(self.state.reading - last)
        self.repaint_lines()
        self.read.emit()

    def _give_up(self) -> None:
        """Esc: end the drawing or the move; with nothing under way let go of line, reading and sentence."""
        if self._bracket_on:
            began = self._bracket_from is not None
            self._set_drawing(False)
            if began:
                self.model.end_bracket(keep=False)
        else:
            self._drag = ""
            self.model.put_back()
        self.state.held = False
        self.state.reading = None
        self.say("")
        self.read.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes through the own lines from the top before it leaves the chart."""
        keys = [line.key for line in sorted(self.model.lines, key=lambda line: -line.price)]
        if self.state.selected in keys:
            place = keys.index(self.state.selected) + (1 if forward else -1)
        else:
            place = 0 if forward else len(keys) - 1
        if 0 <= place < len(keys):
            self._select(keys[place])
            return True
        self._select("")
        return bool(super().focusNextPrevChild(forward))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the chosen line as such."""
        super().focusInEvent(event)
        self._focused(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A move that was not sent is undone."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and not self._drag:
            self.model.put_back()
        self._focused(False)

    def _focused(self, on: bool) -> None:
        self.state.focused = on
        self.repaint_lines()
        if on:
            self.tell_now()

    def _select(self, key: str) -> None:
        if key == self.state.selected:
            return
        if self.state.selected:
            self.model.put_back()
        self.state.selected = key
        line = self.model.line(key)
        if line is not None:
            moves = ", arrow keys move it" if line.movable else ""
            self.announce(f"{line.words}, {line.price}{moves}")
        self.repaint_lines()
