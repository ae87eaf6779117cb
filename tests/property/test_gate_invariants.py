"""The gate on odd inputs: it answers always, and getting out always works."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce, TradingMode, TradingState
from legend_desktop.domain.gate import Check, GateInputs, evaluate_gate
from legend_desktop.domain.orders import OrderTerms
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.verdicts import Outcome
from tests.unit.domain.gate_cases import ACCOUNT, BUY, CLOSE, QUOTE

D = Decimal
price = st.none() | st.decimals("-5", "400", places=3)


@st.composite
def odd_inputs(draw: st.DrawFn) -> GateInputs:
    terms = OrderTerms(
        symbol=draw(st.sampled_from(["AAPL", ""])),
        side=draw(st.sampled_from(list(OrderSide))),
        order_type=draw(st.sampled_from(list(OrderType))),
        quantity=draw(st.decimals("-10", "20000", places=1)),
        limit_price=draw(price),
        stop_price=draw(price),
        trail_amount=draw(price),
        trail_percent=draw(price),
        time_in_force=draw(st.sampled_from(list(TimeInForce))),
        extended_hours=draw(st.booleans()),
    )
    quote = draw(
        st.none() | st.builds(lambda bid, ask, last: replace(QUOTE, bid=bid, ask=ask, last=last), *[price] * 3)
    )
    account = draw(
        st.none()
        | st.builds(
            lambda equity, start, power: replace(ACCOUNT, equity=equity, start_of_day_equity=start, buying_power=power),
            st.decimals("-100", "100000", places=2),
            st.none() | st.decimals("0", "100000", places=2),
            st.decimals("-100", "100000", places=2),
        )
    )
    return replace(
        BUY,
        terms=terms,
        quote=quote,
        account=account,
        limits=GateLimits.for_mode(draw(st.sampled_from(list(TradingMode)))),
        trading_state=draw(st.none() | st.sampled_from(list(TradingState))),
        entries_open=draw(st.none() | st.booleans()),
        instrument=draw(st.sampled_from([None, BUY.instrument])),
        now=BUY.now + timedelta(seconds=draw(st.integers(-10, 10))),
        market_open=draw(st.none() | st.booleans()),
        position_quantity=draw(st.none() | st.integers(-500, 500).map(D)),
        working_exit_quantity=D(draw(st.integers(0, 500))),
        symbol_exposure=draw(st.none() | st.integers(0, 100_000).map(D)),
        gross_exposure=draw(st.none() | st.integers(0, 100_000).map(D)),
        risk_percent=draw(price),
        planned_stop=draw(price),
        planned_target=draw(price),
        reduce_only=draw(st.booleans()),
        is_flatten=draw(st.booleans()),
        is_replace=draw(st.booleans()),
        symbol_locked=draw(st.booleans()),
    )


@given(odd_inputs())
def test_every_check_answers_and_speaks_unless_it_passes(inputs: GateInputs) -> None:
    verdicts = evaluate_gate(inputs)
    assert [verdict.check for verdict in verdicts] == list(Check)
    for verdict in verdicts:
        assert verdict.title
        assert (verdict.sentence == "") is (verdict.outcome is Outcome.PASS)
        assert verdict.sentence.strip() == verdict.sentence
        assert not verdict.sentence or verdict.sentence.endswith((".", "?"))
        assert len(verdict.fixes) <= 2
    assert evaluate_gate(inputs) == verdicts


@given(odd_inputs(), st.integers(1, 60))
def test_a_market_close_of_what_is_held_always_passes(inputs: GateInputs, quantity: int) -> None:
    """Whatever is not known or beyond its limit: only a halt, a wrong mode or a closed market may stop an exit."""
    terms = replace(CLOSE.terms, quantity=D(quantity))
    exit_now = replace(
        inputs,
        terms=terms,
        reduce_only=True,
        position_quantity=D(60),
        working_exit_quantity=D(0),
        trading_state=TradingState.REDUCING,
        market_open=True,
    )
    assert all(verdict.outcome in {Outcome.PASS, Outcome.NOTICE} for verdict in evaluate_gate(exit_now))


@given(odd_inputs())
def test_while_halted_only_flatten_is_let_through(inputs: GateInputs) -> None:
    halted = replace(inputs, trading_state=TradingState.HALTED)
    denied = evaluate_gate(halted)[0].outcome is Outcome.DENY
    assert denied is not halted.is_flatten
