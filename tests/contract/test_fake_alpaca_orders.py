"""An order lives at the fake Alpaca as at the real one: fills, exits, replacements, cancels, sessions."""

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.fake_alpaca_wire import ear, wired

FORM, RULE, MISSING = (422, 40010001), (422, 42210000), (404, 40410000)
BRACKET = {"order_class": "bracket", "take_profit": {"limit_price": "180"}, "stop_loss": {"stop_price": "174"}}
OCO = {"side": "sell", "type": "limit", "time_in_force": "gtc", "order_class": "oco"}


async def test_a_market_order_is_pending_in_its_answer_and_filled_at_the_touch_after_it() -> None:
    async with wired() as wire:
        answer = await wire.order(qty="12")
        assert (answer.body["status"], answer.body["filled_qty"], answer.body["legs"]) == ("pending_new", "0", None)
        after = await wire.get(f"/v2/orders/{answer.body['id']}")
        assert (after["status"], after["filled_qty"], after["filled_avg_price"]) == ("filled", "12", "175.52")
        assert after["submitted_at"].endswith("Z")
        assert len(after["submitted_at"].split(".")[1]) == 10
        held = await wire.get("/v2/positions/AAPL")
        assert (held["qty"], held["side"], held["qty_available"]) == ("12", "long", "12")
        account = await wire.get("/v2/account")
        assert Decimal(account["cash"]) == 100_000 - 12 * Decimal("175.52")
        assert not {"pattern_day_trader", "daytrade_count", "daytrading_buying_power"} & set(account)
        wire.fake.switches.legacy_day_trade_fields = True
        assert (await wire.get("/v2/account"))["pattern_day_trader"] is False


async def test_the_quoted_size_makes_partial_fills_and_immediate_orders_end() -> None:
    async with wired() as wire:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=40)
        order = await wire.placed(type="limit", limit_price="175.52", qty="100")
        assert (await wire.status_of(order), order.filled_qty) == ("partially_filled", Decimal(40))
        fok = await wire.placed(type="limit", limit_price="175.52", qty="10", time_in_force="fok")
        assert (await wire.status_of(fok), fok.filled_qty) == ("canceled", Decimal(0))
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=100)
        assert await wire.status_of(order) == "filled"
        ioc = await wire.placed(qty="100", time_in_force="ioc")
        assert (await wire.status_of(ioc), ioc.filled_qty) == ("canceled", Decimal(40))


async def test_a_notional_order_has_no_quantity_and_fills_in_fractions() -> None:
    async with wired() as wire:
        answer = await wire.order(notional="500.75")
        assert (answer.body["qty"], answer.body["notional"]) == (None, "500.75")
        after = await wire.get(f"/v2/orders/{answer.body['id']}")
        assert (after["status"], after["filled_qty"]) == ("filled", "2.85295123")
        patch = await wire.call("PATCH", f"/v2/orders/{answer.body['id']}", json={"qty": "3"})
        assert patch.refusal == RULE


async def test_stops_wake_on_trades_inside_the_quote_and_a_buy_stop_has_a_collar() -> None:
    async with wired() as wire:
        await wire.placed(qty="20")
        stop = await wire.placed(side="sell", type="stop", stop_price="174", qty="10")
        wire.fake.market.set_quote("AAPL", "173.90", "173.92")
        assert await wire.status_of(stop) == "new"
        wire.fake.market.trade("AAPL", "170", 5)
        assert await wire.status_of(stop) == "new"
        wire.fake.market.trade("AAPL", "173.91", 5)
        assert (await wire.status_of(stop), stop.average) == ("filled", Decimal("173.90"))
        chase = await wire.placed(symbol="F", type="stop", stop_price="12.50")
        wire.fake.market.set_quote("F", "13.10", "13.20")
        wire.fake.market.trade("F", "13.15", 5)
        assert await wire.status_of(chase) == "new"
        wire.fake.market.set_quote("F", "12.90", "13.00")
        assert await wire.status_of(chase) == "filled"


async def test_a_trailing_stop_follows_the_high_mark() -> None:
    async with wired() as wire:
        await wire.placed()
        order = await wire.placed(side="sell", type="trailing_stop", trail_percent="1.5")
        wire.fake.market.set_quote("AAPL", "183.00", "183.04")
        wire.fake.market.trade("AAPL", "183.02", 5)
        body = await wire.get(f"/v2/orders/{order.id}")
        assert (body["status"], body["hwm"], body["stop_price"]) == ("new", "183.02", "180.2747")
        changed = await wire.call("PATCH", f"/v2/orders/{order.id}", json={"trail": "2"})
        assert (changed.body["trail_percent"], changed.body["stop_price"]) == ("2", "179.3596")
        wire.fake.market.set_quote("AAPL", "179.30", "179.36")
        wire.fake.market.trade("AAPL", "179.35", 5)
        assert await wire.status_of(wire.fake.state.order(changed.body["id"])) == "filled"


async def test_a_bracket_holds_its_exits_until_the_entry_is_whole() -> None:
    async with wired() as wire:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=4)
        answer = await wire.order(time_in_force="gtc", **BRACKET)
        assert [(leg["type"], leg["status"], leg["legs"]) for leg in answer.body["legs"]] == [
            ("limit", "held", None),
            ("stop", "held", None),
        ]
        entry = wire.fake.state.order(answer.body["id"])
        target, stop = entry.legs
        assert (await wire.status_of(entry), target.status) == ("partially_filled", "held")
        wire.fake.market.set_quote("AAPL", "175.50", "175.52")
        assert [entry.status, target.status, stop.status] == ["filled", "new", "held"]
        assert (await wire.get("/v2/positions/AAPL"))["qty_available"] == "0"
        wire.fake.market.set_quote("AAPL", "180.00", "180.02", bid_size=3)
        assert (target.status, target.filled_qty, stop.qty) == ("partially_filled", Decimal(3), Decimal(7))
        wire.fake.market.set_quote("AAPL", "173.90", "173.94")
        wire.fake.market.trade("AAPL", "173.92", 5)
        assert [(row.status, row.filled_qty) for row in (target, stop)] == [
            ("canceled", Decimal(3)),
            ("filled", Decimal(7)),
        ]
        assert wire.fake.state.positions == {}


async def test_cancelling_one_of_a_bracket_ends_the_rest() -> None:
    async with wired() as wire:
        entry = await wire.placed(**(BRACKET | {"type": "limit", "limit_price": "175"}))
        await wire.call("DELETE", f"/v2/orders/{entry.legs[1].id}")
        assert [await wire.status_of(row) for row in (entry, *entry.legs)] == ["canceled"] * 3


async def test_an_oco_is_its_target_with_the_stop_as_child() -> None:
    async with wired() as wire:
        await wire.placed(qty="10")
        pair = OCO | {"take_profit": {"limit_price": "180"}}
        near = await wire.order(**pair, stop_loss={"stop_price": "176"})
        assert (near.refusal, near.body["base_price"]) == (RULE, "175.5")
        answer = await wire.order(**pair, stop_loss={"stop_price": "174", "limit_price": "173.5"})
        assert (answer.body["type"], answer.body["limit_price"]) == ("limit", "180")
        assert [(leg["type"], leg["status"], leg["limit_price"]) for leg in answer.body["legs"]] == [
            ("stop_limit", "held", "173.5")
        ]
        target = wire.fake.state.order(answer.body["id"])
        wire.fake.market.set_quote("AAPL", "180.00", "180.02")
        assert (await wire.status_of(target), target.legs[0].status) == ("filled", "canceled")


async def test_an_oto_has_one_exit_that_works_alone() -> None:
    async with wired() as wire:
        entry = await wire.placed(order_class="oto", stop_loss={"stop_price": "170"})
        assert [(leg.type, leg.status) for leg in entry.legs] == [("stop", "new")]
        assert (await wire.order(**(BRACKET | {"side": "sell"}))).refusal == RULE


async def test_a_replace_makes_a_new_order_that_counts_its_own_fills() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=30)
        old = await wire.placed(type="limit", limit_price="175.52", qty="100", client_order_id="a")
        path = f"/v2/orders/{old.id}"
        answer = await wire.call("PATCH", path, json={"qty": "80", "limit_price": "175.51", "client_order_id": "b"})
        assert (answer.status, answer.body["replaces"], answer.body["client_order_id"]) == (200, old.id, "b")
        assert (answer.body["qty"], answer.body["filled_qty"]) == ("50", "0")
        before, after = await wire.get(path), await wire.get(f"/v2/orders/{answer.body['id']}")
        assert (before["status"], before["replaced_by"], before["filled_qty"]) == ("replaced", after["id"], "30")
        assert after["status"] == "new"
        told = await heard.until("replaced")
        assert (told["order"]["id"], told["order"]["replaced_by"]) == (old.id, after["id"])
        assert (await heard.until("new"))["order"]["id"] == after["id"]
        assert [row.id for row in wire.fake.state.chain(old)] == [old.id, after["id"]]
        assert (await wire.call("PATCH", path, json={"qty": "90"})).body["message"] == "order already replaced"


@pytest.mark.parametrize(
    ("fields", "change", "words"),
    [
        ({}, {"limit_price": "170"}, "order parameters are not changed"),
        ({}, {}, "order parameters are not changed"),
        ({}, {"limit_price": "170.001"}, "sub-penny"),
        ({}, {"stop_price": "180"}, "stop_price cannot be changed"),
        ({}, {"trail": "1"}, "trail can only be changed"),
        ({"qty": "1.5"}, {"qty": "2"}, "fractional"),
        (BRACKET | {"stop_loss": {"stop_price": "160"}}, {"qty": "20"}, "qty cannot be changed for advanced orders"),
    ],
)
async def test_a_replace_that_breaks_a_rule_is_refused(
    fields: dict[str, Any], change: dict[str, str], words: str
) -> None:
    async with wired() as wire:
        order = await wire.placed(**({"type": "limit", "limit_price": "170"} | fields))
        answer = await wire.call("PATCH", f"/v2/orders/{order.id}", json=change)
        assert answer.refusal == RULE
        assert words in answer.body["message"]
        assert await wire.status_of(order) == "new"


async def test_orders_that_wait_cannot_be_replaced() -> None:
    async with wired() as wire:
        wire.fake.levers.set_session("closed")
        queued = await wire.placed(type="limit", limit_price="170")
        answer = await wire.call("PATCH", f"/v2/orders/{queued.id}", json={"limit_price": "171"})
        assert answer.body["message"] == "cannot replace order in accepted status"


async def test_a_replace_that_loses_the_race_ends_as_fill_and_rejected() -> None:
    async with wired() as wire, ear(wire) as heard:
        order = await wire.placed(type="limit", limit_price="170")
        wire.fake.switches.hold_replaces = True
        answer = await wire.call("PATCH", f"/v2/orders/{order.id}", json={"limit_price": "169"})
        assert (answer.status, await wire.status_of(order)) == (200, "pending_replace")
        assert (await wire.call("DELETE", f"/v2/orders/{order.id}")).refusal == RULE
        wire.fake.market.set_quote("AAPL", "169.90", "169.95")
        assert (await heard.until("fill"))["order"]["id"] == order.id
        assert (await heard.until("rejected"))["order"]["id"] == answer.body["id"]
        assert wire.fake.state.position("AAPL").qty == 10


async def test_a_refused_replace_gives_the_old_order_back() -> None:
    async with wired() as wire, ear(wire) as heard:
        order = await wire.placed(type="limit", limit_price="170")
        wire.fake.switches.reject_next_replace = "too late to replace"
        await wire.call("PATCH", f"/v2/orders/{order.id}", json={"limit_price": "169"})
        assert (await heard.until("order_replace_rejected"))["reason"] == "too late to replace"
        assert await wire.status_of(order) == "new"


async def test_the_exits_of_a_bracket_can_be_moved_and_stay_a_pair() -> None:
    async with wired() as wire:
        entry = await wire.placed(**BRACKET)
        moved = await wire.call("PATCH", f"/v2/orders/{entry.legs[1].id}", json={"stop_price": "175"})
        assert moved.status == 200
        await wire.get("/v2/account")
        target, stop = entry.legs
        assert (stop.id, stop.status, stop.stop_price) == (moved.body["id"], "held", Decimal(175))
        wire.fake.market.set_quote("AAPL", "174.90", "174.94")
        wire.fake.market.trade("AAPL", "174.92", 5)
        assert [target.status, stop.status] == ["canceled", "filled"]


async def test_a_cancel_is_a_request_that_a_fill_may_beat() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.switches.hold_cancels = True
        order = await wire.placed(type="limit", limit_price="175.50")
        answer = await wire.call("DELETE", f"/v2/orders/{order.id}")
        assert (answer.status, answer.body, await wire.status_of(order)) == (204, "", "pending_cancel")
        wire.fake.market.set_quote("AAPL", "175.48", "175.50")
        assert (await heard.until("fill"))["order"]["status"] == "filled"
        late = await wire.call("DELETE", f"/v2/orders/{order.id}")
        assert (late.refusal, late.body["message"]) == (RULE, 'order is already in "filled" state')
        nobody = await wire.call("DELETE", "/v2/orders/61e69015-8549-4bfd-b9c3-01e75843f47d")
        assert nobody.refusal == MISSING


async def test_both_bulk_deletes_answer_207_with_one_status_each() -> None:
    async with wired() as wire:
        empty = await wire.call("DELETE", "/v2/orders")
        assert (empty.status, empty.body) == (207, [])
        for symbol in ("AAPL", "KO"):
            await wire.placed(symbol=symbol, qty="10")
        await wire.placed(side="sell", type="limit", limit_price="190", qty="10")
        wire.fake.switches.hold_cancels = True
        busy = await wire.placed(symbol="MSFT", type="limit", limit_price="400")
        await wire.call("DELETE", f"/v2/orders/{busy.id}")
        closed = await wire.call("DELETE", "/v2/positions")
        assert [(row["symbol"], row["status"]) for row in closed.body] == [("AAPL", 403), ("KO", 200)]
        assert closed.body[0]["body"]["held_for_orders"] == "10"
        assert closed.body[1]["body"]["type"] == "market"
        cancelled = await wire.call("DELETE", "/v2/orders")
        assert (cancelled.status, sorted(row["status"] for row in cancelled.body)) == (207, [200, 422])
        both = await wire.call("DELETE", "/v2/positions?cancel_orders=true")
        assert [(row["symbol"], row["status"]) for row in both.body] == [("AAPL", 200)]
        assert await wire.get("/v2/positions") == []


async def test_a_part_of_a_position_is_closed_by_shares_or_per_cent() -> None:
    async with wired() as wire:
        await wire.placed(qty="15")
        half = await wire.call("DELETE", "/v2/positions/AAPL?percentage=50")
        assert (half.status, half.body["qty"], half.body["side"]) == (200, "7", "sell")
        some = await wire.call("DELETE", f"/v2/positions/{half.body['asset_id']}?qty=3")
        assert (some.body["qty"], (await wire.get("/v2/positions/AAPL"))["qty"]) == ("3", "5")
        assert (await wire.call("DELETE", "/v2/positions/AAPL?qty=1&percentage=1")).refusal == FORM
        assert (await wire.call("DELETE", "/v2/positions/KO")).refusal == MISSING
        assert (await wire.call("GET", "/v2/positions/KO")).body["message"] == "position does not exist"


async def test_sessions_queue_what_they_do_not_take() -> None:
    async with wired() as wire:
        wire.fake.levers.set_session("pre")
        late = await wire.placed(extended_hours=True, type="limit", limit_price="175.52")
        assert await wire.status_of(late) == "filled"
        queued = await wire.placed(symbol="KO")
        assert await wire.status_of(queued) == "accepted"
        assert (await wire.get("/v2/clock"))["is_open"] is False
        wire.fake.levers.set_session("regular")
        assert await wire.status_of(queued) == "filled"
        wire.fake.levers.set_session("overnight")
        night = await wire.order(extended_hours=True, type="limit", limit_price="175")
        assert "not eligible for overnight trading" in night.body["message"]


async def test_the_clock_decides_where_no_session_is_set() -> None:
    async with wired() as wire:
        wire.fake.levers.set_session(None)
        day = await wire.placed(type="limit", limit_price="170")
        long = await wire.placed(type="limit", limit_price="169", time_in_force="gtc")
        assert (await wire.get(f"/v2/orders/{day.id}"))["expires_at"].startswith("2026-11-23T21:00:00")
        wire.pass_time(hours=7)
        assert [await wire.status_of(row) for row in (day, long)] == ["expired", "new"]
        clock = await wire.get("/v2/clock")
        assert (clock["is_open"], clock["next_open"]) == (False, "2026-11-24T09:30:00-05:00")
        night = await wire.placed(qty="1")
        assert await wire.status_of(night) == "accepted"
        wire.pass_time(hours=17)
        assert await wire.status_of(night) == "filled"
        wire.pass_time(days=90)
        assert await wire.status_of(long) == "expired"


async def test_auction_orders_rest_and_mostly_end_at_the_cross() -> None:
    async with wired() as wire:
        first = await wire.placed(time_in_force="cls")
        assert await wire.status_of(first) == "new"
        wire.fake.levers.end_day()
        assert await wire.status_of(first) == "canceled"
        wire.fake.switches.auctions_fill = True
        second = await wire.placed(time_in_force="cls")
        wire.fake.levers.cross("cls")
        assert await wire.status_of(second) == "filled"


async def test_an_accepted_order_may_still_be_rejected() -> None:
    async with wired() as wire, ear(wire) as heard:
        wire.fake.switches.reject_next = "halted"
        order = await wire.placed(**BRACKET)
        told = await heard.until("rejected")
        assert (told["reason"], told["order"]["status"]) == ("halted", "rejected")
        assert told["order"]["failed_at"] is not None
        assert {leg.status for leg in order.legs} == {"canceled"}


async def test_a_halt_keeps_orders_waiting_until_trading_resumes() -> None:
    async with wired() as wire:
        resting = await wire.placed(type="limit", limit_price="175.51")
        wire.fake.levers.halt("AAPL")
        waiting = await wire.placed()
        wire.fake.market.set_quote("AAPL", "175.48", "175.50")
        assert [await wire.status_of(row) for row in (resting, waiting)] == ["new", "accepted"]
        wire.fake.levers.resume("AAPL")
        assert [await wire.status_of(row) for row in (resting, waiting)] == ["filled", "filled"]


async def test_the_broker_may_replace_an_order_that_nobody_asked_it_to() -> None:
    async with wired() as wire, ear(wire) as heard:
        order = await wire.placed(type="limit", limit_price="170", time_in_force="gtc")
        fresh = wire.fake.levers.replace_unasked(order, limit_price="85", qty="20")
        assert (await heard.until("replaced"))["order"]["replaced_by"] == fresh.id
        assert (await wire.get(f"/v2/orders/{fresh.id}"))["qty"] == "20"


async def test_both_exits_may_fill_in_a_fast_market_and_turn_the_position() -> None:
    async with wired() as wire:
        entry = await wire.placed(**BRACKET)
        target, stop = entry.legs
        wire.fake.levers.fill(target, price="180")
        assert stop.status == "canceled"
        wire.fake.levers.fill(stop, price="174")
        assert (await wire.status_of(stop), wire.fake.state.position("AAPL").qty) == ("filled", Decimal(-10))


async def test_a_price_only_replace_of_a_partial_fill_may_ask_for_everything_again() -> None:
    async with wired() as wire:
        wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=30)
        for restores, quantity in ((False, "70"), (True, "100")):
            wire.fake.switches.replace_restores_quantity = restores
            old = await wire.placed(type="limit", limit_price="175.52", qty="100")
            assert await wire.status_of(old) == "partially_filled"
            answer = await wire.call("PATCH", f"/v2/orders/{old.id}", json={"limit_price": "175.40"})
            assert answer.body["qty"] == quantity
            await wire.call("DELETE", f"/v2/orders/{answer.body['id']}")
            wire.fake.market.set_quote("AAPL", "175.50", "175.52", ask_size=30)


async def test_paper_fills_some_orders_in_parts() -> None:
    async with wired() as wire:
        wire.fake.switches.random_partials = True
        orders = [await wire.placed(symbol="KO", qty="50", type="limit", limit_price="62.81") for _ in range(30)]
        words = [await wire.status_of(row) for row in orders]
        assert set(words) == {"filled", "partially_filled"}
        assert words.count("filled") > 20


async def test_while_a_replace_waits_the_larger_order_is_held_back() -> None:
    async with wired() as wire:
        order = await wire.placed(type="limit", limit_price="170", qty="100")
        wire.fake.switches.hold_replaces = True
        over = await wire.call("PATCH", f"/v2/orders/{order.id}", json={"qty": "1200"})
        assert over.body["message"] == "insufficient buying power"
        assert (await wire.call("PATCH", f"/v2/orders/{order.id}", json={"qty": "200"})).status == 200
        assert (await wire.get("/v2/account"))["buying_power"] == "166000"
        fresh = wire.fake.state.orders[-1]
        assert (await wire.call("DELETE", f"/v2/orders/{fresh.id}")).refusal == RULE
        again = await wire.call("PATCH", f"/v2/orders/{fresh.id}", json={"qty": "300"})
        assert again.body["message"] == "order chain not fully replaced"
        wire.fake.levers.finish_replace(order)
        assert [order.status, fresh.status, order.replaced_by] == ["replaced", "new", fresh.id]


async def test_fills_while_a_replace_waits_come_off_its_successor() -> None:
    async with wired() as wire, ear(wire) as heard:
        order = await wire.placed(type="limit", limit_price="175", qty="100")
        wire.fake.switches.hold_replaces = True
        answer = await wire.call("PATCH", f"/v2/orders/{order.id}", json={"qty": "60"})
        wire.fake.market.trade("AAPL", "175.00", 25)
        wire.fake.levers.finish_replace(order)
        assert (await wire.get(f"/v2/orders/{answer.body['id']}"))["qty"] == "35"
        low = wire.fake.state.order(answer.body["id"])
        await wire.call("PATCH", f"/v2/orders/{low.id}", json={"qty": "20"})
        wire.fake.market.trade("AAPL", "175.00", 30)
        wire.fake.levers.finish_replace(low)
        assert (await heard.until("order_replace_rejected"))["order"]["id"] == low.id
        assert (await wire.status_of(low), low.filled_qty) == ("partially_filled", Decimal(30))


async def test_a_stop_that_shrinks_while_it_is_moved_stays_as_large_as_its_target() -> None:
    async with wired() as wire:
        entry = await wire.placed(**BRACKET)
        wire.fake.switches.hold_replaces = True
        old = entry.legs[1]
        moved = await wire.call("PATCH", f"/v2/orders/{old.id}", json={"stop_price": "175"})
        locked = await wire.call("PATCH", f"/v2/orders/{entry.legs[0].id}", json={"limit_price": "181"})
        assert "sibling" in locked.body["message"]
        wire.fake.market.set_quote("AAPL", "180.00", "180.02", bid_size=4)
        wire.fake.levers.finish_replace(old)
        stop = wire.fake.state.order(moved.body["id"])
        assert (stop.status, stop.qty, entry.legs[0].qty) == ("held", Decimal(6), Decimal(10))
        wire.fake.market.set_quote("AAPL", "174.90", "174.94")
        wire.fake.market.trade("AAPL", "174.92", 5)
        assert wire.fake.state.positions == {}


async def test_a_504_may_hide_an_order_that_was_taken() -> None:
    async with wired() as wire:
        for kind, fields in (("status", {"status": 504, "effect": True}), ("drop_after", {})):
            wire.fake.faults.add(kind, "POST", "/v2/orders", **fields)
            try:
                assert (await wire.order(client_order_id=kind)).status == 504
            except OSError:
                assert kind == "drop_after"
            found = await wire.get("/v2/orders:by_client_order_id", client_order_id=kind)
            assert found["status"] == "filled"
            assert wire.fake.state.client_ids[kind] == 1
