"""What is written reads back equal."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import OrderQuote
from legend_desktop.store import rows
from legend_desktop.store.batch import Batch, batch_from_json, batch_to_json
from legend_desktop.store.codec import Exact, Units, event_from_body, event_to_body, from_us, to_us
from tests.unit.store import samples


@given(samples.events)
def test_an_event_reads_back_equal(event: OrderEvent) -> None:
    assert event_from_body(event_to_body(event)) == event


@given(samples.intents)
def test_an_intent_reads_back_equal(intent: OrderIntent) -> None:
    event = OrderEvent(intent.client_order_id, OrderEventKind.CREATED, intent.created_at, intent=intent)
    assert event_from_body(event_to_body(event)).intent == intent


@given(samples.executions)
def test_an_execution_row_reads_back_equal(execution: Any) -> None:
    row = rows.execution_row(1, 2, execution)
    assert len(row) == len(rows.EXECUTION_COLUMNS)
    assert rows.execution_from_row(row) == execution
    assert all(-(2**63) <= cell < 2**63 for cell in row if isinstance(cell, int))


@given(samples.order_quotes)
def test_a_quote_row_reads_back_equal(kept: OrderQuote) -> None:
    row = rows.quote_row(7, kept)
    assert len(row) == len(rows.QUOTE_COLUMNS)
    assert rows.quote_from_row(kept.client_order_id, row) == kept


@given(samples.positions)
def test_a_position_row_reads_back_equal(position: Position) -> None:
    row = rows.position_row(3, position)
    assert len(row) == len(rows.POSITION_COLUMNS)
    assert rows.position_from_row(row) == position


@given(samples.amounts)
def test_a_value_beyond_micro_units_keeps_its_exact_text(value: Decimal) -> None:
    units = Units()
    kept = units.must("qty_u", value)
    assert Exact(units.exact).must("qty_u", kept) == value


def test_values_in_micro_units_need_no_exact_text() -> None:
    units = Units()
    assert units.must("px_u", Decimal("175.505001")) == 175_505_001
    assert units.exact is None


def test_a_quantity_beyond_64_bits_is_kept_exactly() -> None:
    units = Units()
    assert units.must("qty_u", Decimal("1e20")) == 2**63 - 1
    assert Exact(units.exact).must("qty_u", 2**63 - 1) == Decimal("1e20")


@pytest.mark.parametrize("value", [1.5, 3, "2", None])
def test_only_decimals_become_units(value: object) -> None:
    with pytest.raises(TypeError, match="stored from Decimal"):
        Units().must("px_u", cast(Decimal, value))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_only_finite_values_are_stored(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        Units().must("px_u", Decimal(text))


@given(samples.times)
def test_a_time_reads_back_equal(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_a_time_of_another_zone_is_stored_as_utc() -> None:
    there = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert from_us(to_us(there)).isoformat() == "2026-11-23T15:00:00+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001
    with pytest.raises(ValueError, match="needs a zone"):
        to_us(naive)
    with pytest.raises(ValueError, match="needs a zone"):
        event_to_body(OrderEvent("x", OrderEventKind.SENT, naive))


def test_a_body_of_a_later_version_is_read_with_what_is_known() -> None:
    body = event_to_body(samples.created()).replace('"raw"', '"new_field":1,"raw"')
    assert event_from_body(body) == samples.created()


@pytest.mark.parametrize("body", ["", "{", "[]", '{"client_order_id":"x"}'])
def test_a_broken_body_is_said(body: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        event_from_body(body)


@given(st.lists(samples.events, max_size=3), st.lists(samples.order_quotes, max_size=2), samples.texts)
def test_a_spooled_batch_reads_back_equal(events: list[OrderEvent], kept: list[OrderQuote], value: str) -> None:
    batch = Batch(
        events=tuple(events), quotes=tuple(kept), verdicts={"a": ("one", "two")}, settings={"trading.lock": value}
    )
    assert batch_from_json(batch_to_json(batch)) == batch
