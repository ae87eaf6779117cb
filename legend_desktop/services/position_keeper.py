"""Positions and the account in memory: moved by each fill at once, corrected by the broker's word soon after."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import ExecutionKind
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import AccountChanged, ExecutionReceived, PositionsChanged
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.positions import Position
from legend_desktop.services.trading_context import TradingContext

SETTLE_SECONDS = 0.1


class PositionKeeper:
    """Keeps ``context.positions`` and ``context.account``, and what our own executions explain of them."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._explained: dict[str, Decimal] = {}
        self._wanted = asyncio.Event()
        context.bus.subscribe(ExecutionReceived, self._on_execution)

    def explained(self, symbol: str) -> Decimal:
        """Signed shares that the opening snapshot and our executions since account for."""
        return self._explained.get(symbol, ZERO)

    @property
    def explained_symbols(self) -> list[str]:
        """Symbols of which our executions explain a position."""
        return [symbol for symbol, quantity in self._explained.items() if quantity != 0]

    def explain(self, quantities: dict[str, Decimal]) -> None:
        """Take ``quantities`` as explained: an opening snapshot, or the broker's figure after a difference."""
        self._explained = dict(quantities)

    async def refresh(self) -> None:
        """Ask the broker for positions and account. Raises what the reads raise; a failed read never means flat."""
        positions = await self._context.broker.get_positions()
        self.take_positions(positions)
        await self.refresh_account()

    async def refresh_account(self) -> Account:
        """Ask the broker for the account and announce it."""
        account = await self._context.broker.get_account()
        self._context.account = account
        self._context.bus.publish(AccountChanged(account))
        return account

    def take_positions(self, positions: list[Position]) -> None:
        """Use the broker's list as it is."""
        self._context.positions = {row.symbol: row for row in positions if row.quantity != 0}
        self._announce()

    async def follow_fills(self) -> None:
        """Run for ever: after fills, let the burst settle and ask the broker once."""
        while True:
            await self._wanted.wait()
            await self._context.clock.sleep(SETTLE_SECONDS)
            self._wanted.clear()
            try:
                await self.refresh()
            except LegendError:
                continue  # the poll and the comparison after a reconnect ask again

    def _on_execution(self, event: ExecutionReceived) -> None:
        execution = event.execution
        change = self._change(event)
        if change == 0:
            return
        self._explained[execution.symbol] = self.explained(execution.symbol) + change
        held = self._context.positions.get(execution.symbol)
        moved = moved_position(held, execution, change)
        if moved is None:
            self._context.positions.pop(execution.symbol, None)
        else:
            self._context.positions[execution.symbol] = moved
        self._announce()
        self._wanted.set()

    def _change(self, event: ExecutionReceived) -> Decimal:
        """Signed shares that this row moves the position by; a bust gives back what its fill took."""
        execution = event.execution
        sign = execution.side.sign
        if execution.kind is ExecutionKind.FILL:
            return sign * execution.quantity
        earlier = next((row for row in event.order.executions if row.execution_id == execution.corrects_id), None)
        if earlier is None:
            return ZERO
        if execution.kind is ExecutionKind.BUST:
            return -sign * earlier.quantity
        return sign * (execution.quantity - earlier.quantity)

    def _announce(self) -> None:
        rows = tuple(sorted(self._context.positions.values(), key=lambda row: row.symbol))
        self._context.bus.publish(PositionsChanged(rows, self._context.clock.now()))


def moved_position(held: Position | None, execution: Execution, change: Decimal) -> Position | None:
    """``held`` after ``change`` signed shares at the execution's price (average cost); ``None`` when flat."""
    if held is None:
        return Position(execution.symbol, change, execution.price, execution.price, execution.executed_at)
    quantity = held.quantity + change
    if quantity == 0:
        return None
    grows = held.quantity * change > 0
    flips = held.quantity * quantity < 0
    average = held.avg_entry_price
    if grows:
        average = (held.cost_basis + change * execution.price) / quantity
    elif flips:
        average = execution.price
    return replace(held, quantity=quantity, avg_entry_price=average, as_of=execution.executed_at)
