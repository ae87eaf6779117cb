"""Which ink a figure is written in."""

from decimal import Decimal


def result_ink(value: Decimal | None, *, stale: bool) -> str:
    """Ink of a signed result: stale figures lose their colour, zero has none."""
    if stale:
        return "stale"
    if value is None or round(value, 2) == 0:
        return "text.primary"
    return "gain" if value > 0 else "loss"
