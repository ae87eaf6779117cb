"""What can be traded and under which rules of size and price."""

from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.money import CENT, ONE, default_tick


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable symbol with its steps and flags as the broker states them.

    ``average_volume`` is the 20-day average daily volume in shares, ``daily_volatility`` the standard deviation of
    daily returns as a fraction, ``atr`` the average true range in price units; ``None`` where unknown.
    """

    symbol: str
    name: str = ""
    exchange: str = ""
    tick: Decimal = CENT
    lot: Decimal = ONE
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = False
    round_lot: int = 100
    average_volume: Decimal | None = None
    daily_volatility: Decimal | None = None
    atr: Decimal | None = None

    def tick_at(self, price: Decimal) -> Decimal:
        """The price step at ``price``: finer than the usual one below a dollar."""
        return min(self.tick, default_tick(price))
