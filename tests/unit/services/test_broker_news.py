"""Which order of the book a report of the broker speaks of."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from legend_desktop.brokers.base import OrderReport
from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSide, OrderState, OrderType, TradingMode
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms
from legend_desktop.services.broker_news import AccountIdentity, BrokerNews
from legend_desktop.services.order_book import OrderBook

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def intent(key: str, role: OrderRole, group: str | None = "G") -> OrderIntent:
    kind = OrderType.LIMIT if role is OrderRole.TARGET else OrderType.STOP
    price = Decimal(180)
    terms = OrderTerms(
        "AAPL",
        OrderSide.SELL,
        kind,
        Decimal(10),
        limit_price=price if kind is OrderType.LIMIT else None,
        stop_price=price if kind is OrderType.STOP else None,
    )
    return OrderIntent(key, BrokerType.ALPACA, TradingMode.PAPER, "A", terms, NOW, role=role, oco_group=group)


def book_of(*intents: OrderIntent) -> OrderBook:
    book = OrderBook()
    for row in intents:
        book.fold(OrderEvent(row.client_order_id, OrderEventKind.CREATED, NOW, intent=row))
        book.fold(OrderEvent(row.client_order_id, OrderEventKind.SENT, NOW))
    return book


def report(of: OrderIntent, *, client_order_id: str, broker_order_id: str, group: str | None) -> OrderReport:
    return OrderReport(
        broker_order_id=broker_order_id,
        client_order_id=client_order_id,
        terms=of.terms,
        state=OrderState.ACCEPTED,
        status_text="held",
        filled_quantity=Decimal(0),
        average_fill_price=None,
        entered_at=NOW,
        updated_at=NOW,
        role=of.role,
        oco_group=group,
    )


@pytest.mark.parametrize("group", ["G", None])
def test_the_other_exit_of_a_pair_is_found_by_the_one_that_is_known(group: str | None) -> None:
    """A broker keeps the id of the target and makes up one for the stop: after a lost answer only that is left."""
    target, stop = intent("T1", OrderRole.TARGET, group), intent("S1", OrderRole.STOP, group)
    book = book_of(target, stop)
    news = BrokerNews(book, AccountIdentity(BrokerType.ALPACA, TradingMode.PAPER, "A"))
    for event in news.from_report(report(target, client_order_id="T1", broker_order_id="b1", group="b1"), NOW):
        book.fold(event)
    found = news.match(report(stop, client_order_id="made-up", broker_order_id="b2", group="b1"))
    assert (found.client_order_id if found else None) == ("S1" if group else None)


def test_an_exit_that_has_its_own_id_is_not_taken_for_another() -> None:
    target, stop = intent("T1", OrderRole.TARGET), intent("S1", OrderRole.STOP)
    book = book_of(target, stop)
    news = BrokerNews(book, AccountIdentity(BrokerType.ALPACA, TradingMode.PAPER, "A"))
    rows = (
        report(target, client_order_id="T1", broker_order_id="b1", group="b1"),
        report(stop, client_order_id="S1", broker_order_id="b2", group="b1"),
    )
    for row in rows:
        for event in news.from_report(row, NOW):
            book.fold(event)
    stranger = replace(rows[1], client_order_id="made-up", broker_order_id="b3")
    assert news.match(stranger) is None
    assert news.match(replace(rows[1], client_order_id="", oco_group="nobody")) is not None
