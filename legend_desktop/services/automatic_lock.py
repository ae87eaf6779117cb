"""The lock that the desk puts on itself: where nobody can say what an order became, or what the account holds.

Two causes. An order that stays unknown for two minutes: no broker takes that long to prove that it has it or not. And
shares or an order of ours that journal and broker do not agree on, still so when both were compared once more a while
later: a list that merely lags has caught up by then. It is the same lock as the person's own, so it survives a restart,
and cancels and flatten go through; the person lifts it once the cause is gone.
"""

import asyncio
from datetime import timedelta

from legend_desktop.domain.enums import OrderState, TradingState
from legend_desktop.domain.events import NoticeLevel, OrderChanged, ReconcileFinished
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.orders import Order
from legend_desktop.services.reconciliation import Reconciler, has_vanished
from legend_desktop.services.risk_state import MISMATCH, PERSON
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.services.trading_lock import lock_for_person

UNKNOWN_SECONDS = 120.0
CONFIRM_SECONDS = 15.0
ALARM = "automatic_lock"


class AutomaticLock:
    """Watches orders in doubt and comparisons of one account, and halts trading where either stays open."""

    def __init__(self, context: TradingContext, reconciler: Reconciler) -> None:
        self._context = context
        self._reconciler = reconciler
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._confirming = False
        context.bus.subscribe(OrderChanged, self._on_order)
        context.bus.subscribe(ReconcileFinished, self._on_comparison)

    @property
    def cause(self) -> str:
        """What must be settled before a person may unlock, as a sentence; empty where nothing is open."""
        if self._confirming:
            return "Positions and orders are being compared once more with the broker."
        vanished = self._vanished()
        if vanished:
            return f"{vanished[0].symbol}: {vanished[0].reason} Look at it and decide."
        edge = self._context.clock.now() - timedelta(seconds=UNKNOWN_SECONDS)
        for order in self._context.book.unknown():
            if order.sent_at is None or order.sent_at <= edge:
                return f"Nobody knows yet what became of this order: {_named(order)}. Ask the broker, or decide it."
        return ""

    def released(self) -> None:
        """A person lifted the lock."""
        self._context.clear_alarm(ALARM)

    def _on_order(self, event: OrderChanged) -> None:
        order, key = event.order, event.order.client_order_id
        if order.state is OrderState.UNKNOWN:
            if key not in self._timers and not self._context.supervisor.stopping:
                self._timers[key] = self._context.supervisor.start(self._time(key), f"time in doubt of {key}")
            return
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if has_vanished(order):
            self._confirm_soon()

    def _on_comparison(self, event: ReconcileFinished) -> None:
        if event.ok and self._reconciler.unexplained:
            self._confirm_soon()

    async def _time(self, client_order_id: str) -> None:
        """Lock where the order is still unknown when its time is up; it ends with the doubt."""
        await self._context.clock.sleep(UNKNOWN_SECONDS)
        order = self._context.book.get(client_order_id)
        if order is not None and order.state is OrderState.UNKNOWN:
            minutes = f"{UNKNOWN_SECONDS / 60:.0f} minutes"
            await self._lock(f"For {minutes} nobody could tell what became of this order: {_named(order)}.")

    def _confirm_soon(self) -> None:
        context = self._context
        if self._confirming or context.supervisor.stopping:
            return
        self._confirming = True
        wait = "The broker and the journal do not agree. Entries wait until both are compared again, exits work."
        context.risk.lock(MISMATCH, TradingState.ACTIVE, wait)
        context.supervisor.start(self._confirm(), "second comparison")

    async def _confirm(self) -> None:
        """Compare again after a while; what neither a late list nor the journal explains by then locks the desk."""
        context = self._context
        try:
            compared = False
            while not compared:
                await context.clock.sleep(CONFIRM_SECONDS)
                compared = (await self._reconciler.run(lock_entries=False)).ok
            reason = self._disagreement()
            self._reconciler.unexplained.clear()
            if reason:
                await self._lock(reason)
            else:
                context.tell(NoticeLevel.GOOD, "Reconciliation", "The broker and the journal agree again.")
        finally:
            self._confirming = False
            context.risk.unlock(MISMATCH)

    def _disagreement(self) -> str:
        """What is left of it, in words; empty where it has dissolved."""
        shares = self._reconciler.unexplained
        if shares:
            rows = ", ".join(f"{format_shares(abs(row))} {name}" for name, row in shares.items())
            less = "fewer" if all(row < 0 for row in shares.values()) else "more"
            less = less if len({row > 0 for row in shares.values()}) == 1 else "more or fewer"
            return f"The broker holds {less} shares than the journal explains ({rows})."
        vanished = self._vanished()
        return f"The broker no longer knows this order that it held before: {_named(vanished[0])}." if vanished else ""

    def _vanished(self) -> list[Order]:
        return [row for row in self._context.book.open_orders() if has_vanished(row)]

    async def _lock(self, reason: str) -> None:
        context = self._context
        consequence = "Trading is locked: only cancels and flatten go out. Unlock in the stop menu once it is settled."
        context.alarm(ALARM, reason, consequence, action="kill.open", label="Stop...")
        if not context.risk.has(PERSON):
            await lock_for_person(context, f"{reason} Unlock when it is settled.")


def _named(order: Order) -> str:
    return f"{order.side.value} {format_shares(order.quantity)} {order.symbol}"
