"""The Account panel: label and value lines, and the best and worst positions."""

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from legend_desktop.domain.formatting import format_money, format_percent, format_shares
from legend_desktop.domain.portfolio import Performer
from legend_desktop.viewmodels.account import AccountLine, AccountViewModel, FigureKind
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.spans import Span
from legend_desktop.views.widgets.value_row import ValueRow

_FIGURES = "figures"
_MOVERS = "movers"


def result_ink(value: Decimal | None, *, stale: bool) -> str:
    """Ink of a signed result: stale figures lose their colour, zero has none."""
    if stale:
        return "stale"
    if value is None or round(value, 2) == 0:
        return "text.primary"
    return "gain" if value > 0 else "loss"


class AccountPanel(Panel):
    """Shows what the broker says about the account; the second tab lists top gainers and losers."""

    def __init__(self, view_model: AccountViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = view_model
        self._rows: dict[str, ValueRow] = {}
        self._pages = QStackedWidget(self)
        self._figures = _page(theme)
        self._movers = _page(theme)
        for page in (self._figures, self._movers):
            self._pages.addWidget(_scrolled(page))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        self.setMinimumHeight(theme.density.kv + theme.px(12))
        self.set_header_tabs([(_FIGURES, "Figures"), (_MOVERS, "Gainers and losers")], _FIGURES)
        self.header_tab_changed.connect(self._choose)
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
        if self._pages.currentIndex() == 1:
            self._show_movers()

    def row(self, key: str) -> ValueRow:
        """The row of a line by its key. Raises ``KeyError``."""
        return self._rows[key]

    def _choose(self, tab: str) -> None:
        self._pages.setCurrentIndex(1 if tab == _MOVERS else 0)
        self.refresh()

    def _rebuild(self, lines: list[AccountLine], *, with_movers: bool) -> None:
        _empty(self._figures)
        self._rows = {line.key: ValueRow(self.theme, line.label) for line in lines}
        if with_movers:
            self._rows["movers"] = ValueRow(self.theme, "Best and worst")
        for place, row in enumerate(self._rows.values()):
            self._figures.insertWidget(place, row)

    def _show_movers(self) -> None:
        _empty(self._movers)
        stale = self._model.stale
        gainers, losers = self._model.movers()
        place = 0
        for title, rows, nothing in (
            ("Top gainers", gainers, "No position is above its entry."),
            ("Top losers", losers, "No position is below its entry."),
        ):
            widgets: list[QWidget] = [TextLabel(self.theme, title, role="small", ink="text.tertiary")]
            for mover in rows:
                row = ValueRow(self.theme, mover.symbol)
                money = format_money(mover.unrealized_pl, signed=True)
                percent = format_percent(mover.unrealized_pl_percent, signed=True)
                row.set_parts(Span(money, result_ink(mover.unrealized_pl, stale=stale)), Span(percent, "text.tertiary"))
                widgets.append(row)
            if not rows:
                widgets.append(TextLabel(self.theme, nothing, ink="text.secondary"))
            if place:
                self._movers.insertSpacing(place, self.theme.px(8))
                place += 1
            for widget in widgets:
                self._movers.insertWidget(place, widget)
                place += 1


def _page(theme: Theme) -> QVBoxLayout:
    column = QVBoxLayout()
    inset = theme.px(10)
    column.setContentsMargins(inset, theme.px(6), inset, theme.px(6))
    column.setSpacing(0)
    column.addStretch(1)
    return column


def _scrolled(column: QVBoxLayout) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inside = QWidget()
    inside.setLayout(column)
    area.setWidget(inside)
    inside.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area


def _empty(column: QVBoxLayout) -> None:
    """Take out everything but the stretch at the end."""
    while column.count() > 1:
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
    row.setToolTip("")
    weight = 600 if line.strong else 400
    if line.kind is FigureKind.COUNT:
        row.set_value(f"{format_shares(line.value)} {line.unit}")
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
