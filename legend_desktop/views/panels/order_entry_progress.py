"""An order after the press: sending, unknown, working, done. It replaces the fields and keeps their place."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState
from legend_desktop.domain.formatting import (
    format_bps,
    format_duration_ms,
    format_exchange_time,
    format_money,
    format_percent,
    format_price,
    format_shares,
)
from legend_desktop.domain.orders import Order
from legend_desktop.viewmodels.order_entry import EntryState, OrderEntryViewModel
from legend_desktop.viewmodels.order_progress import Step
from legend_desktop.views.theme import Theme
from legend_desktop.views.widgets.labels import Badge, TextLabel
from legend_desktop.views.widgets.notice import HatchedFrame, Notice, NoticeKind
from legend_desktop.views.widgets.spans import Span, SpanLabel
from legend_desktop.views.widgets.value_row import ValueList

STEPS = 7
FILLS = 6
_FIGURES = 8


class OrderProgress(QWidget):
    """The order as a sentence, the stamps, the figures and the fills."""

    def __init__(self, model: OrderEntryViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._symbol = TextLabel(theme, role="title", weight=600)
        self._badge = Badge(theme, "")
        self._sentence = TextLabel(theme, role="heading", weight=600, wrap=True)
        self._terms = TextLabel(theme, ink="text.secondary", wrap=True)
        self._doubt = HatchedFrame(theme)
        self._doubt_text = TextLabel(theme, wrap=True)
        self._doubt.inside.addWidget(self._doubt_text)
        self._steps = [SpanLabel(theme) for _ in range(STEPS)]
        self._times = [SpanLabel(theme, ink="text.tertiary", right=True) for _ in range(STEPS)]
        self._figures = ValueList(theme)
        for index in range(_FIGURES):
            self._figures.add_row(str(index), "")
        self._fills = [SpanLabel(theme, role="small") for _ in range(FILLS)]
        self._calm = Notice(theme, NoticeKind.PLAIN, "", "")
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        head = QHBoxLayout()
        head.addWidget(self._symbol, 1)
        head.addWidget(self._badge)
        column.addLayout(head)
        column.addWidget(self._sentence)
        column.addWidget(self._terms)
        column.addWidget(self._doubt)
        column.addSpacing(theme.px(6))
        for step, time in zip(self._steps, self._times, strict=True):
            row = QHBoxLayout()
            row.addWidget(step, 1)
            row.addWidget(time)
            column.addLayout(row)
        column.addSpacing(theme.px(6))
        column.addWidget(self._figures)
        for fill in self._fills:
            column.addWidget(fill)
        column.addWidget(self._calm)
        column.addStretch(1)

    def refresh(self) -> None:
        """Show the order that the view-model follows."""
        model = self._model
        order = model.order
        self._symbol.setText(order.symbol if order else model.form.symbol)
        self._refresh_badge()
        self._sentence.setText(model.sentence)
        self._terms.setText(model.exits_sentence)
        unknown = model.state is EntryState.UNKNOWN
        self._doubt.setVisible(unknown)
        if unknown:
            self._doubt_text.setText(
                f"This order may be live. {order.reason if order else ''} Do not send it again. "
                "Legend asks until it knows."
            )
        finished = model.state is EntryState.DONE
        self._show_steps(() if finished else model.steps)
        self._show_figures(self._done_figures(order) if finished and order else self._open_figures(order))
        self._show_fills(order if order is not None and order.fills else None)
        self._refresh_calm()

    def _refresh_badge(self) -> None:
        model = self._model
        waited = format_duration_ms(model.waited_ms)
        if model.state is EntryState.UNKNOWN:
            self._badge.set_badge(f"UNKNOWN {waited}", ink="unknown", icon="question", hatched=True)
        elif model.state is EntryState.SENDING:
            self._badge.set_badge(f"waiting {waited}", ink="text.secondary", icon="hourglass")
        elif model.state is EntryState.DONE:
            taken = model.fill_ms
            words = f"filled in {format_duration_ms(taken)}" if taken is not None else "filled"
            self._badge.set_badge(words, ink="ok", icon="check-circle")
        else:
            order = model.order
            part = order is not None and order.state is OrderState.PARTIAL
            self._badge.set_badge("partly filled" if part else "working", ink="text.secondary", icon="clock")

    def _show_steps(self, steps: Sequence[Step]) -> None:
        for index in range(STEPS):
            step = steps[index] if index < len(steps) else None
            self._steps[index].setVisible(step is not None)
            self._times[index].setVisible(step is not None)
            if step is None:
                continue
            icon = "check" if step.done else "circle-dashed"
            ink = "ok" if step.done else "text.tertiary"
            if step.warns:
                icon, ink = "warning", "warning"
            self._steps[index].set_parts(
                Span("", ink, icon=icon), Span(step.title, "text.primary" if step.done else "text.tertiary")
            )
            self._times[index].set_parts(Span(step.time_text, "text.tertiary"))

    def _show_figures(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        for index in range(_FIGURES):
            row = self._figures.row(str(index))
            row.setVisible(index < len(rows))
            if index < len(rows):
                title, value, note, ink = rows[index]
                row.set_label(title)
                row.set_value(value, note=note, ink=ink)

    def _open_figures(self, order: Order | None) -> list[tuple[str, str, str, str]]:
        model, preview = self._model, self._model.preview
        rows: list[tuple[str, str, str, str]] = []
        if model.state is EntryState.UNKNOWN and order is not None:
            most = format_shares(order.quantity)
            rows.append(("You may hold", f"{format_shares(order.filled_quantity)} to {most}", "", "unknown"))
        if preview is not None and preview.sizing is not None:
            sizing = preview.sizing
            if sizing.risk_amount is not None:
                share = format_percent(sizing.risk_percent_actual)
                rows.append(("Risk at stop", format_money(sizing.risk_amount), share, "text.primary"))
            rows.append(
                (
                    "Value",
                    format_money(sizing.position_value),
                    format_percent(sizing.percent_of_account, 1),
                    "text.primary",
                )
            )
        if model.state is EntryState.UNKNOWN and order is not None:
            rows.append((f"{order.symbol} entries", "locked until known", "", "text.primary"))
            rows.append(("Reference", order.client_order_id, "", "text.primary"))
        elif order is not None and order.filled_quantity > 0:
            rows.append(
                (
                    "Filled",
                    f"{format_shares(order.filled_quantity)} of {format_shares(order.quantity)}",
                    "",
                    "text.primary",
                )
            )
        return rows

    def _done_figures(self, order: Order) -> list[tuple[str, str, str, str]]:
        rows: list[tuple[str, str, str, str]] = []
        metrics = self._model.metrics
        if metrics is not None and metrics.slippage_bps is not None and metrics.benchmark_price is not None:
            ink = "loss" if metrics.slippage_bps > 0 else "gain" if metrics.slippage_bps < 0 else "text.primary"
            title = f"Cost against mid {format_price(metrics.benchmark_price)}"
            rows.append((title, format_bps(metrics.slippage_bps), format_money(metrics.slippage_cost), ink))
            if metrics.price_improvement_amount is not None:
                money = metrics.price_improvement_amount
                ink = "gain" if money > 0 else "loss" if money < 0 else "text.primary"
                touch = "ask" if order.side is OrderSide.BUY else "bid"
                rows.append((f"Against the {touch}", format_money(money, signed=True), "", ink))
        fees = [row.total_fees for row in order.fills]
        known = [row for row in fees if row is not None]
        rows.append(("Fees", format_money(sum(known)) if known else "later", "", "text.primary"))
        if self._model.frozen_risk is not None:
            rows.append(("Risk, frozen as 1 R", format_money(self._model.frozen_risk), "", "text.primary"))
        for leg in self._model.orders[1:]:
            price = leg.stop_trigger if leg.intent.role is OrderRole.STOP else leg.terms.limit_price
            title = "Stop" if leg.intent.role is OrderRole.STOP else "Target"
            words = (
                f"{format_shares(leg.remaining_quantity)} {leg.state.value}, {leg.terms.time_in_force.value.upper()}"
            )
            rows.append((f"{title} {format_price(price)}", words, "", "text.primary"))
        return rows[:_FIGURES]

    def _show_fills(self, order: Order | None) -> None:
        fills = order.fills[-FILLS:] if order is not None else []
        for index, label in enumerate(self._fills):
            label.setVisible(index < len(fills))
            if index < len(fills):
                fill = fills[index]
                label.set_parts(
                    Span(format_exchange_time(fill.executed_at, milliseconds=True)),
                    Span(f"{format_shares(fill.quantity)} at {format_price(fill.price)}"),
                    Span(fill.venue or "venue not given", "text.tertiary"),
                )

    def _refresh_calm(self) -> None:
        text = self._model.calm_sentence
        self._calm.setVisible(bool(text))
        if text:
            self._calm.set_notice(NoticeKind.PLAIN, "", text)
