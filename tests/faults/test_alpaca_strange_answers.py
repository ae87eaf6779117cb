"""Good answers with bad contents: fields that are missing, null or of another kind never change what was known."""

from typing import Any

import pytest

from legend_desktop.domain.enums import OrderState
from tests.faults.alpaca_invariants import check, check_settled
from tests.faults.alpaca_world import ORDERS, an_alpaca_world

S = OrderState
HOLES = [
    ("/v2/account", {"equity": 0, "cash": 0, "buying_power": 0, "portfolio_value": 0}),
    ("/v2/account", {"id": 0}),
    ("/v2/positions", {"qty": 0}),
    ("/v2/positions", {"symbol": 0}),
    (ORDERS, {"id": 0}),
    (ORDERS, {"status": 0}),
    (ORDERS, {"filled_qty": 0, "filled_avg_price": 0}),
    (ORDERS, {"side": 0, "position_intent": 0}),
    (ORDERS, {"qty": 0, "limit_price": 0, "type": 0, "order_type": 0}),
    ("/v2/account/activities/FILL", {"qty": 0, "price": 0, "cum_qty": 0}),
    ("/v2/account/activities/FILL", {"order_id": 0, "symbol": 0}),
    ("/v2/clock", {"is_open": 0}),
]


@pytest.mark.parametrize(("path", "fields"), HOLES)
@pytest.mark.parametrize("how", ["missing", "null", "strange"])
async def test_case_09_and_48_answers_with_holes_change_nothing_that_was_known(
    path: str, fields: dict[str, Any], how: str
) -> None:
    if how == "strange" and {"id", "symbol", "order_id"} & fields.keys():
        return  # another word is another thing there, not a hole
    async with an_alpaca_world() as world:
        await world.place(100)
        resting = await world.resting(174)
        if how == "missing":
            world.fault("rewrite", "GET", path, remove=list(fields), times=None)
        else:
            value = None if how == "null" else "abc"
            world.fault("rewrite", "GET", path, replace=dict.fromkeys(fields, value), times=None)
        await world.run(31, 0.5)
        assert world.held() == 100
        assert world.state(resting) == (S.WORKING, 0)
        assert world.context.account is not None
        assert world.context.account.equity > 0
        await check(world)
        await check_settled(world)
        assert world.context.risk.entries_open
        assert not world.alarms


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "[null]"])
@pytest.mark.parametrize("path", ["/v2/account", "/v2/positions", ORDERS, "/v2/account/activities/FILL", "/v2/clock"])
async def test_case_09_and_48_answers_of_another_shape_change_nothing_that_was_known(path: str, body: str) -> None:
    """An empty list of positions or orders is a fact and is left out; of everything else nothing can be believed."""
    if body == "[]" and path in {"/v2/positions", ORDERS, "/v2/account/activities/FILL"}:
        return
    async with an_alpaca_world() as world:
        await world.place(100)
        resting = await world.resting(174)
        world.fault("status", "GET", path, status=200, body=body, times=None)
        await world.run(12, 0.5)
        assert world.held() == 100
        assert world.state(resting) == (S.WORKING, 0)
        await check(world)
        await check_settled(world)
        assert world.context.risk.entries_open


@pytest.mark.parametrize(
    "change",
    [
        {"remove": ["status", "filled_qty", "qty", "side", "type", "order_type"]},
        {"replace": {"status": None, "filled_qty": None, "qty": None, "limit_price": None}},
        {"replace": {"qty": "many", "limit_price": {}, "created_at": "yesterday", "legs": None}},
        {"words": {"limit": "limitless", "day": "fortnight"}},
        {"add": {"future": {"field": [1]}}},
    ],
    ids=["missing", "null", "strange", "words", "more"],
)
async def test_case_09_and_21_answer_to_an_order_with_holes_is_no_failed_order(change: dict[str, Any]) -> None:
    async with an_alpaca_world() as world:
        world.faults.trading.mute = True
        world.fault("rewrite", "POST", ORDERS, **change)
        order = await world.resting()
        assert order.state is not S.REJECTED
        await check(world)
        await check_settled(world)
        assert world.state(order) == (S.WORKING, 0)
        assert world.now(order).terms.limit_price == 175
        assert world.now(order).quantity == 100
        assert world.posts == 1
