"""The desk's limits, the daily loss, and the counting of sends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from legend_desktop.domain.enums import TradingMode, TradingState
from legend_desktop.domain.formatting import format_money, format_percent
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.orders import OrderTerms

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_STRICTNESS = (TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What the pre-trade gate holds orders to. Per cent fields carry percent numbers, ``None`` means no limit.

    ``max_position_percent`` and ``max_order_percent`` count per cent of equity. ``gross_limit_percent`` and
    ``heat_limit_percent`` are the ends of the Risk panel's meters; the gate refuses beyond the gross one only where
    ``gross_is_hard``. ``collar_percent`` is the distance of a price from the market, ``lock_after_throttle`` how long
    a tripped throttle holds entries back.
    """

    max_order_quantity: Decimal = Decimal(10_000)
    max_order_value: Decimal | None = None
    max_order_percent: Decimal | None = None
    max_position_percent: Decimal | None = None
    gross_limit_percent: Decimal = Decimal(150)
    gross_is_hard: bool = False
    heat_limit_percent: Decimal = Decimal(6)
    max_percent_adv: Decimal | None = None
    collar_percent: Decimal = Decimal(5)
    max_spread_percent: Decimal = Decimal(2)
    max_quote_age: timedelta = timedelta(seconds=3)
    max_instrument_age: timedelta = timedelta(hours=24)
    reduce_loss_percent: Decimal = Decimal(3)
    halt_loss_percent: Decimal = Decimal(5)
    confirm_risk_percent: Decimal = Decimal(2)
    max_risk_percent: Decimal | None = None
    buying_power_slack: Decimal = Decimal(1)
    duplicate_window: timedelta = timedelta(seconds=1)
    identical_window: timedelta = timedelta(seconds=60)
    max_identical: int = 3
    max_per_second: int = 5
    max_per_minute: int = 60
    lock_after_throttle: timedelta = timedelta(seconds=60)

    @classmethod
    def for_mode(cls, mode: TradingMode) -> Self:
        """The shipped limits: buying power alone bounds a paper position, 25 % of equity a live one."""
        if mode is TradingMode.PAPER:
            return cls()
        quarter = Decimal(25)
        return replace(
            cls(),
            max_order_quantity=Decimal(1_000),
            max_order_percent=quarter,
            max_position_percent=quarter,
            gross_limit_percent=Decimal(120),
            gross_is_hard=True,
            heat_limit_percent=Decimal(3),
        )

    def remaining_heat(self, equity: Decimal, heat: Decimal) -> Decimal:
        """Money that may still be put at risk to stops with ``heat`` open already; never below zero."""
        return max(ZERO, equity * self.heat_limit_percent / HUNDRED - heat)


@dataclass(frozen=True, slots=True)
class DailyLoss:
    """The day's profit and loss against its limits.

    ``percent`` is signed, of start-of-day equity; losses below zero.
    """

    day_pl: Decimal
    start_of_day_equity: Decimal
    percent: Decimal
    state: TradingState
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two orders the same order to a person."""

    account_id: str
    symbol: str
    side: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None
    stop_price: Decimal | None

    @classmethod
    def of(cls, account_id: str, terms: OrderTerms) -> Self:
        """The fingerprint of ``terms`` sent to ``account_id``."""
        return cls(
            account_id, terms.symbol, terms.side, terms.quantity, terms.order_type, terms.limit_price, terms.stop_price
        )


@dataclass(frozen=True, slots=True)
class RecentSend:
    """One order that left; ``at`` aware UTC. ``is_exit`` sends never count towards the throttle."""

    fingerprint: Fingerprint
    at: datetime
    is_exit: bool = False


@dataclass(frozen=True, slots=True)
class Throttle:
    """A tripped rate limit: how many orders in which span, and until when entries are locked."""

    limit: int
    span: str
    locked_until: datetime


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Earlier sends of the same order: the time since the newest, and how many count."""

    newest_age: timedelta
    count: int
    oldest_age: timedelta


def stricter(first: TradingState, second: TradingState) -> TradingState:
    """The one of two trading states that allows less."""
    return max(first, second, key=_STRICTNESS.index)


def assess_daily_loss(
    day_pl: Decimal, start_of_day_equity: Decimal, limits: GateLimits, open_positions: int = 0
) -> DailyLoss:
    """Where the day's profit and loss, realised and open, stands against the two loss limits.

    Raises ``ValueError`` unless the start-of-day equity is above zero.
    """
    if start_of_day_equity <= 0:
        raise ValueError("the equity at the start of the day must be above zero")
    percent = day_pl / start_of_day_equity * HUNDRED
    state, sentence = TradingState.ACTIVE, ""
    if percent <= -limits.halt_loss_percent:
        state = TradingState.HALTED
        limit = format_percent(limits.halt_loss_percent, trim=True)
        sentence = (
            f"Day loss {format_money(day_pl)} has reached {limit}. Trading is halted until the next session. "
            f"Open positions: {open_positions}."
        )
        if open_positions:
            sentence += " Flatten them with Ctrl+Shift+F12, hold 1 s."
    elif percent <= -limits.reduce_loss_percent:
        state = TradingState.REDUCING
        limit = format_percent(limits.reduce_loss_percent, trim=True)
        sentence = (
            f"Day loss {format_money(day_pl)} has reached {limit}. "
            "Only exits and cancels from now on. Tomorrow starts fresh."
        )
    return DailyLoss(day_pl, start_of_day_equity, percent, state, sentence)


def find_throttle(recent: Sequence[RecentSend], now: datetime, limits: GateLimits) -> Throttle | None:
    """The rate limit that one more entry at ``now`` would break; exits are not counted. ``None`` where none."""
    entries = [send.at for send in recent if not send.is_exit]
    for limit, span, name in (
        (limits.max_per_second, _SECOND, "one second"),
        (limits.max_per_minute, _MINUTE, "one minute"),
    ):
        if sum(now - at < span for at in entries) >= limit:
            return Throttle(limit, name, now + limits.lock_after_throttle)
    return None


def find_duplicates(
    fingerprint: Fingerprint, recent: Sequence[RecentSend], now: datetime, limits: GateLimits
) -> Duplicates | None:
    """The same order among the sends of the last ``identical_window``; ``None`` where there is none."""
    ages = [
        now - send.at for send in recent if send.fingerprint == fingerprint and now - send.at < limits.identical_window
    ]
    return Duplicates(min(ages), len(ages), max(ages)) if ages else None
