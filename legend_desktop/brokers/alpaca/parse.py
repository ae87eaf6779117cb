"""Alpaca's rows as values of the domain. Pure: no clock, no network, no memory.

``now`` stands in for times that a row does not have. A row that lacks what a domain value cannot be without raises
``Unreadable``; nothing is made up in its place.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from legend_desktop.brokers.alpaca.enums import ENDED_WORDS, SIDES, TIMES_IN_FORCE, TYPES, side_of, state_of
from legend_desktop.brokers.alpaca.payloads import (
    AccountRow,
    AssetRow,
    ClockRow,
    OrderRow,
    PositionRow,
    Unreadable,
)
from legend_desktop.brokers.base import MarketClock, OrderReport
from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import CENT, ONE, ZERO
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.positions import Position


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order stands among others, which the order itself does not say.

    ``parent_id`` is Alpaca's id of the entry that a leg waits for. ``client_order_id`` is our id of a leg, for which
    Alpaca makes up one of its own.
    """

    role: OrderRole | None = None
    parent_id: str | None = None
    oco_group: str | None = None
    client_order_id: str | None = None


def time_of(text: str | None) -> datetime | None:
    """RFC 3339 text with up to nine digits of a second as aware UTC, cut to microseconds; ``None`` where unreadable."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def number(value: Decimal | None) -> Decimal | None:
    """``value`` where it is finite."""
    return value if value is not None and value.is_finite() else None


def order_terms(row: OrderRow, fallback: OrderTerms | None = None) -> OrderTerms:
    """The terms of an order. Words that nobody knows are taken from ``fallback``, then from what the prices imply.

    Raises ``Unreadable`` where nothing says the side or the symbol.
    """
    side = SIDES.get(row.side or "") or side_of(row.side, row.position_intent) or (fallback.side if fallback else None)
    symbol = row.symbol or (fallback.symbol if fallback else "")
    if side is None or not symbol:
        raise Unreadable(f"order {row.id} has no side or no symbol")
    kind = TYPES.get(row.type or "") or _type_of(row, fallback)
    life = TIMES_IN_FORCE.get(row.time_in_force or "") or (fallback.time_in_force if fallback else TimeInForce.GTC)
    limit = stop = amount = percent = None
    if kind is OrderType.LIMIT or kind is OrderType.STOP_LIMIT:
        limit = number(row.limit_price)
    if kind is OrderType.STOP or kind is OrderType.STOP_LIMIT:
        stop = number(row.stop_price)
    elif kind is OrderType.TRAILING_STOP:
        amount = number(row.trail_price)
        percent = number(row.trail_percent) if amount is None else None
    extended = bool(row.extended_hours)
    return OrderTerms(symbol, side, kind, quantity_of(row, fallback), limit, stop, amount, percent, life, extended)


def quantity_of(row: OrderRow, fallback: OrderTerms | None = None) -> Decimal:
    """The shares that this order id itself trades if it is filled.

    An order that is filled had what it filled where its ``qty`` says more: a successor may show the total of its chain.
    One that filled more than its ``qty`` is overfilled, and keeps it.
    Of an order in dollars the shares are known once it fills; until then its limit price, else one share, stands in.
    """
    filled = number(row.filled_qty) or ZERO
    quantity = number(row.qty) or ZERO
    if row.status == "filled" and filled > 0 and (quantity <= 0 or filled < quantity):
        return filled
    if quantity > 0:
        return quantity
    if fallback is not None:
        return fallback.quantity
    if filled > 0:
        return filled
    dollars, limit = number(row.notional), number(row.limit_price)
    return dollars / limit if dollars and limit else ONE


def _type_of(row: OrderRow, fallback: OrderTerms | None) -> OrderType:
    known = TYPES.get(row.type or "") or TYPES.get(row.order_type or "")
    if known is not None:
        return known
    if fallback is not None:
        return fallback.order_type
    if row.trail_price is not None or row.trail_percent is not None:
        return OrderType.TRAILING_STOP
    if row.stop_price is not None:
        return OrderType.STOP_LIMIT if row.limit_price is not None else OrderType.STOP
    return OrderType.LIMIT if row.limit_price is not None else OrderType.MARKET


def order_report(
    row: OrderRow,
    now: datetime,
    place: Place = Place(),
    fallback: OrderTerms | None = None,
    *,
    reason: str = "",
    raw: str = "",
) -> OrderReport:
    """The report of one order row; its legs are left to ``flatten``. Raises ``Unreadable``."""
    if not row.id:
        raise Unreadable("an order has no id")
    terms = order_terms(row, fallback)
    filled = number(row.filled_qty) or ZERO
    trails = terms.order_type is OrderType.TRAILING_STOP
    entered = time_of(row.submitted_at) or time_of(row.created_at) or time_of(row.updated_at) or now
    return OrderReport(
        row.id,
        place.client_order_id or row.client_order_id or "",
        terms,
        state_of(row.status or "", filled=filled > 0),
        row.status or "",
        filled,
        number(row.filled_avg_price) or None if filled > 0 else None,
        entered,
        time_of(row.updated_at) or entered,
        place.role,
        place.parent_id,
        place.oco_group,
        row.replaces or None,
        row.replaced_by or None,
        number(row.stop_price) if trails else None,
        reason or (_dollars(row) if row.qty is None else ""),
        raw,
    )


def _dollars(row: OrderRow) -> str:
    if row.notional is None:
        return ""
    return f"An order for {row.notional} dollars; its shares are known once it fills."


def has_ended(row: OrderRow) -> bool:
    """True where this order id does not work any more."""
    return (row.status or "") in ENDED_WORDS


def leg_role(row: OrderRow) -> OrderRole:
    """Whether an exit of a bracket is its target or its stop."""
    limit = _type_of(row, None) is OrderType.LIMIT
    return OrderRole.TARGET if limit else OrderRole.STOP


def flatten(rows: list[OrderRow]) -> list[tuple[OrderRow, Place | None]]:
    """Orders and their legs one by one, each leg with its place beside its parent; ``None`` for one without legs.

    An OCO has no entry: its parent is the target and its leg the stop, and neither waits for the other. The exits of a
    bracket wait for its entry and cancel each other; the single exit of an OTO waits and has no partner.
    """
    found: list[tuple[OrderRow, Place | None]] = []
    for row in rows:
        legs = [leg for leg in row.legs or () if leg.id]
        if not legs:
            found.append((row, None))
            continue
        oco = row.order_class == "oco"
        group = row.id if oco or len(legs) > 1 else None
        found.append((row, Place(leg_role(row) if oco else OrderRole.ENTRY, oco_group=row.id if oco else None)))
        parent = None if oco else row.id
        found.extend((leg, Place(leg_role(leg), parent, group)) for leg in legs)
    return found


def account(row: AccountRow, mode: TradingMode, as_of: datetime) -> Account:
    """The account; buying power is Alpaca's own figure. Raises ``Unreadable`` without id, equity, cash or power."""
    equity = _first(row.equity, row.portfolio_value)
    cash, power = number(row.cash), number(row.buying_power)
    if not row.id or equity is None or cash is None or power is None:
        raise Unreadable("the account has no id, equity, cash or buying power")
    return Account(
        account_id=row.id,
        broker=BrokerType.ALPACA,
        mode=mode,
        cash=cash,
        buying_power=power,
        equity=equity,
        as_of=as_of,
        long_value=number(row.long_market_value),
        short_value=number(row.short_market_value),
        start_of_day_equity=number(row.last_equity),
        overnight_buying_power=number(row.regt_buying_power),
        margin_multiplier=number(row.multiplier),
        currency=row.currency or "USD",
    )


def blocks(row: AccountRow) -> tuple[str, ...]:
    """Sentences for everything that keeps the account from trading; empty for one that may."""
    found = []
    if row.status and row.status != "ACTIVE":
        found.append(f"Alpaca calls the account {row.status}; only an active one trades.")
    if row.trading_blocked or row.account_blocked:
        found.append("Alpaca has blocked trading in the account.")
    if row.trade_suspended_by_user:
        found.append("Trading is suspended in the account's own settings at Alpaca.")
    return tuple(found)


def position(row: PositionRow, as_of: datetime) -> Position:
    """One position: the size from ``qty``, the sign from ``side``. Raises ``Unreadable`` without them."""
    quantity, average = number(row.qty), number(row.avg_entry_price)
    if not row.symbol or quantity is None:
        raise Unreadable("a position has no symbol or no quantity")
    if row.side in {"long", "short"}:
        quantity = abs(quantity) if row.side == "long" else -abs(quantity)
    mark = number(row.current_price)
    return Position(
        symbol=row.symbol,
        quantity=quantity,
        avg_entry_price=average if average is not None else mark or ZERO,
        mark=mark,
        as_of=as_of if mark is not None else None,
    )


def signs_disagree(row: PositionRow) -> bool:
    """True where the sign of ``qty`` contradicts ``side``: a short one is told with a negative quantity."""
    quantity = number(row.qty) or ZERO
    return row.side == "long" and quantity < 0


def market_clock(row: ClockRow, now: datetime) -> MarketClock:
    """Time and session. Raises ``Unreadable`` where nothing says whether the market is open."""
    if row.is_open is None:
        raise Unreadable("the clock does not say whether the market is open")
    return MarketClock(time_of(row.timestamp) or now, row.is_open, time_of(row.next_open), time_of(row.next_close))


def instrument(row: AssetRow) -> Instrument:
    """A stock: steps of a cent (finer below a dollar) and whole shares, as its brackets need them."""
    borrow = row.borrow_status
    easy = borrow == "easy_to_borrow" if borrow is not None else row.easy_to_borrow is not False
    return Instrument(
        symbol=row.symbol,
        name=row.name or "",
        exchange=row.exchange or "",
        tick=number(row.price_increment) or CENT,
        lot=number(row.min_trade_increment) or ONE,
        tradable=row.tradable is not False and row.status in {None, "", "active"},
        shortable=bool(row.shortable) and easy,
        fractionable=bool(row.fractionable),
    )


def same_order(row: OrderRow, terms: OrderTerms) -> bool:
    """True where ``row`` is for the symbol, side, quantity and prices of ``terms``.

    A price that Alpaca works out by itself (of a trailing stop, of a buy stop's collar) says nothing.
    """
    sides: set[OrderSide | None] = {None, terms.side}
    prices = ((row.limit_price, terms.limit_price), (row.stop_price, terms.stop_price))
    return (
        (row.symbol or "").upper() == terms.symbol.upper()
        and side_of(row.side, row.position_intent) in sides
        and number(row.qty) in {None, terms.quantity}
        and all(wanted is None or number(held) in {None, wanted} for held, wanted in prices)
    )


def _first(*values: Decimal | None) -> Decimal | None:
    return next((value for value in values if number(value) is not None), None)
