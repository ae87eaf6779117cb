"""Brokers to measure against: the simulator behind a real loopback socket, and with a feed of a wanted rate."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.brokers.simulator.engine import Engine
from legend_desktop.brokers.simulator.sim_order import SimOrder
from legend_desktop.brokers.simulator.wire import Request
from legend_desktop.domain.orders import OrderIntent
from legend_desktop.domain.quotes import Quote
from legend_desktop.infra.clock import SystemClock

STEPS = 500
NoteQuote = Callable[[Quote, int], None]


class FeedBroker(SimulatorAdapter):
    """The simulator whose quotes come as a broker's stream of ``rate`` a second over all symbols, in turn.

    Each quote of a symbol differs from the one before in every price. What a stall of the loop delays arrives in one
    burst after it, as from a socket. ``note`` is told of each quote right before it is handed over.
    """

    def __init__(self) -> None:
        super().__init__(SystemClock(), SimulatorConfig(quote_rate=0.0, starting_cash=Decimal(10_000_000)))
        self.rate = 0.0
        self.note: NoteQuote = lambda _quote, _ns: None
        self.fed = 0

    async def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Quote]:  # type: ignore[override]
        """Quotes at ``rate``, for ever."""
        ladders = [_ladder((await self.get_quote(symbol)).last or Decimal(100)) for symbol in symbols]
        clock, count, turn = SystemClock(), len(symbols), 0
        size, at = Decimal(200), time.perf_counter()
        owed = 0.0
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            owed += (now - at) * self.rate
            at = now
            while owed >= 1.0:
                owed -= 1.0
                place, step = turn % count, turn // count % STEPS
                bid, ask, close = ladders[place][step]
                quote = Quote(
                    symbols[place], bid, ask, size, size, ask, clock.now(), size, Decimal(turn), close, "benchmark"
                )
                turn += 1
                self.fed += 1
                self.note(quote, time.perf_counter_ns())
                yield quote


def _ladder(price: Decimal) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Bid, ask and previous close for each step: a walk of a cent a quote that changes the order of the list."""
    cent = Decimal("0.01")
    start = max(price, Decimal(20))
    rows = []
    for step in range(STEPS):
        bid = start + cent * (step if step % 2 else STEPS - step)
        rows.append((bid, bid + 2 * cent, start))
    return rows


class WiredSimulator(SimulatorAdapter):
    """The simulator whose orders are first written to a TCP socket and wait for its answer, as a broker's would."""

    def __init__(self, config: SimulatorConfig, port: int) -> None:
        super().__init__(SystemClock(), config)
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.read_at_ns: dict[str, int] = {}

    async def connect(self) -> None:
        """Connect to the socket too."""
        await super().connect()
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def disconnect(self) -> None:
        """Close the socket too."""
        if self._writer is not None:
            self._writer.close()
        await super().disconnect()

    async def _send(
        self,
        route: str,
        intents: Sequence[OrderIntent],
        act: Callable[[Engine, Request], list[SimOrder]],
    ) -> list[OrderReport]:
        if intents:
            assert self._writer is not None
            assert self._reader is not None
            self._writer.write(_request(route, intents))
            sent = time.monotonic_ns()
            for intent in intents:
                if self.on_request_sent is not None:
                    self.on_request_sent(intent.client_order_id, sent)
            answer = await self._reader.readline()
            self.read_at_ns[intents[0].client_order_id] = int(answer)
        return await self._session.command(route, act)


def _request(route: str, intents: Sequence[OrderIntent]) -> bytes:
    """One HTTP request with the orders as JSON, about what a broker's interface wants."""
    rows = [
        {
            "client_order_id": row.client_order_id,
            "symbol": row.terms.symbol,
            "side": row.terms.side.value,
            "type": row.terms.order_type.value,
            "qty": f"{row.terms.quantity:f}",
            "limit_price": None if row.terms.limit_price is None else f"{row.terms.limit_price:f}",
            "stop_price": None if row.terms.stop_price is None else f"{row.terms.stop_price:f}",
            "time_in_force": row.terms.time_in_force.value,
        }
        for row in intents
    ]
    body = json.dumps({"route": route, "orders": rows}).encode()
    head = "POST /v2/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
