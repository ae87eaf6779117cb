"""alpaca-py's own reading of a list of orders. Runs in an environment that holds it; imports nothing of this project.

``alpaca_py_decode.py FILE`` prints the median milliseconds from the text to the list that
``TradingClient.get_orders`` returns, the text standing in for the answer of the network.
"""

import json
import sys
import time
import warnings
from pathlib import Path
from statistics import median
from typing import Any

warnings.simplefilter("ignore")

from alpaca.trading.client import TradingClient  # noqa: E402

WARM_UP = 3
READINGS = 30


class Offline(TradingClient):
    """The client with the text of a file for every answer, decoded as its HTTP library does."""

    body = b"[]"

    def get(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return json.loads(self.body)


def main() -> None:
    client = Offline("key", "secret", paper=True)
    client.body = Path(sys.argv[1]).read_bytes()
    times: list[float] = []
    for _ in range(WARM_UP + READINGS):
        began = time.perf_counter()
        orders: Any = client.get_orders()
        times.append((time.perf_counter() - began) * 1000)
    count = sum(1 + len(order.legs or ()) for order in orders)
    print(json.dumps({"ms": median(times[WARM_UP:]), "orders": count}))


if __name__ == "__main__":
    main()
