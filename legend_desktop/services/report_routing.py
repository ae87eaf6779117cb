"""Where own orders were executed, grouped as brokers publish it under Rule 606(a): by month, venue and order type.

An order counts for the venue that executed most of its shares. What a broker does not tell is named so, never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.analytics.aggregate import (
    effective_over_quoted,
    improvement_sums,
    slippage_cost,
    weighted_slippage,
)
from legend_desktop.analytics.classify import PATIENT, UNKNOWN, OrderClass
from legend_desktop.analytics.measure import NOT_DISCLOSED
from legend_desktop.analytics.metrics import ByName, ExecutionMetrics
from legend_desktop.analytics.selection import is_usable, population
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.session import trading_day

MARKET, MARKETABLE, RESTING, OTHER = "market", "marketable_limit", "non_marketable_limit", "other"
KINDS = (MARKET, MARKETABLE, RESTING, OTHER)
OTHER_VENUES = "other venues"
_LISTED = 10
_LISTED_FROM_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class RoutingRow(ByName):
    """One venue of one broker in a month. ``kinds`` is the venue's share of all orders of each type, per cent.

    ``fees`` is the sum of what is known, ``orders_without_fees`` counts the filled orders whose fees are not.
    """

    broker: str
    venue: str
    orders: int
    percent_of_orders: float
    kinds: dict[str, float | None]
    shares: Decimal
    total_slippage_cost: Decimal
    avg_slippage_bps: float | None
    net_price_improvement_amount: Decimal | None
    effective_over_quoted: float | None
    fees: Decimal
    orders_without_fees: int


@dataclass(frozen=True, slots=True)
class RoutingMonth(ByName):
    """A calendar month: its orders, how they split among the types (per cent), and the venues, largest first."""

    month: str
    orders: int
    kinds: dict[str, float]
    venues: tuple[RoutingRow, ...]


def order_kind(row: ExecutionMetrics) -> str:
    """The type as routing statistics group it; a limit of unknown class and stops are ``other``."""
    if row.order_class is OrderClass.MARKET:
        return MARKET
    if row.order_class is OrderClass.MARKETABLE_LIMIT:
        return MARKETABLE
    return RESTING if row.order_class in PATIENT else OTHER


def main_venue(row: ExecutionMetrics) -> str:
    """The venue that executed most of the order's shares (the first by name where two are equal)."""
    if not row.fills_by_venue:
        return NOT_DISCLOSED
    return min(row.fills_by_venue, key=lambda name: (-row.fills_by_venue[name][0], name))


def routing_606(records: Sequence[ExecutionMetrics]) -> tuple[RoutingMonth, ...]:
    """Months in their order, of all orders that ended: filled or not."""
    months: dict[str, list[ExecutionMetrics]] = {}
    for row in population(records).orders:
        day = None if row.arrived_at is None else trading_day(row.arrived_at)
        months.setdefault(UNKNOWN if day is None else f"{day:%Y-%m}", []).append(row)
    return tuple(_month(name, months[name]) for name in sorted(months))


def _month(name: str, rows: Sequence[ExecutionMetrics]) -> RoutingMonth:
    groups: dict[tuple[str, str], list[ExecutionMetrics]] = {}
    for row in rows:
        groups.setdefault((row.broker, main_venue(row)), []).append(row)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    listed = [
        (key, members)
        for place, (key, members) in enumerate(ranked)
        if place < _LISTED or 100 * len(members) / len(rows) >= _LISTED_FROM_PERCENT
    ]
    rest: dict[str, list[ExecutionMetrics]] = {}
    for key, members in ranked[len(listed) :]:
        rest.setdefault(key[0], []).extend(members)
    listed += [((broker, OTHER_VENUES), members) for broker, members in sorted(rest.items())]
    counts = {kind: sum(order_kind(row) == kind for row in rows) for kind in KINDS}
    venues = tuple(_row(broker, venue, members, counts, len(rows)) for (broker, venue), members in listed)
    return RoutingMonth(name, len(rows), {kind: 100 * counts[kind] / len(rows) for kind in KINDS}, venues)


def _row(
    broker: str, venue: str, members: Sequence[ExecutionMetrics], counts: dict[str, int], whole: int
) -> RoutingRow:
    used = [row for row in members if is_usable(row)]
    gains = improvement_sums(members)
    return RoutingRow(
        broker=broker,
        venue=venue,
        orders=len(members),
        percent_of_orders=100 * len(members) / whole,
        kinds={
            kind: 100 * sum(order_kind(row) == kind for row in members) / counts[kind] if counts[kind] else None
            for kind in KINDS
        },
        shares=sum((row.filled_qty for row in members), ZERO),
        total_slippage_cost=slippage_cost(used),
        avg_slippage_bps=weighted_slippage(used),
        net_price_improvement_amount=gains.net if gains.eligible else None,
        effective_over_quoted=effective_over_quoted(used),
        fees=sum((row.fees for row in members if row.fees is not None), ZERO),
        orders_without_fees=sum(row.filled_qty > 0 and row.fees is None for row in members),
    )
