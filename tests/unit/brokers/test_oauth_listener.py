"""The listener that a browser comes back to."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from legend_desktop.brokers.oauth import SignInFailed
from legend_desktop.brokers.oauth_listener import CallbackListener, open_listener
from legend_desktop.domain.errors import InvalidInput
from tests.helpers.waiting import until
from tests.unit.brokers.wire import make_certificate


def port_of(listener: CallbackListener) -> int:
    return int(listener.redirect_uri.split(":")[2].split("/")[0])


async def visit(
    port: int, target: str, *, method: str = "GET", host: str = "", address: str = "127.0.0.1", raw: bytes = b""
) -> tuple[int, str]:
    """Status and whole answer for one request, as a browser would send it."""
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(raw or f"{method} {target} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n\r\n".encode())
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    try:
        text = (await reader.read()).decode()
    except ConnectionError:
        text = ""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return int(text.split()[1]) if text else 0, text


@contextlib.asynccontextmanager
async def listening(*uris: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[CallbackListener]:
    listener = await open_listener(uris or ("http://127.0.0.1:0/callback",), ssl_context=tls)
    try:
        yield listener
    finally:
        await listener.close()


def right(url: str) -> bool:
    return "state=good" in url


async def test_the_right_visit_is_thanked_and_its_address_handed_over() -> None:
    async with listening() as listener:
        waiting = asyncio.create_task(listener.wait(right))
        await asyncio.sleep(0)
        status, page = await visit(port_of(listener), "/callback?code=C0.abc%40&state=good")
        assert await waiting == f"{listener.redirect_uri}?code=C0.abc%40&state=good"
    assert status == 200
    assert "Cache-Control: no-store" in page
    assert "default-src 'none'" in page
    assert "You can close this tab" in page
    assert "<script" not in page
    assert "C0.abc" not in page


async def test_whoever_else_knocks_is_turned_away_and_the_right_one_still_comes_through() -> None:
    async with listening() as listener:
        port = port_of(listener)
        assert (await visit(port, "/callback?code=c&state=good"))[0] == 400
        waiting = asyncio.create_task(listener.wait(right))
        await asyncio.sleep(0)
        assert (await visit(port, "/callback?code=c&state=bad"))[0] == 400
        assert (await visit(port, "/callback?error=access_denied"))[0] == 400
        assert (await visit(port, "/favicon.ico"))[0] == 404
        assert (await visit(port, "/callback/x?state=good"))[0] == 404
        assert (await visit(port, "/callback?state=good", method="POST"))[0] == 404
        assert (await visit(port, "/callback?state=good", host="evil.example:80"))[0] == 404
        assert (await visit(port, "/callback?state=good", host=f"localhost:{port}"))[0] == 404
        assert (await visit(port, f"http://127.0.0.1:{port}/callback?state=good"))[0] == 404
        for raw in (b"\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"GET /callback?state=good HTTP/1.1\r\n\r\n"):
            assert (await visit(port, "", raw=raw))[0] == 404
        assert not waiting.done()
        assert (await visit(port, "/callback?code=c&state=good"))[0] == 200
        await waiting
        assert (await visit(port, "/callback?code=c&state=good"))[0] == 400


async def test_a_head_without_an_end_is_dropped() -> None:
    async with listening() as listener:
        async with asyncio.timeout(5):
            status, _ = await visit(port_of(listener), "", raw=b"GET /callback?" + b"x" * 40_000)
    assert status == 0


async def test_idle_connections_do_not_hold_the_closing_up() -> None:
    async with listening() as listener:
        port = port_of(listener)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await until(lambda: len(listener._visits) == 3)
        await listener.close()
        for reader, writer in idle:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_closing_tells_whoever_waits() -> None:
    async with listening() as listener:
        waiting = asyncio.create_task(listener.wait(right))
        await asyncio.sleep(0)
        await listener.close()
        with pytest.raises(SignInFailed, match="was stopped"):
            await waiting


async def test_a_browser_that_never_comes_back_is_given_up() -> None:
    async with listening() as listener:
        with pytest.raises(SignInFailed, match="did not come back") as caught:
            await listener.wait(right, seconds=0.05)
    assert caught.value.code == "late"


async def test_a_cancelled_wait_stays_cancelled() -> None:
    async with listening() as listener:
        waiting = asyncio.create_task(listener.wait(right))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_the_next_port_is_taken_where_one_is_busy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        async with listening(busy, "http://127.0.0.1:0/") as listener:
            assert listener.redirect_uri not in {busy, "http://127.0.0.1:0/"}
            assert (await visit(port_of(listener), "/"))[0] == 400
        with pytest.raises(SignInFailed, match="another program uses port") as caught:
            await open_listener([busy])
    assert caught.value.code == "busy"


async def test_localhost_is_heard_on_its_own_name_only_and_never_outside_the_machine() -> None:
    async with listening("http://localhost:0") as listener:
        port = port_of(listener)
        waiting = asyncio.create_task(listener.wait(right))
        await asyncio.sleep(0)
        assert (await visit(port, "/?state=good", host=f"127.0.0.1:{port}"))[0] == 404
        bound = {server.sockets[0].getsockname()[0] for server in listener._servers}
        assert bound <= {"127.0.0.1", "::1"}
        assert (await visit(port, "/?state=good", host=f"LocalHost:{port}"))[0] == 200
        assert await waiting == f"http://localhost:{port}/?state=good"


async def test_an_encrypted_callback_is_taken_with_a_certificate(tmp_path: Path) -> None:
    served, trust = make_certificate(tmp_path)
    async with listening("https://127.0.0.1:0", tls=served) as listener:
        waiting = asyncio.create_task(listener.wait(right))
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener), ssl=trust)
        writer.write(f"GET /?state=good HTTP/1.1\r\nHost: 127.0.0.1:{port_of(listener)}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert await waiting == f"{listener.redirect_uri}/?state=good"
        await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@pytest.mark.parametrize("uri", ["http://example.com/", "http://0.0.0.0:80/", "http://192.0.2.1/", "ftp://127.0.0.1/"])
async def test_an_address_of_another_machine_is_no_callback(uri: str) -> None:
    with pytest.raises(InvalidInput, match="must lead to this computer"):
        await open_listener([uri])
