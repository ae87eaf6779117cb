"""From an accepted form to orders, and the rules of replace, cancel and close."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.fakes.alpaca.engine import Engine
from tests.fakes.alpaca.market import Listed
from tests.fakes.alpaca.order_form import OrderForm, number, read_form, step_words, words
from tests.fakes.alpaca.order_rules import Rules
from tests.fakes.alpaca.records import NANO, TERMINAL, ZERO, FakeOrder, malformed, missing, unprocessable
from tests.fakes.alpaca.state import FakeState

FROZEN = frozenset({"accepted", "pending_new", "pending_cancel", "pending_replace"})


class Desk:
    """Takes requests: judges them, makes orders of them and hands those to the engine."""

    def __init__(self, state: FakeState, rules: Rules, engine: Engine) -> None:
        self.state = state
        self.rules = rules
        self.engine = engine

    def place(self, data: Any, *, source: str | None = "access_key") -> FakeOrder:
        """A new order with its legs. Raises ``Refusal``."""
        form = read_form(data)
        form.source = source
        return self.take(form, self.rules.judge(form))

    def take(self, form: OrderForm, listed: Listed) -> FakeOrder:
        """The order of a form that was judged."""
        order = self._order(form, listed)
        if form.order_class:
            self._add_legs(order, form)
        self.engine.submit(order)
        return order

    def _order(self, form: OrderForm, listed: Listed) -> FakeOrder:
        state = self.state
        return FakeOrder(
            id=state.new_id(),
            client_order_id=form.client_order_id or state.new_id(),
            symbol=listed.symbol,
            asset_id=listed.asset_id,
            side=form.side,
            type=form.type,
            time_in_force=form.time_in_force,
            created_at=state.stamp(),
            qty=form.qty,
            notional=form.notional,
            limit_price=form.limit_price,
            stop_price=form.stop_price,
            trail_price=form.trail_price,
            trail_percent=form.trail_percent,
            order_class=form.order_class,
            extended_hours=form.extended_hours,
            position_intent=form.position_intent,
            source=form.source,
            role="take_profit" if form.order_class == "oco" else "",
        )

    def _add_legs(self, order: FakeOrder, form: OrderForm) -> None:
        """The exits of the order; of an OCO the order itself is the target and already active."""
        oco = form.order_class == "oco"
        base = replace(
            order,
            side=order.side if oco else ("sell" if order.buy else "buy"),
            position_intent=f"{order.side if oco else 'sell' if order.buy else 'buy'}_to_close",
            status="held",
            parent=order,
            active=oco,
            limit_price=None,
            stop_price=None,
        )
        if form.target is not None and not oco:
            order.legs.append(replace(base, type="limit", limit_price=form.target, role="take_profit"))
        if form.stop is not None:
            kind = "stop" if form.stop_limit is None else "stop_limit"
            prices = {"stop_price": form.stop, "limit_price": form.stop_limit}
            order.legs.append(replace(base, type=kind, role="stop_loss", **prices))  # type: ignore[arg-type]
        for leg in order.legs:
            leg.id, leg.client_order_id, leg.legs = self.state.new_id(), self.state.new_id(), []

    # --- replace

    def replace(self, order: FakeOrder, data: Any) -> FakeOrder:
        """The successor of an order. Raises ``Refusal``."""
        if not isinstance(data, dict):
            raise malformed("request body format is invalid")
        self._check_replaceable(order)
        changes = self._changes(order, data)
        fresh_id = data.get("client_order_id")
        if fresh_id is not None:
            if not isinstance(fresh_id, str) or len(fresh_id) > 128:
                raise malformed("client_order_id must be no more than 128 characters")
            if self.state.client_ids[fresh_id]:
                raise malformed("client_order_id must be unique")
        self._check_changes(order, changes)
        return self.engine.request_replace(order, changes | {"client_order_id": fresh_id or self.state.new_id()})

    def _check_replaceable(self, order: FakeOrder) -> None:
        if order.status == "replaced":
            raise unprocessable("order already replaced")
        if order.status in TERMINAL:
            raise unprocessable("unable to replace order, order is not open")
        if order.status in FROZEN:
            refusal = f"cannot replace order in {order.status} status"
            raise unprocessable("order chain not fully replaced" if order.waits else refusal)
        if any(other.status == "pending_replace" for other in order.siblings):
            raise unprocessable("cannot replace order while its sibling is in pending_replace status")
        if order.notional is not None:
            raise unprocessable("notional orders cannot be replaced")

    def _changes(self, order: FakeOrder, data: dict[str, Any]) -> dict[str, Any]:
        """The fields that differ from the order, typed."""
        asked: dict[str, Any] = {
            "qty": number(data.get("qty"), "qty"),
            "limit_price": number(data.get("limit_price"), "limit_price"),
            "stop_price": number(data.get("stop_price"), "stop_price"),
            "time_in_force": words(data, "time_in_force", frozenset({"day", "gtc"}), "") or None,
        }
        trail = number(data.get("trail"), "trail")
        if trail is not None:
            if order.type != "trailing_stop":
                raise unprocessable("trail can only be changed for trailing stop orders")
            asked["trail_price" if order.trail_price is not None else "trail_percent"] = trail
        return {name: value for name, value in asked.items() if value not in (None, getattr(order, name))}

    def _check_changes(self, order: FakeOrder, changes: dict[str, Any]) -> None:
        if not changes:
            raise unprocessable("order parameters are not changed")
        qty = changes.get("qty")
        if qty is not None:
            if order.complex:
                raise unprocessable("qty cannot be changed for advanced orders")
            if order.fractional or qty != qty.to_integral_value():
                raise unprocessable("qty of fractional orders cannot be changed")
            if qty <= order.filled_qty:
                raise unprocessable("qty must be > filled_qty")
        for name in ("limit_price", "stop_price"):
            price = changes.get(name)
            if price is None:
                continue
            if price <= 0:
                raise malformed(f"{name.replace('_', ' ')} must be > 0")
            if getattr(order, name) is None or order.type == "trailing_stop":
                raise unprocessable(f"{name} cannot be changed for {order.type} orders")
            refusal = step_words(name, price)
            if refusal is not None:
                raise refusal
        if changes.get("stop_price") is not None and order.active:
            self.rules.check_stop(changes["stop_price"], order.symbol, buy=order.buy)
        self._check_reserve(order, replace(order, **changes))

    def _check_reserve(self, order: FakeOrder, wanted: FakeOrder) -> None:
        """The larger of the old and the new order is held back while a replace is under way."""
        if order.position_intent.endswith("open"):
            cost = self.rules.cost_of(wanted)
            if cost > self.rules.cost_of(order):
                self.rules.check_cost(cost, self.rules.buying_power(without=order))
        elif wanted.qty is not None and order.qty is not None and wanted.qty > order.qty:
            self.rules.check_free(order.symbol, wanted.qty - order.qty)

    # --- close

    def close(self, symbol_or_id: str, qty: Decimal | None = None, percentage: Decimal | None = None) -> FakeOrder:
        """A market day order against the position, or a part of it. Raises ``Refusal``."""
        listed = self.state.market.listed
        symbol = next((row.symbol for row in listed.values() if symbol_or_id in {row.symbol, row.asset_id}), "")
        if symbol not in self.state.positions:
            raise missing("position does not exist")
        held = self.state.positions[symbol].qty
        if qty is not None and percentage is not None:
            raise malformed("only one of qty or percentage is accepted")
        wanted = abs(held) if qty is None else qty
        if percentage is not None:
            if not 0 < percentage <= 100:
                raise malformed("percentage must be between 0 and 100")
            whole = held == held.to_integral_value()
            wanted = (abs(held) * percentage / 100).quantize(Decimal(1) if whole else NANO, rounding="ROUND_DOWN")
        if wanted <= ZERO:
            raise malformed("qty must be > 0")
        side = "sell" if held > 0 else "buy"
        data = {"symbol": symbol, "side": side, "type": "market", "time_in_force": "day", "qty": format(wanted, "f")}
        return self.place(data)
