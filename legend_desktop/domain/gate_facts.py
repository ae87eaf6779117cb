"""What follows from the gate's inputs and several checks need: is this an exit, at what price, of what value."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.gate_inputs import Check, GateInputs
from legend_desktop.domain.money import CENT, HUNDRED, ONE, ZERO, default_tick, floor_to_step
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict

_PRICE_UNKNOWN = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})

TITLES = {
    Check.TRADING_STATE: "Trading is active",
    Check.RECONCILED: "Compared with the broker",
    Check.ENVIRONMENT: "Paper and live agree",
    Check.TERMS: "Order is complete",
    Check.SYMBOL: "Symbol can be traded",
    Check.SYMBOL_LOCK: "No open question on the symbol",
    Check.MAX_QUANTITY: "Number of shares",
    Check.MARKET_OPEN: "Market is open",
    Check.MAX_ORDER_VALUE: "Value of one order",
    Check.PRICE_COLLAR: "Price near the market",
    Check.QUOTE: "Quote is fresh",
    Check.DUPLICATE: "Not sent twice",
    Check.THROTTLE: "Orders a second",
    Check.POSITION_LIMIT: "Size of the position",
    Check.BUYING_POWER: "Buying power",
    Check.DAILY_LOSS: "Daily loss",
    Check.STOP_SIDE: "Stop on the right side",
    Check.HIGH_RISK: "Risk of one trade",
    Check.STOP_TOO_TIGHT: "Stop beyond the noise",
    Check.REDUCE_ONLY: "Closes no more than is held",
    Check.SHORT_SALE: "Short sale",
    Check.SESSION_RULES: "Order type fits the session",
}


@dataclass(frozen=True)
class GateFacts:
    """The inputs with what follows from them, worked out once for all checks."""

    inputs: GateInputs

    @property
    def symbol(self) -> str:
        """The symbol of the order."""
        return self.inputs.terms.symbol

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return self.inputs.terms.side.sign

    @cached_property
    def closable(self) -> Decimal | None:
        """Shares that an order of this side may still close: what is held against it less what exits cover already."""
        held = self.inputs.position_quantity
        if held is None:
            return None
        against = -self.sign * held
        return max(ZERO, against - self.inputs.working_exit_quantity) if against > 0 else ZERO

    @cached_property
    def reduces(self) -> bool:
        """True where the order can only make the position smaller, or says that it shall."""
        if self.inputs.reduce_only or self.inputs.is_flatten:
            return True
        return bool(self.closable) and self.inputs.terms.quantity <= (self.closable or ZERO)

    @cached_property
    def reference(self) -> Decimal | None:
        """The price a marketable order would meet; the last trade where nobody quotes that side."""
        quote = self.inputs.quote
        if quote is None:
            return None
        far = quote.far_side(self.inputs.terms.side)
        return far if far is not None and far > 0 else quote.last

    @cached_property
    def price(self) -> Decimal | None:
        """The price the order's value is reckoned with: its limit, its trigger, else the market."""
        terms = self.inputs.terms
        price = terms.limit_price or terms.stop_price or self.reference
        return None if price is None or price <= 0 else price

    @cached_property
    def value(self) -> Decimal | None:
        """Shares times price."""
        return None if self.price is None else self.inputs.terms.quantity * self.price

    @property
    def price_is_open(self) -> bool:
        """True where the order fills at a price nobody knows yet."""
        return self.inputs.terms.order_type in _PRICE_UNKNOWN

    @property
    def step(self) -> Decimal:
        """The quantity step that holds for this order."""
        if self.inputs.quantity_step is not None:
            return self.inputs.quantity_step
        return ONE if self.inputs.instrument is None else self.inputs.instrument.lot

    @property
    def tick(self) -> Decimal:
        """The price step at the order's price."""
        price = self.price if self.price is not None else ONE
        instrument = self.inputs.instrument
        return (default_tick(price) if instrument is None else instrument.tick_at(price)) or CENT

    def shares_for(self, money: Decimal) -> Decimal:
        """The whole number of steps that ``money`` buys at the order's price; zero without a price."""
        if self.price is None or self.price <= 0:
            return ZERO
        return max(ZERO, floor_to_step(money / self.price, self.step))

    def percent_of_equity(self, money: Decimal) -> Decimal | None:
        """``money`` in per cent of the account's equity."""
        account = self.inputs.account
        return None if account is None or account.equity <= 0 else money / account.equity * HUNDRED

    @property
    def side_word(self) -> str:
        """Buy or sell."""
        return "buy" if self.inputs.terms.side is OrderSide.BUY else "sell"


def passed(check: Check) -> Verdict:
    """The check has nothing to say."""
    return Verdict(check, TITLES[check], Outcome.PASS)


def noticed(check: Check, sentence: str) -> Verdict:
    """The check tells something and stops nothing."""
    return Verdict(check, TITLES[check], Outcome.NOTICE, sentence)


def asks(check: Check, sentence: str, *fixes: Fix) -> Verdict:
    """The check wants a second, deliberate press."""
    return Verdict(check, TITLES[check], Outcome.CONFIRM, sentence, fixes)


def denied(check: Check, sentence: str, *fixes: Fix) -> Verdict:
    """The check stops the order."""
    return Verdict(check, TITLES[check], Outcome.DENY, sentence, fixes)


def missing(facts: GateFacts, check: Check, what: str) -> Verdict:
    """A fact that the check needs is not known: an entry is refused, an exit passes with a word about it."""
    if facts.reduces:
        return noticed(check, f"{what}, so this was not checked. Exits work.")
    return denied(check, f"{what}, so nothing is sent.")
