"""The risk of the account against its limits: state, meters, figures, and what needs a stop."""

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.events import OrderChanged, ReconcileFinished, TradingStateChanged, ValueAtRiskChanged
from legend_desktop.domain.formatting import format_exchange_time, format_money, format_shares
from legend_desktop.domain.limit_editing import tightened
from legend_desktop.domain.money import ZERO, to_decimal
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.portfolio import PortfolioSummary
from legend_desktop.domain.position_risk import Protection
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.session import next_weekday, trading_day
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import RiskState
from legend_desktop.viewmodels.coalescer import Coalescer
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.risk_figures import (
    RiskFigures,
    day_meter,
    gross_meter,
    heat_meter,
    largest_meter,
    percent_of,
)
from legend_desktop.viewmodels.worst_case import opens, worst_case

_APART_MS = 100
_MINUTE = timedelta(seconds=60)

EDITABLE = {
    "reduce_loss_percent": "Day loss, only exits from",
    "halt_loss_percent": "Day loss, halt at",
    "heat_limit_percent": "Heat",
    "gross_limit_percent": "Gross exposure",
    "max_position_percent": "One position",
}
"""Limits in per cent that the panel changes, with their words."""
_MAY_BE_EMPTY = frozenset({"max_position_percent"})


class RiskViewModel(QObject):
    """Keeps the figures; ``changed`` follows every change.

    ``repair_requested(symbol)`` asks for the missing stop. ``limits_changed(now, later)`` brings the limits of today
    and of the next session (to be stored); ``said`` a sentence about an edit, ``refused`` one that was not taken.
    """

    changed = Signal()
    repair_requested = Signal(str)
    limits_changed = Signal(object, object)
    said = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        positions: PositionsViewModel,
        state: RiskState,
        book: OrderBook,
        quotes: QuoteBoard,
        bus: EventBus,
        *,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._positions = positions
        self._state = state
        self._book = book
        self._quotes = quotes
        self._clock = clock
        self._later: GateLimits | None = None
        self._checked = ""
        self._value_at_risk: ValueAtRiskChanged | None = None
        sent = (order.sent_at for order in book.all() if opens(order))
        self._sends: deque[datetime] = deque(sorted(at for at in sent if at is not None))
        self._figures: RiskFigures | None = None
        self._coalescer = Coalescer(self.flush, clock, self, apart_ms=_APART_MS)
        positions.rows_changed.connect(self._mark)
        positions.rows_removed.connect(self._mark)
        positions.totals_changed.connect(self._mark)
        self._ends = (
            bus.subscribe(TradingStateChanged, self._on_state),
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(ReconcileFinished, self._on_reconciled),
            bus.subscribe(ValueAtRiskChanged, self._on_value_at_risk),
        )

    @property
    def figures(self) -> RiskFigures:
        """The newest figures."""
        if self._figures is None:
            self._figures = self._build()
        return self._figures

    @property
    def limits(self) -> GateLimits:
        """The limits that hold now."""
        return self._state.limits

    @property
    def later_limits(self) -> GateLimits:
        """The limits of the next session: those of now unless a looser one waits."""
        return self._later or self._state.limits

    def flush(self) -> None:
        """Work the figures out and say so if they changed."""
        self._coalescer.settle()
        figures = self._build()
        if figures != self._figures:
            self._figures = figures
            self.changed.emit()

    def tick(self) -> None:
        """Count the last minute again; call about once a second."""
        self.flush()

    def unprotected(self) -> list[str]:
        """The positions with shares that have no stop, each in words, without a full stop."""
        found = []
        for row in self._positions.rows():
            risk = row.risk
            if risk is None or risk.protection is Protection.UNCERTAIN:
                continue
            bare = risk.unprotected_quantity
            if bare <= 0:
                continue
            words = f"{format_shares(bare)} {row.symbol} shares have no stop"
            money = format_money(risk.unprotected_value)
            found.append(words if risk.quantity < 0 else f"{words}, {money} at risk to zero")
        return found

    def change_limit(self, name: str, text: str) -> bool:
        """Take a new limit typed in per cent: a tighter one holds at once, a looser one from the next session.

        Empty text means no limit where a limit may be absent. False (with ``refused``) when the text is not a limit.
        """
        words = text.replace("%", "").strip()
        try:
            if not words and name in _MAY_BE_EMPTY:
                value = None
            else:
                value = to_decimal(words or "nothing", EDITABLE[name].lower())
            wanted = replace(self.later_limits, **{name: value})  # type: ignore[arg-type]
            edit = tightened(self._state.limits, wanted, next_weekday(trading_day(self._clock.now())))
        except InvalidInput as error:
            self.refused.emit(error.sentence)
            return False
        except ValueError:
            self.refused.emit(f"“{text.strip()}” is not a number of per cent. Type a number such as 3 or 2.5.")
            return False
        self._later = edit.later if edit.waits else None
        if edit.now != self._state.limits:
            self._state.set_limits(edit.now)
        self.limits_changed.emit(edit.now, edit.later)
        self.said.emit(edit.sentence)
        self.flush()
        return True

    def request_repair(self) -> None:
        """Ask for the stop of the largest position that has none."""
        bare = self._bare_symbols()
        if bare:
            self.repair_requested.emit(bare[0])

    def close(self) -> None:
        """Stop listening."""
        self._coalescer.close()
        for end in self._ends:
            end()

    def _mark(self) -> None:
        self._coalescer.mark()

    def _on_state(self, _event: TradingStateChanged) -> None:
        if self._later == self._state.limits:
            self._later = None  # their session has come
        self.flush()

    def _on_order(self, event: OrderChanged) -> None:
        happened, order = event.event, event.order
        if happened is None:  # from the journal: what left in the last minute, before a restart, still counts
            at = order.sent_at
            if at is not None and at >= self._clock.now() - _MINUTE and opens(order):
                self._sends = deque(sorted((*self._sends, at)))
        elif happened.kind is OrderEventKind.SENT and opens(order):
            self._sends.append(happened.at)
        self._mark()

    def _on_reconciled(self, event: ReconcileFinished) -> None:
        if event.ok:
            self._checked = format_exchange_time(event.at)
            self._mark()

    def _on_value_at_risk(self, event: ValueAtRiskChanged) -> None:
        self._value_at_risk = event
        self._mark()

    def _build(self) -> RiskFigures:
        summary = self._positions.summary()
        totals = self._positions.totals
        limits = self._state.limits
        unknown = [worst_case(order, self._quotes) for order in self._book.unknown() if opens(order)]
        if_filled, if_filled_percent = self._heat_if_filled(summary)
        rows = [row for row in self._positions.rows() if row.risk is not None]
        return RiskFigures(
            state=self._state.state,
            sentence=self._sentence(),
            day=day_meter(self._positions.account, limits),
            heat=heat_meter(summary, limits, unknown),
            gross=gross_meter(summary, limits, unknown),
            largest=largest_meter(summary, limits),
            heat_if_filled=if_filled,
            heat_if_filled_percent=if_filled_percent,
            sends_in_minute=self._sends_in_minute(),
            sends_limit=limits.max_per_minute,
            hhi=None if summary is None else summary.hhi,
            effective_positions=None if summary is None else summary.effective_positions,
            shares=sum((row.risk.shares for row in rows if row.risk is not None), ZERO),
            unprotected=tuple(self.unprotected()),
            unsure=totals.unsure,
            unknown_shares=sum((case.quantity for case in unknown), ZERO),
            checked=self._checked,
            counts_worst_case=bool(unknown) or totals.unsure > 0,
            value_at_risk=self._value_at_risk,
        )

    def _sentence(self) -> str:
        state = self._state.state
        if state is TradingState.ACTIVE and self._state.entries_open:
            return "entries and exits allowed"
        if self._state.reason:
            return self._state.reason
        if state is TradingState.REDUCING:
            return "exits and cancels only"
        return "only cancels and flatten" if state is TradingState.HALTED else "entries locked"

    def _heat_if_filled(self, summary: PortfolioSummary | None) -> tuple[Decimal | None, Decimal | None]:
        """Heat with every working entry filled at its price and stopped where it was planned to stop."""
        if summary is None:
            return None, None
        added = ZERO
        for order in self._book.open_orders():
            if opens(order):
                added += worst_case(order, self._quotes).loss or ZERO
        heat = summary.heat + added
        return heat, percent_of(heat, summary.total_equity)

    def _sends_in_minute(self) -> int:
        edge = self._clock.now() - _MINUTE
        while self._sends and self._sends[0] < edge:
            self._sends.popleft()
        return len(self._sends)

    def _bare_symbols(self) -> list[str]:
        return [
            row.symbol
            for row in self._positions.rows()
            if row.risk is not None and row.risk.unprotected_quantity > row.risk.unsure_quantity
        ]
