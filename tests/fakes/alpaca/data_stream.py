"""The market data stream: ``/v2/{feed}`` and ``/v2/test``, JSON text or MessagePack, messages in arrays."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import msgpack  # type: ignore[import-untyped]
from aiohttp import WSMsgType, web

from tests.fakes.alpaca.data_rest import SYMBOL
from tests.fakes.alpaca.data_wire import LETTERS, notice_json, packed, quote_json, trade_json
from tests.fakes.alpaca.faults import FaultPlan
from tests.fakes.alpaca.market import FakeMarket, FakeQuote, FakeTrade, Listed, Notice
from tests.fakes.alpaca.stream_faults import StreamFaults, send_frame

CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
FOLLOWING = ("corrections", "cancelErrors")  # come with trades by themselves
WORDS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
    500: "internal error",
}
FATAL = (402, 404, 406, 407, 409, 500)
AUTH_SECONDS = 10.0
BACKLOG = 20_000  # events that wait for one client before it counts as slow
TEST_SYMBOL = "FAKEPACA"


class StreamDesk(Protocol):
    """What the data stream needs of the server."""

    @property
    def market(self) -> FakeMarket: ...
    @property
    def faults(self) -> FaultPlan: ...
    def knows(self, key: str, secret: str) -> bool: ...


def routes(server: StreamDesk) -> list[web.RouteDef]:
    """The paths of the data streams; each logs in by itself."""
    streams = DataStreams(server)
    return [
        web.get("/v2/{feed:iex|sip|delayed_sip|otc|test}", streams.handle),
        web.get("/v1beta1/{feed:boats|overnight}", streams.handle),
    ]


class Refused(Exception):
    """An error message of the stream, by its code."""

    def __init__(self, code: int) -> None:
        super().__init__(WORDS[code])
        self.code = code


@dataclass(eq=False, slots=True)
class Client:
    """One connection: what it listens to and what waits to be sent."""

    socket: web.WebSocketResponse
    feed: str
    binary: bool
    authenticated: bool = False
    channels: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in CHANNELS})
    waiting: list[dict[str, Any]] = field(default_factory=list)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, channel: str, symbol: str) -> bool:
        wished = self.channels["trades" if channel in FOLLOWING else channel]
        return self.authenticated and (symbol in wished or "*" in wished)

    def subscription(self) -> dict[str, Any]:
        lists = {name: sorted(wished) for name, wished in self.channels.items()}
        return {"T": "subscription", **lists, **dict.fromkeys(FOLLOWING, lists["trades"])}

    async def say(self, *messages: dict[str, Any]) -> None:
        """Send an array now."""
        frame = packed(list(messages)) if self.binary else json.dumps(messages, separators=(",", ":"))
        await send_frame(self.socket, frame)


class DataStreams:
    """All data connections of one server, fed by its market."""

    def __init__(self, server: StreamDesk) -> None:
        self.server = server
        self.clients: set[Client] = set()
        self._test_market = FakeMarket(now=server.market.now)
        self._test_market.add(Listed(TEST_SYMBOL, "Test symbol"), Decimal("133.80"), Decimal("133.85"))
        for market in (server.market, self._test_market):
            market.on_quote(self._on_quote)
            market.on_trade(self._on_trade)
            market.on_notice(self._on_notice)

    @property
    def faults(self) -> StreamFaults:
        return self.server.faults.data

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from the greeting to its end."""
        socket = web.WebSocketResponse(max_msg_size=1024 * 1024)
        await socket.prepare(request)
        binary = request.headers.get("Content-Type", "") == "application/msgpack"
        if self.faults.frames:
            binary = self.faults.frames == "binary"
        client = Client(socket, request.match_info["feed"], binary)
        with self._known(request, client):
            if self.faults.turned_away():
                await socket.close()
                return socket
            sender = asyncio.create_task(self._send_waiting(client))
            try:
                with suppress(ConnectionError):
                    await self._converse(client, request)
            finally:
                sender.cancel()
                with suppress(asyncio.CancelledError):
                    await sender
                await socket.close()
        return socket

    @contextmanager
    def _known(self, request: web.Request, client: Client) -> Iterator[None]:
        self.clients.add(client)
        self.faults.attach(request)
        try:
            yield
        finally:
            self.clients.discard(client)
            self.faults.detach(request)

    async def _converse(self, client: Client, request: web.Request) -> None:
        try:
            await client.say({"T": "success", "msg": "connected"})
            key = request.headers.get("APCA-API-KEY-ID")
            if key is not None and not self.faults.login_silent:
                await self._login(client, key, request.headers.get("APCA-API-SECRET-KEY"))
            await self._listen(client)
        except Refused as refusal:
            await client.say(_error(refusal.code))

    async def _listen(self, client: Client) -> None:
        """Take what the client sends until it leaves; a fatal refusal is raised."""
        until = asyncio.get_running_loop().time() + AUTH_SECONDS
        while True:
            left = None if client.authenticated else until - asyncio.get_running_loop().time()
            try:
                message = await client.socket.receive(left)
            except TimeoutError:
                raise Refused(404) from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if self.faults.login_silent:
                continue
            try:
                await self._answer(client, _parsed(message.data))
            except Refused as refusal:
                if refusal.code in FATAL:
                    raise
                await client.say(_error(refusal.code))

    async def _answer(self, client: Client, message: dict[str, Any]) -> None:
        action = message.get("action")
        if action == "auth":
            if client.authenticated:
                raise Refused(403)
            await self._login(client, message.get("key"), message.get("secret"))
        elif action in ("subscribe", "unsubscribe"):
            if not client.authenticated:
                raise Refused(401)
            self._change(client, message, subscribe=action == "subscribe")
            await client.say(client.subscription())
        else:
            raise Refused(400)

    async def _login(self, client: Client, key: Any, secret: Any) -> None:
        if self.faults.login_error:
            raise Refused(self.faults.login_error)
        if not self.server.knows(str(key), str(secret)):
            raise Refused(402)
        if client.feed not in ("iex", "test", "delayed_sip") and not self.server.market.sip_allowed:
            raise Refused(409)
        if any(other.authenticated and other.feed == client.feed for other in self.clients):
            raise Refused(406)
        client.authenticated = True
        await client.say({"T": "success", "msg": "authenticated"})

    def _change(self, client: Client, message: dict[str, Any], *, subscribe: bool) -> None:
        """Add or take away symbols; refused, nothing is changed."""
        wished = {name: set(symbols) for name, symbols in client.channels.items()}
        for name, symbols in message.items():
            if name == "action" or name in FOLLOWING:
                continue
            if name not in CHANNELS:
                raise Refused(410)
            if not isinstance(symbols, list) or not all(_is_symbol(each) for each in symbols):
                raise Refused(400)
            wished[name] = wished[name] | set(symbols) if subscribe else wished[name] - set(symbols)
        limit = 0 if client.feed == "test" else self.server.market.symbol_limit
        counted = [*wished["trades"], *wished["quotes"]]
        if limit and subscribe and (len(counted) > limit or "*" in counted):
            raise Refused(405)
        client.channels = wished

    def _on_quote(self, quote: FakeQuote) -> None:
        self._offer("quotes", quote.symbol, lambda market, feed: quote_json(market, quote, feed))

    def _on_trade(self, trade: FakeTrade) -> None:
        self._offer("trades", trade.symbol, lambda market, feed: trade_json(market, trade, feed))

    def _on_notice(self, notice: Notice) -> None:
        self._offer(notice.channel, notice.symbol, lambda market, feed: notice_json(market, notice, feed))

    def _offer(self, channel: str, symbol: str, shape: Any) -> None:
        """Put one message behind what waits for each client that wants it."""
        for client in self.clients:
            is_test = client.feed == "test"
            if is_test != (symbol == TEST_SYMBOL) or not client.wants(channel, symbol):
                continue
            market = self._test_market if is_test else self.server.market
            message = {"T": LETTERS[channel], "S": symbol, **shape(market, client.feed)}
            client.waiting.extend(self.faults.outgoing(message))
            client.wake.set()

    async def _send_waiting(self, client: Client) -> None:
        """Send what has gathered, in one array; the test feed also makes its own prices here."""
        ticks = client.feed == "test"
        with suppress(ConnectionError):
            while True:
                try:
                    await asyncio.wait_for(client.wake.wait(), 0.2 if ticks else None)
                except TimeoutError:
                    self._tick()
                client.wake.clear()
                if len(client.waiting) > BACKLOG:
                    await client.say(_error(407))
                    await client.socket.close()
                    return
                await self._flush(client)

    async def _flush(self, client: Client) -> None:
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        messages, client.waiting = client.waiting, []
        if not messages:
            return
        for frame in self.faults.extra_frames():
            await send_frame(client.socket, frame)
        await client.say(*messages)
        if self.faults.cut_is_due(len(messages)):
            self.faults.cut()

    def _tick(self) -> None:
        """One made-up quote and trade of the test symbol."""
        quote = self._test_market.quote(TEST_SYMBOL)
        if quote is not None and any(client.feed == "test" and client.authenticated for client in self.clients):
            move = Decimal("0.01") * (1 if quote.time.microsecond % 2 else -1)
            self._test_market.set_quote(TEST_SYMBOL, quote.bid + move, quote.ask + move)
            self._test_market.trade(TEST_SYMBOL, quote.bid + move, 100)


def _error(code: int) -> dict[str, Any]:
    return {"T": "error", "code": code, "msg": WORDS.get(code, "unknown")}


def _is_symbol(text: Any) -> bool:
    return isinstance(text, str) and (text in ("*", TEST_SYMBOL) or SYMBOL.match(text) is not None)


def _parsed(data: str | bytes) -> dict[str, Any]:
    """A message of the client: JSON text, JSON bytes or MessagePack."""
    try:
        found = json.loads(data)
    except ValueError:
        found = None
        if isinstance(data, bytes):
            with suppress(ValueError, msgpack.UnpackException):
                found = msgpack.unpackb(data)
    if not isinstance(found, dict):
        raise Refused(400)
    return found
