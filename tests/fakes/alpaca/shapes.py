"""The JSON objects of the trading API, made from what the fake holds."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.market import Listed
from tests.fakes.alpaca.records import ZERO, FakeExecution, FakeOrder, FakePosition, stamp_text, text
from tests.fakes.alpaca.state import FakeState

CENT = Decimal("0.01")
DECIMALS = frozenset(
    [
        "cash",
        "equity",
        "last_equity",
        "buying_power",
        "long_market_value",
        "qty",
        "qty_available",
        "avg_entry_price",
        "market_value",
        "cost_basis",
        "current_price",
        "unrealized_pl",
        "price",
        "cum_qty",
        "leaves_qty",
    ]
)


def _money(value: Decimal) -> str:
    return text(value.quantize(CENT)) or "0"


def _spoiled(state: FakeState, body: dict[str, Any]) -> dict[str, Any]:
    """The object with odd decimals where the switch asks for them."""
    if not state.switches.odd_decimals:
        return body
    return {name: _odd(state, value) if name in DECIMALS else value for name, value in body.items()}


def _odd(state: FakeState, value: str | None) -> str | None:
    """Now and then a number comes with zeros at its end: nobody may compare decimals as text."""
    if value is None or not state.switches.odd_decimals or state.random.random() > 0.3:
        return value
    return f"{value}000" if "." in value else f"{value}.00"


def order_json(state: FakeState, order: FakeOrder, *, nested: bool = True) -> dict[str, Any]:
    """The whole order object. ``legs`` is null on exits, on simple orders and where ``nested`` is false."""
    numbers = {
        "notional": text(order.notional),
        "qty": text(order.qty),
        "filled_qty": text(order.filled_qty),
        "filled_avg_price": text(order.average),
        "limit_price": text(order.limit_price),
        "stop_price": text(order.stop_price),
        "trail_percent": text(order.trail_percent),
        "trail_price": text(order.trail_price),
        "hwm": text(order.hwm),
    }
    times = [
        "created_at",
        "updated_at",
        "submitted_at",
        "filled_at",
        "expired_at",
        "expires_at",
        "canceled_at",
        "failed_at",
        "replaced_at",
    ]
    legs = [order_json(state, leg) for leg in order.legs] if nested and order.legs else None
    body: dict[str, Any] = {
        "id": order.id,
        "client_order_id": order.client_order_id,
        **{name: stamp_text(getattr(order, name)) for name in times},
        "replaced_by": order.replaced_by,
        "replaces": order.replaces,
        "asset_id": order.asset_id,
        "symbol": order.symbol,
        "asset_class": "us_equity",
        **{name: _odd(state, value) for name, value in numbers.items()},
        "order_class": order.order_class,
        "order_type": order.type,
        "type": order.type,
        "side": order.side,
        "position_intent": order.position_intent,
        "time_in_force": order.time_in_force,
        "status": order.word or order.status,
        "extended_hours": order.extended_hours,
        "legs": legs,
        "subtag": None,
        "source": order.source,
    }
    if state.switches.extra_fields:
        body |= {"ratio_qty": None, f"x_{order.id[:4]}": {"note": "no document names this", "n": 1}}
    return body


def account_json(state: FakeState, buying_power: Decimal) -> dict[str, Any]:
    equity, exposure = state.equity, state.long_value - state.short_value
    initial, maintenance = exposure / 2, exposure * Decimal("0.3")
    regt = max(equity * min(state.multiplier, 2) - exposure, ZERO)
    body: dict[str, Any] = {
        "id": state.account_id,
        "account_number": state.account_number,
        "crypto_status": "ACTIVE",
        "currency": "USD",
        "cash": text(state.cash),
        "equity": text(equity),
        "last_equity": text(state.last_equity),
        "portfolio_value": text(equity),
        "buying_power": text(buying_power),
        "regt_buying_power": _money(min(regt, buying_power) if state.multiplier > 1 else buying_power),
        "non_marginable_buying_power": _money(max(state.cash - initial, ZERO)),
        "options_buying_power": _money(max(state.cash - initial, ZERO)),
        "multiplier": str(state.multiplier),
        "long_market_value": text(state.long_value),
        "short_market_value": text(state.short_value),
        "position_market_value": text(exposure),
        "initial_margin": _money(initial),
        "maintenance_margin": _money(maintenance),
        "last_maintenance_margin": "0",
        "sma": _money(equity - initial),
        "accrued_fees": "0",
        "pending_reg_taf_fees": "0",
        "intraday_adjustments": "0",
        "balance_asof": _last_day(state),
        "created_at": stamp_text(state.created_at),
        "trade_suspended_by_user": state.configuration["suspend_trade"],
        "options_approved_level": 3,
        "options_trading_level": 3,
        **state.account,
    }
    if state.switches.extra_fields:
        body |= {"effective_buying_power": text(buying_power), "bod_dtbp": "0", "crypto_tier": 0}
        body |= {"admin_configurations": {}, "user_configurations": None}
    body = _spoiled(state, body)
    if state.switches.legacy_day_trade_fields:
        body |= {"pattern_day_trader": False, "daytrade_count": 0, "daytrading_buying_power": "0"}
    return body


def _last_day(state: FakeState) -> str:
    day = state.now().astimezone(hours.NEW_YORK).date() - timedelta(days=1)
    while not hours.is_trading_day(day):
        day -= timedelta(days=1)
    return day.isoformat()


def position_json(state: FakeState, held: FakePosition, available: Decimal) -> dict[str, Any]:
    listed = state.market.listed[held.symbol]
    price = state.mark(held.symbol)
    value, cost = held.qty * price, held.qty * held.average
    gain = value - cost
    before = (price * Decimal("0.99")).quantize(CENT)
    share = gain / abs(cost) if cost else ZERO
    body = {
        "asset_id": listed.asset_id,
        "symbol": held.symbol,
        "exchange": listed.exchange,
        "asset_class": "us_equity",
        "asset_marginable": listed.marginable,
        "qty": text(held.qty),
        "qty_available": text(available),
        "avg_entry_price": text(held.average),
        "side": "long" if held.qty > 0 else "short",
        "market_value": text(value),
        "cost_basis": text(cost),
        "unrealized_pl": text(gain),
        "unrealized_plpc": text(round(share, 12)),
        "unrealized_intraday_pl": text(gain),
        "unrealized_intraday_plpc": text(round(share, 12)),
        "current_price": text(price),
        "lastday_price": text(before),
        "change_today": text(round(price / before - 1, 12)) if before else None,
    }
    return _spoiled(state, body)


def fill_json(state: FakeState, execution: FakeExecution) -> dict[str, Any]:
    order = execution.order
    body = {
        "activity_type": "FILL",
        "id": execution.activity_id,
        "type": execution.kind,
        "transaction_time": stamp_text(execution.time),
        "price": text(execution.price),
        "qty": text(execution.qty),
        "cum_qty": text(execution.cum_qty),
        "leaves_qty": text(execution.leaves_qty),
        "side": execution.side,
        "symbol": execution.symbol,
        "order_id": order.id,
        "order_status": "filled" if execution.kind == "fill" else "partially_filled",
        "currency": "USD",
    }
    return _spoiled(state, body)


def asset_json(state: FakeState, listed: Listed) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": listed.asset_id,
        "class": "us_equity",
        "exchange": listed.exchange,
        "symbol": listed.symbol,
        "name": listed.name,
        "status": listed.status,
        "tradable": listed.tradable,
        "marginable": listed.marginable,
        "shortable": listed.shortable,
        "borrow_status": "easy_to_borrow" if listed.easy_to_borrow else "hard_to_borrow",
        "fractionable": listed.fractionable,
        "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30",
        "margin_requirement_short": "30",
        "attributes": list(listed.attributes),
    }
    if state.switches.easy_to_borrow_field:
        body["easy_to_borrow"] = listed.easy_to_borrow
    return body


def event_id(number: int) -> str:
    """Sortable and opaque, in the alphabet of a ULID."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    digest = hashlib.sha256(str(number).encode()).digest()
    return f"01KAR{number:09d}" + "".join(alphabet[byte % 32] for byte in digest[:12])
