"""What order reads show: the truth, or what it was when the reads began to lag."""

from typing import Any

from tests.fakes.alpaca.records import FakeOrder
from tests.fakes.alpaca.shapes import order_json
from tests.fakes.alpaca.state import FakeState


class OrderReads:
    """``switches.reads_lag`` freezes each order as it is first read; orders made later show the truth once."""

    def __init__(self, state: FakeState) -> None:
        self.state = state
        self._seen: dict[tuple[str, bool], dict[str, Any]] = {}

    def freeze(self) -> None:
        """Remember every order as it is now, for reads that lag."""
        self._seen = {
            (row.id, nested): order_json(self.state, row, nested=nested)
            for row in self.state.orders
            for nested in (True, False)
        }
        self.state.switches.reads_lag = True

    def order(self, order: FakeOrder, *, nested: bool) -> dict[str, Any]:
        fresh = order_json(self.state, order, nested=nested)
        if not self.state.switches.reads_lag:
            return fresh
        return self._seen.setdefault((order.id, nested), fresh)
