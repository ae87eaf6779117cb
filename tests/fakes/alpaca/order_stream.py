"""The order stream on ``/stream``: login in three forms, listen, trade updates in binary frames."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.alpaca.keys import FAKE
from tests.fakes.alpaca.stream_faults import Frame, send_frame

if TYPE_CHECKING:
    from tests.fakes.alpaca.server import FakeAlpaca

CHANNEL = "trade_updates"


class Client:
    """One connection."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.BaseTransport | None) -> None:
        self.socket = socket
        self.transport = transport
        self.authorized = False
        self.streams: list[str] = []
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @property
    def gone(self) -> bool:
        return self.socket.closed or self.transport is None or self.transport.is_closing()


class OrderStream:
    """All connections of one server. ``tell`` never waits; a task of each connection sends."""

    def __init__(self, fake: "FakeAlpaca") -> None:
        self.fake = fake
        self.clients: list[Client] = []
        self.opened = 0  # connections accepted so far
        self.refused = 0  # upgrades answered by 429

    @property
    def listening(self) -> int:
        """Connections that are to get trade updates."""
        return sum(CHANNEL in client.streams for client in self.clients)

    def tell(self, event: dict[str, Any]) -> None:
        """Give one trade update to everybody who listens; nobody gets it later."""
        for client in self.clients:
            if CHANNEL in client.streams:
                client.waiting.put_nowait({"stream": CHANNEL, "data": event})

    def close(self) -> None:
        self.fake.faults.trading.cut()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        switches, faults = self.fake.switches, self.fake.faults.trading
        if any(not client.gone for client in self.clients) and switches.second_connection == "refuse":
            self.refused += 1
            return web.json_response({"message": "too many requests"}, status=429)
        socket = web.WebSocketResponse(compress=False, max_msg_size=1024 * 1024)
        await socket.prepare(request)
        self.opened += 1
        if faults.turned_away():
            await socket.close()
            return socket
        if switches.second_connection == "kill":
            for older in list(self.clients):
                await older.socket.close(code=1008, message=b"connection replaced")
        client = Client(socket, request.transport)
        self.clients.append(client)
        faults.attach(request)
        sender = asyncio.get_running_loop().create_task(self._send(client), name="fake alpaca order stream")
        try:
            await self._receive(client)
        finally:
            self.clients.remove(client)
            faults.detach(request)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    async def _send(self, client: Client) -> None:
        """Send events with the faults of the stream, until the connection is gone."""
        while True:
            event = await client.waiting.get()
            try:
                await self.fake.faults.trading.send(client.socket, event, self._encoder())
            except ConnectionError:
                return

    def _encoder(self) -> Callable[[Any], Frame]:
        kind = self.fake.faults.trading.frames
        binary = kind == "binary" if kind else not self.fake.switches.text_frames
        return (lambda value: json.dumps(value).encode()) if binary else json.dumps

    async def _answer(self, client: Client, stream: str, data: dict[str, Any]) -> None:
        await send_frame(client.socket, self._encoder()({"stream": stream, "data": data}))

    async def _receive(self, client: Client) -> None:
        async for message in client.socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            if self.fake.faults.trading.login_silent:
                continue
            try:
                asked = json.loads(message.data)
            except ValueError:
                asked = None
            if not isinstance(asked, dict):
                await self._answer(client, "error", {"error": "invalid message"})
                continue
            await self._act(client, str(asked.get("action", "")), asked)

    async def _act(self, client: Client, action: str, asked: dict[str, Any]) -> None:
        if action in {"authenticate", "auth"}:
            client.authorized = self._knows(asked) and not self.fake.faults.trading.login_error
            status = "authorized" if client.authorized else "unauthorized"
            await self._answer(client, "authorization", {"status": status, "action": "authenticate"})
            return
        if action != "listen":
            await self._answer(client, "error", {"error": f"unknown action {action}"})
            return
        if not client.authorized:
            await self._answer(client, "authorization", {"status": "unauthorized", "action": "listen"})
            return
        data = asked.get("data")
        wanted = data.get("streams", []) if isinstance(data, dict) else []
        client.streams = [name for name in wanted if name == CHANNEL]
        await self._answer(client, "listening", {"streams": client.streams})

    def _knows(self, asked: dict[str, Any]) -> bool:
        """The three forms: key pair in ``data``, key pair at the top, OAuth token in ``data``."""
        data = asked.get("data")
        data = data if isinstance(data, dict) else {}
        if "oauth_token" in data:
            return self.fake.knows_token(str(data["oauth_token"]))
        key, secret = data.get("key_id", asked.get("key", "")), data.get("secret_key", asked.get("secret", ""))
        return self.fake.knows(str(key), str(secret))


async def stream(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return web.json_response({"message": "endpoint not found"}, status=404)
    return await request.app[FAKE].stream.serve(request)


def routes() -> list[web.RouteDef]:
    return [web.get("/stream", stream)]
