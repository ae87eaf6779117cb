"""One order inside the simulated broker, and the bond between the orders of a bracket or an OCO pair."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.base import OrderReport
from legend_desktop.brokers.simulator.units import UNITS_PER_DOLLAR, price, size, to_time, to_units
from legend_desktop.domain.enums import OrderRole, OrderSide, OrderState, OrderType, TimeInForce
from legend_desktop.domain.orders import OrderIntent, OrderTerms

_PARTS_PER_PERCENT = 10_000


class Group:
    """Exits that share one quantity: what one sells, the others can no longer sell.

    ``base`` is the quantity to get out of: what the entry filled so far, or the size of a plain OCO pair. ``filled`` is
    what the exits filled together.
    """

    __slots__ = ("base", "entry", "filled", "members", "name")

    def __init__(self, name: str, base: int = 0, entry: "SimOrder | None" = None) -> None:
        self.name = name
        self.base = base
        self.filled = 0
        self.entry = entry
        self.members: list[SimOrder] = []

    @property
    def remaining(self) -> int:
        """Shares still to get out of."""
        return self.base - self.filled

    @property
    def entry_open(self) -> bool:
        """True while the entry may still fill."""
        return self.entry is not None and not self.entry.state.is_terminal


class SimOrder:
    """An order as the matching sees it: prices in units, quantities in whole shares, times in microseconds.

    ``held`` waits for its entry, ``waiting`` for the market to open, ``triggered`` is a stop that went off. ``queue``
    is the shares ahead at its price, ``-1`` before it joined. ``cap`` limits an exit smaller than its bracket.
    ``opening`` is how many of its shares open or enlarge a position, at ``margin_price`` for the margin.
    """

    __slots__ = (
        "broker_id",
        "buy",
        "cap",
        "charged",
        "client_id",
        "entered",
        "expires",
        "extreme",
        "filled",
        "group",
        "held",
        "limit",
        "margin_price",
        "oco_name",
        "opening",
        "overfill",
        "parent_id",
        "quantity",
        "queue",
        "reason",
        "replaced_by",
        "replaces",
        "role",
        "state",
        "stop",
        "strange_reads",
        "strange_word",
        "symbol",
        "terms",
        "trail",
        "trail_parts",
        "triggered",
        "updated",
        "value",
        "waiting",
        "working_stop",
    )

    def __init__(self, broker_id: str, intent: OrderIntent, now: int) -> None:
        self.broker_id = broker_id
        self.client_id = intent.client_order_id
        self.role: OrderRole | None = intent.role
        self.oco_name = intent.oco_group
        self.state = OrderState.WORKING
        self.filled = 0
        self.value = 0
        self.held = self.waiting = self.triggered = self.charged = False
        self.working_stop = 0
        self.extreme = 0
        self.queue = -1
        self.entered = self.updated = now
        self.expires: int | None = None
        self.reason = ""
        self.replaces: str | None = None
        self.replaced_by: str | None = None
        self.parent_id: str | None = None
        self.group: Group | None = None
        self.cap: int | None = None
        self.strange_word = ""
        self.strange_reads = 0
        self.overfill = 0
        self.opening = 0
        self.margin_price = 0
        self.take_terms(intent.terms)

    @classmethod
    def blank(cls) -> "SimOrder":
        """An order without terms, to be filled from disk; its place in the line is found anew."""
        order = cls.__new__(cls)
        order.queue = -1
        order.group = None
        order.strange_word = ""
        order.strange_reads = 0
        order.overfill = 0
        return order

    def take_terms(self, terms: OrderTerms) -> None:
        """Read the numbers of ``terms``; they must have been checked."""
        self.terms = terms
        self.symbol = terms.symbol
        self.buy = terms.side is OrderSide.BUY
        self.quantity = int(terms.quantity)
        self.limit = to_units(terms.limit_price) if terms.limit_price is not None else 0
        self.stop = to_units(terms.stop_price) if terms.stop_price is not None else 0
        self.trail = to_units(terms.trail_amount) if terms.trail_amount is not None else 0
        self.trail_parts = int(terms.trail_percent * _PARTS_PER_PERCENT) if terms.trail_percent is not None else 0

    @property
    def remaining(self) -> int:
        """Shares still to fill."""
        return self.quantity - self.filled

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self.buy else -1

    @property
    def is_stop(self) -> bool:
        """True while a trigger is awaited."""
        return not self.triggered and self.terms.order_type in _STOPS

    @property
    def trigger(self) -> int:
        """The price that sets a stop off, in units."""
        return self.working_stop or self.stop

    @property
    def reserved(self) -> int:
        """Buying power that the order still claims, in units."""
        return min(self.remaining, self.opening) * self.margin_price

    @property
    def immediate(self) -> bool:
        """True where what does not fill at once is cancelled."""
        return self.terms.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}

    @property
    def auction(self) -> bool:
        """True for orders of the opening or closing auction."""
        return self.terms.time_in_force in {TimeInForce.OPG, TimeInForce.CLS}

    def resize(self, quantity: int) -> bool:
        """Set the quantity; true where that changed it."""
        if quantity == self.quantity:
            return False
        self.quantity = quantity
        self.terms = replace(self.terms, quantity=size(quantity))
        return True

    def trail_from(self, level: int, tick: int) -> bool:
        """Follow the market to ``level``; true where the stop moved. The stop is rounded away from the market."""
        if self.extreme and (level >= self.extreme if self.buy else level <= self.extreme):
            return False
        self.extreme = level
        distance = self.trail or level * self.trail_parts // (100 * _PARTS_PER_PERCENT)
        if self.buy:
            stop = -(-(level + distance) // tick) * tick
            moved = not self.working_stop or stop < self.working_stop
        else:
            stop = max(tick, (level - distance) // tick * tick)
            moved = stop > self.working_stop
        if moved:
            self.working_stop = stop
        return moved

    def read(self) -> OrderReport:
        """The report that a read gets; after enough reads a strange status word gives way to the true one."""
        report = self.report()
        if self.strange_word:
            self.strange_reads -= 1
            if self.strange_reads <= 0:
                self.strange_word = ""
        return report

    def report(self) -> OrderReport:
        """The order as the broker tells it."""
        state: OrderState | None = self.state
        word = self.state.value
        if self.strange_word:
            state, word = None, self.strange_word
        elif self.held and state is OrderState.ACCEPTED:
            word = "held"
        elif self.triggered and not self.state.is_terminal:
            word = "triggered"
        group = self.group
        return OrderReport(
            broker_order_id=self.broker_id,
            client_order_id=self.client_id,
            terms=self.terms,
            state=state,
            status_text=word,
            filled_quantity=size(self.filled),
            average_fill_price=self._average(),
            entered_at=to_time(self.entered),
            updated_at=to_time(self.updated),
            role=self.role,
            parent_broker_order_id=self.parent_id,
            oco_group=self.oco_name or (group.name if group is not None and group.entry is not self else None),
            replaces_broker_order_id=self.replaces,
            replaced_by_broker_order_id=self.replaced_by,
            working_stop_price=price(self.working_stop) if self.working_stop else None,
            reason=self.reason,
        )

    def _average(self) -> Decimal | None:
        if not self.filled:
            return None
        if self.value % self.filled == 0:
            return price(self.value // self.filled)
        return Decimal(self.value) / (self.filled * UNITS_PER_DOLLAR)


_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
