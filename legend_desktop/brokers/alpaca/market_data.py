"""Market data of Alpaca over REST: newest quotes of one or many symbols, and bars.

The feed is named in every request, for what Alpaca takes without one depends on the plan. Sizes are shares. A symbol
that is missing from an answer is looked up in the list of assets before it is called unknown.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from legend_desktop.brokers.alpaca.feed import FeedChoice
from legend_desktop.brokers.alpaca.market_parse import bar_of, bars_of_trades, empty_quote, quote_of
from legend_desktop.brokers.alpaca.market_payloads import BarRow, Page, TradeRow, page_in, snapshots_in
from legend_desktop.brokers.alpaca.payloads import Unreadable
from legend_desktop.brokers.alpaca.reference_data import ReferenceData, read_fault
from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.errors import BrokerDown
from legend_desktop.brokers.http import HttpAnswer, HttpSession
from legend_desktop.brokers.rate_limit import Lane
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.feeds import DELAYED_SIP, IEX, SIP
from legend_desktop.domain.quotes import Bar, Quote

Row = TypeVar("Row", bound=msgspec.Struct)
MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
SYMBOLS_AT_ONCE = 100
MOST_ROWS = 10_000
TRADE_PAGES = 3
TRADE_WINDOW = timedelta(minutes=30)
"""Bars shorter than a minute do not exist at Alpaca: they are made from single trades, at most so far back."""
LATE = timedelta(minutes=16)
"""The whole market is free to read once it is 15 minutes old; one more covers a clock that is a little off."""
_INVALID = re.compile(r"invalid symbol[s]?[:\s]+([A-Za-z0-9./\-]+)", re.IGNORECASE)


class MarketData:
    """Quotes and bars. ``data_url`` has no slash at its end."""

    def __init__(
        self, http: HttpSession, data_url: str, reference: ReferenceData, feed: FeedChoice, clock: Clock
    ) -> None:
        self._http = http
        self._url = data_url
        self._reference = reference
        self._clock = clock
        self.feed = feed

    async def get_quote(self, symbol: str, *, lane: Lane = Lane.READ) -> Quote:
        """The newest quote; all sides missing where nobody trades it on this feed. Raises ``UnknownSymbol``."""
        symbol = symbol.upper()
        with suppress(UnknownSymbol):  # the look-up says so with the symbol that was meant
            found = await self.snapshots([symbol], lane=lane)
            if symbol in found:
                return found[symbol]
        await self._reference.asset(symbol)
        return empty_quote(symbol, self.feed.current, self._clock.now())

    async def snapshots(self, symbols: Sequence[str], *, lane: Lane = Lane.READ) -> dict[str, Quote]:
        """The newest quotes by symbol; one without data is missing. Raises ``UnknownSymbol`` for a malformed one."""
        found: dict[str, Quote] = {}
        for start in range(0, len(symbols), SYMBOLS_AT_ONCE):
            part = symbols[start : start + SYMBOLS_AT_ONCE]
            feed, answer = await self._ask("/v2/stocks/snapshots", {"symbols": ",".join(part)}, lane)
            with _reading():
                rows = snapshots_in(answer.body)
            now = self._clock.now()
            found |= {name: quote_of(name, row, feed, now) for name, row in rows.items()}
        return found

    async def get_bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        """The last ``limit`` bars of ``seconds`` each, oldest first, prices and shares as after later splits.

        Whole minutes up to 59, whole hours up to 23, days and weeks are Alpaca's own. Bars shorter than a minute are
        made from single trades and reach half an hour back at most. Days come from the whole market on every plan, up
        to a quarter of an hour ago where the plan is IEX. Raises ``UnknownSymbol``, ``NotSupported``.
        """
        symbol = symbol.upper()
        if limit <= 0:
            return []
        bars: list[Bar] = []
        with suppress(UnknownSymbol):
            bars = await self._bars(symbol, seconds, limit)
        if not bars:
            await self._reference.asset(symbol)
        return bars[-limit:]

    async def _bars(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        if 0 < seconds < MINUTE:
            return await self._short_bars(symbol, seconds)
        frame = timeframe(seconds)
        now = self._clock.now()
        query = {
            "symbols": symbol,
            "timeframe": frame,
            "start": _stamp(now - reach(seconds, limit)),
            "limit": str(min(limit, MOST_ROWS)),
            "adjustment": "split",
            "sort": "desc",
        }
        query |= self._past()
        if seconds >= DAY and self.feed.current == IEX:
            try:
                return await self._bar_pages(symbol, {**query, **_late_sip(now)}, limit)
            except NotSupported:
                pass  # then the days of IEX alone
        return await self._bar_pages(symbol, query, limit)

    def _past(self) -> dict[str, str]:
        """What names the feed of the past: the late feed has none of its own, and is the whole market's, late."""
        return _late_sip(self._clock.now()) if self.feed.current == DELAYED_SIP else {}

    async def _bar_pages(self, symbol: str, query: Mapping[str, str], limit: int) -> list[Bar]:
        bars: list[Bar] = []
        async for page in self._pages("bars", symbol, query, BarRow):
            bars += [bar for row in page.rows if (bar := bar_of(symbol, row)) is not None]
            if len(bars) >= limit:
                break
        return bars[:limit][::-1]

    async def _short_bars(self, symbol: str, seconds: int) -> list[Bar]:
        """From the newest trades back; a bar that the last page cut off is left out."""
        if MINUTE % seconds:
            raise _no_bars(seconds)
        query = {
            "symbols": symbol,
            "start": _stamp(self._clock.now() - TRADE_WINDOW),
            "limit": str(MOST_ROWS),
            "sort": "desc",
            **self._past(),
        }
        rows: list[TradeRow] = []
        pages, more = 0, False
        async for page in self._pages("trades", symbol, query, TradeRow):
            rows += page.rows
            pages, more = pages + 1, page.token is not None
            if pages == TRADE_PAGES:
                break
        bars = bars_of_trades(symbol, rows, seconds)
        return bars[1:] if more else bars

    async def _pages(
        self, name: str, symbol: str, query: Mapping[str, str], kind: type[Row]
    ) -> AsyncIterator[Page[Row]]:
        """Page by page until there is no further token; a short page may well have one."""
        asked = dict(query)
        seen: set[str] = set()
        while True:
            _, answer = await self._ask(f"/v2/stocks/{name}", asked, Lane.READ)
            with _reading():
                page = page_in(answer.body, name, symbol, kind)
            yield page
            if page.token is None or page.token in seen:
                return
            seen.add(page.token)
            asked["page_token"] = page.token

    async def _ask(self, path: str, query: Mapping[str, str], lane: Lane) -> tuple[str, HttpAnswer]:
        """One request with the feed named, once more with the feed that is left where the plan refuses the first."""
        named = query.get("feed")
        while True:
            feed = named or self.feed.current
            answer = await self._http.read(f"{self._url}{path}", params={**query, "feed": feed}, lane=lane)
            if answer.ok:
                return feed, answer
            if not not_granted(answer):
                raise _fault(answer)
            if named is not None:
                raise self.feed.refusal(named)
            self.feed.refused(feed)


def timeframe(seconds: int) -> str:
    """Alpaca's name for bars of ``seconds``. Raises ``NotSupported`` for a length it does not have."""
    for unit, name, most in ((WEEK, "Week", 1), (DAY, "Day", 1), (HOUR, "Hour", 23), (MINUTE, "Min", 59)):
        count = seconds // unit
        if seconds % unit == 0 and 1 <= count <= most:
            return f"{count}{name}"
    raise _no_bars(seconds)


def reach(seconds: int, limit: int) -> timedelta:
    """How far back ``limit`` bars may lie, nights, week-ends and holidays included. Newest come first, so it is free
    to ask for more: a feed of one exchange has minutes without a trade.
    """
    if seconds >= DAY:
        return timedelta(seconds=seconds * limit) * 1.6 + timedelta(days=14)
    return timedelta(days=7) + timedelta(seconds=seconds * limit) * 12


def not_granted(answer: HttpAnswer) -> bool:
    """True for the refusal of a feed that the plan does not have (403, or 422 in older words)."""
    return answer.status in {403, 422} and "subscription" in answer.text.lower()


def _late_sip(now: datetime) -> dict[str, str]:
    return {"feed": SIP, "end": _stamp(now - LATE)}


def _fault(answer: HttpAnswer) -> Exception:
    if answer.status == 400 and (found := _INVALID.search(answer.text)) is not None:
        return UnknownSymbol(f"Alpaca has no symbol {found[1].upper()}.")
    return read_fault(answer, "market data")


def _no_bars(seconds: int) -> NotSupported:
    return NotSupported(f"Alpaca has no bars of {seconds} seconds.", advice="Choose another bar length.")


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise BrokerDown(f"Alpaca's market data could not be read ({error}).", code="unreadable") from error
