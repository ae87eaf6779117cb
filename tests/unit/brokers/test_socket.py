"""The web socket against real servers on loopback: what comes through, and what each break is called."""

import asyncio
import logging
from pathlib import Path

import pytest

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.hosts import HostRules
from legend_desktop.brokers.socket import Socket, SocketClosed, open_socket
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.redaction import Redactor
from tests.unit.brokers.wire import Handler, Line, RawServer, free_port, make_certificate

KEY = "CANARY0KEY0TO0BE0MASKED"
ANY = HostRules(frozenset())
NAME = "Alpaca order stream"


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """One frame as a server sends it."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + len(payload).to_bytes(2, "big") + payload
    return head + b"\x7f" + len(payload).to_bytes(8, "big") + payload


TEXT, BINARY, CLOSE = 1, 2, 8


async def read_frame(line: Line) -> tuple[int, bytes]:
    """One frame as a client sends it."""
    first, second = await line.reader.readexactly(2)
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(await line.reader.readexactly(2 if size == 126 else 8), "big")
    mask = await line.reader.readexactly(4)
    data = await line.reader.readexactly(size)
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


async def opened(server: RawServer, **terms: object) -> Socket:
    return await open_socket(f"{server.ws_url}/stream", ANY, name=NAME, **terms)  # type: ignore[arg-type]


async def the_end(socket: Socket) -> tuple[list[bytes | str], SocketClosed]:
    """Everything that comes before the break, and the break."""
    got: list[bytes | str] = []
    try:
        async for message in socket:
            got.append(message)
    except SocketClosed as error:
        await socket.close()
        return got, error
    raise AssertionError(f"the line ended without a word after {got}")


def sends(*data: bytes, stubborn: bool = False) -> Handler:
    """Accept, send and leave once the other side says goodbye; a stubborn server stays."""

    async def handler(line: Line) -> None:
        await line.upgrade()
        for part in data:
            await line.send(part)
        if stubborn:
            await line.never()
        while (await read_frame(line))[0] != CLOSE:
            pass

    return handler


async def test_text_and_binary_messages_come_in_order_before_the_end() -> None:
    goodbye = frame(CLOSE, (4001).to_bytes(2, "big") + b"see you")
    parts = (frame(TEXT, b"a\xc3\xa9"), frame(BINARY, b"\x00\xff"), frame(TEXT, b"x" * 70_000), goodbye)
    async with RawServer(sends(*parts)) as server:
        got, error = await the_end(await opened(server))
    assert got == ["aé", b"\x00\xff", "x" * 70_000]
    assert (error.code, error.close_code, error.reason) == ("closed", 4001, "see you")
    assert error.message == "Alpaca order stream was closed by the broker (4001: see you)."


async def test_messages_are_sent_and_our_own_close_is_an_orderly_end() -> None:
    heard: list[tuple[int, bytes]] = []

    async def listen(line: Line) -> None:
        request = await line.upgrade()
        assert request.headers["x-key"] == "k"
        assert request.headers["user-agent"].startswith("LegendDesktop/")
        assert "sec-websocket-extensions" not in request.headers
        while True:
            heard.append(await read_frame(line))
            if heard[-1][0] == CLOSE:
                await line.send(frame(CLOSE, heard[-1][1]))
                return

    async with RawServer(listen) as server, await opened(server, headers={"X-Key": "k"}) as socket:
        await socket.send('{"action":"listen"}')
        reading = asyncio.create_task(anext(socket, None))
        await asyncio.sleep(0)
        await socket.close()
        assert await reading is None
        await socket.close()
    assert heard == [(TEXT, b'{"action":"listen"}'), (CLOSE, b"\x03\xe8")]


async def test_an_orderly_close_by_the_broker_is_a_break_all_the_same() -> None:
    async with RawServer(sends(frame(CLOSE, b"\x03\xe8"))) as server:
        _, error = await the_end(await opened(server))
    assert (error.code, error.close_code) == ("closed", 1000)


@pytest.mark.parametrize(("last", "code"), [(frame(CLOSE, b"\x03\xe8"), "closed"), (b"\xff\xff", "garbled")])
async def test_a_broker_that_leaves_the_line_open_after_the_end_holds_nobody_up(last: bytes, code: str) -> None:
    async with RawServer(sends(last, stubborn=True)) as server:
        socket = await opened(server)
        async with asyncio.timeout(5):
            _, error = await the_end(socket)
    assert error.code == code


async def test_case_38_a_line_that_just_breaks_is_told() -> None:
    async def cut(line: Line) -> None:
        await line.upgrade()
        await line.send(frame(TEXT, b"one"))
        line.writer.close()

    async with RawServer(cut) as server:
        got, error = await the_end(await opened(server))
    assert got == ["one"]
    assert (error.code, error.close_code, error.message) == ("broken", 1006, "Alpaca order stream broke.")


async def test_case_38_a_reset_is_told_to_the_sender_too() -> None:
    async def cut(line: Line) -> None:
        await line.upgrade()
        line.reset()

    async with RawServer(cut) as server:
        socket = await opened(server)
        await the_end(socket)
        with pytest.raises(SocketClosed):
            await socket.send("late")


async def test_case_40_accept_and_close_ends_at_the_first_read() -> None:
    async def slam(line: Line) -> None:
        await line.upgrade()

    async with RawServer(slam) as server:
        for _ in range(3):
            got, error = await the_end(await opened(server))
            assert (got, error.code) == ([], "broken")


async def test_case_42_a_huge_frame_ends_the_line_and_is_never_held_whole() -> None:
    huge = b"\x81\x7f" + (10_000_000_000).to_bytes(8, "big") + b"x" * 1000
    async with RawServer(sends(frame(TEXT, b"small"), huge)) as server:
        got, error = await the_end(await opened(server))
    assert got == ["small"]
    assert (error.code, error.message) == ("too_large", "Alpaca order stream sent too large a message.")


async def test_case_42_a_message_of_many_parts_has_the_same_limit() -> None:
    parts = [frame(TEXT, b"x" * 60_000, final=False), *[frame(0, b"x" * 60_000, final=False)] * 3]
    async with RawServer(sends(*parts)) as server:
        _, error = await the_end(await opened(server, max_frame=100_000))
    assert error.code == "too_large"


@pytest.mark.parametrize(
    "noise", [b"\xff\xff\xff\xff", frame(TEXT, b"\xff\xfe"), b"\x83\x00", b"\xc1\x00", b"\x81\x84abcd"]
)
async def test_case_42_garbled_frames_end_the_line(noise: bytes) -> None:
    async with RawServer(sends(noise, frame(TEXT, b"after"))) as server:
        got, error = await the_end(await opened(server))
    assert (got, error.code) == ([], "garbled")


async def test_case_44_a_line_that_lives_but_answers_no_ping_is_cut() -> None:
    async with RawServer(sends(frame(TEXT, b"one"))) as server:
        got, error = await the_end(await opened(server, ping_seconds=0.05, pong_seconds=0.1))
    assert got == ["one"]
    assert (error.code, error.message) == ("silent", "Alpaca order stream no longer answers.")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_login_is_told_apart(status: int) -> None:
    async def refuse(line: Line) -> None:
        await line.request()
        await line.answer(status, b"<html>no")

    async with RawServer(refuse) as server:
        with pytest.raises(AuthExpired, match=f"does not accept the login \\({status}\\)"):
            await opened(server)


@pytest.mark.parametrize(("header", "seconds"), [({}, 30), ({"retry_after": "5"}, 30), ({"retry_after": "77"}, 77)])
async def test_case_40_an_upgrade_refused_for_haste_asks_for_a_long_pause(header: dict[str, str], seconds: int) -> None:
    async def refuse(line: Line) -> None:
        await line.request()
        await line.answer(429, b"", **header)

    async with RawServer(refuse) as server:
        with pytest.raises(RateLimited) as caught:
            await opened(server)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [200, 404, 406, 500, 503])
async def test_any_other_refusal_is_a_broker_that_is_down(status: int) -> None:
    async def refuse(line: Line) -> None:
        await line.request()
        await line.answer(status, b"x")

    async with RawServer(refuse) as server:
        with pytest.raises(BrokerDown) as caught:
            await opened(server)
        assert server.connections == 1
    assert caught.value.code == f"upgrade_{status}"


async def test_case_14_a_redirect_of_the_upgrade_is_not_followed() -> None:
    async with RawServer(sends()) as other:

        async def redirect(line: Line) -> None:
            await line.request()
            await line.answer(302, b"", location=f"{other.ws_url}/stream")

        async with RawServer(redirect) as server:
            with pytest.raises(BrokerDown) as caught:
                await opened(server)
        assert other.connections == 0
    assert caught.value.code == "upgrade_302"


async def test_case_07_a_strange_certificate_is_refused(tmp_path: Path) -> None:
    served, trust = make_certificate(tmp_path)
    async with RawServer(sends(frame(TEXT, b"one")), tls=served) as server:
        with pytest.raises(BrokerDown, match=r"certificate of 127\.0\.0\.1 is not trusted") as caught:
            await opened(server)
        socket = await opened(server, ssl_context=trust)
        assert await anext(socket) == "one"
        await socket.close()
    assert caught.value.code == "tls_certificate"


async def test_a_server_that_never_answers_the_upgrade_is_given_up() -> None:
    async def mute(line: Line) -> None:
        await line.never()

    async with RawServer(mute) as server:
        with pytest.raises(BrokerDown, match=r"did not open within 0\.1 s"):
            await opened(server, open_seconds=0.1)


async def test_case_06_a_closed_port_is_told() -> None:
    async with free_port() as port:
        with pytest.raises(BrokerDown) as caught:
            await open_socket(f"ws://127.0.0.1:{port}/", ANY, name=NAME)
    assert caught.value.code == "refused"


async def test_hosts_are_checked_and_proxies_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("all_proxy", "ws_proxy", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for url in ("wss://api.alpaca.markets/stream", "ws://example.com/"):
        with pytest.raises(InvalidInput, match="may not talk to"):
            await open_socket(url, ANY, name=NAME)
    async with RawServer(sends(frame(TEXT, b"direct"))) as server:
        socket = await opened(server)
        assert await anext(socket) == "direct"
        await socket.close()


async def test_a_cancelled_reader_loses_no_message() -> None:
    go = asyncio.Event()

    async def late(line: Line) -> None:
        await line.upgrade()
        await go.wait()
        await line.send(frame(TEXT, b"one"))
        await read_frame(line)

    async with RawServer(late) as server:
        socket = await opened(server)
        reading = asyncio.create_task(anext(socket))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        go.set()
        assert await anext(socket) == "one"
        await socket.close()


async def test_closing_does_not_wait_for_a_broker_that_is_silent() -> None:
    async with RawServer(sends()) as server:
        socket = await opened(server)
        closing = asyncio.create_task(socket.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(StopAsyncIteration):
            await anext(socket)


async def test_case_86_a_key_in_the_brokers_goodbye_or_refusal_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    redactor = Redactor()
    redactor.add(KEY)

    async def refuse(line: Line) -> None:
        await line.request()
        await line.send(f"HTTP/1.1 {KEY}\r\n\r\n".encode())

    goodbye = frame(CLOSE, (4001).to_bytes(2, "big") + KEY.encode())
    async with RawServer(sends(goodbye)) as server, RawServer(refuse) as other:
        _, error = await the_end(await opened(server, redact=redactor.clean, headers={"X-Key": KEY}))
        with pytest.raises(BrokerDown) as caught:
            await opened(other, redact=redactor.clean)
    assert "•••" in error.message
    assert KEY not in f"{error!r} {error.reason} {caught.value!r} {caught.value.__cause__!r} {caplog.text}"
