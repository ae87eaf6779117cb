"""The trading floor: brings orders and ticks together, books the fills and keeps exits in step with their entry."""

from legend_desktop.brokers.base import OrderStreamKind
from legend_desktop.brokers.simulator.account_book import AccountBook, fill_costs
from legend_desktop.brokers.simulator.config import SimulatorConfig, StopTrigger
from legend_desktop.brokers.simulator.day import Day
from legend_desktop.brokers.simulator.desk import Desk
from legend_desktop.brokers.simulator.feed import SymbolFeed, TickSource
from legend_desktop.brokers.simulator.matching import (
    available,
    join_queue,
    resting_fill,
    stop_reached,
    take,
    trail_level,
)
from legend_desktop.brokers.simulator.sim_order import Group, SimOrder
from legend_desktop.domain.enums import Liquidity, OrderState, OrderType, TimeInForce


class Floor:
    """Matches the orders of ``desk`` against ``source`` and books into ``book``."""

    def __init__(self, config: SimulatorConfig, source: TickSource, desk: Desk, book: AccountBook, day: Day) -> None:
        self._config = config
        self._source = source
        self._desk = desk
        self._book = book
        self.day = day

    def may_match(self, order: SimOrder) -> bool:
        """True while the market is open for this order."""
        return self.day.regular or (self.day.extended and order.terms.extended_hours)

    # --- ticks

    def on_tick(self, feed: SymbolFeed, traded_at: int, traded: int) -> None:
        """Let every own order on ``feed`` see the tick."""
        if feed.halted:
            return
        used = 0
        for order in tuple(feed.orders):
            if order.state.is_terminal or not self.may_match(order):
                continue
            if order.is_stop:
                if self._watch_stop(feed, order, traded_at):
                    self._take(feed, order)
            elif order.limit == 0 or order.queue < 0:
                self._take(feed, order)
            else:
                got = resting_fill(feed, order, traded_at, traded, used)
                if got:
                    used += got
                    self.fill(order, order.limit, got, Liquidity.ADD)

    def enter(self, order: SimOrder) -> None:
        """An order has reached the market: it watches, takes what it can, and rests or is cancelled."""
        feed = self._source.feed(order.symbol)
        if order.state.is_terminal or order.held:
            return
        if feed.halted or not self.may_match(order):
            if order.immediate:
                self.end(order, OrderState.CANCELED, "The stock does not trade now.")
            return
        if order.queue >= 0 and not order.is_stop:
            # a cut in size kept its place in the line
            return
        by_quote = self._config.stop_trigger is StopTrigger.QUOTE
        if not order.is_stop or (by_quote and self._watch_stop(feed, order, 0)):
            self._take(feed, order)

    def admit(self, order: SimOrder) -> None:
        """Let an order look at its stock's market from now on."""
        feed = self._source.feed(order.symbol)
        if order not in feed.orders:
            feed.orders.append(order)
        if order.terms.order_type is OrderType.TRAILING_STOP and not order.extreme:
            by_trade = self._config.stop_trigger is StopTrigger.TRADE
            far = feed.ask if order.buy else feed.bid
            order.trail_from((feed.last if by_trade else far) or feed.mark, feed.tick)

    def _watch_stop(self, feed: SymbolFeed, order: SimOrder, traded_at: int) -> bool:
        """Ratchet and check a stop; true where it went off."""
        mode = self._config.stop_trigger
        if stop_reached(feed, order, traded_at, mode):
            order.triggered = True
            self._desk.announce(OrderStreamKind.TRIGGERED, order)
            return True
        if order.terms.order_type is OrderType.TRAILING_STOP:
            level = trail_level(feed, order, traded_at, mode)
            if level and order.trail_from(level, feed.tick):
                self._desk.announce(OrderStreamKind.TRAILED, order)
        return False

    def _take(self, feed: SymbolFeed, order: SimOrder) -> None:
        depth = self._config.depth_levels
        if order.terms.time_in_force is TimeInForce.FOK:
            there = available(feed, buy=order.buy, limit=order.limit, depth=depth)
            if there < order.remaining:
                self.end(order, OrderState.CANCELED, "Not all of it could fill at once.")
                return
        for units, quantity in take(feed, buy=order.buy, limit=order.limit, wanted=order.remaining, depth=depth):
            self.fill(order, units, quantity, Liquidity.REMOVE)
        if order.state.is_terminal:
            return
        if order.immediate:
            self.end(order, OrderState.CANCELED, "What could not fill at once is cancelled.")
        elif order.limit:
            join_queue(feed, order)

    def auction(self, order: SimOrder) -> None:
        """Fill an auction order in one piece at the last price, or cancel it where its limit forbids that."""
        feed = self._source.feed(order.symbol)
        units = feed.last or feed.mark
        passed = order.limit and (units > order.limit if order.buy else units < order.limit)
        if feed.halted or not units or passed:
            self.end(order, OrderState.CANCELED, "The auction gave no fill.")
        else:
            self.fill(order, units, order.remaining, Liquidity.UNKNOWN)

    # --- fills

    def fill(self, order: SimOrder, units: int, quantity: int, liquidity: Liquidity) -> None:
        """Book a fill, tell of it, and move the order's bracket on."""
        costs = fill_costs(self._config.fees, buy=order.buy, quantity=quantity, units=units, first=not order.charged)
        order.charged = True
        booking = self._book.book(order.symbol, order.sign * quantity, units, sum(costs))
        order.filled += quantity
        order.value += quantity * units
        if not order.state.is_terminal:
            order.state = OrderState.FILLED if order.remaining <= 0 else OrderState.PARTIAL
            if order.state is OrderState.FILLED:
                self._leave(order)
        execution = self._desk.record_fill(order, units=units, quantity=quantity, costs=costs, liquidity=liquidity)
        self._desk.keep(execution, booking)
        self._desk.announce(OrderStreamKind.EXECUTION, order, execution)
        if order.group is not None:
            self._after_group_fill(order.group, order, quantity)
        if order.overfill and order.state is OrderState.FILLED:
            extra, order.overfill = order.overfill, 0
            self.fill(order, units, extra, liquidity)

    def end(self, order: SimOrder, state: OrderState, reason: str = "") -> None:
        """Close an order that is open; an entry that ends unfilled takes its exits with it."""
        if order.state.is_terminal:
            return
        order.state = state
        order.reason = reason or order.reason
        order.held = order.waiting = False
        self._leave(order)
        self._desk.announce(OrderStreamKind.STATUS, order)
        group = order.group
        if group is not None and group.entry is order and group.base == 0 and state is not OrderState.REPLACED:
            for leg in tuple(group.members):
                self.end(leg, OrderState.CANCELED, "Its entry ended without a fill.")

    def _leave(self, order: SimOrder) -> None:
        self._desk.open.pop(order.broker_id, None)
        orders = self._source.feed(order.symbol).orders
        if order in orders:
            orders.remove(order)

    # --- brackets and OCO pairs

    def _after_group_fill(self, group: Group, order: SimOrder, quantity: int) -> None:
        if group.entry is order:
            group.base += quantity
            for leg in tuple(group.members):
                self.size_leg(group, leg)
            return
        group.filled += quantity
        for leg in tuple(group.members):
            if leg is order or leg.state.is_terminal:
                continue
            if order.cap is not None and leg.cap is not None:
                # both were made smaller than their bracket: they share the smaller quantity, too
                leg.cap -= quantity
            if group.remaining <= 0 or (leg.cap is not None and leg.cap <= leg.filled):
                self.end(leg, OrderState.CANCELED, "OCO: the other exit filled.")
            else:
                self.size_leg(group, leg)
        if group.remaining <= 0 and group.entry is not None and group.entry_open:
            self.end(group.entry, OrderState.CANCELED, "Its exit closed the position.")

    def size_leg(self, group: Group, leg: SimOrder) -> None:
        """Give an exit the quantity that is to be got out of now; a held one begins to work."""
        if leg.state.is_terminal or group.remaining <= 0:
            return
        wanted = leg.filled + group.remaining
        changed = leg.resize(wanted if leg.cap is None else min(wanted, leg.cap))
        if leg.held:
            leg.held = False
            self.open_up(leg)
            changed = True
        if changed:
            self._desk.announce(OrderStreamKind.STATUS, leg)

    def open_up(self, order: SimOrder) -> None:
        """Let an accepted order work, or wait where the market is closed for it."""
        order.waiting = not self.may_match(order)
        order.state = OrderState.ACCEPTED if order.waiting else OrderState.WORKING
        self.admit(order)
