"""From a wish to a decided order: size, terms, exits, and the verdicts of every check, from facts in memory alone.

Nothing here waits or sends, so that a preview and the send that follows it see the same rules.
"""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.analytics.expected_cost import expected_cost, half_spread_bps
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.gate import GateInputs, evaluate_gate
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import BASIS_POINTS, ZERO, floor_to_step, round_to_tick
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.domain.session import MarketSession, session_of
from legend_desktop.domain.sizing import describe_quantity, entry_price_for, size_position
from legend_desktop.domain.sizing_models import PositionSizing, SizingCaps, SizingModel, SizingRequest
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.order_book import worst_case_quantity
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest
from legend_desktop.services.risk_state import THROTTLE
from legend_desktop.services.send_log import SendLog
from legend_desktop.services.trading_context import TradingContext

_LOCKING = frozenset({OrderState.UNKNOWN, OrderState.ATTENTION})


class OrderPlanner:
    """Works out previews and builds intents for one account."""

    def __init__(self, context: TradingContext, sends: SendLog) -> None:
        self._context = context
        self.sends = sends

    # ---- previews -------------------------------------------------------------------------------------------------

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        """Size and check ``request`` as if it were sent now."""
        symbol = request.symbol.upper()
        try:
            sizing = self._size(request, symbol)
        except SizingError as error:
            return self._unsized(request, symbol, error)
        except ValueError as error:
            return self._unsized(request, symbol, SizingError(f"{error}".capitalize() + ".", code="INVALID_INPUT"))
        terms = self.terms_of(request, symbol, sizing.position_size)
        verdicts = self.check(
            terms, planned_stop=sizing.stop_loss_price, planned_target=sizing.target_price, sizing=sizing
        )
        cost, cost_bps = self._expected_cost(terms, sizing)
        return OrderPreview(
            symbol=symbol,
            side=request.side,
            order_type=request.order_type,
            quantity=sizing.position_size,
            entry_price=sizing.entry_price,
            stop_loss_price=sizing.stop_loss_price,
            target_price=sizing.target_price,
            sizing=sizing,
            verdicts=(*verdicts, *_notices_beside(sizing, verdicts)),
            sentence=order_sentence(terms),
            account_size=self.account_size(request),
            value=sizing.position_value,
            percent_of_account=sizing.percent_of_account,
            expected_cost=cost,
            expected_cost_bps=cost_bps,
            atr_gap_loss=sizing.atr_gap_loss,
            atr_gap_r=sizing.atr_gap_r,
        )

    def account_size(self, request: QuickEntryRequest) -> Decimal | None:
        """The account size that a risk per cent is taken of."""
        given = request.decimal("account_size")
        account = self._context.account
        return given if given is not None else (account.equity if account else None)

    def _unsized(self, request: QuickEntryRequest, symbol: str, error: SizingError) -> OrderPreview:
        verdict = Verdict(
            check=error.code.lower() or "size",
            title="Size",
            outcome=Outcome.DENY,
            sentence=error.sentence,
            fixes=error.fixes,
        )
        word = "Buy" if request.side is OrderSide.BUY else "Sell"
        return OrderPreview(
            symbol,
            request.side,
            request.order_type,
            None,
            None,
            _quiet(request, "stop_loss_price"),
            _quiet(request, "target_price"),
            None,
            (verdict,),
            f"{word} {symbol}",
        )

    def _size(self, request: QuickEntryRequest, symbol: str) -> PositionSizing:
        context = self._context
        limits = context.risk.limits
        quote = context.quotes.latest(symbol)
        instrument = context.instruments.get(symbol) or Instrument(symbol)
        spread = quote.spread if quote is not None and not quote.is_crossed else None
        passive = request.order_type is OrderType.LIMIT
        allowance = ZERO if passive or spread is None else max(ZERO, spread)
        entry = entry_price_for(
            request.side,
            request.order_type,
            quote,
            context.clock.now(),
            limit_price=request.decimal("limit_price"),
            stop_price=request.decimal("stop_price"),
            slippage_allowance=allowance,
            max_quote_age=limits.max_quote_age,
        )
        size = self.account_size(request)
        if size is None:
            raise SizingError("The account is not known yet.", advice="Wait for the connection.", code="INVALID_INPUT")
        held = context.positions.get(symbol)
        wanted = SizingRequest(
            symbol=symbol,
            side=request.side,
            account_size=size,
            entry_price=entry,
            stop_loss_price=request.decimal("stop_loss_price"),
            target_price=request.decimal("target_price"),
            order_type=request.order_type,
            risk_percent=request.decimal("risk_percent"),
            cash_risk=request.decimal("cash_risk"),
            atr=instrument.atr,
            slippage_allowance=allowance,
            caps=self._caps(symbol, instrument, entry),
            step=instrument.lot,
            tick=instrument.tick_at(entry),
            spread=spread,
            shortable=instrument.shortable or (held is not None and held.quantity > 0),
            suggested_stop=suggested_stop(request.side, entry, instrument),
            broker_name=context.broker_name,
        )
        return self._by_wish(request, wanted, entry, instrument)

    def _by_wish(
        self, request: QuickEntryRequest, wanted: SizingRequest, entry: Decimal, instrument: Instrument
    ) -> PositionSizing:
        quantity, value = request.decimal("quantity"), request.decimal("order_value")
        if quantity is None and value is not None:
            quantity = floor_to_step(value / entry, instrument.lot)
        if quantity is not None:
            return describe_quantity(wanted, quantity)
        if wanted.cash_risk is not None:
            return size_position(replace(wanted, model=SizingModel.FIXED_CASH))
        if wanted.stop_loss_price is None:
            raise SizingError(
                f"{wanted.symbol} needs a stop or a share count.",
                advice="Type the price where you would be wrong.",
                code="NO_STOP",
                field="stop",
            )
        return size_position(wanted)

    def _caps(self, symbol: str, instrument: Instrument, entry: Decimal) -> SizingCaps:
        context, limits = self._context, self._context.risk.limits
        account = context.account
        free = account.buying_power - self.reservations() if account else None
        values = [limits.max_order_value]
        if account is not None and limits.max_order_percent is not None:
            values.append(account.equity * limits.max_order_percent / 100)
        known = [value for value in values if value is not None]
        return SizingCaps(
            buying_power=free,
            buying_power_slack=limits.buying_power_slack,
            max_position_percent=limits.max_position_percent,
            equity=account.equity if account else None,
            held_value=self.symbol_exposure(symbol, entry),
            max_order_value=min(known) if known else None,
            max_percent_adv=limits.max_percent_adv,
            adv=instrument.average_volume,
            max_quantity=limits.max_order_quantity,
        )

    def _expected_cost(self, terms: OrderTerms, sizing: PositionSizing) -> tuple[Decimal | None, Decimal | None]:
        """Money and bps that the order should cost against the mid; ``None`` for an order that waits for its price."""
        quote = self._context.quotes.latest(terms.symbol)
        if quote is None or quote.bid is None or quote.ask is None or quote.mid is None:
            return None, None
        far = quote.far_side(terms.side)
        resting = terms.order_type in {OrderType.LIMIT, OrderType.STOP_LIMIT} and (
            terms.limit_price is None or far is None or terms.side.sign * (terms.limit_price - far) < 0
        )
        if resting:
            return None, None
        instrument = self._context.instruments.get(terms.symbol) or Instrument(terms.symbol)
        cost = expected_cost(
            terms.quantity,
            half_spread=half_spread_bps(quote.bid, quote.ask),
            daily_volatility=instrument.daily_volatility,
            average_volume=instrument.average_volume,
            tick=instrument.tick,
            price=quote.mid,
        )
        return cost.bps / BASIS_POINTS * sizing.position_value, cost.bps

    # ---- the gate -------------------------------------------------------------------------------------------------

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
    ) -> tuple[Verdict, ...]:
        """Every verdict of the pre-trade gate for ``terms`` with the facts of this moment."""
        wanted = replace(
            self._facts(terms, replacing),
            risk_percent=sizing.risk_percent_actual if sizing else None,
            planned_stop=planned_stop,
            planned_target=planned_target,
            is_replace=is_replace,
            reduce_only=reduce_only,
            is_flatten=is_flatten,
        )
        return evaluate_gate(wanted)

    def _facts(self, terms: OrderTerms, replacing: Order | None) -> GateInputs:
        """What the desk knows now that the checks of ``terms`` ask for."""
        context = self._context
        symbol, now = terms.symbol, context.clock.now()
        quote = context.quotes.latest(symbol)
        price = terms.limit_price or terms.stop_price or (quote.mid if quote else None)
        position = context.positions.get(symbol)
        instrument = context.instruments.get(symbol)
        locked = [row for row in context.book.open_orders(symbol) if row.state in _LOCKING]
        return GateInputs(
            terms=terms,
            now=now,
            limits=context.risk.limits,
            trading_state=context.risk.state,
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
            working_exit_quantity=self.working_exits(symbol, terms.side, without=replacing),
            reservations=self.reservations(),
            symbol_exposure=self.symbol_exposure(symbol, price),
            gross_exposure=self.gross_exposure(),
            recent_sends=self.sends.recent(),
            throttled_until=context.risk.until(THROTTLE),
            daily_loss=context.daily_loss,
            symbol_locked=bool(locked),
            symbol_lock_reason=_lock_reason(locked),
            open_positions=len(context.positions),
            broker_name=context.broker_name,
            quantity_step=instrument.lot if instrument is not None else None,
        )

    def reservations(self) -> Decimal:
        """Buying power taken by entries sent since the account snapshot, at their price or the far side."""
        context = self._context
        since = context.account.as_of if context.account else None
        total = ZERO
        for order in context.book.open_orders():
            sent = order.sent_at
            if order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only or sent is None:
                continue
            if since is not None and sent <= since and order.state is not OrderState.UNKNOWN:
                continue
            quote = context.quotes.latest(order.symbol)
            price = order.terms.limit_price or order.terms.stop_price or (quote.far_side(order.side) if quote else None)
            if price is not None:
                total += price * order.remaining_quantity
        return total

    def symbol_exposure(self, symbol: str, price: Decimal | None) -> Decimal:
        """Absolute value held in ``symbol`` with every open entry filled."""
        context = self._context
        position = context.positions.get(symbol)
        quantity = position.quantity if position else ZERO
        mark = (position.mark if position else None) or price or ZERO
        orders = context.book.open_orders(symbol)
        buys = quantity + worst_case_quantity(orders, OrderSide.BUY)
        sells = quantity - worst_case_quantity(orders, OrderSide.SELL)
        return max(abs(buys), abs(sells)) * mark

    def gross_exposure(self) -> Decimal:
        """Absolute value of everything held with every open entry filled."""
        context = self._context
        symbols = set(context.positions) | {row.symbol for row in context.book.open_orders()}
        total = ZERO
        for symbol in symbols:
            quote = context.quotes.latest(symbol)
            total += self.symbol_exposure(symbol, quote.mid if quote else None)
        return total

    def working_exits(self, symbol: str, side: OrderSide, *, without: Order | None = None) -> Decimal:
        """Shares that working exits of ``side`` already cover; exits that cancel each other count once.

        The pair of ``without``, an exit about to be changed, is left out.
        """
        groups: dict[str, Decimal] = {}
        left_out = (without.intent.oco_group or without.client_order_id) if without is not None else None
        for order in self._context.book.open_orders(symbol):
            is_exit = order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only
            key = order.intent.oco_group or order.client_order_id
            if not is_exit or order.side is not side or key == left_out:
                continue
            groups[key] = max(groups.get(key, ZERO), order.remaining_quantity)
        return sum(groups.values(), ZERO)

    def terms_of(self, request: QuickEntryRequest, symbol: str, quantity: Decimal) -> OrderTerms:
        """The entry's terms for a size."""
        return OrderTerms(
            symbol=symbol,
            side=request.side,
            order_type=request.order_type,
            quantity=quantity,
            limit_price=request.decimal("limit_price"),
            stop_price=request.decimal("stop_price"),
            trail_amount=request.decimal("trail_amount"),
            trail_percent=request.decimal("trail_percent"),
            time_in_force=request.time_in_force,
            extended_hours=request.extended_hours,
        )


def suggested_stop(side: OrderSide, entry: Decimal, instrument: Instrument) -> Decimal:
    """A stop that is on the right side: half an average true range away, or 1 % where that is not known."""
    distance = instrument.atr / 2 if instrument.atr is not None else entry / 100
    tick = instrument.tick_at(entry)
    return max(tick, round_to_tick(entry - side.sign * distance, tick))


def _quiet(request: QuickEntryRequest, name: str) -> Decimal | None:
    try:
        return request.decimal(name)
    except ValueError:
        return None


def _notices_beside(sizing: PositionSizing, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The notices of sizing that no check of the gate repeats."""
    said = {row.check for row in verdicts}
    return tuple(row for row in sizing.notices if row.check not in said)


def _lock_reason(orders: list[Order]) -> str:
    if not orders:
        return ""
    order = orders[0]
    what = "is unknown and may be live" if order.state is OrderState.UNKNOWN else "needs your decision"
    return f"{order_sentence(order.terms)} {what}. Entries in {order.symbol} wait until that is clear."
