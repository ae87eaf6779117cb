"""Closing in whole and in part, and the stops and targets around it: never more exits than shares, never bare."""

import asyncio
from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import DropRequest, LoseAnswer, Refuse
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TradingState
from legend_desktop.domain.errors import InvalidInput, OrderDenied
from legend_desktop.domain.orders import Order
from legend_desktop.services.risk_state import DAILY_LOSS
from tests.faults.invariants import check_settled
from tests.faults.world import BUY, SELL, World, a_world, d

S = OrderState


def working(world: World) -> dict[OrderType, list[int]]:
    """Shares left of the working exits, by kind."""
    found: dict[OrderType, list[int]] = {}
    for row in world.context.book.open_orders("AAPL"):
        found.setdefault(row.terms.order_type, []).append(int(row.remaining_quantity))
    return found


def stop_of(world: World) -> Order:
    return next(row for row in world.context.book.open_orders("AAPL") if row.terms.order_type is OrderType.STOP)


# ---- closing


async def test_closing_half_makes_both_exits_smaller_first() -> None:
    async with a_world() as world:
        await world.enter(100)
        seen: list[str] = []
        world.broker.on_request_sent, note = lambda key, ns: seen.append(key), world.broker.on_request_sent
        closing = await world.do(world.trading.close_position("AAPL", fraction=0.5))
        world.broker.on_request_sent = note
        await world.breathe()
        assert seen[-1] == closing.client_order_id, "the close leaves last"
        assert len(seen) == 3
        assert world.state(closing) == (S.FILLED, 50)
        assert working(world) == {OrderType.LIMIT: [50], OrderType.STOP: [50]}
        assert world.held() == 50
        assert closing.intent.label == "Close half"
        await check_settled(world)
        await world.quote(173.5, 173.52)
        await world.trade(173.5)
        await world.run(1)
        assert world.held() == 0, "the stop sells what is left and no more"
        assert working(world) == {}


@pytest.mark.parametrize(("fraction", "closed"), [("0.5", 3), ("0.01", 1), ("0.99", 6), (1, 7)])
async def test_a_fraction_of_an_odd_number_is_rounded_down_to_whole_shares(fraction: str, closed: int) -> None:
    async with a_world() as world:
        await world.place(7)
        order = await world.do(world.trading.close_position("AAPL", fraction=fraction))
        await world.breathe()
        assert int(order.quantity) == closed
        assert world.held() == 7 - closed


async def test_closing_all_cancels_the_exits_and_waits_for_them() -> None:
    async with a_world() as world:
        entry = await world.enter(100)
        closing = await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        assert world.state(closing) == (S.FILLED, 100)
        assert {world.leg(entry, name).state for name in ("Stop", "Target")} == {S.CANCELED}
        assert world.held() == 0
        await check_settled(world)


async def test_closing_is_refused_while_the_cancel_of_the_stop_is_not_confirmed() -> None:
    async with a_world() as world:
        await world.enter(100)
        world.faults.on("cancel_order", DropRequest(), nth=None)
        with pytest.raises(OrderDenied, match=r"is not confirmed\. Nothing was closed, for both could fill"):
            await world.do(world.trading.close_position("AAPL"))
        assert world.faults.calls("close_position") == 0
        assert world.held() == 100
        world.faults.clear()
        await world.do(world.trading.close_position("AAPL"))
        await world.breathe()
        assert world.held() == 0
        await check_settled(world)


@pytest.mark.parametrize("fault", [Refuse("not now"), LoseAnswer(), DropRequest()])
async def test_closing_half_is_refused_while_an_exit_is_not_known_to_be_smaller(fault: object) -> None:
    async with a_world() as world:
        await world.enter(100)
        world.broker.streams.silence_orders()
        world.faults.on("replace_order", fault)  # type: ignore[arg-type]
        with pytest.raises(OrderDenied, match="could not be made smaller, so nothing was closed"):
            await world.do(world.trading.close_position("AAPL", fraction=0.5))
        assert world.faults.calls("close_position") == 0
        assert await world.held_there() == 100
        await check_settled(world)


async def test_there_is_nothing_to_close_without_a_position() -> None:
    async with a_world() as world:
        for call in (
            world.trading.close_position("AAPL"),
            world.trading.move_stop("AAPL", 174),
            world.trading.stop_to_entry("AAPL"),
            world.trading.reverse_position("AAPL"),
            world.trading.repair_stop("AAPL"),
            world.trading.trail_stop("AAPL", amount=1),
            world.trading.set_target("AAPL", 180),
        ):
            with pytest.raises(OrderDenied, match=r"You hold no AAPL\. Nothing was sent\."):
                await world.do(call)


async def test_reversing_closes_then_opens_the_same_size_on_the_other_side() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.run(1.1)
        await world.fresh()
        opening = await world.do(world.trading.reverse_position("AAPL"))
        await world.breathe()
        assert world.state(opening) == (S.FILLED, 100)
        assert opening.side is OrderSide.SELL
        assert world.held() == -100
        assert working(world) == {}
        await check_settled(world)


async def test_reversing_that_cannot_close_opens_nothing() -> None:
    async with a_world() as world:
        await world.enter(100)
        world.faults.on("close_position", Refuse("no"))
        with pytest.raises(OrderDenied, match="was not closed in time, so it is not turned over"):
            await world.do(world.trading.reverse_position("AAPL"))
        assert world.held() == 100
        assert world.faults.calls("place_order") == 0


# ---- stops


async def test_the_stop_goes_to_the_entry_once_the_market_is_beyond_it() -> None:
    async with a_world() as world:
        await world.enter(100)
        with pytest.raises(OrderDenied, match="would go off at once"):
            await world.do(world.trading.stop_to_entry("AAPL"))
        assert stop_of(world).terms.stop_price == 174, "refused, and the old stop stands"
        await world.quote(176.50, 176.52)
        moved = await world.do(world.trading.stop_to_entry("AAPL"))
        assert moved.terms.stop_price == d("175.52")
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        await check_settled(world)


async def test_the_stop_beyond_the_entry_covers_the_costs_of_this_trade_alone() -> None:
    from legend_desktop.brokers.simulator.config import FeeSchedule

    fees = FeeSchedule(commission_per_share=d("0.01"))
    async with a_world(fees=fees) as world:
        for number in range(3):
            await world.enter(80 + number)
            await world.do(world.trading.flatten_all())
            await world.run(1.1)
        await world.enter(100)
        await world.quote(176.50, 176.52)
        moved = await world.do(world.trading.stop_to_entry("AAPL", with_costs=True))
        assert moved.terms.stop_price == d("175.54"), "a cent a share each way"


@pytest.mark.parametrize("price", [175.50, 176, 200])
async def test_a_stop_on_the_wrong_side_of_the_market_is_refused(price: float) -> None:
    async with a_world() as world:
        await world.place(100)
        with pytest.raises(OrderDenied, match="would go off at once"):
            await world.do(world.trading.move_stop("AAPL", price))
        assert working(world) == {}


async def test_a_short_positions_stop_is_above_the_market() -> None:
    async with a_world() as world:
        await world.place(100, SELL)
        with pytest.raises(OrderDenied):
            await world.do(world.trading.move_stop("AAPL", 175))
        stop = await world.do(world.trading.move_stop("AAPL", 177))
        assert (stop.side, stop.state) == (BUY, S.WORKING)
        await check_settled(world)


async def test_a_stop_is_placed_for_every_share_where_none_works() -> None:
    async with a_world() as world:
        await world.place(100)
        stop = await world.do(world.trading.move_stop("AAPL", "174.006"))
        assert (stop.quantity, stop.terms.stop_price) == (d(100), d("174.01"))
        await check_settled(world)


async def test_every_stop_of_a_position_built_in_two_steps_is_moved() -> None:
    async with a_world() as world:
        await world.enter(100, target=None)
        await world.run(1.1)
        await world.enter(50, stop=173, target=None)
        await world.do(world.trading.move_stop("AAPL", 174.5))
        prices = {row.terms.stop_price for row in world.context.book.open_orders("AAPL")}
        assert prices == {d("174.5")}
        assert working(world) == {OrderType.STOP: [100, 50]}
        await check_settled(world)


async def test_a_trailing_stop_takes_the_place_of_the_stop_and_keeps_the_target() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.run(1)
        await world.fresh()
        trailing = await world.do(world.trading.trail_stop("AAPL", amount="1.50"))
        await world.breathe()
        assert working(world) == {OrderType.LIMIT: [100], OrderType.TRAILING_STOP: [100]}
        partner = next(row for row in world.context.book.open_orders() if row.terms.order_type is OrderType.LIMIT)
        assert partner.intent.oco_group == trailing.intent.oco_group
        assert partner.terms.limit_price == 180
        await world.trade(177)
        await world.trade(175.4)
        await world.run(1)
        assert world.held() == 0, "it trailed to 175.50 and went off"
        assert working(world) == {}
        await check_settled(world)


async def test_a_trailing_stop_over_two_brackets_is_one_for_all_shares() -> None:
    async with a_world() as world:
        await world.enter(100, target=None)
        await world.run(1.1)
        await world.enter(50, target=None)
        await world.do(world.trading.trail_stop("AAPL", percent=1))
        assert working(world) == {OrderType.TRAILING_STOP: [150]}
        await check_settled(world)


async def test_a_fixed_stop_takes_the_place_of_a_trailing_one() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.trail_stop("AAPL", percent="1.2"))
        await world.do(world.trading.move_stop("AAPL", 174))
        assert working(world) == {OrderType.STOP: [100]}
        await check_settled(world)


@pytest.mark.parametrize("wish", [{}, {"amount": 1, "percent": 1}, {"amount": 0}, {"percent": 100}])
async def test_a_trail_needs_one_sensible_distance(wish: dict[str, object]) -> None:
    async with a_world() as world:
        await world.enter(100)
        with pytest.raises((InvalidInput, ValueError)):
            await world.do(world.trading.trail_stop("AAPL", **wish))  # type: ignore[arg-type]
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}


async def test_what_the_gate_refuses_cancels_nothing_first() -> None:
    """A halted desk refuses the new stop: then the old one must still be there."""
    async with a_world() as world:
        await world.enter(100)
        world.context.risk.lock(DAILY_LOSS, TradingState.HALTED, "Halted.")
        for call in (
            world.trading.trail_stop("AAPL", amount=1),
            world.trading.move_stop("AAPL", 174.5),
            world.trading.set_target("AAPL", 181),
        ):
            with pytest.raises(OrderDenied):
                await world.do(call)
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        await check_settled(world)


async def test_stop_limits_keep_their_distance_when_the_stop_moves() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.place(100, SELL, OrderType.STOP_LIMIT, stop=174, limit=173.8)
        moved = await world.do(world.trading.move_stop("AAPL", 172))
        assert (moved.terms.stop_price, moved.terms.limit_price) == (d(172), d("171.8"))


# ---- targets


async def test_a_target_beside_a_stop_makes_a_pair_that_cancels_itself() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        target = await world.do(world.trading.set_target("AAPL", 178))
        await world.breathe()
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        assert target.intent.oco_group == stop_of(world).intent.oco_group
        await world.quote(178.10, 178.12)
        await world.trade(178.1)
        await world.run(1)
        assert world.held() == 0
        assert working(world) == {}
        await check_settled(world)


async def test_a_stop_beside_a_target_makes_a_pair_too() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.set_target("AAPL", 178))
        await world.do(world.trading.move_stop("AAPL", 174))
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        assert world.faults.calls("place_oco_order") == 1
        await check_settled(world)


async def test_a_working_target_is_moved() -> None:
    async with a_world() as world:
        await world.enter(100)
        moved = await world.do(world.trading.set_target("AAPL", 179.5))
        assert moved.terms.limit_price == d("179.5")
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        await check_settled(world)


async def test_an_oco_pair_protects_an_open_position() -> None:
    async with a_world() as world:
        await world.place(100)
        target = await world.do(world.trading.place_oco("AAPL", take_profit_price=180, stop_loss_price=174))
        assert target.terms.limit_price == 180
        assert working(world) == {OrderType.LIMIT: [100], OrderType.STOP: [100]}
        await check_settled(world)


async def test_a_stop_may_not_cover_more_than_is_held() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        with pytest.raises(OrderDenied):
            await world.place(100, SELL, OrderType.STOP, stop=173)
        assert working(world) == {OrderType.STOP: [100]}


async def test_two_drags_of_the_same_stop_at_once_send_one_change() -> None:
    async with a_world(latency=0.2) as world:
        await world.do(world.trading.place_order(world.terms(100)))
        await world.run(1)
        await world.fresh()
        await world.do(world.trading.move_stop("AAPL", 174))
        drags = [asyncio.ensure_future(world.trading.move_stop("AAPL", price)) for price in (174.1, 174.2)]
        await world.run(2)
        done = await asyncio.gather(*drags, return_exceptions=True)
        assert isinstance(done[1], OrderDenied)
        assert working(world) == {OrderType.STOP: [100]}
        assert stop_of(world).terms.stop_price == Decimal("174.1")
        await check_settled(world)
