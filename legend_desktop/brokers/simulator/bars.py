"""Bars: built from trades as they happen, and a made-up past so that a chart is never empty at the start."""

import math
import random
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from legend_desktop.brokers.simulator.symbols import SymbolSpec
from legend_desktop.brokers.simulator.units import UNITS_PER_DOLLAR, price, size, to_micros, to_time
from legend_desktop.domain.errors import NotSupported
from legend_desktop.domain.money import MICRO
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.session import NEW_YORK, day_start

_SECOND = 1_000_000
_SHORT, _MINUTE, _DAY = 5, 60, 86_400
_SHORT_KEPT, _MINUTES_KEPT = 1_440, 3_000
_SESSION_MINUTES = 390
_DAYS_BACK = 250


class RawBar:
    """One bar in the making: ``start`` in microseconds, prices in units, ``turnover`` = sum of price times size."""

    __slots__ = ("close", "high", "low", "open", "start", "turnover", "volume")

    def __init__(self, start: int, opening: int) -> None:
        self.start = start
        self.open = self.high = self.low = self.close = opening
        self.volume = 0
        self.turnover = 0

    def absorb(self, other: "RawBar") -> None:
        """Take in a later bar of the same interval."""
        self.high = max(self.high, other.high)
        self.low = min(self.low, other.low)
        self.close = other.close
        self.volume += other.volume
        self.turnover += other.turnover

    def copy(self, start: int) -> "RawBar":
        """The same figures under another start."""
        twin = RawBar(start, self.open)
        twin.absorb(self)
        return twin

    def to_bar(self, symbol: str) -> Bar:
        """The domain's value."""
        vwap = (size(self.turnover) / (self.volume * UNITS_PER_DOLLAR)).quantize(MICRO) if self.volume else None
        opening, high, low, close = price(self.open), price(self.high), price(self.low), price(self.close)
        start = to_time(self.start)
        return Bar(symbol, start, opening, high, low, close, size(self.volume), vwap)


class BarBuilder:
    """The bars of one stock: of five seconds for a little over two hours back, of one minute for about two days."""

    __slots__ = ("_minutes", "_short", "past")

    def __init__(self) -> None:
        self._short: deque[RawBar] = deque(maxlen=_SHORT_KEPT)
        self._minutes: deque[RawBar] = deque(maxlen=_MINUTES_KEPT)
        self.past: list[RawBar] | None = None

    def add(self, at: int, units: int, shares: int) -> None:
        """Count a trade at ``at`` microseconds."""
        turnover = units * shares
        for kept, length in ((self._short, _SHORT * _SECOND), (self._minutes, _MINUTE * _SECOND)):
            start = at - at % length
            if not kept or kept[-1].start < start:
                kept.append(RawBar(start, units))
            bar = kept[-1]
            if units > bar.high:
                bar.high = units
            elif units < bar.low:
                bar.low = units
            bar.close = units
            bar.volume += shares
            bar.turnover += turnover

    def series(self, seconds: int) -> list[RawBar]:
        """Bars of ``seconds`` each, oldest first, the past included; those of a day begin at midnight in New York.

        Raises ``NotSupported`` for a length that is no multiple of five seconds below a minute, nor of a minute.
        """
        if seconds <= 0 or seconds % (_SHORT if seconds < _MINUTE else _MINUTE):
            raise NotSupported(
                f"The simulator has bars of 5 seconds and of whole minutes, not of {seconds} seconds.",
                advice="Choose another bar length.",
            )
        if seconds < _MINUTE:
            return _merged(self._short, seconds)
        minutes = [*(self.past or ()), *self._minutes]
        return _merged_days(minutes) if seconds == _DAY else _merged(minutes, seconds)


def _merged(bars: Iterable[RawBar], seconds: int) -> list[RawBar]:
    length = seconds * _SECOND
    merged: list[RawBar] = []
    for bar in bars:
        start = bar.start - bar.start % length
        if merged and merged[-1].start == start:
            merged[-1].absorb(bar)
        else:
            merged.append(bar.copy(start))
    return merged


def _merged_days(bars: Iterable[RawBar]) -> list[RawBar]:
    """``bars``, oldest first, by their date in New York, whose days have 23 to 25 hours."""
    merged: list[RawBar] = []
    ends = 0
    for bar in bars:
        if merged and bar.start < ends:
            merged[-1].absorb(bar)
            continue
        begins = day_start(to_time(bar.start))
        ends = to_micros(day_start(begins + timedelta(hours=30)))
        merged.append(bar.copy(to_micros(begins)))
    return merged


def made_up_minutes(spec: SymbolSpec, seed: int, end: int, minutes: int) -> list[RawBar]:
    """``minutes`` bars of one minute before ``end`` (microseconds) that lead from the previous close to the opening.

    A Brownian bridge on the stock's volatility; the same for the same seed whatever the time.
    """
    if minutes <= 0:
        return []
    rng = random.Random(f"{seed} past {spec.symbol}")
    steps = _walk(rng, minutes, spec.volatility / math.sqrt(_SESSION_MINUTES))
    begin, goal = math.log(spec.previous_close), math.log(spec.open_price)
    first = end - end % (_MINUTE * _SECOND) - minutes * _MINUTE * _SECOND
    bars: list[RawBar] = []
    before = spec.previous_close
    for index in range(minutes):
        share = (index + 1) / minutes
        level = math.exp(begin + (goal - begin) * share + steps[index] - steps[-1] * share)
        close = max(spec.tick, round(level / spec.tick) * spec.tick)
        start = first + index * _MINUTE * _SECOND
        volume = spec.average_volume / _SESSION_MINUTES
        bars.append(_shaped(rng, spec, start=start, opening=before, close=close, volume=volume))
        before = close
    return bars


def made_up_days(spec: SymbolSpec, seed: int, now: datetime) -> list[RawBar]:
    """A year of daily bars that ends with the previous close; each begins at midnight in New York."""
    rng = random.Random(f"{seed} days {spec.symbol}")
    steps = _walk(rng, _DAYS_BACK, spec.volatility)
    days: list[datetime] = []
    day = now.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    while len(days) < _DAYS_BACK:
        day = (day - timedelta(days=1)).replace(hour=0)
        if day.weekday() < 5:
            days.append(day)
    bars: list[RawBar] = []
    before = 0
    for index, day in enumerate(reversed(days)):
        level = spec.previous_close * math.exp(steps[index] - steps[-1])
        close = max(spec.tick, round(level / spec.tick) * spec.tick)
        start, opening = to_micros(day), before or close
        bars.append(_shaped(rng, spec, start=start, opening=opening, close=close, volume=spec.average_volume))
        before = close
    return bars


def _walk(rng: random.Random, length: int, deviation: float) -> list[float]:
    level = 0.0
    levels = []
    for _ in range(length):
        level += rng.gauss(0.0, deviation)
        levels.append(level)
    return levels


def _shaped(rng: random.Random, spec: SymbolSpec, *, start: int, opening: int, close: int, volume: float) -> RawBar:
    bar = RawBar(start, opening)
    reach = abs(close - opening) / 2 + spec.spread
    bar.high = max(opening, close) + round(rng.random() * reach / spec.tick) * spec.tick
    bar.low = max(spec.tick, min(opening, close) - round(rng.random() * reach / spec.tick) * spec.tick)
    bar.close = close
    bar.volume = max(1, round(volume * rng.uniform(0.4, 1.8)))
    bar.turnover = (bar.high + bar.low + close) // 3 * bar.volume
    return bar
