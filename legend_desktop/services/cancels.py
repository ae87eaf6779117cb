"""Cancels: the wish is written down, asked once and asked again (a repeated cancel does no harm), never assumed."""

from enum import StrEnum

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.trading_context import TradingContext

TRIES = 3
PAUSE_SECONDS = 0.5


class CancelAnswer(StrEnum):
    """What came of a cancel request; a taken one is confirmed by an event later."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NOT_SENT = "not_sent"


async def request_cancel(
    context: TradingContext, order: Order, *, origin: str = "user", tries: int = TRIES
) -> CancelAnswer:
    """Ask the broker to cancel ``order``, again while it does not answer; the confirmation comes as an event.

    An unknown order has to be found first; a cancel that arrives too late is written down as refused.
    """
    current = context.book.get(order.client_order_id) or order
    if not current.is_open:
        return CancelAnswer.NOT_SENT
    broker_id = current.broker_order_id
    if broker_id is None:
        what = "is unknown, so there is nothing to cancel yet. It is looked for."
        if current.state is not OrderState.UNKNOWN:
            what = "is not answered yet, so there is nothing to cancel yet. Cancel it once it works."
        context.tell(NoticeLevel.WARNING, "Orders", f"{current.symbol}: the order {what}", group="cancel")
        return CancelAnswer.NOT_SENT
    await context.ledger.learn([context.event(current, OrderEventKind.CANCEL_SENT, origin=origin)])
    for attempt in range(tries):
        try:
            await context.broker.cancel_order(broker_id)
        except OrderRefused as error:
            await context.ledger.learn(
                [context.event(current, OrderEventKind.CANCEL_REFUSED, reason=error.sentence, raw=error.broker_words)]
            )
            context.tell(NoticeLevel.WARNING, "Orders", error.sentence)
            return CancelAnswer.REFUSED
        except LegendError as error:
            last = error
        else:
            return CancelAnswer.TAKEN
        if attempt + 1 < tries:
            await context.clock.sleep(PAUSE_SECONDS)
    reason = f"Cancel requested, not confirmed. The order may still fill. {last.sentence}"
    await context.ledger.learn([context.event(current, OrderEventKind.CANCEL_AMBIGUOUS, reason=reason)])
    context.tell(NoticeLevel.NEEDS_YOU, "Orders", reason, group="cancel")
    return CancelAnswer.UNANSWERED
