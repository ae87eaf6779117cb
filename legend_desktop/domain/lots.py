"""Open lots, the lots that closing fills use up, and realised profit and loss.

Default is first in, first out (the tax default in the US); last in, first out and average cost can be chosen. Entry
fees stay with their shares pro rata, exit fees belong to the shares they close. A fill larger than the position
closes it and opens the rest on the other side. Shorts mirror. Money is carried as cost and fee of a lot, so that
parts always add up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import MatchingMethod, OrderSide
from legend_desktop.domain.executions import Execution, effective_executions
from legend_desktop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares opened together and still open: unsigned ``quantity``, what they cost, and the entry fees they carry."""

    symbol: str
    side: OrderSide
    quantity: Decimal
    cost: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True)
class ClosedLot:
    """Shares that were opened and closed; ``side`` is the opening one, fees are the parts that belong to them."""

    symbol: str
    side: OrderSide
    quantity: Decimal
    entry_cost: Decimal
    exit_value: Decimal
    entry_fees: Decimal
    exit_fees: Decimal
    closed_at: datetime

    @property
    def gross(self) -> Decimal:
        """Profit before fees; below zero for a loss."""
        return self.side.sign * (self.exit_value - self.entry_cost)

    @property
    def fees(self) -> Decimal:
        """Fees of both ways."""
        return self.entry_fees + self.exit_fees

    @property
    def net(self) -> Decimal:
        """Profit after fees."""
        return self.gross - self.fees


class LotMatcher:
    """Folds executions, oldest first, into open lots and closed ones.

    Not safe for several threads; one owner feeds it. Executions must be effective ones (no busts or corrections, each
    id once), oldest first; ``in_time_order`` takes care of that.
    """

    def __init__(self, method: MatchingMethod = MatchingMethod.FIFO) -> None:
        self.method = method
        self._open: dict[str, list[Lot]] = {}
        self._closed: list[ClosedLot] = []

    @property
    def closed(self) -> tuple[ClosedLot, ...]:
        """Every closed lot, in the order of closing."""
        return tuple(self._closed)

    def open_lots(self, symbol: str) -> tuple[Lot, ...]:
        """The open lots of ``symbol``, oldest first."""
        return tuple(self._open.get(symbol, ()))

    def position(self, symbol: str) -> Decimal:
        """Signed shares held in ``symbol``."""
        return sum((lot.side.sign * lot.quantity for lot in self.open_lots(symbol)), ZERO)

    def forget(self, symbol: str) -> Decimal:
        """Drop the open lots of ``symbol`` and return the signed shares that they were."""
        quantity = self.position(symbol)
        self._open.pop(symbol, None)
        return quantity

    def add(self, execution: Execution) -> tuple[ClosedLot, ...]:
        """Count one fill and return the lots that it closed, in the order they were used up."""
        lots = self._open.setdefault(execution.symbol, [])
        left, fees = execution.quantity, execution.total_fees or ZERO
        done: list[ClosedLot] = []
        while left > 0 and lots and lots[0].side is not execution.side:
            index = -1 if self.method is MatchingMethod.LIFO else 0
            quantity = min(left, lots[index].quantity)
            used, rest = _split(lots[index], quantity)
            exit_fees = fees if quantity == left else fees * quantity / left
            done.append(_close(used, execution, exit_fees))
            left, fees = left - quantity, fees - exit_fees
            if rest is None:
                lots.pop(index)
            else:
                lots[index] = rest
        if left > 0:
            self._open_lot(lots, execution, left, fees)
        self._closed.extend(done)
        return tuple(done)

    def _open_lot(self, lots: list[Lot], execution: Execution, quantity: Decimal, fees: Decimal) -> None:
        cost = quantity * execution.price
        if self.method is MatchingMethod.AVERAGE and lots:
            pool = lots[0]
            lots[0] = replace(pool, quantity=pool.quantity + quantity, cost=pool.cost + cost, fees=pool.fees + fees)
            return
        lots.append(Lot(execution.symbol, execution.side, quantity, cost, fees))


def in_time_order(rows: Iterable[Execution]) -> list[Execution]:
    """The effective executions by broker time; those of one instant keep the order in which they came."""
    return sorted(effective_executions(rows), key=lambda row: row.executed_at)


def _split(lot: Lot, quantity: Decimal) -> tuple[Lot, Lot | None]:
    """The part of ``lot`` with ``quantity`` shares, and what is left; parts add up to the whole exactly."""
    if quantity == lot.quantity:
        return lot, None
    cost = lot.cost * quantity / lot.quantity
    fees = lot.fees * quantity / lot.quantity
    used = replace(lot, quantity=quantity, cost=cost, fees=fees)
    return used, replace(lot, quantity=lot.quantity - quantity, cost=lot.cost - cost, fees=lot.fees - fees)


def _close(lot: Lot, execution: Execution, exit_fees: Decimal) -> ClosedLot:
    return ClosedLot(
        symbol=lot.symbol,
        side=lot.side,
        quantity=lot.quantity,
        entry_cost=lot.cost,
        exit_value=lot.quantity * execution.price,
        entry_fees=lot.fees,
        exit_fees=exit_fees,
        closed_at=execution.executed_at,
    )
