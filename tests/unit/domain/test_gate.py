from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode, TradingState
from legend_desktop.domain.gate import Check, GateInputs, clamp_reduce_only, evaluate_gate
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.risk import Fingerprint, GateLimits, RecentSend
from legend_desktop.domain.verdicts import Outcome, worst
from tests.unit.domain.builders import NOW, terms
from tests.unit.domain.gate_cases import ACCOUNT, BUY, CLOSE, QUOTE, limit_buy, said, stop_sell, verdict

D = Decimal
LIVE = GateLimits.for_mode(TradingMode.LIVE)


def sends(count: int, age: float, *, same: bool = False, is_exit: bool = False) -> tuple[RecentSend, ...]:
    prints = [
        Fingerprint.of("SIM1", BUY.terms if same else terms(quantity=str(1000 + number))) for number in range(count)
    ]
    return tuple(RecentSend(one, NOW - timedelta(seconds=age), is_exit) for one in prints)


class TestTheWhole:
    def test_every_check_answers_once_in_order(self) -> None:
        verdicts = evaluate_gate(BUY)
        assert [one.check for one in verdicts] == list(Check)
        assert len(verdicts) >= 16
        assert all(one.outcome is Outcome.PASS for one in verdicts)
        assert all(one.title and one.sentence == "" for one in verdicts)

    def test_a_closing_order_passes_every_check(self) -> None:
        assert all(one.outcome is Outcome.PASS for one in evaluate_gate(CLOSE))

    def test_a_protective_stop_passes_every_check(self) -> None:
        assert all(one.outcome is Outcome.PASS for one in evaluate_gate(stop_sell("170.00")))

    def test_the_documents_sample_passes_on_paper(self) -> None:
        sample = replace(
            BUY,
            terms=terms(quantity="657"),
            planned_stop=D("174.00"),
            planned_target=D("180.00"),
            risk_percent=D(1),
        )
        assert all(one.outcome is Outcome.PASS for one in evaluate_gate(sample))

    def test_the_same_sample_is_held_to_a_quarter_live(self) -> None:
        sample = replace(BUY, terms=terms(quantity="657"), limits=LIVE)
        failed = {one.check for one in evaluate_gate(sample) if one.outcome is Outcome.DENY}
        assert failed == {Check.MAX_ORDER_VALUE, Check.POSITION_LIMIT}


class TestMissingFacts:
    @pytest.mark.parametrize(
        ("change", "check"),
        [
            ({"trading_state": None}, Check.TRADING_STATE),
            ({"entries_open": None}, Check.RECONCILED),
            ({"order_stream_alive": None}, Check.RECONCILED),
            ({"order_mode": None}, Check.ENVIRONMENT),
            ({"store_mode": None}, Check.ENVIRONMENT),
            ({"instrument": None}, Check.SYMBOL),
            ({"market_open": None}, Check.MARKET_OPEN),
            ({"quote": None}, Check.QUOTE),
            ({"quote": None}, Check.BUYING_POWER),
            ({"account": None}, Check.BUYING_POWER),
            ({"account": None}, Check.DAILY_LOSS),
            ({"account": replace(ACCOUNT, start_of_day_equity=None)}, Check.DAILY_LOSS),
            ({"position_quantity": None}, Check.SHORT_SALE),
            ({"quote": None}, Check.STOP_SIDE),
            ({"quote": None, "risk_percent": None}, Check.HIGH_RISK),
            ({"limits": LIVE, "symbol_exposure": None}, Check.POSITION_LIMIT),
            ({"limits": LIVE, "gross_exposure": None}, Check.POSITION_LIMIT),
            ({"limits": LIVE, "account": None}, Check.MAX_ORDER_VALUE),
        ],
    )
    def test_an_entry_is_denied_and_the_fact_named(self, change: dict[str, Any], check: Check) -> None:
        found = verdict(replace(BUY, **change), check)
        assert found.outcome is Outcome.DENY
        assert found.sentence.endswith(".")

    def test_a_limit_without_a_quote_to_compare_with_is_denied(self) -> None:
        assert verdict(replace(limit_buy("175.00"), quote=None), Check.PRICE_COLLAR).outcome is Outcome.DENY

    @pytest.mark.parametrize(
        "change",
        [
            {"entries_open": None},
            {"order_stream_alive": False},
            {"instrument": None},
            {"quote": None},
            {"account": None},
            {"market_open": None},
        ],
    )
    def test_an_exit_is_never_held_back_by_what_is_missing(self, change: dict[str, Any]) -> None:
        assert worst(evaluate_gate(replace(CLOSE, **change))) in {Outcome.PASS, Outcome.NOTICE}

    def test_an_exit_of_an_unknown_position_is_denied(self) -> None:
        found = verdict(replace(CLOSE, position_quantity=None), Check.REDUCE_ONLY)
        assert found.outcome is Outcome.DENY

    @pytest.mark.parametrize("mode", ["order_mode", "session_mode", "window_mode", "store_mode"])
    def test_an_exit_never_crosses_from_one_mode_to_the_other(self, mode: str) -> None:
        change: dict[str, Any] = {mode: TradingMode.LIVE}
        found = verdict(replace(CLOSE, **change), Check.ENVIRONMENT)
        assert found.outcome is Outcome.DENY
        assert "Nothing was sent" in found.sentence


class TestTradingState:
    @pytest.mark.parametrize(
        ("state", "inputs", "outcome"),
        [
            (TradingState.REDUCING, BUY, Outcome.DENY),
            (TradingState.REDUCING, CLOSE, Outcome.PASS),
            (TradingState.REDUCING, replace(CLOSE, reduce_only=False), Outcome.PASS),
            (TradingState.HALTED, BUY, Outcome.DENY),
            (TradingState.HALTED, CLOSE, Outcome.DENY),
            (TradingState.HALTED, replace(CLOSE, is_flatten=True), Outcome.PASS),
        ],
    )
    def test_table(self, state: TradingState, inputs: GateInputs, outcome: Outcome) -> None:
        assert verdict(replace(inputs, trading_state=state), Check.TRADING_STATE).outcome is outcome

    def test_entries_wait_while_unreconciled_and_exits_work(self) -> None:
        waiting = {"entries_open": False, "entries_reason": ""}
        text = said(replace(BUY, **waiting), Check.RECONCILED)  # type: ignore[arg-type]
        assert text == "The desk is comparing with Alpaca. Entries wait, exits work."
        assert verdict(replace(CLOSE, **waiting), Check.RECONCILED).outcome is Outcome.PASS  # type: ignore[arg-type]

    def test_the_reason_of_the_lock_is_told(self) -> None:
        assert (
            said(replace(BUY, entries_open=False, entries_reason="Locked by you."), Check.RECONCILED)
            == "Locked by you."
        )

    def test_a_dead_order_stream_holds_entries(self) -> None:
        assert verdict(replace(BUY, order_stream_alive=False), Check.RECONCILED).outcome is Outcome.DENY

    def test_a_sale_of_more_than_is_held_is_no_exit(self) -> None:
        inputs = replace(CLOSE, reduce_only=False, terms=terms(OrderSide.SELL, quantity="61"))
        assert (
            verdict(replace(inputs, trading_state=TradingState.REDUCING), Check.TRADING_STATE).outcome is Outcome.DENY
        )

    @pytest.mark.parametrize(
        ("pl", "text"),
        [
            (
                "-3134.59",
                "Day loss −$3,134.59 has reached 3 %. Only exits and cancels from now on. Tomorrow starts fresh.",
            ),
            (
                "-5224.32",
                "Day loss −$5,224.32 has reached 5 %. Trading is halted until the next session. Open positions: 3. "
                "Flatten them with Ctrl+Shift+F12, hold 1 s.",
            ),
        ],
    )
    def test_daily_loss(self, pl: str, text: str) -> None:
        account = replace(ACCOUNT, equity=ACCOUNT.equity + D(pl))
        lost = replace(BUY, account=account, open_positions=3)
        assert verdict(lost, Check.DAILY_LOSS).outcome is Outcome.DENY
        assert said(lost, Check.DAILY_LOSS) == text
        assert verdict(replace(CLOSE, account=account), Check.DAILY_LOSS).outcome is Outcome.PASS

    def test_a_loss_just_short_of_the_limit_passes(self) -> None:
        account = replace(ACCOUNT, equity=ACCOUNT.equity - D("3134.58"))
        assert verdict(replace(BUY, account=account), Check.DAILY_LOSS).outcome is Outcome.PASS


class TestSymbolAndTerms:
    def test_an_unknown_symbol_with_a_guess(self) -> None:
        inputs = replace(BUY, terms=terms(symbol="AAPPL"), instrument=None, similar_symbols=("AAPL",))
        assert said(inputs, Check.SYMBOL) == "Alpaca has no symbol AAPPL. Nothing was sent. Did you mean AAPL?"
        assert verdict(inputs, Check.SYMBOL).fixes[0].value == "AAPL"

    def test_a_symbol_that_is_not_traded_or_halted(self) -> None:
        assert (
            verdict(replace(BUY, instrument=Instrument("AAPL", tradable=False)), Check.SYMBOL).outcome is Outcome.DENY
        )
        halted = replace(QUOTE, halted=True)
        assert said(replace(BUY, quote=halted), Check.SYMBOL) == "Trading in AAPL is halted. Wait until it resumes."
        assert verdict(replace(CLOSE, quote=halted), Check.SYMBOL).outcome is Outcome.NOTICE

    def test_knowledge_older_than_a_day_is_looked_up_again(self) -> None:
        old = replace(BUY, instrument_as_of=NOW - timedelta(hours=25))
        assert verdict(old, Check.SYMBOL).outcome is Outcome.DENY

    def test_a_locked_symbol_holds_entries_only(self) -> None:
        locked = {"symbol_locked": True, "symbol_lock_reason": "Buy 126 AAPL is unknown."}
        text = said(replace(BUY, **locked), Check.SYMBOL_LOCK)  # type: ignore[arg-type]
        assert text == "Buy 126 AAPL is unknown. Entries in AAPL wait until that is settled, exits work."
        assert verdict(replace(CLOSE, **locked), Check.SYMBOL_LOCK).outcome is Outcome.NOTICE  # type: ignore[arg-type]

    def test_terms_that_make_no_sense(self) -> None:
        inputs = replace(BUY, terms=terms(order_type=OrderType.LIMIT))
        assert said(inputs, Check.TERMS) == "A limit order needs a limit price."

    def test_parts_of_a_share(self) -> None:
        inputs = replace(BUY, terms=terms(quantity="1.5"))
        assert said(inputs, Check.TERMS) == "AAPL is traded in whole shares, not 1.5."
        assert verdict(inputs, Check.TERMS).fixes[0].value == "1"
        assert verdict(replace(inputs, quantity_step=D("0.001")), Check.TERMS).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("price", "fix"), [("175.505", "175.51"), ("175.501", "175.5"), ("0.12345", "0.1235"), ("0.1234", None)]
    )
    def test_price_steps(self, price: str, fix: str | None) -> None:
        found = verdict(limit_buy(price), Check.TERMS)
        assert (found.fixes[0].value if found.fixes else None) == fix
        assert found.outcome is (Outcome.PASS if fix is None else Outcome.DENY)

    def test_shares_of_one_order(self) -> None:
        many = replace(BUY, terms=terms(quantity="10001"))
        assert verdict(many, Check.MAX_QUANTITY).outcome is Outcome.DENY
        assert verdict(many, Check.MAX_QUANTITY).fixes[0].value == "10000"
        assert (
            verdict(replace(BUY, terms=terms(quantity="1001"), limits=LIVE), Check.MAX_QUANTITY).outcome is Outcome.DENY
        )

    def test_an_exit_may_be_larger_than_one_order_may_be(self) -> None:
        large = replace(CLOSE, limits=LIVE, position_quantity=D(5000), terms=terms(OrderSide.SELL, quantity="5000"))
        assert worst(evaluate_gate(large)) is Outcome.PASS


class TestSession:
    @pytest.mark.parametrize(
        ("change", "extended", "outcome"),
        [
            ({}, False, Outcome.CONFIRM),
            ({"time_in_force": TimeInForce.OPG}, False, Outcome.PASS),
            ({"time_in_force": TimeInForce.IOC}, False, Outcome.DENY),
            ({"time_in_force": TimeInForce.FOK}, True, Outcome.DENY),
            ({"extended_hours": True}, True, Outcome.PASS),
            ({"extended_hours": True}, False, Outcome.CONFIRM),
        ],
    )
    def test_closed_market(self, change: dict[str, Any], extended: bool, outcome: Outcome) -> None:
        inputs = replace(limit_buy("175.00", **change), market_open=False, in_extended_session=extended)
        assert verdict(inputs, Check.MARKET_OPEN).outcome is outcome

    @pytest.mark.parametrize(
        ("order_type", "change", "outcome"),
        [
            (OrderType.MARKET, {"extended_hours": True}, Outcome.DENY),
            (OrderType.LIMIT, {"extended_hours": True, "limit_price": D(175)}, Outcome.PASS),
            (
                OrderType.LIMIT,
                {"extended_hours": True, "limit_price": D(175), "time_in_force": TimeInForce.IOC},
                Outcome.DENY,
            ),
            (OrderType.STOP, {"stop_price": D(176), "time_in_force": TimeInForce.IOC}, Outcome.DENY),
            (OrderType.TRAILING_STOP, {"trail_amount": D(1), "time_in_force": TimeInForce.CLS}, Outcome.DENY),
            (OrderType.MARKET, {"time_in_force": TimeInForce.CLS}, Outcome.PASS),
        ],
    )
    def test_types_and_times(self, order_type: OrderType, change: dict[str, Any], outcome: Outcome) -> None:
        assert (
            verdict(replace(BUY, terms=terms(order_type=order_type, **change)), Check.SESSION_RULES).outcome is outcome
        )


class TestPrices:
    def test_case_82_a_limit_far_through_the_market_is_denied(self) -> None:
        inputs = limit_buy("185.60")
        assert verdict(inputs, Check.PRICE_COLLAR).outcome is Outcome.DENY
        assert said(inputs, Check.PRICE_COLLAR) == (
            "185.60 is 5.7 % above the ask 175.52; the limit is 5 %. Check the price. "
            "Change the collar in Risk before the session."
        )
        assert verdict(inputs, Check.PRICE_COLLAR).fixes[0].value == "175.52"

    def test_case_82_ten_times_the_shares_and_ten_per_cent_off(self) -> None:
        large = replace(BUY, limits=LIVE, terms=terms(quantity="1160"))
        assert verdict(large, Check.MAX_QUANTITY).outcome is Outcome.DENY
        low = replace(
            BUY, terms=terms(OrderSide.SELL, OrderType.LIMIT, "116", limit_price=D("157.95")), planned_stop=D("180")
        )
        assert verdict(low, Check.PRICE_COLLAR).outcome is Outcome.DENY

    def test_case_82_stop_on_the_wrong_side(self) -> None:
        inputs = replace(BUY, planned_stop=D("176.20"), suggested_stop=D("173.75"))
        assert verdict(inputs, Check.STOP_SIDE).outcome is Outcome.DENY
        assert said(inputs, Check.STOP_SIDE) == (
            "The stop is above the entry. A stop for a buy must be below 175.52. "
            "Type a stop of 175.50 or lower, or press S to sell short."
        )
        assert [fix.label for fix in verdict(inputs, Check.STOP_SIDE).fixes] == ["Use 173.75", "Sell short"]
        failed = [one for one in evaluate_gate(inputs) if one.outcome is not Outcome.PASS]
        assert [one.check for one in failed] == [Check.STOP_SIDE]

    @pytest.mark.parametrize(
        ("price", "outcome"),
        [
            ("184.29", Outcome.NOTICE),
            ("184.30", Outcome.DENY),
            ("175.52", Outcome.NOTICE),
            ("175.51", Outcome.PASS),
            ("166.75", Outcome.PASS),
            ("166.74", Outcome.CONFIRM),
        ],
    )
    def test_limits_around_the_market(self, price: str, outcome: Outcome) -> None:
        assert verdict(limit_buy(price), Check.PRICE_COLLAR).outcome is outcome

    def test_the_last_trade_stands_in_for_a_missing_side(self) -> None:
        inputs = replace(limit_buy("190.00"), quote=replace(QUOTE, ask=None))
        assert "above the last price 175.51" in said(inputs, Check.PRICE_COLLAR)

    def test_a_far_target_of_an_exit_passes(self) -> None:
        target = replace(CLOSE, terms=terms(OrderSide.SELL, OrderType.LIMIT, "60", limit_price=D(250)))
        assert verdict(target, Check.PRICE_COLLAR).outcome is Outcome.PASS

    def test_a_stop_that_would_go_off_at_once(self) -> None:
        inputs = stop_sell("175.50")
        assert verdict(inputs, Check.PRICE_COLLAR).outcome is Outcome.DENY
        assert said(inputs, Check.PRICE_COLLAR) == (
            "A sell stop of 175.50 is not below the bid 175.50, so it would go off at once. "
            "Use 175.48 or lower, or a market order."
        )
        assert verdict(stop_sell("175.49"), Check.PRICE_COLLAR).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("trigger", "limit", "outcome"),
        [
            ("176", "176.50", Outcome.PASS),
            ("175.52", "176.50", Outcome.DENY),
            ("176", "190", Outcome.DENY),
            ("190", "190", Outcome.CONFIRM),
            ("177", "176", Outcome.NOTICE),
        ],
    )
    def test_stop_limit(self, trigger: str, limit: str, outcome: Outcome) -> None:
        order = terms(order_type=OrderType.STOP_LIMIT, stop_price=D(trigger), limit_price=D(limit))
        assert verdict(replace(BUY, terms=order), Check.PRICE_COLLAR).outcome is outcome

    def test_stale_quote(self) -> None:
        inputs = replace(BUY, now=NOW + timedelta(seconds=12))
        assert verdict(inputs, Check.QUOTE).outcome is Outcome.DENY
        assert said(inputs, Check.QUOTE) == (
            "The AAPL quote is 12 s old. A market order is not sized on an old price. Wait for a quote, or use a limit."
        )
        assert verdict(replace(BUY, now=NOW + timedelta(seconds=3)), Check.QUOTE).outcome is Outcome.PASS
        assert verdict(replace(CLOSE, now=NOW + timedelta(seconds=12)), Check.QUOTE).outcome is Outcome.NOTICE

    def test_wide_spread_asks(self) -> None:
        wide = replace(QUOTE, bid=D("172.56"), ask=D("178.53"))
        inputs = replace(BUY, quote=wide)
        assert verdict(inputs, Check.QUOTE).outcome is Outcome.CONFIRM
        assert said(inputs, Check.QUOTE) == (
            "AAPL is 3.4 % wide. Market orders stop at 2 %. Use a limit, or confirm this one order with "
            "Ctrl+Enter again."
        )

    @pytest.mark.parametrize(
        ("change", "outcome"),
        [({"bid": D(176)}, Outcome.DENY), ({"ask": None}, Outcome.DENY), ({"bid": None}, Outcome.CONFIRM)],
    )
    def test_quotes_that_cannot_be_trusted(self, change: dict[str, Any], outcome: Outcome) -> None:
        assert verdict(replace(BUY, quote=replace(QUOTE, **change)), Check.QUOTE).outcome is outcome

    def test_the_quote_is_nothing_to_a_limit(self) -> None:
        inputs = replace(limit_buy("175.00"), now=NOW + timedelta(seconds=60))
        assert verdict(inputs, Check.QUOTE).outcome is Outcome.PASS


class TestPlan:
    def test_no_stop_is_told(self) -> None:
        found = verdict(replace(BUY, planned_stop=None, planned_target=None, risk_percent=None), Check.STOP_SIDE)
        assert found.outcome is Outcome.NOTICE
        assert found.sentence == "This entry has no stop, so its risk is not known."

    def test_stop_on_the_entry_and_target_behind_it(self) -> None:
        assert said(replace(BUY, planned_stop=D("175.52")), Check.STOP_SIDE).startswith("The stop equals the entry")
        behind = verdict(replace(BUY, planned_target=D("175.00")), Check.STOP_SIDE)
        assert behind.outcome is Outcome.DENY
        assert behind.fixes[0].field == "target"

    def test_a_changed_entry_without_a_plan_passes(self) -> None:
        inputs = replace(BUY, is_replace=True, planned_stop=None, planned_target=None, risk_percent=None)
        assert verdict(inputs, Check.STOP_SIDE).outcome is Outcome.PASS

    def test_high_risk_asks_and_the_configured_limit_denies(self) -> None:
        assert verdict(replace(BUY, risk_percent=D("2.1")), Check.HIGH_RISK).outcome is Outcome.CONFIRM
        limits = replace(BUY.limits, max_risk_percent=D(2))
        assert verdict(replace(BUY, risk_percent=D("2.1"), limits=limits), Check.HIGH_RISK).outcome is Outcome.DENY

    def test_risk_is_worked_out_from_equity_too(self) -> None:
        typed_as_tiny = replace(BUY, risk_percent=D("0.2"), terms=terms(quantity="1300"))
        assert verdict(typed_as_tiny, Check.HIGH_RISK).outcome is Outcome.CONFIRM

    def test_a_stop_in_the_noise_asks(self) -> None:
        tight = replace(BUY, planned_stop=D("175.51"))
        assert verdict(tight, Check.STOP_TOO_TIGHT).outcome is Outcome.CONFIRM
        assert verdict(replace(BUY, planned_stop=D("175.50")), Check.STOP_TOO_TIGHT).outcome is Outcome.PASS


class TestSending:
    def test_the_same_order_within_a_second_asks(self) -> None:
        inputs = replace(BUY, recent_sends=sends(1, 0.4, same=True))
        assert verdict(inputs, Check.DUPLICATE).outcome is Outcome.CONFIRM
        assert said(inputs, Check.DUPLICATE) == (
            "The same order left 0.4 s ago. Press Ctrl+Enter once more within 3 s if you want a second one."
        )

    @pytest.mark.parametrize(
        ("recent", "outcome"),
        [
            (sends(1, 1.0, same=True), Outcome.PASS),
            (sends(1, 0.999, same=True), Outcome.CONFIRM),
            (sends(1, 0.4), Outcome.PASS),
            (sends(2, 30, same=True), Outcome.PASS),
            (sends(3, 30, same=True), Outcome.DENY),
            (sends(3, 60, same=True), Outcome.PASS),
        ],
    )
    def test_duplicates(self, recent: tuple[RecentSend, ...], outcome: Outcome) -> None:
        assert verdict(replace(BUY, recent_sends=recent), Check.DUPLICATE).outcome is outcome

    def test_a_change_and_a_flatten_are_no_duplicates(self) -> None:
        recent = sends(3, 0.4, same=True)
        assert verdict(replace(BUY, recent_sends=recent, is_replace=True), Check.DUPLICATE).outcome is Outcome.PASS
        assert verdict(replace(BUY, recent_sends=recent, is_flatten=True), Check.DUPLICATE).outcome is Outcome.PASS

    def test_the_throttle_holds_the_sixth_order_of_a_second(self) -> None:
        assert verdict(replace(BUY, recent_sends=sends(4, 0.5)), Check.THROTTLE).outcome is Outcome.PASS
        inputs = replace(BUY, recent_sends=sends(5, 0.5))
        assert said(inputs, Check.THROTTLE) == (
            "More than 5 orders in one second. Entries are locked for 60 s. Cancels and exits work."
        )
        assert verdict(replace(BUY, recent_sends=sends(60, 30)), Check.THROTTLE).outcome is Outcome.DENY
        assert verdict(replace(BUY, recent_sends=sends(60, 60)), Check.THROTTLE).outcome is Outcome.PASS

    def test_exits_are_not_counted_and_not_held(self) -> None:
        assert verdict(replace(BUY, recent_sends=sends(9, 0.5, is_exit=True)), Check.THROTTLE).outcome is Outcome.PASS
        assert verdict(replace(CLOSE, recent_sends=sends(90, 0.5)), Check.THROTTLE).outcome is Outcome.PASS
        locked = replace(CLOSE, throttled_until=NOW + timedelta(seconds=30))
        assert verdict(locked, Check.THROTTLE).outcome is Outcome.PASS

    def test_a_tripped_throttle_stays_until_its_end(self) -> None:
        locked = replace(BUY, throttled_until=NOW + timedelta(seconds=30))
        assert "another 30 s" in said(locked, Check.THROTTLE)
        assert verdict(replace(locked, throttled_until=NOW), Check.THROTTLE).outcome is Outcome.PASS


class TestMoney:
    def test_case_83_the_reservation_of_the_first_order_blocks_the_second(self) -> None:
        account = replace(ACCOUNT, buying_power=D("39264.42"))
        first = replace(BUY, account=account)
        assert verdict(first, Check.BUYING_POWER).outcome is Outcome.PASS
        second = replace(first, reservations=D("20360.32"))
        assert verdict(second, Check.BUYING_POWER).outcome is Outcome.DENY
        assert said(second, Check.BUYING_POWER) == (
            "This needs $20,360.32, free is $18,904.10 after the orders already sent. "
            "106 shares would fit, 1 % kept back."
        )
        assert verdict(second, Check.BUYING_POWER).fixes[0].value == "106"

    def test_a_limit_order_keeps_nothing_back(self) -> None:
        account = replace(ACCOUNT, buying_power=D("20300.00"))
        assert verdict(replace(limit_buy("175.00"), account=account), Check.BUYING_POWER).outcome is Outcome.PASS
        assert verdict(replace(BUY, account=account), Check.BUYING_POWER).outcome is Outcome.DENY

    def test_no_share_fits(self) -> None:
        account = replace(ACCOUNT, buying_power=D(100))
        assert said(replace(limit_buy("175.00"), account=account), Check.BUYING_POWER).endswith(
            "Not one share would fit."
        )

    def test_an_exit_needs_no_buying_power(self) -> None:
        assert (
            verdict(replace(CLOSE, account=replace(ACCOUNT, buying_power=D(0))), Check.BUYING_POWER).outcome
            is Outcome.PASS
        )

    def test_value_of_one_order(self) -> None:
        limits = replace(BUY.limits, max_order_value=D(10_000))
        inputs = replace(BUY, limits=limits)
        assert said(inputs, Check.MAX_ORDER_VALUE) == (
            "This order is $20,360.32. One order may be $10,000.00. 56 shares would fit."
        )

    def test_a_position_grows_no_further_than_its_limit(self) -> None:
        inputs = replace(BUY, limits=LIVE, symbol_exposure=D(15_000))
        assert said(inputs, Check.POSITION_LIMIT) == (
            "With every working order filled AAPL would be $35,360.32, 33.8 % of equity. One position may be 25 %. "
            "63 shares would fit."
        )

    def test_gross_exposure_is_hard_live_and_a_word_on_paper(self) -> None:
        high = replace(BUY, gross_exposure=D(150_000))
        assert verdict(high, Check.POSITION_LIMIT).outcome is Outcome.NOTICE
        assert verdict(replace(high, limits=LIVE), Check.POSITION_LIMIT).outcome is Outcome.DENY


class TestReduceOnly:
    def test_more_than_is_held(self) -> None:
        inputs = replace(CLOSE, position_quantity=D(-220), terms=terms(quantity="300", symbol="XOM"))
        assert said(inputs, Check.REDUCE_ONLY) == "XOM: you hold 220 short, 300 is more than that. Close all 220?"
        assert verdict(inputs, Check.REDUCE_ONLY).fixes[0].value == "220"

    def test_working_exits_count(self) -> None:
        inputs = replace(CLOSE, working_exit_quantity=D(40))
        assert said(inputs, Check.REDUCE_ONLY) == (
            "AAPL: you hold 60 long, working exits cover 40, 60 is more than that. Close 20?"
        )
        covered = replace(CLOSE, working_exit_quantity=D(60))
        assert said(covered, Check.REDUCE_ONLY).endswith("Nothing is left to close. Cancel an exit first.")

    @pytest.mark.parametrize("held", ["0", "-60"])
    def test_nothing_to_close(self, held: str) -> None:
        inputs = replace(CLOSE, position_quantity=D(held))
        assert said(inputs, Check.REDUCE_ONLY) == "There is no position in AAPL that a sell would close."

    def test_clamp(self) -> None:
        assert clamp_reduce_only("AAPL", D(50), D(-60)) == (D(50), None)
        assert clamp_reduce_only("AAPL", D(60), D(60)) == (D(60), None)
        quantity, notice = clamp_reduce_only("AAPL", D(1300), D(-1220))
        assert quantity == 1220
        assert notice is not None
        assert notice.outcome is Outcome.NOTICE
        assert notice.sentence == "AAPL: you hold 1,220, 1,300 is more than that. 1,220 are closed."


class TestShortSale:
    def test_not_shortable(self) -> None:
        inputs = replace(
            BUY,
            terms=terms(OrderSide.SELL, symbol="RKLB"),
            instrument=Instrument("RKLB", shortable=False),
            planned_stop=D(180),
            planned_target=None,
        )
        assert said(inputs, Check.SHORT_SALE) == (
            "Alpaca cannot lend RKLB now, so it cannot be sold short. Nothing was sent."
        )
        assert verdict(replace(inputs, position_quantity=D(100)), Check.SHORT_SALE).outcome is Outcome.PASS

    def test_one_order_does_not_turn_a_position(self) -> None:
        inputs = replace(CLOSE, reduce_only=False, terms=terms(OrderSide.SELL, quantity="100"))
        found = verdict(inputs, Check.SHORT_SALE)
        assert found.outcome is Outcome.DENY
        assert found.sentence == (
            "You hold 60 AAPL long. This sell could leave you 40 short. Close it first, then open the other side."
        )
        assert found.fixes[0].value == "60"
        assert verdict(replace(inputs, flips_allowed=True), Check.SHORT_SALE).outcome is Outcome.PASS

    def test_a_second_sale_beside_working_exits_could_turn_the_position(self) -> None:
        inputs = replace(CLOSE, reduce_only=False, working_exit_quantity=D(60))
        assert "could leave you 60 short" in said(inputs, Check.SHORT_SALE)

    def test_pattern_day_trader_with_little_equity_asks(self) -> None:
        account = replace(ACCOUNT, pattern_day_trader=True, equity=D(24_999))
        assert verdict(replace(BUY, account=account), Check.SHORT_SALE).outcome is Outcome.CONFIRM
        assert (
            verdict(replace(BUY, account=replace(account, equity=D(25_000))), Check.SHORT_SALE).outcome is Outcome.PASS
        )
