"""The built-in broker without the rest of the program: quotes made and orders matched a second, on one core."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.simulator.adapter import SimulatorAdapter
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TradingMode
from legend_desktop.domain.ids import new_client_order_id
from legend_desktop.domain.orders import OrderIntent, OrderTerms
from legend_desktop.infra.clock import SystemClock
from tests.benchmarks.harness import Row

NAME = "simulator"
QUOTES = 200_000
ORDERS = 5_000
RESTING = 100


def run() -> Iterator[Row]:
    quotes, streamed = asyncio.run(_quotes())
    yield Row(NAME, "quotes made", quotes, "/s")
    yield Row(NAME, "quotes made and read from a stream", streamed, "/s")
    yield Row(NAME, "market orders taken and filled", asyncio.run(_orders()), "/s")
    yield Row(NAME, f"quotes made with {RESTING} orders resting", asyncio.run(_resting()), "/s")


def _broker(rate: float = 1e6) -> SimulatorAdapter:
    config = SimulatorConfig(quote_rate=rate, self_driven=False, halts=False, starting_cash=Decimal(100_000_000))
    return SimulatorAdapter(SystemClock(), config)


def _intent(broker: SimulatorAdapter, terms: OrderTerms) -> OrderIntent:
    now = SystemClock().now()
    key = new_client_order_id(TradingMode.PAPER, "B1", now)
    return OrderIntent(key, broker.broker, broker.mode, broker.account_id, terms, now)


async def _play(broker: SimulatorAdapter, ticks: int) -> float:
    """Ticks a second of wall time; the market's own time runs as fast as it can."""
    engine = broker._session.running()
    done, began = 0, time.perf_counter()
    while done < ticks:
        done += engine.run(engine.desk.now + 10_000, 1_000)
    return done / (time.perf_counter() - began)


async def _quotes() -> tuple[float, float]:
    async with _broker() as broker:
        made = await _play(broker, QUOTES)
        symbols = sorted(broker._session.running().source.feeds)
        stream = broker.stream_quotes(symbols)
        read, began = 0, time.perf_counter()
        while read < QUOTES // 2:
            engine = broker._session.running()
            fresh = engine.run(engine.desk.now + 1_000, 1_000)
            for _ in range(fresh):
                await stream.__anext__()
            read += fresh
        streamed = read / (time.perf_counter() - began)
        await stream.aclose()
        return made, streamed


async def _orders() -> float:
    """Orders a second, each sent, answered and filled before the next."""
    async with _broker(rate=1_000.0) as broker:
        engine = broker._session.running()
        engine.run(engine.desk.now + 1_000_000)
        began = time.perf_counter()
        for number in range(ORDERS):
            side = OrderSide.BUY if number % 2 == 0 else OrderSide.SELL
            terms = OrderTerms("AAPL", side, OrderType.MARKET, Decimal(1))
            report = await broker.place_order(_intent(broker, terms))
            engine.run(engine.desk.now + 1)
            order = engine.desk.orders[report.broker_order_id]
            assert order.state is OrderState.FILLED, order.state
        return ORDERS / (time.perf_counter() - began)


async def _resting() -> float:
    """Ticks a second while limit orders far from the market look at every one of them."""
    async with _broker() as broker:
        terms = OrderTerms("AAPL", OrderSide.BUY, OrderType.LIMIT, Decimal(1), limit_price=Decimal(20))
        for number in range(RESTING):
            await broker.place_order(_intent(broker, replace(terms, limit_price=Decimal(20 + number % 50))))
        return await _play(broker, QUOTES // 2)
