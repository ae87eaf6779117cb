"""The fields of Order entry and the facts beside them; what a change of them leads to is the heir's."""

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.viewmodels.order_form import OrderForm, PriceContext, wants_limit

QUICK_TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT)


class EntryFields(QObject):
    """The form of one account's Order entry. Every change goes through ``take``."""

    def __init__(
        self, context: TradingContext, clock: Clock, form: OrderForm, presets: tuple[str, ...], parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.form = form
        self.presets = presets
        self._clock = clock

    @abstractmethod
    def take(self, form: OrderForm) -> None:
        """Use ``form`` from now on, where the state allows it."""

    @abstractmethod
    def set_symbol(self, symbol: str) -> None:
        """Show another symbol."""

    # ---- facts ----------------------------------------------------------------------------------------------------

    @property
    def mode(self) -> TradingMode:
        """Paper or live."""
        return self.context.mode

    @property
    def broker_name(self) -> str:
        """The broker as sentences name it."""
        return self.context.broker_name

    @property
    def account_words(self) -> str:
        """The account that an order goes to: ``Simulator``, or ``Alpaca …4417``."""
        ending = self.context.account_key[-4:]
        return f"{self.broker_name} …{ending}" if ending and not self.context.simulated else self.broker_name

    @property
    def quote(self) -> Quote | None:
        """The newest quote of the symbol."""
        return self.context.quotes.latest(self.form.symbol)

    @property
    def quote_age(self) -> timedelta | None:
        """How old the quote is."""
        return None if self.quote is None else self.quote.age(self._clock.now())

    @property
    def quote_is_old(self) -> bool:
        """True where the quote is older than a market order may rest on."""
        age = self.quote_age
        return age is not None and age > self.context.risk.limits.max_quote_age

    @property
    def instrument(self) -> Instrument | None:
        """The instrument of the symbol, once it is known."""
        return self.context.instruments.get(self.form.symbol)

    @property
    def known_symbols(self) -> list[str]:
        """The symbols that were looked up so far, for the list under the symbol field."""
        return sorted(self.context.instruments)

    @property
    def position(self) -> Position | None:
        """What is held in the symbol."""
        return self.context.positions.get(self.form.symbol)

    @property
    def order_types(self) -> list[OrderType]:
        """The kinds that the broker takes and this tab offers."""
        offered = (*QUICK_TYPES, OrderType.TRAILING_STOP) if self.form.by_quantity else QUICK_TYPES
        return [kind for kind in offered if kind in self.context.broker.capabilities.order_types]

    @property
    def times_in_force(self) -> list[TimeInForce]:
        """The lives of an order that the broker knows."""
        return [life for life in TimeInForce if life in self.context.broker.capabilities.times_in_force]

    @property
    def can_extend_hours(self) -> bool:
        """True where the broker trades outside the regular session."""
        return self.context.broker.capabilities.extended_hours

    @property
    def risk_money(self) -> Decimal | None:
        """What the typed risk is in money."""
        text, account = self.form.risk.strip().rstrip("%").strip(), self.context.account
        try:
            if text.startswith("$"):
                return Decimal(text[1:])
            return account.equity * Decimal(text) / 100 if account is not None else None
        except ArithmeticError:
            return None

    def price_facts(self) -> PriceContext:
        """What typed distances are measured from."""
        quote, instrument = self.quote, self.instrument
        entry = quote.far_side(self.form.side) if quote is not None else None
        tick = instrument.tick_at(entry or Decimal(100)) if instrument is not None else Decimal("0.01")
        bid, ask = (quote.bid, quote.ask) if quote is not None else (None, None)
        return PriceContext(self.form.side, tick, entry, bid, ask, instrument.atr if instrument else None)

    # ---- editing --------------------------------------------------------------------------------------------------

    def set_side(self, side: OrderSide) -> None:
        """Buy or sell."""
        self._edit(side=side)

    def set_order_type(self, order_type: OrderType) -> None:
        """Another kind of order. A limit starts at the near side; a trailing stop is the ticket's."""
        changes: dict[str, Any] = {"order_type": order_type}
        if order_type is OrderType.TRAILING_STOP:
            changes["by_quantity"] = True
        if wants_limit(order_type) and not self.form.price.strip() and not self.quote_is_old and self.quote is not None:
            near = self.quote.near_side(self.form.side)
            changes["price"] = f"{near:f}" if near is not None else ""
        self._edit(**changes)

    def set_text(self, field: str, text: str) -> None:
        """Type into a field: risk, price, trigger, stop, target, quantity or trail."""
        if getattr(self.form, field) != text:
            self._edit(**{field: text})

    def set_time_in_force(self, time_in_force: TimeInForce) -> None:
        """How long the order lives."""
        self._edit(time_in_force=time_in_force)

    def next_time_in_force(self) -> None:
        """The next life that the broker knows."""
        lives = self.times_in_force
        here = lives.index(self.form.time_in_force) if self.form.time_in_force in lives else -1
        self._edit(time_in_force=lives[(here + 1) % len(lives)])

    def set_extended_hours(self, wanted: bool) -> None:
        """Whether the order may trade outside the regular session."""
        if wanted is not self.form.extended_hours:
            self._edit(extended_hours=wanted)

    def set_by_quantity(self, wanted: bool) -> None:
        """The full ticket counts shares, quick entry counts risk."""
        if wanted is self.form.by_quantity:
            return
        trailing = self.form.order_type is OrderType.TRAILING_STOP
        self._edit(by_quantity=wanted, order_type=OrderType.MARKET if trailing else self.form.order_type)

    def set_with_exits(self, wanted: bool) -> None:
        """Whether the ticket's stop and target go with the order."""
        if wanted is not self.form.with_exits:
            self._edit(with_exits=wanted)

    def use_quote_side(self, side: str) -> None:
        """Use the bid, the ask or the mid as the price; a market order becomes a limit, a stop takes it as trigger."""
        quote, kind = self.quote, self.form.order_type
        price = {"bid": quote.bid, "ask": quote.ask, "mid": quote.mid}[side] if quote is not None else None
        if price is None or kind is OrderType.TRAILING_STOP:
            return
        if kind is OrderType.STOP:
            self._edit(trigger=f"{price:f}")
        else:
            self._edit(price=f"{price:f}", order_type=OrderType.LIMIT if kind is OrderType.MARKET else kind)

    def step_risk(self, steps: int) -> None:
        """Risk up or down by the presets."""
        try:
            now = Decimal(self.form.risk.strip().rstrip("%").strip())
        except ArithmeticError:
            now = Decimal(0)
        values = sorted(Decimal(row) for row in self.presets)
        beyond = [row for row in values if row > now] if steps > 0 else [row for row in reversed(values) if row < now]
        if beyond:
            self._edit(risk=f"{beyond[0]:f}")

    def take_terms(self, terms: OrderTerms) -> None:
        """Put a copy of an order into the ticket."""
        self.set_symbol(terms.symbol)
        trail = f"{terms.trail_percent:f} %" if terms.trail_percent is not None else _text(terms.trail_amount)
        if self.form.symbol == terms.symbol:
            self._edit(
                side=terms.side,
                order_type=terms.order_type,
                quantity=_text(terms.quantity),
                price=_text(terms.limit_price),
                trigger=_text(terms.stop_price),
                trail=trail,
                time_in_force=terms.time_in_force,
                extended_hours=terms.extended_hours,
                by_quantity=True,
            )

    def _edit(self, **changes: Any) -> None:
        self.take(replace(self.form, **changes))


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
