"""The market side and the order stream of the adapter beside a fake Alpaca, on one virtual clock and a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.feed import FeedChoice
from legend_desktop.brokers.alpaca.market_data import MarketData
from legend_desktop.brokers.alpaca.market_stream import MarketStream
from legend_desktop.brokers.alpaca.order_desk import OrderDesk
from legend_desktop.brokers.alpaca.reference_data import ReferenceData
from legend_desktop.brokers.alpaca.stream import OrderStream
from legend_desktop.brokers.alpaca.urls import host_rules
from legend_desktop.brokers.http import HttpSession
from legend_desktop.brokers.rate_limit import RequestBudget
from legend_desktop.domain.enums import TradingMode
from legend_desktop.services.task_supervisor import TaskSupervisor
from tests.fakes.alpaca.server import FakeAlpaca
from tests.fakes.clock import FakeClock

T = TypeVar("T")
REAL_SECONDS = 10.0


class MarketWorld:
    """Everything that reads, and the fake behind it."""

    def __init__(self, fake: FakeAlpaca, clock: FakeClock, feed: str) -> None:
        self.fake = fake
        self.clock = clock
        self.supervisor = TaskSupervisor(self._report)
        self.faults: list[str] = []
        keys = {"api_key": fake.key, "api_secret": fake.secret, "base_url": fake.url, "feed": feed}
        self.config = AlpacaConfig.from_credentials(keys, TradingMode.PAPER)
        rules = host_rules(TradingMode.PAPER)
        self.https = [
            HttpSession(name, rules, RequestBudget(200, clock), clock, headers=self.config.headers)
            for name in ("Alpaca", "Alpaca market data")
        ]
        urls = self.config.urls
        self.client = AlpacaClient(self.https[0], urls.trading, TradingMode.PAPER, fake.key)
        self.desk = OrderDesk(self.client, clock)
        self.reference = ReferenceData(self.https[0], urls.trading, clock)
        self.data = MarketData(self.https[1], urls.data, self.reference, FeedChoice(feed), clock)
        start = self.supervisor.start
        self.quotes = MarketStream(self.config, self.data, self.reference, clock, start)
        self.orders = OrderStream(self.config, self.client, self.desk, clock, start)

    def _report(self, error: BaseException, where: str) -> None:
        self.faults.append(f"{where}: {error!r}")

    def asked(self, path: str) -> int:
        """How often the fake was asked for ``path``."""
        return sum(row[1] == path for row in self.fake.state.requests)

    async def close(self) -> None:
        await self.orders.close()
        await self.quotes.close()
        for http in self.https:
            await http.close()
        assert self.supervisor.names == []
        assert self.faults == []


@asynccontextmanager
async def a_market_world(feed: str = "iex", *, sip: bool = False) -> AsyncIterator[MarketWorld]:
    clock = FakeClock()
    fake = FakeAlpaca(now=clock.now)
    fake.market.sip_allowed = sip
    async with fake:
        world = MarketWorld(fake, clock, feed)
        try:
            yield world
        finally:
            await world.close()


async def soon(awaitable: Awaitable[T]) -> T:
    """The result, within real seconds that no healthy machine needs."""
    async with asyncio.timeout(REAL_SECONDS):
        return await awaitable


async def while_time_passes(world: MarketWorld, awaitable: Awaitable[T]) -> T:
    """Await something that sleeps on the virtual clock between its requests."""
    return await let_time_pass(world.clock, awaitable)


async def let_time_pass(clock: FakeClock, awaitable: Awaitable[T], step: float = 0.02) -> T:
    """The same with any clock."""
    task = asyncio.ensure_future(awaitable)
    async with asyncio.timeout(REAL_SECONDS):
        while not task.done():
            await clock.advance(step)
            await asyncio.sleep(0.001)  # its requests go through a real socket
    return task.result()


async def passing(world: MarketWorld, seconds: float) -> None:
    """Let virtual time pass, a second at a time, with room for what goes through the sockets."""
    for _ in range(round(seconds)):
        await world.clock.advance(1.0)
        await asyncio.sleep(0.001)  # requests of the timers go through a real socket
