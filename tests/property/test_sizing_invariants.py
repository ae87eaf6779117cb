"""What must hold for every position size, whatever the numbers."""

from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.money import (
    ceil_to_step,
    floor_to_step,
    from_micro,
    is_multiple,
    round_to_tick,
    to_decimal,
    to_micro,
)
from legend_desktop.domain.sizing import (
    PositionSizing,
    SizeLimit,
    SizingCaps,
    SizingCode,
    SizingModel,
    SizingRequest,
    describe_quantity,
    size_position,
)

D = Decimal


def money(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(D(low), D(high), places=places, allow_nan=False, allow_infinity=False)


optional_cap = st.none() | money("0", "200000")
caps = st.builds(
    SizingCaps,
    buying_power=optional_cap,
    buying_power_slack=st.sampled_from([D(0), D(1)]),
    max_position_percent=st.none() | money("0.5", "100"),
    max_order_value=optional_cap,
    max_percent_adv=st.none() | money("0.1", "5"),
    adv=st.none() | money("0", "1000000", 0),
    remaining_heat=st.none() | money("0", "5000"),
    max_quantity=st.none() | money("0", "10000", 0),
)


@st.composite
def requests(draw: st.DrawFn) -> SizingRequest:
    side = draw(st.sampled_from(list(OrderSide)))
    entry = draw(money("1", "2000"))
    distance = draw(money("0.01", "50"))
    stop = entry - side.sign * distance
    fractional = draw(st.booleans())
    return SizingRequest(
        symbol="XYZ",
        side=side,
        account_size=draw(money("100", "1000000")),
        entry_price=entry,
        stop_loss_price=stop,
        target_price=None,
        order_type=draw(st.sampled_from([OrderType.MARKET, OrderType.LIMIT])),
        model=draw(st.sampled_from([SizingModel.FIXED_FRACTIONAL, SizingModel.FIXED_CASH, SizingModel.VOLATILITY])),
        risk_percent=draw(money("0.01", "100")),
        cash_risk=draw(money("0.01", "5000")),
        atr=draw(money("0.01", "20")),
        slippage_allowance=draw(money("0", "1")),
        commission_per_share=draw(money("0", "0.02", 4)),
        min_commission=draw(money("0", "2")),
        caps=draw(caps),
        step=D("0.001") if fractional else D(1),
        fractional_allowed=fractional,
    )


def sized(request: SizingRequest) -> PositionSizing | None:
    with suppress(SizingError):
        return size_position(request)
    return None


def budget(request: SizingRequest) -> Decimal:
    if request.model is SizingModel.FIXED_CASH:
        assert request.cash_risk is not None
        return request.cash_risk
    assert request.risk_percent is not None
    return request.account_size * request.risk_percent / 100


@given(requests())
def test_the_loss_at_the_stop_with_all_costs_never_exceeds_the_budget(request: SizingRequest) -> None:
    sizing = sized(request)
    if sizing is not None:
        assert sizing.risk_amount_all_in is not None
        assert sizing.risk_amount is not None
        assert sizing.risk_amount <= sizing.risk_amount_all_in <= budget(request)


@given(requests())
def test_sizes_stand_on_the_step_and_below_every_cap(request: SizingRequest) -> None:
    sizing = sized(request)
    if sizing is None:
        return
    assert sizing.position_size > 0
    assert is_multiple(sizing.position_size, request.step)
    limits = request.caps
    slack = limits.buying_power_slack if request.order_type is OrderType.MARKET else D(0)
    if limits.buying_power is not None:
        assert sizing.position_value <= limits.buying_power * (100 - slack) / 100
    if limits.max_position_percent is not None:
        assert sizing.percent_of_account <= limits.max_position_percent
    if limits.max_order_value is not None:
        assert sizing.position_value <= limits.max_order_value
    if limits.max_quantity is not None:
        assert sizing.position_size <= limits.max_quantity
    if limits.remaining_heat is not None:
        assert sizing.risk_amount is not None
        assert sizing.risk_amount <= limits.remaining_heat
    assert sizing.position_size == min(size for _, size in sizing.cap_sizes)
    assert sizing.is_capped is (sizing.binding_cap is not SizeLimit.RISK)


@given(requests())
def test_one_step_more_would_break_the_budget_or_a_cap(request: SizingRequest) -> None:
    sizing = sized(request)
    if sizing is None or sizing.binding_cap is not SizeLimit.RISK:
        return
    assert sizing.risk_per_share is not None
    more = sizing.position_size + request.step
    fees = 2 * max(request.min_commission, request.commission_per_share * more)
    assert more * (sizing.risk_per_share + request.slippage_allowance) + fees > budget(request)


@given(requests(), money("1", "3"))
def test_more_risk_or_more_money_never_gives_fewer_shares(request: SizingRequest, factor: Decimal) -> None:
    smaller = sized(request)
    if smaller is None or request.risk_percent is None:
        return
    more = min(D(100), request.risk_percent * factor)
    larger = sized(replace(request, risk_percent=more))
    assert larger is not None
    assert larger.position_size >= smaller.position_size


@given(requests(), money("0.01", "20"))
def test_a_wider_stop_never_gives_more_shares(request: SizingRequest, wider: Decimal) -> None:
    request = replace(request, model=SizingModel.FIXED_FRACTIONAL)
    near = sized(request)
    assert request.stop_loss_price is not None
    stop = request.stop_loss_price - request.side.sign * wider
    if near is None or stop <= 0:
        return
    far = sized(replace(request, stop_loss_price=stop))
    assert far is None or far.uncapped_size <= near.uncapped_size


@given(requests())
def test_a_size_described_as_typed_says_the_same(request: SizingRequest) -> None:
    sizing = sized(request)
    if sizing is None or request.model is SizingModel.VOLATILITY:
        return
    typed = describe_quantity(request, sizing.position_size)
    assert (typed.risk_amount, typed.risk_amount_all_in) == (sizing.risk_amount, sizing.risk_amount_all_in)
    assert (typed.position_value, typed.percent_of_account) == (sizing.position_value, sizing.percent_of_account)


@given(st.integers(-(10**15), 10**15))
def test_stored_units_come_back(units: int) -> None:
    assert to_micro(from_micro(units)) == units


@given(st.decimals(-(10**9), 10**9, places=9))
def test_storing_rounds_half_even_to_a_millionth(value: Decimal) -> None:
    assert from_micro(to_micro(value)) == value.quantize(D("0.000001"), rounding=ROUND_HALF_EVEN)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_is_taken_by_its_text(value: float) -> None:
    assert to_decimal(value) == D(str(value))


@given(money("0", "100000", 6), st.sampled_from([D("0.01"), D("0.05"), D(1), D("0.0001")]))
def test_steps_enclose_the_value(value: Decimal, step: Decimal) -> None:
    low, high, near = floor_to_step(value, step), ceil_to_step(value, step), round_to_tick(value, step)
    assert low <= value <= high
    assert high - low in {D(0), step}
    assert near in {low, high}
    assert abs(near - value) <= step / 2


@given(requests())
def test_a_refusal_says_why_and_what_to_do(request: SizingRequest) -> None:
    try:
        size_position(request)
    except SizingError as refusal:
        error = refusal
    else:
        return
    assert error.code in set(SizingCode)
    assert error.message.endswith(".")
    assert error.advice.endswith(".")
    assert len(error.fixes) <= 2


@given(requests())
def test_a_fix_that_is_offered_works(request: SizingRequest) -> None:
    """Taking the risk or the stop that a refusal for size zero offers gives at least one step."""
    request = replace(request, model=SizingModel.FIXED_FRACTIONAL, caps=SizingCaps())
    try:
        size_position(request)
    except SizingError as refusal:
        error = refusal
    else:
        return
    for fix in error.fixes:
        change: dict[str, Any] = {}
        field = {"risk": "risk_percent", "stop": "stop_loss_price"}.get(fix.field)
        if field is not None:
            change[field] = D(fix.value)
            assert size_position(replace(request, **change)).position_size >= request.step
