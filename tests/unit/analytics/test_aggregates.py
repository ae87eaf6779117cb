"""Figures over many orders: the worked six, who counts, groups that add up, boxes and days."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.analytics.aggregate import aggregate
from legend_desktop.analytics.analysis import slippage_analysis
from legend_desktop.analytics.breakdowns import badge, breakdown, breakdown_of_fills, ranking
from legend_desktop.analytics.facts import Timing
from legend_desktop.analytics.histogram import cost_range, histogram
from legend_desktop.analytics.measure import measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.selection import choose, newest_mode, population
from legend_desktop.analytics.series import cost_series
from legend_desktop.analytics.summary import Stopped, summarise
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TradingMode
from tests.unit.analytics.builders import BUY, NOON, SELL, d, facts, fill, near, quote_at


def order(side: OrderSide, ordered: int, filled: int, price: str, mid: str, **more: Any) -> ExecutionMetrics:
    rows = (fill(filled, price, side=side, **more.pop("fill_more", {})),) if filled else ()
    return measure(facts(side, ordered, fills=rows, reference_price=d(mid), **more))


def quoted(number: int, price: str = "50.02", **more: Any) -> ExecutionMetrics:
    """Buy 100 against 50.00 x 50.02, one a minute."""
    at = NOON + timedelta(minutes=number) + more.pop("later", timedelta(0))
    return measure(
        facts(
            BUY,
            100,
            client_order_id=f"LP{number:04d}",
            fills=(fill(100, price, **more.pop("fill_more", {})),),
            arrival=quote_at("50.00", "50.02", at=at),
            timing=Timing(sent_at=at),
            **more,
        )
    )


SIX = [
    order(BUY, 100, 100, "50.03", "50.00"),
    order(SELL, 400, 400, "49.95", "50.00"),
    order(BUY, 1000, 600, "51.08", "51.00"),
    order(SELL, 50, 50, "51.02", "51.00"),
    order(BUY, 200, 0, "0", "51.00"),
    order(BUY, 10, 10, "52.40", "51.80"),
]


class TestSixOrders:
    def test_single_orders(self) -> None:
        assert [None if row.slippage_bps is None else near(row.slippage_bps) for row in SIX] == [
            6.00,
            10.00,
            15.69,
            -3.92,
            None,
            115.83,
        ]
        assert [row.slippage_cost for row in SIX] == [d(3), d(20), d(48), d(-1), None, d(6)]

    def test_headline(self) -> None:
        found = aggregate(SIX)
        assert (found.total_orders, found.filled_orders, found.orders_with_fills) == (6, 4, 5)
        assert found.partially_filled_orders == 1
        assert found.total_volume == d(1160)
        assert (found.total_slippage_cost, found.benchmark_notional) == (d(76), d(58668))
        assert near(found.avg_slippage_bps) == 12.95
        assert near(found.avg_slippage_bps_equal_weighted) == 28.72
        assert near(found.median_slippage_bps) == 10.00
        assert near(found.avg_fill_rate) == 65.91
        assert near(found.avg_fill_rate_equal_weighted) == 76.67
        assert (found.n_used, found.n_excluded) == (5, 0)

    def test_weighted_median_of_the_analysis(self) -> None:
        found = slippage_analysis(SIX, resamples=200)
        assert near(found["weighted_median_bps"]) == 15.69
        assert found["sign"] == "positive = cost"
        assert (found["positive_count"], found["negative_count"], found["zero_count"]) == (4, 1, 0)
        assert [row["slippage_cost"] for row in found["worst"]][:2] == [d(48), d(20)]
        assert found["best"][0]["slippage_cost"] == d(-1)
        assert found["benchmark_kinds"] == {"scalar": 5}

    def test_average_times_value_is_the_money(self) -> None:
        found = aggregate(SIX)
        assert found.avg_slippage_bps is not None
        assert found.avg_slippage_bps * float(found.benchmark_notional) / 10_000 == pytest.approx(76.0)

    def test_over_several_symbols_the_fill_rate_is_by_value(self) -> None:
        cheap = order(BUY, 1000, 0, "0", "2.00", symbol="F")
        dear = order(BUY, 10, 10, "200.00", "200.00", symbol="MSFT")
        assert aggregate([cheap, dear]).avg_fill_rate == pytest.approx(50.0)
        assert aggregate([cheap]).avg_fill_rate == 0.0


def test_improvement_counts_orders_and_money_alike() -> None:
    first = measure(facts(BUY, 300, fills=(fill(100, "84.26"), fill(200, "84.28")), arrival=quote_at("84.23", "84.27")))
    second = measure(facts(SELL, 150, fills=(fill(150, "19.45", side=SELL),), arrival=quote_at("19.44", "19.47")))
    found = aggregate([first, second])
    assert (found.orders_with_price_improvement, found.price_improvement_amount) == (1, d("1.50"))
    assert (found.price_disimprovement_amount, found.net_price_improvement_amount) == (d("1.00"), d("0.50"))


def test_improvement_below_the_tolerance_counts_neither_as_order_nor_as_money() -> None:
    found = aggregate([quoted(1, "50.01996")])
    assert (found.orders_with_price_improvement, found.price_improvement_amount) == (0, d(0))
    assert found.price_disimprovement_amount == 0


def test_reference_improvement_counts_only_where_no_order_has_a_quote() -> None:
    reference = order(BUY, 100, 100, "49.90", "50.00")
    assert aggregate([reference]).price_improvement_amount == d(10)
    assert aggregate([reference]).pi_basis == "reference"
    assert aggregate([reference, quoted(1)]).price_improvement_amount == 0
    assert aggregate([reference, quoted(1)]).pi_basis == "quote"


def test_empty_set_has_names_without_figures() -> None:
    found = aggregate([])
    assert (found.total_orders, found.total_slippage_cost, found.price_improvement_amount) == (0, d(0), d(0))
    assert (found.avg_slippage_bps, found.avg_fill_rate, found.avg_execution_quality) == (None, None, None)
    assert found["avg_slippage_bps"] is None
    with pytest.raises(KeyError):
        found["no_such_field"]
    assert set(found.as_dict()) >= {"total_orders", "median_slippage_bps", "ci95_high"}


def test_one_order_has_no_interval() -> None:
    found = aggregate([quoted(1)])
    assert (found.n_used, found.ci95_low, found.ci95_high) == (1, None, None)
    analysis = slippage_analysis([quoted(1)])
    assert (analysis["n"], analysis["std_bps"], analysis["ci95"]) == (1, None, None)


class TestWhoCounts:
    working = order(BUY, 100, 40, "50.03", "50.00", state=OrderState.PARTIAL)
    refused = order(BUY, 100, 0, "0", "50.00", state=OrderState.REJECTED)
    sibling = order(SELL, 100, 0, "0", "50.00", cancel_origin="oco")
    own = order(BUY, 100, 0, "0", "50.00", cancel_origin="user")

    def test_population(self) -> None:
        found = population([SIX[0], self.working, self.refused, self.sibling, self.own])
        assert found.orders == (SIX[0], self.own)
        assert (found.working, found.rejected, found.oco_cancelled, found.user_cancelled) == (1, 1, 1, 1)

    def test_user_cancels_are_in_the_fill_rate_and_out_of_its_second_form(self) -> None:
        found = aggregate([SIX[0], self.own])
        assert (found.avg_fill_rate, found.avg_fill_rate_excl_user_cancels) == (50.0, 100.0)

    def test_an_order_without_benchmark_is_excluded_and_counted(self) -> None:
        bare = measure(facts(BUY, 10, fills=(fill(10, "50"),)))
        wild = order(BUY, 10, 10, "90.00", "50.00")
        found = aggregate([SIX[0], bare, wild])
        assert (found.n_used, found.n_excluded) == (1, 2)
        assert found.excluded_reasons == {"no_benchmark": 1, "bad_data": 1}
        assert found.total_slippage_cost == d(3)

    def test_paper_and_live_never_meet(self) -> None:
        live = order(BUY, 10, 10, "50.01", "50.00", mode=TradingMode.LIVE)
        assert choose([SIX[0], live], TradingMode.PAPER) == [SIX[0]]
        assert choose([SIX[0], live], TradingMode.LIVE) == [live]
        assert newest_mode([SIX[0], live]) is TradingMode.LIVE
        assert newest_mode([]) is TradingMode.PAPER

    def test_filters(self) -> None:
        assert choose(SIX, TradingMode.PAPER, filters={"side": OrderSide.SELL}) == [SIX[1], SIX[3]]
        assert len(choose(SIX, TradingMode.PAPER, filters={"side": ["buy", "sell"]})) == 6
        assert choose(SIX, TradingMode.PAPER, symbol="msft") == []
        assert choose(SIX, TradingMode.PAPER, since=NOON + timedelta(seconds=1)) == []
        assert choose(SIX, TradingMode.PAPER, filters={"broker": None}) == SIX
        with pytest.raises(ValueError, match="no filter colour"):
            choose(SIX, TradingMode.PAPER, filters={"colour": "red"})


class TestBreakdowns:
    def test_rows_add_up_to_the_total(self) -> None:
        for name in ("side", "order_type", "size_bucket", "session", "half_hour", "hour", "weekday", "symbol"):
            rows = breakdown(SIX, name, resamples=200)
            assert sum(row.total_slippage_cost for row in rows) == d(76)
            assert sum(row.orders for row in rows) == 6

    def test_weekday_and_hour_are_those_of_new_york(self) -> None:
        late = quoted(1, later=timedelta(hours=9))  # Friday 21:01 in New York is Saturday in London
        keys = {name: [row.key for row in breakdown([late], name)] for name in ("weekday", "hour", "symbol")}
        assert keys == {"weekday": ["Friday"], "hour": ["21"], "symbol": ["AAPL"]}
        assert [row.key for row in breakdown([SIX[0]], "hour")] == ["12"]

    def test_the_analysis_says_that_one_broker_cannot_be_compared(self) -> None:
        card = slippage_analysis(SIX, resamples=200)["broker_scorecard"]
        assert [(line["broker"], line["orders"]) for line in card["brokers"]] == [("simulator", 5)]
        assert card["comparisons"] == []

    def test_badges(self) -> None:
        assert [badge(count) for count in (4, 5, 29, 30)] == ["list only", "few orders", "few orders", ""]
        assert breakdown(SIX, "side")[0].badge == "list only"

    def test_venues_cut_through_orders_and_still_add_up(self) -> None:
        split = measure(
            facts(
                BUY,
                300,
                fills=(fill(100, "84.26", venue="X"), fill(200, "84.28")),
                arrival=quote_at("84.23", "84.27"),
            )
        )
        rows = {row.key: row for row in breakdown_of_fills([split], "venue")}
        assert set(rows) == {"X", "not disclosed by broker"}
        assert sum(row.total_slippage_cost for row in rows.values()) == split.slippage_cost == d(7)
        assert rows["X"].total_slippage_cost == d(1)

    def test_unknown_names_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no breakdown by colour"):
            breakdown(SIX, "colour")
        with pytest.raises(ValueError, match="no breakdown of fills"):
            breakdown_of_fills(SIX, "side")

    def test_ranking_needs_30_orders_each(self) -> None:
        cheap = [quoted(number, broker="alpaca") for number in range(30)]
        dear = [quoted(100 + number, "50.05", broker="tradestation") for number in range(30)]
        assert ranking([*cheap, *dear[1:]], "broker") is None
        found = ranking([*cheap, *dear], "broker")
        assert found is not None
        assert (found.cheapest, found.next, found.significant) == ("alpaca", "tradestation", True)


class TestHistogram:
    def test_ends_collect_and_edges_belong_to_the_upper_box(self) -> None:
        found = histogram([-9.0, -2.0, -0.1, 0.0, 0.49, 0.5, 1.99, 2.0, 50.0], -2.0, 2.0)
        assert found.edges[0] == -2.0
        assert found.edges[-1] == 2.0
        assert found.counts == (2, 0, 0, 1, 2, 1, 0, 3)
        assert (found.collected_low, found.collected_high) == (1, 2)

    def test_range_is_even_and_holds_zero(self) -> None:
        assert cost_range([]) == (-2.0, 2.0)
        assert cost_range([0.5, 1.0]) == (-2.0, 2.0)
        assert cost_range([-3.5, 900.0]) == (-4.0, 40.0)


class TestSeries:
    def test_one_day_is_shown_order_by_order(self) -> None:
        found = cost_series([quoted(2), quoted(1, "50.03")])
        assert not found.per_day
        assert [near(point.bps) for point in found.points] == [4.0, 2.0]
        assert [point.running_cost for point in found.points] == [d(2), d(3)]

    def test_days_have_means_and_intervals_from_five_orders_on(self) -> None:
        monday = [quoted(number, "50.02" if number % 2 else "50.03", later=timedelta(days=3)) for number in range(5)]
        found = cost_series([*monday, quoted(1)])
        assert found.per_day
        assert [point.n for point in found.points] == [1, 5]
        assert found.points[0].low is None
        low, high = found.points[1].low, found.points[1].high
        assert low is not None
        assert high is not None
        assert low < found.points[1].bps < high
        assert found.points[1].running_cost == found.points[0].cost + found.points[1].cost


class TestSummary:
    def test_headline_and_marketable(self) -> None:
        resting = measure(
            facts(
                BUY,
                100,
                order_type=OrderType.LIMIT,
                limit_price=d("49.99"),
                fills=(fill(100, "49.99"),),
                arrival=quote_at("50.00", "50.02"),
            )
        )
        found = summarise([*(quoted(number) for number in range(9)), resting], resamples=200)
        assert near(found.marketable.avg_slippage_bps) == 2.0
        assert near(found.all.avg_slippage_bps) == 1.4
        assert found.saved_orders == 1
        assert sum(found.histogram.counts) == 10
        assert found.orders == ()

    def test_below_five_the_orders_are_listed(self) -> None:
        assert len(summarise(SIX[:2]).orders) == 2

    def test_progress_is_told_and_a_stop_is_obeyed(self) -> None:
        seen: list[tuple[int, int]] = []
        summarise(SIX, resamples=10, progress=lambda done, total: seen.append((done, total)))
        assert seen[-1] == (6, 6)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        with pytest.raises(Stopped):
            summarise(SIX, resamples=10, stopped=lambda: len(seen) > 0)


def test_durations_of_patient_orders_and_coarse_stamps_stay_out() -> None:
    def timed(milliseconds: float, **more: Any) -> ExecutionMetrics:
        row = fill(100, "50.02", received_at=NOON + timedelta(milliseconds=milliseconds))
        base: dict[str, Any] = {"arrival": quote_at("50.00", "50.02"), "timing": Timing(sent_at=NOON)}
        return measure(facts(BUY, 100, fills=(row,), **{**base, **more}))

    quick = [timed(value) for value in (100, 200, 300)]
    patient = timed(90_000, order_type=OrderType.LIMIT, limit_price=d("49.99"))
    found = aggregate([*quick, patient])
    assert (found.avg_execution_duration_ms, found.median_duration_ms) == (200.0, 200.0)
    assert found.p95_duration_ms == pytest.approx(290.0)


def test_quality_is_weighted_by_value_and_counts_what_has_none() -> None:
    no_fee = {"commission": Decimal(0)}
    rows = [quoted(1, fill_more=no_fee), quoted(2, "50.01", fill_more=no_fee), SIX[4]]
    found = aggregate(rows)
    assert found.scored_orders == 3
    scores = [row.execution_quality for row in rows]
    weights = [float(row.ordered_notional or 0) for row in rows]
    assert found.avg_execution_quality == pytest.approx(
        sum(weight * (score or 0) for weight, score in zip(weights, scores, strict=True)) / sum(weights)
    )
