"""The acceptance table: brackets and pairs of exits that cancel each other."""

from decimal import Decimal

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType
from tests.contract.adapters import Open
from tests.contract.harness import Harness
from tests.contract.rows import needs, topic

BUY, SELL = OrderSide.BUY, OrderSide.SELL
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP
S = OrderState


def needs_brackets(made: Harness) -> None:
    needs(made, lambda able: able.native_brackets, "brackets")


def needs_pairs(made: Harness) -> None:
    needs(made, lambda able: able.native_oco, "OCO pairs")


@topic("bracket")
async def test_it_answers_leg_by_leg_as_a_family(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        bracket = made.bracket(100, limit="175.40")
        reports = await made.broker.place_bracket_order(bracket)
        await made.settle()
        assert [row.terms.side for row in reports] == [BUY, SELL, SELL]
        assert [row.role for row in reports] == [OrderRole.ENTRY, OrderRole.TARGET, OrderRole.STOP]
        assert {row.parent_broker_order_id for row in reports[1:]} == {reports[0].broker_order_id}
        assert reports[1].oco_group == reports[2].oco_group
        assert reports[1].oco_group
        assert [row.client_order_id for row in reports] == [leg.client_order_id for leg in bracket.legs]
        assert await made.open_ids() == {row.broker_order_id for row in reports}


@topic("bracket")
async def test_our_ids_find_each_leg_at_the_broker(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        needs(made, lambda able: able.leg_client_order_ids, "ids of ours on legs at the broker; the session maps them")
        bracket = made.bracket(100, limit="175.40")
        reports = await made.broker.place_bracket_order(bracket)
        for leg, report in zip(bracket.legs, reports, strict=True):
            found = await made.broker.find_order(leg.client_order_id)
            assert found is not None
            assert found.broker_order_id == report.broker_order_id


@topic("bracket")
async def test_its_stop_ends_the_trade_and_the_target(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        _, target, stop = await made.broker.place_bracket_order(made.bracket(100))
        await made.settle()
        assert await made.position() == 100
        await made.move("173.80", "173.90", "173.85")
        assert (await made.order(stop.broker_order_id)).state is S.FILLED
        assert (await made.order(target.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


@topic("bracket")
async def test_its_target_ends_the_trade_and_the_stop(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        _, target, stop = await made.broker.place_bracket_order(made.bracket(100))
        await made.settle()
        await made.move("180.00", "180.02", "180.01")
        assert (await made.order(target.broker_order_id)).state is S.FILLED
        assert (await made.order(stop.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


@topic("bracket")
async def test_one_that_never_filled_leaves_nothing(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        reports = await made.broker.place_bracket_order(made.bracket(100, limit="175.40"))
        await made.settle()
        await made.broker.cancel_order(reports[0].broker_order_id)
        await made.settle()
        assert await made.open_ids() == set()
        assert await made.position() == 0


@topic("bracket")
async def test_a_part_of_the_entry_is_guarded_as_declared(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        entry, _, stop = await made.broker.place_bracket_order(made.bracket(100, limit="175.51"))
        await made.settle()
        await made.trade("175.51", 40)
        assert (await made.order(entry.broker_order_id)).state is S.PARTIAL
        await made.move("173.80", "173.90", "173.85")
        after = await made.order(stop.broker_order_id)
        if made.broker.capabilities.exits_wait_for_whole_entry:
            # the fall has filled the entry first, and no exit worked before that
            assert (await made.order(entry.broker_order_id)).state is S.FILLED
        else:
            assert after.filled_quantity > 0


@topic("bracket")
async def test_an_exit_can_be_moved(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        needs(made, lambda able: able.replace, "changes")
        _, target, stop = await made.broker.place_bracket_order(made.bracket(100))
        await made.settle()
        moved = await made.broker.replace_order(stop.broker_order_id, made.exit(STOP, 100, stop="175"))
        await made.settle()
        assert moved.role is OrderRole.STOP
        await made.move("174.90", "174.92", "174.91")
        assert (await made.order(moved.broker_order_id)).state is S.FILLED
        assert (await made.order(target.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


@topic("bracket")
async def test_exits_on_the_wrong_side_are_refused_and_nothing_works(opened: Open) -> None:
    async with opened() as made:
        needs_brackets(made)
        arrived = await made.arrived()
        with pytest.raises(OrderRefused) as caught:
            await made.broker.place_bracket_order(made.bracket(100, limit="175.40", target="170", stop="180"))
        assert caught.value.advice
        assert await made.arrived() == arrived
        assert await made.broker.get_orders() == []


@topic("OCO")
async def test_the_pair_sells_once_at_the_target(opened: Open) -> None:
    async with opened() as made:
        needs_pairs(made)
        await made.hold()
        first, second = await made.broker.place_oco_order(
            made.exit(LIMIT, 100, limit="177"), made.exit(STOP, 100, stop="174")
        )
        await made.settle()
        assert await made.open_ids() == {first.broker_order_id, second.broker_order_id}
        assert first.oco_group == second.oco_group
        await made.quote("177.00", "177.02")
        assert (await made.order(first.broker_order_id)).state is S.FILLED
        assert (await made.order(second.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


@topic("OCO")
async def test_the_pair_sells_once_at_the_stop(opened: Open) -> None:
    async with opened() as made:
        needs_pairs(made)
        await made.hold()
        first, second = await made.broker.place_oco_order(
            made.exit(STOP, 100, stop="174"), made.exit(LIMIT, 100, limit="177")
        )
        await made.settle()
        assert (first.terms.order_type, second.terms.order_type) == (STOP, LIMIT)
        await made.move("173.80", "173.90", "173.85")
        assert (await made.order(first.broker_order_id)).state is S.FILLED
        assert (await made.order(second.broker_order_id)).state is S.CANCELED
        assert await made.position() == 0


@topic("OCO")
async def test_a_part_of_the_target_leaves_a_stop_for_the_rest(opened: Open) -> None:
    async with opened() as made:
        needs_pairs(made)
        await made.hold()
        _, stop = await made.broker.place_oco_order(
            made.exit(LIMIT, 100, limit="177"), made.exit(STOP, 100, stop="174")
        )
        await made.settle()
        await made.quote("176.98", "177.02")
        await made.trade("177.00", 40)
        assert await made.position() == 60
        await made.move("173.80", "173.90", "173.85")
        assert (await made.order(stop.broker_order_id)).filled_quantity == Decimal(60)
        assert await made.position() == 0
