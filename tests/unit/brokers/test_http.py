"""The HTTP session against real servers on loopback: what each failure proves about a request."""

import asyncio
import gzip
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from legend_desktop.brokers.errors import BrokerDown, OutcomeUnknown, RateLimited
from legend_desktop.brokers.hosts import HostRules
from legend_desktop.brokers.http import HttpAnswer, HttpSession, TimeLimits
from legend_desktop.brokers.rate_limit import Lane, RequestBudget
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.clock import SystemClock
from legend_desktop.infra.redaction import Redactor
from tests.helpers.waiting import until
from tests.unit.brokers.wire import Handler, Line, RawServer, Request, always, free_port, make_certificate

KEY = "CANARY0KEY0TO0BE0MASKED"
FAST = TimeLimits(connect=2.0, write=2.0, read=0.2, total=5.0, pool=0.1)
ANY = HostRules(frozenset())


class HurriedClock(SystemClock):
    """The system's clock, whose sleepers are woken at once; it remembers how long they meant to sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class World:
    """A session and the server it talks to."""

    def __init__(self, server: RawServer, session: HttpSession, clock: HurriedClock, budget: RequestBudget) -> None:
        self.server = server
        self.session = session
        self.clock = clock
        self.budget = budget
        self.sent: list[int] = []

    async def post(self, path: str = "/orders", body: bytes = b'{"a":1}', lane: Lane = Lane.ORDER) -> HttpAnswer:
        return await self.session.write(
            "POST", f"{self.server.url}{path}", body=body, lane=lane, on_sent=self.sent.append
        )

    async def unknown(self) -> OutcomeUnknown:
        with pytest.raises(OutcomeUnknown) as caught:
            await self.post()
        return caught.value

    async def get(self, path: str = "/account", lane: Lane = Lane.READ) -> HttpAnswer:
        return await self.session.read(f"{self.server.url}{path}", lane=lane)


@asynccontextmanager
async def world(
    handler: Handler,
    *,
    limits: TimeLimits = FAST,
    tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None,
    max_body: int = 32 * 1024 * 1024,
    headers: Callable[[], Mapping[str, str]] = lambda: {"X-Key": KEY},
) -> AsyncIterator[World]:
    clock = HurriedClock()
    budget = RequestBudget(600, clock)
    redactor = Redactor()
    redactor.add(KEY)
    async with RawServer(handler, tls=tls) as server:
        session = HttpSession(
            "Alpaca",
            ANY,
            budget,
            clock,
            headers=headers,
            redact=redactor.clean,
            limits=limits,
            max_body=max_body,
            ssl_context=trust,
        )
        try:
            yield World(server, session, clock, budget)
        finally:
            await session.close()


class Seen:
    """Requests that a server has read, and what it answers to each."""

    def __init__(self, *plan: Callable[[Line], object]) -> None:
        self.requests: list[Request] = []
        self._plan = list(plan)

    async def __call__(self, line: Line) -> None:
        while True:
            self.requests.append(await line.request())
            step = self._plan.pop(0) if len(self._plan) > 1 else self._plan[0]
            result = step(line)
            if asyncio.iscoroutine(result):
                await result
            if line.writer.is_closing():
                return


def reset(line: Line) -> None:
    line.reset()


# ---- what a request carries -------------------------------------------------------------------------------------


async def test_a_request_carries_the_login_and_the_programs_name() -> None:
    seen = Seen(lambda line: line.answer(201, b'{"id":"1"}', x_request_id="req-7"))
    async with world(seen) as here:
        answer = await here.post("/orders?x=1")
        await here.session.read(f"{here.server.url}/bars?feed=iex", params={"symbols": "AAPL,BRK.B"})
    assert (answer.status, answer.ok, answer.body, answer.text) == (201, True, b'{"id":"1"}', '{"id":"1"}')
    assert answer.request_id == "req-7"
    post, get = seen.requests
    assert (post.method, post.target, post.body) == ("POST", "/orders?x=1", b'{"a":1}')
    assert post.headers["x-key"] == KEY
    assert post.headers["user-agent"].startswith("LegendDesktop/")
    assert post.headers["content-type"] == "application/json"
    assert get.target in {"/bars?feed=iex&symbols=AAPL%2CBRK.B", "/bars?feed=iex&symbols=AAPL,BRK.B"}


async def test_a_form_is_sent_as_a_form_and_own_headers_win() -> None:
    seen = Seen(lambda line: line.answer())
    async with world(seen) as here:
        await here.session.write(
            "POST", f"{here.server.url}/token", form={"grant_type": "x y", "b": "&"}, headers={"x-KEY": "other"}
        )
    request = seen.requests[0]
    assert request.body == b"grant_type=x+y&b=%26"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["x-key"] == "other"


async def test_on_sent_is_called_once_after_the_body_went_out_and_before_the_answer() -> None:
    gate = asyncio.Event()

    async def wait_then_answer(line: Line) -> None:
        await gate.wait()
        await line.answer()

    async with world(Seen(wait_then_answer), limits=TimeLimits()) as here:
        began = here.clock.monotonic_ns()
        sending = asyncio.create_task(here.post(body=b"x" * 300_000))
        await until(lambda: here.sent)
        assert not sending.done()
        gate.set()
        await sending
        assert len(here.sent) == 1
        assert began < here.sent[0] < here.clock.monotonic_ns()


@pytest.mark.parametrize("status", [200, 201, 204, 207, 400, 401, 403, 404, 409, 422, 429])
async def test_answers_with_a_meaning_are_returned_by_a_write(status: int) -> None:
    body = b"" if status == 204 else b'{"message":"no"}'
    async with world(Seen(lambda line: line.answer(status, body))) as here:
        answer = await here.post()
    assert (answer.status, answer.ok, answer.body) == (status, status < 300, body)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 408, 422, 501])
async def test_answers_with_a_meaning_are_returned_by_a_read_at_once(status: int) -> None:
    seen = Seen(lambda line: line.answer(status, b"<html>", location="http://127.0.0.1:1/"))
    async with world(seen) as here:
        assert (await here.get()).status == status
    assert len(seen.requests) == 1


async def test_a_line_is_kept_for_the_next_request() -> None:
    async with world(Seen(lambda line: line.answer())) as here:
        for _ in range(3):
            await here.get()
            await here.post()
        assert here.server.connections == 1


async def test_an_order_does_not_meet_a_line_that_the_broker_has_closed() -> None:
    async def answer_once(line: Line) -> None:
        await line.request()
        await line.answer()

    async with world(answer_once) as here:
        await here.post()
        await until(lambda: here.server.lines == 0)
        await here.post()
        assert here.server.connections == 2


async def test_compressed_answers_are_opened() -> None:
    body = gzip.compress(b'{"long":"' + b"x" * 5000 + b'"}')
    async with world(Seen(lambda line: line.answer(200, body, content_encoding="gzip"))) as here:
        assert len((await here.get()).body) == 5011


# ---- what each failure of a write proves ------------------------------------------------------------------------


async def test_case_01_silence_after_an_order_is_unknown_and_it_left_once() -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen) as here:
        error = await here.unknown()
    assert "may have been carried out" in error.message
    assert len(seen.requests) == 1
    assert len(here.sent) == 1


async def test_case_05_a_reset_after_the_request_was_read_is_unknown_and_not_sent_again() -> None:
    seen = Seen(reset)
    async with world(seen) as here:
        await here.unknown()
    assert len(seen.requests) == 1
    assert here.server.connections == 1


async def test_case_05_the_same_on_a_line_that_was_used_before() -> None:
    seen = Seen(lambda line: line.answer(), reset)
    async with world(seen) as here:
        await here.post()
        await here.unknown()
    assert len(seen.requests) == 2


async def test_case_06_a_closed_port_proves_that_nothing_left() -> None:
    async with world(Seen(reset)) as here, free_port() as port:
        with pytest.raises(BrokerDown) as caught:
            await here.session.write("POST", f"http://127.0.0.1:{port}/orders", body=b"{}", on_sent=here.sent.append)
    assert caught.value.code == "refused"
    assert caught.value.message == "Alpaca does not take connections at 127.0.0.1. Nothing was sent."
    assert here.sent == []


async def test_case_06_a_name_that_is_not_found_proves_that_nothing_left() -> None:
    clock = HurriedClock()
    far = HostRules(frozenset({"no-such-host.invalid"}))
    session = HttpSession("Alpaca", far, RequestBudget(60, clock), clock, headers=dict)
    with pytest.raises(BrokerDown, match="Nothing was sent") as caught:
        await session.write("POST", "https://no-such-host.invalid/orders", body=b"{}")
    assert caught.value.code in {"dns", "timeout"}
    await session.close()


async def test_case_07_a_strange_certificate_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    served, _ = make_certificate(tmp_path)
    seen = Seen(lambda line: line.answer())
    async with world(seen, tls=served) as here:
        with pytest.raises(BrokerDown) as caught:
            await here.post()
        with pytest.raises(BrokerDown) as read:
            await here.get()
    assert caught.value.code == read.value.code == "tls_certificate"
    assert "certificate of 127.0.0.1 is not trusted" in caught.value.message
    assert "Nothing was sent" in caught.value.message
    assert seen.requests == []


async def test_case_07_no_plain_answer_is_taken_on_an_encrypted_line(tmp_path: Path) -> None:
    async def plain(line: Line) -> None:
        await line.reader.read(1)
        await line.answer()

    async with world(plain) as here:
        with pytest.raises(BrokerDown, match="Nothing was sent") as caught:
            await here.session.write("POST", here.server.url.replace("http:", "https:"), body=b"{}")
        with pytest.raises(BrokerDown) as read:
            await here.session.read(here.server.url.replace("http:", "https:"))
        assert here.server.connections == 2
    assert caught.value.code == read.value.code == "tls"


async def test_a_certificate_that_is_trusted_is_talked_to(tmp_path: Path) -> None:
    served, trust = make_certificate(tmp_path)
    async with world(Seen(lambda line: line.answer()), tls=served, trust=trust) as here:
        assert (await here.post()).ok
        assert len(here.sent) == 1


@pytest.mark.parametrize("status", [302, 307, 408, 500, 502, 503, 504])
async def test_case_08_an_error_of_the_server_is_unknown(status: int) -> None:
    seen = Seen(lambda line: line.answer(status, f"<h1>{KEY} bad</h1>".encode(), location="/elsewhere"))
    async with world(seen) as here:
        error = await here.unknown()
    assert error.raw == f"{status} <h1>••• bad</h1>"
    assert len(seen.requests) == 1


async def test_case_09_a_truncated_answer_is_unknown() -> None:
    async def cut(line: Line) -> None:
        await line.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":')
        line.writer.close()

    seen = Seen(cut)
    async with world(seen) as here:
        error = await here.unknown()
    assert "broke before its answer was whole" in error.message
    assert len(seen.requests) == 1


@pytest.mark.parametrize(
    "nonsense",
    [b"\x00\x01\x02\x03\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"],
)
async def test_case_09_an_answer_that_is_no_http_is_unknown(nonsense: bytes) -> None:
    async def babble(line: Line) -> None:
        await line.send(nonsense)
        line.writer.close()

    async with world(Seen(babble)) as here:
        await here.unknown()


async def test_case_09_damaged_compression_is_unknown() -> None:
    body = b"this is not compressed"
    async with world(Seen(lambda line: line.answer(200, body, content_encoding="gzip"))) as here:
        await here.unknown()


@pytest.mark.parametrize("declared", [True, False])
async def test_an_enormous_answer_is_cut_off(declared: bool) -> None:
    async def flood(line: Line) -> None:
        length = b"Content-Length: 99999999\r\n" if declared else b""
        await line.send(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        while True:
            await line.send(b"x" * 65_536)

    seen = Seen(flood)
    async with world(seen, max_body=300_000) as here:
        error = await here.unknown()
        assert "larger than" in error.message
        with pytest.raises(BrokerDown) as caught:
            await here.get()
    assert caught.value.code == "too_large"
    assert len(seen.requests) == 2


async def test_an_answer_that_announces_too_much_is_not_waited_for() -> None:
    async def announce(line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
        await line.never()

    async with world(Seen(announce), limits=TimeLimits()) as here:
        assert "larger than" in (await here.unknown()).message


async def test_case_12_a_refusal_for_too_many_orders_is_returned_and_a_cancel_still_passes() -> None:
    seen = Seen(lambda line: line.answer(429, b"{}", retry_after="7"), lambda line: line.answer(204, b""))
    async with world(seen) as here:
        assert (await here.post()).status == 429
        reading = asyncio.create_task(here.get())
        cancel = await here.session.write("DELETE", f"{here.server.url}/orders/1", lane=Lane.URGENT)
        assert cancel.status == 204
        assert not reading.done()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_case_14_a_redirect_is_not_followed() -> None:
    there = Seen(lambda line: line.answer())
    async with RawServer(there) as other:
        seen = Seen(lambda line: line.answer(302, b"", location=f"{other.url}/orders"))
        async with world(seen) as here:
            error = await here.unknown()
            assert (await here.get()).status == 302
    assert error.raw == "302 "
    assert there.requests == []


async def test_case_15_an_answer_that_drips_is_given_up_at_the_total_deadline() -> None:
    async def drip(line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await line.send(b"x")
            await asyncio.sleep(0.01)

    limits = TimeLimits(read=0.2, total=0.4)
    async with world(Seen(drip), limits=limits) as here:
        began = here.clock.monotonic_ns()
        error = await here.unknown()
        took = (here.clock.monotonic_ns() - began) / 1e9
    assert "within 0.4 s" in error.message
    assert 0.3 < took < 3


async def test_a_line_that_takes_no_more_bytes_is_unknown() -> None:
    async def deaf(line: Line) -> None:
        await asyncio.Event().wait()

    limits = TimeLimits(write=0.2, total=5)
    async with world(deaf, limits=limits) as here:
        with pytest.raises(OutcomeUnknown):
            await here.post(body=b"x" * 20_000_000)
        assert here.sent == []


async def test_a_cancelled_write_stays_cancelled_and_leaves_no_line_behind() -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen, limits=TimeLimits()) as here:
        for _ in range(20):
            sending = asyncio.create_task(here.post())
            count = len(seen.requests)
            await until(lambda count=count: len(seen.requests) > count)  # type: ignore[misc]
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        seen._plan[:] = [lambda line: line.answer()]
        assert (await here.post()).ok


async def test_a_cancel_does_not_wait_behind_reads_that_hang() -> None:
    async def hang_reads(line: Line) -> None:
        while True:
            request = await line.request()
            if request.method == "GET":
                await line.never()
            await line.answer(204, b"")

    async with world(hang_reads, limits=TimeLimits(total=30)) as here:
        reads = [asyncio.create_task(here.get()) for _ in range(40)]
        await until(lambda: here.server.connections >= 6)
        for _ in range(20):
            assert (await here.session.write("DELETE", f"{here.server.url}/orders/1", lane=Lane.URGENT)).ok
        for task in reads:
            task.cancel()
        await asyncio.gather(*reads, return_exceptions=True)


async def test_orders_beyond_what_may_be_under_way_are_refused_unsent() -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen, limits=TimeLimits(pool=0.05)) as here:
        hanging = [asyncio.create_task(here.post()) for _ in range(8)]
        await until(lambda: len(seen.requests) == 8)
        with pytest.raises(BrokerDown) as caught:
            await here.post()
        assert caught.value.code == "pool"
        assert len(seen.requests) == 8
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_budget_that_is_used_up_refuses_an_order_unsent() -> None:
    seen = Seen(lambda line: line.answer())
    async with world(seen) as here:
        here.budget.heard({"x-ratelimit-limit": "5", "x-ratelimit-remaining": "1"})
        with pytest.raises(RateLimited, match="Nothing was sent"):
            await here.post()
        assert (await here.post(lane=Lane.URGENT)).ok
    assert len(seen.requests) == 1


# ---- reads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_read_is_asked_again_after_an_error_of_the_server(status: int) -> None:
    seen = Seen(
        lambda line: line.answer(status, b"", retry_after="2"), reset, lambda line: line.answer(200, b'{"x":1}')
    )
    async with world(seen) as here:
        answer = await here.get(lane=Lane.ORDER)
        assert answer.body == b'{"x":1}'
        assert here.clock.slept[0] == 2
        assert 0 <= here.clock.slept[1] <= 1
    assert len(seen.requests) == 3


async def test_a_read_gives_up_after_three_tries() -> None:
    seen = Seen(lambda line: line.answer(503, b"<html>down"))
    async with world(seen) as here:
        with pytest.raises(BrokerDown) as caught:
            await here.get()
    assert caught.value.code == "server"
    assert "(503)" in caught.value.message
    assert len(seen.requests) == 3


async def test_a_read_that_is_told_to_wait_long_says_so_at_once() -> None:
    seen = Seen(lambda line: line.answer(429, b"", retry_after="40"))
    async with world(seen) as here:
        with pytest.raises(RateLimited) as caught:
            await here.get()
    assert caught.value.retry_after == 40
    assert len(seen.requests) == 1


@pytest.mark.parametrize(("silence", "tries"), [(5.0, 1), (0.2, 3)])
async def test_tries_of_a_read_share_one_total(silence: float, tries: int) -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen, limits=TimeLimits(read=silence, total=0.5)) as here:
        with pytest.raises(BrokerDown) as caught:
            await here.get()
    assert caught.value.code == "timeout"
    assert caught.value.message == "Alpaca did not finish its answer within 0.5 s."
    assert len(seen.requests) == tries


async def test_after_too_many_requests_without_a_word_on_how_long_reads_pause_for_all() -> None:
    seen = Seen(lambda line: line.answer(429, b""), lambda line: line.answer())
    async with world(seen) as here:
        await here.post()
        await here.post()
        assert here.clock.slept == []
        reading = asyncio.create_task(here.get())
        await until(lambda: len(here.clock.slept) > 2)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert [row.method for row in seen.requests] == ["POST", "POST"]


async def test_a_read_without_a_connection_is_tried_again_and_then_says_why() -> None:
    async with world(Seen(reset)) as here, free_port() as port:
        with pytest.raises(BrokerDown) as caught:
            await here.session.read(f"http://127.0.0.1:{port}/x")
        assert len(here.clock.slept) == 2
    assert caught.value.code == "refused"


async def test_a_cancelled_read_is_not_asked_again() -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen, limits=TimeLimits()) as here:
        reading = asyncio.create_task(here.get())
        await until(lambda: seen.requests)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert len(seen.requests) == 1


async def test_the_login_is_asked_for_at_each_try() -> None:
    tokens = iter(["one", "two"])
    seen = Seen(lambda line: line.answer(500), lambda line: line.answer())
    async with world(seen, headers=lambda: {"Authorization": f"Bearer {next(tokens)}"}) as here:
        await here.get()
    assert [row.headers["authorization"] for row in seen.requests] == ["Bearer one", "Bearer two"]


# ---- surroundings -----------------------------------------------------------------------------------------------


async def test_a_host_that_is_not_allowed_is_never_asked() -> None:
    async with world(Seen(reset)) as here:
        for url in ("https://api.alpaca.markets/v2/orders", "http://example.com/"):
            with pytest.raises(InvalidInput, match="may not talk to"):
                await here.session.read(url)
            with pytest.raises(InvalidInput, match="may not talk to"):
                await here.session.write("POST", url, body=b"{}")


@pytest.mark.parametrize("key", ["secret\n", "sec\u00e9ret", "sec\x00ret", " secret", "secret\u2026"])
async def test_case_86_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    async with world(Seen(reset), headers=lambda: {"X-Key": key}) as here:
        with pytest.raises(InvalidInput) as caught:
            await here.post()
    assert caught.value.code == "bad_header"
    assert "ret" not in caught.value.sentence.replace("character", "")
    assert here.server.connections == 0


async def test_case_86_a_key_echoed_by_the_broker_is_masked_in_texts_errors_and_logs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def babble(line: Line) -> None:
        await line.send(f"HTTP/1.1 {KEY}\r\n\r\n".encode())
        line.writer.close()

    caplog.set_level(logging.DEBUG, "legend_desktop")
    seen = Seen(
        lambda line: line.answer(403, f'{{"key":"{KEY}"}}'.encode(), set_cookie=KEY),
        lambda line: line.answer(500, KEY.encode()),
        babble,
    )
    async with world(seen) as here:
        answer = await here.post(f"/orders?token={KEY}")
        errors = [await here.unknown(), await here.unknown()]
    shown = f"{answer!r} {answer.text} {caplog.text}"
    for error in errors:
        shown += f"{error!r} {error.raw} {error.sentence} {error.__cause__!r}"
    assert KEY not in shown
    assert "•••" in shown
    assert KEY.encode() in answer.body


async def test_proxies_of_the_surroundings_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with world(Seen(lambda line: line.answer())) as here:
        assert (await here.get()).ok


async def test_answer_times_and_the_brokers_clock_are_measured() -> None:
    def late(line: Line) -> object:
        return line.answer(date=format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))

    async with world(Seen(late)) as here:
        before = (*here.session.answer_times, here.session.clock_offset_ms)
        assert before == (None, None, None)
        for _ in range(5):
            answer = await here.get()
        p50, p99 = here.session.answer_times
        assert p50 is not None
        assert p99 is not None
        assert 0 < p50 <= p99
        assert answer.elapsed_ms > 0
        offset = here.session.clock_offset_ms
    assert offset == pytest.approx(90_000, abs=1_000)


async def test_the_brokers_headers_reach_the_budget() -> None:
    seen = Seen(lambda line: line.answer(x_ratelimit_limit="200", x_ratelimit_remaining="123"))
    async with world(seen) as here:
        await here.get()
        assert (here.budget.limit, here.budget.left) == (200, 123)


async def test_a_closed_session_says_so() -> None:
    async with world(Seen(lambda line: line.answer())) as here:
        await here.session.close()
        with pytest.raises(BrokerDown, match=r"was closed\. Nothing was sent\."):
            await here.post()
        with pytest.raises(BrokerDown, match="was closed"):
            await here.get()


async def test_closing_ends_what_is_under_way() -> None:
    seen = Seen(lambda line: line.never())
    async with world(seen, limits=TimeLimits()) as here:
        sending = asyncio.create_task(here.post())
        await until(lambda: seen.requests)
        await here.session.close()
        with pytest.raises(OutcomeUnknown):
            await sending


async def test_many_requests_at_once_share_the_session() -> None:
    async def answer(line: Line, request: Request) -> None:
        await line.answer(200, request.target.encode())

    async with world(always(answer)) as here:
        answers = await asyncio.gather(*(here.get(f"/{number}") for number in range(50)))
        assert [answer.body.decode() for answer in answers] == [f"/{number}" for number in range(50)]
        assert here.server.connections <= 6
