from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain import formatting as f

D = Decimal
T = "\u202f"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f.format_money(D("104486.29")), "$104,486.29"),
        (f.format_money(D("-537.08")), "−$537.08"),
        (f.format_money(D("5"), signed=True), "+$5.00"),
        (f.format_money(D("-0.004"), signed=True), "$0.00"),
        (f.format_money(D("1.005")), "$1.01"),
        (f.format_money(D("-1.005")), "−$1.01"),
        (f.format_money(D("119002.56"), cents=False), "$119,003"),
        (f.format_money(D("999.994"), cents=False), "$999.99"),
        (f.format_money(D("1234.5"), symbol=False), "1,234.50"),
        (f.format_money(None), "—"),
        (f.format_money(float("nan")), "—"),
        (f.format_price(D("175.5")), "175.50"),
        (f.format_price(D("0.5")), "0.5000"),
        (f.format_price(D("12.3"), D("0.05")), "12.30"),
        (f.format_price(D("12.345"), D("0.005")), "12.345"),
        (f.format_price(D("100"), D("1")), "100.00"),
        (f.format_price(D("175.5234"), places=4), "175.5234"),
        (f.format_price(None), "—"),
        (f.format_distance(D("0.9")), "0.90"),
        (f.format_distance(D("0.895")), "0.8950"),
        (f.format_distance(D("0.9000"), D("0.01")), "0.90"),
        (f.format_distance(D("0.9"), D("0.0001")), "0.9000"),
        (f.format_distance(None), "—"),
        (f.format_percent(D("0.25")), f"0.25{T}%"),
        (f.format_percent(D("25.00"), trim=True), f"25{T}%"),
        (f.format_percent(D("100"), 0, trim=True), f"100{T}%"),
        (f.format_percent(D("-11.428")), f"−11.43{T}%"),
        (f.format_percent(1.5, signed=True), f"+1.50{T}%"),
        (f.format_percent(None), "—"),
        (f.format_bps(D("0.765")), "+0.77 bp"),
        (f.format_bps(-0.613), "−0.61 bp"),
        (f.format_bps(0.7, 1, signed=False), "0.7 bp"),
        (f.format_bps(2, unit=False), "+2.00"),
        (f.format_bps(None), "—"),
        (f.format_r(D("1.44")), "+1.44"),
        (f.format_r(D("-0.5"), unit=True), "−0.50 R"),
        (f.format_r(0), "0.00"),
        (f.format_r(D("2.079"), signed=False, unit=True), "2.08 R"),
        (f.format_score(87.25), "87.3"),
        (f.format_shares(D("1116")), "1,116"),
        (f.format_shares(D("-60")), "60"),
        (f.format_shares(D("1.78500")), "1.785"),
        (f.format_shares(D("1E+3")), "1,000"),
        (f.format_shares(None), "—"),
        (f.format_of(D(25), D(60)), "25 of 60"),
        (f.format_count(9_999), "9,999"),
        (f.format_count(12_400), "12.4k"),
        (f.format_count(None), "—"),
        (f.format_duration_ms(3.24), "3.2 ms"),
        (f.format_duration_ms(9.96), "10 ms"),
        (f.format_duration_ms(212), "212 ms"),
        (f.format_duration_ms(999.6), "1.00 s"),
        (f.format_duration_ms(2960), "2.96 s"),
        (f.format_duration_ms(59_999), "1 min"),
        (f.format_duration_ms(3_605_000), "1 h"),
        (f.format_duration_ms(245_000), "4 min 5 s"),
        (f.format_duration_ms(20_820_000), "5 h 47 min"),
        (f.format_duration_ms(-5), "−5.0 ms"),
        (f.format_duration_ms(None), "—"),
        (f.format_age(timedelta(seconds=12.9)), "12 s"),
        (f.format_age(timedelta(seconds=-4)), "0 s"),
        (f.format_age(timedelta(days=2, hours=3)), "2 d 3 h"),
        (f.format_age(timedelta(seconds=60)), "60 s"),
        (f.format_age(timedelta(seconds=100)), "1 min 40 s"),
        (f.format_age(timedelta(hours=25)), "1 d 1 h"),
        (f.format_age(None), "—"),
        (f.plain(D("1E+2")), "100"),
        (f.plain(D("175.50")), "175.5"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    assert text == expected


def test_times_are_the_exchanges() -> None:
    at = datetime(2026, 11, 23, 15, 42, 17, 301_900, tzinfo=UTC)
    assert f.format_exchange_time(at) == "10:42:17"
    assert f.format_exchange_time(at, milliseconds=True) == "10:42:17.301"
    assert f.format_table_time(at) == "23 Nov 10:42"
    assert f.format_exchange_time(None) == f.format_table_time(None) == "—"


def test_dates() -> None:
    assert f.format_date(date(2026, 11, 23)) == "Mon 23 Nov 2026"
    assert f.format_day(date(2026, 11, 24)) == "Tuesday 24 Nov"
    assert f.format_date(None) == "—"


def test_numbers_beyond_the_decimal_context_are_still_written() -> None:
    assert f.format_money(D(10) ** 30).startswith("$1,000,000")


@pytest.mark.parametrize(("step", "places"), [("1", 0), ("0.01", 2), ("0.0500", 2), ("10", 0), ("1E-9", 9)])
def test_decimals_of_a_step(step: str, places: int) -> None:
    assert f.decimals_of(D(step)) == places
