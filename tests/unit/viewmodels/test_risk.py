import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TradingMode, TradingState
from legend_desktop.domain.events import AccountChanged, PositionsChanged, ReconcileFinished
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.positions import Position
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.risk_state import RiskState
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.risk import RiskViewModel
from legend_desktop.viewmodels.risk_figures import RiskFigures
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import NOON, Desk, account, intent, plan, position, quote, raise_report

pytestmark = pytest.mark.usefixtures("qapp")
BUY, SELL = OrderSide.BUY, OrderSide.SELL


class World(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.state = RiskState(self.bus, self.clock, TradingMode.PAPER)
        self.positions = PositionsViewModel(self.book, self.quotes, self.bus, self.clock)
        self.model = RiskViewModel(self.positions, self.state, self.book, self.quotes, self.bus, clock=self.clock)

    def hold(self, *positions: Position, account_now: Account | None = None) -> None:
        self.bus.publish(AccountChanged(account_now or account()))
        self.bus.publish(PositionsChanged(positions, NOON))

    def stop(self, symbol: str, quantity: str, price: str, side: OrderSide = SELL) -> None:
        self.working(
            intent(f"s{symbol}", symbol=symbol, side=side, kind=OrderType.STOP, quantity=quantity, stop=price,
                   role=OrderRole.STOP)
        )  # fmt: skip

    @property
    def figures(self) -> RiskFigures:
        self.positions.flush()
        self.model.flush()
        return self.model.figures

    def wait(self, seconds: float) -> None:
        asyncio.run(self.clock.advance(seconds))


def test_before_the_account_is_known_there_are_no_figures() -> None:
    figures = World().figures
    assert figures.heat.percent is None
    assert figures.gross.fraction is None
    assert figures.hhi is None
    assert "not known" in figures.day.note


def test_the_day_loss_fills_its_meter_and_a_gain_leaves_it_empty() -> None:
    world = World()
    world.hold()
    assert world.figures.day.amount == Decimal("428.35")
    assert world.figures.day.fraction == 0
    assert world.figures.day.note == "reduce only at −$3,122, halt at −$5,203"
    world.hold(account_now=account(equity=Decimal("104057.94") - Decimal("2601.4485")))
    assert world.figures.day.fraction == pytest.approx(0.5)
    assert world.figures.day.ticks == pytest.approx((0.6, 1.0))


def test_heat_gross_and_largest_stand_against_their_limits() -> None:
    world = World()
    world.stop("MSFT", "60", "418.40")
    world.hold(position("MSFT", "60", "418.20", "423.18"), position("XOM", "-150", "117.85", "116.42"))
    figures = world.figures
    assert figures.heat.amount == Decimal("286.80")
    assert figures.heat.note == "limit 6.00\u202f% = $6,269"
    assert figures.gross.percent is not None
    assert round(figures.gross.percent, 1) == Decimal("41.0")
    assert figures.gross.net_percent is not None
    assert round(figures.gross.net_percent, 1) == Decimal("7.6")
    assert figures.gross.fraction == pytest.approx(0.2734, abs=0.001)
    assert figures.largest.label == "Largest position, MSFT"
    assert (figures.largest.note, figures.largest.fraction, figures.largest.ticks) == ("no limit", None, ())
    world.state.set_limits(replace(GateLimits(), max_position_percent=Decimal(25)))
    assert world.figures.largest.note == "limit 25\u202f%"
    assert world.figures.largest.fraction == pytest.approx(0.972, abs=0.001)


def test_an_unknown_order_adds_its_worst_case_to_every_line() -> None:
    world = World()
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.hold()
    assert world.figures.heat.worst_amount is None
    world.create(intent("u", quantity="126", plan=plan("175.52", "173.75")))
    world.happen("u", OrderEventKind.SENT)
    world.happen("u", OrderEventKind.AMBIGUOUS)
    figures = world.figures
    assert figures.heat.worst_amount == Decimal("223.02")
    assert figures.gross.worst_amount == Decimal("22115.52")
    assert figures.unknown_shares == 126
    assert figures.counts_worst_case


def test_working_entries_count_in_the_heat_if_they_fill() -> None:
    world = World()
    world.hold()
    world.working(intent("e", kind=OrderType.LIMIT, limit="175", quantity="50", plan=plan("175", "173.25")))
    world.stop("AAPL", "50", "173.25")
    assert world.figures.heat.amount == 0
    assert world.figures.heat_if_filled == Decimal("87.50")


def test_shares_without_a_stop_are_named_largest_first() -> None:
    world = World()
    asked: list[str] = []
    world.model.repair_requested.connect(asked.append)
    world.model.request_repair()
    world.hold(position("KO", "200", "68.92", "69.31"), position("XOM", "-10", "117.85", "116.42"))
    assert list(world.figures.unprotected) == [
        "200 KO shares have no stop, $13,862.00 at risk to zero",
        "10 XOM shares have no stop",
    ]
    world.model.request_repair()
    assert asked == ["KO"]
    world.stop("KO", "200", "67")
    world.stop("XOM", "10", "120", BUY)
    covered = world.figures
    assert len(covered.unprotected) == 0
    assert covered.shares == 210


def test_entries_sent_in_the_last_minute_are_counted_and_exits_are_not() -> None:
    world = World()
    world.working(intent("a"))
    world.stop("AAPL", "100", "173")
    assert (world.figures.sends_in_minute, world.figures.sends_limit) == (1, 60)
    world.wait(61)
    world.model.tick()
    assert world.model.figures.sends_in_minute == 0


def test_the_state_speaks_in_a_sentence() -> None:
    world = World()
    assert (world.figures.state, world.figures.sentence) == (TradingState.ACTIVE, "entries and exits allowed")
    world.state.lock("daily_loss", TradingState.REDUCING, "Day loss has reached 3 %.")
    assert (world.model.figures.state, world.model.figures.sentence) == (
        TradingState.REDUCING,
        "Day loss has reached 3 %.",
    )
    world.state.lock("person", TradingState.HALTED, "")
    assert world.model.figures.sentence == "only cancels and flatten"


def test_a_tighter_limit_holds_at_once_and_a_looser_one_tomorrow() -> None:
    world = World()
    told: list[tuple[GateLimits, GateLimits]] = []
    said: list[str] = []
    world.model.limits_changed.connect(lambda now, later: told.append((now, later)))
    world.model.said.connect(said.append)
    assert world.model.change_limit("heat_limit_percent", "4 %")
    assert world.state.limits.heat_limit_percent == 4
    assert said == [""]
    assert world.model.change_limit("heat_limit_percent", "5")
    assert world.state.limits.heat_limit_percent == 4
    assert world.model.later_limits.heat_limit_percent == 5
    assert said[-1] == ("Today this limit can be made tighter, not looser. 5\u202f% will apply from Tuesday 24 Nov.")
    assert told[-1][1].heat_limit_percent == 5
    assert world.model.change_limit("max_position_percent", "")


def test_nonsense_limits_are_refused_in_a_sentence() -> None:
    world = World()
    refused: list[str] = []
    world.model.refused.connect(refused.append)
    assert not world.model.change_limit("heat_limit_percent", "lots")
    assert not world.model.change_limit("heat_limit_percent", "")
    assert not world.model.change_limit("heat_limit_percent", "-1")
    assert not world.model.change_limit("halt_loss_percent", "1")
    assert refused[0] == "“lots” is not a number of per cent. Type a number such as 3 or 2.5."
    assert "above zero" in refused[2]
    assert "halt limit" in refused[3]
    assert world.state.limits == GateLimits()


def test_the_time_of_the_last_good_comparison_is_kept() -> None:
    world = World()
    world.bus.publish(ReconcileFinished(NOON, ok=True, orders_checked=6, executions_added=0))
    assert world.figures.checked == "10:42:17"
    world.wait(30)
    world.bus.publish(ReconcileFinished(world.clock.now(), ok=False, orders_checked=0, executions_added=0))
    assert world.figures.checked == "10:42:17"
