"""What each fault of the fake Alpaca looks like to a client."""

import asyncio
import time
from typing import Any

import pytest
from aiohttp import ClientError, ClientPayloadError, ClientSession, ServerDisconnectedError, WSServerHandshakeError

from tests.fakes.alpaca.faults import FaultPlan, FaultRule
from tests.fakes.alpaca.stream_faults import Rewrite, StreamFaults
from tests.helpers.waiting import until
from tests.unit.fakes.data_world import data_server

ORDER = {"symbol": "AAPL"}


async def place(client: ClientSession) -> tuple[int, str]:
    async with client.post("/v2/orders", json=ORDER) as answer:
        return answer.status, await answer.text()


async def test_a_connection_dropped_before_the_effect_leaves_no_order_and_one_dropped_after_it_does() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("drop_before", "POST", "/v2/orders")
        with pytest.raises((ServerDisconnectedError, ClientError)):
            await place(client)
        assert desk.orders == []
        desk.faults.add("drop_after", "POST", "/v2/orders")
        with pytest.raises((ServerDisconnectedError, ClientError)):
            await place(client)
        assert desk.orders == [ORDER]
        assert (await place(client))[0] == 200


async def test_a_rule_is_limited_to_its_method_path_and_count() -> None:
    async with data_server() as (desk, client):
        rule = desk.faults.add("status", "POST", "/v2/ord*", status=503, skip=1, times=2)
        async with client.get("/v2/stocks/AAPL/quotes/latest") as answer:
            assert answer.status == 200
        statuses = [(await place(client))[0] for _ in range(4)]
        assert statuses == [200, 503, 503, 200]
        assert (rule.used, len(desk.orders)) == (2, 2)


async def test_a_status_may_come_after_the_effect_with_any_body_and_headers() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("status", "POST", "*", status=504, effect=True)
        assert (await place(client))[0] == 504
        assert len(desk.orders) == 1
        body = {"code": 42910000, "message": "too many requests"}
        desk.faults.add("status", status=429, body=body, headers={"Retry-After": "3"})
        async with client.post("/v2/orders", json=ORDER) as answer:
            assert (answer.status, await answer.json(), answer.headers["Retry-After"]) == (429, body, "3")
        desk.faults.add("html_401")
        async with client.post("/v2/orders", json=ORDER) as answer:
            assert (answer.status, answer.content_type) == (401, "text/html")
        desk.faults.add("redirect", location="https://example.com/")
        async with client.post("/v2/orders", json=ORDER, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "https://example.com/")
        assert len(desk.orders) == 1


async def test_a_held_answer_takes_effect_first_and_goes_out_on_release() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("hang_after", "POST", "/v2/orders")
        asked = asyncio.create_task(place(client))
        await until(lambda: desk.faults.waiting == 1)
        assert desk.orders == [ORDER]
        assert not asked.done()
        desk.faults.release()
        assert (await asked)[0] == 200


async def test_a_client_that_leaves_ends_the_hold() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("hang_before", "POST", "/v2/orders")
        asked = asyncio.create_task(place(client))
        await until(lambda: desk.faults.waiting == 1)
        asked.cancel()
        await until(lambda: desk.faults.waiting == 0)
        assert desk.orders == []


async def test_broken_bodies() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("truncate", "POST")
        with pytest.raises(ClientPayloadError):
            await place(client)
        desk.faults.add("invalid_json", "POST")
        status, text = await place(client)
        assert (status, text) == (200, '{"id": "61e6')
        desk.faults.add("huge", "POST", size=3_000_000)
        assert len((await place(client))[1]) == 3_000_000
        began = time.monotonic()
        desk.faults.add("drip", "POST", bytes_per_second=1000)
        _, text = await place(client)
        assert '"id": "4"' in text
        assert time.monotonic() - began >= len(text) / 1000


async def test_words_and_numbers_of_a_true_answer_can_be_replaced() -> None:
    async with data_server() as (desk, client):
        desk.faults.add(
            "rewrite",
            "POST",
            words={"new": "brand_new_word"},
            replace={"limit_price": None},
            remove=["id"],
            add={"x": 1},
        )
        async with client.post("/v2/orders", json=ORDER) as answer:
            assert await answer.json() == {"status": "brand_new_word", "limit_price": None, "x": 1}


async def test_several_rules_act_on_one_request_and_headers_can_be_moved() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("headers", headers={"X-Request-ID": "abc"}, skew_seconds=-3600)
        desk.faults.add("rewrite", replace={"status": "odd"})
        async with client.post("/v2/orders", json=ORDER) as answer:
            assert answer.headers["X-Request-ID"] == "abc"
            assert (await answer.json())["status"] == "odd"
        assert len(desk.faults.fired) == 2


async def test_an_upgrade_is_refused_by_a_rule_on_the_path_of_the_socket() -> None:
    async with data_server() as (desk, client):
        desk.faults.add("status", "GET", "/v2/iex", status=429)
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect("/v2/iex")
        assert caught.value.status == 429


@pytest.mark.parametrize(
    "nonsense",
    [
        "text",
        {"kind": "earthquake"},
        {"kind": "delay", "second": 1},
        {"method": "GET"},
        {"unknown": 1},
        {"trading": {"louder": True}},
    ],
)
def test_a_plan_that_says_nonsense_is_refused(nonsense: Any) -> None:
    plan = FaultPlan()
    with pytest.raises(ValueError, match=r"\w"):
        plan.load(nonsense if isinstance(nonsense, dict) and "kind" not in nonsense else [nonsense])


def test_a_plan_is_read_from_json() -> None:
    plan = FaultPlan()
    plan.load({"rules": [{"kind": "delay", "times": None}], "trading": {"mute": True}, "data": {"lose": 2}})
    plan.load({"kind": "html_401"})
    assert [rule.kind for rule in plan.rules] == ["delay", "html_401"]
    assert plan.trading.mute
    assert plan.data.lose == 2
    plan.load({"clear": True})
    assert plan.rules == []
    assert not plan.trading.mute


def test_a_rule_for_ever_never_runs_out() -> None:
    rule = FaultRule("delay", times=None)
    assert all(rule.take("GET", "/v2/account") for _ in range(100))


def test_switches_of_a_stream_lose_double_and_reorder() -> None:
    faults = StreamFaults(lose=1)
    assert [faults.outgoing(each) for each in (1, 2)] == [[], [2]]
    faults.duplicate = True
    assert faults.outgoing(3) == [3, 3]
    faults.duplicate, faults.reverse = False, 3
    assert [faults.outgoing(each) for each in (1, 2, 3, 4)] == [[], [], [3, 2, 1], [4]]
    faults.mute = True
    assert faults.outgoing(5) == []
    faults.clear()
    faults.cut_after = 2
    assert [faults.cut_is_due() for _ in range(3)] == [False, True, False]


def test_a_rewrite_reaches_into_lists_and_objects() -> None:
    change = Rewrite(replace={"qty": None}, words={"new": "odd"}, remove=["id"])
    assert change({"legs": [{"id": 1, "qty": "5", "status": "new"}]}) == {"legs": [{"qty": None, "status": "odd"}]}
