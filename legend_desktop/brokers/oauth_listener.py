"""Waits on this machine for the browser to come back from a broker's sign-in page.

Open only while a sign-in runs. It takes one GET on one path, from a browser that was sent to this very host and with
the right ``state``; whatever else knocks is turned away and changes nothing.
"""

import asyncio
import errno
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from legend_desktop.brokers.oauth import SignInFailed, check_redirect

LONGEST_HEAD = 16_384
VISIT_SECONDS = 10.0
WAIT_SECONDS = 600.0
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Legend Desktop</title>"
    "<body><h1>{title}</h1><p>{text}</p></body></html>"
)
_TAKEN = (200, "Thank you", "You can close this tab and go back to Legend Desktop.")
_STRANGE = (400, "Not expected", "This is not the answer to the sign-in that is under way.")
_NOTHING_HERE = (404, "Nothing here", "This address only takes the answer of a sign-in.")


class CallbackListener:
    """The open ear. Made by ``open_listener``; close it when the sign-in has ended, however it did."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._servers: list[asyncio.Server] = []
        self._visits: set[_Visit] = set()
        self._is_answer: Callable[[str], bool] | None = None
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def wait(self, is_answer: Callable[[str], bool], *, seconds: float = WAIT_SECONDS) -> str:
        """The address that the browser came back to, for which ``is_answer`` held. Raises ``SignInFailed``."""
        self._is_answer = is_answer
        try:
            async with asyncio.timeout(seconds):
                url = await asyncio.shield(self._answer)
        except TimeoutError:
            raise SignInFailed(
                "The browser did not come back from the sign-in.", advice="Start the sign-in again.", code="late"
            ) from None
        if not url:
            raise SignInFailed("The sign-in was stopped.", code="stopped")
        return url

    async def close(self) -> None:
        """Stop listening and drop whoever is connected."""
        for server in self._servers:
            server.close()
        for visit in list(self._visits):
            visit.leave()
        if not self._answer.done():
            self._answer.set_result("")

    async def listen(self, ssl_context: ssl.SSLContext | None) -> None:
        """Take the port of ``redirect_uri``, or any where it names port 0. Raises ``OSError``."""
        parts = urlsplit(self.redirect_uri)
        host = parts.hostname or ""
        port = parts.port if parts.port is not None else (443 if parts.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        for address in ("127.0.0.1", "::1") if host == "localhost" else (host,):
            try:
                server = await loop.create_server(lambda: _Visit(self), address, port, ssl=ssl_context)
            except OSError as error:
                if self._servers and error.errno != errno.EADDRINUSE:
                    continue  # a machine without IPv6
                raise
            self._servers.append(server)
            port = server.sockets[0].getsockname()[1]
        if parts.port == 0:
            shown = f"[{host}]" if ":" in host else host
            self.redirect_uri = urlunsplit(parts._replace(netloc=f"{shown}:{port}"))

    def judge(self, method: str, target: str, host: str) -> tuple[int, str, str]:
        """Status, title and text for one visit; the right one ends the waiting."""
        ours = urlsplit(self.redirect_uri)
        origin = f"{ours.scheme}://{ours.netloc}"
        hosts = {ours.netloc} if ours.port is None else {ours.netloc, *_without_usual_port(ours.scheme, ours.netloc)}
        if method != "GET" or host.lower() not in hosts or urlsplit(target).path != (ours.path or "/"):
            return _NOTHING_HERE
        url = f"{origin}{target}"
        if self._answer.done() or self._is_answer is None or not self._is_answer(url):
            return _STRANGE
        self._answer.set_result(url)
        return _TAKEN

    def came(self, visit: "_Visit") -> None:
        """Somebody has connected."""
        self._visits.add(visit)

    def left(self, visit: "_Visit") -> None:
        """The connection of ``visit`` has ended."""
        self._visits.discard(visit)


class _Visit(asyncio.Protocol):
    """One connection to the listener: one request head, one page, goodbye."""

    def __init__(self, listener: CallbackListener) -> None:
        self._listener = listener
        self._head = bytearray()
        self._transport: asyncio.WriteTransport | None = None
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport
        # browsers open connections on suspicion and leave them idle
        self._limit = asyncio.get_running_loop().call_later(VISIT_SECONDS, self.leave)
        self._listener.came(self)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._answer(*self._listener.judge(*_read_head(bytes(self._head))))
        elif len(self._head) > LONGEST_HEAD:
            self.leave()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the protocol's own name
        if self._limit is not None:
            self._limit.cancel()
        self._listener.left(self)

    def leave(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, status: int, title: str, text: str) -> None:
        page = _PAGE.format(title=title, text=text).encode()
        head = (
            f"HTTP/1.1 {status} {title}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n"
            "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n"
        )
        if self._transport is not None:
            self._transport.write(head.encode() + page)
            self._transport.close()


async def open_listener(redirect_uris: Sequence[str], *, ssl_context: ssl.SSLContext | None = None) -> CallbackListener:
    """Listen at the first of ``redirect_uris`` whose port is free; port 0 means any. An https one needs a context.

    Raises ``SignInFailed`` (code ``busy``) where none is free, ``InvalidInput`` for an address of another machine.
    """
    for redirect_uri in redirect_uris:
        check_redirect(redirect_uri)
    for redirect_uri in redirect_uris:
        listener = CallbackListener(redirect_uri)
        try:
            await listener.listen(ssl_context if redirect_uri.startswith("https:") else None)
        except OSError:
            await listener.close()
        else:
            return listener
    ports = ", ".join(str(urlsplit(uri).port or 80) for uri in redirect_uris)
    raise SignInFailed(
        f"The browser cannot come back: another program uses port {ports} of this computer.",
        advice="Close that program, or paste the browser's address by hand.",
        code="busy",
    )


def _read_head(head: bytes) -> tuple[str, str, str]:
    """Method, target and host of a request; empty where it is none."""
    lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    hosts = [line.split(":", 1)[1].strip() for line in lines[1:] if line.lower().startswith("host:")]
    with suppress(ValueError):
        method, target, version = lines[0].split(" ")
        if version.startswith("HTTP/1.") and target.startswith("/") and len(hosts) == 1:
            return method, target, hosts[0]
    return "", "", ""


def _without_usual_port(scheme: str, netloc: str) -> set[str]:
    """Browsers leave out the port that a scheme has anyway."""
    usual = ":443" if scheme == "https" else ":80"
    return {netloc.removesuffix(usual)} if netloc.endswith(usual) else set()
