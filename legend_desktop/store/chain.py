"""The hash chain over the event log: each row's hash covers its own content and the hash before it."""

import hashlib

GENESIS = bytes(32)


def link_hash(previous: bytes, seq: int, order_id: int, step: tuple[str | None, str], body: str) -> bytes:
    """The hash of event ``seq``, by which its order went one ``step`` (from, to); ``body`` holds all of the event."""
    from_state, to_state = step
    text = f"{seq}\x1f{order_id}\x1f{from_state or ''}\x1f{to_state}\x1f{body}"
    return hashlib.sha256(previous + text.encode()).digest()
