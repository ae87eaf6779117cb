"""Alpaca's market data as quotes and bars: pure, and the one place that knows what its letters mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from legend_desktop.brokers.alpaca.market_payloads import BarRow, QuoteRow, SnapshotRow, TradeRow
from legend_desktop.brokers.alpaca.parse import time_of
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.quotes import Bar, Quote
from legend_desktop.domain.session import trading_day

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_A_MARKET_PRICE = frozenset("BWCNRHV47PZU")
"""Conditions of prints whose price is not the market's at their time: average, cash and next-day settlement, seller's
option, price variation, contingent, derivatively priced, prior reference price, sold out of sequence."""
_HALTS = frozenset({"2", "H", "P"})
_RESUMES = frozenset({"3", "T"})


def side_of_quote(price: Decimal | None, size: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Price and shares of one side; both ``None`` where nobody quotes it: Alpaca then says price 0."""
    if price is None or price <= 0:
        return None, None
    return price, size


def sets_the_last(conditions: Any) -> bool:
    """True for a print whose price is the market's: odd lots count, prints priced by another rule do not."""
    if not isinstance(conditions, list):
        return True
    return _NOT_A_MARKET_PRICE.isdisjoint(conditions)


def halted_by(code: str | None, words: str | None) -> bool | None:
    """Whether a trading status stops (true) or resumes (false) trading; ``None`` where it says neither.

    The codes of the two tapes differ and do not overlap; a code that is not known is judged by its words.
    """
    if code in _HALTS:
        return True
    if code in _RESUMES:
        return False
    text = (words or "").lower()
    if "halt" in text or "pause" in text:
        return True
    if "resum" in text and "quot" not in text:
        return False
    return None


CONFIRMS_WITHIN = timedelta(minutes=5)
"""A quote that the feed still calls its newest stands now, unless it is so old that the market has rather ended."""


def empty_quote(symbol: str, feed: str, at: datetime) -> Quote:
    """The quote of a symbol that the broker lists and nobody quotes or trades on this feed."""
    return Quote(symbol, None, None, None, None, None, at, source=feed)


def quote_of(symbol: str, row: SnapshotRow, feed: str, now: datetime) -> Quote:
    """The newest quote, last trade, day's volume and previous close of a snapshot.

    Before the first trade of a day its daily bar is still that of the day before, which then closed last. Prices
    without a time are of no time at all: they count as old.
    """
    quote, trade = row.latest_quote or QuoteRow(), row.latest_trade or TradeRow()
    bid, bid_size = side_of_quote(quote.bp, quote.bs)
    ask, ask_size = side_of_quote(quote.ap, quote.as_)
    quoted_at, traded_at = time_of(quote.t), time_of(trade.t)
    last, last_size = trade.p, trade.s
    if not sets_the_last(trade.c):
        last, last_size = (row.daily_bar.c if row.daily_bar is not None else None), None
    if last is None or last <= 0:
        last, last_size = None, None
    stamps = [at for at in (quoted_at, traded_at) if at is not None]
    volume, close = _day(row, now)
    stands = quoted_at is not None and now - quoted_at <= CONFIRMS_WITHIN
    return Quote(
        symbol=symbol,
        bid=bid,
        ask=ask,
        bid_size=bid_size,
        ask_size=ask_size,
        last=last,
        timestamp=max(stamps, default=now if bid is None and ask is None and last is None else EPOCH),
        last_size=last_size,
        volume=volume,
        previous_close=close,
        source=feed,
        confirmed_at=now if stands else None,
    )


def _day(row: SnapshotRow, now: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Volume of today and close of the trading day before it."""
    today, before = row.daily_bar, row.prev_daily_bar
    began = time_of(today.t) if today is not None else None
    if today is None or began is None:
        return None, before.c if before is not None else None
    if trading_day(began) < trading_day(now):
        return ZERO, today.c
    return today.v, before.c if before is not None else None


def bar_of(symbol: str, row: BarRow) -> Bar | None:
    """A bar; ``None`` where one of its prices or its time is missing."""
    start = time_of(row.t)
    if start is None or row.o is None or row.h is None or row.l is None or row.c is None:
        return None
    return Bar(symbol, start, row.o, row.h, row.l, row.c, row.v if row.v is not None else ZERO, row.vw)


def bars_of_trades(symbol: str, rows: Iterable[TradeRow], seconds: int) -> list[Bar]:
    """Bars of ``seconds`` from single trades in any order, oldest first; a bar without a trade is left out."""
    found: dict[int, list[tuple[datetime, Decimal, Decimal]]] = {}
    for row in rows:
        at = time_of(row.t)
        if at is None or row.p is None or row.p <= 0 or row.u in {"canceled", "incorrect"} or not sets_the_last(row.c):
            continue
        place = int((at - EPOCH).total_seconds()) // seconds
        found.setdefault(place, []).append((at, row.p, row.s if row.s is not None else ZERO))
    return [_bar_of_prints(symbol, place * seconds, found[place]) for place in sorted(found)]


def _bar_of_prints(symbol: str, start: int, prints: Sequence[tuple[datetime, Decimal, Decimal]]) -> Bar:
    ordered = sorted(prints, key=lambda row: row[0])
    prices = [price for _, price, _ in ordered]
    volume = sum((size for _, _, size in ordered), ZERO)
    value = sum((price * size for _, price, size in ordered), ZERO)
    vwap = value / volume if volume else None
    at = EPOCH + timedelta(seconds=start)
    return Bar(symbol, at, prices[0], max(prices), min(prices), prices[-1], volume, vwap)


def merged(fresh: Quote, known: Quote | None) -> Quote:
    """``fresh`` from a snapshot, without going back in time behind what a stream told: its newer sides stay."""
    if known is None:
        return fresh
    fresh = replace(fresh, halted=known.halted)
    if fresh.timestamp >= known.timestamp:
        return fresh
    return replace(
        known,
        last=known.last if known.last is not None else fresh.last,
        last_size=known.last_size if known.last is not None else fresh.last_size,
        volume=fresh.volume,
        previous_close=fresh.previous_close,
    )
