"""The report's content as plain values: text, whole numbers, lists and mappings, the same on every machine.

Money, prices, shares and basis points of orders are texts with all their digits. Floats, which carry statistics, are
rounded to six decimals: their last digits depend on the processor.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.services.report_content import (
    DILIGENCE,
    EXPECTED,
    NO_FLAGS,
    PAYMENT,
    BestExecution,
    account_label,
    how_counted,
)

_FLOAT_PLACES = 6
_ORDER_FIELDS = tuple(each for each in fields(ExecutionMetrics) if each.name != "account_id")


def plain_content(report: BestExecution) -> dict[str, Any]:
    """All of ``report`` by section."""
    content = {
        "frame": report.frame,
        "terms": report.terms.as_dict(),
        "hashes": report.hashes.as_dict(),
        "accounts": report.accounts,
        "headline": report.stats.as_dict(),
        "analysis": report.analysis,
        "cost_over_time": report.series,
        "summary_605": {"rows": report.summary, "note": NO_FLAGS},
        "routing_606": {"months": report.routing, "note": PAYMENT},
        "diligence": DILIGENCE,
        "notes": [EXPECTED],
        "orders": [_order(row) for row in report.orders],
    }
    found = plain(content)
    assert isinstance(found, dict)
    return found


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a plain content, however it is laid out on the page."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """``value`` with dataclasses, Decimals, times and enums turned into what JSON knows."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return (round(value, _FLOAT_PLACES) + 0.0) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {row.name: plain(getattr(value, row.name)) for row in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"a report cannot hold {type(value).__name__}")


def decimal_text(value: Decimal) -> str:
    """All digits without an exponent and without idle zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _order(row: ExecutionMetrics) -> dict[str, Any]:
    found = {each.name: getattr(row, each.name) for each in _ORDER_FIELDS}
    return {"counted": how_counted(row), "account": account_label(row), **found}
