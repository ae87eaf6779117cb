"""Whatever the order in which a broker's words arrive, an order ends in the same place."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import ExecutionKind, OrderState
from legend_desktop.domain.executions import Execution, filled_quantity, provisional_id
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, apply, create, replay
from legend_desktop.domain.orders import Order
from tests.unit.domain.builders import intent, terms
from tests.unit.domain.order_events import CLIENT_ID, START, execution

K = OrderEventKind
S = OrderState
D = Decimal


def created(quantity: int) -> OrderEvent:
    return OrderEvent(CLIENT_ID, K.CREATED, START, intent=intent(terms(quantity=quantity), CLIENT_ID))


def fold(rows: list[Execution], quantity: int, end: OrderEventKind | None = None, end_at: int = 0) -> Order:
    order = create(created(quantity))
    events = [OrderEvent(CLIENT_ID, kind, START) for kind in (K.SENT, K.WORKING)]
    events.extend(OrderEvent(CLIENT_ID, K.EXECUTION, START, execution=row) for row in rows)
    if end is not None:
        events.insert(2 + end_at, OrderEvent(CLIENT_ID, end, START))
    for event in events:
        order = apply(order, event)
    return order


def essence(order: Order) -> tuple[object, ...]:
    rows = frozenset(row.execution_id for row in order.executions)
    return order.state, order.filled_quantity, order.average_fill_price, order.remaining_quantity, rows


def make_rows(rng: random.Random) -> list[Execution]:
    """Fills with a few busts and corrections of them."""
    rows = [
        execution(f"e{number}", rng.randint(1, 40), str(rng.randint(900, 1100) / D(100)))
        for number in range(rng.randint(1, 6))
    ]
    for number, row in enumerate(list(rows)):
        dice = rng.random()
        if dice < 0.2:
            rows.append(execution(f"x{number}", 0, kind=ExecutionKind.BUST, corrects_id=row.execution_id))
        elif dice < 0.4:
            rows.append(
                execution(
                    f"c{number}", rng.randint(1, 40), "12", kind=ExecutionKind.CORRECTION, corrects_id=row.execution_id
                )
            )
    return rows


@pytest.mark.parametrize("block", range(10))
def test_case_26_a_thousand_shuffles_with_duplicates_fold_alike(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        rng = random.Random(seed)
        rows = make_rows(rng)
        quantity = rng.choice([sum(int(row.quantity) for row in rows[:2]), rng.randint(1, 120)])
        end = rng.choice([None, K.CANCELED, K.EXPIRED])
        first = essence(fold(rows, quantity, end, len(rows)))
        noisy = [*rows, *rng.choices(rows, k=3)]
        rng.shuffle(noisy)
        again = essence(fold(noisy, quantity, end, rng.randint(0, len(noisy))))
        assert again == first, f"seed {seed}"


fills = st.lists(st.integers(1, 60), min_size=1, max_size=8)


@given(fills, st.integers(1, 200), st.randoms(use_true_random=False))
def test_quantity_never_falls_and_leaves_are_never_negative(
    sizes: list[int], quantity: int, rng: random.Random
) -> None:
    rows = [execution(f"e{number}", size) for number, size in enumerate(sizes)]
    kinds = [K.ACCEPTED, K.CANCEL_SENT, K.CANCELED, K.WORKING, K.FOUND, K.REPLACE_SENT, K.CANCEL_REFUSED, K.STATUS]
    events = [OrderEvent(CLIENT_ID, K.EXECUTION, START, execution=row) for row in rows]
    events += [
        OrderEvent(CLIENT_ID, kind, START, reported_state=rng.choice(list(S)), reported_filled=D(rng.randint(0, 50)))
        for kind in rng.choices(kinds, k=6)
    ]
    rng.shuffle(events)
    order = apply(create(created(quantity)), OrderEvent(CLIENT_ID, K.SENT, START))
    for event in events:
        before, order = order, apply(order, event)
        assert order.filled_quantity >= before.filled_quantity
        assert order.remaining_quantity >= 0
        assert order.filled_quantity + order.remaining_quantity <= max(order.quantity, order.filled_quantity)
        if order.filled_quantity > quantity:
            assert order.state is S.ATTENTION
    assert order.filled_quantity == sum(sizes)


@given(st.lists(st.sampled_from(list(K)), max_size=25), st.randoms(use_true_random=False))
def test_a_replay_of_any_log_gives_the_folded_order(kinds: list[OrderEventKind], rng: random.Random) -> None:
    events = [created(100)]
    for number, kind in enumerate(kinds):
        events.append(
            OrderEvent(
                CLIENT_ID,
                kind,
                START + timedelta(seconds=number),
                broker_order_id=rng.choice([None, "b1", "b2"]),
                terms=terms(quantity=rng.randint(50, 150)),
                execution=execution(f"e{rng.randint(0, 5)}", rng.randint(1, 60)) if kind is K.EXECUTION else None,
                reported_state=rng.choice([None, *S]),
                price=D(rng.randint(1, 20)),
                reason=rng.choice(["", "why"]),
            )
        )
    order = create(events[0])
    for event in events[1:]:
        order = apply(order, event)
        assert order.remaining_quantity >= 0
        assert order.is_open or order.pending.value == "none"
        assert order.filled_quantity == filled_quantity(order.executions)
    assert replay(events) == order


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
def test_case_30_totals_and_true_rows_in_any_order_never_lower_the_sum(sizes: list[int], data: st.DataObject) -> None:
    """Claims lie end to end, each true row fills a part of one; known quantity only grows, and ends at the truth."""
    total = sum(sizes)
    cuts = sorted({*data.draw(st.lists(st.integers(1, total), max_size=4)), total})
    claims = [
        execution(provisional_id("b1", D(high)), high - low, provisional=True)
        for low, high in zip([0, *cuts[:-1]], cuts, strict=True)
    ]
    true = [execution(f"t{number}", size) for number, size in enumerate(sizes)]
    known: list[Execution] = []
    before = D(0)
    for row in data.draw(st.permutations([*claims, *true])):
        known.append(row)
        now = filled_quantity(known)
        assert before <= now <= total
        before = now
    assert before == total


def test_case_34_cancel_and_fill_race_in_every_order() -> None:
    rows = [execution("a", 60), execution("b", 40)]
    for place in range(3):
        for order in (rows, rows[::-1]):
            folded = fold(order, 100, K.CANCELED, place)
            assert folded.state is S.FILLED
            assert folded.remaining_quantity == 0
    for place in range(2):
        folded = fold(rows[:1], 100, K.CANCELED, place)
        assert (folded.state, folded.filled_quantity, folded.remaining_quantity) == (S.CANCELED, D(60), D(0))


@given(st.integers(0, 1_000_000))
def test_case_37_a_chain_of_twenty_replacements_sums_to_the_brokers_quantity(seed: int) -> None:
    """Each successor asks for what is left; fills come late for any link. The chain's sum is what was dealt."""
    rng = random.Random(seed)
    left, dealt = 1_000, 0
    orders: list[Order] = []
    for link in range(20):
        order = create(created(left))
        for kind in (K.SENT, K.WORKING, K.REPLACE_SENT):
            order = apply(order, OrderEvent(CLIENT_ID, kind, START))
        size = rng.randint(0, min(left, 60))
        events = [OrderEvent(CLIENT_ID, K.REPLACED, START, successor_id=f"next{link}")]
        if size:
            fill = execution(f"{link}", size)
            events.insert(rng.randint(0, 1), OrderEvent(CLIENT_ID, K.EXECUTION, START, execution=fill))
        for event in events:
            order = apply(order, event)
        orders.append(order)
        left -= size
        dealt += size
    assert sum(order.filled_quantity for order in orders) == dealt
    assert all(order.state in {S.REPLACED, S.FILLED} for order in orders)
