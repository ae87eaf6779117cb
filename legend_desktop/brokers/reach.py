"""Whether a broker's address can be reached: its name, the connection and the encryption looked at apart."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.brokers.hosts import is_loopback
from legend_desktop.brokers.line_faults import advice_for_line, why_no_line

SECONDS = 5.0
_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
Resolve = Callable[[str, int], Awaitable[object]]


async def resolve_name(host: str, port: int) -> object:
    """Ask the system for the addresses of ``host``. Raises ``OSError``."""
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def reach(
    broker: str, url: str, *, ssl_context: ssl.SSLContext | None = None, resolve: Resolve = resolve_name
) -> AsyncIterator[HealthCheck]:
    """Three findings on ``url``: name found, connection made, line encrypted. The first failure is the last one."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme in {"https", "wss"}
    port = parts.port or _PORTS.get(parts.scheme, 443)
    found = await _name(broker, host, port, resolve)
    yield found
    if found.health is not Health.GOOD:
        return
    connected = await _connection(broker, host, port)
    yield connected
    if connected.health is not Health.GOOD:
        return
    if secure:
        yield await _encryption(broker, host, port, ssl_context or ssl.create_default_context())
    else:
        yield HealthCheck("Line is encrypted", Health.GOOD, f"Not needed: {host} is this computer.")


async def _name(broker: str, host: str, port: int, resolve: Resolve) -> HealthCheck:
    name = f"{broker}'s name is found"
    try:
        async with asyncio.timeout(SECONDS):
            await resolve(host, port)
    except TimeoutError:
        return HealthCheck(name, Health.BAD, f"The network does not answer what {host} is.", advice_for_line("dns"))
    except OSError as error:
        return HealthCheck(name, Health.BAD, f"The name {host} is not found.", advice_for_line("dns"), repr(error))
    return HealthCheck(name, Health.GOOD, f"{host} is known.")


async def _connection(broker: str, host: str, port: int) -> HealthCheck:
    name = f"{broker} can be reached"
    error = await _try_line(host, port, None)
    if error is None:
        return HealthCheck(name, Health.GOOD, f"{host} takes connections at port {port}.")
    code, sentence = _why(error, broker, host)
    advice = advice_for_line(code)
    if not is_loopback(host) and code in {"unreachable", "timeout"}:
        advice = "Check the network, and whether a firewall or a VPN blocks it."
    return HealthCheck(name, Health.BAD, sentence, advice, repr(error))


async def _encryption(broker: str, host: str, port: int, context: ssl.SSLContext) -> HealthCheck:
    error = await _try_line(host, port, context)
    if error is None:
        return HealthCheck("Line is encrypted", Health.GOOD, f"The certificate of {host} is trusted.")
    code, sentence = _why(error, broker, host)
    if code not in {"tls", "tls_certificate"}:
        code, sentence = "tls", f"No encrypted line to {host} could be made."
    return HealthCheck("Line is encrypted", Health.BAD, sentence, advice_for_line(code), repr(error))


async def _try_line(host: str, port: int, context: ssl.SSLContext | None) -> Exception | None:
    """Open a line and close it again; the error where it does not open."""
    more: dict[str, Any] = {} if context is None else {"ssl": context, "server_hostname": host}
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port, **more)
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError) as error:
        return error
    writer.transport.abort()
    return None


def _why(error: Exception, broker: str, host: str) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "timeout", f"{host} does not answer within {SECONDS:g} s."
    return why_no_line(error, broker, host)
