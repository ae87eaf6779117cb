"""Whatever is sent and however the market moves: no share is lost, sold twice or made up."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.simulator.backstage import Backstage
from legend_desktop.brokers.simulator.config import SimulatorConfig, StopTrigger
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.synthetic import SyntheticSource
from legend_desktop.brokers.simulator.units import price, to_micros, to_units
from legend_desktop.domain.enums import BrokerType, OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.executions import Execution, effective_executions
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from tests.unit.brokers.simulator.rig import d

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SYMBOLS = ("AAPL", "GME")
prices = st.integers(1_000, 1_040).map(lambda cents: d(cents) / 100)
quantities = st.integers(1, 300)
sides = st.sampled_from(OrderSide)


@dataclass(frozen=True)
class Act:
    """One thing that happens; ``which`` picks an earlier order."""

    kind: str
    symbol: str
    side: OrderSide
    quantity: int
    low: object
    high: object
    which: int
    tif: TimeInForce
    order_type: OrderType


acts = st.builds(
    Act,
    kind=st.sampled_from(
        ["order", "order", "bracket", "oco", "cancel", "replace", "quote", "quote", "trade", "trade", "bust"]
    ),
    symbol=st.sampled_from(SYMBOLS),
    side=sides,
    quantity=quantities,
    low=prices,
    high=prices,
    which=st.integers(0, 30),
    tif=st.sampled_from([TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
    order_type=st.sampled_from(
        [OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP]
    ),
)


class World:
    """An engine on a still market, driven by acts."""

    def __init__(self, trigger: StopTrigger) -> None:
        self.now = to_micros(START)
        config = SimulatorConfig(quote_rate=0, stop_trigger=trigger, starting_cash=d(20_000))
        self.engine = Engine(config, SyntheticSource(1, 0.0, SYMBOLS, self.now), self.now)
        self.stage = Backstage(self.engine)
        self.count = 0
        self.busted = False
        for symbol in SYMBOLS:
            self.stage.post_quote(symbol, d("10.19"), d("10.21"), bid_size=200, ask_size=200)

    def intent(
        self, act: Act, side: OrderSide, kind: OrderType, first: object = None, second: object = None
    ) -> OrderIntent:
        self.count += 1
        tif = act.tif if kind in {OrderType.MARKET, OrderType.LIMIT} else TimeInForce.GTC
        terms = OrderTerms(
            act.symbol,
            side,
            kind,
            d(act.quantity),
            limit_price=d(str(first)) if kind in {OrderType.LIMIT, OrderType.STOP_LIMIT} else None,
            stop_price=d(str(second)) if kind in {OrderType.STOP, OrderType.STOP_LIMIT} else None,
            trail_amount=d("0.05") if kind is OrderType.TRAILING_STOP else None,
            time_in_force=tif,
        )
        return OrderIntent(f"C{self.count}", BrokerType.SIMULATOR, TradingMode.PAPER, "SIM-0001", terms, START)

    def apply(self, act: Act) -> None:
        """Do one act; a refusal is a fine answer."""
        self.now += 1_000_000
        self.engine.set_time(self.now)
        with contextlib.suppress(OrderRefused):
            getattr(self, f"_{act.kind}")(act)
        self.engine.run(self.now)

    def _order(self, act: Act) -> None:
        self.engine.submit(self.intent(act, act.side, act.order_type, act.low, act.high))

    def _exits(self, act: Act) -> tuple[OrderIntent, OrderIntent]:
        low, high = sorted((act.low, act.high), key=str)
        target, stop = (high, low) if act.side is OrderSide.BUY else (low, high)
        out = act.side.opposite
        steady = Act(act.kind, act.symbol, out, act.quantity, low, high, act.which, TimeInForce.GTC, act.order_type)
        return self.intent(steady, out, OrderType.LIMIT, target), self.intent(steady, out, OrderType.STOP, None, stop)

    def _bracket(self, act: Act) -> None:
        kind = OrderType.LIMIT if act.which % 2 else OrderType.MARKET
        entry = self.intent(act, act.side, kind, "10.20")
        self.engine.submit_bracket(Bracket(entry, *self._exits(act)))

    def _oco(self, act: Act) -> None:
        self.engine.submit_oco(*self._exits(act))

    def _pick(self, act: Act) -> str:
        keys = list(self.engine.desk.orders)
        return keys[act.which % len(keys)] if keys else "S-0"

    def _cancel(self, act: Act) -> None:
        self.engine.cancel(self._pick(act))

    def _replace(self, act: Act) -> None:
        order = self.engine.desk.orders.get(self._pick(act))
        if order is not None:
            same = Act("", order.symbol, act.side, act.quantity, 0, 0, 0, TimeInForce.GTC, act.order_type)
            kind = order.terms.order_type
            self.engine.replace(order.broker_id, self.intent(same, order.terms.side, kind, act.low, act.high))

    def _quote(self, act: Act) -> None:
        bid, ask = sorted((d(str(act.low)), d(str(act.high))))
        self.stage.post_quote(act.symbol, bid, ask + d("0.01"), bid_size=act.quantity, ask_size=act.which * 10)

    def _trade(self, act: Act) -> None:
        self.stage.post_trade(act.symbol, d(str(act.low)), act.quantity)

    def _bust(self, act: Act) -> None:
        standing = effective_executions(self.executions())
        if standing and act.which % 5 == 0:
            row = standing[act.which % len(standing)]
            self.stage.bust(row.execution_id)
            self.busted = True

    def executions(self) -> list[Execution]:
        return [row.execution for row in self.engine.desk.executions]


def check(world: World) -> None:
    desk, book = world.engine.desk, world.engine.book
    standing = effective_executions(world.executions())
    by_order: dict[str, int] = {}
    held = dict.fromkeys(SYMBOLS, 0)
    cash = to_units(d(20_000))
    for row in standing:
        quantity = int(row.quantity)
        by_order[row.broker_order_id] = by_order.get(row.broker_order_id, 0) + quantity
        held[row.symbol] += row.side.sign * quantity
        cash -= row.side.sign * quantity * to_units(row.price) + to_units(row.total_fees or d(0))
    assert book.cash == cash, "cash is what the fills say"
    assert {symbol: book.quantity(symbol) for symbol in SYMBOLS} == held
    marks = {symbol: world.engine.source.feed(symbol).mark for symbol in SYMBOLS}
    assert book.equity(marks) == to_units(d(20_000)) + book.realized_today + book.unrealized(marks)
    for key, order in desk.orders.items():
        assert order.filled == by_order.get(key, 0)
        assert 0 <= order.filled <= order.quantity
        assert (key in desk.open) == (not order.state.is_terminal)
        assert (order.state is OrderState.FILLED) <= (order.filled == order.quantity)
        if order.group is not None:
            assert order.group.filled <= order.group.base or world.busted, "exits never fill more than the entry"
    for symbol in SYMBOLS:
        feed = world.engine.source.feed(symbol)
        assert feed.bid_size >= 0
        assert feed.ask_size >= 0
        assert all(not order.state.is_terminal and not order.held for order in feed.orders)


@settings(max_examples=150)
@given(st.lists(acts, min_size=5, max_size=40), st.sampled_from(StopTrigger))
def test_shares_cash_and_states_always_agree(script: list[Act], trigger: StopTrigger) -> None:
    world = World(trigger)
    for act in script:
        world.apply(act)
        check(world)


@settings(max_examples=25)
@given(st.lists(acts, min_size=10, max_size=30))
def test_the_same_acts_give_the_same_events(script: list[Act]) -> None:
    first, second = World(StopTrigger.TRADE), World(StopTrigger.TRADE)
    for world in (first, second):
        for act in script:
            world.apply(act)
    assert first.engine.desk.outbox == second.engine.desk.outbox


@settings(max_examples=60)
@given(st.lists(acts, min_size=10, max_size=40))
def test_limits_are_never_crossed_and_terminal_orders_stay_so(script: list[Act]) -> None:
    world = World(StopTrigger.TRADE)
    ended: dict[str, OrderState] = {}
    for act in script:
        world.apply(act)
        for key, order in world.engine.desk.orders.items():
            if key in ended and not world.busted:
                assert order.state is ended[key]
            if order.state.is_terminal:
                ended[key] = order.state
    for row in world.executions():
        order = world.engine.desk.orders[row.broker_order_id]
        if order.limit:
            better = row.price <= price(order.limit) if order.buy else row.price >= price(order.limit)
            assert better
