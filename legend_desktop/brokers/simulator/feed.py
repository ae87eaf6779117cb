"""One stock as the market shows it now, and what a source of ticks must offer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from legend_desktop.brokers.simulator.bars import BarBuilder
from legend_desktop.brokers.simulator.symbols import SymbolSpec
from legend_desktop.brokers.simulator.units import price, size, to_time
from legend_desktop.domain.quotes import Quote

if TYPE_CHECKING:
    from legend_desktop.brokers.simulator.sim_order import SimOrder
    from legend_desktop.brokers.simulator.streams import QuoteChannel


class SymbolFeed:
    """The mutable top of book of one stock, prices in units and sizes in shares; zero means that side is missing.

    ``taken_bid`` and ``taken_ask`` are shares that own orders took since the quote was shown: a size is met only once.
    ``orders`` are the own orders that look at this market, in time order; ``watchers`` the streams that want quotes.
    """

    __slots__ = (
        "ask",
        "ask_size",
        "bars",
        "began",
        "bid",
        "bid_size",
        "halted",
        "last",
        "last_size",
        "orders",
        "quote",
        "source",
        "spec",
        "step",
        "symbol",
        "taken_ask",
        "taken_bid",
        "tick",
        "ts",
        "volume",
        "watchers",
    )

    def __init__(self, spec: SymbolSpec, source: str) -> None:
        self.spec = spec
        self.symbol = spec.symbol
        self.source = source
        self.tick = spec.tick
        self.step = max(self.tick, spec.spread // 4 // self.tick * self.tick)
        self.bid = self.ask = self.last = 0
        self.bid_size = self.ask_size = self.last_size = 0
        self.volume = 0
        self.ts = self.began = 0
        self.halted = False
        self.taken_bid = self.taken_ask = 0
        self.orders: list[SimOrder] = []
        self.watchers: list[QuoteChannel] = []
        self.bars = BarBuilder()
        self.quote: Quote | None = None

    def show(self, bid: int, ask: int, bid_size: int, ask_size: int) -> None:
        """Put up a new quote."""
        self.bid, self.ask, self.bid_size, self.ask_size = bid, ask, bid_size, ask_size
        self.taken_bid = self.taken_ask = 0

    @property
    def has_market(self) -> bool:
        """True once anything was quoted or traded."""
        return self.ts > 0

    @property
    def mark(self) -> int:
        """What a share is worth now in units: the mid, else the last trade, else the previous close."""
        if 0 < self.bid <= self.ask:
            return (self.bid + self.ask) // 2
        return self.last or self.spec.previous_close

    @property
    def time(self) -> datetime:
        """When the feed last changed."""
        return to_time(self.ts)

    def to_quote(self) -> Quote:
        """The present quote as the domain's value, made once for each tick."""
        made = self.quote
        if made is None:
            bid, ask, last = self.bid, self.ask, self.last
            made = self.quote = Quote(
                self.symbol,
                price(bid) if bid else None,
                price(ask) if ask else None,
                size(self.bid_size) if bid else None,
                size(self.ask_size) if ask else None,
                price(last) if last else None,
                to_time(self.ts),
                size(self.last_size) if last else None,
                Decimal(self.volume),
                price(self.spec.previous_close) if self.spec.previous_close else None,
                self.source,
                self.halted,
            )
        return made


TickSink = Callable[[SymbolFeed, int, int], None]
"""Told of each tick: the feed as it now is, and price and size of the trade, both zero for a mere quote."""


class TickSource(Protocol):
    """Where prices come from: it changes feeds in the order of time and tells the sink of each change."""

    @property
    def feeds(self) -> Mapping[str, SymbolFeed]:
        """Every stock quoted so far."""
        ...

    def feed(self, symbol: str) -> SymbolFeed:
        """The feed of ``symbol``, begun where it was not quoted before. Raises ``UnknownSymbol``."""
        ...

    def next_due(self) -> int | None:
        """Time of the next tick in microseconds since 1970; ``None`` when there is no further one."""
        ...

    def run(self, until: int, limit: int, sink: TickSink) -> int:
        """Play at most ``limit`` ticks that are due at ``until``; returns how many."""
        ...

    def skip(self, now: int) -> None:
        """Take up again at ``now`` without the ticks missed while the machine slept."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...
