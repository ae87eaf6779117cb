"""Which broker is cheaper, like for like: only orders of one symbol class, size, time of day and kind are compared.

Without that the broker who got the wide symbols or the opening minutes would look dear. Orders that take the quote
take part; what a resting limit costs is its owner's patience. Below 30 comparable orders on either side the answer is
"not enough data", never a rank.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from statistics import median

from legend_desktop.analytics.aggregate import weighted_slippage
from legend_desktop.analytics.classify import MARKETABLE, UNKNOWN
from legend_desktop.analytics.metrics import ByName, ExecutionMetrics
from legend_desktop.analytics.selection import is_usable, population
from legend_desktop.analytics.statistics import CLUSTER_SHARE, MIN_RANKED, RESAMPLES, SEED, shared_share
from legend_desktop.analytics.stratified import Cell, comparable, stratified_difference, stratified_p
from legend_desktop.domain.session import NEW_YORK, MarketSession, session_of

NOT_ENOUGH = "Not enough data"
SIGNIFICANT = 0.05
_TIGHT_BPS, _WIDE_BPS = Decimal(1), Decimal(5)
_OPENING_MINUTES, _CLOSING_MINUTES = 30, 30
_OPEN_MINUTE, _CLOSE_MINUTE = 9 * 60 + 30, 16 * 60

CellKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison(ByName):
    """``first`` against ``second``, like for like, in basis points of order cost (equal weights).

    ``difference_bps`` above 0 says that ``first`` costs more; ``low`` to ``high`` is its 95 % interval. With fewer than
    30 comparable orders on a side ``enough`` is false, ``note`` says so and the figures are ``None``. ``significant``
    needs a two-sided p-value of shuffled labels below 0.05. ``first_orders`` and ``second_orders`` are those in the
    ``cells`` that both share, of all that take the quote.
    """

    first: str
    second: str
    enough: bool
    note: str
    first_orders: int
    second_orders: int
    cells: int
    difference_bps: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    significant: bool = False


@dataclass(frozen=True, slots=True)
class BrokerLine(ByName):
    """One broker before any comparison: orders that take the quote, and their value-weighted cost in bps."""

    broker: str
    orders: int
    avg_slippage_bps: float | None


@dataclass(frozen=True, slots=True)
class Scorecard(ByName):
    """The brokers and every pair of them. ``clustered`` says that orders of one minute and symbol count as one."""

    brokers: tuple[BrokerLine, ...]
    comparisons: tuple[Comparison, ...]
    clustered: bool
    seed: int = SEED


def scorecard(rows: Iterable[ExecutionMetrics], *, shuffles: int = RESAMPLES) -> Scorecard:
    """The scorecard of ``rows`` (all of one mode). ``shuffles`` 0 leaves the p-values out, so nothing is significant.

    Where more than 20 % of the orders share broker, symbol and minute with another, such orders are averaged into one.
    """
    used = [row for row in population(rows).orders if is_usable(row) and row.order_class in MARKETABLE]
    classes = symbol_classes(used)
    by_broker: dict[str, list[ExecutionMetrics]] = {}
    for row in used:
        by_broker.setdefault(row.broker or UNKNOWN, []).append(row)
    clustered = shared_share([_minute(row) for row in used]) > CLUSTER_SHARE
    cells = {name: _cells(members, classes, clustered=clustered) for name, members in sorted(by_broker.items())}
    lines = tuple(BrokerLine(name, len(by_broker[name]), weighted_slippage(by_broker[name])) for name in cells)
    pairs = combinations(cells, 2)
    return Scorecard(
        lines, tuple(_compare(one, two, cells[one], cells[two], shuffles) for one, two in pairs), clustered
    )


def symbol_classes(rows: Iterable[ExecutionMetrics]) -> dict[str, str]:
    """Class of each symbol by its median quoted half-spread over ``rows``: tight below 1 bp, normal below 5, wide.

    It belongs to the symbol, not to the order: a broker that trades at worse moments stays in the same class.
    """
    spreads: dict[str, list[Decimal]] = {}
    for row in rows:
        found = spreads.setdefault(row.symbol, [])
        if row.half_spread_bps is not None:
            found.append(row.half_spread_bps)
    return {symbol: _width(median(values)) if values else UNKNOWN for symbol, values in spreads.items()}


def time_bucket(row: ExecutionMetrics) -> str:
    """``open`` and ``close`` (first and last half-hour of the regular session), ``midday``, ``outside`` or unknown."""
    if row.arrived_at is None:
        return UNKNOWN
    if session_of(row.arrived_at) is not MarketSession.REGULAR:
        return "outside"
    local = row.arrived_at.astimezone(NEW_YORK)
    minute = local.hour * 60 + local.minute
    if minute < _OPEN_MINUTE + _OPENING_MINUTES:
        return "open"
    return "close" if minute >= _CLOSE_MINUTE - _CLOSING_MINUTES else "midday"


def cell_of(row: ExecutionMetrics, classes: Mapping[str, str]) -> CellKey:
    """What makes orders alike: symbol class, size class, time of day, and whether they waited for a trigger."""
    kind = "triggered" if row.order_type.value in {"stop", "stop_limit", "trailing_stop"} else "direct"
    return classes.get(row.symbol, UNKNOWN), row.size_bucket, time_bucket(row), kind


def _cells(
    rows: Sequence[ExecutionMetrics], classes: Mapping[str, str], *, clustered: bool
) -> dict[CellKey, list[float]]:
    found: dict[CellKey, dict[object, list[float]]] = {}
    for number, row in enumerate(rows):
        unit = _minute(row) if clustered else number
        found.setdefault(cell_of(row, classes), {}).setdefault(unit, []).append(float(row.slippage_bps or 0))
    return {key: [sum(values) / len(values) for values in units.values()] for key, units in found.items()}


def _minute(row: ExecutionMetrics) -> object:
    if row.arrived_at is None:
        return row.client_order_id
    return row.broker, row.symbol, int(row.arrived_at.timestamp() // 60)


def _compare(
    one: str, two: str, first: Mapping[CellKey, list[float]], second: Mapping[CellKey, list[float]], shuffles: int
) -> Comparison:
    shared: list[Cell] = comparable([(first[key], second[key]) for key in first if key in second])
    counts = tuple(sum(len(cell[side]) for cell in shared) for side in (0, 1))
    found = stratified_difference(shared) if min(counts) >= MIN_RANKED else None
    if found is None:
        note = f"{NOT_ENOUGH}: {min(counts)} comparable orders, {MIN_RANKED} are needed on both sides."
        return Comparison(
            one, two, enough=False, note=note, first_orders=counts[0], second_orders=counts[1], cells=len(shared)
        )
    p_value = stratified_p(shared, shuffles=shuffles) if shuffles else None
    significant = p_value is not None and p_value < SIGNIFICANT
    cheaper, dearer = (two, one) if found.difference > 0 else (one, two)
    note = f"{cheaper} is cheaper than {dearer}." if significant else "No difference is shown."
    return Comparison(
        one,
        two,
        enough=True,
        note=note,
        first_orders=found.first,
        second_orders=found.second,
        cells=found.cells,
        difference_bps=found.difference,
        low=found.low,
        high=found.high,
        p_value=p_value,
        significant=significant,
    )


def _width(half_spread: Decimal) -> str:
    return "tight" if half_spread < _TIGHT_BPS else "normal" if half_spread < _WIDE_BPS else "wide"
