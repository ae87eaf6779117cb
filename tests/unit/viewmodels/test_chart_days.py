"""Bars of a day on the chart: they begin with the date in New York, whatever the clocks do."""

from datetime import UTC, datetime

from legend_desktop.domain.session import NEW_YORK
from legend_desktop.viewmodels.chart_series import DAY, BarSeries


def starts_of(*times: str) -> list[str]:
    series = BarSeries(DAY)
    for at in times:
        series.trade(datetime.fromisoformat(at).astimezone(UTC), 175.5, 100)
    return [bar.at.astimezone(NEW_YORK).isoformat()[:16] for bar in series.bars]


def test_a_first_trade_without_history_begins_its_date_in_new_york() -> None:
    assert starts_of("2026-11-23T15:00+00:00") == ["2026-11-23T00:00"]
    assert starts_of("2026-11-24T02:00+00:00") == ["2026-11-23T00:00"], "an evening in New York"


def test_the_next_date_begins_a_bar_over_a_weekend_and_over_a_change_of_the_clocks() -> None:
    friday, late, monday = "2026-10-30T15:00+00:00", "2026-10-31T03:30+00:00", "2026-11-02T15:00+00:00"
    assert starts_of(friday, late, monday) == ["2026-10-30T00:00", "2026-11-02T00:00"]
    assert starts_of("2026-11-01T04:30+00:00", "2026-11-02T04:30+00:00", "2026-11-02T05:30+00:00") == [
        "2026-11-01T00:00",
        "2026-11-02T00:00",
    ]
