"""Bodies that Alpaca takes, and what is refused before anything leaves."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.alpaca import requests
from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderRole, OrderType, TimeInForce
from legend_desktop.domain.orders import Bracket, OrderTerms
from tests.fakes.alpaca.order_form import check_form, read_form
from tests.fakes.alpaca.records import Refusal
from tests.unit.brokers.alpaca.samples import BUY, SELL, bracket, intent, order_row, terms

LIMIT, MARKET, STOP, STOP_LIMIT = OrderType.LIMIT, OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT
TRAIL = OrderType.TRAILING_STOP
DAY, GTC, IOC, OPG = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.OPG


def body(what: OrderTerms, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(requests.order_body(intent(what), **options))
    return found


def refused(what: OrderTerms, **options: Any) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        requests.order_body(intent(what), **options)
    assert "Nothing was sent." in str(caught.value)
    assert caught.value.broker_words
    assert caught.value.advice
    return caught.value


def passes(check: Callable[[], object]) -> bool:
    try:
        check()
    except (OrderRefused, Refusal):
        return False
    return True


def test_numbers_leave_as_plain_text() -> None:
    made = body(terms(BUY, LIMIT, "1200", limit="182.40"))
    assert made == {
        "symbol": "AAPL",
        "qty": "1200",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "client_order_id": "LPA1000000000000000042",
        "limit_price": "182.4",
    }


@pytest.mark.parametrize(
    ("kind", "prices", "expected"),
    [
        (STOP, {"stop": "170"}, {"stop_price": "170"}),
        (STOP_LIMIT, {"stop": "170", "limit": "169.5"}, {"stop_price": "170", "limit_price": "169.5"}),
        (TRAIL, {"trail": "2.5"}, {"trail_price": "2.5"}),
        (TRAIL, {"percent": "1.5"}, {"trail_percent": "1.5"}),
        (MARKET, {}, {}),
    ],
)
def test_each_kind_carries_its_own_prices(kind: OrderType, prices: dict[str, Any], expected: dict[str, str]) -> None:
    made = body(terms(SELL, kind, life=GTC if kind is not MARKET else DAY, **prices))
    names = {"limit_price", "stop_price", "trail_price", "trail_percent"}
    assert {name: value for name, value in made.items() if name in names} == expected


@pytest.mark.parametrize(
    ("price", "advice"), [("182.405", "182.40 or 182.41"), ("0.12345", "0.1234 or 0.1235"), ("1.001", "1.00 or 1.01")]
)
def test_fact_6_a_price_between_two_steps_is_refused_with_both_neighbours(price: str, advice: str) -> None:
    error = refused(terms(BUY, LIMIT, limit=price))
    assert error.code == RefusalReason.PRICE_INCREMENT
    assert advice in error.advice
    assert body(terms(BUY, LIMIT, limit="0.1234"))["limit_price"] == "0.1234"


@pytest.mark.parametrize("kind", list(OrderType)[:-1])
@pytest.mark.parametrize("life", list(TimeInForce))
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("quantity", ["10", "1.5"])
def test_the_matrix_of_kind_life_session_and_fraction_is_alpacas(
    kind: OrderType, life: TimeInForce, extended: bool, quantity: str
) -> None:
    """What the checks let pass the fake's form rules take, and the other way round."""
    prices = {
        MARKET: {},
        LIMIT: {"limit": "170"},
        STOP: {"stop": "170"},
        STOP_LIMIT: {"stop": "170", "limit": "169"},
        TRAIL: {"trail": "2"},
    }[kind]
    what = terms(SELL, kind, quantity, life=life, extended=extended, **prices)
    plain = {"symbol": "AAPL", "qty": quantity, "side": "sell", "type": kind.value, "time_in_force": life.value}
    names = {"limit": "limit_price", "stop": "stop_price", "trail": "trail_price"}
    form = plain | {"extended_hours": extended} | {names[key]: value for key, value in prices.items()}
    assert passes(lambda: body(what, auctions=True)) == passes(lambda: check_form(read_form(form)))


def test_auction_orders_need_the_switch() -> None:
    assert refused(terms(BUY, MARKET, life=OPG)).code == RefusalReason.PERMISSION
    assert body(terms(BUY, MARKET, life=OPG), auctions=True)["time_in_force"] == "opg"


def test_fact_5_a_fraction_is_a_plain_day_order_of_nine_decimals() -> None:
    assert body(terms(BUY, LIMIT, "2.741282094", limit="182"))["qty"] == "2.741282094"
    assert refused(terms(BUY, LIMIT, "1.5", limit="182", life=GTC)).code == RefusalReason.ORDER_TYPE
    assert "nine decimals" in str(refused(terms(BUY, MARKET, "1.0000000001")))
    with pytest.raises(OrderRefused, match="whole shares"):
        requests.bracket_body(bracket(terms(BUY, MARKET, "1.5")))


def test_a_trail_below_a_tenth_of_a_per_cent_is_refused() -> None:
    assert refused(terms(SELL, TRAIL, percent="0.05", life=GTC)).code == RefusalReason.PRICE_INCREMENT


def test_no_shares_are_too_few() -> None:
    assert refused(terms(BUY, MARKET, "0")).code == RefusalReason.SIZE_TOO_SMALL


def test_fact_4_a_bracket_leaves_as_one_order() -> None:
    made = json.loads(requests.bracket_body(bracket(terms(BUY, LIMIT, limit="182.4"))))
    assert made["order_class"] == "bracket"
    assert made["take_profit"] == {"limit_price": "190"}
    assert made["stop_loss"] == {"stop_price": "178"}
    check_form(read_form(made))


def test_exits_that_last_make_the_whole_bracket_last() -> None:
    lasting = json.loads(requests.bracket_body(bracket(terms(BUY, LIMIT, limit="182.4"))))
    of_the_day = json.loads(requests.bracket_body(bracket(terms(BUY, LIMIT, limit="182.4"), life=DAY)))
    assert (lasting["time_in_force"], of_the_day["time_in_force"]) == ("gtc", "day")


def test_a_stop_with_a_limit_keeps_it_in_the_bracket() -> None:
    entry = terms(BUY, LIMIT, limit="182.4")
    whole = bracket(entry, stop=None)
    stop = intent(terms(SELL, STOP_LIMIT, stop="178", limit="177.5", life=GTC), "S", role=OrderRole.STOP)
    made = json.loads(requests.bracket_body(Bracket(whole.entry, whole.take_profit, stop)))
    assert made["stop_loss"] == {"stop_price": "178", "limit_price": "177.5"}


@pytest.mark.parametrize(("target", "stop", "name"), [("190", None, "take_profit"), (None, "178", "stop_loss")])
def test_trap_18_a_single_exit_goes_as_oto(target: str | None, stop: str | None, name: str) -> None:
    made = json.loads(requests.bracket_body(bracket(terms(BUY, MARKET), target, stop)))
    assert made["order_class"] == "oto"
    assert {"take_profit", "stop_loss"} & made.keys() == {name}
    check_form(read_form(made))


def test_trap_19_a_stop_entry_is_refused_and_never_made_a_limit() -> None:
    with pytest.raises(OrderRefused) as caught:
        requests.bracket_body(bracket(terms(BUY, STOP, stop="185")))
    assert caught.value.code == RefusalReason.ORDER_TYPE
    assert "once it is filled" in caught.value.advice


@pytest.mark.parametrize(
    ("entry", "exits", "words"),
    [
        (terms(BUY, LIMIT, limit="182.4", extended=True), {}, "extended hours"),
        (terms(BUY, LIMIT, limit="182.4", life=IOC), {}, "day or gtc"),
        (terms(BUY, LIMIT, limit="182.4"), {"quantity": "5"}, "same symbol and size"),
        (terms(BUY, LIMIT, limit="182.4"), {"target": "181"}, "above the entry"),
        (terms(BUY, LIMIT, limit="182.4"), {"stop": "178.005"}, "between two price steps"),
    ],
)
def test_a_bracket_that_alpaca_cannot_take_is_refused(entry: OrderTerms, exits: dict[str, str], words: str) -> None:
    with pytest.raises(OrderRefused, match=words):
        requests.bracket_body(bracket(entry, **exits))


def test_a_trailing_exit_is_refused_with_the_way_round() -> None:
    whole = bracket(terms(BUY, MARKET), stop=None)
    trail = intent(terms(SELL, TRAIL, trail="2", life=GTC), "S", role=OrderRole.STOP)
    with pytest.raises(OrderRefused, match="trailing-stop exit"):
        requests.bracket_body(Bracket(whole.entry, whole.take_profit, trail))


def test_trap_14_two_exits_go_as_one_oco_under_the_targets_id() -> None:
    target = intent(terms(SELL, LIMIT, limit="190", life=GTC), "T1")
    stop = intent(terms(SELL, STOP_LIMIT, stop="178", limit="177.5", life=GTC), "S1")
    assert requests.target_and_stop(stop, target) == (target, stop)
    made = json.loads(requests.oco_body(target, stop))
    assert (made["order_class"], made["client_order_id"], made["type"]) == ("oco", "T1", "limit")
    assert made["stop_loss"] == {"stop_price": "178", "limit_price": "177.5"}
    check_form(read_form(made))


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (terms(SELL, LIMIT, limit="190"), terms(SELL, LIMIT, limit="195"), "pairs a limit order"),
        (terms(SELL, LIMIT, limit="190"), terms(SELL, STOP, "11", stop="178"), "same shares"),
        (terms(SELL, LIMIT, limit="190"), terms(BUY, STOP, stop="195"), "same shares"),
        (terms(SELL, LIMIT, limit="190"), terms(SELL, STOP, stop="191"), "other side of the target"),
        (terms(BUY, LIMIT, limit="170"), terms(BUY, STOP, stop="169"), "other side of the target"),
    ],
)
def test_a_pair_that_is_none_is_refused(first: OrderTerms, second: OrderTerms, words: str) -> None:
    with pytest.raises(OrderRefused, match=words):
        requests.oco_body(*requests.target_and_stop(intent(first, "T1"), intent(second, "S1")))


# ---- changes


def changes(current: dict[str, Any], what: OrderTerms) -> dict[str, Any]:
    row = order_row(**{"type": "limit", "limit_price": "182.4", "status": "new", **current})
    found: dict[str, Any] = json.loads(requests.replace_body(row, intent(what, "NEXT")))
    return found


def unchanged(current: dict[str, Any], what: OrderTerms) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        changes(current, what)
    return caught.value


def test_trap_7_a_change_of_price_carries_the_whole_quantity_and_the_successors_id() -> None:
    made = changes({"filled_qty": "5", "status": "partially_filled"}, terms(BUY, LIMIT, limit="182.5"))
    assert made == {"limit_price": "182.5", "qty": "12", "client_order_id": "NEXT"}


def test_a_leg_changes_its_price_alone() -> None:
    leg = {"order_class": "bracket", "type": "stop", "stop_price": "178", "limit_price": None, "side": "sell"}
    assert changes(leg, terms(SELL, STOP, stop="179", life=GTC)) == {"stop_price": "179", "client_order_id": "NEXT"}
    error = unchanged(leg, terms(SELL, STOP, "6", stop="178", life=GTC))
    assert error.code == RefusalReason.NOT_REPLACEABLE
    assert "The order works unchanged." in str(error)


@pytest.mark.parametrize(
    ("current", "what", "words"),
    [
        ({}, terms(BUY, LIMIT, limit="182.4"), "already has these prices"),
        ({}, terms(SELL, LIMIT, limit="182.5"), "side and type"),
        ({}, terms(BUY, LIMIT, limit="182.5", symbol="MSFT"), "Symbol"),
        ({}, terms(BUY, LIMIT, "1.5", limit="182.4"), "whole shares"),
        ({"qty": "1.5"}, terms(BUY, LIMIT, limit="182.4"), "whole shares"),
        ({"filled_qty": "5"}, terms(BUY, LIMIT, "5", limit="182.4"), "filled already"),
        ({}, terms(BUY, LIMIT, limit="182.5", extended=True), "session"),
        ({"notional": "500", "qty": None}, terms(BUY, LIMIT, limit="182.5"), "amount of money"),
    ],
)
def test_a_change_that_alpaca_does_not_make_is_refused(current: dict[str, Any], what: OrderTerms, words: str) -> None:
    assert words in str(unchanged(current, what))


def test_a_fraction_changes_its_price_and_keeps_its_size() -> None:
    made = changes({"qty": "1.5"}, terms(BUY, LIMIT, "1.5", limit="182.5"))
    assert made == {"limit_price": "182.5", "client_order_id": "NEXT"}


def test_a_trail_changes_in_its_own_measure() -> None:
    current = {"type": "trailing_stop", "side": "sell", "limit_price": None, "trail_price": "2.5", "stop_price": "180"}
    assert changes(current, terms(SELL, TRAIL, trail="3"))["trail"] == "3"
    assert "trail by price" in str(unchanged(current, terms(SELL, TRAIL, percent="1")))


@given(st.decimals("0.0001", "1000000", places=9), st.decimals("0.0001", "99999", places=4))
def test_no_number_ever_leaves_with_an_exponent_or_another_value(quantity: Decimal, price: Decimal) -> None:
    for value in (quantity, price):
        sent = requests.text(value)
        assert Decimal(sent) == value
        assert "E" not in sent.upper()
