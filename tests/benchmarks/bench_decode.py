"""500 Alpaca orders from JSON to values of the domain, beside alpaca-py reading the same text into its own models.

Both read one file in processes of their own, in turn; each tells the median of many readings after some that warm up.
"""

import json
import tempfile
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.harness import PEERS, Row, at_most, peer_python
from tests.benchmarks.processes import run_json

NAME = "decode"
ORDERS = 500
BRACKETS = 50  # entries with two exits each: 150 of the orders
ROUNDS = 3
SHARE = 1 / 3


def run() -> Iterator[Row]:
    python = peer_python("alpaca-py", "alpaca-py==0.44.0")
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.json"
        file.write_text(json.dumps(orders(), separators=(",", ":")), encoding="utf-8")
        for _ in range(ROUNDS):
            ours.append(run_json(["-m", "tests.benchmarks.child_decode", str(file)]))
            if python is not None:
                theirs.append(run_json([str(PEERS / "alpaca_py_decode.py"), str(file)], python=python))
    for found in (*ours, *theirs):
        if found["orders"] != ORDERS:
            raise RuntimeError(f"{found['orders']} orders were read, not {ORDERS}")
    mine = median(row["ms"] for row in ours)
    if theirs:
        peer = median(row["ms"] for row in theirs)
        yield Row(NAME, f"{ORDERS} orders from JSON", mine, "ms", peer=peer)
        yield at_most(NAME, "time, as a share of the peer's", mine / peer, "", SHARE)
    else:
        yield Row(NAME, f"{ORDERS} orders from JSON", mine, "ms", "no peer here")


def orders() -> list[dict[str, Any]]:
    """A nested list as ``GET /v2/orders`` answers it: every type, working and ended, some with exits."""
    rows = [_bracket(place) for place in range(BRACKETS)]
    return rows + [_order(place) for place in range(ORDERS - 3 * BRACKETS)]


KINDS: tuple[dict[str, Any], ...] = (
    {"type": "market", "status": "filled"},
    {"type": "limit", "limit_price": "182.4", "status": "new"},
    {"type": "stop", "side": "sell", "stop_price": "176.1", "status": "canceled"},
    {"type": "stop_limit", "side": "sell", "stop_price": "176.1", "limit_price": "175.8", "status": "new"},
    {"type": "trailing_stop", "side": "sell", "trail_price": "2.5", "hwm": "183.02", "stop_price": "180.52"},
    {"type": "trailing_stop", "side": "sell", "trail_percent": "1.5", "hwm": "183.02", "stop_price": "180.2747"},
    {"type": "limit", "limit_price": "182.4", "status": "partially_filled"},
)


def _order(place: int, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": _id(place, "order"),
        "client_order_id": f"ld-20261123-{place:06d}",
        "created_at": f"2026-11-23T15:02:{place % 60:02d}.418236117Z",
        "updated_at": f"2026-11-23T15:02:{place % 60:02d}.420991004Z",
        "submitted_at": f"2026-11-23T15:02:{place % 60:02d}.412004551Z",
        "filled_at": None,
        "expired_at": None,
        "expires_at": "2026-11-23T21:00:00Z",
        "canceled_at": None,
        "failed_at": None,
        "replaced_at": None,
        "replaced_by": None,
        "replaces": None,
        "asset_id": _id(place % 20, "asset"),
        "symbol": ("AAPL", "MSFT", "BRK.B", "F")[place % 4],
        "asset_class": "us_equity",
        "notional": None,
        "qty": str(1 + place % 300),
        "filled_qty": "0",
        "filled_avg_price": None,
        "order_class": "",
        "side": "buy",
        "position_intent": "buy_to_open",
        "time_in_force": ("day", "gtc")[place % 2],
        "limit_price": None,
        "stop_price": None,
        "status": "new",
        "extended_hours": False,
        "legs": None,
        "trail_percent": None,
        "trail_price": None,
        "hwm": None,
        "subtag": None,
        "source": None,
        **KINDS[place % len(KINDS)],
        **changes,
    }
    if row["status"] == "filled":
        row |= {"filled_qty": row["qty"], "filled_avg_price": "182.38", "filled_at": row["updated_at"]}
    if row["status"] == "partially_filled":
        row |= {"filled_qty": str(Decimal(row["qty"]) / 2), "filled_avg_price": "182.39"}
    if row["side"] == "sell":
        row["position_intent"] = "sell_to_close"
    return {**row, "order_type": row["type"]}


def _bracket(place: int) -> dict[str, Any]:
    plain = {"order_class": "bracket", "status": "held", "side": "sell"}
    target = _order(1, **plain, id=_id(place, "target"), client_order_id=_id(place, "target id"), limit_price="190")
    stop = _order(2, **plain, id=_id(place, "stop"), client_order_id=_id(place, "stop id"), stop_price="178")
    return _order(1, order_class="bracket", id=_id(place, "entry"), legs=[target, stop])


def _id(place: int, kind: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {place}"))
