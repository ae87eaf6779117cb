"""vnpy's own main window, measured as ours is. Runs in an environment that holds vnpy; imports nothing of this project.

``vnpy_window.py startup BEGAN_NS`` prints seconds from ``BEGAN_NS`` (monotonic) to the first paint of the window, and
the memory then. ``vnpy_window.py quotes SYMBOLS RATE SECONDS`` feeds its quote table, sorted by the last price, and
prints the latency from the put of a quote to its row in the table and the longest gap of a 10-ms timer.
"""

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

START = time.perf_counter()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_folder = tempfile.mkdtemp(prefix="vnpy-benchmark-")
(Path(_folder) / ".vntrader").mkdir()
os.chdir(_folder)

from PySide6 import QtCore  # noqa: E402
from vnpy.event import Event, EventEngine  # type: ignore[import-not-found]  # noqa: E402
from vnpy.trader.engine import MainEngine  # type: ignore[import-not-found]  # noqa: E402
from vnpy.trader.ui import MainWindow, create_qapp  # type: ignore[import-not-found]  # noqa: E402

HIGH = QtCore.Qt.EventPriority.HighEventPriority.value


def resident_mb() -> float:
    with open("/proc/self/status") as lines:  # noqa: PTH123
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


class FirstPaint(QtCore.QObject):
    """Calls ``done`` right after ``window`` and what lies in it were painted for the first time."""

    def __init__(self, window: Any, done: Any) -> None:
        super().__init__()
        self._done = done
        self._seen = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Paint and not self._seen:
            self._seen = True
            QtCore.QCoreApplication.postEvent(self, QtCore.QEvent(QtCore.QEvent.Type.User), HIGH)
        return False

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.User:
            self._done()
        return True


def at(values: list[float], share: float) -> float | None:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else None


def measure_startup(app: Any, window: Any, began_ns: int) -> None:
    def painted() -> None:
        found = {"painted_s": (time.monotonic_ns() - began_ns) / 1e9, "painted_mb": resident_mb()}
        print(json.dumps(found), flush=True)
        app.exit(0)

    waiting = FirstPaint(window, painted)
    window.showMaximized()
    app.exec()
    del waiting


def measure_quotes(app: Any, window: Any, events: Any, symbols: int, rate: int, seconds: float) -> None:
    from datetime import UTC, datetime

    from vnpy.trader.constant import Exchange  # type: ignore[import-not-found]
    from vnpy.trader.event import EVENT_TICK  # type: ignore[import-not-found]
    from vnpy.trader.object import TickData  # type: ignore[import-not-found]
    from vnpy.trader.ui.widget import TickMonitor  # type: ignore[import-not-found]

    window.showMaximized()
    table = window.findChild(TickMonitor)
    table.setSortingEnabled(True)
    table.sorting = True
    table.sortByColumn(3, QtCore.Qt.SortOrder.DescendingOrder)
    latency: list[float] = []
    gaps: list[float] = []
    sent = 0
    take = table.process_event

    def taken(event: Any) -> None:
        take(event)
        latency.append((time.perf_counter() - event.data.extra["sent"]) * 1000)

    table.signal.disconnect()
    table.signal.connect(taken)
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now

    heart = QtCore.QTimer()
    heart.timeout.connect(beat)
    heart.start(10)

    def feed() -> None:
        nonlocal sent
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds:
            while sent < int(passed * rate):
                place = sent % symbols
                price = 100 + (sent // symbols % 500) / 100
                tick = TickData(
                    gateway_name="feed",
                    symbol=f"S{place:03d}",
                    exchange=Exchange.SMART,
                    datetime=datetime.now(UTC),
                    name="stock",
                    volume=sent,
                    last_price=price + place,
                    bid_price_1=price + place - 0.01,
                    ask_price_1=price + place + 0.01,
                    bid_volume_1=300,
                    ask_volume_1=200,
                )
                tick.extra = {"sent": time.perf_counter()}
                events.put(Event(EVENT_TICK, tick))
                sent += 1
            time.sleep(0.001)

    threading.Thread(target=feed, daemon=True).start()
    QtCore.QTimer.singleShot(int(seconds * 1000) + 500, lambda: app.exit(0))
    app.exec()
    found = {
        "sent": sent,
        "painted": len(latency),
        "p50_ms": at(latency, 0.5),
        "p99_ms": at(latency, 0.99),
        "stall_ms": max(gaps),
    }
    print(json.dumps(found), flush=True)


def main() -> None:
    app = create_qapp()
    events = EventEngine()
    window = MainWindow(MainEngine(events), events)
    if sys.argv[1] == "startup":
        measure_startup(app, window, int(sys.argv[2]))
    else:
        measure_quotes(app, window, events, int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    sys.stdout.flush()
    os._exit(0)  # its event threads do not end by themselves


if __name__ == "__main__":
    main()
