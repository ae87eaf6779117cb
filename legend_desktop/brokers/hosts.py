"""Which hosts a session may talk to: a paper session can never reach a live host, nor any session a stranger."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from legend_desktop.domain.errors import InvalidInput

_LOOPBACK_NAMES = frozenset({"localhost"})
_SECURE = frozenset({"https", "wss"})
_PLAIN = frozenset({"http", "ws"})
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\\<>\"`{}^|]")
"""Characters on which readers of addresses disagree: blanks, controls, backslashes, letters outside ASCII."""


def is_loopback(host: str) -> bool:
    """True for this very machine: 127.0.0.0/8, ::1 and ``localhost``; other spellings of a number are not taken."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return address.packed[0] == 127
    return address == IPv6Address(1)


@dataclass(frozen=True, slots=True)
class HostRules:
    """The exact host names that are allowed, in small letters. Loopback is always allowed, on any port.

    A far host is talked to over TLS only; plain http and ws stay on this machine.
    """

    allowed: frozenset[str]

    def check(self, url: str) -> str:
        """``url`` itself. Raises ``InvalidInput`` (code ``host_not_allowed``) that names the host, never the rest."""
        if _UNSAFE.search(url):
            raise _refusal("The address holds a character that is not allowed there.")
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            port = parts.port
        except ValueError:
            raise _refusal("The address cannot be read.") from None
        if parts.username is not None or parts.password is not None:
            raise _refusal(f"The address of {host} holds a user name; none is sent that way.")
        if not host or port == 0 or parts.scheme not in _SECURE | _PLAIN:
            raise _refusal("The address is no web address.")
        if is_loopback(host):
            return url
        if host not in self.allowed:
            raise _refusal(f"This connection may not talk to {host}.")
        if parts.scheme in _PLAIN:
            raise _refusal(f"{host} is only talked to over an encrypted line.")
        return url


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(
        f"{sentence} Nothing was sent.", advice="Check the address in the connection.", code="host_not_allowed"
    )
