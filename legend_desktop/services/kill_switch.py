"""The three verbs for trouble: cancel all, flatten, lock. Each logs first and works when entries do not.

Flatten halts entries, cancels and waits, looks again, and only then closes: a closing order beside a living exit could
turn the position over.
"""

from datetime import timedelta

from legend_desktop.domain.enums import OrderSide, TradingState
from legend_desktop.domain.errors import InvalidInput, LegendError, OrderDenied, StoreError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.records import KillRecord
from legend_desktop.services.cancel_sweep import CancelSweep
from legend_desktop.services.position_exits import PositionExits
from legend_desktop.services.previews import KillReport
from legend_desktop.services.risk_state import PERSON
from legend_desktop.services.trading_core import TradingCore
from legend_desktop.services.trading_lock import LOCK_SETTING, lock_for_person

FLATTEN = "flatten"
ROUNDS = 100
PAUSE_SECONDS = 0.1
LAST_FILLS = timedelta(minutes=10)


class KillSwitch:
    """Cancel all, flatten and lock for one account."""

    def __init__(self, core: TradingCore, exits: PositionExits) -> None:
        self._core = core
        self._exits = exits
        self._flattening = 0

    async def cancel_all(self, symbol: str | None = None, side: OrderSide | None = None) -> KillReport:
        """Cancel every working order, or those of a symbol or side, and wait for the confirmations."""
        report = await self._cancel(symbol, side)
        await self._keep("cancel_all", report, " ".join(row for row in (symbol or "", side or "") if row))
        return report

    async def _cancel(self, symbol: str | None, side: OrderSide | None = None) -> KillReport:
        """Ask, wait and ask again until a fresh look at the broker finds nothing open, or time is up."""
        context = self._core.context
        what = symbol.upper() if symbol else "all"
        context.tell(NoticeLevel.INFO, "Stop", f"Cancel {what} was pressed.")
        sweep = CancelSweep(self._core, symbol.upper() if symbol else None, side)
        report = await sweep.run()
        level = NoticeLevel.NEEDS_YOU if report.residue else NoticeLevel.GOOD
        context.tell(level, "Stop", f"Cancel {what}: {report.sentence}")
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
            self._flattening += 1
            context.risk.lock(FLATTEN, TradingState.HALTED, "Flattening. Only closing orders go out.")
        try:
            cancelled = await self._cancel(symbol)
            if cancelled.residue:
                words = ("Positions were not closed: an order that may still fill could turn them over.",)
                return KillReport(cancelled.requested, cancelled.confirmed, (*cancelled.residue, *words))
            await core.keeper.catch_up(context.clock.now() - LAST_FILLS)
            return await self._close_positions(symbol.upper() if symbol else None)
        finally:
            if symbol is None:
                self._flattening -= 1
                if self._flattening == 0:
                    context.risk.unlock(FLATTEN)

    async def lock(self, reason: str = "You locked trading.") -> None:
        """Halt everything but cancels until a person unlocks; survives a restart."""
        await lock_for_person(self._core.context, reason)
        await self._keep("lock", KillReport(0, 0), reason)

    async def unlock(self, last_four: str) -> None:
        """Lift the person's lock; ``last_four`` are the last characters of the account.

        Raises ``InvalidInput`` for other characters, and ``OrderDenied`` while what locked the desk is not settled.
        """
        context = self._core.context
        wanted = context.broker.account_id[-4:]
        if not wanted or last_four.strip().upper() != wanted.upper():
            raise InvalidInput(
                "Trading stays locked: these are not the account's last four characters.",
                advice=f"Type the end of {context.broker_name}'s account number.",
            )
        cause = self._core.automatic_lock.cause
        if cause:
            raise OrderDenied(f"Trading stays locked. {cause}", code="lock_cause")
        await context.ledger.store.save_setting(LOCK_SETTING, "")
        context.risk.unlock(PERSON)
        self._core.automatic_lock.released()
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
        try:
            await core.keeper.catch_up(context.clock.now() - LAST_FILLS)
        except LegendError as error:
            problems.append(f"The positions could not be read again. {error.sentence}")
        left = [row for row in context.positions.values() if row.symbol in symbols]
        problems += [f"{format_shares(row.shares)} {row.symbol} are still open." for row in left]
        report = KillReport(len(wanted), len(wanted) - len(left), tuple(problems))
        level = NoticeLevel.NEEDS_YOU if problems else NoticeLevel.GOOD
        context.tell(level, "Stop", f"Flatten: {report.sentence}")
        return report
