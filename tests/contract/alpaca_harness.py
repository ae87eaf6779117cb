"""Alpaca on the acceptance table: the adapter of the factory beside the fake broker, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.brokers.factory import BrokerFactory
from legend_desktop.brokers.simulator.wall_clock import WallClock
from legend_desktop.domain.enums import BrokerType
from tests.contract.harness import Harness, Trouble, Verb
from tests.fakes.alpaca.server import FakeAlpaca
from tests.fakes.clock import settle
from tests.helpers.waiting import until

PLACES = {"method": "POST", "path": "/v2/orders"}
REQUESTS = {
    Verb.PLACE: PLACES,
    Verb.BRACKET: PLACES,
    Verb.CLOSE: PLACES,
    Verb.REPLACE: {"method": "PATCH", "path": "/v2/orders/*"},
    Verb.CANCEL: {"method": "DELETE", "path": "/v2/orders/*"},
}
OOPS = {"code": 50010000, "message": "internal server error occurred"}
TROUBLES: dict[Trouble, dict[str, Any]] = {
    Trouble.HANG: {"kind": "hang_after"},
    Trouble.RESET_BEFORE: {"kind": "drop_before"},
    Trouble.RESET_AFTER: {"kind": "drop_after"},
    Trouble.GATEWAY: {"kind": "status", "status": 504, "effect": True},
    Trouble.FAULT: {"kind": "status", "status": 500, "effect": True, "body": OOPS},
    Trouble.TRUNCATED: {"kind": "truncate"},
}
ACCOUNT = {"method": "GET", "path": "/v2/account"}


class AlpacaHarness(Harness):
    """The levers of the fake Alpaca."""

    def __init__(self, fake: FakeAlpaca) -> None:
        super().__init__()
        self.fake = fake
        self.broker = self._session()
        self.since = datetime.now(UTC) - timedelta(seconds=5)
        self._deaf = False

    def _session(self, **login: str) -> BrokerAdapter:
        keys = {"api_key": self.fake.key, "api_secret": self.fake.secret, "base_url": self.fake.url, **login}
        return BrokerFactory.create(BrokerType.ALPACA, keys, paper_trading=True, clock=WallClock())

    async def quote(self, bid: str, ask: str, size: int = 10_000) -> None:
        self.fake.market.set_quote("AAPL", bid, ask, size, size)
        await self.settle()

    async def trade(self, price: str, size: int = 10_000) -> None:
        self.fake.market.trade("AAPL", price, size)
        await self.settle()

    async def settle(self) -> None:
        """Each update of the fake has a stamp of its own, which the adapter's events carry."""
        await settle()
        if not self._deaf:
            await until(
                lambda: len({row.at for row in self._events}) >= len(self.fake.state.events), "the order stream"
            )

    async def arrived(self) -> int:
        return sum(method != "GET" for method, _ in self.fake.state.requests)

    def another_session(self) -> BrokerAdapter:
        return self._session()

    def wrong_login(self) -> BrokerAdapter:
        return self._session(api_secret="not-the-secret")

    def pinned_elsewhere(self) -> BrokerAdapter:
        return self._session(account_id="8d6b1c1e-0000-4000-8000-000000000000")

    def swap_account(self) -> None:
        self.fake.levers.change_account_id()

    def end_login(self) -> None:
        self.fake.levers.revoke_keys()

    def refuse_next(self, words: str) -> None:
        body = {"code": 40310000, "message": words, "buying_power": "12.50", "cost_basis": "1755.2"}
        self.fake.faults.add("status", **PLACES, status=403, body=body)

    def reject_next(self, words: str, verb: Verb = Verb.PLACE) -> None:
        self.fake.switches.reject_next = words

    def order_elsewhere(self) -> None:
        self.fake.levers.dashboard_order(symbol="AAPL", side="buy", type="limit", qty="7", limit_price="170")

    def cancel_elsewhere(self, broker_order_id: str) -> None:
        self.fake.levers.cancel(self.fake.state.order(broker_order_id))

    def spoil_next(self, verb: Verb, trouble: Trouble) -> None:
        self.fake.faults.add(**TROUBLES[trouble], **REQUESTS[verb])

    async def held(self) -> None:
        await until(lambda: self.fake.faults.waiting, "an answer that is kept back")

    async def time_passes(self, seconds: float) -> None:
        """The loop's timers, all of the adapter's time-outs among them, are that much later at once."""
        loop = asyncio.get_running_loop()
        plain = loop.time
        loop.time = lambda: plain() + seconds  # type: ignore[method-assign]

    async def unplug(self) -> None:
        self._deaf = True
        await self.fake.stop()

    def fail_reads(self) -> None:
        self.fake.faults.add("status", **ACCOUNT, status=503, times=None)

    def slow_down(self, seconds: int) -> None:
        body = {"code": 42910000, "message": "too many requests"}
        wish = {"Retry-After": str(seconds)}
        self.fake.faults.add("status", **ACCOUNT, status=429, body=body, headers=wish, times=None)

    async def cut_streams(self) -> None:
        self._deaf = True
        self.fake.faults.trading.cut()
        self.fake.faults.data.cut()

    def mute_orders(self) -> None:
        self._deaf = True
        self.fake.faults.trading.mute = True


@asynccontextmanager
async def open_alpaca() -> AsyncIterator[Harness]:
    """A connected adapter whose order stream is heard."""
    async with FakeAlpaca() as fake:
        harness = AlpacaHarness(fake)
        listener: asyncio.Task[None] | None = None
        try:
            async with harness.broker:
                stream = harness.broker.stream_order_events()
                listener = asyncio.create_task(harness.listen(stream))
                await until(lambda: fake.stream.listening, "the order stream")
                await harness.move("175.50", "175.52", "175.51")
                yield harness
        finally:
            if listener is not None:
                await listener
