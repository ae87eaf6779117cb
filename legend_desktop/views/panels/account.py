"""The Account panel: label and value lines, and the best and worst positions."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_money, format_percent, format_r, format_shares
from legend_desktop.domain.portfolio import Performer
from legend_desktop.viewmodels.account import AccountLine, AccountViewModel, FigureKind
from legend_desktop.views.panels.account_trades import ClosedTrades
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.inks import result_ink
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.spans import Span
from legend_desktop.views.widgets.value_row import ValueRow


class AccountPanel(Panel):
    """Shows what the broker says about the account; below, top gainers and losers and the trades that ended."""

    def __init__(self, view_model: AccountViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._rows: dict[str, ValueRow] = {}
        self._figures = QVBoxLayout()
        self._movers = QVBoxLayout()
        self._trades = ClosedTrades(theme)
        self._listed: tuple[tuple[Performer, ...], tuple[Performer, ...], bool] = ((), (), False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        foot = QVBoxLayout()
        foot.addWidget(self._trades)
        column.addWidget(_scrolled(theme, self._figures, self._movers, foot))
        self.setMinimumHeight(theme.density.kv + theme.px(12))
        view_model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read everything from the view-model again."""
        stale = self._model.stale
        summary = self._model.summary
        self.set_summary(Span(summary, "warning", icon="clock") if stale else summary)
        lines = self._model.lines()
        best = _best_and_worst(self._model)
        wanted = [line.key for line in lines] + (["movers"] if best else [])
        if wanted != list(self._rows):
            self._rebuild(lines, with_movers=bool(best))
        for line in lines:
            _show(self._rows[line.key], line, stale=stale)
        if best:
            self._rows["movers"].set_parts(*(_mover_span(mover, stale=stale) for mover in best))
        self._show_movers(stale=stale)
        self._trades.show_trades(self._model.closed_today, self._model.trade_stats, self._model.trades_without_risk)

    def row(self, key: str) -> ValueRow:
        """The row of a line by its key. Raises ``KeyError``."""
        return self._rows[key]

    def _rebuild(self, lines: list[AccountLine], *, with_movers: bool) -> None:
        _empty(self._figures)
        self._rows = {line.key: ValueRow(self.theme, line.label) for line in lines}
        if with_movers:
            self._rows["movers"] = ValueRow(self.theme, "Best, worst")
        for row in self._rows.values():
            self._figures.addWidget(row)

    def _show_movers(self, *, stale: bool) -> None:
        gainers, losers = self._model.movers()
        listed = (gainers, losers, stale)
        if listed == self._listed:
            return
        self._listed = listed
        _empty(self._movers)
        if max(len(gainers), len(losers)) < 2:
            return  # the line of the best and the worst says it all
        for title, rows in (("Top gainers", gainers), ("Top losers", losers)):
            if not rows:
                continue
            heading = TextLabel(self.theme, title, role="small", ink="text.tertiary")
            heading.setContentsMargins(0, self.theme.px(6), 0, 0)
            self._movers.addWidget(heading)
            for mover in rows:
                row = ValueRow(self.theme, mover.symbol)
                money = format_money(mover.unrealized_pl, signed=True)
                percent = format_percent(mover.unrealized_pl_percent, signed=True)
                row.set_parts(Span(money, result_ink(mover.unrealized_pl, stale=stale)), Span(percent, "text.tertiary"))
                self._movers.addWidget(row)


def _scrolled(theme: Theme, *parts: QVBoxLayout) -> QWidget:
    column = QVBoxLayout()
    inset = theme.px(10)
    column.setContentsMargins(inset, theme.px(6), inset, theme.px(6))
    column.setSpacing(0)
    for part in parts:
        part.setSpacing(0)
        column.addLayout(part)
    column.addStretch(1)
    inside = QWidget()
    inside.setLayout(column)
    return InsetScroll(inside)


def _empty(column: QVBoxLayout) -> None:
    while column.count():
        item = column.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _show(row: ValueRow, line: AccountLine, *, stale: bool) -> None:
    row.set_label(line.label)
    if line.value is None:
        row.set_missing(line.reason)
        return
    row.setToolTip(line.hint)
    weight = 600 if line.strong else 400
    if line.kind is FigureKind.COUNT:
        row.set_value(f"{format_shares(line.value)} {line.unit}")
        return
    if line.kind is FigureKind.R:
        value = Span(format_r(line.value, unit=True), result_ink(line.value, stale=False), weight)
        row.set_parts(value, Span(line.note, "text.tertiary"))
        return
    if line.kind is FigureKind.RESULT:
        parts = [Span(format_money(line.value, signed=True), result_ink(line.value, stale=stale), weight)]
        if line.percent is not None:
            parts.append(Span(format_percent(line.percent, signed=True), "text.tertiary"))
        row.set_parts(*parts)
        return
    ink = "unknown" if line.unknown else "stale" if stale else "text.primary"
    row.set_value(format_money(line.value), ink=ink, weight=weight)


def _best_and_worst(model: AccountViewModel) -> list[Performer]:
    gainers, losers = model.movers()
    return [*gainers[:1], *losers[:1]]


def _mover_span(mover: Performer, *, stale: bool) -> Span:
    text = f"{mover.symbol} {format_percent(mover.unrealized_pl_percent, signed=True)}"
    return Span(text, result_ink(mover.unrealized_pl_percent, stale=stale))
