"""Which records a figure is about. Paper and live are never in one selection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from legend_desktop.analytics.classify import UNKNOWN, weekday
from legend_desktop.analytics.facts import OCO, USER
from legend_desktop.analytics.measure import BAD_DATA
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.enums import OrderState, TradingMode

FILTERS: Mapping[str, Callable[[ExecutionMetrics], str]] = {
    "side": lambda row: row.side.value,
    "order_type": lambda row: row.order_type.value,
    "order_class": lambda row: row.order_class.value,
    "broker": lambda row: row.broker,
    "account_id": lambda row: row.account_id,
    "session": lambda row: row.session,
    "half_hour": lambda row: row.half_hour,
    "hour": lambda row: UNKNOWN if row.half_hour == UNKNOWN else row.half_hour[:2],
    "weekday": lambda row: weekday(row.arrived_at),
    "symbol": lambda row: row.symbol,
    "size_bucket": lambda row: row.size_bucket,
    "lot_class": lambda row: row.lot_class,
    "time_in_force": lambda row: row.time_in_force.value,
}
"""The properties an answer can be narrowed by, each with how a record tells it."""


@dataclass(frozen=True, slots=True)
class Population:
    """The orders that count, and how many others there were and why."""

    orders: tuple[ExecutionMetrics, ...]
    working: int = 0
    rejected: int = 0
    oco_cancelled: int = 0

    @property
    def user_cancelled(self) -> int:
        """Orders the person cancelled; they stay in the population."""
        return sum(row.cancel_origin == USER for row in self.orders)


def newest_mode(records: Sequence[ExecutionMetrics]) -> TradingMode:
    """The mode of the newest record; paper when there is none."""
    return records[-1].mode if records else TradingMode.PAPER


def choose(
    records: Iterable[ExecutionMetrics],
    mode: TradingMode,
    *,
    symbol: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    filters: Mapping[str, object] | None = None,
) -> list[ExecutionMetrics]:
    """Records of one ``mode`` that match. ``since`` (inside) and ``until`` (outside) bound the arrival.

    A filter's value is a word, an enum member, or several of them. Raises ``ValueError`` for an unknown filter.
    """
    wanted = {name: _words(value) for name, value in (filters or {}).items() if value is not None}
    unknown = sorted(set(wanted) - set(FILTERS))
    if unknown:
        raise ValueError(f"There is no filter {', '.join(unknown)}. Use one of: {', '.join(sorted(FILTERS))}.")
    upper = symbol.upper() if symbol else None
    return [
        row
        for row in records
        if row.mode is mode
        and (upper is None or row.symbol == upper)
        and _inside(row.arrived_at, since, until)
        and all(FILTERS[name](row) in words for name, words in wanted.items())
    ]


def population(records: Iterable[ExecutionMetrics]) -> Population:
    """Terminal orders; working and rejected ones and exits cancelled by their sibling are only counted."""
    orders: list[ExecutionMetrics] = []
    working = rejected = oco = 0
    for row in records:
        if row.provisional:
            working += 1
        elif row.state in {OrderState.REJECTED, OrderState.DENIED} and row.filled_qty == 0:
            rejected += 1
        elif row.cancel_origin == OCO and row.filled_qty == 0:
            oco += 1
        else:
            orders.append(row)
    return Population(tuple(orders), working, rejected, oco)


def is_usable(row: ExecutionMetrics) -> bool:
    """True where the order's slippage may enter an average."""
    return row.slippage_bps is not None and BAD_DATA not in row.reasons


def exclusion_reason(row: ExecutionMetrics) -> str | None:
    """Why a filled order is left out of cost figures; ``None`` for usable and for unfilled orders."""
    if row.filled_qty == 0 or is_usable(row):
        return None
    if BAD_DATA in row.reasons:
        return BAD_DATA
    return row.reasons[0] if row.reasons else "no_benchmark"


def _inside(at: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if at is None:
        return since is None and until is None
    return (since is None or at >= since) and (until is None or at < until)


def _words(value: object) -> frozenset[str]:
    items: Iterable[Any] = [value] if isinstance(value, str) else value if isinstance(value, Iterable) else [value]
    return frozenset(item.value if isinstance(item, StrEnum) else str(item) for item in items)
