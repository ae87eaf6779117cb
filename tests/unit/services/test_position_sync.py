"""Portfolio summary, frozen initial risk and risk metrics, from positions that were really opened."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderRole, OrderState, OrderType
from legend_desktop.domain.risk_metrics import RBasis
from legend_desktop.services.open_trade import entries_of_trade
from tests.faults.invariants import check_settled
from tests.faults.world import BUY, SELL, World, a_world, d


async def open_position(world: World, symbol: str, shares: int, price: float, mark: float) -> None:
    """Open at ``price`` and let the market go to ``mark``."""
    world.post(price, price, symbol=symbol)
    await world.breathe()
    side = BUY if shares > 0 else SELL
    await world.do(world.trading.place_order(world.terms(abs(shares), side, symbol=symbol)))
    await world.breathe()
    world.post(mark - 0.01, mark + 0.01, symbol=symbol)
    await world.run(1.1)


async def test_the_portfolio_of_four_positions_has_the_figures_of_the_worked_example() -> None:
    async with a_world(starting_cash=Decimal(48_180)) as world:
        for symbol, shares, price, mark in (
            ("AAA", 120, 80, 88.5),
            ("BBB", -60, 150, 141),
            ("CCC", 300, 21, 19.8),
            ("DDD", 40, 250, 251),
        ):
            await open_position(world, symbol, shares, price, mark)
        for symbol, mark, stop in (("AAA", 88.5, 84), ("BBB", 141, 156), ("CCC", 19.8, 18.9)):
            world.post(mark - 0.01, mark + 0.01, symbol=symbol)
            await world.breathe()
            await world.do(world.trading.move_stop(symbol, stop))
        for symbol, mark in (("AAA", 88.5), ("BBB", 141), ("CCC", 19.8), ("DDD", 251)):
            world.post(mark - 0.01, mark + 0.01, symbol=symbol)
        await world.breathe()
        summary = await world.do(world.desk.sync.get_portfolio_summary())
        assert (summary.cash, summary.total_equity, summary.portfolio_value) == (d(31_280), d(49_420), d(49_420))
        assert summary.positions_value == 18_140
        assert (summary.total_unrealized_pl, round(summary.total_unrealized_pl_percent, 2)) == (d(1_240), d("3.55"))
        assert (summary.total_positions, summary.long_positions, summary.short_positions) == (4, 3, 1)
        gainers = [(row.symbol, row.unrealized_pl_percent) for row in summary.top_gainers]
        assert gainers == [("AAA", d("10.625")), ("BBB", d("6.00")), ("DDD", d("0.40"))]
        assert [row.symbol for row in summary.top_losers] == ["CCC"]
        assert (summary.long_value, summary.short_value, summary.gross_exposure) == (d(26_600), d(-8_460), d(35_060))
        assert (summary.heat, summary.heat_from_entry, summary.locked_profit) == (d(1_710), d(990), d(480))
        assert [(row.symbol, row.shares) for row in summary.unprotected] == [("DDD", d(40))]


async def test_initial_risk_is_frozen_at_the_fill_and_survives_a_moved_stop() -> None:
    async with a_world() as world:
        await world.enter(100)
        (risk,) = world.desk.sync.position_risks()
        assert risk.initial_risk == d("152.00"), "100 shares from 175.52 to the planned stop at 174"
        await world.quote(177.04, 177.04)
        await world.do(world.trading.move_stop("AAPL", 176))
        (risk,) = world.desk.sync.position_risks()
        assert risk.initial_risk == d("152.00")
        assert risk.r_now == 1
        assert risk.open_risk == d("104.00")
        assert risk.entry_risk == d("-48.00"), "below zero: locked profit"


async def test_initial_risk_adds_up_over_entries_and_ends_with_the_trade() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.run(1.1)
        await world.enter(50, stop=174.5)
        (risk,) = world.desk.sync.position_risks()
        assert risk.initial_risk == d("203.00"), "152.00 and 50 shares at 1.02"
        await world.do(world.trading.flatten_all())
        await world.run(1.1)
        await world.enter(10)
        (risk,) = world.desk.sync.position_risks()
        assert risk.initial_risk == d("15.20"), "the closed trade counts no more"


async def test_entries_of_the_open_trade_begin_where_the_position_was_last_flat() -> None:
    async with a_world() as world:
        old = await world.enter(100)
        await world.do(world.trading.close_position("AAPL"))
        await world.run(1.1)
        first = await world.enter(60)
        await world.run(1.1)
        second = await world.place(40, kind=OrderType.LIMIT, limit=175.6)
        position = world.context.positions["AAPL"]
        assert position.quantity == 100
        found = [row.client_order_id for row in entries_of_trade(world.context.book, position)]
        assert found == [first.client_order_id, second.client_order_id]
        assert old.client_order_id not in found
        assert all(row.intent.role is OrderRole.ENTRY for row in entries_of_trade(world.context.book, position))


async def test_risk_metrics_of_the_documents_sample_answer_by_key_and_attribute() -> None:
    async with a_world() as world:
        call = world.desk.sync.calculate_risk_metrics(
            symbol="AAPL", entry_price=175.50, stop_loss=174.00, account_size=100000.00
        )
        metrics = await world.do(call)
        assert metrics["risk_amount"] == metrics.risk_amount == d("999.00"), "666 shares at 1.50"
        assert f"{metrics['risk_percent']:.2f}" == "1.00"
        assert f"{metrics['r_multiple']:.2f}" == "0.01", "the mid of 175.51 against 175.50, in risks of 1.50"
        await world.enter(222)
        await world.quote(177.00, 177.00)
        open_one = await world.do(world.desk.sync.calculate_risk_metrics("aapl", "175.5", 174, 100_000))
        assert (open_one.quantity, open_one.r_basis, open_one.r_multiple) == (d(222), RBasis.POSITION, d(1))
        with pytest.raises(ValueError, match="stop"):
            await world.do(world.desk.sync.calculate_risk_metrics("AAPL", 175, 175, 100_000))


async def test_marks_are_fresh_mids_and_say_when_they_are_old() -> None:
    async with a_world() as world:
        await world.place(100)
        (position,) = world.desk.sync.positions
        assert (position.mark, position.mark_stale) == (d("175.51"), False)
        await world.run(4)
        (position,) = world.desk.sync.positions
        assert position.mark_stale
        assert position.mark is not None


async def test_positions_summary_and_account_before_the_first_answer_are_empty() -> None:
    async with a_world(started=False) as world:
        assert world.desk.sync.positions == []
        assert world.desk.sync.account is None
        assert world.desk.sync.summary() is None
        assert world.desk.sync.position_risks() == []


async def test_a_position_answer_older_than_a_fill_does_not_take_the_fill_back() -> None:
    async with a_world(latency=0.6) as world:
        order = await world.place(500, kind=OrderType.LIMIT, limit=175)
        for _ in range(5):
            world.broker.backstage.fill(order.broker_order_id or "", 20, Decimal(175))
            await world.run(0.35)
            there = await world.held_there()
            assert world.held() in {there, there - 20}
        await world.run(3)
        assert world.held() == 100
        assert world.state(order) == (OrderState.PARTIAL, 100)
        await check_settled(world)
