"""Trades from flat to flat, worked out from executions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import MatchingMethod, OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.lots import ClosedLot, LotMatcher, in_time_order
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.position_risk import freeze_initial_risk
from legend_desktop.domain.records import PositionAdjustment, RoundTripRecord


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One trade: from the first share to flat again, or still open (``closed_at`` is ``None``).

    ``side`` opened it; ``entered`` and ``exited`` are unsigned shares. ``gross`` and ``fees`` are what is realised so
    far. ``parts`` are (execution id, shares) pairs; a fill that flips the position is a part of two trades.
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
    parts: tuple[tuple[str, Decimal], ...]
    closed_at: datetime | None = None

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


@dataclass(frozen=True, slots=True)
class TradeBook:
    """What executions tell: the trades in the order they were opened, and the lots that closed.

    ``unmatched`` are fills that closed shares of which nobody knows the entry; they belong to no trade.
    """

    trips: tuple[RoundTrip, ...]
    closed: tuple[ClosedLot, ...]
    unmatched: tuple[Execution, ...]


def fold_trades(
    rows: Iterable[Execution],
    method: MatchingMethod = MatchingMethod.FIFO,
    *,
    held: Mapping[str, Decimal] | None = None,
    adjustments: Iterable[PositionAdjustment] = (),
) -> TradeBook:
    """The trades of all symbols, the open ones among them.

    The method decides only how much of an open trade counts as realised; a closed one earns the same under each.
    ``held`` are the signed shares that the account has after all ``rows`` (a symbol that is not named has none);
    without it everything began flat. Shares that were there before the first row, or that an adjustment brought, have
    no known entry: what trades them is left out until the position is flat, and trades begin anew from there.
    """
    fills = in_time_order(rows)
    moves = sorted(adjustments, key=lambda row: row.at)
    fold = _Fold(method, _before(fills, moves, held))
    for fill in fills:
        while moves and moves[0].at < fill.executed_at:
            fold.adjust(moves.pop(0))
        fold.fill(fill)
    for move in moves:
        fold.adjust(move)
    trips = sorted([*fold.finished, *fold.current.values()], key=lambda trip: trip.opened_at)
    return TradeBook(tuple(trips), fold.matcher.closed, tuple(fold.unmatched))


def _before(
    fills: Iterable[Execution], moves: Iterable[PositionAdjustment], held: Mapping[str, Decimal] | None
) -> dict[str, Decimal]:
    """Signed shares of each symbol before the first of all rows."""
    if held is None:
        return {}
    before = dict(held)
    for fill in fills:
        before[fill.symbol] = before.get(fill.symbol, ZERO) - fill.side.sign * fill.quantity
    for move in moves:
        before[move.symbol] = before.get(move.symbol, ZERO) - move.quantity
    return {symbol: quantity for symbol, quantity in before.items() if quantity != 0}


class _Fold:
    """The state while executions are counted; ``strays`` are signed shares whose entry nobody knows."""

    def __init__(self, method: MatchingMethod, strays: dict[str, Decimal]) -> None:
        self.matcher = LotMatcher(method)
        self.strays = strays
        self.current: dict[str, RoundTrip] = {}
        self.finished: list[RoundTrip] = []
        self.unmatched: list[Execution] = []

    def adjust(self, move: PositionAdjustment) -> None:
        """Shares came or went without a fill: the trade under way can no longer be told."""
        symbol = move.symbol
        self.current.pop(symbol, None)
        left = self.strays.pop(symbol, ZERO) + self.matcher.forget(symbol) + move.quantity
        if left != 0:
            self.strays[symbol] = left

    def fill(self, row: Execution) -> None:
        """Count one fill."""
        known = self._after_strays(row)
        if known is None:
            return
        held = self.matcher.position(known.symbol)
        closed = self.matcher.add(known)
        closing = sum((lot.quantity for lot in closed), ZERO)
        if closing:
            self._leave(known, closed, closing, whole=closing == abs(held))
        opening = known.quantity - closing
        if opening > 0:
            self._enter(known, opening)

    def _after_strays(self, row: Execution) -> Execution | None:
        """The part of a fill that is left once the shares of unknown origin are gone; ``None`` where nothing is."""
        stray = self.strays.get(row.symbol)
        if stray is None:
            return row
        after = stray + row.side.sign * row.quantity
        if row.side.sign * stray < 0:
            self.unmatched.append(row)
        if after * stray > 0:
            self.strays[row.symbol] = after
            return None
        del self.strays[row.symbol]
        return _cut(row, abs(after)) if after != 0 else None

    def _leave(self, row: Execution, closed: tuple[ClosedLot, ...], closing: Decimal, *, whole: bool) -> None:
        trip = self.current.pop(row.symbol)
        trip = replace(
            trip,
            exited=trip.exited + closing,
            exit_value=trip.exit_value + closing * row.price,
            gross=trip.gross + sum((lot.gross for lot in closed), ZERO),
            fees=trip.fees + sum((lot.fees for lot in closed), ZERO),
            parts=(*trip.parts, (row.execution_id, closing)),
        )
        if whole:
            self.finished.append(replace(trip, closed_at=row.executed_at))
        else:
            self.current[row.symbol] = trip

    def _enter(self, row: Execution, quantity: Decimal) -> None:
        trip = self.current.get(row.symbol) or RoundTrip(
            row.symbol, row.side, row.executed_at, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ()
        )
        self.current[row.symbol] = replace(
            trip,
            entered=trip.entered + quantity,
            entry_value=trip.entry_value + quantity * row.price,
            parts=(*trip.parts, (row.execution_id, quantity)),
        )


def _cut(row: Execution, quantity: Decimal) -> Execution:
    """``quantity`` shares of a fill with their part of its fees."""
    share = quantity / row.quantity
    return replace(
        row,
        quantity=quantity,
        commission=None if row.commission is None else row.commission * share,
        fees=None if row.fees is None else row.fees * share,
    )


OrderIds = tuple[str, str]
"""Our id and the broker's id of the order that a fill belongs to."""


def entry_orders(trip: RoundTrip, rows: Mapping[str, Execution]) -> dict[OrderIds, tuple[Decimal, Decimal]]:
    """Shares and average price that each order brought into ``trip``; ``rows`` are its executions by id."""
    found: dict[OrderIds, tuple[Decimal, Decimal]] = {}
    for key, shares in trip.parts:
        row = rows[key]
        if row.side is trip.side:
            ids = (row.client_order_id, row.broker_order_id)
            filled, value = found.get(ids, (ZERO, ZERO))
            found[ids] = (filled + shares, value + shares * row.price)
    return {ids: (filled, value / filled) for ids, (filled, value) in found.items()}


def planned_risk(
    trip: RoundTrip, rows: Mapping[str, Execution], stops: Mapping[OrderIds, Decimal | None]
) -> Decimal | None:
    """Money that the entries would have lost at their planned ``stops``; ``None`` where one of them had none."""
    total = ZERO
    for ids, (filled, average) in entry_orders(trip, rows).items():
        stop = stops.get(ids)
        risk = None if stop is None else freeze_initial_risk(trip.symbol, trip.side, filled, average, stop)
        if risk is None:
            return None
        total += risk.money
    return total


def record_of(
    trip: RoundTrip, risk: Decimal | None, *, worst: Decimal | None = None, best: Decimal | None = None
) -> RoundTripRecord:
    """The trade as it is kept, with the risk that it began with and the worst and best price while it was open."""
    return RoundTripRecord(
        symbol=trip.symbol,
        side=trip.side,
        opened_at=trip.opened_at,
        quantity=trip.entered,
        entry_price=trip.entry_price,
        parts=trip.parts,
        closed_at=trip.closed_at,
        exit_price=trip.exit_price,
        profit=trip.net,
        fees=trip.fees,
        risk=risk,
        worst=worst,
        best=best,
    )
