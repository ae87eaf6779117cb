"""A connected adapter beside a fake Alpaca, with what the order stream told and what was stamped as sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from legend_desktop.brokers.alpaca.adapter import AlpacaAdapter
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.base import OrderReport, OrderStreamEvent
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.orders import Bracket, OrderIntent
from tests.fakes.alpaca.records import FakeOrder
from tests.fakes.alpaca.server import FakeAlpaca
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.samples import BUY, SELL, intent, terms

LIMIT, MARKET, STOP = OrderType.LIMIT, OrderType.MARKET, OrderType.STOP
GTC = TimeInForce.GTC


class TradingWorld:
    """AAPL stands at 175.50 by 175.52."""

    def __init__(self, fake: FakeAlpaca, broker: AlpacaAdapter) -> None:
        self.fake = fake
        self.broker = broker
        self.since = datetime.now(UTC) - timedelta(seconds=5)
        self.stamps: list[str] = []
        self.events: list[OrderStreamEvent] = []
        broker.on_request_sent = lambda key, at: self.stamps.append(key)

    # ---- orders

    def intent(
        self,
        kind: OrderType = MARKET,
        quantity: str = "100",
        side: OrderSide = BUY,
        *,
        role: OrderRole = OrderRole.ENTRY,
        parent: str | None = None,
        **prices: Any,
    ) -> OrderIntent:
        """An intent with a fresh id."""
        key = new_client_order_id(TradingMode.PAPER, "T1", datetime.now(UTC))
        what = terms(side, kind, quantity, **prices)
        return intent(what, key, role=role, parent=parent, reduce_only=role is not OrderRole.ENTRY)

    def bracket(self, quantity: str = "100", *, limit: str | None = None, **exits: str | None) -> Bracket:
        """A long entry with a target at 180 and a stop at 174."""
        entry = self.intent(MARKET if limit is None else LIMIT, quantity, limit=limit)
        prices = {"target": "180", "stop": "174", **exits}
        more: dict[str, Any] = {"parent": entry.client_order_id, "life": GTC}
        target, stop = prices["target"], prices["stop"]
        return Bracket(
            entry,
            self.intent(LIMIT, quantity, SELL, role=OrderRole.TARGET, limit=target, **more) if target else None,
            self.intent(STOP, quantity, SELL, role=OrderRole.STOP, stop=stop, **more) if stop else None,
        )

    async def resting(self, limit: str = "170", quantity: str = "100", **more: Any) -> OrderReport:
        """A limit buy that waits at the venue."""
        report = await self.broker.place_order(self.intent(LIMIT, quantity, limit=limit, **more))
        await self.status(report.broker_order_id, "new")
        return report

    async def held(self, quantity: str = "100") -> None:
        """Shares that are owned."""
        report = await self.broker.place_order(self.intent(MARKET, quantity))
        await self.status(report.broker_order_id, "filled")

    def order(self, broker_order_id: str) -> FakeOrder:
        """The order as the fake has it."""
        return self.fake.state.order(broker_order_id)

    async def status(self, broker_order_id: str, word: str) -> None:
        """Wait until the fake calls the order ``word``."""
        await until(lambda: self.order(broker_order_id).status == word, f"{broker_order_id} {word}")

    def count(self, client_order_id: str) -> int:
        """How many orders the fake made under this id."""
        return self.fake.state.client_ids[client_order_id]

    # ---- stream

    async def listen(self) -> None:
        """Hear every order event until the session ends."""
        async for event in self.broker.stream_order_events():
            self.events.append(event)

    def told(self, broker_order_id: str) -> list[OrderStreamEvent]:
        """What the stream told of one order."""
        return [row for row in self.events if row.report.broker_order_id == broker_order_id]

    def words(self, broker_order_id: str) -> list[str]:
        """The status words of an order's events."""
        return [row.report.status_text for row in self.told(broker_order_id)]

    def executions(self) -> list[Execution]:
        """Every execution of the stream."""
        return [row.execution for row in self.events if row.execution is not None]

    async def heard(self, broker_order_id: str, word: str) -> None:
        """Wait until the stream said ``word`` of the order."""
        await until(lambda: word in self.words(broker_order_id), f"{word} heard")


def credentials(fake: FakeAlpaca, **more: str) -> dict[str, str]:
    """The login of ``fake``."""
    return {"api_key": fake.key, "api_secret": fake.secret, "base_url": fake.url, **more}


@asynccontextmanager
async def started(fake: FakeAlpaca) -> AsyncIterator[FakeAlpaca]:
    """``fake`` while it serves."""
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()


@asynccontextmanager
async def trading(*, listening: bool = False, **more: str) -> AsyncIterator[TradingWorld]:
    """A connected session; ``listening`` opens the order stream first. ``more`` goes into the credentials."""
    async with started(FakeAlpaca()) as fake:
        broker = AlpacaAdapter(AlpacaConfig.from_credentials(credentials(fake, **more), TradingMode.PAPER), WallClock())
        listener: asyncio.Task[None] | None = None
        async with broker:
            world = TradingWorld(fake, broker)
            if listening:
                listener = asyncio.create_task(world.listen())
                await until(lambda: fake.stream.listening, "the order stream")
            yield world
        if listener is not None:
            await listener
