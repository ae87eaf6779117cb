"""The account of the simulated broker: cash, positions, profit, margin and what fills cost.

All amounts are whole units (a hundredth of a cent), so nothing is ever lost to rounding: equity is starting cash plus
realised profit (after costs) plus the open profit, to the unit. Each booking keeps its own effect, so that a bust takes
back exactly what its fill did.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from legend_desktop.brokers.simulator.config import FeeSchedule
from legend_desktop.brokers.simulator.units import UNITS_PER_DOLLAR, round_to_units

DAY_MULTIPLE = 4
OVERNIGHT_MULTIPLE = 2
DAY_TRADER_EQUITY = 25_000 * UNITS_PER_DOLLAR
"""From this equity on the intraday multiple holds; below it the overnight one."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What one fill did: signed changes of position, cost basis, cash and realised profit."""

    symbol: str
    quantity: int
    cost: int
    cash: int
    realized: int


class Holding:
    """Signed shares and their signed cost in units."""

    __slots__ = ("cost", "quantity")

    def __init__(self, quantity: int = 0, cost: int = 0) -> None:
        self.quantity = quantity
        self.cost = cost

    @property
    def average(self) -> Decimal:
        """Average entry price in dollars, to a millionth."""
        exact = Decimal(self.cost) / (self.quantity * UNITS_PER_DOLLAR)
        return exact if exact == exact.quantize(_FINE) else exact.quantize(_FINE)


_FINE = Decimal("0.000001")


class AccountBook:
    """Cash and holdings. ``day`` is the New York date the day figures belong to."""

    def __init__(self, cash: int, day: date) -> None:
        self.cash = cash
        self.holdings: dict[str, Holding] = {}
        self.realized_today = 0
        self.start_of_day_equity = cash
        self.day = day

    def quantity(self, symbol: str) -> int:
        """Signed shares of ``symbol``."""
        holding = self.holdings.get(symbol)
        return 0 if holding is None else holding.quantity

    def book(self, symbol: str, quantity: int, units: int, costs: int) -> Booking:
        """Book a fill of signed ``quantity`` at ``units`` a share with ``costs``; returns its effect."""
        holding = self.holdings.get(symbol) or Holding()
        closing = 0
        if holding.quantity and (holding.quantity > 0) != (quantity > 0):
            closing = max(-abs(holding.quantity), -abs(quantity)) * (1 if holding.quantity > 0 else -1)
        released = holding.cost * -closing // holding.quantity if closing else 0
        opening = quantity - closing
        realized = -closing * units - released - costs
        done = Booking(symbol, quantity, opening * units - released, -quantity * units - costs, realized)
        self._apply(done, 1)
        return done

    def undo(self, booking: Booking) -> None:
        """Take a booking back: a bust."""
        self._apply(booking, -1)

    def _apply(self, booking: Booking, direction: int) -> None:
        holding = self.holdings.setdefault(booking.symbol, Holding())
        holding.quantity += direction * booking.quantity
        holding.cost += direction * booking.cost
        self.cash += direction * booking.cash
        self.realized_today += direction * booking.realized
        if holding.quantity == 0:
            # what a bust out of order leaves of the cost belongs to the realised profit
            self.realized_today -= holding.cost
            del self.holdings[booking.symbol]

    def gross(self, marks: dict[str, int]) -> int:
        """Long and short value together, in units."""
        return sum(abs(row.quantity) * marks[symbol] for symbol, row in self.holdings.items())

    def long_value(self, marks: dict[str, int]) -> int:
        """Value of the shares owned."""
        return sum(row.quantity * marks[symbol] for symbol, row in self.holdings.items() if row.quantity > 0)

    def short_value(self, marks: dict[str, int]) -> int:
        """Value of the shares owed, below zero."""
        return sum(row.quantity * marks[symbol] for symbol, row in self.holdings.items() if row.quantity < 0)

    def equity(self, marks: dict[str, int]) -> int:
        """What the account is worth at ``marks`` (units by symbol)."""
        return self.cash + sum(row.quantity * marks[symbol] for symbol, row in self.holdings.items())

    def unrealized(self, marks: dict[str, int]) -> int:
        """Open profit at ``marks``."""
        return sum(row.quantity * marks[symbol] - row.cost for symbol, row in self.holdings.items())

    def buying_power(self, marks: dict[str, int]) -> int:
        """What may still be bought or sold short: the multiple of equity less all that is held."""
        equity = self.equity(marks)
        multiple = DAY_MULTIPLE if equity >= DAY_TRADER_EQUITY else OVERNIGHT_MULTIPLE
        return max(0, multiple * equity - self.gross(marks))

    def overnight_buying_power(self, marks: dict[str, int]) -> int:
        """The same by the overnight multiple."""
        return max(0, OVERNIGHT_MULTIPLE * self.equity(marks) - self.gross(marks))

    def begin_day(self, day: date, marks: dict[str, int]) -> None:
        """Start the figures of a new day."""
        self.day = day
        self.realized_today = 0
        self.start_of_day_equity = self.equity(marks)


def fill_costs(fees: FeeSchedule, *, buy: bool, quantity: int, units: int, first: bool) -> tuple[int, int]:
    """Commission and regulatory fees of one fill, in units."""
    commission = fees.commission_per_share * quantity + (fees.commission_per_order if first else 0)
    if buy:
        return round_to_units(commission), 0
    notional = Decimal(quantity * units) / UNITS_PER_DOLLAR
    activity = min(fees.taf_per_share * quantity, fees.taf_cap)
    return round_to_units(commission), round_to_units(fees.sec_rate * notional + activity)
