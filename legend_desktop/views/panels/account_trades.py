"""The foot of the Account panel: the trades that ended today, and what all closed trades say."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.formatting import (
    format_money,
    format_number,
    format_percent,
    format_price,
    format_r,
    format_shares,
    format_table_time,
)
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.trade_stats import FEWEST_FOR_SQN, TradeStats
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.inks import result_ink
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.spans import Span, paint_spans, plain_text, spans_width
from legend_desktop.views.widgets.value_row import ValueRow

MOST_LISTED = 10
_GAP = 12


class TradeRow(QWidget):
    """One closed trade: symbol, side and shares at the left, R and money in columns at the right."""

    def __init__(self, theme: Theme, trip: RoundTripRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        side = "Long" if trip.side is OrderSide.BUY else "Short"
        self._name = (Span(trip.symbol), Span(f"{side} {format_shares(trip.quantity)}", "text.secondary"))
        multiple = trip.r_multiple
        self._r = Span(format_r(multiple, unit=True), "text.tertiary" if multiple is None else "text.primary")
        self._money = Span(format_money(trip.profit, signed=True), result_ink(trip.profit, stale=False))
        self._money_width = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{plain_text(self._name)}: {plain_text((self._r, self._money))}")
        self.setToolTip(_story(trip))
        theme.changed.connect(self._on_theme)

    def money_width(self) -> int:
        """Pixels that the money needs."""
        return spans_width(self._theme, (self._money,), "body", 0)

    def set_money_width(self, width: int) -> None:
        """Give the column of the money its width, the same in all rows."""
        self._money_width = width
        self.update()

    def sizeHint(self) -> QSize:
        """One line of values."""
        name = spans_width(self._theme, self._name, "body", self._theme.px(6))
        r = spans_width(self._theme, (self._r,), "body", 0)
        return QSize(name + r + self.money_width() + 2 * self._theme.px(_GAP), self._theme.density.kv)

    def minimumSizeHint(self) -> QSize:
        """The name is cut first."""
        return QSize(self._theme.px(60), self._theme.density.kv)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the three columns on one base line."""
        painter = QPainter(self)
        gap = self._theme.px(_GAP)
        whole = self.rect()
        paint_spans(self._theme, painter, whole, (self._money,), role="body", gap=0, right=True)
        middle = whole.adjusted(0, 0, -self._money_width - gap, 0)
        paint_spans(self._theme, painter, middle, (self._r,), role="body", gap=0, right=True)
        r = spans_width(self._theme, (self._r,), "body", 0)
        left = QRect(middle.x(), middle.y(), max(0, middle.width() - r - gap), middle.height())
        paint_spans(self._theme, painter, left, self._name, role="body", gap=self._theme.px(6))
        painter.end()

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


class ClosedTrades(QWidget):
    """The trades of today, newest first, then the figures of all; nothing where none was closed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[tuple[RoundTripRecord, ...], TradeStats | None, int] = ((), None, 0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        theme.changed.connect(self._line_up)

    def show_trades(self, closed: tuple[RoundTripRecord, ...], stats: TradeStats | None, without_risk: int) -> None:
        """Show these trades of today and the figures of all; does nothing where they are shown already."""
        wanted = (closed, stats, without_risk)
        if wanted == self._shown:
            return
        self._shown = wanted
        self._clear()
        if closed:
            more = f", last {MOST_LISTED} of {len(closed)}" if len(closed) > MOST_LISTED else ""
            self._head(f"Closed today{more}")
            for trip in closed[: -MOST_LISTED - 1 : -1]:
                self._column.addWidget(TradeRow(self._theme, trip))
            self._line_up()
        if stats is not None:
            self._head(f"All closed trades, n {stats.n}")
            for row in _stat_rows(self._theme, stats, without_risk):
                self._column.addWidget(row)

    def _head(self, text: str) -> None:
        heading = TextLabel(self._theme, text, role="small", ink="text.tertiary")
        heading.setContentsMargins(0, self._theme.px(6), 0, 0)
        self._column.addWidget(heading)

    def _line_up(self) -> None:
        rows = self.findChildren(TradeRow)
        width = max((row.money_width() for row in rows), default=0)
        for row in rows:
            row.set_money_width(width)

    def _clear(self) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()  # its layout may still be about to show it: without a parent it would be a window
                widget.setParent(None)
                widget.deleteLater()


def _stat_rows(theme: Theme, stats: TradeStats, without_risk: int) -> list[ValueRow]:
    rows: list[ValueRow] = []

    def add(label: str, value: str, *, note: str = "", reason: str = "", hint: str = "") -> None:
        row = ValueRow(theme, label)
        if reason:
            row.set_missing(reason)
        else:
            row.set_value(value, note=note)
            row.setToolTip(hint)
        rows.append(row)

    add("Win rate", format_percent(stats.win_rate, 0), note=f"{stats.wins} of {stats.n}")
    one_sided = "" if stats.wins and stats.losses else "It needs trades that won and trades that lost."
    add("Payoff", format_number(stats.payoff), reason=one_sided, hint="Mean win over mean loss, in R.")
    no_loss = "" if stats.profit_factor is not None else "No closed trade has lost yet."
    add("Profit factor", format_number(stats.profit_factor), reason=no_loss, hint="All wins over all losses, in R.")
    if not stats.sqn_is_firm:
        row = ValueRow(theme, "System quality (SQN)")
        row.set_value(f"needs {FEWEST_FOR_SQN} trades, has {stats.n}", ink="text.tertiary")
        rows.append(row)
    else:
        even = "" if stats.sqn is not None else "Every trade ended with the same R."
        hint = "How steady the expectancy is: mean R over its spread, times the root of the number, of 100 at most."
        add("System quality (SQN)", format_number(stats.sqn), reason=even, hint=hint)
    if without_risk:
        words = "trade" if without_risk == 1 else "trades"
        hint = "An entry had no planned stop, so there is no R. These are not in the figures."
        add("Without R", f"{without_risk} {words}", hint=hint)
    return rows


def _story(trip: RoundTripRecord) -> str:
    """When and at what price the trade began and ended, and how far it went."""
    began, ended = ("Bought", "sold") if trip.side is OrderSide.BUY else ("Sold", "bought back")
    words = (
        f"{began} {format_table_time(trip.opened_at)} at {format_price(trip.entry_price, places=4)}, "
        f"{ended} {format_table_time(trip.closed_at)} at {format_price(trip.exit_price, places=4)}."
    )
    if trip.fees:
        words += f" Fees {format_money(trip.fees)} are counted."
    if trip.worst is not None and trip.best is not None:
        words += f" On the way {format_money(trip.worst)} at worst, {format_money(trip.best, signed=True)} at best."
    if trip.risk is None:
        words += " No R: an entry had no planned stop."
    else:
        words += f" Initial risk {format_money(trip.risk)}."
    return words
