"""The three verbs for trouble: cancel all, flatten, lock. Each logs first and works when entries do not.

Flatten halts entries, cancels and waits, looks again, and only then closes: a closing order beside a living exit could
turn the position over.
"""

from legend_desktop.domain.enums import OrderSide, OrderState, TradingState
from legend_desktop.domain.errors import InvalidInput, LegendError, StoreError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.orders import Order
from legend_desktop.domain.records import KillRecord
from legend_desktop.services.cancels import request_cancel
from legend_desktop.services.position_exits import PositionExits
from legend_desktop.services.previews import KillReport
from legend_desktop.services.risk_state import PERSON
from legend_desktop.services.trading_core import TradingCore

LOCK_SETTING = "trading_lock"
FLATTEN = "flatten"
ROUNDS = 100
PAUSE_SECONDS = 0.1


class KillSwitch:
    """Cancel all, flatten and lock for one account."""

    def __init__(self, core: TradingCore, exits: PositionExits) -> None:
        self._core = core
        self._exits = exits

    async def cancel_all(self, symbol: str | None = None, side: OrderSide | None = None) -> KillReport:
        """Cancel every working order, or those of a symbol or side, and wait for the confirmations."""
        report = await self._cancel(symbol, side)
        await self._keep("cancel_all", report, " ".join(row for row in (symbol or "", side or "") if row))
        return report

    async def _cancel(self, symbol: str | None, side: OrderSide | None = None) -> KillReport:
        context = self._core.context
        what = symbol.upper() if symbol else "all"
        context.tell(NoticeLevel.INFO, "Stop", f"Cancel {what} was pressed.")
        orders = self._matching(symbol, side)
        asked = [row for row in orders if row.broker_order_id]
        bulk = symbol is None and side is None and context.broker.capabilities.cancel_all
        if bulk and asked:
            try:
                await context.broker.cancel_all_orders()
            except LegendError as error:
                context.tell(NoticeLevel.WARNING, "Stop", f"{error.sentence} Each order is cancelled by itself.")
                bulk = False
        for order in asked:
            current = context.book.get(order.client_order_id)
            if current is not None and current.is_open and not bulk:
                await request_cancel(context, current)
        left = await self._wait_until_gone([row.client_order_id for row in orders])
        if bulk and left:
            for order in left:
                await request_cancel(context, order)
            left = await self._wait_until_gone([row.client_order_id for row in left])
        residue = tuple(
            f"{row.side.value.capitalize()} {row.quantity} {row.symbol} may still be open ({row.state.value})."
            for row in left
        )
        report = KillReport(len(orders), len(orders) - len(left), residue)
        context.tell(
            NoticeLevel.NEEDS_YOU if residue else NoticeLevel.GOOD, "Stop", f"Cancel {what}: {report.sentence}"
        )
        return report

    async def flatten(self, symbol: str | None = None) -> KillReport:
        """Cancel, wait, look again, close at market, and look until flat or say what is left."""
        try:
            report = await self._flatten(symbol)
        except LegendError as error:
            await self._keep("flatten", KillReport(0, 0, (error.sentence,)), symbol or "")
            raise
        await self._keep("flatten", report, symbol or "")
        return report

    async def _flatten(self, symbol: str | None) -> KillReport:
        core, context = self._core, self._core.context
        context.tell(NoticeLevel.INFO, "Stop", f"Flatten {symbol or 'all'} was pressed.")
        if symbol is None:
            context.risk.lock(FLATTEN, TradingState.HALTED, "Flattening. Only closing orders go out.")
        try:
            cancelled = await self._cancel(symbol)
            if cancelled.residue:
                words = ("Positions were not closed: an order that may still fill could turn them over.",)
                return KillReport(cancelled.requested, cancelled.confirmed, (*cancelled.residue, *words))
            await core.keeper.refresh()
            return await self._close_positions(symbol.upper() if symbol else None)
        finally:
            if symbol is None:
                context.risk.unlock(FLATTEN)

    async def lock(self, reason: str = "You locked trading.") -> None:
        """Halt everything but cancels until a person unlocks; survives a restart."""
        context = self._core.context
        context.risk.lock(PERSON, TradingState.HALTED, reason)
        await context.ledger.store.save_setting(LOCK_SETTING, reason)
        context.tell(NoticeLevel.WARNING, "Stop", f"Trading is locked. {reason}")
        await self._keep("lock", KillReport(0, 0), reason)

    async def unlock(self, last_four: str) -> None:
        """Lift the person's lock; ``last_four`` are the last characters of the account. Raises ``InvalidInput``."""
        context = self._core.context
        wanted = context.broker.account_id[-4:]
        if last_four.strip().upper() != wanted.upper():
            raise InvalidInput(
                "Trading stays locked: these are not the account's last four characters.",
                advice=f"Type the end of {context.broker_name}'s account number.",
            )
        await context.ledger.store.save_setting(LOCK_SETTING, "")
        context.risk.unlock(PERSON)
        context.tell(NoticeLevel.GOOD, "Stop", "Trading is unlocked.")

    async def restore_lock(self) -> None:
        """Bring back the lock that a person left before the last exit."""
        reason = await self._core.context.ledger.store.load_setting(LOCK_SETTING)
        if reason:
            self._core.context.risk.lock(PERSON, TradingState.HALTED, reason)

    async def _keep(self, verb: str, report: KillReport, note: str) -> None:
        """Write down what was pressed and what came of it; a failing disk does not undo what was done."""
        context = self._core.context
        record = KillRecord(context.clock.now(), verb, report.requested, report.confirmed, report.residue, note)
        try:
            await context.ledger.store.record_kill(record)
        except StoreError as error:
            context.tell(NoticeLevel.ERROR, "Journal", error.sentence)

    async def _close_positions(self, symbol: str | None) -> KillReport:
        core, context = self._core, self._core.context
        wanted = [row for row in context.positions.values() if symbol in {None, row.symbol}]
        problems: list[str] = []
        for position in wanted:
            try:
                await core.know_symbol(position.symbol, fresh_quote=True)
                await self._exits.send_flatten(position)
            except LegendError as error:
                problems.append(f"{position.symbol}: {error.sentence}")
        symbols = {row.symbol for row in wanted}
        for _ in range(ROUNDS):
            if not symbols & set(context.positions):
                break
            await context.clock.sleep(PAUSE_SECONDS)
        await core.keeper.refresh()
        left = [row for row in context.positions.values() if row.symbol in symbols]
        problems += [f"{row.shares} {row.symbol} are still open." for row in left]
        report = KillReport(len(wanted), len(wanted) - len(left), tuple(problems))
        level = NoticeLevel.NEEDS_YOU if problems else NoticeLevel.GOOD
        context.tell(level, "Stop", f"Flatten: {report.sentence}")
        return report

    def _matching(self, symbol: str | None, side: OrderSide | None) -> list[Order]:
        rows = self._core.context.book.open_orders(symbol.upper() if symbol else None)
        return [row for row in rows if side in {None, row.side} and row.state is not OrderState.INTENT]

    async def _wait_until_gone(self, client_ids: list[str]) -> list[Order]:
        context = self._core.context
        left: list[Order] = []
        for _ in range(ROUNDS):
            rows = [context.book.get(key) for key in client_ids]
            left = [row for row in rows if row is not None and row.is_open]
            if not left:
                break
            await context.clock.sleep(PAUSE_SECONDS)
        return left
