"""Brackets and OCO pairs: exits work for what the entry has filled, and never sell the same share twice."""

from dataclasses import replace

import pytest

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderState, OrderType
from legend_desktop.domain.orders import Bracket
from tests.unit.brokers.simulator.rig import BUY, SELL, Rig, d, rig

S = OrderState


async def place(made: Rig, bracket: Bracket) -> tuple[str, str, str]:
    reports = await made.broker.place_bracket_order(bracket)
    await made.pump()
    entry, target, stop = (report.broker_order_id for report in reports)
    return entry, target, stop


async def sizes(made: Rig, *keys: str) -> list[tuple[OrderState | None, int, int]]:
    reports: list[OrderReport] = [await made.order(key) for key in keys]
    return [(row.state, int(row.terms.quantity), int(row.filled_quantity)) for row in reports]


async def test_the_answer_names_every_leg_in_order_and_exits_are_held() -> None:
    async with rig() as made:
        bracket = made.bracket(limit=175.40)
        reports = await made.broker.place_bracket_order(bracket)
        assert [row.client_order_id for row in reports] == [leg.client_order_id for leg in bracket.legs]
        assert [row.state for row in reports] == [S.WORKING, S.ACCEPTED, S.ACCEPTED]
        assert [row.status_text for row in reports[1:]] == ["held", "held"]
        assert {row.parent_broker_order_id for row in reports[1:]} == {reports[0].broker_order_id}
        assert reports[0].oco_group is None
        assert reports[1].oco_group == reports[2].oco_group != None  # noqa: E711
        await made.trade(180.5, 5_000)
        assert (await made.state(reports[1].broker_order_id))[0] is S.ACCEPTED, "a held exit does not trade"


async def test_exits_begin_part_by_part_as_the_entry_fills() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100, limit=175.51))
        await made.trade(175.51, 40)
        assert await sizes(made, entry, target, stop) == [
            (S.PARTIAL, 100, 40),
            (S.WORKING, 40, 0),
            (S.WORKING, 40, 0),
        ]
        await made.trade(175.51, 60)
        assert await sizes(made, entry, target, stop) == [
            (S.FILLED, 100, 100),
            (S.WORKING, 100, 0),
            (S.WORKING, 100, 0),
        ]


async def test_the_fill_of_one_exit_shrinks_and_then_cancels_the_other() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100))
        await made.quote(179.99, 180.05)
        await made.trade(180.01, 30)
        assert await sizes(made, target, stop) == [(S.PARTIAL, 100, 30), (S.WORKING, 70, 0)]
        await made.trade(180.01, 500)
        assert await sizes(made, entry, target, stop) == [
            (S.FILLED, 100, 100),
            (S.FILLED, 100, 100),
            (S.CANCELED, 70, 0),
        ]
        assert "OCO" in (await made.order(stop)).reason
        assert await made.position() == 0


async def test_target_and_stop_filling_in_turns_sell_every_share_once() -> None:
    async with rig() as made:
        _, target, stop = await place(made, made.bracket(100))
        await made.quote(179.99, 180.05)
        await made.trade(180.01, 30)
        await made.quote(173.90, 173.95, bid_size=20)
        await made.trade(173.95, 10)
        rows = await sizes(made, target, stop)
        assert rows[0][2] + rows[1][2] == 100
        assert rows[0][0] is S.CANCELED
        assert rows[1] == (S.FILLED, 70, 70)
        assert await made.position() == 0


async def test_cancelling_a_part_filled_entry_leaves_exits_for_what_was_bought() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100, limit=175.51))
        await made.trade(175.51, 25)
        await made.broker.cancel_order(entry)
        await made.pump()
        assert await sizes(made, entry, target, stop) == [
            (S.CANCELED, 100, 25),
            (S.WORKING, 25, 0),
            (S.WORKING, 25, 0),
        ]


async def test_cancelling_an_unfilled_entry_takes_the_exits_with_it() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100, limit=170, stop=160))
        await made.broker.cancel_order(entry)
        assert [row[0] for row in await sizes(made, entry, target, stop)] == [S.CANCELED] * 3


async def test_a_gap_through_entry_and_stop_buys_and_sells_the_same_shares() -> None:
    async with rig() as made:
        entry, _, _ = await place(made, made.bracket(100, limit=175.51))
        await made.trade(175.51, 40)
        await made.quote(173.90, 173.95, bid_size=500)
        # the entry would fill on: the quote came through its limit
        assert (await made.order(entry)).state is S.FILLED
        await made.trade(173.95)
        assert await made.position() == 0


async def test_the_entry_rest_is_cancelled_once_its_exits_are_done() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100, limit=175.51))
        await made.trade(175.51, 40)
        await made.quote(179.5, 180.5)
        await made.trade(180.1, 40)
        assert await sizes(made, entry, target, stop) == [
            (S.CANCELED, 100, 40),
            (S.FILLED, 40, 40),
            (S.CANCELED, 40, 0),
        ]


async def test_moving_the_stop_of_a_bracket_keeps_the_bond() -> None:
    async with rig() as made:
        _, target, stop = await place(made, made.bracket(100))
        moved = await made.broker.replace_order(stop, made.intent(100, SELL, OrderType.STOP, stop=175))
        assert (moved.replaces_broker_order_id, moved.terms.stop_price, moved.terms.quantity) == (stop, d(175), d(100))
        assert (await made.order(stop)).replaced_by_broker_order_id == moved.broker_order_id
        assert moved.parent_broker_order_id is not None
        await made.quote(174.9, 175.0)
        await made.trade(175.0)
        assert await sizes(made, moved.broker_order_id, target) == [(S.FILLED, 100, 100), (S.CANCELED, 100, 0)]


async def test_a_stop_may_become_a_trailing_one() -> None:
    async with rig() as made:
        _, _, stop = await place(made, made.bracket(100))
        await made.trade(175.5)
        trail = await made.broker.replace_order(stop, made.intent(100, SELL, OrderType.TRAILING_STOP, amount=1))
        assert trail.working_stop_price == d("174.50")


async def test_a_stop_moved_while_the_entry_fills_protects_all_of_it() -> None:
    async with rig() as made:
        _, _, stop = await place(made, made.bracket(100, limit=175.51))
        await made.trade(175.51, 40)
        moved = await made.broker.replace_order(stop, made.intent(25, SELL, OrderType.STOP, stop=173))
        assert moved.terms.quantity == 40, "the asked quantity was stale: the exit follows the entry"
        await made.trade(175.51, 60)
        assert (await made.order(moved.broker_order_id)).terms.quantity == 100


async def test_an_exit_made_smaller_on_purpose_stays_small() -> None:
    async with rig() as made:
        _, target, stop = await place(made, made.bracket(100))
        half = await made.broker.replace_order(stop, made.intent(50, SELL, OrderType.STOP, stop=174))
        assert half.terms.quantity == 50
        await made.quote(173.9, 173.95)
        await made.trade(173.9)
        assert await sizes(made, half.broker_order_id, target) == [(S.FILLED, 50, 50), (S.WORKING, 50, 0)]


async def test_changing_the_entry_before_it_fills_carries_its_exits_along() -> None:
    async with rig() as made:
        entry, target, stop = await place(made, made.bracket(100, limit=170, stop=160))
        moved = await made.broker.replace_order(entry, made.intent(150, BUY, OrderType.LIMIT, limit=175.52))
        await made.pump()
        assert await sizes(made, moved.broker_order_id, target, stop) == [
            (S.FILLED, 150, 150),
            (S.WORKING, 150, 0),
            (S.WORKING, 150, 0),
        ]
        assert (await made.order(target)).parent_broker_order_id == moved.broker_order_id


async def test_cancelling_one_exit_leaves_the_other_working() -> None:
    async with rig() as made:
        _, target, stop = await place(made, made.bracket(100))
        await made.broker.cancel_order(target)
        assert await sizes(made, target, stop) == [(S.CANCELED, 100, 0), (S.WORKING, 100, 0)]


async def test_an_oco_pair_shares_one_quantity() -> None:
    async with rig() as made:
        await made.place(100)
        await made.quote(175.50, 175.52)
        first = made.intent(100, SELL, OrderType.LIMIT, limit=176)
        second = made.intent(100, SELL, OrderType.STOP, stop=174)
        one, two = [row.broker_order_id for row in await made.broker.place_oco_order(first, second)]
        await made.pump()
        await made.trade(176.01, 60)
        assert await sizes(made, one, two) == [(S.PARTIAL, 100, 60), (S.WORKING, 40, 0)]
        await made.quote(173, 173.1)
        await made.trade(173)
        assert await sizes(made, one, two) == [(S.CANCELED, 100, 60), (S.FILLED, 40, 40)]
        assert await made.position() == 0


@pytest.mark.parametrize("fault", ["side", "symbol", "more", "stop above entry", "same id", "increment"])
async def test_an_impossible_bracket_is_refused_whole(fault: str) -> None:
    async with rig() as made:
        whole = made.bracket(100, limit=175)
        target, stop = whole.take_profit, whole.stop_loss
        assert target is not None
        assert stop is not None
        spoiled = {
            "side": replace(whole, take_profit=replace(target, terms=replace(target.terms, side=BUY))),
            "symbol": replace(whole, stop_loss=replace(stop, terms=replace(stop.terms, symbol="MSFT"))),
            "more": replace(whole, stop_loss=replace(stop, terms=replace(stop.terms, quantity=d(101)))),
            "stop above entry": replace(whole, stop_loss=replace(stop, terms=replace(stop.terms, stop_price=d(176)))),
            "same id": replace(whole, stop_loss=replace(stop, client_order_id=target.client_order_id)),
            "increment": replace(whole, stop_loss=replace(stop, terms=replace(stop.terms, stop_price=d("174.001")))),
        }[fault]
        with pytest.raises(OrderRefused):
            await made.broker.place_bracket_order(spoiled)
        assert await made.broker.get_orders() == []
