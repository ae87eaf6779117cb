"""Cancels: the wish is written down, asked once and asked again (a repeated cancel does no harm), never assumed."""

from legend_desktop.brokers.errors import BrokerDown, OrderRefused, RateLimited
from legend_desktop.domain.enums import OrderState
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order
from legend_desktop.services.trading_context import TradingContext

TRIES = 3
PAUSE_SECONDS = 0.5


async def request_cancel(context: TradingContext, order: Order, *, origin: str = "user") -> bool:
    """Ask the broker to cancel ``order``. True when the broker took the request; its confirmation comes as an event.

    An unknown order has to be found first; a cancel that arrives too late is written down as refused.
    """
    current = context.book.get(order.client_order_id) or order
    if not current.is_open:
        return True
    broker_id = current.broker_order_id
    if broker_id is None:
        if current.state is OrderState.UNKNOWN:
            sentence = f"{current.symbol}: the order is unknown, so there is nothing to cancel yet. It is looked for."
            context.tell(NoticeLevel.WARNING, "Orders", sentence)
        return False
    await context.ledger.learn([context.event(current, OrderEventKind.CANCEL_SENT, origin=origin)])
    for attempt in range(TRIES):
        try:
            await context.broker.cancel_order(broker_id)
        except OrderRefused as error:
            await context.ledger.learn(
                [context.event(current, OrderEventKind.CANCEL_REFUSED, reason=error.sentence, raw=error.broker_words)]
            )
            context.tell(NoticeLevel.WARNING, "Orders", error.sentence)
            return False
        except (BrokerDown, RateLimited) as error:
            last: LegendError = error
        except LegendError as error:
            last = error
        else:
            return True
        if attempt + 1 < TRIES:
            await context.clock.sleep(PAUSE_SECONDS)
    reason = f"Cancel requested, not confirmed. The order may still fill. {last.sentence}"
    await context.ledger.learn([context.event(current, OrderEventKind.CANCEL_AMBIGUOUS, reason=reason)])
    context.tell(NoticeLevel.NEEDS_YOU, "Orders", reason)
    return False
