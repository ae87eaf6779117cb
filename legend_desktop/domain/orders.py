"""Orders: the terms, the intent that is written down first, and the order as it stands.

``OrderTerms`` is the instruction alone. ``OrderIntent`` is what the person decided, immutable and stored before
anything is sent. ``Order`` is the fold of everything known about it since (see ``order_state.apply``).
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from legend_desktop.domain.enums import (
    BrokerType,
    OrderRole,
    OrderSide,
    OrderSource,
    OrderState,
    OrderType,
    Origin,
    Pending,
    TimeInForce,
    TradingMode,
)
from legend_desktop.domain.executions import Execution, average_price, effective_executions, filled_quantity
from legend_desktop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What is asked of the market: unsigned ``quantity`` in shares, prices per share.

    ``stop_price`` is the trigger of stop and stop-limit orders. A trailing stop has either ``trail_amount`` (price
    units) or ``trail_percent`` (1 means one per cent).
    """

    symbol: str
    side: OrderSide
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    extended_hours: bool = False

    def problems(self) -> tuple[str, ...]:
        """Plain sentences for everything that makes the terms impossible; empty when they are whole."""
        found: list[str] = []
        if not self.symbol:
            found.append("The order has no symbol.")
        if self.quantity <= 0:
            found.append("The quantity must be above zero.")
        found.extend(self._price_problems())
        if self.order_type is OrderType.BRACKET:
            found.append("A bracket is sent as an entry with its exits, not as one order type.")
        return tuple(found)

    def _price_problems(self) -> list[str]:
        found: list[str] = []
        wants_limit = self.order_type in {OrderType.LIMIT, OrderType.STOP_LIMIT}
        wants_stop = self.order_type in {OrderType.STOP, OrderType.STOP_LIMIT}
        kind = self.order_type.value.replace("_", "-")
        for wanted, price, name in (
            (wants_limit, self.limit_price, "limit price"),
            (wants_stop, self.stop_price, "stop price"),
        ):
            if wanted and price is None:
                found.append(f"A {kind} order needs a {name}.")
            elif not wanted and price is not None:
                found.append(f"A {kind} order takes no {name}.")
            elif price is not None and price <= 0:
                found.append(f"The {name} must be above zero.")
        trails = [value for value in (self.trail_amount, self.trail_percent) if value is not None]
        if self.order_type is OrderType.TRAILING_STOP:
            if len(trails) != 1:
                found.append("A trailing stop needs either an amount or a per cent to trail by.")
            elif trails[0] <= 0:
                found.append("The trail must be above zero.")
            if self.trail_percent is not None and self.trail_percent >= 100:
                found.append("The trail must be below 100 %.")
        elif trails:
            found.append(f"A {kind} order takes no trail.")
        return found


@dataclass(frozen=True, slots=True)
class TradePlan:
    """The trade an entry belongs to, as planned when it was decided: the source of R and of the journal.

    ``entry_price`` is the price used for sizing; ``risk_amount`` the money lost at the stop; ``risk_percent`` of the
    account size used. ``model`` names the sizing model.
    """

    entry_price: Decimal
    stop_loss_price: Decimal | None = None
    take_profit_price: Decimal | None = None
    account_size: Decimal | None = None
    risk_percent: Decimal | None = None
    risk_amount: Decimal | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """What the person decided, written to disk before any byte is sent.

    ``label`` says why in a few words for the Orders table ("Quick 0.20 %", "Stop", "Close half"). Exits of a bracket
    carry ``parent_id`` (client order id of the entry) and share ``oco_group``. A replacement names what it replaces.
    ``pressed_ns`` is the monotonic stamp of the key press where there was one.
    """

    client_order_id: str
    broker: BrokerType
    mode: TradingMode
    account_id: str
    terms: OrderTerms
    created_at: datetime
    source: OrderSource = OrderSource.SDK
    role: OrderRole = OrderRole.ENTRY
    label: str = ""
    parent_id: str | None = None
    oco_group: str | None = None
    replaces_id: str | None = None
    plan: TradePlan | None = None
    reduce_only: bool = False
    origin: Origin = Origin.APP
    pressed_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Bracket:
    """An entry with the exits that become live as it fills; the exits cancel each other."""

    entry: OrderIntent
    take_profit: OrderIntent | None = None
    stop_loss: OrderIntent | None = None

    @property
    def legs(self) -> tuple[OrderIntent, ...]:
        """Entry first, then the exits that exist."""
        return tuple(leg for leg in (self.entry, self.take_profit, self.stop_loss) if leg is not None)

    def problems(self) -> tuple[str, ...]:
        """Sentences for exits on the wrong side of each other or of the entry's price."""
        found = [problem for leg in self.legs for problem in leg.terms.problems()]
        target = self.take_profit.terms.limit_price if self.take_profit else None
        stop = self.stop_loss.terms.stop_price if self.stop_loss else None
        entry = self.entry.terms.limit_price or self.entry.terms.stop_price
        if entry is None and self.entry.plan is not None:
            entry = self.entry.plan.entry_price
        sign = self.entry.terms.side.sign
        word = "buy" if sign > 0 else "sell"
        if target is not None and stop is not None and target == stop:
            found.append(f"{target} is both stop and target.")
        if entry is not None and stop is not None and sign * (entry - stop) <= 0:
            found.append(f"The stop of a {word} must be {'below' if sign > 0 else 'above'} the entry at {entry}.")
        if entry is not None and target is not None and sign * (target - entry) <= 0:
            found.append(f"The target of a {word} must be {'above' if sign > 0 else 'below'} the entry at {entry}.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Order:
    """One order as everything known about it says (a fold over its events, never edited in place).

    ``terms`` are the current ones (a confirmed change of the same broker order alters them; ``intent.terms`` stay).
    ``ended_as`` is the end that the broker or a proof gave it, kept beside FILLED so that a bust finds its way back.
    ``broker_order_ids`` lists every id the broker gave, newest last. ``reason`` keeps the broker's or the gate's words.
    ``late_quantity`` are the shares of ``filled_quantity`` that filled after the order had ended.
    Stamps are aware UTC.
    """

    intent: OrderIntent
    terms: OrderTerms
    state: OrderState
    pending: Pending = Pending.NONE
    broker_order_ids: tuple[str, ...] = ()
    executions: tuple[Execution, ...] = ()
    reason: str = ""
    sent_at: datetime | None = None
    acked_at: datetime | None = None
    closed_at: datetime | None = None
    pending_since: datetime | None = None
    unknown_since: datetime | None = None
    last_event_at: datetime | None = None
    seen_at: datetime | None = None
    replaced_by_id: str | None = None
    reported_filled: Decimal | None = None
    late_quantity: Decimal = ZERO
    trigger_price: Decimal | None = None
    working_stop_price: Decimal | None = None
    pending_terms: OrderTerms | None = None
    cancel_origin: str = ""
    ended_as: OrderState | None = None
    _filled: Decimal = field(default=ZERO)
    _average: Decimal | None = field(default=None)

    @property
    def client_order_id(self) -> str:
        """The id this program gave the order."""
        return self.intent.client_order_id

    @property
    def broker_order_id(self) -> str | None:
        """The broker's newest id for the order, ``None`` while it gave none."""
        return self.broker_order_ids[-1] if self.broker_order_ids else None

    @property
    def order_id(self) -> str:
        """The broker's id, or ours while the broker gave none."""
        return self.broker_order_id or self.client_order_id

    @property
    def symbol(self) -> str:
        """The symbol traded."""
        return self.terms.symbol

    @property
    def side(self) -> OrderSide:
        """Buy or sell."""
        return self.terms.side

    @property
    def quantity(self) -> Decimal:
        """Shares asked for."""
        return self.terms.quantity

    @property
    def filled_quantity(self) -> Decimal:
        """Shares filled, from the de-duplicated executions."""
        return self._filled

    @property
    def average_fill_price(self) -> Decimal | None:
        """Quantity-weighted fill price, ``None`` without a fill."""
        return self._average

    @property
    def late_fill(self) -> bool:
        """True where shares filled after the order had ended."""
        return self.late_quantity > 0

    @property
    def remaining_quantity(self) -> Decimal:
        """Shares that may still fill; zero once the order is terminal."""
        if self.state.is_terminal:
            return ZERO
        return max(ZERO, self.quantity - self.filled_quantity)

    @property
    def is_open(self) -> bool:
        """True until the order is terminal."""
        return not self.state.is_terminal

    @property
    def fills(self) -> list[Execution]:
        """The executions that stand after busts and corrections."""
        return effective_executions(self.executions)

    @property
    def stop_trigger(self) -> Decimal | None:
        """The price at which a stop goes off now: the ratcheted one of a trailing stop, else the terms' own."""
        return self.working_stop_price or self.terms.stop_price


def summed_executions(executions: tuple[Execution, ...]) -> tuple[Decimal, Decimal | None]:
    """Filled quantity and average price of ``executions``: what ``Order`` keeps beside them."""
    return filled_quantity(executions), average_price(executions)
