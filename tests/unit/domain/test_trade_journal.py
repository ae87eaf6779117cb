from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.records import RoundTripRecord, TradeNote
from legend_desktop.domain.trade_journal import (
    JournalTrade,
    Outcome,
    TradeFilter,
    by_day,
    equity_curve,
    outcome_of,
    parse_tags,
    with_notes,
)

D = Decimal
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def trip(
    number: int, money: str = "10", risk: str | None = "100", *, symbol: str = "AAPL", hours: float = 0, **more: object
) -> RoundTripRecord:
    """A trade of an hour, ``number`` in its ids; ``hours`` after Monday 10:00 in New York."""
    opened = MONDAY + timedelta(hours=hours)
    row = RoundTripRecord(
        symbol,
        OrderSide.BUY,
        opened,
        D(10),
        D(100),
        ((f"in{number}", D(10)), (f"out{number}", D(10))),
        opened + timedelta(hours=1),
        D(101),
        D(money),
        D(1),
        None if risk is None else D(risk),
    )
    return replace(row, **more)  # type: ignore[arg-type]


def note(key: str, *, text: str = "Chased.", tags: tuple[str, ...] = (), **more: object) -> TradeNote:
    row = TradeNote(key, "AAPL", MONDAY, text, tags, MONDAY)
    return replace(row, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("", ()),
        ("  late , Chased #late;opening ", ("chased", "late", "opening")),
        ("#earnings#gap", ("earnings", "gap")),
        ("über-trade a+b 2.5r ...", ("2.5r", "a+b", "über-trade")),
        ("x" * 40, ("x" * 24,)),
        ("!!! <b>", ("b",)),
    ],
)
def test_tags_are_single_words(typed: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(typed) == tags
    assert parse_tags(" ".join(tags)) == tags


@given(st.text(max_size=80))
def test_what_was_read_as_tags_reads_the_same_again(typed: str) -> None:
    tags = parse_tags(typed)
    assert parse_tags(", ".join(tags)) == tags
    assert len(tags) <= 12
    assert all(tag and not set(tag) & set(" ,;#\n") for tag in tags)


def test_a_note_finds_its_trade() -> None:
    first, second = trip(1), trip(2, hours=5)
    rows = with_notes([first, second], [note("in2", text="Second.", tags=("late",)), note("in9", symbol="MSFT")])
    assert [(row.text, row.tags, row.note_keys) for row in rows] == [("", (), ()), ("Second.", ("late",), ("in2",))]


def test_a_note_follows_its_trade_when_an_earlier_fill_turns_up() -> None:
    late = trip(1, parts=(("in0", D(5)), ("in1", D(5)), ("out1", D(10))), opened_at=MONDAY - timedelta(minutes=3))
    (row,) = with_notes([late], [note("in1", text="Seen before."), note("in0", text="Newer.", tags=("late",))])
    assert (row.text, row.tags) == ("Seen before.\n\nNewer.", ("late",))
    assert row.note_keys == ("in1", "in0")
    (other,) = with_notes([replace(late, closed_at=MONDAY - timedelta(minutes=1))], [note("in1")])
    assert other.text == ""


def test_filters_join() -> None:
    won = JournalTrade(trip(1), "Good entry", ("trend",))
    lost = JournalTrade(trip(2, "-20", symbol="MSFT", hours=24, side=OrderSide.SELL))
    still = JournalTrade(trip(3, hours=48, closed_at=None, profit=None, exit_price=None))
    rows = [won, lost, still]

    def kept(**wanted: object) -> list[str]:
        return [row.key for row in rows if TradeFilter(**wanted).keeps(row)]  # type: ignore[arg-type]

    assert kept() == ["in1", "in2", "in3"]
    assert kept(outcome=Outcome.WON) == ["in1"]
    assert kept(outcome=Outcome.OPEN) == ["in3"]
    assert kept(side=OrderSide.SELL) == ["in2"]
    assert kept(tag="trend") == ["in1"]
    assert kept(noted=True) == ["in1"]
    assert kept(words="ENTRY aapl") == ["in1"]
    assert kept(words="entry msft") == []
    assert kept(first=date(2026, 11, 24)) == ["in2", "in3"]
    assert kept(first=date(2026, 11, 24), last=date(2026, 11, 24)) == ["in2"]
    assert kept(words="aapl", outcome=Outcome.OPEN) == ["in3"]
    assert outcome_of(JournalTrade(trip(4, "0"))) is Outcome.EVEN


def test_days_sum_what_ended_on_them_in_new_york() -> None:
    rows = [
        JournalTrade(trip(1, "150", hours=-24)),
        JournalTrade(trip(2, "-50")),
        JournalTrade(trip(3, "30", None, hours=3)),
        JournalTrade(trip(4, "7", None, hours=13)),  # ends on Tuesday, 00:00 in New York
        JournalTrade(trip(5, hours=2, closed_at=None)),
    ]
    days = by_day(rows)
    assert list(days) == [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)]
    monday = days[date(2026, 11, 23)]
    assert (monday.trades, monday.r, monday.without_r, monday.money) == (2, D("-0.5"), 1, D(-20))
    assert days[date(2026, 11, 24)].r is None


def test_the_curve_of_a_hand_counted_list() -> None:
    moneys = ["240", "-100", "-100", "80", "-115", "310", "-40", "160", "-100", "0"]
    rows = [JournalTrade(trip(number, money, hours=number)) for number, money in enumerate(moneys)]
    curve = equity_curve(reversed(rows), in_r=True)
    assert [point.total for point in curve.points] == [
        D(text) for text in ("2.4", "1.4", "0.4", "1.2", "0.05", "3.15", "2.75", "4.35", "3.35", "3.35")
    ]
    assert curve.deepest == D("-2.35")
    assert (curve.peak_at, curve.trough_at) == (rows[0].at, rows[4].at)
    assert curve.points[-1].drawdown == D(-1)
    money = equity_curve([*rows, JournalTrade(trip(90, "50", None, hours=90))], in_r=False)
    assert money.points[-1].total == D(385)
    assert equity_curve([JournalTrade(trip(1, "50", None))], in_r=True).left_out == 1


def test_a_curve_that_begins_with_a_loss_falls_from_the_start() -> None:
    curve = equity_curve([JournalTrade(trip(1, "-30"))], in_r=False)
    assert (curve.deepest, curve.peak_at, curve.trough_at) == (D(-30), None, MONDAY + timedelta(hours=1))
    assert equity_curve([], in_r=True).points == ()


@given(st.lists(st.decimals(-1000, 1000, places=2), max_size=30))
def test_the_curve_ends_at_the_sum_and_never_stands_above_its_best(moneys: list[Decimal]) -> None:
    rows = [JournalTrade(trip(number, str(money), hours=number)) for number, money in enumerate(moneys)]
    curve = equity_curve(rows, in_r=False)
    totals = [D(0), *(point.total for point in curve.points)]
    assert totals[-1] == sum(moneys, D(0)) == sum((day.money for day in by_day(rows).values()), D(0))
    assert all(point.drawdown <= 0 for point in curve.points)
    falls = [after - before for place, before in enumerate(totals) for after in totals[place:]]
    assert curve.deepest == min(falls)
