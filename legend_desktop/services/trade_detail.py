"""One trade taken apart: its fills, the way of the price meanwhile, and where its planned R went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.analytics.leakage import Leakage, TradeDone, TradePlanned, r_leakage
from legend_desktop.domain.enums import OrderSide, OrderType, Origin
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.order_state import replay
from legend_desktop.domain.orders import Order, TradePlan
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.records import QuoteMoment, RoundTripRecord
from legend_desktop.services.excursions import MINUTE, MOST_BARS, GetBars
from legend_desktop.services.ports import OrderStore

_AROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TradeFill:
    """The shares of one execution that belong to the trade."""

    at: datetime
    side: OrderSide
    shares: Decimal
    price: Decimal
    entry: bool


@dataclass(frozen=True, slots=True)
class TradeDetail:
    """``plan`` is that of its one entry. Without ``leakage`` the reason says in a sentence why.

    ``bars`` are minutes around it, empty where they cannot be had.
    """

    fills: tuple[TradeFill, ...]
    plan: TradePlan | None
    leakage: Leakage | None
    reason: str
    bars: tuple[Bar, ...] = ()


async def trade_detail(
    store: OrderStore, trip: RoundTripRecord, get_bars: GetBars | None, now: datetime
) -> TradeDetail:
    """Take ``trip`` apart; ``get_bars`` is ``None`` where there is no market to ask. Raises ``StoreError``."""
    found = {row.execution_id: row for row in await store.load_executions(since=trip.opened_at, symbol=trip.symbol)}
    parts = [(found[key], shares) for key, shares in trip.parts if key in found]
    fills = tuple(
        TradeFill(row.executed_at, row.side, shares, row.price, entry=row.side is trip.side) for row, shares in parts
    )
    orders = {key: await _order(store, key) for key in {row.client_order_id for row, _ in parts}}
    plan, leakage, reason = await _leakage(store, trip, parts, orders)
    bars = () if get_bars is None else await _bars(get_bars, trip, now)
    return TradeDetail(fills, plan, leakage, reason, bars)


async def _order(store: OrderStore, client_order_id: str) -> Order | None:
    events = await store.load_order_events(client_order_id) if client_order_id else []
    return replay(events) if events else None


async def _leakage(
    store: OrderStore,
    trip: RoundTripRecord,
    parts: Sequence[tuple[Execution, Decimal]],
    orders: dict[str, Order | None],
) -> tuple[TradePlan | None, Leakage | None, str]:
    entries = list({row.client_order_id for row, _ in parts if row.side is trip.side})
    if len(entries) > 1:
        return None, None, "It was entered with several orders, so there is no one plan to compare with."
    entry = orders.get(entries[0]) if entries else None
    plan = entry.intent.plan if entry is not None else None
    if plan is None or plan.stop_loss_price is None:
        return plan, None, "The entry had no planned stop, so there is no planned R to compare with."
    if trip.closed_at is None or trip.exit_price is None:
        return plan, None, "It is still open."
    exits = [(row, shares) for row, shares in parts if row.side is not trip.side]
    decided = await _exit_decided(store, exits, orders)
    if decided is None:
        return plan, None, "It is not known at what price an exit was decided."
    budget = plan.risk_amount or trip.quantity * abs(plan.entry_price - plan.stop_loss_price)
    try:
        leakage = r_leakage(
            TradePlanned(trip.side, plan.entry_price, plan.stop_loss_price, budget, plan.take_profit_price),
            TradeDone(trip.quantity, trip.entry_price, decided, trip.exit_price, trip.fees or ZERO),
        )
    except ValueError:
        return plan, None, "The planned stop was not on the losing side of the planned entry."
    return plan, leakage, ""


async def _exit_decided(
    store: OrderStore, exits: Sequence[tuple[Execution, Decimal]], orders: dict[str, Order | None]
) -> Decimal | None:
    """The share-weighted price at which the exits were decided; ``None`` where one is not known."""
    total = shares_out = ZERO
    for row, shares in exits:
        order = orders.get(row.client_order_id)
        price = None if order is None or order.intent.origin is Origin.EXTERNAL else await _decided(store, order)
        if price is None:
            return None
        total += shares * price
        shares_out += shares
    return total / shares_out if shares_out else None


async def _decided(store: OrderStore, order: Order) -> Decimal | None:
    """The trigger of a stop, the limit of a limit order, else the middle of the quote when it was decided."""
    kind = order.terms.order_type
    if kind in {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}:
        return order.trigger_price or order.stop_trigger
    if kind is OrderType.LIMIT:
        return order.terms.limit_price
    quotes = await store.load_quotes([order.client_order_id])
    return next((row.quote.mid for row in quotes if row.moment is QuoteMoment.DECISION), None)


async def _bars(get_bars: GetBars, trip: RoundTripRecord, now: datetime) -> tuple[Bar, ...]:
    """One-minute bars from a little before the trade to a little after it."""
    first = trip.opened_at - _AROUND
    last = (trip.closed_at or now) + _AROUND
    wanted = int((now - first) / MINUTE) + 1
    if wanted > MOST_BARS:
        return ()
    try:
        bars = await get_bars(trip.symbol, 60, wanted)
    except LegendError:
        return ()
    return tuple(bar for bar in bars if first <= bar.start <= last)
