"""Keeps imported executions in a part of the journal that is theirs alone, and reads trades back from it.

A part is called ``imported:`` and a name that the person gives. No account has it, so no position, limit or figure of
a broker ever counts what is in it. Like all executions they are never changed or deleted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import BrokerType, OrderRole, OrderType, Origin
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.round_trips import RoundTrip, entry_orders, fold_trades, planned_risk, record_of
from legend_desktop.services.execution_import import ImportedFill
from legend_desktop.services.ports import OrderStore

PREFIX = "imported:"
LONGEST_NAME = 40
_AT_ONCE = 100
_HERE = 500
# a row of the journal names a broker; an imported one is never asked anything, so it is the one without a line
_NO_LINE = BrokerType.SIMULATOR


def part_of_name(name: str) -> str:
    """The part that a name stands for; raises ``InvalidInput`` for one that is empty, too long or has a colon."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or ":" in plain or not plain.isprintable():
        raise InvalidInput(
            f"An import needs a name of 1 to {LONGEST_NAME} characters without a colon.",
            advice="Take the broker and the account, such as Schwab 2024.",
            code="import_name",
        )
    return f"{PREFIX}{plain}"


async def keep_fills(store: OrderStore, part: str, fills: Sequence[ImportedFill], now: datetime) -> int:
    """Write ``fills`` into ``store``, which is the part called ``part``; returns how many. Raises ``StoreError``.

    Each is durable with the others of its hundred, so an import that breaks off is gone on with by doing it again.
    """
    for start in range(0, len(fills), _AT_ONCE):
        events = [event for fill in fills[start : start + _AT_ONCE] for event in _events(store, part, fill, now)]
        await store.record(events)
    return len(fills)


def _events(store: OrderStore, part: str, fill: ImportedFill, now: datetime) -> list[OrderEvent]:
    """The life of the order behind one fill: as large as the fill, made elsewhere, filled."""
    row = fill.execution
    name = f"{part}:{row.execution_id}"
    intent = OrderIntent(
        client_order_id=name,
        broker=_NO_LINE,
        mode=store.mode,
        account_id=part.removeprefix(PREFIX),
        terms=OrderTerms(row.symbol, row.side, OrderType.MARKET, row.quantity),
        created_at=row.executed_at,
        role=OrderRole.ENTRY,
        label="imported",
        plan=None if fill.stop is None else TradePlan(row.price, fill.stop),
        origin=Origin.EXTERNAL,
    )
    execution = Execution(
        execution_id=row.execution_id,
        symbol=row.symbol,
        side=row.side,
        quantity=row.quantity,
        price=row.price,
        executed_at=row.executed_at,
        received_at=now,
        client_order_id=name,
        broker_order_id=row.broker_order_id,
        venue=row.venue,
        liquidity=row.liquidity,
        commission=row.commission,
        fees=row.fees,
    )
    return [
        OrderEvent(name, OrderEventKind.CREATED, now, intent=intent),
        OrderEvent(name, OrderEventKind.SENT, row.executed_at),
        OrderEvent(name, OrderEventKind.EXECUTION, now, broker_at=row.executed_at, execution=execution),
    ]


async def load_stops(store: OrderStore) -> dict[str, Decimal]:
    """The planned stops of a part's entries by our order id. Raises ``StoreError``."""
    logs = await store.load_events()
    plans = ((log[0].client_order_id, log[0].intent.plan) for log in logs if log and log[0].intent is not None)
    return {key: plan.stop_loss_price for key, plan in plans if plan is not None and plan.stop_loss_price is not None}


async def imported_trades(store: OrderStore) -> list[RoundTripRecord]:
    """The trades of an imported part, worked out from its executions, oldest first. Raises ``StoreError``."""
    rows = await store.load_executions()
    stops = await load_stops(store)
    if len(rows) <= _HERE:
        return _trades(rows, stops)
    return await asyncio.to_thread(_trades, rows, stops)


def _trades(rows: Sequence[Execution], stops: Mapping[str, Decimal]) -> list[RoundTripRecord]:
    by_id = {row.execution_id: row for row in rows}
    return [_record(trip, by_id, stops) for trip in fold_trades(rows).trips]


def _record(trip: RoundTrip, rows: Mapping[str, Execution], stops: Mapping[str, Decimal]) -> RoundTripRecord:
    planned = {ids: stops.get(ids[0]) for ids in entry_orders(trip, rows)}
    return record_of(trip, planned_risk(trip, rows, planned))
