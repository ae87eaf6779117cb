"""Orders, events and journals that the tests of the store share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from legend_desktop.domain.enums import (
    BrokerType,
    ExecutionKind,
    Liquidity,
    OrderRole,
    OrderSide,
    OrderSource,
    OrderState,
    OrderType,
    Origin,
    TimeInForce,
    TradingMode,
)
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.store.journal import OrderJournal, journal_file, open_store
from legend_desktop.store.options import StoreOptions
from tests.fakes.clock import START, FakeClock

PAPER = TradingMode.PAPER
QUICK = StoreOptions(
    busy_seconds=0.05, reader_busy_seconds=0.05, ballast_bytes=0, spool_bytes=20_000, log_bytes=0, idle_seconds=60
)

amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=None)
positive = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("0.000001"), max_value=10**7, places=6)
times = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001  the strategy adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
terms = st.builds(
    OrderTerms,
    symbol=texts,
    side=st.sampled_from(OrderSide),
    order_type=st.sampled_from(OrderType),
    quantity=amounts,
    limit_price=st.none() | amounts,
    stop_price=st.none() | amounts,
    trail_amount=st.none() | amounts,
    trail_percent=st.none() | amounts,
    time_in_force=st.sampled_from(TimeInForce),
    extended_hours=st.booleans(),
)
plans = st.builds(TradePlan, entry_price=amounts, stop_loss_price=st.none() | amounts, model=texts)
intents = st.builds(
    OrderIntent,
    client_order_id=texts,
    broker=st.sampled_from(BrokerType),
    mode=st.sampled_from(TradingMode),
    account_id=texts,
    terms=terms,
    created_at=times,
    source=st.sampled_from(OrderSource),
    role=st.sampled_from(OrderRole),
    label=texts,
    parent_id=st.none() | texts,
    oco_group=st.none() | texts,
    replaces_id=st.none() | texts,
    plan=st.none() | plans,
    reduce_only=st.booleans(),
    origin=st.sampled_from(Origin),
    pressed_ns=st.none() | st.integers(0, 2**62),
)
executions = st.builds(
    Execution,
    execution_id=texts,
    symbol=texts,
    side=st.sampled_from(OrderSide),
    quantity=amounts,
    price=amounts,
    executed_at=times,
    received_at=times,
    client_order_id=texts,
    broker_order_id=texts,
    kind=st.sampled_from(ExecutionKind),
    corrects_id=st.none() | texts,
    venue=st.none() | texts,
    liquidity=st.sampled_from(Liquidity),
    commission=st.none() | amounts,
    fees=st.none() | amounts,
    provisional=st.booleans(),
    late=st.booleans(),
)
events = st.builds(
    OrderEvent,
    client_order_id=texts,
    kind=st.sampled_from(OrderEventKind),
    at=times,
    mono_ns=st.none() | st.integers(0, 2**62),
    broker_at=st.none() | times,
    broker_order_id=st.none() | texts,
    intent=st.none() | intents,
    terms=st.none() | terms,
    execution=st.none() | executions,
    reported_state=st.none() | st.sampled_from(OrderState),
    reported_filled=st.none() | amounts,
    price=st.none() | amounts,
    successor_id=st.none() | texts,
    reason=texts,
    origin=texts,
    raw=texts,
)
quotes = st.builds(
    Quote,
    symbol=texts,
    bid=st.none() | amounts,
    ask=st.none() | amounts,
    bid_size=st.none() | amounts,
    ask_size=st.none() | amounts,
    last=st.none() | amounts,
    timestamp=times,
    last_size=st.none() | amounts,
    volume=st.none() | amounts,
    previous_close=st.none() | amounts,
    source=texts,
    halted=st.booleans(),
)
order_quotes = st.builds(
    OrderQuote,
    client_order_id=texts,
    moment=st.sampled_from(QuoteMoment),
    at=times,
    quote=quotes,
    execution_id=st.none() | texts,
    offset_ms=st.none() | st.integers(0, 10**6),
)
positions = st.builds(
    Position,
    symbol=texts,
    quantity=amounts,
    avg_entry_price=amounts,
    mark=st.none() | amounts,
    as_of=st.none() | times,
    mark_stale=st.booleans(),
    name=texts,
)


def at(seconds: float) -> datetime:
    """``seconds`` after the virtual clock's start."""
    return START + timedelta(seconds=seconds)


def an_intent(name: str = "LPT1000000000000000001", **changes: Any) -> OrderIntent:
    """An entry of 100 AAPL at the market on the simulator."""
    fields: dict[str, Any] = {
        "client_order_id": name,
        "broker": BrokerType.SIMULATOR,
        "mode": PAPER,
        "account_id": "SIM-0001",
        "terms": OrderTerms("AAPL", OrderSide.BUY, OrderType.MARKET, Decimal(100)),
        "created_at": START,
        "plan": TradePlan(Decimal("175.50"), Decimal(174), risk_amount=Decimal(150)),
    }
    return OrderIntent(**(fields | changes))


def created(name: str = "LPT1000000000000000001", **changes: Any) -> OrderEvent:
    """The first event of ``an_intent``."""
    intent = an_intent(name, **changes)
    return OrderEvent(name, OrderEventKind.CREATED, intent.created_at, intent=intent)


def happened(name: str, kind: OrderEventKind, seconds: float = 1, **fields: Any) -> OrderEvent:
    """A later event of the order ``name``."""
    return OrderEvent(name, kind, at(seconds), **fields)


def filled(name: str, execution_id: str, shares: int, seconds: float = 2, **fields: Any) -> OrderEvent:
    """A fill at 175.51 of the order ``name``."""
    execution = Execution(
        execution_id,
        "AAPL",
        OrderSide.BUY,
        Decimal(shares),
        Decimal("175.51"),
        at(seconds),
        at(seconds),
        client_order_id=name,
        broker_order_id=f"B-{name}",
        **fields,
    )
    return OrderEvent(name, OrderEventKind.EXECUTION, at(seconds), execution=execution)


def quote_of(name: str, moment: QuoteMoment = QuoteMoment.DECISION) -> OrderQuote:
    """The quote of AAPL when ``name`` was decided."""
    quote = Quote("AAPL", Decimal("175.49"), Decimal("175.51"), Decimal(300), Decimal(200), Decimal("175.5"), START)
    return OrderQuote(name, moment, at(0.25), quote)


def stamp_of(name: str, moment: StampMoment = StampMoment.SENT) -> OrderStamp:
    """One stamp of ``name``."""
    return OrderStamp(name, moment, at(0.5), 123_456)


@asynccontextmanager
async def a_journal(
    folder: Path, *, clock: FakeClock | None = None, mode: TradingMode = PAPER, options: StoreOptions = QUICK
) -> AsyncIterator[OrderJournal]:
    """The journal of ``mode`` in ``folder``, closed at the end."""
    journal = await open_store(journal_file(folder, mode), mode, clock or FakeClock(), options=options)
    try:
        yield journal
    finally:
        await journal.close()
