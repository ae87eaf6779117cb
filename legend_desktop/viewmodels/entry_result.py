"""What Order entry shows of the order that was sent: read from its state, from the market and from what it cost."""

from collections.abc import Callable

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import PositionRisk, assess_position
from legend_desktop.domain.positions import Position
from legend_desktop.services.execution_analytics import ExecutionMetrics
from legend_desktop.services.own_costs import OwnCosts, UsualAnswer, UsualCost
from legend_desktop.services.trading_context import TradingContext
from legend_desktop.viewmodels import entry_rows, order_progress
from legend_desktop.viewmodels.entry_rows import Row
from legend_desktop.viewmodels.entry_state import EntryState
from legend_desktop.viewmodels.order_progress import BadgeWords, Step
from legend_desktop.viewmodels.order_sending import OrderSending
from legend_desktop.viewmodels.worst_case import opens, worst_case

MetricsOf = Callable[[str], ExecutionMetrics | None]


class EntryResult:
    """Words and rows for the states after the press."""

    def __init__(
        self,
        sending: OrderSending,
        context: TradingContext,
        clock: Clock,
        metrics_of: MetricsOf,
        own_costs: OwnCosts | None,
    ) -> None:
        self._sending = sending
        self._context = context
        self._clock = clock
        self._metrics_of = metrics_of
        self._own = own_costs
        self._usual_cost: tuple[str, UsualCost] = ("", UsualCost())
        self._usual_answer: tuple[int, UsualAnswer] = (-1, UsualAnswer())

    @property
    def order(self) -> Order | None:
        """The order that was sent."""
        return self._sending.order

    @property
    def headline(self) -> str:
        """The order, or what became of it, as a sentence."""
        order, press = self.order, self._sending.press
        if order is not None:
            return order_progress.headline_of(order)
        return press.preview.sentence if press is not None and press.preview is not None else ""

    @property
    def terms(self) -> str:
        """Planned exits and life of the order."""
        return order_progress.terms_sentence(self.order) if self.order is not None else ""

    @property
    def badge(self) -> BadgeWords:
        """The short word beside the symbol."""
        state = self._sending.state or EntryState.SENDING
        return order_progress.badge_of(state, self.order, self._sending.waited)

    @property
    def steps(self) -> list[Step]:
        """The stamps; none once the order is done."""
        sending = self._sending
        if sending.state is None or sending.state is EntryState.DONE:
            return []
        return order_progress.steps_of(
            sending.press,
            broker=self._context.broker_name,
            state=sending.state,
            usual=self.usual_answer,
            search=sending.search,
            next_try=sending.next_try_seconds,
        )

    @property
    def doubt(self) -> tuple[str, str]:
        """Title and sentence of the hatched frame; empty while nothing is in doubt."""
        if self._sending.state is not EntryState.UNKNOWN:
            return "", ""
        return order_progress.doubt_words(self.order, self._context.broker_name, deciding=self._sending.deciding)

    @property
    def rows(self) -> list[Row]:
        """The figures of the present state."""
        order, state, press = self.order, self._sending.state, self._sending.press
        preview = press.preview if press is not None else None
        if order is None or state is EntryState.SENDING:
            return entry_rows.sending_rows(preview)
        if state is EntryState.UNKNOWN:
            return entry_rows.unknown_rows(order, worst_case(order, self._context.quotes), self.position)
        if state is EntryState.WORKING:
            return entry_rows.working_rows(order, preview)
        metrics = self._metrics_of(order.client_order_id)
        measured = metrics if metrics is not None and metrics.benchmark_price is not None else None
        return entry_rows.done_rows(order, measured, self._usual(order, measured), self._context.account)

    @property
    def exit_rows(self) -> list[Row]:
        """The exits with their state, once shares are there to exit."""
        return entry_rows.exit_order_rows(self.exits) if self._sending.state is EntryState.DONE else []

    @property
    def reference(self) -> str:
        """The order's own number, for the broker's page or telephone; empty unless it is in doubt."""
        unknown = self._sending.state is EntryState.UNKNOWN
        return self.order.client_order_id if self.order is not None and unknown else ""

    @property
    def fills(self) -> list[Execution]:
        """The executions that stand, oldest first."""
        return self.order.fills if self.order is not None else []

    @property
    def exits(self) -> list[Order]:
        """The exits that went with the entry, and those placed for the position since."""
        order = self.order
        if order is None or not opens(order):
            return []
        rows = {row.client_order_id: row for row in self._sending.orders[1:]}
        for other in self._context.book.open_orders(order.symbol):
            if not opens(other) and other.side is order.side.opposite:
                rows.setdefault(other.client_order_id, other)
        working = [row for row in rows.values() if row.is_open or row.filled_quantity > 0]
        return working or list(rows.values())

    @property
    def note(self) -> str:
        """The calm sentence under the figures: a slow answer, or how the shares are protected."""
        sending, order, broker = self._sending, self.order, self._context.broker_name
        if sending.state is EntryState.SENDING:
            return order_progress.slow_sentence(sending.waited, self.usual_answer, broker)
        if sending.state is EntryState.UNKNOWN:
            return "Counted in every limit until it is proven absent."
        if sending.state is EntryState.DONE and order is not None:
            return order_progress.protection_sentence(order, self.exits, self._risk, broker)
        return ""

    @property
    def position(self) -> Position | None:
        """What is held in the order's symbol now."""
        return self._context.positions.get(self.order.symbol) if self.order is not None else None

    @property
    def can_manage(self) -> bool:
        """True where a position of the order's side is there to close or protect."""
        order, position = self.order, self.position
        return order is not None and position is not None and position.side is order.side

    @property
    def usual_answer(self) -> UsualAnswer:
        """How long the broker usually takes; counted anew when another order was pressed."""
        press = self._sending.press
        key = press.ns if press is not None else -1
        if self._own is not None and self._usual_answer[0] != key:
            self._usual_answer = (key, self._own.usual_answer())
        return self._usual_answer[1]

    @property
    def _risk(self) -> PositionRisk | None:
        position, book = self.position, self._context.book
        if position is None:
            return None
        waiting = book.waiting_exits(position.symbol)
        return assess_position(position, book.open_orders(position.symbol), waiting=waiting)

    def _usual(self, order: Order, measured: ExecutionMetrics | None) -> UsualCost:
        if self._own is None or measured is None:
            return UsualCost()
        if self._usual_cost[0] != order.client_order_id:
            found = self._own.usual_cost(order.symbol, without=order.client_order_id)
            self._usual_cost = (order.client_order_id, found)
        return self._usual_cost[1]
