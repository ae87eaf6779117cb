"""The rules that need the account and the market: permissions, assets, bases, wash trades, shares, buying power."""

from decimal import Decimal

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.market import Listed
from tests.fakes.alpaca.order_form import OrderForm, check_auction_window, check_form
from tests.fakes.alpaca.records import ZERO, FakeOrder, forbidden, malformed, text, unprocessable
from tests.fakes.alpaca.state import FakeState

CENT = Decimal("0.01")
SHORT_MARGIN = Decimal("1.03")
MINIMUM_EQUITY = Decimal(2000)
MOST_EXPOSURE = 6  # a position above so many times the equity may only be closed


class Rules:
    """Judges order requests against the state. Each check raises the refusal that Alpaca answers."""

    def __init__(self, state: FakeState) -> None:
        self.state = state

    def judge(self, form: OrderForm) -> Listed:
        """All checks of a new order in Alpaca's order: form, id, session, asset, wash, shares, buying power."""
        if form.client_order_id and self.state.client_ids[form.client_order_id]:
            raise malformed("client_order_id must be unique")
        check_form(form)
        listed = self.asset(form.symbol)
        local = self.state.now().astimezone(hours.NEW_YORK)
        check_auction_window(form, self.state.session_now(), local.hour * 60 + local.minute)
        self._check_account(form)
        self._check_asset(form, listed)
        self._check_bases(form, listed.symbol)
        self._check_breached(form, listed.symbol)
        self._check_wash(form, listed.symbol)
        self._check_shares(form, listed)
        self._check_buying_power(form, listed.symbol)
        return listed

    def asset(self, symbol_or_id: str) -> Listed:
        listed = self.state.market.listed
        found = listed.get(symbol_or_id) or next((row for row in listed.values() if row.asset_id == symbol_or_id), None)
        if found is None:
            raise malformed(f"could not find us_equity '{symbol_or_id}'")
        return found

    def _check_account(self, form: OrderForm) -> None:
        account = self.state.account
        blocked = account["trading_blocked"] or account["account_blocked"] or account["status"] != "ACTIVE"
        if blocked or self.state.configuration["suspend_trade"]:
            raise forbidden("account not authorized to trade")

        if form.advanced:
            raise forbidden("advanced_instructions are not enabled for account")

    def _check_asset(self, form: OrderForm, listed: Listed) -> None:
        if listed.status != "active":
            raise unprocessable(f"asset {listed.symbol} is not active")
        if not listed.tradable:
            raise unprocessable(f"asset {listed.symbol} is not tradable")
        if "ipo" in listed.attributes and form.type != "limit":
            raise unprocessable("only limit orders are accepted for IPO assets before the first trade")
        if form.fractional:
            if not self.state.configuration["fractional_trading"]:
                raise forbidden("fractional trading is disabled for account")
            if not listed.fractionable:
                raise forbidden(f'asset "{listed.symbol}" is not fractionable')
            value = form.notional or (form.qty or ZERO) * self.price_of(form, listed.symbol)
            if value < 1:
                raise forbidden("cost basis must be >= minimal amount of order 1")
        overnight = self.state.session_now() == "overnight"
        if overnight and form.extended_hours and self.state.configuration["disable_overnight_trading"]:
            raise forbidden("overnight trading is disabled for account")
        if overnight and form.extended_hours and "overnight_tradable" not in listed.attributes:
            raise unprocessable(f'asset "{listed.symbol}" is not eligible for overnight trading')

    # --- bracket, oco, oto

    def _check_bases(self, form: OrderForm, symbol: str) -> None:
        if not form.order_class:
            return
        market, entry = self.state.mark(symbol), form.limit_price
        base = entry if entry is not None else market
        long = form.buy if form.order_class != "oco" else not form.buy
        target = None if form.order_class == "oco" else form.target
        if form.order_class == "oco" and form.target is not None and form.target != entry:
            raise malformed("oco limit_price and take_profit.limit_price must be equal")
        if target is not None:
            self._check_side(target, base, above=long, name="take_profit.limit_price")
        if form.stop is not None:
            bound = min(base, market) if long else max(base, market)
            self._check_side(form.stop, bound, above=not long, name="stop_loss.stop_price")
        if form.stop is not None and form.stop_limit is not None:
            worse = form.stop_limit > form.stop if long else form.stop_limit < form.stop
            if worse:
                sign = "<=" if long else ">="
                raise unprocessable(f"stop_loss.limit_price must be {sign} stop_loss.stop_price")

    @staticmethod
    def _check_side(price: Decimal, base: Decimal, *, above: bool, name: str) -> None:
        if above and price < base + CENT:
            raise unprocessable(f"{name} must be >= base_price + 0.01", base_price=text(base))
        if not above and price > base - CENT:
            raise unprocessable(f"{name} must be <= base_price - 0.01", base_price=text(base))

    def _check_breached(self, form: OrderForm, symbol: str) -> None:
        if form.type not in {"stop", "stop_limit"} or form.stop_price is None:
            return
        self.check_stop(form.stop_price, symbol, buy=form.buy)

    def check_stop(self, stop: Decimal, symbol: str, *, buy: bool) -> None:
        """A stop that the market has already passed is refused."""
        market = self.state.mark(symbol)
        if stop <= market if buy else stop >= market:
            word = "greater" if buy else "less"
            raise unprocessable(
                f"stop price must be {word} than current price", stop_price=text(stop), market_price=text(market)
            )

    # --- other orders of the account

    def _check_wash(self, form: OrderForm, symbol: str) -> None:
        if form.order_class or form.type == "trailing_stop":
            return
        for other in self.state.open_orders(symbol):
            if other.side == form.side or other.complex or other.type == "trailing_stop":
                continue
            plain = {"market", "stop"}
            if form.type in plain or other.type in plain:
                reason = "opposite side market/stop order exists"
            else:
                mine, theirs = form.limit_price or ZERO, other.limit_price or ZERO
                buy, sell = (mine, theirs) if form.buy else (theirs, mine)
                if buy < sell:
                    continue
                reason = "opposite side limit order exists"
            raise forbidden(
                "potential wash trade detected. use complex orders", existing_order_id=other.id, reject_reason=reason
            )

    def reserving(self, symbol: str, side: str) -> list[FakeOrder]:
        """The open orders of ``side`` that hold shares; of a pair of exits the larger one holds for both."""
        groups: dict[str, FakeOrder] = {}
        for row in self.state.open_orders(symbol):
            if row.side != side or not row.active or row.waits:
                continue
            key = row.group.id
            best = groups.get(key)
            if best is None or self._wanted(row) > self._wanted(best):
                groups[key] = row
        return list(groups.values())

    def _wanted(self, order: FakeOrder) -> Decimal:
        """Shares that the order wants; while it is being replaced, the larger of it and its successor."""
        price = self.state.mark(order.symbol) or Decimal(1)
        return max(row.leaves(price) for row in (order, order.successor or order))

    def held_for_orders(self, symbol: str) -> Decimal:
        """Shares of the position that open orders of the closing side reserve."""
        held = self.state.position(symbol).qty
        if held == 0:
            return ZERO
        return min(sum((self._wanted(row) for row in self.reserving(symbol, _closing(held))), ZERO), abs(held))

    def available(self, symbol: str) -> Decimal:
        """What may still be closed, with the position's sign."""
        held = self.state.position(symbol).qty
        free = abs(held) - self.held_for_orders(symbol)
        return free if held >= 0 else -free

    def _check_shares(self, form: OrderForm, listed: Listed) -> None:
        symbol, held = listed.symbol, self.state.position(listed.symbol).qty
        closes = held != 0 and form.side == _closing(held)
        if form.order_class == "bracket" and closes:
            raise unprocessable("bracket orders must be entry orders")
        if form.order_class == "oco" and not closes:
            raise unprocessable("oco orders must be exit orders")
        intent = f"{form.side}_to_{'close' if closes else 'open'}"
        if form.position_intent and form.position_intent != intent:
            raise unprocessable(f"position intent mismatch, inferred: {intent}, specified: {form.position_intent}")
        form.position_intent = intent
        if closes:
            self._check_mixed_closing(form, symbol)
            self.check_free(symbol, form.qty or (form.notional or ZERO) / (self.price_of(form, symbol) or CENT))
            return
        if abs(held) * self.state.mark(symbol) > MOST_EXPOSURE * self.state.equity:
            raise forbidden("account is restricted to liquidation")
        if form.buy:
            if held == 0 and any(row.side == "sell" for row in self.reserving(symbol, "sell")):
                raise forbidden("cannot open a long buy while a short sell order is open")
            return
        self._check_short(form, listed, held)

    def _check_mixed_closing(self, form: OrderForm, symbol: str) -> None:
        """Outside of the session closing orders by shares and by dollars do not go together."""
        if self.state.session_now() == "regular":
            return
        for other in self.reserving(symbol, form.side):
            if (other.notional is None) != (form.notional is None):
                kind = "notional" if form.notional is not None else "qty"
                raise unprocessable(f"unable to open new {kind} orders while having open closing position orders")

    def check_free(self, symbol: str, wanted: Decimal) -> None:
        """Closing more than what is free is refused: one order never turns a position round."""
        held = self.state.position(symbol).qty
        reserved = self.held_for_orders(symbol)
        free = abs(held) - reserved
        if wanted <= free:
            return
        raise forbidden(
            f"insufficient qty available for order (requested: {text(wanted)}, available: {text(free)})",
            available=text(free),
            existing_qty=text(abs(held)),
            held_for_orders=text(reserved),
            related_orders=[row.id for row in self.reserving(symbol, _closing(held))],
            symbol=symbol,
        )

    def _check_short(self, form: OrderForm, listed: Listed, held: Decimal) -> None:
        state = self.state
        if form.fractional:
            raise unprocessable("fractional orders cannot be sold short")
        if held == 0 and self.reserving(listed.symbol, "buy"):
            raise forbidden("cannot open a short sell while a long buy order is open")
        allowed = state.account["shorting_enabled"] and not state.configuration["no_shorting"]
        if not allowed or state.multiplier == 1 or state.equity < MINIMUM_EQUITY:
            raise forbidden("account is not allowed to short")
        if not listed.shortable or not listed.easy_to_borrow:
            raise unprocessable(f'asset "{listed.symbol}" cannot be sold short')

    # --- money

    def price_of(self, form: OrderForm, symbol: str) -> Decimal:
        """What one share is valued at: its limit, its stop, or the market by the session."""
        if form.limit_price is not None:
            return form.limit_price
        if form.type == "stop" and form.stop_price is not None:
            return form.stop_price
        quote, session = self.state.market.quote(symbol), self.state.session_now()
        if quote is None or session == "closed":
            return self.state.mark(symbol)
        if session != "regular":
            return quote.mid
        return quote.ask

    def cost_of(self, order: FakeOrder) -> Decimal:
        """What an open order holds back: nothing where it closes a position."""
        if not order.position_intent.endswith("open") or order.role or not order.active:
            return ZERO
        quote = self.state.market.quote(order.symbol)
        ask = quote.ask if quote is not None else ZERO
        price = order.limit_price or (order.stop_price if order.type == "stop" else None) or ask
        return self._value(order.buy, price, ask, order.leaves(price or CENT))

    @staticmethod
    def _value(buy: bool, price: Decimal, ask: Decimal, qty: Decimal) -> Decimal:
        return price * qty if buy else max(price, ask * SHORT_MARGIN) * qty

    def buying_power(self, *, without: FakeOrder | None = None) -> Decimal:
        """What is left for an opening order: the multiple of equity, less positions and open orders."""
        state = self.state
        rows = [row for row in state.open_orders() if row is not without and not row.waits]
        held_back = sum((max(self.cost_of(row), self.cost_of(row.successor or row)) for row in rows), ZERO)
        if state.multiplier == 1:
            return max(state.cash - held_back, ZERO)
        exposure = state.long_value - state.short_value
        return max(state.multiplier * state.equity - exposure - held_back, ZERO)

    def _check_buying_power(self, form: OrderForm, symbol: str) -> None:
        if not form.position_intent.endswith("open"):
            return
        price, quote = self.price_of(form, symbol), self.state.market.quote(symbol)
        ask = quote.ask if quote is not None else price
        cost = form.notional or self._value(form.buy, price, ask, form.qty or ZERO)
        self.check_cost(cost, self.buying_power())

    @staticmethod
    def check_cost(cost: Decimal, left: Decimal) -> None:
        if cost > left:
            raise forbidden("insufficient buying power", buying_power=text(left), cost_basis=text(cost))


def _closing(held: Decimal) -> str:
    return "sell" if held > 0 else "buy"
