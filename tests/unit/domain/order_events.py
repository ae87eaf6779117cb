"""Short ways to tell an order's story in tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from legend_desktop.domain.enums import ExecutionKind, OrderSide, OrderState
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, apply, create
from legend_desktop.domain.orders import Order
from tests.unit.domain.builders import intent, terms

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CLIENT_ID = "LPAB1"
K = OrderEventKind
S = OrderState


class Story:
    """Events of one order with growing times; ``tell`` folds them."""

    def __init__(self, quantity: str | int | Decimal = 100) -> None:
        self._ticks = count()
        self.order = create(
            OrderEvent(CLIENT_ID, K.CREATED, self.at(), intent=intent(terms(quantity=quantity), CLIENT_ID))
        )

    def at(self) -> datetime:
        return START + timedelta(seconds=next(self._ticks))

    def event(self, kind: OrderEventKind, **others: Any) -> OrderEvent:
        return OrderEvent(CLIENT_ID, kind, others.pop("at", None) or self.at(), **others)

    def tell(self, *kinds: OrderEventKind, **others: Any) -> Order:
        for kind in kinds:
            self.order = apply(self.order, self.event(kind, **others))
        return self.order

    def fill(self, quantity: str | int | Decimal, execution_id: str, price: str = "10", **others: Any) -> Order:
        return self.tell(K.EXECUTION, execution=execution(execution_id, quantity, price, **others))

    def bust(self, corrects_id: str) -> Order:
        return self.fill(0, f"bust-{corrects_id}", kind=ExecutionKind.BUST, corrects_id=corrects_id)


def execution(execution_id: str, quantity: str | int | Decimal, price: str = "10", **others: Any) -> Execution:
    return Execution(
        execution_id=execution_id,
        symbol="AAPL",
        side=OrderSide.BUY,
        quantity=Decimal(quantity),
        price=Decimal(price),
        executed_at=others.pop("executed_at", START),
        received_at=START,
        client_order_id=CLIENT_ID,
        broker_order_id=others.pop("broker_order_id", "b1"),
        **others,
    )


PATHS: dict[OrderState, tuple[OrderEventKind, ...]] = {
    S.INTENT: (),
    S.DENIED: (K.DENIED,),
    S.SENDING: (K.SENT,),
    S.QUESTION: (K.SENT, K.QUESTION),
    S.UNKNOWN: (K.SENT, K.AMBIGUOUS),
    S.ACCEPTED: (K.SENT, K.ACCEPTED),
    S.WORKING: (K.SENT, K.WORKING),
    S.CANCELED: (K.SENT, K.WORKING, K.CANCELED),
    S.EXPIRED: (K.SENT, K.WORKING, K.EXPIRED),
    S.REJECTED: (K.SENT, K.REFUSED),
    S.REPLACED: (K.SENT, K.WORKING, K.REPLACED),
    S.ATTENTION: (K.SENT, K.WORKING, K.CONTRADICTION),
}


def story_in(state: OrderState) -> Story:
    """A story of a 100-share order that stands in ``state``."""
    story = Story()
    if state is S.PARTIAL:
        story.tell(K.SENT, K.WORKING)
        story.fill(40, "first")
    elif state is S.FILLED:
        story.tell(K.SENT, K.WORKING)
        story.fill(100, "whole")
    else:
        story.tell(*PATHS[state])
    assert story.order.state is state
    return story
