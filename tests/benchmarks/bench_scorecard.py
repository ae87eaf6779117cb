"""How often the scorecard's 95 % interval holds a planted gap of 1 bp between two brokers, over 1,000 seeds.

The brokers get different mixes of symbols, sizes and hours, and costs are skewed and as wide as the symbol, so that the
plain difference of the means is off by several basis points; it is printed beside.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from legend_desktop.analytics.classify import OrderClass, size_bucket
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.scorecard import scorecard
from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce, TradingMode
from tests.benchmarks.harness import Row

NAME = "scorecard"
SEEDS = 1_000
ORDERS = 300
GAP_BPS = 1.0
SYMBOLS = (("TIGHT", 0.5, 1.0, 2.0), ("USUAL", 2.5, 3.0, 5.0), ("WIDE", 9.0, 12.0, 15.0))
"""Name, half-spread, mean cost and scatter, in bps."""
HOURS = (timedelta(hours=14, minutes=35), timedelta(hours=17), timedelta(hours=20, minutes=35))
SIZES = (800, 8_000, 80_000)
DAY = datetime(2026, 11, 9, tzinfo=UTC)
"""A Monday after the clocks went back."""


def run() -> Iterator[Row]:
    held, raw, width = 0, [], []
    for seed in range(SEEDS):
        rows = orders(seed)
        found = scorecard(rows, shuffles=0).comparisons[0]
        if found.low is None or found.high is None:
            raise RuntimeError("the benchmark's own orders are too few")
        held += found.low <= GAP_BPS <= found.high
        width.append(found.high - found.low)
        means = [np.mean([float(row.slippage_bps or 0) for row in rows if row.broker == name]) for name in ("A", "B")]
        raw.append(float(means[0] - means[1]))
    covered = 100 * held / SEEDS
    yield Row(NAME, "95 % interval holds the planted gap of 1 bp", covered, "%", "93 to 97", ok=93 <= covered <= 97)
    yield Row(NAME, "mean width of the interval", float(np.mean(width)), "bp")
    yield Row(NAME, "difference of plain means, not like for like", float(np.mean(raw)), "bp", peer=GAP_BPS)


def orders(seed: int, count: int = ORDERS, gap: float = GAP_BPS) -> list[ExecutionMetrics]:
    """``count`` orders of A, the dearer by ``gap``, and as many of B, who gets tighter symbols and calmer hours."""
    rng = np.random.default_rng(seed)
    rows: list[ExecutionMetrics] = []
    for broker, extra, mix in (("A", gap, (0.2, 0.4, 0.4)), ("B", 0.0, (0.5, 0.35, 0.15))):
        symbols = rng.choice(3, size=count, p=mix)
        hours = rng.choice(3, size=count, p=mix[::-1])
        sizes = rng.choice(3, size=count)
        skewed = rng.gamma(2.0, 1.0, size=count)  # mean 2, variance 2
        for number in range(count):
            name, half, mean, scatter = SYMBOLS[symbols[number]]
            late = 1.5 if hours[number] == 0 else 0.0
            cost = mean + late + extra + scatter * (skewed[number] - 2) / 2**0.5
            day = timedelta(days=number % 5 + 7 * (number // 5 % 4))
            at = DAY + HOURS[hours[number]] + day + timedelta(minutes=number // 20 % 18)
            value = SIZES[sizes[number]]
            rows.append(_order(broker, name, half, cost, at, value, f"{broker}{number}"))
    return rows


def _order(
    broker: str, symbol: str, half: float, cost: float, at: datetime, value: int, identity: str
) -> ExecutionMetrics:
    money = Decimal(value)
    return replace(
        _TEMPLATE,
        client_order_id=identity,
        broker=broker,
        symbol=symbol,
        arrived_at=at,
        size_bucket=size_bucket(money),
        half_spread_bps=Decimal(str(half)),
        slippage_bps=Decimal(repr(round(float(cost), 6))),
        filled_qty=money / 50,
        ordered_qty=money / 50,
    )


_TEMPLATE = ExecutionMetrics(
    order_id="",
    client_order_id="",
    broker="",
    account_id="",
    mode=TradingMode.PAPER,
    symbol="",
    side=OrderSide.BUY,
    order_type=OrderType.MARKET,
    order_class=OrderClass.MARKET,
    time_in_force=TimeInForce.DAY,
    state=OrderState.FILLED,
    cancel_origin="",
    provisional=False,
    arrived_at=None,
    session="regular",
    half_hour="12:00",
    size_bucket="",
    lot_class="round",
    ordered_qty=Decimal(1),
    filled_qty=Decimal(1),
    fill_rate=Decimal(100),
    benchmark_price=Decimal(50),
    slippage_cost=Decimal(0),
)
