"""A chart on a desk of facts: bars by hand, a recording trading service, Order entry as it is."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.quotes import Bar, Quote
from legend_desktop.domain.risk import GateLimits
from legend_desktop.services.live_trading import LiveTradingService
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.action_router import Rehearsal
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.chart import ChartViewModel
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from legend_desktop.viewmodels.symbol_focus import SymbolFocus
from tests.fakes.clock import FakeClock
from tests.unit.viewmodels.builders import NOON, Desk, raise_report
from tests.unit.viewmodels.trading_fake import RecordingTrading

INSTRUMENT = Instrument("AAPL", "Apple Inc.", tick=Decimal("0.01"), atr=Decimal("4.63"))


class Direct(TaskSupervisor):
    """Runs what is started at once and to its end."""

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        asyncio.run(coroutine)
        return cast("asyncio.Task[Any]", None)


def bar(start: datetime, prices: str, volume: int = 100, *, symbol: str = "AAPL", vwap: str | None = None) -> Bar:
    """``prices`` are open, high, low and close, apart by spaces."""
    opening, high, low, close = (Decimal(text) for text in prices.split())
    average = None if vwap is None else Decimal(vwap)
    return Bar(symbol, start, opening, high, low, close, Decimal(volume), average)


def minutes(count: int, last: datetime = NOON, first_price: float = 174.0, step: float = 0.02) -> list[Bar]:
    """A slow zigzag upwards that ends with the minute of ``last``."""
    begin = last.replace(second=0, microsecond=0) - timedelta(minutes=count - 1)
    rows = []
    for index in range(count):
        opening = first_price + index * step + (0.05 if index % 3 == 0 else 0)
        close = first_price + (index + 1) * step - (0.04 if index % 4 == 0 else 0)
        high, low = max(opening, close) + 0.03, min(opening, close) - 0.03
        words = f"{opening:.2f} {high:.2f} {low:.2f} {close:.2f}"
        rows.append(bar(begin + timedelta(minutes=index), words, 100 + 10 * (index % 7)))
    return rows


class Bars:
    """The broker's bars; ``trouble`` is raised instead once it is set."""

    def __init__(self) -> None:
        self.rows: list[Bar] = minutes(80)
        self.trouble: Exception | None = None
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, symbol: str, seconds: int, limit: int) -> list[Bar]:
        self.asked.append((symbol, seconds))
        if self.trouble is not None:
            raise self.trouble
        return self.rows[-limit:]


class ChartWorld(Desk):
    """The view-model with everything around it. ``trade`` puts a quote with a last price on the board."""

    def __init__(self, supervisor: TaskSupervisor | None = None, bars: Any = None) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.bars = bars or Bars()
        self.trading = RecordingTrading(self)
        self.supervisor = supervisor or Direct()
        self.focus = SymbolFocus("AAPL")
        self.arming = Arming(self.clock, TradingMode.PAPER, lambda: ("Simulator", "SIM-0001"))
        self.rehearsal = Rehearsal()
        self.volume = 1_000
        self.said: list[str] = []

        async def know_symbol(_symbol: str) -> None:
            return None

        context = SimpleNamespace(
            quotes=self.quotes,
            mode=TradingMode.PAPER,
            broker_name="Simulator",
            instruments={"AAPL": INSTRUMENT},
            book=self.book,
            risk=SimpleNamespace(limits=GateLimits()),
            positions={},
            account=None,
        )
        core = SimpleNamespace(context=context, know_symbol=know_symbol)
        service = SimpleNamespace(core=core, preview=self.trading.preview)
        self.trade("175.51")
        self.entry = OrderEntryViewModel(
            cast(LiveTradingService, service), self.bus, self.supervisor, self.clock, self.focus
        )
        self.model = ChartViewModel(
            self.bars,
            self.quotes,
            self.book,
            self.bus,
            self.clock,
            supervisor=self.supervisor,
            focus=self.focus,
            entry=self.entry,
            trading=self.trading,
            arming=self.arming,
            rehearsal=self.rehearsal,
            instrument_of={"AAPL": INSTRUMENT}.get,
        )
        self.model.said.connect(self.said.append)

    def close(self) -> None:
        """Stop every timer."""
        self.model.dispose()
        self.entry.dispose()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        asyncio.run(self.clock.advance(seconds))

    def trade(
        self,
        last: str,
        shares: int = 100,
        *,
        symbol: str = "AAPL",
        at: datetime | None = None,
        halted: bool = False,
        counted: bool = True,
    ) -> None:
        """A trade as the quote stream tells of it; ``counted`` brings the day's volume along."""
        self.volume += shares
        price = Decimal(last)
        self.quotes.put(
            Quote(
                symbol,
                price - Decimal("0.01"),
                price + Decimal("0.01"),
                Decimal(800),
                Decimal(600),
                price,
                at or self.clock.now(),
                last_size=Decimal(shares),
                volume=Decimal(self.volume) if counted else None,
                previous_close=Decimal("173.62"),
                halted=halted,
            )
        )

    def words(self) -> dict[str, str]:
        """The words of all lines by key."""
        self.model.flush()
        return {line.key: line.words for line in self.model.lines}
