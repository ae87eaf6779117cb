"""Typed prices against one quote."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderType
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.instruments import Instrument
from legend_desktop.services.previews import QuickEntryRequest
from legend_desktop.viewmodels.command_ast import EntryCommand
from legend_desktop.viewmodels.command_parser import parse_command
from legend_desktop.viewmodels.command_prices import Market, entry_request
from tests.unit.viewmodels.builders import quote

D = Decimal


def request(
    text: str, *, bid: str | None = "175.50", ask: str | None = "175.52", atr: str | None = "2.5"
) -> QuickEntryRequest:
    command = parse_command(text)
    assert isinstance(command, EntryCommand)
    instrument = Instrument("AAPL", atr=None if atr is None else D(atr))
    return entry_request(command, Market("AAPL", quote("AAPL", bid, ask), instrument))


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("buy AAPL 1% stop 174", "174"),
        ("buy AAPL 1% stop -1.50", "174.02"),
        ("buy AAPL 1% stop -1%", "173.76"),
        ("buy AAPL 1% stop 1%", "173.76"),
        ("buy AAPL 1% stop 2atr", "170.52"),
        ("buy AAPL 1% stop bid-0.50", "175.00"),
        ("sell AAPL 1% stop +1.5%", "178.13"),
        ("sell AAPL 1% stop 1.5%", "178.13"),
        ("sell AAPL 1% stop 2atr", "180.50"),
        ("buy AAPL 1% limit 170 stop 1%", "168.30"),
        ("buy AAPL 1% trigger 180 stop 2atr", "175.00"),
    ],
)
def test_stops_count_from_the_entry_price(text: str, stop: str) -> None:
    assert request(text).decimal("stop_loss_price") == D(stop)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("buy AAPL 1% stop 173.52 target 2R", "179.52"),
        ("sell AAPL 1% stop 177.50 target 2R", "171.50"),
        ("buy AAPL 1% stop 174 target +5", "180.52"),
        ("buy AAPL 1% stop 174 target 2atr", "180.52"),
        ("sell AAPL 1% stop 177 target 2%", "171.99"),
    ],
)
def test_targets_count_from_the_entry_price_and_r_from_the_stop(text: str, target: str) -> None:
    assert request(text).decimal("target_price") == D(target)


@pytest.mark.parametrize(
    ("text", "kind", "limit", "trigger"),
    [
        ("buy AAPL 100", OrderType.MARKET, None, None),
        ("buy AAPL 100 at bid-0.01", OrderType.LIMIT, "175.49", None),
        ("buy AAPL 100 at mid", OrderType.LIMIT, "175.51", None),
        ("buy AAPL 100 limit -1%", OrderType.LIMIT, "173.76", None),
        ("sell AAPL 100 limit +1%", OrderType.LIMIT, "177.26", None),
        ("buy AAPL 100 trigger 180", OrderType.STOP, None, "180"),
        ("buy AAPL 100 trigger +1%", OrderType.STOP, None, "177.28"),
        ("buy AAPL 100 trigger 180 limit 180.50", OrderType.STOP_LIMIT, "180.50", "180"),
    ],
)
def test_the_clauses_decide_the_kind(text: str, kind: OrderType, limit: str | None, trigger: str | None) -> None:
    made = request(text)
    assert made.order_type is kind
    assert made.decimal("limit_price") == (None if limit is None else D(limit))
    assert made.decimal("stop_price") == (None if trigger is None else D(trigger))


def test_a_worked_out_price_is_never_worse_than_typed() -> None:
    # 1 % below 175.52 is 173.7648, 1 % above 175.50 is 177.255
    assert request("buy AAPL 100 limit -1%").decimal("limit_price") == D("173.76")
    assert request("sell AAPL 100 limit +1%").decimal("limit_price") == D("177.26")


def test_a_typed_price_is_not_rounded() -> None:
    assert request("buy AAPL 100 limit 175.505").decimal("limit_price") == D("175.505")


@pytest.mark.parametrize(
    ("text", "amount", "percent"),
    [
        ("sell AAPL 100 trail 1.2%", None, "1.2"),
        ("sell AAPL 100 trail 0.5", "0.5", None),
        ("sell AAPL 100 trail 2atr", "5.00", None),
    ],
)
def test_trails(text: str, amount: str | None, percent: str | None) -> None:
    made = request(text)
    assert made.order_type is OrderType.TRAILING_STOP
    assert made.decimal("trail_amount") == (None if amount is None else D(amount))
    assert made.decimal("trail_percent") == (None if percent is None else D(percent))


def test_sizes_go_through() -> None:
    assert request("buy AAPL 0.25% stop 174").decimal("risk_percent") == D("0.25")
    assert request("buy AAPL 250R$ stop 174").decimal("cash_risk") == D(250)
    assert request("buy AAPL $5000 stop 174").decimal("order_value") == D(5000)
    assert request("buy AAPL 110").decimal("quantity") == D(110)


@pytest.mark.parametrize(
    ("text", "facts", "said"),
    [
        ("buy AAPL 100 at bid", {"bid": None}, "has no bid now"),
        ("buy AAPL 100 at mid", {"bid": None}, "has no mid now"),
        ("buy AAPL 1% stop 2atr", {"atr": None}, "average range of AAPL is not known"),
        ("buy AAPL 1% stop 1%", {"ask": None}, "There is no quote for AAPL yet"),
        ("buy AAPL 1% stop -200", {}, "below zero"),
    ],
)
def test_a_missing_fact_is_named(text: str, facts: dict[str, None], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        request(text, **facts)
