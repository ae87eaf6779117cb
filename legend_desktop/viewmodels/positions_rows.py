"""The rows of the Positions table and their totals, built from what is known now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.enums import Pending
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import PositionRisk, Protection
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.viewmodels.worst_case import WorstCase, opens

QUOTE_FRESH = timedelta(seconds=3)
MARK_FRESH = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Mark:
    """The price a position is valued at, how old it is, and whether it may be wrong by now."""

    price: Decimal | None
    age: timedelta | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One row: a position with its risk, or an order whose fate nobody knows (``unknown`` set, ``risk`` not).

    ``position.mark`` is the price shown. ``elsewhere`` says that no order of this program is behind the position.
    ``age_seconds`` is set while the mark is stale.
    """

    key: str
    symbol: str
    mark: Mark
    position: Position | None = None
    risk: PositionRisk | None = None
    elsewhere: bool = False
    day_result: Decimal | None = None
    broker: str = ""
    order: Order | None = None
    unknown: WorstCase | None = None

    @property
    def is_unknown(self) -> bool:
        """True for the row of an order whose fate nobody knows."""
        return self.order is not None

    @property
    def stale(self) -> bool:
        """True where the mark was true earlier but may not be now."""
        return self.mark.stale

    @property
    def value(self) -> Decimal | None:
        """Signed value at the mark."""
        return None if self.position is None else self.position.market_value

    @property
    def side_words(self) -> str:
        """Long or short, with a question mark where it is not sure."""
        if self.position is not None:
            return "Long" if self.position.is_long else "Short"
        order = self.order
        if order is None:
            return ""
        if not opens(order):
            return "Exit?"
        return "Long?" if order.side.sign > 0 else "Short?"

    @property
    def protection(self) -> Protection:
        """How the stops stand against the position."""
        return Protection.UNCERTAIN if self.risk is None else self.risk.protection


@dataclass(frozen=True, slots=True)
class PositionTotals:
    """Sums over the known positions; ``unknown`` counts orders whose fate is open,
    ``elsewhere`` positions that no order of this program is behind.

    ``heat`` is the money lost if every sure stop fills, ``unprotected`` shares have no stop, ``unsure`` ones only a
    stop that is not confirmed. ``as_of`` and ``age`` are set while prices are stale.
    """

    count: int = 0
    elsewhere: int = 0
    unknown: int = 0
    value: Decimal = ZERO
    profit: Decimal = ZERO
    heat: Decimal = ZERO
    heat_percent: Decimal | None = None
    unprotected: Decimal = ZERO
    unsure: Decimal = ZERO
    stale: bool = False
    as_of: datetime | None = None
    age: timedelta | None = None


def choose_mark(position: Position, quote: Quote | None, now: datetime, *, connected: bool) -> Mark:
    """The middle of a fresh quote, else the newer one of the broker's price and the old quote, marked as stale.

    The broker's own price counts as current for ten seconds.
    """
    fresh = connected and quote is not None and quote.mid is not None and quote.age(now) <= QUOTE_FRESH
    if fresh and quote is not None:
        return Mark(quote.mid, quote.age(now))
    known: list[tuple[datetime, Decimal, bool]] = []
    if position.mark is not None and position.as_of is not None:
        known.append((position.as_of, position.mark, position.mark_stale))
    old = None if quote is None else quote.mid or quote.last
    if quote is not None and old is not None:
        known.append((quote.timestamp, old, True))
    if not known:
        return Mark(position.mark, None, stale=position.mark is not None)
    at, price, doubtful = max(known, key=lambda row: row[0])
    age = max(timedelta(0), now - at)
    return Mark(price, age, stale=not connected or doubtful or age > MARK_FRESH)


def with_pending_stops(risk: PositionRisk, orders: Iterable[Order]) -> PositionRisk:
    """``risk`` with its missing cover marked as unsure while a change of one of its stops is not confirmed."""
    if risk.protection is not Protection.PARTIAL:
        return risk
    ids = {risk.stop_order_id}
    asked = sum(
        (
            max(ZERO, order.pending_terms.quantity - order.quantity)
            for order in orders
            if order.client_order_id in ids and order.pending is Pending.REPLACE and order.pending_terms is not None
        ),
        ZERO,
    )
    if not asked:
        return risk
    unsure = min(risk.unprotected_quantity, asked)
    return PositionRisk(
        **{name: getattr(risk, name) for name in risk.__slots__ if name not in {"protection", "unsure_quantity"}},
        protection=Protection.UNCERTAIN,
        unsure_quantity=unsure,
    )


def sum_up(rows: Iterable[PositionRow], equity: Decimal | None, now: datetime) -> PositionTotals:
    """The totals of ``rows``; positions without a price are left out of value and profit."""
    listed = list(rows)
    known = [row for row in listed if row.position is not None and row.risk is not None]
    risks = [row.risk for row in known if row.risk is not None]
    heat = sum((max(ZERO, risk.open_risk) for risk in risks if risk.open_risk is not None), ZERO)
    ages = [row.mark.age for row in known if row.stale and row.mark.age is not None]
    age = max(ages, default=None)
    return PositionTotals(
        count=len(known),
        elsewhere=sum(1 for row in known if row.elsewhere),
        unknown=len(listed) - len(known),
        value=sum((row.value for row in known if row.value is not None), ZERO),
        profit=sum(
            (
                row.position.unrealized_pl
                for row in known
                if row.position is not None and row.position.unrealized_pl is not None
            ),
            ZERO,
        ),
        heat=heat,
        heat_percent=heat / equity * HUNDRED if equity else None,
        unprotected=sum((risk.unprotected_quantity - risk.unsure_quantity for risk in risks), ZERO),
        unsure=sum((risk.unsure_quantity for risk in risks), ZERO),
        stale=any(row.stale for row in known),
        as_of=None if age is None else now - age,
        age=age,
    )
