import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import (
    BrokerType,
    ConnectionState,
    OrderRole,
    OrderSide,
    OrderState,
    OrderType,
    Origin,
    TimeInForce,
)
from legend_desktop.domain.events import ConnectionChanged, OrderChanged, OrderMeasured
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.viewmodels.costs import OrderCost
from legend_desktop.viewmodels.orders import EditField, OrderFilter, OrderRow, OrdersViewModel, StateMark
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import NOON, Desk, execution, intent, later, plan

pytestmark = pytest.mark.usefixtures("qapp")
SELL = OrderSide.SELL


class Mirror:
    """Does what a table model does with the signals, so that each signal is proven right."""

    def __init__(self, model: OrdersViewModel) -> None:
        self.model = model
        self._rows = {row.key: row for row in model.rows()}
        model.rows_changed.connect(lambda rows: self._rows.update((row.key, row) for row in rows))
        model.rows_removed.connect(self._remove)
        model.reset.connect(self._reset)

    def _remove(self, keys: list[str]) -> None:
        for key in keys:
            del self._rows[key]

    def _reset(self) -> None:
        self._rows = {row.key: row for row in self.model.rows()}

    @property
    def rows(self) -> list[OrderRow]:
        rows = sorted(self._rows.values(), key=lambda row: row.place)
        assert rows == self.model.rows()
        return rows

    @property
    def keys(self) -> list[str]:
        return [row.key for row in self.rows]


class World(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.costs: dict[str, OrderCost] = {}
        self.clock = FakeClock(NOON)
        self.model = OrdersViewModel(self.book, self.bus, self.clock, self.costs.get)
        self.mirror = Mirror(self.model)

    def row(self, key: str) -> OrderRow:
        row = self.model.row_of(key)
        assert row is not None
        return row


def bracket(world: World, key: str = "e", seconds: float = 0) -> None:
    at = later(seconds)
    world.create(intent(key, symbol="AMZN", label="Bracket", plan=plan("228.40", "225.90", "233.40"), at=at))
    world.create(
        intent(f"{key}-t", symbol="AMZN", side=SELL, kind=OrderType.LIMIT, limit="233.40", tif=TimeInForce.GTC,
               role=OrderRole.TARGET, parent=key, at=at)
    )  # fmt: skip
    world.create(
        intent(f"{key}-s", symbol="AMZN", side=SELL, kind=OrderType.STOP, stop="225.90", tif=TimeInForce.GTC,
               role=OrderRole.STOP, parent=key, at=at)
    )  # fmt: skip


def test_newest_first_with_open_orders_above_the_finished() -> None:
    world = World()
    for number in range(3):
        world.working(intent(f"o{number}", at=later(number)))
    assert world.mirror.keys == ["o2", "o1", "o0"]
    world.fill(execution(order="o2"))
    assert world.mirror.keys == ["o1", "o0", "o2"]
    assert world.row("o2").mark is StateMark.DONE


def test_an_unknown_order_goes_to_the_top() -> None:
    world = World()
    world.create(intent("a"))
    world.happen("a", OrderEventKind.SENT)
    world.working(intent("b", at=later(1)))
    assert world.mirror.keys == ["b", "a"]
    world.happen("a", OrderEventKind.AMBIGUOUS, later(2))
    assert world.mirror.keys == ["a", "b"]
    row = world.row("a")
    assert row.unknown
    assert row.mark is StateMark.UNKNOWN
    assert world.model.summary == "1 unknown   1 working"


def test_bracket_legs_follow_their_entry_and_move_with_it() -> None:
    world = World()
    bracket(world)
    world.working(intent("later", at=later(5)))
    assert world.mirror.keys == ["later", "e", "e-t", "e-s"]
    rows = world.model.rows()
    assert [row.depth for row in rows] == [0, 0, 1, 1]
    assert [row.last_leg for row in rows] == [False, False, False, True]
    world.happen("e", OrderEventKind.SENT)
    world.happen("e", OrderEventKind.AMBIGUOUS)
    assert world.mirror.keys == ["e", "e-t", "e-s", "later"]


def test_the_side_says_what_an_order_does_to_the_position() -> None:
    world = World()
    world.create(intent("long"))
    world.create(intent("cover", role=OrderRole.STOP))
    world.create(intent("exit", side=SELL, role=OrderRole.EXIT))
    world.create(intent("short", side=SELL, plan=plan("100", "101.50")))
    words = {row.key: row.side_words for row in world.model.rows()}
    assert words == {"long": "Buy", "cover": "Buy cover", "exit": "Sell", "short": "Sell short"}


def test_a_command_in_flight_shows_beside_the_state() -> None:
    world = World()
    world.working(intent("a", kind=OrderType.LIMIT, limit="175.00"))
    assert world.row("a").mark is StateMark.WORKING
    assert world.row("a").can_edit(EditField.LIMIT)
    world.happen("a", OrderEventKind.CANCEL_SENT)
    row = world.row("a")
    assert row.mark is StateMark.WAITING
    assert row.order.state is OrderState.WORKING
    assert not row.can_edit(EditField.LIMIT)
    assert world.model.summary == "1 working, 1 being changed"


def test_a_lost_line_makes_open_rows_stale_and_leaves_the_finished_alone() -> None:
    world = World()
    world.working(intent("a"))
    world.working(intent("b", at=later(1)))
    world.fill(execution(order="b"))
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.LOST, NOON))
    assert world.mirror.keys == ["a", "b"]
    assert world.row("a").mark is StateMark.SEEN_EARLIER
    assert world.row("b").mark is StateMark.DONE
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.CONNECTED, NOON))
    assert world.mirror.rows[0].mark is StateMark.WORKING


def test_the_cost_appears_once_the_order_is_measured() -> None:
    world = World()
    world.working(intent("a"))
    world.fill(execution(order="a"))
    assert world.row("a").cost is None
    world.costs["a"] = OrderCost(Decimal("175.51"), Decimal("0.57"))
    world.bus.publish(OrderMeasured("a", "AAPL"))
    assert world.mirror.keys == ["a"]
    cost = world.mirror.rows[0].cost
    assert cost is not None
    assert cost.cost_bps == Decimal("0.57")


def test_filters_show_their_orders_and_follow_a_change_of_state() -> None:
    world = World()
    world.working(intent("a"))
    world.create(intent("b", at=later(1)))
    world.happen("b", OrderEventKind.SENT)
    world.happen("b", OrderEventKind.REFUSED, reason="price not in increment")
    world.model.set_filter(OrderFilter.REFUSED)
    assert world.mirror.keys == ["b"]
    world.model.set_filter(OrderFilter.WORKING)
    assert world.mirror.keys == ["a"]
    world.fill(execution(order="a"))
    assert world.mirror.keys == []
    world.model.set_filter(OrderFilter.DONE)
    assert world.mirror.keys == ["a"]


def test_a_leg_stands_alone_when_the_filter_hides_its_entry() -> None:
    world = World()
    bracket(world)
    world.happen("e", OrderEventKind.SENT)
    world.fill(execution("x", order="e", symbol="AMZN"))
    world.model.set_filter(OrderFilter.WORKING)
    assert world.mirror.keys == ["e-t", "e-s"]
    assert {row.depth for row in world.model.rows()} == {0}


def test_labels_say_why_the_order_exists() -> None:
    world = World()
    world.create(intent("a", label="Quick 0.20 %"))
    world.create(intent("b", role=OrderRole.STOP))
    world.create(intent("c", origin=Origin.EXTERNAL))
    assert [world.row(key).label for key in "abc"] == ["Quick 0.20 %", "Stop", "elsewhere"]


def test_a_price_is_stepped_by_ticks_and_sent_only_when_new() -> None:
    world = World()
    world.working(intent("a", kind=OrderType.LIMIT, limit="175.00"))
    sent: list[tuple[str, str, Decimal, frozenset[str]]] = []
    world.model.change_requested.connect(lambda *args: sent.append(args))
    assert world.model.step_price("a", Decimal("175.00"), 3) == Decimal("175.03")
    assert world.model.step_price("a", Decimal("0.0003"), -9) == Decimal("0.0001")
    assert not world.model.request_change("a", EditField.LIMIT, Decimal("175.00"))
    assert not world.model.request_change("a", EditField.STOP, Decimal("174.00"))
    assert world.model.request_change("a", EditField.LIMIT, Decimal("175.03"))
    assert sent == [("a", "limit", Decimal("175.03"), frozenset())]


async def test_a_change_that_asks_goes_out_with_what_was_accepted_when_it_is_asked_for_again() -> None:
    world = World()
    world.working(intent("a", kind=OrderType.LIMIT, limit="175.00"))
    sent: list[frozenset[str]] = []
    asked: list[tuple[str, str, Decimal, str]] = []
    world.model.change_requested.connect(lambda *args: sent.append(args[3]))
    world.model.change_asked.connect(lambda *args: asked.append(args))
    far, limit = Decimal("150.00"), EditField.LIMIT
    assert world.model.request_change("a", limit, far)
    world.model.ask_change("a", "limit", far, frozenset({"price_collar"}), "150.00 is far away. Check it, or confirm.")
    sentence = "150.00 is far away. Check it, or confirm. Press Enter once more within 3 s to send the change."
    assert asked == [("a", "limit", far, sentence)]
    assert not world.model.request_change("a", limit, far), "a double press is one press"
    await world.clock.advance(0.5)
    assert world.model.request_change("a", limit, far)
    assert sent == [frozenset(), {"price_collar"}]
    # another price, and the same one later, are asked about anew
    world.model.ask_change("a", "limit", far, frozenset({"price_collar"}), "Far.")
    await world.clock.advance(0.5)
    assert world.model.request_change("a", limit, Decimal("149.00"))
    await world.clock.advance(4)
    assert world.model.request_change("a", limit, far)
    assert sent[2:] == [frozenset(), frozenset()]


def test_cancel_goes_out_for_open_orders_only() -> None:
    world = World()
    world.working(intent("a"))
    world.working(intent("b"))
    world.fill(execution(order="b"))
    sent: list[list[str]] = []
    world.model.cancel_requested.connect(sent.append)
    assert not world.model.request_cancel(["b", "nobody"])
    assert world.model.request_cancel(["a", "b"])
    assert sent == [["a"]]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["new", "leg", "unknown", "fill", "cancel", "find"])),
        max_size=30,
    ),
    st.sampled_from(list(OrderFilter)),
)
def test_the_signals_always_lead_to_the_rows_of_a_fresh_model(steps: list[tuple[str, str]], chip: OrderFilter) -> None:
    world = World()
    world.model.set_filter(chip)
    for number, (key, step) in enumerate(steps):
        known = world.book.get(key) is not None
        if step == "new" and not known:
            world.working(intent(key, at=later(number)))
        elif step == "leg" and known and world.book.get(f"{key}-s") is None:
            world.create(intent(f"{key}-s", side=SELL, role=OrderRole.STOP, parent=key, at=later(number)))
        elif step == "unknown" and not known:
            world.create(intent(key, at=later(number)))
            world.happen(key, OrderEventKind.SENT)
            world.happen(key, OrderEventKind.AMBIGUOUS)
        elif step == "fill" and known:
            world.fill(execution(f"x{key}", order=key))
        elif step == "cancel" and known:
            world.happen(key, OrderEventKind.CANCELED)
        elif step == "find" and known:
            world.happen(key, OrderEventKind.WORKING)
    fresh = OrdersViewModel(world.book, world.bus, FakeClock(NOON))
    fresh.set_filter(chip)
    assert world.mirror.keys == [row.key for row in fresh.rows()]
    assert [row.depth for row in world.mirror.rows] == [row.depth for row in fresh.rows()]


def test_earlier_days_show_only_what_is_still_open_and_the_entry_above_it() -> None:
    desk, clock = Desk(), FakeClock(NOON)
    yesterday = NOON - timedelta(days=1)
    model = OrdersViewModel(desk.book, desk.bus, clock)
    mirror = Mirror(model)
    desk.working(intent("done", at=yesterday))
    desk.fill(execution("x0", order="done", at=yesterday))
    desk.working(intent("entry", at=yesterday))
    desk.fill(execution("x1", order="entry", at=yesterday))
    desk.working(intent("stop", side=SELL, kind=OrderType.STOP, stop="170", role=OrderRole.STOP, parent="entry",
                        tif=TimeInForce.GTC, at=yesterday))  # fmt: skip
    desk.working(intent("new"))
    assert mirror.keys == ["new", "entry", "stop"]
    assert {row.key: row.earlier_day for row in mirror.rows} == {"new": False, "entry": True, "stop": True}


def test_orders_that_the_journal_brings_appear_as_if_they_had_happened_here() -> None:
    desk = Desk()
    model = OrdersViewModel(desk.book, desk.bus, FakeClock(NOON))
    mirror = Mirror(model)
    for key in ("e", "s"):
        value = intent(key, parent="e" if key == "s" else None, role=OrderRole.STOP if key == "s" else OrderRole.ENTRY)
        desk.book.fold(OrderEvent(key, OrderEventKind.CREATED, NOON, intent=value))
        desk.book.fold(OrderEvent(key, OrderEventKind.SENT, NOON))
        desk.book.fold(OrderEvent(key, OrderEventKind.WORKING, NOON, broker_order_id=f"B-{key}"))
    for order in desk.book.all():
        desk.bus.publish(OrderChanged(order, None))
    assert mirror.keys == ["e", "s"]
    assert model.summary == "2 working"


def test_a_new_trading_day_takes_yesterday_away() -> None:
    desk, clock = Desk(), FakeClock(NOON)
    model = OrdersViewModel(desk.book, desk.bus, clock)
    mirror = Mirror(model)
    desk.working(intent("o1"))
    desk.fill(execution("x1"))
    model.tick()
    assert mirror.keys == ["o1"]
    asyncio.run(clock.advance(24 * 3600))
    model.tick()
    assert mirror.keys == []


def test_within_a_bracket_what_works_stands_above_what_has_ended() -> None:
    world = World()
    world.working(intent("e"))
    for key in ("s1", "s2"):
        world.working(intent(key, side=SELL, kind=OrderType.STOP, stop="170", role=OrderRole.STOP, parent="e"))
    world.happen("s1", OrderEventKind.REPLACED)
    world.fill(execution("x", order="e"))
    assert world.mirror.keys == ["e", "s2", "s1"]
    assert [row.last_leg for row in world.mirror.rows] == [False, False, True]
