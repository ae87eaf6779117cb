"""One web socket to a broker: messages in order, limits on size and silence, one error for every break."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.hosts import HostRules
from legend_desktop.brokers.line_faults import advice_for_line, why_no_line
from legend_desktop.brokers.rate_limit import retry_after
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.secret_mask import SecretMask
from legend_desktop.version import __version__

log = logging.getLogger(__name__)
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.WARNING)  # below that the library writes down headers and messages, keys among them

CLOSE_SECONDS = 2.0
GOODBYE_SECONDS = 0.5
WAITING_MESSAGES = 64
LEAST_PAUSE_SECONDS = 30.0
"""After an upgrade refused with 429: opening again sooner only prolongs the refusal."""
_TOO_LARGE = 1009
_INTERNAL = 1011
_NO_CLOSE_FRAME = 1006


class SocketClosed(BrokerDown):
    """An open socket has ended; ``close_code`` is the closing side's, 1006 where the line just broke."""

    def __init__(self, message: str, *, code: str, close_code: int, reason: str = "") -> None:
        super().__init__(message, code=code)
        self.close_code = close_code
        self.reason = reason


class Socket:
    """Iterate over it for the messages; one reader. Text comes as ``str``, binary frames as ``bytes``.

    Every end but our own ``close`` raises ``SocketClosed``, a ``BrokerDown``, after the messages that came before it.
    """

    def __init__(
        self, connection: ClientConnection, name: str, redact: Callable[[str], str], mask: SecretMask | None = None
    ) -> None:
        self._connection = connection
        self._name = name
        self._redact = redact
        self._mask = mask
        self._closing = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes | str:
        try:
            frame = await self._connection.recv()
        except ConnectionClosed as error:
            if self._closing:
                raise StopAsyncIteration from None
            raise self._ended(error) from None
        if self._mask is None:
            return frame
        return self._mask.clean(frame) if isinstance(frame, str) else self._mask.clean_bytes(frame)

    async def send(self, text: str) -> None:
        """Send one text message. Raises ``SocketClosed``."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise self._ended(error) from None

    async def close(self) -> None:
        """Say goodbye and end within two seconds, so that the broker frees the place at once. May be called twice."""
        self._closing = True
        try:
            await self._connection.close()
        finally:
            self._connection.transport.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _ended(self, error: ConnectionClosed) -> SocketClosed:
        """What the close says, in a sentence."""
        name, theirs, ours = self._name, error.rcvd, error.sent
        if ours is not None and not (theirs is not None and error.rcvd_then_sent):
            if ours.code == _TOO_LARGE:
                return SocketClosed(f"{name} sent too large a message.", code="too_large", close_code=ours.code)
            if ours.code == _INTERNAL:
                return SocketClosed(f"{name} no longer answers.", code="silent", close_code=ours.code)
            return SocketClosed(f"{name} sent what cannot be read.", code="garbled", close_code=ours.code)
        if theirs is not None:
            reason = self._redact(theirs.reason)[:200]
            why = f"{theirs.code}: {reason}" if reason else f"{theirs.code}"
            return SocketClosed(
                f"{name} was closed by the broker ({why}).", code="closed", close_code=theirs.code, reason=reason
            )
        return SocketClosed(f"{name} broke.", code="broken", close_code=_NO_CLOSE_FRAME)


class _Connection(ClientConnection):
    """Ends the line itself where the broker leaves it open after a goodbye or after garbage.

    The library would wait for its next ping to find out, and the reader with it.
    """

    _ending: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._ending is None and self.protocol.close_expected():
            self._ending = self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ending is not None:
            self._ending.cancel()
        super().connection_lost(exc)


class _Connect(connect):
    """Opens without following redirects: they could lead to a host that is not allowed."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_socket(
    url: str,
    hosts: HostRules,
    *,
    headers: Mapping[str, str] | None = None,
    name: str,
    max_frame: int = 4 * 1024 * 1024,
    ping_seconds: float = 15.0,
    pong_seconds: float = 25.0,
    open_seconds: float = 10.0,
    ssl_context: ssl.SSLContext | None = None,
    redact: Callable[[str], str] = str,
    mask: SecretMask | None = None,
) -> Socket:
    """Open a socket; ``name`` begins the sentences of its errors ("Alpaca order stream").

    ``mask`` takes the login's own secrets out of every message.

    Raises ``InvalidInput`` for a host that is not allowed, ``AuthExpired`` where the upgrade is refused with 401 or
    403, ``RateLimited`` with at least 30 s for 429, ``BrokerDown`` for everything else.
    """
    hosts.check(url)
    context: ssl.SSLContext | None = None
    if url.startswith("wss:"):
        context = ssl_context if ssl_context is not None else ssl.create_default_context()
    opening = _Connect(
        url,
        additional_headers=dict(headers or {}),
        user_agent_header=f"LegendDesktop/{__version__}",
        compression=None,
        proxy=None,
        open_timeout=open_seconds,
        ping_interval=ping_seconds,
        ping_timeout=pong_seconds,
        close_timeout=CLOSE_SECONDS,
        max_size=max_frame,
        max_queue=WAITING_MESSAGES,
        logger=_wire_log,
        create_connection=_Connection,
        ssl=context,
    )
    try:
        connection = await opening
    except Exception as error:  # noqa: BLE001  whatever broke, no socket stands
        refusal = _refused(error, name, urlsplit(url).hostname or "", open_seconds)
        log.info("%s did not open: %s", name, redact(f"{refusal} {error!r}"))
        raise refusal from None
    return Socket(connection, name, redact, mask)


def _refused(error: Exception, name: str, host: str, open_seconds: float) -> LegendError:
    """The error for a socket that did not open."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in {401, 403}:
            return AuthExpired(f"{name} does not accept the login ({status}).", code=f"upgrade_{status}")
        if status == 429:
            told = {key.lower(): value for key, value in error.response.headers.raw_items()}
            wished = retry_after(told, datetime.now(UTC)) or 0.0
            return RateLimited(f"{name} was opened too often.", retry_after=max(wished, LEAST_PAUSE_SECONDS))
        return BrokerDown(f"{name} did not open ({status}).", code=f"upgrade_{status}")
    if isinstance(error, TimeoutError):
        return BrokerDown(
            f"{name} did not open within {open_seconds:g} s.", code="timeout", advice=advice_for_line("timeout")
        )
    code, sentence = why_no_line(error, name, host)
    return BrokerDown(sentence, code=code, advice=advice_for_line(code))
