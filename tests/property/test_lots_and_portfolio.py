"""Shares, money and fees are neither made nor lost by matching; portfolio figures add up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import BrokerType, MatchingMethod, OrderSide, TradingMode
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.portfolio import summarize_portfolio
from legend_desktop.domain.position_risk import Protection, assess_position
from legend_desktop.domain.positions import Position
from legend_desktop.domain.round_trips import fold_trades
from tests.unit.domain.builders import gross, matched, net, stop_order

D = Decimal
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TINY = D("1E-12")


def cents(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda value: D(value) / 100)


@st.composite
def executions(draw: st.DrawFn) -> list[Execution]:
    rows = []
    for number in range(draw(st.integers(1, 20))):
        at = START + timedelta(seconds=number)
        rows.append(
            Execution(
                execution_id=f"e{number}",
                symbol=draw(st.sampled_from(["AAA", "BBB"])),
                side=draw(st.sampled_from(list(OrderSide))),
                quantity=D(draw(st.integers(1, 300))),
                price=draw(cents(100, 50_000)),
                executed_at=at,
                received_at=at,
                broker_order_id=f"b{number}",
                commission=draw(st.none() | cents(0, 500)),
            )
        )
    return rows


@given(executions(), st.sampled_from(list(MatchingMethod)))
def test_matching_keeps_shares_money_and_fees(rows: list[Execution], method: MatchingMethod) -> None:
    matcher = matched(rows, method)
    for symbol in ("AAA", "BBB"):
        mine = [row for row in rows if row.symbol == symbol]
        lots, closed = matcher.open_lots(symbol), [lot for lot in matcher.closed if lot.symbol == symbol]
        assert matcher.position(symbol) == sum((row.side.sign * row.quantity for row in mine), D(0))
        assert len({lot.side for lot in lots}) <= 1
        assert all(lot.quantity > 0 and lot.fees >= 0 for lot in lots)
        cash = sum((-row.side.sign * row.notional for row in mine), D(0))
        held = sum((lot.side.sign * lot.cost for lot in lots), D(0))
        assert abs(gross(matcher, symbol) - (cash + held)) < TINY
        fees = sum((row.total_fees or D(0) for row in mine), D(0))
        told = sum((lot.fees for lot in lots), D(0)) + sum((lot.fees for lot in closed), D(0))
        assert abs(fees - told) < TINY


@given(executions())
def test_the_method_moves_profit_in_time_and_never_makes_any(rows: list[Execution]) -> None:
    """Once flat, every method tells the same profit."""
    closing = []
    for symbol in ("AAA", "BBB"):
        held = matched(rows).position(symbol)
        if held:
            side = OrderSide.SELL if held > 0 else OrderSide.BUY
            at = START + timedelta(hours=1)
            closing.append(Execution(f"close-{symbol}", symbol, side, abs(held), D(10), at, at))
    grosses = [gross(matched([*rows, *closing], method)) for method in MatchingMethod]
    assert max(grosses) - min(grosses) < TINY


@given(executions(), st.sampled_from(list(MatchingMethod)))
def test_round_trips_tell_what_the_lots_tell(rows: list[Execution], method: MatchingMethod) -> None:
    matcher, trips = matched(rows, method), fold_trades(rows, method).trips
    assert abs(sum((trip.gross for trip in trips), D(0)) - gross(matcher)) < TINY
    assert abs(sum((trip.net for trip in trips), D(0)) - net(matcher)) < TINY
    for trip in trips:
        assert trip.exited <= trip.entered
        assert (trip.closed_at is not None) is (trip.exited == trip.entered)
        assert sum(quantity for _, quantity in trip.parts) == trip.entered + trip.exited
    parts: dict[str, Decimal] = {}
    for trip in trips:
        for execution_id, quantity in trip.parts:
            parts[execution_id] = parts.get(execution_id, D(0)) + quantity
    assert parts == {row.execution_id: row.quantity for row in rows}


@given(executions(), st.integers(0, 19), st.sampled_from(list(MatchingMethod)))
def test_trades_can_be_worked_out_from_any_moment_on(rows: list[Execution], start: int, method: MatchingMethod) -> None:
    """Without the rows before a moment, the trades that were opened after it are still the same."""
    held = {symbol: matched(rows).position(symbol) for symbol in ("AAA", "BBB")}
    whole, part = fold_trades(rows, method), fold_trades(rows[start:], method, held=held)
    later = [trip for trip in whole.trips if trip.opened_at >= START + timedelta(seconds=start)]
    told = {(trip.symbol, trip.opened_at): trip for trip in part.trips}
    for trip in later:
        assert abs(told[trip.symbol, trip.opened_at].net - trip.net) < TINY
        assert told[trip.symbol, trip.opened_at].parts == trip.parts
    assert fold_trades(rows, method, held=held) == whole


@st.composite
def holdings(draw: st.DrawFn) -> list[Position]:
    names = draw(st.lists(st.sampled_from("ABCDEFGHIJ"), unique=True, max_size=8))
    return [
        Position(
            name,
            D(draw(st.integers(-500, 500).filter(bool))),
            draw(cents(100, 30_000)),
            draw(st.none() | cents(100, 30_000)),
        )
        for name in names
    ]


@given(holdings(), cents(-1_000_000, 10_000_000))
def test_portfolio_identities(positions: list[Position], cash: Decimal) -> None:
    value = sum((row.market_value or D(0) for row in positions), D(0))
    account = Account("A", BrokerType.SIMULATOR, TradingMode.PAPER, cash, D(0), cash + value, START)
    summary = summarize_portfolio(account, positions)
    assert summary.total_positions == summary.long_positions + summary.short_positions == len(positions)
    assert summary.positions_value == summary.long_value + summary.short_value == value
    assert summary.gross_exposure == summary.long_value - summary.short_value
    assert summary.total_equity == summary.portfolio_value == cash + value
    assert summary.equity_gap_percent is None
    assert all(row.unrealized_pl_percent > 0 for row in summary.top_gainers)
    assert all(row.unrealized_pl_percent < 0 for row in summary.top_losers)
    assert len(summary.top_gainers) <= 5
    if summary.hhi is not None and summary.effective_positions is not None:
        priced = len(positions) - len(summary.unpriced)
        assert 0 < summary.hhi <= 1 + TINY
        assert 1 - TINY <= summary.effective_positions <= priced + TINY
    assert {row.symbol for row in summary.unprotected} == {row.symbol for row in positions}


@given(holdings().filter(bool), st.lists(st.tuples(st.integers(1, 400), cents(100, 30_000)), max_size=4))
def test_protection_adds_up(positions: list[Position], stops: list[tuple[int, Decimal]]) -> None:
    position = positions[0]
    orders = [
        stop_order(position, price, size, client_order_id=f"s{number}") for number, (size, price) in enumerate(stops)
    ]
    risk = assess_position(position, orders)
    assert 0 <= risk.protected_quantity <= risk.shares
    assert risk.protected_quantity + risk.unprotected_quantity == risk.shares
    assert risk.stop_quantity == sum(size for size, _ in stops)
    assert (risk.protection is Protection.FULL) is (risk.stop_quantity == risk.shares)
    assert (risk.sentence == "") is (risk.protection is Protection.FULL)
