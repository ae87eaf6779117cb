"""The market behind the fake Alpaca: symbols with a quote each, trades, and a seeded generator that moves them.

Everything is synchronous on one thread: a change is told to the listeners before the call returns. Prices are
``Decimal``, sizes whole shares, times aware UTC.
"""

import asyncio
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

CENT = Decimal("0.01")
Listener = TypeVar("Listener")
NAMESPACE = uuid.UUID("8a1d7f2e-0b77-4b0e-9a55-2f9a3d6c1e10")


@dataclass(frozen=True, slots=True)
class Listed:
    """What does not move about a symbol: the facts of its asset record."""

    symbol: str
    name: str
    exchange: str = "NASDAQ"
    fractionable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    marginable: bool = True
    tradable: bool = True
    status: str = "active"
    attributes: tuple[str, ...] = ("has_options", "fractional_eh_enabled")

    @property
    def asset_id(self) -> str:
        return str(uuid.uuid5(NAMESPACE, self.symbol))

    @property
    def tape(self) -> str:
        return {"NASDAQ": "C", "NYSE": "A"}.get(self.exchange, "B")


@dataclass(frozen=True, slots=True)
class FakeQuote:
    symbol: str
    bid: Decimal
    ask: Decimal
    bid_size: int
    ask_size: int
    time: datetime

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class FakeTrade:
    symbol: str
    price: Decimal
    size: int
    time: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A stream message that is neither quote nor trade: halt, price band, correction, cancelled trade."""

    channel: str  # statuses, lulds, corrections, cancelErrors, bars, updatedBars, dailyBars
    symbol: str
    fields: dict[str, Any] = field(default_factory=dict)


STARTING: tuple[tuple[Listed, str, str], ...] = (
    (Listed("AAPL", "Apple Inc."), "175.50", "175.52"),
    (Listed("MSFT", "Microsoft Corporation"), "412.30", "412.34"),
    (Listed("NVDA", "NVIDIA Corporation"), "128.40", "128.42"),
    (Listed("AMZN", "Amazon.com, Inc."), "186.10", "186.13"),
    (Listed("GOOGL", "Alphabet Inc. Class A"), "164.70", "164.73"),
    (Listed("META", "Meta Platforms, Inc."), "502.80", "502.90"),
    (Listed("TSLA", "Tesla, Inc."), "241.60", "241.66"),
    (Listed("AMD", "Advanced Micro Devices, Inc."), "157.20", "157.23"),
    (Listed("INTC", "Intel Corporation"), "30.85", "30.86"),
    (Listed("NFLX", "Netflix, Inc."), "648.00", "648.20"),
    (Listed("SPY", "SPDR S&P 500 ETF Trust", "ARCA"), "552.10", "552.12"),
    (Listed("QQQ", "Invesco QQQ Trust", "NASDAQ"), "478.60", "478.63"),
    (Listed("SQQQ", "ProShares UltraPro Short QQQ", "NASDAQ"), "8.41", "8.42"),
    (Listed("JPM", "JPMorgan Chase & Co.", "NYSE"), "209.40", "209.44"),
    (Listed("XOM", "Exxon Mobil Corporation", "NYSE"), "114.15", "114.17"),
    (Listed("KO", "The Coca-Cola Company", "NYSE"), "62.80", "62.81"),
    (Listed("DIS", "The Walt Disney Company", "NYSE"), "98.70", "98.73"),
    (Listed("BRK.B", "Berkshire Hathaway Inc. Class B", "NYSE"), "438.20", "438.40"),
    (Listed("F", "Ford Motor Company", "NYSE"), "12.24", "12.25"),
    (Listed("GME", "GameStop Corp.", "NYSE", easy_to_borrow=False, marginable=False), "23.90", "23.94"),
    (Listed("NYC", "American Strategic Investment Co.", "NYSE", fractionable=False, shortable=False), "9.05", "9.15"),
    (Listed("PENY", "Penny Works, Inc.", "AMEX", fractionable=False, easy_to_borrow=False), "0.4510", "0.4530"),
    (Listed("HALTD", "Halted Holdings, Inc.", "NYSE", tradable=False), "4.00", "4.10"),
    (Listed("GONE", "Gone and Delisted Corp.", "NYSE", tradable=False, status="inactive"), "1.00", "1.02"),
)


def utc_now() -> datetime:
    return datetime.now(UTC)


class FakeMarket:
    """Symbols with bid, ask, sizes and last trade.

    ``auto`` only says what is wished; ``run`` is the coroutine that moves prices until it is cancelled, and ``step``
    does one move. ``seed`` fixes the moves.
    """

    def __init__(self, *, auto: bool = False, seed: int = 7, now: Callable[[], datetime] = utc_now) -> None:
        self.auto = auto
        self.now = now
        self.sip_allowed = False  # the free data plan: IEX in real time, the whole tape only 15 minutes late
        self.symbol_limit = 30  # of the data stream, for trades and quotes together; 0 is no limit
        self.listed: dict[str, Listed] = {}
        self._random = random.Random(seed)
        self._quotes: dict[str, FakeQuote] = {}
        self._trades: dict[str, FakeTrade] = {}
        self._on_quote: list[Callable[[FakeQuote], None]] = []
        self._on_trade: list[Callable[[FakeTrade], None]] = []
        self._on_notice: list[Callable[[Notice], None]] = []
        self._number = 52983525029460
        for listed, bid, ask in STARTING:
            self.add(listed, Decimal(bid), Decimal(ask))

    def add(self, listed: Listed, bid: Decimal, ask: Decimal) -> None:
        """Make one more symbol known, with its first quote and a last trade at the bid."""
        self.listed[listed.symbol] = listed
        self.set_quote(listed.symbol, bid, ask)
        self.trade(listed.symbol, bid, 100)

    @property
    def symbols(self) -> list[str]:
        return sorted(self.listed)

    def quote(self, symbol: str) -> FakeQuote | None:
        """The newest quote, or ``None`` for a symbol that nobody lists."""
        return self._quotes.get(symbol)

    def last(self, symbol: str) -> FakeTrade | None:
        """The newest trade, or ``None`` for a symbol that nobody lists."""
        return self._trades.get(symbol)

    def set_quote(
        self,
        symbol: str,
        bid: Decimal | str | float,
        ask: Decimal | str | float,
        bid_size: int = 10_000,
        ask_size: int = 10_000,
        time: datetime | None = None,
    ) -> FakeQuote:
        """Replace the quote and tell the listeners. A symbol that nobody lists raises ``KeyError``."""
        if symbol not in self.listed:
            raise KeyError(symbol)
        quote = FakeQuote(symbol, _decimal(bid), _decimal(ask), bid_size, ask_size, time or self.now())
        self._quotes[symbol] = quote
        for listener in list(self._on_quote):
            listener(quote)
        return quote

    def trade(self, symbol: str, price: Decimal | str | float, size: int) -> FakeTrade:
        """Report one trade of the market and tell the listeners. A symbol that nobody lists raises ``KeyError``."""
        if symbol not in self.listed:
            raise KeyError(symbol)
        self._number += 1
        trade = FakeTrade(symbol, _decimal(price), size, self.now(), self._number)
        self._trades[symbol] = trade
        for listener in list(self._on_trade):
            listener(trade)
        return trade

    def notice(self, channel: str, symbol: str, **fields: Any) -> None:
        """Send a message on one of the other channels of the data stream; ``fields`` override the defaults there."""
        for listener in list(self._on_notice):
            listener(Notice(channel, symbol, fields))

    def on_quote(self, callback: Callable[[FakeQuote], None]) -> Callable[[], None]:
        """Call ``callback`` with every new quote; the returned function ends that."""
        return _listen(self._on_quote, callback)

    def on_trade(self, callback: Callable[[FakeTrade], None]) -> Callable[[], None]:
        """Call ``callback`` with every trade; the returned function ends that."""
        return _listen(self._on_trade, callback)

    def on_notice(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call ``callback`` with every message of the other channels; the returned function ends that."""
        return _listen(self._on_notice, callback)

    def set_listed(self, symbol: str, **changes: Any) -> None:
        """Change facts of an asset, as in ``set_listed("AAPL", shortable=False)``."""
        self.listed[symbol] = replace(self.listed[symbol], **changes)

    def step(self) -> None:
        """One move: a few symbols get a new quote, some of them a trade inside it."""
        for symbol in self._random.sample(self.symbols, k=min(6, len(self.symbols))):
            old = self._quotes[symbol]
            tick = CENT if old.bid >= 1 else Decimal("0.0001")
            drift = tick * self._random.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3))
            bid = max(tick, old.bid + drift)
            spread = tick * self._random.choice((1, 1, 2, 2, 3, 5))
            bid_size, ask_size = (self._random.randrange(1, 60) * 100 for _ in range(2))
            quote = self.set_quote(symbol, bid, bid + spread, bid_size, ask_size)
            if self._random.random() < 0.6:
                self.trade(symbol, self._random.choice((quote.bid, quote.ask)), self._random.randrange(1, 500))

    async def run(self, every: float = 0.25) -> None:
        """Move prices every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(every)
            self.step()


def _decimal(value: Decimal | str | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _listen(listeners: list[Listener], callback: Listener) -> Callable[[], None]:
    listeners.append(callback)

    def end() -> None:
        if callback in listeners:
            listeners.remove(callback)

    return end
