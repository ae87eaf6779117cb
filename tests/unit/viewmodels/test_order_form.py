"""The order form as text: prices, distances, risk and shares as a person types them."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.domain.verdicts import Fix
from legend_desktop.viewmodels.order_form import (
    FormError,
    OrderForm,
    PriceContext,
    clean_number,
    derived_risk,
    derived_stop,
    derived_target,
    parse_exit,
    parse_price,
    request_from,
    with_fix,
)
from tests.unit.viewmodels.entry_world import plain

D = Decimal
BUY, SELL = OrderSide.BUY, OrderSide.SELL
FACTS = PriceContext(BUY, D("0.01"), D("175.52"), D("175.50"), D("175.52"), D("2.85"))
SHORT = replace(FACTS, side=SELL, entry=D("175.50"))
QUICK = OrderForm("AAPL", risk="0.20", stop="173.75")
TICKET = OrderForm("AAPL", quantity="100", by_quantity=True)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("173.75", "173.75"),
        ("173.", "173"),
        ("1,173.75", "1173.75"),
        ("1.5 %", "172.89"),
        ("1.5\u202f%", "172.89"),
        ("-1.5%", "172.89"),
        ("-1.50", "174.02"),
        ("\u22121.50", "174.02"),
        ("+1.50", "177.02"),
        ("2atr", "169.82"),
        ("0.5 ATR", "174.10"),
        ("", None),
        ("-", None),
    ],
)
def test_what_a_stop_takes(text: str, price: str | None) -> None:
    assert parse_exit(text, "stop", FACTS) == (D(price) if price else None)


def test_a_distance_goes_to_the_side_where_the_exit_belongs() -> None:
    assert parse_exit("1 %", "stop", SHORT) == D("177.26")
    assert parse_exit("1 %", "target", SHORT) == D("173.75")
    assert parse_exit("1 %", "target", FACTS) == D("177.28")


def test_a_target_in_r_needs_the_stop() -> None:
    assert parse_exit("2R", "target", replace(FACTS, stop=D("173.75"))) == D("179.06")
    assert parse_exit("+3", "target", FACTS) == D("178.52")
    with pytest.raises(FormError, match="needs a stop first") as error:
        parse_exit("2R", "target", FACTS)
    assert error.value.field == "target"


@pytest.mark.parametrize("text", ["1x", "2R", "abc", "1..5", "--1", "5 % 6"])
def test_what_is_no_stop_says_what_is(text: str) -> None:
    with pytest.raises(FormError, match=r"is not a stop price\. Type 174\.00, 1\.5 %, -1\.50 or 2atr\."):
        parse_exit(text, "stop", FACTS)


def test_a_distance_without_facts_says_which_one_is_missing() -> None:
    with pytest.raises(FormError, match="average true range"):
        parse_exit("2atr", "stop", replace(FACTS, atr=None))
    with pytest.raises(FormError, match="no entry price"):
        parse_exit("1 %", "stop", replace(FACTS, entry=None))


@pytest.mark.parametrize(
    ("text", "price"),
    [("bid", "175.50"), ("ask", "175.52"), ("mid", "175.51"), ("bid-0.01", "175.49"), ("Ask + 0.05", "175.57")],
)
def test_a_price_may_lean_on_the_quote(text: str, price: str) -> None:
    assert parse_price(text, "price", FACTS) == D(price)


def test_a_price_that_leans_on_a_missing_side_is_refused() -> None:
    with pytest.raises(FormError, match="There is no bid"):
        parse_price("bid", "price", replace(FACTS, bid=None))
    with pytest.raises(FormError, match="There is no mid"):
        parse_price("mid", "price", replace(FACTS, bid=None))


@pytest.mark.parametrize(
    ("text", "percent", "cash"), [("0.20", "0.20", None), ("1 %", "1", None), ("$250", None, "250")]
)
def test_risk_is_per_cent_or_money(text: str, percent: str | None, cash: str | None) -> None:
    request = request_from(replace(QUICK, risk=text), FACTS)
    assert request.decimal("risk_percent") == (D(percent) if percent else None)
    assert request.decimal("cash_risk") == (D(cash) if cash else None)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(QUICK, risk=""), "risk"),
        (replace(QUICK, risk="0"), "risk"),
        (replace(QUICK, risk="$"), "risk"),
        (replace(QUICK, risk="x"), "risk"),
        (replace(QUICK, order_type=OrderType.LIMIT), "price"),
        (replace(QUICK, order_type=OrderType.STOP), "trigger"),
        (replace(QUICK, order_type=OrderType.LIMIT, price="0"), "price"),
        (replace(TICKET, quantity=""), "quantity"),
        (replace(TICKET, quantity="ten"), "quantity"),
        (replace(TICKET, order_type=OrderType.TRAILING_STOP), "trail"),
        (replace(TICKET, order_type=OrderType.TRAILING_STOP, trail="-1"), "trail"),
    ],
)
def test_what_is_missing_or_cannot_be_read_is_named_by_its_field(form: OrderForm, field: str) -> None:
    with pytest.raises(FormError) as error:
        request_from(form, FACTS)
    assert error.value.field == field
    assert str(error.value).endswith(".")


def test_a_trail_is_an_amount_or_a_per_cent() -> None:
    form = replace(TICKET, order_type=OrderType.TRAILING_STOP, trail="1.50", stop="1x")
    assert request_from(form, FACTS).decimal("trail_amount") == D("1.50")
    request = request_from(replace(form, trail="1.2 %"), FACTS)
    assert (request.decimal("trail_percent"), request.decimal("trail_amount")) == (D("1.2"), None)
    assert request.stop_loss_price is None  # a trailing stop is an exit: it takes none of its own


def test_a_quick_entry_is_for_the_day_whatever_the_ticket_says() -> None:
    ticket = replace(TICKET, time_in_force=TimeInForce.GTC, extended_hours=True)
    assert request_from(ticket, FACTS).time_in_force is TimeInForce.GTC
    assert request_from(ticket, FACTS).extended_hours
    quick = replace(QUICK, time_in_force=TimeInForce.GTC, extended_hours=True)
    assert request_from(quick, FACTS).time_in_force is TimeInForce.DAY
    assert not request_from(quick, FACTS).extended_hours


def test_the_ticket_without_exits_leaves_stop_and_target_out() -> None:
    form = replace(TICKET, stop="173.75", target="180", with_exits=False)
    request = request_from(form, FACTS)
    assert (request.stop_loss_price, request.target_price) == (None, None)
    assert request_from(replace(form, with_exits=True), FACTS).stop_loss_price == D("173.75")


def test_distances_are_measured_from_the_limit_not_from_the_market() -> None:
    form = replace(QUICK, order_type=OrderType.LIMIT, price="170", stop="1 %")
    assert request_from(form, FACTS).stop_loss_price == D("168.30")


@pytest.mark.parametrize(
    ("fix", "changed"),
    [
        (Fix("", "stop", "174.09"), {"stop": "174.09"}),
        (Fix("", "limit", "175.52"), {"price": "175.52"}),
        (Fix("", "trigger", "176"), {"trigger": "176.00"}),
        (Fix("", "stop", "0.4321"), {"stop": "0.4321"}),
        (Fix("", "side", "sell"), {"side": SELL}),
        (Fix("", "type", "limit"), {"order_type": OrderType.LIMIT}),
        (Fix("", "tif", "gtc"), {"time_in_force": TimeInForce.GTC}),
        (Fix("", "risk", "0.56"), {"risk": "0.56"}),
        (Fix("", "quantity", "106"), {"quantity": "106", "by_quantity": True}),
        (Fix("", "target", ""), {"target": ""}),
    ],
)
def test_a_fix_changes_the_field_that_it_names(fix: Fix, changed: dict[str, object]) -> None:
    form = replace(QUICK, target="1")
    assert with_fix(form, fix) == replace(form, **changed)  # type: ignore[arg-type]


def test_a_fix_of_risk_in_money_stays_money() -> None:
    assert with_fix(replace(QUICK, risk="$10"), Fix("", "risk", "14")).risk == "$14"


def test_what_stands_at_the_end_of_the_fields() -> None:
    assert plain(derived_stop(D("175.52"), D("173.75"), BUY)) == "1.77 = 1.01 %"
    assert derived_stop(D("175.52"), D("176.20"), BUY) == "0.68 above entry"
    assert derived_stop(D("175.50"), D("175"), SELL) == "0.50 below entry"
    assert derived_stop(D("175.52"), D("175.52"), BUY) == "equals entry"
    assert plain(derived_stop(D("175.515"), D("174.615"), BUY, D("0.01"))) == "0.90 = 0.51 %"
    assert plain(derived_stop(D("175.5150"), D("174.6200"), BUY, D("0.01"))) == "0.90 = 0.51 %", "the tick's decimals"
    assert plain(derived_stop(D("0.52"), D("0.5"), BUY, D("0.0001"))) == "0.0200 = 3.85 %"
    assert derived_target(D("175.52"), D("173.75"), D("179.20"), BUY) == "2.08 R"
    assert derived_target(D("175.50"), D("177.50"), D("173.50"), SELL) == "1.00 R"
    assert derived_target(D("175.52"), D("176.20"), D("179.20"), BUY) == ""
    assert derived_risk("0.2", D(100_000)) == "% of equity"
    assert derived_risk("0.2 %", D(100_000)) == "of equity"
    assert plain(derived_risk("$250", D(100_000))) == "0.25 % of equity"


@given(st.decimals(min_value="0.01", max_value="9999", places=2), st.sampled_from([BUY, SELL]))
def test_a_distance_without_a_sign_never_lands_on_the_wrong_side(distance: Decimal, side: OrderSide) -> None:
    facts = replace(FACTS, side=side, entry=D("10000"))
    percent = min(distance, D(99))
    for text in (f"{percent} %", f"{distance}atr"):
        stop, target = parse_exit(text, "stop", facts), parse_exit(text, "target", facts)
        assert stop is not None
        assert target is not None
        assert side.sign * (D(10000) - stop) >= 0
        assert side.sign * (target - D(10000)) >= 0


@given(st.text(alphabet="0123456789.,$% -+RatrbidkmAT", max_size=12))
def test_any_text_is_a_price_or_a_sentence(text: str) -> None:
    """Nothing typed may raise anything but the sentence for its field."""
    for read in (parse_price, parse_exit):
        with suppress(FormError):
            price = read(text, "stop", replace(FACTS, stop=D("170")))
            assert price is None or price.is_finite()


def test_a_number_with_signs_of_money() -> None:
    assert clean_number(" $1,250.50 ") == D("1250.50")
    assert clean_number("") is None
    with pytest.raises(ValueError, match="is not a number"):
        clean_number("NaN")
