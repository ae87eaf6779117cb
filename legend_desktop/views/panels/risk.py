"""The Risk panel: what may be sent, how far the limits are used, and which shares need a stop."""

from decimal import Decimal

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.events import ValueAtRiskChanged
from legend_desktop.domain.formatting import format_money, format_number, format_percent, format_shares
from legend_desktop.viewmodels.risk import RiskViewModel
from legend_desktop.viewmodels.risk_figures import MeterFigure, RiskFigures
from legend_desktop.views.panels.risk_limits import LimitsPage
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.inks import result_ink
from legend_desktop.views.widgets.labels import Badge, TextLabel
from legend_desktop.views.widgets.meter import Meter
from legend_desktop.views.widgets.notice import Notice, NoticeKind
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.spans import Part, Span
from legend_desktop.views.widgets.value_row import ValueList, ValueRow

_STATE_INKS = {
    TradingState.ACTIVE: "text.primary",
    TradingState.REDUCING: "warning",
    TradingState.HALTED: "danger",
}


class RiskPanel(Panel):
    """State, meters, figures and the notice about stops; a second page changes the limits.

    ``scope`` names what is counted ("all paper accounts").
    """

    def __init__(self, view_model: RiskViewModel, theme: Theme, scope: str = "", parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._scope = scope
        self._badge = Badge(theme)
        self._sentence = TextLabel(theme, ink="text.secondary", wrap=True)
        self._day = Meter(theme, "Day loss, from start of day")
        self._heat = Meter(theme, "Heat, loss if every stop fills")
        self._gross = Meter(theme, "Gross exposure")
        self._largest = Meter(theme, "Largest position")
        self._rows = ValueList(theme)
        self._rows.add_row("unsure", "Shares without a confirmed stop")
        self._rows.add_row("if_filled", "Heat if open orders fill")
        self._rows.add_row("sends", "Orders in the last minute")
        self._rows.add_row("hhi", "Concentration (HHI)")
        self._rows.add_row("var", "VaR 95\u202f%, one day")
        self._notice = Notice(theme)
        self._bare = False
        self._pages = QStackedWidget(self)
        self.limits = LimitsPage(view_model, theme, self._show_figures, self)
        self._pages.addWidget(self._scrolled())
        self._pages.addWidget(InsetScroll(self.limits))  # a tab asks for no more height than the desk gives it
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self._notice)
        view_model.changed.connect(self.refresh)
        self.refresh()

    def menu_actions(self) -> list[QAction]:
        """Changing the limits."""
        action = QAction("Set limits...", self)
        action.triggered.connect(lambda _=False: self.edit_limits())
        return [action]

    def edit_limits(self) -> None:
        """Show the page that changes the limits."""
        self.limits.open()
        self._pages.setCurrentIndex(1)
        self._notice.hide()
        next(iter(self.limits.fields.values())).setFocus()

    def refresh(self) -> None:
        """Read everything from the view-model again."""
        figures = self._model.figures
        self._badge.set_badge(figures.state.value.upper(), ink=_STATE_INKS[figures.state])
        self._sentence.setText(figures.sentence)
        stale = figures.counts_worst_case
        self.set_summary(Span("worst case counted", "warning", icon="warning") if stale else self._scope)
        self._show_meters(figures)
        self._show_rows(figures)
        self._show_notice(figures)

    def _show_figures(self) -> None:
        self._pages.setCurrentIndex(0)
        self.refresh()

    def _show_meters(self, figures: RiskFigures) -> None:
        day = figures.day
        self._day.set_meter(
            [Span(format_money(day.amount, signed=True), result_ink(day.amount, stale=False))],
            day.fraction,
            ticks=day.ticks,
            note=day.note,
        )
        _set(self._heat, figures.heat, _money_and_percent(figures.heat))
        gross: list[Part] = [format_percent(figures.gross.percent, 1)]
        if figures.gross.worst_percent is not None:
            gross.append(Span(f"to {format_percent(figures.gross.worst_percent, 1)}", "unknown"))
        elif figures.gross.net_percent is not None:
            gross.append(Span(f"net {format_percent(figures.gross.net_percent, 1)}", "text.tertiary"))
        _set(self._gross, figures.gross, gross)
        largest = figures.largest
        words = "none" if largest.percent is None else format_percent(largest.percent, 1)
        _set(self._largest, largest, [words])

    def _show_rows(self, figures: RiskFigures) -> None:
        unsure = self._rows.row("unsure")
        unsure.setVisible(figures.counts_worst_case)
        if figures.counts_worst_case:
            most = figures.unsure + figures.unknown_shares
            parts: list[Part] = [
                Span(format_shares(figures.unsure), "warning" if figures.unsure else "text.primary", 600)
            ]
            if most != figures.unsure:
                parts.append(Span(f"to {format_shares(most)}", "unknown"))
            unsure.set_parts(*parts)
        row = self._rows.row("if_filled")
        if figures.heat_if_filled is None:
            row.set_missing("The account is not known yet.")
        else:
            money = format_money(figures.heat_if_filled)
            row.set_value(f"{money} = {format_percent(figures.heat_if_filled_percent)}")
        self._rows.row("sends").set_value(f"{figures.sends_in_minute} of {figures.sends_limit}")
        if figures.hhi is None:
            self._rows.row("hhi").set_value("no positions", ink="text.tertiary")
        else:
            equal = f"as {format_number(figures.effective_positions, 1)} equal"
            self._rows.row("hhi").set_value(format_number(figures.hhi, 3), note=equal)
        _show_value_at_risk(self._rows.row("var"), figures.value_at_risk)

    def _show_notice(self, figures: RiskFigures) -> None:
        self._notice.setVisible(self._pages.currentIndex() == 0 and figures.shares > 0)
        if not figures.shares:
            return
        if bool(figures.unprotected) != self._bare:
            self._bare = bool(figures.unprotected)
            self._notice.clear_buttons()
            if self._bare:
                self._notice.add_button("Place a stop", self._model.request_repair, key="Ctrl Shift P")
        if figures.unprotected:
            fact, _, risk = figures.unprotected[0].partition(", ")
            others = len(figures.unprotected) - 1
            more = f" And {others} more position{'s' if others > 1 else ''}." if others else ""
            text = f"{risk[0].upper()}{risk[1:]}.{more}" if risk else more.strip()
            self._notice.set_notice(NoticeKind.ALARM, f"{fact}.", text, icon="shield-warning")
        elif figures.unsure:
            shares = format_shares(figures.unsure)
            self._notice.set_notice(
                NoticeKind.ALARM, f"A stop for {shares} shares is not confirmed.", "", icon="shield-warning"
            )
        else:
            checked = f", checked with the broker {figures.checked}" if figures.checked else ""
            self._notice.set_notice(
                NoticeKind.PLAIN,
                "Every share has a working stop.",
                f"{format_shares(figures.shares)} shares{checked}.",
                icon="shield-check",
            )

    def _scrolled(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        inset = self.theme.px(10)
        column.setContentsMargins(inset, self.theme.px(8), inset, self.theme.px(4))
        column.setSpacing(self.theme.px(6))
        line = QHBoxLayout()
        line.setSpacing(self.theme.px(8))
        line.addWidget(self._badge)
        line.addWidget(self._sentence, 1)
        column.addLayout(line)
        for widget in (self._day, self._heat, self._gross, self._largest, self._rows):
            column.addWidget(widget)
        column.addStretch(1)
        return InsetScroll(inside)


def _show_value_at_risk(row: ValueRow, told: ValueAtRiskChanged | None) -> None:
    """The loss that 19 of 20 past days stayed under, or in a few words why it cannot be said."""
    if told is None:
        row.set_missing("Worked out once the positions are known.")
        return
    found = told.figures
    if found is None:
        row.set_value(told.reason, ink="text.tertiary")
        row.setToolTip("How much the positions of now would have lost on the worst of past days.")
        return
    money = format_money(Decimal(str(round(found.var_money, 2))))
    left_out = found.left_out
    if left_out:
        without = left_out[0] if len(left_out) == 1 else f"{len(left_out)} symbols"
        row.set_value(money, note=f"without {without}")
    else:
        row.set_value(f"{money} = {format_percent(Decimal(str(found.var_percent)))}")
    tail = format_money(Decimal(str(round(found.es_money, 2))))
    missing = f" Too few days are known of {', '.join(left_out)}." if left_out else ""
    row.setToolTip(
        f"Held over the last {found.days} days, the positions of now would have lost more than this on 1 day in 20, "
        f"and {tail} on average of those days. It tells of the past and limits nothing.{missing}"
    )


def _money_and_percent(figure: MeterFigure) -> list[Part]:
    if figure.amount is None:
        return [Span("—", "text.tertiary")]
    if figure.worst_amount is not None:
        return [format_money(figure.amount), Span(f"to {format_money(figure.worst_amount)}", "unknown")]
    return [f"{format_money(figure.amount)} = {format_percent(figure.percent)}"]


def _set(meter: Meter, figure: MeterFigure, value: list[Part]) -> None:
    meter.set_meter(
        value,
        figure.fraction,
        ticks=figure.ticks,
        note=figure.note,
        worst=figure.worst_fraction,
        label=figure.label or None,
    )
