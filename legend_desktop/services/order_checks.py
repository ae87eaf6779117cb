"""The pre-trade checks with the facts of this moment, and what those facts add up to: reservations and exposure."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState
from legend_desktop.domain.gate import GateInputs, evaluate_gate
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import ZERO, round_to_tick
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.domain.session import MarketSession, session_of
from legend_desktop.domain.sizing_models import PositionSizing
from legend_desktop.domain.verdicts import Verdict
from legend_desktop.services.order_book import changed_order, worst_case_quantity
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.risk_state import THROTTLE
from legend_desktop.services.send_log import SendLog
from legend_desktop.services.trading_context import TradingContext

SIMILAR = 0.6
"""How like two symbols must be, 0 to 1, for one to be offered in place of the other."""
_LOCKING = frozenset({OrderState.UNKNOWN, OrderState.ATTENTION})


class OrderChecks:
    """Runs the gate for one account."""

    def __init__(self, context: TradingContext, sends: SendLog) -> None:
        self._context = context
        self._sends = sends

    def check(
        self,
        terms: OrderTerms,
        *,
        planned_stop: Decimal | None = None,
        planned_target: Decimal | None = None,
        sizing: PositionSizing | None = None,
        reduce_only: bool = False,
        is_replace: bool = False,
        is_flatten: bool = False,
        replacing: Order | None = None,
        instead_of: Sequence[Order] = (),
    ) -> tuple[Verdict, ...]:
        """Every verdict of the pre-trade gate for ``terms`` with the facts of this moment.

        ``replacing`` is the order that is to be changed, ``instead_of`` are exits that are to be cancelled first.
        """
        wanted = replace(
            self._facts(terms, replacing, instead_of),
            risk_percent=sizing.risk_percent_actual if sizing else None,
            planned_stop=planned_stop,
            planned_target=planned_target,
            is_replace=is_replace,
            reduce_only=reduce_only,
            is_flatten=is_flatten,
        )
        return evaluate_gate(wanted)

    def _facts(self, terms: OrderTerms, replacing: Order | None, instead_of: Sequence[Order]) -> GateInputs:
        """What the desk knows now that the checks of ``terms`` ask for."""
        context = self._context
        symbol, now = terms.symbol, context.clock.now()
        quote = context.quotes.latest(symbol)
        price = terms.limit_price or terms.stop_price or (quote.mid if quote else None)
        position = context.positions.get(symbol)
        instrument = context.instruments.get(symbol)
        locked = [row for row in context.open_orders(symbol) if row.state in _LOCKING]
        return GateInputs(
            terms=terms,
            now=now,
            limits=context.risk.limits,
            trading_state=context.risk.state,
            trading_reason=context.risk.reason,
            entries_open=context.risk.entries_open,
            entries_reason=context.risk.reason,
            order_mode=context.mode,
            session_mode=context.broker.mode,
            window_mode=context.mode,
            store_mode=context.ledger.store.mode,
            instrument=instrument,
            instrument_as_of=context.instruments_as_of.get(symbol),
            quote=quote,
            account=context.account,
            position_quantity=position.quantity if position else ZERO,
            order_stream_alive=context.stream_alive,
            market_open=context.market_open,
            in_extended_session=session_of(now) in {MarketSession.PRE, MarketSession.POST},
            working_exit_quantity=self.working_exits(
                symbol, terms.side, without=[*instead_of, *([replacing] if replacing else [])]
            ),
            reservations=self.reservations(without=replacing),
            symbol_exposure=self.symbol_exposure(symbol, price, without=replacing),
            gross_exposure=self.gross_exposure(without=replacing),
            recent_sends=self._sends.recent(),
            throttled_until=context.risk.until(THROTTLE),
            daily_loss=context.daily_loss,
            symbol_locked=bool(locked),
            symbol_lock_reason=_lock_reason(locked),
            open_positions=len(context.positions),
            broker_name=context.broker_name,
            quantity_step=instrument.lot if instrument is not None else None,
            suggested_stop=suggested_stop(terms.side, price, instrument) if instrument and price else None,
            similar_symbols=self.similar_symbols(symbol),
        )

    def similar_symbols(self, symbol: str) -> tuple[str, ...]:
        """Up to two known symbols that a mistyped one may have meant; none for a symbol that is known itself."""
        known = self._context.instruments
        return () if symbol in known else tuple(difflib.get_close_matches(symbol, known, n=2, cutoff=SIMILAR))

    def reservations(self, *, without: Order | None = None) -> Decimal:
        """Buying power that the account snapshot does not know of yet, at each order's price or the far side.

        That is what entries may still fill that the broker had not acknowledged before the snapshot, and what entries
        have filled since. Where ``without`` is about to be changed, what the snapshot took for it is given back.
        """
        context = self._context
        since = context.account.as_of if context.account else None
        total = sum((value for _, value in context.spent), ZERO)
        for order in context.open_orders():
            if order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only:
                continue
            quote = context.quotes.latest(order.symbol)
            price = order.terms.limit_price or order.terms.stop_price or (quote.far_side(order.side) if quote else None)
            value = (price or ZERO) * order.remaining_quantity
            acked = order.acked_at
            in_snapshot = since is not None and acked is not None and acked < since
            changes = without is not None and order.client_order_id == without.client_order_id
            if in_snapshot and order.state is not OrderState.UNKNOWN:
                total -= value if changes else ZERO
            elif not changes:
                total += value
        return total

    def symbol_exposure(self, symbol: str, price: Decimal | None, *, without: Order | None = None) -> Decimal:
        """Absolute value held in ``symbol`` with every open entry but ``without`` filled."""
        context = self._context
        position = context.positions.get(symbol)
        quantity = position.quantity if position else ZERO
        mark = (position.mark if position else None) or price or ZERO
        orders = [row for row in context.open_orders(symbol) if not _is(row, without)]
        buys = quantity + worst_case_quantity(orders, OrderSide.BUY)
        sells = quantity - worst_case_quantity(orders, OrderSide.SELL)
        return max(abs(buys), abs(sells)) * mark

    def gross_exposure(self, *, without: Order | None = None) -> Decimal:
        """Absolute value of everything held with every open entry but ``without`` filled."""
        context = self._context
        symbols = set(context.positions) | {row.symbol for row in context.open_orders()}
        total = ZERO
        for symbol in symbols:
            quote = context.quotes.latest(symbol)
            total += self.symbol_exposure(symbol, quote.mid if quote else None, without=without)
        return total

    def working_exits(self, symbol: str, side: OrderSide, *, without: Sequence[Order] = ()) -> Decimal:
        """Shares that working exits of ``side`` already cover.

        Exits that cancel each other count once, and so does an exit with the change on its way to take its place. The
        pairs of ``without``, exits about to be changed or cancelled, are left out.
        """
        groups: dict[str, Decimal] = {}
        rows = self._context.open_orders(symbol)
        living = {row.client_order_id for row in rows}
        left_out = {row.intent.oco_group or row.client_order_id for row in without}
        for order in rows:
            is_exit = order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only
            key = order.intent.oco_group or changed_order(order, living)
            if not is_exit or order.side is not side or key in left_out:
                continue
            groups[key] = max(groups.get(key, ZERO), order.remaining_quantity)
        return sum(groups.values(), ZERO)


def _is(order: Order, other: Order | None) -> bool:
    return other is not None and order.client_order_id == other.client_order_id


def suggested_stop(side: OrderSide, entry: Decimal, instrument: Instrument) -> Decimal:
    """A stop that is on the right side: half an average true range away, or 1 % where that is not known."""
    distance = instrument.atr / 2 if instrument.atr is not None else entry / 100
    tick = instrument.tick_at(entry)
    return max(tick, round_to_tick(entry - side.sign * distance, tick))


def _lock_reason(orders: list[Order]) -> str:
    if not orders:
        return ""
    order = orders[0]
    what = "is unknown and may be live" if order.state is OrderState.UNKNOWN else "needs your decision"
    return f"{order_sentence(order.terms)} {what}."
