"""What happens at the broker and in the market without being asked for: for faults, rehearsals and tests.

Everything here goes through the same books as a real event: account, orders, executions and streams agree afterwards.
"""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.brokers.simulator.account_book import fill_costs
from legend_desktop.brokers.simulator.engine import ACCOUNT_ID, Engine
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.units import to_time, to_units
from legend_desktop.domain.enums import BrokerType, ExecutionKind, Liquidity, OrderSide, OrderState, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.orders import OrderIntent, OrderTerms


class Backstage:
    """Levers behind the scene of one simulated broker. The news goes out when the engine next runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- the market

    def post_quote(
        self, symbol: str, bid: Decimal, ask: Decimal, *, bid_size: int = 1_000, ask_size: int = 1_000
    ) -> None:
        """Put up a quote for ``symbol`` and let the orders see it."""
        feed = self._feed(symbol)
        feed.show(to_units(bid), to_units(ask), bid_size, ask_size)
        self._engine.on_tick(feed, 0, 0)

    def post_trade(self, symbol: str, price: Decimal, size: int = 100) -> None:
        """Let ``size`` shares of ``symbol`` trade at ``price``."""
        feed = self._feed(symbol)
        feed.last, feed.last_size = to_units(price), size
        feed.volume += size
        self._engine.on_tick(feed, feed.last, size)

    def halt(self, symbol: str, *, halted: bool = True) -> None:
        """Stop or resume trading in ``symbol``."""
        feed = self._feed(symbol)
        feed.halted = halted
        self._engine.on_tick(feed, 0, 0)

    def _feed(self, symbol: str) -> SymbolFeed:
        feed = self._engine.source.feed(symbol)
        feed.ts = self._engine.desk.now
        feed.quote = None
        return feed

    # --- orders

    def place_elsewhere(self, terms: OrderTerms) -> str:
        """An order placed on the same account by another program; returns its broker id. Raises ``OrderRefused``."""
        desk = self._engine.desk
        intent = OrderIntent(
            client_order_id=f"WEB-{desk.order_count + 1}",
            broker=BrokerType.SIMULATOR,
            mode=TradingMode.PAPER,
            account_id=ACCOUNT_ID,
            terms=terms,
            created_at=to_time(desk.now),
        )
        order = self._engine.submit(intent)
        order.role = None
        return order.broker_id

    def cancel_elsewhere(self, broker_order_id: str) -> None:
        """The order is cancelled on the broker's own page. Raises ``OrderRefused``."""
        self._engine.cancel(broker_order_id)

    def reject(self, broker_order_id: str, words: str) -> None:
        """The market throws an accepted order out."""
        self._engine.floor.end(self._order(broker_order_id), OrderState.REJECTED, words)

    def fill(self, broker_order_id: str, quantity: int, price: Decimal | None = None) -> None:
        """A fill of ``quantity`` at ``price`` (else the touch), whatever the order's state: late and over fills too."""
        order = self._order(broker_order_id)
        feed = self._engine.source.feed(order.symbol)
        units = to_units(price) if price is not None else (feed.ask if order.buy else feed.bid) or feed.mark
        self._engine.floor.fill(order, units, quantity, Liquidity.REMOVE)

    def overfill(self, broker_order_id: str, quantity: int) -> None:
        """Once it is filled the order gets ``quantity`` shares too many."""
        self._order(broker_order_id).overfill = quantity

    def tell_strange_word(self, broker_order_id: str, word: str, reads: int = 1) -> None:
        """The order's status is told as ``word`` on the stream and for the next ``reads`` reads."""
        order = self._order(broker_order_id)
        order.strange_word, order.strange_reads = word, reads
        self._engine.desk.announce(OrderStreamKind.STATUS, order)

    # --- executions

    def bust(self, execution_id: str) -> None:
        """The exchange breaks a fill: shares, cash and profit go back; the order does not work again."""
        original, order = self._take_back(execution_id)
        desk = self._engine.desk
        row = desk.record_amendment(
            original, ExecutionKind.BUST, units=to_units(original.price), quantity=int(original.quantity), costs=(0, 0)
        )
        desk.keep(row, None)
        self._tell_amendment(order, row)

    def correct(self, execution_id: str, *, price: Decimal | None = None, quantity: int | None = None) -> None:
        """The exchange corrects price or quantity of a fill."""
        original, order = self._take_back(execution_id)
        shares = int(original.quantity) if quantity is None else quantity
        units = to_units(original.price if price is None else price)
        buy = original.side is OrderSide.BUY
        costs = fill_costs(self._engine.config.fees, buy=buy, quantity=shares, units=units, first=False)
        booking = self._engine.book.book(order.symbol, original.side.sign * shares, units, sum(costs))
        order.filled += shares
        order.value += shares * units
        desk = self._engine.desk
        row = desk.record_amendment(original, ExecutionKind.CORRECTION, units=units, quantity=shares, costs=costs)
        desk.keep(row, booking)
        self._tell_amendment(order, row)

    def _take_back(self, execution_id: str) -> tuple[Execution, SimOrder]:
        desk = self._engine.desk
        standing = desk.standing(execution_id)
        if standing is None or standing.booking is None:
            raise InvalidInput(f"There is no standing execution {execution_id}.")
        self._engine.book.undo(standing.booking)
        order = self._order(standing.execution.broker_order_id)
        shares = int(standing.execution.quantity)
        order.filled -= shares
        order.value -= shares * to_units(standing.execution.price)
        return replace(standing.execution, execution_id=execution_id), order

    def _tell_amendment(self, order: SimOrder, row: Execution) -> None:
        if order.state is OrderState.FILLED and order.remaining > 0:
            order.state = OrderState.CANCELED
        elif order.state is OrderState.PARTIAL and not order.filled:
            order.state = OrderState.WORKING
        self._engine.desk.announce(OrderStreamKind.EXECUTION, order, row)

    def _order(self, broker_order_id: str) -> SimOrder:
        order = self._engine.desk.orders.get(broker_order_id)
        if order is None:
            raise InvalidInput(f"There is no order {broker_order_id}.")
        return order
