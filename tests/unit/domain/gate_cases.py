"""An entry that passes every check, to be spoilt in one place by each test."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import BrokerType, OrderSide, OrderType, TradingMode, TradingState
from legend_desktop.domain.formatting import THIN_NBSP
from legend_desktop.domain.gate import Check, GateInputs, evaluate_gate
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.verdicts import Verdict
from tests.unit.domain.builders import NOW, terms

D = Decimal
ACCOUNT = Account(
    account_id="SIM1",
    broker=BrokerType.SIMULATOR,
    mode=TradingMode.PAPER,
    cash=D("104486.29"),
    buying_power=D(400_000),
    equity=D("104486.29"),
    as_of=NOW,
    start_of_day_equity=D("104486.29"),
)
QUOTE = Quote("AAPL", D("175.50"), D("175.52"), D(800), D(600), D("175.51"), NOW)
BUY = GateInputs(
    terms=terms(quantity="116"),
    now=NOW,
    limits=GateLimits.for_mode(TradingMode.PAPER),
    trading_state=TradingState.ACTIVE,
    entries_open=True,
    order_mode=TradingMode.PAPER,
    session_mode=TradingMode.PAPER,
    window_mode=TradingMode.PAPER,
    store_mode=TradingMode.PAPER,
    instrument=Instrument("AAPL", "Apple Inc."),
    instrument_as_of=NOW - timedelta(hours=1),
    quote=QUOTE,
    account=ACCOUNT,
    position_quantity=D(0),
    order_stream_alive=True,
    market_open=True,
    symbol_exposure=D(0),
    gross_exposure=D(0),
    planned_stop=D("173.75"),
    planned_target=D("179.20"),
    risk_percent=D("0.20"),
    broker_name="Alpaca",
)
CLOSE = replace(
    BUY,
    terms=terms(OrderSide.SELL, quantity="60"),
    position_quantity=D(60),
    planned_stop=None,
    planned_target=None,
    risk_percent=None,
    reduce_only=True,
)


def limit_buy(price: str, quantity: str = "116", **others: Any) -> GateInputs:
    return replace(BUY, terms=terms(order_type=OrderType.LIMIT, quantity=quantity, limit_price=D(price), **others))


def stop_sell(price: str, quantity: str = "60") -> GateInputs:
    """A protective stop of a long position."""
    return replace(CLOSE, terms=terms(OrderSide.SELL, OrderType.STOP, quantity, stop_price=D(price)))


def verdict(inputs: GateInputs, check: Check) -> Verdict:
    return next(one for one in evaluate_gate(inputs) if one.check == check)


def said(inputs: GateInputs, check: Check) -> str:
    return verdict(inputs, check).sentence.replace(THIN_NBSP, " ")
