"""The order keys: what each sends, for which symbol, and what it says beforehand."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSide, OrderSource, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded, InvalidInput
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.action_router import RehearsalCard
from tests.fakes.clock import settle
from tests.unit.viewmodels.builders import execution, intent, plan
from tests.unit.viewmodels.trading_fake import PASS, World

D = Decimal


def long_apple() -> World:
    world = World()
    world.with_keys()
    world.hold("AAPL", "101", "175", "175.51")
    world.protect("AAPL", OrderSide.SELL, "101", "173")
    return world


@pytest.mark.parametrize(
    ("action", "verb", "what"),
    [
        ("order.close_half", "close_position", {"quantity": D(50)}),
        ("order.close_quarter", "close_position", {"quantity": D(25)}),
        ("order.close_position", "close_position", {"quantity": None}),
        ("order.reverse_position", "reverse_position", {}),
        ("order.stop_to_entry", "stop_to_entry", {"with_costs": False}),
        ("order.stop_to_entry_plus_costs", "stop_to_entry", {"with_costs": True}),
        ("order.stop_to_trailing", "trail_stop", {"amount": D("2.50"), "percent": None}),
        ("order.stop_one_tick_up", "move_stop", {"price": D("173.01")}),
        ("order.stop_one_tick_down", "move_stop", {"price": D("172.99")}),
        ("order.cancel_symbol", "cancel_all", {"symbol": "AAPL"}),
        ("order.cancel_latest", "cancel_order", {"key": "stop1"}),
        ("kill.cancel_all", "cancel_all", {"symbol": None}),
        ("kill.flatten_all", "flatten_all", {"symbol": None}),
        ("kill.lock", "lock", {}),
    ],
)
async def test_what_each_key_asks_of_the_service(action: str, verb: str, what: dict[str, object]) -> None:
    world = long_apple()
    assert world.router.trigger(action, held=True)
    await settle()
    [(name, found)] = world.trading.calls
    assert name == verb
    assert {key: found[key] for key in what} == what


async def test_keys_act_on_the_symbol_in_focus() -> None:
    world = long_apple()
    world.hold("XOM", "-220", "118.02", "116.42")
    world.focus.set_symbol("xom")
    assert world.router.describe("order.close_half").title == "Buy to cover 110 XOM at market"
    world.router.trigger("order.close_half", pressed_ns=9)
    await settle()
    [(_, what)] = world.trading.calls
    assert (what["symbol"], what["source"], what["pressed_ns"]) == ("XOM", OrderSource.KEY, 9)


async def test_without_a_symbol_or_a_position_nothing_is_sent_and_the_reason_is_said() -> None:
    world = World(symbol="")
    world.with_keys()
    world.router.trigger("order.close_half")
    world.focus.set_symbol("AAPL")
    for action in (
        "order.close_half",
        "order.reverse_position",
        "order.stop_to_entry",
        "order.stop_one_tick_up",
        "order.reprice_to_near_side",
        "order.add_half_risk",
        "order.cancel_latest",
        "kill.flatten_all",
        "order.repair_stop",
    ):
        world.router.trigger(action, held=True)
    await settle()
    assert world.trading.calls == []
    assert len(world.said) == 10
    assert world.said[:2] == [
        "No symbol is in focus. Choose one with Ctrl+L or in the watch list.",
        "You hold no AAPL, so there is nothing to close.",
    ]


async def test_quick_keys_send_the_draft_with_their_side() -> None:
    world = World()
    world.with_keys()
    assert world.router.describe("order.quick_buy").title == "Buy 116 AAPL at market"
    assert world.router.describe("order.quick_sell").title == "Sell short 116 AAPL at market"
    for action in ("order.quick_buy", "order.quick_sell", "order.quick_short"):
        world.router.trigger(action, pressed_ns=hash(action))
        await settle()
    sides = [what["request"].side for _, what in world.trading.calls]
    assert sides == [OrderSide.BUY, OrderSide.SELL, OrderSide.SELL]


async def test_a_short_key_does_not_sell_what_is_held() -> None:
    world = long_apple()
    world.router.trigger("order.quick_short")
    await settle()
    assert world.trading.calls == []
    assert "close it first" in world.said[0]


async def test_adding_takes_half_the_risk_on_the_side_of_the_position() -> None:
    world = World()
    world.with_keys()
    world.hold("AAPL", "-50", "178")
    world.router.trigger("order.add_half_risk")
    await settle()
    [(_, what)] = world.trading.calls
    assert what["request"].side is OrderSide.SELL
    assert what["request"].decimal("risk_percent") == D("0.5")


async def test_a_limit_is_moved_to_the_near_or_the_far_side() -> None:
    world = World()
    world.with_keys()
    world.work("AAPL", OrderSide.BUY, "100", "170", "o1")
    world.router.trigger("order.reprice_to_near_side")
    await settle()
    world.router.trigger("order.reprice_to_far_side")
    await settle()
    assert [what["limit"] for _, what in world.trading.calls] == [D("175.50"), D("175.52")]


async def test_an_exit_limit_gives_way_to_an_entry_when_repricing() -> None:
    world = long_apple()
    world.work("AAPL", OrderSide.BUY, "100", "170", "entry")
    world.desk.working(intent("later", side=OrderSide.BUY, kind=OrderType.STOP, stop="180"))
    world.router.trigger("order.reprice_to_near_side")
    await settle()
    assert world.trading.calls[0][1]["key"] == "entry"


async def test_the_missing_stop_is_prepared_in_the_command_line_and_not_sent() -> None:
    world = World()
    world.with_keys()
    world.hold("AAPL", "100", "175")
    world.router.trigger("order.repair_stop")
    assert world.line.text == "stop AAPL "
    order = world.desk.working(intent("o1", plan=plan("175", "173.25")))
    assert order.filled_quantity == 0
    world.desk.fill(execution(order="o1", price="175"))
    world.router.trigger("order.repair_stop")
    assert world.line.text == "stop AAPL 173.25"
    await settle()
    assert world.trading.calls == []


async def test_a_check_that_asks_wants_the_same_key_again() -> None:
    world = long_apple()
    world.trading.verdicts = (PASS, Verdict("spread", "Spread", Outcome.CONFIRM, "AAPL is 3.4 % wide."))
    world.router.trigger("order.add_half_risk")
    assert "press the same key again within 3 s" in world.said[0]
    await world.clock.advance(1)
    world.router.trigger("order.add_half_risk")
    await settle()
    [(_, what)] = world.trading.calls
    assert what["confirmed"] == {"spread"}


@pytest.mark.parametrize("action_id", ["order.stop_to_entry", "order.stop_one_tick_up", "order.reprice_to_near_side"])
async def test_a_change_that_asks_wants_the_same_key_again(action_id: str) -> None:
    world = long_apple()
    world.work("AAPL", OrderSide.BUY, "10", "170", "limit1")
    verdict = Verdict("price_collar", "Price", Outcome.CONFIRM, "170.00 is far away.")
    world.trading.trouble = ConfirmationNeeded(verdict.sentence, verdicts=(PASS, verdict))
    world.router.trigger(action_id)
    await settle()
    assert "press the same key again within 3 s" in world.said[0]
    await world.clock.advance(1)
    world.router.trigger(action_id)
    await settle()
    assert [what.get("confirmed") for _, what in world.trading.calls] == [None, {"price_collar"}]


async def test_case_78_a_burst_of_100_presses_goes_to_the_throttle_and_no_further() -> None:
    world = World()
    world.with_keys()
    world.trading.throttle = 5
    for number in range(100):
        world.router.trigger("order.quick_buy", pressed_ns=number)
        await world.clock.advance(0.01)
    assert world.trading.names().count("quick_entry") == 5
    assert world.trading.refused == 95


async def test_rehearsal_shows_the_order_and_sends_nothing_even_armed() -> None:
    world = long_apple()
    world.arming.toggle()
    world.router.rehearsal.toggle()
    cards: list[RehearsalCard] = []
    world.router.rehearsed.connect(cards.append)
    for action in ("order.close_half", "kill.flatten_all", "order.quick_buy", "order.cancel_latest"):
        world.router.trigger(action, key="F7")
    await settle()
    assert world.trading.calls == []
    assert [card.preview.title for card in cards] == [
        "Sell 50 AAPL at market",
        "Flatten the PAPER account: 1 position, 1 order",
        "Buy 116 AAPL at market",
        "Cancel 1 order",
    ]


async def test_an_order_keeps_the_keys_armed() -> None:
    world = long_apple()
    world.arming.toggle()
    await world.clock.advance(19 * 60)
    world.router.trigger("order.close_half")
    await settle()
    await world.clock.advance(19 * 60)
    assert world.arming.armed


async def test_asking_the_broker_needs_an_unknown_order() -> None:
    world = World()
    world.with_keys()
    world.router.trigger("order.ask_broker")
    await settle()
    assert world.trading.calls == []
    assert "nothing to ask" in world.said[0]


async def test_what_a_key_sent_is_told_by_the_order_alone_and_a_lock_by_its_result() -> None:
    world = long_apple()
    world.router.trigger("order.close_half")
    await settle()
    assert (world.said, world.done) == ([], [])
    world.router.trigger("kill.lock")
    await settle()
    assert (world.said, world.done) == ([], ["Trading is locked."])


async def test_a_refusal_on_the_way_is_told_once() -> None:
    world = long_apple()
    world.trading.trouble = InvalidInput("The broker cannot be reached.")
    world.router.trigger("order.close_half")
    await settle()
    assert world.said == []
    assert [notice.sentence for notice in world.notices] == ["The broker cannot be reached."]


async def test_the_missing_stop_is_found_where_the_symbol_in_focus_is_not_held() -> None:
    world = World(symbol="NVDA")
    world.with_keys()
    world.hold("AAPL", "101", "175", "175.51")
    world.protect("AAPL", OrderSide.SELL, "101", "173")
    world.router.trigger("order.repair_stop")
    assert world.said == ["You hold no NVDA, so no stop is missing."]
    world.hold("XOM", "150", "117", "116.42")
    world.router.trigger("order.repair_stop")
    assert world.line.text.strip() == "stop XOM"
