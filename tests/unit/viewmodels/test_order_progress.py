"""What Order entry says of an order after the press, from values alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, Pending, TimeInForce
from legend_desktop.domain.orders import Order
from legend_desktop.services.own_costs import OwnCosts, UsualAnswer, UsualCost
from legend_desktop.services.unknown_resolver import Search
from legend_desktop.viewmodels.entry_rows import exit_order_rows, unknown_rows
from legend_desktop.viewmodels.entry_state import EntryState
from legend_desktop.viewmodels.order_progress import (
    badge_of,
    doubt_words,
    headline_of,
    protection_sentence,
    slow_sentence,
    steps_of,
    terms_sentence,
)
from legend_desktop.viewmodels.order_sending import CHECKED, SENT, SILENT, STORED, PressRecord
from legend_desktop.viewmodels.worst_case import WorstCase
from tests.fakes.clock import START
from tests.unit.viewmodels.builders import Desk, execution, intent, plan, position
from tests.unit.viewmodels.entry_world import an_entry, plain

D = Decimal
USUAL = UsualAnswer(45.0, 180.0)


def entry_order(**terms: object) -> Order:
    """A bracket's entry on its way: buy 116 AAPL, stop 173.75, target 179.20."""
    made = intent("e1", quantity="116", plan=plan("175.52", "173.75", "179.20"))
    order = Desk().create(replace(made, terms=replace(made.terms, **terms)))  # type: ignore[arg-type]
    return replace(order, state=OrderState.SENDING, sent_at=START)


def filled(*fills: tuple[str, str]) -> Order:
    """The entry, working, with fills of (shares, price)."""
    desk = Desk()
    order = desk.working(entry_order().intent)
    for number, (shares, price) in enumerate(fills):
        order = desk.fill(execution(f"x{number}", order="e1", quantity=shares, price=price))
    return order


def test_the_order_is_a_sentence_until_it_has_a_price() -> None:
    order = entry_order()
    assert headline_of(order) == "Buy 116 AAPL at market"
    assert headline_of(filled(("76", "175.52"), ("40", "175.53"))) == "Bought 116 at 175.5234"
    assert headline_of(filled(("76", "175.52"))) == "Buy 116 AAPL at market"


def test_terms_name_the_exits_and_the_life() -> None:
    assert terms_sentence(entry_order()) == "Stop 173.75, target 179.20, day"
    gtc = entry_order(time_in_force=TimeInForce.GTC, extended_hours=True)
    assert terms_sentence(gtc) == "Stop 173.75, target 179.20, GTC, extended hours"
    bare = intent("x", role=OrderRole.EXIT)
    assert terms_sentence(Desk().create(bare)).startswith("Takes the position down, ")


def test_badges() -> None:
    order = entry_order()
    waited = timedelta(seconds=14.2)
    assert badge_of(EntryState.SENDING, order, timedelta(milliseconds=420)).text == "waiting 0.4 s"
    unknown = badge_of(EntryState.UNKNOWN, order, waited)
    assert (unknown.text, unknown.hatched) == ("UNKNOWN 14 s", True)
    assert badge_of(EntryState.UNKNOWN, replace(order, state=OrderState.ATTENTION), waited).text == "NEEDS YOU"
    assert badge_of(EntryState.WORKING, order, waited).text == "working"
    assert badge_of(EntryState.WORKING, replace(order, pending=Pending.CANCEL), waited).text == "cancel requested"
    part = filled(("25", "175.52"))
    assert badge_of(EntryState.WORKING, part, waited).text == "25 of 116 filled"
    assert badge_of(EntryState.DONE, replace(part, state=OrderState.CANCELED), waited).text.startswith(
        "filled 25 of 116"
    )


def press(**marks: float) -> PressRecord:
    """A press whose checks are not told."""
    return PressRecord(START, 0, None, dict(marks))


def test_stamps_of_an_order_on_its_way() -> None:
    record = press(**{CHECKED: 0.3, STORED: 1.6, SENT: 2.0})
    steps = steps_of(record, broker="Alpaca", state=EntryState.SENDING, usual=USUAL)
    assert [(row.title, row.time_text) for row in steps] == [
        ("Pressed", "10:00:00.000"),
        ("Checked, 0 of 0", "+0.3 ms"),
        ("On disk", "+1.6 ms"),
        ("Sent to Alpaca", "+2.0 ms"),
        ("Answer from Alpaca", "usually 45 ms"),
    ]
    assert [row.done for row in steps] == [True, True, True, True, False]


def test_stamps_of_an_order_in_doubt_count_down_to_the_next_try() -> None:
    search = Search("e1", START, tries=4, next_in_seconds=8)
    steps = steps_of(
        press(**{SILENT: 10_000}), broker="A", state=EntryState.UNKNOWN, usual=USUAL, search=search, next_try=3.9
    )
    assert [(row.title, row.time_text) for row in steps] == [
        ("Sent", "10:00:00.000"),
        ("No answer", ""),
        ("Asked 4 times, next in", "3 s"),
    ]
    first = steps_of(
        press(), broker="A", state=EntryState.UNKNOWN, usual=USUAL, search=replace(search, tries=0), next_try=0.3
    )
    assert first[-1].title == "Asking in"


@pytest.mark.parametrize(
    ("seconds", "usual", "says"),
    [
        (0.4, USUAL, ""),
        (0.6, USUAL, "99 of 100 answers come within 180 ms"),
        (0.9, UsualAnswer(), ""),
        (1.2, UsualAnswer(), "Nothing to do"),
        (1.2, UsualAnswer(800.0, 1_500.0), ""),
    ],
)
def test_a_slow_answer_is_told_calmly(seconds: float, usual: UsualAnswer, says: str) -> None:
    text = slow_sentence(timedelta(seconds=seconds), usual, "Alpaca")
    assert says in text
    assert bool(text) is bool(says)


def test_what_is_in_doubt_and_why() -> None:
    order = replace(entry_order(), state=OrderState.UNKNOWN, reason="No answer within 10 s")
    assert doubt_words(order, "Alpaca", deciding=False) == (
        "This order may be live.",
        "No answer within 10 s. Do not send it again. Legend asks until it knows.",
    )
    assert doubt_words(order, "Alpaca", deciding=True)[0] == "Is it at Alpaca?"
    assert doubt_words(replace(order, state=OrderState.ATTENTION), "Alpaca", deciding=False)[0].endswith("needs you.")


@pytest.mark.parametrize(
    ("held", "side", "says"),
    [
        (None, OrderSide.BUY, "0 to 116"),
        ("100", OrderSide.BUY, "100 to 216"),
        (None, OrderSide.SELL, "0 to 116 short"),
        ("-50", OrderSide.SELL, "50 to 166 short"),
        ("116", OrderSide.SELL, "0 to 116"),
        ("200", OrderSide.SELL, "84 to 200"),
    ],
)
def test_the_range_that_may_be_held(held: str | None, side: OrderSide, says: str) -> None:
    order = replace(entry_order(side=side), state=OrderState.UNKNOWN)
    worst = WorstCase(D(116), D("20360.32"), D("205.32"))
    rows = unknown_rows(order, worst, position("AAPL", held, "175", "175.51") if held is not None else None)
    assert rows[0].value == says
    assert [plain(row.value) for row in rows[1:]] == ["$20,360.32", "$205.32", "locked until known"]


def leg(label: str, kind: OrderType, state: OrderState, price: str) -> Order:
    """An exit of the bracket."""
    role = OrderRole.STOP if label == "Stop" else OrderRole.TARGET
    stops = kind is OrderType.STOP
    made = intent(
        label,
        role=role,
        parent="e1",
        side=OrderSide.SELL,
        kind=kind,
        quantity="116",
        stop=price if stops else None,
        limit=None if stops else price,
        tif=TimeInForce.GTC,
    )
    return replace(Desk().create(made), state=state)


def test_exits_tell_their_state_stop_first() -> None:
    stop = leg("Stop", OrderType.STOP, OrderState.WORKING, "173.75")
    target = leg("Target", OrderType.LIMIT, OrderState.WORKING, "179.20")
    rows = exit_order_rows([target, stop])
    assert [(row.label, row.value, row.icon) for row in rows] == [
        ("Stop 173.75", "116 working, GTC", "shield-check"),
        ("Target 179.20", "116 working, GTC", ""),
    ]
    for state, words in (
        (OrderState.UNKNOWN, "unknown"),
        (OrderState.CANCELED, "cancelled"),
        (OrderState.REJECTED, "refused"),
        (OrderState.SENDING, "on its way"),
    ):
        [row] = exit_order_rows([replace(stop, state=state)])
        assert (row.value, row.icon) == (words, "")
    [asked] = exit_order_rows([replace(stop, pending=Pending.CANCEL)])
    assert asked.value == "116 working, cancel requested"


def test_no_word_of_protection_for_an_order_that_took_a_position_down() -> None:
    order = Desk().create(intent("x", role=OrderRole.EXIT))
    assert protection_sentence(order, [], None, "Alpaca") == ""
    assert protection_sentence(entry_order(), [], None, "Alpaca") == "The position is closed."


async def test_shares_without_a_stop_are_named() -> None:
    async with an_entry() as entry:
        entry.model.set_by_quantity(wanted=True)
        entry.type(quantity="50")
        await entry.send()
        assert entry.model.result.note == "50 shares have no stop. Place one with Ctrl+Shift+P."


async def test_usual_figures_come_from_own_orders_of_this_account() -> None:
    async with an_entry() as entry:
        own = OwnCosts(entry.world.desk.analytics)
        assert own.usual_cost("AAPL", without="") == UsualCost()
        assert own.usual_answer() == UsualAnswer()
        for shares in (10, 20, 30, 40, 50):
            await entry.world.place(shares)
            await entry.world.run(1.2)
        orders = entry.world.orders
        every = own.usual_cost("AAPL", without="")
        assert every.orders == 5
        assert every.median_bps == pytest.approx(0.57, abs=0.01)
        assert own.usual_cost("AAPL", without=orders[0].client_order_id).orders == 4
        assert own.usual_cost("MSFT", without="").orders == 0
        assert own.usual_answer().median_ms is not None
