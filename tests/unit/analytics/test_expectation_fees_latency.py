"""Expected cost, fee estimates and durations against worked figures."""

from datetime import date, datetime, timedelta

import pytest

from legend_desktop.analytics.expected_cost import expected_cost, half_spread_bps, timing_noise_bps
from legend_desktop.analytics.facts import ClockCorrection, Timing
from legend_desktop.analytics.fees import estimate_fees, reported_fees
from legend_desktop.analytics.latency import OffsetTracker, RoundTrip, measure_latencies
from tests.unit.analytics.builders import BUY, NOON, SELL, d, fill, near


def after(milliseconds: float) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)


class TestExpectedCost:
    @pytest.mark.parametrize(
        ("shares", "impact", "total"), [(200, 0.64, 2.14), (20_000, 6.36, 7.86), (200_000, 20.12, 21.62)]
    )
    def test_square_root_impact(self, shares: int, impact: float, total: float) -> None:
        found = expected_cost(d(shares), half_spread=d("1.5"), daily_volatility=d("0.018"), average_volume=d(4_000_000))
        assert (near(found.impact_bps), near(found.bps), found.flags) == (impact, total, ())

    def test_timing_noise_of_20_minutes(self) -> None:
        assert near(timing_noise_bps(d("0.018"), d(20) / d(390)), 1) == 23.5

    def test_missing_inputs_are_flagged(self) -> None:
        found = expected_cost(d(100))
        assert (found.bps, found.flags) == (d(5), ("default_half_spread", "no_impact_inputs"))
        usual = expected_cost(d(100), usual_half_spread=d(3))
        assert (usual.bps, usual.flags[0]) == (d(3), "usual_half_spread")

    def test_floor_of_half_a_tick_and_half_a_bp(self) -> None:
        assert expected_cost(d(100), half_spread=d(0)).bps == d("0.5")
        assert expected_cost(d(100), half_spread=d(0), tick=d("0.01"), price=d(5)).bps == d(10)

    def test_half_spread(self) -> None:
        assert near(half_spread_bps(d("84.23"), d("84.27"))) == 2.37


class TestFees:
    def test_a_sale_of_48150_at_interactive_brokers(self) -> None:
        fixed = estimate_fees("interactive_brokers", SELL, d(750), d("64.20"), date(2026, 11, 20))
        assert (near(fixed.sec, 5), near(fixed.taf, 5), fixed.commission) == (0.99189, 0.14625, d("3.75"))
        assert (near(fixed.total, 5), near(fixed.bps)) == (4.88814, 1.02)
        tiered = estimate_fees("interactive_brokers", SELL, d(750), d("64.20"), date(2026, 11, 20), plan="tiered")
        assert tiered.commission == d("2.625")

    @pytest.mark.parametrize(
        ("day", "sec"),
        [
            (date(2025, 5, 13), "1.33857"),
            (date(2025, 5, 14), "0"),
            (date(2026, 4, 3), "0"),
            (date(2026, 4, 4), "0.99189"),
        ],
    )
    def test_the_section_31_rate_of_the_day(self, day: date, sec: str) -> None:
        assert near(estimate_fees("alpaca", SELL, d(750), d("64.20"), day).sec, 5) == float(sec)

    def test_buys_pay_no_sale_charges_and_free_brokers_nothing(self) -> None:
        assert estimate_fees("alpaca", BUY, d(750), d("64.20"), date(2026, 11, 20)).total == 0

    def test_caps_and_minimum(self) -> None:
        day = date(2026, 11, 20)
        assert estimate_fees("alpaca", SELL, d(100_000), d(10), day).taf == d("9.79")
        assert estimate_fees("interactive_brokers", BUY, d(10), d(50), day).commission == d("1.00")
        assert estimate_fees("interactive_brokers", BUY, d(1), d(20), day).commission == d("0.20")

    def test_a_broker_without_rates_gets_no_total(self) -> None:
        found = estimate_fees("somebody", SELL, d(10), d(50), date(2026, 11, 20))
        assert (found.commission, found.total, found.bps) == (None, None, None)

    def test_bad_input(self) -> None:
        with pytest.raises(ValueError, match="above zero"):
            estimate_fees("alpaca", SELL, d(0), d(50), date(2026, 11, 20))

    def test_one_fill_without_fees_makes_the_sum_unknown(self) -> None:
        known = fill(10, "50", commission=d("0.05"), fees=d("0.01"))
        assert reported_fees([known]) == d("0.06")
        assert reported_fees([known, fill(10, "51")]) is None
        assert reported_fees([]) is None


class TestLatency:
    trip = RoundTrip(after(0), after(131), after(186))

    def test_offset_of_one_round_trip(self) -> None:
        found = self.trip.correction
        assert (found.offset_ms, found.uncertainty_ms) == (38.0, 93.0)

    def test_durations_on_both_clocks(self) -> None:
        timing = Timing(
            start_ns=0,
            sent_ns=2_400_000,
            answered_ns=188_400_000,
            sent_at=after(0),
            ack_broker_at=after(131),
            clock=self.trip.correction,
        )
        found = measure_latencies(timing, [fill(10, "50", executed_at=after(402))])
        assert found.decision_to_submit_ms == 2.4
        assert found.submit_to_ack_ms == 186.0
        assert found.execution_duration_ms == 364.0
        assert found.ack_to_first_fill_ms == 271.0

    def test_the_shortest_round_trip_of_the_last_50_tells_the_offset(self) -> None:
        tracker = OffsetTracker()
        tracker.add(RoundTrip(after(0), after(10), after(4)))
        for _ in range(49):
            tracker.add(self.trip)
        assert tracker.correction == ClockCorrection(8.0, 2.0)
        tracker.add(self.trip)
        assert tracker.correction == self.trip.correction

    def test_negative_within_the_uncertainty_is_0_and_flagged(self) -> None:
        timing = Timing(sent_at=after(100), clock=ClockCorrection(0.0, 93.0))
        near_miss = measure_latencies(timing, [fill(10, "50", executed_at=after(60))])
        far_miss = measure_latencies(timing, [fill(10, "50", executed_at=after(1))])
        assert (near_miss.execution_duration_ms, near_miss.flags) == (0.0, ("clock_skew",))
        assert (far_miss.execution_duration_ms, far_miss.reasons) == (None, ("clock_skew",))

    def test_without_an_offset_our_own_receipt_ends_the_duration(self) -> None:
        row = fill(10, "50", executed_at=after(5_000), received_at=after(240))
        found = measure_latencies(Timing(sent_at=after(0)), [row])
        assert (found.execution_duration_ms, found.flags) == (240.0, ("local_receipt",))

    def test_a_stop_is_timed_from_its_trigger(self) -> None:
        timing = Timing(sent_at=after(0), trigger_at=after(60_000), trigger_broker_at=after(60_010))
        found = measure_latencies(timing, [fill(10, "50", executed_at=after(61_860))], from_trigger=True)
        assert found.execution_duration_ms == 1_850.0

    def test_whole_second_stamps_and_large_offsets_are_flagged(self) -> None:
        whole = NOON.replace(microsecond=0)
        timing = Timing(sent_at=whole, ack_broker_at=whole, clock=ClockCorrection(501.0, 20.0))
        found = measure_latencies(timing, [fill(10, "50", executed_at=whole + timedelta(seconds=2))])
        assert set(found.flags) == {"ts_resolution=1s", "clock_offset_large"}

    def test_no_fill_no_duration(self) -> None:
        found = measure_latencies(Timing(sent_at=after(0)), [])
        assert (found.execution_duration_ms, found.first_to_last_fill_ms) == (None, None)

    def test_first_to_last(self) -> None:
        rows = [fill(10, "50", after_ms=900), fill(10, "51", after_ms=200)]
        assert measure_latencies(Timing(), rows).first_to_last_fill_ms == 700.0
