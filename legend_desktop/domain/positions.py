"""Positions as the broker holds them, with their profit and loss."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import HUNDRED


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held in one symbol: ``quantity`` is signed (short below zero), prices per share.

    ``mark`` is the price the position is valued at, ``None`` where nobody knows one; ``mark_stale`` says that it was
    true earlier.
    """

    symbol: str
    quantity: Decimal
    avg_entry_price: Decimal
    mark: Decimal | None = None
    as_of: datetime | None = None
    mark_stale: bool = False
    name: str = ""

    @property
    def is_long(self) -> bool:
        """True for shares owned."""
        return self.quantity > 0

    @property
    def side(self) -> OrderSide:
        """The side that opened the position."""
        return OrderSide.BUY if self.quantity > 0 else OrderSide.SELL

    @property
    def shares(self) -> Decimal:
        """Unsigned quantity."""
        return abs(self.quantity)

    @property
    def market_value(self) -> Decimal | None:
        """Signed value at the mark."""
        return None if self.mark is None else self.quantity * self.mark

    @property
    def cost_basis(self) -> Decimal:
        """Signed value at the average entry price."""
        return self.quantity * self.avg_entry_price

    @property
    def unrealized_pl(self) -> Decimal | None:
        """Money gained since entry at the mark."""
        return None if self.mark is None else self.quantity * (self.mark - self.avg_entry_price)

    @property
    def unrealized_pl_percent(self) -> Decimal | None:
        """Gain per cent of the entry value, positive when the position earns."""
        if self.mark is None or self.avg_entry_price == 0:
            return None
        sign = 1 if self.quantity > 0 else -1
        return sign * (self.mark / self.avg_entry_price - 1) * HUNDRED
