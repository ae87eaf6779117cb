"""Orders by either id, what is open, and the worst that may still fill."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSide
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.services.order_book import OrderBook, worst_case_quantity
from tests.unit.store.samples import an_intent, at, created, filled, happened

K = OrderEventKind


def book_with(*names: str) -> OrderBook:
    book = OrderBook()
    for name in names:
        book.load([created(name), happened(name, K.SENT), happened(name, K.WORKING, broker_order_id=f"B-{name}")])
    return book


def test_orders_are_found_by_our_id_by_the_brokers_and_by_either() -> None:
    book = book_with("A", "C")
    order = book.get("A")
    assert order is not None
    assert book.by_broker_id("B-A") is order
    assert book.find("", "B-A") is order
    assert book.find("A", "unheard of") is order
    assert book.find("nobody", "B-A") is order
    assert book.find("", "") is None
    assert [row.client_order_id for row in book.all()] == ["A", "C"]


def test_ended_orders_leave_the_open_ones_and_come_back_with_the_broker() -> None:
    book = book_with("A", "C")
    book.fold(happened("A", K.CANCELED))
    assert [row.client_order_id for row in book.open_orders()] == ["C"]
    assert book.open_orders("MSFT") == []
    snapshot = book.open_orders()
    book.fold(happened("C", K.CANCELED))
    assert len(snapshot) == 1, "a list that was handed out stays as it was"


def test_unknown_orders_and_legs_are_listed() -> None:
    book = OrderBook()
    book.load([created("A"), happened("A", K.SENT), happened("A", K.AMBIGUOUS)])
    book.load([created("L", parent_id="A", role=OrderRole.STOP)])
    assert [row.client_order_id for row in book.unknown()] == ["A"]
    assert [row.client_order_id for row in book.legs_of("A")] == ["L"]


def test_orders_of_a_symbol_are_listed_and_their_changes_counted() -> None:
    book = book_with("A", "C")
    symbol = book.all()[0].symbol
    assert [row.client_order_id for row in book.of_symbol(symbol)] == ["A", "C"]
    assert book.of_symbol("NONE") == []
    before, elsewhere = book.changes_of(symbol), book.changes_of("NONE")
    book.fold(filled("A", "e1", 10, 7))
    assert book.changes_of(symbol) > before
    assert book.changes_of("NONE") == elsewhere
    assert [row.filled_quantity for row in book.of_symbol(symbol)] == [10, 0]


def test_executions_are_remembered_with_the_time_they_were_counted() -> None:
    book = book_with("A")
    book.fold(filled("A", "e1", 10, 7))
    assert book.has_execution("e1")
    assert book.counted_at("e1") == at(7)
    assert book.counted_at("e2") is None


def test_the_worst_case_counts_entries_alone_and_a_change_once() -> None:
    book = book_with("A")
    entry = book.get("A")
    assert entry is not None

    def other(name: str, quantity: int, **changes: object) -> object:
        intent = replace(an_intent(name), **changes)  # type: ignore[arg-type]
        return replace(entry, intent=intent, terms=replace(entry.terms, quantity=Decimal(quantity)))

    bigger = other("B", 150, replaces_id="A")
    stop = other("S", 100, role=OrderRole.STOP)
    closing = other("X", 100, reduce_only=True)
    rows = [entry, bigger, stop, closing]
    assert worst_case_quantity(rows, OrderSide.BUY) == 150, "the larger of an order and its change"  # type: ignore[arg-type]
    assert worst_case_quantity(rows, OrderSide.SELL) == 0  # type: ignore[arg-type]
    gone = other("C", 60, replaces_id="B")
    assert worst_case_quantity([entry, gone], OrderSide.BUY) == 160  # type: ignore[list-item]


def test_exits_wait_while_their_entry_or_its_successor_lives() -> None:
    book = OrderBook()
    book.load([created("A"), happened("A", K.SENT), happened("A", K.WORKING, broker_order_id="B-A")])
    book.load(
        [created("L", parent_id="A", role=OrderRole.STOP), happened("L", K.SENT), happened("L", K.ACCEPTED)],
    )
    symbol = book.all()[0].symbol
    assert book.waiting_exits(symbol) == {"L"}
    book.load([created("A2"), happened("A2", K.SENT), happened("A2", K.WORKING, broker_order_id="B-A2")])
    book.fold(happened("A", K.REPLACED, successor_id="A2"))
    assert book.waiting_exits(symbol) == {"L"}
    book.fold(filled("A2", "e1", 100))
    assert book.waiting_exits(symbol) == set()
