"""Turns typed prices into numbers against one quote. Pure: the same quote gives the same order.

Entries count from the price that a market order of their side would meet; exits count from the entry price. A price
that was worked out is put on the tick, never worse for the person than typed: limits of a buy down, of a sell up. A
price that was typed as a number stays as it is, and the checks say so where it is off the tick.
"""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderSource, OrderType, TimeInForce
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import HUNDRED, ceil_to_step, floor_to_step, round_to_tick
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.viewmodels.command_ast import (
    AtrDistance,
    AtTouch,
    EntryCommand,
    Fixed,
    Offset,
    OrderValue,
    PercentDistance,
    Price,
    RiskCash,
    RiskPercent,
    RMultiple,
    Shares,
    Target,
    Touch,
    Trail,
    TrailUnit,
)


@dataclass(frozen=True, slots=True)
class Market:
    """The facts that prices hang on."""

    symbol: str
    quote: Quote | None
    instrument: Instrument

    def touch(self, side: Touch) -> Decimal:
        """A side of the quote or its middle; raises ``InvalidInput`` where nobody quotes it."""
        quote = self.quote
        prices = {} if quote is None else {Touch.BID: quote.bid, Touch.ASK: quote.ask, Touch.MID: quote.mid}
        price = prices.get(side)
        if price is None:
            raise InvalidInput(f"{self.symbol} has no {side.value} now.", advice="Wait for a quote, or type a price.")
        return price

    def meets(self, side: OrderSide) -> Decimal:
        """The price a market order of ``side`` meets, the last trade where that side is empty."""
        quote = self.quote
        price = None if quote is None else quote.far_side(side) or quote.last
        if price is None:
            raise InvalidInput(f"There is no quote for {self.symbol} yet.", advice="Wait for one, or type a price.")
        return price

    def atr(self, multiple: Decimal) -> Decimal:
        """So many average true ranges in price units."""
        if self.instrument.atr is None:
            raise InvalidInput(f"The average range of {self.symbol} is not known yet.", advice="Type a price instead.")
        return multiple * self.instrument.atr

    def tick(self, price: Decimal) -> Decimal:
        """The price step at ``price``."""
        return self.instrument.tick_at(price)


def entry_request(command: EntryCommand, market: Market) -> QuickEntryRequest:
    """The order that ``command`` means on this quote; raises ``InvalidInput`` where a price cannot be worked out."""
    side = command.side.order_side
    limit = _entry_price(command.limit, side, market)
    trigger = _entry_price(command.trigger, side, market, is_trigger=True)
    needs_entry = isinstance(command.stop, Offset | AtrDistance | PercentDistance) or isinstance(
        command.target, Offset | AtrDistance | PercentDistance | RMultiple
    )
    entry = limit or trigger or (market.meets(side) if needs_entry else None)
    stop = exit_price(command.stop, side, entry, market, is_stop=True)
    target = exit_price(command.target, side, entry, market, is_stop=False, stop=stop)
    size = command.size
    amount, percent = trail_distance(command.trail, market)
    return QuickEntryRequest(
        symbol=command.symbol,
        side=side,
        stop_loss_price=stop,
        target_price=target,
        risk_percent=size.percent if isinstance(size, RiskPercent) else None,
        cash_risk=size.amount if isinstance(size, RiskCash) else None,
        order_value=size.amount if isinstance(size, OrderValue) else None,
        quantity=size.count if isinstance(size, Shares) else None,
        order_type=_order_type(command),
        limit_price=limit,
        stop_price=trigger,
        trail_amount=amount,
        trail_percent=percent,
        time_in_force=command.time_in_force or TimeInForce.DAY,
        extended_hours=command.extended_hours,
        source=OrderSource.COMMAND,
    )


def _order_type(command: EntryCommand) -> OrderType:
    if command.trail is not None:
        return OrderType.TRAILING_STOP
    if command.trigger is not None:
        return OrderType.STOP if command.limit is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if command.limit is None else OrderType.LIMIT


def _entry_price(price: Price | None, side: OrderSide, market: Market, *, is_trigger: bool = False) -> Decimal | None:
    if price is None or isinstance(price, Fixed):
        return None if price is None else price.value
    exact = market.touch(price.side) + price.offset if isinstance(price, AtTouch) else _moved(price, side, market)
    _must_be_positive(exact, market)
    step = market.tick(exact)
    # a limit gives nothing away; a trigger goes off a little later rather than earlier
    down = (side is OrderSide.BUY) is not is_trigger
    return max(floor_to_step(exact, step) if down else ceil_to_step(exact, step), step)


def _moved(price: Offset | AtrDistance | PercentDistance, side: OrderSide, market: Market) -> Decimal:
    base = market.meets(side)
    if isinstance(price, Offset):
        return base + (base * price.amount / HUNDRED if price.percent else price.amount)
    distance = market.atr(price.multiple) if isinstance(price, AtrDistance) else base * price.percent / HUNDRED
    return base - side.sign * distance


def exit_price(
    price: Target | None,
    side: OrderSide,
    entry: Decimal | None,
    market: Market,
    *,
    is_stop: bool,
    stop: Decimal | None = None,
) -> Decimal | None:
    """A stop or target of a position opened with ``side`` at ``entry``; ``stop`` is the base of R.

    Raises ``InvalidInput`` where a fact is missing or the price would be zero or less.
    """
    if price is None or isinstance(price, Fixed):
        return None if price is None else price.value
    if isinstance(price, AtTouch):
        exact = market.touch(price.side) + price.offset
    elif entry is None:
        raise InvalidInput(f"The entry price of {market.symbol} is not known.", advice="Type a price.")
    elif isinstance(price, RMultiple):
        if stop is None:
            raise InvalidInput(f"{market.symbol} has no stop to count R from.", advice="Type a price, or add a stop.")
        exact = entry + price.multiple * (entry - stop)
    elif isinstance(price, Offset):
        exact = entry + (entry * price.amount / HUNDRED if price.percent else price.amount)
    else:
        away = market.atr(price.multiple) if isinstance(price, AtrDistance) else entry * price.percent / HUNDRED
        exact = entry - side.sign * away if is_stop else entry + side.sign * away
    _must_be_positive(exact, market)
    step = market.tick(exact)
    return max(round_to_tick(exact, step), step)


def trail_distance(trail: Trail | None, market: Market) -> tuple[Decimal | None, Decimal | None]:
    """Amount and per cent of a trailing distance; one of them is set."""
    if trail is None:
        return None, None
    if trail.unit is TrailUnit.PERCENT:
        return None, trail.value
    if trail.unit is TrailUnit.AMOUNT:
        return trail.value, None
    exact = market.atr(trail.value)
    return max(round_to_tick(exact, market.instrument.tick), market.instrument.tick), None


def _must_be_positive(price: Decimal, market: Market) -> None:
    if price <= 0:
        raise InvalidInput(f"That price of {market.symbol} would be below zero.", advice="Type a smaller distance.")
