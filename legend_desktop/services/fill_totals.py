"""Fills that the broker counts in an order and does not list: counted until it lists them.

A total alone is not believed, for a change of an order may carry the fills of what it replaced: the positions must
say the same. What is made up has an id that follows from the order and its total, so that reading the same answer
again adds nothing, and gives way to the true fills share by share as they come.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.executions import Execution, execution_from_total
from legend_desktop.domain.formatting import format_price, format_shares
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.services.position_keeper import PositionKeeper
from legend_desktop.services.trading_context import TradingContext


class FillTotals:
    """Compares what reports count with what executions explain."""

    def __init__(self, context: TradingContext, keeper: PositionKeeper) -> None:
        self._context = context
        self._keeper = keeper

    def short(self, reports: Sequence[OrderReport]) -> list[tuple[Order, OrderReport, Decimal]]:
        """Known orders of which a report counts more than their executions, each with the shares that are missing."""
        rows = []
        for report in reports:
            order = self._context.news.match(report)
            if order is None or report.average_fill_price is None:
                continue
            missing = report.filled_quantity - order.filled_quantity
            if missing > 0:
                rows.append((order, report, missing))
        return rows

    async def make_up(self, reports: Sequence[OrderReport], held: Mapping[str, Decimal]) -> int:
        """Count the missing fills of each symbol whose position they explain exactly; returns how many were made.

        ``held`` are the signed shares that the broker holds, asked for after the reports.
        """
        short = self.short(reports)
        made: list[Execution] = []
        for symbol in dict.fromkeys(order.symbol for order, _, _ in short):
            rows = [row for row in short if row[0].symbol == symbol]
            moved = sum((order.side.sign * missing for order, _, missing in rows), ZERO)
            if self._keeper.explained(symbol) + moved == held.get(symbol, ZERO):
                made.extend(row for order, report, _ in rows if (row := self._made(order, report)) is not None)
        for row in made:
            self._context.tell(
                NoticeLevel.INFO,
                "Reconciliation",
                f"The broker counts {format_shares(row.quantity)} {row.symbol} as filled and does not list the fill. "
                f"It is counted at {format_price(row.price, places=4)} until the broker lists it.",
            )
        return await self._keeper.take_executions(made)

    def _made(self, order: Order, report: OrderReport) -> Execution | None:
        if report.average_fill_price is None:
            return None
        template = Execution(
            execution_id="",
            symbol=order.symbol,
            side=order.side,
            quantity=ZERO,
            price=ZERO,
            executed_at=report.updated_at,
            received_at=self._context.clock.now(),
            client_order_id=order.client_order_id,
            broker_order_id=report.broker_order_id,
        )
        return execution_from_total(template, order.executions, report.filled_quantity, report.average_fill_price)
