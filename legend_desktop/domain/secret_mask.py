"""Finds a secret however it is written: as it is, in an address, a page, quoted data or base64, and masks it."""

import base64
import html
import re
from collections.abc import Iterable

MASK = "•••"
SHORTEST_SECRET = 6
"""A shorter text is no secret: it would be found in ordinary words."""
_URL_SAFE = str.maketrans("+/", "-_")
_RUN = re.compile(r"[0-9A-Za-z]+")


def patterns_of(secret: str) -> set[str]:
    """Regular expressions that find ``secret``; none for a text too short to be one."""
    if len(secret) < SHORTEST_SECRET:
        return set()
    return {_spelled(secret), *(re.escape(form) for form in _base64_forms(_bytes(secret)))}


class SecretMask:
    """Takes a few known secrets out of what a broker sends, before anything reads it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [text for text in secrets if len(text) >= SHORTEST_SECRET]
        patterns = sorted({row for text in known for row in patterns_of(text)}, key=len, reverse=True)
        self._live = re.compile("|".join(patterns)) if patterns else None
        marks = {form for text in known for form in _base64_forms(_bytes(text))}
        marks |= {max(_RUN.findall(text), key=len, default="") for text in known}
        self._marks = tuple(mark.encode() for mark in marks)

    def clean(self, text: str) -> str:
        """``text`` without the secrets."""
        return text if self._live is None else self._live.sub(MASK, text)

    def clean_bytes(self, body: bytes) -> bytes:
        """A UTF-8 ``body`` without the secrets; the same one, and quickly, where none is in it."""
        if self._live is None or not any(mark in body for mark in self._marks):
            return body
        return self.clean(body.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK})"


def _bytes(secret: str) -> bytes:
    return secret.encode(errors="surrogatepass")


def _spelled(secret: str) -> str:
    """A pattern for ``secret`` with each of its signs as itself, behind backslashes, or as some encoding writes it."""
    return "".join(re.escape(sign) if sign.isascii() and sign.isalnum() else _sign(sign) for sign in secret)


def _sign(sign: str) -> str:
    number = ord(sign)
    ways = {rf"\\*{re.escape(sign)}", re.escape(html.escape(sign)), rf"&#0*{number};", rf"&#[xX]0*(?i:{number:x});"}
    ways.add(rf"\\+u(?i:{number:04x})")
    ways.add("".join(f"%(?i:{byte:02x})" for byte in _bytes(sign)))
    if sign == " ":
        ways.add(r"\+")
    return f"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"


def _base64_forms(raw: bytes) -> set[str]:
    """``raw`` in base64 by itself and inside of more, as in ``user:password``, where it may begin at three places."""
    forms = {base64.b64encode(raw).decode().rstrip("=")}
    for lead, begin in ((0, 0), (1, 2), (2, 3)):
        size = lead + len(raw)
        whole = base64.b64encode(bytes(lead) + raw).decode()
        forms.add(whole[begin : size // 3 * 4 + size % 3])  # the signs that no neighbour has a part in
    forms |= {form.translate(_URL_SAFE) for form in forms}
    return {form for form in forms if len(form) >= SHORTEST_SECRET}
