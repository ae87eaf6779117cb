"""What keys and the command line need from the services below: one door for verbs, one for facts in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, OrderRole, OrderSide, OrderSource, OrderType, TradingMode
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import Number
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.previews import KillReport, OrderPreview, QuickEntryRequest, QuickEntryResult

NOTHING: frozenset[str] = frozenset()
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class Trading(Protocol):
    """The verbs of ``LiveTradingService`` that keys and commands use. Each raises ``LegendError`` when it refuses."""

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        """What an entry would do; nothing is sent."""
        ...

    async def quick_entry(self, request: QuickEntryRequest, confirmed: frozenset[str] = NOTHING) -> QuickEntryResult:
        """Send an entry with its exits."""
        ...

    async def replace_order(
        self,
        client_order_id: str,
        *,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.TICKET,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Change a working order."""
        ...

    async def cancel_order(self, client_order_id: str) -> None:
        """Ask to cancel one order."""
        ...

    async def cancel_all(self, symbol: str | None = None, side: OrderSide | None = None) -> KillReport:
        """Cancel working orders and wait for the confirmations."""
        ...

    async def close_position(
        self,
        symbol: str,
        *,
        fraction: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.SDK,
        pressed_ns: int | None = None,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Close a position or a part of it."""
        ...

    async def flatten_all(self, symbol: str | None = None) -> KillReport:
        """Cancel, wait, close."""
        ...

    async def reverse_position(
        self, symbol: str, *, source: OrderSource = OrderSource.SDK, pressed_ns: int | None = None
    ) -> Order:
        """Close and open the other side."""
        ...

    async def stop_to_entry(
        self,
        symbol: str,
        *,
        with_costs: bool = False,
        source: OrderSource = OrderSource.KEY,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move the stop to the entry price."""
        ...

    async def move_stop(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move or place the stop."""
        ...

    async def set_target(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move or place the target."""
        ...

    async def trail_stop(
        self,
        symbol: str,
        *,
        amount: Number | None = None,
        percent: Number | None = None,
        source: OrderSource = OrderSource.SDK,
    ) -> Order:
        """Replace the stop by one that trails."""
        ...

    async def ask_broker(self, client_order_id: str | None = None) -> None:
        """Ask what became of unknown orders."""
        ...

    async def lock(self) -> None:
        """Halt trading until a person unlocks it."""
        ...

    async def unlock(self, last_four: str) -> None:
        """Lift the person's lock; asks for the account's last four characters."""
        ...


class Orders(Protocol):
    """The reading half of the order book."""

    def all(self) -> list[Order]:
        """All orders, oldest first."""
        ...

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Orders that are not terminal, oldest first."""
        ...

    def unknown(self) -> list[Order]:
        """Orders whose fate nobody knows."""
        ...


def no_want(symbol: str) -> None:
    """The answer where nobody fetches quotes on demand."""


def never_locked() -> bool:
    """The answer where nobody locks trading."""
    return False


def never_lost() -> bool:
    """The answer where no line can be lost."""
    return False


@dataclass(frozen=True)
class DeskFacts:
    """The facts in memory, each asked for when it is needed.

    ``account_id`` is the number whose last four characters are shown. ``want`` is told of a symbol without a quote, so
    that somebody may fetch one. ``watched`` gives the symbols of the watch list, ``locked`` whether a person's lock
    holds, ``line_lost`` whether the line to the broker is down.
    """

    clock: Clock
    mode: TradingMode
    broker: BrokerType
    broker_name: str
    account_id: Callable[[], str]
    account: Callable[[], Account | None]
    quote: Callable[[str], Quote | None]
    positions: Callable[[], Sequence[Position]]
    orders: Orders
    instrument: Callable[[str], Instrument | None]
    watched: Callable[[], Sequence[str]] = tuple
    want: Callable[[str], None] = no_want
    locked: Callable[[], bool] = never_locked
    line_lost: Callable[[], bool] = never_lost

    @property
    def place(self) -> str:
        """Where an order goes: "Alpaca, account ending 4417", or "Simulator"."""
        if self.broker is BrokerType.SIMULATOR:
            return self.broker_name
        return f"{self.broker_name}, account ending {self.account_id()[-4:]}"

    @property
    def mode_word(self) -> str:
        """``LIVE`` or ``PAPER``."""
        return self.mode.value.upper()

    def position(self, symbol: str) -> Position | None:
        """The open position in ``symbol``."""
        return next((row for row in self.positions() if row.symbol == symbol and row.quantity != 0), None)

    def symbols_in_play(self) -> frozenset[str]:
        """Symbols held, ordered or watched."""
        held = {row.symbol for row in self.positions()}
        return frozenset(held | {row.symbol for row in self.orders.open_orders()} | set(self.watched()))

    def instrument_of(self, symbol: str) -> Instrument:
        """The instrument, or one with the usual steps where nothing is known of it."""
        return self.instrument(symbol) or Instrument(symbol)

    def exits_of(self, position: Position) -> list[Order]:
        """Working exits of a position, oldest first."""
        side = position.side.opposite
        return [
            row
            for row in self.orders.open_orders(position.symbol)
            if row.side is side and (row.intent.role is not OrderRole.ENTRY or row.intent.reduce_only)
        ]

    def working_stop(self, position: Position) -> Order | None:
        """The newest working stop of a position."""
        rows = [row for row in self.exits_of(position) if row.terms.order_type in _STOPS]
        return rows[-1] if rows else None

    def working_target(self, position: Position) -> Order | None:
        """The newest working target of a position."""
        rows = [row for row in self.exits_of(position) if row.terms.order_type is OrderType.LIMIT]
        return rows[-1] if rows else None

    def planned_stop(self, position: Position) -> Decimal | None:
        """The stop that the newest entry of the position was planned with: the base of R."""
        for order in reversed(self.orders.all()):
            plan = order.intent.plan
            mine = order.symbol == position.symbol and order.side is position.side and order.filled_quantity > 0
            if mine and plan is not None and plan.stop_loss_price is not None:
                return plan.stop_loss_price
        return None
