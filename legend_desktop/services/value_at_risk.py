"""What the positions of now may lose in a day, by their own past: worked out in the background and announced."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.daily_history import daily_returns
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import AccountChanged, PositionsChanged, ValueAtRiskChanged
from legend_desktop.domain.value_at_risk import FEWEST_DAYS, historical_var
from legend_desktop.services.position_sync import PositionSyncService
from legend_desktop.services.symbol_history import SymbolHistory
from legend_desktop.services.trading_context import TradingContext

SETTLE_SECONDS = 0.5
AGAIN_SECONDS = 30.0
NO_POSITIONS = "no positions"


@dataclass(frozen=True, slots=True)
class _Read:
    returns: dict[str, Sequence[float]]
    failed: bool


class ValueAtRiskService:
    """Follows positions and account of one desk. ``start`` once, ``close`` at the end."""

    def __init__(self, context: TradingContext, sync: PositionSyncService, history: SymbolHistory) -> None:
        self._context = context
        self._sync = sync
        self._history = history
        self._held: dict[str, Decimal] = {}
        self._worked_out_ns: int | None = None
        self._told: ValueAtRiskChanged | None = None
        self._wake = asyncio.Event()
        self._ends: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to follow."""
        bus = self._context.bus
        self._ends = [
            bus.subscribe(PositionsChanged, self._on_positions),
            bus.subscribe(AccountChanged, self._on_account),
        ]
        self._context.supervisor.start(self._follow(), "value at risk")

    def close(self) -> None:
        """Stop listening."""
        for end in self._ends:
            end()
        self._ends = []

    def _on_positions(self, event: PositionsChanged) -> None:
        held = {row.symbol: row.quantity for row in event.positions}
        if held != self._held or self._told is None:
            self._held = held
            self._wake.set()

    def _on_account(self, _event: AccountChanged) -> None:
        """Marks move all the time: look again now and then."""
        now = self._context.clock.monotonic_ns()
        if self._worked_out_ns is None or now - self._worked_out_ns >= AGAIN_SECONDS * 1e9:
            self._wake.set()

    async def _follow(self) -> None:
        while True:
            await self._wake.wait()
            await self._context.clock.sleep(SETTLE_SECONDS)
            self._wake.clear()
            self._worked_out_ns = self._context.clock.monotonic_ns()
            told = await self._work_out()
            if told != self._told:
                self._told = told
                self._context.bus.publish(told)

    async def _work_out(self) -> ValueAtRiskChanged:
        symbols = [row.symbol for row in self._sync.positions]
        if not symbols:
            return ValueAtRiskChanged(None, NO_POSITIONS)
        read = await self._read(symbols)
        account = self._context.account
        values = {row.symbol: float(row.market_value) for row in self._sync.positions if row.market_value is not None}
        if account is None or account.equity <= 0 or not values:
            return ValueAtRiskChanged(None, "no values yet")
        figures = historical_var(values, read.returns, float(account.equity))
        if figures is not None:
            return ValueAtRiskChanged(figures)
        return ValueAtRiskChanged(None, "no daily bars" if read.failed else _too_short(read.returns))

    async def _read(self, symbols: Sequence[str]) -> _Read:
        returns: dict[str, Sequence[float]] = {}
        failed = False
        for symbol in symbols:
            try:
                returns[symbol] = daily_returns(await self._history.days(symbol))
            except LegendError:
                failed = True
        return _Read(returns, failed and not any(returns.values()))


def _too_short(returns: Mapping[str, Sequence[float]]) -> str:
    longest = max((len(row) for row in returns.values()), default=0)
    return f"needs {FEWEST_DAYS} days, has {longest}"
