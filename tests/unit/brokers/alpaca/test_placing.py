"""Orders, brackets and pairs sent to the fake: what the answers prove, and that nothing is ever sent twice."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.brokers.errors import AuthExpired, BrokerDown, OrderRefused, OutcomeUnknown
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderRole, OrderState, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.orders import Bracket
from tests.helpers.waiting import until
from tests.unit.brokers.alpaca.samples import SELL
from tests.unit.brokers.alpaca.trading_world import GTC, LIMIT, MARKET, STOP, TradingWorld, trading

POST = {"method": "POST", "path": "/v2/orders"}
S = OrderState


async def test_fact_1_an_answer_says_accepted_and_the_stream_says_filled() -> None:
    async with trading(listening=True) as world:
        intent = world.intent(MARKET)
        report = await world.broker.place_order(intent)
        assert report.state is S.ACCEPTED
        assert report.terms == intent.terms
        assert report.raw
        assert world.stamps == [intent.client_order_id]
        await world.heard(report.broker_order_id, "filled")
        assert world.words(report.broker_order_id) == ["pending_new", "new", "filled"]
        assert world.executions() == await world.broker.get_executions(world.since)


@pytest.mark.parametrize(
    ("kind", "prices"),
    [
        (LIMIT, {"limit": "170"}),
        (STOP, {"stop": "180"}),
        (OrderType.STOP_LIMIT, {"stop": "180", "limit": "181"}),
        (OrderType.TRAILING_STOP, {"trail": "2"}),
        (OrderType.TRAILING_STOP, {"percent": "1.5"}),
    ],
)
async def test_every_kind_comes_back_with_the_terms_it_was_sent_with(kind: OrderType, prices: dict[str, Any]) -> None:
    async with trading() as world:
        intent = world.intent(kind, "10", life=GTC, **prices)
        report = await world.broker.place_order(intent)
        found = await world.broker.get_order(report.broker_order_id)
        assert found is not None
        assert report.terms == found.terms == intent.terms


async def test_a_limit_order_for_extended_hours_and_a_fraction_go_through() -> None:
    async with trading() as world:
        wide = await world.broker.place_order(world.intent(LIMIT, "10", limit="170", extended=True))
        part = await world.broker.place_order(world.intent(LIMIT, "1.5", limit="170"))
        assert wide.terms.extended_hours
        assert part.terms.quantity == Decimal("1.5")


async def test_what_breaks_a_rule_never_reaches_alpaca() -> None:
    async with trading() as world:
        before = len(world.fake.state.requests)
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(world.intent(LIMIT, limit="170.001"))
        assert caught.value.code == RefusalReason.PRICE_INCREMENT
        assert (world.stamps, len(world.fake.state.requests)) == ([], before)


async def test_a_refusal_keeps_alpacas_words_and_its_figures() -> None:
    async with trading() as world:
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(world.intent(LIMIT, "5000", limit="175"))
        assert caught.value.code == RefusalReason.BUYING_POWER
        assert caught.value.broker_words == "insufficient buying power"
        assert "needs 875000, there is 200000" in caught.value.advice
        with pytest.raises(OrderRefused) as unknown:
            await world.broker.place_order(replace(i := world.intent(), terms=replace(i.terms, symbol="NOPE")))
        assert unknown.value.code == RefusalReason.UNKNOWN_SYMBOL


async def test_a_wash_trade_names_the_order_in_its_way() -> None:
    async with trading() as world:
        await world.held("10")
        stop = await world.broker.place_order(world.intent(STOP, "10", SELL, role=OrderRole.STOP, stop="170", life=GTC))
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(world.intent(MARKET, "10"))
        assert caught.value.code == RefusalReason.WASH_TRADE
        assert stop.broker_order_id in caught.value.advice


async def test_a_stop_that_the_market_has_passed_is_said_to_be_breached() -> None:
    async with trading() as world:
        await world.held("10")
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(world.intent(STOP, "10", SELL, role=OrderRole.STOP, stop="190", life=GTC))
        assert caught.value.code == RefusalReason.STOP_BREACHED


async def test_an_order_for_another_account_or_mode_is_refused_here() -> None:
    async with trading() as world:
        for change in ({"account_id": "somebody else"}, {"mode": TradingMode.LIVE}):
            with pytest.raises(OrderRefused, match="another account"):
                await world.broker.place_order(replace(world.intent(), **change))
        assert world.stamps == []


# ---- brackets and pairs


async def test_fact_4_a_bracket_answers_entry_target_stop_under_our_ids() -> None:
    async with trading() as world:
        bracket = world.bracket()
        entry, target, stop = reports = await world.broker.place_bracket_order(bracket)
        assert [row.client_order_id for row in reports] == [leg.client_order_id for leg in bracket.legs]
        assert [row.role for row in reports] == [OrderRole.ENTRY, OrderRole.TARGET, OrderRole.STOP]
        assert {row.parent_broker_order_id for row in (target, stop)} == {entry.broker_order_id}
        assert target.oco_group == stop.oco_group == entry.broker_order_id
        assert world.stamps == [leg.client_order_id for leg in bracket.legs]
        assert world.order(entry.broker_order_id).order_class == "bracket"


async def test_trap_14_two_exits_of_one_position_go_as_a_pair() -> None:
    async with trading() as world:
        await world.held()
        stop = world.intent(STOP, "100", SELL, role=OrderRole.STOP, stop="174", life=GTC)
        target = world.intent(LIMIT, "100", SELL, role=OrderRole.TARGET, limit="180", life=GTC)
        first, second = await world.broker.place_oco_order(stop, target)
        assert [row.client_order_id for row in (first, second)] == [stop.client_order_id, target.client_order_id]
        assert [row.terms.order_type for row in (first, second)] == [STOP, LIMIT]
        assert first.oco_group == second.oco_group == second.broker_order_id
        assert first.parent_broker_order_id is None


@pytest.mark.parametrize("exits", [{"target": None}, {"stop": None}])
async def test_trap_18_an_entry_with_one_exit_goes_as_oto(exits: dict[str, Any]) -> None:
    async with trading() as world:
        entry, leg = await world.broker.place_bracket_order(world.bracket(**exits))
        assert world.order(entry.broker_order_id).order_class == "oto"
        assert (leg.parent_broker_order_id, leg.oco_group) == (entry.broker_order_id, None)
        assert leg.role is (OrderRole.STOP if exits == {"target": None} else OrderRole.TARGET)


async def test_a_bracket_without_exits_is_a_plain_order() -> None:
    async with trading() as world:
        whole = world.bracket()
        (report,) = await world.broker.place_bracket_order(Bracket(whole.entry))
        assert world.order(report.broker_order_id).order_class == ""


async def test_an_answer_that_names_no_legs_is_completed_by_a_read() -> None:
    async with trading() as world:
        world.fake.faults.add("rewrite", **POST, replace={"legs": None})
        bracket = world.bracket()
        reports = await world.broker.place_bracket_order(bracket)
        assert [row.client_order_id for row in reports] == [leg.client_order_id for leg in bracket.legs]


async def test_case_18_legs_on_the_stream_before_the_answer_are_ours_and_no_strangers() -> None:
    async with trading(listening=True) as world:
        world.fake.faults.add("hang_after", **POST)
        bracket = world.bracket()
        sending = asyncio.create_task(world.broker.place_bracket_order(bracket))
        await until(lambda: world.fake.faults.waiting, "the answer that waits")
        await until(lambda: world.executions(), "the fill")
        entry = world.fake.state.order_by_client_id(bracket.entry.client_order_id)
        assert entry is not None
        assert world.words(entry.id)[-1] == "filled"
        world.fake.faults.release()
        reports = await sending
        await world.heard(reports[2].broker_order_id, "held")
        own = {row.broker_order_id: row.client_order_id for row in reports}
        assert {row.report.client_order_id for row in world.events} == set(own.values())
        assert all(row.report.client_order_id == own[row.report.broker_order_id] for row in world.events)


async def test_legs_placed_elsewhere_are_shown_with_their_entry() -> None:
    async with trading(listening=True) as world:
        entry = world.fake.levers.dashboard_order(
            symbol="AAPL",
            qty="10",
            side="buy",
            time_in_force="gtc",
            order_class="bracket",
            take_profit={"limit_price": "180"},
            stop_loss={"stop_price": "174"},
        )
        target, stop = entry.legs
        await world.heard(target.id, "new")
        told = {row.report.broker_order_id: row.report for row in world.events}
        assert told[target.id].parent_broker_order_id == told[stop.id].parent_broker_order_id == entry.id
        assert (told[target.id].role, told[stop.id].role) == (OrderRole.TARGET, OrderRole.STOP)


async def test_a_close_goes_under_our_own_id_and_never_as_a_position_delete() -> None:
    async with trading() as world:
        await world.held()
        close = world.intent(MARKET, "100", SELL, role=OrderRole.EXIT)
        report = await world.broker.close_position(close)
        await world.status(report.broker_order_id, "filled")
        assert await world.broker.get_position("AAPL") is None
        assert await world.broker.find_order(close.client_order_id) is not None
        assert not [row for row in world.fake.state.requests if row[0] == "DELETE"]
        with pytest.raises(OrderRefused, match="only reduces"):
            await world.broker.close_position(world.intent(LIMIT, "1", limit="170"))


# ---- lost and strange answers


async def resolved(world: TradingWorld, key: str) -> None:
    """The order is found by our id, and there is one of it."""
    assert world.count(key) == 1
    found = await world.broker.find_order(key)
    assert found is not None
    assert found.client_order_id == key


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("drop_after", {}),
        ("truncate", {}),
        ("invalid_json", {}),
        ("status", {"status": 502, "body": "<html>bad gateway</html>", "effect": True}),
        ("status", {"status": 504, "body": "", "effect": True}),
        ("status", {"status": 500, "body": {"message": "internal"}, "effect": True}),
        ("status", {"status": 302, "headers": {"Location": "/elsewhere"}, "effect": True}),
        ("status", {"status": 200, "body": {}, "effect": True}),
        ("status", {"status": 200, "body": [], "effect": True}),
        ("status", {"status": 400, "body": "<html>proxy</html>", "effect": True}),
        ("rewrite", {"remove": ["id"]}),
    ],
)
async def test_case_5_8_9_14_an_answer_that_proves_nothing_is_unknown_and_found_by_our_id(
    kind: str, options: dict[str, Any]
) -> None:
    async with trading() as world:
        world.fake.faults.add(kind, **POST, **options)
        intent = world.intent(LIMIT, limit="170")
        with pytest.raises(OutcomeUnknown) as caught:
            await world.broker.place_order(intent)
        assert caught.value.message
        await resolved(world, intent.client_order_id)


async def test_trap_25_a_gateway_time_out_is_never_sent_again() -> None:
    async with trading() as world:
        rule = world.fake.faults.add("status", **POST, status=504, effect=True, times=None)
        with pytest.raises(OutcomeUnknown):
            await world.broker.place_order(world.intent(LIMIT, limit="170"))
        assert rule.used == 1


async def test_case_1_a_send_that_is_given_up_while_it_waits_is_found_by_our_id() -> None:
    async with trading() as world:
        world.fake.faults.add("hang_after", **POST)
        intent = world.intent(LIMIT, limit="170")
        sending = asyncio.create_task(world.broker.place_order(intent))
        await until(lambda: world.fake.faults.waiting, "the answer that waits")
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        world.fake.faults.release()
        await resolved(world, intent.client_order_id)


async def test_case_2_an_order_that_never_arrived_is_not_found() -> None:
    async with trading() as world:
        world.fake.faults.add("drop_before", **POST)
        intent = world.intent(LIMIT, limit="170")
        with pytest.raises(OutcomeUnknown):
            await world.broker.place_order(intent)
        assert await world.broker.find_order(intent.client_order_id) is None
        assert world.count(intent.client_order_id) == 0


async def test_case_6_where_no_byte_left_nothing_was_sent() -> None:
    async with trading() as world:
        await world.fake.stop()
        intent = world.intent(LIMIT, limit="170")
        with pytest.raises(BrokerDown, match="Nothing was sent"):
            await world.broker.place_order(intent)
        assert world.stamps == []


async def test_case_11_a_used_id_proves_the_first_order_and_gives_it() -> None:
    async with trading() as world:
        intent = world.intent(LIMIT, limit="170")
        first = await world.broker.place_order(intent)
        again = await world.broker.place_order(intent)
        assert again.broker_order_id == first.broker_order_id
        assert world.count(intent.client_order_id) == 1


async def test_case_11_a_used_id_of_a_bracket_gives_its_legs() -> None:
    async with trading() as world:
        bracket = world.bracket(limit="175.4")
        first = await world.broker.place_bracket_order(bracket)
        again = await world.broker.place_bracket_order(bracket)
        assert [row.broker_order_id for row in again] == [row.broker_order_id for row in first]
        assert [row.client_order_id for row in again] == [leg.client_order_id for leg in bracket.legs]


async def test_a_used_id_of_another_order_is_a_refusal() -> None:
    async with trading() as world:
        intent = world.intent(LIMIT, limit="170")
        await world.broker.place_order(intent)
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(replace(intent, terms=replace(intent.terms, quantity=Decimal(7))))
        assert caught.value.code == RefusalReason.DUPLICATE


async def test_a_used_id_that_cannot_be_looked_up_is_unknown() -> None:
    async with trading() as world:
        intent = world.intent(LIMIT, limit="170")
        await world.broker.place_order(intent)
        world.fake.faults.add("invalid_json", path="/v2/orders:by_client_order_id")
        with pytest.raises(OutcomeUnknown):
            await world.broker.place_order(intent)


async def test_trap_15_an_id_stays_used_after_its_order_was_cancelled() -> None:
    async with trading() as world:
        intent = world.intent(LIMIT, limit="170")
        report = await world.broker.place_order(intent)
        await world.broker.cancel_order(report.broker_order_id)
        await world.status(report.broker_order_id, "canceled")
        again = await world.broker.place_order(intent)
        assert (again.broker_order_id, again.state) == (report.broker_order_id, S.CANCELED)


async def test_case_12_a_refused_request_is_a_refusal_and_a_cancel_still_passes() -> None:
    async with trading() as world:
        report = await world.resting()
        body = {"code": 42910000, "message": "too many requests."}
        world.fake.faults.add("status", **POST, status=429, body=body, headers={"Retry-After": "7"})
        intent = world.intent(LIMIT, limit="170")
        with pytest.raises(OrderRefused, match="too many requests"):
            await world.broker.place_order(intent)
        assert world.count(intent.client_order_id) == 0
        await world.broker.cancel_order(report.broker_order_id)
        await world.status(report.broker_order_id, "canceled")


@pytest.mark.parametrize("kind", ["html_401", "status"])
async def test_case_13_a_login_that_ended_refuses_the_order_once(kind: str) -> None:
    async with trading() as world:
        options: dict[str, Any] = {"status": 401, "body": {"message": "unauthorized."}} if kind == "status" else {}
        rule = world.fake.faults.add(kind, **POST, times=None, **options)
        intent = world.intent(LIMIT, limit="170")
        with pytest.raises(AuthExpired):
            await world.broker.place_order(intent)
        assert rule.used == 1
        assert world.count(intent.client_order_id) == 0


async def test_trap_4_a_good_status_is_an_accepted_order_whatever_words_stand_in_it() -> None:
    async with trading() as world:
        world.fake.faults.add("rewrite", **POST, add={"message": "error", "code": 42210000})
        report = await world.broker.place_order(world.intent(LIMIT, limit="170"))
        assert report.state is S.ACCEPTED


@pytest.mark.parametrize("word", ["held", "a_word_of_tomorrow", ""])
async def test_trap_3_a_strange_status_word_is_an_order_all_the_same(word: str) -> None:
    async with trading() as world:
        world.fake.faults.add("rewrite", **POST, replace={"status": word})
        report = await world.broker.place_order(world.intent(LIMIT, limit="170"))
        assert report.status_text == word
        assert report.state is (S.ACCEPTED if word == "held" else None)


async def test_an_order_that_is_rejected_in_a_good_answer_is_rejected() -> None:
    async with trading() as world:
        world.fake.faults.add("rewrite", **POST, replace={"status": "rejected"})
        report = await world.broker.place_order(world.intent(LIMIT, limit="170"))
        assert report.state is S.REJECTED


@pytest.mark.allow_log("another order than was sent")
@pytest.mark.parametrize("change", [{"side": "sell"}, {"symbol": "MSFT"}])
async def test_trap_23_an_echo_of_another_order_is_an_alarm(change: dict[str, str]) -> None:
    async with trading() as world:
        world.fake.faults.add("rewrite", **POST, replace={**change, "position_intent": None})
        with pytest.raises(OutcomeUnknown, match="another order than was sent"):
            await world.broker.place_order(world.intent(LIMIT, limit="170"))


async def test_trap_21_a_refused_stop_does_not_send_its_entry_again() -> None:
    async with trading() as world:
        entry = world.intent(MARKET, "10")
        await world.broker.place_order(entry)
        trail = world.intent(OrderType.TRAILING_STOP, "10", SELL, role=OrderRole.STOP, trail="2", life=GTC)
        world.fake.faults.add(
            "status", **POST, status=403, body={"code": 40310000, "message": "insufficient qty available for order"}
        )
        with pytest.raises(OrderRefused) as caught:
            await world.broker.place_order(trail)
        assert caught.value.code == RefusalReason.SHARES_RESERVED
        assert (world.count(entry.client_order_id), world.count(trail.client_order_id)) == (1, 0)


async def test_case_77_an_order_that_finds_no_room_in_the_minute_is_refused_at_once() -> None:
    async with trading() as world:
        world.fake.switches.rate_limit = 8
        await world.resting(limit="169")
        answers = await asyncio.gather(
            *(world.broker.place_order(world.intent(LIMIT, "1", limit="170")) for _ in range(12)),
            return_exceptions=True,
        )
        refused = [row.code for row in answers if isinstance(row, OrderRefused)]
        assert refused
        assert set(refused) == {"rate_limited"}
        assert sum(world.fake.state.client_ids.values()) == 1 + len(answers) - len(refused)


async def test_immediate_orders_are_offered_and_auctions_behind_a_switch() -> None:
    async with trading() as world:
        offered = world.broker.capabilities.times_in_force
        assert TimeInForce.IOC in offered
        assert TimeInForce.OPG not in offered
    async with trading(auction_orders="yes") as world:
        assert TimeInForce.OPG in world.broker.capabilities.times_in_force
