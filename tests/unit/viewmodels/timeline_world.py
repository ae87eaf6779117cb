"""One order's way through ledger, analytics and journal, read back as its time line."""

from datetime import timedelta
from typing import Any

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.order_state import OrderEventKind as K
from legend_desktop.domain.orders import OrderIntent
from legend_desktop.domain.records import OrderQuote, OrderStamp, QuoteMoment, StampMoment
from legend_desktop.services.order_timeline import OrderTimeLines, TimeLine
from legend_desktop.viewmodels.order_timeline_words import ShownOrder, describe_order
from tests.fakes.clock import settle
from tests.unit.services.test_execution_analytics import Desk, d, execution, intent, quote


class TimelineWorld:
    """Orders of 100 AAPL, with stamps as a sender keeps them."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk(ring=True)
        self.lines = OrderTimeLines(self.desk.store, self.desk.service, self.desk.seen, self.desk.clock)

    async def send(self, desired: OrderIntent) -> None:
        """Press, decide, write down and send, 0.3, 1.6 and 1.8 ms after the press."""
        desk, key = self.desk, desired.client_order_id
        start = desk.clock.now()
        before = desk.market.get("AAPL")
        await desk.send(desired)
        moments = (StampMoment.PRESSED, 0.0), (StampMoment.DECIDED, 0.3), (StampMoment.COMMITTED, 1.6)
        stamps = [
            OrderStamp(key, moment, start + timedelta(milliseconds=after), round(after * 1e6))
            for moment, after in (*moments, (StampMoment.SENT, 1.8), (StampMoment.ANSWERED, 121.4))
        ]
        decided = [OrderQuote(key, QuoteMoment.DECISION, start, before)] if before is not None else []
        await desk.store.record_details(decided, stamps)

    async def limit_that_is_cancelled(self) -> TimeLine:
        """Buy 100 at 175.55: 60 fill, the rest is cancelled 12 s later with the market away."""
        desk = self.desk
        desk.show("175.50", "175.52")
        await desk.clock.advance(3)
        desk.show("175.50", "175.52")
        await self.send(intent("LP01", order_type=OrderType.LIMIT, limit_price=d("175.55"), pressed_ns=0))
        await desk.clock.advance(0.1214)
        await desk.tell("LP01", K.ACCEPTED, broker_order_id="8841207731")
        await desk.clock.advance(0.02)
        await self.fill("LP01", 40, "175.52", "x1")
        desk.service.note_on_screen("LP01")
        await desk.clock.advance(1)
        desk.show("175.53", "175.55")
        await self.fill("LP01", 20, "175.55", "x2")
        await desk.clock.advance(11)
        desk.show("175.60", "175.62")
        await desk.tell("LP01", K.CANCEL_SENT)
        await desk.tell("LP01", K.CANCELED, origin="user")
        await desk.clock.advance(2)
        return await self.line("LP01")

    async def fill(self, key: str, quantity: int, price: str, execution_id: str) -> None:
        row = execution(key, quantity, price, execution_id, at=self.desk.clock.now())
        await self.desk.tell(key, K.EXECUTION, execution=row)

    async def line(self, key: str) -> TimeLine:
        await settle()
        found = await self.lines.load(key)
        assert found is not None
        return found

    async def shown(self, key: str) -> ShownOrder:
        return describe_order(await self.line(key), "Simulator")

    async def stop(self) -> None:
        await self.desk.stop()


def facts(rows: Any) -> dict[str, tuple[str, str]]:
    """Value and note by label, thin spaces as plain ones."""
    return {row.label: (row.value.replace("\u202f", " "), row.note) for row in rows}


__all__ = ["TimelineWorld", "facts", "quote"]
