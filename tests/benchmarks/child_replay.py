"""A file of quotes at full speed through the simulator: ``child_replay ROWS`` prints rows a second and memory.

The quotes go through the stream onto a quote board, as in the program; one bracket in each symbol is filled at its
entry and works with stop and target to the end.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import AS_FAST_AS_POSSIBLE, SimulatorConfig
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType, TimeInForce, TradingMode
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms
from legend_desktop.infra.clock import SystemClock
from legend_desktop.services.quote_board import QuoteBoard
from tests.benchmarks.memory import resident_mb

SYMBOLS = ("AAPL", "MSFT", "NVDA")
HEADER = "ts,symbol,bid,ask,bid_size,ask_size,last,last_size\n"
SAMPLES = 20


def lines(rows: int) -> Iterator[str]:
    """``rows`` lines a millisecond apart; prices go up and down by a few cents around 100."""
    at = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
    for number in range(rows):
        cents = 10_000 + (number // len(SYMBOLS) * 7) % 50
        stamp = at + timedelta(milliseconds=number)
        bid, ask = f"{cents / 100:.2f}", f"{(cents + 2) / 100:.2f}"
        last = f"{ask},{100 + number % 7}" if number % 4 == 0 else ","
        yield f"{stamp.isoformat()},{SYMBOLS[number % len(SYMBOLS)]},{bid},{ask},300,200,{last}\n"


def _bracket(broker: SimulatorAdapter, symbol: str) -> Bracket:
    now = SystemClock().now()

    def intent(terms: OrderTerms, role: OrderRole, parent: str | None = None) -> OrderIntent:
        key = new_client_order_id(TradingMode.PAPER, "B1", now)
        return OrderIntent(key, broker.broker, broker.mode, broker.account_id, terms, now, role=role, parent_id=parent)

    entry = intent(OrderTerms(symbol, OrderSide.BUY, OrderType.MARKET, Decimal(10)), OrderRole.ENTRY)
    out = OrderTerms(symbol, OrderSide.SELL, OrderType.LIMIT, Decimal(10), time_in_force=TimeInForce.GTC)
    target = replace(out, limit_price=Decimal(150))
    stop = replace(out, order_type=OrderType.STOP, stop_price=Decimal(50))
    key = entry.client_order_id
    return Bracket(entry, intent(target, OrderRole.TARGET, key), intent(stop, OrderRole.STOP, key))


async def _replay(path: Path, rows: int) -> dict[str, object]:
    clock = SystemClock()
    config = SimulatorConfig(replay_path=path, replay_speed=AS_FAST_AS_POSSIBLE, self_driven=False)
    board = QuoteBoard(clock)
    seen = 0
    memory: list[float] = []
    async with SimulatorAdapter(clock, config) as broker:
        await broker.advance()
        for symbol in SYMBOLS:
            await broker.place_bracket_order(_bracket(broker, symbol))
        stream = broker.stream_quotes(SYMBOLS)

        async def read() -> None:
            nonlocal seen
            async for quote in stream:
                board.put(quote)
                seen += 1

        reader = asyncio.get_running_loop().create_task(read())
        played, began = 0, time.perf_counter()
        step = rows // SAMPLES
        while done := await broker.advance():
            played += done
            await asyncio.sleep(0)
            if played // step > len(memory):
                memory.append(resident_mb())
        seconds = time.perf_counter() - began
        working = len(await broker.get_orders(open_only=True))
        reader.cancel()
        await stream.aclose()
    return {"rows": played, "rate": played / seconds, "seen": seen, "working": working, "memory": memory}


def main() -> None:
    rows = int(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="legend-benchmark-") as folder:
        path = Path(folder) / "quotes.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(HEADER)
            file.writelines(lines(rows))
        print(json.dumps(asyncio.run(_replay(path, rows))), flush=True)


if __name__ == "__main__":
    main()
