"""A feed into the real window: ``child_quotes SYMBOLS SECONDS RATE...`` prints latency and stalls for each rate.

Latency runs from the put of a quote to the end of the paint of its bid in the watch list (or of a newer bid: what was
merged counts from its own put). Rows that are not on screen do not count. A stall is the longest gap of a 10-ms timer.
"""

import asyncio
import json
import sys
import time
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from legend_desktop.app.options import StartOptions
from legend_desktop.domain.quotes import Quote
from legend_desktop.views.widgets.table_delegate import CellDelegate
from tests.benchmarks.brokers import FeedBroker
from tests.benchmarks.harness import quantile
from tests.benchmarks.memory import resident_mb
from tests.benchmarks.real_window import run_program, with_open_desktop

BEAT_MS = 10
WARM_UP_SECONDS = 3.0


class TimedDelegate(CellDelegate):
    """The delegate of the table; it notes when the cell of ``column`` was painted."""

    def __init__(self, table: Any, column: int) -> None:
        super().__init__(table.theme, table.rows_model, table)
        self._rows = table.rows_model
        self._column = column
        self.waiting: dict[str, list[tuple[object, int]]] = {}
        self.latency_ms: list[float] = []

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint, then look which waiting quotes are on screen with it."""
        super().paint(painter, option, index)
        if index.column() != self._column:
            return
        row = self._rows.row_at(index.row())
        waiting = self.waiting.get(row.symbol)
        if not waiting:
            return
        shown = next((place for place, (bid, _) in enumerate(waiting) if bid is row.bid), None)
        if shown is None:
            return
        now = time.perf_counter_ns()
        self.latency_ms += [(now - put) / 1e6 for _, put in waiting[: shown + 1]]
        del waiting[: shown + 1]


class Watch:
    """Watches one table while quotes come in."""

    def __init__(self, desktop: Any, broker: FeedBroker) -> None:
        self._table = desktop.window.panel("watch_list").table
        model = self._table.rows_model
        self._delegate = TimedDelegate(self._table, model.column_of("bid"))
        self._table.setItemDelegate(self._delegate)
        self._table.sortByColumn(model.column_of("change"), Qt.SortOrder.DescendingOrder)
        self._broker = broker
        self._gaps: list[float] = []
        self._last = 0
        self._beat = QTimer()
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._on_beat)
        model.layoutChanged.connect(self._see)
        broker.note = self._note

    def _see(self) -> None:
        """Forget who left the screen, begin to watch who came; who stays keeps what is waiting."""
        table, model = self._table, self._table.rows_model
        bottom = table.rowAt(table.viewport().height() - 1)
        last = bottom if bottom >= 0 else model.rowCount() - 1
        shown = [model.row_at(place).symbol for place in range(max(0, table.rowAt(0)), last + 1)]
        waiting = self._delegate.waiting
        self._delegate.waiting = {symbol: waiting.get(symbol, []) for symbol in shown}

    def _note(self, quote: Quote, put_ns: int) -> None:
        waiting = self._delegate.waiting.get(quote.symbol)
        if waiting is not None:
            waiting.append((quote.bid, put_ns))

    def _on_beat(self) -> None:
        now = time.perf_counter_ns()
        self._gaps.append((now - self._last) / 1e6)
        self._last = now

    async def measure(self, rate: float, seconds: float) -> dict[str, float]:
        """Feed at ``rate`` for ``seconds``."""
        self._broker.rate = rate
        await asyncio.sleep(WARM_UP_SECONDS)
        self._see()
        self._delegate.latency_ms.clear()
        self._gaps.clear()
        fed, began, cpu = self._broker.fed, time.perf_counter(), time.process_time()
        self._last = time.perf_counter_ns()
        self._beat.start(BEAT_MS)
        await asyncio.sleep(seconds)
        self._beat.stop()
        wall = time.perf_counter() - began
        found = self._delegate.latency_ms
        self._broker.rate = 0.0
        return {
            "rate": (self._broker.fed - fed) / wall,
            "samples": len(found),
            "shown": len(self._delegate.waiting),
            "p50_ms": quantile(found, 0.5),
            "p99_ms": quantile(found, 0.99),
            "stall_ms": max(self._gaps),
            "cpu_share": (time.process_time() - cpu) / wall,
            "resident_mb": resident_mb(),
        }


def main() -> int:
    symbols, seconds, rates = int(sys.argv[1]), float(sys.argv[2]), [float(row) for row in sys.argv[3:]]
    names = tuple(f"S{letter:c}{place:c}" for letter in range(65, 91) for place in range(65, 91))[:symbols]
    found: list[dict[str, float]] = []

    async def program(options: StartOptions) -> int:
        options.settings.set("trading.watch_list", names)
        options.settings.set("window.symbol", names[0])
        broker = FeedBroker()

        async def measure(desktop: Any) -> None:
            watch = Watch(desktop, broker)
            for rate in rates:
                found.append(await watch.measure(rate, seconds))

        return await with_open_desktop(options, broker, measure)

    code = run_program(program)
    print(json.dumps({"rates": found}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
