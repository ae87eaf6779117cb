"""Market data over REST: ``/v2/stocks/...`` with Alpaca's shapes, feeds, paging and refusals."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from tests.fakes.alpaca.data_history import NEW_YORK, Frame, History
from tests.fakes.alpaca.data_wire import EXCHANGES, QUOTE_CONDITIONS, TRADE_CONDITIONS, quote_json, trade_json
from tests.fakes.alpaca.market import FakeMarket

SYMBOL = re.compile(r"[A-Z]{1,6}(?:\.[A-Z]{1,2})?$")
LATE = timedelta(minutes=15)
LATEST_FEEDS = ("iex", "sip", "delayed_sip", "boats", "overnight", "otc")
HISTORY_FEEDS = ("iex", "sip", "boats", "otc")
PAID_FEEDS = ("sip", "boats", "overnight", "otc")
NO_RECENT_SIP = "subscription does not permit querying recent SIP data"
SINGULAR = {"trades": "trade", "quotes": "quote", "bars": "bar"}
ADJUSTMENTS = {"raw", "split", "dividend", "spin-off", "all"}


class DataDesk(Protocol):
    """What the data side needs of the server."""

    @property
    def market(self) -> FakeMarket: ...


@dataclass(frozen=True, slots=True)
class Span:
    """What a question about the past asks for."""

    symbols: list[str]
    start: datetime
    end: datetime
    frame: Frame
    feed: str
    limit: int
    newest_first: bool
    token: tuple[str, datetime, int] | None


def routes(server: DataDesk) -> list[web.RouteDef]:
    """The paths of market data; authentication is the server's."""
    data = DataRest(server)
    found = [
        web.get("/v2/stocks/meta/exchanges", data.exchanges),
        web.get("/v2/stocks/meta/conditions/{ticktype}", data.conditions),
        web.get("/v2/stocks/snapshots", data.snapshots),
        web.get("/v2/stocks/auctions", data.auctions),
        web.get("/v2/stocks/{symbol}/snapshot", data.snapshot),
        web.get("/v2/stocks/{kind:trades|quotes|bars}/latest", data.latest_of_many),
        web.get("/v2/stocks/{symbol}/{kind:trades|quotes|bars}/latest", data.latest_of_one),
        web.get("/v2/stocks/{kind:trades|quotes|bars}", data.past_of_many),
        web.get("/v2/stocks/{symbol}/{kind:trades|quotes|bars}", data.past_of_one),
    ]
    return list(found)


def refused(status: int, message: str) -> web.HTTPException:
    """An answer to raise; data errors carry a message and no code."""
    kinds: dict[int, Callable[..., web.HTTPException]] = {
        400: web.HTTPBadRequest,
        403: web.HTTPForbidden,
        404: web.HTTPNotFound,
    }
    return kinds[status](text=json.dumps({"message": message}), content_type="application/json")


class DataRest:
    """The handlers."""

    def __init__(self, server: DataDesk) -> None:
        self.market = server.market
        self.history = History(server.market)

    async def exchanges(self, request: web.Request) -> web.Response:
        return web.json_response(EXCHANGES)

    async def conditions(self, request: web.Request) -> web.Response:
        kind = request.match_info["ticktype"]
        if kind not in ("trade", "quote"):
            raise refused(400, f"invalid ticktype: {kind}")
        if request.query.get("tape") not in ("A", "B", "C"):
            raise refused(400, "tape must be one of A, B, C")
        return web.json_response(TRADE_CONDITIONS if kind == "trade" else QUOTE_CONDITIONS)

    async def latest_of_many(self, request: web.Request) -> web.Response:
        kind, feed = request.match_info["kind"], self._latest_feed(request)
        found = {symbol: row for symbol in _symbols(request) if (row := self._latest(kind, symbol, feed)) is not None}
        return web.json_response({kind: found})

    async def latest_of_one(self, request: web.Request) -> web.Response:
        kind, symbol = request.match_info["kind"], _checked(request.match_info["symbol"])
        row = self._latest(kind, symbol, self._latest_feed(request))
        if row is None:
            raise refused(404, f"no {SINGULAR[kind]} found for {symbol}")
        return web.json_response({"symbol": symbol, SINGULAR[kind]: row})

    async def snapshots(self, request: web.Request) -> web.Response:
        feed = self._latest_feed(request)
        return web.json_response({each: self._snapshot(each, feed) for each in _symbols(request) if self._known(each)})

    async def snapshot(self, request: web.Request) -> web.Response:
        symbol, feed = _checked(request.match_info["symbol"]), self._latest_feed(request)
        if not self._known(symbol):
            raise refused(404, f"no snapshot found for {symbol}")
        return web.json_response({"symbol": symbol, **self._snapshot(symbol, feed)})

    async def auctions(self, request: web.Request) -> web.Response:
        span = self._span(request, _symbols(request), "sip")
        found: dict[str, list[dict[str, Any]]] = {}
        for symbol in filter(self._known, span.symbols):
            days = self.history.items(
                "bars", symbol, span.start, span.end, Frame(1, "Day"), "sip", newest_first=span.newest_first
            )
            found[symbol] = [_auction(at, bar) for at, bar in days][: span.limit]
        return web.json_response({"auctions": found, "next_page_token": None})

    async def past_of_many(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        found, token = self._page(kind, self._span(request, _symbols(request), kind))
        return web.json_response({kind: found, "next_page_token": token})

    async def past_of_one(self, request: web.Request) -> web.Response:
        kind, symbol = request.match_info["kind"], _checked(request.match_info["symbol"])
        found, token = self._page(kind, self._span(request, [symbol], kind))
        return web.json_response({"symbol": symbol, kind: found.get(symbol), "next_page_token": token})

    def _known(self, symbol: str) -> bool:
        return symbol in self.market.listed

    def _latest(self, kind: str, symbol: str, feed: str) -> dict[str, Any] | None:
        quote, trade = self.market.quote(symbol), self.market.last(symbol)
        if quote is None or trade is None:
            return None
        if kind == "quotes":
            return quote_json(self.market, quote, feed)
        return (
            trade_json(self.market, trade, feed) if kind == "trades" else self.history.latest_minute(symbol).as_json()
        )

    def _snapshot(self, symbol: str, feed: str) -> dict[str, Any]:
        today, before = self.history.daily(symbol), self.history.daily(symbol, back=1)
        return {
            "latestTrade": self._latest("trades", symbol, feed),
            "latestQuote": self._latest("quotes", symbol, feed),
            "minuteBar": self._latest("bars", symbol, feed),
            "dailyBar": today.as_json() if today else None,
            "prevDailyBar": before.as_json() if before else None,
        }

    def _latest_feed(self, request: web.Request) -> str:
        feed = request.query.get("feed") or ("sip" if self.market.sip_allowed else "iex")
        if feed not in LATEST_FEEDS:
            raise refused(400, f"invalid feed: {feed}")
        if feed in PAID_FEEDS and not self.market.sip_allowed:
            raise refused(403, NO_RECENT_SIP if feed == "sip" else f"subscription does not permit querying {feed} data")
        return feed

    def _past_feed(self, request: web.Request, end: datetime) -> str:
        feed = request.query.get("feed") or ("sip" if self.market.sip_allowed else "iex")
        if feed not in HISTORY_FEEDS:
            raise refused(400, f"invalid feed: {feed}")
        late = feed in ("sip", "boats") and end <= self.market.now() - LATE
        if feed in PAID_FEEDS and not late and not self.market.sip_allowed:
            raise refused(403, NO_RECENT_SIP if feed == "sip" else f"subscription does not permit querying {feed} data")
        return feed

    def _span(self, request: web.Request, symbols: list[str], kind: str) -> Span:
        query, now = request.query, self.market.now()
        today = now.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        end = _time(query["end"], "end", last=True) if query.get("end") else now
        start = _time(query["start"], "start") if query.get("start") else today
        if start > end:
            raise refused(400, "end should not be before start")
        if not set(query.get("adjustment", "raw").split(",")) <= ADJUSTMENTS:
            raise refused(400, "invalid adjustment")
        if query.get("sort", "asc") not in ("asc", "desc"):
            raise refused(400, "invalid sort")
        feed = self._past_feed(request, end)
        return Span(
            sorted(set(symbols)),
            start,
            end,
            _frame(request) if kind == "bars" else Frame(1, "Min"),
            feed,
            _limit(query.get("limit")),
            query.get("sort") == "desc",
            _token(query.get("page_token")),
        )

    def _page(self, kind: str, span: Span) -> tuple[dict[str, list[dict[str, Any]]], str | None]:
        """One page: the limit counts over all symbols, which come one after the other."""
        found: dict[str, list[dict[str, Any]]] = {}
        taken = 0
        for symbol in filter(self._known, span.symbols):
            if span.token is not None and symbol < span.token[0]:
                continue
            start, end, skip = span.start, span.end, 0
            if span.token is not None and symbol == span.token[0]:
                _, at, skip = span.token
                start, end = (start, at) if span.newest_first else (at, end)
            place, previous = 0, None  # how many rows before this one have the same time
            rows = self.history.items(kind, symbol, start, end, span.frame, span.feed, newest_first=span.newest_first)
            for at, row in rows:
                place = place + 1 if at == previous else 0
                previous = at
                if skip > 0:
                    skip -= 1
                    continue
                if taken == span.limit:
                    return found, _make_token(symbol, at, place)
                found.setdefault(symbol, []).append(row)
                taken += 1
        return found, None


def _auction(at: datetime, bar: dict[str, Any]) -> dict[str, Any]:
    def one(clock: str, price: Any, condition: str) -> dict[str, Any]:
        return {"t": f"{day}T{clock}:00.1Z", "x": "Q", "p": price, "s": 1_000, "c": condition}

    day = f"{at.astimezone(NEW_YORK):%Y-%m-%d}"
    return {"d": day, "o": [one("14:30", bar["o"], "O")], "c": [one("21:00", bar["c"], "6")]}


def _symbols(request: web.Request) -> list[str]:
    text = request.query.get("symbols", "")
    if not text:
        raise refused(400, "symbols is required")
    return [_checked(each) for each in text.split(",")]


def _checked(symbol: str) -> str:
    if not SYMBOL.match(symbol):
        raise refused(400, f"invalid symbol: {symbol}")
    return symbol


def _frame(request: web.Request) -> Frame:
    text = request.query.get("timeframe", "")
    if not text:
        raise refused(400, "timeframe is required")
    try:
        return Frame.parse(text)
    except ValueError:
        raise refused(400, f"invalid timeframe: {text}") from None


def _limit(text: str | None) -> int:
    if not text:
        return 1_000
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise refused(400, "invalid limit: larger than the maximum of 10000 or below 1")
    return int(text)


def _time(text: str, name: str, *, last: bool = False) -> datetime:
    """A day or an instant; digits below a microsecond are dropped. A day as the end means all of it."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)
            return (day + timedelta(days=1, microseconds=-1) if last else day).astimezone(UTC)
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        raise refused(400, f'invalid {name}: error parsing "{text}" as RFC3339 or 2006-01-02 time') from None
    if at.tzinfo is None:
        raise refused(400, f'invalid {name}: error parsing "{text}" as RFC3339 or 2006-01-02 time')
    return at.astimezone(UTC)


def _make_token(symbol: str, at: datetime, place: int) -> str:
    return base64.b64encode(f"{symbol}|{at.isoformat()}|{place}".encode()).decode()


def _token(text: str | None) -> tuple[str, datetime, int] | None:
    """Where the page goes on: symbol, time, and how many rows of that time are done."""
    if not text:
        return None
    try:
        symbol, at, place = base64.b64decode(text, validate=True).decode().split("|")
        return symbol, datetime.fromisoformat(at), int(place)
    except (ValueError, binascii.Error):
        raise refused(400, "invalid page_token") from None
