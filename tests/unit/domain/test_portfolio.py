from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.portfolio import PortfolioSummary, mark_of, summarize_portfolio
from legend_desktop.domain.position_risk import PositionRisk, assess_position
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.value_at_risk import historical_var, tail_loss
from tests.unit.domain.builders import stop_order

D = Decimal
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ACCOUNT = Account(
    account_id="PA1234",
    broker=BrokerType.SIMULATOR,
    mode=TradingMode.PAPER,
    cash=D(31_280),
    buying_power=D(60_000),
    equity=D(49_420),
    as_of=NOW,
)
POSITIONS = [
    Position("AAA", D(120), D(80), D("88.50")),
    Position("BBB", D(-60), D(150), D(141)),
    Position("CCC", D(300), D(21), D("19.80")),
    Position("DDD", D(40), D(250), D(251)),
]
STOPS = {"AAA": "84", "BBB": "156", "CCC": "18.90"}
BETAS = {"AAA": D("1.1"), "BBB": D("1.4"), "CCC": D("0.8"), "DDD": D("1.6")}


def risks() -> dict[str, PositionRisk]:
    return {
        position.symbol: assess_position(
            position,
            [stop_order(position, STOPS[position.symbol])] if position.symbol in STOPS else [],
            equity=ACCOUNT.equity,
        )
        for position in POSITIONS
    }


@pytest.fixture
def summary() -> PortfolioSummary:
    return summarize_portfolio(ACCOUNT, POSITIONS, risks(), betas=BETAS, index_price=D(640))


def two(value: Decimal | None) -> Decimal:
    assert value is not None
    return value.quantize(D("0.01"), rounding=ROUND_HALF_UP)


class TestTheWorkedExample:
    def test_value(self, summary: PortfolioSummary) -> None:
        assert summary.positions_value == 18_140
        assert summary.total_equity == summary.portfolio_value == 49_420
        assert summary.total_unrealized_pl == 1_240
        assert two(summary.total_unrealized_pl_percent) == D("3.55")
        assert summary.equity_gap_percent is None
        assert (summary.cash, summary.buying_power) == (D(31_280), D(60_000))

    def test_counts(self, summary: PortfolioSummary) -> None:
        assert [summary.total_positions, summary.long_positions, summary.short_positions] == [4, 3, 1]

    def test_gainers_and_losers(self, summary: PortfolioSummary) -> None:
        assert [(row.symbol, two(row.unrealized_pl_percent)) for row in summary.top_gainers] == [
            ("AAA", D("10.63")),
            ("BBB", D("6.00")),
            ("DDD", D("0.40")),
        ]
        assert [(row.symbol, two(row.unrealized_pl_percent)) for row in summary.top_losers] == [("CCC", D("-5.71"))]

    def test_exposure(self, summary: PortfolioSummary) -> None:
        assert (summary.long_value, summary.short_value) == (D(26_600), D(-8_460))
        assert summary.gross_exposure == 35_060
        assert two(summary.gross_exposure_percent) == D("70.94")
        assert two(summary.net_exposure_percent) == D("36.71")
        assert summary.beta_weighted == 20_654
        assert two(summary.beta_weighted_percent) == D("41.79")
        assert two(summary.index_shares) == D("32.27")

    def test_concentration(self, summary: PortfolioSummary) -> None:
        assert summary.hhi is not None
        assert round(summary.hhi, 4) == D("0.2607")
        assert two(summary.effective_positions) == D("3.84")
        assert summary.largest_symbol == "AAA"
        assert summary.largest_weight_percent is not None
        assert round(summary.largest_weight_percent, 1) == D("30.3")

    def test_heat(self, summary: PortfolioSummary) -> None:
        assert summary.heat == 540 + 900 + 270
        assert two(summary.heat_percent) == D("3.46")
        assert summary.heat_from_entry == 990
        assert two(summary.heat_from_entry_percent) == D("2.00")
        assert summary.locked_profit == 480

    def test_unprotected(self, summary: PortfolioSummary) -> None:
        (row,) = summary.unprotected
        assert (row.symbol, row.shares, row.value) == ("DDD", D(40), D(10_040))
        assert two(row.percent) == D("20.32")


def test_no_positions_are_zero_per_cent_and_no_concentration() -> None:
    summary = summarize_portfolio(ACCOUNT, [])
    assert summary.total_unrealized_pl_percent == 0
    assert summary.hhi is None
    assert summary.effective_positions is None
    assert summary.unprotected == ()


def test_without_stops_every_position_is_unprotected_and_heat_is_not_claimed() -> None:
    summary = summarize_portfolio(ACCOUNT, POSITIONS)
    assert [row.symbol for row in summary.unprotected] == ["AAA", "DDD", "BBB", "CCC"]
    assert summary.heat == 0


def test_equity_that_does_not_add_up_is_flagged() -> None:
    summary = summarize_portfolio(replace(ACCOUNT, equity=D(49_000)), POSITIONS)
    assert summary.total_equity == 49_000
    assert summary.equity_gap_percent is not None
    assert summary.equity_gap_percent > D("0.8")


def test_a_position_without_a_price_is_named_and_left_out() -> None:
    positions = [*POSITIONS[:1], Position("EEE", D(10), D(5)), replace(POSITIONS[3], mark_stale=True)]
    summary = summarize_portfolio(ACCOUNT, positions)
    assert summary.unpriced == ("EEE",)
    assert summary.stale == ("DDD",)
    assert summary.total_positions == 3
    assert summary.positions_value == D("10620") + D("10040")
    assert summary.equity_gap_percent is None


def test_a_missing_beta_leaves_the_beta_figures_out() -> None:
    summary = summarize_portfolio(ACCOUNT, POSITIONS, betas={"AAA": D(1)})
    assert summary.beta_weighted is None
    assert summary.index_shares is None


def test_at_most_five_gainers_ties_by_money_then_symbol() -> None:
    positions = [Position(name, D(5 if name == "D" else 1), D(10), D(11)) for name in "GFEDCBA"]
    summary = summarize_portfolio(ACCOUNT, positions)
    assert [row.symbol for row in summary.top_gainers] == ["D", "A", "B", "C", "E"]


class TestMark:
    quote = Quote("X", D(10), D("10.02"), None, None, D("9.90"), NOW)

    def test_the_brokers_price_comes_first(self) -> None:
        assert mark_of(D(11), self.quote, NOW) == (D(11), False)

    def test_then_a_fresh_mid(self) -> None:
        assert mark_of(None, self.quote, NOW + timedelta(seconds=5)) == (D("10.01"), False)

    def test_then_the_last_trade_as_stale(self) -> None:
        assert mark_of(None, self.quote, NOW + timedelta(seconds=6)) == (D("9.90"), True)

    def test_nothing_is_none(self) -> None:
        assert mark_of(None, None, NOW) == (None, False)


class TestValueAtRisk:
    returns = (
        -3.1,
        -2.2,
        -1.9,
        -1.4,
        -1.2,
        -0.9,
        -0.7,
        -0.4,
        -0.2,
        0,
        0.1,
        0.3,
        0.4,
        0.6,
        0.7,
        0.9,
        1.1,
        1.3,
        1.8,
        2.4,
    )

    @pytest.mark.parametrize(("confidence", "var", "es", "k"), [(0.95, 3.1, 3.1, 1), (0.90, 2.2, 2.65, 2)])
    def test_worked_numbers(self, confidence: float, var: float, es: float, k: int) -> None:
        loss = tail_loss(self.returns, confidence)
        assert loss.value_at_risk == pytest.approx(var)
        assert loss.expected_shortfall == pytest.approx(es)
        assert loss.worst_days == k

    def test_a_hundred_days_at_95_per_cent_take_five_not_six(self) -> None:
        assert tail_loss([float(day) for day in range(100)], 0.95).worst_days == 5

    def test_holdings_are_summed_before_sorting(self) -> None:
        days = [0.01] * 59 + [-0.05]
        result = historical_var({"A": 1000.0, "B": -1000.0}, {"A": days, "B": days}, 10_000.0)
        assert result is not None
        assert result.var_money == pytest.approx(0)
        assert result.days == 60

    def test_only_the_last_days_count(self) -> None:
        result = historical_var({"A": 1000.0}, {"A": [-0.5] * 10 + [0.01] * 250}, 1000.0)
        assert result is not None
        assert result.days == 250
        assert result.var_percent == result.es_percent == pytest.approx(-1)
        assert result.es_money == pytest.approx(-10)

    def test_what_has_a_short_history_is_left_out_and_named(self) -> None:
        result = historical_var({"A": 1000.0, "NEW": 500.0}, {"A": [-0.01] * 60, "NEW": [0.1]}, 1000.0)
        assert result is not None
        assert result.left_out == ("NEW",)
        assert result.var_money == pytest.approx(10.0)

    def test_nothing_known_is_none(self) -> None:
        assert historical_var({"A": 1.0}, {}, 1000.0) is None
        assert historical_var({"A": 1.0}, {"A": [0.0] * 60}, 0.0) is None
