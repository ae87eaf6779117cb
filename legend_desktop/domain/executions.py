"""Executions (fills) and their de-duplicated sum.

The filled quantity of an order is the sum over a set of executions keyed by id, never a counter (reliability A4).
A bust or correction is a new row that names the execution it changes; nothing is updated in place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import ExecutionKind, Liquidity, OrderSide
from legend_desktop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill, bust or correction as the broker reports it.

    ``quantity`` is unsigned shares, ``price`` per share; ``executed_at`` is the broker's stamp and ``received_at``
    ours, both aware UTC. ``commission`` and ``fees`` are ``None`` while the broker has not said them. ``corrects_id`` names
    the execution that a bust removes or a correction replaces. ``provisional`` marks a fill derived from totals.
    """

    execution_id: str
    symbol: str
    side: OrderSide
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    received_at: datetime
    client_order_id: str = ""
    broker_order_id: str = ""
    kind: ExecutionKind = ExecutionKind.FILL
    corrects_id: str | None = None
    venue: str | None = None
    liquidity: Liquidity = Liquidity.UNKNOWN
    commission: Decimal | None = None
    fees: Decimal | None = None
    provisional: bool = False
    late: bool = False

    @property
    def notional(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.price

    @property
    def total_fees(self) -> Decimal | None:
        """Commission plus fees, ``None`` while both are unknown."""
        if self.commission is None and self.fees is None:
            return None
        return (self.commission or ZERO) + (self.fees or ZERO)


def effective_executions(rows: Iterable[Execution]) -> list[Execution]:
    """The fills that stand after duplicates, busts and corrections, in the order of their first arrival.

    A repeated id counts once. Among several corrections of one fill the one with the latest ``executed_at`` (then id)
    stands; a bust always wins, in whatever order the rows come. Provisional fills fall away once a true one exists
    for the same broker order.
    """
    unique: dict[str, Execution] = {}
    for row in rows:
        unique.setdefault(row.execution_id, row)
    busted = {row.corrects_id for row in unique.values() if row.kind is ExecutionKind.BUST}
    corrections: dict[str, Execution] = {}
    for row in unique.values():
        if row.kind is ExecutionKind.CORRECTION and row.corrects_id is not None:
            known = corrections.get(row.corrects_id)
            if known is None or (row.executed_at, row.execution_id) > (known.executed_at, known.execution_id):
                corrections[row.corrects_id] = row
    standing = [
        corrections.get(row.execution_id, row)
        for row in unique.values()
        if row.kind is ExecutionKind.FILL and row.execution_id not in busted
    ]
    standing = [row for row in standing if row.execution_id not in busted]
    true_orders = {row.broker_order_id for row in standing if not row.provisional}
    return [row for row in standing if not row.provisional or row.broker_order_id not in true_orders]


def filled_quantity(rows: Iterable[Execution]) -> Decimal:
    """Shares filled, after duplicates, busts and corrections."""
    return sum((row.quantity for row in effective_executions(rows)), ZERO)


def average_price(rows: Iterable[Execution]) -> Decimal | None:
    """Quantity-weighted mean price of the standing fills, ``None`` without any."""
    standing = effective_executions(rows)
    quantity = sum((row.quantity for row in standing), ZERO)
    if quantity == 0:
        return None
    return sum((row.notional for row in standing), ZERO) / quantity
