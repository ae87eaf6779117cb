"""The fault plan of the fake: rules for REST requests (and upgrades), and the switches of the two streams.

A rule is an object such as ``{"kind": "drop_after", "method": "POST", "path": "/v2/orders", "times": 1}``.
``path`` is a shell pattern on the path without the query; ``skip`` lets so many matching requests through first;
``times`` null is for ever. Every rule that matches acts, the first one outermost. Kinds, with the fields they read:

===============  ======================================================================================================
delay            ``seconds``, then as usual
drop_before      the connection breaks and nothing happened (``reset`` false: it closes instead)
drop_after       the request takes effect, then the connection breaks
hang_before      nothing happens until ``release``; ``seconds`` bounds it
hang_after       the request takes effect; the answer waits for ``release``; ``seconds`` bounds it
status           ``status``, ``body`` (text, or any JSON), ``headers``; ``effect`` true: the request takes effect first
html_401         401 with a page of the front proxy instead of JSON
redirect         302 to ``location``
truncate         the headers promise the whole body, half of it comes
invalid_json     200 and a body that is no JSON, after the effect
huge             200 and ``size`` bytes, after the effect
drip             the true answer at ``bytes_per_second``
rewrite          the true answer with ``replace``, ``remove``, ``words``, ``add`` applied (see ``Rewrite``)
headers          the true answer with ``headers`` set (null removes one); ``skew_seconds`` moves its ``Date``
===============  ======================================================================================================
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from aiohttp import web

from tests.fakes.alpaca.stream_faults import Rewrite, StreamFaults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROXY_PAGE = (
    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
TITLES = {401: "401 Authorization Required", 502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}
KINDS = (
    "delay",
    "drop_before",
    "drop_after",
    "hang_before",
    "hang_after",
    "status",
    "html_401",
    "redirect",
    "truncate",
    "invalid_json",
    "huge",
    "drip",
    "rewrite",
    "headers",
)


@dataclass(slots=True)
class FaultRule:
    """One rule; see the module's table for what each kind reads."""

    kind: str
    method: str = "*"
    path: str = "*"
    skip: int = 0
    times: int | None = 1
    seconds: float | None = None
    reset: bool = True
    status: int = 503
    body: Any = None
    effect: bool = False
    headers: dict[str, str | None] = field(default_factory=dict)
    skew_seconds: float | None = None
    location: str = "/elsewhere"
    size: int = 40 * 1024 * 1024
    bytes_per_second: float = 1.0
    replace: dict[str, Any] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    words: dict[str, Any] = field(default_factory=dict)
    add: dict[str, Any] = field(default_factory=dict)
    used: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault called {self.kind}; there are {', '.join(KINDS)}")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FaultRule":
        """A rule from its JSON object. Unknown fields and kinds raise ``ValueError``."""
        unknown = set(data) - {each.name for each in fields(cls)}
        if unknown or "kind" not in data:
            raise ValueError(f"not a fault rule: {'no kind' if not unknown else ', '.join(sorted(unknown))}")
        return cls(**data)

    def take(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.times == 0 or self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.used += 1
        return True


class FaultPlan:
    """Rules by request, and the switches of the order stream (``trading``) and of the data stream (``data``)."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self.trading = StreamFaults()
        self.data = StreamFaults()
        self.fired: list[str] = []
        self.waiting = 0  # answers held by a hang at this moment
        self._released = asyncio.Event()

    def add(self, kind: str, method: str = "*", path: str = "*", **options: Any) -> FaultRule:
        """Append one rule and return it, so that a test can ask how often it was ``used``."""
        rule = FaultRule.from_json({"kind": kind, "method": method, "path": path, **options})
        self.rules.append(rule)
        return rule

    def load(self, data: Any) -> None:
        """Take a plan from JSON: a rule, a list of rules, or an object with any of ``clear``, ``release`` (true),
        ``rules`` (list), ``trading``, ``data`` (switches), ``cut`` ("trading", "data").

        Nonsense raises ``ValueError``.
        """
        if isinstance(data, list):
            data = {"rules": data}
        if not isinstance(data, dict):
            raise ValueError("a fault plan is an object or a list")
        if "kind" in data:
            data = {"rules": [data]}
        unknown = set(data) - {"clear", "release", "rules", "trading", "data", "cut"}
        if unknown:
            raise ValueError(f"not part of a fault plan: {', '.join(sorted(unknown))}")
        rules = [FaultRule.from_json(each) for each in data.get("rules", [])]
        if data.get("clear"):
            self.clear()
        if data.get("release"):
            self.release()
        self.rules += rules
        for name, stream in (("trading", self.trading), ("data", self.data)):
            stream.load(data.get(name, {}))
            if name in data.get("cut", ()):
                stream.cut()

    def clear(self) -> None:
        """No rules, all switches off, held answers go out."""
        self.rules.clear()
        self.trading.clear()
        self.data.clear()
        self.release()

    def release(self) -> None:
        """Let every answer that a hang holds go out now; later ones are held again."""
        self._released.set()
        self._released = asyncio.Event()

    def close(self) -> None:
        """For the end of the server: no more faults, nothing held, every stream cut."""
        self.clear()
        self.trading.cut()
        self.data.cut()

    def as_json(self) -> dict[str, Any]:
        """What is planned and what has happened."""
        rules = [
            {name: getattr(rule, name) for name in ("kind", "method", "path", "times", "used")} for rule in self.rules
        ]
        streams = {"trading": self.trading.connections, "data": self.data.connections}
        return {"rules": rules, "fired": self.fired, "waiting": self.waiting, "connections": streams}

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The body of the outermost middleware: ``handler`` with every rule that matches around it."""
        if request.path.startswith("/__"):  # who sets faults is not hit by them
            return await handler(request)
        found = [rule for rule in self.rules if rule.take(request.method, request.path)]
        for rule in reversed(found):
            handler = partial(self._act, rule, handler)
        return await handler(request)

    async def _act(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        self.fired.append(f"{rule.kind} {request.method} {request.path}")
        action: Callable[[FaultRule, Handler, web.Request], Awaitable[web.StreamResponse]]
        action = getattr(self, f"_{rule.kind}")
        return await action(rule, handler, request)

    async def _delay(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1.0 if rule.seconds is None else rule.seconds)
        return await handler(request)

    async def _drop_before(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        break_connection(request, reset=rule.reset)
        return web.Response()

    async def _drop_after(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        await _answer(handler, request)
        break_connection(request, reset=rule.reset)
        return web.Response()

    async def _hang_before(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        await self._hold(rule, request)
        return web.Response() if gone(request) else await handler(request)

    async def _hang_after(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        answer = await _answer(handler, request)
        await self._hold(rule, request)
        return answer

    async def _hold(self, rule: FaultRule, request: web.Request) -> None:
        """Wait for ``release``, for the rule's seconds, or for the client to go."""
        released, loop = self._released, asyncio.get_running_loop()
        until = None if rule.seconds is None else loop.time() + rule.seconds
        self.waiting += 1
        try:
            while not released.is_set() and not gone(request) and (until is None or loop.time() < until):
                with suppress(TimeoutError):
                    await asyncio.wait_for(released.wait(), 0.05)
        finally:
            self.waiting -= 1

    async def _status(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        if rule.effect:
            await _answer(handler, request)
        headers = {name: value for name, value in rule.headers.items() if value is not None}
        if rule.body is None:
            return proxy_page(rule.status, headers)
        if isinstance(rule.body, str):
            return web.Response(status=rule.status, text=rule.body, content_type="text/plain", headers=headers)
        return web.json_response(rule.body, status=rule.status, headers=headers)

    async def _html_401(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        return proxy_page(401, {})

    async def _redirect(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": rule.location})

    async def _truncate(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        whole = await _answer(handler, request)
        body = _body(whole)
        part = _same_head(whole, max(2, len(body)))
        await part.prepare(request)
        await part.write(body[: len(body) // 2] or b"{")
        break_connection(request, reset=False)
        return part

    async def _invalid_json(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        answer = await _answer(handler, request)
        return web.Response(status=answer.status, text='{"id": "61e6', content_type="application/json")

    async def _huge(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        await _answer(handler, request)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        answer.content_length = rule.size
        await answer.prepare(request)
        left = rule.size
        with suppress(ConnectionError):
            while left > 0 and not gone(request):
                piece = min(left, 256 * 1024)
                await answer.write(b" " * piece)
                left -= piece
        return answer

    async def _drip(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        whole = await _answer(handler, request)
        body = _body(whole)
        answer = _same_head(whole, len(body))
        await answer.prepare(request)
        with suppress(ConnectionError):
            for place in range(len(body)):
                if gone(request):
                    break
                await answer.write(body[place : place + 1])
                await asyncio.sleep(1 / rule.bytes_per_second)
        return answer

    async def _rewrite(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        answer = await _answer(handler, request)
        change = Rewrite(rule.replace, rule.remove, rule.words, rule.add)
        body = _body(answer)
        if isinstance(answer, web.Response) and body:
            answer.body = json.dumps(change(json.loads(body))).encode()
        return answer

    async def _headers(self, rule: FaultRule, handler: Handler, request: web.Request) -> web.StreamResponse:
        answer = await _answer(handler, request)
        for name, value in rule.headers.items():
            if value is None:
                answer.headers.pop(name, None)
            else:
                answer.headers[name] = value
        if rule.skew_seconds is not None:
            moved = datetime.now(UTC) + timedelta(seconds=rule.skew_seconds)
            answer.headers["Date"] = format_datetime(moved, usegmt=True)
        return answer


async def _answer(handler: Handler, request: web.Request) -> web.StreamResponse:
    """What the handler answers, also where it raises its answer."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return answer


def _body(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else None
    return bytes(body) if isinstance(body, bytes | bytearray) else b""


def _same_head(answer: web.StreamResponse, length: int) -> web.StreamResponse:
    """An answer still to be written: status and headers of ``answer``, a body of ``length`` bytes."""
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    head = web.StreamResponse(status=answer.status, headers=headers)
    head.content_length = length
    return head


def proxy_page(status: int, headers: dict[str, str]) -> web.Response:
    """A page as the front proxy writes it, where nothing behind it answered."""
    title = TITLES.get(status, str(status))
    return web.Response(
        status=status, text=PROXY_PAGE.format(title=title), content_type="text/html", headers=headers or None
    )


def gone(request: web.Request) -> bool:
    """Whether the client has left."""
    return request.transport is None or request.transport.is_closing()


def break_connection(request: web.Request, *, reset: bool) -> None:
    """End the connection under the request: at once with a reset, or after what is written has left."""
    transport = request.transport
    if transport is None:
        return
    if not reset:
        transport.close()
        return
    plain: Any = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
