"""The simulated broker without its wire: commands change the books, ``run`` lets time and market pass.

A change makes a successor order with an id of its own. The quantity asked for is the total: it counts what the replaced
order had filled when the change arrived, so a fill under way can never make the chain too large. The successor's report
tells the quantity that is left for it, and its fills begin at zero. An exit never works for more than its bracket still
has to get out of, and while the entry is open it follows the entry, whatever is asked.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from legend_desktop.brokers.base import OrderStreamKind, UnknownSymbol
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.brokers.simulator import checks
from legend_desktop.brokers.simulator.account_book import AccountBook
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.day import Bell, day_at, is_weekday
from legend_desktop.brokers.simulator.desk import Desk
from legend_desktop.brokers.simulator.feed import SymbolFeed, TickSource
from legend_desktop.brokers.simulator.floor import Floor
from legend_desktop.brokers.simulator.sim_order import Group, SimOrder
from legend_desktop.brokers.simulator.symbols import canonical, refuse_slip
from legend_desktop.brokers.simulator.units import size, to_time, to_units
from legend_desktop.domain.enums import OrderState, TimeInForce
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from legend_desktop.domain.session import trading_day

ACCOUNT_ID = "SIM-0001"
_NO_LIMIT = 1 << 60
_R = RefusalReason
_ENDS = {TimeInForce.OPG: Bell.OPEN, TimeInForce.CLS: Bell.CLOSE}


class Engine:
    """Orders, account and market of one simulated account; ``now`` in microseconds since 1970."""

    def __init__(self, config: SimulatorConfig, source: TickSource, now: int) -> None:
        self.config = config
        self.source = source
        self.desk = Desk(now)
        self.book = AccountBook(to_units(config.starting_cash), self._date(now))
        self.floor = Floor(config, source, self.desk, self.book, day_at(now, config.market_hours))
        self._arrivals: list[SimOrder] = []
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._timer_count = 0
        self._dice = random.Random(f"{config.seed} refusals")

    @staticmethod
    def _date(now: int) -> date:
        return trading_day(to_time(now))

    # --- time

    def run(self, until: int, limit: int = _NO_LIMIT) -> int:
        """Let the market pass to ``until``, at most ``limit`` ticks of it; returns how many ticks there were."""
        self._enter_arrivals()
        done = 0
        while True:
            stop = min(until, self.floor.day.bell_at, self._timers[0][0] if self._timers else until)
            done += self.source.run(stop, limit - done, self.on_tick)
            if done >= limit:
                return done
            self.desk.now = max(self.desk.now, stop)
            while self._timers and self._timers[0][0] <= stop:
                heapq.heappop(self._timers)[2]()
            if self.floor.day.bell_at <= stop:
                self._ring(self.floor.day.next_bell, stop)
            self._enter_arrivals()
            if stop >= until:
                return done

    def set_time(self, now: int) -> None:
        """A command comes in at ``now``."""
        self.desk.now = max(self.desk.now, now)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do ``action`` at the broker in ``seconds`` of its own time."""
        self._timer_count += 1
        heapq.heappush(self._timers, (self.desk.now + int(seconds * 1e6), self._timer_count, action))

    def on_tick(self, feed: SymbolFeed, units: int, shares: int) -> None:
        """The feed has changed: count the trade, tell who watches, and let the orders see it."""
        self.desk.now = max(self.desk.now, feed.ts)
        if shares:
            feed.bars.add(feed.ts, units, shares)
        if feed.watchers:
            quote = feed.to_quote()
            for watcher in feed.watchers:
                watcher.push(quote)
        if feed.orders:
            self.floor.on_tick(feed, units, shares)

    def _enter_arrivals(self) -> None:
        while self._arrivals:
            arrived, self._arrivals = self._arrivals, []
            for order in arrived:
                self.floor.enter(order)

    def _ring(self, bell: Bell, now: int) -> None:
        day = self.floor.day = day_at(now, self.config.market_hours)
        if bell in {Bell.OPEN, Bell.CLOSE} and is_weekday(now):
            for order in list(self.desk.open.values()):
                if _ENDS.get(order.terms.time_in_force) is bell and not order.held:
                    self.floor.auction(order)
        self.expire()
        if day.regular or day.extended:
            for order in list(self.desk.open.values()):
                if order.waiting and self.floor.may_match(order):
                    order.waiting = False
                    order.state = OrderState.PARTIAL if order.filled else OrderState.WORKING
                    self.desk.announce(OrderStreamKind.STATUS, order)
                    self._arrivals.append(order)
        if bell is Bell.MIDNIGHT:
            self.begin_day()

    def expire(self) -> None:
        """End the day orders whose time is over."""
        for order in list(self.desk.open.values()):
            if order.expires is not None and order.expires <= self.desk.now:
                self.floor.end(order, OrderState.EXPIRED, "The trading day has ended.")

    def begin_day(self) -> None:
        """Start new day figures where New York has a new date."""
        today = self._date(self.desk.now)
        if today != self.book.day:
            self.book.begin_day(today, self.marks())

    def marks(self) -> dict[str, int]:
        """What a share of each holding is worth now, in units; its cost where nobody quotes it yet."""
        return {
            symbol: self.source.feed(symbol).mark or row.cost // row.quantity
            for symbol, row in self.book.holdings.items()
        }

    def listed(self, symbol: str) -> SymbolFeed:
        """The feed of a symbol that somebody asks for. Raises ``UnknownSymbol``.

        A symbol that looks like a slip is refused, unless it is quoted already: a replay and an account know their own.
        """
        wanted = canonical(symbol)
        if self.config.replay_path is None and wanted not in self.source.feeds and wanted not in self.book.holdings:
            refuse_slip(wanted)
        return self.source.feed(wanted)

    # --- commands

    def submit(self, intent: OrderIntent) -> SimOrder:
        """Take one order; raises ``OrderRefused``. It meets the market when ``run`` is called next."""
        self._check(intent)
        return self._accept(intent)

    def submit_bracket(self, bracket: Bracket) -> list[SimOrder]:
        """Take an entry and its exits, which are held until it fills: all of them or none."""
        problems = bracket.problems()
        if problems:
            raise checks.bad_terms(problems[0])
        entry, exits = bracket.entry, [leg for leg in bracket.legs if leg is not bracket.entry]
        self._check(entry)
        for leg in exits:
            self._check_exit(leg)
            checks.check_exit_terms(leg.terms, entry.terms)
        known = {leg.client_order_id for leg in bracket.legs}
        if len(known) < len(bracket.legs):
            raise checks.refusal("two legs have the same client order id", _R.DUPLICATE)
        first = self._accept(entry)
        group = Group(exits[0].oco_group or f"G-{first.broker_id}" if exits else first.broker_id, entry=first)
        first.group = group
        return [first, *(self._accept(leg, group=group, parent=first) for leg in exits)]

    def submit_oco(self, first: OrderIntent, second: OrderIntent) -> list[SimOrder]:
        """Take two exits that share one quantity."""
        one, two = first.terms, second.terms
        if (one.symbol, one.side, one.quantity) != (two.symbol, two.side, two.quantity):
            raise checks.refusal("an OCO pair is for one symbol, one side and one quantity", _R.ORDER_TYPE)
        if first.client_order_id == second.client_order_id:
            raise checks.refusal("two legs have the same client order id", _R.DUPLICATE)
        for intent in (first, second):
            if intent.terms.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}:
                raise checks.refusal("an OCO pair must be day or gtc", _R.ORDER_TYPE)
        self._check(first)
        self._check(second)
        group = Group(first.oco_group or f"G-{self.desk.order_count + 1:06d}", base=int(one.quantity))
        return [self._accept(intent, group=group) for intent in (first, second)]

    def cancel(self, broker_id: str) -> SimOrder:
        """Cancel an open order; raises ``OrderRefused`` where it is too late or unknown."""
        order = self._open_order(broker_id, "cancel")
        self.floor.end(order, OrderState.CANCELED)
        return order

    def cancel_all(self) -> list[SimOrder]:
        """Cancel every open order; returns them."""
        asked = list(self.desk.open.values())
        for order in asked:
            self.floor.end(order, OrderState.CANCELED)
        return asked

    def replace(self, broker_id: str, intent: OrderIntent) -> SimOrder:
        """Put a successor in the place of an open order; raises ``OrderRefused`` and the original stands."""
        old = self._open_order(broker_id, "change")
        new, was = intent.terms, old.terms
        if (new.symbol, new.side) != (was.symbol, was.side):
            raise checks.refusal("symbol and side of an order cannot be changed", _R.NOT_REPLACEABLE)
        if old.triggered:
            raise checks.refusal("too late to change, the stop has gone off", _R.NOT_REPLACEABLE)
        quantity, cap = self._successor_size(old, int(new.quantity))
        if quantity <= 0:
            raise checks.refusal("too late to change, all of that quantity is filled", _R.NOT_REPLACEABLE)
        asked = replace(intent, terms=replace(new, quantity=size(quantity)))
        if old.group is None or old.group.entry is old:
            self._check(asked, instead_of=old)
        else:
            self._check_exit(asked)
        return self._succeed(old, asked, cap)

    @staticmethod
    def _successor_size(old: SimOrder, asked: int) -> tuple[int, int | None]:
        """What the successor works for, and its cap where it is an exit made smaller than its bracket."""
        group = old.group
        left = asked - old.filled
        if group is None or group.entry is old:
            return left, None
        if group.entry_open:
            return old.remaining, None if old.cap is None else old.cap - old.filled
        quantity = min(left, group.remaining)
        return quantity, quantity if quantity < group.remaining else None

    def _succeed(self, old: SimOrder, intent: OrderIntent, cap: int | None) -> SimOrder:
        order = SimOrder(self.desk.next_order_id(), intent, self.desk.now)
        order.replaces = old.broker_id
        old.replaced_by = order.broker_id
        order.role, order.parent_id, order.oco_name = old.role, old.parent_id, old.oco_name
        order.charged = old.charged
        group = order.group = old.group
        if group is not None:
            if group.entry is old:
                group.entry = order
                for leg in group.members:
                    leg.parent_id = order.broker_id
                    if leg.held and leg.cap is None:
                        leg.resize(order.quantity)
                # a late fill of the old entry must not pass for one of its exits
                old.group = None
            else:
                group.members[group.members.index(old)] = order
                order.cap = cap
        same_line = (old.limit, old.terms.order_type) == (order.limit, order.terms.order_type)
        if same_line and order.quantity <= old.remaining:
            # a mere cut in size keeps the place in the line
            order.queue = old.queue
        order.held = old.held
        self.floor.end(old, OrderState.REPLACED)
        self._put_on_books(order)
        return order

    # --- acceptance

    def _open_order(self, broker_id: str, verb: str) -> SimOrder:
        reason = _R.NOT_CANCELABLE if verb == "cancel" else _R.NOT_REPLACEABLE
        order = self.desk.orders.get(broker_id)
        if order is None:
            raise checks.refusal(f"there is no order {broker_id} to {verb}", reason)
        if order.state is OrderState.FILLED:
            raise checks.refusal(f"too late to {verb}, order {broker_id} is filled", reason)
        if order.state.is_terminal:
            raise checks.refusal(f"order {broker_id} is already {order.state.value}", reason)
        return order

    def _check(self, intent: OrderIntent, *, instead_of: SimOrder | None = None) -> None:
        terms = intent.terms
        checks.check_intent(intent, ACCOUNT_ID)
        checks.check_terms(terms)
        self._check_new_id(intent)
        try:
            feed = self.listed(terms.symbol)
        except UnknownSymbol as error:
            raise checks.refusal(f"symbol {terms.symbol} is not known", _R.UNKNOWN_SYMBOL, error.advice) from error
        if terms.time_in_force in {TimeInForce.IOC, TimeInForce.FOK} and not self.floor.day.regular:
            raise checks.refusal("the market is closed", _R.MARKET_CLOSED, "Use day, or wait for the open.")
        if self.config.reject_rate and self._dice.random() < self.config.reject_rate:
            raise checks.refusal("the order desk is busy", _R.OTHER, "Send it again if you still want it.")
        position = self.book.quantity(feed.symbol)
        if intent.reduce_only:
            checks.check_reduce_only(terms, position)
        checks.check_margin(
            terms,
            opening=self._opening(terms, feed, instead_of),
            share_price=checks.margin_price(terms, feed),
            room=lambda: self.book.buying_power(self.marks()) - self.desk.reserved(instead_of),
            borrowable=feed.spec.shortable and feed.symbol not in self.config.hard_to_borrow,
        )

    def _check_new_id(self, intent: OrderIntent) -> None:
        if not intent.client_order_id:
            raise checks.refusal("the client order id is missing", _R.OTHER)
        if intent.client_order_id in self.desk.by_client:
            raise checks.refusal(f"client order id {intent.client_order_id} is already registered", _R.DUPLICATE)

    def _check_exit(self, leg: OrderIntent) -> None:
        checks.check_intent(leg, ACCOUNT_ID)
        checks.check_terms(leg.terms)
        self._check_new_id(leg)

    def _opening(self, terms: OrderTerms, feed: SymbolFeed, without: SimOrder | None) -> int:
        already = self.desk.open_quantity(feed.symbol, terms.side, without=without)
        return int(terms.quantity) - checks.closable(terms, self.book.quantity(feed.symbol), already)

    def _accept(self, intent: OrderIntent, *, group: Group | None = None, parent: SimOrder | None = None) -> SimOrder:
        feed = self.source.feed(intent.terms.symbol)
        if intent.terms.symbol != feed.symbol:
            intent = replace(intent, terms=replace(intent.terms, symbol=feed.symbol))
        order = SimOrder(self.desk.next_order_id(), intent, self.desk.now)
        if group is not None:
            order.group = group
            group.members.append(order)
        if parent is not None:
            order.parent_id = parent.broker_id
            order.held = True
            order.cap = order.quantity if order.quantity < parent.quantity else None
        self._put_on_books(order)
        return order

    def _put_on_books(self, order: SimOrder) -> None:
        feed = self.source.feed(order.symbol)
        if order.group is None or order.group.entry is order:
            order.opening = self._opening(order.terms, feed, order)
            order.margin_price = checks.margin_price(order.terms, feed)
        day = self.floor.day
        if order.terms.time_in_force is TimeInForce.DAY:
            order.expires = day.extended_end if order.terms.extended_hours else day.day_end
        if order.held or order.auction:
            order.state = OrderState.ACCEPTED
        else:
            self.floor.open_up(order)
            self._arrivals.append(order)
        self.desk.add(order)
        self.desk.announce(OrderStreamKind.STATUS, order)
