"""Talks HTTP with a broker: reads may be asked again, writes leave once, and every failure says what it proves."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from legend_desktop.brokers.answer_log import AnswerLog, AnswerTimes
from legend_desktop.brokers.errors import BrokerDown, OutcomeUnknown, RateLimited
from legend_desktop.brokers.hosts import HostRules
from legend_desktop.brokers.line_faults import advice_for_line, why_no_line
from legend_desktop.brokers.rate_limit import Lane, RequestBudget, retry_after
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.secret_mask import SecretMask
from legend_desktop.version import __version__

log = logging.getLogger(__name__)

TEXT_LIMIT = 2_000
READ_TRIES = 3
RETRY_BASE_SECONDS = 0.25
LONGEST_RETRY_WAIT = 5.0
"""A broker that asks a read to wait longer than this is not waited for: the caller hears ``RateLimited``."""
KEEP_IDLE_SECONDS = 50.0
"""Shorter than the minute after which common front servers drop a line: an order must not meet a dead one."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
_REQUEST_IDS = ("x-request-id", "schwab-client-correlid", "x-correlation-id")
_AT_ONCE = {Lane.URGENT: 16, Lane.ORDER: 8, Lane.RECONCILE: 4, Lane.READ: 6}
"""Requests of a lane under way at the same time; the lanes never wait for each other."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer; header names are in small letters. ``text`` is what may be shown or logged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_ms: float
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The first 2,000 characters of the body without secrets."""
        raw = self.body[: TEXT_LIMIT * 8].decode("utf-8", errors="replace")
        return self.redact(raw)[:TEXT_LIMIT]

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        """The broker's id of this request, which its support asks for; empty where it sends none."""
        return next((self.headers[name] for name in _REQUEST_IDS if name in self.headers), "")


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds. ``read`` is the longest silence while an answer comes, ``total`` holds over everything."""

    connect: float = 3.0
    write: float = 3.0
    read: float = 10.0
    total: float = 15.0
    pool: float = 1.0


class _Call(NamedTuple):
    """One request that is ready to leave, with the limits it leaves under."""

    request: httpx.Request
    lane: Lane
    limits: TimeLimits


class _Progress:
    """How far one request came. Bytes may be out as soon as ``started``."""

    __slots__ = ("_clock", "_on_sent", "answered_ns", "sent_ns", "started")

    def __init__(self, clock: Clock, on_sent: Callable[[int], None] | None = None) -> None:
        self.started = False
        self.sent_ns: int | None = None
        self.answered_ns: int | None = None
        self._clock = clock
        self._on_sent = on_sent

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Called by httpx at each step."""
        if event.endswith(".send_request_headers.started"):
            self.started = True
        elif event.endswith(".send_request_body.complete"):
            self.sent_ns = self._clock.monotonic_ns()
            if self._on_sent is not None:
                self._on_sent(self.sent_ns)
        elif event.endswith(".receive_response_headers.complete"):
            self.answered_ns = self._clock.monotonic_ns()


class _Failure(Exception):
    """A request that got no whole answer; ``code`` names how, ``sent`` tells whether bytes may have left."""

    def __init__(self, code: str, sentence: str, *, sent: bool, again: bool = True) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.sent = sent
        self.again = again


class HttpSession:
    """One login's line to a broker. Never follows a redirect, never uses a proxy, checks certificates and hosts.

    Cancels have connections of their own, so they cannot queue behind reads. ``mask`` takes the login's own secrets out
    of every answer before it is read, ``redact`` all others out of what is shown.
    """

    def __init__(
        self,
        name: str,
        hosts: HostRules,
        budget: RequestBudget,
        clock: Clock,
        *,
        headers: Callable[[], Mapping[str, str]],
        redact: Callable[[str], str] = str,
        mask: SecretMask | None = None,
        limits: TimeLimits = TimeLimits(),
        max_body: int = 32 * 1024 * 1024,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self._hosts = hosts
        self._budget = budget
        self._clock = clock
        self._headers = headers
        self._redact = redact
        self._mask = mask
        self._limits = limits
        self._max_body = max_body
        self._answers = AnswerLog(clock)
        self._limited_in_a_row = 0
        # room for all lanes together: nothing ever waits inside the library, where a cancelled wait loses a connection
        self._gates = {lane: asyncio.Semaphore(count) for lane, count in _AT_ONCE.items()}
        self._client = httpx.AsyncClient(
            verify=ssl_context if ssl_context is not None else ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=12, keepalive_expiry=KEEP_IDLE_SECONDS),
        )

    @property
    def answer_times(self) -> AnswerTimes:
        """p50 and p99 in milliseconds over the last 256 answers."""
        return self._answers.times

    @property
    def clock_offset_ms(self) -> float | None:
        """The broker's clock minus ours; ``None`` before it told its time."""
        return self._answers.clock_offset_ms

    async def close(self) -> None:
        """Close every connection; requests under way fail."""
        await self._client.aclose()

    async def read(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        lane: Lane = Lane.READ,
        limits: TimeLimits | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """GET, asked up to three times within ``limits.total`` (waiting for its turn not counted).

        Asks again without a connection or a whole answer, and on 429, 500, 502, 503 and 504. Any other status is
        returned. Raises ``BrokerDown`` or ``RateLimited`` in the end, ``InvalidInput`` for a host that is not allowed.
        """
        self._hosts.check(url)
        limits = limits or self._limits
        spent = 0.0
        for number in range(1, READ_TRIES + 1):
            await self._budget.take(lane)
            call = self._prepare("GET", url, lane, limits, params=params, headers=headers)  # the login may be newer
            began = self._clock.monotonic_ns()
            last = number == READ_TRIES
            try:
                answer = await self._ask(call, _Progress(self._clock), max(limits.total - spent, 0.001))
            except _Failure as failure:
                spent += (self._clock.monotonic_ns() - began) / 1e9
                if last or not failure.again or spent >= limits.total:
                    raise BrokerDown(
                        failure.sentence, code=failure.code, advice=advice_for_line(failure.code)
                    ) from None
                pause = _jitter(number)
            else:
                spent += (self._clock.monotonic_ns() - began) / 1e9
                if answer.status not in _AGAIN:
                    return answer
                wished = retry_after(answer.headers, self._clock.now())
                pause = wished if wished is not None else _jitter(number)
                if last or pause > LONGEST_RETRY_WAIT or spent >= limits.total:
                    raise self._gave_up(answer, wished)
            await self._clock.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def write(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        params: Mapping[str, str] | None = None,
        lane: Lane = Lane.ORDER,
        on_sent: Callable[[int], None] | None = None,
        limits: TimeLimits | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send exactly once. ``on_sent`` gets the monotonic ns at which the request's last byte went to the socket.

        Returns 2xx and 4xx but 408. Raises ``BrokerDown`` where no byte of it left, ``RateLimited`` where the budget
        refused it, and ``OutcomeUnknown`` (``raw``: status and text) for everything after the first byte.
        """
        limits = limits or self._limits
        call = self._prepare(method, url, lane, limits, params=params, headers=headers, body=body, form=form)
        began = self._clock.monotonic_ns()
        try:
            async with asyncio.timeout(limits.total):
                await self._budget.take(lane)
        except TimeoutError:
            raise RateLimited(f"{self.name}: the limit of requests is used up. Nothing was sent.") from None
        left = limits.total - (self._clock.monotonic_ns() - began) / 1e9
        try:
            answer = await self._ask(call, _Progress(self._clock, on_sent), max(left, 0.001))
        except _Failure as failure:
            if failure.sent:
                raise OutcomeUnknown(
                    f"{failure.sentence} The request may have been carried out.", raw=failure.sentence
                ) from None
            raise BrokerDown(
                f"{failure.sentence} Nothing was sent.", code=failure.code, advice=advice_for_line(failure.code)
            ) from None
        if answer.ok or (400 <= answer.status < 500 and answer.status != 408):
            return answer
        raise OutcomeUnknown(
            f"{self.name} answered {answer.status}. The request may have been carried out.",
            raw=f"{answer.status} {answer.text}",
        )

    def _prepare(
        self,
        method: str,
        url: str,
        lane: Lane,
        limits: TimeLimits,
        *,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> _Call:
        """Build the request and check where it would go."""
        self._hosts.check(url)
        fields = {"accept": "application/json", "user-agent": f"LegendDesktop/{__version__}"}
        if body is not None:
            fields["content-type"] = "application/json"
        for more in (self._headers(), headers or {}):
            fields |= {name.lower(): value for name, value in more.items()}
        if any(not _sendable(name) or not _sendable(value) for name, value in fields.items()):
            raise InvalidInput(
                "A key or token holds a character that cannot be sent. Nothing was sent.",
                advice="Paste it again, without blanks around it.",
                code="bad_header",
            )
        address = httpx.URL(url)
        if params:
            address = address.copy_merge_params(dict(params))
        self._hosts.check(str(address))
        request = self._client.build_request(
            method,
            address,
            headers=fields,
            content=body,
            data=dict(form) if form is not None else None,
            timeout=httpx.Timeout(connect=limits.connect, write=limits.write, read=limits.read, pool=limits.pool),
        )
        return _Call(request, lane, limits)

    async def _ask(self, call: _Call, progress: _Progress, seconds: float) -> HttpAnswer:
        """One try, one answer. Raises ``_Failure``; a cancel passes through."""
        what = f"{call.request.method} {call.request.url.path}"
        began = self._clock.monotonic_ns()
        try:
            async with asyncio.timeout(seconds):
                status, headers, body = await self._exchange(call, progress)
        except Exception as error:  # noqa: BLE001  whatever broke after the first byte, the order may be live
            failure = error if isinstance(error, _Failure) else self._explain(error, call, progress)
            log.info("%s: %s failed: %s", self.name, what, self._redact(f"{failure.sentence} {error!r}"))
            raise failure from None  # the library's own error may quote what the broker sent
        elapsed_ms = (self._clock.monotonic_ns() - began) / 1e6
        answer = HttpAnswer(status, headers, body, elapsed_ms, self._redact)
        self._answers.note(elapsed_ms, headers.get("date", ""), progress.sent_ns, progress.answered_ns)
        self._budget.heard(headers)
        self._note_limit(answer)
        if not answer.ok:
            log.info("%s: %s answered %d (%s)", self.name, what, status, answer.request_id or "no request id")
        return answer

    async def _exchange(self, call: _Call, progress: _Progress) -> tuple[int, Mapping[str, str], bytes]:
        gate = self._gates[call.lane]
        patience = call.limits.pool if call.lane <= Lane.ORDER else call.limits.total  # a chart may wait for its turn
        try:
            async with asyncio.timeout(patience):
                await gate.acquire()
        except TimeoutError:
            raise _Failure("pool", f"Too many requests to {self.name} wait for an answer.", sent=False) from None
        try:
            call.request.extensions["trace"] = progress.trace
            response = await self._client.send(call.request, stream=True)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        finally:
            gate.release()
        fields = {name.lower(): value for name, value in response.headers.items()}
        if self._mask is not None:
            fields = {name: self._mask.clean(value) for name, value in fields.items()}
            body = self._mask.clean_bytes(body)
        return response.status_code, fields, body

    async def _body(self, response: httpx.Response) -> bytes:
        """The whole body, never much more than ``max_body`` of it."""
        declared = response.headers.get("content-length", "")
        too_large = _Failure(
            "too_large",
            f"{self.name} sent an answer larger than {self._max_body / 1048576:g} MB.",
            sent=True,
            again=False,
        )
        if declared.isdecimal() and int(declared) > self._max_body:
            raise too_large
        parts = bytearray()
        async for part in response.aiter_bytes():
            parts += part
            if len(parts) > self._max_body:
                raise too_large
        return bytes(parts)

    def _explain(self, error: Exception, call: _Call, progress: _Progress) -> _Failure:
        """What ``error`` proves. Before the first byte nothing happened at the broker; after it anything may have."""
        sent = progress.started
        if self._client.is_closed:
            return _Failure("closed", f"The connection to {self.name} was closed.", sent=sent, again=False)
        if isinstance(error, TimeoutError):
            done = "finish its answer" if sent else "take a connection"
            return _Failure("timeout", f"{self.name} did not {done} within {call.limits.total:g} s.", sent=sent)
        if isinstance(error, httpx.ConnectTimeout):
            sentence = f"{self.name} did not take a connection within {call.limits.connect:g} s."
            return _Failure("timeout", sentence, sent=sent)
        if isinstance(error, httpx.ReadTimeout):
            return _Failure("timeout", f"{self.name} was silent for {call.limits.read:g} s.", sent=sent)
        if sent:
            return _Failure("broken", f"The line to {self.name} broke before its answer was whole.", sent=True)
        code, sentence = why_no_line(error, self.name, call.request.url.host)
        return _Failure(code, sentence, sent=False, again=not code.startswith("tls"))

    def _note_limit(self, answer: HttpAnswer) -> None:
        """After 429 everybody's reads pause together: as long as the broker says, else longer each time."""
        if answer.status != 429:
            self._limited_in_a_row = 0
            return
        self._limited_in_a_row += 1
        wished = retry_after(answer.headers, self._clock.now())
        self._budget.slow_down(wished if wished is not None else min(2.0 ** (self._limited_in_a_row - 1), 30.0))

    def _gave_up(self, answer: HttpAnswer, wished: float | None) -> BrokerDown | RateLimited:
        if answer.status == 429:
            return RateLimited(f"{self.name} asks for fewer requests.", retry_after=wished)
        return BrokerDown(
            f"{self.name} answers with an error of its own ({answer.status}).",
            code="server",
            advice=advice_for_line("server"),
        )


def _jitter(number: int) -> float:
    """Seconds before try ``number + 1``: anything up to a bound that doubles, so that many do not knock together."""
    return random.uniform(0, RETRY_BASE_SECONDS * 2.0**number)


def _sendable(text: str) -> bool:
    """True for what may stand in a header."""
    return text.isascii() and text.isprintable() and text == text.strip()
