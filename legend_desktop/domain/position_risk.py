"""What a position risks: at its start, now, and how much of it a working stop protects.

The initial risk is frozen after the fill: ``size * s * (average fill - stop)``. A stop that is moved later changes
the open risk alone, which may fall below zero (locked profit). A stop whose fate is not known makes protection
uncertain.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, Pending
from legend_desktop.domain.formatting import format_money, format_shares
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position

_STOP_TYPES = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_UNSURE = frozenset(
    {OrderState.INTENT, OrderState.SENDING, OrderState.QUESTION, OrderState.UNKNOWN, OrderState.ATTENTION}
)


class Protection(StrEnum):
    """How the working stops stand against the position."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNCERTAIN = "uncertain"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class InitialRisk:
    """The risk a trade began with: ``money`` lost at the stop for ``quantity`` shares; never changed later."""

    symbol: str
    quantity: Decimal
    money: Decimal
    stop_price: Decimal | None = None

    @property
    def per_share(self) -> Decimal:
        """Risk of one share: the R of one share."""
        return self.money / self.quantity

    def joined(self, other: "InitialRisk") -> "InitialRisk":
        """The risk after ``other`` shares were added to the same trade."""
        return InitialRisk(self.symbol, self.quantity + other.quantity, self.money + other.money, self.stop_price)


@dataclass(frozen=True, slots=True)
class StopCover:
    """One stop order against a position: the shares it would still trade, its trigger, and whether it is sure."""

    client_order_id: str
    quantity: Decimal
    trigger: Decimal | None
    sure: bool


@dataclass(frozen=True, slots=True)
class PositionRisk:
    """The risk row of one position. Money positive where it can be lost; ``None`` where nobody knows.

    ``open_risk`` counts the shares that sure stops cover, below zero it is locked profit. ``r_now`` is the gain of a
    share in initial risks. ``distance_to_stop_percent`` is signed: below zero once the stop has been passed.
    ``unsure_quantity`` are shares covered only by stops whose fate is open. ``stop_quantity`` is what all sure stops
    together would trade, ``waiting_quantity`` what those would that the broker holds back until their entry is filled.
    """

    symbol: str
    quantity: Decimal
    avg_entry_price: Decimal
    mark: Decimal | None
    protection: Protection
    protected_quantity: Decimal
    unsure_quantity: Decimal
    stop_quantity: Decimal
    waiting_quantity: Decimal = ZERO
    stop_price: Decimal | None = None
    stop_order_id: str | None = None
    initial_risk: Decimal | None = None
    initial_risk_percent: Decimal | None = None
    r_now: Decimal | None = None
    open_risk: Decimal | None = None
    open_risk_percent: Decimal | None = None
    entry_risk: Decimal | None = None
    distance_to_stop: Decimal | None = None
    distance_to_stop_percent: Decimal | None = None

    @property
    def shares(self) -> Decimal:
        """Unsigned quantity."""
        return abs(self.quantity)

    @property
    def unprotected_quantity(self) -> Decimal:
        """Shares without a sure stop."""
        return self.shares - self.protected_quantity

    @property
    def unprotected_value(self) -> Decimal | None:
        """Market value of the shares without a sure stop, positive; the entry price stands in for a missing mark."""
        return self.unprotected_quantity * (self.avg_entry_price if self.mark is None else self.mark)

    @property
    def sentence(self) -> str:
        """What is wrong with the protection and what to do; empty where every share has a sure stop."""
        if self.protection is Protection.TOO_LARGE:
            turned = "long" if self.quantity < 0 else "short"
            beyond = format_shares(self.stop_quantity - self.shares)
            return (
                f"The {self.symbol} stop is for {format_shares(self.stop_quantity)} shares, you hold "
                f"{format_shares(self.shares)}. If it fills you are {turned} {beyond}. "
                f"Shrink it to {format_shares(self.shares)}?"
            )
        if self.protection is Protection.UNCERTAIN:
            return (
                f"{format_shares(self.protected_quantity)} of {format_shares(self.shares)} {self.symbol} shares are "
                "surely protected; a stop for the rest is not confirmed. Look at the order before you place another."
            )
        if self.protection in {Protection.NONE, Protection.PARTIAL}:
            bare = format_shares(self.unprotected_quantity)
            if self.waiting_quantity > 0:
                return (
                    f"{bare} {self.symbol} shares have no working stop: their exits wait until the whole entry is "
                    "filled. Cancel the rest of the entry, then place a stop with Ctrl+Shift+P."
                )
            risk = "" if self.quantity < 0 else f", {format_money(self.unprotected_value)} at risk to zero"
            return (
                f"{bare} {self.symbol} shares have no stop{risk}. "
                "Place a stop with Ctrl+Shift+P; you see it before it goes."
            )
        return ""


def freeze_initial_risk(
    symbol: str, side: OrderSide, filled: Decimal, average_fill: Decimal, stop_price: Decimal
) -> InitialRisk | None:
    """The risk a filled entry really began with; ``None`` where the fill is beyond the stop or nothing filled."""
    money = filled * side.sign * (average_fill - stop_price)
    return InitialRisk(symbol, filled, money, stop_price) if filled > 0 and money > 0 else None


def stops_for(position: Position, orders: Iterable[Order], waiting: Collection[str] = ()) -> list[StopCover]:
    """The stops that stand against ``position``, nearest trigger first, unsure ones included.

    Those of ``waiting``, which the broker holds back until their entry is filled, are left out, and so is a change
    until the order that it replaces has ended.
    """
    rows = list(orders)
    living = {row.client_order_id for row in rows if row.is_open}
    covers: list[StopCover] = []
    for order in rows:
        if order.client_order_id in waiting or order.intent.replaces_id in living:
            continue
        if order.symbol != position.symbol or order.side is position.side or order.terms.order_type not in _STOP_TYPES:
            continue
        if order.remaining_quantity <= 0:
            continue
        sure = order.state not in _UNSURE and order.pending is not Pending.CANCEL
        covers.append(StopCover(order.client_order_id, order.remaining_quantity, order.stop_trigger, sure))
    sign = position.side.sign
    return sorted(covers, key=lambda cover: (cover.trigger is None, -sign * (cover.trigger or ZERO)))


def assess_position(
    position: Position,
    orders: Iterable[Order],
    initial: InitialRisk | None = None,
    equity: Decimal | None = None,
    waiting: Collection[str] = (),
) -> PositionRisk:
    """The risk of ``position`` with the open ``orders`` of its symbol (others are left out by themselves).

    ``waiting`` are the client order ids of exits that the broker holds back until their entry is filled.
    """
    sign, shares, mark = position.side.sign, position.shares, position.mark
    orders = list(orders)
    covers = stops_for(position, orders, waiting)
    sure = [cover for cover in covers if cover.sure]
    protected, open_risk, entry_risk = _covered(position, sure)
    stop_quantity = sum((cover.quantity for cover in sure), ZERO)
    unsure = min(shares - protected, sum((cover.quantity for cover in covers if not cover.sure), ZERO))
    first = next(iter(sure or covers), None)
    stop = None if first is None else first.trigger
    distance = None if stop is None or mark is None else sign * (mark - stop)
    per_share = None if initial is None else initial.per_share
    return PositionRisk(
        symbol=position.symbol,
        quantity=position.quantity,
        avg_entry_price=position.avg_entry_price,
        mark=mark,
        protection=_protection(shares, protected, unsure, stop_quantity),
        protected_quantity=protected,
        unsure_quantity=unsure,
        stop_quantity=stop_quantity,
        waiting_quantity=sum(
            (
                row.remaining_quantity
                for row in orders
                if row.client_order_id in waiting and row.terms.order_type in _STOP_TYPES
            ),
            ZERO,
        ),
        stop_price=stop,
        stop_order_id=None if first is None else first.client_order_id,
        initial_risk=None if initial is None else initial.money,
        initial_risk_percent=None if initial is None else _percent(initial.money, equity),
        r_now=None if per_share is None or mark is None else sign * (mark - position.avg_entry_price) / per_share,
        open_risk=open_risk,
        open_risk_percent=None if open_risk is None else _percent(open_risk, equity),
        entry_risk=entry_risk,
        distance_to_stop=distance,
        distance_to_stop_percent=None if distance is None or not mark else distance / mark * HUNDRED,
    )


def _covered(position: Position, sure: Sequence[StopCover]) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """Shares that ``sure`` stops protect, and the money lost there from the mark and from the entry."""
    left, sign, mark = position.shares, position.side.sign, position.mark
    open_risk: Decimal | None = None
    entry_risk: Decimal | None = None
    for cover in sure:
        quantity = min(left, cover.quantity)
        if quantity <= 0:
            break
        left -= quantity
        if cover.trigger is None:
            continue
        if mark is not None:
            open_risk = (open_risk or ZERO) + quantity * sign * (mark - cover.trigger)
        entry_risk = (entry_risk or ZERO) + quantity * sign * (position.avg_entry_price - cover.trigger)
    return position.shares - left, open_risk, entry_risk


def _protection(shares: Decimal, protected: Decimal, unsure: Decimal, stop_quantity: Decimal) -> Protection:
    if stop_quantity > shares:
        return Protection.TOO_LARGE
    if protected == shares:
        return Protection.FULL
    if unsure > 0:
        return Protection.UNCERTAIN
    return Protection.PARTIAL if protected > 0 else Protection.NONE


def _percent(money: Decimal, equity: Decimal | None) -> Decimal | None:
    return None if equity is None or equity <= 0 else money / equity * HUNDRED
