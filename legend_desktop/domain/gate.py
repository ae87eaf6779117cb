"""The pre-trade gate: one pure function that every order passes, whatever face of the program it comes from.

Entries need every fact and every limit. Orders that can only make a position smaller pass the limits of size and
money, and a fact that is missing is told but does not hold them back: getting out must always work. Only a wrong
mode, terms that make no sense, a halted desk or closing more than is held stop an exit.
"""

from collections.abc import Callable

from legend_desktop.domain.gate_desk import (
    check_daily_loss,
    check_duplicate,
    check_environment,
    check_reconciled,
    check_throttle,
    check_trading_state,
)
from legend_desktop.domain.gate_facts import GateFacts
from legend_desktop.domain.gate_inputs import Check, GateInputs
from legend_desktop.domain.gate_money import check_buying_power, check_max_order_value, check_position_limit
from legend_desktop.domain.gate_order import (
    check_market_open,
    check_max_quantity,
    check_reduce_only,
    check_session_rules,
    check_short_sale,
    check_symbol,
    check_symbol_lock,
    check_terms,
    clamp_reduce_only,
)
from legend_desktop.domain.gate_price import (
    check_high_risk,
    check_price_collar,
    check_quote,
    check_stop_side,
    check_stop_too_tight,
)
from legend_desktop.domain.verdicts import Verdict

__all__ = ["Check", "GateInputs", "clamp_reduce_only", "evaluate_gate"]

_CHECKS: dict[Check, Callable[[GateFacts], Verdict]] = {
    Check.TRADING_STATE: check_trading_state,
    Check.RECONCILED: check_reconciled,
    Check.ENVIRONMENT: check_environment,
    Check.TERMS: check_terms,
    Check.SYMBOL: check_symbol,
    Check.SYMBOL_LOCK: check_symbol_lock,
    Check.MAX_QUANTITY: check_max_quantity,
    Check.MARKET_OPEN: check_market_open,
    Check.MAX_ORDER_VALUE: check_max_order_value,
    Check.PRICE_COLLAR: check_price_collar,
    Check.QUOTE: check_quote,
    Check.DUPLICATE: check_duplicate,
    Check.THROTTLE: check_throttle,
    Check.POSITION_LIMIT: check_position_limit,
    Check.BUYING_POWER: check_buying_power,
    Check.DAILY_LOSS: check_daily_loss,
    Check.STOP_SIDE: check_stop_side,
    Check.HIGH_RISK: check_high_risk,
    Check.STOP_TOO_TIGHT: check_stop_too_tight,
    Check.REDUCE_ONLY: check_reduce_only,
    Check.SHORT_SALE: check_short_sale,
    Check.SESSION_RULES: check_session_rules,
}


def evaluate_gate(inputs: GateInputs) -> tuple[Verdict, ...]:
    """One verdict for each ``Check``, in their order; nothing may be sent where one of them denies.

    A CONFIRM lets the order pass once the person accepts that very check. Never raises for odd inputs: terms that make
    no sense are denied by the ``terms`` check.
    """
    facts = GateFacts(inputs)
    return tuple(make(facts) for make in _CHECKS.values())
