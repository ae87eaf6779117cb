"""Mark-outs to half an hour and the order that was not sent, both from recorded quotes."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.analytics.analysis import slippage_analysis
from legend_desktop.analytics.counterfactual import ESTIMATE, Instead, counterfactual
from legend_desktop.analytics.facts import QuoteAt
from legend_desktop.analytics.mark_outs import CURVE_MS, mark_out_curve, mark_outs, marks_from, within_session
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.recorded_quotes import RecordedQuotes
from legend_desktop.analytics.spreads import measure_spreads
from legend_desktop.domain.enums import OrderSide
from tests.unit.analytics.builders import BUY, NOON, SELL, d, facts, fill, near, quote, quote_at


def seen(seconds: float, bid: str | None, ask: str | None) -> QuoteAt:
    at = NOON + timedelta(seconds=seconds)
    return quote_at(bid, ask, at=at)


class TestRecorded:
    quotes = RecordedQuotes([seen(2, "50.02", "50.04"), seen(0, "50.00", "50.02"), seen(1, "50.05", "50.01")])

    def test_the_last_quote_not_later_stands_and_faulty_ones_never_do(self) -> None:
        found = self.quotes.at(NOON + timedelta(seconds=1.5))
        assert found is not None
        assert found.quote.bid == d("50.00")  # the crossed one of second 1 is passed over
        assert self.quotes.at(NOON - timedelta(seconds=1)) is None

    def test_a_stale_quote_stands_for_nothing(self) -> None:
        assert self.quotes.at(NOON + timedelta(seconds=6.9)) is not None
        assert self.quotes.at(NOON + timedelta(seconds=7.1)) is None

    def test_between_leaves_the_start_out_and_takes_the_end_in(self) -> None:
        rows = self.quotes.between(NOON, NOON + timedelta(seconds=2))
        assert [row.quote.bid for row in rows] == [d("50.02")]


class TestMarkOuts:
    def test_the_resting_limit_that_looked_good(self) -> None:
        """Buy 500 @ 22.10, mid one minute later 22.08: 9.05 bp against the person, 10 dollars."""
        row = fill(500, "22.10")
        quotes = RecordedQuotes([quote_at("22.07", "22.09", at=row.executed_at + timedelta(seconds=58))])
        found = mark_outs(BUY, [row], marks_from([row], quotes))
        assert near(found["1m"]) == -9.05
        assert {name for name, move in found.items() if move is None} == set(CURVE_MS) - {"1m"}

    def test_ten_and_thirty_minutes_are_on_the_curve_and_not_among_the_realised_spreads(self) -> None:
        row = fill(100, "50.00")
        times = [row.executed_at + timedelta(milliseconds=offset) for offset in CURVE_MS.values()]
        quotes = RecordedQuotes([quote_at("50.04", "50.06", at=at) for at in times])
        marks = marks_from([row], quotes)
        assert {name: near(move) for name, move in mark_outs(BUY, [row], marks).items()} == dict.fromkeys(
            CURVE_MS, 10.0
        )
        spreads = measure_spreads(BUY, [row], d("49.99"), d("50.01"), marks)
        assert spreads is not None
        assert "30m" not in spreads.realised

    def test_the_record_and_the_analysis_carry_the_curve(self) -> None:
        row = fill(100, "50.00")
        at = row.executed_at + timedelta(minutes=30)
        marks = marks_from([row], RecordedQuotes([quote_at("49.97", "49.99", at=at)]))
        record = measure(facts(fills=[row], marks=marks, reference_price=d(50)))
        assert (near(record.mark_outs["30m"]), record.mark_outs["1m"], record.mark_out_bps) == (-4.0, None, None)
        curve = slippage_analysis([record])["mark_out_curve"]
        assert [point["horizon"] for point in curve] == list(CURVE_MS)
        assert curve[-1] == {"horizon": "30m", "bps": -4.0, "n": 1}

    def test_a_horizon_past_the_close_takes_the_close(self) -> None:
        late = datetime.fromisoformat("2026-11-20T20:58:00+00:00")
        assert within_session(late, CURVE_MS["5m"]) == datetime.fromisoformat("2026-11-20T21:00:00+00:00")
        after = datetime.fromisoformat("2026-11-20T21:30:00+00:00")
        assert within_session(after, 1_000) == after + timedelta(seconds=1)

    def test_the_curve_weighs_by_value_and_counts_each_horizon_alone(self) -> None:
        first = {**dict.fromkeys(CURVE_MS), "1s": d(4), "30m": d(-2)}
        second = {**dict.fromkeys(CURVE_MS), "1s": d(1)}
        points = {row.horizon: row for row in mark_out_curve([(d(1000), first), (d(2000), second)])}
        assert (points["1s"].bps, points["1s"].n) == (d(2), 2)
        assert (points["30m"].bps, points["30m"].n) == (d(-2), 1)
        assert (points["50ms"].bps, points["50ms"].n) == (None, 0)


class TestInstead:
    quotes = RecordedQuotes(
        [seen(0, "50.00", "50.04"), seen(1, "49.99", "50.03"), seen(3, "49.98", "50.02"), seen(5, "49.97", "50.01")]
    )
    end = NOON + timedelta(seconds=5)

    def test_a_mid_order_fills_when_the_far_side_comes_to_it(self) -> None:
        found = counterfactual(Instead.MID, BUY, d(100), d("50.04"), self.quotes, arrival=NOON, until=self.end)
        assert (found.filled, found.price, found.waited_ms) == (True, d("50.02"), 3_000.0)
        assert (found.cost_bps, near(found.saved_bps), found.saved) == (d(0), 4.0, d("2.00"))
        assert found.label == ESTIMATE

    def test_shares_that_would_not_have_filled_cross_at_the_end(self) -> None:
        found = counterfactual(Instead.NEAR_SIDE, BUY, d(100), d("50.04"), self.quotes, arrival=NOON, until=self.end)
        assert (found.filled, found.limit, found.price, found.saved) == (False, d("50.00"), d("50.01"), d("3.00"))
        worse = counterfactual(Instead.MID, SELL, d(100), d("50.00"), self.quotes, arrival=NOON, until=self.end)
        assert (worse.filled, worse.price, worse.saved) == (False, d("49.97"), d("-3.00"))

    def test_a_limit_beyond_the_quote_takes_the_quote(self) -> None:
        found = counterfactual(
            Instead.LIMIT, BUY, d(100), d("50.04"), self.quotes, arrival=NOON, until=self.end, limit=d("50.10")
        )
        assert (found.filled, found.price, found.waited_ms, found.saved) == (True, d("50.04"), 0.0, d("0.00"))

    def test_without_quotes_nothing_is_claimed(self) -> None:
        none = counterfactual(Instead.MID, BUY, d(1), d(50), RecordedQuotes([]), arrival=NOON, until=self.end)
        assert (none.filled, none.saved, none.reason) == (None, None, "no_arrival_quote")
        alone = RecordedQuotes([seen(0, "50.00", "50.04")])
        found = counterfactual(Instead.MID, BUY, d(1), d(50), alone, arrival=NOON, until=self.end)
        assert (found.filled, found.reason) == (None, "no_later_quote")

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(ValueError, match="limit order needs its limit"):
            counterfactual(Instead.LIMIT, BUY, d(1), d(50), self.quotes, arrival=NOON, until=self.end)
        with pytest.raises(ValueError, match="must not lie before"):
            counterfactual(Instead.MID, BUY, d(1), d(50), self.quotes, arrival=self.end, until=NOON)


steps = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 8)), min_size=1, max_size=12)


@given(st.sampled_from(list(OrderSide)), steps, st.sampled_from([Instead.MID, Instead.NEAR_SIDE]))
def test_a_patient_order_that_fills_never_costs_more_than_its_limit_and_mirrors(
    side: OrderSide, rows: list[tuple[int, int]], kind: Instead
) -> None:
    other = OrderSide.SELL if side is OrderSide.BUY else OrderSide.BUY

    def told(way: int, chosen: OrderSide, average: Decimal) -> tuple[object, ...]:
        quotes = []
        for second, (move, half) in enumerate(rows):
            mid = Decimal(100) + way * Decimal(move) / 100
            at = NOON + timedelta(seconds=second)
            quotes.append(QuoteAt(quote(str(mid - Decimal(half) / 100), str(mid + Decimal(half) / 100), at=at), at))
        end = NOON + timedelta(seconds=len(rows))
        found = counterfactual(kind, chosen, Decimal(10), average, RecordedQuotes(quotes), arrival=NOON, until=end)
        if found.filled and found.price is not None and found.limit is not None:
            assert chosen.sign * (found.price - found.limit) <= 0
        return found.filled, found.saved, found.waited_ms

    assert told(1, side, Decimal("100.05")) == told(-1, other, Decimal("99.95"))
