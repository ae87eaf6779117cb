"""Splits a long secret over several entries of a key store, and puts it together again.

Windows keeps at most 1,280 characters an entry. A value longer than ``LIMIT`` is written in numbered parts of a new
generation first, then the head that points to it, then the parts of the old generation are taken away: whoever reads
in between, or after a crash, meets the whole old or the whole new value.
"""

import hashlib
import secrets
from collections.abc import Callable

LIMIT = 1200
_MARK = "legend-parts:1:"
Read = Callable[[str], str | None]
Write = Callable[[str, str], None]
Remove = Callable[[str], None]


class BrokenParts(ValueError):
    """The parts of a value do not fit together."""


def write_value(name: str, value: str, *, read: Read, write: Write, remove: Remove) -> None:
    """Put ``value`` under ``name``, in parts where it is long; what stood there before is gone afterwards."""
    old = _parts_of(name, read(name))
    if len(value) <= LIMIT and not value.startswith(_MARK):
        write(name, value)
    else:
        generation = secrets.token_hex(4)
        pieces = [value[start : start + LIMIT] for start in range(0, len(value), LIMIT)]
        for number, piece in enumerate(pieces):
            write(_part(name, generation, number), piece)
        write(name, f"{_MARK}{generation}:{len(pieces)}:{len(value)}:{_digest(value)}")
    for part in old:
        remove(part)


def read_value(name: str, *, read: Read) -> str | None:
    """The value under ``name``, ``None`` where there is none. Raises ``BrokenParts`` where parts are missing."""
    head = read(name)
    if head is None or not head.startswith(_MARK):
        return head
    pieces = [read(part) for part in _parts_of(name, head)]
    value = "".join(piece or "" for piece in pieces)
    length, digest = head.split(":")[-2:]
    if None in pieces or str(len(value)) != length or _digest(value) != digest:
        raise BrokenParts("a part of the value is missing or changed")
    return value


def remove_value(name: str, *, read: Read, remove: Remove) -> None:
    """Take the value under ``name`` away with all its parts."""
    head = read(name)
    if head is None:
        return
    remove(name)
    for part in _parts_of(name, head):
        remove(part)


def _parts_of(name: str, head: str | None) -> list[str]:
    if head is None or not head.startswith(_MARK):
        return []
    generation, count = head.removeprefix(_MARK).split(":")[:2]
    return [_part(name, generation, number) for number in range(int(count))]


def _part(name: str, generation: str, number: int) -> str:
    return f"{name}/{generation}/{number}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
