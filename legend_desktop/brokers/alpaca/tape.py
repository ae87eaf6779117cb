"""The newest quote of one symbol, put together from the rows of the data stream: quotes, trades, halts, corrections.

Quotes and trades of one feed come in order: a trade proves that the quote before it still stood at its time, so the
merged quote carries the newer of both times.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from legend_desktop.brokers.alpaca.market_parse import halted_by, merged, sets_the_last, side_of_quote
from legend_desktop.brokers.alpaca.market_payloads import StreamRow
from legend_desktop.brokers.alpaca.parse import time_of
from legend_desktop.domain.quotes import Quote


class Tape:
    """One symbol of one feed."""

    def __init__(self, symbol: str, feed: str) -> None:
        self._symbol = symbol
        self.feed = feed
        self._before: tuple[Decimal | None, Decimal | None] = (None, None)
        self.quote: Quote | None = None
        self.told_at: datetime | None = None
        """The newest time that the stream itself told of, or when it began to be listened to."""

    def listened_from(self, at: datetime) -> None:
        """The stream tells what happens after ``at``."""
        self.told_at = at if self.told_at is None else max(at, self.told_at)

    def snapshot(self, fresh: Quote) -> Quote:
        """Take in what REST tells; what the stream told later stays."""
        self.quote = merged(fresh, self.quote)
        return self.quote

    def take(self, row: StreamRow, now: datetime) -> Quote | None:
        """Take in one row; the new quote, or ``None`` where the row changes nothing that is shown."""
        known = self.quote
        if known is None:
            known = Quote(self._symbol, None, None, None, None, None, time_of(row.t) or now, source=self.feed)
        self.listened_from(time_of(row.t) or now)
        fresh = self._changed(known, row, now)
        if fresh is not None:
            self.quote = fresh
        return fresh

    def _changed(self, known: Quote, row: StreamRow, now: datetime) -> Quote | None:
        kind = row.T
        at = max(time_of(row.t) or now, known.timestamp)
        if kind == "q":
            bid, bid_size = side_of_quote(row.bp, row.bs)
            ask, ask_size = side_of_quote(row.ap, row.as_)
            return Quote(
                known.symbol,
                bid,
                ask,
                bid_size,
                ask_size,
                known.last,
                at,
                known.last_size,
                known.volume,
                known.previous_close,
                known.source,
                known.halted,
            )
        if kind == "t":
            return self._traded(known, row, at)
        if kind == "s":
            halted = halted_by(row.sc, row.sm)
            return None if halted in {None, known.halted} else replace(known, halted=bool(halted), timestamp=at)
        if kind == "c" and row.op is not None and row.op == known.last and row.cp is not None:
            return replace(known, last=row.cp, last_size=row.cs, volume=_plus(known.volume, row.cs, row.os))
        if kind == "x" and row.p is not None and (row.p, row.s) == (known.last, known.last_size):
            last, size = self._before
            return replace(known, last=last, last_size=size, volume=_plus(known.volume, None, row.s))
        return None

    def _traded(self, known: Quote, row: StreamRow, at: datetime) -> Quote | None:
        """A trade at the market's price also proves that a halt is over, whose end may have been missed."""
        if row.p is None or row.p <= 0:
            return None
        last, size, halted = known.last, known.last_size, known.halted
        if sets_the_last(row.c):
            self._before = (last, size)
            last, size, halted = row.p, row.s, False
        volume = _plus(known.volume, row.s, None)
        return Quote(
            known.symbol,
            known.bid,
            known.ask,
            known.bid_size,
            known.ask_size,
            last,
            at,
            size,
            volume,
            known.previous_close,
            known.source,
            halted,
        )


def _plus(volume: Decimal | None, more: Decimal | None, less: Decimal | None) -> Decimal | None:
    """The day's volume with some shares more or less; unknown stays unknown."""
    if volume is None:
        return None
    return max(Decimal(0), volume + (more or 0) - (less or 0))
