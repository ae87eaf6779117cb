"""Bars: built from trades, joined to a made-up past that leads to the opening price."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from legend_desktop.brokers.simulator.bars import BarBuilder
from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.session import NEW_YORK
from tests.fakes.clock import FakeClock
from tests.unit.brokers.simulator.rig import d, rig

SECOND = 1_000_000


def test_a_bar_has_open_high_low_close_volume_and_vwap() -> None:
    builder = BarBuilder()
    for second, units, shares in ((0, 1_000_000, 100), (10, 1_020_000, 100), (20, 990_000, 200), (59, 1_010_000, 100)):
        builder.add(second * SECOND, units, shares)
    builder.add(60 * SECOND, 1_030_000, 50)
    first, second_bar = (bar.to_bar("AAPL") for bar in builder.series(60))
    assert (first.open, first.high, first.low, first.close) == (d(100), d(102), d(99), d(101))
    assert (first.volume, first.vwap) == (d(500), d("100.2"))
    assert second_bar.start - first.start == timedelta(seconds=60)
    assert len(builder.series(5)) == 5
    assert [bar.volume for bar in builder.series(300)] == [550]


@pytest.mark.parametrize("seconds", [0, -60, 7, 61, 90])
def test_odd_lengths_are_refused(seconds: int) -> None:
    with pytest.raises(NotSupported, match="whole minutes"):
        BarBuilder().series(seconds)


async def test_the_chart_has_a_past_that_ends_at_the_opening_price() -> None:
    async with rig() as made:
        bars = await made.broker.get_bars("AAPL", 60, 120)
        assert len(bars) == 120
        assert bars[-1].close == d("175.50")
        assert bars[-1].start + timedelta(minutes=1) == made.clock.now()
        assert all(after.start - before.start == timedelta(minutes=1) for before, after in pairwise(bars))
        assert all(before.close == after.open for before, after in pairwise(bars))
        assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
        assert bars == await made.broker.get_bars("AAPL", 60, 120)
        await made.trade(175.6, 300)
        latest = (await made.broker.get_bars("AAPL", 60, 1))[0]
        assert (latest.start, latest.close, latest.volume) == (made.clock.now(), d("175.6"), d(300))
        assert len(await made.broker.get_bars("AAPL", 3_600, 100)) == 9
        assert await made.broker.get_bars("AAPL", 60, 0) == []


async def test_a_year_of_days_ends_with_the_previous_close_and_today() -> None:
    async with rig() as made:
        await made.trade(175.6)
        days = await made.broker.get_bars("AAPL", 86_400, 1_000)
        quote = await made.broker.get_quote("AAPL")
        assert len(days) == 251
        assert days[-2].close == quote.previous_close
        assert days[-1].close == d("175.6")
        assert all(day.start.astimezone(NEW_YORK).hour == 0 for day in days[:-1])
        assert {day.start.astimezone(NEW_YORK).weekday() for day in days[:-1]} == {0, 1, 2, 3, 4}
        assert days[-1].start == datetime(2026, 11, 23, 5, tzinfo=UTC), "midnight in New York"


def test_a_day_is_a_date_in_new_york_also_late_at_night_and_when_the_clocks_change() -> None:
    builder = BarBuilder()
    # 31 October, 23:59 in New York; 1 November 00:00, then 23:59, an hour later than 24 hours on; 2 November 00:00
    for at in ("2026-11-01T03:59", "2026-11-01T04:00", "2026-11-02T04:59", "2026-11-02T05:00"):
        builder.add(round(datetime.fromisoformat(f"{at}+00:00").timestamp()) * SECOND, 1_000_000, 100)
    days = [bar.to_bar("AAPL") for bar in builder.series(86_400)]
    assert [(day.start.astimezone(NEW_YORK).isoformat()[:16], day.volume) for day in days] == [
        ("2026-10-31T00:00", d(100)),
        ("2026-11-01T00:00", d(200)),
        ("2026-11-02T00:00", d(100)),
    ]


async def test_a_start_on_monday_night_makes_no_sunday_out_of_the_made_up_hours_before_it() -> None:
    async with rig(clock=FakeClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))) as made:
        await made.trade(175.6)
        days = [bar.start.astimezone(NEW_YORK).date() for bar in await made.broker.get_bars("AAPL", 86_400, 3)]
        assert [day.isoformat() for day in days] == ["2026-11-19", "2026-11-20", "2026-11-23"]
