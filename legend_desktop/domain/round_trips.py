"""Trades from flat to flat, worked out from executions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import MatchingMethod, OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.lots import LotMatcher, in_time_order
from legend_desktop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One trade: from the first share to flat again, or still open (``closed_at`` is ``None``).

    ``side`` opened it; ``entered`` and ``exited`` are unsigned shares, ``peak`` the most held at once. ``gross`` and
    ``fees`` are what is realised so far. ``parts`` are (execution id, shares) pairs; a fill that flips the position
    is a part of two trades.
    """

    symbol: str
    side: OrderSide
    opened_at: datetime
    entered: Decimal
    entry_value: Decimal
    exited: Decimal
    exit_value: Decimal
    gross: Decimal
    fees: Decimal
    peak: Decimal
    parts: tuple[tuple[str, Decimal], ...]
    closed_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """True once the position was flat again."""
        return self.closed_at is not None

    @property
    def entry_price(self) -> Decimal:
        """Average price of everything that went in."""
        return self.entry_value / self.entered

    @property
    def exit_price(self) -> Decimal | None:
        """Average price of everything that came out, ``None`` before the first exit."""
        return self.exit_value / self.exited if self.exited else None

    @property
    def net(self) -> Decimal:
        """Realised profit after fees."""
        return self.gross - self.fees

    def r_multiple(self, initial_risk: Decimal | None) -> Decimal | None:
        """Net profit in multiples of the frozen initial risk money; ``None`` without one."""
        return None if not initial_risk or initial_risk <= 0 else self.net / initial_risk


def build_round_trips(rows: Iterable[Execution], method: MatchingMethod = MatchingMethod.FIFO) -> list[RoundTrip]:
    """The trades of all symbols in the order they were opened, the open ones among them.

    The method decides only how much of an open trade counts as realised; a closed one earns the same under each.
    """
    matcher = LotMatcher(method)
    current: dict[str, RoundTrip] = {}
    finished: list[RoundTrip] = []
    for row in in_time_order(rows):
        held = matcher.position(row.symbol)
        closed = matcher.add(row)
        closing = sum((lot.quantity for lot in closed), ZERO)
        if closing:
            trip = current.pop(row.symbol)
            trip = replace(
                trip,
                exited=trip.exited + closing,
                exit_value=trip.exit_value + closing * row.price,
                gross=trip.gross + sum((lot.gross for lot in closed), ZERO),
                fees=trip.fees + sum((lot.fees for lot in closed), ZERO),
                parts=(*trip.parts, (row.execution_id, closing)),
            )
            if closing == abs(held):
                finished.append(replace(trip, closed_at=row.executed_at))
            else:
                current[row.symbol] = trip
        opening = row.quantity - closing
        if opening > 0:
            current[row.symbol] = _entered(current.get(row.symbol), row, opening, abs(matcher.position(row.symbol)))
    return sorted([*finished, *current.values()], key=lambda trip: trip.opened_at)


def _entered(trip: RoundTrip | None, row: Execution, quantity: Decimal, held: Decimal) -> RoundTrip:
    part = (row.execution_id, quantity)
    if trip is None:
        return RoundTrip(
            symbol=row.symbol,
            side=row.side,
            opened_at=row.executed_at,
            entered=quantity,
            entry_value=quantity * row.price,
            exited=ZERO,
            exit_value=ZERO,
            gross=ZERO,
            fees=ZERO,
            peak=held,
            parts=(part,),
        )
    return replace(
        trip,
        entered=trip.entered + quantity,
        entry_value=trip.entry_value + quantity * row.price,
        peak=max(trip.peak, held),
        parts=(*trip.parts, part),
    )
