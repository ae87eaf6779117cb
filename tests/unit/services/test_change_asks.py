"""A change that a check wants confirmed asks as a new order does, and goes out once the checks are accepted."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSource, OrderState, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded, OrderDenied
from legend_desktop.domain.orders import Order
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.previews import QuickEntryRequest
from tests.faults.world import BUY, World, a_world, d


async def bracket(world: World, quantity: int = 100, **prices: float) -> Order:
    """A limit at 170 with a stop at 168 and a target at 180, not filled; 100 shares risk 0.2 % of the account."""
    await world.fresh()
    request = QuickEntryRequest(
        "AAPL",
        BUY,
        order_type=OrderType.LIMIT,
        quantity=quantity,
        limit_price=prices.get("limit", 170),
        stop_loss_price=prices.get("stop", 168),
        target_price=180,
    )
    return world.now((await world.do(world.trading.quick_entry(request))).order)


def stops(world: World) -> list[Order]:
    rows = world.context.book.open_orders("AAPL")
    return [row for row in rows if row.terms.order_type is OrderType.STOP]


async def test_an_entry_moved_far_from_the_market_asks_and_goes_out_once_accepted() -> None:
    async with a_world() as world:
        order = await world.place(100, kind=OrderType.LIMIT, limit=175)
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.replace_order(order.client_order_id, limit_price=157.9))
        assert asked.value.checks == {"price_collar"}
        assert asked.value.code == "price_collar"
        assert "157.90" in asked.value.sentence
        assert {row.outcome for row in asked.value.verdicts} >= {Outcome.PASS, Outcome.CONFIRM}, "every check is there"
        assert world.faults.calls("replace_order") == 0
        assert world.now(order).terms == order.terms
        with pytest.raises(ConfirmationNeeded):
            await world.do(
                world.trading.replace_order(order.client_order_id, limit_price=157.9, confirmed=frozenset({"quote"}))
            )
        changed = await world.do(
            world.trading.replace_order(order.client_order_id, limit_price=157.9, confirmed=asked.value.checks)
        )
        await world.breathe()
        assert world.now(changed).terms.limit_price == d("157.9")
        assert world.now(changed).state is OrderState.WORKING


async def test_more_shares_that_risk_too_much_of_the_account_ask() -> None:
    async with a_world() as world:
        order = await bracket(world)
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.replace_order(order.client_order_id, quantity=1_100))
        assert asked.value.checks == {"high_risk"}
        assert world.faults.calls("replace_order") == 0
        changed = await world.do(
            world.trading.replace_order(order.client_order_id, quantity=1_100, confirmed=asked.value.checks)
        )
        assert world.now(changed).quantity == 1_100
        # the exits named the first order as their entry: the risk of the one in its place is known all the same
        with pytest.raises(ConfirmationNeeded) as again:
            await world.do(world.trading.replace_order(changed.client_order_id, quantity=1_200))
        assert again.value.checks == {"high_risk"}


async def test_an_entry_cannot_be_moved_beyond_its_own_stop() -> None:
    async with a_world() as world:
        order = await bracket(world)
        with pytest.raises(OrderDenied) as refused:
            await world.do(world.trading.replace_order(order.client_order_id, limit_price=167.5))
        assert refused.value.code == "stop_side"
        assert not isinstance(refused.value, ConfirmationNeeded)


async def test_a_stop_without_its_bracket_is_no_base_of_risk() -> None:
    """Where a person has cancelled the exits the plan says nothing any more."""
    async with a_world() as world:
        order = await bracket(world)
        for leg in world.context.book.legs_of(order.client_order_id):
            await world.do(world.trading.cancel_order(leg.client_order_id))
        await world.breathe()
        assert world.now(order).is_open
        changed = await world.do(world.trading.replace_order(order.client_order_id, limit_price=167.5))
        assert world.now(changed).terms.limit_price == d("167.5")


async def test_a_stop_moved_while_the_market_is_closed_asks_before_any_stop_is_touched() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        await world.place(50)
        await world.do(world.trading.repair_stop("AAPL"))
        await world.breathe()
        assert [row.quantity for row in stops(world)] == [100, 50]
        world.context.market_open = False
        before = world.faults.calls("replace_order")
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.move_stop("AAPL", 174.5))
        assert asked.value.checks == {"market_open"}
        assert world.faults.calls("replace_order") == before
        await world.do(world.trading.move_stop("AAPL", 174.5, confirmed=asked.value.checks))
        await world.breathe()
        assert [row.terms.stop_price for row in stops(world)] == [d("174.5")] * 2


async def test_a_target_and_a_stop_to_entry_ask_and_go_out_too() -> None:
    async with a_world() as world:
        await world.enter(100)
        await world.quote(176.5, 176.52)
        world.context.market_open = False
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.set_target("AAPL", 181))
        target = await world.do(world.trading.set_target("AAPL", 181, confirmed=asked.value.checks))
        assert world.now(target).terms.limit_price == 181
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.stop_to_entry("AAPL"))
        stop = await world.do(world.trading.stop_to_entry("AAPL", confirmed=asked.value.checks))
        assert world.now(stop).terms.stop_price == world.context.positions["AAPL"].avg_entry_price
        with pytest.raises(ConfirmationNeeded) as asked:
            await world.do(world.trading.place_oco("AAPL", take_profit_price=182, stop_loss_price=175))
        order = await world.do(
            world.trading.place_oco("AAPL", take_profit_price=182, stop_loss_price=175, confirmed=asked.value.checks)
        )
        assert world.now(order).terms.limit_price == 182


async def test_exits_that_must_give_way_to_a_close_are_never_held_back() -> None:
    async with a_world() as world:
        await world.enter(100)
        world.context.market_open = False
        await world.do(world.trading.close_position("AAPL", fraction="0.5", source=OrderSource.KEY))
        await world.breathe()
        assert {row.remaining_quantity for row in stops(world)} == {Decimal(50)}


async def test_a_stop_that_is_too_large_is_cut_without_a_question() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.move_stop("AAPL", 174))
        # half of the shares go elsewhere: the stop of 100 would turn the position over
        held = world.context.positions["AAPL"]
        world.context.positions["AAPL"] = held.__class__("AAPL", d(50), held.avg_entry_price, held.mark, held.as_of)
        world.context.market_open = False
        await world.do(world.trading.repair_stop("AAPL"))
        await world.breathe()
        assert [row.remaining_quantity for row in stops(world)] == [50]
