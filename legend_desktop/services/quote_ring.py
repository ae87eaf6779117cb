"""The quotes of the last moments, symbol by symbol: what stood a while ago, for fills that are told late and pictures.

The board holds the newest quote alone. This keeps a bounded number before it, however many come: old ones fall out, and
of the symbols the one that was quiet the longest. Nothing of it is stored; what an order needs is kept with the order.
"""

from collections import deque
from datetime import datetime, timedelta

from legend_desktop.analytics.facts import QuoteAt
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.quotes import Quote

KEPT_QUOTES = 512
KEPT_SYMBOLS = 128

_Row = tuple[datetime, Quote]


class QuoteRing:
    """Recent quotes with the instant (aware UTC, our clock) at which each one arrived. Used from one thread.

    ``add`` is a listener of the quote board. It runs thousands of times a second and takes the same time and room
    after ten million quotes as after the first thousand.
    """

    def __init__(self, clock: Clock, *, quotes: int = KEPT_QUOTES, symbols: int = KEPT_SYMBOLS) -> None:
        """``quotes`` are kept of each of ``symbols``; both at least 1."""
        self._clock = clock
        self._kept = max(1, quotes)
        self._most = max(1, symbols)
        self._rings: dict[str, deque[_Row]] = {}

    def add(self, quote: Quote) -> None:
        """Take a quote that has just arrived."""
        ring = self._rings.get(quote.symbol)
        if ring is None:
            ring = self._begin(quote.symbol)
        ring.append((self._clock.now(), quote))

    def at(self, symbol: str, instant: datetime) -> QuoteAt | None:
        """The newest quote that had arrived by ``instant``; ``None`` where the ring does not reach back so far.

        It is as it was then, so it may have been old already: whoever uses it looks at its age.
        """
        for arrived, quote in reversed(self._rings.get(symbol, ())):
            if arrived <= instant:
                return QuoteAt(quote, instant)
        return None

    def between(self, symbol: str, start: datetime, end: datetime) -> list[QuoteAt]:
        """What stood at ``start`` (where that is known) and every quote that arrived after it up to ``end``."""
        rows = [QuoteAt(quote, at) for at, quote in self._rings.get(symbol, ()) if start < at <= end]
        first = self.at(symbol, start)
        return rows if first is None else [first, *rows]

    def since(self, symbol: str) -> datetime | None:
        """From when on every quote of ``symbol`` is still here; ``None`` without any."""
        ring = self._rings.get(symbol)
        return ring[0][0] if ring else None

    def count(self) -> int:
        """How many quotes are kept now."""
        return sum(len(ring) for ring in self._rings.values())

    def _begin(self, symbol: str) -> deque[_Row]:
        if len(self._rings) >= self._most:
            del self._rings[min(self._rings, key=lambda name: self._rings[name][-1][0])]
        ring: deque[_Row] = deque(maxlen=self._kept)
        self._rings[symbol] = ring
        return ring


def reaches(ring: QuoteRing, symbol: str, instant: datetime, slack: timedelta = timedelta(0)) -> bool:
    """True where the ring holds every quote of ``symbol`` from ``instant`` (or ``slack`` after it) on."""
    since = ring.since(symbol)
    return since is not None and since <= instant + slack
