"""The usual half-spread of a symbol: the median over own orders of the last 60 days, for orders without a quote."""

from collections import OrderedDict
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from legend_desktop.analytics.metrics import ExecutionMetrics

WINDOW = timedelta(days=60)
_KEPT = 500


class UsualSpreads:
    """The newest 500 half-spreads of each symbol, one an order."""

    def __init__(self) -> None:
        self._rows: dict[str, OrderedDict[str, tuple[datetime, Decimal]]] = {}

    def add(self, key: str, record: ExecutionMetrics) -> None:
        """Keep the half-spread (bps) that ``record`` was measured with, once an order."""
        if record.half_spread_bps is None or record.arrived_at is None:
            return
        rows = self._rows.setdefault(record.symbol, OrderedDict())
        rows[key] = (record.arrived_at, record.half_spread_bps)
        while len(rows) > _KEPT:
            rows.popitem(last=False)

    def median(self, symbol: str, at: datetime | None) -> Decimal | None:
        """Median half-spread in bps over the 60 days before ``at``; ``None`` without any."""
        rows = self._rows.get(symbol)
        if not rows or at is None:
            return None
        near = [value for when, value in rows.values() if at - WINDOW <= when <= at]
        return median(near) if near else None
