"""Slippage, spreads, improvement and shortfall against figures worked out by hand."""

from decimal import Decimal

import pytest

from legend_desktop.analytics.facts import QuoteAt
from legend_desktop.analytics.improvement import ImprovementBasis, limit_improvement, price_improvement
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.shortfall import implementation_shortfall
from legend_desktop.analytics.slippage import average_fill, slippage, stop_gap
from legend_desktop.analytics.spreads import mark_out_bps, measure_spreads, ratio_of_averages
from legend_desktop.domain.enums import OrderType
from tests.unit.analytics.builders import BUY, NOON, SELL, d, facts, fill, mark, near, quote_at

BOUGHT = (fill(100, "84.26"), fill(200, "84.28"))


class TestSlippage:
    def test_buy_of_300_against_both_mids(self) -> None:
        against_arrival = slippage(BUY, BOUGHT, d("84.25"))
        against_decision = slippage(BUY, BOUGHT, d("84.21"))
        assert against_arrival is not None
        assert against_decision is not None
        assert near(average_fill(BOUGHT), 6) == 84.273333
        assert near(against_arrival.bps) == 2.77
        assert against_arrival.cost == d("7.00")
        assert near(against_decision.bps) == 7.52

    def test_short_sale_of_150(self) -> None:
        found = slippage(SELL, [fill(150, "19.45", side=SELL)], d("19.455"))
        assert found is not None
        assert near(found.bps) == 2.57
        assert found.cost == d("0.75")

    def test_nothing_filled_is_unknown_not_zero(self) -> None:
        assert slippage(BUY, [], d("84.25")) is None
        assert average_fill([]) is None

    def test_stop_against_its_trigger_price_and_the_gap_part(self) -> None:
        sold = [fill(400, "56.91", side=SELL)]
        against_mid = slippage(SELL, sold, d("56.99"))
        gap = stop_gap(SELL, sold, d("57.00"), d("56.99"))
        assert gap is not None
        assert against_mid is not None
        assert (near(gap.bps), gap.cost) == (15.79, d("36.00"))
        assert (near(against_mid.bps), against_mid.cost) == (14.04, d("32.00"))
        assert gap.gap_bps is not None
        assert (near(gap.gap_bps), gap.gap_cost) == (1.75, d("4.00"))

    def test_split_leaves_bps_and_money(self) -> None:
        before = slippage(BUY, [fill(120, "121.20")], d("120.00"))
        after = slippage(BUY, [fill(480, "30.30")], d("30.00"))
        assert before is not None
        assert before == after or (before.bps, before.cost) == (after and after.bps, after and after.cost)
        assert (before.bps, before.cost) == (d(100), d("144.00"))


class TestSpreads:
    def test_first_example_at_every_horizon(self) -> None:
        mids = {50: "84.26", 1_000: "84.27", 15_000: "84.29", 60_000: "84.285", 300_000: "84.24"}
        marks = [mark(row, offset, mid) for row in BOUGHT for offset, mid in mids.items()]
        found = measure_spreads(BUY, BOUGHT, d("84.23"), d("84.27"), marks)
        assert found is not None
        assert (found.quoted, near(found.effective, 6), near(found.effective_over_quoted, 4)) == (
            d("0.04"),
            0.046667,
            1.1667,
        )
        assert [near(value, 6) for value in found.realised.values()] == [
            0.026667,
            0.006667,
            -0.033333,
            -0.023333,
            0.066667,
        ]
        assert [near(value) for value in found.impact.values()] == [0.02, 0.04, 0.08, 0.07, -0.02]

    def test_a_fill_without_its_mark_leaves_the_horizon_unknown(self) -> None:
        found = measure_spreads(BUY, BOUGHT, d("84.23"), d("84.27"), [mark(BOUGHT[0], 1_000, "84.27")])
        assert found is not None
        assert found.realised["1s"] is None
        assert found.impact["1s"] is None

    def test_a_crossed_later_quote_is_no_mark(self) -> None:
        sold = (fill(10, "84.26"),)
        crossed = mark(sold[0], 1_000, "84.27", half="-0.01")
        found = measure_spreads(BUY, sold, d("84.23"), d("84.27"), [crossed])
        assert found is not None
        assert found.realised["1s"] is None

    def test_short_sale(self) -> None:
        found = measure_spreads(SELL, [fill(150, "19.45", side=SELL)], d("19.44"), d("19.47"))
        assert found is not None
        assert (found.effective, near(found.effective_over_quoted, 4)) == (d("0.01"), 0.3333)

    def test_below_the_mid_is_negative(self) -> None:
        found = measure_spreads(BUY, [fill(10, "84.24")], d("84.23"), d("84.27"))
        assert found is not None
        assert found.effective == d("-0.02")

    def test_locked_quote_has_no_ratio(self) -> None:
        found = measure_spreads(BUY, [fill(10, "84.25")], d("84.25"), d("84.25"))
        assert found is not None
        assert found.effective_over_quoted is None

    def test_ratio_of_averages_is_not_the_average_of_ratios(self) -> None:
        rows = [(d(100), d("0.02"), d("0.04")), (d(900), d("0.012"), d("0.01"))]
        assert near(ratio_of_averages(rows)) == 98.46
        assert ratio_of_averages([]) is None

    def test_mark_out_of_a_resting_buy(self) -> None:
        assert near(mark_out_bps(BUY, d("22.10"), d("22.08"))) == -9.05


class TestImprovement:
    def test_one_order_net_of_both_fills(self) -> None:
        found = price_improvement(BUY, BOUGHT, d("84.27"))
        assert found is not None
        assert found.amount == d("-1.00")
        assert not found.improved
        assert (found.shares_improved, found.shares_at_quote, found.shares_outside_quote) == (d(100), d(0), d(200))

    def test_short_sale_above_the_bid(self) -> None:
        found = price_improvement(SELL, [fill(150, "19.45", side=SELL)], d("19.44"))
        assert found is not None
        assert (found.per_share, found.amount, found.improved) == (d("0.01"), d("1.50"), True)

    def test_below_the_tolerance_does_not_count_as_improved(self) -> None:
        found = price_improvement(BUY, [fill(100, "84.26996")], d("84.27"))
        assert found is not None
        assert found.amount > 0
        assert not found.improved

    def test_shares_beyond_the_displayed_size(self) -> None:
        found = price_improvement(BUY, [fill(100, "84.27"), fill(50, "84.28")], d("84.27"), displayed_size=d(60))
        assert found is not None
        assert found.size_improved_shares == d(40)

    def test_a_limit_against_itself(self) -> None:
        assert limit_improvement(SELL, [fill(50, "20.02", side=SELL)], d("20.00")) == d("1.00")


class TestShortfall:
    fills = (fill(800, "31.48"), fill(600, "31.52"))

    def test_the_worked_example(self) -> None:
        found = implementation_shortfall(
            BUY,
            d(2000),
            self.fills,
            decision=d("31.40"),
            arrival=d("31.46"),
            final=d("31.71"),
            fees=d(7),
            spread=d("0.02"),
        )
        assert (found.delay, found.trading, found.opportunity, found.fees) == (d(120), d(52), d(150), d(7))
        assert found.total == d(329)
        parts = (found.delay, found.trading, found.opportunity, found.fees, found.total)
        assert [near(found.in_bps(part)) for part in parts] == [19.11, 8.28, 23.89, 1.11, 52.39]
        assert found.executed_basis is not None
        basis = found.executed_basis
        assert (basis.delay, basis.opportunity) == (d(84), d(186))
        assert [near(found.in_bps(part)) for part in (basis.delay, basis.opportunity)] == [13.38, 29.62]
        assert (found.half_spread, found.impact_and_timing) == (d(14), d(38))
        paper = 2000 * (d("31.71") - d("31.40"))
        real = 1400 * d("31.71") - (800 * d("31.48") + 600 * d("31.52")) - 7
        assert (paper, real) == (d(620), d(291))
        assert paper - real == found.total

    def test_without_a_decision_the_delay_is_unknown(self) -> None:
        found = implementation_shortfall(
            BUY, d(1400), self.fills, decision=None, arrival=d("31.46"), final=None, fees=d(7)
        )
        assert found.delay is None
        assert found.total == d(59)

    def test_filled_orders_have_no_opportunity_even_if_the_price_crashes(self) -> None:
        found = implementation_shortfall(
            BUY, d(1400), self.fills, decision=d("31.40"), arrival=d("31.46"), final=d(5), fees=d(0)
        )
        assert found.opportunity == 0

    def test_nothing_filled_costs_delay_and_opportunity(self) -> None:
        found = implementation_shortfall(
            SELL, d(100), (), decision=d("10.00"), arrival=d("9.95"), final=d("9.80"), fees=d(0)
        )
        assert (found.delay, found.trading, found.opportunity, found.total) == (d(5), d(0), d(15), d(20))

    def test_a_remainder_without_a_price_leaves_the_total_unknown(self) -> None:
        found = implementation_shortfall(
            BUY, d(2000), self.fills, decision=d("31.40"), arrival=d("31.46"), final=None, fees=d(7)
        )
        assert (found.opportunity, found.total, found.total_bps) == (None, None, None)


class TestMeasured:
    def test_first_example_as_a_record(self) -> None:
        record = measure(
            facts(BUY, 300, fills=BOUGHT, decision=quote_at("84.20", "84.22"), arrival=quote_at("84.23", "84.27"))
        )
        assert near(record.slippage_bps) == 2.77
        assert record.slippage_cost == d("7.00")
        assert near(record.decision_slippage_bps) == 7.52
        assert record.price_improvement_amount == d("-1.00")
        assert record.price_improved is False
        assert record.benchmark_kind == "arrival_mid"
        assert record["class"] == record.order_class == "market"
        assert near(record.effective_over_quoted, 4) == 1.1667
        assert record.is_breakdown is not None
        assert record.is_breakdown.delay == d("12.00")
        assert record.is_breakdown["trading"] == d("7.00")
        assert record.fees is None
        assert record.total_execution_cost is None
        assert "fees_unknown" in record.reasons

    def test_resting_limit_shows_three_numbers(self) -> None:
        bought = fill(500, "22.10")
        record = measure(
            facts(
                BUY,
                500,
                order_type=OrderType.LIMIT,
                limit_price=d("22.10"),
                fills=(bought,),
                arrival=quote_at("22.12", "22.15"),
                marks=(mark(bought, 60_000, "22.08"),),
            )
        )
        assert record.order_class == "resting_limit"
        assert near(record.slippage_bps) == -15.81
        assert record.limit_improvement == 0
        assert near(record.mark_out_bps) == -9.05
        assert record.price_improvement_amount is None

    def test_stop_is_judged_from_its_trigger(self) -> None:
        sold = fill(400, "56.91", side=SELL)
        record = measure(
            facts(
                SELL,
                400,
                order_type=OrderType.STOP,
                stop_price=d("57.00"),
                fills=(sold,),
                arrival=quote_at("58.10", "58.12"),
                trigger=quote_at("56.97", "57.01"),
            )
        )
        assert record.benchmark_kind == "trigger_mid"
        assert near(record.slippage_bps) == 14.04
        assert near(record.stop_slippage_bps) == 15.79
        assert near(record.stop_gap_bps) == 1.75
        assert record.price_improvement_amount == d("-24.00")

    def test_stop_without_a_quote_uses_the_trigger_price_and_claims_no_improvement(self) -> None:
        record = measure(
            facts(
                SELL,
                400,
                order_type=OrderType.STOP,
                stop_price=d("57.00"),
                fills=(fill(400, "56.91", side=SELL),),
            )
        )
        assert record.benchmark_kind == "trigger_price"
        assert near(record.slippage_bps) == 15.79
        assert record.price_improvement_amount is None

    def test_scalar_benchmark_measures_improvement_against_the_reference(self) -> None:
        record = measure(facts(BUY, 40, fills=(fill(40, "310.00"),), reference_price=d("310.05")))
        assert record.benchmark_kind == "scalar"
        assert record.pi_basis is ImprovementBasis.REFERENCE
        assert record.price_improvement_amount == d("2.00")

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [("310.05", "marketable_limit"), ("310.00", "unknown_limit")],
    )
    def test_limit_without_a_quote(self, limit: str, expected: str) -> None:
        record = measure(
            facts(
                BUY,
                40,
                order_type=OrderType.LIMIT,
                limit_price=d(limit),
                fills=(fill(40, "310.00"),),
                reference_price=d("310.05"),
            )
        )
        assert record.order_class == expected
        if expected == "unknown_limit":
            assert record.price_improvement_amount is None
            assert record.execution_quality is None

    def test_no_benchmark_is_said(self) -> None:
        record = measure(facts(BUY, 40, fills=(fill(40, "310.22"),)))
        assert record.slippage_bps is None
        assert record.slippage_cost is None
        assert "no_benchmark" in record.reasons

    def test_provisional_total_hides_fill_level_figures(self) -> None:
        record = measure(
            facts(BUY, 40, fills=(fill(40, "310.04", provisional=True),), arrival=quote_at("310.00", "310.10"))
        )
        assert "synthetic_fill" in record.flags
        assert record.shares_improved is None
        assert record.price_improvement_amount == d("2.40")

    def test_a_filled_quantity_that_the_broker_disputes_is_flagged(self) -> None:
        record = measure(
            facts(BUY, 40, fills=(fill(40, "310"),), reported_filled=d(41), arrival=quote_at("310.00", "310.10"))
        )
        assert "fill_mismatch" in record.flags
        older = facts(BUY, 40, fills=(fill(40, "310"),), reported_filled=d(0), arrival=quote_at("310.00", "310.10"))
        assert "fill_mismatch" not in measure(older).flags

    def test_an_impossible_slippage_is_bad_data(self) -> None:
        record = measure(facts(BUY, 40, fills=(fill(40, "400"),), reference_price=d("310")))
        assert "bad_data" in record.reasons

    def test_zero_fees_are_known(self) -> None:
        record = measure(
            facts(
                BUY,
                40,
                fills=(fill(40, "310.10", commission=Decimal(0), fees=Decimal(0)),),
                arrival=quote_at("310.00", "310.10"),
            )
        )
        assert record.fees == 0
        assert record.total_execution_cost == record.slippage_cost

    def test_decision_quote_stands_in_for_a_missing_arrival_while_it_is_fresh(self) -> None:
        record = measure(
            facts(BUY, 40, fills=(fill(40, "310.10"),), decision=QuoteAt(quote_at("310.00", "310.10").quote, NOON))
        )
        assert record.benchmark_kind == "arrival_mid"
        assert "arrival_from_decision" in record.flags
