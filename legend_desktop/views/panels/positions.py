"""The Positions panel: every position with its result, its risk and its protection."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from legend_desktop.domain.formatting import (
    format_age,
    format_exchange_time,
    format_money,
    format_number,
    format_percent,
    format_shares,
)
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.positions_rows import PositionRow, PositionTotals
from legend_desktop.views.models.positions_model import PRICE_COLUMNS, positions_model, prices_of
from legend_desktop.views.models.price_room import needs_room, widen
from legend_desktop.views.theme import HIDDEN_MONEY, Theme
from legend_desktop.views.widgets.data_table import DataTable
from legend_desktop.views.widgets.notice import EmptyState
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Part, Span
from legend_desktop.views.widgets.total_row import TotalRow


class PositionsPanel(Panel):
    """The table with its total row; actions go out through the view-model."""

    def __init__(self, view_model: PositionsViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._wide = False
        self._rows = positions_model(self)
        empty = EmptyState(
            theme,
            "briefcase",
            "No open positions",
            "They appear here with the first fill, with R, risk to the stop and protection.",
        )
        self.table = DataTable(theme, self._rows, "Positions", empty=empty, frozen=True, parent=self)
        self.table.row_actions = self._row_actions
        self.total = TotalRow(theme, self.table, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.total)
        view_model.rows_changed.connect(self._take)
        view_model.rows_removed.connect(self._rows.remove)
        view_model.totals_changed.connect(self._refresh_totals)
        self.table.activated_row.connect(self._open)
        theme.changed.connect(self._refresh_totals)
        self._take(view_model.rows())
        self._refresh_totals()

    def menu_actions(self) -> list[QAction]:
        """The columns."""
        return self.table.column_actions()

    def _take(self, rows: list[PositionRow]) -> None:
        if not self._wide and needs_room(price for row in rows for price in prices_of(row)):
            self._wide = True
            widen(self._rows, PRICE_COLUMNS)
            self.table.fit.apply(again=True)
        self._rows.upsert(rows)

    def _open(self, row: PositionRow) -> None:
        self._model.action_requested.emit("position.chart", row.symbol)

    def _refresh_totals(self) -> None:
        totals = self._model.totals
        self._refresh_summary(totals)
        self.total.setVisible(totals.count > 0)
        if not totals.count:
            return
        ink = "stale" if totals.stale else "text.primary"
        self.total.set_total(
            {
                "symbol": Span("Total", weight=600),
                "value": Span(format_money(totals.value, symbol=False), ink, 600),
                "profit": Span(format_money(totals.profit, symbol=False, signed=True), _result_ink(totals), 600),
                "risk": Span(format_money(totals.heat, symbol=False), ink, 600),
                "risk_percent": Span(format_number(totals.heat_percent, 2), ink, 600),
                "protected": _cover(totals),
            }
        )

    def _refresh_summary(self, totals: PositionTotals) -> None:
        if totals.stale and totals.as_of is not None:
            words = f"prices as of {format_exchange_time(totals.as_of)}, {format_age(totals.age)} old"
            self.set_summary(Span(words, "warning", icon="clock"))
            return
        parts: list[Part] = [f"{totals.count} open" if totals.count else "none open"]
        if totals.unknown:
            parts.insert(0, Span(f"{totals.unknown} unknown", "unknown"))
        if totals.elsewhere:
            parts.append(f"{totals.elsewhere} opened elsewhere")
        if totals.count:
            hidden = self.theme.look.hide_money
            profit = HIDDEN_MONEY if hidden else format_money(totals.profit, symbol=False, signed=True)
            parts += ["P&L", Span(profit, _result_ink(totals)), f"heat {format_percent(totals.heat_percent)}"]
        self.set_summary(*parts)

    def _row_actions(self, row: PositionRow) -> list[QAction]:
        known = row.risk is not None
        bare = row.risk is not None and row.risk.unprotected_quantity > 0
        stopped = row.risk is not None and row.risk.stop_price is not None
        entries: tuple[tuple[str, str, bool], ...] = (
            ("Close position\tF9", "order.close_position", known),
            ("Close half\tF7", "order.close_half", known),
            ("Close part...", "position.close_part", known),
            ("", "", True),
            ("Stop to entry\tF8", "order.stop_to_entry", stopped),
            ("Move stop...", "position.move_stop", stopped),
            ("Replace stop by a trailing one\tCtrl+F8", "order.stop_to_trailing", stopped),
            ("Place the missing stop\tCtrl+Shift+P", "order.repair_stop", bare),
            ("", "", True),
            ("Reverse position\tShift+F9", "order.reverse_position", known),
            ("Ask the broker\tF5", "order.ask_broker", row.is_unknown),
            ("", "", True),
            (f"Show {row.symbol} in the chart\tReturn", "position.chart", True),
        )
        return [self._action(text, name, row.symbol, enabled=on) for text, name, on in entries]

    def _action(self, text: str, name: str, symbol: str, *, enabled: bool) -> QAction:
        action = QAction(text, self)
        if not name:
            action.setSeparator(True)
            return action
        action.setEnabled(enabled)
        action.triggered.connect(lambda _=False: self._model.action_requested.emit(name, symbol))
        return action


def _result_ink(totals: PositionTotals) -> str:
    if totals.stale:
        return "stale"
    if round(totals.profit, 2) == 0:
        return "text.primary"
    return "gain" if totals.profit > 0 else "loss"


def _cover(totals: PositionTotals) -> Span:
    if totals.unsure:
        return Span(f"{format_shares(totals.unsure)} not confirmed", "warning", 600)
    if totals.unprotected:
        return Span(f"{format_shares(totals.unprotected)} unprotected", "warning", 600)
    return Span("all covered", weight=600)
