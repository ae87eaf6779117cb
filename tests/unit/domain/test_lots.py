from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import ExecutionKind, MatchingMethod, OrderSide
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.lots import LotMatcher
from legend_desktop.domain.records import PositionAdjustment
from legend_desktop.domain.round_trips import RoundTrip, fold_trades
from tests.unit.domain.builders import gross, matched, net

D = Decimal
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def fill(number: int, side: str, quantity: str, price: str, fee: str | None = None, symbol: str = "XYZ") -> Execution:
    at = START + timedelta(minutes=number)
    return Execution(
        execution_id=f"e{number}",
        symbol=symbol,
        side=OrderSide(side),
        quantity=D(quantity),
        price=D(price),
        executed_at=at,
        received_at=at,
        broker_order_id=f"b{number}",
        commission=None if fee is None else D(fee),
    )


SCALED = [
    fill(1, "buy", "100", "20.00", "1.00"),
    fill(2, "buy", "90", "22.00", "1.00"),
    fill(3, "buy", "80", "24.50", "1.00"),
    fill(4, "sell", "150", "23.40", "1.20"),
]
FLIP = [fill(1, "buy", "100", "20"), fill(2, "sell", "150", "23"), fill(3, "buy", "50", "22.20")]


@pytest.mark.parametrize(
    ("method", "realised"),
    [(MatchingMethod.FIFO, "410.00"), (MatchingMethod.LIFO, "10.00"), (MatchingMethod.AVERAGE, "210.00")],
)
def test_realised_profit_by_method(method: MatchingMethod, realised: str) -> None:
    matcher = matched(SCALED, method)
    assert gross(matcher) == D(realised)
    assert matcher.position("XYZ") == 120


def test_first_in_first_out_carries_entry_fees_pro_rata() -> None:
    matcher = matched(SCALED)
    assert round(net(matcher), 2) == D("407.24")
    assert round(sum(lot.fees for lot in matcher.closed), 4) == D("2.7556")
    assert [lot.quantity for lot in matcher.open_lots("XYZ")] == [40, 80]


def test_average_cost_keeps_one_lot() -> None:
    (lot,) = matched(SCALED, MatchingMethod.AVERAGE).open_lots("XYZ")
    assert (lot.cost, lot.quantity) == (D(22) * 120, D(120))


def test_a_fill_larger_than_the_position_flips_it() -> None:
    matcher = LotMatcher()
    matcher.add(FLIP[0])
    matcher.add(FLIP[1])
    assert gross(matcher) == 300
    assert matcher.position("XYZ") == -50
    (short,) = matcher.open_lots("XYZ")
    assert (short.cost, short.quantity) == (D(1150), D(50))
    matcher.add(FLIP[2])
    assert gross(matcher) == 340
    assert matcher.position("XYZ") == 0


def test_fees_of_a_flip_are_split_by_quantity() -> None:
    matcher = LotMatcher()
    matcher.add(fill(1, "buy", "100", "20", "1.00"))
    matcher.add(fill(2, "sell", "150", "23", "1.50"))
    assert net(matcher) == 300 - 1 - 1
    (short,) = matcher.open_lots("XYZ")
    assert short.fees == D("0.50")


def test_a_busted_fill_and_a_repeated_one_are_not_matched() -> None:
    bust = Execution(
        "bust-2", "XYZ", OrderSide.BUY, D(90), D(22), START, START, kind=ExecutionKind.BUST, corrects_id="e2"
    )
    matcher = matched([*SCALED[:3], SCALED[0], bust])
    assert matcher.position("XYZ") == 180


def test_executions_are_matched_in_their_own_order_of_time() -> None:
    assert gross(matched(list(reversed(SCALED)))) == 410


class TestRoundTrips:
    def test_a_flip_ends_one_trade_and_begins_another(self) -> None:
        long, short = trips(FLIP)
        assert (long.side, long.gross, long.closed_at) == (OrderSide.BUY, D(300), START + timedelta(minutes=2))
        assert (short.side, short.gross, short.closed_at) == (OrderSide.SELL, D(40), START + timedelta(minutes=3))
        assert long.parts == (("e1", D(100)), ("e2", D(100)))
        assert short.parts == (("e2", D(50)), ("e3", D(50)))
        assert short.entry_price == 23
        assert short.exit_price == D("22.20")

    def test_an_open_trade_counts_what_is_realised(self) -> None:
        (trip,) = trips(SCALED)
        assert trip.closed_at is None
        assert (trip.entered, trip.exited, trip.gross) == (D(270), D(150), D(410))
        assert round(trip.net, 2) == D("407.24")

    def test_a_closed_trade_earns_the_same_under_each_method(self) -> None:
        rows = [*SCALED, fill(5, "sell", "120", "25.00", "1.00")]
        nets = {trips(rows, method)[0].net for method in MatchingMethod}
        assert {round(net, 10) for net in nets} == {D(5940) * -1 + 150 * D("23.40") + 120 * D(25) - D("5.20")}

    def test_symbols_do_not_mix(self) -> None:
        rows = [fill(1, "buy", "10", "5", symbol="AAA"), fill(2, "sell", "10", "6", symbol="BBB")]
        assert [(trip.symbol, trip.side) for trip in trips(rows)] == [
            ("AAA", OrderSide.BUY),
            ("BBB", OrderSide.SELL),
        ]


def trips(rows: list[Execution], method: MatchingMethod = MatchingMethod.FIFO) -> list[RoundTrip]:
    return list(fold_trades(rows, method).trips)


def moved(minute: int, quantity: str, symbol: str = "XYZ") -> PositionAdjustment:
    return PositionAdjustment(symbol, START + timedelta(minutes=minute, seconds=30), D(quantity), "UNEXPLAINED", "")


class TestSharesOfUnknownOrigin:
    """What was held before the first fill, or came without one, has no entry to compare with."""

    def test_closing_them_is_no_trade_and_the_next_one_counts(self) -> None:
        rows = [fill(1, "sell", "100", "23"), fill(2, "buy", "50", "22"), fill(3, "sell", "50", "24")]
        book = fold_trades(rows, held={})
        (trip,) = book.trips
        assert (trip.side, trip.net, trip.parts[0]) == (OrderSide.BUY, D(100), ("e2", D(50)))
        assert [row.execution_id for row in book.unmatched] == ["e1"]

    def test_adding_to_them_is_no_trade_either(self) -> None:
        rows = [fill(1, "buy", "50", "20"), fill(2, "sell", "150", "23")]
        assert fold_trades(rows, held={}).trips == ()

    def test_a_fill_that_turns_them_round_opens_a_trade_with_the_rest_and_its_part_of_the_fees(self) -> None:
        rows = [fill(1, "sell", "150", "23", "1.50"), fill(2, "buy", "50", "22", "0.50")]
        (trip,) = fold_trades(rows, held={}).trips
        assert (trip.side, trip.entered, trip.fees, trip.net) == (OrderSide.SELL, D(50), D("1.00"), D(49))

    def test_shares_that_came_without_a_fill_end_what_can_be_told_until_flat(self) -> None:
        rows = [
            fill(1, "buy", "100", "20"),
            fill(3, "sell", "200", "11"),
            fill(4, "buy", "10", "11"),
            fill(5, "sell", "10", "12"),
        ]
        book = fold_trades(rows, held={}, adjustments=[moved(2, "100")])
        assert [(trip.opened_at, trip.net) for trip in book.trips] == [(START + timedelta(minutes=4), D(10))]
        assert fold_trades(rows[:1], held={}, adjustments=[moved(2, "-100")]).trips == ()

    def test_an_adjustment_of_another_symbol_changes_nothing(self) -> None:
        book = fold_trades(FLIP, held={"ABC": D(5)}, adjustments=[moved(1, "5", "ABC")])
        assert [trip.net for trip in book.trips] == [D(300), D(40)]

    def test_an_open_position_that_the_fills_explain_is_an_open_trade(self) -> None:
        (trip,) = fold_trades(SCALED, held={"XYZ": D(120)}).trips
        assert trip.closed_at is None
