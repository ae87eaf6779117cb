"""Quotes of one exchange alone: every figure that rests on them says so."""

from datetime import timedelta

from legend_desktop.analytics.aggregate import aggregate
from legend_desktop.analytics.benchmarks import BenchmarkKind
from legend_desktop.analytics.facts import Timing
from legend_desktop.analytics.measure import PARTIAL_QUOTE, measure
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.feeds import feed_note, is_partial
from legend_desktop.services.report_content import build_report
from legend_desktop.services.report_html import html_report
from legend_desktop.services.report_inputs import InputHashes, ReportInputs
from legend_desktop.services.report_seal import seal_of
from legend_desktop.services.report_terms import make_terms
from legend_desktop.viewmodels.execution_quality_cards import feeds_words
from tests.unit.analytics.builders import BUY, NOON, facts, fill, quote_at


def measured(number: int, source: str, bid: str | None = "50.00", last: str | None = None) -> ExecutionMetrics:
    at = NOON + timedelta(minutes=number)
    last_price = fill(1, last).price if last is not None else None
    return measure(
        facts(
            BUY,
            100,
            client_order_id=f"LP{number:04d}",
            fills=(fill(100, "50.02"),),
            arrival=quote_at(bid, "50.02", at=at, source=source, last=last_price),
            timing=Timing(sent_at=at),
        )
    )


def page(*records: ExecutionMetrics) -> str:
    inputs = ReportInputs(records, InputHashes("", "", ""))
    report = build_report(inputs, make_terms(TradingMode.PAPER, NOON + timedelta(hours=1)))
    return html_report(report, seal_of(report), "").decode().replace("\u202f", " ")


def test_an_order_measured_against_iex_quotes_is_flagged() -> None:
    record = measured(1, "iex")
    assert record.quote_feed == "iex"
    assert PARTIAL_QUOTE in record.flags


def test_a_last_trade_of_iex_in_the_place_of_a_mid_is_flagged_too() -> None:
    record = measured(1, "iex", bid=None, last="50.01")
    assert record.benchmark_kind is BenchmarkKind.LAST_TRADE
    assert PARTIAL_QUOTE in record.flags


def test_quotes_of_the_whole_market_and_made_up_ones_are_not_flagged() -> None:
    for source in ("sip", "simulator", ""):
        record = measured(1, source)
        assert record.quote_feed == source
        assert PARTIAL_QUOTE not in record.flags


def test_an_order_without_a_quote_names_no_feed() -> None:
    assert measure(facts(BUY, 100, fills=(fill(100, "50.02"),))).quote_feed == ""


def test_the_figures_count_how_many_rest_on_one_exchange() -> None:
    stats = aggregate([measured(1, "iex"), measured(2, "sip"), measured(3, "iex")])
    assert stats.partial_quote_orders == 2
    assert stats.partial_feeds == ("iex",)
    assert feeds_words(stats) == "2 on IEX quotes"
    assert feeds_words(aggregate([measured(1, "iex")])) == "IEX quotes"
    assert feeds_words(aggregate([measured(1, "sip")])) == ""


def test_the_report_says_it_above_and_beside_the_order() -> None:
    text = page(measured(1, "iex"), measured(2, "sip"))
    assert "1 order is measured against IEX quotes, not the national best quote." in text
    assert text.count("market, IEX quotes</td>") == 2  # among the dearest and in the list of all
    assert "national best" not in page(measured(2, "sip"))


def test_the_note_of_a_feed_says_what_it_is_not() -> None:
    assert "not the national best quote" in feed_note("iex")
    assert feed_note("sip") == feed_note("simulator") == ""
    assert is_partial("boats")
    assert not is_partial("delayed_sip")
