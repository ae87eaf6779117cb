"""The made-up market: each stock walks by its own seeded dice, so its path is the same whoever else is quoted.

The fair value is a geometric Brownian motion that is drawn back to its anchor over hours, more lively at the open and
the close; now and then it jumps, and a large jump halts the stock for minutes. Quotes and trades follow it.
"""

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

from legend_desktop.brokers.simulator.feed import SymbolFeed, TickSink
from legend_desktop.brokers.simulator.symbols import WELL_KNOWN, SymbolSpec, canonical, spec_for
from legend_desktop.brokers.simulator.units import to_time
from legend_desktop.domain.session import NEW_YORK

_HOUR = 3_600_000_000
_SESSION_HOURS = 6.5
_PULL = 1 / (2 * _HOUR)
"""Share of the way back to the anchor, a microsecond: half a life of about an hour and a half."""
_JUMPS = 0.1 / _HOUR
_HALT_FROM = 0.9
"""A jump of this many daily standard deviations halts the stock."""
_QUIET = 0.8
_SHAPE_EVERY = 60_000_000
_TRADE_SHARE = 0.35
_LOTS = 100


class _Walk:
    """The dice and the fair value of one stock."""

    __slots__ = ("_random", "anchor", "fair", "feed", "halts", "jumps", "last", "period", "resume", "rng", "sigma")

    def __init__(self, feed: SymbolFeed, seed: int, period: float, start: int, *, jumps: bool, halts: bool) -> None:
        spec = feed.spec
        self.feed = feed
        self.rng = random.Random(f"{seed} {spec.symbol}")
        self._random = self.rng.random
        self.period = period
        self.fair = self.anchor = float(spec.open_price)
        self.sigma = spec.volatility / math.sqrt(_SESSION_HOURS * _HOUR)
        self.last = start
        self.resume = 0
        self.jumps = jumps
        self.halts = halts
        bid = (spec.open_price - spec.spread // 2) // spec.tick * spec.tick
        feed.show(bid, bid + spec.spread, self._lots(), self._lots())
        feed.last = spec.open_price
        feed.last_size = _LOTS
        feed.ts = feed.began = start

    def gap(self) -> int:
        """Microseconds to the next tick."""
        return int(self.period * (0.5 + self._random())) + 1

    def _lots(self) -> int:
        return max(1, round(self.feed.spec.depth / _LOTS * (0.4 + 1.2 * self._random()))) * _LOTS

    def tick(self, now: int, shape: float) -> tuple[int, int]:
        """Move to ``now`` and show it on the feed; returns price and size of the trade, zeros for a quote."""
        feed = self.feed
        feed.ts = now
        feed.quote = None
        if feed.halted:
            if now < self.resume:
                return 0, 0
            feed.halted = False
            self.last = now
        elapsed = now - self.last
        self.last = now
        self.fair += self.fair * self.sigma * shape * math.sqrt(elapsed) * self.rng.gauss(0.0, 1.0)
        self.fair += (self.anchor - self.fair) * _PULL * elapsed
        dice = self._random()
        if self.jumps and dice < _JUMPS * elapsed:
            self._jump(now)
        elif dice > 1 - _TRADE_SHARE:
            return self._trade()
        self._quote(shape)
        return 0, 0

    def _jump(self, now: int) -> None:
        strength = 0.2 + 0.5 * self.rng.expovariate(1.0)
        leap = strength * self.feed.spec.volatility * (1 if self._random() < 0.5 else -1)
        self.fair *= 1 + leap
        self.anchor *= 1 + leap / 2
        if self.halts and strength > _HALT_FROM:
            self.feed.halted = True
            self.resume = now + int((60 + 240 * self._random()) * 1_000_000)

    def _quote(self, shape: float) -> None:
        feed = self.feed
        tick = feed.tick
        spread = feed.spec.spread
        if self._random() < 0.04 * shape:
            spread += tick * (1 + int(self._random() * max(2, spread // tick)))
        bid = max(tick, round((self.fair - spread / 2) / tick) * tick)
        feed.show(bid, bid + spread, self._lots(), self._lots())

    def _trade(self) -> tuple[int, int]:
        feed = self.feed
        lean = 0.5 + max(-0.35, min(0.35, (self.fair - (feed.bid + feed.ask) / 2) / (feed.ask - feed.bid)))
        draw = self._random()
        at_ask = self._random() < lean
        units = feed.ask if at_ask else feed.bid
        wide = (feed.ask - feed.bid) // feed.tick
        if wide > 1 and draw < 0.1:
            units = feed.bid + (1 + int(draw * 10 * (wide - 1))) * feed.tick
        shares = max(1, int(-math.log(1.0 - draw) * feed.spec.depth / 3))
        if shares >= _LOTS:
            shares -= shares % _LOTS
        if units == feed.ask:
            feed.ask_size = max(_LOTS, feed.ask_size - shares)
        elif units == feed.bid:
            feed.bid_size = max(_LOTS, feed.bid_size - shares)
        feed.last = units
        feed.last_size = shares
        feed.volume += shares
        return units, shares


class SyntheticSource:
    """Ticks of made-up stocks from ``start`` (microseconds since 1970) on; ``symbols`` tick ``rate`` times a second."""

    def __init__(
        self, seed: int, rate: float, symbols: Sequence[str], start: int, *, jumps: bool = True, halts: bool = True
    ) -> None:
        specs = [spec_for(name) for name in dict.fromkeys(map(canonical, symbols))] or list(WELL_KNOWN.values())
        self._seed = seed
        self._jumps, self._halts = jumps, halts
        self._second_of_activity = rate / sum(spec.activity for spec in specs)
        self._feeds: dict[str, SymbolFeed] = {}
        self._heap: list[tuple[int, str, _Walk]] = []
        self._now = start
        self._shape = _QUIET
        self._shape_until = 0
        for spec in specs:
            self._begin(spec)

    @property
    def feeds(self) -> Mapping[str, SymbolFeed]:
        """Every stock quoted so far."""
        return self._feeds

    def feed(self, symbol: str) -> SymbolFeed:
        """The feed of ``symbol``, begun now where it is new. Raises ``UnknownSymbol``."""
        known = self._feeds.get(symbol)
        return known if known is not None else self._feeds.get(canonical(symbol)) or self._begin(spec_for(symbol))

    def _begin(self, spec: SymbolSpec) -> SymbolFeed:
        feed = SymbolFeed(spec, "simulator")
        per_second = spec.activity * self._second_of_activity
        period = 1_000_000 / per_second if per_second else 0.0
        walk = _Walk(feed, self._seed, period, self._now, jumps=self._jumps, halts=self._halts)
        self._feeds[spec.symbol] = feed
        if period:
            heapq.heappush(self._heap, (self._now + walk.gap(), spec.symbol, walk))
        return feed

    def next_due(self) -> int | None:
        """Time of the next tick; ``None`` where prices stand still."""
        return self._heap[0][0] if self._heap else None

    def run(self, until: int, limit: int, sink: TickSink) -> int:
        """Play the ticks due at ``until``."""
        heap = self._heap
        done = 0
        while done < limit and heap and heap[0][0] <= until:
            due, symbol, walk = heap[0]
            if due >= self._shape_until:
                self._reshape(due)
            units, shares = walk.tick(due, self._shape)
            heapq.heapreplace(heap, (due + walk.gap(), symbol, walk))
            self._now = due
            sink(walk.feed, units, shares)
            done += 1
        return done

    def _reshape(self, now: int) -> None:
        """How lively the day is: a U over the regular session, an even murmur outside it."""
        local = to_time(now).astimezone(NEW_YORK)
        opened = local.replace(hour=9, minute=30, second=0, microsecond=0)
        share = (local - opened) / timedelta(hours=_SESSION_HOURS)
        self._shape = 0.7 + 0.8 * (2 * share - 1) ** 2 if 0 <= share < 1 else _QUIET
        self._shape_until = now + _SHAPE_EVERY

    def skip(self, now: int) -> None:
        """Go on from ``now``: the time between passes without ticks."""
        self._now = now
        self._heap = [(max(due, now + 1), symbol, walk) for due, symbol, walk in self._heap]
        for _, _, walk in self._heap:
            walk.last = max(walk.last, now)
        heapq.heapify(self._heap)

    def close(self) -> None:
        """There is nothing to let go of."""
