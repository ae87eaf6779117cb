"""Looks at open orders over and over while the order stream is away but the broker answers: a poor stream by asking.

A stream may stay away for long where everything else works, as when another program holds the only one of a key. Fills
and confirmed cancels must not wait for it.
"""

from collections.abc import Callable
from datetime import timedelta

from legend_desktop.domain.enums import ConnectionState, Pending
from legend_desktop.domain.errors import LegendError
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.trading_context import TradingContext

LOOK_SECONDS = 2.0
QUIET_LOOKS = 3
"""How many looks lie between two questions while no order waits for an answer."""
BEFORE = timedelta(minutes=1)


class StreamStandIn:
    """Asks for one account. ``look`` asks once."""

    def __init__(self, context: TradingContext, keeper: PositionKeeper) -> None:
        self._context = context
        self._keeper = keeper
        self._looks = 0

    async def watch(self, state: Callable[[], ConnectionState]) -> None:
        """Ask for ever while ``state()`` is ``LOST``: often where an order waits for an answer, else less."""
        while True:
            await self._context.clock.sleep(LOOK_SECONDS)
            if state() is not ConnectionState.LOST:
                continue
            self._looks += 1
            open_now = self._context.book.open_orders()
            waits = any(row.pending is not Pending.NONE for row in open_now)
            if waits or (open_now and self._looks % QUIET_LOOKS == 0):
                await self.look()

    async def look(self) -> None:
        """Take in what the broker's lists say of the open orders; a list that cannot be read says nothing."""
        context = self._context
        began = context.clock.now()
        since = min(row.intent.created_at for row in context.book.open_orders()) - BEFORE
        try:
            reports = await context.broker.get_orders(since=since)
            for report in reports:
                order = context.news.match(report)
                if order is not None and not (order.last_event_at is not None and order.last_event_at > began):
                    await context.ledger.learn(context.news.from_report(report, context.clock.now()))
            await self._keeper.catch_up(since)
        except LegendError:
            return
        except Exception as error:  # noqa: BLE001  the next look may be readable; orders in the book are untouched
            context.supervisor.report(error, "orders without a stream")
