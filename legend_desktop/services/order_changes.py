"""Changing a working order: the gate first, as for a new order, then the send.

A check that asks holds a change back until the person accepts it. Only an exit that must be made smaller goes out
unasked: it keeps a close or a cut position from being turned over.
"""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSource, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded, OrderDenied
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.change_checks import check_changeable
from legend_desktop.services.entries import verdict_texts
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.trading_core import TradingCore


class OrderChanges:
    """Changes working orders of one account."""

    def __init__(self, core: TradingCore) -> None:
        self._core = core

    def check(self, order: Order, terms: OrderTerms, confirmed: frozenset[str]) -> tuple[Verdict, ...]:
        """The verdicts on ``order`` taking ``terms``; nothing is sent.

        Raises ``OrderDenied`` where it cannot be, and ``ConfirmationNeeded`` with every verdict where a check asks that
        is not among ``confirmed``.
        """
        verdicts = self._verdicts(order, terms)
        asking = [row for row in verdicts if row.outcome is Outcome.CONFIRM and row.check not in confirmed]
        if asking:
            raise ConfirmationNeeded(asking[0].sentence, code=asking[0].check, verdicts=verdicts)
        return verdicts

    async def change(self, order: Order, terms: OrderTerms, *, source: OrderSource, confirmed: frozenset[str]) -> Order:
        """Change price or quantity; returns the order that works afterwards. Raises as ``check``."""
        return await self._send(order, terms, self.check(order, terms, confirmed), source)

    async def shrink(self, order: Order, quantity: Decimal, *, source: OrderSource) -> Order:
        """Make an exit smaller, whatever asks. Raises ``OrderDenied``."""
        terms = replace(order.terms, quantity=quantity)
        return await self._send(order, terms, self._verdicts(order, terms), source)

    def _verdicts(self, order: Order, terms: OrderTerms) -> tuple[Verdict, ...]:
        check_changeable(self._core.context, order)
        is_exit = order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only
        stop, target = (None, None) if is_exit else planned_exits(self._core.context.book, order)
        verdicts = self._core.planner.check(
            terms,
            planned_stop=stop,
            planned_target=target,
            reduce_only=is_exit,
            is_replace=True,
            replacing=order,
        )
        denied = [row for row in verdicts if row.outcome is Outcome.DENY]
        if denied:
            raise OrderDenied(denied[0].sentence, code=denied[0].check, verdicts=verdicts)
        return verdicts

    async def _send(self, order: Order, terms: OrderTerms, verdicts: tuple[Verdict, ...], source: OrderSource) -> Order:
        core = self._core
        successor = core.intents.intent(
            terms,
            source=source,
            label=order.intent.label,
            role=order.intent.role,
            plan=order.intent.plan,
            parent_id=order.intent.parent_id,
            oco_group=order.intent.oco_group,
            replaces_id=order.client_order_id,
            reduce_only=order.intent.reduce_only,
        )
        core.planner.sends.add(terms, is_exit=True)
        return await core.sender.send_replace(order, successor, verdict_texts(verdicts))


def planned_exits(book: OrderBook, entry: Order) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target that wait for ``entry``, as they stand now; those of its plan where it was sent without legs.

    The legs name the order that they were sent with, so the orders whose place the entry took are looked at too.
    """
    first: Order | None = entry
    legs: list[Order] = []
    while first is not None:
        legs += book.legs_of(first.client_order_id)
        first = book.get(first.intent.replaces_id) if first.intent.replaces_id else None
    if not legs:
        plan = entry.intent.plan
        return (plan.stop_loss_price, plan.take_profit_price) if plan is not None else (None, None)
    working = [row for row in legs if row.is_open]
    stops = [row.stop_trigger for row in working if row.terms.order_type is not OrderType.LIMIT]
    targets = [row.terms.limit_price for row in working if row.terms.order_type is OrderType.LIMIT]
    return next(iter(reversed(stops)), None), next(iter(reversed(targets)), None)
