"""The Chart panel: candles of the symbol in focus with the draft, own orders, fills and position on them."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderSide, OrderType, TradingMode
from legend_desktop.domain.formatting import format_age, format_number, format_percent, format_price, format_shares
from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.chart_facts import BAR_LENGTHS, BarRow, bar_time
from legend_desktop.viewmodels.chart_lines import LineKind
from legend_desktop.views.models.table_model import DASH, Align, Column, RowTableModel
from legend_desktop.views.panels.chart_plot import ChartPlot
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Part, Span, SpanLabel

_NOTE_ROOM = 640
_READING_ROOM = 470
_DRAWING = "press at the entry, drag to the stop, Esc ends"


class ChartPanel(Panel):
    """Headline, picture, and the same numbers as a table. The methods below are what the chart's actions do."""

    def __init__(self, view_model: ChartViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self.plot = ChartPlot(view_model, theme, self)
        self.title = SpanLabel(theme, gap=14)
        self.note = SpanLabel(theme, role="small", ink="text.tertiary", gap=12)
        self.reading = SpanLabel(theme, role="body", ink="text.secondary", gap=8, right=True)
        self.bars_button = Button(theme, view_model.length.words, kind=ButtonKind.QUIET, tip="Bar length, keys 1 to 6")
        self.bars_button.trailing_glyph = "caret-down"
        self.bars_button.weight = 400
        self.bars_button.clicked.connect(self._show_lengths)
        self._menu: QMenu | None = None
        self._table: DataTable | None = None
        self._rows: RowTableModel | None = None
        self._tabled: tuple[object, ...] = ()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.plot)
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.plot)
        self.setTabOrder(self.plot, self.bars_button)
        self.plot.read.connect(self._refresh_reading)
        self.plot.menu_wanted.connect(self._show_menu)
        self.plot.bracket_changed.connect(lambda _on: self._refresh_summary())
        view_model.changed.connect(self._refresh)
        view_model.said.connect(self.plot.say)
        theme.changed.connect(self._refresh)
        view_model.activate()
        self._refresh()

    def _arrange(self) -> None:
        theme = self.theme
        head = QHBoxLayout()
        head.setContentsMargins(theme.px(10), theme.px(1), theme.px(10), 0)
        head.setSpacing(theme.px(4))
        head.addWidget(self.title)
        head.addWidget(self.bars_button)
        head.addWidget(self.note)
        head.addStretch(1)
        head.addWidget(self.reading)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.pages, 1)

    # ---- actions --------------------------------------------------------------------------------------------------

    def zoom_in(self) -> None:
        """Wider bars, fewer of them."""
        self.plot.zoom(1)

    def zoom_out(self) -> None:
        """Narrower bars, more of them."""
        self.plot.zoom(-1)

    def follow(self) -> None:
        """Go to the newest bar and stay with it."""
        self.plot.follow()

    def set_bars(self, index: int) -> None:
        """Show the bar length of the keys 1 to 6, counted from 0."""
        self._model.set_bar_index(index)

    def toggle_orders(self) -> None:
        """Show or hide own orders, fills and position."""
        self._model.toggle_orders()

    def draw_bracket(self) -> None:
        """Begin to draw a bracket into Order entry: press at the entry, drag to the stop."""
        self.show_table(False)
        self.plot.start_bracket()

    def show_table(self, on: bool) -> None:
        """Show the bars as a table instead of the picture."""
        if on and self._table is None:
            self._make_table()
        table = self._table
        if table is not None:
            self.pages.setCurrentWidget(table if on else self.plot)
            self.setFocusProxy(table if on else self.plot)
            self._tabled = ()
            self._refresh_table()

    @property
    def shows_table(self) -> bool:
        """True while the table is shown."""
        return self._table is not None and self.pages.currentWidget() is self._table

    def menu_actions(self) -> list[QAction]:
        """Bar lengths, zoom, own orders, the bracket, the table."""
        actions = self._length_actions(self)
        actions.append(_separator(self))
        for text, run in (
            ("Zoom in\t+", self.zoom_in),
            ("Zoom out\t-", self.zoom_out),
            ("Follow the newest bar\tEnd", self.follow),
            ("Draw a bracket\tD", self.draw_bracket),
        ):
            actions.append(self._action(self, text, run))
        own = self._action(self, "Own orders, fills and position\tO", self.toggle_orders)
        own.setCheckable(True)
        own.setChecked(self._model.orders_shown)
        table = QAction("Table", self)
        table.setCheckable(True)
        table.setChecked(self.shows_table)
        table.toggled.connect(self.show_table)
        return [*actions, own, _separator(self), table]

    # ---- refreshing -----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self.bars_button.setText(self._model.length.words)
        self.title.set_parts(*self._title_parts())
        note: list[Part] = ["VWAP dotted"] if self._model.series.has_vwap else []
        if self._model.mode is TradingMode.PAPER:
            note.append(Span("PAPER", "paper.text", 500))
        if not self._model.orders_shown:
            note.append("own orders hidden")
        self.note.set_parts(*note)
        self._refresh_reading()
        self._refresh_summary()
        self._refresh_table()

    def _title_parts(self) -> list[Part]:
        head = self._model.head
        if not head.symbol:
            return [Span("No symbol chosen", "text.secondary")]
        parts: list[Part] = [Span(head.symbol, weight=600, role="field")]
        stale = head.age_seconds is not None
        if head.last is None:
            return [*parts, Span(DASH, "text.tertiary")]
        tick = self._model.tick_size(head.last)
        parts.append(Span(format_price(head.last, tick), "stale" if stale else "text.primary"))
        if head.halted:
            parts.append(Span("halted", "warning", icon="warning"))
        if head.age_seconds is not None:
            words = f"{format_age(self._model.age)} old" if self._model.age is not None else "old"
            parts.append(Span(words, "warning", icon="clock"))
        elif head.change is not None:
            ink = "gain" if head.change > 0 else "loss" if head.change < 0 else "text.primary"
            parts.append(Span(format_number(head.change, 2, signed=True), ink))
            parts.append(Span(format_percent(head.change_percent, signed=True), ink))
        return parts

    def _refresh_reading(self) -> None:
        series = self._model.series
        index = self.plot.state.bar_index
        bar = series.bar(index) if index is not None else series.last
        if bar is None:
            self.reading.set_parts()
            return
        tick = self._model.tick_size(self._model.rounded(bar.close))
        parts: list[Part] = []
        for letter, value in (("O", bar.open), ("H", bar.high), ("L", bar.low), ("C", bar.close)):
            parts.append(f"{letter} {format_price(value, tick)}")
        if index is not None:
            parts.insert(0, Span(bar_time(bar.start, series.seconds, short=True), "text.primary", 500))
            parts.append(f"V {format_shares(round(bar.volume))}")
        self.reading.set_parts(*parts)

    def _refresh_summary(self) -> None:
        lines = [line for line in self._model.lines if line.movable]
        if self.plot.drawing:
            words = _DRAWING
        elif any(line.kind is LineKind.DRAFT for line in lines):
            words = "drag a line to change the draft"
        elif lines:
            words = "drag a line to change the order"
        else:
            words = "right click to draft an order at a price"
        self.set_summary(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words give way before the picture does."""
        super().resizeEvent(event)
        self.note.setVisible(event.size().width() >= self.theme.px(_NOTE_ROOM))
        self.reading.setVisible(event.size().width() >= self.theme.px(_READING_ROOM))

    # ---- table ----------------------------------------------------------------------------------------------------

    def _make_table(self) -> None:
        self._rows = RowTableModel(_columns(), key=lambda row: row.start, order=lambda row: -row.start, parent=self)
        self._table = DataTable(self.theme, self._rows, "Bars", parent=self)
        self.pages.addWidget(self._table)

    def _refresh_table(self) -> None:
        if not self.shows_table or self._rows is None:
            return
        series = self._model.series
        last = series.last
        stamp = (id(series), series.revision)
        if stamp != self._tabled:
            self._tabled = stamp
            self._rows.set_rows(self._model.rows())
        elif last is not None:
            self._rows.upsert([self._model.newest_row()])

    # ---- menus ----------------------------------------------------------------------------------------------------

    def _length_actions(self, parent: QWidget) -> list[QAction]:
        group = QActionGroup(parent)
        actions = []
        for index, row in enumerate(BAR_LENGTHS):
            action = self._action(parent, f"Bars of {row.words}\t{index + 1}", partial(self.set_bars, index))
            action.setCheckable(True)
            action.setChecked(row is self._model.length)
            group.addAction(action)
            actions.append(action)
        return actions

    def _show_lengths(self) -> None:
        menu = self._new_menu()
        menu.addActions(self._length_actions(menu))
        menu.popup(self.bars_button.mapToGlobal(QPoint(0, self.bars_button.height())))

    def _show_menu(self, place: QPoint, price: float) -> None:
        """What can be done at ``price``: draft an order there, use it as an exit, copy it."""
        at = self._model.rounded(price)
        words = format_price(at, self._model.tick_size(at))
        menu = self._new_menu()
        for side in (OrderSide.BUY, OrderSide.SELL):
            for kind in (OrderType.LIMIT, OrderType.STOP):
                text = f"Draft: {side.value} {kind.value} at {words}"
                action = self._action(menu, text, partial(self._model.prefill, side, kind, at))
                action.setEnabled(self._model.waits(side, kind, at))
                menu.addAction(action)
        menu.addSeparator()
        for name in ("stop", "target"):
            menu.addAction(
                self._action(menu, f"Use {words} as the draft's {name}", partial(self._model.use_as_exit, name, at))
            )
        menu.addAction(self._action(menu, "Draw a bracket\tD", self.draw_bracket))
        menu.addSeparator()
        menu.addAction(self._action(menu, f"Copy {words}", lambda: QGuiApplication.clipboard().setText(f"{at:f}")))
        menu.popup(place)

    def _new_menu(self) -> QMenu:
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = QMenu(self)
        self._menu.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        return self._menu

    def _action(self, parent: QWidget, text: str, run: Callable[[], object]) -> QAction:
        action = QAction(text, parent)
        action.triggered.connect(lambda _checked=False: run())
        return action


def _separator(parent: QWidget) -> QAction:
    action = QAction(parent)
    action.setSeparator(True)
    return action


def _columns() -> list[Column]:
    def price(name: str) -> Callable[[BarRow], str]:
        return lambda row: format_price(getattr(row, name))

    right = Align.RIGHT
    return [
        Column("time", "Time", 92, lambda row: row.time, sort=lambda row: row.start),
        *(
            Column(name, name.capitalize(), 70, price(name), align=right, sort=attrgetter(name))
            for name in ("open", "high", "low", "close")
        ),
        Column(
            "volume", "Volume", 84, lambda row: format_shares(round(row.volume)), align=right, sort=lambda r: r.volume
        ),
        Column("vwap", "VWAP", 70, price("vwap"), align=right, sort=lambda row: row.vwap, opt=1),
    ]
