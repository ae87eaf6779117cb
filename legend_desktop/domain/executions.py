"""Executions (fills) and their de-duplicated sum.

The filled quantity of an order is the sum over a set of executions keyed by id, never a counter.
A bust or correction is a new row that names the execution it changes; nothing is updated in place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.enums import ExecutionKind, Liquidity, OrderSide
from legend_desktop.domain.money import ZERO

_PROVISIONAL = "total:"


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill, bust or correction as the broker reports it.

    ``quantity`` is unsigned shares, ``price`` per share; ``executed_at`` is the broker's stamp and ``received_at``
    ours, both aware UTC. ``commission`` and ``fees`` are ``None`` while the broker has not said them. ``corrects_id``
    names the execution that a bust removes or a correction replaces. ``provisional`` marks a fill derived from
    totals.
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

    A repeated id counts once. Of several corrections of one fill the last of their chain stands (then the latest
    ``executed_at``, then id); a bust of the fill or of any correction always wins, in whatever order the rows come.
    Provisional fills give way to true ones of the same broker order only as far as the true quantity reaches, so that
    the sum never falls when a part of the truth arrives.
    """
    unique: dict[str, Execution] = {}
    for row in rows:
        unique.setdefault(row.execution_id, row)
    if all(row.kind is ExecutionKind.FILL and not row.provisional for row in unique.values()):
        return list(unique.values())
    busted = {_root(row, unique)[0] for row in unique.values() if row.kind is ExecutionKind.BUST}
    corrections: dict[str, tuple[tuple[int, datetime, str], Execution]] = {}
    for row in unique.values():
        if row.kind is ExecutionKind.CORRECTION:
            root, depth = _root(row, unique)
            rank = (depth, row.executed_at, row.execution_id)
            if root not in corrections or rank > corrections[root][0]:
                corrections[root] = (rank, row)
    standing = [
        corrections[row.execution_id][1] if row.execution_id in corrections else row
        for row in unique.values()
        if row.kind is ExecutionKind.FILL and row.execution_id not in busted
    ]
    if any(row.provisional for row in standing):
        return _without_covered(standing)
    return standing


def _root(row: Execution, unique: dict[str, Execution]) -> tuple[str, int]:
    """The id of the fill that a bust or correction is about at last, and how many steps away it is."""
    root, depth = row.corrects_id or row.execution_id, 1
    while depth <= len(unique):
        known = unique.get(root)
        if known is None or known.kind is ExecutionKind.FILL or known.corrects_id is None:
            break
        root, depth = known.corrects_id, depth + 1
    return root, depth


def _without_covered(standing: list[Execution]) -> list[Execution]:
    """Provisional rows cut down to the part of their order's quantity that true rows do not reach."""
    true: dict[str, Decimal] = {}
    claims: dict[str, list[Execution]] = {}
    for row in standing:
        key = row.broker_order_id or row.client_order_id
        if row.provisional:
            claims.setdefault(key, []).append(row)
        else:
            true[key] = true.get(key, ZERO) + row.quantity
    left: dict[str, Decimal] = {}
    for key, rows in claims.items():
        reached = true.get(key, ZERO)
        running = ZERO
        for row in sorted(rows, key=lambda one: (one.executed_at, one.execution_id)):
            running += row.quantity
            left[row.execution_id] = claimed_cumulative(row) or running
        for row in sorted(rows, key=lambda one: (left[one.execution_id], one.execution_id)):
            claimed = left[row.execution_id]
            start = max(claimed - row.quantity, reached)
            left[row.execution_id] = max(ZERO, claimed - start)
            reached = max(reached, claimed)
    kept = [replace(row, quantity=left[row.execution_id]) if row.provisional else row for row in standing]
    return [row for row in kept if row.quantity > 0 or not row.provisional]


def provisional_id(broker_order_id: str, cumulative: Decimal) -> str:
    """The id of a fill derived from an order's total: the same total gives the same id however often it is read."""
    return f"{_PROVISIONAL}{broker_order_id}:{cumulative.normalize():f}"


def claimed_cumulative(row: Execution) -> Decimal | None:
    """The order's total that a provisional row stands up to, read from its id; ``None`` where the id tells nothing."""
    if not row.execution_id.startswith(_PROVISIONAL):
        return None
    try:
        return Decimal(row.execution_id.rpartition(":")[2])
    except InvalidOperation:
        return None


def execution_from_total(
    template: Execution, known: Iterable[Execution], cumulative: Decimal, average: Decimal
) -> Execution | None:
    """The provisional fill behind an order's reported total, or ``None`` where the known fills explain it.

    ``template`` carries the order's ids, symbol, side and times; ``known`` are its rows so far. The price is what the
    change of the average implies, or the average itself where that makes no sense.
    """
    standing = effective_executions(known)
    have = sum((row.quantity for row in standing), ZERO)
    missing = cumulative - have
    if missing <= 0:
        return None
    price = (cumulative * average - sum((row.notional for row in standing), ZERO)) / missing
    return replace(
        template,
        execution_id=provisional_id(template.broker_order_id or template.client_order_id, cumulative),
        quantity=missing,
        price=price if price > 0 else average,
        kind=ExecutionKind.FILL,
        corrects_id=None,
        provisional=True,
    )


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
