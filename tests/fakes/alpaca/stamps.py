"""Times as clients send them: RFC 3339 with any number of digits, or a bare date."""

import re
from datetime import UTC, datetime

from tests.fakes.alpaca.records import malformed

DIGITS = re.compile(r"(\.\d{6})\d+")


def parse_stamp(given: str) -> datetime:
    """The instant; digits beyond microseconds are cut. Raises the refusal of a text that is no time."""
    plain = DIGITS.sub(r"\1", given.strip().replace(" ", "+"))
    try:
        at = datetime.fromisoformat(plain)
    except ValueError:
        raise malformed(f"invalid time {given}") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
