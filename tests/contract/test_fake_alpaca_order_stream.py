"""The order stream of the fake Alpaca: login, listening, frames, events, and what can go wrong with it."""

import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tests.contract.fake_alpaca_wire import ear, wired

BRACKET = {"order_class": "bracket", "take_profit": {"limit_price": "180"}, "stop_loss": {"stop_price": "174"}}


@pytest.mark.parametrize("form", ["authenticate", "auth", "oauth"])
async def test_each_form_of_login_is_taken(form: str) -> None:
    async with wired() as wire, ear(wire, listen=False) as heard:
        fake = wire.fake
        forms: dict[str, dict[str, Any]] = {
            "authenticate": {"action": "authenticate", "data": {"key_id": fake.key, "secret_key": fake.secret}},
            "auth": {"action": "auth", "key": fake.key, "secret": fake.secret},
            "oauth": {"action": "authenticate", "data": {"oauth_token": fake.oauth_token}},
        }
        await heard.send(**forms[form])
        answer = await heard.hear()
        assert answer == {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}


async def test_strangers_hear_nothing_and_listening_needs_a_login() -> None:
    async with wired() as wire, ear(wire, listen=False) as heard:
        await heard.send(action="listen", data={"streams": ["trade_updates"]})
        assert (await heard.hear())["data"] == {"status": "unauthorized", "action": "listen"}
        await heard.send(action="authenticate", data={"key_id": wire.fake.key, "secret_key": "wrong"})
        assert (await heard.hear())["data"]["status"] == "unauthorized"
        await wire.placed()
        await heard.listen(wire.fake)
        assert wire.fake.stream.listening == 1


async def test_listen_names_the_whole_set_and_an_empty_one_ends_it() -> None:
    async with wired() as wire, ear(wire) as heard:
        await heard.send(action="listen", data={"streams": ["trade_updates", "account_updates"]})
        assert (await heard.hear())["data"] == {"streams": ["trade_updates"]}
        await heard.send(action="listen", data={"streams": []})
        assert (await heard.hear())["data"] == {"streams": []}
        await wire.placed()
        await heard.send(action="listen", data={"streams": ["trade_updates"]})
        assert (await heard.hear())["stream"] == "listening"


async def test_frames_are_binary_or_text_by_switch() -> None:
    async with wired() as wire, ear(wire) as heard:
        await wire.placed()
        assert (await heard.socket.receive()).type is aiohttp.WSMsgType.BINARY
        wire.fake.switches.text_frames = True
        await heard.send(action="listen", data={"streams": []})
        rest = [await heard.socket.receive() for _ in range(3)]
        assert rest[-1].type is aiohttp.WSMsgType.TEXT


async def test_a_market_order_is_told_from_pending_to_fill() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=5)
        order = await wire.placed(qty="12", client_order_id="ld-1")
        events = await heard.events(3)
        assert [row["event"] for row in events] == ["pending_new", "new", "partial_fill"]
        part = events[-1]
        assert (part["price"], part["qty"], part["position_qty"]) == ("175.52", "5", "5")
        assert (part["order"]["status"], part["order"]["filled_qty"]) == ("partially_filled", "5")
        assert {row["order"]["client_order_id"] for row in events} == {"ld-1"}
        wire.fake.market.set_quote("AAPL", "175.58", "175.60")
        (last,) = await heard.events(1)
        assert (last["event"], last["price"], last["qty"], last["position_qty"]) == ("fill", "175.6", "7", "12")
        assert last["execution_id"] != part["execution_id"]
        assert [row.id for row in wire.fake.state.executions] == [part["execution_id"], last["execution_id"]]
        assert last["event_id"] > part["event_id"]
        assert order.average == (5 * Decimal("175.52") + 7 * Decimal("175.60")) / 12


async def test_a_bracket_tells_of_its_held_exits() -> None:
    async with wired() as wire, ear(wire) as heard:
        entry = await wire.placed(**BRACKET)
        told = [(row["event"], row["order"]["id"]) for row in await heard.events(6)]
        target, stop = entry.legs
        assert told == [
            ("pending_new", entry.id),
            ("new", entry.id),
            ("held", target.id),
            ("held", stop.id),
            ("fill", entry.id),
            ("new", target.id),
        ]


async def test_a_fill_may_come_before_the_answer_of_the_post() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.switches.fill_before_answer = True
        answer = await wire.order()
        assert answer.body["status"] == "filled"
        assert (await heard.until("fill"))["order"]["id"] == answer.body["id"]


async def test_a_second_connection_is_refused_or_takes_the_place() -> None:
    async with wired() as wire, ear(wire) as first:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with ear(wire):
                pass
        assert (caught.value.status, wire.fake.stream.refused) == (429, 1)
        wire.fake.switches.second_connection = "kill"
        async with ear(wire) as second:
            assert (await first.socket.receive()).type is aiohttp.WSMsgType.CLOSE
            await wire.placed()
            assert (await second.hear())["data"]["event"] == "pending_new"


async def test_a_closed_connection_frees_its_place() -> None:
    async with wired() as wire:
        async with ear(wire):
            pass
        async with ear(wire) as heard:
            await wire.placed()
            assert await heard.until("fill")
        assert wire.fake.stream.opened == 2


async def test_a_mute_stream_loses_what_happens_and_nothing_is_replayed() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.faults.trading.mute = True
        await wire.placed(client_order_id="lost")
        await wire.get("/v2/account")
        wire.fake.faults.trading.mute = False
        await wire.placed(client_order_id="heard")
        assert (await heard.hear())["data"]["order"]["client_order_id"] == "heard"
        assert wire.fake.state.events[0]["order"]["client_order_id"] == "lost"


async def test_events_may_be_doubled_and_out_of_order() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.faults.trading.reverse = 3
        await wire.placed()
        assert [row["event"] for row in await heard.events(3)] == ["fill", "new", "pending_new"]
        wire.fake.faults.trading.duplicate = True
        await wire.placed()
        doubled = await heard.events(2)
        assert doubled[0] == doubled[1]


async def test_a_cut_breaks_the_connection_without_a_word() -> None:
    async with wired() as wire, ear(wire) as heard:
        assert wire.fake.faults.trading.cut() == 1
        assert (await heard.socket.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        async with ear(wire) as again:
            await wire.placed()
            assert await again.until("fill")


async def test_orders_from_elsewhere_and_strange_events_are_told_too() -> None:
    async with wired() as wire, ear(wire) as heard:
        order = wire.fake.levers.dashboard_order(symbol="KO", side="buy", qty="3")
        assert (await heard.until("fill"))["order"]["source"] == "dashboard"
        wire.fake.levers.set_status_word(order, "sleeping", event="dozed_off")
        strange = await heard.until("dozed_off")
        assert strange["order"]["status"] == "sleeping"
        wire.fake.levers.bust(wire.fake.state.executions[0])
        bust = await heard.until("trade_bust")
        assert (bust["position_qty"], bust["previous_id"]) == ("0", wire.fake.state.executions[0].id)


async def test_nonsense_on_the_socket_is_answered_not_fatal() -> None:
    async with wired() as wire, ear(wire, listen=False) as heard:
        await heard.socket.send_str("{")
        await heard.socket.send_bytes(json.dumps(["listen"]).encode())
        await heard.send(action="sing")
        assert [(await heard.hear())["stream"] for _ in range(3)] == ["error"] * 3
        await heard.listen(wire.fake)
