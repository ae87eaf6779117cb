import asyncio
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import BrokerType, ConnectionState, OrderRole, OrderSide
from legend_desktop.domain.events import AccountChanged, ConnectionChanged, PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.account import AccountLine, AccountViewModel
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import (
    NOON,
    Desk,
    account,
    execution,
    intent,
    later,
    plan,
    position,
    quote,
    raise_report,
)

pytestmark = pytest.mark.usefixtures("qapp")


class World(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.model = AccountViewModel(self.book, self.quotes, self.bus, self.clock)
        self.changes = 0
        self.model.changed.connect(self._count)

    def _count(self) -> None:
        self.changes += 1

    def line(self, key: str) -> AccountLine:
        return {line.key: line for line in self.model.lines()}[key]

    def wait(self, seconds: float) -> None:
        asyncio.run(self.clock.advance(seconds))


def test_the_lines_stand_in_the_order_of_the_picture() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    assert [line.label for line in world.model.lines()] == [
        "Equity", "Day P&L", "Realised today", "Open P&L", "Cash", "Long", "Short", "Buying power, day 4:1",
        "Start of day", "Trades today",
    ]  # fmt: skip
    assert world.line("day").value == Decimal("428.35")
    percent = world.line("day").percent
    assert percent is not None
    assert round(percent, 2) == Decimal("0.41")
    assert world.model.summary == "Simulator, 10:42:17"


def test_before_the_first_answer_there_is_no_figure() -> None:
    world = World()
    assert [line.value for line in world.model.lines()] == [None]
    assert world.model.summary == "waiting for the broker"
    assert not world.model.stale


def test_what_the_broker_does_not_say_is_missing_with_a_reason_and_never_zero() -> None:
    world = World()
    world.bus.publish(
        AccountChanged(
            account(start_of_day_equity=None, realized_pl_today=None, long_value=None, margin_multiplier=None)
        )
    )
    for key in ("day", "realised", "long", "start"):
        assert world.line(key).value is None
        assert world.line(key).reason
    assert world.line("power").label == "Buying power"


def test_the_multiple_is_the_one_that_the_broker_stated() -> None:
    world = World()
    world.bus.publish(AccountChanged(account(margin_multiplier=Decimal("2.0"))))
    assert world.line("power").label == "Buying power, 2:1"


def test_figures_turn_stale_after_ten_seconds_and_at_once_when_the_line_is_lost() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    world.wait(10)
    world.model.tick()
    assert not world.model.stale
    assert world.changes == 1
    world.wait(1)
    world.model.tick()
    assert world.model.summary == "as of 10:42:17, 11 s old"
    assert world.changes == 2
    world.bus.publish(AccountChanged(account(as_of=later(11))))
    assert world.model.summary == "Simulator, 10:42:28"
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.LOST, NOON))
    assert world.model.summary == "as of 10:42:28, 0 s old"


def test_open_result_is_summed_where_the_broker_gives_none_and_a_price_is_never_guessed() -> None:
    world = World()
    world.bus.publish(AccountChanged(account(unrealized_pl=None)))
    world.bus.publish(PositionsChanged((position("A", "10", "5", "6"), position("B", "-10", "5", "6")), NOON))
    assert world.line("open").value == 0
    world.bus.publish(PositionsChanged((position("A", "10", "5", None),), NOON))
    assert world.line("open").value is None


def test_an_unknown_order_is_taken_off_the_buying_power_in_full() -> None:
    world = World()
    world.bus.publish(AccountChanged(account(buying_power=Decimal("415428.16"))))
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.create(intent("o1", quantity="126"))
    world.happen("o1", OrderEventKind.SENT)
    assert "free" not in {line.key for line in world.model.lines()}
    world.happen("o1", OrderEventKind.AMBIGUOUS)
    assert world.line("unknown").value == Decimal("-22115.52")
    assert world.line("unknown").label == "less the unknown order"
    assert world.line("free").value == Decimal("393312.64")
    before = world.changes
    world.happen("o1", OrderEventKind.ABSENT)
    assert world.changes > before
    assert "free" not in {line.key for line in world.model.lines()}


def test_an_unknown_exit_takes_no_buying_power() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    world.create(intent("o1", side=OrderSide.SELL, role=OrderRole.EXIT))
    world.happen("o1", OrderEventKind.SENT)
    world.happen("o1", OrderEventKind.AMBIGUOUS)
    assert "free" not in {line.key for line in world.model.lines()}


def test_orders_filled_today_are_counted_once() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    world.working(intent("o1"))
    world.fill(execution("x1", quantity="40"))
    world.fill(execution("x2", quantity="60"))
    world.working(intent("o2"))
    world.fill(execution("x3", order="o2", at=later(-86_400 * 3)))
    assert world.line("trades").value == Decimal(1)
    assert world.line("trades").unit == "order filled"


def test_gainers_and_losers_by_per_cent_then_money_then_symbol() -> None:
    world = World()
    world.bus.publish(
        PositionsChanged(
            (
                position("AAA", "120", "80", "88.50"),
                position("BBB", "-60", "150", "141"),
                position("CCC", "300", "21", "19.80"),
                position("DDD", "40", "250", "251"),
                position("EEE", "1", "100", "106"),
                position("FFF", "1", "100", "100"),
                position("GGG", "1", "100", None),
            ),
            NOON,
        )
    )
    assert world.model.movers() == ((), ())
    world.bus.publish(AccountChanged(account()))
    gainers, losers = world.model.movers()
    assert [row.symbol for row in gainers] == ["AAA", "BBB", "EEE", "DDD"]
    assert [row.symbol for row in losers] == ["CCC"]
    assert round(losers[0].unrealized_pl_percent, 2) == Decimal("-5.71")


def test_without_a_quote_the_planned_entry_prices_an_unknown_order() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    world.create(intent("o1", quantity="10", plan=plan("175.00", "173.00")))
    world.happen("o1", OrderEventKind.SENT)
    world.happen("o1", OrderEventKind.AMBIGUOUS)
    assert world.line("unknown").value == Decimal("-1750.00")


def test_orders_filled_are_counted_anew_on_the_next_trading_day() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    world.working(intent("o1"))
    world.fill(execution("x1"))
    assert world.line("trades").value == 1
    world.wait(24 * 3600)
    world.model.tick()
    assert world.line("trades").value == 0
