"""Raw HTTP and web socket against the fake Alpaca, with a clock that stands still until told otherwise."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import aiohttp

from tests.fakes.alpaca.records import FakeOrder
from tests.fakes.alpaca.server import FakeAlpaca

MONDAY_TEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in New York


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Any

    @property
    def refusal(self) -> tuple[int, int]:
        return self.status, self.body["code"]


class Wire:
    """One client of one fake."""

    def __init__(self, fake: FakeAlpaca, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self.session = session
        self.at = MONDAY_TEN

    async def call(self, method: str, path: str, *, keys: bool = True, **options: Any) -> Answer:
        own = {"APCA-API-KEY-ID": self.fake.key, "APCA-API-SECRET-KEY": self.fake.secret} if keys else {}
        headers = own | options.pop("headers", {})
        async with self.session.request(method, self.fake.url + path, headers=headers, **options) as answer:
            raw = await answer.read()
            body = json.loads(raw) if raw and answer.content_type == "application/json" else raw.decode()
            return Answer(answer.status, body, answer.headers)

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.call("GET", path, params=query)
        assert answer.status == 200, answer
        return answer.body

    async def order(self, **fields: Any) -> Answer:
        """POST an order: ten AAPL bought at the market for the day, where ``fields`` say nothing else."""
        body = {"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", **fields}
        if "qty" not in body and "notional" not in body:
            body["qty"] = "10"
        return await self.call("POST", "/v2/orders", json={name: value for name, value in body.items() if value != ...})

    async def placed(self, **fields: Any) -> FakeOrder:
        answer = await self.order(**fields)
        assert answer.status == 200, answer
        return self.fake.state.order(answer.body["id"])

    async def status_of(self, order: FakeOrder) -> str:
        word: str = (await self.get(f"/v2/orders/{order.id}"))["status"]
        return word

    def pass_time(self, **amount: float) -> None:
        self.at += timedelta(**amount)


class Ear:
    """One connection to the order stream."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        message = await self.socket.receive()
        assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, message
        body: dict[str, Any] = json.loads(message.data)
        return body

    async def listen(self, fake: FakeAlpaca) -> None:
        await self.send(action="authenticate", data={"key_id": fake.key, "secret_key": fake.secret})
        assert (await self.hear())["data"]["status"] == "authorized"
        await self.send(action="listen", data={"streams": ["trade_updates"]})
        assert (await self.hear())["stream"] == "listening"

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [(await self.hear())["data"] for _ in range(count)]

    async def until(self, event: str) -> dict[str, Any]:
        """The next event of this name."""
        while True:
            data: dict[str, Any] = (await self.hear())["data"]
            if data["event"] == event:
                return data


@asynccontextmanager
async def wired(**options: Any) -> AsyncIterator[Wire]:
    holder: list[Wire] = []
    fake = FakeAlpaca(now=lambda: holder[0].at if holder else MONDAY_TEN, **options)
    async with fake, aiohttp.ClientSession() as session:
        holder.append(Wire(fake, session))
        yield holder[0]


@asynccontextmanager
async def ear(wire: Wire, *, listen: bool = True) -> AsyncIterator[Ear]:
    async with wire.session.ws_connect(wire.fake.ws_url) as socket:
        made = Ear(socket)
        if listen:
            await made.listen(wire.fake)
        yield made
