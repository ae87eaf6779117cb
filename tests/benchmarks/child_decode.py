"""``child_decode FILE`` prints the median milliseconds from the text of a list of orders to its reports."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from legend_desktop.brokers.alpaca.parse import Place, flatten, order_report
from legend_desktop.brokers.alpaca.payloads import OrderRow, decode
from legend_desktop.brokers.base import OrderReport

WARM_UP = 10
READINGS = 100


def read(body: bytes, now: datetime) -> list[OrderReport]:
    """What the adapter does with the answer of a list of orders."""
    rows = flatten(decode(body, list[OrderRow]))
    return [order_report(row, now, place or Place()) for row, place in rows]


def main() -> None:
    body, now = Path(sys.argv[1]).read_bytes(), datetime.now(UTC)
    times: list[float] = []
    for _ in range(WARM_UP + READINGS):
        began = time.perf_counter()
        reports = read(body, now)
        times.append((time.perf_counter() - began) * 1000)
    print(json.dumps({"ms": median(times[WARM_UP:]), "orders": len(reports)}))


if __name__ == "__main__":
    main()
