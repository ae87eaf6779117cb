"""Replay of a CSV file of quotes and trades: ``ts,symbol,bid,ask,bid_size,ask_size,last,last_size``.

The file is read row by row as its time comes, so that its length does not matter to memory. Times are re-stamped onto
the desk's clock: the first row happens at the start, the others after it at the wanted speed. A row is a trade where
its ``last`` and ``last_size`` are new or its quote is not; empty fields mean that side is missing.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.simulator.feed import SymbolFeed, TickSink
from legend_desktop.brokers.simulator.symbols import canonical, spec_for
from legend_desktop.brokers.simulator.units import to_micros, to_units
from legend_desktop.domain.errors import InvalidInput

COLUMNS = ("ts", "symbol", "bid", "ask", "bid_size", "ask_size", "last", "last_size")
_BURST = 500
"""Rows played in one go at full speed, so that the rest of the program gets its turn."""


class ReplayError(InvalidInput):
    """A replay file that cannot be played; the sentence names file and line."""


class _Row:
    """One parsed line: time in microseconds, prices in units."""

    __slots__ = ("ask", "ask_size", "at", "bid", "bid_size", "last", "last_size", "symbol")

    def __init__(self, fields: list[str]) -> None:
        self.at = _time(fields[0])
        self.symbol = fields[1]
        self.bid, self.ask, self.last = (_price(fields[index], COLUMNS[index]) for index in (2, 3, 6))
        self.bid_size, self.ask_size, self.last_size = (_shares(fields[index], COLUMNS[index]) for index in (4, 5, 7))


def _time(text: str) -> int:
    """Epoch seconds, milliseconds, micro- or nanoseconds, or an ISO time (UTC where it names no zone)."""
    try:
        number = float(text)
    except ValueError:
        try:
            stamp = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"ts is {text!r}, neither an ISO time nor seconds since 1970") from None
        return to_micros(stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC))
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"ts is {text!r}, not a time")
    for limit, factor in ((1e11, 1_000_000.0), (1e14, 1_000.0), (1e17, 1.0)):
        if number < limit:
            return round(number * factor)
    return int(number) // 1_000


def _price(text: str, name: str) -> int:
    if not text:
        return 0
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{name} is {text!r}, not a number") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{name} is {text!r}, a price cannot be that")
    try:
        return to_units(value)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, finer than a hundredth of a cent") from None


def _shares(text: str, name: str) -> int:
    if not text:
        return 0
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, not a number") from None
    if not 0 <= value < 1e15:
        raise ValueError(f"{name} is {text!r}, a size cannot be that")
    return int(value)


class ReplaySource:
    """Ticks of a file from ``start`` on, at ``speed`` times the file's own pace (infinity: as fast as possible).

    Raises ``ReplayError`` at once for a missing file, a wrong header or a bad first row, and later from ``run``.
    """

    def __init__(self, path: Path, speed: float, start: int) -> None:
        self._path = path
        self._speed = speed
        self._start = start
        self._feeds: dict[str, SymbolFeed] = {}
        self._line = 1
        self.rows = 0
        try:
            self._file = path.open(newline="", encoding="utf-8-sig")
        except OSError as error:
            raise ReplayError(f"The replay file {path} cannot be read: {error.strerror}.") from error
        try:
            self._rows = csv.reader(self._file)
            self._check_header()
            self._next = self._read()
        except ReplayError:
            self._file.close()
            raise
        if self._next is None:
            self._file.close()
            raise ReplayError(f"The replay file {path} has no rows below its header.")
        self._first = self._next.at

    def _check_header(self) -> None:
        header = self._row_or_none()
        names = tuple(name.strip().lower() for name in header or ())
        if names != COLUMNS:
            found = ",".join(names) or "nothing"
            raise ReplayError(
                f"{self._path}, line 1: the header must be {','.join(COLUMNS)}, it is {found}.",
                advice="Put that header in the first line.",
            )

    def _row_or_none(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ReplayError(f"{self._path}, line {self._rows.line_num + 1}: it is not CSV text ({error}).") from error

    def _fields(self) -> Iterator[list[str]]:
        while (fields := self._row_or_none()) is not None:
            if fields:
                yield fields

    def _read(self) -> _Row | None:
        """The next row, ``None`` at the end of the file."""
        fields = next(self._fields(), None)
        if fields is None:
            return None
        line = self._rows.line_num
        if len(fields) != len(COLUMNS):
            raise ReplayError(f"{self._path}, line {line}: {len(COLUMNS)} fields are wanted, {len(fields)} are there.")
        try:
            row = _Row(fields)
            if row.symbol not in self._feeds:
                row.symbol = canonical(row.symbol)
        except (ValueError, UnknownSymbol) as error:
            words = f"symbol is {fields[1]!r}" if isinstance(error, UnknownSymbol) else str(error)
            raise ReplayError(f"{self._path}, line {line}: {words}.") from error
        before = getattr(self, "_next", None)
        if before is not None and row.at < before.at:
            raise ReplayError(f"{self._path}, line {line}: its time lies before that of the row above.")
        return row

    @property
    def feeds(self) -> Mapping[str, SymbolFeed]:
        """The stocks that came up in the file so far."""
        return self._feeds

    def feed(self, symbol: str) -> SymbolFeed:
        """The feed of ``symbol``, empty until its first row. Raises ``UnknownSymbol`` for a malformed symbol."""
        known = self._feeds.get(symbol)
        if known is None:
            wanted = canonical(symbol)
            known = self._feeds.get(wanted)
            if known is None:
                known = self._feeds[wanted] = SymbolFeed(replace(spec_for(wanted), previous_close=0), "replay")
        return known

    def _due(self, row: _Row) -> int:
        return self._start if math.isinf(self._speed) else self._start + round((row.at - self._first) / self._speed)

    def next_due(self) -> int | None:
        """Time of the next row on the desk's clock."""
        return None if self._next is None else self._due(self._next)

    def run(self, until: int, limit: int, sink: TickSink) -> int:
        """Play the rows due at ``until``; at full speed a burst of them, stamped ``until``."""
        full_speed = math.isinf(self._speed)
        limit = min(limit, _BURST) if full_speed else limit
        done = 0
        while done < limit and (row := self._next) is not None:
            due = until if full_speed else self._due(row)
            if due > until:
                break
            self._play(row, due, sink)
            try:
                self._next = self._read()
            except ReplayError:
                self.close()
                raise
            done += 1
        if self._next is None:
            self.close()
        return done

    def _play(self, row: _Row, at: int, sink: TickSink) -> None:
        feed = self.feed(row.symbol)
        self.rows += 1
        feed.quote = None
        feed.ts = at
        moved = (row.bid, row.ask, row.bid_size, row.ask_size) != (feed.bid, feed.ask, feed.bid_size, feed.ask_size)
        if moved:
            feed.show(row.bid, row.ask, row.bid_size, row.ask_size)
        # a quote row may repeat the last trade: that is no second trade
        repeated = moved and (row.last, row.last_size) == (feed.last, feed.last_size)
        traded = row.last > 0 and row.last_size > 0 and not repeated
        if traded:
            feed.last, feed.last_size = row.last, row.last_size
            feed.volume += row.last_size
            sink(feed, row.last, row.last_size)
        else:
            sink(feed, 0, 0)

    def skip(self, now: int) -> None:
        """Go on from ``now``: the pause is left out of the file's time."""
        if self._next is not None and not math.isinf(self._speed):
            self._start += max(0, now - self._due(self._next))

    def close(self) -> None:
        """Close the file."""
        self._next = None
        self._file.close()
