"""Moving a working order on the chart: nothing leaves before it is let go, and only where keys are armed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderSource, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded, LegendError
from legend_desktop.domain.formatting import format_price
from legend_desktop.domain.money import Number
from legend_desktop.domain.orders import Order
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.action_router import Rehearsal
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.chart_lines import Move, order_price
from legend_desktop.viewmodels.second_press import SecondPress, press_enter_again


class Replaces(Protocol):
    """Who changes a working order."""

    async def replace_order(
        self,
        client_order_id: str,
        *,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        source: OrderSource = OrderSource.TICKET,
        confirmed: frozenset[str] = frozenset(),
    ) -> Order:
        """Ask for another price; raises ``LegendError`` where it is refused, ``ConfirmationNeeded`` where it asks."""
        ...


@dataclass(frozen=True, slots=True)
class MoveGuard:
    """What may stand against sending: rehearsal, locked keys, a window that stood still."""

    arming: Arming
    rehearsal: Rehearsal | None = None

    def refusal(self, order: Order, price: Decimal) -> str:
        """Why ``order`` is not moved to ``price``; empty where it may be."""
        would = f"move the {order.symbol} {order.intent.role.value} to {format_price(price)}"
        if self.rehearsal is not None and self.rehearsal.on:
            return f"Rehearsal: this would {would}. Nothing was sent."
        if not self.arming.armed:
            return f"This would {would}, but keys are locked. Arm them with Ctrl+Shift+A. Nothing was changed."
        if self.arming.stalled:
            return f"This would {would}, but the window stood still and its prices were old. Wait for a fresh quote."
        return ""


class OrderMoves:
    """At most one order under way from one price to another; ``move_now`` is what the chart draws of it.

    A change that asks for a second press waits where it was let go: letting go there once more sends it.
    """

    def __init__(
        self,
        book: OrderBook,
        trading: Replaces,
        supervisor: TaskSupervisor,
        guard: MoveGuard,
        clock: Clock,
        *,
        say: Callable[[str], object],
        changed: Callable[[], object],
    ) -> None:
        """``say`` takes a sentence for the person, ``changed`` hears that the move ended."""
        self._book = book
        self._trading = trading
        self._supervisor = supervisor
        self._guard = guard
        self._clock = clock
        self._second = SecondPress()
        self._question = ""
        self._say = say
        self._changed = changed
        self.move_now: Move | None = None

    def move(self, key: str, price: Decimal) -> None:
        """Take the order of the line ``key`` to ``price``; nothing is sent."""
        if self.move_now is None or not self.move_now.sending:
            self.move_now = Move(key.removeprefix("order."), price)

    def put_back(self) -> None:
        """Back to where it was, unless the change is on its way already."""
        if self.move_now is not None and not self.move_now.sending:
            self.move_now = None

    def forget(self) -> None:
        """Another symbol is shown; a change that was sent goes on."""
        self.move_now = None

    def release(self, key: str) -> None:
        """Send the change of the line ``key``, or put it back and say why."""
        move = self.move_now
        if move is None or move.sending or key != f"order.{move.client_order_id}":
            return
        order = self._book.get(move.client_order_id)
        before = None if order is None else order_price(order)
        if order is None or before is None or before == move.price:
            self.move_now = None
            return
        refusal = self._guard.refusal(order, move.price)
        if refusal:
            self.move_now = None
            self._say(refusal)
            return
        accepted = self._second.answer(move, self._clock.monotonic_ns())
        if accepted is None:
            self._say(self._question)
            return
        self._second.forget()
        self.move_now = sent = replace(move, sending=True)
        self._supervisor.start(self._change(order, before, sent, accepted), f"move {move.client_order_id}")

    async def _change(self, order: Order, before: Decimal, move: Move, accepted: frozenset[str]) -> None:
        terms = order.terms
        limit = move.price if terms.order_type is OrderType.LIMIT else None
        stop = None if terms.order_type is OrderType.LIMIT else move.price
        if terms.order_type is OrderType.STOP_LIMIT and terms.limit_price is not None:
            limit = terms.limit_price + (move.price - before)
        try:
            await self._trading.replace_order(
                order.client_order_id, limit_price=limit, stop_price=stop, source=OrderSource.CHART, confirmed=accepted
            )
        except ConfirmationNeeded as error:
            self._ask(move, error.checks | accepted, error.sentence)
        except LegendError as error:
            self._say(error.sentence)
        else:
            self._guard.arming.touch()
        finally:
            if self.move_now is move:
                self.move_now = None
            self._changed()

    def _ask(self, move: Move, checks: frozenset[str], sentence: str) -> None:
        """Leave the order's line where it was let go, until it is let go there once more or put back."""
        if self.move_now is not move:
            self._say(f"{sentence} Nothing was changed.")  # another symbol is shown by now
            return
        self.move_now = waiting = replace(move, sending=False)
        self._second.ask(waiting, checks, self._clock.monotonic_ns())
        self._question = f"{press_enter_again(sentence)}, Esc to leave the order where it is."
        self._say(self._question)
