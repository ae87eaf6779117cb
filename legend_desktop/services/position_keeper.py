"""Positions and the account in memory: moved by each fill at once, corrected by the broker's word soon after.

What the executions explain is the measure. A positions answer that differs from it is younger or older than the fills
known here, so it is asked for again and believed only once it has differed for a while: counted twice, a fill under way
would show twice the shares, and closing them would turn the position over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import OrderRole
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import AccountChanged, ExecutionReceived, PositionsChanged
from legend_desktop.domain.executions import Execution, filled_quantity
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.services.trading_context import TradingContext

SETTLE_SECONDS = 0.1
AGAIN_SECONDS = 0.5
DIFFERENT_SECONDS = 2.0


class PositionKeeper:
    """Keeps ``context.positions`` and ``context.account``, and what our own executions explain of them."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._explained: dict[str, Decimal] = {}
        self._known = False
        self._different_since: dict[str, int] = {}
        self.fills = 0
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
        self._different_since = {}

    async def refresh(self) -> None:
        """Ask the broker for positions and account. Raises what the reads raise; a failed read never means flat."""
        positions = await self._context.broker.get_positions()
        if self._known:
            positions = self._merged(positions)
        self.take_positions(positions)
        await self.refresh_account()

    async def catch_up(self, since: datetime) -> int:
        """Ask for executions since ``since``, then for positions and account; returns how many fills were new.

        Raises what the reads raise.
        """
        added = await self.take_executions(await self._context.broker.get_executions(since))
        await self.refresh()
        return added

    async def take_executions(self, executions: Sequence[Execution]) -> int:
        """Count executions of known orders that are not counted yet; returns how many there were."""
        context = self._context
        now = context.clock.now()
        fresh = [row for row in executions if not context.book.has_execution(row.execution_id)]
        events = [event for row in fresh if (event := context.news.from_execution(row, now)) is not None]
        await context.ledger.learn(events)
        return len(events)

    async def refresh_account(self) -> Account:
        """Ask the broker for the account and announce it; it is as old as the question, not as the answer."""
        asked = self._context.clock.now()
        account = await self._context.broker.get_account()
        account = replace(account, as_of=min(account.as_of, asked))
        self._context.account = account
        self._context.forget_spent(before=account.as_of)
        self._context.bus.publish(AccountChanged(account))
        return account

    def take_positions(self, positions: Sequence[Position]) -> None:
        """Use this list as it is."""
        self._known = True
        self._context.positions = {row.symbol: row for row in positions if row.quantity != 0}
        self._announce()

    def _merged(self, positions: list[Position]) -> list[Position]:
        """The broker's rows with the quantities that fills explain, until a difference has lasted."""
        now = self._context.clock.monotonic_ns()
        theirs = {row.symbol: row for row in positions if row.quantity != 0}
        different: dict[str, int] = {}
        for symbol in {*theirs, *self.explained_symbols}:
            row, explained = theirs.get(symbol), self.explained(symbol)
            if explained == (row.quantity if row is not None else ZERO):
                continue
            since = different[symbol] = self._different_since.get(symbol, now)
            if now - since >= DIFFERENT_SECONDS * 1e9:
                continue
            kept = row or self._context.positions.get(symbol)
            theirs.pop(symbol, None)
            if explained != 0 and kept is not None:
                theirs[symbol] = replace(kept, quantity=explained)
        self._different_since = different
        if len(self.lasting_differences) < len(different):
            self._wanted.set()
        return list(theirs.values())

    @property
    def lasting_differences(self) -> list[str]:
        """Symbols of which the broker has for a while held something else than the fills explain."""
        now = self._context.clock.monotonic_ns()
        return [name for name, at in self._different_since.items() if now - at >= DIFFERENT_SECONDS * 1e9]

    async def follow_fills(self) -> None:
        """Run for ever: after fills, let the burst settle and ask the broker once."""
        while True:
            await self._wanted.wait()
            await self._context.clock.sleep(AGAIN_SECONDS if self._different_since else SETTLE_SECONDS)
            self._wanted.clear()
            try:
                await self.refresh()
            except LegendError:
                continue  # the poll and the comparison after a reconnect ask again

    def _on_execution(self, event: ExecutionReceived) -> None:
        execution = event.execution
        change = moved_by(event.order, execution)
        if change == 0:
            return
        self.fills += 1
        self._explained[execution.symbol] = self.explained(execution.symbol) + change
        self._note_spending(event, change)
        if not self._known:
            return  # history from before the first look: the broker's list comes next
        held = self._context.positions.get(execution.symbol)
        if (held.quantity if held is not None else ZERO) == self.explained(execution.symbol):
            self._wanted.set()
            return  # the broker's row was believed before its fill came: it counts the fill already
        moved = moved_position(held, execution, change)
        if moved is None:
            self._context.positions.pop(execution.symbol, None)
        else:
            self._context.positions[execution.symbol] = moved
        self._announce()
        self._wanted.set()

    def _note_spending(self, event: ExecutionReceived, change: Decimal) -> None:
        """Remember the buying power that an entry's fill took, until the account's own figure knows of it."""
        if event.order.intent.role is OrderRole.ENTRY and not event.order.intent.reduce_only:
            self._context.spent.append((self._context.clock.now(), abs(change) * event.execution.price))

    def _announce(self) -> None:
        rows = tuple(sorted(self._context.positions.values(), key=lambda row: row.symbol))
        self._context.bus.publish(PositionsChanged(rows, self._context.clock.now()))


def moved_by(order: Order, execution: Execution) -> Decimal:
    """Signed shares by which ``execution`` moved what the executions of ``order`` prove.

    A bust gives back what its fill took, a correction the difference; a true fill that a provisional one stood for
    moves nothing.
    """
    before = [row for row in order.executions if row.execution_id != execution.execution_id]
    return execution.side.sign * (filled_quantity(order.executions) - filled_quantity(before))


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
