"""Shares that filled after their order had ended: on the strip until a person has seen them.

The shares are counted like all others. Only a person can say that their stop was looked at, so nothing else ends the
alarm: what was seen is kept beside the journal, and what was not comes back with the next start.
"""

import json
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.enums import Origin
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import Alarm, NoticeLevel, OrderChanged
from legend_desktop.domain.formatting import format_shares
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.services.trading_context import TradingContext

SETTING = "late_fills_seen"
_PREFIX = "late:"


class LateFills:
    """Keeps the alarms of late fills of one account, and what of them a person has seen."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._seen: dict[str, Decimal] = {}
        self._shown: set[str] = set()
        context.bus.subscribe(OrderChanged, self._on_order)

    async def load(self) -> None:
        """Bring back what was seen, before the orders are loaded. Raises ``StoreError``.

        What cannot be read counts as not seen.
        """
        text = await self._context.ledger.store.load_setting(SETTING)
        try:
            self._seen = _decoded(text) if text else {}
        except (TypeError, ValueError, AttributeError, InvalidOperation):
            self._seen = {}

    def acknowledge(self, key: str) -> None:
        """A person has seen the alarm ``key``: it ends now and does not come back for these shares."""
        order = self._context.book.get(key.removeprefix(_PREFIX))
        if order is None or key not in self._shown:
            return
        fact = self._fact(order)
        self._seen[order.client_order_id] = order.late_quantity
        self._clear(key)
        self._context.supervisor.start(self._save(f"{fact}: seen."), "late fill seen")

    def _on_order(self, event: OrderChanged) -> None:
        order, happened = event.order, event.event
        if happened is not None and happened.execution is None:
            return
        seen = self._seen.get(order.client_order_id, ZERO)
        if seen > order.late_quantity:  # the broker took back what was seen: shares that come now are new
            self._seen[order.client_order_id] = seen = order.late_quantity
            self._context.supervisor.start(self._save(), "late fills to the journal")
        key = f"{_PREFIX}{order.client_order_id}"
        if order.late_quantity > seen and order.state.is_terminal and order.intent.origin is Origin.APP:
            self._show(key, order)
        elif key in self._shown:
            self._clear(key)

    def _fact(self, order: Order) -> str:
        news = order.late_quantity - self._seen.get(order.client_order_id, ZERO)
        return f"{format_shares(news)} {order.symbol} filled after the order had ended"

    def _show(self, key: str, order: Order) -> None:
        self._shown.add(key)
        self._context.bus.publish(
            Alarm(
                key=key,
                at=self._context.clock.now(),
                fact=f"{self._fact(order)}.",
                consequence="The shares are yours and are counted. Check their stop.",
                action="panel.positions",
                action_label="Show the position",
                acknowledge=True,
            )
        )

    def _clear(self, key: str) -> None:
        self._shown.discard(key)
        self._context.clear_alarm(key)

    async def _save(self, told: str = "") -> None:
        """Keep what was seen of the orders that a start would load; then say ``told``."""
        context = self._context
        kept = {key: str(shares) for key, shares in self._seen.items() if context.book.get(key) is not None}
        try:
            await context.ledger.store.save_setting(SETTING, json.dumps(kept))
        except StoreError as error:
            words = (
                f"What you have seen was not written down, so the alarm comes back at the next start. {error.sentence}"
            )
            context.tell(NoticeLevel.ERROR, "Orders", words)
            return
        if told:
            context.tell(NoticeLevel.INFO, "Orders", told)


def _decoded(text: str) -> dict[str, Decimal]:
    """Shares by order; raises for a text that is no such table."""
    rows = {key: Decimal(value) for key, value in json.loads(text).items()}
    if any(not value.is_finite() for value in rows.values()):
        raise ValueError("not a number of shares")
    return rows
