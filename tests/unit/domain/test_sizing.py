from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain.atr import wilder_atr_series
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.formatting import THIN_NBSP
from legend_desktop.domain.quotes import Bar, Quote
from legend_desktop.domain.sizing import (
    KellyInputs,
    PositionSizing,
    SizeLimit,
    SizingCaps,
    SizingCode,
    SizingModel,
    SizingRequest,
    describe_quantity,
    entry_price_for,
    kelly_share,
    size_position,
)
from legend_desktop.domain.verdicts import Outcome

D = Decimal
NOW = datetime(2026, 11, 23, 15, 42, 17, tzinfo=UTC)
LONG = SizingRequest(
    symbol="XYZ",
    side=OrderSide.BUY,
    account_size=D(40_000),
    entry_price=D("36.50"),
    stop_loss_price=D("35.15"),
    risk_percent=D("0.75"),
    order_type=OrderType.LIMIT,
)
AAPL = SizingRequest(
    symbol="AAPL",
    side=OrderSide.BUY,
    account_size=D("104486.29"),
    entry_price=D("175.52"),
    stop_loss_price=D("173.75"),
    target_price=D("179.20"),
    risk_percent=D("0.20"),
    slippage_allowance=D("0.02"),
    atr=D("2.86"),
    spread=D("0.02"),
)


def spaced(text: str) -> str:
    return text.replace(THIN_NBSP, " ")


def refusal(request: SizingRequest) -> SizingError:
    with pytest.raises(SizingError) as caught:
        size_position(request)
    return caught.value


def cents(value: Decimal | None) -> Decimal:
    assert value is not None
    return value.quantize(D("0.01"))


class TestWorkedNumbers:
    def test_long_with_target(self) -> None:
        sizing = size_position(replace(LONG, target_price=D("39.60")))
        assert sizing.position_size == 222
        assert sizing.risk_amount == D("299.70")
        assert sizing.risk_amount_all_in == D("299.70")
        assert sizing.position_value == D("8103.00")
        assert cents(sizing.percent_of_account) == D("20.26")
        assert sizing.r_multiple is not None
        assert round(sizing.r_multiple, 3) == D("2.296")
        assert sizing.reward_amount == D("688.20")
        assert sizing.risk_per_share == D("1.35")
        assert sizing.reward_per_share == D("3.10")
        assert sizing.binding_cap is SizeLimit.RISK
        assert sizing.model is SizingModel.FIXED_FRACTIONAL
        assert sizing.notices == ()

    def test_slippage_and_minimum_commission(self) -> None:
        sizing = size_position(
            replace(LONG, slippage_allowance=D("0.04"), commission_per_share=D("0.005"), min_commission=D(1))
        )
        assert sizing.position_size == 214
        assert sizing.risk_amount == D("288.90")
        assert sizing.risk_amount_all_in == D("299.60")
        assert sizing.position_value == D("7811.00")
        assert cents(sizing.percent_of_account) == D("19.53")

    def test_the_smallest_of_several_caps_binds(self) -> None:
        caps = SizingCaps(buying_power=D(38_000), max_position_percent=D(25), max_percent_adv=D(1), adv=D(900_000))
        sizing = size_position(replace(LONG, stop_loss_price=D("36.20"), caps=caps))
        assert sizing.position_size == 273
        assert sizing.risk_amount == D("81.90")
        assert sizing.risk_amount_all_in == D("81.90")
        assert sizing.position_value == D("9964.50")
        assert cents(sizing.percent_of_account) == D("24.91")
        assert dict(sizing.cap_sizes) == {
            SizeLimit.RISK: 1000,
            SizeLimit.BUYING_POWER: 1041,
            SizeLimit.MAX_POSITION: 273,
            SizeLimit.ADV: 9000,
        }
        assert sizing.binding_cap is SizeLimit.MAX_POSITION
        assert (sizing.next_cap, sizing.next_cap_size) == (SizeLimit.BUYING_POWER, D(1041))

    def test_short(self) -> None:
        sizing = size_position(
            replace(
                LONG,
                side=OrderSide.SELL,
                entry_price=D("88.40"),
                stop_loss_price=D("90.15"),
                slippage_allowance=D("0.05"),
            )
        )
        assert sizing.position_size == 166
        assert sizing.risk_amount == D("290.50")
        assert sizing.risk_amount_all_in == D("298.80")
        assert sizing.position_value == D("14674.40")
        assert cents(sizing.percent_of_account) == D("36.69")

    def test_small_account_and_fractional_step(self) -> None:
        small = replace(
            LONG, account_size=D(2_500), risk_percent=D(1), entry_price=D("412.00"), stop_loss_price=D("398.00")
        )
        whole = size_position(small)
        assert (whole.position_size, whole.risk_amount, whole.position_value) == (D(1), D(14), D(412))
        assert cents(whole.percent_of_account) == D("16.48")
        parts = size_position(replace(small, step=D("0.001"), fractional_allowed=True))
        assert parts.position_size == D("1.785")
        assert parts.risk_amount == D("24.99")

    def test_volatility(self) -> None:
        sizing = size_position(replace(LONG, model=SizingModel.VOLATILITY, stop_loss_price=None, atr=D("1.12")))
        assert sizing.position_size == 133
        assert sizing.risk_amount == D("297.92")
        assert sizing.position_value == D("4854.50")
        assert cents(sizing.percent_of_account) == D("12.14")
        assert sizing.stop_loss_price == D("34.26")

    def test_volatility_of_a_short_puts_the_stop_above(self) -> None:
        sizing = size_position(
            replace(LONG, side=OrderSide.SELL, model=SizingModel.VOLATILITY, stop_loss_price=None, atr=D("1.12"))
        )
        assert sizing.stop_loss_price == D("38.74")
        assert sizing.position_size == 133

    def test_kelly_share(self) -> None:
        share = kelly_share(KellyInputs(win_rate=D("0.46"), payoff=D("1.9"), trades=60))
        assert cents(share.full_percent) == D("17.58")
        assert cents(share.fraction_percent) == D("4.39")
        assert share.risk_percent == 1

    def test_kelly_sizes_by_the_capped_risk(self) -> None:
        kelly = KellyInputs(win_rate=D("0.46"), payoff=D("1.9"), trades=50)
        sizing = size_position(replace(LONG, model=SizingModel.KELLY, kelly=kelly, risk_percent=None))
        assert sizing.position_size == 296  # 1 % of 40,000 over 1.35

    def test_kelly_without_edge_sizes_nothing(self) -> None:
        kelly = KellyInputs(win_rate=D("0.35"), payoff=D("1.4"), trades=60)
        assert cents(kelly_share(kelly).full_percent) == D("-11.43")
        error = refusal(replace(LONG, model=SizingModel.KELLY, kelly=kelly))
        assert error.code == SizingCode.ZERO_SIZE
        assert "−11.43 %" in spaced(error.message)

    def test_kelly_needs_fifty_trades(self) -> None:
        kelly = KellyInputs(win_rate=D("0.46"), payoff=D("1.9"), trades=49)
        error = refusal(replace(LONG, model=SizingModel.KELLY, kelly=kelly))
        assert error.code == SizingCode.INVALID_INPUT
        assert error.message == "The Kelly size needs 50 closed trades, there are 49."

    @pytest.mark.parametrize(
        "change",
        [
            {"win_rate": D("1.01")},
            {"win_rate": D("-0.01")},
            {"payoff": D(0)},
            {"kelly_fraction": D(0)},
            {"cap_percent": D(0)},
        ],
    )
    def test_kelly_figures_that_make_no_sense(self, change: dict[str, Decimal]) -> None:
        good = KellyInputs(win_rate=D("0.46"), payoff=D("1.9"), trades=60)
        error = refusal(replace(LONG, model=SizingModel.KELLY, kelly=replace(good, **change)))  # type: ignore[arg-type]
        assert error.message == "The closed trades' win rate or payoff makes no sense."

    def test_fixed_cash(self) -> None:
        sizing = size_position(replace(LONG, model=SizingModel.FIXED_CASH, risk_percent=None, cash_risk=D(300)))
        assert sizing.position_size == 222

    def test_percent_of_equity_ignores_the_stop_for_the_size(self) -> None:
        request = replace(LONG, model=SizingModel.PERCENT_OF_EQUITY, equity_percent=D(20), risk_percent=None)
        sizing = size_position(request)
        assert sizing.position_size == 219  # 8,000 / 36.50
        assert sizing.risk_amount == D("295.65")
        assert size_position(replace(request, stop_loss_price=None)).risk_amount is None

    def test_gap_of_one_average_true_range(self) -> None:
        sizing = size_position(replace(LONG, atr=D("1.35")))
        assert sizing.atr_gap_loss == D("599.40")
        assert sizing.atr_gap_r == 2

    def test_wilder_average(self) -> None:
        rows = ["31.40/30.85/31.22", "31.65/31.10/31.60", "31.90/31.55/31.58", "31.70/30.95/31.05", "31.30/30.80/31.25"]
        bars = []
        for row in rows:
            high, low, close = map(D, row.split("/"))
            bars.append(Bar("X", NOW, low, high, low, close, D(0)))
        assert [round(value, 4) for value in wilder_atr_series(bars, 3)] == [D("0.4833"), D("0.5722"), D("0.5481")]

    def test_decimal_quotient_does_not_lose_a_share(self) -> None:
        request = replace(
            LONG, account_size=D(10_000), risk_percent=D(1), entry_price=D("1.10"), stop_loss_price=D("1.00")
        )
        assert size_position(request).position_size == 1000


class TestTheDocumentsOwnSample:
    sample = SizingRequest(
        symbol="AAPL",
        side=OrderSide.BUY,
        account_size=D(100_000),
        entry_price=D("175.52"),
        stop_loss_price=D("174.00"),
        target_price=D("180.00"),
        risk_percent=D(1),
    )

    def test_paper_with_four_times_buying_power_is_not_cut(self) -> None:
        sizing = size_position(replace(self.sample, caps=SizingCaps(buying_power=D(400_000), max_quantity=D(10_000))))
        assert sizing.position_size == 657
        assert cents(sizing.risk_amount) == D("998.64")
        assert D(115) < sizing.percent_of_account < D(117)
        assert sizing.binding_cap is SizeLimit.RISK
        assert not sizing.notices

    def test_live_is_cut_to_a_quarter_of_equity(self) -> None:
        sizing = size_position(replace(self.sample, caps=SizingCaps(max_position_percent=D(25))))
        assert sizing.position_size == 142
        assert sizing.is_capped


class TestThePicture:
    def test_valid_preview(self) -> None:
        sizing = size_position(replace(AAPL, caps=SizingCaps(max_position_percent=D(25))))
        assert sizing.position_size == 116
        assert sizing.risk_amount == D("205.32")
        assert sizing.risk_amount_all_in == D("207.64")
        assert sizing.reward_amount == D("426.88")
        assert cents(sizing.r_multiple) == D("2.08")
        assert sizing.position_value == D("20360.32")
        assert cents(sizing.percent_of_account) == D("19.49")
        assert sizing.atr_gap_loss == D("537.08")
        assert cents(sizing.atr_gap_r) == D("2.62")
        assert sizing.binding_cap.label == "risk"
        assert sizing.next_cap_size == 148

    def test_capped_sentence(self) -> None:
        request = replace(AAPL, risk_percent=D(1), stop_loss_price=D("174.00"))
        sizing = size_position(replace(request, caps=SizingCaps(max_position_percent=D(25))))
        assert (sizing.position_size, sizing.uncapped_size) == (D(148), D(678))
        assert sizing.binding_cap.label == "position limit"
        (notice,) = sizing.notices
        assert (notice.check, notice.outcome) == ("capped", Outcome.NOTICE)
        assert spaced(notice.sentence) == (
            "1.00 % risk would be 678 shares, $119,003. One position may be 25 % of equity, so 148. Real risk 0.22 %."
        )


class TestRefusals:
    def test_stop_above_a_buy(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("176.20"), suggested_stop=D("173.75")))
        assert error.code == SizingCode.STOP_WRONG_SIDE
        assert error.sentence == (
            "The stop is above the entry. A stop for a buy must be below 175.52. "
            "Type a stop of 175.50 or lower, or press S to sell short."
        )
        assert [(fix.label, fix.field, fix.value) for fix in error.fixes] == [
            ("Use 173.75", "stop", "173.75"),
            ("Sell short", "side", "sell"),
        ]

    def test_without_an_earlier_stop_the_distance_is_mirrored(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("176.20")))
        assert error.fixes[0].value == "174.84"

    def test_a_suggestion_on_the_wrong_side_is_not_offered(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("176.20"), suggested_stop=D("177.00")))
        assert error.fixes[0].value == "174.84"

    def test_stop_below_a_short(self) -> None:
        error = refusal(replace(AAPL, side=OrderSide.SELL, target_price=None))
        assert error.sentence == (
            "The stop is below the entry. A stop for a sell must be above 175.52. "
            "Type a stop of 175.54 or higher, or press B to buy."
        )

    def test_no_short_is_offered_where_none_can_be_had(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("176.20"), shortable=False))
        assert "sell short" not in error.sentence
        assert all(fix.field == "stop" for fix in error.fixes)

    def test_a_wide_spread_moves_the_nearest_stop(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("176.20"), spread=D("0.30")))
        assert "Type a stop of 175.22 or lower" in error.advice

    def test_stop_equals_entry(self) -> None:
        error = refusal(replace(AAPL, stop_loss_price=D("175.52")))
        assert error.code == SizingCode.STOP_EQUALS_ENTRY
        assert error.sentence == (
            "The stop equals the entry, so the risk is nothing and the size would be endless. "
            "Move the stop by at least 2 ticks."
        )

    def test_size_zero(self) -> None:
        error = refusal(
            replace(
                LONG,
                account_size=D(2_500),
                risk_percent=D("0.5"),
                entry_price=D("412.00"),
                stop_loss_price=D("398.00"),
            )
        )
        assert error.code == SizingCode.ZERO_SIZE
        assert spaced(error.sentence) == (
            "0.50 % of $2,500.00 is $12.50; one share risks $14.00. Risk 0.56 % or bring the stop to 399.50 or closer."
        )
        for fix in error.fixes:
            changed = {"risk": {"risk_percent": D(fix.value)}, "stop": {"stop_loss_price": D(fix.value)}}[fix.field]
            worked = replace(
                LONG,
                account_size=D(2_500),
                entry_price=D("412.00"),
                **{"risk_percent": D("0.5"), "stop_loss_price": D("398.00")} | changed,  # type: ignore[arg-type]
            )
            assert size_position(worked).position_size == 1

    def test_size_zero_by_a_cap_names_the_cap(self) -> None:
        error = refusal(replace(AAPL, caps=SizingCaps(buying_power=D(100))))
        assert error.code == SizingCode.ZERO_SIZE
        assert spaced(error.message) == "Free buying power is $100.00, 1 % kept back; one share costs $175.52."

    def test_size_zero_when_commissions_eat_the_budget(self) -> None:
        error = refusal(replace(LONG, risk_percent=D("0.001"), min_commission=D(1)))
        assert error.code == SizingCode.ZERO_SIZE
        assert "closer" not in error.advice

    def test_percent_of_equity_below_a_share(self) -> None:
        error = refusal(replace(LONG, account_size=D(100), model=SizingModel.PERCENT_OF_EQUITY, equity_percent=D(10)))
        assert error.code == SizingCode.ZERO_SIZE

    def test_target_on_the_wrong_side(self) -> None:
        error = refusal(replace(AAPL, target_price=D("175.52")))
        assert error.code == SizingCode.TARGET_WRONG_SIDE
        assert error.sentence == (
            "The target is not above the entry. A target for a buy must be above 175.52. "
            "Type a target of 175.54 or higher, or leave it empty."
        )

    def test_not_shortable(self) -> None:
        error = refusal(
            replace(
                LONG,
                symbol="RKLB",
                side=OrderSide.SELL,
                stop_loss_price=D(38),
                shortable=False,
                broker_name="Alpaca",
            )
        )
        assert error.code == SizingCode.NOT_SHORTABLE
        assert error.message == "Alpaca cannot lend RKLB now, so it cannot be sold short. Nothing was sent."

    def test_fractional_not_allowed(self) -> None:
        assert refusal(replace(LONG, step=D("0.001"))).code == SizingCode.FRACTIONAL_NOT_ALLOWED

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"account_size": D(0)}, "account"),
            ({"account_size": D("NaN")}, "account"),
            ({"entry_price": D(-1)}, "limit"),
            ({"entry_price": D("Infinity")}, "limit"),
            ({"risk_percent": D(0)}, "risk"),
            ({"risk_percent": D("100.01")}, "risk"),
            ({"risk_percent": None}, "risk"),
            ({"stop_loss_price": None}, "stop"),
            ({"stop_loss_price": D(0)}, "stop"),
            ({"stop_loss_price": D("NaN")}, "stop"),
            ({"target_price": D(-3)}, "target"),
            ({"model": SizingModel.FIXED_CASH}, "risk"),
            ({"model": SizingModel.VOLATILITY}, "stop"),
            ({"model": SizingModel.VOLATILITY, "atr": D(20)}, "stop"),
            ({"model": SizingModel.KELLY}, "risk"),
            ({"model": SizingModel.PERCENT_OF_EQUITY, "equity_percent": D(101)}, "quantity"),
            ({"model": SizingModel.FIXED_QUANTITY}, "quantity"),
            ({"slippage_allowance": D(-1)}, "cost"),
        ],
    )
    def test_invalid_input(self, change: dict[str, object], field: str) -> None:
        error = refusal(replace(LONG, **change))  # type: ignore[arg-type]
        assert error.code == SizingCode.INVALID_INPUT
        assert error.field == field
        assert error.message.endswith(".")

    def test_a_whole_account_may_be_risked_with_a_confirmation(self) -> None:
        sizing = size_position(replace(LONG, risk_percent=D(100)))
        assert sizing.position_size == 29_629
        assert sizing.needs_confirmation


class TestNotices:
    def test_risk_above_two_per_cent_asks(self) -> None:
        assert not size_position(replace(LONG, risk_percent=D(2))).notices
        (notice,) = size_position(replace(LONG, risk_percent=D("2.01"))).notices
        assert (notice.check, notice.outcome) == ("high_risk", Outcome.CONFIRM)
        assert spaced(notice.sentence).startswith("This risks 2.01 % of the account")

    @pytest.mark.parametrize(("stop", "asks"), [("36.48", False), ("36.49", True)])
    def test_a_stop_nearer_than_two_ticks_asks(self, stop: str, asks: bool) -> None:
        sizing = size_position(replace(LONG, stop_loss_price=D(stop)))
        assert any(notice.check == "stop_too_tight" for notice in sizing.notices) is asks

    def test_a_stop_inside_the_spread_asks(self) -> None:
        sizing = size_position(replace(LONG, stop_loss_price=D("36.45"), spread=D("0.10")))
        assert sizing.notices[0].sentence.startswith("The stop is 0.05 from the entry, less than the spread (0.10).")

    @pytest.mark.parametrize(
        ("caps", "text"),
        [
            (SizingCaps(buying_power=D(3650)), "Free buying power is $3,650.00, so 100."),
            (SizingCaps(max_order_value=D(3650)), "One order may be $3,650.00, so 100."),
            (
                SizingCaps(max_percent_adv=D(1), adv=D(10_000)),
                "One order may be 1 % of the average daily volume, so 100.",
            ),
            (SizingCaps(remaining_heat=D(135)), "Heat has room for $135.00 more, so 100."),
            (SizingCaps(max_quantity=D(100)), "One order may have 100 shares, so 100."),
            (
                SizingCaps(max_position_percent=D(10), held_value=D(350)),
                "One position may be 10 % of equity and $350.00 is held, so 100.",
            ),
        ],
    )
    def test_each_cap_in_words(self, caps: SizingCaps, text: str) -> None:
        sizing = size_position(replace(LONG, caps=caps))
        assert sizing.position_size == 100
        assert spaced(sizing.notices[0].sentence) == (
            f"0.75 % risk would be 222 shares, $8,103. {text} Real risk 0.34 %."
        )

    def test_one_per_cent_is_kept_back_for_a_market_order(self) -> None:
        caps = SizingCaps(buying_power=D("18904.10"))
        assert size_position(replace(AAPL, caps=caps)).position_size == 106
        assert size_position(replace(AAPL, caps=caps, order_type=OrderType.LIMIT)).position_size == 107


class TestTypedQuantity:
    def test_without_a_stop_nothing_is_said_about_risk(self) -> None:
        sizing = describe_quantity(replace(AAPL, stop_loss_price=None), D(100))
        assert isinstance(sizing, PositionSizing)
        assert sizing.position_size == 100
        assert sizing.position_value == D(17552)
        assert sizing.risk_amount is None
        assert sizing.r_multiple is None
        assert sizing.atr_gap_loss is None
        assert sizing.reward_amount == D(368)
        assert sizing.binding_cap is SizeLimit.TYPED
        assert sizing.model is SizingModel.FIXED_QUANTITY

    def test_with_a_stop_the_risk_is_told_and_caps_cut_nothing(self) -> None:
        sizing = describe_quantity(replace(AAPL, caps=SizingCaps(max_quantity=D(10))), D(100))
        assert sizing.position_size == 100
        assert sizing.risk_amount == 177
        assert not sizing.is_capped
        assert (sizing.next_cap, sizing.next_cap_size) == (SizeLimit.MAX_QUANTITY, D(10))

    def test_a_high_typed_risk_asks(self) -> None:
        sizing = describe_quantity(replace(LONG, account_size=D(1000)), D(100))
        assert [notice.check for notice in sizing.notices] == ["high_risk"]

    @pytest.mark.parametrize(
        ("quantity", "code"),
        [("0", SizingCode.INVALID_INPUT), ("-5", SizingCode.INVALID_INPUT), ("1.5", SizingCode.FRACTIONAL_NOT_ALLOWED)],
    )
    def test_bad_quantities(self, quantity: str, code: SizingCode) -> None:
        with pytest.raises(SizingError) as caught:
            describe_quantity(LONG, D(quantity))
        assert caught.value.code == code

    def test_parts_of_a_share_where_they_are_traded(self) -> None:
        sizing = describe_quantity(replace(LONG, step=D("0.001"), fractional_allowed=True), D("1.5"))
        assert sizing.position_value == D("54.75")


class TestEntryPrice:
    quote = Quote("AAPL", D("175.50"), D("175.52"), D(800), D(600), D("175.51"), NOW)

    @pytest.mark.parametrize(
        ("side", "order_type", "price"),
        [
            (OrderSide.BUY, OrderType.MARKET, "175.52"),
            (OrderSide.SELL, OrderType.MARKET, "175.50"),
            (OrderSide.BUY, OrderType.LIMIT, "175.00"),
            (OrderSide.BUY, OrderType.STOP, "176.04"),
            (OrderSide.SELL, OrderType.STOP, "175.96"),
            (OrderSide.BUY, OrderType.STOP_LIMIT, "175.00"),
            (OrderSide.BUY, OrderType.BRACKET, "175.00"),
        ],
    )
    def test_by_order_type(self, side: OrderSide, order_type: OrderType, price: str) -> None:
        entry = entry_price_for(
            side,
            order_type,
            self.quote,
            NOW,
            limit_price=D("175.00"),
            stop_price=D("176.00"),
            slippage_allowance=D("0.04"),
        )
        assert entry == D(price)

    def test_stale_quote(self) -> None:
        with pytest.raises(SizingError) as caught:
            entry_price_for(OrderSide.BUY, OrderType.MARKET, self.quote, NOW + timedelta(seconds=12))
        assert caught.value.code == SizingCode.STALE_QUOTE
        assert caught.value.sentence == (
            "The AAPL quote is 12 s old. A market order is not sized on an old price. Wait for a quote, or use a limit."
        )

    def test_three_seconds_are_still_good(self) -> None:
        later = NOW + timedelta(seconds=3)
        assert entry_price_for(OrderSide.BUY, OrderType.MARKET, self.quote, later) == D("175.52")

    def test_a_limit_needs_no_quote(self) -> None:
        assert entry_price_for(OrderSide.BUY, OrderType.LIMIT, None, NOW, limit_price=D(10)) == 10

    @pytest.mark.parametrize(
        "quote",
        [
            None,
            replace(quote, ask=None),
            replace(quote, ask=D(0)),
            replace(quote, bid=D("175.60")),
        ],
    )
    def test_no_price(self, quote: Quote | None) -> None:
        with pytest.raises(SizingError) as caught:
            entry_price_for(OrderSide.BUY, OrderType.MARKET, quote, NOW, symbol="AAPL")
        assert caught.value.code == SizingCode.NO_PRICE
        assert "AAPL" in caught.value.message

    def test_a_limit_order_without_a_limit(self) -> None:
        with pytest.raises(SizingError) as caught:
            entry_price_for(OrderSide.BUY, OrderType.LIMIT, self.quote, NOW)
        assert caught.value.code == SizingCode.NO_PRICE
