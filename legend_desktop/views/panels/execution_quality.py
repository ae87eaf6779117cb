"""The Execution quality panel: what trading really cost, as headline cells, a histogram and a course over time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from legend_desktop.domain.formatting import format_bps, format_count
from legend_desktop.viewmodels.execution_quality import CostBoxes, ExecutionQualityViewModel
from legend_desktop.views.models.cost_orders_model import excluded_model, listed_model
from legend_desktop.views.panels.execution_quality_cards import CardStrip
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.access import describe
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.panel_header import PanelHeader
from legend_desktop.views.widgets.spans import Span, SpanLabel

if TYPE_CHECKING:
    from legend_desktop.views.panels.execution_quality_charts import HistogramPlot, SeriesPlot

_NOTHING_YET = ("No measured orders yet", "The cost of each order appears here once it has filled.")
_WAITING = ("Working out the figures", "They appear here in a moment.")
_SIDE_BY_SIDE = 620
_CHART_LEAST = 150


class ChartFrame(QWidget):
    """A title bar with mode word, summary and menu; under it the picture or, at wish, its numbers as text."""

    def __init__(self, theme: Theme, title: str, text: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._text = text
        self.setAutoFillBackground(True)
        self.header = PanelHeader(theme, title)
        self.header.menu_wanted.connect(self._fill_menu)
        self._mode = SpanLabel(theme, role="small")
        row = self.header.layout()
        if isinstance(row, QHBoxLayout):
            row.insertWidget(2, self._mode)
        self.legend = SpanLabel(theme, role="small", ink="text.secondary", gap=12)
        self.foot = SpanLabel(theme, role="small", gap=12)
        self.foot_right = SpanLabel(theme, role="small", right=True)
        self.table = QPlainTextEdit()
        self.table.setReadOnly(True)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setTabStopDistance(theme.px(92))
        self.table.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        describe(self.table, f"{title}, table", tip=f"The numbers of {title.lower()}")
        self._pages = QStackedWidget()
        self._picture = QWidget()
        self._place = QVBoxLayout(self._picture)
        self._pages.addWidget(self._picture)
        self._pages.addWidget(self.table)
        self._arrange()

    def set_picture(self, widget: QWidget) -> None:
        """Put the plot between legend and foot."""
        self._place.insertWidget(1, widget, 1)

    def set_summary(self, mode: Span, words: str) -> None:
        """Mode word and count in the title bar."""
        self._mode.set_parts(mode)
        self.header.set_summary(words)

    def show_table(self, on: bool) -> None:
        """Show the numbers as text instead of the picture."""
        self._pages.setCurrentWidget(self.table if on else self._picture)
        self.refresh_table()

    @property
    def shows_table(self) -> bool:
        """True while the numbers are shown."""
        return self._pages.currentWidget() is self.table

    def refresh_table(self) -> None:
        """Read the numbers again while they are shown."""
        if self.shows_table and self.table.toPlainText() != self._text():
            self.table.setPlainText(self._text())

    def copy(self) -> None:
        """Put the numbers on the clipboard."""
        QGuiApplication.clipboard().setText(self._text())

    def menu_actions(self) -> list[QAction]:
        """Table on or off, copy."""
        table = QAction("Table", self)
        table.setCheckable(True)
        table.setChecked(self.shows_table)
        table.toggled.connect(self.show_table)
        copy = QAction("Copy table", self)
        copy.triggered.connect(lambda _=False: self.copy())
        return [table, copy]

    def _fill_menu(self) -> None:
        self.header.menu.addActions(self.menu_actions())

    def _arrange(self) -> None:
        theme = self._theme
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.px(4), 0, theme.px(4), 0)
        foot.addWidget(self.foot, 1)
        foot.addWidget(self.foot_right, 1)
        self._place.setContentsMargins(theme.px(8), theme.px(6), theme.px(8), theme.px(6))
        self._place.setSpacing(theme.px(4))
        self._place.addWidget(self.legend)
        self._place.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._pages, 1)


class ExecutionQualityPanel(Panel):
    """Cells on top, pictures under them; below five orders a list; nothing is worked out while it is hidden."""

    def __init__(self, view_model: ExecutionQualityViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._histogram: HistogramPlot | None = None
        self._series: SeriesPlot | None = None
        self.cards = CardStrip(theme)
        self.excluded_link = Button(theme, "", kind=ButtonKind.QUIET, identifier="cost.excluded")
        self.excluded_link.setCheckable(True)
        self.excluded_link.toggled.connect(lambda _=False: self._choose_page())
        self.cost_frame = ChartFrame(theme, "Cost per order", view_model.histogram_text)
        self.time_frame = ChartFrame(theme, "Cost over time", view_model.series_text)
        self._listed = listed_model(self)
        self._excluded = excluded_model(self)
        self.orders = DataTable(theme, self._listed, "Orders with their cost")
        self.excluded = DataTable(theme, self._excluded, "Orders left out")
        self._empty = EmptyState(theme, "chart-bar", *_NOTHING_YET)
        self._charts = QWidget()
        self._charts.setAutoFillBackground(True)
        self._pages = QStackedWidget()
        # pictures must not keep a low dock from shrinking; they give way in resizeEvent
        self._pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._arrange()
        theme.changed.connect(self._restyle)
        self._restyle()
        view_model.changed.connect(self.refresh)
        view_model.progress_changed.connect(self._show_summary)
        self.refresh()

    def refresh(self) -> None:
        """Read everything from the view-model again."""
        model = self._model
        self._show_summary()
        self.cards.show_cards(model.cards)
        self.cards.setVisible(bool(model.cards) and not model.empty)
        self.excluded_link.setText(model.excluded)
        describe(self.excluded_link, model.excluded or "Nothing is excluded", tip="List the orders left out, and why")
        self.excluded_link.setVisible(bool(model.excluded))
        if not model.excluded:
            self.excluded_link.setChecked(False)
        self._listed.set_rows(model.orders)
        self._excluded.set_rows(model.excluded_orders)
        self._choose_page()

    def page(self) -> str:
        """What stands under the cells: ``empty``, ``list``, ``excluded`` or ``charts``."""
        names = {id(self._empty): "empty", id(self.orders): "list", id(self.excluded): "excluded"}
        return names.get(id(self._pages.currentWidget()), "charts")

    def menu_actions(self) -> list[QAction]:
        """Copy the numbers of what is shown."""
        found: list[QAction] = []
        for words, text in (
            ("Copy cost per order", self._model.histogram_text),
            ("Copy cost over time", self._model.series_text),
            ("Copy listed orders", self._model.orders_text),
        ):
            action = QAction(words, self)
            action.triggered.connect(lambda _=False, told=text: QGuiApplication.clipboard().setText(told()))
            found.append(action)
        return found[2:] if self._model.list_only else found[:2]

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: figures are worked out from now on."""
        super().showEvent(event)
        self._model.set_active(True)
        self._choose_page()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._model.set_active(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures stand side by side, or above each other where it is narrow; in a low panel the cells go first."""
        super().resizeEvent(event)
        narrow = self.width() < self.theme.px(_SIDE_BY_SIDE)
        layout = self._charts.layout()
        if isinstance(layout, QBoxLayout):
            layout.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        room = self.height() - self.cards.full_height
        self._pages.setVisible(room >= self.theme.px(_CHART_LEAST) or not self.cards.isVisibleTo(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops a long run."""
        if event.key() == Qt.Key.Key_Escape and self._model.progress:
            self._model.stop()
            return
        super().keyPressEvent(event)

    def _arrange(self) -> None:
        gutter = self.theme.px(4)
        charts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._charts)
        charts.setContentsMargins(0, gutter, 0, 0)
        charts.setSpacing(gutter)
        charts.addWidget(self.cost_frame, 1)
        charts.addWidget(self.time_frame, 1)
        for page in (self._empty, self.orders, self.excluded, self._charts):
            self._pages.addWidget(page)
        link = QHBoxLayout()
        link.setContentsMargins(self.theme.px(4), 0, 0, 0)
        link.addWidget(self.excluded_link)
        link.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.cards)
        column.addLayout(link)
        column.addWidget(self._pages, 1)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _restyle(self) -> None:
        """The gutters between the pictures are the window's own ground."""
        palette = self._charts.palette()
        palette.setColor(QPalette.ColorRole.Window, self.theme.color("bg.window"))
        self._charts.setPalette(palette)
        for frame in (self.cost_frame, self.time_frame):
            inner = frame.palette()
            inner.setColor(QPalette.ColorRole.Window, self.theme.color("bg.panel"))
            frame.setPalette(inner)

    def _mode_span(self) -> Span:
        return Span(self._model.mode_word, "paper.text" if self._model.is_paper else "live.text", 600)

    def _show_summary(self) -> None:
        self.set_summary(self._mode_span(), self._model.summary)

    def _choose_page(self) -> None:
        model = self._model
        if model.empty:
            self._empty.set_words(*(_WAITING if model.waiting else _NOTHING_YET))
            self._pages.setCurrentWidget(self._empty)
        elif self.excluded_link.isChecked():
            self._pages.setCurrentWidget(self.excluded)
        elif model.list_only:
            self._pages.setCurrentWidget(self.orders)
        else:
            self._pages.setCurrentWidget(self._charts)
            if self.isVisible():
                self._draw()

    def _draw(self) -> None:
        boxes = self._model.histogram
        if boxes is None:
            return
        histogram, series = self._plots()
        mode = self._mode_span()
        histogram.show_boxes(boxes)
        histogram.describe(self._model.histogram_sentence)
        self.cost_frame.set_summary(mode, f"{format_count(boxes.orders)} orders, 0.5 bp boxes")
        self.cost_frame.legend.set_parts(*_legend(boxes))
        dots = self._model.dots
        series.show_dots(dots, per_day=self._model.per_day)
        series.describe(self._model.series_sentence)
        what = "sessions" if self._model.per_day else "orders of one day"
        self.time_frame.set_summary(mode, f"{format_count(len(dots))} {what}")
        dot = "dot: day mean, bar: 95 % interval" if self._model.per_day else "dot: one order, in basis points"
        self.time_frame.foot.set_parts(Span(dot, "text.tertiary"))
        saving = bool(dots) and dots[-1].running_cost < 0
        self.time_frame.foot_right.set_parts(Span("line: running cost $", "gain" if saving else "loss"))
        for frame in (self.cost_frame, self.time_frame):
            frame.refresh_table()

    def _plots(self) -> tuple["HistogramPlot", "SeriesPlot"]:
        """The plots, made (and their library loaded) when the first picture is drawn."""
        if self._histogram is None or self._series is None:
            from legend_desktop.views.panels.execution_quality_charts import HistogramPlot, SeriesPlot

            self._histogram, self._series = HistogramPlot(self.theme), SeriesPlot(self.theme)
            self.cost_frame.set_picture(self._histogram)
            self.cost_frame.foot.set_parts(Span("← saved", "gain"))
            self.cost_frame.foot_right.set_parts(Span("cost in basis points →", "loss"))
            self.time_frame.set_picture(self._series)
            self.time_frame.legend.hide()
        return self._histogram, self._series


def _legend(boxes: CostBoxes) -> list[Span]:
    mean = f"mean {format_bps(boxes.mean, signed=False, unit=False)}"
    if boxes.low is not None:
        mean += ", 95 % band"
    return [
        Span(mean, "text.primary"),
        Span(f"median {format_bps(boxes.median, signed=False, unit=False)}, dashed", "text.secondary"),
        Span(f"{format_count(boxes.saved)} of {format_count(boxes.orders)} orders saved money", "text.secondary"),
    ]
