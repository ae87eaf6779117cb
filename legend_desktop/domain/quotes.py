"""Quotes: what the market shows, and how far it can be trusted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask of one symbol with the last trade.

    Prices in quote currency, sizes in shares, ``timestamp`` aware UTC. A side that nobody quotes is ``None``.
    ``source`` names the feed (``simulator``, ``iex``, ...); ``halted`` is true while trading is stopped.
    ``confirmed_at`` is when the feed, asked for its newest quote, said that this one still stands.
    """

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    last: Decimal | None
    timestamp: datetime
    last_size: Decimal | None = None
    volume: Decimal | None = None
    previous_close: Decimal | None = None
    source: str = ""
    halted: bool = False
    confirmed_at: datetime | None = None

    @property
    def is_two_sided(self) -> bool:
        """True where both sides are quoted above zero."""
        return self.bid is not None and self.ask is not None and self.bid > 0 and self.ask > 0

    @property
    def is_crossed(self) -> bool:
        """True where the bid stands above the ask."""
        return self.bid is not None and self.ask is not None and self.bid > self.ask

    @property
    def mid(self) -> Decimal | None:
        """Mean of bid and ask; ``None`` unless both sides are there and not crossed."""
        if self.bid is None or self.ask is None or not self.is_two_sided or self.is_crossed:
            return None
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal | None:
        """Ask minus bid; ``None`` with a side missing."""
        if self.bid is None or self.ask is None or not self.is_two_sided:
            return None
        return self.ask - self.bid

    @property
    def spread_bps(self) -> Decimal | None:
        """Spread in basis points of the mid."""
        mid, spread = self.mid, self.spread
        return None if mid is None or spread is None else spread / mid * BASIS_POINTS

    def far_side(self, side: OrderSide) -> Decimal | None:
        """The price a marketable order of ``side`` meets: the ask for a buy, the bid for a sell."""
        return self.ask if side is OrderSide.BUY else self.bid

    def near_side(self, side: OrderSide) -> Decimal | None:
        """The price a resting order of ``side`` joins."""
        return self.bid if side is OrderSide.BUY else self.ask

    def age(self, now: datetime) -> timedelta:
        """Time since the quote was made or last confirmed; never negative. What may be traded on is judged by this."""
        return max(timedelta(0), now - max(self.timestamp, self.confirmed_at or self.timestamp))

    def exchange_age(self, now: datetime) -> timedelta:
        """Time since the quote was made; never negative. What a trade cost is judged by this."""
        return max(timedelta(0), now - self.timestamp)


@dataclass(frozen=True, slots=True)
class Trade:
    """One print of the market tape."""

    symbol: str
    price: Decimal
    size: Decimal
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """Open, high, low, close and volume of one interval that begins at ``start`` (aware UTC)."""

    symbol: str
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    vwap: Decimal | None = None
