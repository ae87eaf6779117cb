"""Checks of the desk itself: its state, its tie to the broker, its mode, and how fast it sends."""

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.formatting import format_age, format_number, format_shares
from legend_desktop.domain.gate_facts import GateFacts, asks, denied, missing, passed
from legend_desktop.domain.gate_inputs import Check
from legend_desktop.domain.risk import Fingerprint, assess_daily_loss, find_duplicates, find_throttle
from legend_desktop.domain.verdicts import Verdict


def check_trading_state(facts: GateFacts) -> Verdict:
    """ACTIVE lets everything pass, REDUCING exits, HALTED the closing orders of the flatten command alone."""
    state, reason = facts.inputs.trading_state, facts.inputs.trading_reason
    if state is None:
        return denied(Check.TRADING_STATE, "The trading state is not known, so nothing is sent.")
    if state is TradingState.ACTIVE or facts.inputs.is_flatten:
        return passed(Check.TRADING_STATE)
    if state is TradingState.REDUCING:
        if facts.reduces:
            return passed(Check.TRADING_STATE)
        return denied(Check.TRADING_STATE, _with_reason("Only exits and cancels are sent now.", reason))
    return denied(Check.TRADING_STATE, _with_reason("Trading is halted: only cancels and flatten work.", reason))


def check_reconciled(facts: GateFacts) -> Verdict:
    """Entries wait until the desk has compared itself with the broker and hears the broker's order events."""
    inputs = facts.inputs
    if facts.reduces:
        return passed(Check.RECONCILED)
    if inputs.entries_open is None:
        return missing(facts, Check.RECONCILED, "Whether entries are open is not known")
    if not inputs.entries_open:
        why = inputs.entries_reason or f"The desk is comparing with {inputs.broker_name}. Entries wait, exits work."
        return denied(Check.RECONCILED, why)
    if inputs.order_stream_alive is None:
        return missing(facts, Check.RECONCILED, "Whether the order stream lives is not known")
    if not inputs.order_stream_alive:
        return denied(
            Check.RECONCILED,
            f"{inputs.broker_name} sends no order events now, so a fill would not be seen. Entries wait, exits work.",
        )
    return passed(Check.RECONCILED)


def check_environment(facts: GateFacts) -> Verdict:
    """Order, session, window and store must be of one mode."""
    inputs = facts.inputs
    modes = {
        "order": inputs.order_mode,
        "session": inputs.session_mode,
        "window": inputs.window_mode,
        "store": inputs.store_mode,
    }
    for name, mode in modes.items():
        if mode is None:
            return denied(Check.ENVIRONMENT, f"Whether the {name} is paper or live is not known, so nothing is sent.")
    other = next((name for name, mode in modes.items() if mode is not inputs.order_mode), None)
    if other is None:
        return passed(Check.ENVIRONMENT)
    return denied(
        Check.ENVIRONMENT,
        f"The order is {inputs.order_mode}, the {other} is {modes[other]}. Nothing was sent. "
        "Open the profile that fits the order.",
    )


def check_duplicate(facts: GateFacts) -> Verdict:
    """The same order twice in a second asks; more than a few in a minute are refused."""
    inputs = facts.inputs
    if inputs.is_replace or inputs.is_flatten:
        return passed(Check.DUPLICATE)
    account_id = inputs.account.account_id if inputs.account is not None else ""
    found = find_duplicates(Fingerprint.of(account_id, inputs.terms), inputs.recent_sends, inputs.now, inputs.limits)
    if found is None:
        return passed(Check.DUPLICATE)
    if found.count >= inputs.limits.max_identical:
        window = inputs.limits.identical_window
        told = f"{found.count} identical orders left in the last {format_age(window)}."
        if facts.reduces:
            return asks(Check.DUPLICATE, f"{told} Press Ctrl+Enter once more within 3 s if you want another one.")
        return denied(
            Check.DUPLICATE,
            f"{told} One more is not sent. Wait {format_age(window - found.oldest_age)}, or change the order.",
        )
    if found.newest_age < inputs.limits.duplicate_window:
        ago = format_number(max(0.0, found.newest_age.total_seconds()), 1)
        return asks(
            Check.DUPLICATE,
            f"The same order left {ago} s ago. Press Ctrl+Enter once more within 3 s if you want a second one.",
        )
    return passed(Check.DUPLICATE)


def check_throttle(facts: GateFacts) -> Verdict:
    """Too many entries in a second or a minute lock entries for a while; exits always pass."""
    inputs = facts.inputs
    if facts.reduces:
        return passed(Check.THROTTLE)
    if inputs.throttled_until is not None and inputs.now < inputs.throttled_until:
        left = format_age(inputs.throttled_until - inputs.now)
        return denied(
            Check.THROTTLE, f"Orders came too fast. Entries are locked for another {left}. Cancels and exits work."
        )
    trip = find_throttle(inputs.recent_sends, inputs.now, inputs.limits)
    if trip is None:
        return passed(Check.THROTTLE)
    locked = format_age(inputs.limits.lock_after_throttle)
    return denied(
        Check.THROTTLE,
        f"More than {format_shares(trip.limit)} orders in {trip.span}. Entries are locked for {locked}. "
        "Cancels and exits work.",
    )


def check_daily_loss(facts: GateFacts) -> Verdict:
    """Entries stop once the day has lost its limit."""
    inputs = facts.inputs
    if facts.reduces:
        return passed(Check.DAILY_LOSS)
    loss = inputs.daily_loss
    if loss is None:
        account = inputs.account
        if account is None or account.day_pl is None or not account.start_of_day_equity:
            return missing(facts, Check.DAILY_LOSS, "The equity at the start of the day is not known")
        loss = assess_daily_loss(account.day_pl, account.start_of_day_equity, inputs.limits, inputs.open_positions)
    if loss.state is TradingState.ACTIVE:
        return passed(Check.DAILY_LOSS)
    return denied(Check.DAILY_LOSS, loss.sentence)


def _with_reason(sentence: str, reason: str) -> str:
    return f"{sentence} {reason}".strip()
