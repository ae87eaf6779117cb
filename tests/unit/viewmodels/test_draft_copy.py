"""A chosen order becomes the next draft: the same prices and exits, the same share count, nothing sent."""

from decimal import Decimal
from typing import cast

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.domain.orders import Order
from legend_desktop.viewmodels.draft_copy import copy_as_draft
from legend_desktop.viewmodels.order_entry import OrderEntryViewModel
from tests.unit.viewmodels.builders import Desk, intent, plan


class Entry:
    """Notes what order entry was told."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy
        self.told: dict[str, object] = {}

    def set_symbol(self, symbol: str) -> None:
        self.told = {"symbol": symbol}  # another symbol clears the prices

    def set_side(self, side: OrderSide) -> None:
        self.told["side"] = side

    def set_order_type(self, kind: OrderType) -> None:
        self.told["kind"] = kind

    def set_time_in_force(self, life: TimeInForce) -> None:
        self.told["life"] = life

    def set_by_quantity(self, wanted: bool) -> None:
        self.told["by_quantity"] = wanted

    def set_text(self, field: str, text: str) -> None:
        self.told[field] = text


def copied(order: Order) -> dict[str, object]:
    entry = Entry()
    assert copy_as_draft(cast(OrderEntryViewModel, entry), order) == ""
    return entry.told


def test_a_limit_with_its_planned_exits() -> None:
    value = intent(side=OrderSide.SELL, kind=OrderType.LIMIT, limit="228.40", quantity="60", tif=TimeInForce.GTC,
                   symbol="AMZN", plan=plan("228.40", "230.90", "220"))  # fmt: skip
    told = copied(Desk().working(value))
    assert told == {
        "symbol": "AMZN",
        "side": OrderSide.SELL,
        "kind": OrderType.LIMIT,
        "life": TimeInForce.GTC,
        "by_quantity": True,
        "quantity": "60",
        "price": "228.40",
        "trigger": "",
        "trail": "",
        "stop": "230.90",
        "target": "220.00",
    }


def test_a_stop_without_a_plan() -> None:
    told = copied(Desk().working(intent(kind=OrderType.STOP, stop="641.5", quantity="1250")))
    assert (told["trigger"], told["price"], told["stop"], told["target"]) == ("641.50", "", "", "")
    assert told["quantity"] == "1250"


def test_nothing_is_changed_while_order_entry_is_busy() -> None:
    entry = Entry(busy=True)
    sentence = copy_as_draft(cast(OrderEntryViewModel, entry), Desk().working(intent()))
    assert sentence.startswith("Order entry is busy")
    assert entry.told == {}


def test_a_count_of_shares_is_plain_text() -> None:
    told = copied(Desk().working(intent(quantity="1000")))
    assert Decimal(str(told["quantity"])) == 1000
    assert told["quantity"] == "1000"
