"""The label and value rows of Order entry: what an order would do, and what became of it. Pure, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, Pending
from legend_desktop.domain.formatting import (
    MISSING,
    format_bps,
    format_money,
    format_of,
    format_percent,
    format_price,
    format_r,
    format_shares,
    plain,
)
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.sizing_models import PositionSizing
from legend_desktop.services.execution_analytics import ExecutionMetrics
from legend_desktop.services.own_costs import UsualCost
from legend_desktop.services.previews import OrderPreview
from legend_desktop.viewmodels.order_progress import frozen_risk
from legend_desktop.viewmodels.worst_case import WorstCase


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``keep`` says which rows stay longest where there is little room; ``reason`` why a value is missing."""

    label: str
    value: str
    note: str = ""
    ink: str = "text.primary"
    keep: int = 5
    weight: int = 400
    icon: str = ""
    reason: str = ""


def _absent(label: str, keep: int, reason: str = "") -> Row:
    return Row(label, MISSING, ink="text.tertiary", keep=keep, reason=reason)


# ---- before the press ---------------------------------------------------------------------------------------------


def preview_rows(preview: OrderPreview | None, position: Position | None) -> list[Row]:
    """What the order would do; dashes while nothing is known."""
    if preview is not None and preview.reduce_only and preview.quantity is not None:
        return _exit_rows(preview, preview.quantity, position)
    sizing = preview.sizing if preview is not None else None
    if preview is None or sizing is None:
        labels = ("Risk at stop", "with slippage", "Reward at target", "Value", "Expected cost, est.")
        keeps = (8, 3, 6, 7, 4)
        rows = [_absent(label, keep) for label, keep in zip(labels, keeps, strict=True)]
        return [*rows, _absent("Stop gaps one ATR", 2), _absent("Size set by", 5)]
    account = preview.account_size
    return [
        _risk_row("Risk at stop", sizing.risk_amount, account, 8),
        _risk_row(f"with {plain(sizing.slippage_allowance)} slippage", sizing.risk_amount_all_in, account, 3),
        _reward_row(sizing),
        Row("Value", format_money(sizing.position_value), format_percent(sizing.percent_of_account, 1), keep=7),
        _cost_row(preview),
        _gap_row(preview),
        _limit_row(sizing),
    ]


def _risk_row(label: str, money: Decimal | None, account: Decimal | None, keep: int) -> Row:
    if money is None:
        return _absent(label, keep, "no stop")
    return Row(label, format_money(money), format_percent(money / account * HUNDRED) if account else "", keep=keep)


def _reward_row(sizing: PositionSizing) -> Row:
    if sizing.reward_amount is None:
        return _absent("Reward at target", 6, "no target")
    planned = format_r(sizing.r_multiple, signed=False, unit=True) if sizing.r_multiple is not None else ""
    return Row("Reward at target", format_money(sizing.reward_amount), planned, keep=6)


def _cost_row(preview: OrderPreview) -> Row:
    label = "Expected cost, est."
    if preview.expected_cost is not None:
        return Row(
            label, format_money(preview.expected_cost), format_bps(preview.expected_cost_bps, 1, signed=False), keep=4
        )
    if preview.entry_price is None:
        return _absent(label, 4, "no quote")
    return Row(label, f"none, it waits at {format_price(preview.entry_price)}", ink="text.tertiary", keep=4)


def _gap_row(preview: OrderPreview) -> Row:
    if preview.atr_gap_loss is None:
        return _absent("Stop gaps one ATR", 2, "no stop, or the average true range is not known")
    times = -abs(preview.atr_gap_r) if preview.atr_gap_r is not None else None
    note = format_r(times, unit=True) if times is not None else ""
    return Row("Stop gaps one ATR", format_money(-abs(preview.atr_gap_loss)), note, "loss", keep=2)


def _limit_row(sizing: PositionSizing) -> Row:
    if sizing.is_capped:
        return Row("Size set by", sizing.binding_label, ink="warning", keep=5)
    nearest = f"next cap {format_shares(sizing.next_cap_size)}" if sizing.next_cap_size is not None else ""
    return Row("Size set by", sizing.binding_label, nearest, keep=5)


def _exit_rows(preview: OrderPreview, quantity: Decimal, position: Position | None) -> list[Row]:
    price = preview.entry_price
    value = format_money(preview.value) if preview.value is not None else MISSING
    title = "Goes off at first" if preview.order_type is OrderType.TRAILING_STOP else "About"
    rows = [Row(title, format_price(price), keep=6), Row("Value", value, keep=7)]
    if position is not None:
        left = position.shares - quantity
        kind = "long" if position.is_long else "short"
        after = f"{format_shares(left)} {kind}" if left > 0 else "flat"
        if price is not None:
            gain = position.side.sign * (price - position.avg_entry_price) * quantity
            ink = "gain" if gain > 0 else "loss" if gain < 0 else "text.primary"
            rows.append(Row("Gain on this part, est.", format_money(gain, signed=True), ink=ink, keep=8))
        rows.append(Row("Held after it", after, f"of {format_shares(position.shares)}" if left > 0 else "", keep=5))
    return [*rows, _cost_row(preview)]


# ---- after the press ----------------------------------------------------------------------------------------------


def sending_rows(preview: OrderPreview | None) -> list[Row]:
    """What is at stake while the answer is awaited."""
    if preview is None:
        return []
    sizing = preview.sizing
    rows = []
    if sizing is not None and sizing.risk_amount is not None:
        rows.append(Row("Risk at stop", format_money(sizing.risk_amount), format_percent(sizing.risk_percent_actual)))
    if preview.value is not None:
        share = format_percent(preview.percent_of_account, 1) if preview.percent_of_account is not None else ""
        rows.append(Row("Value", format_money(preview.value), share))
        if not preview.reduce_only:
            rows.append(Row("Reserved", format_money(preview.value), "buying power"))
    return rows


def unknown_rows(order: Order, worst: WorstCase, position: Position | None) -> list[Row]:
    """What may be held, at worst, of an order that nobody has an answer for."""
    rows = [Row("You may hold", _range(order, position), ink="unknown", weight=600)]
    plan = order.intent.plan
    if worst.value:
        rows.append(Row("Worst-case value", format_money(worst.value)))
    if worst.loss is not None and plan is not None:
        rows.append(Row(f"Loss at {format_price(plan.stop_loss_price)}", format_money(worst.loss)))
    rows.append(Row(f"{order.symbol} entries", "locked until known"))
    return rows


def _range(order: Order, position: Position | None) -> str:
    """Shares held if the rest of the order did not trade, and if it did, smaller first."""
    before = position.quantity if position is not None else ZERO
    after = before + order.side.sign * order.remaining_quantity
    low, high = sorted((before, after), key=abs)
    if low * high < 0:
        return f"{format_shares(before)} {_kind(before)} to {format_shares(after)} {_kind(after)}"
    return f"{format_shares(low)} to {format_shares(high)}{' short' if high < 0 else ''}"


def _kind(quantity: Decimal) -> str:
    return "long" if quantity > 0 else "short"


def working_rows(order: Order, preview: OrderPreview | None) -> list[Row]:
    """How far a working order is."""
    rows = [Row("Filled", format_of(order.filled_quantity, order.quantity), weight=600)]
    if order.average_fill_price is not None:
        rows.append(Row("Average", format_price(order.average_fill_price, places=4)))
    trigger = order.stop_trigger
    if trigger is not None:
        rows.append(Row("Goes off at", format_price(trigger)))
    if order.terms.limit_price is not None:
        rows.append(Row("Waits at", format_price(order.terms.limit_price)))
    return [*rows, *sending_rows(preview)]


def done_rows(order: Order, metrics: ExecutionMetrics | None, usual: UsualCost, account: Account | None) -> list[Row]:
    """What the order cost beside what is usual, and the risk it began with."""
    rows = []
    if metrics is not None and metrics.slippage_bps is not None:
        title = f"Cost against mid {format_price(metrics.benchmark_price)}"
        rows.append(Row(title, format_bps(metrics.slippage_bps), format_money(metrics.slippage_cost), weight=600))
        if usual.median_bps is not None:
            rows.append(Row(f"Your median in {order.symbol}", format_bps(usual.median_bps), f"n {usual.orders}"))
        else:
            rows.append(_absent(f"Your median in {order.symbol}", 5, "no other measured order"))
        if metrics.price_improvement_amount is not None:
            rows.append(_touch_row(order, metrics))
    else:
        rows.append(_absent("Cost against mid", 5, "not measured yet"))
    fees = [row.total_fees for row in order.fills]
    known = [row for row in fees if row is not None]
    rows.append(Row("Fees", format_money(sum(known, ZERO)) if len(known) == len(fees) else "later"))
    risk = frozen_risk(order)
    if risk is not None:
        share = format_percent(risk / account.equity * HUNDRED) if account is not None and account.equity > 0 else ""
        rows.append(Row("Risk, frozen as 1 R", format_money(risk), share))
    return rows


def _touch_row(order: Order, metrics: ExecutionMetrics) -> Row:
    money = metrics.price_improvement_amount or ZERO
    touch = "ask" if order.side is OrderSide.BUY else "bid"
    ink = "gain" if money > 0 else "loss" if money < 0 else "text.primary"
    outside, better = metrics.shares_outside_quote or ZERO, metrics.shares_improved or ZERO
    note = f"at the {touch}"
    if outside > 0:
        note = f"{format_shares(outside)} sh outside"
    elif better > 0:
        note = f"{format_shares(better)} sh better"
    return Row(f"Against the {touch}", format_money(money, signed=True), note, ink)


def exit_order_rows(exits: Sequence[Order]) -> list[Row]:
    """The exits of an entry with their state, the stop first."""
    ranked = sorted(exits, key=lambda row: row.stop_trigger is None and row.intent.role is not OrderRole.STOP)
    return [_exit_order_row(row) for row in ranked]


def _exit_order_row(order: Order) -> Row:
    stop = order.stop_trigger
    is_stop = stop is not None or order.intent.role is OrderRole.STOP
    price = format_price(stop if is_stop else order.terms.limit_price)
    icon = "shield-check" if is_stop and order.state.is_live_at_broker else ""
    return Row(f"{'Stop' if is_stop else 'Target'} {price}", _state_words(order), icon=icon)


def _state_words(order: Order) -> str:
    life = order.terms.time_in_force.value
    life = life if life == "day" else life.upper()
    left = format_shares(order.remaining_quantity)
    if order.state in {OrderState.WORKING, OrderState.ACCEPTED}:
        asked = ", cancel requested" if order.pending is Pending.CANCEL else f", {life}"
        return f"{left} working{asked}"
    if order.state is OrderState.PARTIAL:
        return f"{format_of(order.filled_quantity, order.quantity)} filled"
    if order.state is OrderState.FILLED:
        return f"filled at {format_price(order.average_fill_price)}"
    words = {
        OrderState.UNKNOWN: "unknown",
        OrderState.ATTENTION: "needs you",
        OrderState.CANCELED: "cancelled",
        OrderState.EXPIRED: "expired",
        OrderState.REJECTED: "refused",
        OrderState.DENIED: "refused",
    }
    return words.get(order.state, "on its way")
