"""The comparison with the broker: at start, after every reconnect, on a timer and when asked.

The broker is the truth for orders, positions and cash; the journal is the truth for why. Nothing is ever "fixed" with
an invented order: a difference is written down, shown, and the broker's figure is used.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import OrderState, TradingState
from legend_desktop.domain.errors import LegendError, StoreError
from legend_desktop.domain.events import NoticeLevel, ReconcileFinished
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import PositionAdjustment, ReconcileRun
from legend_desktop.services.fill_totals import FillTotals
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.position_snapshot import PositionSnapshots
from legend_desktop.services.risk_state import RECONCILE
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.services.unknown_resolver import UnknownResolver

LOOK_BACK = timedelta(minutes=10)
FIRST_LOOK_BACK = timedelta(days=7)
CALM_TRIES = 4
CALM_SECONDS = 0.5
VANISHED = "The broker held this order before and no longer knows it."
_IN_DOUBT = frozenset({OrderState.SENDING, OrderState.UNKNOWN, OrderState.QUESTION})


@dataclass(slots=True)
class _Findings:
    orders: int = 0
    executions: int = 0
    differences: list[str] = field(default_factory=list)


class Reconciler:
    """Runs the comparison. One run at a time; entries stay locked until one has ended well.

    ``unexplained`` are the signed shares a symbol that were taken over from the broker without an execution; what a
    later comparison takes back, as where a list merely lagged, cancels out. Whoever judges them clears it.
    """

    def __init__(self, context: TradingContext, keeper: PositionKeeper, resolver: UnknownResolver) -> None:
        self._context = context
        self._keeper = keeper
        self._resolver = resolver
        self._totals = FillTotals(context, keeper)
        self._snapshots = PositionSnapshots(context)
        self._last_clean: datetime | None = None
        self._primed = False
        self.unexplained: dict[str, Decimal] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def settle_after_start(self) -> None:
        """Give every order that the last run left in mid-air its true state: never sent, or unknown."""
        context = self._context
        await self._prime()
        for order in context.book.open_orders():
            if order.state is OrderState.INTENT:
                reason = "The program ended before this order was sent."
                await context.ledger.learn([context.event(order, OrderEventKind.ABANDONED, reason=reason)])
            elif order.state in {OrderState.SENDING, OrderState.QUESTION}:
                reason = "The program ended before the answer was written down."
                await context.ledger.learn([context.event(order, OrderEventKind.AMBIGUOUS, reason=reason)])
            elif order.state is OrderState.ATTENTION:
                context.ledger.raise_attention(order)
        self._resolver.watch(context.book.unknown())

    async def run(self, *, lock_entries: bool = True) -> ReconcileFinished:
        """Compare once, after a run under way. With ``lock_entries`` entries wait for the end.

        A run that fails locks entries, whatever asked for it, until one has ended well.
        """
        context = self._context
        if lock_entries:
            wait = f"Comparing with {context.broker_name}. Entries wait, exits work."
            context.risk.lock(RECONCILE, TradingState.ACTIVE, wait)
            self._waiting += 1
        try:
            async with self._turn:
                result = await self._run()
        finally:
            self._waiting -= lock_entries
        if not result.ok:
            context.risk.lock(RECONCILE, TradingState.ACTIVE, f"{result.reason} Entries wait, exits work.")
        elif self._waiting == 0:
            context.risk.unlock(RECONCILE)
        return result

    async def _run(self) -> ReconcileFinished:
        context = self._context
        started = context.clock.now()
        findings = _Findings()
        reason = ""
        try:
            await self._compare(findings, started)
        except LegendError as error:
            reason = f"The comparison stopped: {error.message} Nothing was changed. It is tried again."
        except Exception as error:  # noqa: BLE001  the timer must live to try again, with entries locked
            context.supervisor.report(error, "comparison")
            reason = f"The comparison stopped: the broker's answer could not be read ({error}). It is tried again."
        else:
            self._last_clean = started
        differences = () if reason else tuple(findings.differences)
        result = ReconcileFinished(
            context.clock.now(), not reason, findings.orders, findings.executions, differences, reason
        )
        await self._keep(started, result)
        context.bus.publish(result)
        if result.differences:
            context.tell(NoticeLevel.WARNING, "Reconciliation", " ".join(result.differences))
        return result

    async def _compare(self, findings: _Findings, started: datetime) -> None:
        context = self._context
        await self._keeper.refresh_account()
        since = self._since(started)
        reports = await context.broker.get_orders(since=since)
        executions = await context.broker.get_executions(since)
        positions = await context.broker.get_positions()
        await self._take_reports(reports, started, findings)
        findings.executions += await self._keeper.take_executions(executions)
        await self._look_for_missing(reports, started, findings)
        await self._compare_positions(positions, reports, since, findings)

    def _since(self, started: datetime) -> datetime:
        base = self._last_clean - LOOK_BACK if self._last_clean else started - FIRST_LOOK_BACK
        oldest = min((row.intent.created_at for row in self._context.book.open_orders()), default=base)
        return min(base, oldest)

    async def _take_reports(self, reports: list[OrderReport], started: datetime, findings: _Findings) -> None:
        context = self._context
        findings.orders = len(reports)
        for report in reports:
            order = context.news.match(report)
            if order is not None and order.last_event_at is not None and order.last_event_at > started:
                continue  # the stream has said more since the snapshot was asked for
            if order is None and self._is_old_news(report):
                continue
            await context.ledger.learn(context.news.from_report(report, context.clock.now()))

    def _is_old_news(self, report: OrderReport) -> bool:
        """True for an order placed elsewhere that ended before this program's first look: history, not news."""
        ended = report.state is not None and report.state.is_terminal
        return ended and report.filled_quantity == 0

    async def _look_for_missing(self, reports: list[OrderReport], started: datetime, findings: _Findings) -> None:
        context = self._context
        named = {report.broker_order_id for report in reports} | {report.client_order_id for report in reports}
        for order in context.book.open_orders():
            ids = {order.client_order_id, *order.broker_order_ids}
            recent = order.last_event_at is not None and order.last_event_at > started
            if ids & named or recent or order.state in _IN_DOUBT or order.state is OrderState.ATTENTION:
                continue
            await self._ask_twice(order, findings)

    async def _ask_twice(self, order: Order, findings: _Findings) -> None:
        context = self._context
        for _ in range(2):
            report = await context.broker.get_order(order.order_id)
            if report is not None:
                await context.ledger.learn(context.news.from_report(report, context.clock.now()))
                return
        event: OrderEvent = context.event(order, OrderEventKind.CONTRADICTION, reason=VANISHED)
        await context.ledger.learn([event])
        findings.differences.append(f"{order.symbol}: {VANISHED} Look at it and decide.")

    async def _compare_positions(
        self, positions: list[Position], reports: list[OrderReport], since: datetime, findings: _Findings
    ) -> None:
        """Use the broker's positions; what no execution explains is written down, once it has shown in calm.

        Fills that the reports count and the broker does not list are made up where the positions prove them.
        """
        context = self._context
        if not self._primed:
            self._keeper.explain({row.symbol: row.quantity for row in positions})
            self._primed = True
        different = self._differences(positions)
        for _ in range(CALM_TRIES):
            if not different and not self._totals.short(reports):
                break
            # fills may come between the two reads, and a broker may book them late: read both again
            await context.clock.sleep(CALM_SECONDS)
            before = self._keeper.fills
            positions = await context.broker.get_positions()
            executions: list[Execution] = await context.broker.get_executions(since)
            findings.executions += await self._keeper.take_executions(executions)
            still = self._differences(positions)
            calm = before == self._keeper.fills and still == different
            different = still
            if calm:
                held = {row.symbol: row.quantity for row in positions}
                findings.executions += await self._totals.make_up(reports, held)
                if self._differences(positions):
                    longer = min(since, context.clock.now() - FIRST_LOOK_BACK)
                    executions = await context.broker.get_executions(longer)
                    findings.executions += await self._keeper.take_executions(executions)
                await self._write_down(self._differences(positions), findings)
                self._keeper.explain(held)
                break
        # where fills are still under way the rows stay as the fills known here have them
        busy = self._differences(positions)
        ours = [row for name, row in context.positions.items() if name in busy]
        self._keeper.take_positions([*(row for row in positions if row.symbol not in busy), *ours])

    async def _write_down(self, different: dict[str, tuple[Decimal, Decimal]], findings: _Findings) -> None:
        context = self._context
        for symbol, (held, explained) in different.items():
            sentence = (
                f"The broker holds {held} {symbol}, the journal explains {explained}. "
                "The broker's figure is used and the difference is written down."
            )
            findings.differences.append(sentence)
            left = self.unexplained.pop(symbol, ZERO) + held - explained
            if left:
                self.unexplained[symbol] = left
            await context.ledger.store.record_adjustment(
                PositionAdjustment(symbol, context.clock.now(), held - explained, "UNEXPLAINED", sentence)
            )

    async def _prime(self) -> None:
        """Begin from the newest stored snapshot and what executions moved since; without one the broker says later."""
        quantities = await self._snapshots.load()
        if quantities is not None:
            self._keeper.explain(quantities)
            self._primed = True

    def _differences(self, positions: list[Position]) -> dict[str, tuple[Decimal, Decimal]]:
        held = {row.symbol: row.quantity for row in positions}
        symbols = set(held) | set(self._keeper.explained_symbols)
        pairs = {name: (held.get(name, ZERO), self._keeper.explained(name)) for name in sorted(symbols)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    async def _keep(self, started: datetime, result: ReconcileFinished) -> None:
        context = self._context
        # before anything is awaited: fills that come meanwhile belong to the next snapshot
        rows, counted = list(context.positions.values()), self._snapshots.counted(result.at)
        store = context.ledger.store
        run = ReconcileRun(
            started,
            result.at,
            result.ok,
            result.orders_checked,
            result.executions_added,
            result.differences,
            result.reason,
        )
        try:
            if result.ok and context.account_key:
                await self._snapshots.save(rows, counted, result.at)
            await store.record_reconcile(run)
        except StoreError as error:
            context.tell(NoticeLevel.ERROR, "Journal", error.sentence)


def has_vanished(order: Order) -> bool:
    """True for an order that the broker had and does not know any more, until a person has decided what it is."""
    return order.state is OrderState.ATTENTION and order.reason == VANISHED
