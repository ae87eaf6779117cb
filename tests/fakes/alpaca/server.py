"""The fake Alpaca: one loopback port with trading REST, order stream, market data REST and market data stream."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from tests.fakes.alpaca import account_rest, admin, data_rest, data_stream, order_stream, orders_rest
from tests.fakes.alpaca.desk import Desk
from tests.fakes.alpaca.engine import Engine
from tests.fakes.alpaca.faults import FaultPlan, Handler, proxy_page
from tests.fakes.alpaca.keys import FAKE
from tests.fakes.alpaca.levers import Levers
from tests.fakes.alpaca.market import FakeMarket
from tests.fakes.alpaca.order_rules import Rules
from tests.fakes.alpaca.order_stream import OrderStream
from tests.fakes.alpaca.reads import OrderReads
from tests.fakes.alpaca.records import Refusal
from tests.fakes.alpaca.state import FakeState

PAPER_KEY, LIVE_KEY = "PK-FAKE-PAPER-KEY", "AKTESTFAKE0000000001"
SECRET = "fake-secret-0123456789abcdefghijklmnopqr"
OAUTH_TOKEN = "fake-oauth-token"
MAX_BODY = 1024 * 1024


def system_now() -> datetime:
    return datetime.now(UTC)


class FakeAlpaca:
    """A stateful broker on ``url``. ``now`` is the broker's clock; a test may hand in its own.

    ``state`` is what the broker holds, ``market`` moves prices, ``faults`` spoils requests and streams, ``levers``
    does what a person, a venue or Alpaca's staff may do, and ``switches`` picks between behaviours.
    """

    def __init__(
        self,
        market: FakeMarket | None = None,
        *,
        auto: bool = False,
        key: str | None = None,
        secret: str = SECRET,
        live: bool = False,
        now: Callable[[], datetime] = system_now,
        seed: int = 11,
    ) -> None:
        self.now = now
        self.live = live
        self.key = key or (LIVE_KEY if live else PAPER_KEY)
        self.secret = secret
        self.oauth_token = OAUTH_TOKEN
        self.revoked = False
        self.skew_seconds = 0.0
        self.market = market or FakeMarket(auto=auto, seed=seed, now=now)
        self.faults = FaultPlan()
        self.state = FakeState(self.market, now, live=live, seed=seed)
        self.switches = self.state.switches
        self.stream = OrderStream(self)
        self.engine = Engine(self.state, self.stream.tell)
        self.rules = Rules(self.state)
        self.desk = Desk(self.state, self.rules, self.engine)
        self.reads = OrderReads(self.state)
        self.levers = Levers(self)
        self.url = ""
        self._windows: dict[str, tuple[int, int]] = {}
        self._runner: web.AppRunner | None = None
        self._mover: asyncio.Task[None] | None = None

    @property
    def ws_url(self) -> str:
        """The order stream's address."""
        return self.url.replace("http", "ws", 1) + "/stream"

    async def start(self, port: int = 0) -> str:
        """Serve on 127.0.0.1 and return the address; port 0 takes a free one."""
        app = web.Application(middlewares=[self._faults, self._broker], client_max_size=MAX_BODY)
        app[FAKE] = self
        app.add_routes(admin.routes(self))
        app.add_routes(orders_rest.routes())
        app.add_routes(account_rest.routes())
        app.add_routes(order_stream.routes())
        app.add_routes(data_rest.routes(self))
        app.add_routes(data_stream.routes(self))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        if self.market.auto:
            self._mover = asyncio.get_running_loop().create_task(self.market.run(), name="fake alpaca market")
        return self.url

    async def stop(self) -> None:
        """End every connection and stop serving."""
        if self._mover is not None:
            self._mover.cancel()
            await asyncio.gather(self._mover, return_exceptions=True)
            self._mover = None
        self.faults.close()
        self.stream.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "FakeAlpaca":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def broker_time(self) -> datetime:
        """The time that the broker tells: the clock, moved by ``skew_seconds``."""
        return self.now() + timedelta(seconds=self.skew_seconds)

    # --- every request

    @web.middleware
    async def _faults(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/__"):
            return await handler(request)
        return await self.faults.apply(request, handler)

    @web.middleware
    async def _broker(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keys, request budget, error bodies and the headers of every answer."""
        if request.path.startswith("/__") or request.headers.get("Upgrade", "").lower() == "websocket":
            return await handler(request)
        answer = self._turned_away(request)
        if answer is None:
            self.state.requests.append((request.method, request.path))
            self.engine.sweep()
            answer = await self._handled(request, handler)
        answer.headers["X-Request-ID"] = self.state.new_id().replace("-", "")
        answer.headers["Date"] = format_datetime(self.broker_time(), usegmt=True)
        return answer

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        budget = self._spend(request)
        try:
            if budget is None:
                answer = web.json_response({"code": 42910000, "message": "too many requests"}, status=429)
                budget = self._budget(request, 0) if self.switches.rate_headers_on_429 else {}
            else:
                answer = await handler(request)  # type: ignore[assignment]
        except Refusal as refusal:
            answer = web.json_response(refusal.body, status=refusal.status)
        except web.HTTPException as problem:
            message = "endpoint not found" if problem.status in {404, 405} else problem.reason
            body = problem.text if problem.content_type == "application/json" else None
            answer = web.json_response({"message": message}, status=problem.status)
            if body is not None:
                answer.text = body
        if self.switches.rate_headers:
            answer.headers.update(budget)
        return answer

    def _turned_away(self, request: web.Request) -> web.StreamResponse | None:
        """The front proxy answers HTML where no keys came; the API answers JSON where they are wrong."""
        headers = request.headers
        given = headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                key, _, secret = base64.b64decode(token, validate=True).decode().partition(":")
            except ValueError:
                key = secret = ""
            given = key, secret
        elif scheme.lower() == "bearer":
            return None if self.knows_token(token) else self._unauthorized()
        if not given[0] or not given[1]:
            return proxy_page(401, {})
        return None if self.knows(given[0], given[1]) else self._unauthorized()

    @staticmethod
    def _unauthorized() -> web.Response:
        return web.json_response({"message": "unauthorized."}, status=401)

    def knows(self, key: str, secret: str) -> bool:
        """Whether this is the pair of this host. Keys of the other host are refused like any wrong pair."""
        right = hmac.compare_digest(key.encode(), self.key.encode())
        return right and hmac.compare_digest(secret.encode(), self.secret.encode()) and not self.revoked

    def knows_token(self, token: str) -> bool:
        return token == self.oauth_token and not self.revoked

    def _spend(self, request: web.Request) -> dict[str, str] | None:
        """Count one request of this minute; ``None`` where the limit is reached. Data has a budget of its own."""
        lane = self._lane(request)
        minute = int(self.now().timestamp() // 60)
        used = self._windows.get(lane, (minute, 0))
        count = used[1] + 1 if used[0] == minute else 1
        self._windows[lane] = minute, count
        left = self.switches.rate_limit - count
        return None if left < 0 else self._budget(request, left)

    @staticmethod
    def _lane(request: web.Request) -> str:
        return "data" if request.path.startswith(("/v2/stocks", "/v1beta")) else "trading"

    def _budget(self, request: web.Request, left: int) -> dict[str, str]:
        reset = (int(self.now().timestamp() // 60) + 1) * 60
        limit = self.switches.rate_limit
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(reset)}
