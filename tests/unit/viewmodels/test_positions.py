import asyncio
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import BrokerType, ConnectionState, OrderRole, OrderSide, OrderType
from legend_desktop.domain.events import AccountChanged, ConnectionChanged, PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.position_risk import PositionRisk, Protection
from legend_desktop.domain.positions import Position
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.positions import PositionsViewModel
from legend_desktop.viewmodels.positions_rows import PositionRow
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
SELL = OrderSide.SELL


class World(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.model = PositionsViewModel(self.book, self.quotes, self.bus, self.clock)
        self.shown: dict[str, PositionRow] = {}
        self.model.rows_changed.connect(lambda rows: self.shown.update((row.key, row) for row in rows))
        self.model.rows_removed.connect(self._remove)

    def _remove(self, keys: list[str]) -> None:
        for key in keys:
            del self.shown[key]

    def hold(self, *positions: Position) -> None:
        self.bus.publish(PositionsChanged(positions, self.clock.now()))

    def row(self, key: str) -> PositionRow:
        self.model.flush()
        assert {row.key: row for row in self.model.rows()} == self.shown
        return self.shown[key]

    def risk(self, symbol: str) -> PositionRisk:
        risk = self.row(symbol).risk
        assert risk is not None
        return risk

    def stop(self, key: str, symbol: str, quantity: str, price: str, side: OrderSide = SELL) -> None:
        self.working(
            intent(
                key, symbol=symbol, side=side, kind=OrderType.STOP, quantity=quantity, stop=price, role=OrderRole.STOP
            )
        )

    def wait(self, seconds: float) -> None:
        asyncio.run(self.clock.advance(seconds))


def msft(world: World) -> None:
    """60 MSFT bought at 418.20 with the stop at 412.476, now under a stop at 418.40."""
    world.working(intent("entry", symbol="MSFT", quantity="60", plan=plan("418.20", "412.476")))
    world.fill(execution("x", order="entry", symbol="MSFT", quantity="60", price="418.20"))
    world.stop("stop", "MSFT", "60", "418.40")
    world.hold(position("MSFT", "60", "418.20", "423.00"))


def test_the_row_of_the_picture() -> None:
    world = World()
    world.bus.publish(AccountChanged(account()))
    msft(world)
    world.quotes.put(quote("MSFT", "423.15", "423.21"))
    row, risk = world.row("MSFT"), world.risk("MSFT")
    assert row.mark.price == Decimal("423.18")
    assert row.position is not None
    assert row.position.unrealized_pl == Decimal("298.80")
    assert row.value == Decimal("25390.80")
    assert risk.open_risk == Decimal("286.80")
    assert risk.open_risk_percent is not None
    assert round(risk.open_risk_percent, 2) == Decimal("0.27")
    assert risk.distance_to_stop_percent is not None
    assert round(risk.distance_to_stop_percent, 2) == Decimal("1.13")
    assert risk.r_now is not None
    assert round(risk.r_now, 2) == Decimal("0.87")
    assert (risk.protection, risk.protected_quantity) == (Protection.FULL, Decimal(60))
    assert not row.elsewhere


def test_a_fresh_quote_wins_over_the_broker_and_an_old_one_greys_the_row() -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", "69.00"))
    assert world.row("KO").mark.price == Decimal("69.00")
    assert not world.row("KO").stale
    world.quotes.put(quote("KO", "69.30", "69.32"))
    assert world.row("KO").mark.price == Decimal("69.31")
    world.wait(29)
    world.model.tick()
    row = world.row("KO")
    assert row.stale
    assert row.mark.price == Decimal("69.31") or row.mark.price == Decimal("69.00")
    assert row.mark.age is not None
    assert row.mark.age.total_seconds() == 29
    totals = world.model.totals
    assert totals.stale
    assert totals.as_of == NOON


def test_a_lost_line_makes_every_mark_stale_at_once() -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", "69.00"))
    world.quotes.put(quote("KO", "69.30", "69.32"))
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.LOST, NOON))
    assert world.row("KO").stale
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.CONNECTED, NOON))
    assert not world.row("KO").stale


def test_a_position_without_a_price_has_no_figures_and_no_zero() -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", None))
    row = world.row("KO")
    assert row.value is None
    assert row.position is not None
    assert row.position.unrealized_pl is None
    assert row.risk is not None
    assert row.risk.open_risk is None
    assert world.model.totals.value == 0


def test_a_position_from_elsewhere_is_unprotected_without_a_risk() -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", "69.31"))
    risk = world.risk("KO")
    assert world.row("KO").elsewhere
    assert risk.protection is Protection.NONE
    assert risk.r_now is None
    assert world.model.totals.unprotected == 200


def test_a_stop_being_raised_leaves_the_new_shares_unsure() -> None:
    world = World()
    world.stop("stop", "AMZN", "25", "225.90")
    world.hold(position("AMZN", "60", "228.40", "228.36"))
    assert world.risk("AMZN").protection is Protection.PARTIAL
    wanted = OrderTerms("AMZN", SELL, OrderType.STOP, Decimal(60), stop_price=Decimal("225.90"))
    world.happen("stop", OrderEventKind.REPLACE_SENT, terms=wanted)
    risk = world.risk("AMZN")
    assert (risk.protection, risk.protected_quantity, risk.unsure_quantity) == (
        Protection.UNCERTAIN,
        Decimal(25),
        Decimal(35),
    )
    assert risk.open_risk == Decimal("61.50")
    totals = world.model.totals
    assert (totals.unprotected, totals.unsure) == (Decimal(0), Decimal(35))


def test_a_stop_under_a_cancel_is_not_counted_as_sure() -> None:
    world = World()
    world.stop("stop", "AMZN", "25", "225.90")
    world.hold(position("AMZN", "25", "228.40", "228.36"))
    assert world.risk("AMZN").protection is Protection.FULL
    world.happen("stop", OrderEventKind.CANCEL_SENT)
    assert world.risk("AMZN").protection is Protection.UNCERTAIN


def test_an_unknown_order_has_its_own_row_and_leaves_the_known_one_alone() -> None:
    world = World()
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.hold(position("AAPL", "10", "170", "175.51"))
    world.create(intent("u", quantity="126", plan=plan("175.52", "173.75")))
    world.happen("u", OrderEventKind.SENT)
    world.happen("u", OrderEventKind.AMBIGUOUS)
    row = world.row("?u")
    assert row.unknown is not None
    assert (row.unknown.quantity, row.unknown.value, row.unknown.loss) == (
        Decimal(126),
        Decimal("22115.52"),
        Decimal("223.02"),
    )
    assert row.side_words == "Long?"
    known = world.row("AAPL").position
    assert known is not None
    assert known.quantity == 10
    assert [shown.key for shown in world.model.rows()] == ["?u", "AAPL"]
    assert (world.model.totals.count, world.model.totals.unknown) == (1, 1)
    world.happen("u", OrderEventKind.ABSENT)
    world.model.flush()
    assert list(world.shown) == ["AAPL"]


def test_a_closed_position_leaves() -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", "69.31"), position("XOM", "-150", "117.85", "116.42"))
    assert [row.key for row in world.model.rows()] == ["XOM", "KO"]
    world.hold(position("KO", "200", "68.92", "69.31"))
    world.model.flush()
    assert list(world.shown) == ["KO"]


def test_totals_add_signed_values_and_never_net_a_locked_profit_against_a_risk() -> None:
    world = World()
    world.bus.publish(AccountChanged(account(equity=Decimal(49_420), cash=Decimal(31_280))))
    world.stop("a", "AAA", "120", "84")
    world.stop("b", "BBB", "60", "156", OrderSide.BUY)
    world.stop("c", "CCC", "300", "18.90")
    world.stop("e", "EEE", "10", "12")
    world.hold(
        position("AAA", "120", "80", "88.50"),
        position("BBB", "-60", "150", "141"),
        position("CCC", "300", "21", "19.80"),
        position("DDD", "40", "250", "251"),
        position("EEE", "10", "5", "10"),
    )
    world.model.flush()
    totals = world.model.totals
    assert totals.value == Decimal("18240.00")
    assert totals.heat == Decimal("1710.00")
    assert totals.unprotected == 40
    summary = world.model.summary()
    assert summary is not None
    assert summary.heat == totals.heat


def test_the_initial_risk_stays_when_the_stop_moves_and_a_new_trade_starts_afresh() -> None:
    world = World()
    world.working(intent("e1", symbol="XOM", quantity="100", plan=plan("100", "99")))
    world.fill(execution("x1", order="e1", symbol="XOM", quantity="100", price="100"))
    world.hold(position("XOM", "100", "100", "102"))
    assert world.risk("XOM").r_now == 2
    world.stop("s", "XOM", "100", "101")
    assert world.risk("XOM").r_now == 2
    world.fill(execution("x2", order="s", symbol="XOM", side=SELL, quantity="100", price="101", at=later(1)))
    world.working(intent("e2", symbol="XOM", quantity="50", plan=plan("101", "97"), at=later(2)))
    world.fill(execution("x3", order="e2", symbol="XOM", quantity="50", price="101", at=later(2)))
    world.hold(position("XOM", "50", "101", "103"))
    assert world.risk("XOM").r_now == Decimal("0.5")


def test_shares_added_with_another_stop_join_the_risk() -> None:
    world = World()
    for key, price, stop, seconds in (("e1", "100", "99", 0), ("e2", "102", "99", 1)):
        world.working(intent(key, symbol="XOM", quantity="100", plan=plan(price, stop), at=later(seconds)))
        world.fill(execution(f"x{key}", order=key, symbol="XOM", price=price, at=later(seconds)))
    world.hold(position("XOM", "200", "101", "103"))
    risk = world.risk("XOM")
    assert risk.initial_risk == 400
    assert risk.r_now == 1


def test_the_result_of_the_day_needs_the_previous_close_for_older_shares() -> None:
    world = World()
    world.working(intent("e1", symbol="XOM", quantity="40", at=later(-86_400)))
    world.fill(execution("x1", order="e1", symbol="XOM", quantity="40", price="90", at=later(-86_400)))
    world.hold(position("XOM", "40", "90", None))
    world.quotes.put(quote("XOM", "101.99", "102.01"))
    assert world.row("XOM").day_result is None
    world.quotes.put(quote("XOM", "101.99", "102.01", close="100"))
    assert world.row("XOM").day_result == Decimal("80.00")
    world.working(intent("e2", symbol="XOM", quantity="10"))
    world.fill(execution("x2", order="e2", symbol="XOM", quantity="10", price="101"))
    world.hold(position("XOM", "50", "92.20", None))
    assert world.row("XOM").day_result == Decimal("90.00")


def test_many_quotes_rebuild_a_row_once(qtbot: object) -> None:
    world = World()
    world.hold(position("KO", "200", "68.92", "69.31"))
    batches: list[int] = []
    world.model.rows_changed.connect(lambda rows: batches.append(len(rows)))
    for cents in range(100):
        world.quotes.put(quote("KO", f"69.{cents // 2:02d}", "70.00"))
        world.quotes.put(quote("AMD", "1", "2"))
    world.model.flush()
    assert batches == [1]
