"""The fake Alpaca refuses what the real one refuses, in its words and its order. Over raw HTTP."""

import base64
from decimal import Decimal
from typing import Any

import pytest
from yarl import URL

from tests.contract.fake_alpaca_wire import wired

FORM, RULE, FORBIDDEN, MISSING = (422, 40010001), (422, 42210000), (403, 40310000), (404, 40410000)
BRACKET = {"order_class": "bracket", "take_profit": {"limit_price": "180"}, "stop_loss": {"stop_price": "174"}}
OCO = {"side": "sell", "type": "limit", "time_in_force": "gtc", "order_class": "oco"}


async def test_no_keys_is_a_page_of_the_proxy_and_wrong_keys_are_json() -> None:
    async with wired() as wire:
        bare = await wire.call("GET", "/v2/account", keys=False)
        assert (bare.status, bare.headers["Content-Type"].split(";")[0]) == (401, "text/html")
        wrong = await wire.call("GET", "/v2/account", headers={"APCA-API-SECRET-KEY": "x"})
        assert (wrong.status, wrong.body) == (401, {"message": "unauthorized."})
        wire.fake.levers.revoke_keys()
        assert (await wire.call("GET", "/v2/account")).status == 401
        wire.fake.levers.restore_keys()
        assert (await wire.call("GET", "/v2/account")).status == 200


async def test_basic_and_bearer_are_taken_and_paper_keys_are_nothing_on_the_live_host() -> None:
    async with wired(live=True) as wire:
        pair = base64.b64encode(f"{wire.fake.key}:{wire.fake.secret}".encode()).decode()
        for given, status in ((f"Basic {pair}", 200), ("Basic !!", 401), (f"Bearer {wire.fake.oauth_token}", 200)):
            answer = await wire.call("GET", "/v2/account", keys=False, headers={"Authorization": given})
            assert answer.status == status
        paper = {"APCA-API-KEY-ID": "PK-FAKE-PAPER-KEY"}
        assert (await wire.call("GET", "/v2/account", headers=paper)).status == 401


async def test_every_answer_carries_budget_and_request_id_and_the_limit_holds_for_a_minute() -> None:
    async with wired() as wire:
        wire.fake.switches.rate_limit = 2
        first = await wire.call("GET", "/v2/account")
        assert first.headers["X-RateLimit-Remaining"] == "1"
        assert len(first.headers["X-Request-ID"]) == 32
        assert first.headers["Date"] == "Mon, 23 Nov 2026 15:00:00 GMT"
        await wire.call("GET", "/v2/account")
        assert (await wire.order()).refusal == (429, 42910000)
        assert wire.fake.state.orders == []
        wire.fake.switches.rate_headers_on_429 = False
        assert "X-RateLimit-Limit" not in (await wire.order()).headers
        wire.pass_time(seconds=60)
        assert (await wire.order()).status == 200


@pytest.mark.parametrize(
    ("fields", "refusal", "words"),
    [
        ({"qty": ...}, FORM, "qty or notional is required"),
        ({"notional": "10"} | {"qty": "1"}, FORM, "only one of qty or notional"),
        ({"qty": "0"}, FORM, "qty must be > 0"),
        ({"qty": "ten"}, FORM, "numeric"),
        ({"side": "short"}, FORM, "invalid side"),
        ({"type": "peg"}, FORM, "invalid type"),
        ({"type": ...}, FORM, "type is required"),
        ({"time_in_force": "gtd"}, FORM, "invalid time_in_force"),
        ({"symbol": "NOSUCH"}, FORM, "could not find us_equity 'NOSUCH'"),
        ({"symbol": "aapl"}, FORM, "could not find us_equity 'aapl'"),
        ({"limit_price": "170"}, FORM, "market orders require no stop or limit price"),
        ({"type": "limit"}, FORM, "limit orders require a limit price"),
        ({"type": "limit", "limit_price": "0"}, FORM, "limit price must be > 0"),
        ({"type": "stop"}, FORM, "stop orders require a stop price"),
        ({"type": "stop_limit", "stop_price": "180"}, FORM, "require both stop and limit price"),
        ({"type": "trailing_stop"}, FORM, "one of trail_price or trail_percent"),
        ({"type": "trailing_stop", "trail_price": "1", "trail_percent": "1"}, FORM, "one of trail_price"),
        ({"type": "trailing_stop", "trail_percent": "0.05"}, FORM, ">= 0.1"),
        ({"client_order_id": "x" * 129}, FORM, "no more than 128 characters"),
        ({"type": "limit", "limit_price": "290.123"}, RULE, "sub-penny increment"),
        ({"symbol": "PENY", "type": "limit", "limit_price": "0.45101"}, RULE, "sub-penny increment"),
        ({"type": "stop", "stop_price": "180.001"}, RULE, "invalid stop_price 180.001"),
        (BRACKET | {"stop_loss": {"stop_price": "174.005"}}, RULE, "sub-penny increment"),
        ({"type": "stop", "stop_price": "180", "time_in_force": "ioc"}, RULE, "day or gtc"),
        (BRACKET | {"time_in_force": "fok"}, RULE, "day or gtc"),
        ({"extended_hours": True}, RULE, "DAY or GTC limit orders"),
        ({"extended_hours": True, "type": "stop", "stop_price": "180"}, RULE, "not eligible for extended hours"),
        ({"qty": "1.5", "type": "limit", "limit_price": "170", "time_in_force": "gtc"}, RULE, "must be DAY orders"),
        ({"qty": "1.5"} | BRACKET, RULE, "fractional orders must be simple orders"),
        ({"qty": "1.5", "type": "stop", "stop_price": "180", "time_in_force": "gtc"}, RULE, "stop and stop_limit"),
        ({"notional": "0.50"}, RULE, "notional must be >= 1.00"),
        ({"qty": "0.001"}, FORBIDDEN, "cost basis must be >= minimal amount"),
        ({"symbol": "NYC", "qty": "1.5"}, FORBIDDEN, "is not fractionable"),
        ({"symbol": "HALTD"}, RULE, "not tradable"),
        ({"symbol": "GONE"}, RULE, "not active"),
        ({"symbol": "NYC", "side": "sell"}, RULE, 'asset "NYC" cannot be sold short'),
        ({"symbol": "GME", "side": "sell"}, RULE, 'asset "GME" cannot be sold short'),
        ({"side": "sell", "qty": "1.5"}, RULE, "fractional orders cannot be sold short"),
        (BRACKET | {"type": "stop", "stop_price": "180"}, FORM, "bracket orders must be market or limit orders"),
        (BRACKET | {"take_profit": ...}, FORM, "bracket orders require take_profit.limit_price"),
        (BRACKET | {"order_class": "oto"}, FORM, "only one of take_profit or stop_loss"),
        (BRACKET | {"take_profit": {"limit_price": "175"}}, RULE, "take_profit.limit_price must be >= base_price"),
        (BRACKET | {"stop_loss": {"stop_price": "175.50"}}, RULE, "stop_loss.stop_price must be <= base_price"),
        (OCO | {"limit_price": "180", "stop_loss": {"stop_price": "170"}}, RULE, "oco orders must be exit orders"),
        ({"type": "stop", "stop_price": "175.50"}, RULE, "stop price must be greater than current price"),
        ({"type": "limit", "limit_price": "175", "qty": "2000"}, FORBIDDEN, "insufficient buying power"),
        ({"time_in_force": "opg"}, FORBIDDEN, "opg"),
        ({"position_intent": "buy_to_close"}, RULE, "position intent mismatch"),
    ],
)
async def test_an_order_that_breaks_a_rule_is_refused_and_leaves_nothing(
    fields: dict[str, Any], refusal: tuple[int, int], words: str
) -> None:
    async with wired() as wire:
        answer = await wire.order(**fields)
        assert answer.refusal == refusal
        assert words in answer.body["message"]
        assert wire.fake.state.orders == []


async def test_the_first_broken_rule_is_the_one_that_is_told() -> None:
    async with wired() as wire:
        both = {"type": "limit", "limit_price": "175.001", "extended_hours": True, "time_in_force": "ioc"}
        assert "sub-penny" in (await wire.order(**both)).body["message"]
        await wire.placed(type="limit", limit_price="170")
        poor = await wire.order(side="sell", type="market", qty="90000")
        assert "wash trade" in poor.body["message"]


async def test_a_body_that_is_no_order_object_is_a_400() -> None:
    async with wired() as wire:
        for raw in ("{", "[]", '"x"'):
            assert (await wire.call("POST", "/v2/orders", data=raw)).refusal == (400, 40010000)


async def test_refusals_carry_the_numbers_they_speak_of() -> None:
    async with wired() as wire:
        poor = (await wire.order(type="limit", limit_price="175", qty="2000")).body
        assert (poor["buying_power"], poor["cost_basis"]) == ("200000", "350000")
        late = (await wire.order(**(BRACKET | {"take_profit": {"limit_price": "175"}}))).body
        assert late["base_price"] == "175.5"
        through = (await wire.order(side="sell", type="stop", stop_price="176")).body
        assert (through["stop_price"], through["market_price"]) == ("176", "175.5")


async def test_a_client_order_id_is_burnt_for_ever() -> None:
    async with wired() as wire:
        order = await wire.placed(client_order_id="ld-1", type="limit", limit_price="170")
        again = await wire.order(client_order_id="ld-1")
        assert (again.refusal, again.body["message"]) == (FORM, "client_order_id must be unique")
        await wire.call("DELETE", f"/v2/orders/{order.id}")
        assert await wire.status_of(order) == "canceled"
        assert (await wire.order(client_order_id="ld-1")).refusal == FORM
        assert wire.fake.state.client_ids["ld-1"] == 1


async def test_a_look_up_by_client_id_needs_its_colon() -> None:
    async with wired() as wire:
        order = await wire.placed(client_order_id="ld-2")
        found = await wire.get("/v2/orders:by_client_order_id", client_order_id="ld-2")
        assert (found["id"], found["status"]) == (order.id, "filled")
        unknown = await wire.call("GET", "/v2/orders:by_client_order_id", params={"client_order_id": "ld-3"})
        assert unknown.refusal == MISSING
        coded = URL(f"{wire.fake.url}/v2/orders%3Aby_client_order_id?client_order_id=ld-2", encoded=True)
        keys = {"APCA-API-KEY-ID": wire.fake.key, "APCA-API-SECRET-KEY": wire.fake.secret}
        async with wire.session.get(coded, headers=keys) as answer:
            assert answer.status == 404
        assert (await wire.call("GET", "/v2/orders/not-an-id")).refusal == FORM


async def test_shares_are_reserved_by_open_exits_and_no_order_turns_a_position() -> None:
    async with wired() as wire:
        await wire.placed(qty="100")
        stop = await wire.placed(side="sell", type="stop", stop_price="170", qty="60")
        assert (await wire.get("/v2/positions/AAPL"))["qty_available"] == "40"
        over = await wire.order(side="sell", type="limit", limit_price="180", qty="50")
        assert over.refusal == FORBIDDEN
        assert over.body["message"] == "insufficient qty available for order (requested: 50, available: 40)"
        told = {name: over.body[name] for name in ("available", "existing_qty", "held_for_orders", "related_orders")}
        assert told == {
            "available": "40",
            "existing_qty": "100",
            "held_for_orders": "60",
            "related_orders": [stop.id],
        }
        assert (await wire.order(side="sell", qty="150")).refusal == FORBIDDEN
        assert (await wire.call("DELETE", "/v2/positions/AAPL")).body["held_for_orders"] == "60"


async def test_opposite_orders_of_one_account_are_wash_trades() -> None:
    async with wired() as wire:
        await wire.placed(qty="100")
        stop = await wire.placed(side="sell", type="stop", stop_price="170", qty="50")
        for fields in ({}, {"type": "limit", "limit_price": "160"}):
            wash = await wire.order(**fields)
            assert (wash.refusal, wash.body["existing_order_id"]) == (FORBIDDEN, stop.id)
            assert wash.body["reject_reason"] == "opposite side market/stop order exists"
        assert (await wire.order(**BRACKET)).status == 200
        await wire.call("DELETE", f"/v2/orders/{stop.id}")
        await wire.placed(side="sell", type="limit", limit_price="180", qty="10")
        assert (await wire.order(type="limit", limit_price="179.99", qty="1")).status == 200
        assert (await wire.order(type="limit", limit_price="180", qty="1")).refusal == FORBIDDEN


async def test_short_sales_need_permission_equity_and_a_flat_account() -> None:
    async with wired() as wire:
        assert (await wire.order(side="sell", qty="10")).status == 200
        assert (await wire.get("/v2/positions/AAPL"))["qty"] == "-10"
        assert (await wire.order(qty="15")).refusal == FORBIDDEN
        await wire.placed(symbol="KO", type="limit", limit_price="60")
        conflict = await wire.order(symbol="KO", side="sell", type="limit", limit_price="70")
        assert conflict.body["message"] == "cannot open a short sell while a long buy order is open"
        await wire.call("PATCH", "/v2/account/configurations", json={"no_shorting": True})
        assert (await wire.order(symbol="MSFT", side="sell")).body["message"] == "account is not allowed to short"
        assert (await wire.order(qty="10")).status == 200
        await wire.call("PATCH", "/v2/account/configurations", json={"suspend_trade": True})
        assert (await wire.order()).body["message"] == "account not authorized to trade"


async def test_open_buys_reduce_buying_power_and_covers_cost_nothing() -> None:
    async with wired() as wire:
        await wire.placed(type="limit", limit_price="170", qty="1000")
        assert (await wire.get("/v2/account"))["buying_power"] == "30000"
        assert (await wire.order(symbol="KO", type="limit", limit_price="60", qty="501")).refusal == FORBIDDEN
        await wire.call("DELETE", "/v2/orders")
        assert (await wire.get("/v2/account"))["buying_power"] == "200000"
        short = await wire.order(side="sell", type="limit", limit_price="175", qty="1110")
        assert short.refusal == FORBIDDEN
        assert Decimal(short.body["cost_basis"]) == Decimal("175.52") * Decimal("1.03") * 1110
        assert (await wire.order(side="sell", qty="1100")).status == 200
        assert (await wire.order(qty="1100")).status == 200


async def test_outside_of_the_session_shares_and_dollars_do_not_close_together() -> None:
    async with wired() as wire:
        await wire.placed(qty="10")
        wire.fake.levers.set_session("closed")
        assert (await wire.order(side="sell", qty="2")).status == 200
        mixed = await wire.order(side="sell", notional="100")
        assert (mixed.refusal, "unable to open new notional orders" in mixed.body["message"]) == (RULE, True)


async def test_a_position_far_above_the_equity_may_only_be_closed() -> None:
    async with wired() as wire:
        wire.fake.levers.give("AAPL", "4000", "175.50")
        wire.fake.state.cash = Decimal(-602_000)
        assert (await wire.order(qty="1")).body["message"] == "account is restricted to liquidation"
        assert (await wire.order(side="sell", qty="4000")).status == 200
