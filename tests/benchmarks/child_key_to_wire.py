"""Quick-entry keys in the real window: ``child_key_to_wire SENDS QUOTES_A_SECOND`` prints each send in milliseconds.

A press is a key event put into Qt's queue by another thread, as the window system does, at a moment that has nothing
to do with the quotes; the clock stops when the request was given to the socket.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from legend_desktop.app.options import StartOptions
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.events import KeyToWire
from legend_desktop.domain.records import StampMoment
from legend_desktop.viewmodels.order_entry import EntryState
from tests.benchmarks.brokers import WiredSimulator
from tests.benchmarks.processes import ROOT
from tests.benchmarks.real_window import run_program, until, with_open_desktop

FLATTEN_EVERY = 25


@contextmanager
def _server() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.benchmarks.stub_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def _sync_once(folder: Path) -> float:
    """Milliseconds of one bare write with ``fdatasync`` beside the journal: what the disk itself takes just now."""
    file = os.open(folder / "bare", os.O_CREAT | os.O_RDWR)
    try:
        os.write(file, bytes(4120))
        began = time.perf_counter()
        getattr(os, "fdatasync", os.fsync)(file)
        return (time.perf_counter() - began) * 1000
    finally:
        os.close(file)


class Presses:
    """Presses F2 and keeps what each press took."""

    def __init__(self, desktop: Any, broker: WiredSimulator) -> None:
        self._desktop = desktop
        self._broker = broker
        self._entry = desktop.parts.entry
        self._context = desktop.setup.desk.core.context
        self._folder = desktop.options.paths.data
        self._handle = desktop.window.windowHandle()
        self._posted_ns = 0
        self._sent: asyncio.Event = asyncio.Event()
        self._order_id = ""
        self._said: list[str] = []
        desktop.hotkeys.said.connect(self._said.append)
        desktop.parts.router.refused.connect(self._said.append)
        desktop.parts.order_actions.said.connect(self._said.append)
        self.key_to_wire: list[float] = []
        self.key_to_reader: list[float] = []
        self.handled_to_wire: list[float] = []
        self.bare_sync: list[float] = []
        sender_note = broker.on_request_sent
        assert sender_note is not None

        def on_sent(client_order_id: str, mono_ns: int) -> None:
            if not self._sent.is_set():
                self.key_to_wire.append((mono_ns - self._posted_ns) / 1e6)
                self._order_id = client_order_id
                self._sent.set()
            sender_note(client_order_id, mono_ns)

        broker.on_request_sent = on_sent
        desktop.setup.bus.subscribe(KeyToWire, lambda event: self.handled_to_wire.append(event.milliseconds))

    async def press(self, number: int) -> None:
        """One armed F2 on a fresh draft; the stop differs each time, so that no send repeats another."""
        entry = self._entry
        entry.clear()
        entry.set_side(OrderSide.BUY)
        entry.set_by_quantity(False)
        quote = self._context.quotes.latest(entry.form.symbol)
        assert quote is not None
        assert quote.bid is not None
        entry.set_text("risk", "0.005")
        entry.set_text("stop", f"{quote.bid * Decimal('0.97') - Decimal(number % 40) / 100:.2f}")
        entry.set_text("target", f"{quote.bid * Decimal('1.06'):.2f}")
        try:
            await until(lambda: entry.can_send, "a draft that may be sent", 20)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {entry.state}, {entry.refusal}, {entry.message}") from None
        self._sent.clear()
        timer = threading.Timer(random.uniform(0.01, 0.06), self._post)
        timer.start()
        try:
            async with asyncio.timeout(10):
                await self._sent.wait()
        except TimeoutError:
            facts = (
                entry.state,
                entry.refusal,
                self._said[-3:],
                QApplication.activeWindow(),
                QApplication.focusWidget(),
            )
            raise TimeoutError(f"press {number} sent nothing: {facts}") from None
        task = f"entry of {entry.form.symbol}"
        await until(lambda: task not in self._desktop.setup.supervisor.names, "the answer", 20)
        assert entry.state in {EntryState.DONE, EntryState.WORKING}, (entry.state, entry.refusal)
        self.key_to_reader.append((self._broker.read_at_ns[self._order_id] - self._posted_ns) / 1e6)
        self.bare_sync.append(await asyncio.to_thread(_sync_once, self._folder))

    def _post(self) -> None:
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)
        self._posted_ns = time.monotonic_ns()
        event.setTimestamp(self._posted_ns // 1_000_000)
        QCoreApplication.postEvent(self._handle, event, Qt.EventPriority.HighEventPriority.value)


async def _measure(desktop: Any, broker: WiredSimulator, sends: int) -> dict[str, Any]:
    desk = desktop.setup.desk
    context = desk.core.context
    context.risk.limits = replace(
        context.risk.limits,
        max_per_second=1000,
        max_per_minute=100_000,
        max_identical=100_000,
        duplicate_window=timedelta(0),
    )
    desktop.parts.arming.toggle()
    await asyncio.sleep(1.0)
    presses = Presses(desktop, broker)
    fed = context.quotes._count
    began = time.perf_counter()
    for number in range(sends):
        await presses.press(number)
        if number % FLATTEN_EVERY == FLATTEN_EVERY - 1:
            await desk.trading.flatten_all()
    seconds = time.perf_counter() - began
    return {
        "key_to_wire": presses.key_to_wire,
        "key_to_reader": presses.key_to_reader,
        "handled_to_wire": presses.handled_to_wire,
        "bare_sync": presses.bare_sync,
        "quotes_a_second": (context.quotes._count - fed) / seconds,
        "stages": await _stages(desktop),
    }


async def _stages(desktop: Any) -> dict[str, list[float]]:
    """Milliseconds from the press to each later stamp, as the journal holds them."""
    store, book = desktop.setup.store, desktop.setup.desk.core.context.book
    keys = [row.client_order_id for row in book.all() if row.intent.pressed_ns is not None]
    instants: dict[str, dict[StampMoment, int]] = {}
    for stamp in await store.load_stamps(keys):
        if stamp.mono_ns is not None:
            instants.setdefault(stamp.client_order_id, {})[stamp.moment] = stamp.mono_ns
    found: dict[str, list[float]] = {}
    for moments in instants.values():
        for moment, at_ns in moments.items():
            found.setdefault(moment.value, []).append((at_ns - moments[StampMoment.PRESSED]) / 1e6)
    return found


def main() -> int:
    sends, rate = int(sys.argv[1]), float(sys.argv[2])
    found: dict[str, Any] = {}
    with _server() as port:

        async def program(options: StartOptions) -> int:
            config = SimulatorConfig(
                quote_rate=rate,
                symbols=tuple(options.settings.get("trading.watch_list")),
                starting_cash=Decimal(10_000_000),
                jumps=False,
                halts=False,
            )
            broker = WiredSimulator(config, port)

            async def measure(desktop: Any) -> None:
                found.update(await _measure(desktop, broker, sends))

            return await with_open_desktop(options, broker, measure)

        code = run_program(program)
    print(json.dumps(found), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
