"""One id for one fill, from the stream, from the activities, and after a restart."""

import itertools
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.alpaca.fills import FillBook, StreamFill, execution_id
from legend_desktop.brokers.alpaca.payloads import ActivityRow, decode
from legend_desktop.domain.enums import ExecutionKind
from legend_desktop.domain.executions import Execution, filled_quantity
from tests.unit.brokers.alpaca.samples import BUY, NOW, plain, raw

ORDER = plain("order")["id"]


def stream_fill(key: str, quantity: str, reached: str, price: str = "182.39") -> StreamFill:
    return StreamFill(key, ORDER, "ours", "AAPL", BUY, Decimal(quantity), Decimal(price), Decimal(reached), NOW)


def activities(*changes: dict[str, Any]) -> list[ActivityRow]:
    rows = plain("fills") if not changes else [plain("fills")[0] | change for change in changes]
    return decode(json.dumps(rows).encode(), list[ActivityRow])


def read(book: FillBook, rows: list[ActivityRow]) -> list[Execution]:
    return book.from_activities(rows, NOW, lambda key: "ours" if key == ORDER else "")


def told(book: FillBook, *fills: StreamFill) -> list[Execution | None]:
    return [book.from_stream(fill, NOW) for fill in fills]


def test_case_25_a_fill_is_the_same_execution_from_both_sides() -> None:
    book = FillBook()
    streamed = told(book, stream_fill("k1", "5", "5"), stream_fill("k2", "7", "12", "182.4"))
    assert read(book, activities()) == streamed
    assert [row.execution_id for row in streamed if row] == [f"{ORDER}:5", f"{ORDER}:12"]
    other_way = FillBook()
    listed = read(other_way, activities())
    assert told(other_way, stream_fill("k1", "5", "5"), stream_fill("k2", "7", "12", "182.4")) == listed


def test_case_25_a_fill_has_the_same_id_after_a_restart() -> None:
    before, after = FillBook(), FillBook()
    told(before, stream_fill("k1", "5.0", "5.00"), stream_fill("k2", "7", "12", "182.4"))
    ids = [row.execution_id for row in read(after, activities())]
    assert ids == [execution_id(ORDER, Decimal(5)), execution_id(ORDER, Decimal(12))]
    assert [row.execution_id for row in read(before, activities())] == ids


def test_case_24_a_fill_told_twice_is_one() -> None:
    book = FillBook()
    once, again = told(book, stream_fill("k1", "5", "5"), stream_fill("k1", "5", "5"))
    assert once is again is not None


def test_a_fill_that_leaves_a_gap_is_not_believed_before_the_activities_were_asked() -> None:
    book = FillBook()
    late = stream_fill("k2", "7", "12", "182.4")
    assert told(book, late) == [None]
    first, second = read(book, activities())
    assert told(book, late) == [second]
    assert filled_quantity([first, second]) == 12


def test_a_fill_whose_order_is_newer_than_itself_never_takes_the_id_of_the_next() -> None:
    book = FillBook()
    early = stream_fill("k1", "5", "12")  # the order beside it shows the second fill already
    assert told(book, early) == [None]
    assert [row.quantity for row in read(book, activities())] == [5, 7]


def test_case_26_out_of_order_fills_come_to_the_same_set() -> None:
    fills = [stream_fill(f"k{n}", "1", str(n)) for n in range(1, 5)]
    listed = [
        {"id": f"2026::u{n}", "qty": "1", "cum_qty": str(n), "transaction_time": f"2026-11-23T15:02:1{n}Z"}
        for n in range(1, 5)
    ]
    for order in itertools.permutations(fills):
        book, heard = FillBook(), {}
        for fill in order:
            one = book.from_stream(fill, NOW)
            for row in [one] if one else read(book, activities(*listed)):
                heard[row.execution_id] = row.quantity
        assert heard == {f"{ORDER}:{n}": 1 for n in range(1, 5)}


def test_where_the_activities_cannot_be_read_the_stream_is_believed() -> None:
    book = FillBook()
    late = stream_fill("k2", "7", "12", "182.4")
    assert book.from_stream(late, NOW) is None
    trusted = book.from_stream(late, NOW, trusted=True)
    assert trusted is not None
    assert read(book, activities())[1] == trusted


def test_case_29_a_bust_names_its_fill_and_the_next_fill_of_that_total_is_another() -> None:
    book = FillBook()
    (fill,) = told(book, stream_fill("k1", "5", "5"))
    assert fill is not None
    corrects = book.taken_back(ORDER, "k1", Decimal(0))
    assert corrects == fill.execution_id
    bust = Execution(
        "b1", "AAPL", BUY, Decimal(5), fill.price, NOW, NOW, "", ORDER, ExecutionKind.BUST, corrects_id=corrects
    )
    assert book.amended(bust, "kb") is bust
    assert book.amended(bust, "kb") is bust
    (again,) = told(book, stream_fill("k2", "5", "5"))
    assert again is not None
    assert again.execution_id == f"{fill.execution_id}#2"
    assert filled_quantity([fill, bust, again]) == 5
    assert book.taken_back(ORDER, "never heard of", Decimal(5)) is None


def test_a_bust_in_the_activities_names_its_fill() -> None:
    book = FillBook()
    fill = read(book, activities({}))[0]
    bust = {"id": "2026::bust", "type": "trade_bust", "previous_id": plain("fills")[0]["id"]}
    rows = read(book, activities({}, bust))
    assert [(row.kind, row.corrects_id) for row in rows] == [
        (ExecutionKind.FILL, None),
        (ExecutionKind.BUST, fill.execution_id),
    ]
    assert filled_quantity(rows) == 0


def test_fills_of_one_millisecond_come_by_their_total() -> None:
    at = {"transaction_time": "2026-11-23T15:02:11.998Z"}
    rows = activities(
        {**at, "id": "2026::b", "cum_qty": "12", "qty": "7"}, {**at, "id": "2026::a", "cum_qty": "5", "qty": "5"}
    )
    assert [row.quantity for row in read(FillBook(), rows)] == [5, 7]


@pytest.mark.parametrize("missing", ["price", "qty", "side", "transaction_time", "order_id"])
def test_a_row_that_is_no_execution_is_left_out(missing: str) -> None:
    assert len(read(FillBook(), activities({missing: None}, {"id": "2026::ok"}))) == 1


def test_an_activity_keeps_its_instant_and_nobody_reads_a_time_from_its_id() -> None:
    (fill, _) = read(FillBook(), decode(raw("fills"), list[ActivityRow]))
    assert fill.executed_at.isoformat() == "2026-11-23T15:02:11.998211+00:00"
    assert (fill.client_order_id, fill.broker_order_id) == ("ours", ORDER)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.randoms(use_true_random=False), st.booleans())
def test_any_mixture_of_stream_and_activities_gives_each_fill_once(sizes: list[int], chance: Any, lag: bool) -> None:
    totals = list(itertools.accumulate(sizes))
    fills = [
        stream_fill(f"k{n}", str(size), str(total)) for n, (size, total) in enumerate(zip(sizes, totals, strict=True))
    ]
    listed = [
        {
            "id": f"2026::u{n}",
            "qty": str(size),
            "cum_qty": str(total),
            "transaction_time": (NOW + timedelta(seconds=n)).isoformat(),
        }
        for n, (size, total) in enumerate(zip(sizes, totals, strict=True))
    ]
    book = FillBook()
    heard: dict[str, Execution] = {}
    order = chance.sample(fills, len(fills))
    for number, fill in enumerate(order):
        seen = listed[: number + 1] if lag else listed
        found = [book.from_stream(fill, NOW)]
        if found == [None]:
            found = [*read(book, activities(*seen)), book.from_stream(fill, NOW, trusted=True)]
        heard |= {row.execution_id: row for row in found if row is not None}
    heard |= {row.execution_id: row for row in read(book, activities(*listed))}
    assert {row.execution_id: row.quantity for row in heard.values()} == {
        f"{ORDER}:{total}": size for size, total in zip(sizes, totals, strict=True)
    }
