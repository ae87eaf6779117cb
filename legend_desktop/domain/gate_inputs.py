"""What the pre-trade gate looks at: one frozen value, gathered by the services at the moment of decision."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import TradingMode, TradingState
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.risk import DailyLoss, GateLimits, RecentSend


class Check(StrEnum):
    """The stable id of each check, in the order in which they are made and shown."""

    TRADING_STATE = "trading_state"
    RECONCILED = "reconciled"
    ENVIRONMENT = "environment"
    TERMS = "terms"
    SYMBOL = "symbol"
    SYMBOL_LOCK = "symbol_lock"
    MAX_QUANTITY = "max_quantity"
    MARKET_OPEN = "market_open"
    MAX_ORDER_VALUE = "max_order_value"
    PRICE_COLLAR = "price_collar"
    QUOTE = "quote"
    DUPLICATE = "duplicate"
    THROTTLE = "throttle"
    POSITION_LIMIT = "position_limit"
    BUYING_POWER = "buying_power"
    DAILY_LOSS = "daily_loss"
    STOP_SIDE = "stop_side"
    HIGH_RISK = "high_risk"
    STOP_TOO_TIGHT = "stop_too_tight"
    REDUCE_ONLY = "reduce_only"
    SHORT_SALE = "short_sale"
    SESSION_RULES = "session_rules"


@dataclass(frozen=True, slots=True)
class GateInputs:
    """Every fact a check needs; a fact that nobody knows is ``None`` and the check that needs it denies.

    ``position_quantity`` is signed, ``working_exit_quantity`` the shares that working exits already cover (the two
    exits of a bracket count once; an exit being replaced is left out). ``reservations`` is the buying power taken by
    orders sent since the account snapshot. ``symbol_exposure`` and ``gross_exposure`` are absolute values with every
    working and unknown order filled, without this order. ``risk_percent`` is the planned risk in per cent of the
    account, ``planned_stop`` and ``planned_target`` the exits of an entry. ``is_flatten`` marks the closing orders of
    the flatten command, which pass while halted. ``throttled_until`` is the end of a tripped throttle's lock.
    """

    terms: OrderTerms
    now: datetime
    limits: GateLimits
    trading_state: TradingState | None
    entries_open: bool | None
    order_mode: TradingMode | None
    session_mode: TradingMode | None
    window_mode: TradingMode | None
    store_mode: TradingMode | None
    instrument: Instrument | None
    quote: Quote | None
    account: Account | None
    position_quantity: Decimal | None
    trading_reason: str = ""
    entries_reason: str = ""
    order_stream_alive: bool | None = None
    instrument_as_of: datetime | None = None
    market_open: bool | None = None
    in_extended_session: bool = False
    working_exit_quantity: Decimal = ZERO
    reservations: Decimal = ZERO
    symbol_exposure: Decimal | None = None
    gross_exposure: Decimal | None = None
    recent_sends: tuple[RecentSend, ...] = ()
    throttled_until: datetime | None = None
    daily_loss: DailyLoss | None = None
    risk_percent: Decimal | None = None
    planned_stop: Decimal | None = None
    planned_target: Decimal | None = None
    suggested_stop: Decimal | None = None
    is_replace: bool = False
    reduce_only: bool = False
    is_flatten: bool = False
    symbol_locked: bool = False
    symbol_lock_reason: str = ""
    flips_allowed: bool = False
    open_positions: int = 0
    broker_name: str = "The broker"
    quantity_step: Decimal | None = None
    similar_symbols: tuple[str, ...] = ()
