"""A small server with the data side of the fake alone, for its own tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.fakes.alpaca import data_rest, data_stream
from tests.fakes.alpaca.faults import FaultPlan
from tests.fakes.alpaca.market import FakeMarket


@dataclass
class DataDesk:
    market: FakeMarket = field(default_factory=FakeMarket)
    faults: FaultPlan = field(default_factory=FaultPlan)
    key: str = "PKKEY"
    secret: str = "secret"
    orders: list[Any] = field(default_factory=list)
    url: str = ""

    def knows(self, key: str, secret: str) -> bool:
        return (key, secret) == (self.key, self.secret)

    async def place(self, request: web.Request) -> web.Response:
        self.orders.append(await request.json())
        return web.json_response({"id": str(len(self.orders)), "status": "new", "limit_price": "10.5"})


@asynccontextmanager
async def data_server() -> AsyncIterator[tuple[DataDesk, ClientSession]]:
    """The server, and a client whose addresses start at it."""
    desk = DataDesk()

    @web.middleware
    async def spoil(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        return await desk.faults.apply(request, handler)

    app = web.Application(middlewares=[spoil])
    app.add_routes([*data_rest.routes(desk), *data_stream.routes(desk), web.post("/v2/orders", desk.place)])
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(desk.url) as client:
            yield desk, client
    finally:
        desk.faults.close()
        await runner.cleanup()
