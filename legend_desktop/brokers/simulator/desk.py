"""What the simulated broker has on its books: orders, executions, ids, and the news about them not yet told."""

from dataclasses import dataclass

from legend_desktop.brokers.base import OrderStreamEvent, OrderStreamKind
from legend_desktop.brokers.simulator.account_book import Booking
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.units import money, price, size, to_time
from legend_desktop.domain.enums import ExecutionKind, Liquidity, OrderSide
from legend_desktop.domain.executions import Execution

VENUE = "SIM"
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class BookedExecution:
    """An execution with what it did to the account; a bust has no effect of its own but takes another's back."""

    execution: Execution
    booking: Booking | None


def session_tag(micros: int) -> str:
    """A short mark of the moment an account was opened, so that execution ids never repeat across accounts."""
    value, digits = micros // 1_000, []
    while value:
        value, rest = divmod(value, 32)
        digits.append(_BASE32[rest])
    return "".join(reversed(digits)) or "0"


class Desk:
    """The books. ``now`` is the broker's time in microseconds and never steps back.

    ``outbox`` holds events not yet published, ``dirty`` the orders and ``fresh`` the executions not yet on disk.
    """

    def __init__(self, now: int) -> None:
        self.now = now
        self.tag = session_tag(now)
        self.orders: dict[str, SimOrder] = {}
        self.open: dict[str, SimOrder] = {}
        self.by_client: dict[str, str] = {}
        self.executions: list[BookedExecution] = []
        self.outbox: list[OrderStreamEvent] = []
        self.dirty: dict[str, SimOrder] = {}
        self.fresh: list[BookedExecution] = []
        self.order_count = 0
        self.execution_count = 0

    def next_order_id(self) -> str:
        """A fresh order id."""
        self.order_count += 1
        return f"S-{self.order_count:06d}"

    def _next_execution_id(self) -> str:
        self.execution_count += 1
        return f"{self.tag}-{self.execution_count:06d}"

    def add(self, order: SimOrder) -> None:
        """Take an order on the books."""
        self.orders[order.broker_id] = order
        if order.client_id:
            self.by_client[order.client_id] = order.broker_id
        if not order.state.is_terminal:
            self.open[order.broker_id] = order
        self.dirty[order.broker_id] = order

    def find(self, client_order_id: str) -> SimOrder | None:
        """The order with our id."""
        broker_id = self.by_client.get(client_order_id)
        return None if broker_id is None else self.orders[broker_id]

    def announce(self, kind: OrderStreamKind, order: SimOrder, execution: Execution | None = None) -> None:
        """Put the order as it now is into the outbox."""
        order.updated = self.now
        self.dirty[order.broker_id] = order
        self.outbox.append(OrderStreamEvent(kind, order.report(), to_time(self.now), execution))

    def record_fill(
        self, order: SimOrder, *, units: int, quantity: int, costs: tuple[int, int], liquidity: Liquidity
    ) -> Execution:
        """Make the execution of a fill; the caller books it and hands the effect to ``keep``."""
        at = to_time(self.now)
        return Execution(
            execution_id=self._next_execution_id(),
            symbol=order.symbol,
            side=order.terms.side,
            quantity=size(quantity),
            price=price(units),
            executed_at=at,
            received_at=at,
            client_order_id=order.client_id,
            broker_order_id=order.broker_id,
            venue=VENUE,
            liquidity=liquidity,
            commission=money(costs[0]),
            fees=money(costs[1]),
        )

    def record_amendment(
        self, original: Execution, kind: ExecutionKind, *, units: int, quantity: int, costs: tuple[int, int]
    ) -> Execution:
        """Make the row that busts or corrects ``original``."""
        at = to_time(self.now)
        return Execution(
            execution_id=self._next_execution_id(),
            symbol=original.symbol,
            side=original.side,
            quantity=size(quantity),
            price=price(units),
            executed_at=at,
            received_at=at,
            client_order_id=original.client_order_id,
            broker_order_id=original.broker_order_id,
            kind=kind,
            corrects_id=original.execution_id,
            venue=VENUE,
            liquidity=original.liquidity,
            commission=money(costs[0]),
            fees=money(costs[1]),
        )

    def keep(self, execution: Execution, booking: Booking | None) -> None:
        """File an execution."""
        row = BookedExecution(execution, booking)
        self.executions.append(row)
        self.fresh.append(row)

    def standing(self, execution_id: str) -> BookedExecution | None:
        """The filing of ``execution_id`` whose effect still stands: itself or its latest correction."""
        rows = [
            row for row in self.executions if execution_id in {row.execution.execution_id, row.execution.corrects_id}
        ]
        if not rows or rows[-1].execution.kind is ExecutionKind.BUST:
            return None
        return rows[-1]

    def open_quantity(self, symbol: str, side: OrderSide, *, without: SimOrder | None = None) -> int:
        """Shares that open orders of ``side`` may still fill, without exits of brackets and OCO pairs."""
        return sum(
            order.remaining
            for order in self.open.values()
            if order.symbol == symbol
            and order.terms.side is side
            and order is not without
            and (order.group is None or order.group.entry is order)
        )

    def reserved(self, without: SimOrder | None = None) -> int:
        """Buying power that open orders claim, in units."""
        return sum(order.reserved for order in self.open.values() if order is not without)
