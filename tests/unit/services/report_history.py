"""A made-up history of orders in the past, in memory or written into a journal, for the tests of the report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from legend_desktop.domain.enums import BrokerType, OrderSide, OrderType, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.infra.clock import SystemClock
from legend_desktop.services.report_inputs import PartReads
from legend_desktop.store.journal import open_store
from tests.unit.store.samples import QUICK

K = OrderEventKind
MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
"""10:00 in New York."""
PAPER = TradingMode.PAPER


@dataclass
class Part:
    """What one account's orders left behind."""

    logs: list[list[OrderEvent]] = field(default_factory=list)
    quotes: list[OrderQuote] = field(default_factory=list)
    stamps: list[OrderStamp] = field(default_factory=list)

    async def load_events(self, *, since: datetime | None = None, open_only: bool = False) -> list[list[OrderEvent]]:
        return self.logs

    async def load_quotes(self, client_order_ids: Sequence[str]) -> list[OrderQuote]:
        return [row for row in self.quotes if row.client_order_id in client_order_ids]

    async def load_stamps(self, client_order_ids: Sequence[str]) -> list[OrderStamp]:
        return [row for row in self.stamps if row.client_order_id in client_order_ids]


@dataclass
class History:
    """A journal with a part for each account, in memory."""

    parts: dict[str, Part] = field(default_factory=dict)

    async def load_parts(self) -> list[str]:
        return [name for name, part in self.parts.items() if part.logs]

    def for_account(self, profile: str) -> PartReads:
        return self.parts[profile]

    def order(self, name: str, price: str | None = "50.02", *, part: str = "default", **more: Any) -> None:
        """An order against 49.99 x 50.01: filled at ``price``, or cancelled by its owner without one."""
        self.parts.setdefault(part, Part())
        made = _Made(name, price, **more)
        self.parts[part].logs.append(made.events())
        self.parts[part].quotes += made.quotes()
        self.parts[part].stamps += made.stamps()


@dataclass
class _Made:
    name: str
    price: str | None
    at: datetime = MONDAY
    symbol: str = "AAPL"
    side: OrderSide = OrderSide.BUY
    shares: int = 100
    broker: BrokerType = BrokerType.SIMULATOR
    account: str = "SIM-0001"
    mode: TradingMode = PAPER
    limit: str | None = None
    venue: str | None = None
    with_quote: bool = True
    mid: str = "50.00"
    working: bool = False

    def _quote(self, at: datetime, shift: str = "0") -> Quote:
        middle = Decimal(self.mid) + Decimal(shift)
        half = Decimal("0.01")
        return Quote(self.symbol, middle - half, middle + half, Decimal(300), Decimal(400), middle, at)

    def _later(self, milliseconds: int) -> datetime:
        return self.at + timedelta(milliseconds=milliseconds)

    def events(self) -> list[OrderEvent]:
        kind = OrderType.MARKET if self.limit is None else OrderType.LIMIT
        limit = None if self.limit is None else Decimal(self.limit)
        terms = OrderTerms(self.symbol, self.side, kind, Decimal(self.shares), limit_price=limit)
        intent = OrderIntent(self.name, self.broker, self.mode, self.account, terms, self.at)
        answered = self._later(60)
        found = [
            OrderEvent(self.name, K.CREATED, self.at, intent=intent),
            OrderEvent(self.name, K.SENT, self._later(2), mono_ns=2_000_000),
            OrderEvent(
                self.name,
                K.ACCEPTED,
                answered,
                mono_ns=60_000_000,
                broker_at=answered,
                broker_order_id=f"B-{self.name}",
            ),
        ]
        if self.working:
            return found
        if self.price is None:
            return [*found, OrderEvent(self.name, K.CANCELED, self._later(9_000), origin="user")]
        return [*found, OrderEvent(self.name, K.EXECUTION, self._later(240), execution=self._fill())]

    def _fill(self) -> Execution:
        assert self.price is not None
        return Execution(
            f"X-{self.name}",
            self.symbol,
            self.side,
            Decimal(self.shares),
            Decimal(self.price),
            self._later(200),
            self._later(240),
            client_order_id=self.name,
            broker_order_id=f"B-{self.name}",
            venue=self.venue,
            commission=Decimal("0.35"),
        )

    def quotes(self) -> list[OrderQuote]:
        if not self.with_quote:
            return []
        found = [
            OrderQuote(self.name, QuoteMoment.DECISION, self.at, self._quote(self.at)),
            OrderQuote(self.name, QuoteMoment.SEND, self._later(2), self._quote(self._later(2))),
        ]
        for offset in (50, 1_000, 15_000, 60_000, 300_000) if self.price is not None and not self.working else ():
            at = self._later(200 + offset)
            found.append(
                OrderQuote(self.name, QuoteMoment.AFTER, at, self._quote(at, "0.005"), f"X-{self.name}", offset)
            )
        return found

    def stamps(self) -> list[OrderStamp]:
        return [
            OrderStamp(self.name, StampMoment.PRESSED, self.at, 0),
            OrderStamp(self.name, StampMoment.SENT, self._later(2), 2_000_000),
        ]


def month(orders: int = 240) -> History:
    """Three weeks of orders at three brokers' accounts; the same every time."""
    history = History()
    places = (
        ("default", BrokerType.SIMULATOR, "SIM-0001", None),
        ("alpaca:PA3ABC", BrokerType.ALPACA, "PA3ABC", "NASDAQ"),
        ("tradestation:TS99", BrokerType.TRADESTATION, "TS99", "ARCA"),
    )
    for number in range(orders):
        part, broker, account, venue = places[number % 3]
        side = OrderSide.BUY if number % 2 else OrderSide.SELL
        symbol, mid = (("AAPL", 175), ("MSFT", 420), ("KO", 62))[number // 3 % 3]
        cents = (number * 7919) % 11 - 3 + (2 if broker is BrokerType.TRADESTATION else 0)
        price = Decimal(mid) + side.sign * Decimal(cents) / 200
        day = number * 15 // orders
        at = MONDAY + timedelta(days=day // 5 * 7 + day % 5, minutes=(number * 37) % 350, milliseconds=number)
        history.order(
            f"LPT1{number:018d}",
            None if number % 17 == 5 else f"{price}",
            part=part,
            at=at,
            symbol=symbol,
            side=side,
            shares=(number * 13) % 400 + 10,
            broker=broker,
            account=account,
            venue=venue if number % 5 else None,
            with_quote=number % 23 != 4,
            mid=str(mid),
            limit=f"{Decimal(mid) + side.sign}" if number % 4 == 1 else f"{mid}" if number % 17 == 5 else None,
        )
    return history


async def write_history(history: History, file: Path, mode: TradingMode = PAPER) -> None:
    """Put it into the journal at ``file``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    journal = await open_store(file, mode, SystemClock(), options=QUICK)
    try:
        for name, part in history.parts.items():
            store = journal.for_account(name)
            for events in part.logs:
                await store.record(events)
            await store.record_details(part.quotes, part.stamps)
    finally:
        await journal.close()
