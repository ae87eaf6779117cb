"""What a patient order would have got instead, from the quotes that were recorded. Always an estimate.

A resting order is taken to fill only when the other side of the quote comes to its price: nobody knows the queue, and
fills inside the quote are not recorded, so the estimate is on the careful side. Shares that would not have filled cross
the quote that stood at the end, as the real order would have had to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.analytics.facts import QuoteAt
from legend_desktop.analytics.recorded_quotes import RecordedQuotes
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import BASIS_POINTS

ESTIMATE = "Estimate from recorded quotes"


class Instead(StrEnum):
    """The order that was not sent: at the mid of its arrival, joining the near side, or at a given limit."""

    MID = "mid"
    NEAR_SIDE = "near_side"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The estimate for one alternative.

    ``price`` is what it would have paid or got a share, at its own limit where ``filled``, else at the far side of the
    quote at the end. ``cost_bps`` is against the arrival mid (positive = cost), ``saved_bps`` and ``saved`` (money) are
    what it would have done better than the order that was sent (below 0 = worse). ``waited_ms`` is until the fill or
    the end. ``reason`` says why figures are ``None``.
    """

    kind: Instead
    limit: Decimal | None
    filled: bool | None
    price: Decimal | None
    cost_bps: Decimal | None
    saved_bps: Decimal | None
    saved: Decimal | None
    waited_ms: float | None
    quotes_seen: int
    reason: str = ""
    label: str = ESTIMATE


def counterfactual(
    kind: Instead,
    side: OrderSide,
    quantity: Decimal,
    average: Decimal,
    quotes: RecordedQuotes,
    *,
    arrival: datetime,
    until: datetime,
    limit: Decimal | None = None,
) -> Counterfactual:
    """What ``quantity`` shares of ``side`` would have got as ``kind``, having waited from ``arrival`` to ``until``.

    ``average`` is what the real order got a share. Without a valid quote at arrival, or without one in the time after
    it, nothing is claimed. Raises ``ValueError`` for ``LIMIT`` without ``limit`` and for an end before the arrival.
    """
    if until < arrival:
        raise ValueError("the end of the wait must not lie before the arrival")
    if kind is Instead.LIMIT and limit is None:
        raise ValueError("a limit order needs its limit")
    start = quotes.at(arrival)
    if start is None or start.quote.mid is None:
        return _unknown(kind, limit, "no_arrival_quote")
    mid, seen = start.quote.mid, quotes.between(arrival, until)
    price = mid if kind is Instead.MID else start.quote.near_side(side) if kind is Instead.NEAR_SIDE else limit
    found = _fill(side, price, (start, *seen))
    last = quotes.at(until)
    if found is None and (not seen or last is None):
        return _unknown(kind, price, "no_later_quote")
    if found is not None:
        paid, at = found
    else:
        # shares left over cross the quote that stands at the end
        paid, at = (last or start).quote.far_side(side) or mid, until
    better = side.sign * (average - paid)
    return Counterfactual(
        kind=kind,
        limit=price,
        filled=found is not None,
        price=paid,
        cost_bps=side.sign * (paid - mid) / mid * BASIS_POINTS,
        saved_bps=better / mid * BASIS_POINTS,
        saved=better * quantity,
        waited_ms=max(0.0, (at - arrival).total_seconds() * 1000),
        quotes_seen=len(seen),
    )


def _fill(side: OrderSide, limit: Decimal | None, rows: Sequence[QuoteAt]) -> tuple[Decimal, datetime] | None:
    """Price and time at which ``limit`` meets the quote: beyond the first one it takes that, later its own price."""
    if limit is None:
        return None
    for row in rows:
        far = row.quote.far_side(side)
        if far is not None and side.sign * (limit - far) >= 0:
            return (far if row is rows[0] else limit), row.at
    return None


def _unknown(kind: Instead, limit: Decimal | None, reason: str) -> Counterfactual:
    return Counterfactual(kind, limit, None, None, None, None, None, None, 0, reason)
