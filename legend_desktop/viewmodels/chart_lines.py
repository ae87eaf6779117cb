"""The horizontal lines of the chart: the draft of Order entry, own orders, the position. Pure, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, Pending
from legend_desktop.domain.formatting import format_money, format_price, format_r, format_shares
from legend_desktop.domain.money import ONE, ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position

KIND_WORDS = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop-limit",
    OrderType.TRAILING_STOP: "trailing stop",
}
_ROLE_WORDS = {OrderRole.ENTRY: "Entry", OrderRole.TARGET: "Target", OrderRole.STOP: "Stop", OrderRole.EXIT: "Exit"}
_MOVABLE = frozenset({OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT})
_ON_THE_WAY = frozenset({OrderState.INTENT, OrderState.SENDING, OrderState.QUESTION})
_NOT_KNOWN = frozenset({OrderState.UNKNOWN, OrderState.ATTENTION})
_TEN = Decimal(10)


class LineKind(StrEnum):
    """How a line is drawn: draft dashed, working solid, position dotted, unknown dotted wide."""

    DRAFT = "draft"
    WORKING = "working"
    POSITION = "position"
    UNKNOWN = "unknown"


class Tone(StrEnum):
    """What colours a line: the side of the market, the plain ink, or that nobody knows."""

    BUY = "buy"
    SELL = "sell"
    INK = "ink"
    QUIET = "quiet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line at ``price`` with its words. ``key`` stays the same while the line lives.

    ``movable`` lines can be dragged; ``at_right`` says at which end the words stand. While a person moves it,
    ``moved_from`` holds the price where it was.
    """

    key: str
    kind: LineKind
    price: Decimal
    words: str
    tone: Tone
    movable: bool = False
    at_right: bool = True
    moved_from: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What Order entry holds, as far as it is known: prices per share, ``quantity`` in shares."""

    side: OrderSide
    order_type: OrderType
    quantity: Decimal | None = None
    entry: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """An order that a person is moving: the price under the pointer; ``sending`` once it was let go."""

    client_order_id: str
    price: Decimal
    sending: bool = False


def short_money(value: Decimal) -> str:
    """Signed money for a label: whole dollars from ten on."""
    rounded = value.quantize(ONE) if abs(value) >= _TEN else value
    return format_money(rounded, signed=True).removesuffix(".00")


def draft_lines(draft: Draft | None, *, crowded: bool) -> list[ChartLine]:
    """Entry, stop and target of the draft. ``crowded`` says that own orders or a position are on the chart too."""
    if draft is None:
        return []
    lines: list[ChartLine] = []
    if draft.entry is not None:
        verb = "buy" if draft.side is OrderSide.BUY else "sell"
        size = f" {format_shares(draft.quantity)}" if draft.quantity is not None else ""
        market = draft.order_type is OrderType.MARKET
        lines.append(
            ChartLine(
                "draft.entry",
                LineKind.DRAFT,
                draft.entry,
                f"Draft: {verb}{size} {KIND_WORDS.get(draft.order_type, 'order')}",
                Tone.INK if market else _tone(draft.side),
                movable=draft.order_type in _MOVABLE,
                at_right=False,
            )
        )
    for name, price in (("stop", draft.stop), ("target", draft.target)):
        if price is not None:
            tone = Tone.SELL if name == "stop" else Tone.QUIET
            words = _draft_exit_words(draft, name, price, crowded=crowded)
            key = f"draft.{name}"
            lines.append(ChartLine(key, LineKind.DRAFT, price, words, tone, movable=True, at_right=not crowded))
    return lines


def _draft_exit_words(draft: Draft, name: str, price: Decimal, *, crowded: bool) -> str:
    title = f"Draft {name}" if crowded else name.capitalize()
    parts = [title if crowded else f"{title} {format_price(price)}"]
    if draft.entry is not None:
        gain = draft.side.sign * (price - draft.entry)
        risk = None if draft.stop is None else draft.side.sign * (draft.entry - draft.stop)
        if risk is not None and risk > 0:
            parts.append(format_r(gain / risk, unit=True))
        if draft.quantity is not None:
            parts.append(short_money(gain * draft.quantity))
    return ", ".join(parts)


def order_lines(orders: Iterable[Order], position: Position | None, move: Move | None = None) -> list[ChartLine]:
    """A line for each open order that has a price. ``orders`` may hold more; exits follow the fate of their entry."""
    by_id = {order.client_order_id: order for order in orders}
    lines: list[ChartLine] = []
    for order in by_id.values():
        if not order.is_open:
            continue
        line = _order_line(order, by_id, position, move)
        if line is not None:
            lines.append(line)
    return lines


def _order_line(
    order: Order, by_id: Mapping[str, Order], position: Position | None, move: Move | None
) -> ChartLine | None:
    key = f"order.{order.client_order_id}"
    price = order_price(order)
    entry = by_id.get(order.intent.parent_id or "")
    if order.state in _NOT_KNOWN or (entry is not None and entry.state in _NOT_KNOWN):
        shown = price if price is not None else _planned(order)
        words = _unknown_words(order, entry)
        left = order.intent.role is OrderRole.ENTRY
        return (
            None if shown is None else ChartLine(key, LineKind.UNKNOWN, shown, words, Tone.UNKNOWN, at_right=not left)
        )
    if order.state in _ON_THE_WAY:
        shown = price if price is not None else _planned(order)
        words = f"Sending: {_order_words(order)}"
        return None if shown is None else ChartLine(key, LineKind.DRAFT, shown, words, _order_tone(order))
    if price is None:
        return None
    moving = move if move is not None and move.client_order_id == order.client_order_id else None
    at = moving.price if moving is not None else price
    words = _working_words(order, entry, position, at, moving)
    free = order.pending is Pending.NONE and order.terms.order_type in _MOVABLE and order.state.is_live_at_broker
    return ChartLine(
        key,
        LineKind.WORKING,
        at,
        words,
        _order_tone(order),
        movable=free and (moving is None or not moving.sending),
        moved_from=price if moving is not None else None,
    )


def order_price(order: Order) -> Decimal | None:
    """The price at which an order stands on the chart: its trigger, else its limit; ``None`` for a market order."""
    return order.stop_trigger if order.stop_trigger is not None else order.terms.limit_price


def _planned(order: Order) -> Decimal | None:
    return order.intent.plan.entry_price if order.intent.plan is not None else None


def _order_tone(order: Order) -> Tone:
    if order.intent.role is OrderRole.TARGET:
        return Tone.QUIET
    return Tone.SELL if order.intent.role is OrderRole.STOP else _tone(order.side)


def _tone(side: OrderSide) -> Tone:
    return Tone.BUY if side is OrderSide.BUY else Tone.SELL


def _order_words(order: Order) -> str:
    """``buy 60 limit``, ``sell 35 of 60 stop``."""
    left = format_shares(order.remaining_quantity)
    size = f"{left} of {format_shares(order.quantity)}" if order.filled_quantity > 0 else left
    return f"{order.side.value} {size} {KIND_WORDS.get(order.terms.order_type, 'order')}"


def _unknown_words(order: Order, entry: Order | None) -> str:
    if entry is not None and entry.state in _NOT_KNOWN:
        return f"Its {_ROLE_WORDS[order.intent.role].lower()}, only if it was filled"
    return f"Unknown: {_order_words(order)}"


def _working_words(
    order: Order, entry: Order | None, position: Position | None, at: Decimal, moving: Move | None
) -> str:
    role = order.intent.role
    words = f"{_ROLE_WORDS[role]}: {_order_words(order)}"
    if role is OrderRole.STOP:
        words = words.removesuffix(f" {KIND_WORDS.get(order.terms.order_type, '')}")
    if moving is not None:
        words += f" to {format_price(at)}"
    parts = [words]
    waits = entry is not None and entry.is_open and entry.filled_quantity == 0
    if waits:
        parts.append("waits for its entry")
    elif role in {OrderRole.STOP, OrderRole.TARGET} and position is not None and order.side is not position.side:
        parts.append(_outcome(order, position, at))
    if moving is not None:
        parts.append("change sent" if moving.sending else "not sent yet")
    elif order.pending is Pending.REPLACE:
        parts.append("change not confirmed")
    elif order.pending is Pending.CANCEL:
        parts.append("cancel requested")
    return ", ".join(parts)


def _outcome(order: Order, position: Position, at: Decimal) -> str:
    """What the position gains or loses if the exit fills at ``at``."""
    gain = position.side.sign * (at - position.avg_entry_price) * min(order.remaining_quantity, position.shares)
    if order.intent.role is OrderRole.TARGET:
        return short_money(gain)
    return f"locks {short_money(gain)}" if gain >= ZERO else f"risks {short_money(gain)}"


def position_line(position: Position | None, price: Decimal | None, risk_per_share: Decimal | None) -> ChartLine | None:
    """The average price of the position. ``price`` is a mark that can be trusted, ``None`` without one."""
    if position is None or position.quantity == 0:
        return None
    side = "" if position.is_long else " short"
    words = f"Position {format_shares(position.quantity)}{side} at {format_price(position.avg_entry_price)}"
    if price is not None:
        gain = position.side.sign * (price - position.avg_entry_price)
        if risk_per_share:
            words += f", {format_r(gain / risk_per_share, unit=True)}"
        else:
            words += f", {short_money(gain * position.shares)}"
    return ChartLine("position", LineKind.POSITION, position.avg_entry_price, words, Tone.QUIET)
