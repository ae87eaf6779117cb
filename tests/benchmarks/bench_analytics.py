"""Execution statistics of a million orders of one execution each, kept in columns as the fills came.

The figures are those of the execution quality panel: headline for all and for marketable orders with intervals, median
with interval, histogram, cost by day. ``one more fill`` replaces the record of an order among them. The
breakdowns go through the records each time they are asked for; their time stands beside without a goal.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from legend_desktop.analytics.analysis import slippage_analysis
from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.analytics.running_summary import RunningSummary
from legend_desktop.analytics.summary import summarise
from tests.benchmarks.bench_scorecard import orders
from tests.benchmarks.harness import Row, at_most, quantile

NAME = "analytics"
MANY, PANEL = 1_000_000, 100_000
DAYS = 60
FILLS = 2_000


def run() -> Iterator[Row]:
    pool = _pool()
    running = RunningSummary()
    taken = _fill(running, pool, 0, PANEL)
    opened = _milliseconds(lambda: running.snapshot().summarise())
    records = [pool[number % len(pool)] for number in range(PANEL)]
    anew = _milliseconds(lambda: summarise(records), times=1)
    yield at_most(NAME, "panel over 100,000 executions opens", opened, "ms", 200, anew)
    broken = _milliseconds(lambda: slippage_analysis(records), times=1)
    yield Row(NAME, "analysis with every breakdown over 100,000", broken / 1000, "s")
    taken += _fill(running, pool, PANEL, MANY)
    yield Row(NAME, "taking in one execution, mean over 1,000,000", taken / MANY * 1e6, "us")
    everything = _milliseconds(lambda: running.snapshot().summarise())
    yield at_most(NAME, "panel's statistics over 1,000,000 executions", everything / 1000, "s", 1.5)
    times = []
    for number in range(FILLS):
        began = time.perf_counter()
        running.put(str(number * 499 % MANY), pool[(number * 7 + 1) % len(pool)])
        times.append((time.perf_counter() - began) * 1000)
    yield at_most(NAME, "one more fill among 1,000,000, p50", quantile(times, 0.5), "ms", 1)
    yield at_most(NAME, "one more fill among 1,000,000, p99", quantile(times, 0.99), "ms", 1)


def _fill(running: RunningSummary, pool: list[ExecutionMetrics], start: int, end: int) -> float:
    """Seconds it took to take in executions ``start`` to ``end``."""
    began = time.perf_counter()
    for number in range(start, end):
        running.put(str(number), pool[number % len(pool)])
    return time.perf_counter() - began


def _pool() -> list[ExecutionMetrics]:
    """20,000 different orders over 60 days, to be used again and again."""
    found: list[ExecutionMetrics] = []
    for number, row in enumerate(orders(3, count=10_000)):
        at = None if row.arrived_at is None else row.arrived_at + timedelta(days=number % DAYS, seconds=number)
        cost = (row.slippage_bps or 0) * row.filled_qty / 200
        found.append(replace(row, arrived_at=at, slippage_cost=cost, expected_bps=row.slippage_bps))
    return found


def _milliseconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of ``times`` runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[times // 2]
