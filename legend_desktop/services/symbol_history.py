"""The finished days of a stock, asked for once a day, and the facts of an instrument that follow from them."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from legend_desktop.domain.atr import wilder_atr
from legend_desktop.domain.daily_history import average_volume, daily_volatility
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.session import trading_day
from legend_desktop.services.trading_context import TradingContext

DAY_SECONDS = 86_400
DAYS_ASKED = 260
RETRY_SECONDS = 600.0
_FOUR_PLACES = Decimal("0.0001")


@dataclass(slots=True)
class _Kept:
    day: date
    bars: list[Bar]


class SymbolHistory:
    """Daily bars of one broker, kept in memory until the next day. One request at a time is under way."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[int, LegendError]] = {}
        self._turn = asyncio.Lock()

    async def days(self, symbol: str) -> list[Bar]:
        """The finished days of ``symbol`` before today, oldest first, at most ``DAYS_ASKED``.

        Raises what the read raises, and for ten minutes after a failure the same without asking again.
        """
        async with self._turn:
            kept = self._today(symbol)
            if kept is not None:
                return kept
            now = self._context.clock.monotonic_ns()
            failed = self._failed.get(symbol)
            if failed is not None and now - failed[0] < RETRY_SECONDS * 1e9:
                raise failed[1]
            try:
                bars = await self._context.broker.get_bars(symbol, DAY_SECONDS, DAYS_ASKED)
            except LegendError as error:
                self._failed[symbol] = (now, error)
                raise
            today = trading_day(self._context.clock.now())
            finished = [bar for bar in bars if trading_day(bar.start) < today]
            self._kept[symbol] = _Kept(today, finished)
            return finished

    def completed(self, instrument: Instrument) -> Instrument:
        """``instrument`` with what its daily bars tell where the broker does not.

        Where the bars are not here yet they are fetched, and the instrument of the desk is completed once they are.
        """
        if None not in {instrument.atr, instrument.daily_volatility, instrument.average_volume}:
            return instrument
        bars = self._today(instrument.symbol)
        if bars is not None:
            return _with_facts(instrument, bars)
        if not self._context.supervisor.stopping:
            self._context.supervisor.start(self._complete(instrument.symbol), f"daily bars of {instrument.symbol}")
        return instrument

    async def _complete(self, symbol: str) -> None:
        try:
            bars = await self.days(symbol)
        except LegendError:
            return  # what needs the facts says that they are not known
        known = self._context.instruments.get(symbol)
        if known is not None:
            self._context.instruments[symbol] = _with_facts(known, bars)

    def _today(self, symbol: str) -> list[Bar] | None:
        kept = self._kept.get(symbol)
        return kept.bars if kept is not None and kept.day == trading_day(self._context.clock.now()) else None


def _with_facts(instrument: Instrument, bars: list[Bar]) -> Instrument:
    atr = instrument.atr
    if atr is None and (found := wilder_atr(bars)) is not None:
        atr = found.quantize(_FOUR_PLACES)
    volatility, volume = instrument.daily_volatility, instrument.average_volume
    return replace(
        instrument,
        atr=atr,
        daily_volatility=daily_volatility(bars) if volatility is None else volatility,
        average_volume=average_volume(bars) if volume is None else volume,
    )
