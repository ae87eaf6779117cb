"""Durable intents one by one, each beside one bare write of the same size with ``fdatasync`` on the same disk."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from legend_desktop.domain.enums import BrokerType, OrderSide, OrderType, TradingMode
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind
from legend_desktop.domain.orders import OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.quotes import Quote
from legend_desktop.domain.records import OrderQuote, QuoteMoment
from legend_desktop.infra.clock import SystemClock
from legend_desktop.store.journal import OrderJournal, journal_file, open_store
from tests.benchmarks.harness import Row, quantile

NAME = "store"
INTENTS = 1_000
PAGE = bytes(4120)


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="legend-benchmark-") as folder:
        intents, bare = asyncio.run(_measure(Path(folder), INTENTS))
    yield Row(NAME, "one durable intent, p50", quantile(intents, 0.5), "ms", peer=quantile(bare, 0.5))
    yield Row(NAME, "one durable intent, p99", quantile(intents, 0.99), "ms", peer=quantile(bare, 0.99))
    yield Row(NAME, "the same above bare fdatasync, p50", quantile(intents, 0.5) - quantile(bare, 0.5), "ms")


async def _measure(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of ``count`` intents and of as many bare writes, taken in turn."""
    clock = SystemClock()
    journal = await open_store(journal_file(folder, TradingMode.PAPER), TradingMode.PAPER, clock)
    file = os.open(folder / "bare", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(len(PAGE) * (count + 1)))
    os.fsync(file)
    os.lseek(file, 0, os.SEEK_SET)
    intents, bare = [], []
    try:
        for _ in range(count):
            intents.append(await _one(journal, clock))
            os.write(file, PAGE)
            began = time.perf_counter()
            _sync(file)
            bare.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(file)
        await journal.close()
    return intents, bare


def _sync(file: int) -> None:
    getattr(os, "fdatasync", os.fsync)(file)


async def _one(journal: OrderJournal, clock: SystemClock) -> float:
    """Record an intent, its send and its quote, as an entry does before its first byte leaves; returns milliseconds."""
    now = clock.now()
    key = new_client_order_id(TradingMode.PAPER, journal.install_id, now)
    terms = OrderTerms("AAPL", OrderSide.BUY, OrderType.MARKET, Decimal(116))
    plan = TradePlan(Decimal("175.5"), Decimal(174))
    intent = OrderIntent(key, BrokerType.SIMULATOR, TradingMode.PAPER, "SIM-0001", terms, now, plan=plan, pressed_ns=1)
    events = [
        OrderEvent(key, OrderEventKind.CREATED, now, intent=intent),
        OrderEvent(key, OrderEventKind.SENT, now),
    ]
    sides = (Decimal("175.49"), Decimal("175.51"), Decimal(300), Decimal(200), Decimal("175.50"))
    quote = OrderQuote(key, QuoteMoment.DECISION, now, Quote("AAPL", *sides, now))
    began = time.perf_counter()
    await journal.record(events, [quote], {key: ["risk: pass"]})
    return (time.perf_counter() - began) * 1000
