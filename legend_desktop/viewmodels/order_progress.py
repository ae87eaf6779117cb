"""What Order entry says about an order after the press: headline, badge, stamps and sentences. Pure, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, Pending, TimeInForce
from legend_desktop.domain.formatting import (
    format_age,
    format_duration_ms,
    format_exchange_time,
    format_number,
    format_of,
    format_price,
    format_shares,
)
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import PositionRisk, freeze_initial_risk
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.order_sender import SEND_DEADLINE_SECONDS
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.own_costs import UsualAnswer
from legend_desktop.services.unknown_resolver import Search
from legend_desktop.viewmodels.entry_state import EntryState
from legend_desktop.viewmodels.order_sending import ANSWERED, CHECKED, SENT, SILENT, STORED, PressRecord

SLOW_MS = 1_000.0
"""When an answer is called late while nobody knows what is usual."""
SOON_MS = 500.0
"""Nothing is called late before this: a note that flashes by is no help."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list of stamps: what happened and when, as text."""

    title: str
    done: bool
    time_text: str = ""
    icon: str = ""
    ink: str = ""


@dataclass(frozen=True, slots=True)
class BadgeWords:
    """The short word beside the symbol; ``hatched`` where nobody knows."""

    text: str
    ink: str = "text.secondary"
    icon: str = ""
    hatched: bool = False


def headline_of(order: Order) -> str:
    """What happened, as a sentence: "Bought 116 at 175.5234", or the order itself while it is open."""
    if order.filled_quantity > 0 and order.average_fill_price is not None and not order.is_open:
        verb = "Bought" if order.side is OrderSide.BUY else "Sold"
        return f"{verb} {format_shares(order.filled_quantity)} at {format_average(order.average_fill_price)}"
    return order_sentence(order.terms)


def format_average(price: Decimal) -> str:
    """An average with four decimals where it needs them, else with two."""
    return format_price(price, places=2 if price == round(price, 2) else 4)


def terms_sentence(order: Order) -> str:
    """Planned exits and the life of the order in one line: "Stop 173.75, target 179.20, day"."""
    plan = order.intent.plan
    words = []
    if plan is not None and plan.stop_loss_price is not None:
        words.append(f"stop {format_price(plan.stop_loss_price)}")
    if plan is not None and plan.take_profit_price is not None:
        words.append(f"target {format_price(plan.take_profit_price)}")
    if order.intent.role is not OrderRole.ENTRY:
        words.append("takes the position down")
    life = order.terms.time_in_force
    words.append("day" if life is TimeInForce.DAY else life.value.upper())
    if order.terms.extended_hours:
        words.append("extended hours")
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def badge_of(state: EntryState, order: Order | None, waited: timedelta | None) -> BadgeWords:
    """The badge for a state: how long it waits, how far it is filled, how fast it was."""
    milliseconds = waited / timedelta(milliseconds=1) if waited is not None else None
    if state is EntryState.UNKNOWN:
        if order is not None and order.state is OrderState.ATTENTION:
            return BadgeWords("NEEDS YOU", "unknown", "question", hatched=True)
        return BadgeWords(f"UNKNOWN {format_age(waited)}", "unknown", "question", hatched=True)
    if state is EntryState.SENDING:
        seconds = format_number((milliseconds or 0) / 1000, 1)
        return BadgeWords(f"waiting {seconds} s", icon="hourglass")
    if state is EntryState.DONE:
        taken = fill_milliseconds(order)
        part = order is not None and order.filled_quantity < order.quantity
        words = f"filled {format_of(order.filled_quantity, order.quantity)}" if order is not None and part else "filled"
        return BadgeWords(
            f"{words} in {format_duration_ms(taken)}" if taken is not None else words, "ok", "check-circle"
        )
    if order is not None and order.pending is Pending.CANCEL:
        return BadgeWords("cancel requested", "warning", "hourglass")
    if order is not None and order.state is OrderState.PARTIAL:
        return BadgeWords(f"{format_of(order.filled_quantity, order.quantity)} filled", icon="clock")
    return BadgeWords("working", icon="clock")


def steps_of(
    press: PressRecord | None,
    *,
    broker: str,
    state: EntryState,
    usual: UsualAnswer,
    search: Search | None = None,
    next_try: float | None = None,
) -> list[Step]:
    """The stamps of the order under way; an order taken up after a restart has only its sending."""
    if press is None:
        return []
    marks = press.marks
    unknown = state is EntryState.UNKNOWN
    if press.preview is None and unknown:
        rows = [_step("Sent", format_exchange_time(press.at, milliseconds=True))]
    else:
        rows = [_step("Pressed", format_exchange_time(press.at, milliseconds=True))]
        titles = {CHECKED: _checked(press), STORED: "On disk", SENT: f"Sent to {broker}"}
        rows += [_stamp(title, marks.get(name)) for name, title in titles.items()]
        rows += [] if unknown else [_answer_step(broker, marks.get(ANSWERED), usual)]
    if unknown:
        silent = marks.get(SILENT) if press.preview is not None else None
        rows.append(Step("No answer", True, _after(silent), "warning", "warning"))
        if search is not None:
            tries = "once" if search.tries == 1 else f"{search.tries} times"
            words = f"Asked {tries}, next in" if search.tries else "Asking in"
            wait = format_age(timedelta(seconds=next_try)) if next_try is not None else ""
            rows.append(Step(words, True, wait, "arrows-clockwise", "unknown"))
    return rows


def _checked(press: PressRecord) -> str:
    checks = press.preview.verdicts if press.preview is not None else ()
    passed = sum(row.outcome is not Outcome.DENY for row in checks)
    return f"Checked, {passed} of {len(checks)}"


def _step(title: str, time_text: str) -> Step:
    return Step(title, True, time_text, "check", "ok")


def _stamp(title: str, at: float | None) -> Step:
    return _step(title, _after(at)) if at is not None else Step(title, False, "", "circle-dashed", "text.tertiary")


def _answer_step(broker: str, at: float | None, usual: UsualAnswer) -> Step:
    row = _stamp(f"Answer from {broker}", at)
    if row.done or usual.median_ms is None:
        return row
    return Step(row.title, False, f"usually {format_duration_ms(usual.median_ms)}", row.icon, row.ink)


def _after(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    seconds = milliseconds / 1000
    return f"+{format_number(seconds, 1)} s" if seconds >= 1 else f"+{format_duration_ms(milliseconds)}"


def slow_sentence(waited: timedelta | None, usual: UsualAnswer, broker: str) -> str:
    """The calm note while an answer takes more than twice its usual time; empty before."""
    if waited is None:
        return ""
    milliseconds = waited / timedelta(milliseconds=1)
    limit = SLOW_MS if usual.median_ms is None else max(SOON_MS, 2 * usual.median_ms, usual.slow_ms or 0.0)
    if milliseconds <= limit:
        return ""
    known = ""
    if usual.slow_ms is not None:
        known = f" It is slower than usual: 99 of 100 answers come within {format_duration_ms(usual.slow_ms)}."
    return (
        f"{broker} has not answered yet.{known} Nothing to do. At {SEND_DEADLINE_SECONDS:.0f} s the order is marked "
        "unknown and Legend starts asking."
    )


def doubt_words(order: Order | None, broker: str, *, deciding: bool) -> tuple[str, str]:
    """Title and sentence of the hatched frame around an order that nobody is sure of."""
    if deciding:
        return (
            f"Is it at {broker}?",
            f"Look at {broker}'s own page for the reference below. Your answer is written down, and nothing is sent.",
        )
    if order is not None and order.state is OrderState.ATTENTION:
        why = _sentence(order.reason)
        return "This order needs you.", f"{why} Look at it at {broker}, then decide. Nothing is sent meanwhile.".strip()
    why = _sentence(order.reason if order is not None else "")
    return "This order may be live.", f"{why} Do not send it again. Legend asks until it knows.".strip()


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def protection_sentence(order: Order, exits: Sequence[Order], risk: PositionRisk | None, broker: str) -> str:
    """How the shares of a filled entry are protected now; empty for an order that took a position down."""
    if order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only:
        return ""
    if risk is None:
        filled = next((row for row in exits if row.filled_quantity > 0), None)
        return "The position is closed." if filled is not None or not exits else ""
    words = f"{format_of(risk.protected_quantity, risk.shares)} shares are protected."
    if risk.protected_quantity == 0:
        words = f"{format_shares(risk.shares)} shares have no stop. Place one with Ctrl+Shift+P."
    elif risk.unsure_quantity > 0:
        words += f" A stop for {format_shares(risk.unsure_quantity)} more is not confirmed."
    working = [row for row in exits if row.is_open]
    tied = {row.intent.oco_group for row in working} - {None}
    if len(working) >= 2 and len(tied) == 1 and risk.protected_quantity > 0:
        words += f" The two exits are one-cancels-other at {broker} and stay if Legend closes."
    return words


def fill_milliseconds(order: Order | None) -> float | None:
    """From the send to the last fill, by our clock."""
    if order is None or order.sent_at is None or not order.fills:
        return None
    last = max(fill.received_at for fill in order.fills)
    return max(timedelta(0), last - order.sent_at) / timedelta(milliseconds=1)


def frozen_risk(order: Order) -> Decimal | None:
    """The risk in money that the filled entry really began with."""
    plan = order.intent.plan
    if plan is None or plan.stop_loss_price is None or order.average_fill_price is None:
        return None
    risk = freeze_initial_risk(
        order.symbol, order.side, order.filled_quantity, order.average_fill_price, plan.stop_loss_price
    )
    return risk.money if risk is not None else None
