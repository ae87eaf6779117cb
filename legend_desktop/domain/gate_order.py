"""Checks of the order against the instrument, the position and the session."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.domain.formatting import format_age, format_money, format_price, format_shares, plain
from legend_desktop.domain.gate_facts import TITLES, GateFacts, asks, denied, missing, noticed, passed
from legend_desktop.domain.gate_inputs import Check
from legend_desktop.domain.money import ZERO, floor_to_step, is_multiple, round_to_tick
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict

PATTERN_DAY_TRADER_EQUITY = Decimal(25_000)
_AUCTION = frozenset({TimeInForce.OPG, TimeInForce.CLS})
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_PLAIN_TYPES = frozenset({OrderType.MARKET, OrderType.LIMIT})


def check_terms(facts: GateFacts) -> Verdict:
    """The terms are whole, and quantity and prices stand on their steps."""
    terms, instrument = facts.inputs.terms, facts.inputs.instrument
    problems = terms.problems()
    if problems:
        return denied(Check.TERMS, " ".join(problems))
    step = facts.step
    if not is_multiple(terms.quantity, step):
        down = floor_to_step(terms.quantity, step)
        fixes = (Fix(f"Use {format_shares(down)}", "quantity", plain(down)),) if down > 0 else ()
        what = "whole shares" if step == 1 else f"steps of {plain(step)} shares"
        return denied(Check.TERMS, f"{terms.symbol} is traded in {what}, not {format_shares(terms.quantity)}.", *fixes)
    for field, price in (("limit", terms.limit_price), ("trigger", terms.stop_price)):
        if price is None or instrument is None:
            continue
        tick = instrument.tick_at(price)
        if not is_multiple(price, tick):
            near = max(tick, round_to_tick(price, tick))
            return denied(
                Check.TERMS,
                f"{plain(price)} is not on the price step. Use a price in steps of {plain(tick)}.",
                Fix(f"Use {format_price(near, tick)}", field, plain(near)),
            )
    return passed(Check.TERMS)


def check_symbol(facts: GateFacts) -> Verdict:
    """The broker knows the symbol, lately, and trades it."""
    inputs, symbol = facts.inputs, facts.symbol
    instrument = inputs.instrument
    if instrument is None:
        if facts.reduces:
            return noticed(Check.SYMBOL, f"{inputs.broker_name} has not described {symbol} yet. Exits work.")
        fixes = tuple(Fix(name, "symbol", name) for name in inputs.similar_symbols[:2])
        guess = f" Did you mean {' or '.join(inputs.similar_symbols[:2])}?" if fixes else ""
        return denied(
            Check.SYMBOL, f"{inputs.broker_name} has no symbol {symbol}. Nothing was sent.{guess}".strip(), *fixes
        )
    if not instrument.tradable:
        return denied(
            Check.SYMBOL,
            f"{inputs.broker_name} does not trade {symbol} now. Nothing was sent. Choose another symbol or broker.",
        )
    if inputs.quote is not None and inputs.quote.halted:
        told = f"Trading in {symbol} is halted."
        return (
            noticed(Check.SYMBOL, f"{told} The exit waits until it resumes.")
            if facts.reduces
            else denied(Check.SYMBOL, f"{told} Wait until it resumes.")
        )
    if inputs.instrument_as_of is not None and not facts.reduces:
        age = inputs.now - inputs.instrument_as_of
        if age > inputs.limits.max_instrument_age:
            return denied(
                Check.SYMBOL,
                f"What is known of {symbol} is {format_age(age)} old. Look the symbol up again, then send.",
            )
    return passed(Check.SYMBOL)


def check_symbol_lock(facts: GateFacts) -> Verdict:
    """An order without an answer, or filled too far, keeps entries in its symbol back."""
    inputs = facts.inputs
    if not inputs.symbol_locked:
        return passed(Check.SYMBOL_LOCK)
    why = inputs.symbol_lock_reason or f"An order in {facts.symbol} is unknown."
    if facts.reduces:
        return noticed(Check.SYMBOL_LOCK, f"{why} Look at the position before you close it.")
    return denied(Check.SYMBOL_LOCK, f"{why} Entries in {facts.symbol} wait until that is settled, exits work.")


def check_max_quantity(facts: GateFacts) -> Verdict:
    """One order has no more shares than the limit."""
    quantity, limit = facts.inputs.terms.quantity, facts.inputs.limits.max_order_quantity
    if facts.reduces or quantity <= limit:
        return passed(Check.MAX_QUANTITY)
    fit = floor_to_step(limit, facts.step)
    return denied(
        Check.MAX_QUANTITY,
        f"{format_shares(quantity)} shares are more than one order may have: {format_shares(limit)}. "
        "Use fewer, or change the limit in Risk before the session.",
        Fix(f"Use {format_shares(fit)}", "quantity", plain(fit)),
    )


def check_market_open(facts: GateFacts) -> Verdict:
    """The market is open for this order now, or the person knows that it waits."""
    inputs, terms = facts.inputs, facts.inputs.terms
    if inputs.market_open is None:
        return missing(facts, Check.MARKET_OPEN, "Whether the market is open is not known")
    if inputs.market_open or terms.time_in_force is TimeInForce.OPG:
        return passed(Check.MARKET_OPEN)
    if inputs.in_extended_session and terms.extended_hours and terms.order_type is OrderType.LIMIT:
        return passed(Check.MARKET_OPEN)
    if terms.time_in_force in _AT_ONCE:
        return denied(
            Check.MARKET_OPEN,
            f"The market is closed, and a {terms.time_in_force.upper()} order does not wait. Use day or GTC.",
        )
    if inputs.is_flatten:
        return noticed(Check.MARKET_OPEN, "The market is closed. The order waits for the open.")
    return asks(
        Check.MARKET_OPEN,
        "The market is closed. The order waits for the open and may fill far from here. "
        "Use a limit for extended hours, or confirm.",
    )


def check_reduce_only(facts: GateFacts) -> Verdict:
    """A closing order closes no more than is held and not yet being closed."""
    inputs, symbol = facts.inputs, facts.symbol
    if not (inputs.reduce_only or inputs.is_flatten):
        return passed(Check.REDUCE_ONLY)
    held, free = inputs.position_quantity, facts.closable
    if held is None or free is None:
        return denied(Check.REDUCE_ONLY, f"The position in {symbol} is not known, so it cannot be closed safely.")
    quantity = inputs.terms.quantity
    if quantity <= free:
        return passed(Check.REDUCE_ONLY)
    if -facts.sign * held <= 0:
        return denied(Check.REDUCE_ONLY, f"There is no position in {symbol} that a {facts.side_word} would close.")
    kind = "short" if held < 0 else "long"
    told = f"{symbol}: you hold {format_shares(held)} {kind}"
    if inputs.working_exit_quantity > 0:
        told += f", working exits cover {format_shares(inputs.working_exit_quantity)}"
    if free <= 0:
        return denied(Check.REDUCE_ONLY, f"{told}. Nothing is left to close. Cancel an exit first.")
    all_of = "all " if inputs.working_exit_quantity == 0 else ""
    return denied(
        Check.REDUCE_ONLY,
        f"{told}, {format_shares(quantity)} is more than that. Close {all_of}{format_shares(free)}?",
        Fix(f"Close {format_shares(free)}", "quantity", plain(free)),
    )


def clamp_reduce_only(symbol: str, quantity: Decimal, position_quantity: Decimal) -> tuple[Decimal, Verdict | None]:
    """``quantity`` cut to the shares that are held, with a notice where it was cut: getting out must always work."""
    held = abs(position_quantity)
    if quantity <= held:
        return quantity, None
    words = f"{symbol}: you hold {format_shares(held)}, {format_shares(quantity)} is more than that."
    return held, Verdict(
        Check.REDUCE_ONLY, TITLES[Check.REDUCE_ONLY], Outcome.NOTICE, f"{words} {format_shares(held)} are closed."
    )


def check_short_sale(facts: GateFacts) -> Verdict:
    """No order turns a position round by itself, and nothing is sold short that nobody lends."""
    inputs, terms, symbol = facts.inputs, facts.inputs.terms, facts.symbol
    if facts.reduces:
        return passed(Check.SHORT_SALE)
    held = inputs.position_quantity
    if held is None:
        return missing(facts, Check.SHORT_SALE, f"The position in {symbol} is not known")
    if -facts.sign * held > 0 and not inputs.flips_allowed:
        return _flip(facts, held)
    opens_short = terms.side is OrderSide.SELL and terms.quantity > max(ZERO, held)
    if opens_short and inputs.instrument is not None and not inputs.instrument.shortable:
        return denied(
            Check.SHORT_SALE,
            f"{inputs.broker_name} cannot lend {symbol} now, so it cannot be sold short. Nothing was sent.",
        )
    account = inputs.account
    if account is not None and account.pattern_day_trader and account.equity < PATTERN_DAY_TRADER_EQUITY:
        return asks(
            Check.SHORT_SALE,
            f"{inputs.broker_name} marks this account as pattern day trader, and equity is under "
            f"{format_money(PATTERN_DAY_TRADER_EQUITY, cents=False)}. The order may be refused. Confirm to send it.",
        )
    return passed(Check.SHORT_SALE)


def _flip(facts: GateFacts, held: Decimal) -> Verdict:
    """The order would close the position and open the other side."""
    quantity, free = facts.inputs.terms.quantity, facts.closable or ZERO
    kind, other = ("long", "short") if held > 0 else ("short", "long")
    told = f"You hold {format_shares(held)} {facts.symbol} {kind}"
    if facts.inputs.working_exit_quantity > 0:
        told += f", working exits cover {format_shares(facts.inputs.working_exit_quantity)}"
    beyond = format_shares(quantity - free)
    verb = "Sell" if facts.sign < 0 else "Buy"
    fixes = (Fix(f"{verb} {format_shares(free)}", "quantity", plain(free)),) if free > 0 else ()
    way = "Close it first, then open the other side" if free > 0 else "Cancel an exit first"
    return denied(
        Check.SHORT_SALE,
        f"{told}. This {facts.side_word} could leave you {beyond} {other}. {way}.",
        *fixes,
    )


def check_session_rules(facts: GateFacts) -> Verdict:
    """Extended hours take limit orders, auctions and at-once orders take market and limit ones."""
    terms = facts.inputs.terms
    kind = terms.order_type.replace("_", "-")
    if terms.extended_hours and (
        terms.order_type is not OrderType.LIMIT or terms.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}
    ):
        return denied(
            Check.SESSION_RULES,
            "Outside regular hours only limit orders work, day or GTC. Use a limit, or leave extended hours out.",
        )
    if terms.time_in_force in _AUCTION | _AT_ONCE and terms.order_type not in _PLAIN_TYPES:
        return denied(
            Check.SESSION_RULES,
            f"A {kind} order cannot be {terms.time_in_force.upper()}. Use day or GTC.",
            Fix("Use day", "tif", TimeInForce.DAY.value),
        )
    return passed(Check.SESSION_RULES)
