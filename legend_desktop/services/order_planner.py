"""From a wish to a decided order: size, terms, exits, and the verdicts of every check, from facts in memory alone.

Nothing here waits or sends, so that a preview and the send that follows it see the same rules.
"""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.analytics.expected_cost import expected_cost, half_spread_bps
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.gate import Check
from legend_desktop.domain.gate_facts import TITLES
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import BASIS_POINTS, ZERO, floor_to_step, round_to_tick
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.sizing import describe_quantity, entry_price_for, size_position
from legend_desktop.domain.sizing_models import PositionSizing, SizingCaps, SizingCode, SizingModel, SizingRequest
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.order_checks import OrderChecks, suggested_stop
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest
from legend_desktop.services.send_log import SendLog
from legend_desktop.services.trading_context import TradingContext

AGAINST_POSITION = "against_position"
_STOP_CODES = (SizingCode.STOP_EQUALS_ENTRY, SizingCode.STOP_WRONG_SIDE, SizingCode.TARGET_WRONG_SIDE)
_SAME_CHECK: dict[str, Check] = {
    **{code.value: Check.STOP_SIDE for code in _STOP_CODES},
    SizingCode.STALE_QUOTE.value: Check.QUOTE,
    SizingCode.NO_PRICE.value: Check.QUOTE,
    SizingCode.NOT_SHORTABLE.value: Check.SHORT_SALE,
}
_SIZE_TITLES = {code: TITLES[check] for code, check in _SAME_CHECK.items()}


class OrderPlanner:
    """Works out previews and builds intents for one account."""

    def __init__(self, context: TradingContext, sends: SendLog) -> None:
        self._context = context
        self.sends = sends
        self.facts = OrderChecks(context, sends)
        self.check = self.facts.check

    # ---- previews -------------------------------------------------------------------------------------------------

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        """Size and check ``request`` as if it were sent now."""
        symbol = request.symbol.upper()
        closing = self._closing_quantity(request, symbol)
        if closing is not None:
            return self._exit_preview(request, symbol, closing)
        try:
            sizing = self._size(request, symbol)
        except SizingError as error:
            return self._unsized(request, symbol, error)
        except ValueError as error:
            return self._unsized(request, symbol, _unreadable(error))
        terms = self.terms_of(request, symbol, sizing.position_size)
        verdicts = self.check(
            terms, planned_stop=sizing.stop_loss_price, planned_target=sizing.target_price, sizing=sizing
        )
        verdicts = (*verdicts, *_notices_beside(sizing, verdicts), *self._against_position(request, symbol))
        cost, cost_bps = self._expected_cost(terms, sizing.position_value)
        return OrderPreview(
            symbol=symbol,
            side=request.side,
            order_type=request.order_type,
            quantity=sizing.position_size,
            entry_price=sizing.entry_price,
            stop_loss_price=sizing.stop_loss_price,
            target_price=sizing.target_price,
            sizing=sizing,
            verdicts=verdicts,
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

    def only_reduces(self, symbol: str, side: OrderSide, quantity: Decimal) -> bool:
        """True where an order can only take the open position down: on its other side, for no more than is held."""
        position = self._context.positions.get(symbol)
        held = position.quantity if position else ZERO
        return held * side.sign < 0 and ZERO < quantity <= abs(held)

    def _closing_quantity(self, request: QuickEntryRequest, symbol: str) -> Decimal | None:
        """The shares of a plain order that only reduces the position; ``None`` for anything that may open one."""
        if request.stop_loss_price is not None or request.target_price is not None:
            return None
        quantity, value = _quiet(request, "quantity"), _quiet(request, "order_value")
        if quantity is None and value is not None:
            price = self._exit_price(request, symbol)
            instrument = self._context.instruments.get(symbol) or Instrument(symbol)
            quantity = floor_to_step(value / price, instrument.lot) if price is not None and price > 0 else None
        return quantity if quantity is not None and self.only_reduces(symbol, request.side, quantity) else None

    def _exit_preview(self, request: QuickEntryRequest, symbol: str, quantity: Decimal) -> OrderPreview:
        """An order out of a position: no size to work out, and no old price or full account holds it back."""
        try:
            terms = self.terms_of(request, symbol, quantity)
        except ValueError as error:
            return self._unsized(request, symbol, _unreadable(error))
        price = self._exit_price(request, symbol)
        value = None if price is None else price * quantity
        account = self.account_size(request)
        cost, cost_bps = self._expected_cost(terms, value) if value is not None else (None, None)
        return OrderPreview(
            symbol=symbol,
            side=request.side,
            order_type=request.order_type,
            quantity=quantity,
            entry_price=price,
            stop_loss_price=None,
            target_price=None,
            sizing=None,
            verdicts=self.check(terms, reduce_only=True),
            sentence=order_sentence(terms),
            account_size=account,
            value=value,
            percent_of_account=value / account * 100 if value is not None and account else None,
            expected_cost=cost,
            expected_cost_bps=cost_bps,
            reduce_only=True,
        )

    def _exit_price(self, request: QuickEntryRequest, symbol: str) -> Decimal | None:
        """About what an exit brings: its own price, else the touch, the last trade, or the mark.

        A trailing stop brings its distance less, as it would if the price turned at once.
        """
        quote, position = self._context.quotes.latest(symbol), self._context.positions.get(symbol)
        own = _quiet(request, "limit_price") or _quiet(request, "stop_price")
        market = quote.far_side(request.side) or quote.last if quote is not None else None
        price = own or market or (position.mark if position else None)
        if price is None or request.order_type is not OrderType.TRAILING_STOP:
            return price
        percent = _quiet(request, "trail_percent")
        distance = price * percent / 100 if percent is not None else _quiet(request, "trail_amount") or ZERO
        instrument = self._context.instruments.get(symbol) or Instrument(symbol)
        return max(instrument.tick_at(price), round_to_tick(price + request.side.sign * distance, instrument.tick))

    def _against_position(self, request: QuickEntryRequest, symbol: str) -> tuple[Verdict, ...]:
        """An entry with exits against an open position is refused: its exits would stand on the wrong side of it."""
        position = self._context.positions.get(symbol)
        plain = request.stop_loss_price is None and request.target_price is None
        if plain or position is None or position.quantity * request.side.sign >= 0:
            return ()
        held = f"{format_shares(position.shares)} {symbol} {'long' if position.is_long else 'short'}"
        return (
            Verdict(
                AGAINST_POSITION,
                "Exits fit the position",
                Outcome.DENY,
                f"You hold {held}. A {request.side.value} takes that down, and its own stop and target would open it "
                "again. Type a share count without stop and target, or close the position first.",
            ),
        )

    def _unsized(self, request: QuickEntryRequest, symbol: str, error: SizingError) -> OrderPreview:
        """The refusal first, then every check that does not hang on the size, made for one lot."""
        verdict = Verdict(
            check=error.code.lower() or "size",
            title=_SIZE_TITLES.get(error.code, "Size"),
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
            (verdict, *self._other_checks(request, symbol, error)),
            f"{word} {symbol}",
            account_size=self.account_size(request) if error.code != SizingCode.INVALID_INPUT else None,
        )

    def _other_checks(self, request: QuickEntryRequest, symbol: str, error: SizingError) -> tuple[Verdict, ...]:
        if error.code == SizingCode.INVALID_INPUT:
            return ()  # what cannot be read cannot be checked
        instrument = self._context.instruments.get(symbol) or Instrument(symbol)
        terms = self.terms_of(request, symbol, instrument.lot)
        rows = self.check(
            terms, planned_stop=request.decimal("stop_loss_price"), planned_target=request.decimal("target_price")
        )
        return tuple(row for row in rows if row.check != _SAME_CHECK.get(error.code))

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
        free = account.buying_power - self.facts.reservations() if account else None
        values = [limits.max_order_value]
        if account is not None and limits.max_order_percent is not None:
            values.append(account.equity * limits.max_order_percent / 100)
        known = [value for value in values if value is not None]
        return SizingCaps(
            buying_power=free,
            buying_power_slack=limits.buying_power_slack,
            max_position_percent=limits.max_position_percent,
            equity=account.equity if account else None,
            held_value=self.facts.symbol_exposure(symbol, entry),
            max_order_value=min(known) if known else None,
            max_percent_adv=limits.max_percent_adv,
            adv=instrument.average_volume,
            max_quantity=limits.max_order_quantity,
        )

    def _expected_cost(self, terms: OrderTerms, value: Decimal) -> tuple[Decimal | None, Decimal | None]:
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
        return cost.bps / BASIS_POINTS * value, cost.bps

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


def _unreadable(error: ValueError) -> SizingError:
    text = f"{error}"
    return SizingError(f"{text[:1].upper()}{text[1:]}.", code=SizingCode.INVALID_INPUT)


def _quiet(request: QuickEntryRequest, name: str) -> Decimal | None:
    try:
        return request.decimal(name)
    except ValueError:
        return None


def _notices_beside(sizing: PositionSizing, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The notices of sizing that no check of the gate repeats."""
    said = {row.check for row in verdicts}
    return tuple(row for row in sizing.notices if row.check not in said)
