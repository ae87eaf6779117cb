"""Identifiers that this program makes.

A client order id is ``L`` + mode letter (``P`` or ``L``) + 2 characters of the installation + 10 characters of
time in milliseconds + 8 random characters, all base 32 without look-alikes: 22 characters that every broker takes.
"""

import secrets
from datetime import datetime

from legend_desktop.domain.enums import TradingMode

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CLIENT_ID_LENGTH = 22


def _base32(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, rest = divmod(value, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def random_base32(length: int) -> str:
    """``length`` characters from the system's random source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_install_id() -> str:
    """Two characters that mark the orders of one installation."""
    return random_base32(2)


def new_client_order_id(mode: TradingMode, install_id: str, now: datetime) -> str:
    """A fresh client order id for ``mode``; ``now`` must be aware."""
    letter = "L" if mode is TradingMode.LIVE else "P"
    milliseconds = int(now.timestamp() * 1000)
    return f"L{letter}{install_id}{_base32(milliseconds, 10)}{random_base32(8)}"


def is_own_client_order_id(text: str, install_id: str) -> bool:
    """True where ``text`` has the form of an id made by this installation."""
    return len(text) == CLIENT_ID_LENGTH and text[:1] == "L" and text[1:2] in {"L", "P"} and text[2:4] == install_id
