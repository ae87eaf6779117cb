"""The picture of the chart and everything a hand does to it: zoom, pan, moving lines, drawing a bracket, reading."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QWidget

from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.chart_lines import ChartLine
from legend_desktop.views.panels.chart_axes import FixedAxis, dress, price_ticks, price_words, time_ticks
from legend_desktop.views.panels.chart_candles import CandleItem
from legend_desktop.views.panels.chart_ground import GroundItem
from legend_desktop.views.panels.chart_overlay import OverlayItem
from legend_desktop.views.panels.chart_scale import PITCHES, USUAL_PITCH, fitted, steady
from legend_desktop.views.panels.chart_state import ChartState, Sizes, place_lines
from legend_desktop.views.theme import Theme

_MARGIN = 78
_GRIP = 5
_LEAST_TICKS = 12
_STEP = 120
_AVERAGE_REACH = 0.35


class ChartPlot(pg.PlotWidget):  # type: ignore[misc]
    """Candles with lines. ``read`` says that another bar is under the pointer, ``menu_wanted`` where a menu belongs.

    A press on an own line drags it, a press elsewhere drags the picture; between ``start_bracket`` and the release
    of the button the first press is the entry and the drag goes to the stop.
    """

    read = Signal()
    menu_wanted = Signal(QPoint, float)
    bracket_changed = Signal(bool)

    def __init__(self, model: ChartViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            parent=parent, axisItems={"right": FixedAxis("right"), "bottom": FixedAxis("bottom")}, enableMenu=False
        )
        self.theme = theme
        self.state = ChartState()
        self._model = model
        self._pitch = USUAL_PITCH
        self._follow = True
        self._right = 0.0
        self._shown: tuple[str, int] = ("", 0)
        self._drag = ""
        self._pan_from: tuple[float, float] | None = None
        self._bracket_on = False
        self._bracket_from: float | None = None
        self._wheel = 0
        self._told: tuple[object, ...] = ()
        self._build()
        self._dress()
        theme.changed.connect(self._dress)
        model.changed.connect(self.refresh)

    def _build(self) -> None:
        plot: Any = self.getPlotItem()
        self._box: Any = plot.vb
        plot.hideAxis("left")
        plot.showAxis("right")
        plot.hideButtons()
        plot.layout.setContentsMargins(0, 0, 0, 0)
        plot.layout.setSpacing(0)
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setViewportUpdateMode(pg.QtWidgets.QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setMinimumHeight(120)
        self.setAccessibleName("Chart")
        self._ground = GroundItem(self._model, self.state, self.theme, plot)
        self._candles = CandleItem(self.theme)
        self._box.addItem(self._candles, ignoreBounds=True)
        self._overlay = OverlayItem(self._model, self.state, self.theme, plot)
        self._box.sigResized.connect(self.refresh)

    def _dress(self) -> None:
        plot: Any = self.getPlotItem()
        plot.getAxis("right").setWidth(self.theme.px(62))
        plot.getAxis("bottom").setHeight(self.theme.px(22))
        for name, offset in (("right", 8), ("bottom", 5)):
            dress(plot.getAxis(name), self.theme, offset=offset)
        self.setBackground(self.theme.color("bg.panel"))
        self._candles.forget()
        self.refresh()

    # ---- what is shown --------------------------------------------------------------------------------------------

    @property
    def follows(self) -> bool:
        """True while the newest bar stays in sight."""
        return self._follow

    @property
    def visible_bars(self) -> tuple[int, int]:
        """First and last bar in sight."""
        scale, series = self.state.scale, self._model.series
        return max(series.base, int(scale.left + 1)), min(series.end, int(scale.right))

    def refresh(self) -> None:
        """Read the view-model again and repaint."""
        if not self.isVisible():
            return
        model, series = self._model, self._model.series
        shown = (model.symbol, series.seconds)
        if shown != self._shown:
            self._shown, self._follow, self.state.ranged = shown, True, False
            self.state.reading = None
        rect = self._box.geometry()
        scale = self.state.scale.placed(rect.x(), rect.y(), rect.width(), rect.height())
        pitch = float(max(1, self.theme.px(PITCHES[self._pitch])))
        if self._follow:
            self._right = series.end + self.theme.px(_MARGIN) / pitch
        self.state.scale = scale.ending(self._right, pitch)
        self._fit_prices()
        self._make_ticks()
        self._place()
        self._show_prices()
        scale = self.state.scale
        self._box.setRange(xRange=(scale.left, scale.right), yRange=(scale.low, scale.high), padding=0)
        self._candles.show_series(series, pitch)
        self._ground.update()
        self._overlay.update()
        self._tell_readers()

    def _fit_prices(self) -> None:
        state = self.state
        first, last = self.visible_bars
        series = self._model.series
        bars = series.bars[first - series.base : last - series.base + 1] if first <= last else []
        lines = [float(line.price) for line in self._model.lines]
        if bars:
            span = (min(bar.low for bar in bars), max(bar.high for bar in bars))
            near = (span[1] - span[0]) * _AVERAGE_REACH
            average = series.vwaps[last - series.base]
            if series.has_vwap and span[0] - near <= average <= span[1] + near:
                lines.append(average)
        elif lines:
            span = (min(lines), max(lines))
        else:
            return
        if self._drag or self._bracket_from is not None:
            return
        least = float(self._model.tick_size(self._model.rounded(span[1]))) * _LEAST_TICKS
        wanted = fitted(span, lines, least)
        low, high = steady((state.scale.low, state.scale.high), wanted) if state.ranged else wanted
        state.ranged = bool(bars)
        state.scale = state.scale.ranged(low, high)

    def _make_ticks(self) -> None:
        scale, plot = self.state.scale, self.getPlotItem()
        tick = float(self._model.tick_size(self._model.rounded(max(scale.low, 0.0001))))
        prices = price_ticks(scale.low, scale.high, max(2, round(scale.height / self.theme.px(52))))
        self.state.price_ticks = price_words(prices, tick)
        series = self._model.series
        self.state.time_ticks = ()
        if series.bars:
            wanted = max(2, round(scale.width / self.theme.px(92)))
            first, last = int(scale.left) + 1, int(scale.right)
            self.state.time_ticks = time_ticks(series.start_of, (first, last), series.seconds, wanted)
        left, right = scale.x + self.theme.px(16), scale.x + scale.width
        plot.getAxis("bottom").set_fixed(
            [(float(index), text) for index, text in self.state.time_ticks if left < scale.x_of(index) <= right]
        )

    def _show_prices(self) -> None:
        """The words of the price axis, those left out that stand where an own line has its tag."""
        scale, half = self.state.scale, self.theme.px(7)
        tags = [row.tag for row in self.state.placed]
        ticks = [
            (value, text)
            for value, text in self.state.price_ticks
            if scale.y + half < scale.y_of(value) < scale.y + scale.height - half
            and not any(tag.top() - half < scale.y_of(value) < tag.bottom() + half for tag in tags)
        ]
        plot: Any = self.getPlotItem()
        plot.getAxis("right").set_fixed(ticks)

    def _place(self) -> None:
        theme = self.theme
        sizes = Sizes(theme.px(18), theme.px(16), theme.px(62), theme.px(7))
        width = theme.metrics("small", 500).horizontalAdvance
        lines = self._model.lines
        self.state.placed = place_lines(
            lines,
            self.state.scale,
            sizes,
            lambda words: width(theme.masked(words)),
            covered=self._candles_behind,
            sides=self.state.sides,
        )
        if self.state.selected and self._model.line(self.state.selected) is None:
            self.state.selected = ""

    def _candles_behind(self, box: QRectF) -> int:
        """How many candles a box of words would hide."""
        scale, series = self.state.scale, self._model.series
        first = max(series.base, scale.index_at(box.left()))
        low, high = scale.price_at(box.bottom()), scale.price_at(box.top())
        bars = series.bars[first - series.base : max(0, scale.index_at(box.right()) + 1 - series.base)]
        return sum(bar.low <= high and bar.high >= low for bar in bars)

    def _tell_readers(self) -> None:
        """The picture as one sentence; renewed with each bar and each line that comes or goes, not with each price."""
        told = (self._shown, self._model.series.revision, tuple(line.key for line in self._model.lines))
        if told != self._told:
            self._told = told
            self.setAccessibleDescription(self._model.sentence(*self.visible_bars))

    # ---- zoom, follow, notices ------------------------------------------------------------------------------------

    def zoom(self, steps: int, at: float | None = None) -> None:
        """Bars wider (above 0) or narrower; the bar at pixel ``at`` stays where it is, else the middle."""
        wanted = min(max(0, self._pitch + steps), len(PITCHES) - 1)
        if wanted == self._pitch:
            return
        scale = self.state.scale
        x = scale.x + scale.width / 2 if at is None else at
        held = scale.left + (x - scale.x) / scale.pitch
        self._pitch = wanted
        if not self._follow:
            self._right = held + (scale.x + scale.width - x) / max(1, self.theme.px(PITCHES[wanted]))
        self.state.ranged = False
        self.refresh()

    def follow(self) -> None:
        """Go to the newest bar and stay with it."""
        self._follow = True
        self.state.reading = None
        self.state.ranged = False
        self.refresh()
        self.read.emit()

    def say(self, sentence: str) -> None:
        """Show a sentence at the foot of the picture until the next press or key."""
        self.state.said = sentence
        self._overlay.update()
        if sentence:
            self._announce(sentence)

    def _scroll(self, bars: float) -> None:
        series = self._model.series
        scale = self.state.scale
        newest = series.end + self.theme.px(_MARGIN) / scale.pitch
        right = min(self._right + bars, newest + scale.width / scale.pitch / 2)
        self._right = max(right, series.base + 10.0)
        self._follow = abs(self._right - newest) < 0.5
        self.refresh()

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
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was pressed, or read the bar under the pointer."""
        place = event.position()
        scale = self.state.scale
        price = scale.price_at(min(max(place.y(), scale.y), scale.y + scale.height))
        if self._bracket_from is not None:
            self._model.draw_bracket(self._bracket_from, price)
        elif self._drag:
            self._model.move_to(self._drag, price)
        elif self._pan_from is not None:
            x, right = self._pan_from
            self._scroll(right - (place.x() - x) / scale.pitch - self._right)
        self._point(place)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        drag, self._drag = self._drag, ""
        self._pan_from = None
        if self._bracket_from is not None:
            self._set_drawing(False)
            self._model.end_bracket(keep=True)
        elif drag:
            self._model.release(drag)
        self._point(event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second press is a press."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: Any) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self.state.pointer = None
        self._overlay.update()
        self.read.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to zoom around the pointer; sideways, or with Shift, to scroll."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self._scroll(-(delta.x() or delta.y()) / _STEP * 5)
        else:
            self._wheel += delta.y()
            steps = int(self._wheel / _STEP)
            self._wheel -= steps * _STEP
            self.zoom(steps, event.position().x())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Orders at the price under the pointer, or at the chosen line."""
        scale = self.state.scale
        line = self._model.line(self.state.selected)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            last = self._model.head.last
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
        self._overlay.update()
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
            self._model.release(self.state.selected)
        elif key == Qt.Key.Key_Escape:
            self._give_up()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Nothing waits for it."""
        event.ignore()

    def _nudge(self, ticks: int) -> None:
        line = self._model.line(self.state.selected)
        if line is None or not line.movable:
            return
        self._model.move_to(line.key, line.price + ticks * self._model.tick_size(line.price))
        moved = self._model.line(line.key)
        if moved is not None:
            self._announce(f"{moved.words}, {moved.price}")

    def _step(self, bars: int) -> None:
        """Read another bar with the keys; the picture follows where it must."""
        series = self._model.series
        if not series.bars:
            return
        here = self.state.reading if self.state.reading is not None else series.end + 1
        self.state.reading = min(max(series.base, here + bars), series.end)
        first, last = self.visible_bars
        if self.state.reading < first:
            self._scroll(self.state.reading - first)
        elif self.state.reading > last:
            self._scroll(self.state.reading - last)
        self._overlay.update()
        self.read.emit()

    def _give_up(self) -> None:
        """Esc: end the drawing or the move; with nothing under way let go of line, reading and sentence."""
        if self._bracket_on:
            began = self._bracket_from is not None
            self._set_drawing(False)
            if began:
                self._model.end_bracket(keep=False)
        else:
            self._drag = ""
            self._model.put_back()
        self.state.reading = None
        self.say("")
        self.read.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes through the own lines from the top before it leaves the chart."""
        keys = [line.key for line in sorted(self._model.lines, key=lambda line: -line.price)]
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
            self._model.put_back()
        self._focused(False)

    def _focused(self, on: bool) -> None:
        self.state.focused = on
        self._overlay.update()
        if on:
            self.setAccessibleDescription(self._model.sentence(*self.visible_bars))

    def _select(self, key: str) -> None:
        if key == self.state.selected:
            return
        if self.state.selected:
            self._model.put_back()
        self.state.selected = key
        line = self._model.line(key)
        if line is not None:
            moves = ", arrow keys move it" if line.movable else ""
            self._announce(f"{line.words}, {line.price}{moves}")
        self._overlay.update()

    def _announce(self, words: str) -> None:
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()
