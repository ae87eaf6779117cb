"""From Alpaca's JSON to the domain: exact numbers, every tolerance, both shapes of the account."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.alpaca import parse
from legend_desktop.brokers.alpaca.enums import ENDED_WORDS, STATES, state_of
from legend_desktop.brokers.alpaca.payloads import (
    AccountRow,
    AssetRow,
    ClockRow,
    OrderRow,
    PositionRow,
    Unreadable,
    decode,
)
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from tests.unit.brokers.alpaca.samples import NOW, order_row, plain, raw

S = OrderState


def read(kind: Any, **fields: Any) -> Any:
    return decode(json.dumps(fields).encode(), kind)


def test_an_order_keeps_every_digit_and_its_instant() -> None:
    row = order_row(type="limit", limit_price="182.40", filled_qty="5.123456789", filled_avg_price="182.39", qty=12.5)
    report = parse.order_report(row, NOW)
    assert report.terms.limit_price == Decimal("182.4")
    assert report.filled_quantity == Decimal("5.123456789")
    assert report.terms.quantity == Decimal("12.5")
    assert report.entered_at == datetime(2026, 11, 23, 15, 2, 11, 412004, tzinfo=UTC)
    assert report.client_order_id == "LPA1000000000000000042"


def test_a_json_number_keeps_digits_that_no_float_has() -> None:
    row = decode(b'{"id":"a","qty":122011.09751111286868,"filled_qty":"1e2"}', OrderRow)
    assert (row.qty, row.filled_qty) == (Decimal("122011.09751111286868"), Decimal(100))


@pytest.mark.parametrize("nothing", [None, "", "n/a", {}, [], True])
def test_a_value_that_fits_no_number_is_missing_and_costs_nothing_else(nothing: Any) -> None:
    row = order_row(limit_price=nothing, trail_price=nothing, filled_qty=nothing)
    assert (row.limit_price, row.filled_qty, row.qty, row.symbol) == (None, None, Decimal(12), "AAPL")
    assert parse.order_report(row, NOW).filled_quantity == 0


def test_not_a_number_is_no_number() -> None:
    row = order_row(filled_qty="NaN", filled_avg_price="Infinity", qty="12")
    report = parse.order_report(row, NOW)
    assert (report.filled_quantity, report.average_fill_price) == (Decimal(0), None)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1,2", b'"text"', b"17", b"\xff\xfe"])
def test_what_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body, OrderRow)
    with pytest.raises(Unreadable):
        decode(b'{"rows":[]}', list[OrderRow])


@given(
    st.dictionaries(
        st.sampled_from(sorted(plain("order"))),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(st.integers(), max_size=2)),
        max_size=12,
    )
)
def test_any_values_in_any_fields_are_read_or_said_to_be_unreadable(changes: dict[str, Any]) -> None:
    with suppress(Unreadable):
        parse.order_report(order_row(**changes), NOW)


@pytest.mark.parametrize("name", ["account", "account_before_july_2026"])
def test_trap_5_both_shapes_of_the_account_are_read(name: str) -> None:
    account = parse.account(decode(raw(name), AccountRow), TradingMode.PAPER, NOW)
    assert account.buying_power == Decimal("165062.6")
    assert account.overnight_buying_power == Decimal("160000.1")
    assert account.day_pl == Decimal("692.43")
    assert account.margin_multiplier == 2
    assert not account.pattern_day_trader


def test_an_account_without_buying_power_is_unreadable_and_never_zero() -> None:
    fields = plain("account") | {"buying_power": None}
    with pytest.raises(Unreadable):
        parse.account(read(AccountRow, **fields), TradingMode.PAPER, NOW)


def test_a_blocked_account_says_so() -> None:
    assert parse.blocks(decode(raw("account"), AccountRow)) == ()
    row = read(AccountRow, id="a", status="SOMETHING_NEW", trading_blocked=True, trade_suspended_by_user=True)
    assert len(parse.blocks(row)) == 3
    assert "SOMETHING_NEW" in parse.blocks(row)[0]


def test_a_short_position_is_below_zero_and_a_missing_mark_is_missing() -> None:
    long, short = (parse.position(row, NOW) for row in decode(raw("positions"), list[PositionRow]))
    assert (long.quantity, long.avg_entry_price) == (Decimal(12), Decimal("182.3958333333"))
    assert long.mark == 183
    assert short.quantity == -1000
    assert short.mark is None
    assert short.unrealized_pl is None


def test_the_sign_of_a_position_is_its_side_and_a_contradiction_is_seen() -> None:
    short = read(PositionRow, symbol="X", side="short", qty="10", avg_entry_price="5")
    odd = read(PositionRow, symbol="X", side="long", qty="-10", avg_entry_price="5")
    assert parse.position(short, NOW).quantity == -10
    assert parse.position(odd, NOW).quantity == 10
    assert parse.signs_disagree(odd)
    assert not parse.signs_disagree(short)


@pytest.mark.parametrize("word", sorted(STATES))
def test_trap_3_every_documented_status_has_a_state(word: str) -> None:
    state = parse.order_report(order_row(status=word), NOW).state
    assert state is not None
    assert state.is_terminal == (word in ENDED_WORDS)


@pytest.mark.parametrize(
    ("word", "filled", "state"),
    [
        ("held", "0", S.ACCEPTED),
        ("pending_cancel", "0", S.ACCEPTED),
        ("pending_replace", "5", S.PARTIAL),
        ("done_for_day", "5", S.PARTIAL),
        ("canceled", "5", S.CANCELED),
        ("suspended", "0", S.WORKING),
        ("new", "5", S.PARTIAL),
        ("brand_new_word", "0", None),
        ("", "0", None),
    ],
)
def test_a_status_word_means_what_it_proves(word: str, filled: str, state: OrderState | None) -> None:
    report = parse.order_report(order_row(status=word, filled_qty=filled), NOW)
    assert (report.state, report.status_text) == (state, word)
    assert state_of(word, filled=filled != "0") is state


def test_words_that_nobody_knows_are_read_from_the_prices() -> None:
    row = order_row(
        type="pegged", order_type="", side="sell_short", time_in_force="gtd", stop_price="170", limit_price="169"
    )
    terms = parse.order_report(row, NOW).terms
    assert (terms.order_type, terms.side, terms.time_in_force) == (
        OrderType.STOP_LIMIT,
        OrderSide.SELL,
        TimeInForce.GTC,
    )


def test_empty_words_of_a_spread_of_options_are_unreadable_and_never_a_buy() -> None:
    row = order_row(side="", symbol="", type="", position_intent="", order_class="mleg")
    with pytest.raises(Unreadable):
        parse.order_report(row, NOW)


def test_a_trailing_stop_shows_its_moving_price_beside_its_terms() -> None:
    row = order_row(
        type="trailing_stop", side="sell", trail_price="2.5", hwm="183.02", stop_price="180.52", status="new"
    )
    report = parse.order_report(row, NOW)
    assert report.terms.problems() == ()
    assert (report.terms.trail_amount, report.working_stop_price) == (Decimal("2.5"), Decimal("180.52"))
    by_percent = order_row(type="trailing_stop", trail_price=None, trail_percent="1.5", stop_price="180.2747")
    assert parse.order_report(by_percent, NOW).terms.trail_percent == Decimal("1.5")


def test_an_order_in_dollars_has_its_shares_once_it_fills() -> None:
    waiting = parse.order_report(order_row(notional="500.75", qty=None, status="new"), NOW)
    assert "500.75 dollars" in waiting.reason
    filled = order_row(
        notional="500.75", qty=None, filled_qty="2.741282094", filled_avg_price="182.67", status="filled"
    )
    assert parse.order_report(filled, NOW).terms.quantity == Decimal("2.741282094")


def test_a_filled_successor_had_what_it_filled_whatever_total_it_shows() -> None:
    report = parse.order_report(order_row(qty="100", filled_qty="70", filled_avg_price="10", status="filled"), NOW)
    assert report.terms.quantity == report.filled_quantity == 70


def test_a_bracket_names_its_legs_and_an_oco_has_no_entry() -> None:
    (entry, place), (target, target_place), (stop, stop_place) = parse.flatten([order_row("bracket")])
    assert place is not None
    assert target_place is not None
    assert stop_place is not None
    assert (place.role, place.parent_id) == (OrderRole.ENTRY, None)
    assert [(row.role, row.parent_id, row.oco_group) for row in (target_place, stop_place)] == [
        (OrderRole.TARGET, entry.id, entry.id),
        (OrderRole.STOP, entry.id, entry.id),
    ]
    assert (target.limit_price, stop.stop_price) == (Decimal(190), Decimal(178))
    pair = [place for _, place in parse.flatten([order_row("oco")])]
    assert [(row.role, row.parent_id, bool(row.oco_group)) for row in pair if row is not None] == [
        (OrderRole.TARGET, None, True),
        (OrderRole.STOP, None, True),
    ]


def test_the_clock_needs_its_one_word() -> None:
    told = {"timestamp": "2026-11-23T10:02:11.4-05:00", "is_open": True, "next_close": "2026-11-23T16:00:00-05:00"}
    clock = parse.market_clock(read(ClockRow, **told), NOW)
    assert clock.timestamp == datetime(2026, 11, 23, 15, 2, 11, 400000, tzinfo=UTC)
    assert clock.next_close == datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    with pytest.raises(Unreadable):
        parse.market_clock(read(ClockRow, timestamp="now"), NOW)


@pytest.mark.parametrize(
    ("borrow", "shortable"),
    [
        ({"borrow_status": "easy_to_borrow", "easy_to_borrow": False}, True),
        ({"borrow_status": "hard_to_borrow"}, False),
        ({"easy_to_borrow": False}, False),
        ({}, True),
    ],
)
def test_an_asset_is_shortable_by_the_field_that_stays(borrow: dict[str, Any], shortable: bool) -> None:
    row = read(AssetRow, symbol="AAPL", status="active", tradable=True, shortable=True, fractionable=True, **borrow)
    instrument = parse.instrument(row)
    assert (instrument.shortable, instrument.fractionable, instrument.tick) == (shortable, True, Decimal("0.01"))
    assert not parse.instrument(read(AssetRow, symbol="AAPL", status="inactive", tradable=True)).tradable
