"""Order entry on a real desk: every state, the second press, the guard of the foot, exits and the way back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from legend_desktop.brokers.simulator.faults import Delay, DropRequest, FailRead, LoseAnswer, Refuse
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, TimeInForce, TradingState
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.viewmodels.entry_state import EntryState
from legend_desktop.viewmodels.entry_words import refusal_notice
from legend_desktop.viewmodels.quick_draft import EntryDraft
from tests.unit.viewmodels.entry_world import Entry, an_entry, plain

D = Decimal
BUY, SELL = OrderSide.BUY, OrderSide.SELL
S = EntryState


def limit_positions(entry: Entry, percent: int) -> None:
    """One position may be so much of equity from now on."""
    risk = entry.world.context.risk
    risk.limits = replace(risk.limits, max_position_percent=D(percent))


# ---- before the press -------------------------------------------------------------------------------------------


async def test_an_empty_form_says_what_the_stop_is_for() -> None:
    async with an_entry() as entry:
        assert entry.state == S.EMPTY
        assert entry.model.risk_money == D(250)
        assert not entry.model.send()
        assert entry.model.send_text == "Buy AAPL, paper"


async def test_a_stop_makes_it_valid_and_sized() -> None:
    async with an_entry() as entry:
        entry.draft()
        assert entry.state == S.VALID
        preview = entry.model.preview
        assert preview is not None
        assert preview.quantity == 111
        assert entry.model.send_text == "Buy 111 AAPL, paper"
        entry.model.set_side(SELL)
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        assert entry.model.refusal.sentence.startswith("The stop is below the entry.")


async def test_a_limit_set_on_the_position_cuts_and_is_named() -> None:
    async with an_entry() as entry:
        limit_positions(entry, 25)
        entry.draft(risk="1.00", stop="174.00")
        assert entry.state == S.CAPPED
        preview = entry.model.preview
        assert preview is not None
        assert preview.sizing is not None
        assert preview.quantity == 142
        assert preview.sizing.binding_label == "position limit"
        assert entry.model.can_send


async def test_a_stop_on_the_wrong_side_offers_two_ways_out() -> None:
    async with an_entry() as entry:
        entry.draft(stop="176.20")
        assert entry.state == S.REFUSED
        assert [fix.label for fix in entry.model.fixes] == ["Use 174.10", "Sell short"]
        passed = [row for row in entry.model.checks if row.outcome is not Outcome.DENY]
        assert len(passed) == len(entry.model.checks) - 1
        entry.model.apply_fix(0)
        assert entry.state == S.VALID
        assert entry.model.form.stop == "174.10"
        entry.draft(stop="173.75")
        entry.draft(stop="176.20", target="")
        assert [fix.label for fix in entry.model.fixes] == ["Use 173.75", "Sell short"]  # the stop that was good before
        entry.model.apply_fix(1)
        assert (entry.state, entry.model.form.side) == (S.VALID, SELL)
        assert entry.model.send_text.startswith("Sell short ")


async def test_an_unknown_symbol_is_named_with_the_one_meant() -> None:
    async with an_entry() as entry:
        entry.draft()
        entry.model.set_symbol("aapple")
        await entry.world.breathe()
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        assert entry.model.refusal.sentence == ("Simulator has no symbol AAPPLE. Nothing was sent. Did you mean AAPL?")
        entry.model.set_text("stop", "170")
        assert entry.state == S.REFUSED  # typing further does not make the symbol exist
        assert not entry.model.send()
        entry.model.apply_fix(0)
        await entry.world.breathe()
        assert (entry.model.form.symbol, entry.state) == ("AAPL", S.EMPTY)
        assert entry.focus.symbol == "AAPL"


async def test_a_broker_that_does_not_answer_is_not_an_unknown_symbol() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("find_instrument", FailRead("The line is down"))
        entry.model.set_symbol("MSFT")
        await entry.world.breathe()
        assert entry.model.refusal is not None
        assert "has no symbol" not in entry.model.refusal.sentence
        await entry.world.desk.core.know_symbol("MSFT")
        entry.model.refresh()
        assert entry.state == S.EMPTY


async def test_a_market_order_is_not_sized_on_an_old_quote() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.world.run(12)
        entry.model.refresh()
        assert entry.model.quote_is_old
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        assert entry.model.refusal.sentence.startswith("The AAPL quote is 12 s old.")
        await entry.world.fresh()
        entry.model.refresh()
        assert entry.state == S.VALID


async def test_a_halt_a_crossed_quote_and_a_missing_side_are_said() -> None:
    async with an_entry() as entry:
        entry.draft()
        board, quote = entry.world.context.quotes, entry.model.quote
        assert quote is not None
        for odd, words in (
            (replace(quote, halted=True), "Trading in AAPL is halted."),
            (replace(quote, bid=D("175.60")), "The AAPL quote is crossed: bid 175.60 stands above ask 175.52."),
            (replace(quote, ask=None), "Nobody offers AAPL now."),
        ):
            board.put(replace(odd, timestamp=entry.world.clock.now()))
            entry.model.refresh()
            assert entry.state == S.REFUSED
            assert entry.model.refusal is not None
            assert entry.model.refusal.sentence.startswith(words)


async def test_a_size_of_zero_says_what_would_fit() -> None:
    async with an_entry() as entry:
        entry.draft(risk="0.001", stop="170")
        assert entry.model.refusal is not None
        assert "one share risks" in entry.model.refusal.sentence
        entry.model.apply_fix(0)
        assert entry.state == S.VALID
        assert entry.model.preview is not None
        assert entry.model.preview.quantity == 1


async def test_a_share_count_beyond_the_buying_power_offers_what_fits() -> None:
    async with an_entry() as entry:
        entry.model.set_by_quantity(wanted=True)
        entry.type(quantity="5000")
        assert entry.model.refusal is not None
        assert entry.model.refusal.check == "buying_power"
        assert "free is $400,000.00" in entry.model.refusal.sentence
        entry.model.apply_fix(0)
        assert entry.state in {S.VALID, S.CAPPED}
        assert entry.model.form.quantity == "2256"


async def test_what_cannot_be_read_is_a_refusal_of_its_field() -> None:
    async with an_entry() as entry:
        entry.draft(stop="1x")
        assert entry.state == S.REFUSED
        assert entry.model.form_error is not None
        assert entry.model.form_error.field == "stop"
        assert not entry.model.send()
        entry.type(stop="-")
        assert entry.state == S.EMPTY


async def test_a_limit_starts_at_the_near_side_and_the_quote_sides_are_prices() -> None:
    async with an_entry() as entry:
        entry.model.set_order_type(OrderType.LIMIT)
        assert entry.model.form.price == "175.50"
        entry.model.use_quote_side("mid")
        assert entry.model.form.price == "175.51"
        entry.model.set_order_type(OrderType.STOP)
        entry.model.use_quote_side("ask")
        assert entry.model.form.trigger == "175.52"
        entry.model.set_order_type(OrderType.MARKET)
        entry.model.use_quote_side("bid")
        assert (entry.model.form.order_type, entry.model.form.price) == (OrderType.LIMIT, "175.50")


async def test_risk_steps_through_the_presets() -> None:
    async with an_entry() as entry:
        entry.type(risk="0.25")
        entry.model.step_risk(1)
        assert entry.model.form.risk == "0.50"
        entry.model.step_risk(-1)
        entry.model.step_risk(-1)
        assert entry.model.form.risk == "0.10"
        entry.model.step_risk(-1)
        assert entry.model.form.risk == "0.10"


async def test_a_trailing_stop_belongs_to_the_ticket() -> None:
    async with an_entry() as entry:
        assert OrderType.TRAILING_STOP not in entry.model.order_types
        entry.model.set_order_type(OrderType.TRAILING_STOP)
        assert entry.model.form.by_quantity
        assert OrderType.TRAILING_STOP in entry.model.order_types
        entry.model.set_by_quantity(wanted=False)
        assert entry.model.form.order_type is OrderType.MARKET


async def test_live_words() -> None:
    async with an_entry(live=True) as entry:
        entry.draft()
        assert entry.model.send_text == "LIVE  Buy 111 AAPL"
        entry.model.set_order_type(OrderType.LIMIT)
        entry.type(price="bid-0.01")
        assert entry.model.send_text.endswith("AAPL at 175.49")


# ---- the press ----------------------------------------------------------------------------------------------------


async def test_a_market_bracket_goes_from_press_to_done() -> None:
    async with an_entry() as entry:
        entry.draft()
        assert await entry.send()
        assert entry.states == ["valid", "sending", "working", "done"]
        result = entry.model.result
        assert result.headline == "Bought 111 at 175.52"
        assert result.terms == "Stop 173.75, target 179.20, day"
        rows = entry.rows()
        assert rows["Cost against mid 175.51"] == "+0.57 bp $1.11"
        assert rows["Your median in AAPL"] == "\u2014"
        assert rows["Against the ask"] == "$0.00 at the ask"
        assert rows["Fees"] == "$0.00"
        assert rows["Risk, frozen as 1 R"] == "$196.47 0.20 %"
        assert rows["Stop 173.75"] == "111 working, GTC"
        assert rows["Target 179.20"] == "111 working, GTC"
        assert result.note == (
            "111 of 111 shares are protected. The two exits are one-cancels-other at Simulator and stay if Legend "
            "closes."
        )
        assert result.can_manage
        [fill] = result.fills
        assert (fill.quantity, fill.price) == (D(111), D("175.52"))


async def test_case_70_a_double_click_sends_once() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.world.fresh()
        assert entry.model.send()
        await entry.world.clock.advance(0.05)
        assert not entry.model.send()
        assert entry.foot_is_dead()
        await entry.world.breathe()
        assert not entry.model.send()
        assert entry.sent() == [OrderType.MARKET, OrderType.LIMIT, OrderType.STOP]
        assert entry.world.faults.calls("place_bracket_order") == 1
        assert entry.state == S.DONE


async def test_the_foot_is_dead_for_600_ms_after_each_change() -> None:
    async with an_entry() as entry:
        entry.draft()
        assert not entry.foot_is_dead()  # typing arms nothing
        await entry.send()
        assert entry.foot_is_dead()
        await entry.world.clock.advance(0.59)
        assert entry.foot_is_dead()
        await entry.world.clock.advance(0.02)
        assert not entry.foot_is_dead()
        entry.model.clear()
        assert entry.foot_is_dead()
        assert entry.state == S.EMPTY
        entry.draft()
        assert not entry.model.send()  # a press meant for "New order" sends nothing
        await entry.pass_guard()
        assert entry.model.send()
        await entry.world.breathe()


async def test_a_check_that_asks_wants_a_second_press_within_three_seconds() -> None:
    async with an_entry() as entry:
        entry.draft(stop="175.51", target="")
        assert entry.model.refusal is not None
        assert entry.model.refusal.outcome is Outcome.CONFIRM
        assert not await entry.send()
        assert entry.asks_again()
        assert "once more within 3 s" in entry.model.message
        assert entry.model.send_text.startswith("Once more: buy ")
        await entry.world.clock.advance(0.1)
        assert not entry.model.send()  # the second half of a double press is no second press
        await entry.world.clock.advance(3.0)
        assert not entry.asks_again()
        entry.model.refresh()
        assert entry.model.message == ""
        assert not await entry.send()
        assert entry.world.orders == []
        await entry.world.clock.advance(1.0)
        assert await entry.send()
        assert entry.world.orders[0].symbol == "AAPL"


async def test_editing_takes_the_first_press_back() -> None:
    async with an_entry() as entry:
        entry.draft(stop="175.51", target="")
        await entry.send()
        await entry.world.clock.advance(1)
        entry.type(target="180")
        assert not entry.asks_again()
        await entry.world.fresh()
        assert not entry.model.send()
        assert entry.world.orders == []


async def test_the_same_order_again_asks_first() -> None:
    limits = GateLimits(duplicate_window=timedelta(seconds=20))
    async with an_entry(limits=limits) as entry:
        entry.draft()
        await entry.send()
        await entry.pass_guard()
        entry.model.clear()
        await entry.pass_guard()
        entry.draft()
        entry.type(risk="0.20")
        assert entry.model.refusal is not None
        assert entry.model.refusal.check == "duplicate"
        assert not await entry.send()
        assert entry.model.message == ""  # the sentence of the check says how to go on
        assert "once more within 3 s" in entry.model.refusal.sentence


async def test_a_refusal_of_the_broker_stays_until_something_is_edited() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", Refuse("price not in increment", advice="Use steps of 0.01."))
        entry.draft()
        await entry.send()
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        sentence = entry.model.refusal.sentence
        assert "price not in increment" in sentence
        await entry.pass_guard()
        assert entry.state == S.REFUSED
        assert not entry.model.send()
        entry.type(stop="173.70")
        assert entry.state == S.VALID
        assert entry.world.faults.calls("place_bracket_order") == 1


async def test_a_press_looks_once_more_at_the_limits_of_this_moment() -> None:
    async with an_entry() as entry:
        entry.draft()
        entry.world.context.risk.lock("test", TradingState.REDUCING, "You said so.")
        assert entry.model.can_send  # what is on screen is a moment old
        await entry.send()
        assert entry.state == S.REFUSED
        assert entry.world.faults.calls("place_bracket_order") == 0
        assert [order.state for order in entry.world.orders if order.state is not OrderState.DENIED] == []


async def test_a_press_is_not_held_up_by_what_it_shows_and_no_second_one_passes_meanwhile() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.world.fresh()
        shown = 0

        def count() -> None:
            nonlocal shown
            shown += 1

        entry.model.changed.connect(count)
        assert entry.model.quick(OrderSide.BUY, entry.world.clock.monotonic_ns())
        assert shown == 0
        assert entry.state == S.SENDING
        assert not entry.model.quick(OrderSide.BUY, entry.world.clock.monotonic_ns())
        await entry.world.breathe()
        assert shown > 0
        assert S.SENDING in entry.states
        assert entry.world.faults.calls("place_bracket_order") == 1


# ---- waiting, unknown, working ----------------------------------------------------------------------------------


async def test_sending_shows_the_stamps_and_grows_calmly_late() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", Delay(before=3))
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.settle()
        assert entry.state == S.SENDING
        result = entry.model.result
        assert [(step.title, step.done) for step in result.steps] == [
            ("Pressed", True),
            ("Checked, 22 of 22", True),
            ("On disk", True),
            ("Sent to Simulator", True),
            ("Answer from Simulator", False),
        ]
        assert result.badge.text == "waiting 0.0 s"
        assert result.note == ""
        await entry.world.clock.advance(2)
        assert result.badge.text == "waiting 2.0 s"
        assert result.note.startswith("Simulator has not answered yet.")
        assert "At 20 s the order is marked unknown" in result.note
        entry.type(stop="170")
        entry.model.clear()
        assert (entry.state, entry.model.form.stop) == (S.SENDING, "173.75")
        await entry.world.run(2)
        assert entry.state == S.DONE


async def test_cancel_when_accepted_cancels_once_the_broker_has_it() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", Delay(before=2))
        entry.model.set_order_type(OrderType.LIMIT)
        entry.draft(price="175", stop="173", target="")
        await entry.world.fresh()
        assert entry.model.send()
        await entry.settle()
        entry.model.cancel_when_accepted()
        assert entry.model.sending.cancel_wanted
        await entry.world.run(4)
        assert entry.world.orders[0].state is OrderState.CANCELED
        assert entry.state in {S.VALID, S.REFUSED, S.CAPPED}
        assert entry.model.message.endswith("was cancelled. Nothing was bought.")


async def test_a_lost_answer_is_unknown_asked_for_and_found() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", DropRequest(seconds=10))
        entry.world.faults.on("find_order", FailRead(), nth=None)
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.world.run(10.1)
        assert entry.state == S.UNKNOWN
        assert entry.model.busy
        result = entry.model.result
        assert result.badge.text == "UNKNOWN 10 s"
        assert result.doubt[0] == "This order may be live."
        assert result.doubt[1].endswith("Do not send it again. Legend asks until it knows.")
        await entry.world.run(2)
        steps = {step.title: step.time_text for step in result.steps}
        assert steps["No answer"] == "+10.0 s"
        assert "Answer from Simulator" not in steps
        [asked] = [title for title in steps if title.startswith("Asked")]
        assert asked == "Asked 2 times, next in"
        rows = entry.rows()
        assert rows["You may hold"] == "0 to 111"
        assert rows["Worst-case value"] == "$19,482.72"
        assert rows["Loss at 173.75"] == "$196.47"
        assert rows["AAPL entries"] == "locked until known"
        assert result.reference == entry.world.orders[0].client_order_id
        assert not entry.model.send()
        entry.model.escape()
        assert entry.state == S.UNKNOWN
        entry.world.faults.clear("find_order")
        await entry.world.run(40)
        assert entry.state == S.REFUSED  # proven absent: nothing was bought
        assert entry.model.refusal is not None
        assert entry.model.refusal.sentence.startswith("Proven absent")


async def test_an_order_found_again_is_done_by_itself() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", LoseAnswer(seconds=2))
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.world.run(8)
        assert entry.state == S.DONE
        assert entry.model.result.headline == "Bought 111 at 175.52"


async def test_what_a_person_saw_is_written_down_in_two_presses() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", DropRequest(seconds=1))
        entry.world.faults.on("find_order", FailRead(), nth=None)
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.world.run(2)
        entry.model.set_deciding(deciding=True)
        assert entry.foot_is_dead()
        assert entry.model.result.doubt[0] == "Is it at Simulator?"
        entry.model.escape()
        assert not entry.model.sending.deciding
        entry.model.set_deciding(deciding=True)
        entry.model.decide(exists=False)
        await entry.world.breathe()
        assert entry.world.orders[0].state is OrderState.REJECTED
        assert entry.state == S.REFUSED


async def test_another_symbol_can_be_traded_while_one_is_unknown_and_the_way_back_shows_it() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", DropRequest(seconds=1))
        entry.world.faults.on("find_order", FailRead(), nth=None)
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.world.run(2)
        assert entry.state == S.UNKNOWN
        entry.focus.set_symbol("MSFT")
        await entry.world.breathe()
        assert (entry.model.form.symbol, entry.state) == ("MSFT", S.EMPTY)
        entry.focus.set_symbol("AAPL")
        await entry.world.breathe()
        assert entry.state == S.UNKNOWN
        assert entry.model.result.steps[0].title == "Sent"
        assert entry.model.result.badge.text.startswith("UNKNOWN")


async def test_a_resting_limit_works_fills_in_part_and_is_done() -> None:
    async with an_entry() as entry:
        entry.model.set_order_type(OrderType.LIMIT)
        entry.draft(price="175.00", stop="173.75")
        await entry.send()
        assert entry.state == S.WORKING
        result = entry.model.result
        assert result.badge.text == "working"
        assert entry.rows()["Filled"] == "0 of 160"
        await entry.world.quote(174.90, 174.95, size=60)
        assert entry.state == S.WORKING
        assert result.badge.text.endswith("of 160 filled")
        await entry.world.quote(174.90, 174.95, size=10_000)
        await entry.world.run(1)
        await entry.world.quote(174.90, 174.95, size=10_000)
        assert entry.state == S.DONE
        assert entry.model.result.fills


async def test_an_exit_that_fills_later_is_told() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.send()
        await entry.world.quote(173.60, 173.62)
        await entry.world.trade(173.70)
        await entry.world.run(1)
        rows = entry.rows()
        assert rows["Stop 173.75"].startswith("filled at 173.6")
        assert entry.model.result.note == "The position is closed."
        assert not entry.model.result.can_manage


async def test_a_moved_stop_is_followed() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.send()
        await entry.world.do(entry.world.trading.move_stop("AAPL", "174.50"))
        await entry.world.run(1)
        assert entry.rows()["Stop 174.50"] == "111 working, GTC"
        assert "Stop 173.75" not in entry.rows()


async def test_own_median_stands_beside_the_cost() -> None:
    async with an_entry() as entry:
        for shares in (10, 20, 30):
            await entry.world.enter(shares, stop=173.75, target=179.2)
            await entry.world.run(1.2)
        await entry.pass_guard()
        entry.draft()
        await entry.send()
        assert entry.rows()["Your median in AAPL"] == "+0.57 bp n 3"


# ---- another order ----------------------------------------------------------------------------------------------


async def test_escape_after_a_done_order_is_a_new_form_with_the_same_risk() -> None:
    async with an_entry() as entry:
        entry.draft(risk="0.40")
        await entry.send()
        entry.model.escape()
        assert entry.state == S.DONE  # within the guard
        await entry.pass_guard()
        entry.model.escape()
        assert entry.state == S.EMPTY
        form = entry.model.form
        assert (form.symbol, form.risk, form.stop, form.target) == ("AAPL", "0.40", "", "")


async def test_another_symbol_leaves_a_done_order() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.send()
        entry.focus.set_symbol("MSFT")
        await entry.world.breathe()
        assert (entry.state, entry.model.form.symbol, entry.model.form.stop) == (S.EMPTY, "MSFT", "")
        assert entry.model.instrument is not None


async def test_a_symbol_chosen_while_sending_waits_for_the_answer() -> None:
    async with an_entry() as entry:
        entry.world.faults.on("place_bracket_order", Delay(before=2))
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.settle()
        entry.focus.set_symbol("MSFT")
        assert (entry.state, entry.model.form.symbol) == (S.SENDING, "AAPL")
        await entry.world.run(3)
        assert entry.state == S.DONE
        entry.model.clear()
        assert entry.model.form.symbol == "MSFT"


async def test_a_quick_key_begins_anew_after_a_done_order() -> None:
    async with an_entry() as entry:
        entry.draft()
        await entry.send()
        draft = EntryDraft(entry.model)
        assert draft.send(BUY, entry.world.clock.monotonic_ns()) != ""
        await entry.pass_guard()
        await entry.world.run(1)
        await entry.world.fresh()
        assert draft.send(BUY, entry.world.clock.monotonic_ns()) == ""
        await entry.world.breathe()
        entries = [order for order in entry.world.orders if order.intent.role is OrderRole.ENTRY]
        assert len(entries) == 2
        assert entry.state == S.DONE


async def test_a_copy_of_an_order_fills_the_ticket() -> None:
    async with an_entry() as entry:
        terms = entry.world.terms(25, SELL, OrderType.LIMIT, symbol="AAPL", limit=180)
        entry.model.take_terms(replace(terms, time_in_force=TimeInForce.GTC))
        form = entry.model.form
        assert (form.by_quantity, form.quantity, form.price, form.side) == (True, "25", "180", SELL)
        assert form.time_in_force is TimeInForce.GTC
        assert entry.world.orders == []


# ---- the ticket takes a position down ---------------------------------------------------------------------------


async def held(entry: Entry, shares: int = 100) -> None:
    """A position without exits."""
    await entry.world.place(shares)
    await entry.world.run(0.5)
    await entry.world.fresh()
    entry.model.set_by_quantity(wanted=True)


async def test_a_plain_sell_of_held_shares_is_an_exit() -> None:
    async with an_entry() as entry:
        await held(entry)
        entry.model.set_side(SELL)
        entry.type(quantity="40")
        preview = entry.model.preview
        assert preview is not None
        assert preview.reduce_only
        assert entry.state == S.VALID
        assert entry.model.send_text == "Sell 40 AAPL, paper"
        await entry.send()
        order = entry.world.orders[-1]
        assert (order.intent.role, order.intent.reduce_only) == (OrderRole.EXIT, True)
        assert (order.state, entry.world.held()) == (OrderState.FILLED, 60)
        assert entry.state == S.DONE
        assert entry.model.result.headline == "Sold 40 at 175.50"
        assert entry.model.result.note == ""
        assert "Risk, frozen as 1 R" not in entry.rows()


async def test_an_exit_goes_out_on_an_old_quote() -> None:
    async with an_entry() as entry:
        await held(entry)
        entry.model.set_side(SELL)
        entry.type(quantity="40")
        await entry.world.run(12)
        entry.model.refresh()
        assert entry.state == S.VALID
        assert any("The exit goes out all the same." in row.sentence for row in entry.model.checks)


@pytest.mark.parametrize(("trail", "starts"), [("1.50", "174.00"), ("1.2 %", "173.39")])
async def test_a_trailing_stop_protects_what_is_held(trail: str, starts: str) -> None:
    async with an_entry() as entry:
        await held(entry)
        entry.model.set_side(SELL)
        entry.model.set_order_type(OrderType.TRAILING_STOP)
        entry.type(quantity="100", trail=trail)
        entry.model.set_time_in_force(TimeInForce.GTC)
        assert entry.state == S.VALID
        await entry.send()
        order = entry.world.orders[-1]
        assert (order.terms.order_type, order.intent.reduce_only) == (OrderType.TRAILING_STOP, True)
        assert entry.state == S.WORKING
        assert entry.rows()["Goes off at"] == starts
        [risk] = entry.world.desk.sync.position_risks()
        assert risk.protected_quantity == 100


async def test_more_than_is_held_or_free_is_refused_with_what_would_fit() -> None:
    async with an_entry() as entry:
        await held(entry)
        entry.model.set_side(SELL)
        entry.type(quantity="150")
        assert entry.state == S.REFUSED
        assert [fix.label for fix in entry.model.fixes] == ["Sell 100"]
        entry.model.apply_fix(0)
        assert entry.state == S.VALID
        await entry.world.do(entry.world.trading.move_stop("AAPL", "174"))
        await entry.world.fresh()
        entry.model.refresh()
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        assert entry.model.refusal.check == "reduce_only"


async def test_a_bracket_against_the_position_is_refused() -> None:
    """Its own exits would stand on the wrong side of what is left."""
    async with an_entry() as entry:
        await held(entry)
        entry.model.set_side(SELL)
        entry.type(quantity="40", stop="177", target="172")
        assert entry.state == S.REFUSED
        assert entry.model.refusal is not None
        assert entry.model.refusal.sentence.startswith("You hold 100 AAPL long.")
        entry.model.set_with_exits(wanted=False)
        assert entry.state == S.VALID


async def test_what_the_notice_says() -> None:
    async with an_entry() as entry:
        entry.draft(stop="176.20")
        assert entry.model.refusal is not None
        words = refusal_notice(entry.model.refusal, "")
        assert (words.kind, words.above) == ("danger", True)
        assert words.title == "The stop is above the entry."
        assert plain(words.text) == (
            "A stop for a buy must be below 175.52. Type a stop of 175.50 or lower, or press S to sell short."
        )


async def test_a_plain_order_of_the_service_against_the_position_is_an_exit_too() -> None:
    async with an_entry() as entry:
        await held(entry)
        order = await entry.world.place(30, SELL)
        assert (order.intent.role, order.intent.reduce_only) == (OrderRole.EXIT, True)
        more = await entry.world.place(30, BUY)
        assert (more.intent.role, more.intent.reduce_only) == (OrderRole.ENTRY, False)
        assert entry.world.held() == 100


async def test_near_symbols_and_a_stop_are_offered_by_the_gate() -> None:
    async with an_entry() as entry:
        facts = entry.world.desk.core.planner.facts
        assert facts.similar_symbols("AAPX") == ("AAPL",)
        assert facts.similar_symbols("AAPL") == ()
        assert facts.similar_symbols("ZZZZ") == ()
        terms = entry.world.terms(10)
        verdict = next(row for row in facts.check(terms, planned_stop=D(180)) if row.check == "stop_side")
        assert verdict.fixes[0].field == "stop"
        assert D(verdict.fixes[0].value) < D("175.52")
