"""The picture of the chart: what part of the bars is in sight, its axes and layers. Hands come in ``chart_plot``."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from legend_desktop.domain.formatting import format_price
from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.views.panels.chart_axes import FixedAxis, dress, price_ticks, price_words, time_ticks
from legend_desktop.views.panels.chart_candles import CandleItem
from legend_desktop.views.panels.chart_ground import GroundItem
from legend_desktop.views.panels.chart_overlay import OverlayItem
from legend_desktop.views.panels.chart_scale import PITCHES, USUAL_PITCH, fitted, steady
from legend_desktop.views.panels.chart_state import OFF_SCALE_ARROWS, TAG_INSET, ChartState, Sizes, place_lines
from legend_desktop.views.theme import Theme

_MARGIN = 78
_LEAST_TICKS = 12
_AVERAGE_REACH = 0.35


class ChartCanvas(pg.PlotWidget):  # type: ignore[misc]
    """Candles with lines, zoomed and scrolled by whole steps. ``read`` says that another bar is read out."""

    read = Signal()

    def __init__(self, model: ChartViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            parent=parent, axisItems={"right": FixedAxis("right"), "bottom": FixedAxis("bottom")}, enableMenu=False
        )
        self.theme = theme
        self.state = ChartState()
        self.model = model
        self._pitch = USUAL_PITCH
        self._follow = True
        self._right = 0.0
        self._shown: tuple[str, int] = ("", 0)
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
        self._ground = GroundItem(self.model, self.state, self.theme, plot)
        self._candles = CandleItem(self.theme)
        self._box.addItem(self._candles, ignoreBounds=True)
        self._overlay = OverlayItem(self.model, self.state, self.theme, plot)
        self._box.sigResized.connect(self.refresh)

    def _dress(self) -> None:
        plot: Any = self.getPlotItem()
        self._size_axis()
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
        scale, series = self.state.scale, self.model.series
        return max(series.base, int(scale.left + 1)), min(series.end, int(scale.right))

    def refresh(self) -> None:
        """Read the view-model again and repaint."""
        if not self.isVisible():
            return
        model, series = self.model, self.model.series
        shown = (model.symbol, series.seconds)
        if shown != self._shown:
            self._shown, self._follow, self.state.ranged = shown, True, False
            self.state.reading, self.state.said = None, ""
        rect = self._box.geometry()
        scale = self.state.scale.placed(rect.x(), rect.y(), rect.width(), rect.height())
        pitch = float(max(1, self.theme.px(PITCHES[self._pitch])))
        if self._follow:
            self._right = series.end + self.theme.px(_MARGIN) / pitch
        self.state.scale = scale.ending(self._right, pitch)
        self._fit_prices()
        self._size_axis()
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
        series = self.model.series
        bars = series.bars[first - series.base : last - series.base + 1] if first <= last else []
        lines = [float(line.price) for line in self.model.lines]
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
        if self.state.held:
            return
        least = float(self.model.tick_size(self.model.rounded(span[1]))) * _LEAST_TICKS
        wanted = fitted(span, lines, least)
        low, high = steady((state.scale.low, state.scale.high), wanted) if state.ranged else wanted
        state.ranged = bool(bars)
        state.scale = state.scale.ranged(low, high)

    def _size_axis(self) -> None:
        """Room for the longest tag, an arrow and a price of as many figures as the highest one in sight."""
        top = self.model.rounded(max(self.state.scale.high, 100.0))
        digits = "".join("8" if letter.isdigit() else letter for letter in format_price(top))
        words = self.theme.metrics("small", 600).horizontalAdvance(f"{OFF_SCALE_ARROWS[-1]}{digits}")
        self.state.axis_width = max(self.theme.px(62), words + self.theme.px(TAG_INSET + 3))
        plot: Any = self.getPlotItem()
        if plot.getAxis("right").width() != self.state.axis_width:
            plot.getAxis("right").setWidth(self.state.axis_width)

    def _make_ticks(self) -> None:
        scale, plot = self.state.scale, self.getPlotItem()
        tick = float(self.model.tick_size(self.model.rounded(max(scale.low, 0.0001))))
        prices = price_ticks(scale.low, scale.high, max(2, round(scale.height / self.theme.px(52))))
        self.state.price_ticks = price_words(prices, tick)
        series = self.model.series
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
        sizes = Sizes(theme.px(18), theme.px(16), self.state.axis_width, theme.px(7))
        width = theme.metrics("small", 500).horizontalAdvance
        lines = self.model.lines
        self.state.placed = place_lines(
            lines,
            self.state.scale,
            sizes,
            lambda words: width(theme.masked(words)),
            covered=self._candles_behind,
            sides=self.state.sides,
        )
        if self.state.selected and self.model.line(self.state.selected) is None:
            self.state.selected = ""

    def _candles_behind(self, box: QRectF) -> int:
        """How many candles a box of words would hide."""
        scale, series = self.state.scale, self.model.series
        first = max(series.base, scale.index_at(box.left()))
        low, high = scale.price_at(box.bottom()), scale.price_at(box.top())
        bars = series.bars[first - series.base : max(0, scale.index_at(box.right()) + 1 - series.base)]
        return sum(bar.low <= high and bar.high >= low for bar in bars)

    def tell_now(self) -> None:
        """Give screen readers the picture of this moment."""
        self.setAccessibleDescription(self.model.sentence(*self.visible_bars))

    def announce(self, words: str) -> None:
        """Speak a sentence."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def repaint_lines(self) -> None:
        """Paint what lies over the candles anew."""
        self._overlay.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def _tell_readers(self) -> None:
        """The picture as one sentence; renewed with each bar and each line that comes or goes, not with each price."""
        told = (self._shown, self.model.series.revision, tuple(line.key for line in self.model.lines))
        if told != self._told:
            self._told = told
            self.tell_now()

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
            self.announce(sentence)

    def scroll(self, bars: float) -> None:
        """Go forward by a number of bars, back below 0; following begins at the newest and ends elsewhere."""
        series = self.model.series
        scale = self.state.scale
        newest = series.end + self.theme.px(_MARGIN) / scale.pitch
        right = min(self._right + bars, newest + scale.width / scale.pitch / 2)
        self._right = max(right, series.base + 10.0)
        self._follow = abs(self._right - newest) < 0.5
        self.refresh()
