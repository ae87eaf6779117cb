"""Making intents: each with an id of its own, before anything about it is stored or sent."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSource, OrderType, TimeInForce
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms, TradePlan
from legend_desktop.services.trading_context import TradingContext


class IntentFactory:
    """Builds intents for one account."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context

    def intent(
        self,
        terms: OrderTerms,
        *,
        source: OrderSource,
        label: str = "",
        role: OrderRole = OrderRole.ENTRY,
        plan: TradePlan | None = None,
        parent_id: str | None = None,
        oco_group: str | None = None,
        replaces_id: str | None = None,
        reduce_only: bool = False,
        pressed_ns: int | None = None,
    ) -> OrderIntent:
        """A new intent with an id of its own."""
        context = self._context
        return OrderIntent(
            client_order_id=context.new_client_order_id(),
            broker=context.broker.broker,
            mode=context.mode,
            account_id=context.account_key,
            terms=terms,
            created_at=context.clock.now(),
            source=source,
            role=role,
            label=label,
            parent_id=parent_id,
            oco_group=oco_group,
            replaces_id=replaces_id,
            plan=plan,
            reduce_only=reduce_only,
            pressed_ns=pressed_ns,
        )

    def bracket(self, entry: OrderIntent, stop: Decimal | None, target: Decimal | None) -> Bracket:
        """``entry`` with good-till-cancelled exits at ``stop`` and ``target``.

        Where the broker gives a bracket one life, the entry lasts too: it is written down and shown as it will be sent.
        """
        if (stop is not None or target is not None) and self._context.broker.capabilities.legs_share_life:
            entry = replace(entry, terms=replace(entry.terms, time_in_force=TimeInForce.GTC))
        terms = entry.terms
        group = entry.client_order_id if stop is not None and target is not None else None
        base = OrderTerms(
            terms.symbol, terms.side.opposite, OrderType.MARKET, terms.quantity, time_in_force=TimeInForce.GTC
        )
        exits: dict[OrderRole, OrderIntent] = {}
        for role, price in ((OrderRole.TARGET, target), (OrderRole.STOP, stop)):
            if price is None:
                continue
            is_stop = role is OrderRole.STOP
            leg = replace(
                base,
                order_type=OrderType.STOP if is_stop else OrderType.LIMIT,
                stop_price=price if is_stop else None,
                limit_price=None if is_stop else price,
            )
            exits[role] = self.intent(
                leg,
                source=entry.source,
                label="Stop" if is_stop else "Target",
                role=role,
                parent_id=entry.client_order_id,
                oco_group=group,
                reduce_only=True,
            )
        return Bracket(entry, exits.get(OrderRole.TARGET), exits.get(OrderRole.STOP))
