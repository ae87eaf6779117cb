"""The past of the fake market: made up before the fake began, recorded trade by trade since.

The made-up part is a sum of waves around each symbol's first price, so the same question has the same answer at any
time. Regular hours of weekdays only, New York time; a daily bar begins at midnight there.
"""

import math
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.alpaca.data_wire import Bar, quote_json, trade_json
from tests.fakes.alpaca.market import FakeMarket, FakeQuote, FakeTrade

NEW_YORK = ZoneInfo("America/New_York")
OPEN, CLOSE = time(9, 30), time(16, 0)
MINUTE = timedelta(minutes=1)
TICK = timedelta(seconds=15)  # between two made-up trades or quotes
KEPT = 20_000
MONTHS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True, slots=True)
class Frame:
    """A length of bar: ``count`` of ``unit`` (Min, Hour, Day, Week, Month)."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Frame":
        """Read ``5Min``, ``1H``, ``1Day`` ...; anything else raises ``ValueError``."""
        found = re.fullmatch(r"(\d+)?(Min|T|Hour|H|Day|D|Week|W|Month|M)", text)
        if found is None:
            raise ValueError(text)
        short = {"T": "Min", "H": "Hour", "D": "Day", "W": "Week", "M": "Month"}
        unit, count = short.get(found[2], found[2]), int(found[1] or 1)
        allowed: dict[str, Any] = {
            "Min": range(1, 60),
            "Hour": range(1, 24),
            "Day": (1,),
            "Week": (1,),
            "Month": MONTHS,
        }
        if count not in allowed[unit]:
            raise ValueError(text)
        return cls(count, unit)

    def start_of(self, at: datetime) -> datetime:
        """The beginning of the bar that holds ``at``."""
        local = at.astimezone(NEW_YORK)
        if self.unit in ("Min", "Hour"):
            length = self.count * (60 if self.unit == "Min" else 3600)
            midnight = datetime.combine(local.date(), time(), NEW_YORK).astimezone(UTC)
            passed = int((at - midnight).total_seconds())
            return midnight + timedelta(seconds=passed - passed % length)
        day = local.date()
        if self.unit == "Week":
            day -= timedelta(days=day.weekday())
        if self.unit == "Month":
            day = day.replace(month=(day.month - 1) // self.count * self.count + 1, day=1)
        return _midnight(day)


class History:
    """Bars, trades and quotes of the past, one symbol and one New York day at a time."""

    def __init__(self, market: FakeMarket) -> None:
        self.market = market
        self.began = market.now().replace(second=0, microsecond=0)
        self._first = {symbol: float(quote.mid) for symbol in market.symbols if (quote := market.quote(symbol))}
        self._minutes: dict[str, dict[datetime, Bar]] = {}
        self._trades: deque[FakeTrade] = deque(maxlen=KEPT)
        self._quotes: deque[FakeQuote] = deque(maxlen=KEPT)
        for symbol in market.symbols:
            if (trade := market.last(symbol)) is not None:
                self._record_trade(trade)
            if (quote := market.quote(symbol)) is not None:
                self._quotes.append(quote)
        market.on_trade(self._record_trade)
        market.on_quote(self._quotes.append)

    def latest_minute(self, symbol: str) -> Bar:
        """The newest minute in which the symbol traded."""
        minutes = self._minutes[symbol]
        return minutes[max(minutes)]

    def daily(self, symbol: str, back: int = 0) -> Bar | None:
        """The daily bar of the newest day with trades, or of ``back`` trading days before it."""
        day = self.market.now().astimezone(NEW_YORK).date()
        found: list[Bar] = []
        for _ in range(10 + 2 * back):
            found += self.bars_of_day(symbol, day, Frame(1, "Day"))
            if len(found) > back:
                return found[back]
            day -= timedelta(days=1)
        return None

    def items(
        self, kind: str, symbol: str, start: datetime, end: datetime, frame: Frame, feed: str, *, newest_first: bool
    ) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Bars, trades or quotes (``kind``) from ``start`` to ``end``, both included, in the wished order."""
        day = (end if newest_first else start).astimezone(NEW_YORK).date()
        last = (start if newest_first else end).astimezone(NEW_YORK).date()
        if kind == "bars" and frame.unit in ("Week", "Month"):
            yield from self._long_bars(symbol, start, end, frame, newest_first=newest_first)
            return
        while day >= last if newest_first else day <= last:
            rows = self._rows(kind, symbol, day, frame, feed)
            for at, row in reversed(rows) if newest_first else rows:
                if start <= at <= end:
                    yield at, row
            day += timedelta(days=-1 if newest_first else 1)

    def _rows(
        self, kind: str, symbol: str, day: date, frame: Frame, feed: str
    ) -> list[tuple[datetime, dict[str, Any]]]:
        if kind == "bars":
            return [(bar.start, bar.as_json()) for bar in self.bars_of_day(symbol, day, frame)]
        if kind == "trades":
            return [(each.time, trade_json(self.market, each, feed)) for each in self._trades_of_day(symbol, day)]
        return [(each.time, quote_json(self.market, each, feed)) for each in self._quotes_of_day(symbol, day)]

    def _long_bars(
        self, symbol: str, start: datetime, end: datetime, frame: Frame, *, newest_first: bool
    ) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Weeks and months, each put together from its days."""
        found: dict[datetime, Bar] = {}
        day, last = start.astimezone(NEW_YORK).date(), end.astimezone(NEW_YORK).date()
        while day <= last:
            for bar in self.bars_of_day(symbol, day, Frame(1, "Day")):
                first = frame.start_of(bar.start)
                if first >= start:  # a bar that began before is not asked for
                    _put(found, first, bar)
            day += timedelta(days=1)
        for at in sorted(found, reverse=newest_first):
            yield at, found[at].as_json()

    def bars_of_day(self, symbol: str, day: date, frame: Frame) -> list[Bar]:
        """Bars of minutes, hours, or the one of the day; made up before the fake began, recorded since."""
        found: dict[datetime, Bar] = {}
        if frame.unit == "Day":
            for bar in self._made_up_bars(symbol, day, timedelta(minutes=30)):
                _put(found, _midnight(day), bar)
        else:
            for bar in self._made_up_bars(symbol, day, MINUTE):
                _put(found, frame.start_of(bar.start), bar)
        for at, bar in sorted(self._minutes.get(symbol, {}).items()):
            if at.astimezone(NEW_YORK).date() == day:
                _put(found, frame.start_of(at), bar)
        return list(found.values())

    def _made_up_bars(self, symbol: str, day: date, length: timedelta) -> Iterator[Bar]:
        decimals = 2 if self._origin(symbol) >= 1 else 4
        for at in self._hours(day, length):
            prices = [round(self._price(symbol, at + length * share / 4), decimals) for share in range(5)]
            volume = 200 + _noise(symbol, at) % 4_800
            shares = volume * max(1, int(length / MINUTE))
            middle = sum(prices) / len(prices)
            yield Bar(
                at, prices[0], max(prices), min(prices), prices[-1], shares, max(1, shares // 80), middle * shares
            )

    def _trades_of_day(self, symbol: str, day: date) -> list[FakeTrade]:
        found = [
            FakeTrade(symbol, self._cents(symbol, at), 1 + _noise(symbol, at) % 400, at, int(at.timestamp()))
            for at in self._hours(day, TICK)
        ]
        return found + [each for each in self._trades if each.symbol == symbol and _is_on(each.time, day)]

    def _quotes_of_day(self, symbol: str, day: date) -> list[FakeQuote]:
        found = []
        for at in self._hours(day, TICK):
            price, size = self._cents(symbol, at), 100 * (1 + _noise(symbol, at) % 30)
            spread = Decimal("0.02") if price >= 1 else Decimal("0.0002")
            found.append(FakeQuote(symbol, price - spread / 2, price + spread / 2, size, size, at))
        return found + [each for each in self._quotes if each.symbol == symbol and _is_on(each.time, day)]

    def _hours(self, day: date, length: timedelta) -> Iterator[datetime]:
        """Instants of the regular hours of ``day`` before the fake began."""
        if day.weekday() >= 5:
            return
        at = datetime.combine(day, OPEN, NEW_YORK).astimezone(UTC)
        close = datetime.combine(day, CLOSE, NEW_YORK).astimezone(UTC)
        while at < close and at + length <= self.began:
            yield at
            at += length

    def _record_trade(self, trade: FakeTrade) -> None:
        self._trades.append(trade)
        minutes = self._minutes.setdefault(trade.symbol, {})
        at, price = trade.time.replace(second=0, microsecond=0), float(trade.price)
        before = max(minutes, default=None)
        if at in minutes:
            minutes[at].take(price, trade.size)
            return
        minutes[at] = Bar(at, price, price, price, price, trade.size, 1, price * trade.size)
        if before is not None and before < at:
            self.market.notice("bars", trade.symbol, **minutes[before].as_json())

    def _origin(self, symbol: str) -> float:
        if symbol not in self._first:
            quote = self.market.quote(symbol)
            self._first[symbol] = float(quote.mid) if quote is not None else 1.0
        return self._first[symbol]

    def _price(self, symbol: str, at: datetime) -> float:
        """A sum of waves that passes through the first price at the instant when the fake began."""
        phase = sum(map(ord, symbol))
        return self._origin(symbol) * _wave(phase, at) / _wave(phase, self.began)

    def _cents(self, symbol: str, at: datetime) -> Decimal:
        decimals = 2 if self._origin(symbol) >= 1 else 4
        return Decimal(str(round(self._price(symbol, at), decimals)))


def _wave(phase: int, at: datetime) -> float:
    hours = at.timestamp() / 3600
    slow = 0.09 * math.sin(hours / 811 + phase) + 0.03 * math.sin(hours / 97 + phase * 2)
    fast = 0.008 * math.sin(hours / 3.1 + phase * 3) + 0.0016 * math.sin(hours * 7.3 + phase * 5)
    return 1 + slow + fast + 0.0004 * math.sin(hours * 151)


def _noise(symbol: str, at: datetime) -> int:
    """A number that looks random and is the same at each asking."""
    return (int(at.timestamp()) // 15 * 2654435761 + sum(map(ord, symbol)) * 40503) % 2**32 >> 7


def _put(found: dict[datetime, Bar], at: datetime, bar: Bar) -> None:
    if at in found:
        found[at].merge(bar)
    else:
        found[at] = Bar(at, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count, bar.value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def _is_on(at: datetime, day: date) -> bool:
    return at.astimezone(NEW_YORK).date() == day
