"""The bars of one symbol as the chart draws them: history from the broker, the newest one built from trades.

Numbers are floats: they are drawn and printed, never traded on.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.session import NEW_YORK, REGULAR_OPEN, day_start, trading_day

MOST_BARS = 2_000
DAY = 86_400


@dataclass(slots=True)
class ChartBar:
    """One bar. ``start`` in seconds since 1970 (UTC), prices per share, ``turnover`` = sum of price times shares."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    turnover: float = 0.0

    @property
    def rises(self) -> bool:
        """True for a bar that closed at or above its opening: drawn hollow."""
        return self.close >= self.open

    @property
    def at(self) -> datetime:
        """The start, aware UTC."""
        return datetime.fromtimestamp(self.start, UTC)


class BarSeries:
    """Bars of ``seconds`` each, oldest first, by an index that never changes while the bar is kept.

    The last bar is the live one: trades go into it or begin the next. ``revision`` rises whenever a closed bar came,
    went or changed, so that a picture of the closed bars can be kept until then.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.bars: list[ChartBar] = []
        self.vwaps: list[float] = []
        self.base = 0
        self.revision = 0
        self._session: tuple[int, bool] | None = None
        self._before = (0.0, 0.0)
        self._sums = (0.0, 0.0)

    @property
    def end(self) -> int:
        """Index of the live bar; ``base - 1`` without bars."""
        return self.base + len(self.bars) - 1

    @property
    def last(self) -> ChartBar | None:
        """The live bar."""
        return self.bars[-1] if self.bars else None

    @property
    def has_vwap(self) -> bool:
        """A volume-weighted average price of the day means something below a day's bars only."""
        return self.seconds < DAY

    def bar(self, index: int) -> ChartBar | None:
        """The bar at ``index``, ``None`` outside."""
        place = index - self.base
        return self.bars[place] if 0 <= place < len(self.bars) else None

    def index_at(self, at: datetime) -> int | None:
        """Index of the bar that holds the instant; ``None`` before the first and after the last bar."""
        seconds = at.timestamp()
        place = bisect_right(self.bars, seconds, key=lambda bar: bar.start) - 1
        if place < 0 or (place == len(self.bars) - 1 and seconds >= self.bars[-1].start + self.seconds):
            return None
        return self.base + place

    def start_of(self, index: int) -> int:
        """When the bar at ``index`` begins, in seconds; beyond both ends the length is counted on."""
        if not self.bars:
            return 0
        place = index - self.base
        if place < 0:
            return self.bars[0].start + place * self.seconds
        if place >= len(self.bars):
            return self.bars[-1].start + (place - len(self.bars) + 1) * self.seconds
        return self.bars[place].start

    def load(self, bars: Sequence[Bar]) -> None:
        """Take the broker's history, oldest first, in place of everything known."""
        self.bars, self.vwaps, self.base = [], [], 0
        self._session, self._before, self._sums = None, (0.0, 0.0), (0.0, 0.0)
        for row in bars[-MOST_BARS:]:
            volume = float(row.volume)
            price = row.vwap if row.vwap is not None else (row.high + row.low + row.close) / 3
            begin = int(row.start.timestamp())
            self._append(
                ChartBar(
                    begin,
                    float(row.open),
                    float(row.high),
                    float(row.low),
                    float(row.close),
                    volume,
                    float(price) * volume,
                )
            )
        self.revision += 1

    def trade(self, at: datetime, price: float, shares: float) -> bool:
        """Count a trade; returns whether it began a bar. New bars keep the rhythm of the ones before."""
        seconds = at.timestamp()
        last = self.last
        if last is None or self._is_over(last, at):
            anchor = 0 if last is None else last.start
            start = anchor + int((seconds - anchor) // self.seconds) * self.seconds
            if self.seconds == DAY:
                start = int(day_start(at).timestamp())
            self._append(ChartBar(start, price, price, price, price, shares, price * shares))
            self._prune()
            self.revision += 1
            return True
        last.high = max(last.high, price)
        last.low = min(last.low, price)
        last.close = price
        last.volume += shares
        last.turnover += price * shares
        self._sum_up(last)
        return False

    def _is_over(self, bar: ChartBar, at: datetime) -> bool:
        """True where ``at`` is past the end of ``bar``; a day ends with its date in New York."""
        if self.seconds == DAY:
            return trading_day(at) > trading_day(bar.at)
        return at.timestamp() >= bar.start + self.seconds

    def _append(self, bar: ChartBar) -> None:
        session = _session_of(bar)
        self._before = self._sums if session == self._session else (0.0, 0.0)
        self._session = session
        self.bars.append(bar)
        self.vwaps.append(bar.close)
        self._sum_up(bar)

    def _sum_up(self, bar: ChartBar) -> None:
        turnover, volume = self._before[0] + bar.turnover, self._before[1] + bar.volume
        self._sums = (turnover, volume)
        self.vwaps[-1] = turnover / volume if volume > 0 else bar.close

    def _prune(self) -> None:
        extra = len(self.bars) - MOST_BARS
        if extra > MOST_BARS // 10:
            del self.bars[:extra], self.vwaps[:extra]
            self.base += extra


def _session_of(bar: ChartBar) -> tuple[int, bool]:
    """What the average price is counted over: the New York day, begun anew at 09:30."""
    local = datetime.fromtimestamp(bar.start, NEW_YORK)
    return local.toordinal(), local.time() >= REGULAR_OPEN
