"""A journal with trades for the tests of its panel: orders with plans in memory, no market."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSide, OrderType, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.events import Notice
from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.records import RoundTripRecord, TradeNote
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.services.trade_import import imported_trades
from legend_desktop.services.trade_journal import TradeJournal
from legend_desktop.viewmodels.journal import JournalViewModel
from legend_desktop.viewmodels.journal_import import JournalImportViewModel
from legend_desktop.views.dialogs.journal_import import JournalImportDialog
from legend_desktop.views.panels.journal import JournalPanel
from legend_desktop.views.theme import Scheme
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.gui.panel_world import make_theme
from tests.helpers.waiting import until
from tests.unit.viewmodels.builders import raise_report

D = Decimal
FIRST = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
_SYMBOLS = (("AAPL", 175), ("MSFT", 410), ("NVDA", 182), ("XOM", 114), ("KO", 70), ("AMZN", 221))
_TAGS = ("trend", "opening", "late", "news", "chased")


def cents(value: float) -> Decimal:
    return D(str(round(value, 2)))


class JournalWorld:
    """A panel over a journal in memory. ``settle`` lets tasks run."""

    def __init__(
        self, qtbot: QtBot, scheme: Scheme = Scheme.DARK, size: tuple[int, int] = (1000, 420), *, trades: int = 0
    ) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.bus = EventBus(raise_report)
        self.said: list[Notice] = []
        self.bus.subscribe(Notice, self.said.append)
        self.trips: list[RoundTripRecord] = []
        self.bars: list[Bar] = []
        self.supervisor = TaskSupervisor(raise_report)
        self.journal = TradeJournal(self.store, self.store.for_account, lambda: self.trips, self._get_bars, self.clock)
        theme = make_theme(scheme)
        self.model = JournalViewModel(self.journal, self.bus, self.supervisor, self.clock, mode=TradingMode.PAPER)
        self.importing = JournalImportViewModel(self.journal, self.supervisor, self.clock)
        self.importing.done.connect(self.model.show_import)
        self.dialog = JournalImportDialog(self.importing, theme)
        self.panel = JournalPanel(self.model, theme)
        for widget in (self.dialog, self.panel):
            qtbot.addWidget(widget)
        if trades:
            self.trade_many(trades)
        self.panel.resize(*size)
        self.panel.show()
        self.settle()

    async def _get_bars(self, symbol: str, seconds: int, count: int) -> list[Bar]:
        if not self.bars:
            raise LegendError("There are no bars.")
        return self.bars

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run ``work`` and everything that it begins."""

        async def whole() -> Any:
            found = await work
            await self._idle()
            return found

        found = asyncio.run(whole())
        QApplication.processEvents()
        return found

    async def _idle(self) -> None:
        await until(lambda: not self.supervisor.names, "nothing is under way")

    def settle(self) -> None:
        """Read everything again."""

        async def read() -> None:
            self.model.set_active(True)
            self.model.refresh()

        self.run(read())

    def do(self, act: Any, *values: Any) -> None:
        """Call ``act`` with a loop under it and let what it began end."""

        async def call() -> None:
            act(*values)

        self.run(call())

    def words(self) -> str:
        """The words of the title bar."""
        return " ".join(span.text for span in self.panel.summary())

    # ---- trades --------------------------------------------------------------------------------------------------

    def trade(
        self,
        number: int,
        at: datetime,
        symbol: str,
        *,
        entry: float,
        leave: float | None,
        stop: float | None,
        target: float | None = None,
        side: OrderSide = OrderSide.BUY,
        shares: int = 100,
        minutes: float = 40,
    ) -> None:
        """A trade with one entry and one exit by a limit order."""
        plan = None
        if stop is not None:
            budget = abs(cents(entry - 0.01 * side.sign) - cents(stop)) * shares
            plan = TradePlan(
                cents(entry - 0.01 * side.sign),
                cents(stop),
                None if target is None else cents(target),
                risk_amount=budget,
            )
        self._order(f"in{number}", at, symbol, side, entry, shares, plan)
        if leave is not None:
            out = at + timedelta(minutes=minutes)
            self._order(f"out{number}", out, symbol, side.opposite, leave, shares, None)

    def _order(
        self, name: str, at: datetime, symbol: str, side: OrderSide, price: float, shares: int, plan: TradePlan | None
    ) -> None:
        limit = cents(price + 0.02 * side.sign)
        intent = OrderIntent(
            name,
            BrokerType.SIMULATOR,
            TradingMode.PAPER,
            "SIM",
            OrderTerms(symbol, side, OrderType.LIMIT, D(shares), limit_price=limit),
            at,
            role=OrderRole.ENTRY if plan else OrderRole.EXIT,
            plan=plan,
        )
        row = Execution(f"x{name}", symbol, side, D(shares), cents(price), at, at, name, commission=D("0.35"))
        self.store.events += [
            OrderEvent(name, OrderEventKind.CREATED, at, intent=intent),
            OrderEvent(name, OrderEventKind.SENT, at),
            OrderEvent(name, OrderEventKind.EXECUTION, at, execution=row),
        ]

    def note(self, key: str, text: str, *tags: str) -> None:
        trip = next(row for row in self.trips if row.key == key)
        self.store.notes[key] = TradeNote(key, trip.symbol, trip.opened_at, text, tags, self.clock.now())

    def work_out(self) -> None:
        """Make trades of what was ordered; how far they went is made up."""
        found = asyncio.run(imported_trades(self.store))
        self.trips[:] = [
            row
            if row.risk is None or row.closed_at is None or row.profit is None
            else replace(row, worst=-row.risk * D("0.62"), best=max(row.profit, row.risk) * D("1.2"))
            for row in found
        ]

    def trade_many(self, count: int) -> None:
        """Trades over seven weeks, some with notes."""
        chance = random.Random(11)
        for number in range(count):
            symbol, base = chance.choice(_SYMBOLS)
            day = number * 49 // count
            at = FIRST + timedelta(days=day - (2 if (day % 7) > 4 else 0), minutes=30 * (number % 9) + number % 13)
            side = OrderSide.BUY if chance.random() < 0.7 else OrderSide.SELL
            entry = base * (1 + chance.uniform(-0.03, 0.03))
            risk = entry * 0.006
            r = chance.choice((-1.0, -1.0, -0.4, 0.6, 1.5, 2.0, 2.6)) + chance.gauss(0, 0.1)
            self.trade(
                number,
                at,
                symbol,
                entry=entry,
                leave=entry + side.sign * r * risk,
                stop=None if number % 17 == 5 else entry - side.sign * risk,
                target=entry + side.sign * 2 * risk,
                side=side,
                shares=chance.choice((50, 100, 220)),
                minutes=chance.uniform(3, 90),
            )
        self.trade(count, FIRST + timedelta(days=49, minutes=35), "KO", entry=70.12, leave=None, stop=69.5)
        self.work_out()
        for number, trip in enumerate(self.trips):
            if number % 3 == 0:
                tags = sorted(set(chance.sample(_TAGS, 1 + number % 2)))
                self.note(trip.key, "Waited for the pull-back, took half at one R." if number % 2 else "", *tags)
        self.note(self.trips[-2].key, "Chased the open. The second entry was the plan.", "chased", "opening")
