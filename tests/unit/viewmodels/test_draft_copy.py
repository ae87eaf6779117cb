"""A chosen order becomes the next draft: the same terms and exits, nothing sent."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.viewmodels.draft_copy import copy_as_draft
from tests.unit.viewmodels.builders import Desk, intent, plan


class Entry:
    """Notes what order entry was told."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy
        self.terms: OrderTerms | None = None
        self.with_exits: bool | None = None
        self.texts: dict[str, str] = {}

    def take_terms(self, terms: OrderTerms) -> None:
        self.terms = terms

    def set_with_exits(self, wanted: bool) -> None:
        self.with_exits = wanted

    def set_text(self, field: str, text: str) -> None:
        self.texts[field] = text


def test_the_terms_and_the_planned_exits_are_copied() -> None:
    entry = Entry()
    value = intent(side=OrderSide.SELL, kind=OrderType.LIMIT, limit="228.40", quantity="60", symbol="AMZN",
                   plan=plan("228.40", "230.9", "220"))  # fmt: skip
    order = Desk().working(value)
    assert copy_as_draft(entry, order) == ""
    assert entry.terms == order.terms
    assert entry.terms.quantity == Decimal(60)
    assert (entry.with_exits, entry.texts) == (True, {"stop": "230.90", "target": "220.00"})


def test_an_order_without_a_plan_leaves_no_exits_of_the_draft_before() -> None:
    entry = Entry()
    copy_as_draft(entry, Desk().working(intent(kind=OrderType.STOP, stop="641.5")))
    assert (entry.with_exits, entry.texts) == (False, {"stop": "", "target": ""})


def test_nothing_is_changed_while_order_entry_is_busy() -> None:
    entry = Entry(busy=True)
    assert copy_as_draft(entry, Desk().working(intent())).startswith("Order entry is busy")
    assert entry.terms is None
