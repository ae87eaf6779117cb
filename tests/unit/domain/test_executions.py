from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from legend_desktop.domain.enums import ExecutionKind
from legend_desktop.domain.executions import (
    Execution,
    average_price,
    effective_executions,
    execution_from_total,
    filled_quantity,
    provisional_id,
)
from tests.unit.domain.order_events import START, execution

D = Decimal


def claim(cumulative: int, quantity: int, price: str = "10", order: str = "b1") -> Execution:
    return execution(provisional_id(order, D(cumulative)), quantity, price, provisional=True, broker_order_id=order)


def bust(corrects_id: str) -> Execution:
    return execution(f"x-{corrects_id}", 0, kind=ExecutionKind.BUST, corrects_id=corrects_id)


def correction(execution_id: str, corrects_id: str, quantity: int, price: str = "10", seconds: int = 0) -> Execution:
    at = START + timedelta(seconds=seconds)
    return execution(
        execution_id, quantity, price, kind=ExecutionKind.CORRECTION, corrects_id=corrects_id, executed_at=at
    )


class TestAmendments:
    def test_case_25_the_same_row_from_two_sources_counts_once(self) -> None:
        assert filled_quantity([execution("a", 40), execution("a", 40)]) == 40

    def test_a_bust_before_its_fill(self) -> None:
        assert filled_quantity([bust("a"), execution("a", 40), execution("b", 5)]) == 5

    def test_the_later_of_two_corrections_stands(self) -> None:
        rows = [execution("a", 40), correction("c2", "a", 30, "12", seconds=9), correction("c1", "a", 35, seconds=5)]
        assert filled_quantity(rows) == filled_quantity(reversed(rows)) == 30
        assert average_price(rows) == 12

    def test_a_correction_of_a_correction_stands_whatever_its_time(self) -> None:
        rows = [execution("a", 40), correction("c1", "a", 35, seconds=9), correction("c2", "c1", 20, seconds=1)]
        assert filled_quantity(rows) == filled_quantity(reversed(rows)) == 20

    def test_a_bust_of_a_correction_takes_the_fill_away(self) -> None:
        assert filled_quantity([execution("a", 40), correction("c1", "a", 35), bust("c1")]) == 0

    def test_corrections_that_name_each_other_end(self) -> None:
        rows = [execution("a", 40), correction("c1", "c2", 1), correction("c2", "c1", 2)]
        assert filled_quantity(rows) == 40

    def test_no_fills_have_no_average(self) -> None:
        assert average_price([]) is None
        assert average_price([bust("a"), execution("a", 5)]) is None


class TestProvisional:
    def test_case_30_true_rows_take_over_only_as_far_as_they_reach(self) -> None:
        rows = [execution("t1", 40), claim(100, 60)]
        assert filled_quantity(rows) == 100
        rows.append(execution("t2", 30))
        assert filled_quantity(rows) == 100
        assert [row.quantity for row in effective_executions(rows)] == [40, 30, 30]
        rows.append(execution("t3", 30))
        assert filled_quantity(rows) == 100
        assert not any(row.provisional for row in effective_executions(rows))

    def test_case_30_a_missed_update_is_made_up_by_the_next_total(self) -> None:
        template = execution("", 0)
        rows: list[Execution] = []
        for cumulative, average in ((D(30), D("10.00")), (D(100), D("10.07"))):
            derived = execution_from_total(template, rows, cumulative, average)
            assert derived is not None
            rows.append(derived)
        assert [row.quantity for row in rows] == [30, 70]
        assert [row.price for row in rows] == [D("10"), D("10.10")]
        assert average_price(rows) == D("10.07")
        assert execution_from_total(template, rows, D(100), D("10.07")) is None
        true = [execution("t1", 30, "10.00"), execution("t2", 40, "10.08"), execution("t3", 30, "10.1266")]
        assert filled_quantity([*rows, *true]) == 100
        assert not any(row.provisional for row in effective_executions([*rows, *true]))

    def test_the_same_total_read_again_has_the_same_id(self) -> None:
        template = execution("", 0)
        first = execution_from_total(template, [], D(30), D(10))
        again = execution_from_total(template, [], D("30.0"), D(10))
        assert first is not None
        assert again is not None
        assert first.execution_id == again.execution_id

    def test_an_average_that_makes_no_sense_is_not_carried_into_the_price(self) -> None:
        derived = execution_from_total(execution("", 0), [execution("a", 90, "20")], D(100), D(10))
        assert derived is not None
        assert derived.price == 10

    def test_orders_do_not_cover_each_other(self) -> None:
        assert filled_quantity([claim(50, 50, order="b1"), execution("t", 50, broker_order_id="b2")]) == 100

    def test_rows_of_another_id_form_are_laid_end_to_end(self) -> None:
        early = execution("p1", 30, provisional=True)
        late = replace(execution("p2", 70, provisional=True), executed_at=START + timedelta(seconds=1))
        assert filled_quantity([late, early]) == 100
        assert filled_quantity([late, early, execution("t", 50)]) == 100

    def test_a_bust_of_a_true_row_gives_the_claim_back(self) -> None:
        rows = [claim(100, 100), execution("t1", 100), bust("t1")]
        assert filled_quantity(rows) == 100
