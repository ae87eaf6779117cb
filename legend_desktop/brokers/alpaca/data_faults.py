"""The data stream's log-in, and what its error codes mean."""

import asyncio

import msgspec

from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.market_payloads import StreamRow, stream_rows
from legend_desktop.brokers.alpaca.payloads import Unreadable
from legend_desktop.brokers.errors import AuthExpired, BrokerDown, RateLimited
from legend_desktop.brokers.socket import Socket

LOGIN_SECONDS = 10.0
ADD_WAIT_SECONDS = 10.0
BUSY_SECONDS = 30.0
"""How long to stay away after a connection too many: Alpaca clears a dead one after up to 90 s."""


class FeedRefused(Exception):
    """The plan does not grant the feed of this socket."""


class LimitReached(Exception):
    """One symbol more than the plan streams; the subscription is as before."""


class SymbolsRefused(Exception):
    """The subscription could not be understood; one of its symbols is none."""


async def log_in(socket: Socket, config: AlpacaConfig) -> None:
    """Wait for the greeting, send the keys and wait for the welcome. Raises what ``stream_error`` makes."""
    await _wait_for(socket, "connected")
    keys = {"key": config.api_key.reveal(), "secret": config.api_secret.reveal()}
    await socket.send(msgspec.json.encode({"action": "auth", **keys}).decode())
    await _wait_for(socket, "authenticated")


async def _wait_for(socket: Socket, word: str) -> None:
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            async for frame in socket:
                for row in _rows(frame):
                    if row.T == "success" and row.msg == word:
                        return
                    if row.T == "error":
                        error = stream_error(row)
                        if error is not None:
                            raise error
    except TimeoutError:
        raise BrokerDown("Alpaca's quote stream did not answer the log-in.", code="timeout") from None


def _rows(frame: bytes | str) -> list[StreamRow]:
    try:
        return stream_rows(frame)
    except Unreadable as error:
        raise BrokerDown("Alpaca's quote stream sent what cannot be read.", code="garbled") from error


def stream_error(row: StreamRow) -> Exception | None:
    """The exception of an error message; ``None`` for one that changes nothing."""
    words = row.msg or "no words"
    code = row.code or 0
    if code in {400, 410}:
        return SymbolsRefused(words)
    if code in {401, 402}:
        return AuthExpired(
            "Alpaca does not accept the key for quotes.",
            advice="Check that the key was not renewed or deleted.",
            code="auth_failed",
        )
    if code == 403:
        return None  # logged in twice: it stays logged in
    if code == 405:
        return LimitReached(words)
    if code == 406:
        return RateLimited(
            "Another program uses this key's only quote stream, or an old connection of it has not ended yet.",
            retry_after=BUSY_SECONDS,
        )
    if code == 409:
        return FeedRefused(words)
    sentences = {
        404: "Alpaca's quote stream did not get the log-in in time.",
        407: "Alpaca's quote stream was too fast for this computer and was cut.",
        500: "Alpaca's quote stream has an error of its own.",
    }
    return BrokerDown(sentences.get(code, f"Alpaca's quote stream says: {words} ({code})."), code=f"stream_{code}")
