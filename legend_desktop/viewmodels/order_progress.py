"""What Order entry says about an order after the press: its stamps, how long it waits, what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from legend_desktop.analytics.metrics import ExecutionMetrics
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState
from legend_desktop.domain.formatting import format_duration_ms, format_exchange_time, format_price, format_shares
from legend_desktop.domain.orders import Order
from legend_desktop.domain.position_risk import freeze_initial_risk
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.unknown_resolver import Search

PRESSED, CHECKED, STORED, SENT, ANSWERED = "pressed", "checked", "stored", "sent", "answered"
SLOW_MS = 1_000.0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list of stamps: what happened and when, as text; ``warns`` for what went wrong."""

    title: str
    done: bool
    time_text: str = ""
    warns: bool = False


def steps_of(
    pressed_at: datetime | None,
    marks: Mapping[str, float],
    *,
    checks: int,
    broker: str,
    order: Order | None,
    search: Search | None,
) -> list[Step]:
    """The stamps of the order under way; ``marks`` are milliseconds after the press by name."""
    if pressed_at is None:
        return []
    rows = [Step("Pressed", True, format_exchange_time(pressed_at, milliseconds=True))]
    titles = (
        (CHECKED, f"Checked, {checks} of {checks}"),
        (STORED, "On disk"),
        (SENT, f"Sent to {broker}"),
        (ANSWERED, f"Answer from {broker}"),
    )
    unknown = order is not None and order.state is OrderState.UNKNOWN
    for name, title in titles:
        if name == ANSWERED and unknown:
            continue
        at = marks.get(name)
        rows.append(Step(title, at is not None, f"+{format_duration_ms(at)}" if at is not None else ""))
    if unknown:
        rows.append(Step("No answer", True, "", warns=True))
        if search is not None:
            waits = f"{search.next_in_seconds:.0f} s" if search.next_in_seconds is not None else ""
            rows.append(Step(f"Asked {search.tries} times, next in", False, waits))
    return rows


def headline_of(order: Order) -> str:
    """What happened, as a sentence: "Bought 116 at 175.5234", or the order itself while it is open."""
    if order.filled_quantity > 0 and order.average_fill_price is not None and not order.is_open:
        verb = "Bought" if order.side is OrderSide.BUY else "Sold"
        return f"{verb} {format_shares(order.filled_quantity)} at {format_price(order.average_fill_price, places=4)}"
    return order_sentence(order.terms)


def exits_sentence(order: Order | None) -> str:
    """The planned exits and the life of the order in one line."""
    if order is None:
        return ""
    plan = order.intent.plan
    words = []
    if plan is not None and plan.stop_loss_price is not None:
        words.append(f"stop {format_price(plan.stop_loss_price)}")
    if plan is not None and plan.take_profit_price is not None:
        words.append(f"target {format_price(plan.take_profit_price)}")
    words.append("day" if order.terms.time_in_force.value == "day" else order.terms.time_in_force.value.upper())
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def fill_milliseconds(order: Order | None) -> float | None:
    """From the send to the last fill, by our clock."""
    if order is None or order.sent_at is None or not order.fills:
        return None
    last = max(fill.received_at for fill in order.fills)
    return max(timedelta(0), last - order.sent_at) / timedelta(milliseconds=1)


def frozen_risk(order: Order | None) -> Decimal | None:
    """The risk in money that the filled entry really began with."""
    plan = order.intent.plan if order is not None else None
    if order is None or plan is None or plan.stop_loss_price is None or order.average_fill_price is None:
        return None
    risk = freeze_initial_risk(
        order.symbol, order.side, order.filled_quantity, order.average_fill_price, plan.stop_loss_price
    )
    return risk.money if risk is not None else None


def calm_sentence(orders: tuple[Order, ...], waited_ms: float | None, *, sending: bool, broker: str) -> str:
    """The quiet note under the figures: slow answers, or how the filled shares are protected."""
    if sending and waited_ms is not None and waited_ms > SLOW_MS:
        return f"{broker} has not answered yet. Nothing to do: without one the order is marked unknown and asked for."
    if not orders or orders[0].is_open or orders[0].filled_quantity == 0:
        return ""
    stops = [leg for leg in orders[1:] if leg.intent.role is OrderRole.STOP and leg.is_open]
    covered = sum((leg.remaining_quantity for leg in stops), Decimal(0))
    filled = orders[0].filled_quantity
    if not orders[1:]:
        return f"{format_shares(filled)} shares have no stop." if orders[0].intent.role is OrderRole.ENTRY else ""
    words = f"{format_shares(min(covered, filled))} of {format_shares(filled)} shares are protected."
    if len(orders) > 2 and stops:
        words += f" The two exits are one-cancels-other at {broker} and stay if Legend closes."
    return words


def measured(metrics: ExecutionMetrics | None) -> ExecutionMetrics | None:
    """Figures of an order that has a benchmark; ``None`` for any other."""
    return metrics if metrics is not None and metrics.benchmark_price is not None else None
