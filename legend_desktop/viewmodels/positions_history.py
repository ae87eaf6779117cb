"""What the orders say about how a position came about: its initial risk, its result of the day, who opened it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import takewhile

from legend_desktop.domain.enums import OrderRole, Origin
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import InitialRisk, freeze_initial_risk
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.session import trading_day


class PositionHistory:
    """Orders by symbol. Hand in every order that changes; questions look at one symbol's orders only."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self._orders: dict[str, dict[str, Order]] = {}
        self._fills_of: dict[str, list[tuple[Order, Execution]]] = {}
        self._risk_of: dict[str, tuple[Decimal, InitialRisk | None]] = {}
        for order in orders:
            self.take(order)

    def take(self, order: Order) -> None:
        """Note the newest state of an order."""
        orders = self._orders.setdefault(order.symbol, {})
        before = orders.get(order.client_order_id)
        orders[order.client_order_id] = order
        if order.executions != (before.executions if before is not None else ()):
            self._fills_of.pop(order.symbol, None)
        self._risk_of.pop(order.symbol, None)

    def orders_of(self, symbol: str) -> list[Order]:
        """The orders of a symbol, oldest first."""
        return list(self._orders.get(symbol, {}).values())

    def opened_here(self, symbol: str) -> bool:
        """True where an order of this program traded the symbol or protects it."""
        return any(
            order.intent.origin is Origin.APP and (order.filled_quantity > 0 or order.is_open)
            for order in self.orders_of(symbol)
        )

    def initial_risk(self, position: Position) -> InitialRisk | None:
        """The risk that the entries of the present trade began with; ``None`` where none of them had a stop.

        The trade begins where the fills last crossed flat. What was held before the first known fill counts as
        shares without a known risk.
        """
        known = self._risk_of.get(position.symbol)
        if known is None or known[0] != position.quantity:
            known = self._risk_of[position.symbol] = (position.quantity, self._frozen_risk(position))
        return known[1]

    def _frozen_risk(self, position: Position) -> InitialRisk | None:
        sign = position.side.sign
        entries: dict[str, list[Execution]] = {}
        fills = self._fills(position.symbol)
        held = position.quantity - sum((fill.side.sign * fill.quantity for _, fill in fills), ZERO)
        for order, fill in fills:
            before = held
            held += fill.side.sign * fill.quantity
            if before * sign <= 0:
                entries = {}
            if fill.side.sign == sign and held * sign > 0:
                entries.setdefault(order.client_order_id, []).append(fill)
        return self._joined(position, entries)

    def day_result(self, position: Position, quote: Quote | None, now: datetime) -> Decimal | None:
        """Money gained today with the shares held now and traded today, at the position's mark.

        Shares held since earlier days count from the previous close, today's fills from their prices; ``None`` where
        one of these is not known.
        """
        if position.mark is None:
            return None
        today = trading_day(now)
        newest_first = (fill for _, fill in reversed(self._fills(position.symbol)))
        fills = list(takewhile(lambda fill: trading_day(fill.executed_at) >= today, newest_first))
        traded = sum((fill.side.sign * fill.quantity for fill in fills), ZERO)
        overnight = position.quantity - traded
        close = None if quote is None else quote.previous_close
        if overnight and (close is None or not self.opened_here(position.symbol)):
            return None
        carried = overnight * (position.mark - close) if close is not None else ZERO
        return carried + sum((fill.side.sign * fill.quantity * (position.mark - fill.price) for fill in fills), ZERO)

    def _fills(self, symbol: str) -> list[tuple[Order, Execution]]:
        found = self._fills_of.get(symbol)
        if found is None:
            found = [(order, fill) for order in self.orders_of(symbol) if order.executions for fill in order.fills]
            found.sort(key=lambda pair: (pair[1].executed_at, pair[1].received_at))
            self._fills_of[symbol] = found
        return found

    def _joined(self, position: Position, entries: dict[str, list[Execution]]) -> InitialRisk | None:
        total: InitialRisk | None = None
        for key, fills in entries.items():
            order = self._orders[position.symbol][key]
            stop = self._planned_stop(order)
            if stop is None:
                continue
            filled = sum((fill.quantity for fill in fills), ZERO)
            average = sum((fill.notional for fill in fills), ZERO) / filled
            part = freeze_initial_risk(position.symbol, position.side, filled, average, stop)
            if part is not None:
                total = part if total is None else total.joined(part)
        return total

    def _planned_stop(self, entry: Order) -> Decimal | None:
        if entry.intent.plan is not None and entry.intent.plan.stop_loss_price is not None:
            return entry.intent.plan.stop_loss_price
        legs = (
            order.intent.terms.stop_price
            for order in self.orders_of(entry.symbol)
            if order.intent.parent_id == entry.client_order_id and order.intent.role is OrderRole.STOP
        )
        return next((stop for stop in legs if stop is not None), None)
