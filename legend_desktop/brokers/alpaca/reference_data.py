"""What Alpaca tells beside orders: assets, its clock, the trading days and the history of the account's value."""

import asyncio
import difflib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from legend_desktop.brokers.alpaca.market_payloads import CalendarRow, HistoryRow
from legend_desktop.brokers.alpaca.parse import instrument, market_clock, number
from legend_desktop.brokers.alpaca.payloads import AssetRow, ClockRow, Unreadable, decode
from legend_desktop.brokers.alpaca.urls import segment
from legend_desktop.brokers.base import MarketClock, UnknownSymbol
from legend_desktop.brokers.errors import AuthExpired, BrokerDown
from legend_desktop.brokers.http import HttpAnswer, HttpSession, TimeLimits
from legend_desktop.brokers.rate_limit import Lane
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.session import NEW_YORK, trading_day

T = TypeVar("T")
CLOCK_SECONDS = 30.0
"""How long a read of Alpaca's clock answers for: what comes next is known from it."""
LIST_LIMITS = TimeLimits(total=20.0)
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class TradingDay:
    """A day on which the market trades: regular hours, and the longer session around them; aware New York times."""

    day: date
    opens: datetime
    closes: datetime
    session_opens: datetime | None
    session_closes: datetime | None


@dataclass(frozen=True, slots=True)
class ValuePoint:
    """The account's value at the beginning of one interval; ``profit`` since the first point."""

    at: datetime
    equity: Decimal
    profit: Decimal | None


class ReferenceData:
    """Reads of the trading host. ``url`` has no slash at its end."""

    def __init__(self, http: HttpSession, url: str, clock: Clock) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._told: tuple[MarketClock, int] | None = None
        self._names: tuple[date, tuple[str, ...]] | None = None
        self._naming = asyncio.Lock()

    async def get_clock(self) -> MarketClock:
        """Alpaca's time and whether the regular session is open; asked for anew every half minute and at each bell."""
        told = self._still_true()
        if told is not None:
            return told
        answer = await self._http.read(f"{self._url}/v2/clock", lane=Lane.RECONCILE)
        row = _read(answer, ClockRow, "the clock")
        try:
            clock = market_clock(row, self._clock.now())
        except Unreadable as error:
            raise BrokerDown(f"Alpaca's clock could not be read ({error}).", code="unreadable") from error
        self._told = (clock, self._clock.monotonic_ns())
        return clock

    def _still_true(self) -> MarketClock | None:
        if self._told is None:
            return None
        clock, at_ns = self._told
        passed = timedelta(microseconds=(self._clock.monotonic_ns() - at_ns) // 1000)
        now = clock.timestamp + passed
        bells = [bell for bell in (clock.next_open, clock.next_close) if bell is not None]
        if passed.total_seconds() > CLOCK_SECONDS or any(now >= bell for bell in bells):
            return None
        return MarketClock(now, clock.is_open, clock.next_open, clock.next_close)

    async def find_instrument(self, symbol: str) -> Instrument:
        """The instrument with its flags. Raises ``UnknownSymbol`` with a near symbol where there is one."""
        return instrument(await self.asset(symbol))

    async def asset(self, symbol: str) -> AssetRow:
        """Alpaca's record of ``symbol``. Raises ``UnknownSymbol``."""
        symbol = symbol.upper()
        answer = await self._http.read(f"{self._url}/v2/assets/{segment(symbol)}")
        if answer.status in {404, 422}:
            raise UnknownSymbol(f"Alpaca has no symbol {symbol}.", suggestion=await self._near(symbol))
        row = _read(answer, AssetRow, "the record of a symbol")
        return row if row.symbol else AssetRow(symbol=symbol, tradable=False)

    async def _near(self, symbol: str) -> str:
        """The tradable symbol that ``symbol`` was most likely meant to be; empty where none is near."""
        try:
            names = await self._symbols()
        except LegendError:
            return ""  # the symbol is unknown either way
        plain = symbol.replace("-", ".").replace("/", ".").replace(" ", ".")
        if plain in names:
            return plain
        squeezed = plain.replace(".", "")
        dotted = next((name for name in names if "." in name and name.replace(".", "") == squeezed), "")
        if dotted:
            return dotted
        near = difflib.get_close_matches(symbol, [name for name in names if name[:1] == symbol[:1]], 1, _NEAR)
        return near[0] if near else ""

    async def _symbols(self) -> tuple[str, ...]:
        """All tradable symbols, read once a day, and only when somebody mistypes one."""
        today = trading_day(self._clock.now())
        async with self._naming:
            if self._names is None or self._names[0] != today:
                query = {"status": "active", "asset_class": "us_equity"}
                answer = await self._http.read(f"{self._url}/v2/assets", params=query, limits=LIST_LIMITS)
                rows = _read(answer, list[AssetRow], "the list of symbols")
                self._names = (today, tuple(row.symbol for row in rows if row.tradable is not False))
            return self._names[1]

    async def get_calendar(self, first: date, last: date) -> list[TradingDay]:
        """The trading days from ``first`` to ``last``, both included; an early close shows in ``closes``."""
        query = {"start": first.isoformat(), "end": last.isoformat()}
        answer = await self._http.read(f"{self._url}/v2/calendar", params=query)
        rows = _read(answer, list[CalendarRow], "the trading days")
        return [day for row in rows if (day := _trading_day(row)) is not None]

    async def get_portfolio_history(self, period: str = "1M", timeframe: str = "1D") -> list[ValuePoint]:
        """The account's value over ``period`` at each ``timeframe``, oldest first.

        Periods are ``1D 1W 1M 1A``, time frames ``1Min 5Min 15Min 1H 1D``. Raises ``InvalidInput`` for a combination
        that Alpaca does not have.
        """
        query = {"period": period, "timeframe": timeframe}
        answer = await self._http.read(f"{self._url}/v2/account/portfolio/history", params=query)
        if answer.status in {400, 422}:
            raise InvalidInput(f"Alpaca has no value history of {period} in steps of {timeframe}.")
        row = _read(answer, HistoryRow, "the value history")
        profits = row.profit_loss or []
        points = []
        for place, (stamp, value) in enumerate(zip(row.timestamp or [], row.equity or [], strict=False)):
            equity = number(value)
            if stamp is None or equity is None:
                continue
            profit = number(profits[place]) if place < len(profits) else None
            points.append(ValuePoint(datetime.fromtimestamp(stamp, UTC), equity, profit))
        return points


def _trading_day(row: CalendarRow) -> TradingDay | None:
    try:
        day = date.fromisoformat(row.date)
    except ValueError:
        return None
    opens, closes = _at(day, row.open), _at(day, row.close)
    if opens is None or closes is None:
        return None
    return TradingDay(day, opens, closes, _at(day, row.session_open), _at(day, row.session_close))


def _at(day: date, text: str | None) -> datetime | None:
    """``09:30`` or ``0930`` of ``day`` in New York."""
    digits = (text or "").replace(":", "")
    try:
        clock = time(int(digits[:2]), int(digits[2:4]))
    except ValueError:
        return None
    return datetime.combine(day, clock, NEW_YORK)


def read_fault(answer: HttpAnswer, what: str) -> LegendError:
    """The error of a read that Alpaca answered with anything but 2xx; a 401 may well have an HTML body."""
    if answer.status in {401, 403}:
        return AuthExpired(
            f"Alpaca does not accept the key for {what} ({answer.status}).",
            advice="Check that the key is for this kind of account and was not renewed or deleted.",
            code=f"http_{answer.status}",
        )
    words = " ".join(answer.text.split())[:200]
    return BrokerDown(f"Alpaca refused to tell {what} ({answer.status}: {words}).", code=f"http_{answer.status}")


def _read(answer: HttpAnswer, kind: type[T], what: str) -> T:
    if not answer.ok:
        raise read_fault(answer, what)
    try:
        return decode(answer.body, kind)
    except Unreadable as error:
        raise BrokerDown(f"Alpaca's answer on {what} could not be read ({error}).", code="unreadable") from error
