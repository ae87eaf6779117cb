"""The command line: the live preview, what Enter sends, and everything that keeps it from sending twice."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSide, OrderType, TradingMode
from legend_desktop.domain.errors import ConfirmationNeeded, InvalidInput
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.viewmodels.command_line import LineState
from tests.fakes.clock import settle
from tests.unit.viewmodels.builders import quote
from tests.unit.viewmodels.trading_fake import PASS, World

WIDE = Verdict("spread", "Spread", Outcome.CONFIRM, "AAPL is 3.4 % wide.")
WRONG_SIDE = Verdict("stop_side", "Stop", Outcome.DENY, "The stop is above the entry.")
FAT_FINGER = Verdict("collar", "Price", Outcome.DENY, "185.60 is 5.7 % above the ask 175.52; the limit is 5 %.")


def sent(world: World) -> QuickEntryRequest:
    [(name, what)] = world.trading.calls
    assert name == "quick_entry"
    request = what["request"]
    assert isinstance(request, QuickEntryRequest)
    return request


async def test_an_entry_is_shown_and_sent_as_shown() -> None:
    world = World()
    world.line.set_text("buy AAPL 1% stop 174 target 180")
    shown = world.line.preview
    assert shown.state is LineState.READY
    assert shown.content.title == "Buy 116 AAPL at market"
    assert shown.content.sentence == "With stop 174.00 and target 180.00."
    assert (shown.mode_word, shown.foot) == ("PAPER", "Enter sends this to Simulator")
    world.line.enter_pressed(5)
    await settle()
    request = sent(world)
    assert (request.symbol, request.side, request.order_type) == ("AAPL", OrderSide.BUY, OrderType.MARKET)
    assert (request.decimal("risk_percent"), request.decimal("stop_loss_price")) == (Decimal(1), Decimal(174))
    assert request.pressed_ns == 5
    assert world.line.text == ""
    assert world.line.preview.state is LineState.RESULT
    assert world.line.preview.message == "Sent: Buy 116 AAPL at market."


async def test_the_result_names_what_was_sent_where_the_size_moved_with_the_price() -> None:
    world = World()
    world.trading.sent_size = Decimal(112)
    world.line.set_text("buy AAPL 1% stop 174")
    assert world.line.preview.content.title == "Buy 116 AAPL at market"
    world.line.enter_pressed(5)
    await settle()
    assert world.line.preview.message == "Sent: Buy 112 AAPL at market."


async def test_live_says_live_and_the_account() -> None:
    world = World(TradingMode.LIVE)
    world.line.set_text("buy AAPL 1% stop 174")
    assert world.line.preview.mode_word == "LIVE"
    assert world.line.preview.foot == "Enter sends this to Alpaca, account ending 4417"


async def test_case_70_enter_twice_within_50_ms_sends_once() -> None:
    world = World()
    world.line.set_text("buy AAPL 1% stop 174")
    world.line.enter_pressed()
    await world.clock.advance(0.05)
    world.line.enter_pressed()
    await settle()
    assert world.trading.names() == ["quick_entry"]


async def test_case_71_a_held_enter_sends_once() -> None:
    world = World()
    world.line.set_text("buy AAPL 1% stop 174")
    world.line.enter_pressed()
    for _ in range(100):
        world.line.set_text("buy AAPL 1% stop 174")
        world.line.enter_pressed(auto_repeat=True)
        await world.clock.advance(0.03)
    assert world.trading.names() == ["quick_entry"]


@pytest.mark.parametrize("verdict", [WRONG_SIDE, FAT_FINGER])
async def test_case_82_what_the_checks_deny_is_not_sent_however_often_enter_is_pressed(verdict: Verdict) -> None:
    world = World()
    world.trading.verdicts = (PASS, verdict)
    world.line.set_text("buy AAPL 1% limit 185.60 stop 174")
    assert world.line.preview.state is LineState.REFUSED
    assert world.line.preview.message == verdict.sentence
    for _ in range(5):
        world.line.enter_pressed()
        await world.clock.advance(1)
    assert world.trading.calls == []
    assert world.line.text == "buy AAPL 1% limit 185.60 stop 174"


async def test_case_82_a_check_that_asks_wants_a_second_deliberate_enter() -> None:
    world = World()
    world.trading.verdicts = (PASS, WIDE)
    world.line.set_text("buy AAPL 1% stop 174")
    assert world.line.preview.message == WIDE.sentence
    world.line.enter_pressed()
    assert world.line.preview.state is LineState.ASKS
    await world.clock.advance(0.05)
    world.line.enter_pressed()  # a double press is not a decision
    await settle()
    assert world.trading.calls == []
    await world.clock.advance(1)
    world.line.enter_pressed()
    await settle()
    [(_, what)] = world.trading.calls
    assert what["confirmed"] == {"spread"}


async def test_a_question_is_forgotten_after_three_seconds() -> None:
    world = World()
    world.trading.verdicts = (PASS, WIDE)
    world.line.set_text("buy AAPL 1% stop 174")
    world.line.enter_pressed()
    await world.clock.advance(3.1)
    world.line.enter_pressed()
    await settle()
    assert world.trading.calls == []
    assert world.line.preview.state is LineState.ASKS


async def test_shares_without_a_stop_ask_first() -> None:
    world = World()
    world.line.set_text("buy AAPL 110 market")
    assert "would have no stop" in world.line.preview.message
    world.line.enter_pressed()
    await world.clock.advance(0.5)
    assert world.trading.calls == []
    world.line.enter_pressed()
    await settle()
    assert sent(world).decimal("quantity") == 110


async def test_shares_that_only_take_a_position_down_need_no_stop() -> None:
    world = World()
    world.hold("AAPL", "110", "170")
    world.line.set_text("sell AAPL 110 market")
    world.line.enter_pressed()
    await settle()
    assert world.trading.names() == ["quick_entry"]


async def test_a_question_of_the_service_brings_the_text_back() -> None:
    world = World()
    world.trading.trouble = ConfirmationNeeded("AAPL is 3.4 % wide.", verdicts=(WIDE,))
    world.line.set_text("buy AAPL 1% stop 174")
    world.line.enter_pressed()
    await settle()
    assert world.line.text == "buy AAPL 1% stop 174"
    assert world.line.preview.state is LineState.ASKS
    await world.clock.advance(0.5)
    world.line.enter_pressed()
    await settle()
    assert world.trading.calls[-1][1]["confirmed"] == {"spread"}


@pytest.mark.parametrize("text", ["stop AAPL 174", "stop AAPL entry", "target AAPL 180"])
async def test_a_change_that_asks_is_sent_by_a_second_enter(text: str) -> None:
    world = World()
    world.hold("AAPL", "110", "170", "175.51")
    world.trading.trouble = ConfirmationNeeded("The market is closed.", verdicts=(WIDE,))
    world.line.set_text(text)
    world.line.enter_pressed()
    await settle()
    assert world.line.preview.state is LineState.ASKS
    assert world.line.preview.message == "The market is closed."
    await world.clock.advance(0.5)
    world.line.enter_pressed()
    await settle()
    assert [what.get("confirmed") for _, what in world.trading.calls] == [None, {"spread"}]


async def test_a_refusal_of_the_service_brings_the_text_back_with_the_reason() -> None:
    world = World()
    world.trading.trouble = InvalidInput("Alpaca has no symbol AAPPL. Nothing was sent.")
    world.line.set_text("buy AAPPL 100 limit 3 stop 2")
    world.line.enter_pressed()
    await settle()
    assert world.line.text == "buy AAPPL 100 limit 3 stop 2"
    assert world.line.preview.message == "Alpaca has no symbol AAPPL. Nothing was sent."
    world.line.refresh_live()
    assert world.line.preview.message == "Alpaca has no symbol AAPPL. Nothing was sent."
    assert [notice.sentence for notice in world.notices] == ["Alpaca has no symbol AAPPL. Nothing was sent."]


async def test_close_half_of_a_short_as_in_the_picture() -> None:
    world = World(TradingMode.LIVE)
    world.hold("XOM", "-220", "118.02", "116.42")
    world.protect("XOM", OrderSide.BUY, "220", "118.02")
    world.line.set_text("close XOM half")
    shown = world.line.preview.content
    assert shown.title == "Buy to cover 110 XOM at market"
    assert shown.sentence == ("Short 220 becomes short 110. The stop at 118.02 shrinks from 220 to 110 first.")
    assert [(row.label, row.value) for row in shown.figures] == [
        ("About", "116.43"),
        ("Value", "$12,807.30"),
        ("Gain on this part, est.", "+$174.90"),
        ("Expected cost, est.", "0.9 bp = $1.10"),
    ]
    world.line.enter_pressed()
    await settle()
    [(name, what)] = world.trading.calls
    assert (name, what["symbol"], what["quantity"]) == ("close_position", "XOM", 110)


async def test_more_than_is_held_is_refused_with_the_whole_position_as_the_fix() -> None:
    world = World()
    world.hold("XOM", "-220", "118.02")
    for text in ("close XOM 300", "cover XOM 300"):
        world.line.set_text(text)
        assert world.line.preview.message == "XOM: you hold 220 short, 300 is more than that. Close all 220?"
        assert world.line.preview.suggestion == "close XOM"
        world.line.enter_pressed()
    world.line.tab()
    assert world.line.text == "close XOM"
    world.line.enter_pressed()
    await settle()
    assert world.trading.names() == ["close_position"]


async def test_a_position_that_is_not_there_cannot_be_closed() -> None:
    world = World()
    for text in ("close TSLA", "cover TSLA", "stop TSLA 3", "target TSLA 4", "cancel all", "flatten all"):
        world.line.set_text(text)
        assert world.line.preview.state is LineState.REFUSED, text
        world.line.enter_pressed()
        world.line.tick()
    assert world.trading.calls == []


@pytest.mark.parametrize(
    ("text", "verb", "what"),
    [
        ("stop AAPL 174", "move_stop", {"symbol": "AAPL", "price": Decimal(174)}),
        ("stop AAPL -1%", "move_stop", {"symbol": "AAPL", "price": Decimal("173.25")}),
        ("stop AAPL entry", "stop_to_entry", {"symbol": "AAPL", "with_costs": False}),
        ("stop AAPL costs", "stop_to_entry", {"symbol": "AAPL", "with_costs": True}),
        ("stop AAPL trail 1.2%", "trail_stop", {"symbol": "AAPL", "amount": None, "percent": Decimal("1.2")}),
        ("target AAPL 180", "set_target", {"symbol": "AAPL", "price": Decimal(180)}),
        ("target AAPL 2R", "set_target", {"symbol": "AAPL", "price": Decimal(179)}),
        ("cancel AAPL", "cancel_all", {"symbol": "AAPL", "side": None}),
        ("cancel sells", "cancel_all", {"symbol": None, "side": OrderSide.SELL}),
        ("cancel last", "cancel_order", {"key": "stop1"}),
        ("flatten AAPL", "flatten_all", {"symbol": "AAPL"}),
    ],
)
async def test_what_each_word_asks_of_the_service(text: str, verb: str, what: dict[str, object]) -> None:
    world = World()
    world.hold("AAPL", "100", "175", "175.51")
    world.protect("AAPL", OrderSide.SELL, "100", "173")
    world.line.set_text(text)
    assert world.line.preview.state is LineState.READY, world.line.preview.message
    world.line.enter_pressed()
    await settle()
    assert world.trading.calls == [(verb, what)]


async def test_a_stop_beyond_the_market_is_refused() -> None:
    world = World()
    world.hold("AAPL", "100", "175")
    world.line.set_text("stop AAPL 176")
    assert world.line.preview.message == (
        "A stop at 176.00 would go off at once: AAPL is at 175.50. Use a price below 175.50."
    )


async def test_cancel_all_wants_enter_held() -> None:
    world = World()
    world.work("AAPL", OrderSide.BUY, "100", "170", "o1")
    world.line.set_text("cancel all")
    assert world.line.preview.foot == "Hold Enter 0.6 s to send this to Simulator"
    progress: list[float] = []
    world.line.hold_progress.connect(progress.append)
    world.line.enter_pressed()
    for _ in range(10):
        await world.clock.advance(0.03)
        world.line.tick()
    world.line.enter_released()
    assert world.trading.calls == []
    world.line.enter_pressed()
    for _ in range(25):
        await world.clock.advance(0.03)
        world.line.tick()
    assert world.trading.names() == ["cancel_all"]
    assert max(progress) > 0.9
    assert progress[-1] == 0


async def test_rehearsal_sends_nothing_from_the_line() -> None:
    world = World()
    world.router.rehearsal.toggle()
    world.line.set_text("buy AAPL 1% stop 174")
    assert world.line.preview.mode_word == "REHEARSAL"
    world.line.enter_pressed()
    await settle()
    assert world.trading.calls == []
    assert world.line.preview.message == "Rehearsal: nothing was sent."


async def test_the_preview_follows_the_market() -> None:
    world = World()
    world.line.set_text("buy AAPL 100 at bid-0.01 stop 170")
    before = world.line._plan
    world.quotes["AAPL"] = quote("AAPL", "180", "180.02")
    world.line.refresh_live()
    assert world.line._plan is not before
    world.line.enter_pressed()
    await settle()
    assert sent(world).decimal("limit_price") == Decimal("179.99")


async def test_a_symbol_without_a_quote_is_asked_for() -> None:
    world = World()
    world.line.set_text("buy NVDA 1% stop 1%")
    assert world.wanted == ["NVDA"]
    assert world.line.preview.state is LineState.REFUSED


async def test_another_broker_is_not_reached_from_here() -> None:
    world = World()
    world.line.set_text("buy AAPL 100 on schwab")
    assert "trades on Simulator" in world.line.preview.message


async def test_meanings_are_picked_by_digit_but_a_digit_behind_a_figure_is_a_figure() -> None:
    world = World()
    world.line.set_text("buy AAPL 1% stop 174 t 18")
    assert world.line.preview.state is LineState.MEANINGS
    assert not world.line.pick(1)
    world.line.set_text("buy AAPL 1% stop 174 t 180 ")
    assert world.line.pick(1)
    assert world.line.text == "buy AAPL 1% stop 174 target 180"
    assert world.trading.calls == []


async def test_a_picked_meaning_stays_picked() -> None:
    world = World()
    world.work("ALL", OrderSide.BUY, "10", "190", "o1")
    world.work("AAPL", OrderSide.BUY, "10", "170", "o2")
    world.line.set_text("cancel all")
    assert world.line.preview.state is LineState.MEANINGS
    assert world.line.pick(2)
    world.line.refresh_live()
    assert world.line.preview.content.title == "Cancel 1 order"
    world.line.enter_pressed()
    await settle()
    assert world.trading.calls == [("cancel_all", {"symbol": "ALL", "side": None})]


async def test_looking_commands_send_nothing_and_ask_nothing() -> None:
    world = World()
    world.router.register("panel.chart", lambda: world.looked.append(("panel", "chart")))
    for text in ("MSFT", "chart NVDA 5m", "watch KO", "help stop"):
        world.line.set_text(text)
        assert world.line.preview.foot == "Enter does this, nothing is sent"
        world.line.enter_pressed()
    assert world.focus.symbol == "NVDA"
    assert world.looked == [("bars", "5m"), ("panel", "chart"), ("watch", "KO"), ("help", "stop")]
    assert world.trading.calls == []


async def test_history_is_walked_and_what_was_typed_comes_back() -> None:
    world = World()
    for text in ("MSFT", "NVDA"):
        world.line.set_text(text)
        world.line.enter_pressed()
    world.line.set_text("buy AA")
    for step, expected in ((-1, "NVDA"), (-1, "MSFT"), (-1, "MSFT"), (1, "NVDA"), (1, "buy AA"), (1, "buy AA")):
        world.line.recall(step)
        assert world.line.text == expected
    assert world.history[-1] == ["MSFT", "NVDA"]


async def test_tab_completes_and_walks_on() -> None:
    world = World()
    world.watched = ["AAPL", "AMD"]
    world.line.set_text("close A")
    for expected in ("close AAPL ", "close AMD ", "close AAPL "):
        world.line.tab()
        assert world.line.text == expected
    world.line.set_text("buy AAPL 1% stpo 174")
    world.line.tab()
    assert world.line.text == "buy AAPL 1% stop 174"


async def test_escape_stops_a_hold_then_empties_then_lets_go() -> None:
    world = World()
    world.work("AAPL", OrderSide.BUY, "100", "170", "o1")
    world.line.set_text("cancel all")
    world.line.enter_pressed()
    assert world.line.escape()
    await world.clock.advance(1)
    world.line.tick()
    assert world.trading.calls == []
    assert world.line.text == "cancel all"
    assert world.line.escape()
    assert world.line.text == ""
    assert not world.line.escape()
