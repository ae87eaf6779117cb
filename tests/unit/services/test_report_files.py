"""The best-execution report as HTML, CSV and JSON: what it says, that it is the same each time, and that it is safe."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from legend_desktop.domain.enums import BrokerType, OrderSide, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.resources import resource
from legend_desktop.services.report_content import FRAME, SIMULATED, BestExecution, build_report
from legend_desktop.services.report_csv import COLUMNS, csv_report
from legend_desktop.services.report_html import html_report
from legend_desktop.services.report_inputs import load_inputs
from legend_desktop.services.report_json import json_report
from legend_desktop.services.report_routing import OTHER_VENUES
from legend_desktop.services.report_seal import Seal, find_seal, format_of, seal_of
from legend_desktop.services.report_terms import ReportTerms, make_terms
from legend_desktop.services.report_verify import compare
from tests.unit.services.report_history import MONDAY, PAPER, History, month

NEEDS_NO_SCREEN = True
NOW = datetime(2026, 11, 22, tzinfo=UTC)
STYLE = "body{color:#000}"
MAKERS = {
    "html": lambda report, seal: html_report(report, seal, STYLE),
    "csv": csv_report,
    "json": json_report,
}


async def made(history: History, **wanted: object) -> tuple[BestExecution, Seal]:
    terms = make_terms(wanted.pop("mode", PAPER), NOW, **wanted)  # type: ignore[arg-type]
    report = build_report(await load_inputs(history, terms.as_of), terms)
    return report, seal_of(report)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in data.decode().splitlines(True) if not line.startswith("#")))


@pytest.mark.parametrize("kind", MAKERS)
async def test_the_same_journal_gives_the_same_bytes(kind: str) -> None:
    first, second = await made(month(60)), await made(month(60))
    assert MAKERS[kind](*first) == MAKERS[kind](*second)


@pytest.mark.parametrize("kind", MAKERS)
async def test_every_format_has_the_frame_and_a_seal_that_reads_back(kind: str) -> None:
    report, seal = await made(month(30), symbol="ko", since=date(2026, 11, 2))
    data = MAKERS[kind](report, seal)
    assert FRAME in data.decode()
    assert SIMULATED in data.decode()
    assert format_of(data) == kind
    assert find_seal(data) == seal
    assert find_seal(data).terms.symbol == "KO"


@pytest.mark.parametrize("kind", MAKERS)
async def test_an_empty_journal_is_a_report_without_orders(kind: str) -> None:
    report, seal = await made(History())
    text = MAKERS[kind](report, seal).decode()
    assert report.orders == ()
    assert report.stats.avg_slippage_bps is None
    assert find_seal(text.encode()) == seal
    if kind == "csv":
        assert rows_of(text.encode()) == []
    if kind == "html":
        assert "No order was sent in this period." in text
        assert "not known" in text


async def test_of_one_order_no_average_is_shown() -> None:
    history = History()
    history.order("LP01", "50.02")
    report, seal = await made(history)
    text = html_report(report, seal, STYLE).decode()
    assert "too few orders" in text
    assert report.stats.total_slippage_cost == 2
    (row,) = rows_of(csv_report(report, seal))
    assert (row["slippage_bps"], row["slippage_cost"], row["counted"]) == ("4", "2", "used")
    assert row["arrived_at"] == "2026-11-02T15:00:00.002000+00:00"


async def test_orders_without_a_benchmark_are_all_named_and_none_is_a_zero() -> None:
    history = History()
    for number in range(3):
        history.order(f"LP{number}", "50.02", with_quote=False)
    report, seal = await made(history)
    text = html_report(report, seal, STYLE).decode()
    assert "3 orders with fills are left out of the cost figures: no benchmark 3." in text
    assert "No order with a fill and a benchmark in this period." in text
    assert "+0.00 bp" not in text
    assert {(row["counted"], row["slippage_bps"]) for row in rows_of(csv_report(report, seal))} == {
        ("left out: no benchmark", "")
    }


async def test_what_a_broker_says_cannot_become_markup_or_a_formula() -> None:
    history = History()
    history.order("=1+2", "50.02", symbol="A<B", venue='</td><script>alert(1)</script>&"')
    report, seal = await made(history)
    page = html_report(report, seal, STYLE).decode()
    assert "<script" not in page
    assert "A&lt;B" in page
    (row,) = rows_of(csv_report(report, seal))
    assert row["client_order_id"] == "'=1+2"
    assert row["symbol"] == "A<B"
    assert json.loads(json_report(report, seal))["orders"][0]["client_order_id"] == "=1+2"


async def test_a_symbol_in_the_terms_cannot_end_the_comment_that_holds_the_seal() -> None:
    report, seal = await made(History(), symbol="--><script>)\\(")
    page = html_report(report, seal, STYLE)
    assert b"<script" not in page
    assert find_seal(page) == seal


async def test_negative_costs_stay_numbers_for_a_spreadsheet() -> None:
    history = History()
    history.order("LP01", "49.99")
    (row,) = rows_of(csv_report(*await made(history)))
    assert Decimal(row["slippage_cost"]) == -1


async def test_the_page_needs_nothing_else_and_its_charts_are_well_formed() -> None:
    report, seal = await made(month())
    text = html_report(report, seal, resource("reports/best-execution.css").read_text(encoding="utf-8")).decode()
    assert not re.search(r"(src|href)=|url\(|@import", text)
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(charts) == 3
    for chart in charts:
        ElementTree.fromstring(chart)


async def test_accounts_are_shown_by_their_end_alone() -> None:
    history = History()
    history.order("LP01", "50.02", part="alpaca:PA123456789", broker=BrokerType.ALPACA, account="PA123456789")
    report, seal = await made(history)
    for make in MAKERS.values():
        text = make(report, seal).decode()
        assert "PA12345" not in text
        assert "alpaca ending 6789" in text


async def test_all_accounts_of_the_mode_are_in_and_filters_narrow_them() -> None:
    report, _ = await made(month(90))
    assert report.accounts == ("alpaca ending 3ABC", "simulator ending 0001", "tradestation ending TS99")
    of_one, _ = await made(month(90), broker="alpaca", symbol="KO")
    assert {(row.broker, row.symbol) for row in of_one.orders} == {("alpaca", "KO")}
    whole = {row.client_order_id for row in report.orders if row.broker == "alpaca" and row.symbol == "KO"}
    assert {row.client_order_id for row in of_one.orders} == whole


async def test_the_days_of_the_period_are_both_inside() -> None:
    history = History()
    for number in range(4):
        history.order(f"LP{number}", "50.02", at=MONDAY + timedelta(days=number))
    report, _ = await made(history, since=date(2026, 11, 3), until=date(2026, 11, 4))
    assert [row.client_order_id for row in report.orders] == ["LP1", "LP2"]


async def test_what_was_learned_after_the_as_of_is_not_there() -> None:
    history = History()
    history.order("LP01", "50.02")
    history.order("LP02", "50.02", at=MONDAY + timedelta(days=1))
    before, seal = await made(history, as_of=MONDAY + timedelta(milliseconds=100))
    assert [(row.client_order_id, row.provisional) for row in before.orders] == [("LP01", True)]
    history.order("LP03", "50.02", at=MONDAY + timedelta(days=2))
    assert (await made(history, as_of=MONDAY + timedelta(milliseconds=100)))[1] == seal


async def test_the_csv_has_a_row_an_order_and_its_costs_add_up_to_the_headline() -> None:
    report, seal = await made(month())
    rows = rows_of(csv_report(report, seal))
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert len(rows) == len(report.orders) == 240
    used = [Decimal(row["slippage_cost"]) for row in rows if row["counted"] == "used"]
    assert sum(used) == report.stats.total_slippage_cost
    assert len(used) == report.stats.n_used


def test_each_column_of_the_csv_stands_in_the_help() -> None:
    text = resource("help/reports.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z0-9_]+)` \| (.+) \|$", text, re.MULTILINE)
    assert listed == [(column.name, column.meaning) for column in COLUMNS]


async def test_routing_adds_up_and_an_undisclosed_venue_is_named_so() -> None:
    report, _ = await made(month())
    (only,) = report.routing
    assert only.month == "2026-11"
    assert sum(row.orders for row in only.venues) == only.orders == 240
    assert sum(row.percent_of_orders for row in only.venues) == pytest.approx(100)
    assert sum(only.kinds.values()) == pytest.approx(100)
    for kind in only.kinds:
        assert sum(row.kinds[kind] or 0 for row in only.venues) == pytest.approx(100)
    assert sum(row.total_slippage_cost for row in only.venues) == report.stats.total_slippage_cost
    assert {"NASDAQ", "ARCA", "not disclosed by broker"} == {row.venue for row in only.venues}


async def test_beyond_ten_venues_the_small_ones_are_put_together() -> None:
    history = History()
    for number in range(130):
        history.order(f"LP{number:03d}", "50.02", venue=f"V{number % 13:02d}" if number < 52 else "V00")
    report, _ = await made(history)
    venues = report.routing[0].venues
    assert len(venues) == 11
    assert venues[-1].venue == OTHER_VENUES
    assert sum(row.orders for row in venues) == 130


async def test_the_605_summary_is_by_hand_what_it_says() -> None:
    history = History()
    history.order("LP01", "50.00", shares=100)
    history.order("LP02", "50.02", shares=300, side=OrderSide.BUY, limit="51")
    history.order("LP03", "49.99", shares=300, side=OrderSide.SELL, at=MONDAY - timedelta(hours=2))
    report, _ = await made(history)
    market = report.summary[0]
    assert (market.order_type, market.size, market.orders) == ("market", "all sizes", 1)
    assert market.average_midpoint == 50
    assert market.improvement_percent == pytest.approx(0.02)
    assert market.effective_percent == pytest.approx(0)
    assert market.quoted_percent == pytest.approx(0.04)
    assert market.at_quote_or_better_percent == market.improved_percent == 100
    limit = next(row for row in report.summary if row.order_type == "marketable_limit")
    assert limit.effective_over_quoted == pytest.approx(2)
    assert limit.improvement_percent == pytest.approx(-0.02)
    assert limit.at_quote_or_better_percent == 0
    assert sum(row.orders for row in report.summary if row.size == "all sizes") == 2


async def test_a_changed_file_and_a_changed_journal_are_told_apart() -> None:
    report, seal = await made(month(30))
    data = json_report(report, seal)
    assert compare(data, seal, data, seal).same
    forged = data.replace(b'"total_orders": 30', b'"total_orders": 31')
    assert forged != data
    found = compare(forged, seal, data, seal)
    assert not found.same
    assert "changed after it was written" in found.sentences[-1]
    history = month(30)
    history.parts["default"].logs.pop()
    other, anew = await made(history)
    found = compare(data, seal, json_report(other, anew), anew)
    assert not found.same
    assert "inputs differ" in found.sentences[0]


@pytest.mark.parametrize("data", [b"", b"plain", b"{}", b'{"seal": 3}', b"legend-desktop-report {} end-of-seal"])
def test_a_file_without_a_whole_seal_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        find_seal(data)


def test_terms_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidInput, match="before it begins"):
        make_terms(PAPER, NOW, since=date(2026, 11, 5), until=date(2026, 11, 4))
    with pytest.raises(InvalidInput, match="still to come"):
        make_terms(PAPER, NOW, as_of=NOW + timedelta(seconds=1))
    with pytest.raises(InvalidInput, match="no broker"):
        make_terms(PAPER, NOW, broker="robin")
    with pytest.raises(InvalidInput, match="zone"):
        make_terms(PAPER, NOW, as_of=datetime(2026, 11, 5))  # noqa: DTZ001  that is the case


def test_the_as_of_is_the_end_of_the_period_or_now() -> None:
    ended = make_terms(PAPER, NOW, until=date(2026, 11, 4))
    assert ended.as_of == datetime(2026, 11, 5, 5, tzinfo=UTC) == ended.ends
    assert make_terms(PAPER, NOW).as_of == NOW
    assert make_terms(TradingMode.LIVE, NOW) == ReportTerms(TradingMode.LIVE, None, date(2026, 11, 21), NOW)
