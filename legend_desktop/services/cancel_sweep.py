"""One press of a cancel verb: asks for everything in the way, and asks again until the broker shows nothing open."""

from datetime import datetime, timedelta

from legend_desktop.domain.enums import OrderSide, OrderState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.cancels import CancelAnswer, request_cancel
from legend_desktop.services.previews import KillReport
from legend_desktop.services.trading_core import TradingCore

SECONDS = 30.0
PAUSE_SECONDS = 0.1
AGAIN = timedelta(seconds=2)


class CancelSweep:
    """Cancels the orders of ``symbol`` and ``side`` (``None``: all of them). Use ``run`` once."""

    def __init__(self, core: TradingCore, symbol: str | None, side: OrderSide | None) -> None:
        self._core = core
        self._symbol = symbol
        self._side = side
        self._seen: dict[str, None] = {}
        self._asked_until: dict[str, datetime] = {}
        self._gone: set[str] = set()
        self._not_seen = ""
        self._bulk = symbol is None and side is None and core.context.broker.capabilities.cancel_all

    async def run(self) -> KillReport:
        """Cancel, wait for the confirmations, look again; what is left after half a minute is named."""
        clock = self._core.context.clock
        ends = clock.now() + timedelta(seconds=SECONDS)
        while True:
            await self._ask_for(self._in_the_way())
            if not self._in_the_way() and await self._nothing_open_there() and not self._in_the_way():
                break
            if clock.now() >= ends:
                break
            await clock.sleep(PAUSE_SECONDS)
        left = self._in_the_way()
        residue = [
            f"{row.side.value.capitalize()} {format_shares(row.quantity)} {row.symbol} may still be open "
            f"({row.state.value})."
            for row in left
        ]
        if not left and self._not_seen:
            residue.append(f"Whether anything else is open could not be seen. {self._not_seen}")
        return KillReport(len(self._seen), len(self._seen) - len(left), tuple(residue))

    def _in_the_way(self) -> list[Order]:
        """Open orders that may still fill; an overfilled one has nothing left that could."""
        rows = [
            row
            for row in self._core.context.book.open_orders(self._symbol)
            if self._side in {None, row.side}
            and row.state is not OrderState.INTENT
            and row.client_order_id not in self._gone
            and not (row.state is OrderState.ATTENTION and row.remaining_quantity == 0)
        ]
        self._seen.update(dict.fromkeys(row.client_order_id for row in rows))
        return rows

    async def _ask_for(self, rows: list[Order]) -> None:
        """Ask for those that were not asked for in the last two seconds; an unknown order is looked up first."""
        now = self._core.context.clock.now()
        due = [row for row in rows if self._asked_until.get(row.client_order_id, now) <= now]
        for row in due:
            self._asked_until[row.client_order_id] = now + AGAIN
            if row.state is OrderState.UNKNOWN:
                await self._core.resolver.ask_now(row.client_order_id)
        due = [row for row in (self._now(row) for row in due) if row.is_open and row.broker_order_id is not None]
        if due and self._bulk:
            self._bulk = False
            due = await self._ask_for_all(due)
        for row in due:
            await self._ask_for_one(row)

    async def _ask_for_all(self, rows: list[Order]) -> list[Order]:
        """One request for everything; returns the orders that have to be asked for by themselves after all."""
        context = self._core.context
        kind = OrderEventKind.CANCEL_SENT
        await context.ledger.learn([context.event(row, kind, origin="user") for row in rows])
        try:
            await context.broker.cancel_all_orders()
        except LegendError as error:
            context.tell(NoticeLevel.WARNING, "Stop", f"{error.sentence} Each order is cancelled by itself.")
            return rows
        return []

    async def _ask_for_one(self, row: Order) -> None:
        context = self._core.context
        if not self._now(row).is_open:
            return
        answer = await request_cancel(context, row, tries=1)
        if answer is CancelAnswer.TAKEN:
            return
        try:
            report = await context.broker.get_order(row.broker_order_id or "")
        except LegendError:
            return
        if report is not None:
            await context.ledger.learn(context.news.from_report(report, context.clock.now()))
        works = report is not None and (report.state is None or not report.state.is_terminal)
        if not works and self._now(row).state is OrderState.ATTENTION:
            # a person has to decide what it was; at the broker nothing of it can fill any more
            self._gone.add(row.client_order_id)

    async def _nothing_open_there(self) -> bool:
        """A fresh look at the broker, which may hold orders that nobody here knows of; false where it failed."""
        context = self._core.context
        try:
            reports = await context.broker.get_orders(open_only=True)
        except LegendError as error:
            self._not_seen = error.sentence
            await context.clock.sleep(AGAIN.total_seconds())
            return False
        self._not_seen = ""
        for report in reports:
            await context.ledger.learn(context.news.from_report(report, context.clock.now()))
        return True

    def _now(self, row: Order) -> Order:
        return self._core.context.book.get(row.client_order_id) or row
