"""Checks of money: the value of one order, of the position it makes, and the buying power it takes."""

from decimal import Decimal

from legend_desktop.domain.formatting import format_money, format_percent, format_shares, plain
from legend_desktop.domain.gate_facts import GateFacts, denied, missing, noticed, passed
from legend_desktop.domain.gate_inputs import Check
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.verdicts import Fix, Verdict


def check_max_order_value(facts: GateFacts) -> Verdict:
    """One order costs no more than its limit in money and in per cent of equity."""
    limits, account = facts.inputs.limits, facts.inputs.account
    bounds: list[tuple[Decimal, str]] = []
    if facts.reduces or (limits.max_order_value is None and limits.max_order_percent is None):
        return passed(Check.MAX_ORDER_VALUE)
    if limits.max_order_value is not None:
        bounds.append((limits.max_order_value, format_money(limits.max_order_value)))
    if limits.max_order_percent is not None:
        if account is None:
            return missing(facts, Check.MAX_ORDER_VALUE, "The account's equity is not known")
        most = account.equity * limits.max_order_percent / HUNDRED
        share = format_percent(limits.max_order_percent, trim=True)
        bounds.append((most, f"{share} of equity, {format_money(most)}"))
    if facts.value is None:
        return missing(facts, Check.MAX_ORDER_VALUE, f"There is no price for {facts.symbol}")
    most, spoken = min(bounds)
    if facts.value <= most:
        return passed(Check.MAX_ORDER_VALUE)
    sentence, fixes = _fit(facts, most)
    return denied(
        Check.MAX_ORDER_VALUE,
        f"This order is {format_money(facts.value)}. One order may be {spoken}. {sentence}",
        *fixes,
    )


def check_position_limit(facts: GateFacts) -> Verdict:
    """With every working and unknown order filled, neither the symbol nor the whole desk grows beyond its limit."""
    inputs, limits = facts.inputs, facts.inputs.limits
    if facts.reduces:
        return passed(Check.POSITION_LIMIT)
    if limits.max_position_percent is None and not limits.gross_is_hard and inputs.gross_exposure is None:
        return passed(Check.POSITION_LIMIT)
    if inputs.account is None or inputs.account.equity <= 0:
        return missing(facts, Check.POSITION_LIMIT, "The account's equity is not known")
    if facts.value is None:
        return missing(facts, Check.POSITION_LIMIT, f"There is no price for {facts.symbol}")
    return _symbol_limit(facts, inputs.account.equity) or _gross_limit(facts, inputs.account.equity)


def _symbol_limit(facts: GateFacts, equity: Decimal) -> Verdict | None:
    limit, exposure = facts.inputs.limits.max_position_percent, facts.inputs.symbol_exposure
    if limit is None:
        return None
    if exposure is None:
        return missing(facts, Check.POSITION_LIMIT, f"What is held and working in {facts.symbol} is not known")
    most, total = equity * limit / HUNDRED, exposure + (facts.value or ZERO)
    if total <= most:
        return None
    sentence, fixes = _fit(facts, most - exposure)
    return denied(
        Check.POSITION_LIMIT,
        f"With every working order filled {facts.symbol} would be {format_money(total)}, "
        f"{format_percent(total / equity * HUNDRED, 1)} of equity. One position may be "
        f"{format_percent(limit, trim=True)}. {sentence}",
        *fixes,
    )


def _gross_limit(facts: GateFacts, equity: Decimal) -> Verdict:
    limits, exposure = facts.inputs.limits, facts.inputs.gross_exposure
    if exposure is None:
        if not limits.gross_is_hard:
            return passed(Check.POSITION_LIMIT)
        return missing(facts, Check.POSITION_LIMIT, "What is held and working in all symbols is not known")
    most, total = equity * limits.gross_limit_percent / HUNDRED, exposure + (facts.value or ZERO)
    if total <= most:
        return passed(Check.POSITION_LIMIT)
    told = (
        f"With every working order filled all positions together would be {format_money(total)}, "
        f"{format_percent(total / equity * HUNDRED, 1)} of equity; the limit is "
        f"{format_percent(limits.gross_limit_percent, trim=True)}."
    )
    if not limits.gross_is_hard:
        return noticed(Check.POSITION_LIMIT, told)
    sentence, fixes = _fit(facts, most - exposure)
    return denied(Check.POSITION_LIMIT, f"{told} {sentence}", *fixes)


def check_buying_power(facts: GateFacts) -> Verdict:
    """The broker's buying power, less what was sent since, pays for the order."""
    inputs = facts.inputs
    if facts.reduces:
        return passed(Check.BUYING_POWER)
    if inputs.account is None:
        return missing(facts, Check.BUYING_POWER, "The account's buying power is not known")
    if facts.value is None:
        return missing(facts, Check.BUYING_POWER, f"There is no price for {facts.symbol}")
    free = max(ZERO, inputs.account.buying_power - inputs.reservations)
    slack = inputs.limits.buying_power_slack if facts.price_is_open else ZERO
    usable = free * (HUNDRED - slack) / HUNDRED
    if facts.value <= usable:
        return passed(Check.BUYING_POWER)
    fit = facts.shares_for(usable)
    sent = " after the orders already sent" if inputs.reservations > 0 else ""
    kept = f", {format_percent(slack, trim=True)} kept back" if slack > 0 else ""
    room = f"{format_shares(fit)} shares would fit{kept}." if fit > 0 else f"Not one share would fit{kept}."
    fixes = (Fix(f"Use {format_shares(fit)}", "quantity", plain(fit)),) if fit > 0 else ()
    return denied(
        Check.BUYING_POWER,
        f"This needs {format_money(facts.value)}, free is {format_money(free)}{sent}. {room}",
        *fixes,
    )


def _fit(facts: GateFacts, money: Decimal) -> tuple[str, tuple[Fix, ...]]:
    """How many shares fit into ``money``, in words and as a fix."""
    fit = facts.shares_for(money)
    if fit <= 0:
        return "Not one share would fit.", ()
    return f"{format_shares(fit)} shares would fit.", (Fix(f"Use {format_shares(fit)}", "quantity", plain(fit)),)
