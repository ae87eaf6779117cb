"""Checks of prices: the distance from the market, the quote behind a market order, the planned stop."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain import sizing_words as words
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import SizingError
from legend_desktop.domain.formatting import format_age, format_percent, format_price, plain
from legend_desktop.domain.gate_facts import TITLES, GateFacts, asks, denied, missing, noticed, passed
from legend_desktop.domain.gate_inputs import Check
from legend_desktop.domain.money import HUNDRED, ONE
from legend_desktop.domain.sizing_models import SizingRequest
from legend_desktop.domain.verdicts import Fix, Verdict


def check_price_collar(facts: GateFacts) -> Verdict:
    """A limit stands near the market, a trigger on its right side; a limit that fills at once says so."""
    terms = facts.inputs.terms
    prices = [price for price in (terms.limit_price, terms.stop_price) if price is not None]
    if not prices or min(prices) <= 0:
        # a price of zero or less is the business of the terms check
        return passed(Check.PRICE_COLLAR)
    if facts.reference is None or facts.reference <= 0:
        return missing(facts, Check.PRICE_COLLAR, f"There is no quote for {facts.symbol} to compare the price with")
    if terms.stop_price is not None:
        return _trigger(facts, terms.stop_price, facts.reference)
    if terms.limit_price is not None:
        return _limit(facts, terms.limit_price, facts.reference, _reference_name(facts))
    return passed(Check.PRICE_COLLAR)


def _limit(facts: GateFacts, price: Decimal, reference: Decimal, name: str) -> Verdict:
    collar, tick = facts.inputs.limits.collar_percent, facts.tick
    beyond = facts.sign * (price - reference) / reference * HUNDRED
    told = (
        f"{format_price(price, tick)} is {format_percent(abs(beyond), 1)} {'above' if price > reference else 'below'}"
    )
    limit = f"the limit is {format_percent(collar, trim=True)}"
    if beyond > collar:
        return denied(
            Check.PRICE_COLLAR,
            f"{told} {name} {format_price(reference, tick)}; {limit}. Check the price. "
            "Change the collar in Risk before the session.",
            Fix(f"Use {format_price(reference, tick)}", "limit", plain(reference)),
        )
    if -beyond > collar and not facts.reduces:
        return asks(
            Check.PRICE_COLLAR,
            f"{told} {name} {format_price(reference, tick)}, so it may rest for long. Check the price, or confirm.",
            Fix(f"Use {format_price(reference, tick)}", "limit", plain(reference)),
        )
    if beyond >= 0 and facts.inputs.terms.order_type is OrderType.LIMIT and not facts.reduces:
        return noticed(
            Check.PRICE_COLLAR,
            f"{format_price(price, tick)} reaches {name} {format_price(reference, tick)}, so it fills at once "
            "as far as shares are there.",
        )
    return passed(Check.PRICE_COLLAR)


def _trigger(facts: GateFacts, stop: Decimal, reference: Decimal) -> Verdict:
    terms, tick, sign = facts.inputs.terms, facts.tick, facts.sign
    name = _reference_name(facts)
    beyond = sign * (stop - reference)
    if beyond <= 0:
        side = "above" if sign > 0 else "below"
        near = reference + sign * 2 * tick
        return denied(
            Check.PRICE_COLLAR,
            f"A {facts.side_word} stop of {format_price(stop, tick)} is not {side} {name} "
            f"{format_price(reference, tick)}, so it would go off at once. Use {format_price(near, tick)} "
            f"or {'higher' if sign > 0 else 'lower'}, or a market order.",
            Fix(f"Use {format_price(near, tick)}", "trigger", plain(near)),
        )
    collar = facts.inputs.limits.collar_percent
    if terms.limit_price is not None and sign * (terms.limit_price - stop) / stop * HUNDRED > collar:
        return _limit(facts, terms.limit_price, stop, "the trigger")
    if beyond / reference * HUNDRED > collar and not facts.reduces:
        far = format_percent(beyond / reference * HUNDRED, 1)
        return asks(
            Check.PRICE_COLLAR,
            f"The trigger {format_price(stop, tick)} is {far} from {name} {format_price(reference, tick)}. "
            "Check the price, or confirm.",
        )
    if terms.limit_price is not None and sign * (terms.limit_price - stop) < 0:
        return noticed(
            Check.PRICE_COLLAR,
            f"The limit {format_price(terms.limit_price, tick)} is behind the trigger {format_price(stop, tick)}, "
            "so it fills only if the price comes back.",
        )
    return passed(Check.PRICE_COLLAR)


def _reference_name(facts: GateFacts) -> str:
    quote = facts.inputs.quote
    far = None if quote is None else quote.far_side(facts.inputs.terms.side)
    if far is None or far <= 0:
        return "the last price"
    return "the ask" if facts.inputs.terms.side is OrderSide.BUY else "the bid"


def check_quote(facts: GateFacts) -> Verdict:
    """A market order goes out on a fresh, two-sided quote that is not too wide."""
    inputs, symbol = facts.inputs, facts.symbol
    quote, limits = inputs.quote, inputs.limits
    if inputs.terms.order_type is not OrderType.MARKET:
        return passed(Check.QUOTE)
    use_limit = Fix("Use a limit", "type", OrderType.LIMIT.value)
    trouble = ""
    if quote is None:
        trouble = f"There is no quote for {symbol}."
    elif quote.far_side(inputs.terms.side) is None:
        trouble = f"Nobody {'offers' if inputs.terms.side is OrderSide.BUY else 'bids for'} {symbol} now."
    elif quote.is_crossed:
        trouble = (
            f"The {symbol} quote is crossed: bid {format_price(quote.bid)} stands above ask {format_price(quote.ask)}."
        )
    elif quote.age(inputs.now) > limits.max_quote_age:
        trouble = f"The {symbol} quote is {format_age(quote.age(inputs.now))} old."
        if not facts.reduces:
            trouble += " A market order is not sized on an old price."
    if trouble:
        if facts.reduces:
            return noticed(Check.QUOTE, f"{trouble} The exit goes out all the same.")
        return denied(Check.QUOTE, f"{trouble} Wait for a quote, or use a limit.", use_limit)
    return _spread(facts, use_limit)


def _spread(facts: GateFacts, use_limit: Fix) -> Verdict:
    quote, limits = facts.inputs.quote, facts.inputs.limits
    width = None if quote is None or quote.spread_bps is None else quote.spread_bps / HUNDRED
    if width is not None and width <= limits.max_spread_percent:
        return passed(Check.QUOTE)
    if width is None:
        told = f"{facts.symbol} is quoted on one side only."
    else:
        told = f"{facts.symbol} is {format_percent(width, 1)} wide."
    if facts.reduces:
        return noticed(Check.QUOTE, f"{told} The exit goes out all the same.")
    if width is not None:
        told += f" Market orders stop at {format_percent(limits.max_spread_percent, trim=True)}."
    return asks(Check.QUOTE, f"{told} Use a limit, or confirm this one order with Ctrl+Enter again.", use_limit)


def check_stop_side(facts: GateFacts) -> Verdict:
    """The planned stop stands where the loss is, the planned target where the profit is."""
    inputs = facts.inputs
    if facts.reduces or (inputs.is_replace and inputs.planned_stop is None):
        return passed(Check.STOP_SIDE)
    if inputs.planned_stop is None and inputs.planned_target is None:
        return noticed(Check.STOP_SIDE, "This entry has no stop, so its risk is not known.")
    request = _plan(facts)
    if request is None:
        return missing(facts, Check.STOP_SIDE, f"There is no price for {facts.symbol} to compare the stop with")
    entry, stop, target = request.entry_price, inputs.planned_stop, inputs.planned_target
    error: SizingError | None = None
    if stop is not None and stop == entry:
        error = words.stop_equals_entry(request)
    elif stop is not None and facts.sign * (entry - stop) < 0:
        error = words.stop_wrong_side(request, stop)
    elif target is not None and facts.sign * (target - entry) <= 0:
        error = words.target_wrong_side(request)
    return passed(Check.STOP_SIDE) if error is None else denied(Check.STOP_SIDE, error.sentence, *error.fixes)


def check_high_risk(facts: GateFacts) -> Verdict:
    """The loss at the stop is a small part of the account."""
    inputs, limits = facts.inputs, facts.inputs.limits
    if facts.reduces or (inputs.planned_stop is None and inputs.risk_percent is None):
        return passed(Check.HIGH_RISK)
    computed = None
    if inputs.planned_stop is not None and facts.price is not None:
        computed = facts.percent_of_equity(inputs.terms.quantity * abs(facts.price - inputs.planned_stop))
    known = [percent for percent in (inputs.risk_percent, computed) if percent is not None]
    if not known:
        return missing(facts, Check.HIGH_RISK, "The risk of this order is not known")
    percent = max(known)
    if limits.max_risk_percent is not None and percent > limits.max_risk_percent:
        most = format_percent(limits.max_risk_percent, trim=True)
        return denied(
            Check.HIGH_RISK,
            f"This risks {format_percent(percent)} of the account; one trade may risk {most}. Risk less.",
            Fix(f"Risk {most}", "risk", plain(limits.max_risk_percent)),
        )
    notice = words.high_risk_notice(percent, limits.confirm_risk_percent)
    return passed(Check.HIGH_RISK) if notice is None else notice


def check_stop_too_tight(facts: GateFacts) -> Verdict:
    """The stop is farther away than two ticks and the spread."""
    request = _plan(facts)
    if facts.reduces or request is None or facts.inputs.planned_stop is None:
        return passed(Check.STOP_TOO_TIGHT)
    distance = facts.sign * (request.entry_price - facts.inputs.planned_stop)
    notice = words.tight_stop_notice(request, distance) if distance > 0 else None
    if notice is None:
        return passed(Check.STOP_TOO_TIGHT)
    return replace(notice, check=Check.STOP_TOO_TIGHT, title=TITLES[Check.STOP_TOO_TIGHT])


def _plan(facts: GateFacts) -> SizingRequest | None:
    """The entry with its exits as the sizing words want it; ``None`` without a price."""
    inputs = facts.inputs
    if facts.price is None:
        return None
    return SizingRequest(
        symbol=facts.symbol,
        side=inputs.terms.side,
        account_size=ONE,
        entry_price=facts.price,
        stop_loss_price=inputs.planned_stop,
        target_price=inputs.planned_target,
        tick=facts.tick,
        spread=None if inputs.quote is None else inputs.quote.spread,
        shortable=inputs.instrument is None or inputs.instrument.shortable,
        suggested_stop=inputs.suggested_stop,
        broker_name=inputs.broker_name,
    )
